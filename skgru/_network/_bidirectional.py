"""Layers that read a sequence both ways, and hand on both cells' states side by side.

Each layer has two cells. The first cell reads the oldest step first; the second reads
the newest step first. For each step, the layer above reads the states of both cells
after that step, with those of the first cell in the first columns. The head reads the
state of each cell after the whole sequence, or the mean of each cell's states.

The second cell is given each row's observed steps in reverse order, with the missing
steps still in front, so that a cell need not know which way it reads. The states that
the second cell hands on, and the derivatives that it is handed back, are reversed
again.

The second cell begins with the step with which the first one ends, so a sequence is one
segment, however long it is. These layers need the following memory in addition to that
of layers which read one way:

=========  ==================================  =========================================
turned     (n_timesteps, n_rows, n_inputs)     what the second cell reads
joined     (n_timesteps, n_rows, 2 n_hidden)   states of both cells side by side, for
                                               each layer but the last
d_turned   (n_timesteps, n_rows, n_inputs)     derivatives of what the second cell reads
d_half     (n_timesteps, n_rows, n_hidden)     upstream derivatives of one cell
=========  ==================================  =========================================
"""

from typing import NamedTuple

from skgru._cells._loops import forward
from skgru._network._layers import (
    begin_d_states,
    begin_states,
    cell_backward,
    handed_down,
    layers_backward,
    layers_forward,
)
from skgru._network._masks import mask_d_inputs, mask_inputs
from skgru._network._pooling import d_each_state
from skgru._network._workspace import (
    d_last_states,
    last_states,
    layer_d_state,
    layer_packs,
    layer_tape,
)
from skgru._numerics._jit import jit
from skgru._numerics._views import cut


class BothWays(NamedTuple):
    """Each layer is two cells, one of which reads the newest step first."""

    n_directions: int = 2


@jit(apart=True)
def _turn(source, from_column, turns, first_steps, n_columns, out, to_column):
    """Copy some columns, with each row's observed steps reversed if `turns`.

    Parameters
    ----------
    source, out : ndarray of shape (n_timesteps, n_rows, …), in and out
        Missing steps become zeros in `out`.
    """
    n_timesteps, n_rows, _ = source.shape
    for step in range(n_timesteps):
        for i in range(n_rows):
            if step < first_steps[i]:
                for j in range(n_columns):
                    out[step, i, to_column + j] = 0
            else:
                other = n_timesteps - 1 - step + first_steps[i] if turns else step
                for j in range(n_columns):
                    out[step, i, to_column + j] = source[other, i, from_column + j]


@jit(apart=True)
def _add_turned(source, first_steps, out):
    """Add each row's observed steps of `source`, reversed, to `out`."""
    n_timesteps, n_rows, n_columns = source.shape
    for step in range(n_timesteps):
        for i in range(n_rows):
            other = n_timesteps - 1 - step + first_steps[i]
            if step >= first_steps[i]:
                for j in range(n_columns):
                    out[step, i, j] += source[other, i, j]


@jit
def _copy_columns(source, from_column, out, to_column, n_columns):
    """Copy some columns of a matrix."""
    for i in range(out.shape[0]):
        for j in range(n_columns):
            out[i, to_column + j] = source[i, from_column + j]


@jit
def _joined(layout, space, layer, n_timesteps, n_rows):
    """States of both cells of a layer that is not the last one."""
    cell = layout.layers[2 * layer]
    start = space.joined + cell["n_hidden_before"] * n_timesteps * n_rows
    return cut(space.memory, start, (n_timesteps, n_rows, 2 * cell["n_hidden"]))


@jit
def _read_by(layout, space, layer, way, n_timesteps, n_rows):
    """What one cell of a layer reads, in the order in which the cell reads it."""
    n_inputs = layout.layers[2 * layer]["n_inputs"]
    shape = (n_timesteps, n_rows, n_inputs)
    inputs = cut(space.memory, space.inputs, shape)
    if layer > 0:
        inputs = _joined(layout, space, layer - 1, n_timesteps, n_rows)
    inputs = mask_inputs(layout, space, 2 * layer, inputs)
    if way == 0:
        return inputs
    turned = cut(space.memory, space.turned, shape)
    first_steps = cut(space.first_steps, 0, (n_rows,))
    _turn(inputs, 0, True, first_steps, n_inputs, turned, 0)
    return turned


@layers_forward.register(BothWays)
def _layers_forward(direction, network, space, n_timesteps, n_rows, segment, training):
    cell, layout = network.cell, network.layout
    first_steps = cut(space.first_steps, 0, (n_rows,))
    last = layout.layers.size // 2 - 1
    for index in range(layout.layers.size):
        layer, way = index // 2, index % 2
        tape = layer_tape(cell, layout, space, index, n_timesteps, n_rows, training)
        begin_states(tape)
        forward(
            cell,
            layer_packs(cell, layout, space, index),
            _read_by(layout, space, layer, way, n_timesteps, n_rows),
            first_steps,
            True,
            tape,
        )
        n_hidden = tape.hidden.shape[2]
        if layer < last:
            joined = _joined(layout, space, layer, n_timesteps, n_rows)
            states = cut(
                tape.hidden, n_rows * n_hidden, (n_timesteps, n_rows, n_hidden)
            )
            _turn(states, 0, way == 1, first_steps, n_hidden, joined, way * n_hidden)
        else:
            states = last_states(layout, space, n_rows)
            _copy_columns(tape.hidden[n_timesteps], 0, states, way * n_hidden, n_hidden)


@layers_backward.register(BothWays)
def _layers_backward(direction, network, space, n_timesteps, n_rows, segment, gradient):
    layout = network.layout
    first_steps = cut(space.first_steps, 0, (n_rows,))
    last = layout.layers.size // 2 - 1
    d_outputs = d_each_state(layout, space, n_rows)
    begin_d_states(network.cell, layout, space, n_rows)
    d_last = d_last_states(layout, space, n_rows)
    for layer in range(last, -1, -1):
        n_hidden = layout.layers[2 * layer]["n_hidden"]
        n_upstream = d_outputs.shape[0]
        d_half = cut(space.memory, space.d_half, (n_upstream, n_rows, n_hidden))
        d_inputs = handed_down(layout, space, 2 * layer, layer, n_timesteps, n_rows)
        d_turned = cut(space.memory, space.d_turned, d_inputs.shape)
        for way in range(2):
            index, column = 2 * layer + way, way * n_hidden
            if layer < last:
                _turn(d_outputs, column, way == 1, first_steps, n_hidden, d_half, 0)
            else:
                # The head's derivative is that of each state, or of the last one alone.
                d_state = layer_d_state(layout, space, index, n_rows)
                of_head = d_half[0] if layout.averages else d_state
                _copy_columns(d_last, column, of_head, 0, n_hidden)
            cell_backward(
                network,
                space,
                index,
                _read_by(layout, space, layer, way, n_timesteps, n_rows),
                True,
                d_half,
                d_turned if way == 1 else d_inputs,
                gradient,
            )
        _add_turned(d_turned, first_steps, d_inputs)
        mask_d_inputs(layout, space, 2 * layer, d_inputs)
        d_outputs = d_inputs
