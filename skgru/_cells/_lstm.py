"""Long short-term memory: a memory cell behind an input, a forget and an output gate.

With sigma the logistic function and * the element-wise product, for the input ``x``,
the state ``h`` and the memory ``m`` of the step before::

    input     = sigma(x W_i + h U_i + b_i)
    forget    = sigma(x W_f + h U_f + b_f)
    candidate = tanh(x W_c + h U_c + b_c)
    output    = sigma(x W_o + h U_o + b_o)
    new m     = forget * m + input * candidate
    new h     = output * tanh(new m)

This is the cell of Hochreiter and Schmidhuber (1997) with the forget gate of Gers,
Schmidhuber and Cummins (2000) and without peepholes, as Keras, PyTorch and ONNX compute
it. The gates stand in Keras's order in every fused array: input, forget, candidate,
output. PyTorch has two biases, whose sum is the one of this file.

All gates are direct. The tape keeps the gates, tanh(new m), and both states of each
step.
"""

from typing import NamedTuple

from skgru._cells._base import add_gradients, facts, step_backward, step_forward
from skgru._cells._steps import step_backward_of_direct
from skgru._numerics._jit import jit
from skgru._numerics._math import fill_zero, sigmoid, tanh
from skgru._numerics._views import cut, flat

# Numbers of the planes of a step. The first four are also the numbers of the gates in
# fused arrays.
INPUT, FORGET, CANDIDATE, OUTPUT, SQUASHED = range(5)


@facts(
    label="LSTM",
    kept=("input", "forget", "candidate", "output"),
    states=("state", "memory"),
    keeps="forget",
    keeps_at_first=1.0,
    lets_in="input",
)
class LSTM(NamedTuple):
    """Long short-term memory with a forget gate."""

    n_gates: int = 4
    n_direct: int = 4
    n_biases: int = 1
    n_planes: int = 5
    n_derivatives: int = 4
    n_memories: int = 1


@jit(apart=True)
def _forward_units(planes, kept, before, memory, after):
    """Compute the gates and the new states of one step from its sums.

    Parameters
    ----------
    planes : ndarray of shape (…, 5, n_rows, n_hidden), in and out
        On entry the sums, on exit the gates, and tanh of the new memory.
    kept : int
        Index of the step in `planes`.
    before, memory, after : ndarray of shape (n_rows * n_hidden,), in and out
        The memory before the step and after it, and the state after it.
    """
    one = after.dtype.type(1)
    both = cut(planes, kept * 5 * after.size, (2 * after.size,))
    # The compiler vectorises short loops, with few arrays that might overlap.
    for j in range(both.size):
        both[j] = sigmoid(both[j], one)
    output = flat(planes[kept, OUTPUT])
    for j in range(output.size):
        output[j] = sigmoid(output[j], one)
    entry = flat(planes[kept, INPUT])
    forget = flat(planes[kept, FORGET])
    candidate = flat(planes[kept, CANDIDATE])
    for j in range(memory.size):
        candidate[j] = tanh(candidate[j], one)
    for j in range(memory.size):
        memory[j] = forget[j] * before[j] + entry[j] * candidate[j]
    squashed = flat(planes[kept, SQUASHED])
    for j in range(squashed.size):
        squashed[j] = tanh(memory[j], one)
    for j in range(after.size):
        after[j] = output[j] * squashed[j]


@jit(apart=True)
def _backward_units(planes, step, before, d_planes, kept, d_state, d_memory):
    """Compute the derivatives of the sums of one step: the mirror of `_forward_units`.

    Parameters
    ----------
    planes : ndarray of shape (n_timesteps, 5, n_rows, n_hidden), in
    before : ndarray of shape (n_rows * n_hidden,), in
        The memory before the step.
    d_planes : ndarray of shape (4, …, n_rows, n_hidden), out
    kept : int
        Index of the step in `d_planes`.
    d_state, d_memory : ndarray of shape (n_rows * n_hidden,), in and out
        On entry the derivatives of the new states. On exit the derivative of the memory
        before, and zeros for the state before, which only the products read.
    """
    one = d_state.dtype.type(1)
    entry = flat(planes[step, INPUT])
    forget = flat(planes[step, FORGET])
    candidate = flat(planes[step, CANDIDATE])
    output = flat(planes[step, OUTPUT])
    squashed = flat(planes[step, SQUASHED])
    d_output = flat(d_planes[OUTPUT, kept])
    for j in range(d_state.size):
        d_output[j] = d_state[j] * squashed[j] * output[j] * (one - output[j])
    for j in range(d_state.size):
        d_memory[j] += d_state[j] * output[j] * (one - squashed[j] * squashed[j])
    d_entry = flat(d_planes[INPUT, kept])
    for j in range(d_memory.size):
        d_entry[j] = d_memory[j] * candidate[j] * entry[j] * (one - entry[j])
    d_candidate = flat(d_planes[CANDIDATE, kept])
    for j in range(d_memory.size):
        d_candidate[j] = d_memory[j] * entry[j] * (one - candidate[j] * candidate[j])
    d_forget = flat(d_planes[FORGET, kept])
    for j in range(d_memory.size):
        d_forget[j] = d_memory[j] * before[j] * forget[j] * (one - forget[j])
    for j in range(d_memory.size):
        d_memory[j] *= forget[j]
    fill_zero(d_state)


@step_forward.register(LSTM)
def _step_forward(cell, packs, step, kept, has_past, tape):
    memory = tape.memories[0]
    before, after = flat(memory[step]), flat(memory[step + 1])
    _forward_units(tape.planes, kept, before, after, flat(tape.hidden[step + 1]))


@step_backward.register(LSTM)
def _step_backward(cell, packs, step, kept, has_past, tape, scratch):
    _backward_units(
        tape.planes,
        step,
        flat(tape.memories[0, step]),
        scratch.d_planes,
        kept,
        flat(scratch.d_state),
        flat(scratch.d_memories[0]),
    )
    step_backward_of_direct(cell, packs, kept, has_past, tape, scratch)


@add_gradients.register(LSTM)
def _add_gradients(cell, start, n_steps, from_start, tape, d_weights, scratch):
    """Add nothing: all gates are direct."""
