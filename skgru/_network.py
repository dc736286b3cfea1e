"""A stack of recurrent cells and a dense head: predictions and gradient.

The head sees the last state of the last layer only: ``raw = h_T coef + intercept``.
"""

import functools
from typing import NamedTuple

import numpy as np

from skgru._batches import gather
from skgru._cells._base import Packs, Scratch, Tape, backward, forward, prepare
from skgru._intrinsics import block, cut
from skgru._jit import in_python, jit, jit_entry
from skgru._math import fill_zero
from skgru._parameters import cell_weights, head_weights
from skgru._products import (
    LANES,
    n_lanes,
    pack,
    pack_transposed,
    packed_size,
    product,
    product_of_plain,
)

# Bytes of derivatives that a weight gradient is summed over at a time. They are read
# again for every row of the gradient: they should stay in a core's second cache.
_BYTES_AT_ONCE = 2**17
# But rows of theirs at least: each time the whole gradient is read and written.
_ROWS_AT_ONCE = 128
# Bytes of a line of the processor's cache.
_LINE = 64


class Workspace(NamedTuple):
    """Memory of one thread, allocated once.

    All but `memory` and `first_steps` are integers: where a part begins in `memory`.
    One array is taken over from Python faster than many.

    Attributes
    ----------
    memory : ndarray of shape (size,)
    first_steps : int64 ndarray of shape (n_rows,)
    inputs
        The gathered rows.
    packs, n_pack
        The packed weights of each layer and of the head, `n_pack` numbers each.
    planes, hidden
        The tapes of all layers, one after the other.
    d_planes, n_d_planes, d_state
        Scratch of one layer, used by all in turn; the first of length `n_d_planes`.
    d_inputs, n_d_inputs
        What one layer's backward pass hands to the layer below, in two turns of
        `n_d_inputs` numbers.
    one
        The number 1.
    raw, d_raw, targets, weights
        The head's predictions, their gradient, and what they are compared with.
    """

    memory: np.ndarray
    first_steps: np.ndarray
    inputs: int
    packs: int
    n_pack: int
    planes: int
    hidden: int
    d_planes: int
    n_d_planes: int
    d_state: int
    d_inputs: int
    n_d_inputs: int
    one: int
    raw: int
    d_raw: int
    targets: int
    weights: int


def make_workspace(cell, layout, n_timesteps, n_rows, dtype, *, training):
    """Allocate the memory for at most `n_rows` sequences at a time."""
    dtype = np.dtype(dtype)
    plan = _plan_workspace(
        cell,
        int(layout.layers[0]["n_inputs"]),
        tuple(layout.layers["n_hidden"].tolist()),
        layout.n_outputs,
        n_timesteps,
        n_rows,
        dtype,
        training,
    )
    memory = np.empty(plan["end"] + _LINE, dtype=dtype)
    # Each part begins with a line of the processor's cache: a vector that lies across
    # two lines takes twice as long to load.
    first = -memory.ctypes.data % _LINE // dtype.itemsize
    memory = memory[first : first + plan["end"]]
    memory[plan["starts"]["one"]] = 1
    return Workspace(memory, np.empty(n_rows, dtype=np.int64), **plan["starts"])


@functools.lru_cache
def _plan_workspace(
    cell, n_features, sizes, n_outputs, n_timesteps, n_rows, dtype, training
):
    """Where the parts of a workspace begin, and where the last ends."""
    lanes = LANES[dtype]
    flat = n_timesteps * n_rows
    widest = max(sizes)
    n_steps = min(n_timesteps, steps_at_once(cell, n_rows, widest, dtype.itemsize))
    n_pack = _longest_pack(cell, n_features, sizes, n_outputs, lanes)
    n_d_planes = n_d_inputs = 0
    if training:
        n_d_planes = cell.n_planes * n_steps * n_rows * widest
        # Only layers above the first one hand a derivative down.
        n_d_inputs = flat * max(sizes[:-1], default=0)
    lengths = {
        "one": 1,
        "packs": (len(sizes) + 1) * n_pack,
        "inputs": flat * n_features,
        "planes": cell.n_planes * (flat if training else n_rows) * sum(sizes),
        "hidden": (flat + n_rows) * sum(sizes),
        # Whole vectors are read from these two: one more behind their ends.
        "d_planes": n_d_planes + lanes,
        "d_raw": n_rows * n_outputs + lanes,
        "d_state": n_rows * widest,
        "d_inputs": 2 * n_d_inputs,
        "raw": n_rows * n_outputs,
        "targets": n_rows * n_outputs,
        "weights": n_rows,
    }
    line = _LINE // dtype.itemsize
    starts, end = {}, 0
    for name, length in lengths.items():
        starts[name] = end
        end += -(-length // line) * line
    starts |= {"n_pack": n_pack, "n_d_planes": n_d_planes, "n_d_inputs": n_d_inputs}
    return {"starts": starts, "end": end}


def steps_at_once(cell, n_rows, n_hidden, itemsize):
    """Steps over which a weight gradient is summed at a time."""
    that_fit = _BYTES_AT_ONCE // (cell.n_planes * n_rows * n_hidden * itemsize)
    return max(that_fit, -(-_ROWS_AT_ONCE // n_rows))


def _longest_pack(cell, n_features, sizes, n_outputs, lanes):
    """Numbers that the packs of the largest layer take, or those of the head."""
    size = in_python(packed_size)
    last = sizes[-1]
    longest = size(last, n_outputs, lanes) + size(n_outputs, last, lanes)
    for n_inputs, n_hidden in zip((n_features, *sizes[:-1]), sizes, strict=True):
        of_a_gate = (
            size(n_inputs, n_hidden, lanes)
            + 2 * size(n_hidden, n_hidden, lanes)
            + size(n_hidden, n_inputs, lanes)
        )
        longest = max(longest, cell.n_gates * of_a_gate + cell.n_planes * n_hidden)
    return longest


@jit
def layer_packs(cell, layout, space, index):
    """Packed weights of one layer."""
    n_inputs = layout.layers[index]["n_inputs"]
    n_hidden = layout.layers[index]["n_hidden"]
    lanes = n_lanes(space.memory[0])
    inward = packed_size(n_inputs, n_hidden, lanes)
    across = packed_size(n_hidden, n_hidden, lanes)
    outward = packed_size(n_hidden, n_inputs, lanes)
    n_gates = cell.n_gates
    start = space.packs + index * space.n_pack
    after_kernels = start + n_gates * (inward + across)
    return Packs(
        cut(space.memory, start, (n_gates, inward)),
        cut(space.memory, start + n_gates * inward, (n_gates, across)),
        cut(space.memory, after_kernels, (n_gates, outward)),
        cut(space.memory, after_kernels + n_gates * outward, (n_gates, across)),
        cut(
            space.memory,
            after_kernels + n_gates * (outward + across),
            (cell.n_planes, n_hidden),
        ),
    )


@jit
def head_packs(layout, space):
    """Packed coefficients of the head, and their transpose."""
    lanes = n_lanes(space.memory[0])
    size = packed_size(layout.n_hidden, layout.n_outputs, lanes)
    size_transposed = packed_size(layout.n_outputs, layout.n_hidden, lanes)
    start = space.packs + layout.layers.size * space.n_pack
    return (
        cut(space.memory, start, (size,)),
        cut(space.memory, start + size, (size_transposed,)),
    )


@jit
def layer_tape(cell, layout, space, index, n_timesteps, n_rows, training):
    """Tape of one layer."""
    n_hidden = layout.layers[index]["n_hidden"]
    n_before = layout.layers[index]["n_hidden_before"]
    n_kept = n_timesteps if training else 1
    return Tape(
        cut(
            space.memory,
            space.planes + cell.n_planes * n_before * n_kept * n_rows,
            (n_kept, cell.n_planes, n_rows, n_hidden),
        ),
        cut(
            space.memory,
            space.hidden + n_before * (n_timesteps + 1) * n_rows,
            (n_timesteps + 1, n_rows, n_hidden),
        ),
    )


@jit
def layer_inputs(layout, space, index, n_timesteps, n_rows):
    """What one layer reads: the gathered rows, or the states of the layer below."""
    shape = (n_timesteps, n_rows, layout.layers[index]["n_inputs"])
    if index == 0:
        return cut(space.memory, space.inputs, shape)
    n_below = layout.layers[index - 1]["n_hidden"]
    n_before = layout.layers[index - 1]["n_hidden_before"]
    # The initial state stands before the first.
    start = n_before * (n_timesteps + 1) * n_rows + n_rows * n_below
    return cut(space.memory, space.hidden + start, shape)


@jit
def last_states(layout, space, n_timesteps, n_rows):
    """Where the last states of the last layer begin in the memory."""
    last = layout.layers[layout.layers.size - 1]
    before = last["n_hidden_before"] * (n_timesteps + 1) * n_rows
    return space.hidden + before + n_timesteps * n_rows * last["n_hidden"]


@jit
def prepare_network(cell, layout, parameters, space, n_timesteps, for_backward):
    """Pack all weights, once before many rows are computed with them."""
    for index in range(layout.layers.size):
        prepare(
            cell,
            cell_weights(cell, layout.layers[index], parameters),
            layer_packs(cell, layout, space, index),
            n_timesteps > 1,
            for_backward,
            for_backward and index > 0,
        )
    coef, _ = head_weights(layout, parameters)
    packed, packed_transposed = head_packs(layout, space)
    pack(coef, packed)
    if for_backward:
        pack_transposed(coef, packed_transposed)


@jit
def network_forward(cell, layout, parameters, space, n_timesteps, n_rows, training):
    """Predict the gathered rows; returns raw predictions (n_rows, n_outputs)."""
    first_steps = cut(space.first_steps, 0, (n_rows,))
    for index in range(layout.layers.size):
        tape = layer_tape(cell, layout, space, index, n_timesteps, n_rows, training)
        fill_zero(cut(tape.hidden, 0, (n_rows * tape.hidden.shape[2],)))
        forward(
            cell,
            layer_packs(cell, layout, space, index),
            layer_inputs(layout, space, index, n_timesteps, n_rows),
            first_steps,
            True,
            tape,
        )
    _, intercept = head_weights(layout, parameters)
    packed, _ = head_packs(layout, space)
    raw = cut(space.memory, space.raw, (n_rows, layout.n_outputs))
    start = last_states(layout, space, n_timesteps, n_rows)
    product(
        cut(space.memory, start, (n_rows, layout.n_hidden)),
        packed,
        block(intercept, 0, (n_rows, layout.n_outputs), (0, 1)),
        raw,
    )
    return raw


@jit
def head_backward(layout, space, n_timesteps, n_rows, gradient):
    """Gradient of the head, and derivative of the last states."""
    n_hidden, n_outputs = layout.n_hidden, layout.n_outputs
    d_raw = cut(space.memory, space.d_raw, (n_rows, n_outputs))
    d_coef, d_intercept = head_weights(layout, gradient)
    _, packed_transposed = head_packs(layout, space)
    start = last_states(layout, space, n_timesteps, n_rows)
    states = block(space.memory, start, (n_hidden, n_rows), (1, n_hidden))
    product_of_plain(states, d_raw, d_coef, d_coef)
    total = block(d_intercept, 0, (1, n_outputs), (n_outputs, 1))
    ones = block(space.memory, space.one, (1, n_rows), (0, 0))
    product_of_plain(ones, d_raw, total, total)
    fill_zero(cut(space.memory, space.d_state, (n_rows * n_hidden,)))
    d_state = cut(space.memory, space.d_state, (n_rows, n_hidden))
    product(d_raw, packed_transposed, d_state, d_state)


@jit
def network_backward(cell, layout, space, n_timesteps, n_rows, gradient):
    """Gradient of everything, after `network_forward` on the same rows.

    Parameters
    ----------
    space : Workspace
        With the upstream gradient of the predictions in ``d_raw``.
    gradient : ndarray of shape (layout.n_parameters,), in and out
        It is added to what is there.
    """
    head_backward(layout, space, n_timesteps, n_rows, gradient)
    n_layers = layout.layers.size
    d_outputs = cut(space.memory, space.d_inputs, (0, n_rows, layout.n_hidden))
    for index in range(n_layers - 1, -1, -1):
        layer = layout.layers[index]
        n_inputs, n_hidden = layer["n_inputs"], layer["n_hidden"]
        if index < n_layers - 1:
            fill_zero(cut(space.memory, space.d_state, (n_rows * n_hidden,)))
        n_steps = space.n_d_planes // (cell.n_planes * n_rows * n_hidden)
        d_inputs = cut(
            space.memory,
            space.d_inputs + index % 2 * space.n_d_inputs,
            (n_timesteps if index > 0 else 0, n_rows, n_inputs),
        )
        backward(
            cell,
            layer_packs(cell, layout, space, index),
            layer_inputs(layout, space, index, n_timesteps, n_rows),
            True,
            layer_tape(cell, layout, space, index, n_timesteps, n_rows, True),
            d_outputs,
            cell_weights(cell, layer, gradient),
            d_inputs,
            Scratch(
                cut(
                    space.memory,
                    space.d_planes,
                    (cell.n_planes, n_steps, n_rows, n_hidden),
                ),
                cut(space.memory, space.d_state, (n_rows, n_hidden)),
                cut(space.memory, space.one, (1,)),
            ),
        )
        d_outputs = d_inputs


@jit_entry
def predict_sequences(cell, layout, parameters, space, sequences, scaling, rows, out):
    """Raw predictions of some sequences, as many at a time as the workspace holds.

    Parameters
    ----------
    rows : int64 ndarray of shape (n_samples,), in
        Which sequences.
    out : ndarray of shape (n_samples, n_outputs), out
    """
    n_features = layout.layers[0]["n_inputs"]
    n_timesteps = sequences.n_timesteps
    n_at_once = space.first_steps.size
    prepare_network(cell, layout, parameters, space, n_timesteps, False)
    for start in range(0, rows.size, n_at_once):
        n_rows = min(n_at_once, rows.size - start)
        gather(
            sequences,
            cut(rows, start, (n_rows,)),
            scaling,
            cut(space.memory, space.inputs, (n_timesteps, n_rows, n_features)),
            cut(space.first_steps, 0, (n_rows,)),
        )
        raw = network_forward(
            cell, layout, parameters, space, n_timesteps, n_rows, False
        )
        for i in range(n_rows):
            for k in range(layout.n_outputs):
                out[start + i, k] = raw[i, k]
