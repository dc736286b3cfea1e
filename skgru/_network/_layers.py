"""A stack of recurrent cells and a dense head: predictions and gradient.

The head reads the last state ``h_T`` of the last layer and the static features of a
sequence: ``raw = h_T coef + static static_coef + intercept``. The mean of all states
may take the place of ``h_T``: see ``_pooling.py``. A linear path may stand beside the
layers: see ``_line.py``.

Time is cut into segments. There is only one unless sequences are long. The forward pass
runs all layers over one segment and then goes on to the next. The backward pass goes
from the last segment to the first. It runs the layers forward again over each segment
but the last, then backward, and carries the derivatives of the states to the segment
before.

The direction in which the layers read is a named tuple, whose type selects the
functions that run the layers. The direction in this file is from the oldest step to the
newest; the layers in ``_bidirectional.py`` read both ways.
"""

from typing import NamedTuple

from skgru._cells._base import Cell, Scratch
from skgru._cells._loops import backward, forward, prepare
from skgru._network._categories import (
    add_static,
    add_to_tables,
    gather_categories,
    static_backward,
)
from skgru._network._line import add_line, line_backward
from skgru._network._masks import derivative_of_seen, mask_d_inputs, mask_inputs
from skgru._network._parameters import (
    Direction,
    Layout,
    cell_weights,
    head_weights,
    table_weights,
)
from skgru._network._pooling import (
    add_states,
    d_each_state,
    divide_by_observed,
    read_means,
)
from skgru._network._sequences import FeatureScaling, Sequences, gather
from skgru._network._workspace import (
    Workspace,
    d_last_states,
    embeddings,
    head_packs,
    last_states,
    layer_checkpoint,
    layer_d_memories,
    layer_d_state,
    layer_inputs,
    layer_packs,
    layer_tape,
)
from skgru._numerics._intrinsics import smaller
from skgru._numerics._jit import jit
from skgru._numerics._math import copy, fill_zero
from skgru._numerics._products import pack, pack_transposed, product, product_of_plain
from skgru._numerics._structs import Indices, Matrix, Vector
from skgru._numerics._units import linked, unit
from skgru._numerics._views import block, cut, flat


class Network(NamedTuple):
    """What turns sequences into raw predictions, except for the parameters.

    Attributes
    ----------
    cell : named tuple
    layout : Layout
    scaling : FeatureScaling
    """

    cell: Cell
    layout: Layout
    scaling: FeatureScaling


class OneWay(NamedTuple):
    """Each layer is one cell, which reads the oldest step first (the default)."""

    n_directions: int = 1


@linked
def layers_forward(
    direction: Direction,
    network: Network,
    space: Workspace,
    n_timesteps: int,
    n_rows: int,
    segment: int,
    training: bool,
):
    """Run all layers over one segment of the gathered rows.

    The layers begin with the states at the end of the segment before. After the last
    segment, `last_states` holds the states at the end of the sequence.
    """
    raise TypeError(f"{type(direction).__name__} is not a direction")


@linked
def layers_backward(
    direction: Direction,
    network: Network,
    space: Workspace,
    n_timesteps: int,
    n_rows: int,
    segment: int,
    gradient: Vector,
):
    """Add the gradient of all layers over one segment, after `layers_forward` on it.

    For every segment, `d_last_states` holds the derivatives that the head hands back:
    of the last states, or, if it reads means, of each observed state.
    """
    raise TypeError(f"{type(direction).__name__} is not a direction")


@unit
def prepare_network(
    network: Network,
    parameters: Vector,
    space: Workspace,
    n_timesteps: int,
    for_backward: bool,
):
    """Pack all weights; once is enough for many rows, until the weights change."""
    cell, layout = network.cell, network.layout
    for index in range(layout.layers.size):
        prepare(
            cell,
            cell_weights(cell, layout.layers[index], parameters),
            layer_packs(cell, layout, space, index),
            n_timesteps > 1,
            for_backward,
            for_backward and index >= space.first_asked,
        )
    copy(flat(table_weights(layout, parameters)), flat(embeddings(layout, space)))
    coef, _, _ = head_weights(layout, parameters)
    packed, packed_transposed = head_packs(layout, space)
    pack(coef, packed)
    if for_backward:
        pack_transposed(coef, packed_transposed)


@jit
def count_segments(space, n_timesteps):
    """Number of segments into which `n_timesteps` steps are cut."""
    return (n_timesteps + space.n_steps - 1) // space.n_steps


@jit
def steps_of_segment(space, n_timesteps, segment):
    """Number of steps of one segment."""
    return smaller(space.n_steps, n_timesteps - segment * space.n_steps)


@jit
def cell_backward(
    network, space, index, inputs, from_start, d_outputs, d_inputs, gradient
):
    """Run one cell backward over what it has read."""
    cell, layout = network.cell, network.layout
    n_steps, n_rows, _ = inputs.shape
    n_hidden = layout.layers[index]["n_hidden"]
    n_summed = space.n_d_planes // (cell.n_derivatives * n_rows * n_hidden)
    d_state = layer_d_state(layout, space, index, n_rows)
    backward(
        cell,
        layer_packs(cell, layout, space, index),
        inputs,
        cut(space.first_steps, 0, (n_rows,)),
        from_start,
        layer_tape(cell, layout, space, index, n_steps, n_rows, True),
        d_outputs,
        cell_weights(cell, layout.layers[index], gradient),
        d_inputs,
        Scratch(
            cut(
                space.memory,
                space.d_planes,
                (cell.n_derivatives, n_summed, n_rows, n_hidden),
            ),
            d_state,
            layer_d_memories(cell, layout, space, index, n_rows),
            derivative_of_seen(space, d_state),
            cut(space.memory, space.one, (1,)),
        ),
    )


@jit
def begin_states(tape):
    """Set the states before the first step to zero."""
    fill_zero(flat(tape.hidden[0]))
    for k in range(tape.memories.shape[0]):
        fill_zero(flat(tape.memories[k, 0]))


@jit
def begin_d_states(cell, layout, space, n_rows):
    """Set the derivatives of the states of all cells to zero."""
    last = layout.layers[layout.layers.size - 1]
    n_numbers = n_rows * (last["n_hidden_before"] + last["n_hidden"])
    fill_zero(cut(space.memory, space.d_state, (n_numbers,)))
    fill_zero(cut(space.memory, space.d_memories, (cell.n_memories * n_numbers,)))


@jit
def _resume(checkpoint, tape):
    """Take the states before the first step of a segment from a checkpoint."""
    copy(checkpoint[0], flat(tape.hidden[0]))
    for k in range(tape.memories.shape[0]):
        copy(checkpoint[1 + k], flat(tape.memories[k, 0]))


@jit
def _keep(n_steps, tape, checkpoint):
    """Keep the states after a segment of `n_steps` in a checkpoint."""
    copy(flat(tape.hidden[n_steps]), checkpoint[0])
    for k in range(tape.memories.shape[0]):
        copy(flat(tape.memories[k, n_steps]), checkpoint[1 + k])


@jit
def handed_down(layout, space, index, turn, n_steps, n_rows):
    """Memory for the derivatives of a cell's inputs; empty if they are not needed.

    There are two such memories. The parity of `turn` selects one, so that a layer can
    read the derivatives of the layer above from the other.
    """
    n_asked = n_steps if index >= space.first_asked else 0
    return cut(
        space.memory,
        space.d_inputs + turn % 2 * space.n_d_inputs,
        (n_asked, n_rows, layout.layers[index]["n_inputs"]),
    )


@jit
def _read_by(layout, space, index, n_steps, n_rows):
    """What a cell reads: what dropout leaves of the inputs of its layer."""
    inputs = layer_inputs(layout, space, index, n_steps, n_rows)
    return mask_inputs(layout, space, index, inputs)


@layers_forward.register(OneWay)
def _layers_forward(direction, network, space, n_timesteps, n_rows, segment, training):
    cell, layout = network.cell, network.layout
    n_steps = steps_of_segment(space, n_timesteps, segment)
    # In training, the states before each segment are kept. In prediction, only the next
    # segment needs them, so all segments share one place.
    before, after = (segment - 1, segment) if training else (0, 0)
    for index in range(layout.layers.size):
        tape = layer_tape(cell, layout, space, index, n_steps, n_rows, training)
        if segment == 0:
            begin_states(tape)
        else:
            _resume(layer_checkpoint(cell, layout, space, index, before, n_rows), tape)
        forward(
            cell,
            layer_packs(cell, layout, space, index),
            _read_by(layout, space, index, n_steps, n_rows),
            cut(space.first_steps, 0, (n_rows,)),
            segment == 0,
            tape,
        )
        if segment + 1 < count_segments(space, n_timesteps):
            _keep(
                n_steps,
                tape,
                layer_checkpoint(cell, layout, space, index, after, n_rows),
            )
        elif index + 1 == layout.layers.size:
            copy(flat(tape.hidden[n_steps]), flat(last_states(layout, space, n_rows)))


@layers_backward.register(OneWay)
def _layers_backward(direction, network, space, n_timesteps, n_rows, segment, gradient):
    layout = network.layout
    n_steps = steps_of_segment(space, n_timesteps, segment)
    d_outputs = d_each_state(layout, space, n_rows)
    if segment + 1 == count_segments(space, n_timesteps):
        begin_d_states(network.cell, layout, space, n_rows)
        if not layout.averages:
            d_last = layer_d_state(layout, space, layout.layers.size - 1, n_rows)
            copy(flat(d_last_states(layout, space, n_rows)), flat(d_last))
    for index in range(layout.layers.size - 1, -1, -1):
        inputs = _read_by(layout, space, index, n_steps, n_rows)
        d_inputs = handed_down(layout, space, index, index, n_steps, n_rows)
        cell_backward(
            network,
            space,
            index,
            inputs,
            segment == 0,
            d_outputs,
            d_inputs,
            gradient,
        )
        mask_d_inputs(layout, space, index, d_inputs)
        d_outputs = d_inputs


@unit
def segment_forward(
    network: Network,
    space: Workspace,
    sequences: Sequences,
    rows: Indices,
    segment: int,
    training: bool,
):
    """Gather one segment of some rows and run all layers over it."""
    layout = network.layout
    n_timesteps, n_rows = sequences.n_timesteps, rows.size
    n_steps = steps_of_segment(space, n_timesteps, segment)
    start, inputs = (
        segment * space.n_steps,
        layer_inputs(layout, space, 0, n_steps, n_rows),
    )
    first_steps = cut(space.first_steps, 0, (n_rows,))
    gather(sequences, rows, network.scaling, start, inputs, first_steps)
    if layout.first_codes.size > 1:
        tables = embeddings(layout, space)
        gather_categories(layout, tables, sequences, rows, start, inputs, first_steps)
    layers_forward(
        layout.direction, network, space, n_timesteps, n_rows, segment, training
    )


@unit
def network_forward(
    network: Network,
    parameters: Vector,
    space: Workspace,
    sequences: Sequences,
    rows: Indices,
    training: bool,
    raw: Matrix,
):
    """Predict some rows.

    Parameters
    ----------
    space : Workspace, in and out
        Must hold the packed weights (`prepare_network`).
    rows : int64 ndarray of shape (n_rows,), in
        Which of the sequences.
    raw : ndarray of shape (n_rows, n_outputs), out
    """
    layout = network.layout
    n_timesteps, n_rows = sequences.n_timesteps, rows.size
    n_segments = count_segments(space, n_timesteps)
    for segment in range(n_segments):
        segment_forward(network, space, sequences, rows, segment, training)
        if layout.averages:
            n_steps = steps_of_segment(space, n_timesteps, segment)
            add_states(network.cell, layout, space, segment, n_steps, n_rows, training)
    if layout.averages:
        read_means(layout, space, sequences, rows)
    head_forward(layout, parameters, space, sequences, rows, raw)
    if layout.n_line + layout.n_level > 0:
        add_line(layout, parameters, network.scaling, sequences, rows, raw)


@jit
def head_forward(layout, parameters, space, sequences, rows, raw):
    """Predict from the states in `last_states` and from the static features."""
    _, _, intercept = head_weights(layout, parameters)
    packed, _ = head_packs(layout, space)
    product(
        last_states(layout, space, rows.size),
        packed,
        block(intercept, 0, (rows.size, layout.n_outputs), (0, 1)),
        raw,
    )
    if layout.n_static > 0:
        add_static(layout, parameters, sequences, rows, raw)


@unit
def head_backward(
    layout: Layout,
    space: Workspace,
    sequences: Sequences,
    rows: Indices,
    gradient: Vector,
):
    """Add the gradient of the head, and write what it hands back to `d_last_states`."""
    n_rows, n_hidden, n_outputs = rows.size, layout.n_hidden, layout.n_outputs
    d_raw = cut(space.memory, space.d_raw, (n_rows, n_outputs))
    d_coef, _, d_intercept = head_weights(layout, gradient)
    _, packed_transposed = head_packs(layout, space)
    states = last_states(layout, space, n_rows)
    states_transposed = block(states, 0, (n_hidden, n_rows), (1, n_hidden))
    product_of_plain(states_transposed, d_raw, d_coef, d_coef)
    total = block(d_intercept, 0, (1, n_outputs), (n_outputs, 1))
    ones = block(space.memory, space.one, (1, n_rows), (0, 0))
    product_of_plain(ones, d_raw, total, total)
    if layout.n_static > 0:
        static_backward(layout, sequences, rows, d_raw, gradient)
    d_states = d_last_states(layout, space, n_rows)
    fill_zero(flat(d_states))
    product(d_raw, packed_transposed, d_states, d_states)
    if layout.averages:
        divide_by_observed(sequences, rows, d_states)


@unit
def segment_backward(
    network: Network,
    space: Workspace,
    sequences: Sequences,
    rows: Indices,
    segment: int,
    gradient: Vector,
):
    """Add the gradient of all layers over one segment.

    Call this for the last segment first. Only the last segment is still on the tape;
    each segment before it is computed again here.
    """
    n_timesteps = sequences.n_timesteps
    if segment + 1 < count_segments(space, n_timesteps):
        segment_forward(network, space, sequences, rows, segment, True)
    layers_backward(
        network.layout.direction,
        network,
        space,
        n_timesteps,
        rows.size,
        segment,
        gradient,
    )
    if network.layout.embedding_size > 0:
        n_steps = steps_of_segment(space, n_timesteps, segment)
        add_to_tables(
            network.layout,
            sequences,
            rows,
            segment * space.n_steps,
            handed_down(network.layout, space, 0, 0, n_steps, rows.size),
            cut(space.first_steps, 0, (rows.size,)),
            gradient,
        )


@unit
def network_backward(
    network: Network,
    space: Workspace,
    sequences: Sequences,
    rows: Indices,
    gradient: Vector,
):
    """Add the gradient of all parameters, after `network_forward` on the same rows.

    Parameters
    ----------
    space : Workspace
        Must hold the upstream gradient of the predictions in ``d_raw``.
    gradient : ndarray of shape (n_parameters,), in and out
        The gradient is added to the numbers that it holds.
    """
    last = count_segments(space, sequences.n_timesteps) - 1
    layout = network.layout
    head_backward(layout, space, sequences, rows, gradient)
    if layout.n_line + layout.n_level > 0:
        d_raw = cut(space.memory, space.d_raw, (rows.size, layout.n_outputs))
        line_backward(layout, network.scaling, sequences, rows, d_raw, gradient)
    for segment in range(last, -1, -1):
        segment_backward(network, space, sequences, rows, segment, gradient)


@unit
def predict_sequences(
    network: Network,
    parameters: Vector,
    space: Workspace,
    sequences: Sequences,
    rows: Indices,
    out: Matrix,
):
    """Raw predictions of some sequences, as many at a time as the workspace holds.

    Parameters
    ----------
    rows : int64 ndarray of shape (n_samples,), in
        Which sequences.
    out : ndarray of shape (n_samples, n_outputs), out
    """
    n_at_once = space.first_steps.size
    prepare_network(network, parameters, space, sequences.n_timesteps, False)
    for start in range(0, rows.size, n_at_once):
        n_rows = smaller(n_at_once, rows.size - start)
        some = cut(rows, start, (n_rows,))
        n_outputs = network.layout.n_outputs
        raw = cut(out, start * n_outputs, (n_rows, n_outputs))
        network_forward(network, parameters, space, sequences, some, False, raw)
