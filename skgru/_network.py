"""A stack of recurrent cells and a dense head: predictions, loss and gradient.

The head sees the last state of the last layer only: ``raw = h_T coef + intercept``.
"""

from typing import NamedTuple

import numpy as np

from skgru._batches import gather
from skgru._cells._base import Tape, backward, forward
from skgru._intrinsics import cut
from skgru._jit import jit, jit_entry
from skgru._math import (
    add_column_sums,
    fill_zero,
    product,
    product_of_transposed,
    product_with_transposed,
)
from skgru._parameters import cell_weights, head_weights


class Workspace(NamedTuple):
    """Memory for one mini-batch, allocated once; each part is flat and cut to size.

    Attributes
    ----------
    inputs, first_steps
        The gathered mini-batch.
    gates, memory, hidden, d_recurrent
        The tapes of all layers, one after the other.
    d_inputs
        What one layer's backward pass hands to the layer below.
    step_product, kernel_copy, d_state
        Scratch of one layer, used by all in turn.
    initial_state
        Zeros.
    raw, d_raw, targets, weights
        The head's predictions, their gradient, and what they are compared with.
    """

    inputs: np.ndarray
    first_steps: np.ndarray
    gates: np.ndarray
    memory: np.ndarray
    hidden: np.ndarray
    d_recurrent: np.ndarray
    d_inputs: np.ndarray
    step_product: np.ndarray
    kernel_copy: np.ndarray
    d_state: np.ndarray
    initial_state: np.ndarray
    raw: np.ndarray
    d_raw: np.ndarray
    targets: np.ndarray
    weights: np.ndarray


def make_workspace(cell, layout, n_timesteps, n_rows, dtype, *, training):
    """Allocate the memory of a mini-batch of at most `n_rows` sequences."""
    sizes = layout.layers["n_hidden"]
    widest = int(sizes.max())
    n_gates = cell.n_gates
    flat = n_timesteps * n_rows
    all_units = flat * int(sizes.sum())
    # Only layers above the first one hand a derivative down.
    handed_down = int(sizes[:-1].max()) if len(sizes) > 1 else 0
    lengths = {
        "inputs": flat * int(layout.layers["n_inputs"][0]),
        "gates": n_gates * all_units,
        "memory": all_units,
        "hidden": all_units,
        "d_recurrent": n_gates * all_units if training else 0,
        "d_inputs": flat * handed_down if training else 0,
        "step_product": n_rows * n_gates * widest,
        "kernel_copy": n_gates * widest * widest,
        "d_state": n_rows * widest,
        "initial_state": n_rows * widest,
        "raw": n_rows * layout.n_outputs,
        "d_raw": n_rows * layout.n_outputs,
        "targets": n_rows * layout.n_outputs,
        "weights": n_rows,
    }
    parts = {name: np.zeros(length, dtype=dtype) for name, length in lengths.items()}
    if not training:
        # Never touched then, but cut like the others.
        parts["d_recurrent"] = parts["gates"]
    return Workspace(first_steps=np.zeros(n_rows, dtype=np.int64), **parts)


@jit
def layer_tape(cell, layer, space, n_timesteps, n_rows):
    """Tape of one layer."""
    n_hidden = layer["n_hidden"]
    n_columns = cell.n_gates * n_hidden
    start = layer["n_hidden_before"] * n_timesteps * n_rows
    wide = (n_timesteps, n_rows, n_columns)
    narrow = (n_timesteps, n_rows, n_hidden)
    return Tape(
        cut(space.gates, cell.n_gates * start, wide),
        cut(space.memory, start, narrow),
        cut(space.hidden, start, narrow),
        cut(space.d_recurrent, cell.n_gates * start, wide),
        cut(space.step_product, 0, (n_rows, n_columns)),
        cut(space.kernel_copy, 0, (n_columns * n_hidden,)),
        cut(space.d_state, 0, (n_rows, n_hidden)),
    )


@jit(inline=True)
def network_forward(cell, layout, parameters, space, n_timesteps, n_rows):
    """Predict the gathered mini-batch; returns raw predictions (n_rows, n_outputs)."""
    n_inputs = layout.layers[0]["n_inputs"]
    inputs = cut(space.inputs, 0, (n_timesteps, n_rows, n_inputs))
    first_steps = cut(space.first_steps, 0, (n_rows,))
    for index in range(layout.layers.size):
        layer = layout.layers[index]
        tape = layer_tape(cell, layer, space, n_timesteps, n_rows)
        forward(
            cell,
            cell_weights(cell, layer, parameters),
            inputs,
            first_steps,
            cut(space.initial_state, 0, (n_rows, layer["n_hidden"])),
            True,
            tape,
        )
        inputs = tape.hidden
    coef, intercept = head_weights(layout, parameters)
    raw = cut(space.raw, 0, (n_rows, layout.n_outputs))
    last = (n_rows, layout.n_hidden)
    product(cut(inputs, (n_timesteps - 1) * n_rows * last[1], last), coef, raw)
    for i in range(n_rows):
        for k in range(layout.n_outputs):
            raw[i, k] += intercept[k]
    return raw


@jit(inline=True)
def network_backward(
    cell, layout, parameters, space, n_timesteps, n_rows, d_raw, gradient
):
    """Gradient of everything, after `network_forward` on the same mini-batch.

    Parameters
    ----------
    d_raw : ndarray of shape (n_rows, n_outputs), in
        Upstream gradient.
    gradient : ndarray of shape (layout.n_parameters,), out
    """
    n_layers = layout.layers.size
    tape = layer_tape(cell, layout.layers[n_layers - 1], space, n_timesteps, n_rows)
    coef, _ = head_weights(layout, parameters)
    d_coef, d_intercept = head_weights(layout, gradient)
    last = (n_rows, layout.n_hidden)
    product_of_transposed(
        cut(tape.hidden, (n_timesteps - 1) * n_rows * last[1], last), d_raw, d_coef
    )
    for k in range(layout.n_outputs):
        d_intercept[k] = 0
    add_column_sums(d_raw, d_intercept)
    product_with_transposed(d_raw, coef, tape.d_state)
    first_steps = cut(space.first_steps, 0, (n_rows,))
    d_outputs = cut(space.d_inputs, 0, (0, n_rows, layout.n_hidden))
    for index in range(n_layers - 1, -1, -1):
        layer = layout.layers[index]
        n_inputs = layer["n_inputs"]
        tape = layer_tape(cell, layer, space, n_timesteps, n_rows)
        if index == 0:
            inputs = cut(space.inputs, 0, (n_timesteps, n_rows, n_inputs))
            d_inputs = cut(space.d_inputs, 0, (0, n_rows, n_inputs))
        else:
            below = layout.layers[index - 1]
            inputs = layer_tape(cell, below, space, n_timesteps, n_rows).hidden
            d_inputs = cut(space.d_inputs, 0, (n_timesteps, n_rows, n_inputs))
        if index < n_layers - 1:
            fill_zero(tape.d_state)
        backward(
            cell,
            cell_weights(cell, layer, parameters),
            inputs,
            first_steps,
            cut(space.initial_state, 0, (n_rows, layer["n_hidden"])),
            True,
            tape,
            d_outputs,
            cell_weights(cell, layer, gradient),
            d_inputs,
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
    block = space.first_steps.size
    for start in range(0, rows.size, block):
        n_rows = min(block, rows.size - start)
        part = cut(rows, start, (n_rows,))
        gather(
            sequences,
            part,
            scaling,
            cut(space.inputs, 0, (n_timesteps, n_rows, n_features)),
            cut(space.first_steps, 0, (n_rows,)),
        )
        raw = network_forward(cell, layout, parameters, space, n_timesteps, n_rows)
        for i in range(n_rows):
            for k in range(layout.n_outputs):
                out[start + i, k] = raw[i, k]
