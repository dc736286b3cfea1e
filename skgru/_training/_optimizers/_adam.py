"""Adam, a gradient descent with a step size for each weight."""

from typing import NamedTuple

import numpy as np

from skgru._numerics._views import cut
from skgru._training._optimizers._base import states, step


@states(initial_rate=0.005)
class AdamCoefficients(NamedTuple):
    """Coefficients of Adam (Kingma and Ba 2015)."""

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    n_moments: int = 2


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
