"""Adam and stochastic gradient descent: one step each, on the whole parameter vector.

An optimiser is a named tuple of coefficients whose type selects the compiled ``step``.
It owns nothing: parameters, gradient and moments are passed in, the learning rate is
given for each step, and when to stop is decided elsewhere.
"""

from typing import NamedTuple

import numpy as np

from skgru._numerics._intrinsics import cut
from skgru._numerics._jit import dispatched


class AdamCoefficients(NamedTuple):
    """Coefficients of Adam (Kingma and Ba 2015)."""

    beta_1: float
    beta_2: float
    epsilon: float
    n_moments: int = 2


class SGDCoefficients(NamedTuple):
    """Coefficients of gradient descent with momentum (Sutskever et al. 2013)."""

    momentum: float
    nesterov: bool
    n_moments: int = 1


class Accumulation(NamedTuple):
    """No step at all: gradients, times the learning rate, are summed in the moments.

    With the parts of each mini-batch in the whole as rates, this is the gradient of all
    rows, for methods that want it.
    """

    n_moments: int = 1


@dispatched
def step(optimizer, parameters, gradient, moments, start, stop, n_steps, learning_rate):
    """Change a part of the parameters by one step.

    Parameters
    ----------
    optimizer : named tuple
    parameters : ndarray of shape (n_parameters,), in and out
    gradient : ndarray of shape (n_parameters,), in
    moments : ndarray of shape (optimizer.n_moments, n_parameters), in and out
        Zeros before the first step.
    start, stop : int
        Where the part begins and ends.
    n_steps : int
        Number of this step, from 1.
    learning_rate : float
    """
    raise TypeError(f"{type(optimizer).__name__} is not an optimiser")


@step.register(AdamCoefficients)
def _adam(
    optimizer, parameters, gradient, moments, start, stop, n_steps, learning_rate
):
    # The form at the end of section 2 of the paper, as in scikit-learn and Keras:
    # epsilon is added to the root of the uncorrected second moment.
    number = parameters.dtype.type
    one = number(1)
    beta_1 = number(optimizer.beta_1)
    beta_2 = number(optimizer.beta_2)
    epsilon = number(optimizer.epsilon)
    rate = number(
        learning_rate
        * np.sqrt(1.0 - optimizer.beta_2**n_steps)
        / (1.0 - optimizer.beta_1**n_steps)
    )
    size = stop - start
    values = cut(parameters, start, (size,))
    slopes = cut(gradient, start, (size,))
    first = cut(moments, start, (size,))
    second = cut(moments, parameters.size + start, (size,))
    for j in range(size):
        slope = slopes[j]
        mean = beta_1 * first[j] + (one - beta_1) * slope
        power = beta_2 * second[j] + (one - beta_2) * slope * slope
        first[j] = mean
        second[j] = power
        values[j] -= rate * mean / (np.sqrt(power) + epsilon)


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
