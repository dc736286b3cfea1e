"""Categories as inputs: how they are named, read, trained on and looked into."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru._reading._reader import Reader
from skgru._reading._settings import ReadingSettings
from skgru.inspection import (
    gate_activations,
    input_gradients,
    integrated_gradients,
    memory_horizon,
)

OWNER = "Oracle"
SETTINGS = {
    "hidden_layer_sizes": 4,
    "max_iter": 3,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
WORDS = ["a", "b", "c"]
nan = np.nan


def read(X, **settings):
    """The reader and the sequences of an X, categorical dtypes being categories."""
    settings = {"categorical_features": "from_dtype"} | settings
    return Reader.of_fit(X, ReadingSettings(**settings), OWNER)


def values_of(X, **settings):
    """What the rows of the sequences hold."""
    return read(X, **settings)[1].sequences.values


def shops(n_rows=60, seed=0):
    """Consecutive rows with a number, two categories, and a target made of them."""
    rng = np.random.RandomState(seed)
    X = pd.DataFrame(
        {
            "shop": pd.Categorical(rng.choice(["x", "y"], n_rows), ["y", "x"]),
            "price": rng.rand(n_rows),
            "day": pd.Categorical(rng.choice(WORDS, n_rows), WORDS),
        }
    )
    y = 2.0 * (X["shop"] == "x") + X["price"] + (X["day"].shift(1) == "b")
    return X, y.to_numpy()


def texts(n_rows=80, n_steps=5, seed=0):
    """A sequence of words in each row, the last ones to the right, and a target."""
    rng = np.random.RandomState(seed)
    codes = rng.randint(3, size=(n_rows, n_steps))
    words = pd.DataFrame(np.array(WORDS)[codes])
    words.columns = [f"word {k}" for k in range(n_steps)]
    words = words.mask(np.arange(n_steps) < rng.randint(3, size=n_rows)[:, np.newaxis])
    X = words.astype(pd.CategoricalDtype(WORDS))
    return X, (words == "b").sum(axis=1).to_numpy().astype(float)


# What is read


def test_numbers_stand_first_and_codes_follow_the_order_of_the_dtype():
    X = pd.DataFrame(
        {
            "shop": pd.Categorical(["x", "y", None], categories=["y", "x"]),
            "price": [1.0, 2.0, 3.0],
        }
    )
    reader, reading = read(X, window=2)
    expected = [[1, 1], [2, 0], [3, 2]]
    np.testing.assert_array_equal(reading.sequences.values, expected)
    assert reader.columns.features == ("price", "shop")
    assert reader.vocabularies[0].values == ["y", "x"]
    later = pd.DataFrame({"shop": ["x", "new", None], "price": 0.0})
    found = reader.read(later, OWNER).sequences.values
    np.testing.assert_array_equal(found[:, 1], [1, 2, 2])


@pytest.mark.parametrize("as_mask", [False, True])
@pytest.mark.parametrize(
    ("column", "values"),
    [
        (["b", "a", "b"], ["a", "b"]),
        ([30, 10, 30], [10, 30]),
        ([5.0, -1.0, 5.0], [-1.0, 5.0]),
        ([("b", 1), ("a", 2), ("b", 1)], [("a", 2), ("b", 1)]),
        (pd.to_datetime(["2020-01-02", "2020-01-01", "2020-01-02"]), None),
        # No order: by the names of their types, then as they come.
        (["b", 7, "b"], [7, "b"]),
    ],
)
def test_named_columns_may_hold_anything(column, values, as_mask):
    X = pd.DataFrame({"n": [1.0, 2, 3], "kind": pd.Series(column)})
    asked = [False, True] if as_mask else ["kind"]
    reader, reading = read(X, window=2, categorical_features=asked)
    if values is not None:
        assert reader.vocabularies[0].values == values
    codes = reading.sequences.values[:, 1]
    assert codes[0] == codes[2] != codes[1]
    assert sorted(set(codes)) == [0, 1]


@pytest.mark.parametrize("missing", [None, nan, pd.NA, pd.NaT])
def test_whatever_is_missing_has_the_last_code(missing):
    X = pd.DataFrame(
        {"n": [1.0, 2, 3], "kind": pd.Series(["a", missing, "b"], dtype=object)}
    )
    found = values_of(X, window=2, categorical_features=["kind"])
    np.testing.assert_array_equal(found[:, 1], [0, 2, 1])


@pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["c", "b", "a"])])
def test_frames_of_polars_are_read_as_those_of_pandas(dtype):
    words = ["b", "a", None, "b"]
    other = pl.Series(["z", "q", "z", "q"]).cast(pl.Categorical)
    X = pl.DataFrame(
        {"n": [1.0, 2, 3, 4], "kind": pl.Series(words).cast(dtype), "other": other}
    )
    reader, reading = read(X, window=2)
    categories = reader.vocabularies[0].values
    assert sorted(categories) == (["a", "b"] if dtype is pl.Categorical else WORDS)
    codes = reading.sequences.values[:, 1]
    found = [
        None if code == len(categories) else categories[int(code)] for code in codes
    ]
    assert found == words


def test_the_order_of_dtypes_and_rows_of_an_array_are_the_same():
    X, _ = texts()
    array = X.astype(object).to_numpy()
    frame = values_of(X)
    for asked in ([True] * 5, range(5), np.arange(5)):
        settings = GRURegressor(categorical_features=asked)
        asked = ReadingSettings.of(settings).categorical_features
        np.testing.assert_array_equal(
            values_of(array, categorical_features=asked), frame
        )
    assert frame.shape == (80 * 5, 1)


def test_leading_missing_words_are_missing_steps_and_later_ones_a_category():
    X = pd.DataFrame([[None, "a", "b"], ["a", None, "b"], ["b", "a", None]])
    X = X.astype(pd.CategoricalDtype(["a", "b"]))
    _, reading = read(X)
    np.testing.assert_array_equal(reading.sequences.n_observed, [2, 3, 3])
    by_row = reading.sequences.values.reshape(3, 3)
    np.testing.assert_array_equal(by_row[0, 1:], [0, 1])
    np.testing.assert_array_equal(by_row[1:], [[0, 2, 1], [1, 0, 2]])


def test_a_step_is_missing_only_if_all_of_it_is():
    number = [nan, nan, 1.0, 2.0]
    X = pd.DataFrame({"n": number, "kind": pd.Categorical([None, None, None, "a"])})
    _, reading = read(X[2:], window=2)
    np.testing.assert_array_equal(reading.sequences.values, [[1, 1], [2, 0]])
    X["kind"] = pd.Categorical(["a", "a", "a", "a"])
    with pytest.raises(ValueError, match="NaN in row"):
        read(X, window=2)


def test_columns_of_one_feature_share_their_categories():
    X = pd.DataFrame(
        {
            "n 1": [1.0, 2.0],
            "kind 1": pd.Categorical(["b", "a"]),
            "n 2": [3.0, 4.0],
            "kind 2": pd.Categorical(["c", "b"]),
        }
    )
    reader, reading = read(X, n_timesteps=2)
    expected = [[1, 1], [3, 2], [2, 0], [4, 1]]
    np.testing.assert_array_equal(reading.sequences.values, expected)
    (vocabulary,) = reader.vocabularies
    assert vocabulary.values == WORDS
    np.testing.assert_array_equal(vocabulary.columns, [1, 3])


def test_tables_of_lags_may_hold_categories():
    X = pd.DataFrame(
        {
            "shop_lag_1": pd.Categorical(["x", "y"]),
            "y_lag_1": [1.0, 2.0],
            "shop_lag_2": pd.Categorical(["y", "z"]),
            "y_lag_2": [3.0, 4.0],
            "day": pd.Categorical(["b", "a"]),
        }
    )
    reader, reading = read(X)
    assert reader.columns.features == ("y", "shop")
    expected = [[3, 1], [1, 0], [4, 2], [2, 1]]
    np.testing.assert_array_equal(reading.sequences.values, expected)
    np.testing.assert_array_equal(reading.sequences.static, [[1], [0]])


def test_the_last_axis_of_samples_may_hold_categories():
    X = np.empty((2, 3, 2), dtype=object)
    X[..., 0], X[..., 1] = "b", np.arange(6).reshape(2, 3)
    X[0, 1, 0] = "a"
    _, reading = read(X, categorical_features=[0])
    np.testing.assert_array_equal(reading.sequences.values[:, 0], np.arange(6))
    np.testing.assert_array_equal(reading.sequences.values[:, 1], [1, 0, 1, 1, 1, 1])
    assert reading.sequences.values.dtype == np.float64
    numbers = np.array([[[7, 1], [8, 2]]], dtype=np.float32)
    _, reading = read(numbers, categorical_features=[0])
    np.testing.assert_array_equal(reading.sequences.values, [[1, 0], [2, 1]])
    assert reading.sequences.values.dtype == np.float32


def test_static_features_may_be_categories():
    X, _ = shops()
    reader, reading = read(X, window=3, static_features=["shop", "price"])
    assert reader.columns.static_names == ("price", "shop")
    expected = np.column_stack([X["price"], X["shop"].cat.codes])
    np.testing.assert_array_equal(reading.sequences.static, expected)
    np.testing.assert_array_equal(reading.sequences.values[:, 0], X["day"].cat.codes)


def test_a_group_column_of_categorical_dtype_is_no_feature():
    X, _ = shops()
    reader, reading = read(X, window=3, group_column="shop")
    assert [part.columns.tolist() for part in reader.vocabularies] == [[2]]
    assert sorted(reading.series.names) == ["x", "y"]


def test_the_description_tells_the_categories():
    X, _ = shops()
    described = GRURegressor(window=3, static_features="shop").describe_input(X)
    assert [line.read_as for line in described] == [
        "static feature, one of 2 categories",
        "feature of every step",
        "feature of every step, one of 3 categories",
    ]


# What is refused


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["shop", "colour"], "'colour' is not the name of a feature"),
        ([7], "7 is not the index of a feature: X has 3"),
        ([True, False], "mask of length 2, but X has 3 column"),
        ([1.5], "holds 1.5, but names, indices or bools"),
    ],
)
def test_what_names_no_columns_is_refused(asked, message):
    X, y = shops()
    model = GRURegressor(window=3, categorical_features=asked)
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ([["a"], "b", "c"], r"holds \['a'\] \(list\) in row 0"),
        ([0.0, np.inf, 1.0], "contains infinity"),
        (["a", float("inf"), "b"], "contains infinity"),
    ],
)
def test_what_is_no_category_is_refused(column, message):
    X = pd.DataFrame({"n": [1.0, 2, 3], "kind": pd.Series(column)})
    with pytest.raises(ValueError, match=message):
        read(X, window=2, categorical_features=["kind"])


def test_the_group_column_is_refused_as_a_category():
    X, _ = shops()
    with pytest.raises(ValueError, match="names the group_column"):
        read(X, window=3, group_column="shop", categorical_features=["shop"])


@pytest.mark.parametrize("settings", [{"n_timesteps": 2}, {}])
def test_a_feature_is_a_category_at_all_steps_or_at_none(settings):
    X = pd.DataFrame({"a": [1.0, 2], "b": pd.Categorical(["x", "y"])})
    with pytest.raises(ValueError, match="'b' holds categories and column 'a' numbers"):
        read(X, **settings)


@pytest.mark.parametrize("group", [None, "day"])
def test_strings_that_are_not_named_say_what_to_do(group):
    X, _ = shops()
    X["shop"] = X["shop"].astype(object)
    with pytest.raises(
        ValueError, match="column 'shop' holds strings; make it a categorical dtype"
    ):
        read(X, window=3, group_column=group)


def test_embeddings_without_categories_are_refused():
    X, y = shops()
    model = GRURegressor(window=3, embedding_size=2, static_features=["shop", "day"])
    with pytest.raises(ValueError, match="no feature of the steps of X is a category"):
        model.fit(X, y)
    with pytest.raises(ValueError, match="'embedding_size' parameter"):
        GRURegressor(window=3, embedding_size=0).fit(X, y)


def test_an_anchor_is_no_category():
    X, y = shops()
    with pytest.raises(ValueError, match="anchor='shop' is a category"):
        GRURegressor(window=3, anchor="shop").fit(X, y)


# What is learned


def like_one_hot(X, codes):
    """A 3-D X whose last columns are one-hot, of one whose last columns are codes."""
    n_numbers = X.shape[2] - len(codes)
    parts = [X[..., :n_numbers]]
    for k, n in enumerate(codes):
        parts.append(np.eye(n)[X[..., n_numbers + k].astype(int)])
    return np.concatenate(parts, axis=-1)


def start_from(monkeypatch, vector):
    """Let networks begin with these weights."""
    monkeypatch.setattr(
        "skgru._network._model.initial_parameters", lambda *_: vector.copy()
    )


@pytest.mark.parametrize("kind", [GRURegressor, LSTMRegressor, RNNRegressor])
@pytest.mark.parametrize(
    "settings", [{}, {"bidirectional": True}, {"alpha": 0.1, "solver": "lbfgs"}]
)
def test_a_fit_is_that_on_one_hot_columns(kind, settings, rng, monkeypatch):
    codes = (3, 4)
    X = np.concatenate(
        [rng.randn(50, 6, 1), *(rng.randint(n - 1, size=(50, 6, 1)) for n in codes)], 2
    )
    y = X[:, -1, 0] + (X[:, 2, 1] == 1) - (X[:, -1, 2] == 0)
    settings = SETTINGS | {"standardize": False, "anchor": None} | settings
    fitted = []
    start = None
    for values, categorical in ((like_one_hot(X, codes), None), (X, [1, 2])):
        model = kind(categorical_features=categorical, **settings)
        if start is not None:
            start_from(monkeypatch, start)
        model.fit(values, y)
        if start is None:
            # Weights of the same number, for both.
            start = rng.randn(len(model._fitted.model.parameters)) / 3
            start_from(monkeypatch, start)
            model.fit(values, y)
        fitted.append((model._fitted.model.parameters, model.predict(values)))
    for dense, looked_up in zip(*fitted, strict=True):
        np.testing.assert_allclose(looked_up, dense, rtol=1e-6, atol=1e-8)


def test_another_order_of_categories_is_another_order_of_rows(monkeypatch, rng):
    X, y = texts()
    model = GRURegressor(**SETTINGS)
    n_parameters = len(model.fit(X, y)._fitted.model.parameters)
    # Codes alone are computed in single precision.
    start = (rng.randn(n_parameters) / 3).astype(np.float32)
    start_from(monkeypatch, start)
    model.fit(X, y)
    order = [2, 0, 1, 3]
    other = start.copy()
    other[: 4 * 12] = start[: 4 * 12].reshape(4, 12)[order].ravel()
    start_from(monkeypatch, other)
    again = GRURegressor(**SETTINGS)
    names = [WORDS[k] for k in order[:3]]
    # pandas takes two orders of the same categories for one, unless they are new.
    again.fit(X.astype(object).astype(pd.CategoricalDtype(names)), y)
    assert again.categories_ == [names]
    np.testing.assert_allclose(again.kernels_[0], model.kernels_[0][order], atol=1e-5)
    np.testing.assert_allclose(again.predict(X), model.predict(X), atol=1e-5)


def test_categories_of_one_vocabulary_are_known_to_be_a_sequence():
    X, y = texts()
    told = {"hidden_layer_sizes": 4, "max_iter": 60, "random_state": 0}
    model = GRURegressor(**told).fit(X, y)
    # Held-out rows decide when to stop, as of every known sequence, without a warning.
    assert len(model.validation_loss_curve_) == model.n_iter_
    assert model.predict(X).dtype == np.float32


def test_columns_of_several_dtypes_are_said_to_be_read_as_steps():
    X = pd.DataFrame(
        {"colour": list("rgbrgb"), "size": list("smlmsl")}, dtype="category"
    )
    with pytest.warns(UserWarning, match="2 columns of X .* read as 2 time steps"):
        GRURegressor(**SETTINGS).fit(X, np.arange(6.0))
    same = X.astype(pd.CategoricalDtype(list("rgbsml")))
    GRURegressor(**SETTINGS).fit(same, np.arange(6.0))


@pytest.mark.parametrize("embedding_size", [None, 3])
def test_unknown_categories_are_missing_ones(embedding_size):
    X, y = shops()
    model = GRURegressor(window=3, embedding_size=embedding_size, **SETTINGS).fit(X, y)
    unknown = X.astype({"day": object, "shop": object})
    unknown.loc[30:, "day"] = "never seen"
    missing = unknown.replace("never seen", np.nan)
    found = model.predict(unknown)
    np.testing.assert_array_equal(found, model.predict(missing))
    assert (found[30:] != model.predict(X)[30:]).any()


def test_missing_categories_are_learned_where_they_occur():
    X, _ = texts(200)
    X["word 4"] = X["word 4"].mask(np.arange(200) % 3 == 0)
    y = X["word 4"].isna().to_numpy().astype(float)
    model = RNNRegressor(8, random_state=0, learning_rate_init=0.02).fit(X, y)
    assert model.score(X, y) > 0.95


@pytest.mark.parametrize("settings", [{}, {"embedding_size": 2}, {"dropout": 0.2}])
def test_what_depends_on_categories_is_learned(settings):
    X, y = texts(300)
    model = GRURegressor(8, random_state=0, **settings).fit(X, y)
    assert model.score(*texts(100, seed=1)) > 0.9
    assert hasattr(model, "embeddings_") == ("embedding_size" in settings)
    if hasattr(model, "embeddings_"):
        assert [part.shape for part in model.embeddings_] == [(4, 2)]
        assert model.summary()[0].n_parameters == 8
    assert model.summary().n_parameters == len(model._fitted.model.parameters)


def test_static_categories_are_rows_of_the_head():
    X, y = shops(200)
    settings = {"window": 3, "static_features": ["shop", "day"], "random_state": 0}
    model = GRURegressor(4, early_stopping=False, **settings)
    model.fit(X, y)
    assert model.coefs_[0].shape == (4 + 3 + 4, 1)
    effect = model.coefs_[0][4:6, 0] * model.target_scale_
    assert effect[1] - effect[0] == pytest.approx(2, abs=0.4)
    # What never was missing has not been trained.
    assert model.coefs_[0][6, 0] == 0
    np.testing.assert_array_equal(model.static_mean_, [0, 0])
    np.testing.assert_array_equal(model.static_scale_, [1, 1])


@pytest.mark.parametrize("standardize", [True, "pooled", False])
def test_codes_are_not_standardised(standardize):
    X, y = shops()
    X["name"] = np.repeat(["here", "there"], 30)
    model = GRURegressor(
        window=3, group_column="name", standardize=standardize, **SETTINGS
    ).fit(X, y)
    np.testing.assert_array_equal(model.feature_mean_[1:], [0, 0])
    np.testing.assert_array_equal(model.feature_scale_[1:], [1, 1])
    if standardize is True:
        np.testing.assert_array_equal(model.series_mean_[:, 1:], 0)
        np.testing.assert_array_equal(model.series_scale_[:, 1:], 1)


def test_training_goes_on_with_the_categories_of_the_first_fit():
    X, y = texts()
    model = GRURegressor(warm_start=True, **SETTINGS).fit(X, y)
    later = X.astype(object).replace("a", "new")
    model.fit(later, y)
    assert model.categories_ == [WORDS]
    model.set_params(embedding_size=2)
    with pytest.raises(ValueError, match="embedding_size=2 differs"):
        model.fit(X, y)
    part = GRURegressor(**SETTINGS).partial_fit(X, y).partial_fit(later, y)
    assert part.categories_ == [WORDS]


@pytest.mark.parametrize("embedding_size", [None, 2])
def test_pickles_predict_the_same(embedding_size):
    X, y = shops()
    settings = {"static_features": ["shop"], "remember": True, "window": 3}
    model = GRURegressor(embedding_size=embedding_size, **settings, **SETTINGS)
    model.fit(X, y)
    again = pickle.loads(pickle.dumps(model))
    assert again.categories_ == [WORDS, ["y", "x"]]
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize(
    "change",
    [
        lambda reader: reader["vocabularies"].pop(),
        lambda reader: reader["vocabularies"][0]["values"].append("more"),
        lambda reader: reader["vocabularies"][0]["values"].__setitem__(0, "b"),
        lambda reader: reader["vocabularies"][0]["columns"].fill(1),
        lambda reader: reader["columns"].update(n_codes=(40,)),
        lambda reader: reader["columns"].update(n_codes=(4, 4)),
    ],
)
def test_a_changed_file_is_refused(change):
    X, y = shops()
    model = GRURegressor(window=3, static_features=["shop"], **SETTINGS).fit(X, y)
    state = pickle.loads(pickle.dumps(model)).__getstate__()
    change(state["_fitted"]["reader"])
    with pytest.raises(ValueError, match=r"Fit or load the model anew|not possible"):
        GRURegressor().__setstate__(state)


def test_forecasts_know_the_categories_to_come():
    rng = np.random.RandomState(0)
    day = pd.Categorical(np.array(WORDS)[np.arange(121) % 3])
    sold = (day.codes == 1) * 3.0 + rng.rand(121) / 10
    X = pd.DataFrame({"day": day[1:], "sold": sold[:-1]})
    model = GRURegressor(8, window=4, random_state=0, anchor=None).fit(X, sold[1:])
    future = pd.DataFrame({"day": ["a", "b", "c", "never seen"], "sold": nan})
    history = X[:-4]
    found = model.forecast(history, 4, future=future[:3])
    row, expected = history, []
    for k in range(4):
        expected.append(model.predict(row)[-1])
        if k < 3:
            after = pd.DataFrame(
                {"day": future["day"][k : k + 1], "sold": expected[-1]}
            )
            row = pd.concat([row.astype({"day": object}), after], ignore_index=True)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    in_rows = GRURegressor(n_timesteps=5, anchor=None, **SETTINGS)
    X, y = texts()
    in_rows.fit(X, y)
    with pytest.raises(ValueError, match="forecast"):
        in_rows.forecast(X, 2)


# What is seen in a fitted model


@pytest.mark.parametrize("embedding_size", [None, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_attributions_add_up(embedding_size, bidirectional):
    X, y = shops()
    X["name"] = X["day"]
    model = GRURegressor(
        window=3,
        static_features=["shop", "price"],
        embedding_size=embedding_size,
        bidirectional=bidirectional,
        **SETTINGS | {"hidden_layer_sizes": (4, 3)},
    ).fit(X, y)
    found = integrated_gradients(model, X[:10])
    assert found.shape == (10, 3, 4)
    baseline = X[:10].astype({"shop": object, "day": object, "name": object})
    baseline["price"] = model.static_mean_[0]
    baseline[["shop", "day", "name"]] = "never seen"
    difference = model.predict(X[:10]) - model.predict(baseline)
    np.testing.assert_allclose(found.sum(axis=(1, 2)), difference, atol=1e-3)
    assert found[2:, -1, [0, 2]].all()
    given = integrated_gradients(model, X[:10], baseline=baseline.iloc[0])
    np.testing.assert_allclose(given, found, atol=1e-3)


def test_categories_have_no_derivatives():
    X, y = shops()
    model = GRURegressor(window=3, static_features=["shop"], **SETTINGS).fit(X, y)
    found = input_gradients(model, X)
    assert not found[:, :, [0, 2]].any()
    moved = X.copy()
    moved.loc[20, "price"] += 1e-5
    difference = (model.predict(moved) - model.predict(X))[20] / 1e-5
    np.testing.assert_allclose(found[20, -1, 1], difference, rtol=1e-3)


def test_states_and_horizon_of_a_model_of_words():
    X, y = texts()
    model = LSTMRegressor(**SETTINGS).fit(X, y)
    assert gate_activations(model, X).state.shape == (80, 5, 4)
    horizon = memory_horizon(model, X)
    assert (horizon.sensitivity > 0).all()


@pytest.mark.parametrize(
    "X", [["ab", "c"], np.array(["ab", "c"]), pd.Series(["ab", "c"]), ["", "ab"]]
)
def test_strings_that_are_no_columns_need_tokens(X):
    with pytest.raises(ValueError, match=r"X holds strings, such as .*TokenSequencer"):
        GRURegressor().fit(X, [0.0, 1.0])


def test_measured_numbers_are_no_categories(rng):
    X = rng.rand(20, 5, 2)
    with pytest.raises(ValueError, match="Column 1 holds numbers such as 0.* bins"):
        GRURegressor(categorical_features=[1]).fit(X, X[:, -1, 0])
    X[..., 1] = X[..., 1].round()
    model = GRURegressor(categorical_features=[1], max_iter=1).fit(X, X[:, -1, 0])
    assert model.categories_ == [[0.0, 1.0]]
