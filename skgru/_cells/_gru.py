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

The update and the reset gate are direct. The candidate's product with the state stands
apart, in the plane of ``inner``, since the reset gate scales it. The tape keeps the
four planes and the state of each step for the backward pass.
"""

from typing import NamedTuple

from skgru._cells._base import add_gradients, facts, step_backward, step_forward
from skgru._cells._masks import add_d_seen, begin_d_seen
from skgru._cells._steps import (
    add_products_of_direct,
    add_state_gradient,
    repeat_row,
    repeated_row,
)
from skgru._numerics._jit import jit
from skgru._numerics._math import sigmoid, tanh
from skgru._numerics._products import product
from skgru._numerics._views import cut, flat

# Numbers of the planes of a step. The first three are also the numbers of the gates in
# fused arrays.
UPDATE, RESET, CANDIDATE, INNER = range(4)


@facts(
    label="GRU",
    kept=("update", "reset", "candidate"),
    states=("state",),
    keeps="update",
)
class ResetAfter(NamedTuple):
    """GRU whose reset gate applies after the recurrent product (the default)."""

    n_gates: int = 3
    n_direct: int = 2
    n_biases: int = 2
    n_planes: int = 4
    n_derivatives: int = 4
    n_memories: int = 0


@jit(apart=True)
def _forward_units(planes, kept, before, after):
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


@step_forward.register(ResetAfter)
def _step_forward(cell, packs, step, kept, has_past, tape):
    inner = tape.planes[kept, INNER]
    if has_past:
        product(
            tape.seen[step],
            packs.recurrent_kernel[CANDIDATE],
            repeated_row(packs.starts, INNER, inner.shape[0]),
            inner,
        )
    else:
        repeat_row(packs.starts, INNER, inner)
    before, after = flat(tape.hidden[step]), flat(tape.hidden[step + 1])
    _forward_units(tape.planes, kept, before, after)


@step_backward.register(ResetAfter)
def _step_backward(cell, packs, step, kept, has_past, tape, scratch):
    d_planes, d_seen = scratch.d_planes, scratch.d_seen
    before, d_state = flat(tape.hidden[step]), flat(scratch.d_state)
    _backward_units(tape.planes, step, before, d_planes, kept, d_state)
    if has_past:
        begin_d_seen(tape.mask, flat(d_seen))
        add_products_of_direct(cell, packs, kept, scratch)
        recurrent = packs.recurrent_transposed[CANDIDATE]
        product(d_planes[INNER, kept], recurrent, d_seen, d_seen)
        add_d_seen(tape.mask, flat(d_seen), d_state)


@add_gradients.register(ResetAfter)
def _add_gradients(cell, start, n_steps, from_start, tape, d_weights, scratch):
    add_state_gradient(
        tape.seen,
        start,
        from_start,
        scratch.d_planes,
        INNER,
        n_steps,
        d_weights.recurrent_kernel,
        CANDIDATE,
    )
