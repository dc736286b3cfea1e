"""Rows drawn with replacement are noticed under windows, and series are not."""

import math
import warnings

import numpy as np
import pytest
from sklearn.ensemble import AdaBoostRegressor, BaggingRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor
from skgru._estimators._resampled import is_bootstrap

SETTINGS = {"max_iter": 1, "early_stopping": False, "random_state": 0}
SPOKEN = "look drawn with replacement.*make_windows"
N = 300
T = np.arange(N)


def gru(window=5):
    return GRURegressor(2, window=window, **SETTINGS)


def rows(n=N):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, 2)), rng.standard_normal(n)


@pytest.mark.parametrize("n", [100, 300, 5000])
def test_the_shares_of_a_bootstrap_are_known(n):
    found = [
        is_bootstrap(np.random.default_rng(seed).integers(0, n, n).astype(float))
        for seed in range(200)
    ]
    # Four shares may each lie four standard errors away: about 1 in 4000.
    assert np.mean(found) > 0.98


@pytest.mark.parametrize(
    "ensemble",
    [
        lambda: AdaBoostRegressor(gru(), n_estimators=2, random_state=0),
        lambda: BaggingRegressor(
            make_pipeline(StandardScaler(), gru()), 2, random_state=0
        ),
    ],
)
def test_ensembles_that_draw_rows_are_told(ensemble):
    with pytest.warns(UserWarning, match=SPOKEN):
        ensemble().fit(*rows())


def test_a_bootstrap_in_order_of_time_or_in_blocks_is_told():
    rng = np.random.default_rng(1)
    X, y = rows()
    drawn = np.sort(rng.integers(0, N, N))
    with pytest.warns(UserWarning, match=SPOKEN):
        gru().fit(X[drawn], y[drawn])


def test_sequences_may_be_drawn():
    X, y = rows()
    drawn = np.random.default_rng(1).integers(0, N, N)
    cubes = np.lib.stride_tricks.sliding_window_view(X, 5, axis=0).transpose(0, 2, 1)
    drawn = drawn[drawn < len(cubes)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gru(window=None).fit(cubes[drawn], y[drawn])
        gru(window=1).fit(X[drawn], y[drawn])


def of_counts(mean):
    return np.random.default_rng(2).poisson(mean, N + 1).astype(float)


SERIES = {
    "noise": np.random.default_rng(3).standard_normal(N + 1),
    "walk": np.random.default_rng(3).standard_normal(N + 1).cumsum(),
    "rounded walk": np.random.default_rng(3).standard_normal(N + 1).cumsum().round(1),
    "constant": np.ones(N + 1),
    "weekly pattern": np.resize([1.0, 3, 2, 5, 4, 8, 9], N + 1),
    "wave": np.sin(0.3 * np.arange(N + 1)),
    "few counts": of_counts(0.3),
    "counts": of_counts(5),
    "many counts": of_counts(200),
    "whole numbers": np.random.default_rng(4).integers(0, N, N + 1).astype(float),
    "two states": np.random.default_rng(4).integers(0, 2, N + 1).astype(float),
    "steps": np.floor(np.arange(N + 1) / 7),
    "hold of 1 or 2": np.repeat(np.arange(N + 1.0), np.resize([1, 2, 1], N + 1))[
        : N + 1
    ],
}


@pytest.mark.parametrize("name", list(SERIES))
@pytest.mark.parametrize("with_hour", [False, True])
def test_series_are_not_taken_for_bootstraps(name, with_hour):
    series = SERIES[name]
    X = np.column_stack([series[:-1], T % 24]) if with_hour else series[:-1, None]
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*drawn with replacement")
        warnings.filterwarnings("ignore", message="The loss|Training ended")
        gru().fit(X, series[1:])


def test_weights_are_no_repeated_rows():
    X, y = rows()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*drawn with replacement")
        # Of an estimator that takes weights, Bagging draws weights, and keeps all rows.
        BaggingRegressor(gru(), 2, random_state=0).fit(X, y)
        counts = np.bincount(np.random.default_rng(0).integers(0, N, N), minlength=N)
        gru().fit(X, y, counts.astype(float))
    assert math.isclose((counts > 0).mean(), 0.63, abs_tol=0.08)
