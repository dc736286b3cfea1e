"""Predict after every row of a stream, of many streams at a time.

A row of each stream is fed at once, and the network says for each stream what it would
say for the sequence that ends with this row. It does so in one of two ways:

* The last rows are kept, and run through the network anew after every row. The result
  is that of a sequence of as many steps, to the last bit.
* The states are carried on from row to row, so that a row costs one step of the cells,
  however many rows came before. The result is that of the sequence of all rows.

Either function first looks at all of the rows. If one of them cannot be used, it says
which one, and changes nothing.

A row that is missing completely is skipped as long as none is there before it. Its
stream has no prediction yet, which is NaN.
"""

from typing import NamedTuple

import numpy as np

from skgru._cells._loops import forward
from skgru._network._categories import gather_categories
from skgru._network._layers import Network, head_forward, network_forward
from skgru._network._sequences import Sequences, gather
from skgru._network._workspace import (
    Workspace,
    embeddings,
    last_states,
    layer_inputs,
    layer_packs,
    layer_tape,
)
from skgru._numerics._intrinsics import smaller
from skgru._numerics._jit import jit
from skgru._numerics._math import add, copy
from skgru._numerics._structs import DoubleMatrix, Indices, Matrix, Vector
from skgru._numerics._units import unit
from skgru._numerics._views import cut, flat

# What `Feed.fault` says of a row that cannot be used.
INFINITE, INCOMPLETE = 1, 2


class Feed(NamedTuple):
    """The rows that are fed next, one of each stream.

    Attributes
    ----------
    table : ndarray of shape (n_streams, n_columns), in
        The rows.
    columns : int64 ndarray of shape (n_features,), in
        The columns of the features of a step.
    mean, scale : float64 ndarray of shape (n_streams, n_features), in
        What brings each stream to the scale of the sequences.
    n_before : int64 ndarray of shape (n_streams,), in and out
        How many rows of each stream stand before the next one in its sequence, from the
        first one on that is there.
    fault : int64 ndarray of shape (3,), out
        A number that says why a row cannot be used, or 0; its stream; and its feature.
    n_numbers : int, in
        How many of the features are numbers: the first ones. The others are categories,
        which may be missing in a row.
    """

    table: Matrix
    columns: Indices
    mean: DoubleMatrix
    scale: DoubleMatrix
    n_before: Indices
    fault: Indices
    n_numbers: int


class Windows(NamedTuple):
    """Streams whose last rows are kept.

    Attributes
    ----------
    network : Network
    parameters : ndarray of shape (n_parameters,)
    space : Workspace
        It holds the packed weights, and as many rows are predicted at a time as it has
        room for.
    feed : Feed
    sequences : Sequences
        The windows. Each stream has twice as many rows of `values` as a window is long,
        and its window moves over them. Rows that are missing are NaN there.
    every : int64 ndarray of shape (n_streams,)
        The numbers of all streams.
    raw : ndarray of shape (n_streams, n_outputs)
        Raw predictions.
    """

    network: Network
    parameters: Vector
    space: Workspace
    feed: Feed
    sequences: Sequences
    every: Indices
    raw: Matrix


class Carried(NamedTuple):
    """Streams whose states are carried on.

    Attributes
    ----------
    network, parameters, space, feed, every, raw : as in `Windows`
        The layers read one way, and features are not seen as changes.
    sequences : Sequences
        The rows themselves, as sequences of one step.
    states : ndarray of shape (n_streams * n_states,)
        For each cell each of its states, (n_streams, n_hidden).
    sums : ndarray of shape (n_streams, n_hidden)
        Sums of the states of the last layer, if the head reads their means.
    """

    network: Network
    parameters: Vector
    space: Workspace
    feed: Feed
    sequences: Sequences
    every: Indices
    raw: Matrix
    states: Vector
    sums: Matrix


@jit
def _count_missing(row):
    """How many numbers of a row are NaN."""
    n_missing = 0
    for j in range(row.size):
        if row[j] != row[j]:
            n_missing += 1
    return n_missing


@jit
def _is_there(feed, i):
    """Whether any feature of the next row of a stream is there."""
    for j in range(feed.columns.size):
        value = feed.table[i, feed.columns[j]]
        if value == value:
            return True
    return False


@jit
def _begins(feed, i):
    """Whether the sequence of a stream has a step that is there, with the next row."""
    return feed.n_before[i] > 0 or _is_there(feed, i)


@jit
def _fault_of(feed, i, j):
    """Why a feature of the next row of a stream cannot be used, or 0."""
    value = feed.table[i, feed.columns[j]]
    if value != value:
        return INCOMPLETE if j < feed.n_numbers and _begins(feed, i) else 0
    # The difference is NaN only for infinity.
    return INFINITE if value - value != 0 else 0


@jit(apart=True)
def _find_fault(feed):
    """Say in `feed.fault` which of the rows cannot be used, if one cannot."""
    feed.fault[0] = 0
    for i in range(feed.table.shape[0]):
        for j in range(feed.columns.size):
            fault = _fault_of(feed, i, j)
            if fault != 0:
                feed.fault[0], feed.fault[1], feed.fault[2] = fault, i, j
                return


@jit
def _write_row(feed, i, row):
    """Write the next row of a stream on the scale of the sequences."""
    for j in range(row.size):
        value = feed.table[i, feed.columns[j]]
        row[j] = (value - feed.mean[i, j]) / feed.scale[i, j]


@jit
def _from_first_there(values, stop, n_rows):
    """How many of the rows before `stop`, without those that are missing in front."""
    while n_rows > 0:
        row = values[stop - n_rows]
        if _count_missing(row) < row.size:
            break
        n_rows -= 1
    return n_rows


@jit(apart=True)
def _move_windows(feed, sequences):
    """Append the next row of each stream to its window."""
    window, values, stops = sequences.n_timesteps, sequences.values, sequences.stops
    for i in range(stops.size):
        begin = 2 * window * i
        if stops[i] == begin + 2 * window:
            for step in range(1, window):
                copy(values[begin + window + step], values[begin + step])
            stops[i] = begin + window
        n_observed = feed.n_before[i] + 1 if _begins(feed, i) else 0
        _write_row(feed, i, values[stops[i]])
        stops[i] += 1
        sequences.n_observed[i] = n_observed
        n_kept = smaller(n_observed, window - 1)
        feed.n_before[i] = _from_first_there(values, stops[i], n_kept)


@jit(apart=True)
def _take_rows(feed, sequences):
    """Make the next row of each stream a sequence of one step, or of none."""
    for i in range(sequences.stops.size):
        is_step = 1 if _begins(feed, i) else 0
        _write_row(feed, i, sequences.values[i])
        sequences.n_observed[i] = is_step
        feed.n_before[i] += is_step


@jit
def _leave_out_missing(feed, sequences, raw):
    """Put NaN in the place of predictions of streams that have no step yet."""
    for i in range(raw.shape[0]):
        if sequences.n_observed[i] == 0:
            for k in range(raw.shape[1]):
                raw[i, k] = np.nan


@unit
def step_windows(windows: Windows):
    """Predict after one more row of each stream, by running all windows anew."""
    network, feed, raw = windows.network, windows.feed, windows.raw
    _find_fault(feed)
    if feed.fault[0] != 0:
        return
    _move_windows(feed, windows.sequences)
    n_at_once = windows.space.first_steps.size
    for start in range(0, windows.every.size, n_at_once):
        n_rows = smaller(n_at_once, windows.every.size - start)
        network_forward(
            network,
            windows.parameters,
            windows.space,
            windows.sequences,
            cut(windows.every, start, (n_rows,)),
            False,
            cut(raw, start * raw.shape[1], (n_rows, raw.shape[1])),
        )
    _leave_out_missing(feed, windows.sequences, raw)


@jit
def _gather_rows(carried, rows):
    """Gather the next rows of some streams as the inputs of the first layer."""
    network, space = carried.network, carried.space
    layout, sequences = network.layout, carried.sequences
    inputs = layer_inputs(layout, space, 0, 1, rows.size)
    first_steps = cut(space.first_steps, 0, (rows.size,))
    gather(sequences, rows, network.scaling, 0, inputs, first_steps)
    if layout.first_codes.size > 1:
        tables = embeddings(layout, space)
        gather_categories(layout, tables, sequences, rows, 0, inputs, first_steps)


@jit
def _states_of(carried, index, k, start, n_rows):
    """State `k` of a cell, of `n_rows` streams from `start` on, as a vector."""
    layer = carried.network.layout.layers[index]
    n_states = 1 + carried.network.cell.n_memories
    n_before = n_states * layer["n_hidden_before"] + k * layer["n_hidden"]
    first = n_before * carried.every.size + start * layer["n_hidden"]
    return cut(carried.states, first, (n_rows * layer["n_hidden"],))


@jit
def _step_layer(carried, index, start, n_rows):
    """Run one layer over one step; returns its new state, (n_rows * n_hidden,)."""
    network, space = carried.network, carried.space
    cell, layout = network.cell, network.layout
    tape = layer_tape(cell, layout, space, index, 1, n_rows, False)
    copy(_states_of(carried, index, 0, start, n_rows), flat(tape.hidden[0]))
    for k in range(cell.n_memories):
        before = _states_of(carried, index, 1 + k, start, n_rows)
        copy(before, flat(tape.memories[k, 0]))
    forward(
        cell,
        layer_packs(cell, layout, space, index),
        layer_inputs(layout, space, index, 1, n_rows),
        cut(space.first_steps, 0, (n_rows,)),
        False,
        tape,
    )
    copy(flat(tape.hidden[1]), _states_of(carried, index, 0, start, n_rows))
    for k in range(cell.n_memories):
        after = _states_of(carried, index, 1 + k, start, n_rows)
        copy(flat(tape.memories[k, 1]), after)
    return flat(tape.hidden[1])


@jit
def _read_means_so_far(carried, start, states):
    """Add states to the sums of their streams, and put the means in their place."""
    number = states.dtype.type
    for i in range(states.shape[0]):
        n_rows = carried.feed.n_before[start + i]
        if n_rows > 0:
            sums = carried.sums[start + i]
            add(states[i], sums)
            for j in range(sums.size):
                states[i, j] = sums[j] / number(n_rows)


@unit
def step_carried(carried: Carried):
    """Predict after one more row of each stream, by one step from the states before."""
    layout, space, raw = carried.network.layout, carried.space, carried.raw
    _find_fault(carried.feed)
    if carried.feed.fault[0] != 0:
        return
    _take_rows(carried.feed, carried.sequences)
    n_at_once = space.first_steps.size
    for start in range(0, carried.every.size, n_at_once):
        n_rows = smaller(n_at_once, carried.every.size - start)
        rows = cut(carried.every, start, (n_rows,))
        _gather_rows(carried, rows)
        for index in range(layout.layers.size):
            after = _step_layer(carried, index, start, n_rows)
            if index + 1 == layout.layers.size:
                copy(after, flat(last_states(layout, space, n_rows)))
        if layout.averages:
            _read_means_so_far(carried, start, last_states(layout, space, n_rows))
        head_forward(
            layout,
            carried.parameters,
            space,
            carried.sequences,
            rows,
            cut(raw, start * raw.shape[1], (n_rows, raw.shape[1])),
        )
    _leave_out_missing(carried.feed, carried.sequences, raw)
