"""Losses: values by hand, gradients by complex step, weights as repeated rows."""

import kernels
import numpy as np
import pytest
import reference

from skgru._losses import SquaredError, in_target_units

losses = pytest.mark.parametrize("loss", [SquaredError()])


def mean_and_gradient(loss, targets, raw, weights):
    totals, d_raw = np.zeros(targets.shape[1]), np.full_like(raw, np.nan)
    kernels.run_loss(loss, targets, raw, weights, weights.sum(), totals, d_raw)
    return totals.mean() / weights.sum(), d_raw


def test_squared_error_is_the_mean_not_half_of_it():
    targets, raw = np.array([[1.0], [2.0]]), np.array([[3.0], [1.0]])
    value, d_raw = mean_and_gradient(SquaredError(), targets, raw, np.ones(2))
    assert value == (4 + 1) / 2
    np.testing.assert_array_equal(d_raw, [[2.0], [-1.0]])


def test_gradient_of_the_squared_error_is_its_derivative(rng):
    targets, raw = rng.randn(2, 5, 3)
    weights = rng.uniform(size=5)

    def objective(vector):
        errors = (vector.reshape(5, 3) - targets) ** 2
        return (weights @ errors).mean() / weights.sum()

    value, d_raw = mean_and_gradient(SquaredError(), targets, raw, weights)
    np.testing.assert_allclose(value, objective(raw.ravel()), rtol=1e-14)
    exact = reference.complex_step_gradient(objective, raw.ravel())
    np.testing.assert_allclose(d_raw.ravel(), exact, rtol=1e-13)


@losses
def test_a_weight_of_two_is_a_row_twice(loss, rng):
    targets, raw = rng.randn(2, 4, 2)
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


def test_units_of_y_undo_the_scaling(rng):
    y, prediction = rng.randn(2, 50, 2) * [3.0, 0.1]
    scale = np.array([3.0, 0.1])
    standardized = (((y - prediction) / scale) ** 2).mean(axis=0)
    np.testing.assert_allclose(
        in_target_units(SquaredError(), standardized, scale),
        ((y - prediction) ** 2).mean(),
        rtol=1e-13,
    )
