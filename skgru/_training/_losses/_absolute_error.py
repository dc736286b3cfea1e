"""The absolute error."""

from typing import NamedTuple

import numpy as np

from skgru._training._losses._base import loss_and_gradient, states


@states(
    label="mean absolute error",
    power_of_y=1,
    has_log_link=False,
    is_least_at_mean=False,
)
class AbsoluteError(NamedTuple):
    """The absolute error: predicts the median."""

    @classmethod
    def of_parameters(cls, quantile, huber_delta, target_scale):
        """Make the loss, which has no parameters."""
        return cls()


@loss_and_gradient.register(AbsoluteError)
def _absolute_error(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_outputs = targets.shape
    factor = raw.dtype.type(1.0 / (total_weight * n_outputs))
    for i in range(n_rows):
        for k in range(n_outputs):
            error = raw[i, k] - targets[i, k]
            totals[k] += weights[i] * abs(error)
            d_raw[i, k] = factor * weights[i] * np.sign(error)
