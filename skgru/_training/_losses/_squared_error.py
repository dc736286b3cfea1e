"""The squared error."""

from typing import NamedTuple

from skgru._training._losses._base import loss_and_gradient, states


@states(
    label="mean squared error", power_of_y=2, has_log_link=False, is_least_at_mean=True
)
class SquaredError(NamedTuple):
    """The squared error, not half of it: predicts the mean."""

    @classmethod
    def of_parameters(cls, quantile, huber_delta, target_scale):
        """Make the loss, which has no parameters."""
        return cls()


@loss_and_gradient.register(SquaredError)
def _squared_error(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_outputs = targets.shape
    two = raw.dtype.type(2)
    factor = two / raw.dtype.type(total_weight * n_outputs)
    for i in range(n_rows):
        for k in range(n_outputs):
            error = raw[i, k] - targets[i, k]
            totals[k] += weights[i] * error * error
            d_raw[i, k] = factor * weights[i] * error
