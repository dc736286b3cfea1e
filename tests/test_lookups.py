"""Compare categories that are looked up with the equations: one-hot inputs."""

import kernels
import numpy as np
import pytest
import reference

from skgru._network._derivatives import input_gradients
from skgru._network._dropout import Dropout
from skgru._network._initializers import initial_parameters
from skgru._network._layers import Network
from skgru._network._prediction import predict_raw
from skgru._network._sequences import Sequences

every_cell = pytest.mark.parametrize("cell", kernels.CELLS)
both_directions = pytest.mark.parametrize(
    "direction", [kernels.ONE_WAY, kernels.BOTH_WAYS], ids=["one_way", "both_ways"]
)
# Codes of the categories of a step, and of those of a whole sequence.
CODES, STATIC_CODES = (3, 5), (4,)
N_NUMBERS, N_STATIC_NUMBERS, N_TIMESTEPS, N_SAMPLES = 2, 1, 6, 7
FIRST_STEPS = np.array([0, 5, 1, 0, 2, 0, 0])


def draw_codes(rng, *shape, codes):
    """Codes as kernels read them, with some numbers that are no codes."""
    columns = [rng.randint(0, n, size=shape) for n in codes]
    values = np.stack(columns, axis=-1).astype(float)
    for wrong in (np.nan, -1.0, 1e30):
        values.ravel()[rng.randint(values.size)] = wrong
    return values


def one_hot(values, codes):
    """One-hot inputs; a number that is no code is the last code."""
    parts = []
    for k, n in enumerate(codes):
        column = values[..., k]
        is_code = (column >= 0) & (column < n)
        code = np.where(is_code, column, n - 1).astype(int)
        parts.append(np.eye(n)[code])
    return np.concatenate(parts, axis=-1)


def problem(
    rng, sizes, cell, direction, dtype=np.float64, *, n_numbers=N_NUMBERS, **more
):
    """Network, parameters, examples with categories, and the dense inputs of each."""
    network = kernels.make_network(
        n_numbers + len(CODES),
        sizes,
        2,
        cell=cell,
        direction=direction,
        dtype=dtype,
        n_static=N_STATIC_NUMBERS + len(STATIC_CODES),
        categories=CODES,
        static_categories=STATIC_CODES,
        **more,
    )
    parameters = rng.randn(network.layout.n_parameters).astype(dtype)
    codes = draw_codes(rng, N_SAMPLES, N_TIMESTEPS, codes=CODES)
    X = np.concatenate([rng.randn(N_SAMPLES, N_TIMESTEPS, n_numbers), codes], axis=-1)
    static_codes = draw_codes(rng, N_SAMPLES, codes=STATIC_CODES)
    static = np.column_stack([rng.randn(N_SAMPLES, N_STATIC_NUMBERS), static_codes])
    examples = kernels.make_examples(
        X.astype(dtype),
        rng.randn(N_SAMPLES, 2).astype(dtype),
        rng.uniform(0.5, 2, size=N_SAMPLES).astype(dtype),
        FIRST_STEPS,
        static.astype(dtype),
    )
    dense_static = np.column_stack(
        [static[:, :N_STATIC_NUMBERS], one_hot(static_codes, STATIC_CODES)]
    )
    dense = np.concatenate([X[..., :n_numbers], one_hot(codes, CODES)], axis=-1)
    observed = [x[first:] for x, first in zip(dense, FIRST_STEPS, strict=True)]
    return network, parameters, examples, observed, dense_static


def loss_of_one_hot(problem, sizes, cell, direction, masks=None):
    """The loss of the network that reads one-hot inputs, as a function of weights."""
    _, _, examples, observed, static = problem

    def objective(vector):
        return reference.mean_squared_error(
            vector,
            observed,
            examples.targets,
            examples.weights,
            sizes,
            cell=cell,
            bidirectional=direction is kernels.BOTH_WAYS,
            static=static,
            masks=masks,
        )

    return objective


def assert_exact(found, objective, parameters, rng):
    """Compare with complex steps in a few random directions: all weights take part."""
    loss, gradient = found
    np.testing.assert_allclose(loss, objective(parameters), rtol=1e-13)
    step = 1e-30
    for _ in range(8):
        # Some weights stay, so that errors of two cannot make up for each other.
        direction = rng.randn(len(parameters)) * rng.randint(2, size=len(parameters))
        exact = objective(parameters + 1j * step * direction).imag / step
        limit = 1e-13 * np.abs(gradient).max()
        np.testing.assert_allclose(gradient @ direction, exact, rtol=1e-10, atol=limit)


@every_cell
@both_directions
def test_predictions_are_those_of_one_hot_inputs(cell, direction, dtype, rng):
    made = problem(rng, (5, 3), cell, direction, dtype)
    network, parameters, examples, observed, static = made
    rows = examples.rows[::-1].copy()
    found = predict_raw(network, parameters, examples.sequences, rows)
    expected = reference.predict(
        parameters.astype(float),
        observed,
        (5, 3),
        2,
        cell=cell,
        bidirectional=direction is kernels.BOTH_WAYS,
        static=static,
    )
    tolerance = 200 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected[::-1], rtol=tolerance, atol=tolerance)
    alone = predict_raw(network, parameters, examples.sequences, rows[:1])
    np.testing.assert_array_equal(alone, found[:1])


@every_cell
@both_directions
@pytest.mark.parametrize("n_numbers", [0, N_NUMBERS])
def test_gradient_is_that_of_one_hot_inputs(cell, direction, n_numbers, rng):
    made = problem(rng, (4, 3), cell, direction, n_numbers=n_numbers)
    network, parameters, examples, _, _ = made
    found = kernels.loss_and_gradient_of(network, parameters, examples)
    objective = loss_of_one_hot(made, (4, 3), cell, direction)
    assert_exact(found, objective, parameters, rng)


@every_cell
@pytest.mark.parametrize("embedding_size", [0, 2])
def test_segments_change_nothing(cell, embedding_size, rng, monkeypatch):
    network, parameters, examples, _, _ = problem(
        rng, (4, 3), cell, kernels.ONE_WAY, embedding_size=embedding_size
    )
    whole = kernels.loss_and_gradient_of(network, parameters, examples)
    kernels.cut_every(4, monkeypatch)
    cut = kernels.loss_and_gradient_of(network, parameters, examples)
    np.testing.assert_allclose(cut[0], whole[0], rtol=1e-13)
    limit = 1e-13 * np.abs(whole[1]).max()
    np.testing.assert_allclose(cut[1], whole[1], rtol=1e-10, atol=limit)


@both_directions
def test_dropout_drops_whole_categories(direction, rng):
    made = problem(rng, (4, 3), "gru", direction)
    network, parameters, examples, _, _ = made
    dropout = Dropout(0.4, 0.3)
    inputs, states = kernels.masks_of(network, dropout, N_SAMPLES)
    n_lookups = len(CODES)
    assert (inputs[0][:, N_NUMBERS:][:, :n_lookups] == 1).all()
    factors = inputs[0][:, N_NUMBERS + n_lookups :]
    assert set(factors.ravel()) == {0, 1 / 0.6}
    dense = [inputs[0][:, :N_NUMBERS], np.repeat(factors, CODES, axis=1)]
    masks = [np.column_stack(dense), *inputs[1:]], states
    found = kernels.loss_and_gradient_of(network, parameters, examples, dropout)
    objective = loss_of_one_hot(made, (4, 3), "gru", direction, masks)
    assert_exact(found, objective, parameters, rng)


def embedded(network, observed, vector):
    """What the first layer reads in place of one-hot inputs."""
    layout = network.layout
    size = sum(CODES) * layout.embedding_size
    tables = vector[layout.tables :][:size].reshape(sum(CODES), -1)
    found = []
    for x in observed:
        parts, first = [x[:, :N_NUMBERS]], 0
        for n in CODES:
            columns = x[:, N_NUMBERS + first :][:, :n]
            parts.append(columns @ tables[first : first + n])
            first += n
        found.append(np.concatenate(parts, axis=1))
    return found, np.delete(vector, np.arange(layout.tables, layout.tables + size))


@every_cell
@both_directions
@pytest.mark.parametrize("drops", [False, True])
def test_embeddings_are_trained(cell, direction, drops, rng):
    made = problem(rng, (4, 3), cell, direction, embedding_size=2)
    network, parameters, examples, observed, static = made
    dropout = Dropout(0.4, 0.3) if drops else kernels.NO_DROPOUT
    masks = kernels.masks_of(network, dropout, N_SAMPLES) if drops else None

    def objective(vector):
        inputs, others = embedded(network, observed, vector)
        return reference.mean_squared_error(
            others,
            inputs,
            examples.targets,
            examples.weights,
            (4, 3),
            cell=cell,
            bidirectional=direction is kernels.BOTH_WAYS,
            static=static,
            masks=masks,
        )

    found = kernels.loss_and_gradient_of(network, parameters, examples, dropout)
    assert_exact(found, objective, parameters, rng)
    if drops:
        of_categories = masks[0][0][:, N_NUMBERS:].reshape(N_SAMPLES, -1, 2)
        assert (np.ptp(of_categories, axis=2) == 0).all()


@pytest.mark.parametrize("embedding_size", [0, 3])
def test_input_gradients_are_zeros_for_categories(embedding_size, rng):
    network, parameters, examples, _, _ = problem(
        rng, (4,), "gru", kernels.ONE_WAY, embedding_size=embedding_size
    )
    sequences, d_raw = examples.sequences, rng.randn(N_SAMPLES, 2)
    found = input_gradients(network, parameters, sequences, d_raw)
    assert found.shape == (N_SAMPLES, N_TIMESTEPS, N_NUMBERS + len(CODES))
    assert not found[..., N_NUMBERS:].any()
    step = 1e-6
    moved = sequences.values.copy()
    moved[3 * N_TIMESTEPS + 2, 1] += step
    moved = sequences._replace(values=moved)
    ends = (
        predict_raw(network, parameters, part, examples.rows)[3] @ d_raw[3]
        for part in (moved, sequences)
    )
    difference = next(ends) - next(ends)
    np.testing.assert_allclose(found[3, 2, 1], difference / step, rtol=1e-4)


def test_first_weights_of_missing_categories_are_zeros(rng):
    network = kernels.make_network(N_NUMBERS + 2, (8,), 1, cell="gru", categories=CODES)
    vector = initial_parameters(
        network.cell, network.layout, rng, [0], np.float64, 5, "keras"
    )
    kernel = vector[: (N_NUMBERS + sum(CODES)) * 24].reshape(-1, 24)
    is_zero = (kernel == 0).all(axis=1)
    np.testing.assert_array_equal(np.flatnonzero(is_zero), [4, 9])
    # The limit is that of four features, not of ten rows.
    limit = np.sqrt(6 / (N_NUMBERS + 2 + 24))
    assert 0.95 * limit < np.abs(kernel).max() <= limit


def test_first_embeddings_count_as_a_number(rng):
    network = kernels.make_network(
        1, (3,), 1, cell="gru", categories=(500,), embedding_size=4
    )
    vector = initial_parameters(
        network.cell, network.layout, rng, [0], np.float64, 5, "keras"
    )
    table = vector[network.layout.tables :][: 500 * 4].reshape(500, 4)
    assert not table[-1].any()
    np.testing.assert_allclose((table**2).sum(axis=1).mean(), 1, rtol=0.1)


def test_sequences_of_other_static_features_are_refused(rng):
    network, parameters, examples, _, _ = problem(rng, (4,), "rnn", kernels.ONE_WAY)
    sequences = examples.sequences
    assert isinstance(sequences, Sequences)
    assert isinstance(network, Network)
    wrong = sequences._replace(static=sequences.static[:, :1].copy())
    with pytest.raises(ValueError, match="1 static"):
        predict_raw(network, parameters, wrong, examples.rows)
