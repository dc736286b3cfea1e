"""A stack of recurrent cells and a dense head: predictions and gradient.

The head reads the last state ``h_T`` of the last layer and the static features of a
sequence: ``raw = h_T coef + static static_coef + intercept``. A linear path may stand
beside the layers: see ``_line.py``.

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

from skgru._cells._base import Scratch, backward, forward, prepare
from skgru._cells._steps import at_step, flat_step
from skgru._network._dropout import derivative_of_seen, mask_d_inputs, mask_inputs
from skgru._network._line import add_line, line_backward
from skgru._network._parameters import Layout, cell_weights, head_weights
from skgru._network._sequences import FeatureScaling, gather
from skgru._network._workspace import (
    head_packs,
    layer_checkpoint,
    layer_d_state,
    layer_inputs,
    layer_packs,
    layer_tape,
)
from skgru._numerics._intrinsics import block, cut
from skgru._numerics._jit import dispatched, jit, jit_entry
from skgru._numerics._math import copy, fill_zero
from skgru._numerics._products import pack, pack_transposed, product, product_of_plain


class Network(NamedTuple):
    """What turns sequences into raw predictions, except for the parameters.

    Attributes
    ----------
    cell : named tuple
    layout : Layout
    scaling : FeatureScaling
    """

    cell: NamedTuple
    layout: Layout
    scaling: FeatureScaling


class OneWay(NamedTuple):
    """Each layer is one cell, which reads the oldest step first (the default)."""

    n_directions: int = 1


@dispatched
def layers_forward(direction, network, space, n_timesteps, n_rows, segment, training):
    """Run all layers over one segment of the gathered rows.

    The layers begin with the states at the end of the segment before.
    """
    raise TypeError(f"{type(direction).__name__} is not a direction")


@dispatched
def layers_backward(direction, network, space, n_timesteps, n_rows, segment, gradient):
    """Add the gradient of all layers over one segment, after `layers_forward` on it."""
    raise TypeError(f"{type(direction).__name__} is not a direction")


@dispatched
def read_states(direction, layout, space, n_steps, n_rows):
    """States that the head reads, after a last segment of `n_steps` steps.

    Returns
    -------
    ndarray of shape (n_rows, layout.n_hidden)
    """
    raise TypeError(f"{type(direction).__name__} is not a direction")


@dispatched
def d_read_states(direction, layout, space, n_rows):
    """Memory for the derivatives of what `read_states` returns, of the same shape."""
    raise TypeError(f"{type(direction).__name__} is not a direction")


@jit
def prepare_network(network, parameters, space, n_timesteps, for_backward):
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
    return min(space.n_steps, n_timesteps - segment * space.n_steps)


@jit
def cell_backward(
    network, space, index, inputs, from_start, d_outputs, d_inputs, gradient
):
    """Run one cell backward over what it has read."""
    cell, layout = network.cell, network.layout
    n_steps, n_rows, _ = inputs.shape
    n_hidden = layout.layers[index]["n_hidden"]
    n_summed = space.n_d_planes // (cell.n_planes * n_rows * n_hidden)
    d_state = layer_d_state(layout, space, index, n_rows)
    backward(
        cell,
        layer_packs(cell, layout, space, index),
        inputs,
        from_start,
        layer_tape(cell, layout, space, index, n_steps, n_rows, True),
        d_outputs,
        cell_weights(cell, layout.layers[index], gradient),
        d_inputs,
        Scratch(
            cut(
                space.memory,
                space.d_planes,
                (cell.n_planes, n_summed, n_rows, n_hidden),
            ),
            d_state,
            derivative_of_seen(space.masks, space, d_state),
            cut(space.memory, space.one, (1,)),
        ),
    )


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
    return mask_inputs(space.masks, layout, space, index, inputs)


@layers_forward.register(OneWay)
def _layers_forward(direction, network, space, n_timesteps, n_rows, segment, training):
    cell, layout = network.cell, network.layout
    n_steps = steps_of_segment(space, n_timesteps, segment)
    # In training, the states before each segment are kept. In prediction, only the next
    # segment needs them, so all segments share one place.
    before, after = (segment - 1, segment) if training else (0, 0)
    for index in range(layout.layers.size):
        tape = layer_tape(cell, layout, space, index, n_steps, n_rows, training)
        initial = flat_step(tape.hidden, 0)
        if segment == 0:
            fill_zero(initial)
        else:
            copy(layer_checkpoint(layout, space, index, before, n_rows), initial)
        forward(
            cell,
            layer_packs(cell, layout, space, index),
            _read_by(layout, space, index, n_steps, n_rows),
            cut(space.first_steps, 0, (n_rows,)),
            segment == 0,
            tape,
        )
        if segment + 1 < count_segments(space, n_timesteps):
            copy(
                flat_step(tape.hidden, n_steps),
                layer_checkpoint(layout, space, index, after, n_rows),
            )


@layers_backward.register(OneWay)
def _layers_backward(direction, network, space, n_timesteps, n_rows, segment, gradient):
    layout = network.layout
    n_steps = steps_of_segment(space, n_timesteps, segment)
    d_outputs = cut(space.memory, space.d_inputs, (0, n_rows, layout.n_hidden))
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
        mask_d_inputs(space.masks, layout, space, index, d_inputs)
        d_outputs = d_inputs


@read_states.register(OneWay)
def _read_states(direction, layout, space, n_steps, n_rows):
    last = layout.layers[layout.layers.size - 1]
    start = space.hidden + last["n_hidden_before"] * (n_steps + 1) * n_rows
    shape = (n_steps + 1, n_rows, layout.n_hidden)
    return at_step(cut(space.memory, start, shape), n_steps)


@d_read_states.register(OneWay)
def _d_read_states(direction, layout, space, n_rows):
    return layer_d_state(layout, space, layout.layers.size - 1, n_rows)


@jit(apart=True)
def segment_forward(network, space, sequences, rows, segment, training):
    """Gather one segment of some rows and run all layers over it."""
    layout = network.layout
    n_timesteps, n_rows = sequences.n_timesteps, rows.size
    n_steps = steps_of_segment(space, n_timesteps, segment)
    gather(
        sequences,
        rows,
        network.scaling,
        segment * space.n_steps,
        layer_inputs(layout, space, 0, n_steps, n_rows),
        cut(space.first_steps, 0, (n_rows,)),
    )
    layers_forward(
        layout.direction, network, space, n_timesteps, n_rows, segment, training
    )


@jit
def network_forward(network, parameters, space, sequences, rows, training):
    """Predict some rows, and return the raw predictions (n_rows, n_outputs).

    Parameters
    ----------
    space : Workspace, in and out
        Must hold the packed weights (`prepare_network`).
    rows : int64 ndarray of shape (n_rows,), in
        Which of the sequences.
    """
    layout = network.layout
    n_timesteps, n_rows = sequences.n_timesteps, rows.size
    n_segments = count_segments(space, n_timesteps)
    for segment in range(n_segments):
        segment_forward(network, space, sequences, rows, segment, training)
    _, static_coef, intercept = head_weights(layout, parameters)
    packed, _ = head_packs(layout, space)
    raw = cut(space.memory, space.raw, (n_rows, layout.n_outputs))
    n_steps = steps_of_segment(space, n_timesteps, n_segments - 1)
    product(
        read_states(layout.direction, layout, space, n_steps, n_rows),
        packed,
        block(intercept, 0, (n_rows, layout.n_outputs), (0, 1)),
        raw,
    )
    for i in range(n_rows):
        for j in range(layout.n_static):
            value = sequences.static[rows[i], j]
            for k in range(layout.n_outputs):
                raw[i, k] += value * static_coef[j, k]
    if layout.n_line + layout.n_level > 0:
        add_line(layout, parameters, network.scaling, sequences, rows, raw)
    return raw


@jit
def head_backward(layout, space, sequences, rows, n_steps, gradient):
    """Add the gradient of the head, and write the derivatives of the last states.

    Only the states of the last layer have derivatives here; those of the layers below
    are set to zero.
    """
    n_rows, n_hidden, n_outputs = rows.size, layout.n_hidden, layout.n_outputs
    d_raw = cut(space.memory, space.d_raw, (n_rows, n_outputs))
    d_coef, d_static_coef, d_intercept = head_weights(layout, gradient)
    _, packed_transposed = head_packs(layout, space)
    states = read_states(layout.direction, layout, space, n_steps, n_rows)
    states_transposed = block(states, 0, (n_hidden, n_rows), (1, n_hidden))
    product_of_plain(states_transposed, d_raw, d_coef, d_coef)
    total = block(d_intercept, 0, (1, n_outputs), (n_outputs, 1))
    ones = block(space.memory, space.one, (1, n_rows), (0, 0))
    product_of_plain(ones, d_raw, total, total)
    for i in range(n_rows):
        for j in range(layout.n_static):
            value = sequences.static[rows[i], j]
            for k in range(n_outputs):
                d_static_coef[j, k] += value * d_raw[i, k]
    n_below = layout.layers[layout.layers.size - 1]["n_hidden_before"]
    fill_zero(cut(space.memory, space.d_state, (n_rows * n_below,)))
    d_states = d_read_states(layout.direction, layout, space, n_rows)
    fill_zero(cut(d_states, 0, (n_rows * n_hidden,)))
    product(d_raw, packed_transposed, d_states, d_states)


@jit
def segment_backward(network, space, sequences, rows, segment, gradient):
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


@jit
def last_segment(space, n_timesteps):
    """Number of the last segment, and how many steps it has."""
    last = count_segments(space, n_timesteps) - 1
    return last, steps_of_segment(space, n_timesteps, last)


@jit
def network_backward(network, space, sequences, rows, gradient):
    """Add the gradient of all parameters, after `network_forward` on the same rows.

    Parameters
    ----------
    space : Workspace
        Must hold the upstream gradient of the predictions in ``d_raw``.
    gradient : ndarray of shape (n_parameters,), in and out
        The gradient is added to the numbers that it holds.
    """
    last, n_steps = last_segment(space, sequences.n_timesteps)
    layout = network.layout
    head_backward(layout, space, sequences, rows, n_steps, gradient)
    if layout.n_line + layout.n_level > 0:
        d_raw = cut(space.memory, space.d_raw, (rows.size, layout.n_outputs))
        line_backward(layout, network.scaling, sequences, rows, d_raw, gradient)
    for segment in range(last, -1, -1):
        segment_backward(network, space, sequences, rows, segment, gradient)


@jit_entry
def predict_sequences(network, parameters, space, sequences, rows, out):
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
        n_rows = min(n_at_once, rows.size - start)
        some = cut(rows, start, (n_rows,))
        raw = network_forward(network, parameters, space, sequences, some, False)
        for i in range(n_rows):
            for k in range(network.layout.n_outputs):
                out[start + i, k] = raw[i, k]
