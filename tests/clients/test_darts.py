"""GRURegressor in darts, which passes arrays: lags oldest first, then covariates."""

import numpy as np
import pandas as pd
import pytest
from by_hand import N_LAGS, cube, gru, pasts, recursive_forecast
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

pytest.importorskip("darts", reason="darts is not installed")

from darts import TimeSeries
from darts.models import SKLearnModel


def forecast(regressor, y, n_steps, exog=None, past=(), future=(), **options):
    covariates = {}
    for kind, names in (("past", past), ("future", future)):
        if names:
            covariates[f"{kind}_covariates"] = TimeSeries.from_dataframe(exog[names])
    model = SKLearnModel(model=regressor, lags=N_LAGS, **options)
    model.fit(TimeSeries.from_series(y), **covariates)
    prediction = model.predict(n_steps, show_warnings=False, **covariates)
    return prediction.values().ravel(), model


def test_of_the_series_alone(y):
    model = gru().fit(pasts(y, range(N_LAGS, len(y))), y.iloc[N_LAGS:])
    expected = recursive_forecast(model, y, 4)
    found, _ = forecast(gru(), y, 4)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def several_steps(y, n_steps):
    """Times whose next values are there, and those values."""
    times = np.arange(N_LAGS, len(y) + 1 - n_steps)
    return times, y.to_numpy()[times[:, np.newaxis] + np.arange(n_steps)]


def test_output_chunks_are_several_targets(y):
    """Beyond the chunk, forecasts go on from forecasts."""
    times, targets = several_steps(y, 3)
    model = gru().fit(pasts(y, times), targets)
    values = list(y)
    for _ in range(2):
        values += model.predict([values[-N_LAGS:]])[0].tolist()
    found, _ = forecast(gru(), y, 6, output_chunk_length=3)
    np.testing.assert_allclose(found, values[len(y) :], rtol=1e-7)


def test_future_covariates_of_the_target_are_static(y, exog):
    found, _ = forecast(
        gru(static_features=[N_LAGS, N_LAGS + 1]),
        y,
        4,
        exog,
        future=["temp", "promo"],
        lags_future_covariates=[0],
    )
    times = np.arange(N_LAGS, len(y))
    X = np.column_stack([pasts(y, times), exog.to_numpy()[times]])
    model = gru(static_features=[N_LAGS, N_LAGS + 1]).fit(X, y.iloc[N_LAGS:])
    expected = recursive_forecast(
        model, y, 4, known=lambda values: exog.to_numpy()[len(values)]
    )
    np.testing.assert_allclose(found, expected, rtol=1e-7)


@pytest.mark.parametrize("n_chunk", [1, 3])
def test_covariates_by_name(n_chunk, y, exog):
    """Lags of the past one are steps; a future one at the target's time is static."""
    names = [f"{v}_lag_{k}" for v in ("y", "temp") for k in range(N_LAGS, 0, -1)]
    names += [f"promo_{k}" for k in range(n_chunk)]
    naming = FunctionTransformer(lambda X: pd.DataFrame(X, columns=names))
    found, _ = forecast(
        make_pipeline(naming, gru(anchor="y")),
        y,
        n_chunk,
        exog,
        past=["temp"],
        future=["promo"],
        lags_past_covariates=N_LAGS,
        lags_future_covariates=list(range(n_chunk)),
        output_chunk_length=n_chunk,
    )
    expected = forecast_by_hand(n_chunk, y, exog, anchor=1)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def forecast_by_hand(n_chunk, y, exog, **parameters):
    """From a 3-D X, each static value standing at every step."""
    temp, promo = exog.to_numpy().T
    times, targets = several_steps(y, n_chunk)

    def read(times):
        steps = cube([temp, np.r_[y, np.full(8, np.nan)]], times)
        ahead = promo[np.add.outer(times, np.arange(n_chunk))]
        shape = len(times), N_LAGS, n_chunk
        repeated = np.broadcast_to(ahead[:, np.newaxis], shape)
        return np.concatenate([steps, repeated], axis=2)

    static = list(range(2, 2 + n_chunk))
    targets = targets[:, 0] if n_chunk == 1 else targets
    model = gru(static_features=static, **parameters).fit(read(times), targets)
    return model.predict(read(np.array([len(y)]))).ravel()


def test_names_of_darts_are_read_as_they_are(y, exog):
    """With a sign before the number: ``temp_pastcov_lag-6``, ``promo_futcov_lag0``."""
    options = {
        "past": ["temp"],
        "future": ["promo"],
        "lags_past_covariates": N_LAGS,
        "lags_future_covariates": [0],
    }
    with pytest.warns(UserWarning, match="lags of 2 variables, oldest first"):
        unnamed, model = forecast(gru(), y, 1, exog, **options)
    names = model.lagged_feature_names
    assert names[0] == "y_target_lag-6"
    naming = FunctionTransformer(lambda X: pd.DataFrame(X, columns=names))
    found, _ = forecast(make_pipeline(naming, gru()), y, 1, exog, **options)
    expected = forecast_by_hand(1, y, exog)
    np.testing.assert_allclose(found, expected, rtol=1e-7)
    assert np.abs(unnamed - expected).max() > 1e-3
