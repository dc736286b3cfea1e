"""The loss of Huber (1964)."""

from typing import NamedTuple

import numpy as np

from skgru._checks import shortened
from skgru._numerics._structs import DoubleVector
from skgru._training._losses._base import loss_and_gradient, states


@states(
    label="mean Huber loss", power_of_y=2, has_log_link=False, is_least_at_mean=True
)
class Huber(NamedTuple):
    """Half the squared error up to a threshold, and its tangent beyond.

    Attributes
    ----------
    deltas : ndarray of shape (n_outputs,)
        Threshold for the standardised errors of each output.
    """

    deltas: DoubleVector

    @classmethod
    def of_parameters(cls, quantile, huber_delta, target_scale):
        """Make the loss; `huber_delta` has units of y, one number or one per output."""
        if huber_delta is None:
            return cls(np.ones_like(target_scale))
        try:
            deltas = np.asarray(huber_delta, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            deltas = np.full((), np.nan)
        wanted = target_scale.shape
        if deltas.shape not in ((), wanted) or not (deltas > 0).all():
            raise ValueError(
                "huber_delta must be a positive number in units of y, one for each of "
                f"the {wanted[0]} output(s), or None for one standard deviation of "
                f"each. Got {shortened(huber_delta)} instead."
            )
        return cls(np.broadcast_to(deltas, wanted) / target_scale)


@loss_and_gradient.register(Huber)
def _huber(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_outputs = targets.shape
    half = raw.dtype.type(0.5)
    factor = raw.dtype.type(1.0 / (total_weight * n_outputs))
    for i in range(n_rows):
        for k in range(n_outputs):
            delta = raw.dtype.type(loss.deltas[k])
            error = raw[i, k] - targets[i, k]
            # A NaN fails both comparisons and passes through.
            slope = delta if error > delta else error
            slope = -delta if slope < -delta else slope
            totals[k] += weights[i] * slope * (error - half * slope)
            d_raw[i, k] = factor * weights[i] * slope
