"""GRURegressor in skforecast, which passes arrays: lags newest first, then the rest."""

import numpy as np
import pytest
from by_hand import LAGS, N_LAGS, gru, pasts, recursive_forecast

pytest.importorskip("skforecast", reason="skforecast is not installed")

from skforecast.direct import ForecasterDirect
from skforecast.model_selection import TimeSeriesFold, backtesting_forecaster
from skforecast.preprocessing import RollingFeatures
from skforecast.recursive import ForecasterRecursive, ForecasterRecursiveMultiSeries

# Behind the lags.
EXOG = [N_LAGS, N_LAGS + 1]


def fitted_by_hand(y, exog=None, step=1, last=None):
    """A network on rows of lags, oldest first, and the exogenous values of the target.

    `step` is how far ahead the target lies; rows go up to where `last` does.
    """
    times = np.arange(N_LAGS, len(y) + 1 - (last or step))
    X, targets = pasts(y, times), y.to_numpy()[times + step - 1]
    if exog is None:
        return gru().fit(X, targets)
    X = np.column_stack([X, exog.to_numpy()[times + step - 1]])
    return gru(static_features=EXOG).fit(X, targets)


def test_recursive(y):
    forecaster = ForecasterRecursive(gru(time_order="newest_first"), lags=N_LAGS)
    forecaster.fit(y=y)
    expected = recursive_forecast(fitted_by_hand(y), y, 5)
    found = forecaster.predict(steps=5)
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    assert found.index[0] == y.index[-1] + y.index.freq


def test_recursive_with_exogenous_values(y, exog):
    forecaster = ForecasterRecursive(
        gru(time_order="newest_first", static_features=EXOG), lags=N_LAGS
    )
    forecaster.fit(y=y, exog=exog[: len(y)])
    found = forecaster.predict(steps=5, exog=exog[len(y) :])
    expected = recursive_forecast(
        fitted_by_hand(y, exog),
        y,
        5,
        known=lambda values: exog.to_numpy()[len(values)],
    )
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_window_features_are_static_too(y):
    forecaster = ForecasterRecursive(
        gru(time_order="newest_first", static_features=[N_LAGS]),
        lags=N_LAGS,
        window_features=RollingFeatures(stats=["max"], window_sizes=[3]),
    )
    forecaster.fit(y=y)
    times = np.arange(N_LAGS, len(y))
    X = pasts(y, times)
    X = np.column_stack([X, X[:, -3:].max(axis=1)])
    model = gru(static_features=[N_LAGS]).fit(X, y.iloc[N_LAGS:])
    expected = recursive_forecast(model, y, 4, known=lambda v: [max(v[-3:])])
    np.testing.assert_allclose(forecaster.predict(steps=4), expected, rtol=1e-7)


def test_lags_alone_need_no_parameters(y):
    forecasts = []
    for told in {}, {"time_order": "newest_first"}:
        forecaster = ForecasterRecursive(gru(**told), lags=N_LAGS)
        forecaster.fit(y=y)
        forecasts.append(forecaster.predict(steps=3))
    np.testing.assert_array_equal(*forecasts)


def test_beside_exogenous_values_the_order_is_noticed(y, exog):
    with pytest.warns(
        UserWarning, match=r"time_order='newest_first' and static_features=\[6, 7\]"
    ):
        ForecasterRecursive(gru(), lags=N_LAGS).fit(y=y, exog=exog[: len(y)])
    # Half of it is not enough.
    half = gru(time_order="newest_first")
    with pytest.warns(UserWarning, match=r"Pass static_features=\[6, 7\]"):
        ForecasterRecursive(half, lags=N_LAGS).fit(y=y, exog=exog[: len(y)])


def test_where_exogenous_values_are_named_the_order_shows(y, exog):
    forecasts = []
    for told in {}, {"time_order": "newest_first"}:
        forecaster = ForecasterRecursive(gru(static_features=EXOG, **told), N_LAGS)
        forecaster.fit(y=y, exog=exog[: len(y)])
        forecasts.append(forecaster.predict(steps=3, exog=exog[len(y) :]))
    np.testing.assert_array_equal(*forecasts)


@pytest.mark.parametrize("with_exog", [False, True])
def test_direct(with_exog, y, exog):
    """One network for each step ahead, with the exogenous values of that step."""
    static = EXOG if with_exog else None
    forecaster = ForecasterDirect(
        steps=3,
        estimator=gru(time_order="newest_first", static_features=static),
        lags=N_LAGS,
        n_jobs=1,
    )
    past, future = (exog[: len(y)], exog[len(y) :]) if with_exog else (None, None)
    forecaster.fit(y=y, exog=past)
    row = y.iloc[-N_LAGS:].to_numpy()
    expected = []
    for step in (1, 2, 3):
        model = fitted_by_hand(y, past, step, last=3)
        known = future.to_numpy()[step - 1] if with_exog else []
        expected.append(model.predict([np.concatenate([row, known])])[0])
    found = forecaster.predict(steps=3, exog=future)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize("refit", [True, False])
def test_backtesting(refit, y, exog):
    exog = exog[: len(y)]
    forecaster = ForecasterRecursive(
        gru(time_order="newest_first", static_features=EXOG), lags=N_LAGS
    )
    folds = TimeSeriesFold(
        steps=4, initial_train_size=68, refit=refit, fixed_train_size=False
    )
    metric, found = backtesting_forecaster(
        forecaster,
        y=y,
        exog=exog,
        cv=folds,
        metric="mean_absolute_error",
        n_jobs=1,
        show_progress=False,
    )
    expected = []
    for cut in (68, 72, 76):
        n_train = cut if refit else 68
        model = fitted_by_hand(y[:n_train], exog)
        expected.append(
            recursive_forecast(
                model, y[:cut], 4, known=lambda values: exog.to_numpy()[len(values)]
            )
        )
    expected = np.concatenate(expected)
    np.testing.assert_allclose(found["pred"], expected, rtol=1e-7)
    error = np.abs(expected - y.iloc[68:]).mean()
    assert metric["mean_absolute_error"].item() == pytest.approx(error)


def test_backtesting_of_direct_forecasts(y):
    forecaster = ForecasterDirect(
        steps=4, estimator=gru(time_order="newest_first"), lags=N_LAGS, n_jobs=1
    )
    folds = TimeSeriesFold(
        steps=4, initial_train_size=72, refit=True, fixed_train_size=False
    )
    _, found = backtesting_forecaster(
        forecaster,
        y=y,
        cv=folds,
        metric="mean_absolute_error",
        n_jobs=1,
        show_progress=False,
    )
    expected = [
        fitted_by_hand(y[:cut], step=step, last=4).predict(
            [y.iloc[cut - N_LAGS : cut]]
        )[0]
        for cut in (72, 76)
        for step in (1, 2, 3, 4)
    ]
    np.testing.assert_allclose(found["pred"], expected, rtol=1e-7)


def test_lags_named_by_skforecast_are_read_without_parameters(y):
    """Its training matrix, where one wants to look at it, has names."""
    forecaster = ForecasterRecursive(gru(time_order="newest_first"), lags=N_LAGS)
    X, targets = forecaster.create_train_X_y(y=y)
    assert list(X.columns) == [f"lag_{lag}" for lag in LAGS]
    expected = fitted_by_hand(y)
    np.testing.assert_allclose(
        gru().fit(X, targets).predict(X),
        expected.predict(X.to_numpy()[:, ::-1]),
        rtol=1e-7,
    )


def test_several_series_come_with_names(y, exog):
    """As a DataFrame, with the number of the series behind the lags."""
    series = {"a": y, "b": exog["temp"][: len(y)].rename("b")}
    forecaster = ForecasterRecursiveMultiSeries(
        gru(), lags=N_LAGS, encoding="ordinal", transformer_series=None
    )
    forecaster.fit(series=series)
    times = range(N_LAGS, len(y))
    X = np.vstack(
        [
            np.column_stack([pasts(values, times), np.full(len(times), code)])
            for code, values in enumerate(series.values())
        ]
    )
    targets = np.concatenate([values.iloc[N_LAGS:] for values in series.values()])
    model = gru(static_features=[N_LAGS]).fit(X, targets)
    found = forecaster.predict(steps=4)
    for code, (name, values) in enumerate(series.items()):
        expected = recursive_forecast(
            model, values, 4, known=lambda _, code=code: [code]
        )
        of_series = found.loc[found["level"] == name, "pred"]
        np.testing.assert_allclose(of_series, expected, rtol=1e-7)
