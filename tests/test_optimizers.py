"""Compare optimisers with closed forms and with known minima."""

import itertools

import numpy as np
import pytest

from skgru._training._optimizers._adam import AdamCoefficients
from skgru._training._optimizers._base import step
from skgru._training._optimizers._sgd import SGDCoefficients

ADAM = AdamCoefficients(0.9, 0.999, 1e-8)
MOMENTUM = SGDCoefficients(0.9, False)
NESTEROV = SGDCoefficients(0.9, True)
all_optimizers = pytest.mark.parametrize(
    ("optimizer", "rate"), [(ADAM, 2e-3), (MOMENTUM, 2e-4), (NESTEROV, 2e-4)]
)


def minimise(optimizer, gradient, start, rate, n_steps):
    parameters = start.copy()
    moments = np.zeros((optimizer.n_moments, start.size), dtype=start.dtype)
    for n in range(1, n_steps + 1):
        step(
            optimizer, parameters, gradient(parameters), moments, 0, start.size, n, rate
        )
    return parameters


@all_optimizers
def test_rosenbrocks_valley_is_followed_to_its_minimum(optimizer, rate):
    def gradient(p):
        x, y = p
        return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])

    found = minimise(optimizer, gradient, np.array([-0.5, 0.5]), rate, 20_000)
    np.testing.assert_allclose(found, [1, 1], atol=1e-3)


def test_adams_first_steps_have_the_length_of_the_learning_rate(dtype):
    # Kingma and Ba, section 2.1: under a constant gradient the corrected moments are
    # the gradient and its square, so each step is the rate times its sign.
    slope = np.array([3.0, -0.02, 1e3], dtype=dtype)
    found = minimise(ADAM, lambda p: slope, np.zeros(3, dtype=dtype), 0.1, 5)
    np.testing.assert_allclose(found, -0.5 * np.sign(slope), rtol=1e-4)
    assert found.dtype == dtype


def test_momentum_adds_a_geometric_series(dtype):
    slope = np.array([2.0], dtype=dtype)
    found = minimise(MOMENTUM, lambda p: slope, np.zeros(1, dtype=dtype), 0.1, 3)
    velocities = [-0.2 * sum(0.9**i for i in range(n)) for n in (1, 2, 3)]
    np.testing.assert_allclose(found, [sum(velocities)], rtol=1e-6)
    assert found.dtype == dtype


def test_nesterov_looks_one_step_of_momentum_ahead():
    # Sutskever takes the gradient at p + mu v; here the steps are of p' = p + mu v.
    curvature, rate, momentum = 3.0, 0.05, 0.9
    position, velocity = 1.0, 0.0
    for _ in range(6):
        velocity = momentum * velocity - rate * curvature * (
            position + momentum * velocity
        )
        position += velocity
    ahead = position + momentum * velocity
    found = minimise(NESTEROV, lambda p: curvature * p, np.ones(1), rate, 6)
    np.testing.assert_allclose(found, [ahead], rtol=1e-12)


@all_optimizers
def test_a_step_in_parts_is_a_whole_step(optimizer, rate, rng, dtype):
    start = rng.randn(3000).astype(dtype)
    gradient = rng.randn(3000).astype(dtype)
    results = []
    for cuts in ([0, 3000], [0, 1, 1024, 2048, 3000]):
        parameters = start.copy()
        moments = np.zeros((optimizer.n_moments, 3000), dtype=dtype)
        for n in range(1, 4):
            for first, last in itertools.pairwise(cuts):
                step(optimizer, parameters, gradient, moments, first, last, n, rate)
        results.append(parameters)
    np.testing.assert_array_equal(*results)
