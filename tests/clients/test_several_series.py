"""Several series in one table, one behind the other: none is held out as a whole.

The last tenth of such a table are the last rows of the last series. If that series is
unlike the others and is not trained on at all, its forecasts are nowhere near it.
"""

import numpy as np
import pandas as pd
import pytest
from by_hand import LAGS, N_LAGS

from skgru import GRURegressor

pytest.importorskip("skforecast", reason="skforecast is not installed")
pytest.importorskip("mlforecast", reason="mlforecast is not installed")
pytest.importorskip("sktime", reason="sktime is not installed")

from mlforecast import MLForecast
from skforecast.recursive import ForecasterRecursiveMultiSeries
from sktime.forecasting.compose import make_reduction

pytestmark = pytest.mark.filterwarnings(
    # A default of sktime that will change.
    "ignore:The default of config .*remember_data:FutureWarning",
    # Without an anchor, levels 150 apart are predicted to a few units only.
    "ignore:On the 70 held-out rows the model is not better",
)
N_STEPS = 4


@pytest.fixture
def series():
    """Ten waves, the last of which is far above all others."""
    rng = np.random.RandomState(0)
    days = pd.date_range("2024-01-01", periods=70, freq="D")
    levels = [0.0, 1.0, -1.0, 2.0, 0.5, -0.5, 1.5, 0.2, -2.0, 150.0]
    return {
        f"s{k}": pd.Series(
            level + np.sin(0.5 * np.arange(70) + k) + 0.05 * rng.randn(70),
            index=days,
            name=f"s{k}",
        )
        for k, level in enumerate(levels)
    }


def by_mlforecast(series, regressor):
    panel = pd.concat(
        pd.DataFrame({"unique_id": name, "ds": s.index, "y": s.to_numpy()})
        for name, s in series.items()
    )
    forecaster = MLForecast(models={"gru": regressor}, freq="D", lags=list(LAGS))
    found = forecaster.fit(panel).predict(N_STEPS)
    return found.loc[found["unique_id"] == "s9", "gru"].to_numpy()


def by_skforecast(series, regressor):
    forecaster = ForecasterRecursiveMultiSeries(
        regressor, lags=N_LAGS, encoding="ordinal", transformer_series=None
    )
    forecaster.fit(series=series)
    found = forecaster.predict(steps=N_STEPS)
    return found.loc[found["level"] == "s9", "pred"].to_numpy()


def by_sktime(series, regressor):
    panel = pd.concat({name: s.rename("y") for name, s in series.items()})
    panel = panel.rename_axis(["series", "time"]).to_frame()
    forecaster = make_reduction(
        regressor, strategy="recursive", window_length=N_LAGS, pooling="global"
    )
    forecaster.fit(panel, fh=range(1, N_STEPS + 1))
    return forecaster.predict().loc["s9"]["y"].to_numpy()


@pytest.mark.parametrize("anchor", ["auto", None])
@pytest.mark.parametrize("client", [by_mlforecast, by_skforecast, by_sktime])
def test_the_last_series_is_trained_on(client, anchor, series):
    regressor = GRURegressor(16, anchor=anchor, random_state=0)
    found = client(series, regressor)
    truth = 150 + np.sin(0.5 * np.arange(70, 70 + N_STEPS) + 9)
    # Predictions from levels alone have to cover a spread of 150.
    limit = 0.5 if anchor == "auto" else 5
    assert np.sqrt(np.mean((found - truth) ** 2)) < limit
