"""Models are unchanged after pickle, joblib and skops, and can be trained further."""

import copy
import pickle
import pickletools
import warnings

import joblib
import numpy as np
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skgru
import skgru.inspection
import skgru.interop
import skgru.plotting
from skgru import Adam, GRURegressor, TokenSequencer, WindowTransformer


def by_pickle(model, tmp_path):
    return pickle.loads(pickle.dumps(model))


def by_deepcopy(model, tmp_path):
    return copy.deepcopy(model)


def by_joblib(model, tmp_path):
    joblib.dump(model, tmp_path / "model.joblib")
    return joblib.load(tmp_path / "model.joblib")


def by_memory_map(model, tmp_path):
    joblib.dump(model, tmp_path / "model.joblib")
    return joblib.load(tmp_path / "model.joblib", mmap_mode="r")


def by_skops(model, tmp_path):
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    skops.dump(model, tmp_path / "model.skops")
    untrusted = skops.get_untrusted_types(file=tmp_path / "model.skops")
    assert len(untrusted) <= 2, untrusted
    return skops.load(tmp_path / "model.skops", trusted=untrusted)


round_trips = pytest.mark.parametrize(
    "round_trip", [by_pickle, by_deepcopy, by_joblib, by_memory_map, by_skops]
)


@round_trips
@pytest.mark.parametrize("solver", ["adam", "sgd", Adam(beta_1=0.8)])
def test_training_goes_on_after_a_round_trip(round_trip, solver, tmp_path, rng):
    X, y = rng.randn(40, 3), rng.randn(40)
    model = GRURegressor(
        (6, 4),
        solver=solver,
        window=5,
        remember=True,
        warm_start=True,
        batch_size=8,
        max_iter=3,
        n_iter_no_change=None,
        early_stopping=False,
        random_state=0,
    ).fit(X, y)
    again = round_trip(model, tmp_path)
    new = rng.randn(10, 3)
    np.testing.assert_array_equal(again.predict(new), model.predict(new))
    for fitted in (model, again):
        fitted.fit(X, y)
        fitted.partial_fit(X[:20], y[:20])
    np.testing.assert_array_equal(again.predict(new), model.predict(new))
    assert again.loss_curve_ == model.loss_curve_
    # The weight attributes are still views of the weights that predict uses.
    again.coefs_[0][...] = 0
    again.intercepts_[0][...] = 0
    np.testing.assert_allclose(again.predict(new), model.target_mean_[0], rtol=1e-12)


@round_trips
def test_pipelines_come_back(round_trip, tmp_path, rng):
    X, y = rng.randn(40, 3), rng.randn(40)
    model = make_pipeline(
        StandardScaler(),
        WindowTransformer(4, remember=True),
        GRURegressor(3, max_iter=2, early_stopping=False),
    ).fit(X, y)
    again = round_trip(model, tmp_path)
    np.testing.assert_array_equal(again.predict(X[:9]), model.predict(X[:9]))


@round_trips
@pytest.mark.parametrize("pattern", [None, r"\w+"])
def test_transformers_of_strings_come_back(round_trip, pattern, tmp_path):
    texts = ["The cat", "a d\xe9j\xe0 \U0001f600 vu", ""]
    sequencer = TokenSequencer(token_pattern=pattern, min_df=0.1, max_len=3).fit(texts)
    again = round_trip(sequencer, tmp_path)
    assert again.transform(texts).equals(sequencer.transform(texts))
    assert again.vocabulary_ == sequencer.vocabulary_


def test_a_copy_trains_without_touching_the_original(rng):
    X, y = rng.randn(40, 3), rng.randn(40)
    model = GRURegressor(3, max_iter=2, early_stopping=False).fit(X, y)
    before = model.predict(X)
    copy.copy(model).partial_fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize(
    "delta", [np.float32(1.5), np.int64(2), True, [np.float32(1.5)], np.array([1.5])]
)
def test_thresholds_of_any_type_come_back(delta, rng):
    X, y = rng.randn(40, 3), rng.randn(40)
    settings = {"max_iter": 2, "early_stopping": False, "random_state": 0}
    model = GRURegressor(3, loss="huber", huber_delta=delta, **settings).fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    plain = float(np.asarray(delta).ravel()[0])
    same = GRURegressor(3, loss="huber", huber_delta=plain, **settings).fit(X, y)
    np.testing.assert_array_equal(same.predict(X), model.predict(X))


def test_targets_near_the_largest_numbers_end_in_no_error(rng):
    """The scores of held-out rows overflow, which is no reason to refuse the fit."""
    X = rng.randn(40, 4, 2)
    model = GRURegressor(3, max_iter=2, early_stopping=True, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, 1e308 * np.sign(X[:, -1, 0]))
    assert model.n_iter_ > 0
    assert set(model.baseline_score_) == {"mean"}


@pytest.mark.parametrize(
    "module", [skgru, skgru.inspection, skgru.interop, skgru.plotting]
)
def test_a_pickle_names_what_is_public_by_its_public_module(module):
    for name in module.__all__:
        instructions = pickletools.genops(pickle.dumps(getattr(module, name)))
        texts = [argument for _, argument, _ in instructions if type(argument) is str]
        assert texts == [module.__name__, name]


def test_results_of_inspection_name_their_public_module(rng):
    X, y = rng.randn(40, 2), rng.randn(40)
    settings = {"anchor": None, "max_iter": 1, "early_stopping": False}
    model = GRURegressor(3, window=4, **settings)
    model.fit(X, y)
    for look in (skgru.inspection.gate_activations, skgru.inspection.memory_horizon):
        assert b"skgru.inspection._" not in pickle.dumps(look(model, X))
