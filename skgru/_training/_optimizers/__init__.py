"""How parameters change. Each optimiser has one file, and one line in `OPTIMIZERS`."""

from typing import Any

from skgru._training._optimizers._adam import AdamCoefficients
from skgru._training._optimizers._sgd import SGDCoefficients

# Optimisers by their names in the parameter `solver` of an estimator.
OPTIMIZERS: dict[str, Any] = {
    "adam": AdamCoefficients,
    "sgd": SGDCoefficients,
}
