"""The Poisson deviance of counts and amounts."""

from typing import NamedTuple

import numpy as np

from skgru._training._losses._base import (
    loss_and_gradient,
    prediction_derivatives,
    predictions,
    states,
)


@states(
    label="mean Poisson deviance",
    power_of_y=1,
    has_log_link=True,
    is_least_at_mean=True,
)
class Poisson(NamedTuple):
    """The Poisson deviance; the raw prediction is the logarithm of the mean."""

    @classmethod
    def of_parameters(cls, quantile, huber_delta, target_scale):
        """Make the loss, which has no parameters."""
        return cls()


@loss_and_gradient.register(Poisson)
def _poisson(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_outputs = targets.shape
    number = raw.dtype.type
    two = number(2)
    factor = two / number(total_weight * n_outputs)
    for i in range(n_rows):
        for k in range(n_outputs):
            target, mean = targets[i, k], np.exp(raw[i, k])
            deviance = two * (mean - target)
            if target > 0:
                deviance += two * target * (np.log(target) - raw[i, k])
            totals[k] += weights[i] * deviance
            d_raw[i, k] = factor * weights[i] * (mean - target)


@predictions.register(Poisson)
def _means(loss, raw):
    return np.exp(raw)[:, :, np.newaxis]


@prediction_derivatives.register(Poisson)
def _derivatives_of_means(loss, raw):
    # The raw prediction is the logarithm of the mean, so the derivative of the mean is
    # the mean itself.
    n_outputs = raw.shape[1]
    means = np.exp(raw)
    derivatives = np.zeros((n_outputs, 1, *raw.shape), dtype=raw.dtype)
    for k in range(n_outputs):
        derivatives[k, 0, :, k] = means[:, k]
    return derivatives
