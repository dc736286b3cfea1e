"""The plain recurrent unit (Elman 1990).

For the input ``x`` and the state ``h`` of the step before::

    new h = tanh(x W + h U + b)

Keras calls it SimpleRNN, PyTorch RNN. Its one "gate" is direct. The tape keeps the
states; the plane of a step holds its sum only.
"""

from typing import NamedTuple

from skgru._cells._base import add_gradients, facts, step_backward, step_forward
from skgru._cells._steps import step_backward_of_direct
from skgru._numerics._jit import jit
from skgru._numerics._math import fill_zero, tanh
from skgru._numerics._views import flat


@facts(label="RNN", kept=(), states=("state",))
class RNN(NamedTuple):
    """A layer of tanh units that also read their own last states."""

    n_gates: int = 1
    n_direct: int = 1
    n_biases: int = 1
    n_planes: int = 1
    n_derivatives: int = 1
    n_memories: int = 0


@jit(apart=True)
def _forward_units(sums, after):
    """Compute the new state of one step from its sums."""
    one = after.dtype.type(1)
    for j in range(after.size):
        after[j] = tanh(sums[j], one)


@jit(apart=True)
def _backward_units(after, d_sums, d_state):
    """Compute the derivatives of the sums of one step: the mirror of `_forward_units`.

    `d_state` becomes zeros, since only the products read the state before.
    """
    one = d_state.dtype.type(1)
    for j in range(d_state.size):
        d_sums[j] = d_state[j] * (one - after[j] * after[j])
    fill_zero(d_state)


@step_forward.register(RNN)
def _step_forward(cell, packs, step, kept, has_past, tape):
    _forward_units(flat(tape.planes[kept, 0]), flat(tape.hidden[step + 1]))


@step_backward.register(RNN)
def _step_backward(cell, packs, step, kept, has_past, tape, scratch):
    after, d_sums = flat(tape.hidden[step + 1]), flat(scratch.d_planes[0, kept])
    _backward_units(after, d_sums, flat(scratch.d_state))
    step_backward_of_direct(cell, packs, kept, has_past, tape, scratch)


@add_gradients.register(RNN)
def _add_gradients(cell, start, n_steps, from_start, tape, d_weights, scratch):
    """Add nothing: the only gate is direct."""
