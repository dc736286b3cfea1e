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

from skgru._cells._base import add_gradients, facts, step_backward, step_forward
from skgru._cells._gru import CANDIDATE, INNER, RESET, UPDATE
from skgru._cells._masks import add_d_seen, begin_d_seen
from skgru._cells._steps import add_gradient, add_products_of_direct
from skgru._numerics._jit import jit
from skgru._numerics._math import fill_zero, sigmoid, tanh
from skgru._numerics._products import product
from skgru._numerics._views import cut, flat


@facts(
    label="GRU",
    kept=("update", "reset", "candidate"),
    states=("state",),
    keeps="update",
)
class ResetBefore(NamedTuple):
    """GRU whose reset gate applies before the recurrent product (the first paper)."""

    n_gates: int = 3
    n_direct: int = 2
    n_biases: int = 1
    n_planes: int = 4
    n_derivatives: int = 4
    n_memories: int = 0


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
def _forward_state(planes, kept, before, after):
    """Compute the candidate of one step from its sum, and then the new state."""
    one = after.dtype.type(1)
    update = flat(planes[kept, UPDATE])
    candidate = flat(planes[kept, CANDIDATE])
    for j in range(candidate.size):
        candidate[j] = tanh(candidate[j], one)
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


@step_forward.register(ResetBefore)
def _step_forward(cell, packs, step, kept, has_past, tape):
    planes = tape.planes
    _forward_gates(planes, kept, flat(tape.seen[step]))
    if has_past:
        sums, recurrent = planes[kept, CANDIDATE], packs.recurrent_kernel[CANDIDATE]
        product(planes[kept, INNER], recurrent, sums, sums)
    before, after = flat(tape.hidden[step]), flat(tape.hidden[step + 1])
    _forward_state(planes, kept, before, after)


@step_backward.register(ResetBefore)
def _step_backward(cell, packs, step, kept, has_past, tape, scratch):
    planes, d_planes = tape.planes, scratch.d_planes
    before, d_state = flat(tape.hidden[step]), flat(scratch.d_state)
    _backward_state(planes, step, before, d_planes, kept, d_state)
    # On a state of zeros the reset gate has no effect, and its derivatives are zeros:
    # `d_inner` then stays as it is filled here.
    d_inner = d_planes[INNER, kept]
    fill_zero(flat(d_inner))
    if has_past:
        recurrent = packs.recurrent_transposed[CANDIDATE]
        product(d_planes[CANDIDATE, kept], recurrent, d_inner, d_inner)
    d_seen = flat(scratch.d_seen)
    begin_d_seen(tape.mask, d_seen)
    _backward_reset(planes, step, flat(tape.seen[step]), d_planes, kept, d_seen)
    if has_past:
        add_products_of_direct(cell, packs, kept, scratch)
    add_d_seen(tape.mask, d_seen, d_state)


@add_gradients.register(ResetBefore)
def _add_gradients(cell, start, n_steps, from_start, tape, d_weights, scratch):
    # The candidate's product took `inner`. The planes of `inner` of successive steps do
    # not follow one another in memory, so there is one product for each step.
    d_planes = scratch.d_planes
    for kept in range(n_steps):
        inner = tape.planes[start + kept, INNER]
        n_rows, n_hidden = inner.shape
        add_gradient(
            cut(inner, 0, (1, n_rows, n_hidden)),
            0,
            cut(d_planes[CANDIDATE, kept], 0, (1, 1, n_rows, n_hidden)),
            0,
            1,
            d_weights.recurrent_kernel,
            CANDIDATE,
        )
