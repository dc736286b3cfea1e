"""Compare `forecast` with loops that call `predict`; check what it refuses."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skgru
from skgru import GRURegressor, make_windows

SHORT = {
    "hidden_layer_sizes": 4,
    "max_iter": 5,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


def by_hand(model, history, n_steps, write):
    """Forecast by predicting the last row of a growing table.

    `write` makes the next row from the prediction for the last row and from the step.
    """
    rows, found = list(history), []
    for step in range(n_steps):
        prediction = model.predict(np.array(rows))[-1]
        found.append(prediction)
        rows.append(write(prediction, step))
    return np.array(found)


@pytest.fixture
def waves(rng):
    t = np.arange(90)
    return np.column_stack([np.sin(0.3 * t), np.cos(0.2 * t)]) + 0.1 * rng.randn(90, 2)


@pytest.mark.parametrize("anchor", [None, 0])
def test_one_series_is_fed_back(anchor, waves, dtype):
    series = waves[:, :1].astype(dtype)
    model = GRURegressor(window=7, anchor=anchor, **SHORT)
    model.fit(series[:-1], series[1:, 0])
    expected = by_hand(model, series, 10, lambda prediction, step: [prediction])
    found = model.forecast(series, 10)
    assert found.dtype == dtype
    # Only the last seven rows count.
    tolerance = 50 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    np.testing.assert_array_equal(model.forecast(series[-7:, 0], 10), found)


def test_several_series_are_fed_back_together(waves):
    model = GRURegressor(window=7, **SHORT).fit(waves[:-1], waves[1:])
    expected = by_hand(model, waves, 8, lambda prediction, step: prediction)
    np.testing.assert_allclose(model.forecast(waves, 8), expected, rtol=1e-12)


def test_outputs_may_stand_in_another_order_than_inputs(waves):
    model = GRURegressor(window=7, **SHORT).fit(waves[:-1], waves[1:, ::-1])
    expected = by_hand(model, waves, 8, lambda prediction, step: prediction[::-1])
    np.testing.assert_allclose(model.forecast(waves, 8), expected, rtol=1e-12)


@pytest.mark.parametrize("static", [None, [2]])
def test_what_is_known_of_the_future_is_used(static, waves, rng):
    X = np.column_stack([waves, rng.randn(90)])
    history, future = X[:80], X[80:].copy()
    model = GRURegressor(window=7, static_features=static, **SHORT | {"max_iter": 20})
    model.fit(history[:-1], history[1:, 1])
    expected = by_hand(
        model,
        history,
        10,
        lambda prediction, step: [future[step, 0], prediction, future[step, 2]],
    )
    future[:, 1] = np.nan  # ignored
    for rows in (future, future[:9]):
        found = model.forecast(history, 10, rows)
        np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("time_order", ["oldest_first", "newest_first"])
def test_windows_and_rows_are_fed_back_too(time_order, waves):
    series = waves[:, 0]
    X, y, _ = make_windows(series, 6)
    if time_order == "newest_first":
        X = X[:, ::-1]
    expected = None
    for table in (X, X[:, :, 0]):
        model = GRURegressor(time_order=time_order, **SHORT).fit(table, y)
        found, window = [], list(table[-1].ravel())
        for _ in range(9):
            window = (
                [*window[1:], found[-1] if found else series[-1]]
                if time_order == "oldest_first"
                else [found[-1] if found else series[-1], *window[:-1]]
            )
            shaped = np.reshape(window, (1, *table.shape[1:]))
            found.append(model.predict(shaped)[0])
        np.testing.assert_allclose(model.forecast(series, 9), found, rtol=1e-12)
        expected = found if expected is None else expected
        np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("n_steps", [1, 3, 4, 10])
def test_several_steps_at_once_are_fed_back_in_blocks(n_steps, waves):
    series = waves[:, 0]
    X, y, _ = make_windows(series, 8, horizon=4)
    model = GRURegressor(**SHORT).fit(X, y)
    rows, found = list(series), []
    while len(found) < n_steps:
        block = model.predict(np.reshape(rows[-8:], (1, 8, 1)))[0]
        found.extend(block)
        rows.extend(block)
    np.testing.assert_allclose(
        model.forecast(series, n_steps), found[:n_steps], rtol=1e-12
    )


def test_each_series_of_a_panel_is_forecast_by_itself(waves, rng):
    panel = pd.DataFrame(
        {
            "x": waves.T.ravel(),
            "shop": np.repeat(["north", "south"], 90),
            "day": np.tile(np.arange(90), 2),
            "price": rng.randn(180),
        }
    ).sort_values(["day", "shop"])
    X = panel[["x", "shop", "price"]]
    y = panel.groupby("shop")["x"].shift(-1)
    known = y.notna()
    model = GRURegressor(window=7, group_column="shop", **SHORT)
    model.fit(X[known], y[known])
    future = pd.DataFrame(
        {"x": np.nan, "shop": ["north", "south"] * 5, "price": rng.randn(10)}
    )
    found = model.forecast(X, 5, future)
    assert set(found) == {"north", "south"}
    for shop, forecast in found.items():
        rows = X[X["shop"] == shop]
        prices = future.loc[future["shop"] == shop, "price"].to_numpy()
        expected = []
        for price in prices:
            expected.append(model.predict(rows)[-1])
            new = {"x": [expected[-1]], "shop": [shop], "price": [price]}
            rows = pd.concat([rows, pd.DataFrame(new)])
            rows = rows.reset_index(drop=True)
        np.testing.assert_allclose(forecast, expected, rtol=1e-12)


def panel_of(series):
    """Rows of several series day by day, with a price, and the next value of each."""
    n_rows, n_series = series.shape
    names = [f"s{k}" for k in range(n_series)]
    X = pd.DataFrame(
        {
            "x": series.ravel(),
            "id": names * n_rows,
            "price": np.random.RandomState(1).randn(series.size),
        }
    )
    y = X.groupby("id")["x"].shift(-1)
    return X, y


@pytest.mark.parametrize("standardize", [True, "pooled"])
def test_all_series_together_are_forecast_as_each_alone(standardize, rng):
    X, y = panel_of(rng.randn(40, 5).cumsum(axis=0) * [1, 1, 5, 10, 100])
    known = y.notna()
    model = GRURegressor(
        window=5,
        group_column="id",
        static_features=["price"],
        standardize=standardize,
        n_jobs=2,
        **SHORT,
    ).fit(X[known], y[known])
    future = X[:20].assign(x=np.nan).sample(frac=1, random_state=0)
    future = future.sort_values("id", kind="stable").reset_index(drop=True)
    found = model.forecast(X, 4, future)
    assert list(found) == [f"s{k}" for k in range(5)]
    for name, forecast in found.items():
        ahead = future[future["id"] == name].reset_index(drop=True)
        (alone,) = model.forecast(X[X["id"] == name], 4, ahead).values()
        np.testing.assert_allclose(forecast, alone, rtol=1e-12)
    # A series that was not there in fit.
    new = X.replace({"id": {"s1": "new", "s3": "newer"}})
    ahead = future.replace({"id": {"s1": "new", "s3": "newer"}})
    if standardize == "pooled":
        again = model.forecast(new, 4, ahead)
        np.testing.assert_allclose(again["new"], found["s1"], rtol=1e-12)
        return
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        again = model.forecast(new, 4, ahead)
    (only,) = caught
    assert "2 series of X ('new', 'newer') were not there in fit" in str(only.message)
    for name in ("s0", "s2", "s4"):
        np.testing.assert_array_equal(again[name], found[name])
    rows = new[new["id"] == "new"].reset_index(drop=True)
    with pytest.warns(UserWarning, match="medians of the others"):
        expected = model.predict(rows)[-1]
    np.testing.assert_allclose(again["new"][0], expected, rtol=1e-12)


def test_a_panel_of_lists_is_read_as_its_array_is(rng):
    X, y = panel_of(rng.randn(20, 2))
    X = X[["x", "id"]]
    model = GRURegressor(window=5, group_column=1, **SHORT)
    model.fit(X[:-2].to_numpy(), y[:-2])
    found = model.forecast(X.to_numpy(), 2)
    again = model.forecast(X.to_numpy().tolist(), 2)
    assert found.keys() == again.keys()
    for name in found:
        np.testing.assert_array_equal(found[name], again[name])


def test_a_panel_says_which_series_lacks_rows(rng):
    X, y = panel_of(rng.randn(20, 4))
    model = GRURegressor(window=5, group_column="id", **SHORT).fit(X[:-4], y[:-4])
    future = X[:12]
    few = X.drop(index=[*range(1, 70, 4), *range(2, 70, 4)])
    refuses(model, r"series 's2' has 3 row\(s\).* So have 2", few, 3, future)
    lacks = future.drop(index=[2, 6]).reset_index(drop=True)
    refuses(model, r"future of series 's2' has 1 row\(s\), but 2 or 3", X, 3, lacks)
    gap = X.copy()
    gap.loc[75, "price"] = np.nan
    refuses(model, "history of series 's3' contains nan, in row 3", gap, 3, future)
    refuses(
        model, "future of series 's0' contains nan", X, 3, future.assign(price=np.nan)
    )


@pytest.fixture
def mixed():
    """Three columns, and outputs that are some of them one or two steps ahead."""
    t = np.arange(60.0)
    Z = np.column_stack([np.sin(0.3 * t), 10 + np.cos(0.2 * t), 20 + np.sin(0.1 * t)])

    def fit(*places, n_last=2):
        Y = np.column_stack([Z[n : 60 - n_last + n, j] for j, n in places])
        return GRURegressor(window=5, **SHORT).fit(Z[: 60 - n_last], Y)

    return Z, fit


def test_outputs_that_are_no_whole_steps_are_refused(mixed):
    Z, fit = mixed
    for places, words in [
        (
            [(0, 1), (0, 2), (1, 1), (2, 1)],
            r"output 1 is column 0, 2 .*column 1, 2 step",
        ),
        ([(0, 1), (0, 2), (1, 1)], r"column 1, 2 step\(s\) ahead, is missing"),
        ([(0, 1), (1, 1), (0, 1)], r"column 0, 1 step\(s\) ahead, is there more than"),
    ]:
        model = fit(*places)
        for future in (None, Z[:2]):
            refuses(model, words, Z, 2, future)
    refuses(
        fit((0, 1), (0, 7), n_last=7), r"column 0, 2 step\(s\) ahead, is miss", Z, 2
    )


@pytest.mark.parametrize("order", ["steps", "variables", "axes"])
def test_several_steps_of_several_variables_are_fed_back_in_blocks(order, mixed):
    Z, _ = mixed
    X, y, _ = make_windows(Z, 5, horizon=2)
    flat = y if order == "axes" else y.reshape(-1, 6)
    if order == "variables":
        flat = y.transpose(0, 2, 1).reshape(-1, 6)
    model = GRURegressor(**SHORT).fit(X, flat)
    rows, found = Z.tolist(), []
    while len(found) < 5:
        block = model.predict(np.array([rows[-5:]]))[0]
        block = block.reshape(3, 2).T if order == "variables" else block.reshape(2, 3)
        found.extend(block)
        rows.extend(block)
    np.testing.assert_allclose(model.forecast(Z, 5), found[:5], rtol=1e-12)
    one = GRURegressor(**SHORT).fit(X, y[:, :, :1] if order == "axes" else y[:, :, 0])
    # What is not predicted must be known for the rows that predictions are made of.
    refuses(one, r"future has 0 row\(s\), but 2 to 4 are wanted", Z, 4)
    assert one.forecast(Z, 4, Z[:2]).shape == ((4, 1) if order == "axes" else (4,))
    np.testing.assert_array_equal(
        one.forecast(Z, 2).ravel(), one.predict(Z[np.newaxis, -5:]).ravel()
    )


def test_a_history_of_one_number_has_no_names(waves):
    frame = pd.DataFrame(waves[:, :1], columns=["x"])
    model = GRURegressor(window=7, **SHORT).fit(frame[:-1], frame["x"][1:])
    found = model.forecast(frame, 3)
    series = frame["x"]
    for history in (
        series,
        list(series),
        series.rename("y"),
        waves[:, :1],
        waves[:, 0],
    ):
        np.testing.assert_array_equal(model.forecast(history, 3), found)
    both = pd.DataFrame(waves, columns=["a", "b"])
    two = GRURegressor(window=7, **SHORT).fit(both[:-1], both[1:])
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        two.forecast(waves, 2)


@pytest.mark.parametrize("around", [None, StandardScaler()])
def test_columns_are_found_by_name(around, waves, rng):
    frame = pd.DataFrame(waves, columns=["x", "promo"]).assign(price=rng.randn(90))
    model = GRURegressor(window=7, **SHORT)
    model = model if around is None else make_pipeline(around, model)
    model.fit(frame[:79], frame["x"][1:80])
    history, future = frame[:80], frame[80:].reset_index(drop=True)
    found = skgru.forecast(model, history, 5, future[:5])
    other = history[["price", "x", "promo"]]
    for ahead in (future[["promo", "price", "x"]], future[["price", "promo"]]):
        np.testing.assert_array_equal(skgru.forecast(model, other, 5, ahead[:5]), found)
    with pytest.raises(ValueError, match="price"):
        skgru.forecast(model, other[["x", "promo"]], 5, future[:5])


def test_a_window_longer_than_the_series_sees_all_of_it(waves):
    series = waves[:30, :1]
    model = GRURegressor(window=1000, **SHORT).fit(series[:-1], series[1:, 0])
    one_more = model.predict(series[1:])[-1]
    np.testing.assert_allclose(model.forecast(series, 1), one_more, rtol=1e-12)


def refuses(model, message, *arguments):
    with pytest.raises(ValueError, match=message):
        model.forecast(*arguments)


def test_what_cannot_be_forecast_is_refused(waves):
    series = waves[:, :1]
    own = GRURegressor(window=7, **SHORT).fit(series[:-1], series[1:, 0])
    refuses(own, r"history has 6 row\(s\), but a prediction sees 7", series[:6], 3)
    refuses(own, "X has 2 features, but .* expecting 1", waves, 3)
    refuses(own, "n_steps=0, but an int of 1", series, 0)
    refuses(own, "all columns of X are predicted", series, 3, series[:3])
    gap = series.copy()
    gap[-3] = np.nan
    refuses(own, r"history contains nan, in row 4", gap, 3)
    other = GRURegressor(window=7, **SHORT).fit(waves[:, :1], waves[:, 1])
    refuses(other, "predicts its own next input.*series\\[:-1\\]", series, 3)
    bent = GRURegressor(window=7, **SHORT).fit(series[:-1] ** 3, series[1:, 0])
    refuses(bent, "predicts its own next input.*scaled alike", series, 3)
    X, y, _ = make_windows(waves, 7)
    windows = GRURegressor(**SHORT).fit(X, y)
    refuses(windows, r"history has 1 column\(s\), but 2 are wanted", series, 3)


def test_an_unknown_future_is_refused(waves):
    model = GRURegressor(window=7, **SHORT).fit(waves[:-1], waves[1:, 0])
    model.forecast(waves, 1)
    refuses(model, r"future has 0 row\(s\), but 2 or 3 are wanted", waves, 3)
    refuses(model, r"future has 4 row\(s\), but 2 or 3", waves, 3, waves[:4])
    unknown = np.full((3, 2), np.nan)
    refuses(model, "future contains nan, in row 0", waves, 3, unknown)


def test_static_features_of_lags_are_refused(waves):
    series = waves[:, :1]
    table = pd.DataFrame({f"lag_{k}": pd.Series(series[:, 0]).shift(k) for k in (2, 1)})
    table = table.assign(weekday=np.arange(90) % 7)[2:]
    lags = GRURegressor(**SHORT).fit(table, series[2:, 0])
    refuses(lags, "does not know the static features", series, 3)


def test_variables_of_lags_are_found_by_name(waves):
    frame = pd.DataFrame(waves, columns=["sales", "heat"])
    table = pd.concat(
        {f"{v}_lag_{k}": frame[v].shift(k) for v in frame for k in (1, 2, 3)}, axis=1
    )[3:]
    model = GRURegressor(**SHORT).fit(table, frame[3:])
    found = model.forecast(frame, 4)
    np.testing.assert_array_equal(model.forecast(frame[["heat", "sales"]], 4), found)
    rows = frame.to_numpy().tolist()
    for forecast in found:
        past = pd.DataFrame(rows[-3:], columns=frame.columns)
        row = {f"{v}_lag_{k}": [past[v].iloc[-k]] for v in frame for k in (1, 2, 3)}
        np.testing.assert_allclose(
            forecast, model.predict(pd.DataFrame(row))[0], rtol=1e-12
        )
        rows.append(forecast)
    refuses(model, r"history lacks the column\(s\) \['heat'\]", frame[["sales"]], 4)


def test_a_future_that_does_not_follow_is_refused(waves):
    days = pd.date_range("2024-01-01", periods=90)
    frame = pd.DataFrame(waves, columns=["x", "promo"], index=days)
    model = GRURegressor(window=7, **SHORT).fit(frame[:79], frame["x"][1:80])
    history = frame[:80]
    expected = model.forecast(history, 10, frame[80:])
    as_array = frame[80:].reset_index(drop=True)  # tells nothing
    np.testing.assert_array_equal(model.forecast(history, 10, as_array), expected)
    refuses(model, r"begins at .*03-22.*03-21.* was expected", history, 9, frame[81:])
    refuses(model, "the index goes back", history, 10, frame[79:89])
    refuses(model, "index of history does not rise", history[::-1], 1)
    refuses(model, "index of future does not rise", history, 10, frame[80:][::-1])
    np.testing.assert_array_equal(model.forecast(history, 1, frame[:0]), expected[:1])


def test_a_less_precise_target_is_still_its_own_next_input(waves):
    series = waves[:, :1]
    for x_type, y_type in (("f8", "f4"), ("f4", "f8")):
        model = GRURegressor(window=7, **SHORT)
        model.fit(series[:-1].astype(x_type), series[1:, 0].astype(y_type))
        assert model.forecast(series, 2).shape == (2,)
