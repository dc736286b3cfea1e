"""What holds of GRURegressor holds of the regressors with other cells.

The passes of the cells are tested in ``test_cells.py`` and ``test_network.py``; here
are the ways in which an estimator uses them.
"""

import pickle

import numpy as np
import pandas as pd
import pytest
import reference
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru.inspection import (
    gate_activations,
    hidden_states,
    input_gradients,
    integrated_gradients,
    memory_horizon,
)

CELLS = {GRURegressor: "gru", LSTMRegressor: "lstm", RNNRegressor: "rnn"}
every_kind = pytest.mark.parametrize("kind", CELLS)
SETTINGS = {"max_iter": 3, "n_iter_no_change": None, "early_stopping": False}

# Each uses the kernels, the reading of X or what is kept of a fit in another way.
WAYS = {
    "stacked": {"hidden_layer_sizes": (5, 3)},
    "both ways": {"bidirectional": True, "hidden_layer_sizes": (4, 3)},
    "dropout": {"dropout": 0.3, "recurrent_dropout": 0.2},
    "window": {"window": 5, "remember": True, "anchor": 0},
    "sgd": {"solver": "sgd"},
    "lbfgs": {"solver": "lbfgs"},
    "poisson": {"loss": "poisson"},
    "quantiles": {"loss": "quantile", "quantile": [0.2, 0.8]},
    "early stopping": {"early_stopping": True},
}


def data_of(rng, ways, n_samples=60):
    """3-D sequences, some of whose first steps are missing, or rows of a series."""
    if "window" in ways:
        return rng.randn(n_samples, 2), rng.rand(n_samples)
    X = rng.randn(n_samples, 6, 2)
    X[::7, :3] = np.nan
    return X, np.exp(0.3 * X[:, -1, 0])


def vector_of(fitted):
    """Published weights in the order of the reference."""
    pairs = zip(fitted.kernels_, fitted.recurrent_kernels_, strict=True)
    parts = [part for pair in pairs for part in pair]
    parts += [*fitted.coefs_, *fitted.biases_, *fitted.intercepts_]
    return np.concatenate([part.ravel() for part in parts])


@every_kind
@pytest.mark.parametrize("bidirectional", [False, True])
def test_predict_is_the_equations_with_the_published_attributes(
    bidirectional, kind, rng
):
    X, y = data_of(rng, {})
    model = kind((5, 3), bidirectional=bidirectional, anchor=None, **SETTINGS)
    model.fit(X, y)
    scaled = (X - model.feature_mean_) / model.feature_scale_
    observed = [x[~np.isnan(x).any(axis=1)] for x in scaled]
    expected = reference.predict(
        vector_of(model),
        observed,
        (5, 3),
        1,
        cell=CELLS[kind],
        bidirectional=bidirectional,
    )
    expected = expected * model.target_scale_ + model.target_mean_
    np.testing.assert_allclose(model.predict(X), expected[:, 0], rtol=1e-10)


@every_kind
@pytest.mark.parametrize("way", WAYS)
def test_threads_pickles_and_clones_change_no_bit(way, kind, dtype, rng):
    X, y = data_of(rng, WAYS[way])
    X = X.astype(dtype)
    model = kind(random_state=0, **(SETTINGS | WAYS[way])).fit(X, y)
    found = model.predict(X)
    # The head predicts in float64 what the network computes in the precision of X.
    assert np.isfinite(found).all()
    assert np.ptp(found) > 0
    for other in (
        clone(model).set_params(n_jobs=2).fit(X, y),
        pickle.loads(pickle.dumps(model)),
    ):
        np.testing.assert_array_equal(other.predict(X), found)


@every_kind
def test_going_on_is_as_if_training_had_not_paused(kind, rng):
    X, y = data_of(rng, {})
    settings = SETTINGS | {"learning_rate": "constant", "random_state": 0}
    whole = kind(**settings).set_params(max_iter=6).fit(X, y)
    parts = kind(**settings, warm_start=True).fit(X, y)
    parts = pickle.loads(pickle.dumps(parts)).fit(X, y)
    np.testing.assert_array_equal(parts.predict(X), whole.predict(X))
    once = kind(**settings).fit(X, y)
    before = once.predict(X)
    once.partial_fit(X, y)
    assert (once.predict(X) != before).any()


@every_kind
def test_long_sequences_are_cut_into_segments(kind, rng, monkeypatch):
    X, y = rng.randn(20, 50, 2), rng.randn(20)
    whole = kind(random_state=0, **SETTINGS).fit(X, y)
    monkeypatch.setattr("skgru._network._workspace._WHOLE_TAPE", 2**14)
    cut = kind(7, random_state=0, **SETTINGS).fit(X, y)
    monkeypatch.undo()
    whole = kind(7, random_state=0, **SETTINGS).fit(X, y)
    np.testing.assert_allclose(cut.predict(X), whole.predict(X), rtol=1e-9)


@every_kind
def test_series_static_features_and_missing_steps(kind, rng):
    n = 80
    table = pd.DataFrame(
        {
            "series": np.repeat(["a", "b"], n),
            "value": rng.randn(2 * n).cumsum(),
            "size": np.repeat([1.0, 2.0], n),
        }
    )
    y = table.groupby("series")["value"].shift(-1).fillna(0.0)
    model = kind(
        8,
        window=6,
        group_column="series",
        static_features=["size"],
        random_state=0,
        **SETTINGS,
    ).fit(table, y)
    found = model.predict(table)
    # A series is predicted the same without the other one.
    of_b = table["series"] == "b"
    np.testing.assert_array_equal(model.predict(table[of_b]), found[of_b])


@every_kind
def test_a_forecast_feeds_its_predictions_back(kind):
    wave = np.sin(np.arange(200) * 0.3)
    model = kind(8, window=8, random_state=0, **(SETTINGS | {"max_iter": 20}))
    model.fit(wave[:-1, np.newaxis], wave[1:])
    history = wave.copy()
    for _ in range(3):
        history = np.append(history, model.predict(history[-8:, np.newaxis])[-1])
    found = model.forecast(wave[:, np.newaxis], 3)
    np.testing.assert_allclose(found, history[-3:], rtol=1e-12)


@every_kind
def test_pipelines_and_searches(kind):
    wave = np.sin(np.arange(150) * 0.3)[:, np.newaxis]
    model = make_pipeline(
        StandardScaler(), kind(4, window=5, random_state=0, **SETTINGS)
    )
    name = kind.__name__.lower()
    search = GridSearchCV(
        model, {f"{name}__hidden_layer_sizes": [2, 6]}, cv=TimeSeriesSplit(2)
    )
    search.fit(wave[:-1], wave[1:, 0])
    best = search.best_estimator_.predict(wave)
    np.testing.assert_array_equal(search.predict(wave), best)


@every_kind
def test_inspection_agrees_with_differences_and_with_the_head(kind, rng):
    X, y = rng.randn(40, 6, 2), rng.randn(40)
    model = kind((5, 4), anchor=None, standardize=False, random_state=0, **SETTINGS)
    model.fit(X, y)
    states = hidden_states(model, X)
    head = states[:, -1] @ model.coefs_[0] + model.intercepts_[0]
    np.testing.assert_allclose(head[:, 0], model.predict(X), rtol=1e-12)
    np.testing.assert_array_equal(gate_activations(model, X).state, states)
    slopes = input_gradients(model, X)
    for step in (0, 5):
        shift = np.zeros((6, 2))
        shift[step, 1] = 1e-5
        differences = (model.predict(X + shift) - model.predict(X - shift)) / 2e-5
        np.testing.assert_allclose(
            slopes[:, step, 1], differences, rtol=1e-5, atol=1e-9
        )
    # The attributions of a prediction add up to what it differs from that of zeros by.
    total = integrated_gradients(model, X).sum(axis=(1, 2))
    wanted = model.predict(X) - model.predict(np.zeros_like(X))
    np.testing.assert_allclose(total, wanted, atol=1e-4 * y.std())
    horizon = memory_horizon(model, X)
    expected = np.sqrt((slopes**2).sum(axis=2).mean(axis=0))[::-1]
    np.testing.assert_allclose(horizon.sensitivity, expected, rtol=1e-10)


@every_kind
def test_the_summary_names_the_cells(kind, rng):
    X, y = data_of(rng, {})
    first, head, _ = kind(4, random_state=0, **SETTINGS).fit(X, y).summary()
    name = CELLS[kind]
    assert first.name == f"{name}_1 ({name.upper()})"
    # Inputs, states and biases of each gate.
    n_biases, n_gates = reference.N_BIASES[name], reference.N_GATES[name]
    assert first.n_parameters == n_gates * 4 * (2 + 4 + n_biases)
    assert head.n_parameters == 5
