"""How the weights of a cell are laid out in Keras and in PyTorch, and conversions.

A cell has one block of numbers for each gate, side by side in each of its arrays. With
H hidden units, F inputs and G gates:

==========  ============================  ============================
framework   Keras, skgru                  PyTorch
==========  ============================  ============================
GRU         update, reset, candidate      reset, update, candidate
            (z, r, h)                     (r, z, n)
LSTM        input, forget, candidate,     input, forget, candidate,
            output (i, f, c, o)           output (i, f, g, o)
kernel      (F, G H)                      ``weight_ih``, (G H, F)
recurrent   (H, G H)                      ``weight_hh``, (G H, H)
bias        (G H,); (2, G H) for a GRU    ``bias_ih`` and ``bias_hh``,
            with ``reset_after=True``     each (G H,)
==========  ============================  ============================

Only in the candidate of a GRU do the two biases of PyTorch mean different things. All
others are added to each other, and are one bias in Keras and skgru.
"""

from typing import NamedTuple

import numpy as np

from skgru._cells import CELLS
from skgru._cells._base import CellWeights

# PyTorch's gates, as numbers of skgru's.
_TORCH_ORDER = {"gru": (1, 0, 2), "lstm": (0, 1, 2, 3), "rnn": (0,)}


class Network(NamedTuple):
    """The weights of a recurrent network with a dense head, in skgru's layout.

    Attributes
    ----------
    cell : str
        A key of `skgru._cells.CELLS`.
    layers : list of list of CellWeights
        For each layer its cell, or its forward and its backward cell.
    coef : ndarray of shape (n_hidden, n_outputs)
        Weights of the head; a layer that reads both ways has n_hidden / 2 units in each
        of its cells.
    intercept : ndarray of shape (n_outputs,)
    """

    cell: str
    layers: list
    coef: np.ndarray
    intercept: np.ndarray

    @property
    def n_features(self):
        """Features of a step."""
        return len(self.layers[0][0].kernel)

    @property
    def hidden_layer_sizes(self):
        """Hidden units of each layer, or of each of its two cells."""
        return tuple(len(cells[0].recurrent_kernel) for cells in self.layers)

    @property
    def bidirectional(self):
        """Whether each layer reads both ways."""
        return len(self.layers[0]) == 2

    @property
    def arrays(self):
        """All arrays in one list."""
        cells = [part for cells in self.layers for cell in cells for part in cell]
        return [*cells, self.coef, self.intercept]


def cell_of_keras(cell, kernel, recurrent, bias=None):
    """The weights of a cell from Keras's arrays; without a bias it is zeros.

    Parameters
    ----------
    cell : str
    kernel, recurrent : ndarray
    bias : ndarray, default=None

    Returns
    -------
    CellWeights

    Raises
    ------
    ValueError
        If the shapes do not fit each other.
    """
    facts = CELLS[cell]
    n_hidden = len(recurrent) if recurrent.ndim == 2 else 0
    columns = facts.n_gates * n_hidden
    of_bias = (columns,) if facts.n_biases == 1 else (facts.n_biases, columns)
    if bias is None:
        bias = np.zeros(of_bias, recurrent.dtype)
    if not (
        n_hidden > 0
        and kernel.ndim == 2
        and kernel.shape == (max(1, len(kernel)), columns)
        and recurrent.shape == (n_hidden, columns)
        and bias.shape == of_bias
    ):
        raise ValueError(
            f"A kernel of shape {kernel.shape}, a recurrent kernel of shape "
            f"{recurrent.shape} and a bias of shape {bias.shape} do not make a cell of "
            f"{facts.n_gates} gate(s): (n_inputs, {facts.n_gates} n_hidden), "
            f"(n_hidden, {facts.n_gates} n_hidden) and "
            f"{'(2, ' if facts.n_biases == 2 else '('}{facts.n_gates} n_hidden) are "
            "wanted."
        )
    return CellWeights(kernel, recurrent, bias.reshape(facts.n_biases, columns))


def keras_of_cell(weights):
    """Keras's arrays of a cell: kernel, recurrent kernel, bias."""
    bias = weights.bias if len(weights.bias) > 1 else weights.bias[0]
    return [np.array(part) for part in (*weights[:2], bias)]


def cell_of_torch(cell, weight_ih, weight_hh, bias_ih=None, bias_hh=None):
    """The weights of a cell from PyTorch's arrays; without biases they are zeros.

    Parameters
    ----------
    cell : {"gru", "lstm", "rnn"}
    weight_ih, weight_hh : ndarray
    bias_ih, bias_hh : ndarray, default=None

    Returns
    -------
    CellWeights

    Raises
    ------
    ValueError
        If the shapes do not fit each other.
    """
    n_rows = weight_hh.shape[0] if weight_hh.ndim else 0
    zeros = np.zeros(n_rows, weight_hh.dtype)
    biases = [zeros if part is None else part for part in (bias_ih, bias_hh)]
    n_gates, n_hidden = CELLS[cell].n_gates, n_rows // CELLS[cell].n_gates
    if not (
        weight_ih.ndim == weight_hh.ndim == 2
        and min(weight_ih.shape) > 0
        and weight_hh.shape == (n_gates * n_hidden, n_hidden)
        and len(weight_ih) == n_rows
        and all(part.shape == (n_rows,) for part in biases)
    ):
        raise ValueError(
            f"weight_ih of shape {weight_ih.shape}, weight_hh of shape "
            f"{weight_hh.shape} and biases of shapes {[part.shape for part in biases]} "
            f"do not make a cell of {n_gates} gate(s): ({n_gates} n_hidden, n_inputs), "
            f"({n_gates} n_hidden, n_hidden) and ({n_gates} n_hidden,) are wanted."
        )
    from_torch = np.argsort(_TORCH_ORDER[cell])
    parts = [_reordered(part.T, from_torch) for part in (weight_ih, weight_hh, *biases)]
    second = CELLS[cell].n_biases == 2
    bias = np.stack(parts[2:]) if second else (parts[2] + parts[3])[np.newaxis]
    return CellWeights(parts[0], parts[1], bias)


def torch_of_cell(cell, weights):
    """PyTorch's arrays of a cell, by the beginnings of their names.

    Where skgru has one bias, it is ``bias_ih``, and ``bias_hh`` is zeros.
    """
    first = weights.bias[0]
    second = weights.bias[1] if len(weights.bias) > 1 else np.zeros_like(first)
    parts = {
        "weight_ih": weights.kernel,
        "weight_hh": weights.recurrent_kernel,
        "bias_ih": first,
        "bias_hh": second,
    }
    order = _TORCH_ORDER[cell]
    return {
        name: np.ascontiguousarray(_reordered(part, order).T)
        for name, part in parts.items()
    }


def _reordered(array, order):
    """The blocks of the last axis in another order."""
    blocks = np.split(array, len(order), axis=-1)
    return np.concatenate([blocks[gate] for gate in order], axis=-1)
