"""Exact derivatives of predictions with respect to what the network reads.

The backward pass of training ends with the weights of the first layer; here the pass
goes on to the inputs of that layer. Those of the linear path are added.
"""

import numpy as np

from skgru._network._layers import (
    Network,
    count_segments,
    handed_down,
    head_backward,
    network_forward,
    prepare_network,
    segment_backward,
    steps_of_segment,
)
from skgru._network._line import add_line_derivatives
from skgru._network._prediction import check_fit, in_parts
from skgru._network._sequences import Sequences
from skgru._network._workspace import Workspace, make_workspace, shard_rows
from skgru._numerics._intrinsics import smaller
from skgru._numerics._structs import Array3D, Indices, Matrix, Vector
from skgru._numerics._units import unit
from skgru._numerics._views import cut


@unit
def differentiate_sequences(
    network: Network,
    parameters: Vector,
    space: Workspace,
    sequences: Sequences,
    rows: Indices,
    d_raw: Matrix,
    gradient: Vector,
    out: Array3D,
):
    """Derivatives with respect to the standardised steps of some sequences.

    Parameters
    ----------
    space : Workspace, in and out
        Made for a backward pass down to the inputs of the network.
    rows : int64 ndarray of shape (n_samples,), in
        Which sequences.
    d_raw : ndarray of shape (n_samples, n_outputs), in
        Derivatives with respect to the raw predictions of these sequences.
    gradient : ndarray of shape (n_parameters,), in and out
        Gradient of the weights, which the backward pass also computes. It is not used.
    out : ndarray of shape (n_samples, n_timesteps, n_features), out
        Zeros at missing steps, and for categories, which have no derivatives.
    """
    layout = network.layout
    n_timesteps, n_at_once = sequences.n_timesteps, space.first_steps.size
    prepare_network(network, parameters, space, n_timesteps, True)
    last = count_segments(space, n_timesteps) - 1
    n_numbers = layout.n_features - (layout.first_codes.size - 1)
    for start in range(0, rows.size, n_at_once):
        n_rows = smaller(n_at_once, rows.size - start)
        some = cut(rows, start, (n_rows,))
        raw = cut(space.memory, space.raw, (n_rows, layout.n_outputs))
        network_forward(network, parameters, space, sequences, some, True, raw)
        upstream = cut(space.memory, space.d_raw, (n_rows, layout.n_outputs))
        for i in range(n_rows):
            for k in range(layout.n_outputs):
                upstream[i, k] = d_raw[start + i, k]
        head_backward(layout, space, sequences, some, gradient)
        for segment in range(last, -1, -1):
            segment_backward(network, space, sequences, some, segment, gradient)
            n_steps = steps_of_segment(space, n_timesteps, segment)
            d_inputs = handed_down(layout, space, 0, 0, n_steps, n_rows)
            for i in range(n_rows):
                for step in range(n_steps):
                    place = segment * space.n_steps + step
                    for j in range(n_numbers):
                        out[start + i, place, j] = d_inputs[step, i, j]
                    for j in range(n_numbers, layout.n_features):
                        out[start + i, place, j] = 0


def input_gradients(network, parameters, sequences, d_raw, n_threads=1):
    """Derivatives with respect to the standardised steps of all sequences.

    Parameters
    ----------
    d_raw : ndarray of shape (n_samples, n_raw_outputs)
        Derivatives with respect to the raw predictions, one row for each sequence.

    Returns
    -------
    ndarray of shape (n_samples, n_timesteps, n_features)
        Zeros at missing steps, and for categories.
    """
    check_fit(network, parameters, sequences)
    layout, n_timesteps = network.layout, sequences.n_timesteps
    rows = np.arange(len(sequences.stops))
    n_features = sequences.values.shape[1]
    d_raw = np.ascontiguousarray(d_raw, dtype=parameters.dtype)
    out = np.empty((len(rows), n_timesteps, n_features), dtype=parameters.dtype)
    n_at_once = min(shard_rows(layout), len(rows))

    def differentiate_part(start, stop):
        space = make_workspace(
            network.cell,
            layout,
            n_timesteps,
            n_at_once,
            out.dtype,
            training=True,
            of_inputs=True,
        )
        differentiate_sequences(
            network,
            parameters,
            space,
            sequences,
            rows[start:stop],
            d_raw[start:stop],
            np.zeros_like(parameters),
            out[start:stop],
        )

    in_parts(len(rows), n_at_once, n_threads, differentiate_part)
    add_line_derivatives(network, parameters, sequences, d_raw, out)
    return out
