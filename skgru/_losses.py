"""What training minimises: value and gradient of each loss.

A loss is a named tuple of numbers whose type selects two functions: the compiled
``loss_and_gradient`` of standardised targets and raw predictions, and
``in_target_units``, which brings its value back to the units of y.
"""

from typing import NamedTuple

import numpy as np

from skgru._jit import dispatched


class SquaredError(NamedTuple):
    """Mean over rows and outputs of the squared error, not half of it."""


@dispatched
def loss_and_gradient(loss, targets, raw, weights, total_weight, totals, d_raw):
    """Value and gradient of a loss on one mini-batch.

    Parameters
    ----------
    loss : named tuple
    targets, raw : ndarray of shape (n_rows, n_outputs), in
    weights : ndarray of shape (n_rows,), in
    total_weight : float
        Sum of `weights`.
    totals : float64 ndarray of shape (n_outputs,), in and out
        The weighted sum over rows of each output's loss is added here: in float64,
        because an epoch adds up many.
    d_raw : ndarray of shape (n_rows, n_outputs), out
        Gradient of the weighted mean over rows and plain mean over outputs.
    """
    raise TypeError(f"{type(loss).__name__} is not a loss")


@dispatched
def in_target_units(loss, means, target_scale):
    """Mean over outputs of a loss of standardised targets, in the units of y.

    Parameters
    ----------
    loss : named tuple
    means : ndarray of shape (n_outputs,)
    target_scale : ndarray of shape (n_outputs,)

    Returns
    -------
    float
    """
    raise TypeError(f"{type(loss).__name__} is not a loss")


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


@in_target_units.register(SquaredError)
def _squared_error_in_target_units(loss, means, target_scale):
    with np.errstate(over="ignore"):
        return float((means * target_scale**2).mean())
