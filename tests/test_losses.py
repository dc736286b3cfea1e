"""Compare losses with scikit-learn's metrics, and gradients with differences."""

import numpy as np
import pytest
import scipy.special
from sklearn.metrics import (
    mean_absolute_error,
    mean_pinball_loss,
    mean_poisson_deviance,
    mean_squared_error,
)

from skgru import GRURegressor
from skgru._training._losses._absolute_error import AbsoluteError
from skgru._training._losses._base import (
    in_target_units,
    initial_intercepts,
    loss_and_gradient,
    n_raw,
    predictions,
)
from skgru._training._losses._huber import Huber
from skgru._training._losses._poisson import Poisson
from skgru._training._losses._quantile import Quantile
from skgru._training._losses._squared_error import SquaredError

LEVELS = np.array([0.05, 0.5, 0.8])


def huber_loss(y, prediction, delta, **options):
    return np.average(
        scipy.special.huber(delta, y - prediction).mean(axis=1),
        weights=options["sample_weight"],
    )


def pinball_loss(y, quantiles, levels=LEVELS, **options):
    return np.mean(
        [
            mean_pinball_loss(y, quantiles[:, :, j], alpha=level, **options)
            for j, level in enumerate(levels)
        ]
    )


def poisson_deviance(y, means, **options):
    return np.mean(
        [mean_poisson_deviance(y[:, k], means[:, k], **options) for k in range(2)]
    )


# Each loss with an independent function of its value from targets and predictions.
LOSSES = {
    "squared_error": (SquaredError(), mean_squared_error),
    "absolute_error": (AbsoluteError(), mean_absolute_error),
    "huber": (
        Huber(np.array([0.7, 0.7])),
        lambda y, p, **options: huber_loss(y, p, 0.7, **options),
    ),
    "quantile": (Quantile(LEVELS), pinball_loss),
    "poisson": (Poisson(), poisson_deviance),
}

losses = pytest.mark.parametrize(("loss", "metric"), LOSSES.values(), ids=LOSSES.keys())


def mean_and_gradient(loss, targets, raw, weights):
    totals, d_raw = np.zeros(targets.shape[1]), np.full_like(raw, np.nan)
    loss_and_gradient(loss, targets, raw, weights, float(weights.sum()), totals, d_raw)
    return totals.mean() / weights.sum(), d_raw


def some_rows(loss, n_rows, rng):
    """Raw predictions, and targets of 0 or more, as the Poisson loss needs them."""
    targets = np.maximum(0, rng.randn(n_rows, 2))
    return targets, rng.randn(n_rows, n_raw(loss, 2))


def predicted(loss, raw):
    found = predictions(loss, raw)
    return found if found.shape[2] > 1 else found[:, :, 0]


def test_squared_error_is_the_mean_not_half_of_it():
    targets, raw = np.array([[1.0], [2.0]]), np.array([[3.0], [1.0]])
    value, d_raw = mean_and_gradient(SquaredError(), targets, raw, np.ones(2))
    assert value == (4 + 1) / 2
    np.testing.assert_array_equal(d_raw, [[2.0], [-1.0]])


@losses
def test_value_is_the_metrics(loss, metric, rng):
    targets, raw = some_rows(loss, 20, rng)
    weights = rng.uniform(size=20)
    value, _ = mean_and_gradient(loss, targets, raw, weights)
    expected = metric(targets, predicted(loss, raw), sample_weight=weights)
    np.testing.assert_allclose(value, expected, rtol=1e-13)


@losses
def test_gradient_is_the_derivative_of_the_value(loss, metric, rng):
    targets, raw = some_rows(loss, 5, rng)
    weights = rng.uniform(size=5)
    _, d_raw = mean_and_gradient(loss, targets, raw, weights)
    # Central differences: their error is of the order of eps ** (2 / 3).
    step = np.cbrt(np.finfo(float).eps)
    for i, j in np.ndindex(raw.shape):
        moved = np.zeros_like(raw)
        moved[i, j] = step
        up, _ = mean_and_gradient(loss, targets, raw + moved, weights)
        down, _ = mean_and_gradient(loss, targets, raw - moved, weights)
        np.testing.assert_allclose(
            d_raw[i, j], (up - down) / (2 * step), atol=step**2 * 10
        )


@losses
def test_float32_is_float64_rounded(loss, metric, rng):
    targets, raw = some_rows(loss, 30, rng)
    exact, d_exact = mean_and_gradient(loss, targets, raw, np.ones(30))
    single = (part.astype(np.float32) for part in (targets, raw, np.ones(30)))
    value, d_raw = mean_and_gradient(loss, *single)
    np.testing.assert_allclose(value, exact, rtol=1e-5)
    np.testing.assert_allclose(d_raw, d_exact, atol=1e-6)


@losses
def test_a_weight_of_two_is_a_row_twice(loss, metric, rng):
    targets, raw = some_rows(loss, 4, rng)
    weights = np.array([1.0, 2.0, 1.0, 3.0])
    repeats = weights.astype(int)
    weighted, d_weighted = mean_and_gradient(loss, targets, raw, weights)
    repeated, d_repeated = mean_and_gradient(
        loss, targets.repeat(repeats, 0), raw.repeat(repeats, 0), np.ones(7)
    )
    np.testing.assert_allclose(weighted, repeated, rtol=1e-14)
    starts = np.cumsum([0, *repeats[:-1]])
    np.testing.assert_allclose(
        d_weighted, np.add.reduceat(d_repeated, starts), rtol=1e-13
    )


@losses
def test_what_is_not_a_number_is_not_lost(loss, metric, rng):
    targets, raw = some_rows(loss, 3, rng)
    raw[1] = np.nan
    value, _ = mean_and_gradient(loss, targets, raw, np.ones(3))
    assert np.isnan(value)


@losses
def test_units_of_y_undo_the_scaling(loss, metric, rng):
    scale = np.array([3.0, 0.1])
    targets, raw = some_rows(loss, 50, rng)
    totals = np.zeros(2)
    ones = np.ones(50)
    loss_and_gradient(loss, targets, raw, ones, 50.0, totals, np.empty_like(raw))
    y = targets * scale
    shape = scale if predicted(loss, raw).ndim == 2 else scale[:, np.newaxis]
    prediction = predicted(loss, raw) * shape
    if isinstance(loss, Huber):
        expected = scipy.special.huber(0.7 * scale, y - prediction).mean()
    else:
        expected = metric(y, prediction, sample_weight=ones)
    np.testing.assert_allclose(
        in_target_units(loss, totals / 50, scale), expected, rtol=1e-13
    )


@pytest.mark.parametrize("size", [1.0, 1e-3, 30.0, 1e4])
def test_quantiles_never_cross(size, dtype, rng):
    raw = (size * rng.randn(500, 12)).astype(dtype)
    found = predictions(Quantile(np.array([0.1, 0.2, 0.5, 0.9])), raw)
    assert found.shape == (500, 3, 4)
    assert (np.diff(found, axis=2) >= 0).all()


def test_quantiles_begin_as_those_of_a_normal_distribution():
    start = initial_intercepts(Quantile(LEVELS), 2)[np.newaxis]
    found = predictions(Quantile(LEVELS), start)[0]
    expected = [-1.6448536269514722, 0, 0.8416212335729143]  # tables of the normal
    np.testing.assert_allclose(found, [expected, expected], atol=1e-12)


def fit_a_constant(y, **parameters):
    """Predictions if X says nothing about y: the best constant of the loss."""
    model = GRURegressor(
        4,
        max_iter=400,
        n_iter_no_change=None,
        learning_rate_init=0.03,
        learning_rate="constant",
        early_stopping=False,
        batch_size=len(y),
        random_state=0,
        **parameters,
    ).fit(np.zeros((len(y), 2)), y)
    return model.predict(np.zeros((1, 2)))[0]


@pytest.mark.parametrize("standardize", [True, False])
def test_each_loss_predicts_its_own_kind_of_mean(standardize, rng):
    y = rng.gamma(1.5, size=101)
    y[:3] = 15.0
    found = {
        loss: fit_a_constant(y, loss=loss, standardize=standardize)
        for loss in ("squared_error", "absolute_error", "huber", "poisson")
    }
    spread = y.std()
    tolerance = 0.02 * spread
    assert found["squared_error"] == pytest.approx(y.mean(), abs=tolerance)
    assert found["poisson"] == pytest.approx(y.mean(), abs=tolerance)
    assert found["absolute_error"] == pytest.approx(np.median(y), abs=tolerance)
    # At the best constant of the Huber loss, the clipped errors add up to 0.
    delta = spread if standardize else 1.0
    balance = np.clip(y - found["huber"], -delta, delta).mean()
    assert balance == pytest.approx(0, abs=tolerance)


def test_quantiles_are_those_of_the_data(rng):
    y = rng.gamma(1.5, size=400)
    levels = [0.1, 0.5, 0.9]
    several = fit_a_constant(y, loss="quantile", quantile=levels)
    np.testing.assert_allclose(several, np.quantile(y, levels), atol=0.05)
    one = fit_a_constant(y, loss="quantile", quantile=0.9)
    np.testing.assert_allclose(one, np.quantile(y, 0.9), atol=0.05)


ESTIMATORS = {
    "squared_error": ({}, mean_squared_error),
    "absolute_error": ({}, mean_absolute_error),
    "huber": (
        {"huber_delta": [2.0, 0.5]},
        lambda y, p, **options: huber_loss(y, p, np.array([2.0, 0.5]), **options),
    ),
    "quantile": ({"quantile": LEVELS.tolist()}, pinball_loss),
    "poisson": ({}, poisson_deviance),
}


@pytest.mark.parametrize("standardize", [True, False])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_validation_curve_is_the_metric_of_predict(name, standardize, rng):
    parameters, metric = ESTIMATORS[name]
    X = rng.randn(80, 3)
    y = rng.poisson(np.exp([1.0, 0.0] + X[:, :2])) * [10.0, 1.0] / 10
    weights = rng.uniform(0.5, 2, size=80)
    model = GRURegressor(
        5,
        loss=name,
        standardize=standardize,
        max_iter=3,
        n_iter_no_change=None,
        early_stopping=False,
        random_state=0,
        **parameters,
    ).fit(
        X[:60],
        y[:60],
        weights[:60],
        X_val=X[60:],
        y_val=y[60:],
        sample_weight_val=weights[60:],
    )
    expected = metric(y[60:], model.predict(X[60:]), sample_weight=weights[60:])
    np.testing.assert_allclose(model.validation_loss_curve_[-1], expected, rtol=1e-10)


def test_shapes_of_quantiles_follow_the_parameter_and_y(rng):
    X, y = rng.randn(30, 3), rng.randn(30)

    def fitted(quantile, y):
        return GRURegressor(
            3,
            loss="quantile",
            quantile=quantile,
            max_iter=1,
            n_iter_no_change=None,
            random_state=0,
        ).fit(X, y)

    assert fitted(0.9, y).predict(X).shape == (30,)
    assert fitted([0.9], y).predict(X).shape == (30, 1)
    assert fitted([0.1, 0.9], y).predict(X).shape == (30, 2)
    both = np.column_stack([y, -y])
    assert fitted(0.9, both).predict(X).shape == (30, 2)
    model = fitted(np.array([0.1, 0.5, 0.9]), both)
    assert model.predict(X).shape == (30, 2, 3)
    np.testing.assert_array_equal(model.quantiles_, [0.1, 0.5, 0.9])
    assert model.score(X, both) < 1


def test_score_of_quantiles_is_0_for_the_best_constant(rng):
    y = rng.randn(2000)
    X = np.zeros((2000, 1))
    model = GRURegressor(
        2, loss="quantile", quantile=[0.2, 0.7], max_iter=30, random_state=0
    )
    assert model.fit(X, y).score(X, y) == pytest.approx(0, abs=0.01)


def test_counts_in_other_units_are_predicted_in_these(rng):
    X = rng.randn(60, 4)
    y = rng.poisson(np.exp(X[:, 0]))
    model = GRURegressor(
        4, loss="poisson", max_iter=20, early_stopping=False, random_state=0
    )
    prediction = model.fit(X, y).predict(X)
    assert (prediction > 0).all()
    np.testing.assert_allclose(
        model.fit(X, y * 1024.0).predict(X), prediction * 1024, rtol=1e-9
    )
