"""Compare the cells with equations, complex-step derivatives and published vectors."""

import json

import kernels
import numpy as np
import pytest
import reference

from skgru._cells._base import CellWeights
from skgru._cells._loops import backward

every_cell = pytest.mark.parametrize("cell", kernels.CELLS)
# All sizes differ; or there is one step, one row or one unit; or there are more rows
# and units than a tile has.
shapes = pytest.mark.parametrize(
    "shape", [(5, 3, 2, 4), (1, 2, 3, 5), (4, 1, 1, 1), (3, 17, 11, 53)]
)
# The reference of derivatives is evaluated thousands of times: the last is smaller.
shapes_of_derivatives = pytest.mark.parametrize(
    "shape",
    [
        (5, 3, 2, 4),
        (1, 2, 3, 5),
        (4, 1, 1, 1),
        pytest.param((3, 13, 3, 10), marks=pytest.mark.slow),
    ],
)


def random_weights(rng, n_inputs, n_hidden, cell):
    columns = reference.N_GATES[cell] * n_hidden
    return CellWeights(
        rng.randn(n_inputs, columns),
        rng.randn(n_hidden, columns),
        rng.randn(reference.N_BIASES[cell], columns),
    )


def random_initial(rng, cell, from_start, first_steps, n_hidden):
    """State and memory before the first step: zeros before a missing step."""
    shape = (len(first_steps), n_hidden)
    if from_start:
        return np.zeros(shape), np.zeros(shape)
    state, memory = rng.uniform(-1, 1, shape), rng.uniform(-2, 2, shape)
    state[first_steps > 0] = memory[first_steps > 0] = 0
    return state, memory if kernels.CELLS[cell].n_memories else np.zeros(shape)


def random_mask(rng, is_masked, shape):
    """Mask with zeros and with factors that differ from unit to unit; or None."""
    return rng.binomial(1, 0.6, shape) * rng.uniform(1, 2, shape) if is_masked else None


def expected_states(x, weights, initial, memory, first_steps, cell, mask=None):
    """States (n_timesteps, n_rows, n_hidden) of the naive cell on observed steps."""
    n_timesteps, n_rows, _ = x.shape
    states = np.empty(
        (n_timesteps, n_rows, initial.shape[1]),
        dtype=np.result_type(x, weights.kernel, initial),
    )
    for row in range(n_rows):
        first = first_steps[row]
        states[:first, row] = initial[row]
        states[first:, row] = reference.states(
            cell,
            x[first:, row],
            *weights,
            initial[row],
            memory[row],
            mask=1 if mask is None else mask[row],
        )
    return states


@every_cell
@shapes
@pytest.mark.parametrize("from_start", [True, False])
@pytest.mark.parametrize("is_masked", [False, True])
def test_states_are_the_equations(shape, cell, from_start, is_masked, dtype, rng):
    n_timesteps, n_rows, n_inputs, n_hidden = shape
    weights = random_weights(rng, n_inputs, n_hidden, cell)
    x = rng.randn(n_timesteps, n_rows, n_inputs)
    first_steps = rng.randint(0, n_timesteps, size=n_rows)
    initial, memory = random_initial(rng, cell, from_start, first_steps, n_hidden)
    mask = random_mask(rng, is_masked, initial.shape)
    tape, _ = kernels.states(
        weights,
        x,
        first_steps,
        initial,
        cell=cell,
        from_start=from_start,
        dtype=dtype,
        mask=mask,
        memory=memory,
    )
    expected = expected_states(x, weights, initial, memory, first_steps, cell, mask)
    # Sums of n_inputs + n_hidden terms of size 1, through n_timesteps steps.
    tolerance = 8 * (n_inputs + n_hidden) * n_timesteps * np.finfo(dtype).eps
    np.testing.assert_allclose(tape.hidden[1:], expected, rtol=0, atol=tolerance)


@every_cell
@shapes_of_derivatives
@pytest.mark.parametrize("from_start", [True, False])
@pytest.mark.parametrize("has_layer_above", [True, False])
@pytest.mark.parametrize("is_masked", [False, True])
def test_derivatives_are_those_of_the_equations(
    shape, cell, from_start, has_layer_above, is_masked, rng
):
    n_timesteps, n_rows, n_inputs, n_hidden = shape
    weights = random_weights(rng, n_inputs, n_hidden, cell)
    x = rng.randn(n_timesteps, n_rows, n_inputs)
    first_steps = rng.randint(0, n_timesteps, size=n_rows)
    initial, memory = random_initial(rng, cell, from_start, first_steps, n_hidden)
    mask = random_mask(rng, is_masked, initial.shape)
    upstream_last = rng.randn(n_rows, n_hidden)
    upstream = rng.randn(n_timesteps if has_layer_above else 0, n_rows, n_hidden)

    observed = x.copy()
    for row, first in enumerate(first_steps):
        observed[:first, row] = 0

    def derivatives(n_steps_at_once):
        tape, packs = kernels.states(
            weights,
            observed,
            first_steps,
            initial,
            cell=cell,
            from_start=from_start,
            mask=mask,
            memory=memory,
        )
        # The kernel adds the derivatives to the contents of the arrays, here ones.
        found = CellWeights(*(np.ones_like(part) for part in weights))
        d_inputs = np.full_like(x, np.nan)
        kind = kernels.CELLS[cell]
        scratch = kernels.make_scratch(
            kind, min(n_steps_at_once, n_timesteps), upstream_last, mask
        )
        backward(
            kind,
            packs,
            observed,
            first_steps,
            from_start,
            tape,
            upstream,
            found,
            d_inputs,
            scratch,
        )
        results = [*(part - 1 for part in found), d_inputs]
        if from_start:
            return results
        # A state before missing steps is zeros, whatever the weights: no derivative.
        np.testing.assert_array_equal(scratch.d_state[~is_free[:, 0]], 0)
        return [*results, scratch.d_state, *scratch.d_memories]

    parts = [*weights, observed, initial, memory]
    ends = np.cumsum([part.size for part in parts])

    def objective(vector):
        pieces = [
            piece.reshape(part.shape)
            for piece, part in zip(np.split(vector, ends[:-1]), parts, strict=True)
        ]
        states = expected_states(
            pieces[3],
            CellWeights(*pieces[:3]),
            pieces[4] * is_free,
            pieces[5] * is_free,
            first_steps,
            cell,
            mask,
        )
        total = (states[-1] * upstream_last).sum()
        return total + (states * upstream).sum() if has_layer_above else total

    is_free = (first_steps == 0)[:, np.newaxis]
    vector = np.concatenate([part.ravel() for part in parts])
    exact = reference.complex_step_gradient(objective, vector)
    pieces = np.split(exact, ends[:-1])
    for n_steps_at_once in (1, 2, 100):
        for result, piece in zip(derivatives(n_steps_at_once), pieces, strict=False):
            np.testing.assert_allclose(
                result.ravel(),
                piece,
                rtol=1e-10,
                atol=1e-12 * np.abs(exact).max(),
                err_msg=f"{n_steps_at_once} steps at once",
            )


@every_cell
def test_states_do_not_depend_on_later_inputs(cell, rng):
    weights = random_weights(rng, 3, 4, cell)
    x = rng.randn(6, 5, 3)
    changed = x.copy()
    changed[4:] = rng.randn(2, 5, 3)
    states = []
    for inputs in (x, changed):
        tape, _ = kernels.states(
            weights,
            inputs,
            np.zeros(5, int),
            np.zeros((5, 4)),
            cell=cell,
            from_start=True,
        )
        states.append(tape.hidden[1:])
    np.testing.assert_array_equal(states[0][:4], states[1][:4])
    assert (states[0][4:] != states[1][4:]).all()


@every_cell
def test_a_sequence_in_two_parts_with_the_state_carried_is_one(cell, rng):
    weights = random_weights(rng, 3, 4, cell)
    x = rng.randn(7, 2, 3)

    def run(inputs, initial, memory, from_start):
        tape, _ = kernels.states(
            weights,
            inputs,
            np.zeros(2, int),
            initial,
            cell=cell,
            from_start=from_start,
            memory=memory,
        )
        return tape.hidden[-1], tape.memories[:, -1]

    zeros = np.zeros((2, 4))
    middle, memories = run(x[:3].copy(), zeros, 0, True)
    in_parts = run(x[3:].copy(), middle, memories, False)
    for found, expected in zip(in_parts, run(x, zeros, 0, True), strict=True):
        np.testing.assert_array_equal(found, expected)


@every_cell
@shapes
def test_a_row_is_computed_the_same_to_the_bit_among_others(shape, cell, dtype, rng):
    n_timesteps, n_rows, n_inputs, n_hidden = shape
    weights = random_weights(rng, n_inputs, n_hidden, cell)
    x = rng.randn(n_timesteps, n_rows, n_inputs)

    def run(inputs):
        tape, _ = kernels.states(
            weights,
            inputs,
            np.zeros(inputs.shape[1], int),
            np.zeros((inputs.shape[1], n_hidden)),
            cell=cell,
            from_start=True,
            dtype=dtype,
        )
        return tape.hidden

    together = run(x)
    for row in range(n_rows):
        alone = run(x[:, row : row + 1].copy())
        np.testing.assert_array_equal(alone[:, 0], together[:, row])


def published_cases(shared):
    return json.loads((shared / "vectors" / "gru_vectors.json").read_text())


def last_states_of_case(case, cell):
    x = np.array(case["x"]).transpose(1, 0, 2).copy()
    n_rows = x.shape[1]
    kernel, recurrent = np.array(case["W"]).T.copy(), np.array(case["R"]).T.copy()
    n_hidden = recurrent.shape[0]
    biases = np.array([case["bW"], case["bR"]], dtype=float)
    if cell == "gru_reset_before":
        biases = biases.sum(axis=0, keepdims=True)
    initial = np.zeros((n_rows, n_hidden))
    if case["h0"] is not None:
        initial[:] = case["h0"]
    tape, _ = kernels.states(
        CellWeights(kernel, recurrent, biases),
        x,
        np.zeros(n_rows, int),
        initial,
        cell=cell,
        from_start=not initial.any(),
    )
    return tape.hidden[-1]


def test_published_vectors(shared):
    forms_told_apart = set()
    for case in published_cases(shared):
        cell = "gru" if case["lbr"] else "gru_reset_before"
        np.testing.assert_allclose(
            last_states_of_case(case, cell),
            np.array(case["h"]).reshape(len(case["x"]), -1),
            atol=case["tol"],
            err_msg=case["name"],
        )
        if case.get("discriminates_form"):
            forms_told_apart.add(cell)
    assert forms_told_apart == {"gru", "gru_reset_before"}
