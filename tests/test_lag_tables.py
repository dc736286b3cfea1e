"""Tables of lags: which column is read as which step, and what is refused."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LinearRegression

from skgru import GRURegressor
from skgru._reading._lag_names import read_lag_names
from skgru._reading._lag_values import lags_of_columns

SHORT = {
    "hidden_layer_sizes": 4,
    "max_iter": 3,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


def lagged(series, lags, name="lag_{}"):
    """Table of some lags of a series, without its first rows."""
    columns = {name.format(lag): series.shift(lag) for lag in lags}
    return pd.DataFrame(columns).iloc[max(lags) :]


@pytest.fixture
def series(rng):
    return pd.Series(rng.randn(40), name="y")


@pytest.mark.parametrize(
    "name",
    [
        "lag_{}",
        "lag{}",
        "Lag_{}",
        "lag {} ",
        "y_lag_{}",
        "x__lag_{}",
        "x.lag{}",
        "lag_{}__y",
        "y_lag_{}D",
        "lag_{}_y",
        "lag_{}.0",
        "y.lag.{}",
        "t-{}",
        "y(t-{})",
        "var1(t - {})",
        "y_t-{}",
        "y_{}",
    ],
)
def test_lags_are_read_oldest_first_in_whatever_order_they_stand(name, series, rng):
    table = lagged(series, range(1, 6), name)
    y = series[table.index].to_numpy()
    oldest_first = lagged(series, range(5, 0, -1)).to_numpy()
    expected = GRURegressor(**SHORT).fit(oldest_first, y).predict(oldest_first)
    for order in (np.arange(5), np.arange(5)[::-1], rng.permutation(5)):
        shuffled = table.iloc[:, order]
        found = GRURegressor(**SHORT).fit(shuffled, y).predict(shuffled)
        np.testing.assert_array_equal(found, expected)


def test_a_sign_before_the_number_counts(series):
    names = ["y_lag-3", "y_lag-2", "y_lag-1", "x_lag0", "x_lag1"]
    table = read_lag_names(names)
    assert table.lags == (3, 2, 1)
    assert table.steps == [0, 1, 2]
    # x_lag0 and x_lag1 are values at the time of the target and after it.
    assert table.static == [3, 4]


def test_several_variables_are_features_of_a_step(rng):
    frame = pd.DataFrame(rng.randn(40, 2), columns=["y", "x"])
    table = pd.concat(
        [lagged(frame[v], (1, 2, 3), v + "_lag_{}") for v in ("y", "x")], axis=1
    )
    y = frame["y"][table.index]
    # The features are in the order of the names of the variables.
    by_name = frame[["x", "y"]]
    cube = np.stack([by_name.shift(lag)[3:].to_numpy() for lag in (3, 2, 1)], axis=1)
    expected = GRURegressor(**SHORT).fit(cube, y).predict(cube)
    for columns in (table, table.iloc[:, rng.permutation(6)]):
        found = GRURegressor(**SHORT).fit(columns, y).predict(columns)
        np.testing.assert_array_equal(found, expected)


def test_a_variable_beside_its_lags_is_lag_0():
    table = read_lag_names(["x", "z", "x_lag_1", "z_lag_1", "x_lag_2", "z_lag_2"])
    assert table.lags == (2, 1, 0)
    assert table.variables == ("x", "z")
    assert table.steps == [4, 5, 2, 3, 0, 1]
    assert table.static == []


def test_other_columns_are_static_features():
    names = ["lag1", "weekday", "lag2", "rolling_mean_lag1_window_size7", "ma_lag1"]
    table = read_lag_names(names)
    assert table.steps == [2, 0]
    assert table.static == [1, 3, 4]
    assert table.variables == ("",)


def test_names_without_a_lag_tell_nothing():
    assert read_lag_names(["flag_1", "lag", "lagoon", "x_lagged_2", "y"]) is None


def test_static_features_change_predictions_linearly(series, rng):
    """The head adds a multiple of each static feature, whatever the sequence is."""
    table = lagged(series, (1, 2, 3))
    table["price"] = rng.randn(len(table))
    model = GRURegressor(**SHORT).fit(table, series[table.index])
    assert model.static_mean_ == pytest.approx(table["price"].mean())
    assert model.static_scale_ == pytest.approx(table["price"].std(ddof=0))
    dearer = table.assign(price=table["price"] + 2)
    slope = model.coefs_[0][-1] / model.static_scale_ * model.target_scale_
    np.testing.assert_allclose(
        model.predict(dearer) - model.predict(table), 2 * slope[0], rtol=1e-9
    )


def test_a_static_feature_alone_can_be_what_counts(rng):
    X = rng.randn(300, 4)
    model = GRURegressor(
        4, static_features=[2], max_iter=200, early_stopping=False, random_state=0
    ).fit(X, 3 * X[:, 2] + 1)
    assert model.score(X, 3 * X[:, 2] + 1) > 0.99


def test_static_features_by_name_index_and_array_are_the_same(series, rng):
    table = lagged(series, (1, 2, 3))
    table["a"], table["b"] = rng.randn(2, len(table))
    y = series[table.index].to_numpy()
    expected = GRURegressor(**SHORT).fit(table, y).predict(table)
    newest_first = {"time_order": "newest_first", **SHORT}
    for X, static in (
        (table, ["a", "b"]),
        (table, [3, -1]),
        (table.to_numpy(), [3, 4]),
        (table.to_numpy(), np.array([4, 3])),
    ):
        model = GRURegressor(static_features=static, **newest_first)
        np.testing.assert_array_equal(model.fit(X, y).predict(X), expected)


def test_static_features_under_a_window_are_those_of_the_row_itself(rng):
    X, y = rng.randn(40, 3), rng.randn(40)
    model = GRURegressor(window=5, static_features=1, **SHORT).fit(X, y)
    before = model.predict(X)
    X[20, 1] += 1
    changed = np.flatnonzero(model.predict(X) != before)
    assert changed.tolist() == [20]
    assert model.feature_mean_ == pytest.approx(X[:, [0, 2]].mean(axis=0))


def test_static_features_of_3d_samples_are_those_of_the_last_step(rng):
    X, y = rng.randn(40, 6, 3), rng.randn(40)
    model = GRURegressor(static_features=[0], **SHORT).fit(X, y)
    expected = model.predict(X)
    other = X.copy()
    other[:, :-1, 0] = rng.randn(40, 5)
    np.testing.assert_array_equal(model.predict(other), expected)
    other[:, -1, 0] += 1
    assert (model.predict(other) != expected).all()


def test_windows_with_static_features_are_still_read_without_a_copy(rng):
    windows = np.lib.stride_tricks.sliding_window_view(rng.randn(60, 3), 7, axis=0)
    windows = windows.transpose(0, 2, 1)
    model = GRURegressor(static_features=[2], **SHORT).fit(windows, rng.randn(54))
    copied = np.ascontiguousarray(windows)
    np.testing.assert_allclose(
        model.predict(windows), model.predict(copied), rtol=1e-12
    )


def test_the_first_lags_may_be_missing(series):
    table = pd.DataFrame({f"lag_{k}": series.shift(k) for k in (3, 2, 1)}).iloc[1:]
    model = GRURegressor(**SHORT).fit(table, series[1:])
    alone = table.iloc[:1, -1:].to_numpy()[:, np.newaxis]
    cube = GRURegressor(**SHORT).fit(table.to_numpy()[:, :, np.newaxis], series[1:])
    assert model.predict(table)[0] == cube.predict(alone)[0]


def test_an_anchor_is_named_by_its_variable(rng):
    frame = pd.DataFrame(rng.randn(60, 2).cumsum(axis=0), columns=["y", "x"])
    table = pd.concat(
        [lagged(frame[v], (1, 2, 3), v + "_lag_{}") for v in ("x", "y")], axis=1
    )
    y = frame["y"][table.index]
    named = GRURegressor(anchor="y", **SHORT).fit(table, y)
    numbered = GRURegressor(anchor=1, **SHORT).fit(table, y)
    np.testing.assert_array_equal(named.predict(table), numbered.predict(table))
    last = table["y_lag_1"].to_numpy()
    assert named.target_mean_ == pytest.approx((y - last).mean())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (
            ["y_lag_1", "y_lag_2", "y_lag_3", "x_lag_1", "x_lag_2"],
            "lag 3 of 'x' is missing",
        ),
        (["lag_1", "lag1", "lag_2"], "'lag_1' and 'lag1' are both lag 1"),
        # x has lags 2 and 3 without lag 1: they are not read as static features.
        (
            ["y_lag_1", "y_lag_2", "y_lag_3", "x_lag_2", "x_lag_3"],
            "lag 1 of 'x' is missing",
        ),
        (
            ["first__lag_1", "rest__lag_2", "rest__lag_3"],
            "lag 3 of 'first', lag 2 of 'first', lag 1 of 'rest' are missing",
        ),
        (["lag_1D", "lag_2h"], "their units differ: 'D', 'h'"),
    ],
)
def test_lags_that_make_no_sequence_are_refused_with_a_list(names, message):
    X = pd.DataFrame(np.ones((12, len(names))), columns=names)
    for call in (
        lambda: GRURegressor().fit(X, np.ones(12)),
        lambda: GRURegressor().describe_input(X),
    ):
        with pytest.raises(ValueError, match=re.escape(message)) as caught:
            call()
        for name in names:
            assert re.search(rf"^  {name} +lag \d", str(caught.value), re.MULTILINE)
        assert "time_order='oldest_first'" in str(caught.value)
    GRURegressor(time_order="oldest_first", **SHORT).fit(X, np.ones(12))


def test_a_lag_that_is_there_twice_is_refused():
    names = ["lag_1", "lag_2", "lag_1"]
    with pytest.raises(ValueError, match="'lag_1' is there twice"):
        read_lag_names(names)
    # A check of scikit-learn may come first.
    X = pd.DataFrame(np.ones((12, 3)), columns=names)
    with pytest.raises(ValueError, match="'lag_1' is there twice|unique column names"):
        GRURegressor().fit(X, np.ones(12))


def test_n_timesteps_that_contradicts_the_names_is_refused(series):
    table = lagged(series, (1, 2, 3, 4))
    GRURegressor(n_timesteps=4, **SHORT).fit(table, series[4:])
    with pytest.raises(ValueError, match="n_timesteps=2, but the names .* 4 steps"):
        GRURegressor(n_timesteps=2, **SHORT).fit(table, series[4:])


@pytest.mark.parametrize(
    ("static", "message"),
    [
        (["price"], "static_features='price' is not the name of a feature"),
        ([7], "static_features=7 is not the index of a feature: X has 3"),
        ([0, "lag_1"], "names a column twice"),
        ([0, 1, 2], "none is left for the steps"),
    ],
)
def test_static_features_that_are_not_there_are_refused(static, message, series):
    table = lagged(series, (1, 2, 3))
    with pytest.raises(ValueError, match=message):
        GRURegressor(static_features=static, **SHORT).fit(table, series[3:])


def test_a_missing_static_feature_is_refused_by_name(series):
    table = lagged(series, (1, 2, 3)).assign(price=1.0)
    table.iloc[4, 3] = np.nan
    with pytest.raises(ValueError, match="nan in row 4 .* static feature 'price'"):
        GRURegressor(**SHORT).fit(table, series[3:])


def test_a_refused_fit_leaves_the_model_as_it_was(series):
    table = lagged(series, (1, 2, 3))
    model = GRURegressor(**SHORT).fit(table, series[3:])
    expected = model.predict(table)
    with pytest.raises(ValueError, match="is missing"):
        model.fit(table.assign(x_lag_1=0.0, x_lag_2=0.0), series[3:])
    np.testing.assert_array_equal(model.predict(table), expected)


def test_a_time_after_the_target_is_static(series):
    table = read_lag_names(["y(t-2)", "x(t+1)", "y(t-1)", "t", "y(t)"])
    assert (table.variables, table.lags) == (("y",), (2, 1, 0))
    assert (table.steps, table.static) == ([0, 2, 4], [1, 3])


@pytest.mark.parametrize(
    "names", [["t", "a"], ["cat", "weight"], ["point-1", "unit-2"]]
)
def test_names_that_only_look_like_a_time_are_none(names):
    assert read_lag_names(names) is None


@pytest.mark.parametrize("lags", [(1, 7, 14), (1, 2, 3, 12)])
@pytest.mark.parametrize("form", ["by name", "by value"])
def test_lags_that_are_left_out_make_no_gap(lags, form, series):
    """The steps that are there are a sequence, oldest first."""
    series = pd.Series(np.tile(series, 2) + np.arange(80))
    table, y = lagged(series, lags), series[max(lags) :]
    oldest_first = table.iloc[:, ::-1].to_numpy()[:, :, np.newaxis]
    expected = GRURegressor(**SHORT).fit(oldest_first, y).predict(oldest_first)
    X = table if form == "by name" else table.to_numpy()
    model = GRURegressor(**SHORT).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), expected)
    newest = model.describe_input(X)[0].read_as
    assert newest == f"step {len(lags)} of {len(lags)}, lag 1"
    with pytest.raises(ValueError, match=r"lags \[1, .*\] of X leave some out"):
        model.forecast(series, 3)


# Arrays have no names, but their values show which columns are lags


@pytest.mark.parametrize(
    ("parameters", "make", "advice"),
    [
        (
            {},
            lambda t: np.column_stack([t, np.arange(len(t)) % 7, t[:, 0] > 0]),
            r"Pass time_order='newest_first' and static_features=\[4, 5\]; or",
        ),
        (
            {},
            lambda t: np.column_stack([t[:, ::-1], np.arange(len(t)) % 7]),
            r"Pass static_features=\[4\]; or",
        ),
        ({}, lambda t: np.column_stack([t[:, ::-1]] * 2), "lags of 2 variables"),
        # The user has set one of the two parameters that are needed.
        (
            {"static_features": [0]},
            lambda t: np.column_stack([t[:, 0] > 0, t, np.arange(len(t)) % 7]),
            r"1 to 4 .* time_order='newest_first' and static_features=\[0, 5\]; or",
        ),
        (
            {"time_order": "newest_first"},
            lambda t: np.column_stack([t, np.arange(len(t)) % 7]),
            r"other columns, \[4\], are read as steps.*Pass static_features=\[4\]\.$",
        ),
        (
            {"time_order": "newest_first"},
            lambda t: t[:, ::-1],
            r"read newest first\. Pass time_order='oldest_first'\.$",
        ),
    ],
)
def test_lags_in_another_order_are_noticed_by_their_values(
    parameters, make, advice, series
):
    X = make(lagged(series, (1, 2, 3, 4)).to_numpy())
    with pytest.warns(UserWarning, match=advice):
        GRURegressor(**parameters, **SHORT).fit(X, series[4:])


@pytest.mark.parametrize("n_lags", [3, 6])
def test_lags_are_noticed_beside_any_number_of_other_columns(n_lags, series, rng):
    lags = lagged(series, range(1, n_lags + 1)).to_numpy()
    others = rng.randn(len(lags), 20)
    for X, advice in (
        (lags, "time_order='newest_first' and static_features="),
        (lags[:, ::-1], "Pass static_features="),
    ):
        with pytest.warns(UserWarning, match=advice):
            GRURegressor(**SHORT).fit(np.hstack([X, others]), series[n_lags:])


def test_tables_in_order_or_of_anything_else_pass_in_silence(series, rng):
    oldest_first = lagged(series, (4, 3, 2, 1)).to_numpy()
    newest_first = oldest_first[:, ::-1]
    dummies = np.eye(4)[rng.randint(4, size=36)]
    rare = (rng.uniform(size=(36, 4)) < 0.02).astype(float)
    alternating = np.tile([1.0, 0.0], (36, 2))
    alternating[1::2] = 1 - alternating[1::2]
    for X in (
        oldest_first,
        alternating,
        dummies,
        rare,
        np.ones((36, 4)),
        rng.randn(36, 4),
    ):
        GRURegressor(**SHORT).fit(X, series[4:])
    GRURegressor(time_order="newest_first", **SHORT).fit(newest_first, series[4:])
    GRURegressor(time_order="oldest_first", **SHORT).fit(newest_first, series[4:])


def test_the_description_says_how_each_column_is_read(series):
    table = lagged(series, (1, 2, 3)).assign(weekday=1)
    model = GRURegressor(time_order="auto")
    description = model.describe_input(table)
    assert not hasattr(model, "n_features_in_")
    assert [tuple(line) for line in description] == [
        ("lag_1", "step 3 of 3"),
        ("lag_2", "step 2 of 3"),
        ("lag_3", "step 1 of 3"),
        ("weekday", "static feature"),
    ]
    assert (description.n_sequences, description.n_timesteps) == (37, 3)
    assert (description.n_features, description.n_static_features) == (1, 1)
    assert str(description).startswith("37 sequences (a sequence in each row) of 3")


def test_names_of_polars_columns_tell_too(series):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    table = lagged(series, (1, 2, 3)).assign(weekday=np.arange(37) % 7)
    y = series[3:].to_numpy()
    expected = GRURegressor(**SHORT).fit(table, y).predict(table)
    frame = polars.DataFrame(table.to_dict("list"))
    if not hasattr(LinearRegression().fit(frame, y), "feature_names_in_"):
        return  # an old scikit-learn cannot read the column names of a new polars
    model = GRURegressor(**SHORT).fit(frame, y)
    np.testing.assert_array_equal(model.predict(frame), expected)
    assert model.feature_names_in_.tolist() == list(table)


def test_a_description_refuses_what_fit_refuses(series):
    table = lagged(series, (1, 2, 3))
    for parameters, message in (
        ({"time_order": "foo"}, "'time_order' parameter"),
        ({"anchor": "nope"}, "anchor='nope' is not the name"),
        ({"static_features": 2.0}, "'static_features' parameter"),
    ):
        with pytest.raises(ValueError, match=message):
            GRURegressor(**parameters).describe_input(table)


@pytest.mark.parametrize("static", [None, [-1]])
def test_the_order_of_an_array_of_lags_is_what_its_values_show(static, series, rng):
    """In any order, and beside features that the user has named as static."""
    table = lagged(series, (5, 4, 3, 2, 1)).to_numpy()
    y, price = series[5:], rng.randn(35, 1)
    more = np.zeros((35, 0)) if static is None else price
    by_name = pd.DataFrame(table, columns=[f"lag_{k}" for k in range(5, 0, -1)])
    by_name = by_name.assign(**dict.fromkeys(["price"] * more.shape[1], price[:, 0]))
    expected = GRURegressor(**SHORT).fit(by_name, y).predict(by_name)
    for order in (np.arange(5), np.arange(5)[::-1], rng.permutation(5)):
        X = np.column_stack([table[:, order], more])
        model = GRURegressor(static_features=static, **SHORT)
        np.testing.assert_array_equal(model.fit(X, y).predict(X), expected)
        assert "what their values show" in model.describe_input(X).summary


def test_lags_by_their_values_are_a_sequence_that_stops_early(rng):
    series = pd.Series(np.sin(0.3 * np.arange(120)) + 0.1 * rng.randn(120))
    X, y = lagged(series, (1, 2, 3, 4)).to_numpy(), series[4:]
    model = GRURegressor(4, random_state=0).fit(X, y)
    assert len(model.validation_loss_curve_) > 0
    assert model.anchor_ == 0
    # What the user says of the order counts.
    told = GRURegressor(4, time_order="oldest_first", random_state=0).fit(X, y)
    assert told.validation_loss_curve_ == []


def test_a_period_of_a_series_is_not_its_lag(rng):
    """A series of period 4: lag 5 has the values of lag 1, and the nearest counts."""
    season = pd.Series(np.tile([3.0, 1.0, 4.0, 1.5], 20))
    X = lagged(season, (1, 2, 3)).to_numpy()
    lines = GRURegressor(**SHORT).describe_input(X)
    assert [line.read_as for line in lines] == [
        "step 3 of 3",
        "step 2 of 3",
        "step 1 of 3",
    ]
    # Half a period is no order at all.
    alternating = lagged(pd.Series(np.tile([1.0, 0.0], 40)), (1, 2)).to_numpy()
    assert GRURegressor(**SHORT).describe_input(alternating).summary.endswith("a step.")


def test_numbered_columns_are_lags_only_if_their_values_are(series, rng):
    """pandas names shifts as anybody numbers variables."""
    X = pd.DataFrame(rng.randn(36, 3), columns=["y_1", "y_2", "y_3"])
    with pytest.warns(UserWarning, match="are read as 3 time steps"):
        GRURegressor(**SHORT).fit(X, series[4:])
    shifts = (
        series.to_frame().shift([1, 2, 3]).iloc[3:].assign(weekday=np.arange(37) % 7)
    )
    lines = GRURegressor().describe_input(shifts)
    assert [line.read_as for line in lines] == [
        "step 3 of 3",
        "step 2 of 3",
        "step 1 of 3",
        "static feature",
    ]


@pytest.mark.parametrize(("period", "n_lags"), [(7, 7), (12, 12), (4, 4), (6, 5)])
@pytest.mark.parametrize("newest_first", [False, True])
def test_all_lags_of_a_period_are_not_rotated(period, n_lags, newest_first, rng):
    """A series that repeats exactly is behind itself in two ways."""
    season = np.tile(rng.randn(period), 40)
    X = np.lib.stride_tricks.sliding_window_view(season, n_lags)
    lines = GRURegressor().describe_input(X[:, ::-1] if newest_first else X)
    places = range(n_lags, 0, -1) if newest_first else range(1, n_lags + 1)
    expected = [f"step {place} of {n_lags}" for place in places]
    assert [line.read_as for line in lines] == expected
    # In any other order nobody can tell.
    assert lags_of_columns(X[:, [1, 0, *range(2, n_lags)]]) is None


@pytest.mark.parametrize(
    "make",
    [
        lambda t: np.column_stack([t, t + 1]),
        lambda t: np.column_stack([t % 24, (t + 1) % 24]),
        lambda t: np.column_stack([t, t**2, t**3]),
        lambda t: np.round(np.column_stack([np.sin(t), np.cos(t), t]), 6),
    ],
)
def test_columns_of_other_things_are_no_lags(make):
    X = make(np.arange(100.0))
    assert "values show" not in GRURegressor().describe_input(X).summary


def test_named_columns_are_no_lags_by_their_values_alone(series):
    X = lagged(series, (3, 2, 1), "place{}a")
    with pytest.warns(UserWarning, match="are read as 3 time steps"):
        GRURegressor(**SHORT).fit(X, series[3:])


@pytest.mark.filterwarnings("ignore:On the 40 held-out rows")
def test_many_short_series_are_told_apart(rng):
    """Of seven rows each, newest first."""
    series = rng.randn(40, 11)
    windows = np.lib.stride_tricks.sliding_window_view(series, 5, axis=1)
    table = windows.reshape(-1, 5)
    X, y = table[:, 3::-1], table[:, 4]
    model = GRURegressor(4, random_state=0, max_iter=3, n_iter_no_change=None)
    model.fit(X, y)
    # The last row of each seven is held out.
    assert "values show" in model.describe_input(X).summary
    other = np.where(np.arange(280) % 7 == 6, y[::-1], y)
    again = clone(model).fit(X, other)
    assert again.loss_curve_[0] == model.loss_curve_[0]
    assert again.validation_loss_curve_ != model.validation_loss_curve_
