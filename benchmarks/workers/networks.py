"""The weights of a network on their way from skgru to another library, in an .npz file.

Arrays are in skgru's (and Keras's) order. Beside them lie an X and skgru's predictions
of it, which the other library has to repeat.
"""

from typing import NamedTuple

import numpy as np

# float32 carries seven digits; sums are added up in another order elsewhere.
TOLERANCE = 1e-4


class Network(NamedTuple):
    """Weights: (kernel, recurrent kernel, bias) of each layer, and the head.

    The bias of a GRU has two rows; those of the other cells have one dimension.
    """

    layers: list
    coef: np.ndarray
    intercept: np.ndarray


def network_of(model):
    """The weights of a fitted estimator, copied."""
    layers = zip(model.kernels_, model.recurrent_kernels_, model.biases_, strict=True)
    layers = [tuple(part.copy() for part in layer) for layer in layers]
    return Network(layers, model.coefs_[0].copy(), model.intercepts_[0].copy())


def save(path, network, **arrays):
    """Write weights, and arrays beside them."""
    parts = {
        f"layer {number} {name}": part
        for number, layer in enumerate(network.layers)
        for name, part in zip(("kernel", "recurrent", "bias"), layer, strict=True)
    }
    np.savez(path, coef=network.coef, intercept=network.intercept, **parts, **arrays)


def load(path):
    """Weights and the arrays beside them."""
    with np.load(path) as file:
        arrays = dict(file)
    layers = []
    while f"layer {len(layers)} kernel" in arrays:
        names = (
            f"layer {len(layers)} {part}" for part in ("kernel", "recurrent", "bias")
        )
        layers.append(tuple(arrays.pop(name) for name in names))
    return Network(layers, arrays.pop("coef"), arrays.pop("intercept")), arrays


def largest_difference(found, expected):
    """Of two sets of predictions; an error if they are not of the same network."""
    difference = float(np.abs(np.ravel(found) - np.ravel(expected)).max())
    if not difference < TOLERANCE:
        raise AssertionError(f"predictions differ from skgru's by {difference:.2g}")
    return difference
