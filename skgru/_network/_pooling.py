"""Mean pooling: what the head reads is the mean of all states, and not the last one.

The mean is that of the last layer's states over the observed steps of a sequence, of
each cell by itself if layers read both ways. Missing steps count for nothing, and a
sequence without any observed step has the mean zero::

    read = (h_1 + h_2 + … + h_n) / n        over the n observed steps

Forward, the states of one segment after the other are added to sums, which are kept
beside the tape. This is done by the pass that predicts, and not where the layers run:
the backward pass runs the layers over each segment again, and needs no sums.

Backward, each observed state has the same derivative, that of the mean divided by n. So
the last layer is handed one matrix for all of its steps.
"""

from skgru._network._workspace import last_states, layer_tape
from skgru._numerics._intrinsics import larger
from skgru._numerics._jit import jit
from skgru._numerics._math import add, copy, fill_zero
from skgru._numerics._views import cut, flat, run


@jit
def _sums(layout, space, n_rows):
    """Sums of the states so far, (n_rows, layout.n_hidden)."""
    return cut(space.memory, space.sums, (n_rows, layout.n_hidden))


@jit(apart=True)
def _add_observed(hidden, first_steps, sums, first_column):
    """Add the observed states of one cell to its columns of the sums.

    Parameters
    ----------
    hidden : ndarray of shape (n_steps + 1, n_rows, n_hidden), in
        States of a segment, which begin with the states before it.
    first_steps : int64 ndarray of shape (n_rows,), in
    sums : ndarray of shape (n_rows, layout.n_hidden), in and out
    first_column : int
    """
    n_states, n_rows, n_hidden = hidden.shape
    for step in range(n_states - 1):
        for i in range(n_rows):
            if step >= first_steps[i]:
                add(hidden[step + 1, i], run(sums, i, first_column, n_hidden))


@jit(apart=True)
def divide_by_observed(sequences, rows, matrix):
    """Divide the rows of a matrix by how many steps of the sequences are observed."""
    number = matrix.dtype.type
    for i in range(rows.size):
        n_observed = number(larger(sequences.n_observed[rows[i]], 1))
        for j in range(matrix.shape[1]):
            matrix[i, j] /= n_observed


@jit
def add_states(cell, layout, space, segment, n_steps, n_rows, training):
    """Add the last layer's states over a segment, which has just run, to the sums."""
    sums = _sums(layout, space, n_rows)
    if segment == 0:
        fill_zero(flat(sums))
    n_cells = layout.direction.n_directions
    for way in range(n_cells):
        index = layout.layers.size - n_cells + way
        tape = layer_tape(cell, layout, space, index, n_steps, n_rows, training)
        _add_observed(
            tape.hidden,
            cut(space.first_steps, 0, (n_rows,)),
            sums,
            way * layout.layers[index]["n_hidden"],
        )


@jit
def read_means(layout, space, sequences, rows):
    """Put the means in the place of the last states, for the head to read."""
    states = last_states(layout, space, rows.size)
    copy(flat(_sums(layout, space, rows.size)), flat(states))
    divide_by_observed(sequences, rows, states)


@jit
def d_each_state(layout, space, n_rows):
    """Derivatives that the head hands to every state of the last layer.

    They are of shape (1, n_rows, layout.n_hidden), or of shape (0, …) where the head
    reads the last state alone.
    """
    n_matrices = 1 if layout.averages else 0
    return cut(space.memory, space.d_last, (n_matrices, n_rows, layout.n_hidden))
