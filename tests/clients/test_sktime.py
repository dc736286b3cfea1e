"""GRURegressor in sktime's make_reduction, which passes arrays: lags oldest first.

With exogenous data all lags of one variable stand together, then those of the next. A
step in front of the regressor gives the columns their names.
"""

import numpy as np
import pandas as pd
import pytest
from by_hand import N_LAGS, cube, gru, pasts, recursive_forecast
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

pytest.importorskip("sktime", reason="sktime is not installed")

from sktime.forecasting.compose import make_reduction

pytestmark = [
    # A default of sktime that will change.
    pytest.mark.filterwarnings(
        "ignore:The default of config .*remember_data:FutureWarning"
    ),
]

N_STEPS = 3


def with_names(X, variables):
    """Name the columns as make_reduction orders them: by variable, oldest first."""
    names = [f"{v}_lag_{k}" for v in variables for k in range(N_LAGS, 0, -1)]
    return pd.DataFrame(X, columns=names)


def named(variables, **parameters):
    naming = FunctionTransformer(with_names, kw_args={"variables": variables})
    return make_pipeline(naming, gru(**parameters))


def forecast(regressor, strategy, y, X=None):
    forecaster = make_reduction(regressor, strategy=strategy, window_length=N_LAGS)
    past, future = (None, None) if X is None else (X[: len(y)], X[len(y) :][:N_STEPS])
    forecaster.fit(y, X=past, fh=range(1, N_STEPS + 1))
    return forecaster.predict(X=future)


def test_recursive(y):
    times = range(N_LAGS, len(y))
    model = gru().fit(pasts(y, times), y.iloc[N_LAGS:])
    expected = recursive_forecast(model, y, N_STEPS)
    found = forecast(gru(), "recursive", y)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def all_steps(y):
    """Times whose next N_STEPS values are there, and those values."""
    times = np.arange(N_LAGS, len(y) + 1 - N_STEPS)
    return times, y.to_numpy()[times[:, np.newaxis] + np.arange(N_STEPS)]


def test_direct(y):
    times, targets = all_steps(y)
    expected = [
        gru().fit(pasts(y, times), target).predict(pasts(y, [len(y)]))[0]
        for target in targets.T
    ]
    found = forecast(gru(), "direct", y)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_multioutput(y):
    times, targets = all_steps(y)
    model = gru().fit(pasts(y, times), targets)
    found = forecast(gru(), "multioutput", y)
    np.testing.assert_allclose(found, model.predict(pasts(y, [len(y)]))[0], rtol=1e-7)


@pytest.fixture
def variables(y, exog):
    """The exogenous variables and the series, unknown beyond its end, by name."""
    columns = pd.DataFrame({"y": y}).reindex(exog.index).join(exog)
    return columns[["promo", "temp", "y"]].to_numpy().T


def test_recursive_with_exogenous_data(y, exog, variables):
    times = range(N_LAGS, len(y))
    model = gru().fit(cube(variables, times), y.iloc[N_LAGS:])
    for t in range(len(y), len(y) + N_STEPS):
        variables[2, t] = model.predict(cube(variables, [t]))[0]
    found = forecast(named(["y", "temp", "promo"]), "recursive", y, exog)
    expected = variables[2, len(y) : len(y) + N_STEPS]
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_direct_with_exogenous_data(y, exog, variables):
    times, targets = all_steps(y)
    expected = [
        gru().fit(cube(variables, times), target).predict(cube(variables, [len(y)]))[0]
        for target in targets.T
    ]
    found = forecast(named(["y", "temp", "promo"]), "direct", y, exog)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_multioutput_with_exogenous_data(y, exog, variables):
    times, targets = all_steps(y)
    model = gru(anchor=2).fit(cube(variables, times), targets)
    expected = model.predict(cube(variables, [len(y)]))[0]
    pipeline = named(["y", "temp", "promo"], anchor="y")
    found = forecast(pipeline, "multioutput", y, exog)
    np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_exogenous_data_without_names_are_noticed(y, exog):
    """Read as one series they would give another forecast."""
    exog = exog[["temp"]]
    with pytest.warns(UserWarning, match="lags of 2 variables, oldest first"):
        unnamed = forecast(gru(), "recursive", y, exog)
    found = forecast(named(["y", "temp"]), "recursive", y, exog)
    assert np.abs(found - unnamed).max() > 1e-3
