"""The same lags in the same rows are the same forecast, whoever makes the table."""

import numpy as np
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

from skgru import GRURegressor

pytestmark = [
    # A default of sktime that will change.
    pytest.mark.filterwarnings(
        "ignore:The default of config .*remember_data:FutureWarning"
    ),
]


def by_skforecast(y, regressor):
    forecaster = ForecasterRecursive(regressor, lags=N_LAGS)
    forecaster.fit(y=y)
    return forecaster.predict(steps=1).iloc[0]


def by_mlforecast(y, regressor):
    panel = pd.DataFrame({"unique_id": "a", "ds": y.index, "y": y.to_numpy()})
    forecaster = MLForecast(models={"gru": regressor}, freq="D", lags=list(LAGS))
    return forecaster.fit(panel).predict(1)["gru"].iloc[0]


def by_sktime(y, regressor):
    forecaster = make_reduction(regressor, strategy="recursive", window_length=N_LAGS)
    return forecaster.fit(y, fh=[1]).predict().iloc[0]


def by_darts(y, regressor):
    model = SKLearnModel(model=regressor, lags=N_LAGS).fit(TimeSeries.from_series(y))
    return model.predict(1).values().item()


CLIENTS = [by_skforecast, by_mlforecast, by_sktime, by_darts]


def from_a_matrix(y, backwards=False, **parameters):
    X = pasts(y, range(N_LAGS, len(y) + 1))
    if backwards:
        X = X[:, ::-1]
    model = gru(**parameters)
    return model.fit(X[:-1], y.iloc[N_LAGS:]).predict(X[-1:])[0]


@pytest.mark.parametrize("client", CLIENTS)
def test_one_step_ahead(client, y):
    assert client(y, gru()) == pytest.approx(from_a_matrix(y), rel=1e-6)


@pytest.mark.filterwarnings("ignore:On the . held-out rows")
def test_one_step_ahead_with_nothing_named(y):
    """Whether it stops early, and where it starts from, is found alike by all.

    Neither names nor their order make a difference.
    """
    forecasts = [
        client(y, GRURegressor(8, max_iter=15, random_state=0)) for client in CLIENTS
    ]
    np.testing.assert_allclose(forecasts, forecasts[0], rtol=1e-6)


def test_fed_backwards_it_is_another_forecast(y):
    """So that the test above says something."""
    as_it_stands = {"time_order": "oldest_first"}
    backwards = from_a_matrix(y, backwards=True, **as_it_stands)
    assert abs(backwards / from_a_matrix(y) - 1) > 1e-2
    # In skforecast that is one parameter away.
    found = by_skforecast(y, gru(**as_it_stands))
    assert found == pytest.approx(backwards, rel=1e-6)
