"""All weights of a network in one contiguous vector, with named views into it.

One vector makes the optimiser's step, the clipping of the gradient, a snapshot of the
best weights and a pickle one operation each. The weights come first and the biases
last, so that what a penalty applies to is a slice too::

    [ kernel_0  recurrent_0  kernel_1  …  coef | bias_0  bias_1  …  intercept ]
      <------------- n_weights --------------->

Views do not survive a pickle or a deep copy: keep the vector and the layout, and make
the views again.
"""

import functools
from typing import NamedTuple

import numpy as np

from skgru._intrinsics import cut
from skgru._jit import jit

# One record a layer: its sizes, where its parts begin in the vector, and how many
# hidden units the layers before it have together.
LAYER = np.dtype(
    [
        (name, np.int64)
        for name in (
            "n_inputs",
            "n_hidden",
            "kernel",
            "recurrent_kernel",
            "bias",
            "n_hidden_before",
        )
    ]
)


class Layout(NamedTuple):
    """Where each part of a network stands in the vector of its parameters.

    Attributes
    ----------
    layers : ndarray of shape (n_layers,) and dtype LAYER
    n_hidden, n_outputs : int
        Sizes of the dense head.
    coef, intercept : int
        Where its two parts begin.
    n_weights, n_parameters : int
        Length of the penalised first part, and of the whole vector.
    """

    layers: np.ndarray
    n_hidden: int
    n_outputs: int
    coef: int
    intercept: int
    n_weights: int
    n_parameters: int


class CellWeights(NamedTuple):
    """The parameters of one layer, or their gradients.

    Attributes
    ----------
    kernel : ndarray of shape (n_inputs, n_gates * n_hidden)
    recurrent_kernel : ndarray of shape (n_hidden, n_gates * n_hidden)
    bias : ndarray of shape (n_biases, n_gates * n_hidden)
    """

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    bias: np.ndarray


@functools.lru_cache
def make_layout(cell, n_features, hidden_layer_sizes, n_outputs):
    """Lay out a stack of `cell` layers and a dense head.

    Remembered, because every prediction asks for it; so its array is read-only.
    """
    layers = np.zeros(len(hidden_layer_sizes), dtype=LAYER)
    layers["n_hidden"] = hidden_layer_sizes
    layers["n_inputs"] = (n_features, *hidden_layer_sizes[:-1])
    layers["n_hidden_before"] = np.cumsum((0, *hidden_layer_sizes[:-1]))
    position = 0
    for layer in layers:
        columns = cell.n_gates * layer["n_hidden"]
        layer["kernel"] = position
        layer["recurrent_kernel"] = position + layer["n_inputs"] * columns
        position = layer["recurrent_kernel"] + layer["n_hidden"] * columns
    coef = position
    n_weights = position = int(coef + hidden_layer_sizes[-1] * n_outputs)
    for layer in layers:
        layer["bias"] = position
        position += cell.n_biases * cell.n_gates * layer["n_hidden"]
    layers.flags.writeable = False
    return Layout(
        layers=layers,
        n_hidden=int(hidden_layer_sizes[-1]),
        n_outputs=int(n_outputs),
        coef=int(coef),
        intercept=int(position),
        n_weights=n_weights,
        n_parameters=int(position + n_outputs),
    )


@jit
def cell_weights(cell, layer, vector):
    """Views of one layer's parameters in `vector`."""
    n_inputs = layer["n_inputs"]
    n_hidden = layer["n_hidden"]
    columns = cell.n_gates * n_hidden
    kernel = layer["kernel"]
    recurrent = layer["recurrent_kernel"]
    bias = layer["bias"]
    return CellWeights(
        cut(vector, kernel, (n_inputs, columns)),
        cut(vector, recurrent, (n_hidden, columns)),
        cut(vector, bias, (cell.n_biases, columns)),
    )


@jit
def head_weights(layout, vector):
    """Views of the dense head's coefficients and intercept in `vector`."""
    return (
        cut(vector, layout.coef, (layout.n_hidden, layout.n_outputs)),
        cut(vector, layout.intercept, (layout.n_outputs,)),
    )
