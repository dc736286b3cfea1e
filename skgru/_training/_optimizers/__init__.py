"""How parameters change: each optimiser is one file, and one line in `OPTIMIZERS`."""

from typing import Any

from skgru._training._optimizers._adam import AdamCoefficients
from skgru._training._optimizers._sgd import SGDCoefficients

# By the name that the parameter `solver` of an estimator knows it by.
OPTIMIZERS: dict[str, Any] = {
    "adam": AdamCoefficients,
    "sgd": SGDCoefficients,
}
