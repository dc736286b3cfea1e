"""Forecast through pipelines, searches and transformed targets: loops of `predict`."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    StandardScaler,
)

from skgru import (
    GRUClassifier,
    GRURegressor,
    LSTMRegressor,
    WindowTransformer,
    forecast,
    make_windows,
)

SHORT = {
    "hidden_layer_sizes": 4,
    "max_iter": 4,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


def gru(**parameters):
    return GRURegressor(**({"window": 7} | SHORT | parameters))


def logarithmic(regressor):
    return TransformedTargetRegressor(
        regressor, func=np.log, inverse_func=np.exp, check_inverse=False
    )


def searched(estimator):
    name = next(n for n in estimator.get_params() if n.endswith("max_iter"))
    return GridSearchCV(estimator, {name: [3, 4]}, cv=TimeSeriesSplit(2))


ESTIMATORS = {
    "scaled": lambda: make_pipeline(SimpleImputer(), StandardScaler(), gru()),
    "squeezed": lambda: make_pipeline(MinMaxScaler(), gru(anchor=None)),
    "log target": lambda: logarithmic(gru()),
    "log of scaled": lambda: logarithmic(make_pipeline(StandardScaler(), gru())),
    "log of both": lambda: make_pipeline(
        FunctionTransformer(np.sqrt), logarithmic(gru())
    ),
    "scaled target": lambda: TransformedTargetRegressor(
        make_pipeline(StandardScaler(), gru()), transformer=MinMaxScaler()
    ),
    "searched": lambda: searched(gru()),
    "all of it": lambda: make_pipeline(
        SimpleImputer(), searched(logarithmic(make_pipeline(StandardScaler(), gru())))
    ),
    "LSTM": lambda: make_pipeline(
        StandardScaler(), logarithmic(LSTMRegressor(window=7, **SHORT))
    ),
    "differences beside": lambda: make_pipeline(
        FunctionTransformer(
            lambda X: np.column_stack([X, np.diff(X[:, 0], prepend=9)])
        ),
        gru(),
    ),
}


@pytest.fixture
def series(rng):
    return 20 + np.cumsum(rng.randn(80)) * 0.5 + np.sin(np.arange(80))


def by_hand(estimator, X, n_steps, write):
    """Forecast by predicting the last of growing rows."""
    found = []
    for step in range(n_steps):
        found.append(estimator.predict(X)[-1])
        X = write(X, found[-1], step)
    return np.array(found)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_predictions_go_back_in_the_units_of_x(name, series, dtype):
    X = series.astype(dtype)[:, np.newaxis]
    estimator = ESTIMATORS[name]().fit(X[:-1], X[1:, 0])
    expected = by_hand(estimator, X, 6, lambda X, new, step: np.vstack([X, [[new]]]))
    for history in (X, X[:, 0].tolist()):
        np.testing.assert_allclose(
            forecast(estimator, history, 6), expected, rtol=100 * np.finfo(dtype).eps
        )


@pytest.mark.parametrize("units", [1, 1000])
def test_columns_are_found_wherever_a_transformer_puts_them(units, series, rng):
    days = pd.date_range("2024-01-01", periods=80)
    X = pd.DataFrame(
        {"kind": rng.choice(["a", "b"], 80), "heat": rng.randn(80), "sold": series},
        index=days,
    )
    y = units * X["sold"].shift(-1)
    columns = ColumnTransformer(
        [
            ("one", OneHotEncoder(sparse_output=False), ["kind"]),
            ("n", "passthrough", ["heat"]),
        ],
        remainder=StandardScaler(),
    )
    estimator = make_pipeline(columns, gru(static_features=[2])).fit(X[:-11], y[:-11])
    history, future = X[:70], X[70:].assign(sold=np.nan)

    def write(X, new, step):
        return pd.concat([X, future[step : step + 1].assign(sold=new / units)])

    expected = by_hand(estimator, history, 10, write)
    for ahead in (future, future[["heat", "kind"]], future[:9]):
        found = forecast(estimator, history, 10, ahead)
        np.testing.assert_allclose(found, expected, rtol=1e-10)
    with pytest.raises(ValueError, match=r"future has 0 row\(s\), but 9 or 10"):
        forecast(estimator, history, 10)
    with pytest.raises(ValueError, match="goes back"):
        forecast(estimator, history, 3, X[:3])
    with pytest.raises(ValueError, match=r"future contains nan"):
        forecast(estimator, history, 3, future.assign(heat=np.nan)[:3])


def test_times_go_on_where_a_step_makes_a_calendar_of_them(series):
    X = pd.DataFrame({"x": series}, index=pd.date_range("2024-01-01", periods=80))

    def calendar(X):
        return X.assign(weekend=np.where(X.index.day_of_week > 4, 1.0, 0.0))

    estimator = make_pipeline(FunctionTransformer(calendar), gru(anchor=None))
    estimator.fit(X[:-1], X["x"][1:])

    def write(X, new, step):
        day = X.index[-1:] + pd.Timedelta(days=1)
        return pd.concat([X, pd.DataFrame({"x": [new]}, index=day)])

    found = forecast(estimator, X, 9)
    np.testing.assert_allclose(found, by_hand(estimator, X, 9, write), rtol=1e-12)


def test_several_steps_of_several_columns_go_back_too(rng):
    Z = np.exp(0.1 * rng.randn(70, 2).cumsum(axis=0))
    y = np.column_stack([Z[2 : 68 + 2 - 1], Z[3:70]])[:66]
    X = Z[1:67]
    estimator = TransformedTargetRegressor(
        make_pipeline(StandardScaler(), gru()), func=np.log, inverse_func=np.exp
    ).fit(X, y)
    rows, found = Z.copy(), []
    while len(found) < 5:
        block = estimator.predict(rows)[-1].reshape(2, 2)
        found.extend(block)
        rows = np.vstack([rows, block])
    np.testing.assert_allclose(forecast(estimator, Z, 5), found[:5], rtol=1e-12)


def test_each_series_of_a_panel_goes_through_the_steps(rng):
    n_rows, names = 40, ["north", "south", "west"]
    X = pd.DataFrame(
        {
            "sold": np.exp(rng.randn(n_rows, 3).cumsum(axis=0) * 0.1).ravel(),
            "price": rng.randn(3 * n_rows),
            "shop": names * n_rows,
        }
    )
    y = X.groupby("shop")["sold"].shift(-1)
    known = y.notna()
    scale = ColumnTransformer(
        [("n", StandardScaler(), ["price", "sold"])],
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    estimator = logarithmic(make_pipeline(scale, gru(group_column="shop", n_jobs=2)))
    estimator.fit(X[known], y[known])
    future = X[:15].assign(sold=np.nan)
    found = forecast(estimator, X, 5, future)
    for shop in names:

        def write(rows, new, step, shop=shop):
            row = future[future["shop"] == shop][step : step + 1].assign(sold=new)
            return pd.concat([rows, row], ignore_index=True)

        expected = by_hand(estimator, X[X["shop"] == shop], 5, write)
        np.testing.assert_allclose(found[shop], expected, rtol=1e-10)


@pytest.mark.parametrize("n_known", [0, 3])
def test_series_named_by_a_level_of_the_index_go_through_too(n_known, rng):
    days, shops = pd.date_range("2024-01-01", periods=40), ["north", "south"]
    index = pd.MultiIndex.from_product([shops, days], names=["shop", "day"])
    X = pd.DataFrame({"sold": 5 + rng.randn(80)}, index=index)
    if n_known:
        X["price"] = rng.randn(80)
    day = X.index.get_level_values("day")
    history, future = X[day < days[30]], X[day >= days[30]]

    def calendar(X):
        day = X.index.get_level_values("day").day_of_week
        return X.assign(weekend=np.where(day > 4, 1.0, 0.0))

    estimator = make_pipeline(
        FunctionTransformer(calendar), gru(group_column="shop", anchor=None)
    )
    y = history.groupby("shop")["sold"].shift(-1)
    estimator.fit(history[y.notna()], y.dropna())
    known = future.groupby("shop").head(n_known)
    found = forecast(estimator, history, 3, known)
    for shop in shops:
        rows = history[history.index.get_level_values("shop") == shop]
        ahead = future[future.index.get_level_values("shop") == shop]
        expected = by_hand(
            estimator,
            rows,
            3,
            lambda X, new, step, a=ahead: pd.concat(
                [X, a[step : step + 1].assign(sold=new)]
            ),
        )
        np.testing.assert_allclose(found[shop], expected, rtol=1e-12)


@pytest.mark.parametrize("flatten", [False, True])
@pytest.mark.parametrize("steps", [[], [StandardScaler()]])
def test_a_transformer_may_make_the_windows(steps, flatten, series):
    X = series[:, np.newaxis]
    windows = WindowTransformer(6, initial="edge", flatten=flatten)
    how = {"n_timesteps": 6} if flatten else {}
    estimator = make_pipeline(*steps, windows, gru(window=None, **how))
    estimator.fit(X[:-1], X[1:, 0])
    expected = by_hand(estimator, X, 4, lambda X, new, step: np.vstack([X, [[new]]]))
    np.testing.assert_allclose(forecast(estimator, X, 4), expected, rtol=1e-12)


def test_a_column_of_targets_stays_a_column(series):
    X = series[:, np.newaxis]
    estimator = logarithmic(gru()).fit(X[:-1], X[1:])
    assert estimator.predict(X).shape == (80, 1)
    assert forecast(estimator, X, 3).shape == (3, 1)


def test_where_predictions_belong_is_not_guessed(series):
    X, y = series[:-1, np.newaxis], series[1:]
    bent = make_pipeline(StandardScaler(), gru()).fit(X, np.log(y))
    with pytest.raises(ValueError, match="through StandardScaler what the network has"):
        forecast(bent, X, 3)
    changes = make_pipeline(
        FunctionTransformer(lambda X: np.diff(X, axis=0, prepend=20)), gru()
    ).fit(X, y)
    with pytest.raises(ValueError, match="predicts its own next input|belong into"):
        forecast(changes, X, 3)


@pytest.mark.parametrize("form", ["lags", "named lags", "newest first", "windows"])
def test_whole_sequences_go_through_the_steps_too(form, series):
    X, y, _ = make_windows(series, 5)
    how = {"window": None}
    table = X[:, :, 0]
    if form == "windows":
        scale, table = FunctionTransformer(np.log), X
    else:
        scale = StandardScaler()
    if form == "newest first":
        table, how["time_order"] = table[:, ::-1], "newest_first"
    if form == "named lags":
        table = pd.DataFrame(table, columns=[f"lag_{k}" for k in range(5, 0, -1)])
    estimator = logarithmic(make_pipeline(scale, gru(**how))).fit(table, y)
    rows, found = series.tolist(), []
    for _ in range(4):
        last = np.reshape(rows[-5:], (1, *X.shape[1:][: np.ndim(table) - 1]))
        last = last[:, ::-1] if form == "newest first" else last
        if form == "named lags":
            last = pd.DataFrame(last, columns=table.columns)
        found.extend(estimator.predict(last))
        rows.append(found[-1])
    np.testing.assert_allclose(forecast(estimator, series, 4), found, rtol=1e-12)


@pytest.mark.filterwarnings("ignore")
def test_what_has_no_recurrent_regressor_inside_is_refused(series):
    X, y = series[:-1, np.newaxis], series[1:]
    classifier = GRUClassifier(**SHORT).fit(X, y > 20)
    for estimator, words in [
        (make_pipeline(StandardScaler(), Ridge()).fit(X, y), "but got a Ridge"),
        (classifier, "forecast needs a regressor.*GRUClassifier"),
        (BaggingRegressor(gru(), 2).fit(X, y), "one of estimators_"),
    ]:
        with pytest.raises(TypeError, match=words):
            forecast(estimator, X, 3)


def test_a_future_that_lacks_a_known_column_is_refused_and_not_imputed():
    wave = np.sin(0.3 * np.arange(131)) + 3
    table = pd.DataFrame({"x": wave[:120], "day": np.arange(120) % 7.0})
    model = make_pipeline(SimpleImputer(), gru()).fit(table[:80], wave[1:81])
    expected = forecast(model, table[:80], 4, table[80:84])
    without = forecast(model, table[:80], 4, table[["day"]][80:84])
    np.testing.assert_array_equal(without, expected)
    with pytest.raises(ValueError, match=r"future lacks the column\(s\) \['day'\]"):
        forecast(model, table[:80], 4, table[80:84].rename(columns={"day": "Day"}))


def test_times_without_a_step_are_known_by_a_future():
    days = pd.bdate_range("2024-01-01", periods=140)
    days = days[days.day != 10][:125]
    wave = np.sin(0.3 * np.arange(126))
    table = pd.DataFrame({"x": wave[:125]}, index=days)
    calendar = FunctionTransformer(lambda X: X.assign(d=X.index.day_of_week * 1.0))
    model = make_pipeline(calendar, gru()).fit(table[:120], wave[1:121])
    with pytest.raises(ValueError, match=r"no regular step. Pass future="):
        forecast(model, table[:120], 3)
    found = forecast(model, table[:120], 3, table[120:123].assign(x=np.nan))
    rows = table[:120]
    for k in range(3):
        value = model.predict(rows)[-1]
        np.testing.assert_allclose(found[k], value, rtol=1e-6)
        rows = pd.concat([rows, table[120 + k : 121 + k].assign(x=value)])


@pytest.mark.filterwarnings("ignore:The forecast leaves the values")
def test_quantiles_rise_at_every_step_where_the_transform_of_y_falls():
    wave = np.sin(0.3 * np.arange(121))
    inside = gru(loss="quantile", quantile=[0.1, 0.9])
    model = TransformedTargetRegressor(
        inside, func=np.negative, inverse_func=np.negative
    )
    model.fit(wave[:120, np.newaxis], wave[1:])
    bands = forecast(model, wave[:120], 4, random_state=0)
    assert (np.diff(bands, axis=1) > 0).all()
