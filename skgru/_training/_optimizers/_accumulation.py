"""Gradients that are summed instead of followed: for methods that want all rows."""

from typing import NamedTuple

from skgru._numerics._intrinsics import cut
from skgru._training._optimizers._base import step


class Accumulation(NamedTuple):
    """No step at all: gradients, times the learning rate, are summed in the moments.

    With the parts of each mini-batch in the whole as rates, this is the gradient of all
    rows, for methods that want it.
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
