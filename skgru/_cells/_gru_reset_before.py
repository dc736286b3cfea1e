"""The gated recurrent unit of the first paper, reset gate before the product.

The equations are those of ``_gru.py``, except that there is only one bias and that the
candidate is computed as follows (Cho et al. 2014, equations 5 to 8; Keras's
``reset_after=False``)::

    inner     = reset * h
    candidate = tanh(x W_c + b_c + inner U_c)

Each step needs two rounds of products: the update and the reset gate take ``h``; only
then can the candidate take ``inner``.
"""

from typing import NamedTuple

from skgru._cells._base import backward, forward, prepare, states
from skgru._cells._gru import CANDIDATE, INNER, RESET, UPDATE, hold_missing
from skgru._cells._masks import add_d_seen, begin_d_seen, see_state
from skgru._cells._steps import (
    add_bias_gradient,
    add_gradient,
    add_input_gradient,
    add_state_gradient,
    pack_kernels,
    repeated_row,
    sum_steps,
)
from skgru._numerics._intrinsics import larger
from skgru._numerics._jit import jit
from skgru._numerics._math import add, fill_zero, sigmoid, tanh
from skgru._numerics._products import product, two_products
from skgru._numerics._views import block, cut, flat


@states(label="GRU", kept=("update", "reset", "candidate"))
class ResetBefore(NamedTuple):
    """GRU whose reset gate applies before the recurrent product (the first paper)."""

    n_gates: int = 3
    n_biases: int = 1
    n_planes: int = 4


@prepare.register(ResetBefore)
def _prepare(cell, weights, packs, has_past, for_backward, hands_down):
    n_hidden = packs.starts.shape[1]
    pack_kernels(weights, packs, has_past, for_backward, hands_down)
    for gate in range(3):
        for j in range(n_hidden):
            packs.starts[gate, j] = weights.bias[0, gate * n_hidden + j]


@jit(apart=True)
def _forward_gates(planes, kept, seen):
    """Compute the update and reset gates of one step, and the reset state `INNER`."""
    one = seen.dtype.type(1)
    both = cut(planes, kept * 4 * seen.size, (2 * seen.size,))
    for j in range(both.size):
        both[j] = sigmoid(both[j], one)
    reset = flat(planes[kept, RESET])
    inner = flat(planes[kept, INNER])
    for j in range(inner.size):
        inner[j] = reset[j] * seen[j]


@jit(apart=True)
def _forward_state(step, first_steps, planes, kept, before, after):
    """Compute the candidate of one step from its sum, and then the new state."""
    one = after.dtype.type(1)
    update = flat(planes[kept, UPDATE])
    candidate = flat(planes[kept, CANDIDATE])
    for j in range(candidate.size):
        candidate[j] = tanh(candidate[j], one)
    hold_missing(step, first_steps, planes[kept, UPDATE], planes[kept, CANDIDATE])
    for j in range(after.size):
        after[j] = candidate[j] + update[j] * (before[j] - candidate[j])


@jit(apart=True)
def _backward_state(planes, step, before, d_planes, kept, d_state):
    """Derivatives of candidate's and update's sums: the mirror of `_forward_state`."""
    one = d_state.dtype.type(1)
    update = flat(planes[step, UPDATE])
    candidate = flat(planes[step, CANDIDATE])
    d_update = flat(d_planes[UPDATE, kept])
    d_candidate = flat(d_planes[CANDIDATE, kept])
    for j in range(d_state.size):
        mixed = d_state[j] * (one - update[j])
        d_candidate[j] = mixed * (one - candidate[j] * candidate[j])
    for j in range(d_state.size):
        mixed = d_state[j] * (one - update[j])
        d_update[j] = (before[j] - candidate[j]) * update[j] * mixed
    for j in range(d_state.size):
        d_state[j] *= update[j]


@jit(apart=True)
def _backward_reset(planes, step, seen, d_planes, kept, d_seen):
    """Derivative of the reset gate's sum: the mirror of `_forward_gates`.

    On entry, the plane `INNER` of `d_planes` holds the derivative of ``inner``, which
    comes from the candidate's product.
    """
    one = d_seen.dtype.type(1)
    reset = flat(planes[step, RESET])
    d_reset = flat(d_planes[RESET, kept])
    d_inner = flat(d_planes[INNER, kept])
    for j in range(d_seen.size):
        d_reset[j] = d_inner[j] * seen[j] * reset[j] * (one - reset[j])
    for j in range(d_seen.size):
        d_seen[j] += d_inner[j] * reset[j]


@forward.register(ResetBefore)
def _forward(cell, packs, inputs, first_steps, from_start, tape):
    n_timesteps, n_rows, _ = inputs.shape
    planes, hidden, seen = tape.planes, tape.hidden, tape.seen
    n_hidden = hidden.shape[2]
    for step in range(n_timesteps):
        kept = step if planes.shape[0] > 1 else 0
        has_past = step > 0 or not from_start
        flat_seen = flat(seen[step])
        see_state(tape.mask, flat(hidden[step]), flat_seen)
        for gate in range(3):
            # The candidate's product with the reset state follows below.
            n_there = n_hidden if has_past and gate < CANDIDATE else 0
            two_products(
                inputs[step],
                packs.kernel[gate],
                block(seen, step * n_rows * n_hidden, (n_rows, n_there), (n_hidden, 1)),
                packs.recurrent_kernel[gate],
                repeated_row(packs.starts, gate, n_rows),
                planes[kept, gate],
            )
        _forward_gates(planes, kept, flat_seen)
        if has_past:
            sums = planes[kept, CANDIDATE]
            product(
                planes[kept, INNER],
                packs.recurrent_kernel[CANDIDATE],
                sums,
                sums,
            )
        _forward_state(
            step,
            first_steps,
            planes,
            kept,
            flat(hidden[step]),
            flat(hidden[step + 1]),
        )


@jit
def _add_gradients(inputs, start, from_start, tape, n_steps, d_weights, scratch):
    """Add the gradients of both kernels over `n_steps` steps from `start` on."""
    d_planes, planes = scratch.d_planes, tape.planes
    n_rows = inputs.shape[1]
    for gate in range(3):
        add_gradient(
            inputs, start * n_rows, d_planes, gate, n_steps, d_weights.kernel, gate
        )
    for gate in range(CANDIDATE):
        add_state_gradient(
            tape.seen,
            start,
            from_start,
            d_planes,
            gate,
            n_steps,
            d_weights.recurrent_kernel,
            gate,
        )
    # The candidate's product took `inner`. The planes of `inner` of successive steps do
    # not follow one another in memory, so there is one product for each step.
    for kept in range(n_steps):
        inner = planes[start + kept, INNER]
        n_hidden = inner.shape[1]
        add_gradient(
            cut(inner, 0, (1, n_rows, n_hidden)),
            0,
            cut(d_planes[CANDIDATE, kept], 0, (1, 1, n_rows, n_hidden)),
            0,
            1,
            d_weights.recurrent_kernel,
            CANDIDATE,
        )


@backward.register(ResetBefore)
def _backward(
    cell, packs, inputs, from_start, tape, d_outputs, d_weights, d_inputs, scratch
):
    planes, d_planes, d_seen = tape.planes, scratch.d_planes, scratch.d_seen
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
            before = flat(tape.hidden[step])
            _backward_state(planes, step, before, d_planes, kept, flat_d_state)
            # On a state of zeros the reset gate has no effect, and its derivatives are
            # zeros: `d_inner` then stays as it is filled here.
            d_inner = d_planes[INNER, kept]
            fill_zero(flat(d_planes[INNER, kept]))
            if step > 0 or not from_start:
                product(
                    d_planes[CANDIDATE, kept],
                    packs.recurrent_transposed[CANDIDATE],
                    d_inner,
                    d_inner,
                )
            begin_d_seen(tape.mask, flat_d_seen)
            seen = flat(tape.seen[step])
            _backward_reset(planes, step, seen, d_planes, kept, flat_d_seen)
            if step > 0 or not from_start:
                two_products(
                    d_planes[UPDATE, kept],
                    packs.recurrent_transposed[UPDATE],
                    d_planes[RESET, kept],
                    packs.recurrent_transposed[RESET],
                    d_seen,
                    d_seen,
                )
            add_d_seen(tape.mask, flat_d_seen, flat_d_state)
        _add_gradients(inputs, start, from_start, tape, n_steps, d_weights, scratch)
        if d_inputs.shape[0] > 0:
            add_input_gradient(packs, start, d_planes, n_steps, d_inputs)
        sum_steps(d_planes, n_steps)
        for gate in range(3):
            add_bias_gradient(scratch.one, d_planes, gate, d_weights.bias, 0, gate)
        stop = start
