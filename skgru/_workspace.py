"""Memory of one thread: where each part begins, and views of the parts."""

import functools
from typing import NamedTuple

import numpy as np

from skgru._cells._base import Packs, Tape
from skgru._intrinsics import cut
from skgru._jit import in_python, jit
from skgru._products import LANES, n_lanes, packed_size

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
