"""Bidirectional layers: compared with the equations, and their symmetry."""

import pickle

import kernels
import numpy as np
import pytest
import reference

from skgru import GRURegressor
from skgru._network._prediction import predict_raw

every_cell = pytest.mark.parametrize("cell", kernels.CELLS)
stacks = pytest.mark.parametrize("sizes", [(4,), (5, 3), (2, 4, 3)])
small_stacks = pytest.mark.parametrize(
    "sizes",
    [
        (3,),
        (2, 3),
        *(pytest.param(s, marks=pytest.mark.slow) for s in [(5, 3), (2, 4, 3)]),
    ],
)

FIRST_STEPS = np.array([0, 3, 1, 0, 2, 0, 0])


def problem(rng, sizes, cell, dtype=np.float64):
    """Network, random parameters, and weighted examples with missing steps."""
    network = kernels.make_network(
        2,
        sizes,
        3,
        cell=cell,
        direction=kernels.BOTH_WAYS,
        dtype=dtype,
    )
    parameters = rng.randn(network.layout.n_parameters).astype(dtype)
    X = rng.randn(7, 4, 2).astype(dtype)
    y = rng.randn(7, 3).astype(dtype)
    weights = rng.uniform(0.5, 2, size=7).astype(dtype)
    examples = kernels.make_examples(X, y, weights, FIRST_STEPS)
    return network, parameters, examples


@every_cell
@stacks
def test_predictions_are_the_equations(sizes, cell, dtype, rng):
    network, parameters, examples = problem(rng, sizes, cell, dtype)
    found = predict_raw(network, parameters, examples.sequences, examples.rows)
    expected = reference.predict(
        parameters.astype(float),
        kernels.observed_steps(examples.sequences),
        sizes,
        3,
        cell=cell,
        bidirectional=True,
    )
    tolerance = 200 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.slow
@every_cell
@small_stacks
def test_gradient_is_the_complex_step_derivative(sizes, cell, rng):
    network, parameters, examples = problem(rng, sizes, cell)
    loss, gradient = kernels.loss_and_gradient_of(network, parameters, examples)
    exact_loss, exact = kernels.exact_loss_and_gradient_of(
        network, parameters, examples
    )
    np.testing.assert_allclose(loss, exact_loss, rtol=1e-13)
    np.testing.assert_allclose(
        gradient, exact, rtol=1e-10, atol=1e-13 * np.abs(exact).max()
    )


SETTINGS = {
    "hidden_layer_sizes": (5, 3),
    "bidirectional": True,
    "max_iter": 3,
    "learning_rate": "constant",
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


def swap_rows(matrix):
    """Exchange the two halves of the rows of a matrix."""
    return np.roll(matrix, len(matrix) // 2, axis=0)


@pytest.mark.parametrize("reset_after", [True, False])
def test_turning_sequences_and_swapping_cells_is_no_change(reset_after, rng):
    X, y = rng.randn(20, 6, 2), rng.randn(20, 2)
    model = GRURegressor(**SETTINGS, reset_after=reset_after).fit(X, y)
    before = model.predict(X)
    # The inputs of the second layer and of the head begin with the first cell's states.
    model.kernels_[2][...] = swap_rows(model.kernels_[2])
    model.kernels_[3][...] = swap_rows(model.kernels_[3])
    model.coefs_[0][...] = swap_rows(model.coefs_[0])
    for parts in (model.kernels_, model.recurrent_kernels_, model.biases_):
        for first in (0, 2):
            forward, backward = parts[first].copy(), parts[first + 1].copy()
            parts[first], parts[first + 1] = backward, forward
    np.testing.assert_allclose(model.predict(X[:, ::-1]), before, rtol=1e-12)
    assert np.abs(model.predict(X) - before).max() > 1e-3


def test_missing_steps_are_as_if_the_sequence_were_shorter(rng):
    X, y = rng.randn(20, 6, 2), rng.randn(20)
    model = GRURegressor(**SETTINGS).fit(X, y)
    padded = X.copy()
    padded[:, :2] = np.nan
    np.testing.assert_array_equal(model.predict(padded), model.predict(X[:, 2:]))


def test_summary_has_a_line_for_both_cells_of_a_layer(rng):
    X, y = rng.randn(20, 6, 2), rng.randn(20)
    model = GRURegressor(**SETTINGS).fit(X, y)
    first, second, *_ = summary = model.summary()
    assert first.name == "gru_1 (bidirectional GRU)"
    assert first.output_shape == (None, 6, 10)
    assert second.output_shape == (None, 6)
    parts = (model.kernels_, model.recurrent_kernels_, model.biases_)
    assert [len(part) for part in parts] == [4, 4, 4]
    assert first.n_parameters == sum(part[0].size + part[1].size for part in parts)
    everything = [*parts, model.coefs_, model.intercepts_]
    assert summary.n_parameters == sum(w.size for part in everything for w in part)


def test_training_goes_on(rng):
    X, y = rng.randn(40, 3), rng.randn(40)
    settings = SETTINGS | {"window": 5, "batch_size": 8}
    six = GRURegressor(**settings | {"max_iter": 6}).fit(X, y)
    twice = GRURegressor(**settings, warm_start=True).fit(X, y)
    twice = pickle.loads(pickle.dumps(twice)).fit(X, y)
    np.testing.assert_array_equal(twice.predict(X), six.predict(X))
    for model in (six, twice):
        model.partial_fit(X, y)
    np.testing.assert_array_equal(twice.predict(X), six.predict(X))


def test_learns_what_the_first_step_says(rng):
    X = rng.randn(200, 30, 1)
    y = X[:, 0, 0]
    settings = SETTINGS | {"hidden_layer_sizes": 8, "max_iter": 20}
    both = GRURegressor(**settings).fit(X, y)
    one = GRURegressor(**settings | {"bidirectional": False}).fit(X, y)
    # The cell that reads the newest step first has just seen it.
    assert both.loss_ < 0.1 < one.loss_
