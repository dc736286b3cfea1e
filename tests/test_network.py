"""Compare predictions and gradients of stacked layers with the equations."""

import kernels
import numpy as np
import pytest
import reference

from skgru._network._initializers import glorot_uniform, initial_parameters, orthogonal
from skgru._network._parameters import make_layout
from skgru._network._prediction import predict_raw

every_cell = pytest.mark.parametrize("cell", kernels.CELLS)
stacks = pytest.mark.parametrize("sizes", [(4,), (5, 3), (2, 4, 3)])


def problem(rng, sizes, cell, dtype=np.float64):
    """Network, random parameters, and weighted examples with missing steps."""
    network = kernels.make_network(2, sizes, 3, cell=cell, dtype=dtype)
    parameters = rng.randn(network.layout.n_parameters).astype(dtype)
    X = rng.randn(7, 4, 2).astype(dtype)
    y = rng.randn(7, 3).astype(dtype)
    weights = rng.uniform(0.5, 2, size=7).astype(dtype)
    first_steps = np.array([0, 3, 1, 0, 2, 0, 0])
    examples = kernels.make_examples(X, y, weights, first_steps)
    return network, parameters, examples


@every_cell
@stacks
def test_predictions_are_the_equations(sizes, cell, dtype, rng):
    network, parameters, examples = problem(rng, sizes, cell, dtype)
    rows = examples.rows[::-1].copy()
    found = predict_raw(network, parameters, examples.sequences, rows)
    expected = reference.predict(
        parameters.astype(float),
        kernels.observed_steps(examples.sequences),
        sizes,
        3,
        cell=cell,
    )
    tolerance = 200 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected[::-1], rtol=tolerance, atol=tolerance)


@every_cell
@stacks
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


@pytest.mark.slow
@pytest.mark.parametrize("direction", [kernels.ONE_WAY, kernels.BOTH_WAYS])
def test_static_features_join_the_last_state(direction, rng):
    network = kernels.make_network(
        2, (4, 3), 2, cell="gru", direction=direction, n_static=3
    )
    parameters = rng.randn(network.layout.n_parameters)
    X, y, static = rng.randn(7, 4, 2), rng.randn(7, 2), rng.randn(7, 3)
    weights = rng.uniform(0.5, 2, size=7)
    examples = kernels.make_examples(X, y, weights, static=static)
    form = {
        "cell": "gru",
        "bidirectional": direction is kernels.BOTH_WAYS,
        "static": static,
    }

    def objective(vector):
        return reference.mean_squared_error(vector, X, y, weights, (4, 3), **form)

    rows = examples.rows[::-1].copy()
    found = predict_raw(network, parameters, examples.sequences, rows)
    expected = reference.predict(parameters, X, (4, 3), 2, **form)
    np.testing.assert_allclose(found, expected[::-1], rtol=1e-13, atol=1e-13)
    loss, gradient = kernels.loss_and_gradient_of(network, parameters, examples)
    exact = reference.complex_step_gradient(objective, parameters)
    np.testing.assert_allclose(loss, objective(parameters), rtol=1e-13)
    np.testing.assert_allclose(
        gradient, exact, rtol=1e-10, atol=1e-13 * np.abs(exact).max()
    )


def test_a_row_is_predicted_the_same_alone_and_among_others(rng):
    network = kernels.make_network(3, (20,), 2, cell="gru")
    parameters = rng.randn(network.layout.n_parameters)
    X = rng.randn(600, 5, 3)
    sequences = kernels.make_examples(X, np.zeros((600, 2))).sequences
    together = predict_raw(network, parameters, sequences, np.arange(600))
    alone = np.vstack(
        [predict_raw(network, parameters, sequences, np.array([i])) for i in range(600)]
    )
    np.testing.assert_allclose(alone, together, rtol=0, atol=1e-12)


def test_permuted_hidden_units_predict_the_same(rng):
    n_hidden = 6
    network = kernels.make_network(2, (n_hidden,), 1, cell="gru")
    parameters = rng.randn(network.layout.n_parameters)
    order = rng.permutation(n_hidden)
    columns = np.concatenate([order + gate * n_hidden for gate in range(3)])
    layers, coef, intercept = reference.unpack(
        parameters, 2, (n_hidden,), 1, cell="gru"
    )
    kernel, recurrent, bias = layers[0]
    permuted = np.concatenate(
        [
            part.ravel()
            for part in (
                kernel[:, columns],
                recurrent[order][:, columns],
                coef[order],
                bias[:, columns],
                intercept,
            )
        ]
    )
    sequences = kernels.make_examples(rng.randn(5, 4, 2), np.zeros((5, 1))).sequences
    np.testing.assert_allclose(
        predict_raw(network, permuted, sequences, np.arange(5)),
        predict_raw(network, parameters, sequences, np.arange(5)),
        rtol=1e-12,
    )


@pytest.mark.parametrize("shape", [(3, 12), (12, 3), (5, 5)])
def test_orthogonal_start_has_orthonormal_rows_or_columns(shape, rng):
    matrix = orthogonal(rng, shape)
    assert matrix.shape == shape
    if shape[0] > shape[1]:
        matrix = matrix.T
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(len(matrix)), atol=1e-14)


def test_glorot_start_has_the_variance_of_the_paper(rng):
    matrix = glorot_uniform(rng, (200, 300))
    # Equation 12 of the paper: the variance is 2 / (rows + columns). With 60,000 draws,
    # 1 % is 2.7 standard deviations.
    np.testing.assert_allclose(matrix.var(), 2 / 500, rtol=0.01)
    assert np.abs(matrix).max() <= np.sqrt(6 / 500)


def first_biases(cell, gates, gate_init):
    """By the documentation, for sequences of 20 steps; layers have 4 and 3 units."""
    expected = np.zeros_like(gates)
    if cell == "lstm":  # input, forget, candidate, output
        expected[1] = 1
        if gate_init == "spread":
            middle, last = (1 + np.log(20)) / 2, np.log(20)
            slow = {4: [middle, last], 3: [last]}[gates.shape[1]]
            expected[1, -len(slow) :] = slow
            expected[0, -len(slow) :] = 1 - np.array(slow)
    elif cell != "rnn" and gate_init == "spread":
        middle, last = np.log(20) / 2, np.log(20)
        expected[0] = {4: [0, 0, middle, last], 3: [0, 0, last]}[gates.shape[1]]
    return expected


@every_cell
@pytest.mark.parametrize("gate_init", ["spread", "keras"])
def test_untrained_network_starts_as_keras_but_for_the_keeping_gate(
    gate_init, cell, rng
):
    layout = make_layout(kernels.CELLS[cell], 2, (4, 3), 1, kernels.ONE_WAY)
    vector = initial_parameters(
        kernels.CELLS[cell], layout, rng, np.array([0.5]), np.float64, 20, gate_init
    )
    layers, coef, intercept = reference.unpack(vector, 2, (4, 3), 1, cell=cell)
    for kernel, recurrent, bias in layers:
        limit = np.sqrt(6 / sum(kernel.shape))
        assert 0 < np.abs(kernel).max() <= limit
        np.testing.assert_allclose(
            recurrent @ recurrent.T, np.eye(len(recurrent)), atol=1e-14
        )
        gates = bias[0].reshape(reference.N_GATES[cell], -1)
        np.testing.assert_array_equal(gates, first_biases(cell, gates, gate_init))
        assert not bias[1:].any()
    assert coef.any()
    np.testing.assert_array_equal(intercept, [0.5])
