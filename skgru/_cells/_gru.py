"""The gated recurrent unit, with the reset gate after the recurrent product.

With sigma the logistic function and * the element-wise product, for the input ``x`` and
the state ``h`` of the step before::

    update    = sigma(x W_z + h U_z + b_z + b'_z)
    reset     = sigma(x W_r + h U_r + b_r + b'_r)
    candidate = tanh(x W_c + b_c + reset * (h U_c + b'_c))
    new h     = update * h + (1 - update) * candidate

This is what Keras (by default), PyTorch and cuDNN compute; the form of the first paper
is in ``_gru_reset_before.py``. The update gate is the one of Keras, PyTorch and ONNX:
it keeps the old state. The gates stand in the order update, reset, candidate in every
fused array.

The plan. Forward: one product for the input projections of all steps; then, step by
step, one recurrent product and one pass over the units. Backward: the same loop
reversed, one product a step for the state; then one product over all steps for each
weight gradient. Four numbers a unit and step are kept in between: the three gates and
``memory``, here ``h U_c + b'_c``.
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
    row_part,
    transpose,
)
from skgru._intrinsics import cut
from skgru._jit import jit
from skgru._math import (
    add_column_sums,
    fill_zero,
    product,
    sigmoid,
    tanh,
)


class ResetAfter(NamedTuple):
    """GRU whose reset gate applies after the recurrent product (the default)."""

    n_gates: int = 3
    n_biases: int = 2


@jit
def _forward_step(step, bias, first_steps, recurrent, previous, gates, memory, hidden):
    """One step of all units.

    Parameters
    ----------
    bias : ndarray of shape (2, 3 * n_hidden), in
    first_steps : int64 ndarray of shape (n_rows,), in
    recurrent : ndarray of shape (n_rows, 3 * n_hidden), in
        ``previous @ U``.
    previous : ndarray of shape (n_rows, n_hidden), in
    gates : ndarray of shape (n_rows, 3 * n_hidden), in and out
        In: ``x @ W``. Out: the activations.
    memory, hidden : ndarray of shape (n_rows, n_hidden), out
    """
    n_rows, n_hidden = hidden.shape
    n_both = 2 * n_hidden
    one = hidden.dtype.type(1)
    # Short loops over parts of a row, each of which the compiler vectorises.
    both_bias = row_part(bias, 0, 0, n_both)
    both_recurrent_bias = row_part(bias, 1, 0, n_both)
    outer_bias = row_part(bias, 0, n_both, n_hidden)
    inner_bias = row_part(bias, 1, n_both, n_hidden)
    for i in range(n_rows):
        before = row_part(previous, i, 0, n_hidden)
        after = row_part(hidden, i, 0, n_hidden)
        if step < first_steps[i]:
            for j in range(n_hidden):
                after[j] = before[j]
            continue
        both = row_part(gates, i, 0, n_both)
        both_products = row_part(recurrent, i, 0, n_both)
        for j in range(n_both):
            both[j] = sigmoid(
                both[j] + both_products[j] + (both_bias[j] + both_recurrent_bias[j]),
                one,
            )
        inner = row_part(memory, i, 0, n_hidden)
        inner_products = row_part(recurrent, i, n_both, n_hidden)
        for j in range(n_hidden):
            inner[j] = inner_products[j] + inner_bias[j]
        update = row_part(gates, i, 0, n_hidden)
        reset = row_part(gates, i, n_hidden, n_hidden)
        candidate = row_part(gates, i, n_both, n_hidden)
        for j in range(n_hidden):
            outer = candidate[j] + outer_bias[j]
            candidate[j] = tanh(outer + reset[j] * inner[j], one)
        for j in range(n_hidden):
            after[j] = candidate[j] + update[j] * (before[j] - candidate[j])


@jit
def _backward_step(
    step, first_steps, d_previous, previous, gates, memory, d_recurrent, d_state
):
    """Derivatives of one step, mirror of `_forward_step`.

    Parameters
    ----------
    first_steps : int64 ndarray of shape (n_rows,), in
    d_previous : ndarray of shape (n_rows, n_hidden), in
        What the later step's recurrent product hands back.
    previous, memory : ndarray of shape (n_rows, n_hidden), in
    gates : ndarray of shape (n_rows, 3 * n_hidden), in and out
        In: the activations. Out: derivatives with respect to ``x @ W``.
    d_recurrent : ndarray of shape (n_rows, 3 * n_hidden), out
        Derivatives with respect to ``previous @ U``.
    d_state : ndarray of shape (n_rows, n_hidden), in and out
        In: the rest of what reaches the new state. Out: what goes past the products
        to the state before.
    """
    n_rows, n_hidden = d_state.shape
    one = d_state.dtype.type(1)
    for i in range(n_rows):
        d_hidden = row_part(d_state, i, 0, n_hidden)
        handed_back = row_part(d_previous, i, 0, n_hidden)
        for j in range(n_hidden):
            d_hidden[j] += handed_back[j]
        if step < first_steps[i]:
            for j in range(3 * n_hidden):
                gates[i, j] = 0
                d_recurrent[i, j] = 0
            continue
        before = row_part(previous, i, 0, n_hidden)
        inner = row_part(memory, i, 0, n_hidden)
        update = row_part(gates, i, 0, n_hidden)
        reset = row_part(gates, i, n_hidden, n_hidden)
        candidate = row_part(gates, i, 2 * n_hidden, n_hidden)
        d_update = row_part(d_recurrent, i, 0, n_hidden)
        d_reset = row_part(d_recurrent, i, n_hidden, n_hidden)
        d_inner = row_part(d_recurrent, i, 2 * n_hidden, n_hidden)
        for j in range(n_hidden):
            d_mixed = d_hidden[j] * (one - update[j])
            d_update[j] = (before[j] - candidate[j]) * update[j] * d_mixed
            candidate[j] = d_mixed * (one - candidate[j] * candidate[j])
        for j in range(n_hidden):
            d_hidden[j] *= update[j]
        for j in range(n_hidden):
            d_inner[j] = candidate[j] * reset[j]
        for j in range(n_hidden):
            d_reset[j] = d_inner[j] * inner[j] * (one - reset[j])
        # The products with the inputs have the same derivatives, but for the
        # candidate's, which is in place.
        for j in range(n_hidden):
            update[j] = d_update[j]
        for j in range(n_hidden):
            reset[j] = d_reset[j]


@forward.register(ResetAfter)
def _forward(cell, weights, inputs, first_steps, initial_state, from_start, tape):
    project_inputs(weights.kernel, inputs, tape.gates)
    recurrent = tape.step_product
    previous = initial_state
    fill_zero(recurrent)
    for step in range(inputs.shape[0]):
        if step > 0 or not from_start:
            product(previous, weights.recurrent_kernel, recurrent)
        hidden = at_step(tape.hidden, step)
        _forward_step(
            step,
            weights.bias,
            first_steps,
            recurrent,
            previous,
            at_step(tape.gates, step),
            at_step(tape.memory, step),
            hidden,
        )
        previous = hidden


@backward.register(ResetAfter)
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
    has_products = inputs.shape[0] > 1 or not from_start
    kernel = weights.recurrent_kernel
    transposed = transpose(kernel, tape.kernel_copy) if has_products else kernel
    d_previous = cut(tape.step_product, 0, d_state.shape)
    fill_zero(d_previous)
    for step in range(inputs.shape[0] - 1, -1, -1):
        if d_outputs.shape[0] > 0:
            add(at_step(d_outputs, step), d_state)
        previous = at_step(tape.hidden, step - 1) if step > 0 else initial_state
        d_recurrent = at_step(tape.d_recurrent, step)
        _backward_step(
            step,
            first_steps,
            d_previous,
            previous,
            at_step(tape.gates, step),
            at_step(tape.memory, step),
            d_recurrent,
            d_state,
        )
        if step > 0 or not from_start:
            product(d_recurrent, transposed, d_previous)
    if not from_start:
        add(d_previous, d_state)
    recurrent_gradient(
        tape.hidden,
        initial_state,
        from_start,
        tape.d_recurrent,
        d_weights.recurrent_kernel,
    )
    input_gradients(weights.kernel, inputs, tape.gates, d_weights.kernel, d_inputs)
    fill_zero(d_weights.bias)
    add_column_sums(from_step(tape.gates, 0), d_weights.bias[0])
    add_column_sums(from_step(tape.d_recurrent, 0), d_weights.bias[1])
