"""Memory of one thread: where each part begins, and views of the parts.

Time is cut into segments. There is only one unless the tape would be long. The memory
holds the tape of one segment at a time, and the states before each segment.
"""

import functools
import math
import threading
from typing import NamedTuple

import numpy as np

from skgru._cells._base import Packs, Tape
from skgru._network._masks import Masks, masked_states
from skgru._numerics._jit import in_python, jit
from skgru._numerics._products import packed_size
from skgru._numerics._structs import Indices, Vector, constant
from skgru._numerics._tiles import LANES, n_lanes
from skgru._numerics._views import cut

# Rows of a shard, and the least of them where a layer has many hidden units; and how
# many shards there are before they grow.
_SHARD, _SMALL_SHARD, _WIDE, _ENOUGH_SHARDS = 16, 8, 64, 8
# Bytes of derivatives that are added to a weight gradient at a time. They are read
# again for every row of the gradient, so they should fit in a core's second-level
# cache.
_BYTES_AT_ONCE = 2**17
# Rows of derivatives that are added at a time, at least, even if they take more bytes:
# each addition reads and writes the whole gradient.
_ROWS_AT_ONCE = 128
# Bytes of inputs and tapes that a thread keeps whole. Longer tapes are computed again
# in the backward pass, segment by segment. This takes up to a third more time, but
# memory that grows only with the square root of the number of steps.
_WHOLE_TAPE = 2**25
# Numbers that a block of predictions may keep in memory: a few MB, the size of a core's
# cache.
_PREDICTION_BLOCK = 2**20
# Rows of a block of predictions at most; and at least, the rows of a tile.
_PREDICTION_ROWS = 64
_TILE_ROWS = 8
# Bytes of a workspace that is kept for the next prediction, at most.
_KEPT_BYTES = 2**18
# Bytes in a line of the processor's cache.
_LINE = 64


class Workspace(NamedTuple):
    """Memory of one thread, allocated once.

    All fields but `memory` and `first_steps` are integers, or named tuples of integers.
    Most of them say where a part begins in `memory`. The parts share one array, because
    Python passes one array to a kernel faster than many.

    Attributes
    ----------
    memory : ndarray of shape (size,)
    first_steps : int64 ndarray of shape (n_rows,)
        How many first steps of each row are missing, counted from where the segment
        begins.
    n_steps
        Steps of a segment. The last segment may be shorter.
    inputs
        The gathered rows of a segment.
    packs, n_pack
        The packed weights of each cell and of the head, `n_pack` numbers each.
    looked_up, tables
        The rows of kernels that are looked up, and the embeddings.
    planes, hidden, memories
        The tapes of all cells, one after the other.
    checkpoints
        The states of all cells before each segment but the first; in prediction only
        before the next segment.
    d_planes, n_d_planes
        Derivatives of the planes of one cell, `n_d_planes` numbers. All cells use this
        memory in turn.
    d_state, d_memories
        Derivatives of the states of all cells, carried from segment to segment.
    d_inputs, n_d_inputs
        Derivatives of inputs, which one layer's backward pass hands to the layer below:
        two memories of `n_d_inputs` numbers, which the layers use in turn.
    first_asked
        Index of the first cell that is asked for the derivatives of its inputs: in
        training the first cell of the second layer, unless there are embeddings.
    one
        The number 1.
    raw, d_raw, targets, weights
        Raw predictions of the head, their gradient, and the targets and sample weights
        of the rows.
    last, d_last
        What the head reads, the last states or means, and the derivatives that it hands
        back to the last states, or to each of the states whose mean it reads.
    sums
        See ``_pooling.py``. It is empty where the head reads the last states.
    turned, joined, d_turned, d_half
        See ``_bidirectional.py``. They are empty where layers read one way.
    drops : bool
        Whether there is dropout.
    masks : Masks
        See ``_masks.py``.
    """

    memory: Vector
    first_steps: Indices
    n_steps: int
    inputs: int
    packs: int
    n_pack: int
    looked_up: int
    tables: int
    planes: int
    hidden: int
    memories: int
    checkpoints: int
    d_planes: int
    n_d_planes: int
    d_state: int
    d_memories: int
    d_inputs: int
    n_d_inputs: int
    first_asked: int
    one: int
    raw: int
    d_raw: int
    targets: int
    weights: int
    last: int
    d_last: int
    sums: int
    turned: int
    joined: int
    d_turned: int
    d_half: int
    drops: bool
    masks: Masks


@constant
class KeptWorkspace(Workspace):
    """A small workspace that one prediction after the other uses."""


def make_workspace(
    cell,
    layout,
    n_timesteps,
    n_rows,
    dtype,
    *,
    training,
    drops=False,
    of_inputs=False,
):
    """Allocate the memory for at most `n_rows` sequences at a time.

    Parameters
    ----------
    training : bool
        Whether there will be a backward pass.
    drops : bool, default=False
        Whether there will be dropout.
    of_inputs : bool, default=False
        Whether the backward pass goes down to the inputs of the network.
    """
    dtype = np.dtype(dtype)
    plan = _plan_workspace(
        cell,
        layout.direction.n_directions,
        tuple(layout.layers["n_inputs"].tolist()),
        tuple(layout.layers["n_hidden"].tolist()),
        int(layout.layers["n_looked_up"][0]),
        int(layout.first_codes[-1]) * layout.embedding_size,
        layout.n_outputs,
        layout.averages,
        n_timesteps,
        n_rows,
        dtype,
        training,
        drops,
        of_inputs,
    )
    memory = np.empty(plan["end"] + _LINE, dtype=dtype)
    # Each part begins at the beginning of a cache line: a vector that lies across two
    # cache lines takes twice as long to load.
    first = -memory.ctypes.data % _LINE // dtype.itemsize
    memory = memory[first : first + plan["end"]]
    memory[plan["starts"]["one"]] = 1
    return Workspace(memory, np.empty(n_rows, dtype=np.int64), **plan["starts"])


def shard_rows(layout, batch_size=_SHARD):
    """Rows of a mini-batch that are computed together: a shard.

    Threads share the shards, so smaller ones let more threads help. Where a layer has
    many units, a shard of 8 rows costs hardly more than half of one of 16, and eight
    shards are enough; else shards have 16 rows. The number does not depend on the
    number of threads, so the result does not either.
    """
    if layout.layers["n_hidden"].max() < _WIDE:
        return _SHARD
    return min(_SHARD, max(_SMALL_SHARD, batch_size // _ENOUGH_SHARDS))


def workspace_for_predictions(network, n_timesteps, n_rows, dtype):
    """Memory for predictions of at most `n_rows` sequences at a time.

    A small one is kept for the next call of the same thread: where rows come one by
    one, making it would take as long as their predictions.
    """
    key = network.cell, id(network.layout), n_timesteps, n_rows, dtype
    kept = _kept.__dict__
    found = kept.get("space")
    if found is not None and kept["key"] == key:
        return found
    cell, layout = network.cell, network.layout
    space = make_workspace(cell, layout, n_timesteps, n_rows, dtype, training=False)
    if space.memory.nbytes <= _KEPT_BYTES:
        space = KeptWorkspace(*space)
        # The layout is kept, so that no other one gets its identity.
        kept.update(key=key, space=space, layout=layout)
    return space


_kept = threading.local()


def segment_length(
    cell, n_inputs, n_hidden, n_timesteps, n_rows, itemsize, training, drops
):
    """Steps of a segment: all of them, unless they would take too much memory.

    In training, a segment is then as long as makes the tape of one segment and the
    states before all segments smallest together.
    """
    n_states = (1 + cell.n_memories) * sum(n_hidden)
    n_numbers = n_inputs[0] + n_states
    if not training:
        return max(1, min(n_timesteps, _PREDICTION_BLOCK // (n_rows * n_numbers)))
    n_numbers += cell.n_planes * sum(n_hidden) + 2 * max(n_inputs[1:], default=0)
    if drops:
        n_numbers += sum(n_hidden) + max(n_inputs)
    if n_timesteps * n_rows * n_numbers * itemsize <= _WHOLE_TAPE:
        return n_timesteps
    return math.ceil(math.sqrt(n_timesteps * n_states / n_numbers))


def rows_at_once(layout, n_timesteps, n_rows):
    """How many of `n_rows` are predicted at a time: as many as fit in a core's cache.

    There are at least the rows of a tile. If their steps do not fit, time is cut into
    segments.
    """
    if n_rows <= _TILE_ROWS:
        return n_rows
    n_numbers = layout.layers[0]["n_inputs"] + layout.layers["n_hidden"].sum()
    that_fit = _PREDICTION_BLOCK // int(n_timesteps * n_numbers)
    return min(n_rows, max(_TILE_ROWS, min(_PREDICTION_ROWS, that_fit)))


# typed=True, because named tuples of different types are equal if their numbers are.
@functools.lru_cache(typed=True)
def _plan_workspace(
    cell,
    n_directions,
    n_inputs,
    n_hidden,
    n_looked_up,
    n_table,
    n_outputs,
    averages,
    n_timesteps,
    n_rows,
    dtype,
    training,
    drops,
    of_inputs,
):
    """Where the parts of a workspace begin, and where the last part ends.

    `n_inputs` and `n_hidden` are tuples with one number for each cell. `n_looked_up` is
    that of the cells of the first layer, and `n_table` the size of all embeddings.
    """
    lanes = LANES[dtype]
    n_steps = n_timesteps
    if n_directions == 1:
        n_steps = segment_length(
            cell,
            n_inputs,
            n_hidden,
            n_timesteps,
            n_rows,
            dtype.itemsize,
            training,
            drops,
        )
    flat = n_steps * n_rows
    n_units, widest = sum(n_hidden), max(n_hidden)
    n_memories = cell.n_memories * n_units
    n_read = n_directions * n_hidden[-1]
    n_segments = -(-n_timesteps // n_steps)
    n_pack = _longest_pack(cell, n_inputs, n_hidden, n_read, n_outputs, lanes)
    n_d_planes = n_d_inputs = 0
    # Embeddings are trained by the derivatives of the inputs that they become.
    first_asked = 0 if of_inputs or n_table else n_directions
    if training:
        n_summed = steps_at_once(cell, n_rows, widest, dtype.itemsize)
        n_d_planes = cell.n_derivatives * min(n_steps, n_summed) * n_rows * widest
        n_d_inputs = flat * max(n_inputs[first_asked:], default=0)
    lengths = {
        "one": 1,
        "packs": (len(n_hidden) + 1) * n_pack,
        "looked_up": n_directions * cell.n_gates * n_looked_up * n_hidden[0],
        "tables": n_table,
        "inputs": flat * n_inputs[0],
        "planes": cell.n_planes * (flat if training else n_rows) * n_units,
        "hidden": (flat + n_rows) * n_units,
        "memories": (flat + n_rows) * n_memories,
        "checkpoints": (n_segments - 1 if training else 1)
        * n_rows
        * (n_units + n_memories),
        # Whole vectors are read from the next two parts, so each has one more vector of
        # memory behind its end.
        "d_planes": n_d_planes + lanes,
        "d_raw": n_rows * n_outputs + lanes,
        "d_state": n_rows * n_units,
        "d_memories": n_rows * n_memories,
        "d_inputs": 2 * n_d_inputs,
        "raw": n_rows * n_outputs,
        "targets": n_rows * n_outputs,
        "weights": n_rows,
        "last": n_rows * n_read,
        "d_last": n_rows * n_read,
        "sums": n_rows * n_read if averages else 0,
    }
    more = _lengths_for_both_ways(n_inputs, n_hidden, flat, training, n_d_inputs)
    lengths |= more if n_directions == 2 else dict.fromkeys(more, 0)
    starts, end = _starts(lengths, 0, dtype)
    starts |= {"n_pack": n_pack, "n_d_planes": n_d_planes, "n_d_inputs": n_d_inputs}
    starts |= {"first_asked": first_asked, "n_steps": n_steps, "drops": drops}
    lengths = _lengths_for_masks(n_inputs, n_hidden, n_directions, flat, n_rows)
    lengths = lengths if drops else dict.fromkeys(lengths, 0)
    of_masks, end = _starts(lengths, end, dtype)
    starts["masks"] = Masks(**of_masks)
    return {"starts": starts, "end": end}


def _starts(lengths, end, dtype):
    """Where parts of these lengths begin, from `end` on, and where the last ends."""
    line = _LINE // dtype.itemsize
    starts = {}
    for name, length in lengths.items():
        starts[name] = end
        end += -(-length // line) * line
    return starts, end


def _lengths_for_both_ways(n_inputs, n_hidden, flat, training, n_d_inputs):
    """Lengths of what ``_bidirectional.py`` needs; `flat` is steps times rows."""
    return {
        "turned": flat * max(n_inputs),
        "joined": flat * (sum(n_hidden) - 2 * n_hidden[-1]),
        "d_turned": n_d_inputs,
        "d_half": flat * max(n_hidden) if training else 0,
    }


def _lengths_for_masks(n_inputs, n_hidden, n_directions, flat, n_rows):
    """Lengths of what ``_masks.py`` needs; `flat` is steps times rows."""
    return {
        "inputs": n_rows * sum(n_inputs[::n_directions]),
        "states": n_rows * sum(n_hidden),
        "dropped": flat * max(n_inputs),
        "seen": (flat + n_rows) * sum(n_hidden),
        "d_seen": n_rows * max(n_hidden),
    }


def steps_at_once(cell, n_rows, n_hidden, itemsize):
    """How many steps are added to a weight gradient at a time."""
    that_fit = _BYTES_AT_ONCE // (cell.n_derivatives * n_rows * n_hidden * itemsize)
    return max(that_fit, -(-_ROWS_AT_ONCE // n_rows))


def _longest_pack(cell, n_inputs, n_hidden, n_read, n_outputs, lanes):
    """How many numbers the largest packs take, of any cell or of the head."""
    size = in_python(packed_size)
    longest = size(n_read, n_outputs, lanes) + size(n_outputs, n_read, lanes)
    for n_in, n in zip(n_inputs, n_hidden, strict=True):
        of_a_gate = size(n_in, n, lanes) + 2 * size(n, n, lanes) + size(n, n_in, lanes)
        longest = max(longest, cell.n_gates * of_a_gate + cell.n_planes * n)
    return longest


@jit
def layer_packs(cell, layout, space, index):
    """Packed weights of one cell."""
    n_multiplied = layout.layers[index]["n_multiplied"]
    n_looked_up = layout.layers[index]["n_looked_up"]
    n_hidden = layout.layers[index]["n_hidden"]
    lanes = n_lanes(space.memory[0])
    inward = packed_size(n_multiplied, n_hidden, lanes)
    across = packed_size(n_hidden, n_hidden, lanes)
    outward = packed_size(n_hidden, n_multiplied, lanes)
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
        cut(
            space.memory,
            space.looked_up + index * n_gates * n_looked_up * n_hidden,
            (n_gates, n_looked_up, n_hidden),
        ),
        n_multiplied,
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
def embeddings(layout, space):
    """A copy of the embeddings of all categories; empty if there are none."""
    n_codes = layout.first_codes[layout.first_codes.size - 1]
    width = layout.embedding_size
    return cut(space.memory, space.tables, (n_codes if width > 0 else 0, width))


@jit
def layer_tape(cell, layout, space, index, n_steps, n_rows, training):
    """Tape of one cell over a segment of `n_steps`."""
    n_hidden = layout.layers[index]["n_hidden"]
    n_before = layout.layers[index]["n_hidden_before"]
    n_kept = n_steps if training else 1
    planes = cut(
        space.memory,
        space.planes + cell.n_planes * n_before * n_kept * n_rows,
        (n_kept, cell.n_planes, n_rows, n_hidden),
    )
    hidden = cut(
        space.memory,
        space.hidden + n_before * (n_steps + 1) * n_rows,
        (n_steps + 1, n_rows, n_hidden),
    )
    memories = cut(
        space.memory,
        space.memories + cell.n_memories * n_before * (n_steps + 1) * n_rows,
        (cell.n_memories, n_steps + 1, n_rows, n_hidden),
    )
    seen, mask = masked_states(layout, space, index, hidden)
    return Tape(planes, hidden, memories, seen, mask)


@jit
def layer_inputs(layout, space, index, n_steps, n_rows):
    """What one layer reads: the gathered rows, or the states of the layer below."""
    shape = (n_steps, n_rows, layout.layers[index]["n_inputs"])
    if index == 0:
        return cut(space.memory, space.inputs, shape)
    n_below = layout.layers[index - 1]["n_hidden"]
    n_before = layout.layers[index - 1]["n_hidden_before"]
    # The states of the layer below begin with its initial state, which is skipped.
    start = n_before * (n_steps + 1) * n_rows + n_rows * n_below
    return cut(space.memory, space.hidden + start, shape)


@jit
def layer_checkpoint(cell, layout, space, index, number, n_rows):
    """Kept states of one cell at checkpoint `number`, (1 + n_memories, …)."""
    layer, last = layout.layers[index], layout.layers[layout.layers.size - 1]
    n_units = last["n_hidden_before"] + last["n_hidden"]
    n_states = 1 + cell.n_memories
    start = n_states * (number * n_units + layer["n_hidden_before"]) * n_rows
    shape = (n_states, n_rows * layer["n_hidden"])
    return cut(space.memory, space.checkpoints + start, shape)


@jit
def layer_d_state(layout, space, index, n_rows):
    """Derivative of one cell's state."""
    layer = layout.layers[index]
    start = space.d_state + n_rows * layer["n_hidden_before"]
    return cut(space.memory, start, (n_rows, layer["n_hidden"]))


@jit
def layer_d_memories(cell, layout, space, index, n_rows):
    """Derivatives of one cell's other states."""
    layer = layout.layers[index]
    start = space.d_memories + cell.n_memories * n_rows * layer["n_hidden_before"]
    return cut(space.memory, start, (cell.n_memories, n_rows, layer["n_hidden"]))


@jit
def last_states(layout, space, n_rows):
    """States or means that the head reads, (n_rows, layout.n_hidden)."""
    return cut(space.memory, space.last, (n_rows, layout.n_hidden))


@jit
def d_last_states(layout, space, n_rows):
    """Derivatives that the head hands back, (n_rows, layout.n_hidden)."""
    return cut(space.memory, space.d_last, (n_rows, layout.n_hidden))
