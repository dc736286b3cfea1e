"""Streams: row by row they say what `predict` says for the whole table."""

import copy
import io
import itertools

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import (
    GRUClassifier,
    GRURegressor,
    LSTMClassifier,
    LSTMRegressor,
    RNNRegressor,
    Stream,
)

ONCE = {"max_iter": 2, "early_stopping": False, "random_state": 0}


def series(rng, n_rows=40, n_features=3, dtype=np.float64):
    """Rows of a series whose first column is the past of the target beside them."""
    X = rng.randn(n_rows + 1, n_features).astype(dtype)
    X[:, 0] = np.sin(np.arange(n_rows + 1) / 3) + 0.1 * X[:, 0]
    return X[:-1], X[1:, 0]


def fitted(rng, kind=GRURegressor, dtype=np.float64, **parameters):
    X, y = series(rng, dtype=dtype)
    if issubclass(kind, GRUClassifier | LSTMClassifier):
        y = np.where(y > 0.3, "high", np.where(y < -0.3, "low", "middle"))
    asked = {"hidden_layer_sizes": (5,), "window": 7} | ONCE | parameters
    return kind(**asked).fit(X, y), X


MODELS = {
    "default": (GRURegressor, {}),
    "one row": (GRURegressor, {"window": 1}),
    "reset before": (GRURegressor, {"reset_after": False, "anchor": None}),
    "stacked LSTM": (LSTMRegressor, {"hidden_layer_sizes": (5, 3), "anchor": None}),
    "RNN": (RNNRegressor, {"anchor": None}),
    "both ways": (GRURegressor, {"bidirectional": True}),
    "named anchor": (GRURegressor, {"anchor": 0}),
    "quantiles": (GRURegressor, {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]}),
    "raw": (LSTMRegressor, {"standardize": False}),
    "static": (GRURegressor, {"static_features": [1]}),
}


@pytest.mark.parametrize("name", MODELS)
def test_windows_say_what_predict_says_to_the_last_bit(name, dtype, rng):
    kind, parameters = MODELS[name]
    model, X = fitted(rng, kind, dtype, **parameters)
    found, wanted = Stream(model).run(X), model.predict(X)
    assert found.shape == wanted.shape
    assert (found == wanted).all()
    assert found.dtype == wanted.dtype


def test_more_than_one_output_and_amounts(rng):
    X, y = series(rng)
    for targets, parameters in (
        (np.column_stack([y, X[:, 1], y]), {}),
        (np.abs(y), {"loss": "poisson"}),
        (y[:, np.newaxis], {}),
        (np.column_stack([y, -y]), {"loss": "quantile", "quantile": [0.2, 0.8]}),
    ):
        model = GRURegressor(4, window=5, **ONCE, **parameters).fit(X, targets)
        assert (Stream(model).run(X) == model.predict(X)).all()


@pytest.mark.parametrize("kind", [GRUClassifier, LSTMClassifier])
@pytest.mark.parametrize("pooling", ["last", "mean"])
@pytest.mark.parametrize("mode", ["window", "state"])
def test_classifiers_by_every_method(kind, pooling, mode, rng):
    model, X = fitted(rng, kind, pooling=pooling)
    X = X if mode == "window" else X[:7]
    for method in (
        "predict",
        "predict_proba",
        "predict_log_proba",
        "decision_function",
    ):
        found = Stream(model, mode, response_method=method).run(X)
        wanted = getattr(model, method)(X)
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
        assert (found == wanted).all()
    two = kind(3, window=4, **ONCE).fit(X, X[:, 0] > 0)
    assert (Stream(two).run(X) == two.predict(X)).all()
    decide = Stream(two, response_method="decision_function")
    assert (decide.run(X) == two.decision_function(X)).all()


def test_several_labels(rng):
    X, _ = series(rng)
    model = GRUClassifier(3, window=4, **ONCE).fit(X, (X[:, :2] > 0).astype(int))
    many = np.stack([X, X[::-1]], axis=1)
    for method in ("predict", "predict_proba"):
        wanted = getattr(model, method)(X)
        found = Stream(model, response_method=method).run(X)
        assert (found == wanted).all()
        both = Stream(model, response_method=method, n_streams=2).run(many)
        assert (both[:, 0] == wanted).all()
        assert (both[:, 1] == getattr(model, method)(X[::-1])).all()


def test_a_stream_begins_where_fit_ended(rng):
    model, _ = fitted(rng, remember=True)
    later = rng.randn(20, 3)
    stream = Stream(model)
    wanted = model.predict(later)
    assert (stream.run(later) == wanted).all()
    stream.reset()
    assert stream.step(later[0]) == model.predict(later[:1])[0]
    assert (Stream(model).run(later[:2]) == wanted[:2]).all()


@pytest.fixture(scope="module")
def panel():
    rng = np.random.RandomState(1)
    X = pd.DataFrame(
        {
            "a": rng.randn(60),
            "name": np.repeat(["A", "B", "C"], [30, 10, 20]),
            "b": rng.randn(60) + np.repeat([0, 10, -3], [30, 10, 20]),
        }
    )
    return X, X["b"].shift(-1, fill_value=0).to_numpy()


@pytest.mark.parametrize("remember", [False, True])
@pytest.mark.parametrize("standardize", [True, "pooled"])
@pytest.mark.parametrize("dtype_of_X", [np.float64, np.float32])
def test_series_of_a_panel(remember, standardize, dtype_of_X, panel, rng):
    X, y = panel
    X = X.astype({"a": dtype_of_X, "b": dtype_of_X})
    model = GRURegressor(
        4,
        window=15,
        group_column="name",
        remember=remember,
        standardize=standardize,
        **ONCE,
    ).fit(X, y)
    later = X.sample(frac=1, random_state=0).reset_index(drop=True)
    wanted = model.predict(later)
    for name in ("A", "B", "C"):
        of_name = (later["name"] == name).to_numpy()
        rows = later.loc[of_name, ["a", "b"]]
        assert (Stream(model, series=name).run(rows) == wanted[of_name]).all()
        with_name = Stream(model, series=name).run(later[of_name])
        assert (with_name == wanted[of_name]).all()
    names = ["C", "A", "B"]
    together = Stream(model, series=names)
    at_once = np.stack(
        [later.loc[later["name"] == name, ["a", "b"]][:10] for name in names], axis=1
    )
    each = [wanted[later["name"] == name][:10] for name in names]
    assert (together.run(at_once) == np.column_stack(each)).all()


def test_rows_of_many_series_in_any_order(panel):
    X, y = panel
    model = GRURegressor(4, window=5, group_column="name", **ONCE).fit(X, y)
    last = X.groupby("name").tail(1)
    first = Stream(model, series=["A", "B", "C"]).step(last)
    shuffled = Stream(model, series=["A", "B", "C"]).step(last[::-1])
    other = Stream(model, series=["C", "A", "B"]).step(last)
    assert (first == shuffled).all()
    for rows in (
        last[::-1].to_dict("records"),
        [row for _, row in last[::-1].iterrows()],
        last[::-1].to_dict("list"),
        last.drop(columns="name").to_dict("records"),
        [dict(reversed(row.items())) for row in last.to_dict("records")],
    ):
        assert (Stream(model, series=["A", "B", "C"]).step(rows) == first).all()
    with pytest.raises(ValueError, match="Row 1 .counted from 0. has 'a', but row 0"):
        Stream(model, series=["A", "B"]).step([{"a": 1, "b": 2}, {"a": 1}])
    with pytest.raises(ValueError, match="which rows come at the same time"):
        Stream(model, series=["A", "B", "C"]).run(last)
    assert (other == first[[2, 0, 1]]).all()
    with pytest.raises(ValueError, match="belong to the series 'A', 'B', but the"):
        Stream(model, series=["A", "C"]).step(last[:2])
    with pytest.raises(ValueError, match="belong to the series 'A', but the stream"):
        Stream(model, series="B").step(X.iloc[0])


def test_series_that_a_level_of_the_index_names(panel):
    X, y = panel
    days = X.groupby("name").cumcount().rename("day")
    X = X.drop(columns="name").set_index([X["name"], days])
    model = GRURegressor(4, window=5, group_column="name", **ONCE).fit(X, y)
    wanted = model.predict(X)
    of_name = X.index.get_level_values("name") == "C"
    for rows in (X[of_name], X.loc["C"], X.loc["C"].to_numpy()):
        assert (Stream(model, series="C").run(rows) == wanted[of_name]).all()
    first = X[X.index.get_level_values("day") == 0]
    for rows in (first, first[::-1], first.reset_index("name").to_dict("records")):
        found = Stream(model, series=["C", "A", "B"]).step(rows)
        assert (found == wanted[[40, 0, 30]]).all()
    with pytest.raises(ValueError, match="belong to the series 'A', 'B', 'C', but"):
        Stream(model, series="B").run(first)


@pytest.mark.parametrize("mode", ["window", "state"])
def test_many_streams_at_once_are_many_streams(mode, dtype, rng):
    model, _ = fitted(rng, LSTMRegressor, dtype, anchor=None)
    rows = rng.randn(20, 150, 3).astype(dtype)  # more than are predicted at a time
    together = Stream(model, mode, n_streams=150).run(rows)
    for i in (0, 63, 64, 149):
        assert (together[:, i] == Stream(model, mode).run(rows[:, i])).all()


def test_steps_of_samples(rng):
    X = rng.randn(12, 6, 2)
    y = X.sum(axis=(1, 2))
    X[3, :2] = np.nan
    for parameters in ({}, {"time_order": "newest_first"}, {"static_features": [1]}):
        if parameters:
            X[3, :2] = 0
        model = GRURegressor(4, **ONCE, **parameters).fit(X, y)
        for mode, i in itertools.product(("window", "state"), (2, 3)):
            steps = X[i][::-1] if "time_order" in parameters else X[i]
            stream = Stream(model, mode)
            assert stream.run(steps)[-1] == model.predict(X[i : i + 1])[0]
    apart = Stream(model, static=[X[2, -1, 1]]).run(X[2][:, :1])
    assert apart[-1] == model.predict(X[2:3])[0]


def test_lags(rng):
    wide = pd.DataFrame(
        rng.randn(30, 7),
        columns=["b_lag1", "a_lag1", "a_lag2", "b_lag2", "kind", "b_lag3", "a_lag3"],
    )
    model = GRURegressor(4, **ONCE).fit(wide, wide.sum(axis=1))
    row = wide.iloc[5]
    stream = Stream(model, static={"kind": row["kind"]})
    for lag in (3, 2, 1):
        last = stream.step({"a": row[f"a_lag{lag}"], "b": row[f"b_lag{lag}"]})
    assert last == model.predict(wide[5:6])[0]
    with pytest.raises(ValueError, match=r"Pass them by static=: \('kind',\)"):
        Stream(model)
    plain = rng.randn(20, 4)
    univariate = GRURegressor(3, **ONCE).fit(plain, plain[:, 0])
    found = Stream(univariate).run(plain[2])
    assert found[-1] == univariate.predict(plain[2:3])[0]
    colours = pd.DataFrame(
        {
            f"{name}_lag{lag}": pd.Categorical(rng.choice(list("rgb"), 30), list("rgb"))
            if name == "colour"
            else rng.randn(30)
            for lag in (1, 2, 3)
            for name in ("colour", "a")
        }
    )
    of_colours = GRURegressor(4, **ONCE).fit(colours, colours["a_lag1"])
    row = colours.iloc[4]
    by_name = [{n: row[f"{n}_lag{k}"] for n in ("colour", "a")} for k in (3, 2, 1)]
    for rows in (by_name, pd.DataFrame(by_name)):
        assert Stream(of_colours).run(rows)[-1] == of_colours.predict(colours[4:5])[0]
    gaps = pd.DataFrame(rng.randn(20, 3), columns=["lag_1", "lag_2", "lag_24"])
    with pytest.raises(ValueError, match=r"the lags \[1, 2, 24\] of X leave some out"):
        Stream(GRURegressor(3, **ONCE).fit(gaps, gaps["lag_1"]))


@pytest.fixture(scope="module")
def weather():
    rng = np.random.RandomState(2)
    X = pd.DataFrame(
        {
            "day": pd.Categorical(rng.choice(["Mo", "Tu", "We"], 40)),
            "temp": rng.randn(40),
            "site": pd.Categorical(np.repeat(["x", "y"], 20)),
        }
    )
    settings = {"window": 4, "static_features": ["site"], "anchor": None} | ONCE
    return GRURegressor(4, **settings).fit(X, X["temp"]), X


@pytest.mark.parametrize("mode", ["window", "state"])
def test_rows_in_every_form(mode, weather):
    model, X = weather
    X = X if mode == "window" else X[:4]
    wanted = model.predict(X)
    as_dicts = X.astype({"day": object, "site": object}).to_dict("records")
    as_lists = [list(row.values()) for row in as_dicts]
    for rows in (
        X,
        as_dicts,
        [dict(reversed(row.items())) for row in as_dicts],
        as_lists,
        np.array(as_lists, dtype=object),
        [row for _, row in X.iterrows()],
        [X.iloc[[i]] for i in range(len(X))],
        [X.iloc[[i], ::-1] for i in range(len(X))],
        (row for row in as_lists),
    ):
        assert (Stream(model, mode).run(rows) == wanted).all()
    static = Stream(model, mode, static={"site": "x"})
    rows = X.drop(columns="site")[:10]
    assert (static.run(rows) == wanted[:10]).all()
    unknown = X[:3].assign(day=["So", None, np.nan])
    with_missing = X[:3].assign(day=pd.Categorical([None] * 3, ["Mo", "Tu", "We"]))
    found = Stream(model, mode).run(unknown.to_dict("records"))
    assert (found == model.predict(with_missing)).all()


def test_polars_and_other_containers(rng):
    polars = pytest.importorskip("polars")
    model, X = fitted(rng)
    named = GRURegressor(4, window=7, **ONCE).fit(
        pd.DataFrame(X, columns=["a", "b", "c"]), X[:, 0]
    )
    rows = polars.DataFrame(X, schema=["a", "b", "c"])
    wanted = named.predict(pd.DataFrame(X, columns=["a", "b", "c"]))
    assert (Stream(named).run(rows) == wanted).all()
    assert Stream(named).step(rows[:1]) == wanted[0]
    assert (Stream(named).run(rows.to_dicts()) == wanted).all()
    wanted = model.predict(X)
    for rows in (X.tolist(), [tuple(row) for row in X], np.asfortranarray(X)):
        assert (Stream(model).run(rows) == wanted).all()
    whole = (10 * X).astype(int)
    assert (Stream(model).run(whole) == model.predict(whole)).all()
    nullable = pd.DataFrame(X, columns=["a", "b", "c"]).convert_dtypes()
    assert (Stream(named).run(nullable) == named.predict(nullable)).all()


def test_codes_alone_may_be_missing_in_any_row(rng):
    X = pd.DataFrame({"word": pd.Categorical(rng.choice(list("abc"), 30))})
    X.loc[[4, 9, 10], "word"] = None
    y = rng.randn(30)
    model = GRURegressor(3, window=3, categorical_features=["word"], **ONCE)
    model.fit(X, y)
    assert (Stream(model).run(X) == model.predict(X)).all()
    state = Stream(model, "state")
    state.run(X[:5])
    long = GRURegressor(3, window=30, categorical_features=["word"], **ONCE).fit(X, y)
    assert (Stream(long, "state").run(X) == long.predict(X)).all()
    missing = pd.DataFrame({"word": [None, None, None]}).astype("category")
    after_gap = Stream(model)
    after_gap.run(X[:4])
    assert np.isfinite(after_gap.run(missing[:2])).all()
    assert np.isnan(after_gap.step({"word": None}))


def naive_gru(model, X):
    """The equations of `_gru.py`, from a state of zeros on, a row at a time."""
    H = model.coefs_[0].shape[0] if len(model.coefs_) == 1 else model.coefs_[-2].size
    W, U, b = model.kernels_[0], model.recurrent_kernels_[0], model.biases_[0]
    h, out = np.zeros(H), []
    for row in (X - model.feature_mean_) / model.feature_scale_:
        x, r = row @ W + b[0], h @ U + b[1]
        z = 1 / (1 + np.exp(-(x[:H] + r[:H])))
        reset = 1 / (1 + np.exp(-(x[H : 2 * H] + r[H : 2 * H])))
        candidate = np.tanh(x[2 * H :] + reset * r[2 * H :])
        h = z * h + (1 - z) * candidate
        raw = h @ model.coefs_[0] + model.intercepts_[0]
        out.append(raw[0] * model.target_scale_ + model.target_mean_)
    return np.ravel(out)


def test_carried_states_follow_the_equations(rng):
    model, X = fitted(rng, anchor=None)
    rows = np.concatenate([X, rng.randn(50, 3)])  # far beyond the window
    found = Stream(model, "state").run(rows)
    np.testing.assert_allclose(found, naive_gru(model, rows), rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (GRURegressor, {}),
        (GRURegressor, {"reset_after": False, "hidden_layer_sizes": (4, 3)}),
        (LSTMRegressor, {"hidden_layer_sizes": (4, 3)}),
        (RNNRegressor, {}),
        (LSTMRegressor, {"standardize": False, "loss": "quantile", "quantile": 0.7}),
    ],
)
def test_carried_states_see_all_rows(kind, parameters, dtype, rng):
    # Of one sequence that is as long as the stream, `predict` says the same.
    X, y = series(rng, 60, dtype=dtype)
    model = kind(window=60, anchor=None, **({"hidden_layer_sizes": 4} | parameters))
    model.set_params(**ONCE).fit(X, y)
    assert (Stream(model, "state").run(X) == model.predict(X)).all()


def test_an_anchor_without_changes_can_be_carried(rng):
    X = rng.randn(60, 2)
    model = GRURegressor(4, window=60, **ONCE).fit(X, X[:, 1] + 0.01 * rng.randn(60))
    assert model.anchor_ == 1
    assert (Stream(model, "state").run(X) == model.predict(X)).all()


def test_remembered_rows_are_fed_before_a_carried_state(rng):
    model, X = fitted(rng, anchor=None, remember=True)
    later = rng.randn(5, 3)
    stream = Stream(model, "state")
    assert stream.state["n_rows"] == 6
    wanted = naive_gru(model, np.concatenate([X[-6:], later]))[6:]
    np.testing.assert_allclose(stream.run(later), wanted, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("mode", ["window", "state"])
@pytest.mark.parametrize("n_streams", [None, 3])
def test_a_state_can_be_stored_and_put_back(mode, n_streams, rng):
    model, _ = fitted(rng, LSTMRegressor, anchor=None)
    shape = (30, 3) if n_streams is None else (30, 3, 3)
    rows = rng.randn(*shape)
    stream = Stream(model, mode, n_streams=n_streams)
    for n_before in (0, 2, 13):
        stream.reset()
        if n_before:
            stream.run(rows[:n_before])
        file = io.BytesIO()
        np.savez(file, **stream.state)
        file.seek(0)
        twin, wanted = stream.copy(), stream.run(rows[n_before:])
        assert (twin.run(rows[n_before:]) == wanted).all()
        other = Stream(model, mode, n_streams=n_streams)
        other.state = dict(np.load(file))
        assert (copy.deepcopy(other).run(rows[n_before:]) == wanted).all()
        other.state = {k: v.tolist() for k, v in other.state.items()}
        assert (other.run(rows[n_before:]) == wanted).all()


def test_reset_goes_back_to_the_beginning(rng):
    for mode in ("window", "state"):
        model, X = fitted(rng, anchor=None)
        stream = Stream(model, mode)
        first = stream.run(X)
        stream.reset()
        assert (stream.run(X) == first).all()


def test_what_a_state_holds(rng):
    model, X = fitted(rng, LSTMRegressor, anchor=None, hidden_layer_sizes=(4, 2))
    assert Stream(model).state["rows"].shape == (6, 3)
    stream = Stream(model)
    stream.run(X[:2])
    rows = stream.state["rows"]
    assert np.isnan(rows[:4]).all()
    assert (rows[4:] == X[:2]).all()
    carried = Stream(model, "state").state
    assert {name: value.shape for name, value in carried.items()} == {
        "state_0": (4,),
        "memory_0": (4,),
        "state_1": (2,),
        "memory_1": (2,),
        "n_rows": (),
    }
    carried["state_0"][:] = 9  # a copy
    mean, _ = fitted(rng, GRUClassifier, pooling="mean")
    assert set(Stream(mean, "state").state) == {"state_0", "sum", "n_rows"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: {}, r"has \[\], but a dict of \['state_0', 'n_rows'\] is wanted"),
        (lambda s: [], "has 'list', but a dict"),
        (lambda s: s | {"more": 1}, "'more'"),
        (lambda s: s | {"state_0": np.zeros(4)}, r"shape \(4,\) and dtype float64"),
        (lambda s: s | {"state_0": np.full(5, np.nan)}, "all numbers must be finite"),
        (lambda s: s | {"n_rows": -1}, "n_rows must be 0 or more"),
        (lambda s: s | {"n_rows": "1"}, "but numbers of shape"),
    ],
)
def test_wrong_states_are_refused(change, message, rng):
    model, X = fitted(rng, anchor=None)
    stream = Stream(model, "state")
    stream.run(X[:3])
    before = stream.state
    with pytest.raises(ValueError, match=message):
        stream.state = change(before)
    for name, array in stream.state.items():
        assert (array == before[name]).all()
    window = Stream(model)
    with pytest.raises(ValueError, match="a stream with mode='window'"):
        window.state = before
    rows = window.state["rows"]
    rows[2] = 1
    with pytest.raises(ValueError, match="rows must be finite, but for rows in front"):
        window.state = {"rows": rows}


@pytest.mark.parametrize("mode", ["window", "state"])
def test_a_refused_row_leaves_the_stream_as_it_was(mode, rng):
    model, X = fitted(rng, anchor=None)
    stream = Stream(model, mode)
    stream.run(X[:10])
    wanted = stream.copy().run(X[10:])
    for bad, message in (
        ([0, np.nan, 0], "contains NaN in feature 1. Only rows before"),
        ([np.nan] * 3, "contains NaN in feature 0"),
        ([0, 0, np.inf], "contains infinity, or a value too large for float64, in fea"),
        ([0, 0], r"has 2 value\(s\), but 3 are wanted"),
        ([[0, 0, 0]] * 2, r"has shape \(2, 3\), but 3 are wanted"),
        ("warm", "is 'warm', but 3 are wanted"),
        (["a", 0, 0], "cannot be read as numbers"),
        (sparse.csr_matrix([[1, 0, 0]]), r"is sparse\. Pass row\.toarray"),
        (np.array([1j, 0, 0]), "cannot be read as numbers .they are complex128"),
        ([0, [1], 0], "cannot be read as an array"),
        ([0, 0, None], "contains NaN in feature 2"),
        ({"a": 0}, "has names, 'a', but the model was fitted without names"),
    ):
        with pytest.raises(ValueError, match=message):
            stream.step(bad)
    bad = np.concatenate([X[10:12], [[0, 0, np.nan]]])
    with pytest.raises(ValueError, match=r"In row 2 \(counted from 0\): The row conta"):
        stream.run(bad)
    assert (stream.run(X[10:]) == wanted).all()
    many = Stream(model, mode, n_streams=2)
    with pytest.raises(ValueError, match=r"of stream 1 \(counted from 0\) conta"):
        many.step([[0, 0, 0], [0, np.nan, 0]])
    with pytest.raises(ValueError, match=r"3 value\(s\), but shape \(2, 3\) is wanted"):
        many.step(X[0])
    assert (many.step(X[[0, 0]]) == Stream(model, mode).step(X[0])).all()


def test_names_of_columns_are_checked(weather, panel):
    model, _ = weather
    row = {"day": "Mo", "temp": 1.0, "site": "x"}
    for change, message in (
        ({"day": "Mo", "temp": 1.0}, r"lacks 'site'\. The columns are"),
        (row | {"wind": 2}, r"has 'wind', unseen in fit"),
        ({"Temp": 1.0}, r"lacks 'day', 'temp', 'site' and has 'Temp'"),
        (row | {"temp": [1.0, 2.0]}, r"has 1, 2 value\(s\) in a column"),
        (row | {"temp": np.nan}, "contains NaN in feature 'temp'"),
        (row | {"temp": "warm"}, "as numbers in the column 'temp'"),
    ):
        with pytest.raises(ValueError, match=message):
            Stream(model).step(change)
    X, y = panel
    numeric = X.drop(columns="name")
    with_static = GRURegressor(3, window=4, static_features=["b"], **ONCE)
    with_static.fit(numeric, y)
    with pytest.raises(ValueError, match="The static feature 'b' is nan"):
        Stream(with_static).step({"a": 1, "b": np.nan})
    with pytest.raises(ValueError, match="The static feature 'b' is inf"):
        Stream(with_static, static=[np.inf])


def test_numbers_are_rows_of_one_feature(rng):
    X = rng.randn(20, 1)
    model = GRURegressor(3, window=4, **ONCE).fit(X, X[:, 0])
    wanted = model.predict(X)
    for rows in (X[:, 0], X[:, 0].tolist(), pd.Series(X[:, 0]), pd.DataFrame(X)):
        assert (Stream(model).run(rows) == wanted).all()
    many = Stream(model, n_streams=2)
    assert (many.run(np.repeat(X, 2, axis=1))[:, 1] == wanted).all()
    assert type(Stream(model).step(0.5)) is float


@pytest.mark.parametrize("mode", ["window", "state"])
def test_rows_that_are_missing_in_front_are_skipped(mode, rng):
    model, X = fitted(rng, anchor=None)
    stream, gap = Stream(model, mode), np.full(3, np.nan)
    assert np.isnan(stream.run([gap] * 9)).all()
    assert (stream.run(X[:7]) == model.predict(X[:7])).all()
    many = Stream(model, mode, n_streams=2)
    found = many.run(np.stack([X[:5], np.concatenate([[gap, gap], X[:3]])], axis=1))
    assert (found[:, 0] == model.predict(X[:5])).all()
    assert np.isnan(found[:2, 1]).all()
    assert (found[2:, 1] == model.predict(X[:3])).all()
    labels, X = fitted(rng, GRUClassifier)
    with pytest.raises(ValueError, match="there is no class to predict"):
        Stream(labels, mode).step(gap)
    probable = Stream(labels, mode, response_method="predict_proba")
    assert np.isnan(probable.step(gap)).all()
    assert (probable.step(X[0]) == labels.predict_proba(X[:1])[0]).all()


def test_a_later_fit_changes_no_stream(rng):
    model, X = fitted(rng, anchor=None)
    wanted = model.predict(X)
    stream = Stream(model)
    twin = stream.copy()
    model.coefs_[0][...] = 0
    model.kernels_[0][...] = 0
    model.set_params(random_state=3).fit(X[:, ::-1].copy(), X[:, 1])
    assert (stream.run(X) == wanted).all()
    assert (twin.run(X) == wanted).all()


def test_the_model_is_as_it_was(rng):
    model, X = fitted(rng, remember=True)
    wanted = model.predict(X[:5])
    Stream(model).run(X)
    assert (model.predict(X[:5]) == wanted).all()


def test_models_that_have_no_stream(rng):
    model, X = fitted(rng)
    y = X[:, 0]
    pipe = make_pipeline(StandardScaler(), GRURegressor(3, window=4, **ONCE)).fit(X, y)
    with pytest.raises(TypeError, match=r"got Pipeline: pass pipe\[-1\], and rows as"):
        Stream(pipe)
    wanted = pipe.predict(X)
    assert (Stream(pipe[-1]).run(pipe[:-1].transform(X)) == wanted).all()
    search = GridSearchCV(GRURegressor(3, window=4, **ONCE), {"alpha": [0]}, cv=2)
    with pytest.raises(TypeError, match="fit it, and pass the recurrent estimator"):
        Stream(search)
    with pytest.raises(TypeError, match="got GridSearchCV: pass search.best_es"):
        Stream(search.fit(X, y))
    with pytest.raises(TypeError, match="got GRURegressor: pass an object of"):
        Stream(GRURegressor)
    with pytest.raises(TypeError, match="got int"):
        Stream(3)
    with pytest.raises(NotFittedError):
        Stream(GRURegressor())
    with pytest.raises(TypeError, match="Store the model and stream.state"):
        copy.copy(Stream(model)).__reduce__()


def test_modes_and_methods_that_there_are_not(rng):
    model, _ = fitted(rng)
    with pytest.raises(ValueError, match="mode='rows', but 'window' or 'state'"):
        Stream(model, "rows")
    with pytest.raises(ValueError, match="response_method='predict_proba', but GRUReg"):
        Stream(model, response_method="predict_proba")
    changes, _ = fitted(rng, anchor=0)
    with pytest.raises(ValueError, match=r"sees feature\(s\) 0 as changes"):
        Stream(changes, "state")
    both, _ = fitted(rng, bidirectional=True, anchor=None)
    with pytest.raises(ValueError, match="fitted with bidirectional=True: its layers"):
        Stream(both, "state")


def test_names_of_series_are_checked(panel, rng):
    X, y = panel
    model, _ = fitted(rng)
    by_name = GRURegressor(3, window=4, group_column="name", **ONCE).fit(X, y)
    pooled = GRURegressor(
        3, window=4, group_column="name", standardize="pooled", **ONCE
    ).fit(X, y)
    for of_model, how, message in (
        (model, {"series": "A"}, "fitted on a single series, without group_column"),
        (by_name, {}, "Name that of the stream, as series='A', or several"),
        (
            by_name,
            {"series": "D"},
            "series='D', but the series of fit are 'A', 'B'",
        ),
        (by_name, {"series": ["A", "A"]}, "names no series, or one twice"),
        (by_name, {"series": []}, "names no series, or one twice"),
        (by_name, {"series": ["A"], "n_streams": 1}, "Leave n_streams out"),
        (model, {"n_streams": 0}, "n_streams=0, but an int of 1 or more"),
        (model, {"n_streams": True}, "n_streams=True, but an int"),
        (model, {"static": [1]}, "was fitted without static_features"),
    ):
        with pytest.raises(ValueError, match=message):
            Stream(of_model, **how)
    rows = X.drop(columns="name").to_numpy()
    new = X.assign(name="new")
    assert (Stream(pooled).run(rows) == pooled.predict(new)).all()
    assert (Stream(pooled, series="new").run(rows) == pooled.predict(new)).all()
    remembers = pooled.set_params(remember=True).fit(X, y)
    with pytest.raises(ValueError, match="a stream begins where fit ended"):
        Stream(remembers, series="new")
