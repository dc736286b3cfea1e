"""The gated recurrent unit of the first paper, reset gate before the product.

As in ``_gru.py``, but for the candidate and with one bias (Cho et al. 2014, equations
5 to 8; Keras's ``reset_after=False``)::

    candidate = tanh(x W_c + b_c + (reset * h) U_c)

Each step needs two products, one after the other: ``h [U_z U_r]``, and then that of
``memory = reset * h`` with ``U_c``. What backward calls ``d_recurrent`` holds, in its
third part, the derivative with respect to the second product.
"""

from typing import NamedTuple

from skgru._cells._base import backward, forward
from skgru._cells._steps import (
    add,
    at_step,
    from_step,
    input_gradients,
    project_inputs,
    recurrent_gradient,
)
from skgru._intrinsics import cut
from skgru._jit import jit
from skgru._math import (
    add_column_sums,
    fill_zero,
    product,
    product_of_transposed,
    product_with_transposed,
    sigmoid,
    tanh,
)


class ResetBefore(NamedTuple):
    """GRU whose reset gate applies before the recurrent product (the first paper)."""

    n_gates: int = 3
    n_biases: int = 1


@jit
def _forward_gates(bias, recurrent, previous, gates, memory):
    """Update and reset gate of one step.

    `recurrent`, ``previous @ [U_z U_r]``, is (n_rows, 2 n_hidden); the rest is as in
    `_gru.py`.
    """
    n_rows, n_hidden = memory.shape
    one = memory.dtype.type(1)
    for i in range(n_rows):
        for j in range(2 * n_hidden):
            gates[i, j] = sigmoid(gates[i, j] + recurrent[i, j] + bias[0, j], one)
        for j in range(n_hidden):
            memory[i, j] = gates[i, n_hidden + j] * previous[i, j]


@jit
def _forward_state(step, bias, first_steps, recurrent, previous, gates, hidden):
    """Candidate and new state of one step; `recurrent` is ``memory @ U_c``."""
    n_rows, n_hidden = hidden.shape
    one = hidden.dtype.type(1)
    for i in range(n_rows):
        if step < first_steps[i]:
            for j in range(n_hidden):
                hidden[i, j] = previous[i, j]
            continue
        for j in range(n_hidden):
            outer = gates[i, 2 * n_hidden + j] + bias[0, 2 * n_hidden + j]
            candidate = tanh(outer + recurrent[i, j], one)
            gates[i, 2 * n_hidden + j] = candidate
            hidden[i, j] = candidate + gates[i, j] * (previous[i, j] - candidate)


@jit
def _backward_state(step, first_steps, d_previous, previous, gates, d_state):
    """Derivatives of the update gate and the candidate, mirror of `_forward_state`."""
    n_rows, n_hidden = d_state.shape
    one = d_state.dtype.type(1)
    for i in range(n_rows):
        if step < first_steps[i]:
            for j in range(n_hidden):
                d_state[i, j] += d_previous[i, j]
                gates[i, j] = 0
                gates[i, 2 * n_hidden + j] = 0
            continue
        for j in range(n_hidden):
            update = gates[i, j]
            candidate = gates[i, 2 * n_hidden + j]
            d_hidden = d_state[i, j] + d_previous[i, j]
            d_state[i, j] = d_hidden * update
            gates[i, j] = (
                d_hidden * (previous[i, j] - candidate) * update * (one - update)
            )
            gates[i, 2 * n_hidden + j] = (
                d_hidden * (one - update) * (one - candidate * candidate)
            )


@jit
def _backward_reset(step, first_steps, d_memory, previous, gates, d_state):
    """Derivative of the reset gate, mirror of `_forward_gates`.

    `d_memory` (n_rows, n_hidden) is what the second product hands back.
    """
    n_rows, n_hidden = d_state.shape
    one = d_state.dtype.type(1)
    for i in range(n_rows):
        if step < first_steps[i]:
            for j in range(n_hidden):
                gates[i, n_hidden + j] = 0
            continue
        for j in range(n_hidden):
            reset = gates[i, n_hidden + j]
            d_state[i, j] += d_memory[i, j] * reset
            gates[i, n_hidden + j] = (
                d_memory[i, j] * previous[i, j] * reset * (one - reset)
            )


@forward.register(ResetBefore)
def _forward(cell, weights, inputs, first_steps, initial_state, from_start, tape):
    n_rows, n_hidden = initial_state.shape
    project_inputs(weights.kernel, inputs, tape.gates)
    gate_products = cut(tape.step_product, 0, (n_rows, 2 * n_hidden))
    candidate_product = cut(tape.step_product, 0, (n_rows, n_hidden))
    previous = initial_state
    fill_zero(tape.step_product)
    for step in range(inputs.shape[0]):
        has_past = step > 0 or not from_start
        gates = at_step(tape.gates, step)
        memory = at_step(tape.memory, step)
        hidden = at_step(tape.hidden, step)
        if has_past:
            product(
                previous, weights.recurrent_kernel[:, : 2 * n_hidden], gate_products
            )
        _forward_gates(weights.bias, gate_products, previous, gates, memory)
        if has_past:
            product(
                memory, weights.recurrent_kernel[:, 2 * n_hidden :], candidate_product
            )
        _forward_state(
            step,
            weights.bias,
            first_steps,
            candidate_product,
            previous,
            gates,
            hidden,
        )
        previous = hidden


@backward.register(ResetBefore)
def _backward(
    cell,
    weights,
    inputs,
    first_steps,
    initial_state,
    from_start,
    tape,
    d_outputs,
    d_weights,
    d_inputs,
):
    d_state = tape.d_state
    n_hidden = d_state.shape[1]
    d_previous = cut(tape.step_product, 0, d_state.shape)
    fill_zero(d_previous)
    for step in range(inputs.shape[0] - 1, -1, -1):
        if d_outputs.shape[0] > 0:
            add(at_step(d_outputs, step), d_state)
        previous = at_step(tape.hidden, step - 1) if step > 0 else initial_state
        gates = at_step(tape.gates, step)
        _backward_state(step, first_steps, d_previous, previous, gates, d_state)
        # From zeros the reset gate has no effect: the loop below then writes zeros.
        fill_zero(d_previous)
        if step > 0 or not from_start:
            product_with_transposed(
                gates[:, 2 * n_hidden :],
                weights.recurrent_kernel[:, 2 * n_hidden :],
                d_previous,
            )
        _backward_reset(step, first_steps, d_previous, previous, gates, d_state)
        if step > 0 or not from_start:
            product_with_transposed(
                gates[:, : 2 * n_hidden],
                weights.recurrent_kernel[:, : 2 * n_hidden],
                d_previous,
            )
    if not from_start:
        add(d_previous, d_state)
    recurrent_gradient(
        tape.hidden, initial_state, from_start, tape.gates, d_weights.recurrent_kernel
    )
    # Right for update and reset; the candidate's product took `reset * h`.
    product_of_transposed(
        from_step(tape.memory, 0),
        from_step(tape.gates, 0)[:, 2 * n_hidden :],
        d_weights.recurrent_kernel[:, 2 * n_hidden :],
    )
    input_gradients(weights.kernel, inputs, tape.gates, d_weights.kernel, d_inputs)
    fill_zero(d_weights.bias)
    add_column_sums(from_step(tape.gates, 0), d_weights.bias[0])
