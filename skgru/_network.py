"""A stack of recurrent cells and a dense head: predictions and gradient.

The head sees the last state of the last layer only: ``raw = h_T coef + intercept``.
"""

from skgru._batches import gather
from skgru._cells._base import Scratch, backward, forward, prepare
from skgru._intrinsics import block, cut
from skgru._jit import jit, jit_entry
from skgru._math import fill_zero
from skgru._parameters import cell_weights, head_weights
from skgru._products import pack, pack_transposed, product, product_of_plain
from skgru._workspace import (
    head_packs,
    last_states,
    layer_inputs,
    layer_packs,
    layer_tape,
)


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
