"""An optimiser that only adds up gradients, for methods that need all rows at once."""

from typing import NamedTuple

from skgru._numerics._views import cut
from skgru._training._optimizers._base import step


class Accumulation(NamedTuple):
    """Adds gradients times learning rates to the moments, and changes no parameter.

    If the learning rate of each mini-batch is its share of the total weight of all
    rows, the sum is the gradient of all rows (see ``_lbfgs.py``).
    """

    n_moments: int = 1


@step.register(Accumulation)
def _accumulate(
    optimizer, parameters, gradient, moments, start, stop, n_steps, learning_rate
):
    part = parameters.dtype.type(learning_rate)
    size = stop - start
    slopes = cut(gradient, start, (size,))
    sums = cut(moments, start, (size,))
    for j in range(size):
        sums[j] += part * slopes[j]
