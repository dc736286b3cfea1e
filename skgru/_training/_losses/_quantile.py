"""The pinball loss of one quantile or several."""

from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtri

from skgru._checks import shortened
from skgru._numerics._jit import jit
from skgru._numerics._math import sigmoid
from skgru._numerics._structs import DoubleVector
from skgru._training._losses._base import (
    initial_intercepts,
    loss_and_gradient,
    n_raw,
    prediction_derivatives,
    predictions,
    states,
)


@states(
    label="mean pinball loss", power_of_y=1, has_log_link=False, is_least_at_mean=False
)
class Quantile(NamedTuple):
    """The pinball loss of one quantile, or its mean over several quantiles.

    The first raw prediction of an output is the lowest quantile itself. From each other
    raw prediction, ``softplus(raw)`` is the distance from one quantile to the next. It
    is never negative, so quantiles cannot cross.

    Attributes
    ----------
    levels : ndarray of shape (n_quantiles,)
        Rising, between 0 and 1.
    """

    levels: DoubleVector

    @classmethod
    def of_parameters(cls, quantile, huber_delta, target_scale):
        """Make the loss; `quantile` is one level, or several in rising order."""
        return cls(check_quantiles(quantile))


def check_quantiles(quantile):
    """Levels of one quantile or several, (n_quantiles,); a ValueError if invalid."""
    if quantile is None:
        raise ValueError(
            "loss='quantile' needs quantile=: a number between 0 and 1, as 0.9, or "
            "several rising ones, as [0.1, 0.5, 0.9]. Got None."
        )
    try:
        levels = np.array(quantile, dtype=np.float64, ndmin=1)
    except (TypeError, ValueError, OverflowError):
        levels = np.full(1, np.nan)
    are_levels = levels.ndim == 1 and ((levels > 0) & (levels < 1)).all()
    if not levels.size or not are_levels or (np.diff(levels) <= 0).any():
        raise ValueError(
            "quantile must be a number between 0 and 1, or several such numbers in "
            f"rising order, as [0.1, 0.5, 0.9]. Got {shortened(quantile)} instead."
        )
    return levels


@jit
def _softplus(x):
    """``log(1 + exp(x))``, without overflow."""
    positive = x if x > 0 else x - x
    return positive + np.log1p(np.exp(-abs(x)))


@loss_and_gradient.register(Quantile)
def _pinball(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_outputs = targets.shape
    levels = loss.levels
    number = raw.dtype.type
    one = number(1)
    factor = number(1.0 / (total_weight * n_outputs * levels.size))
    for i in range(n_rows):
        for k in range(n_outputs):
            first = k * levels.size
            prediction = raw[i, first]
            total = 0.0
            for j in range(levels.size):
                if j > 0:
                    prediction += _softplus(raw[i, first + j])
                error = prediction - targets[i, k]
                level = number(levels[j])
                slope = one - level if error > 0 else -level
                slope = slope if error != 0 else error
                total += slope * error
                d_raw[i, first + j] = factor * weights[i] * slope
            totals[k] += weights[i] * total / levels.size
            # A distance moves all quantiles above it, so its derivative is a sum over
            # these quantiles.
            above = number(0)
            for j in range(levels.size - 1, -1, -1):
                above += d_raw[i, first + j]
                rise = sigmoid(raw[i, first + j], one) if j > 0 else one
                d_raw[i, first + j] = above * rise


@n_raw.register(Quantile)
def _n_raw_quantiles(loss, n_outputs):
    return n_outputs * loss.levels.size


@predictions.register(Quantile)
def _quantiles(loss, raw):
    raw = raw.reshape(len(raw), -1, loss.levels.size)
    quantiles = raw.copy()
    quantiles[:, :, 1:] = np.logaddexp(0, raw[:, :, 1:])
    return quantiles.cumsum(axis=2)


@prediction_derivatives.register(Quantile)
def _derivatives_of_quantiles(loss, raw):
    n_levels = loss.levels.size
    n_rows, n_outputs = len(raw), raw.shape[1] // n_levels
    # Each distance moves the quantile at its upper end and all quantiles above.
    rises = expit(raw)
    rises[:, ::n_levels] = 1
    derivatives = np.zeros(
        (n_outputs, n_levels, n_rows, n_outputs * n_levels), dtype=raw.dtype
    )
    for k in range(n_outputs):
        for j in range(n_levels):
            below = slice(k * n_levels, k * n_levels + j + 1)
            derivatives[k, j, :, below] = rises[:, below]
    return derivatives


@initial_intercepts.register(Quantile)
def _quantiles_of_a_normal_distribution(loss, n_outputs):
    quantiles = ndtri(loss.levels)
    # `log(expm1(x))` is the inverse of softplus.
    distances = np.log(np.expm1(np.diff(quantiles)))
    return np.tile([quantiles[0], *distances], n_outputs)
