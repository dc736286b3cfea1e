"""What a layer computes at every step: its gates, its candidates and its states."""

import numpy as np

from skgru._network._layers import (
    Network,
    count_segments,
    prepare_network,
    segment_forward,
    steps_of_segment,
)
from skgru._network._prediction import check_fit, in_parts
from skgru._network._sequences import Sequences
from skgru._network._workspace import (
    Workspace,
    layer_tape,
    make_workspace,
    shard_rows,
)
from skgru._numerics._intrinsics import larger, smaller
from skgru._numerics._jit import jit
from skgru._numerics._structs import Array4D, Indices, Vector
from skgru._numerics._units import unit
from skgru._numerics._views import cut


@jit
def _copy_steps(tape, turns, first_steps, start, first_unit, from_row, out):
    """Copy the observed steps of one segment of a cell, the oldest step first.

    Parameters
    ----------
    tape : Tape, in
    turns : bool
        Whether the cell read the newest step first. Then there is only one segment.
    first_steps : int64 ndarray of shape (n_rows,), in
        How many first steps are missing, counted from where the segment begins.
    start : int
        Step with which the segment begins.
    first_unit, from_row : int
        Where the units of the cell, and the rows, begin in `out`.
    out : ndarray of shape (n_kept, n_samples, n_timesteps, n_units), out
    """
    n_steps, _, n_rows, n_hidden = tape.planes.shape
    n_memories = tape.memories.shape[0]
    n_planes = out.shape[0] - 1 - n_memories
    for i in range(n_rows):
        for step in range(larger(0, first_steps[i]), n_steps):
            place = n_steps - 1 - step + first_steps[i] if turns else start + step
            for number in range(n_hidden):
                j = first_unit + number
                for k in range(n_planes):
                    out[k, from_row + i, place, j] = tape.planes[step, k, i, number]
                out[n_planes, from_row + i, place, j] = tape.hidden[step + 1, i, number]
                for k in range(n_memories):
                    memory = tape.memories[k, step + 1, i, number]
                    out[n_planes + 1 + k, from_row + i, place, j] = memory


@unit
def trace_sequences(
    network: Network,
    parameters: Vector,
    space: Workspace,
    sequences: Sequences,
    rows: Indices,
    layer: int,
    out: Array4D,
):
    """Run the network over some sequences and keep the gates and states of one layer.

    Parameters
    ----------
    rows : int64 ndarray, in
        Which sequences: consecutive numbers, which are also their places in `out`.
    layer : int
        Which layer, from 0.
    out : ndarray of shape (n_kept, n_samples, n_timesteps, n_units), out
        The planes that the cell keeps, and then its states. Nothing is written for
        missing steps.
    """
    cell, layout = network.cell, network.layout
    n_timesteps, n_cells = sequences.n_timesteps, layout.direction.n_directions
    n_at_once = space.first_steps.size
    prepare_network(network, parameters, space, n_timesteps, False)
    for start in range(0, rows.size, n_at_once):
        n_rows = smaller(n_at_once, rows.size - start)
        some = cut(rows, start, (n_rows,))
        first_steps = cut(space.first_steps, 0, (n_rows,))
        for segment in range(count_segments(space, n_timesteps)):
            segment_forward(network, space, sequences, some, segment, True)
            n_steps = steps_of_segment(space, n_timesteps, segment)
            for way in range(n_cells):
                index = layer * n_cells + way
                _copy_steps(
                    layer_tape(cell, layout, space, index, n_steps, n_rows, True),
                    way == 1,
                    first_steps,
                    segment * space.n_steps,
                    way * layout.layers[index]["n_hidden"],
                    some[0],
                    out,
                )


def trace(network, parameters, sequences, layer, n_threads=1):
    """Gates and states of one layer at every step of all sequences.

    Returns
    -------
    dict of ndarray of shape (n_samples, n_timesteps, n_units)
        The keys are the names in ``cell.kept`` and in ``cell.states``. Missing steps
        are NaN. If layers read both ways, the units of the cell that reads the
        oldest step first stand first.
    """
    check_fit(network, parameters, sequences)
    layout, n_timesteps = network.layout, sequences.n_timesteps
    n_cells = layout.direction.n_directions
    n_units = n_cells * int(layout.layers[layer * n_cells]["n_hidden"])
    rows = np.arange(len(sequences.stops))
    names = (*network.cell.kept, *network.cell.states)
    out = np.full(
        (len(names), len(rows), n_timesteps, n_units), np.nan, dtype=parameters.dtype
    )
    n_at_once = min(shard_rows(layout), len(rows))

    def trace_part(start, stop):
        space = make_workspace(
            network.cell, layout, n_timesteps, n_at_once, out.dtype, training=True
        )
        trace_sequences(
            network,
            parameters,
            space,
            sequences,
            rows[start:stop],
            layer,
            out,
        )

    in_parts(len(rows), n_at_once, n_threads, trace_part)
    return dict(zip(names, out, strict=True))
