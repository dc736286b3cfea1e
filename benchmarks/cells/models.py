"""The three cells, and the variants of each that are compared."""

from typing import NamedTuple

import numpy as np

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru._cells import CELLS as KERNELS

GRU, LSTM, RNN = CELLS = ("GRU", "LSTM", "RNN")
KINDS = {GRU: GRURegressor, LSTM: LSTMRegressor, RNN: RNNRegressor}
# What follows on the name of a cell, in results and in tables.
OF_KERAS, AS_MANY_PARAMETERS, RAW = ", keras", ", as many parameters", ", raw"


class Variant(NamedTuple):
    """A cell, and parameters of its estimator that are not the defaults."""

    cell: str
    parameters: dict

    def make(self, units, **parameters):
        """The estimator."""
        return KINDS[self.cell](units, **self.parameters, **parameters)


VARIANTS = {
    **{cell: Variant(cell, {}) for cell in CELLS},
    **{cell + OF_KERAS: Variant(cell, {"gate_init": "keras"}) for cell in (GRU, LSTM)},
    **{cell + RAW: Variant(cell, {"standardize": False}) for cell in CELLS},
}


def n_parameters(cell, n_features, units):
    """Of one layer and its head with one output, as `summary` counts them."""
    kernel = KERNELS[cell.lower()]
    of_cell = (n_features + units + kernel.n_biases) * kernel.n_gates * units
    return of_cell + units + 1


def units_for(cell, n_features, wanted):
    """How many units come closest to so many parameters."""
    units = np.arange(1, 1 + int(2 * wanted**0.5))
    found = n_parameters(cell, n_features, units)
    return int(units[np.abs(found - wanted).argmin()])


def step_products(cell, n_features, units):
    """Multiply-adds of a forward step in matrix products; used to plan a run."""
    return (n_features + units) * KERNELS[cell.lower()].n_gates * units
