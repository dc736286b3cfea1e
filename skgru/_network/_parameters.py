"""All weights of a network in one contiguous vector, with named views into it.

With one vector, the optimiser's step, the clipping of the gradient, a snapshot of the
best weights and a pickle are one operation each. The weights come first and the biases
last, so that the weights, to which the penalty applies, are a slice::

    [ kernel_0  recurrent_0  kernel_1  …  coef  line  tables | bias_0  …  intercept ]
      <-------------------- n_weights --------------------->

A pickle or a deep copy turns views into separate arrays: store the vector and the
layout, and make the views again.
"""

import functools
from typing import Annotated, NamedTuple

import numpy as np

from skgru._cells._base import CellWeights
from skgru._numerics._jit import jit
from skgru._numerics._structs import ArrayKind, Indices, Variant, constant
from skgru._numerics._views import cut

# One record for each cell; the records of a layer's cells stand next to each other. A
# record holds the cell's sizes, where its parts begin in the vector, and the number of
# hidden units of all cells before it.
LAYER = np.dtype(
    [
        (name, np.int64)
        for name in (
            "n_inputs",
            # Rows of the kernel that inputs are multiplied by, and behind them those
            # that are looked up.
            "n_multiplied",
            "n_looked_up",
            "n_hidden",
            "kernel",
            "recurrent_kernel",
            "bias",
            "n_hidden_before",
        )
    ]
)


class Direction(Variant):
    """Which way the layers read a sequence.

    Attributes
    ----------
    n_directions : int
        Number of cells in each layer.
    """

    n_directions: int


@constant
class Layout(NamedTuple):
    """Where each part of a network stands in the vector of its parameters.

    Attributes
    ----------
    direction : named tuple
        Which way the layers read a sequence.
    layers : ndarray of shape (n_layers * n_directions,) and dtype LAYER
    n_features : int
        Features of a step.
    first_codes, static_first_codes : int64 ndarray of shape (n_categories + 1,)
        Where the codes of each category begin among all of them, and where the last
        ones end: of the categories among the features of a step, which are the last
        features; and of the static ones, counted from the first static coefficient.
    embedding_size : int
        How many numbers stand for a category of a step; 0 if rows of the kernel do.
    n_hidden, n_static, n_outputs : int
        Sizes of the dense head: how many states it reads, how many rows of static
        coefficients it has, and how many outputs.
    averages : bool
        Whether the head reads the mean of all states, and not the last one.
    line, level : int64 ndarray of shape (n_outputs,)
        The features whose changes, and whose last value, each output's linear path
        reads; -1 for none.
    n_line, n_level : int
        How many changes and last values the linear path of an output reads.
    coef, line_coef, tables, intercept : int
        Where the parts of the head, of the linear path and of the embeddings begin. In
        `coef`, the coefficients of the states stand before those of the static
        features.
    n_weights, n_parameters : int
        Length of the penalised first part, and of the whole vector.
    """

    direction: Direction
    layers: Annotated[np.ndarray, ArrayKind(LAYER, 1)]
    n_features: int
    first_codes: Indices
    static_first_codes: Indices
    embedding_size: int
    n_hidden: int
    n_static: int
    n_outputs: int
    averages: bool
    line: Indices
    level: Indices
    n_line: int
    n_level: int
    coef: int
    line_coef: int
    tables: int
    intercept: int
    n_weights: int
    n_parameters: int


# typed=True, because named tuples of different types are equal if their numbers are.
@functools.lru_cache(typed=True)
def make_layout(
    cell,
    n_features,
    hidden_layer_sizes,
    n_outputs,
    direction,
    n_static=0,
    line=(),
    level=(),
    n_line=0,
    categories=(),
    static_categories=(),
    embedding_size=0,
    *,
    averages=False,
):
    """Lay out a stack of `cell` layers, a dense head, and a linear path beside them.

    `categories` are the numbers of codes of the categories among the `n_features`, and
    `static_categories` those of the categories among the `n_static`.

    Layouts are cached, because every prediction asks for one; so the arrays are
    read-only.
    """
    n_cells = direction.n_directions
    # A layer hands on the states of its cells side by side.
    n_read = n_cells * np.array(hidden_layer_sizes)
    layers = np.zeros(n_cells * len(hidden_layer_sizes), dtype=LAYER)
    layers["n_hidden"] = np.repeat(hidden_layer_sizes, n_cells)
    layers["n_inputs"] = np.repeat((n_features, *n_read[:-1]), n_cells)
    layers["n_multiplied"] = layers["n_inputs"]
    _add_categories(layers[:n_cells], len(categories), sum(categories), embedding_size)
    first_codes = _first_codes(0, categories)
    static_first_codes = _first_codes(
        n_static - len(static_categories), static_categories
    )
    n_static = int(static_first_codes[-1])
    layers["n_hidden_before"] = np.cumsum(layers["n_hidden"]) - layers["n_hidden"]
    position = 0
    for layer in layers:
        columns = cell.n_gates * layer["n_hidden"]
        layer["kernel"] = position
        n_rows = layer["n_multiplied"] + layer["n_looked_up"]
        layer["recurrent_kernel"] = position + n_rows * columns
        position = layer["recurrent_kernel"] + layer["n_hidden"] * columns
    coef = position
    line_coef = int(coef + (n_read[-1] + n_static) * n_outputs)
    n_level = int(max(level, default=-1) >= 0)
    tables = line_coef + (n_line + n_level) * n_outputs
    n_weights = position = tables + sum(categories) * embedding_size
    line, level = (
        np.array(part or [-1] * n_outputs, dtype=np.int64) for part in (line, level)
    )
    line.flags.writeable = level.flags.writeable = False
    for layer in layers:
        layer["bias"] = position
        position += cell.n_biases * cell.n_gates * layer["n_hidden"]
    layers.flags.writeable = False
    return Layout(
        direction=direction,
        layers=layers,
        n_features=int(n_features),
        first_codes=first_codes,
        static_first_codes=static_first_codes,
        embedding_size=embedding_size,
        n_hidden=int(n_read[-1]),
        n_static=n_static,
        n_outputs=int(n_outputs),
        averages=averages,
        line=line,
        level=level,
        n_line=int(n_line),
        n_level=n_level,
        coef=int(coef),
        line_coef=line_coef,
        tables=tables,
        intercept=int(position),
        n_weights=n_weights,
        n_parameters=int(position + n_outputs),
    )


def _add_categories(layers, n_categories, n_codes, embedding_size):
    """Say what the first layer reads of categories: see ``_categories.py``."""
    if embedding_size:
        layers["n_inputs"] += n_categories * (embedding_size - 1)
        layers["n_multiplied"] = layers["n_inputs"]
    else:
        layers["n_inputs"] += n_categories
        layers["n_multiplied"] -= n_categories
        layers["n_looked_up"] = n_codes


def _first_codes(first, categories):
    """Where the codes of each category begin, and where the last ones end."""
    codes = np.cumsum((first, *categories), dtype=np.int64)
    codes.flags.writeable = False
    return codes


@jit
def cell_weights(cell, layer, vector):
    """Views of one cell's parameters in `vector`."""
    n_rows = layer["n_multiplied"] + layer["n_looked_up"]
    n_hidden = layer["n_hidden"]
    columns = cell.n_gates * n_hidden
    kernel = layer["kernel"]
    recurrent = layer["recurrent_kernel"]
    bias = layer["bias"]
    return CellWeights(
        cut(vector, kernel, (n_rows, columns)),
        cut(vector, recurrent, (n_hidden, columns)),
        cut(vector, bias, (cell.n_biases, columns)),
    )


@jit
def head_weights(layout, vector):
    """Views of the dense head's parameters in `vector`.

    Returns
    -------
    coef : ndarray of shape (n_hidden, n_outputs)
        Coefficients of the last states, or of their means.
    static_coef : ndarray of shape (n_static, n_outputs)
        Coefficients of the static features.
    intercept : ndarray of shape (n_outputs,)
    """
    n_of_states = layout.n_hidden * layout.n_outputs
    return (
        cut(vector, layout.coef, (layout.n_hidden, layout.n_outputs)),
        cut(vector, layout.coef + n_of_states, (layout.n_static, layout.n_outputs)),
        cut(vector, layout.intercept, (layout.n_outputs,)),
    )


@jit
def table_weights(layout, vector):
    """View of the embeddings of all categories, (n_codes, embedding_size).

    Without embeddings it is empty.
    """
    n_codes = layout.first_codes[layout.first_codes.size - 1]
    width = layout.embedding_size
    return cut(vector, layout.tables, (n_codes if width > 0 else 0, width))


def views_of_head(layout, vector):
    """Views of the head, with the coefficients of states and static features as one.

    Returns
    -------
    coef : ndarray of shape (n_hidden + n_static, n_outputs)
    intercept : ndarray of shape (n_outputs,)
    """
    shape = (layout.n_hidden + layout.n_static, layout.n_outputs)
    coef = vector[layout.coef : layout.coef + shape[0] * shape[1]].reshape(shape)
    return coef, vector[layout.intercept : layout.intercept + layout.n_outputs]
