"""The gated recurrent unit, with the reset gate after the recurrent product.

With sigma the logistic function and * the element-wise product, for the input ``x`` and
the state ``h`` of the step before::

    update    = sigma(x W_z + h U_z + b_z + b'_z)
    reset     = sigma(x W_r + h U_r + b_r + b'_r)
    inner     = h U_c + b'_c
    candidate = tanh(x W_c + b_c + reset * inner)
    new h     = update * h + (1 - update) * candidate

Keras (by default), PyTorch and cuDNN compute this form; the form of the first paper is
in ``_gru_reset_before.py``. The update gate has the meaning that it has in Keras,
PyTorch and ONNX: a gate of 1 keeps the old state. The gates stand in the order update,
reset, candidate in every fused array.

The forward pass goes step by step. The sums of each plane start with the bias; a
product with the inputs and one with the state are added; then one pass over the units
computes the gates and the new state. The backward pass is the same loop reversed, with
one product for each plane that depends on the state. After every few steps, one product
over all of these steps is added to each weight gradient. The tape keeps the four planes
and the state of each step for the backward pass.
"""

from typing import NamedTuple

from skgru._cells._base import backward, forward, prepare, states
from skgru._cells._masks import add_d_seen, begin_d_seen, see_state
from skgru._cells._steps import (
    add_bias_gradient,
    add_gradient,
    add_input_gradient,
    add_state_gradient,
    pack_kernels,
    repeat_row,
    repeated_row,
    sum_steps,
)
from skgru._numerics._intrinsics import larger
from skgru._numerics._jit import jit
from skgru._numerics._math import add, sigmoid, tanh
from skgru._numerics._products import product, two_products
from skgru._numerics._views import block, cut, flat, run

# Numbers of the planes of a step. The first three are also the numbers of the gates in
# fused arrays.
UPDATE, RESET, CANDIDATE, INNER = range(4)


@states(label="GRU", kept=("update", "reset", "candidate"))
class ResetAfter(NamedTuple):
    """GRU whose reset gate applies after the recurrent product (the default)."""

    n_gates: int = 3
    n_biases: int = 2
    n_planes: int = 4


@jit
def hold_missing(step, first_steps, update, candidate):
    """Make rows whose step is missing keep their state.

    With an update gate of 1 and a candidate of 0 the new state is the old state to the
    last bit. In the backward pass, the derivative of the state then passes unchanged,
    and all other derivatives of the step are zero.
    """
    for i in range(first_steps.size):
        if step < first_steps[i]:
            for j in range(update.shape[1]):
                update[i, j] = 1
                candidate[i, j] = 0


@prepare.register(ResetAfter)
def _prepare(cell, weights, packs, has_past, for_backward, hands_down):
    n_hidden = packs.starts.shape[1]
    pack_kernels(weights, packs, has_past, for_backward, hands_down)
    bias, starts = weights.bias, packs.starts
    for gate in range(3):
        inputs_bias = run(bias, 0, gate * n_hidden, n_hidden)
        recurrent_bias = run(bias, 1, gate * n_hidden, n_hidden)
        start = starts[gate]
        for j in range(n_hidden):
            start[j] = inputs_bias[j]
        if gate < CANDIDATE:
            add(recurrent_bias, start)
        else:
            inner_start = starts[INNER]
            for j in range(n_hidden):
                inner_start[j] = recurrent_bias[j]


@jit(apart=True)
def _forward_units(step, first_steps, planes, kept, before, after):
    """Compute the gates and the new state of one step from its sums.

    Parameters
    ----------
    planes : ndarray of shape (…, 4, n_rows, n_hidden), in and out
        On entry the sums, on exit the gates.
    kept : int
        Index of the step in `planes`.
    before, after : ndarray of shape (n_rows * n_hidden,), in and out
        The state before the step and the state after it.
    """
    one = after.dtype.type(1)
    both = cut(planes, kept * 4 * after.size, (2 * after.size,))
    # The compiler vectorises short loops, with few arrays that might overlap.
    for j in range(both.size):
        both[j] = sigmoid(both[j], one)
    update = flat(planes[kept, UPDATE])
    reset = flat(planes[kept, RESET])
    candidate = flat(planes[kept, CANDIDATE])
    inner = flat(planes[kept, INNER])
    for j in range(after.size):
        candidate[j] = tanh(candidate[j] + reset[j] * inner[j], one)
    hold_missing(step, first_steps, planes[kept, UPDATE], planes[kept, CANDIDATE])
    for j in range(after.size):
        after[j] = candidate[j] + update[j] * (before[j] - candidate[j])


@jit(apart=True)
def _backward_units(planes, step, before, d_planes, kept, d_state):
    """Compute the derivatives of the sums of one step: the mirror of `_forward_units`.

    Parameters
    ----------
    planes : ndarray of shape (n_timesteps, 4, n_rows, n_hidden), in
    before : ndarray of shape (n_rows * n_hidden,), in
    d_planes : ndarray of shape (4, …, n_rows, n_hidden), out
    kept : int
        Index of the step in `d_planes`.
    d_state : ndarray of shape (n_rows * n_hidden,), in and out
        On entry the derivative of the new state. On exit the part of the derivative of
        the state before that does not go through the recurrent products.
    """
    one = d_state.dtype.type(1)
    update = flat(planes[step, UPDATE])
    reset = flat(planes[step, RESET])
    candidate = flat(planes[step, CANDIDATE])
    inner = flat(planes[step, INNER])
    d_update = flat(d_planes[UPDATE, kept])
    d_reset = flat(d_planes[RESET, kept])
    d_candidate = flat(d_planes[CANDIDATE, kept])
    d_inner = flat(d_planes[INNER, kept])
    for j in range(d_state.size):
        mixed = d_state[j] * (one - update[j])
        d_candidate[j] = mixed * (one - candidate[j] * candidate[j])
    for j in range(d_state.size):
        mixed = d_state[j] * (one - update[j])
        d_update[j] = (before[j] - candidate[j]) * update[j] * mixed
    for j in range(d_state.size):
        d_inner[j] = d_candidate[j] * reset[j]
    for j in range(d_state.size):
        d_reset[j] = d_inner[j] * inner[j] * (one - reset[j])
    for j in range(d_state.size):
        d_state[j] *= update[j]


@jit
def _add_gradients(inputs, start, from_start, tape, n_steps, d_weights, scratch):
    """Add the gradients of both kernels over `n_steps` steps from `start` on."""
    d_planes = scratch.d_planes
    for gate in range(3):
        add_gradient(
            inputs,
            start * inputs.shape[1],
            d_planes,
            gate,
            n_steps,
            d_weights.kernel,
            gate,
        )
        add_state_gradient(
            tape.seen,
            start,
            from_start,
            d_planes,
            gate if gate < CANDIDATE else INNER,
            n_steps,
            d_weights.recurrent_kernel,
            gate,
        )


@jit
def _add_bias_gradients(d_bias, n_steps, scratch):
    """Add the gradient of the biases over `n_steps` steps.

    The derivatives of the steps are summed in place, so this function comes last.
    """
    one, d_planes = scratch.one, scratch.d_planes
    sum_steps(d_planes, n_steps)
    for gate in range(3):
        add_bias_gradient(one, d_planes, gate, d_bias, 0, gate)
        inner = gate if gate < CANDIDATE else INNER
        add_bias_gradient(one, d_planes, inner, d_bias, 1, gate)


@forward.register(ResetAfter)
def _forward(cell, packs, inputs, first_steps, from_start, tape):
    n_timesteps, n_rows, _ = inputs.shape
    planes, hidden, seen = tape.planes, tape.hidden, tape.seen
    n_hidden = hidden.shape[2]
    for step in range(n_timesteps):
        kept = step if planes.shape[0] > 1 else 0
        has_past = step > 0 or not from_start
        see_state(tape.mask, flat(hidden[step]), flat(seen[step]))
        for gate in range(3):
            # The candidate's product with the state goes into the plane `INNER`.
            n_there = n_hidden if has_past and gate < CANDIDATE else 0
            two_products(
                inputs[step],
                packs.kernel[gate],
                block(seen, step * n_rows * n_hidden, (n_rows, n_there), (n_hidden, 1)),
                packs.recurrent_kernel[gate],
                repeated_row(packs.starts, gate, n_rows),
                planes[kept, gate],
            )
        inner = planes[kept, INNER]
        if has_past:
            product(
                seen[step],
                packs.recurrent_kernel[CANDIDATE],
                repeated_row(packs.starts, INNER, n_rows),
                inner,
            )
        else:
            repeat_row(packs.starts, INNER, inner)
        _forward_units(
            step,
            first_steps,
            planes,
            kept,
            flat(hidden[step]),
            flat(hidden[step + 1]),
        )


@backward.register(ResetAfter)
def _backward(
    cell, packs, inputs, from_start, tape, d_outputs, d_weights, d_inputs, scratch
):
    d_planes, d_seen = scratch.d_planes, scratch.d_seen
    flat_d_state = cut(scratch.d_state, 0, (d_seen.size,))
    flat_d_seen = cut(d_seen, 0, (d_seen.size,))
    stop = inputs.shape[0]
    while stop > 0:
        start = larger(0, stop - d_planes.shape[1])
        n_steps = stop - start
        for step in range(stop - 1, start - 1, -1):
            if d_outputs.shape[0] > 0:
                add(flat(d_outputs[step]), flat_d_state)
            kept = step - start
            _backward_units(
                tape.planes,
                step,
                flat(tape.hidden[step]),
                d_planes,
                kept,
                flat_d_state,
            )
            if step > 0 or not from_start:
                begin_d_seen(tape.mask, flat_d_seen)
                two_products(
                    d_planes[UPDATE, kept],
                    packs.recurrent_transposed[UPDATE],
                    d_planes[RESET, kept],
                    packs.recurrent_transposed[RESET],
                    d_seen,
                    d_seen,
                )
                product(
                    d_planes[INNER, kept],
                    packs.recurrent_transposed[CANDIDATE],
                    d_seen,
                    d_seen,
                )
                add_d_seen(tape.mask, flat_d_seen, flat_d_state)
        _add_gradients(inputs, start, from_start, tape, n_steps, d_weights, scratch)
        if d_inputs.shape[0] > 0:
            add_input_gradient(packs, start, d_planes, n_steps, d_inputs)
        _add_bias_gradients(d_weights.bias, n_steps, scratch)
        stop = start
