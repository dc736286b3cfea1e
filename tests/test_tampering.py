"""Values that are assigned or loaded from a file are checked against the model.

The compiled kernels do not check array bounds: they would read or write beyond the end
of an array that is too short.
"""

import contextlib
import copy
import io
import json
import pickle
import re
import zipfile

import numpy as np
import pandas as pd
import pytest
from sklearn.utils.validation import validate_data

from skgru import GRURegressor, WindowTransformer, make_windows
from skgru.inspection import hidden_states

SETTINGS = {
    "hidden_layer_sizes": (4, 3),
    "max_iter": 2,
    "n_iter_no_change": None,
    "early_stopping": True,
    "random_state": 0,
}


def fitted(**parameters):
    """A model of several series, in which every optional part is present."""
    settings = SETTINGS | {
        "window": 4,
        "group_column": "shop",
        "static_features": "size",
        "remember": True,
        "loss": "quantile",
        "quantile": [0.1, 0.9],
    }
    return GRURegressor(**(settings | parameters)).fit(*panel())


def fitted_on(X, y, **parameters):
    """A model of several series with categories, static ones too."""
    settings = {"window": 4, "group_column": "shop", "static_features": "size"}
    return GRURegressor(**SETTINGS, **settings, **parameters).fit(X, y)


def panel():
    rng = np.random.RandomState(0)
    table = pd.DataFrame({"shop": list("abc") * 20, "sold": rng.rand(60)})
    table["price"], table["size"] = rng.rand(60), np.tile([1.0, 2.0, 3.0], 20)
    y = table.groupby("shop")["sold"].shift(-1).ffill().to_numpy()
    return table, y


def fitted_on_samples():
    rng = np.random.RandomState(0)
    X = rng.randn(40, 5, 2)
    return GRURegressor(**SETTINGS).fit(X, X[:, -1]), X


# Fitted attributes

STATISTICS = [
    "feature_mean_",
    "feature_scale_",
    "static_mean_",
    "static_scale_",
    "target_mean_",
    "target_scale_",
    "series_mean_",
    "series_scale_",
    "series_static_mean_",
    "series_static_scale_",
    "series_target_mean_",
    "series_target_scale_",
]
FOUND = {
    "n_outputs_": 3000,
    "n_timesteps_": 2**40,
    "quantiles_": np.array([0.5]),
    "series_": ["a"],
    "n_iter_": -1,
    "best_iter_": 2**40,
    "loss_": "low",
    "best_loss_": None,
    "loss_curve_": [],
    "validation_loss_curve_": [0.0] * 99,
    "history_": {},
    "stop_reason_": "boredom",
    "validation_score_": 1.0,
    "baseline_score_": None,
    "kernels_": [],
    "recurrent_kernels_": [np.zeros(3)],
    "biases_": None,
    "coefs_": [np.zeros((3000, 1))],
    "intercepts_": [np.zeros(3000)],
}


@pytest.mark.parametrize("name", STATISTICS)
def test_statistics_take_what_fits_and_refuse_all_else(name):
    model, (X, _) = fitted(), panel()
    before, there = model.predict(X), getattr(model, name).copy()
    for wrong in (
        np.zeros(1 if there.shape != (1,) else 2),
        np.zeros((7, *there.shape)),
        np.append(there.ravel(), there.ravel()),
        there[..., np.newaxis],
        None,
        "text",
        [[1.0], [2.0, 3.0]],
        np.array(["a"]),
        7.0,
        {},
    ):
        with pytest.raises(ValueError, match=re.escape(name)):
            setattr(model, name, wrong)
        np.testing.assert_array_equal(getattr(model, name), there)
    np.testing.assert_array_equal(model.predict(X), before)
    # Numbers of other types and memory layouts are accepted if the shape is right.
    setattr(model, name, there.tolist())
    setattr(model, name, there[::-1][::-1].astype("f4").astype(object))
    setattr(model, name, np.asfortranarray(there))
    np.testing.assert_array_equal(model.predict(X), before)
    setattr(model, name, there + 1)
    np.testing.assert_array_equal(getattr(model, name), there + 1)
    # predict uses the assigned values.
    assert (model.predict(X) != before).any()


@pytest.mark.parametrize("name", FOUND)
def test_what_fit_has_found_cannot_be_set(name):
    model, (X, y) = fitted(), panel()
    before = model.predict(X)
    with pytest.raises(AttributeError, match=f"{name} of GRURegressor cannot be set"):
        setattr(model, name, FOUND[name])
    with pytest.raises(AttributeError):
        delattr(model, name)
    np.testing.assert_array_equal(model.predict(X), before)
    model.partial_fit(X, y)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_features_in_", 1),
        ("n_features_in_", 2**40),
        ("n_features_in_", "many"),
        ("feature_names_in_", np.array(["a", "b"])),
        ("feature_names_in_", None),
    ],
)
def test_other_columns_that_are_set_are_refused_when_the_model_is_used(name, value):
    model, (X, y) = fitted(), panel()
    before, there = model.predict(X), getattr(model, name)
    setattr(model, name, value)
    uses = [
        lambda: model.predict(X),
        lambda: model.partial_fit(X, y),
        lambda: model.score(X, y),
        lambda: hidden_states(model, X),
        model.summary,
    ]
    for use in uses:
        with pytest.raises(ValueError, match=f"{name} was set to"):
            use()
    delattr(model, name)
    np.testing.assert_array_equal(model.predict(X), before)
    setattr(model, name, there)
    np.testing.assert_array_equal(model.predict(X), before)
    setattr(model, name, value)
    assert vars(model.fit(X, y)).keys() == vars(fitted()).keys()


def test_a_subclass_may_check_x_as_scikit_learn_does():
    class Checking(GRURegressor):
        def __init__(self, window=4, max_iter=2):
            super().__init__(window=window, max_iter=max_iter, early_stopping=False)

        def fit(self, X, y):
            X, y = validate_data(self, X, y)
            return super().fit(X, y)

    rng, model = np.random.RandomState(0), Checking()
    for n_columns in (3, 2):
        X = rng.randn(40, n_columns)
        model.fit(X, X[:, 0])
        assert model.n_features_in_ == n_columns
        assert np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize("name", [*STATISTICS, *FOUND])
def test_nothing_is_there_before_fit(name):
    model = GRURegressor()
    assert not hasattr(model, name)
    with pytest.raises(AttributeError, match="Call fit first"):
        setattr(model, name, 1.0)


@pytest.mark.parametrize("name", [*STATISTICS, "feature_names_in_", "quantiles_"])
def test_the_shape_of_a_published_array_is_its_own(name):
    model, (X, _) = fitted(), panel()
    before = model.predict(X)
    array = getattr(model, name)
    array.shape = (1, *array.shape)
    if array.dtype.kind == "f":
        array = getattr(model, name)
        array.dtype = np.int64
    np.testing.assert_array_equal(model.predict(X), before)


def test_lists_that_are_emptied_do_no_harm():
    model, (X, y) = fitted(), panel()
    before = model.predict(X)
    model.series_.clear()
    model.kernels_.clear()
    np.testing.assert_array_equal(model.predict(X), before)
    model.loss_curve_.clear()
    model.history_["epochs"] = [0, 1]
    model.history_["loss"].append(7.0)
    assert len(model.loss_curve_) == 2
    pickle.loads(pickle.dumps(model.partial_fit(X, y)))


@pytest.mark.parametrize(
    "parameters",
    [
        {"window": 2**40, "group_column": None},
        {"hidden_layer_sizes": (3000,)},
        {"loss": "squared_error", "quantile": None},
        {"quantile": [0.1, 0.2, 0.3]},
        {"static_features": None},
        {"anchor": 2**40},
        {"bidirectional": True, "reset_after": False},
        {"standardize": "pooled", "time_order": "nonsense"},
    ],
)
def test_parameters_that_are_set_after_fit_wait_for_the_next_one(parameters):
    model, (X, y) = fitted(), panel()
    before = model.predict(X)
    model.set_params(**parameters)
    np.testing.assert_array_equal(model.predict(X), before)
    with pytest.raises(ValueError, match=next(iter(parameters)) + r"|nonsense|memory"):
        model.partial_fit(X, y)
    np.testing.assert_array_equal(model.predict(X), before)


# State from a file


def leaves(data, path=()):
    """Each item in nested dicts and lists, with the path to it."""
    items = ()
    if isinstance(data, dict):
        items = data.items()
    elif isinstance(data, list | tuple):
        items = enumerate(data)
    yield path, data
    for name, value in items:
        yield from leaves(value, (*path, name))


def changed(data, path, value):
    """A copy with another value at the end of a path; tuples become lists."""
    if not path:
        return value
    data = dict(data) if isinstance(data, dict) else list(data)
    data[path[0]] = changed(data[path[0]], path[1:], value)
    return data


def wrong_ones(value):
    """Values that must not take the place of a value in a file."""
    if isinstance(value, np.ndarray):
        yield from (None, "text", 3, value.tolist(), np.array(7.0))
        if value.dtype.kind in "fiub":
            yield from (
                np.append(value.ravel(), value.ravel()),
                value.ravel()[:-1],
                value[np.newaxis],
                value.astype("f2" if value.dtype.kind == "f" else "f8"),
                value.astype(object),
            )
            if value.dtype.kind in "iu":
                yield from (value + 2**40, value - 2**40)
    elif isinstance(value, dict):
        yield from (None, [], 3, {}, value | {"more": 1})
        for name in value:
            yield {k: v for k, v in value.items() if k != name}
    elif isinstance(value, bool):
        yield from ("yes", 2, 0.5, np.zeros(2))
    elif isinstance(value, int):
        yield from ("1", None, 0.5, [], -(2**40), 2**40, 2**70, np.int8(1), True)
    elif isinstance(value, float):
        yield from ("1", [], np.zeros(2), {})
    elif isinstance(value, str):
        yield from (3, None, [], "nonsense")
    elif isinstance(value, list | tuple):
        yield from (3, "text", {}, np.zeros(3))


# Values that may be replaced by some others without an error when the state is loaded:
# many only report on training, or describe an index, and labels may be of any type.
FREE = re.compile(
    r"training\.(history\..*|n_iter|n_steps|loss|best_loss|best_iter|stop_reason|is_mean)"
    r"|scores.*|reader\.memory\.(ends(\..*)?|names.*|n_rows|digests)"
    r"|reader\.settings\.(remember|group_column|static_features.*|n_timesteps)"
    r"|reader\.settings\.categorical_features|reader\.vocabularies.*\.values.*"
    r"|reader\.(longest|n_timesteps)|scaler\.by_series\.names.*"
    r"|reader\.columns\.(features|static_names|lags|by_values).*|scaler\.settings\.(standardize|anchor)"
    r"|targets\.settings\.(huber_delta|quantile)|reader\.(feature_names_in|memory)|targets\.past(\.(factor|offset))?"
    r"|targets\.pairs|scaler\.seen"
    r"|targets\.classes"
)


def check_state(model, use):
    """Put wrong values in each place of a state in turn; count the refusals."""
    state = model.__getstate__()
    n_refused = 0
    for path, value in leaves(state["_fitted"]):
        name = ".".join(map(str, path))
        for wrong in wrong_ones(value):
            if isinstance(wrong, np.ndarray) and not wrong.size:
                continue  # an empty array cannot hold wrong numbers
            tampered = state | {"_fitted": changed(state["_fitted"], path, wrong)}
            other = type(model).__new__(type(model))
            try:
                other.__setstate__(tampered)
            except ValueError as error:
                n_refused += "model" in str(error)
                continue
            assert FREE.fullmatch(name), (name, wrong)
            # A state that is accepted can be used, or using it raises a normal error.
            with contextlib.suppress(ValueError, TypeError, KeyError, IndexError):
                use(other)
    return n_refused


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_state_of_a_panel_that_was_changed_anywhere_is_refused():
    X, y = panel()

    def use(model):
        model.predict(X)
        model.partial_fit(X, y)
        model.summary()

    assert check_state(fitted(), use) > 500


@pytest.mark.filterwarnings("ignore")
def test_a_state_of_sequences_that_was_changed_anywhere_is_refused():
    model, X = fitted_on_samples()

    def use(model):
        model.predict(X)
        model.partial_fit(X, X[:, -1])
        model.forecast(X[0], 3)

    assert check_state(model, use) > 300


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("embedding_size", [None, 2])
def test_a_state_of_categories_that_was_changed_anywhere_is_refused(embedding_size):
    X, y = panel()
    X["size"] = X["size"].map({1.0: "s", 2.0: "m", 3.0: "l"}).astype("category")
    X["day"] = pd.Categorical(np.array(["mo", "tu", "we", "th"])[np.arange(60) % 4])
    model = fitted_on(X, y, embedding_size=embedding_size)

    def use(model):
        model.predict(X)
        model.partial_fit(X, y)

    assert check_state(model, use) > 500


def test_arrays_of_a_state_may_lie_anyhow_in_memory():
    model, X = fitted_on_samples()
    before, again = model.predict(X), model.partial_fit
    state = copy.deepcopy(model.__getstate__())
    for path, value in leaves(state["_fitted"]):
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            spread = np.zeros((*value.shape, 2), value.dtype)
            spread[..., 0] = value
            strided = spread[..., 0]
            strided.flags.writeable = False
            state["_fitted"] = changed(state["_fitted"], path, strided)
    other = GRURegressor.__new__(GRURegressor)
    other.__setstate__(state)
    np.testing.assert_array_equal(other.predict(X), before)
    other.partial_fit(X, X[:, -1])
    again(X, X[:, -1])
    np.testing.assert_array_equal(other.predict(X), model.predict(X))


def test_a_skops_file_that_was_edited_is_refused(tmp_path):
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    model, _ = fitted_on_samples()
    content = io.BytesIO(skops.dumps(model))
    with zipfile.ZipFile(content) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    text = files["schema.json"].decode()
    # Change the number of units of the second layer wherever it is in the file.
    edited, n_edits = re.subn(r'"content": "3"', '"content": "3000"', text)
    assert n_edits > 0
    json.loads(edited)
    with zipfile.ZipFile(tmp_path / "edited.skops", "w") as archive:
        for name, value in (files | {"schema.json": edited.encode()}).items():
            archive.writestr(name, value)
    trusted = skops.get_untrusted_types(file=tmp_path / "edited.skops")
    with pytest.raises(ValueError, match="fitted model|network|weights"):
        skops.load(tmp_path / "edited.skops", trusted=trusted)


def test_a_transformer_whose_state_was_changed_is_refused():
    X, _ = panel()
    transformer = WindowTransformer(3, group_column="shop", remember=True).fit(X)
    state = transformer.__getstate__()
    for path, wrong in [
        (("memory", "tails", 0), np.zeros((2, 9))),
        (("n_features_in",), 2),
        (("columns", "group"), 99),
        (("columns",), None),
        (("kind",), "nonsense"),
    ]:
        tampered = state | {"_fitted": changed(state["_fitted"], path, wrong)}
        with pytest.raises(ValueError, match="model"):
            WindowTransformer.__new__(WindowTransformer).__setstate__(tampered)


def test_no_private_name_is_in_a_pickle():
    for model in (fitted(), fitted_on_samples()[0]):
        assert b"skgru._" not in pickle.dumps(model)
    transformer = WindowTransformer(3, remember=True).fit(np.zeros((9, 2)))
    assert b"skgru._" not in pickle.dumps(transformer)


def test_a_shallow_copy_trains_apart_from_its_original():
    model, X = fitted_on_samples()
    before = pickle.dumps(model)
    other = copy.copy(model)
    other.partial_fit(X, X[:, -1]).partial_fit(X, X[:, -1])
    other.feature_mean_[...] = 7
    other.coefs_[0][...] = 7
    other.loss_curve_.append(7.0)
    assert pickle.dumps(model) == before


# Whole numbers of any type

INTEGERS = [np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint64, np.int64]


@pytest.mark.parametrize("kind", INTEGERS)
def test_integers_of_numpy_are_as_good_as_pythons(kind):
    rng = np.random.RandomState(0)
    X, y = rng.randn(300, 4), rng.randn(300)
    numbers = {
        "hidden_layer_sizes": 40,
        "window": 100,
        "max_iter": 1,
        "batch_size": 120,
        "n_iter_no_change": 5,
        "group_column": None,
        "anchor": 3,
        "static_features": 1,
        "n_jobs": 1,
        "random_state": 0,
    }
    narrow = {n: v if v is None else kind(v) for n, v in numbers.items()}
    expected = GRURegressor(**numbers, early_stopping=False).fit(X, y)
    model = GRURegressor(**narrow, early_stopping=False).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))
    assert type(model.n_timesteps_) is int
    sizes = np.array([4, 3], dtype=kind)
    settings = {"max_iter": 1, "early_stopping": False, "random_state": 0}
    two = GRURegressor(sizes, n_timesteps=kind(100), **settings)
    wide = np.tile(X, 75)
    two_expected = GRURegressor((4, 3), n_timesteps=100, **settings)
    np.testing.assert_array_equal(
        two.fit(wide, y).predict(wide), two_expected.fit(wide, y).predict(wide)
    )


@pytest.mark.parametrize("kind", INTEGERS)
def test_windows_of_any_type_of_integer(kind):
    X = np.arange(300.0)[:, np.newaxis]
    expected = WindowTransformer(100, flatten=True, initial="edge").fit_transform(X)
    transformer = WindowTransformer(kind(100), flatten=True, initial="edge")
    np.testing.assert_array_equal(transformer.fit_transform(X), expected)
    made = make_windows(X, kind(100), kind(100), kind(90))
    np.testing.assert_array_equal(made.X, make_windows(X, 100, 100, 90).X)
    np.testing.assert_array_equal(made.y, make_windows(X, 100, 100, 90).y)
