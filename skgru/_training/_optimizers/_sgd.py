"""Stochastic gradient descent with momentum."""

from typing import NamedTuple

from skgru._numerics._views import cut
from skgru._training._optimizers._base import states, step


@states(initial_rate=0.1)
class SGDCoefficients(NamedTuple):
    """Coefficients of gradient descent with momentum (Sutskever et al. 2013)."""

    momentum: float = 0.9
    nesterov: bool = True
    n_moments: int = 1


@step.register(SGDCoefficients)
def _sgd(optimizer, parameters, gradient, moments, start, stop, n_steps, learning_rate):
    number = parameters.dtype.type
    momentum = number(optimizer.momentum)
    rate = number(learning_rate)
    size = stop - start
    values = cut(parameters, start, (size,))
    slopes = cut(gradient, start, (size,))
    velocity = cut(moments, start, (size,))
    for j in range(size):
        velocity[j] = momentum * velocity[j] - rate * slopes[j]
    if optimizer.nesterov:
        for j in range(size):
            values[j] += momentum * velocity[j] - rate * slopes[j]
    else:
        for j in range(size):
            values[j] += velocity[j]
