"""Long sequences are cut into segments: the same loss and gradient in less memory."""

import kernels
import numpy as np
import pytest

from skgru import GRURegressor
from skgru._network._prediction import predict_raw
from skgru._network._workspace import make_workspace

every_cell = pytest.mark.parametrize("cell", kernels.CELLS)
stacks = pytest.mark.parametrize("sizes", [(4,), (2, 4, 3)])

N_TIMESTEPS = 11
# Rows that begin at the start of a segment, within a segment, and at the last step.
FIRST_STEPS = np.array([0, 10, 5, 0, 7, 3])


def problem(rng, sizes, cell, dtype):
    network = kernels.make_network(2, sizes, 3, cell=cell, dtype=dtype)
    parameters = rng.randn(network.layout.n_parameters).astype(dtype)
    X = rng.randn(6, N_TIMESTEPS, 2).astype(dtype)
    y = rng.randn(6, 3).astype(dtype)
    weights = rng.uniform(0.5, 2, size=6).astype(dtype)
    return network, parameters, kernels.make_examples(X, y, weights, FIRST_STEPS)


@every_cell
@stacks
@pytest.mark.parametrize("n_steps", [1, 3, 4, 10])
def test_loss_and_gradient_are_those_of_one_segment(
    n_steps, sizes, cell, dtype, rng, monkeypatch
):
    network, parameters, examples = problem(rng, sizes, cell, dtype)
    loss, gradient = kernels.loss_and_gradient_of(network, parameters, examples)
    kernels.cut_every(n_steps, monkeypatch)
    in_segments = kernels.loss_and_gradient_of(network, parameters, examples)
    assert in_segments[0] == loss
    # Weight gradients are sums over steps and rows, here in another order.
    tolerance = N_TIMESTEPS * 6 * np.finfo(dtype).eps * np.abs(gradient).max()
    np.testing.assert_allclose(in_segments[1], gradient, rtol=0, atol=tolerance)


@pytest.mark.slow
@every_cell
@stacks
def test_gradient_is_the_complex_step_derivative(sizes, cell, rng, monkeypatch):
    network, parameters, examples = problem(rng, sizes, cell, np.float64)
    kernels.cut_every(4, monkeypatch)
    _, gradient = kernels.loss_and_gradient_of(network, parameters, examples)
    _, exact = kernels.exact_loss_and_gradient_of(network, parameters, examples)
    np.testing.assert_allclose(
        gradient, exact, rtol=1e-10, atol=1e-13 * np.abs(exact).max()
    )


@every_cell
@pytest.mark.parametrize("n_steps", [1, 4])
def test_predictions_are_the_same_to_the_bit(n_steps, cell, dtype, rng, monkeypatch):
    network, parameters, examples = problem(rng, (4, 3), cell, dtype)
    whole = predict_raw(network, parameters, examples.sequences, examples.rows)
    kernels.cut_every(n_steps, monkeypatch)
    in_segments = predict_raw(network, parameters, examples.sequences, examples.rows)
    np.testing.assert_array_equal(in_segments, whole)


def test_scaling_and_anchor_are_those_of_the_whole_sequence(rng, monkeypatch):
    X, y = rng.randn(60, 2).cumsum(axis=0), rng.randn(60)
    settings = {"window": 10, "anchor": 1, "max_iter": 3, "random_state": 0}
    settings["early_stopping"] = False

    def fit():
        model = GRURegressor(5, n_iter_no_change=None, **settings).fit(X, y)
        return model.predict(X)

    whole = fit()
    kernels.cut_every(4, monkeypatch)
    np.testing.assert_allclose(fit(), whole, rtol=1e-10)


def numbers_for(n_timesteps, *, training):
    """Length of the memory of one thread for 16 rows."""
    network = kernels.make_network(2, (32, 16), 1, cell="gru")
    return make_workspace(
        network.cell, network.layout, n_timesteps, 16, np.float32, training=training
    ).memory.size


def test_memory_of_training_grows_with_the_square_root_of_the_steps():
    packs = numbers_for(1, training=True)
    sizes = [
        numbers_for(n, training=True) - packs for n in (10**4, 4 * 10**4, 16 * 10**4)
    ]
    # A few per cent of difference are expected: lengths are rounded to whole steps and
    # segments, and `packs` also holds what a single step needs.
    np.testing.assert_allclose(np.divide(sizes, sizes[0]), [1, 2, 4], rtol=0.05)


def test_memory_of_prediction_does_not_grow_without_bound():
    assert numbers_for(10**8, training=False) == numbers_for(10**6, training=False)


def test_short_sequences_are_one_segment():
    network = kernels.make_network(2, (32,), 1, cell="gru")
    for n_timesteps, training in ((1, True), (1000, True), (1000, False)):
        space = make_workspace(
            network.cell, network.layout, n_timesteps, 16, np.float32, training=training
        )
        assert space.n_steps == n_timesteps
