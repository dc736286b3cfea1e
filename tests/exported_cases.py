"""Cases of what an exported model may read, and of what it may predict."""

import zlib

import numpy as np
import pandas as pd
from exported import Case, fit, sequences

from skgru import (
    GRUClassifier,
    GRURegressor,
    LSTMClassifier,
    LSTMRegressor,
    RNNClassifier,
    RNNRegressor,
)

# What X may be, and what may be predicted. Each function makes a case of a dtype.
MADE = {}


def made(function):
    MADE[function.__name__] = function
    return function


def case_of(name, dtype):
    """A case by its name."""
    return MADE[name](np.random.RandomState(zlib.crc32(name.encode())), dtype)


def _case(model, X, values=None, **arguments):
    values = X if values is None else values
    dtype = model._fitted.reader.dtype
    values = np.ascontiguousarray(values, dtype=dtype)
    return Case(model, X, values, arguments)


def walk(rng, dtype, n_rows=90):
    """Two series whose levels drift, far from zero."""
    steps = rng.randn(n_rows, 2) + 0.5
    return (1000 + steps.cumsum(axis=0)).astype(dtype)


def waves(rng, dtype, frequency):
    """A series that turns around its level."""
    return (np.sin(np.arange(300) * frequency) + 0.02 * rng.randn(300)).astype(dtype)


@made
def rows_with_window(rng, dtype):
    X = (rng.randn(40, 3) * [1, 20, 0.1] + [0, 1e4, 5]).astype(dtype)
    return _case(fit(GRURegressor, X, X[:, 0] + 1e3, window=7), X)


@made
def rows_one_feature_one_unit(rng, dtype):
    X = rng.randn(40, 1).astype(dtype)
    return _case(fit(GRURegressor, X, X, window=4, hidden_layer_sizes=1), X)


@made
def window_of_one_row(rng, dtype):
    X = rng.randn(20, 2).astype(dtype)
    return _case(fit(LSTMRegressor, X, X[:, 0], window=1), X)


@made
def window_longer_than_the_series(rng, dtype):
    X = rng.randn(20, 2).astype(dtype)
    return _case(fit(GRURegressor, X, X[:, 0], window=30), X[:9])


@made
def sequences_of_a_model_with_window(rng, dtype):
    X = rng.randn(30, 2).astype(dtype)
    model = fit(GRURegressor, X, X[:, 0], window=5)
    windows = np.lib.stride_tricks.sliding_window_view(X, 5, axis=0).swapaxes(1, 2)
    # The windows of the first rows have missing steps, and are not among these.
    return _case(model, X, windows, kind="sequences")._replace(n_before=4)


@made
def static_features_of_rows(rng, dtype):
    X = rng.randn(40, 4).astype(dtype)
    model = fit(GRURegressor, X, X[:, 0], window=3, static_features=[1, 3])
    return _case(model, X)


@made
def static_features_of_sequences(rng, dtype):
    X = sequences(rng, dtype, (11, 6, 4))
    X[:, :, 2] = rng.randn(11, 1)
    return _case(fit(GRURegressor, X, X[:, -1, 0], static_features=[2]), X)


@made
def newest_first(rng, dtype):
    X = sequences(rng, dtype)[:, ::-1]
    model = fit(
        GRURegressor, X, X[:, 0, 0], time_order="newest_first", static_features=[1]
    )
    return _case(model, X)


@made
def table_of_lags(rng, dtype):
    # The newest comes first, so columns are put into order.
    names = [f"{name}_lag_{k}" for k in (1, 2, 4) for name in "ab"]
    X = pd.DataFrame(rng.randn(30, 6).astype(dtype), columns=names)
    X["other"] = rng.randn(30).astype(dtype)
    X.loc[3:5, ["a_lag_4", "b_lag_4"]] = np.nan
    return _case(fit(GRURegressor, X, rng.randn(30)), X)


@made
def steps_in_rows(rng, dtype):
    X = rng.randn(30, 9).astype(dtype)
    model = fit(GRURegressor, X, X[:, 0], n_timesteps=4, static_features=[3])
    return _case(model, X)


@made
def newest_step_first_in_rows(rng, dtype):
    X = rng.randn(30, 8).astype(dtype)
    model = fit(GRURegressor, X, X[:, 0], n_timesteps=4, time_order="newest_first")
    return _case(model, X)


@made
def plain_table(rng, dtype):
    X = rng.randn(30, 5).astype(dtype)
    return _case(fit(RNNRegressor, X, X[:, 0], bidirectional=True), X)


@made
def anchor_that_drifts(rng, dtype):
    X = walk(rng, dtype, 400)
    model = fit(GRURegressor, X[:-1], X[1:, 0], window=8)
    assert model._fitted.model.architecture.n_line
    return _case(model, X)


@made
def anchor_by_name(rng, dtype):
    X = walk(rng, dtype)
    return _case(fit(GRURegressor, X[:-1], X[1:], window=5, anchor=1), X)


@made
def anchor_whose_level_is_read(rng, dtype):
    # The last value alone is worse than the mean, but says something.
    X = waves(rng, dtype, 1.2)[:, np.newaxis]
    model = fit(GRURegressor, X[:-1], X[1:, 0], window=8)
    assert model._fitted.model.architecture.level
    return _case(model, X)


@made
def anchor_without_changes(rng, dtype):
    X = waves(rng, dtype, 0.2)[:, np.newaxis]
    model = fit(GRURegressor, X[:-1], X[1:, 0], window=8)
    assert model._fitted.scaler.anchor.is_used.all()
    assert not len(model._fitted.scaler.features.relative)
    return _case(model, X)


@made
def several_steps_ahead(rng, dtype):
    X = walk(rng, dtype, 400)
    y = np.column_stack([X[k : len(X) - 3 + k, 0] for k in (1, 2, 3)])
    model = fit(LSTMRegressor, X[:-3], y, window=8, bidirectional=True)
    assert model._fitted.model.architecture.n_line
    return _case(model, X)


@made
def several_steps_of_several_variables(rng, dtype):
    X = walk(rng, dtype, 60)
    y = np.lib.stride_tricks.sliding_window_view(X[1:], 3, axis=0).swapaxes(1, 2)
    case = _case(fit(GRURegressor, X[:57], y, window=6), X)
    assert case.model.predict(X).shape == (60, 3, 2)
    return case


@made
def not_standardised(rng, dtype):
    X = rng.randn(30, 2).astype(dtype)
    return _case(fit(GRURegressor, X, X[:, 0], window=4, standardize=False), X)


def _panel(rng, dtype):
    X = walk(rng, dtype, 160)
    X[80:, 0] *= 50
    names = np.repeat(["b", "a"], 80)
    static = np.where(names == "a", 3, 7).astype(dtype)
    return pd.DataFrame({"u": X[:, 0], "name": names, "s": static, "v": X[:, 1]})


@made
def one_series_of_a_panel(rng, dtype):
    X = _panel(rng, dtype)
    y = X["u"].shift(-1).ffill()
    model = fit(
        GRURegressor, X, y, window=6, group_column="name", static_features=["s"]
    )
    of_series = X[X["name"] == "a"]
    return _case(model, of_series, of_series.drop(columns="name"), series="a")


@made
def several_steps_of_a_panel(rng, dtype):
    """Series that the index names, whose levels are not what is predicted from."""
    X = _panel(rng, dtype).set_index("name")[["u", "s"]]
    y = np.column_stack([X["u"], X["u"] * 2])
    model = fit(
        GRURegressor,
        X,
        y,
        window=6,
        group_column="name",
        static_features=["s"],
        anchor=None,
    )
    of_series = X.loc[["a"]]
    return _case(model, of_series, series="a")


@made
def panel_of_common_scale(rng, dtype):
    X = _panel(rng, dtype)
    model = fit(
        GRURegressor,
        X,
        X["v"].to_numpy(),
        window=6,
        group_column="name",
        standardize="pooled",
    )
    of_series = X[X["name"] == "a"]
    return _case(model, of_series, of_series.drop(columns="name"))


@made
def counts_of_a_panel(rng, dtype):
    X = _panel(rng, dtype)
    y = rng.poisson(np.where(X["name"] == "a", 3, 300))
    model = fit(GRURegressor, X, y, window=6, group_column="name", loss="poisson")
    of_series = X[X["name"] == "b"]
    return _case(model, of_series, of_series.drop(columns="name"), series="b")


def _head(estimator, rng, dtype, make_y, **parameters):
    X = sequences(rng, dtype)
    return _case(fit(estimator, X, make_y(X), **parameters), X)


@made
def counts(rng, dtype):
    return _head(
        GRURegressor, rng, dtype, lambda X: np.abs(X[:, -1, 0]) * 9, loss="poisson"
    )


@made
def absolute_error(rng, dtype):
    return _head(GRURegressor, rng, dtype, lambda X: X[:, -1, 0], loss="absolute_error")


@made
def huber(rng, dtype):
    return _head(GRURegressor, rng, dtype, lambda X: X[:, -1, :2], loss="huber")


@made
def one_quantile(rng, dtype):
    level = {"loss": "quantile", "quantile": 0.9}
    return _head(GRURegressor, rng, dtype, lambda X: X[:, -1, 0], **level)


@made
def quantiles(rng, dtype):
    levels = {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]}
    return _head(GRURegressor, rng, dtype, lambda X: X[:, -1, 0] * 5 + 3, **levels)


@made
def quantiles_of_two_outputs_with_anchor(rng, dtype):
    X = walk(rng, dtype, 400)
    levels = {"loss": "quantile", "quantile": [0.2, 0.8]}
    model = fit(GRURegressor, X[:-1], X[1:], window=6, **levels)
    assert model._fitted.scaler.anchor.is_used.all()
    return _case(model, X)


@made
def two_classes(rng, dtype):
    return _head(LSTMClassifier, rng, dtype, lambda X: (X[:, -1, 0] > 0).astype(int))


@made
def classes_in_words(rng, dtype):
    return _head(GRUClassifier, rng, dtype, lambda X: np.array([*"ęßc" * 3, "c", "c"]))


@made
def two_words(rng, dtype):
    return _head(
        RNNClassifier,
        rng,
        dtype,
        lambda X: np.array(["no", "yes"], dtype=object)[np.arange(11) % 2],
        bidirectional=True,
    )


@made
def true_and_false(rng, dtype):
    return _head(GRUClassifier, rng, dtype, lambda X: X[:, -1, 0] > 0)


@made
def classes_that_are_numbers(rng, dtype):
    return _head(GRUClassifier, rng, dtype, lambda X: np.arange(11) % 3 + 1.0)


@made
def several_labels(rng, dtype):
    return _head(GRUClassifier, rng, dtype, lambda X: (X[:, -1] > 0).astype(int))


@made
def mean_of_states(rng, dtype):
    return _head(
        LSTMClassifier,
        rng,
        dtype,
        lambda X: np.arange(11) % 3,
        pooling="mean",
        bidirectional=True,
        hidden_layer_sizes=(5, 3),
    )


@made
def mean_of_states_of_a_plain_table(rng, dtype):
    X = rng.randn(30, 5).astype(dtype)
    return _case(fit(GRUClassifier, X, X[:, 0] > 0, pooling="mean"), X)


def _categories(rng, dtype):
    words = pd.Categorical(np.array(["x", "y", "z"])[rng.randint(3, size=60)])
    places = pd.Categorical(np.repeat(["here", "there"], 30))
    X = walk(rng, dtype, 60)
    return pd.DataFrame({"u": X[:, 0], "word": words, "place": places, "v": X[:, 1]})


def _case_of_categories(X, **parameters):
    names = [name for name in ("word", "place") if name in X]
    missing = X.copy()
    missing.loc[7, names[0]] = np.nan
    codes = missing.assign(**{name: missing[name].cat.codes for name in names})
    codes[names] = codes[names].astype(float).replace(-1, np.nan)
    model = fit(
        GRURegressor,
        X,
        np.arange(60.0) % 7,
        window=4,
        categorical_features="from_dtype",
        **parameters,
    )
    return _case(model, missing, codes)


@made
def categories(rng, dtype):
    return _case_of_categories(_categories(rng, dtype))


@made
def embedded_categories(rng, dtype):
    return _case_of_categories(_categories(rng, dtype), embedding_size=2)


@made
def static_categories(rng, dtype):
    X = _categories(rng, dtype)
    return _case_of_categories(X, static_features=["place", "v"])


@made
def categories_alone(rng, dtype):
    X = _categories(rng, dtype)[["place", "word"]]
    return _case_of_categories(X, bidirectional=True)
