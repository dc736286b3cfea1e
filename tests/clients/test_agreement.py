"""The same lags in the same rows are the same forecast, whoever makes the table."""

import pandas as pd
import pytest
from by_hand import LAGS, N_LAGS, gru, pasts

pytest.importorskip("skforecast", reason="skforecast is not installed")
pytest.importorskip("mlforecast", reason="mlforecast is not installed")
pytest.importorskip("sktime", reason="sktime is not installed")
pytest.importorskip("darts", reason="darts is not installed")

from darts import TimeSeries
from darts.models import SKLearnModel
from mlforecast import MLForecast
from skforecast.recursive import ForecasterRecursive
from sktime.forecasting.compose import make_reduction

pytestmark = [
    # A default of sktime that will change.
    pytest.mark.filterwarnings(
        "ignore:The default of config .*remember_data:FutureWarning"
    ),
]


def by_skforecast(y, time_order="newest_first"):
    forecaster = ForecasterRecursive(gru(time_order=time_order), lags=N_LAGS)
    forecaster.fit(y=y)
    return forecaster.predict(steps=1).iloc[0]


def by_mlforecast(y):
    panel = pd.DataFrame({"unique_id": "a", "ds": y.index, "y": y.to_numpy()})
    forecaster = MLForecast(models={"gru": gru()}, freq="D", lags=list(LAGS))
    return forecaster.fit(panel).predict(1)["gru"].iloc[0]


def by_sktime(y):
    forecaster = make_reduction(gru(), strategy="recursive", window_length=N_LAGS)
    return forecaster.fit(y, fh=[1]).predict().iloc[0]


def by_darts(y):
    model = SKLearnModel(model=gru(), lags=N_LAGS).fit(TimeSeries.from_series(y))
    return model.predict(1).values().item()


def from_a_matrix(y, backwards=False):
    X = pasts(y, range(N_LAGS, len(y) + 1))
    if backwards:
        X = X[:, ::-1]
    # As they stand, without the warning.
    model = gru(time_order="oldest_first")
    return model.fit(X[:-1], y.iloc[N_LAGS:]).predict(X[-1:])[0]


@pytest.mark.parametrize("client", [by_skforecast, by_mlforecast, by_sktime, by_darts])
def test_one_step_ahead(client, y):
    assert client(y) == pytest.approx(from_a_matrix(y), rel=1e-6)


def test_fed_backwards_it_is_another_forecast(y):
    """So that the test above says something."""
    backwards = from_a_matrix(y, backwards=True)
    assert abs(backwards / from_a_matrix(y) - 1) > 1e-2
    # In skforecast that is one parameter away.
    found = by_skforecast(y, time_order="oldest_first")
    assert found == pytest.approx(backwards, rel=1e-6)
