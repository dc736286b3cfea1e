"""Quantiles of several steps ahead: known processes, and loops over paths."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgru import GRURegressor, forecast, make_windows
from skgru._estimators._forecasting._fed_back import FedBack
from skgru._estimators._forecasting._number_rows import NumberRows
from skgru._estimators._forecasting._sample_paths import forecast_quantiles, values_at

LEVELS = np.array([0.1, 0.5, 0.9])
SHORT = {
    "hidden_layer_sizes": 4,
    "max_iter": 4,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
    "loss": "quantile",
    "quantile": [0.1, 0.5, 0.9],
}


class Autoregression:
    """Predicts the true quantiles of x[t + 1] = share * x[t] + normal noise, and on."""

    def __init__(self, share, n_at_once=1):
        outputs = np.arange(n_at_once)[:, np.newaxis]
        one = np.ones((n_at_once, 1))
        self.fed = FedBack(np.arange(1), np.arange(1), outputs, one, one - 1)
        self.share = share

    def spread(self, step):
        """Standard deviation so many steps ahead."""
        return np.sqrt(sum(self.share ** (2 * k) for k in range(step)))

    def predict(self, seen, names, of_series):
        return np.stack(
            [
                self.share**step * seen[:, -1] + norm.ppf(LEVELS) * self.spread(step)
                for step in range(1, self.fed.n_at_once + 1)
            ],
            axis=1,
        )


@pytest.mark.parametrize("n_at_once", [1, 2])
@pytest.mark.parametrize("share", [0.7, 1.0])
def test_quantiles_of_an_autoregression_are_the_true_ones(share, n_at_once):
    starts, n_paths, n_steps = np.array([2.0, -1.0]), 20_000, 6
    model = Autoregression(share, n_at_once)
    rows = NumberRows(
        ["a", "b"],
        np.arange(2),
        starts.reshape(2, 1, 1),
        np.empty((2, n_steps, 1)),
        np.arange(1),
    )
    random_state = np.random.RandomState(0)
    found, _ = forecast_quantiles(model, rows, LEVELS, n_steps, n_paths, random_state)
    assert found.shape == (2, n_steps, 1, 3)
    for step in range(1, n_steps + 1):
        spread = model.spread(step)
        expected = share**step * starts[:, np.newaxis] + norm.ppf(LEVELS) * spread
        # The standard error of the quantile of a sample.
        error = np.sqrt(LEVELS * (1 - LEVELS) / n_paths) * spread
        error /= norm.pdf(norm.ppf(LEVELS))
        if step <= n_at_once:
            error = 1e-12
        assert (np.abs(found[:, step - 1, 0] - expected) <= 5 * error).all(), step


def test_between_and_beyond_quantiles_a_distribution_is_normal(rng):
    knots, scores = norm.ppf([0.1, 0.3, 0.9]), 3 * rng.randn(50)
    quantiles = np.tile(5 + 2 * knots, (50, 1))
    np.testing.assert_allclose(values_at(scores, knots, quantiles), 5 + 2 * scores)
    # Where it is not, it rises through the quantiles.
    bent = np.tile([1.0, 1.5, 9.0], (50, 1))
    np.testing.assert_allclose(values_at(knots, knots, bent[:3]), [1, 1.5, 9])
    found = values_at(np.sort(scores), knots, bent)
    assert (np.diff(found) >= 0).all()


@pytest.fixture
def walk(rng):
    return 0.2 * rng.randn(80).cumsum() + np.sin(np.arange(80))


def test_paths_are_those_of_a_loop_over_paths(walk):
    X = walk[:, np.newaxis]
    model = GRURegressor(window=5, **SHORT).fit(X[:-1], X[1:, 0])
    n_paths, n_steps = 30, 3
    found = model.forecast(X, n_steps, n_paths=n_paths, random_state=7)
    scores = np.random.RandomState(7).standard_normal((n_steps, n_paths))
    ends = np.empty((n_paths, n_steps))
    for path in range(n_paths):
        rows = walk.tolist()
        for step in range(n_steps):
            quantiles = model.predict(np.reshape(rows, (-1, 1)))[-1]
            score, knots = scores[step, path], norm.ppf(LEVELS)
            k = int(score > knots[1])
            slope = (quantiles[k + 1] - quantiles[k]) / (knots[k + 1] - knots[k])
            rows.append(quantiles[k] + slope * (score - knots[k]))
        ends[path] = rows[-n_steps:]
    np.testing.assert_array_equal(found[0], model.predict(X)[-1])
    for step in (1, 2):
        expected = np.quantile(ends[:, step], LEVELS)
        np.testing.assert_allclose(found[step], expected, rtol=1e-10)
    again = model.forecast(X, n_steps, n_paths=n_paths, random_state=7)
    np.testing.assert_array_equal(again, found)
    other = model.forecast(X, n_steps, n_paths=n_paths, random_state=8)
    assert (other[1:] != found[1:]).all()
    with pytest.raises(ValueError, match="n_paths=0, but an int of 1"):
        model.forecast(X, n_steps, n_paths=0)


@pytest.mark.parametrize("n_paths", [30, 2**14])
def test_all_series_draw_as_each_would_alone(n_paths, walk):
    X = pd.DataFrame(
        {"x": np.r_[walk, 5 * walk[::-1], walk**2], "id": list("abc") * 80}
    )
    X["id"] = np.repeat(["a", "b", "c"], 80)
    y = X.groupby("id")["x"].shift(-1)
    model = GRURegressor(window=5, group_column="id", **SHORT)
    model.fit(X[y.notna()], y.dropna())
    how = {"n_paths": n_paths, "random_state": 0}
    found = model.forecast(X, 3, **how)
    for name, quantiles in found.items():
        assert quantiles.shape == (3, 3)
        (alone,) = model.forecast(X[X["id"] == name], 3, **how).values()
        np.testing.assert_allclose(quantiles, alone, rtol=1e-10)


def test_quantiles_of_a_block_are_those_of_predict(walk):
    Z = np.column_stack([walk, walk[::-1]])
    X, y, _ = make_windows(Z, 6, horizon=2)
    parameters = SHORT | {"quantile": [0.2, 0.8]}
    model = GRURegressor(**parameters).fit(X, y)
    found = model.forecast(Z, 5, n_paths=20, random_state=0)
    assert found.shape == (5, 2, 2)
    block = model.predict(Z[np.newaxis, -6:])[0]
    np.testing.assert_array_equal(found[:2], block)
    np.testing.assert_array_equal(model.forecast(Z, 2), block)
    assert (found[..., 0] < found[..., 1]).all()


def test_one_level_is_fed_back_as_it_is(walk):
    X = walk[:, np.newaxis]
    found = []
    for quantile in (0.3, [0.3]):
        model = GRURegressor(window=5, **SHORT | {"quantile": quantile})
        found.append(model.fit(X[:-1], X[1:, 0]).forecast(X, 4))
    np.testing.assert_array_equal(found[0][:, np.newaxis], found[1])


def test_paths_go_through_pipelines_too(walk):
    X = walk[:, np.newaxis]
    how = {"n_paths": 40, "random_state": 0}
    alone = make_pipeline(StandardScaler(), GRURegressor(window=5, **SHORT))
    alone.fit(X[:-1], X[1:, 0])
    bare = GRURegressor(window=5, **SHORT).fit(X[:-1], X[1:, 0])
    np.testing.assert_allclose(
        forecast(alone, X, 4, **how), bare.forecast(X, 4, **how), rtol=1e-3
    )
    moving = FunctionTransformer(lambda X: np.column_stack([X, X.cumsum()]))
    mixing = make_pipeline(moving, GRURegressor(window=5, **SHORT))
    mixing.fit(X[:-1], X[1:, 0])
    with pytest.raises(ValueError, match="FunctionTransformer look at several rows"):
        forecast(mixing, X, 4, **how)
