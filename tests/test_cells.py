"""The cells against the equations, their complex-step derivatives and vectors."""

import json

import kernels
import numpy as np
import pytest
import reference

from skgru._parameters import CellWeights

both_forms = pytest.mark.parametrize("reset_after", [True, False])
# Unequal sizes; one step, one row, one unit; and large enough for BLAS.
shapes = pytest.mark.parametrize(
    "shape", [(5, 3, 2, 4), (1, 2, 3, 5), (4, 1, 1, 1), (3, 17, 11, 13)]
)


def random_weights(rng, n_inputs, n_hidden, reset_after):
    n_biases = 2 if reset_after else 1
    return CellWeights(
        rng.randn(n_inputs, 3 * n_hidden),
        rng.randn(n_hidden, 3 * n_hidden),
        rng.randn(n_biases, 3 * n_hidden),
    )


def expected_states(x, weights, initial, first_steps, reset_after):
    """States (n_timesteps, n_rows, n_hidden) of the naive cell on observed steps."""
    n_timesteps, n_rows, _ = x.shape
    states = np.empty(
        (n_timesteps, n_rows, initial.shape[1]),
        dtype=np.result_type(x, weights.kernel, initial),
    )
    for row in range(n_rows):
        first = first_steps[row]
        states[:first, row] = initial[row]
        states[first:, row] = reference.gru_states(
            x[first:, row], *weights, initial[row], reset_after=reset_after
        )
    return states


@both_forms
@shapes
@pytest.mark.parametrize("from_start", [True, False])
def test_states_are_the_equations(shape, reset_after, from_start, dtype, rng):
    n_timesteps, n_rows, n_inputs, n_hidden = shape
    weights = random_weights(rng, n_inputs, n_hidden, reset_after)
    x = rng.randn(n_timesteps, n_rows, n_inputs)
    initial = np.zeros((n_rows, n_hidden))
    if not from_start:
        initial = rng.uniform(-1, 1, size=initial.shape)
    first_steps = rng.randint(0, n_timesteps, size=n_rows)
    cell = kernels.CELLS[reset_after]
    tape = kernels.make_tape(cell, n_timesteps, n_rows, n_hidden, dtype)
    kernels.run_forward(
        cell,
        CellWeights(*(part.astype(dtype) for part in weights)),
        x.astype(dtype),
        first_steps,
        initial.astype(dtype),
        from_start,
        tape,
    )
    expected = expected_states(x, weights, initial, first_steps, reset_after)
    # Sums of n_inputs + n_hidden terms of size 1, through n_timesteps steps.
    tolerance = 8 * (n_inputs + n_hidden) * n_timesteps * np.finfo(dtype).eps
    np.testing.assert_allclose(tape.hidden, expected, rtol=0, atol=tolerance)


@both_forms
@shapes
@pytest.mark.parametrize("from_start", [True, False])
@pytest.mark.parametrize("has_layer_above", [True, False])
def test_derivatives_are_those_of_the_equations(
    shape, reset_after, from_start, has_layer_above, rng
):
    n_timesteps, n_rows, n_inputs, n_hidden = shape
    if n_rows * n_hidden > 100:
        # Thousands of naive evaluations: a smaller one that still calls BLAS.
        n_rows, n_inputs, n_hidden = 16, 3, 10
    weights = random_weights(rng, n_inputs, n_hidden, reset_after)
    x = rng.randn(n_timesteps, n_rows, n_inputs)
    initial = np.zeros((n_rows, n_hidden))
    if not from_start:
        initial = rng.uniform(-1, 1, size=initial.shape)
    first_steps = rng.randint(0, n_timesteps, size=n_rows)
    upstream_last = rng.randn(n_rows, n_hidden)
    upstream = rng.randn(n_timesteps if has_layer_above else 0, n_rows, n_hidden)

    cell = kernels.CELLS[reset_after]
    tape = kernels.make_tape(cell, n_timesteps, n_rows, n_hidden)
    observed = x.copy()
    for row, first in enumerate(first_steps):
        observed[:first, row] = 0
    common = (cell, weights, observed, first_steps, initial, from_start, tape)
    kernels.run_forward(*common)
    tape.d_state[:] = upstream_last
    found = CellWeights(*(np.full_like(part, np.nan) for part in weights))
    d_inputs = np.full_like(x, np.nan)
    kernels.run_backward(*common, upstream, found, d_inputs)

    parts = [*weights, observed, initial]
    ends = np.cumsum([part.size for part in parts])

    def objective(vector):
        pieces = [
            piece.reshape(part.shape)
            for piece, part in zip(np.split(vector, ends[:-1]), parts, strict=True)
        ]
        states = expected_states(
            pieces[3], CellWeights(*pieces[:3]), pieces[4], first_steps, reset_after
        )
        total = (states[-1] * upstream_last).sum()
        return total + (states * upstream).sum() if has_layer_above else total

    vector = np.concatenate([part.ravel() for part in parts])
    exact = reference.complex_step_gradient(objective, vector)
    pieces = np.split(exact, ends[:-1])
    results = [*found, d_inputs]
    if not from_start:
        results.append(tape.d_state)
    for result, piece in zip(results, pieces, strict=False):
        np.testing.assert_allclose(
            result.ravel(), piece, rtol=1e-10, atol=1e-12 * np.abs(exact).max()
        )


@both_forms
def test_states_do_not_depend_on_later_inputs(reset_after, rng):
    weights = random_weights(rng, 3, 4, reset_after)
    x = rng.randn(6, 5, 3)
    changed = x.copy()
    changed[4:] = rng.randn(2, 5, 3)
    cell = kernels.CELLS[reset_after]
    states = []
    for inputs in (x, changed):
        tape = kernels.make_tape(cell, 6, 5, 4)
        kernels.run_forward(
            cell, weights, inputs, np.zeros(5, int), np.zeros((5, 4)), True, tape
        )
        states.append(tape.hidden)
    np.testing.assert_array_equal(states[0][:4], states[1][:4])
    assert (states[0][4:] != states[1][4:]).all()


@both_forms
def test_a_sequence_in_two_parts_with_the_state_carried_is_one(reset_after, rng):
    weights = random_weights(rng, 3, 4, reset_after)
    x = rng.randn(7, 2, 3)
    cell = kernels.CELLS[reset_after]
    none_missing = np.zeros(2, int)
    whole = kernels.make_tape(cell, 7, 2, 4)
    zeros = np.zeros((2, 4))
    kernels.run_forward(cell, weights, x, none_missing, zeros, True, whole)
    first = kernels.make_tape(cell, 3, 2, 4)
    second = kernels.make_tape(cell, 4, 2, 4)
    kernels.run_forward(cell, weights, x[:3].copy(), none_missing, zeros, True, first)
    kernels.run_forward(
        cell,
        weights,
        x[3:].copy(),
        none_missing,
        first.hidden[-1].copy(),
        False,
        second,
    )
    np.testing.assert_allclose(second.hidden[-1], whole.hidden[-1], rtol=1e-13)


def published_cases(shared):
    return json.loads((shared / "vectors" / "gru_vectors.json").read_text())


def last_states_of_case(case, reset_after):
    x = np.array(case["x"]).transpose(1, 0, 2).copy()
    n_timesteps, n_rows, _ = x.shape
    kernel, recurrent = np.array(case["W"]).T.copy(), np.array(case["R"]).T.copy()
    n_hidden = recurrent.shape[0]
    biases = np.array([case["bW"], case["bR"]], dtype=float)
    if not reset_after:
        biases = biases.sum(axis=0, keepdims=True)
    initial = np.zeros((n_rows, n_hidden))
    if case["h0"] is not None:
        initial[:] = case["h0"]
    cell = kernels.CELLS[reset_after]
    tape = kernels.make_tape(cell, n_timesteps, n_rows, n_hidden)
    weights = CellWeights(kernel, recurrent, biases)
    kernels.run_forward(
        cell, weights, x, np.zeros(n_rows, int), initial, not initial.any(), tape
    )
    return tape.hidden[-1]


def test_published_vectors(shared):
    forms_told_apart = set()
    for case in published_cases(shared):
        reset_after = bool(case["lbr"])
        np.testing.assert_allclose(
            last_states_of_case(case, reset_after),
            np.array(case["h"]).reshape(len(case["x"]), -1),
            atol=case["tol"],
            err_msg=case["name"],
        )
        if case.get("discriminates_form"):
            forms_told_apart.add(reset_after)
    assert forms_told_apart == {True, False}
