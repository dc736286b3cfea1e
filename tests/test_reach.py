"""Forecasts that leave what fit has seen: of trends, and not of what stays inside."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor, RNNRegressor, forecast

T = np.arange(140.0)
CURVES = {
    "trend": T,
    "fall": -T,
    "season on a trend": 0.3 * T + 5 * np.sin(T * 2 * np.pi / 12),
    "growth": np.exp(T / 40),
}


def fitted(series, n_rows=100, kind=GRURegressor, **parameters):
    defaults = {"window": 10, "random_state": 0, "max_iter": 60}
    model = kind(8, **(defaults | parameters))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some are fits that go wrong
        return model.fit(series[:n_rows, np.newaxis], series[1 : n_rows + 1])


@pytest.mark.parametrize("name", CURVES)
def test_a_path_that_saturates_is_warned_of_and_one_that_goes_on_is_not(name):
    series = CURVES[name]
    saturated = fitted(series, anchor=None)
    with pytest.warns(UserWarning, match=r"leaves the values .* of column 0, .* flat"):
        found = saturated.forecast(series[:101], 30)
    assert abs(found[-1] - series[130]) > 5  # it is right to warn
    anchored = fitted(series)
    assert abs(anchored.forecast(series[:101], 30)[-1] - series[130]) < 5


@pytest.mark.parametrize("kind", [GRURegressor, RNNRegressor])
def test_a_history_beyond_that_of_fit_is_warned_of_at_once(kind):
    saturated = fitted(T, anchor=None, kind=kind)
    again = pickle.loads(pickle.dumps(saturated))
    for model in (saturated, again):
        with pytest.warns(UserWarning, match="0 to 99"):
            model.forecast(T[:119], 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted(T).forecast(T[:119], 3)
        fitted(T, anchor=0).forecast(T[:119], 3)


@pytest.mark.parametrize("anchor", [None, "auto"])
@pytest.mark.parametrize("seed", range(3))
def test_what_stays_where_it_was_is_not_warned_of(anchor, seed):
    rng = np.random.RandomState(seed)
    noise = rng.randn(140)
    returning = np.zeros(140)
    for t in range(1, 140):
        returning[t] = 0.8 * returning[t - 1] + noise[t]
    rare = rng.poisson(0.3, 140) * rng.gamma(2, 3, 140)
    for series in (returning, rare, np.sin(0.3 * T), noise):
        model = fitted(series, 110, anchor=anchor, max_iter=20)
        model.forecast(series[:111], 25)  # a warning is an error here


def test_training_that_goes_on_has_seen_more():
    model = GRURegressor(8, window=10, anchor=None, random_state=0)
    for rows in (slice(0, 60), slice(60, 120)):
        model.partial_fit(T[rows, np.newaxis], T[1:][rows])
    model.forecast(T[:115], 1)
    first = GRURegressor(8, window=10, anchor=None, random_state=0)
    first.partial_fit(T[:60, np.newaxis], T[1:61])
    with pytest.warns(UserWarning, match="0 to 59"):
        first.forecast(T[:115], 1)


@pytest.mark.parametrize("standardize", [True, "pooled"])
def test_the_series_that_leave_are_named_once(standardize):
    waves = [100 + 90 * np.sin(0.5 * T + k) for k in range(3)]
    P = pd.DataFrame(
        {"x": np.concatenate([*waves, T, 5 + T]), "id": np.repeat(list("abcde"), 140)}
    )
    day = np.tile(np.arange(140), 5)
    y = P.groupby("id")["x"].shift(-1)
    model = GRURegressor(
        8,
        window=10,
        group_column="id",
        anchor=None,
        standardize=standardize,
        max_iter=3,
        n_iter_no_change=None,
        early_stopping=False,
        random_state=0,
    ).fit(P[day < 60], y[day < 60])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.forecast(P[day < 119], 2)
    if standardize == "pooled":  # to the network 119 is nothing new
        assert not caught
    else:
        (only,) = caught
        assert "of 2 series ('d', 'e') leaves" in str(only.message)


def test_behind_a_pipeline_too_but_not_in_its_units():
    estimator = make_pipeline(StandardScaler(), fitted(T, anchor=None))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        estimator.fit(T[:100, np.newaxis], T[1:101])
    with pytest.warns(UserWarning, match="of column 0, or comes to rest"):
        forecast(estimator, T[:119], 3)
