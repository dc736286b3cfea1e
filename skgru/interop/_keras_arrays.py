"""Tell a network of Keras by the shapes of its arrays alone.

``model.get_weights()`` lists the arrays of the recurrent layers, forward cell before
backward cell, and of the dense head: kernel, recurrent kernel and bias of each cell,
kernel and bias of the head. How many gates a cell has is the ratio of the columns of
its recurrent kernel to its rows. Whether there are biases, and whether layers read both
ways, is found by trying: all shapes must fit each other.
"""

from itertools import product

import numpy as np

from skgru.interop._files._sources import FileError
from skgru.interop._layouts import Network, cell_of_keras

_WAY_OUT = (
    "Pass a .keras file, which says what the layers are, or the arrays in the order of "
    "get_weights(): kernel, recurrent kernel and bias of each cell, then those of one "
    "dense head."
)


def network_of_arrays(arrays, reset_after=None):
    """The network whose arrays, in the order of ``get_weights()``, are given.

    Parameters
    ----------
    arrays : list of ndarray
    reset_after : bool, default=None
        The form of GRUs without biases; with them, their shape tells it.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If no network has such arrays, or several have.
    """
    found = []
    for bidirectional, has_bias, head_has_bias in product((False, True), repeat=3):
        network = _read(
            list(arrays),
            2 if bidirectional else 1,
            has_bias,
            head_has_bias,
            reset_after,
        )
        if network is not None:
            found.append(network)
    shapes = [np.shape(part) for part in arrays]
    if not found:
        raise FileError(
            f"Arrays of the shapes {shapes[:12]} are not those of recurrent layers and "
            f"a dense head. {_WAY_OUT}"
        )
    if len(found) > 1:
        raise FileError(
            f"Arrays of the shapes {shapes[:12]} may be those of several networks. "
            f"{_WAY_OUT}"
        )
    return found[0]


def _read(arrays, n_cells, has_bias, head_has_bias, reset_after):
    """The network, if the arrays are those of one of this form, else None."""
    n_head, n_each = 1 + head_has_bias, 2 + has_bias
    n_of_cells = len(arrays) - n_head
    if n_of_cells < 1 or n_of_cells % (n_cells * n_each):
        return None
    *of_cells, kernel = arrays[: n_of_cells + 1]
    cells = [of_cells[k : k + n_each] for k in range(0, n_of_cells, n_each)]
    name = _name_of_cell(cells[0], has_bias=has_bias, reset_after=reset_after)
    if name is None or kernel.ndim != 2:
        return None
    bias = arrays[-1] if head_has_bias else np.zeros(kernel.shape[1], kernel.dtype)
    try:
        read = [cell_of_keras(name, *cell) for cell in cells]
    except ValueError:
        return None
    layers = [read[k : k + n_cells] for k in range(0, len(read), n_cells)]
    return Network(name, layers, kernel, bias) if _fits(layers, kernel, bias) else None


def _name_of_cell(cell, *, has_bias, reset_after):
    """The kind of a cell, by the shape of its arrays; None if there is no such one."""
    recurrent = cell[1]
    if recurrent.ndim != 2 or not recurrent.size or recurrent.shape[1] % len(recurrent):
        return None
    name = {1: "rnn", 3: "gru", 4: "lstm"}.get(recurrent.shape[1] // len(recurrent))
    if name == "gru":
        resets_after = cell[2].ndim == 2 if has_bias else reset_after is not False
        return "gru" if resets_after else "gru_reset_before"
    return name


def _fits(layers, kernel, bias):
    """Whether each layer reads as many numbers as the one before hands on."""
    n_inputs = len(layers[0][0].kernel)
    for cells in layers:
        n_hidden = len(cells[0].recurrent_kernel)
        for cell in cells:
            if len(cell.kernel) != n_inputs or len(cell.recurrent_kernel) != n_hidden:
                return False
        n_inputs = n_hidden * len(cells)
    return len(kernel) == n_inputs and bias.shape == kernel.shape[1:]
