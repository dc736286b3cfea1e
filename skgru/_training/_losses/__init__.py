"""What training minimises. Each loss has one file, and one line in `LOSSES`."""

from typing import Any

from skgru._training._losses._absolute_error import AbsoluteError
from skgru._training._losses._huber import Huber
from skgru._training._losses._poisson import Poisson
from skgru._training._losses._quantile import Quantile
from skgru._training._losses._squared_error import SquaredError

# Losses by their names in the parameter `loss` of an estimator.
LOSSES: dict[str, Any] = {
    "squared_error": SquaredError,
    "absolute_error": AbsoluteError,
    "huber": Huber,
    "quantile": Quantile,
    "poisson": Poisson,
}
