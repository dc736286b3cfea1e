"""GRURegressor in mlforecast, which passes a DataFrame: lags are read by name."""

import numpy as np
import pandas as pd
import pytest
from by_hand import LAGS, N_LAGS, gru, pasts, recursive_forecast

pytest.importorskip("mlforecast", reason="mlforecast is not installed")

from mlforecast import MLForecast
from mlforecast.lag_transforms import RollingMean
from mlforecast.target_transforms import Differences


@pytest.fixture
def panel(y):
    """Two series of different lengths, the one not a copy of the other."""
    other = 3 - 0.5 * y[20:] + 0.1 * np.arange(60) % 7
    return pd.concat(
        pd.DataFrame({"unique_id": name, "ds": s.index, "y": s.to_numpy()})
        for name, s in (("a", y), ("b", other))
    )


def series_of(panel):
    return {
        name: rows.set_index("ds")["y"] for name, rows in panel.groupby("unique_id")
    }


def known_of(values, first_day):
    """The day of the week, and the mean of the last three values, of the next time."""
    day = first_day + pd.Timedelta(days=len(values))
    return [np.mean(values[-3:]), day.dayofweek]


def fitted_by_hand(panel, with_more=False):
    X, targets = [], []
    for s in series_of(panel).values():
        for t in range(N_LAGS, len(s)):
            more = known_of(s.iloc[:t], s.index[0]) if with_more else []
            X.append([*pasts(s, [t])[0], *more])
            targets.append(s.iloc[t])
    static = [N_LAGS, N_LAGS + 1] if with_more else None
    return gru(static_features=static).fit(np.array(X), targets)


def forecast_by_hand(panel, n_steps, with_more=False):
    model = fitted_by_hand(panel, with_more)
    return np.concatenate(
        [
            recursive_forecast(
                model,
                s,
                n_steps,
                known=(lambda values, s=s: known_of(values, s.index[0]))
                if with_more
                else None,
            )
            for s in series_of(panel).values()
        ]
    )


def forecaster(with_more=False, **options):
    if with_more:
        options |= {
            "lag_transforms": {1: [RollingMean(3)]},
            "date_features": ["dayofweek"],
        }
    return MLForecast(models={"gru": gru()}, freq="D", lags=list(LAGS), **options)


@pytest.mark.parametrize("with_more", [False, True])
def test_several_series(with_more, panel):
    """With and without a date feature and a transform of a lag."""
    found = forecaster(with_more).fit(panel).predict(4)
    assert found["unique_id"].tolist() == ["a"] * 4 + ["b"] * 4
    expected = forecast_by_hand(panel, 4, with_more)
    np.testing.assert_allclose(found["gru"], expected, rtol=1e-7)


def test_lags_in_any_order_are_the_same(panel):
    expected = forecaster().fit(panel).predict(3)
    shuffled = MLForecast(models={"gru": gru()}, freq="D", lags=[3, 1, 6, 2, 5, 4])
    found = shuffled.fit(panel).predict(3)
    np.testing.assert_array_equal(found["gru"], expected["gru"])


@pytest.mark.parametrize("with_more", [False, True])
def test_cross_validation(with_more, panel):
    found = forecaster(with_more).cross_validation(
        panel, n_windows=2, h=3, step_size=3, refit=True
    )
    assert len(found) == 12
    for cutoff, part in found.groupby("cutoff"):
        expected = forecast_by_hand(panel[panel["ds"] <= cutoff], 3, with_more)
        np.testing.assert_allclose(part["gru"], expected, rtol=1e-7)


def test_variables_of_the_panel_are_static(y, exog):
    """A price known ahead stands in a column of its own name."""
    panel = pd.DataFrame({"unique_id": "a", "ds": y.index, "y": y.to_numpy()})
    panel["promo"] = exog["promo"].to_numpy()[: len(y)]
    ahead = pd.DataFrame({"unique_id": "a", "ds": exog.index[len(y) :]})
    ahead["promo"] = exog["promo"].to_numpy()[len(y) :]
    fitted = forecaster().fit(panel, static_features=[])
    found = fitted.predict(4, X_df=ahead)["gru"]
    times = np.arange(N_LAGS, len(y))
    X = np.column_stack([pasts(y, times), exog["promo"].to_numpy()[times]])
    model = gru(static_features=[N_LAGS]).fit(X, y.iloc[N_LAGS:])
    expected = recursive_forecast(
        model, y, 4, known=lambda values: [exog["promo"].iloc[len(values)]]
    )
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_differences_of_the_target(y):
    panel = pd.DataFrame({"unique_id": "a", "ds": y.index, "y": y.to_numpy()})
    found = forecaster(target_transforms=[Differences([1])]).fit(panel).predict(4)
    changes = np.diff(y)
    model = gru().fit(pasts(changes, range(N_LAGS, len(changes))), changes[N_LAGS:])
    expected = y.iloc[-1] + np.cumsum(recursive_forecast(model, changes, 4))
    np.testing.assert_allclose(found["gru"], expected, rtol=1e-7)


def test_one_network_for_each_step_ahead(y):
    panel = pd.DataFrame({"unique_id": "a", "ds": y.index, "y": y.to_numpy()})
    found = forecaster().fit(panel, max_horizon=3).predict(3)["gru"]
    expected = []
    for step in (1, 2, 3):
        times = np.arange(N_LAGS, len(y) + 1 - step)
        model = gru().fit(pasts(y, times), y.to_numpy()[times + step - 1])
        expected.append(model.predict(pasts(y, [len(y)]))[0])
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_as_numpy_has_no_names_but_values_show_the_order(panel):
    found = forecaster().fit(panel, as_numpy=True).predict(3)
    expected = forecast_by_hand(panel, 3)
    np.testing.assert_allclose(found["gru"], expected, rtol=1e-7)


@pytest.mark.parametrize("lags", [[1, 2, 3, 6], [1, 3, 5]])
def test_lags_that_are_left_out(lags, panel):
    """A sequence of what is there, oldest first."""
    found = MLForecast(models={"gru": gru()}, freq="D", lags=lags).fit(panel).predict(1)
    oldest, series = max(lags), series_of(panel).values()
    back = np.array(sorted(lags, reverse=True))
    X = [s.to_numpy()[t - back] for s in series for t in range(oldest, len(s))]
    targets = np.concatenate([s.to_numpy()[oldest:] for s in series])
    model = gru().fit(np.array(X)[:, :, np.newaxis], targets)
    last = np.array([s.to_numpy()[len(s) - back] for s in series])
    np.testing.assert_allclose(
        found["gru"], model.predict(last[:, :, np.newaxis]), rtol=1e-7
    )
