"""What training minimises: value and gradient of each loss, and what it predicts.

A loss is a named tuple of numbers whose type selects the compiled ``loss_and_gradient``
of standardised targets and raw predictions, the network's, and functions around it:
how many raw predictions it takes (``n_raw``), where they begin
(``initial_intercepts``), what they predict (``predictions``), and its value in the
units of y (``in_target_units``).

The values are those of scikit-learn's metrics: ``mean_squared_error``,
``mean_absolute_error``, ``mean_pinball_loss``, ``mean_poisson_deviance``; and for
``Huber`` that of Huber (1964): half the square of small errors.
"""

import functools
from typing import NamedTuple

import numpy as np
from scipy.special import expit, ndtri

from skgru._numerics._jit import dispatched, jit
from skgru._numerics._math import sigmoid


class SquaredError(NamedTuple):
    """The squared error, not half of it: predicts the mean."""


class AbsoluteError(NamedTuple):
    """The absolute error: predicts the median."""


class Huber(NamedTuple):
    """Half the squared error up to a threshold, and its tangent beyond.

    Attributes
    ----------
    deltas : ndarray of shape (n_outputs,)
        The thresholds of the standardised errors.
    """

    deltas: np.ndarray


class Quantile(NamedTuple):
    """The pinball loss of one quantile or several: the mean over these.

    The raw predictions of an output are the lowest quantile, itself, and the distances
    from each to the next, as ``softplus(raw)``: never negative, so quantiles cannot
    cross.

    Attributes
    ----------
    levels : ndarray of shape (n_quantiles,)
        Rising, between 0 and 1.
    """

    levels: np.ndarray


class Poisson(NamedTuple):
    """The Poisson deviance; the raw prediction is the logarithm of the mean."""


@dispatched
def loss_and_gradient(loss, targets, raw, weights, total_weight, totals, d_raw):
    """Value and gradient of a loss on one mini-batch.

    Parameters
    ----------
    loss : named tuple
    targets : ndarray of shape (n_rows, n_outputs), in
    raw : ndarray of shape (n_rows, n_raw), in
    weights : ndarray of shape (n_rows,), in
    total_weight : float
        Sum of the weights of the whole mini-batch.
    totals : float64 ndarray of shape (n_outputs,), in and out
        The weighted sum over rows of each output's loss is added here: in float64,
        because an epoch adds up many.
    d_raw : ndarray of shape (n_rows, n_raw), out
        Gradient of the weighted mean over rows and plain mean over outputs.
    """
    raise TypeError(f"{type(loss).__name__} is not a loss")


@functools.singledispatch
def n_raw(loss, n_outputs):
    """How many raw predictions a loss takes for so many outputs."""
    return n_outputs


@functools.singledispatch
def predictions(loss, raw):
    """Predictions of standardised targets.

    Parameters
    ----------
    loss : named tuple
    raw : ndarray of shape (n_rows, n_raw)

    Returns
    -------
    ndarray of shape (n_rows, n_outputs, n_predictions)
        Several predictions of each output where the loss has several quantiles, else 1.
    """
    return raw[:, :, np.newaxis]


@functools.singledispatch
def prediction_derivatives(loss, raw):
    """Derivatives of what `predictions` returns, with respect to the raw predictions.

    Parameters
    ----------
    loss : named tuple
    raw : ndarray of shape (n_rows, n_raw)

    Returns
    -------
    ndarray of shape (n_outputs, n_predictions, n_rows, n_raw)
    """
    n_rows, n_outputs = raw.shape
    derivatives = np.zeros((n_outputs, 1, n_rows, n_outputs), dtype=raw.dtype)
    for k in range(n_outputs):
        derivatives[k, 0, :, k] = 1
    return derivatives


@functools.singledispatch
def initial_intercepts(loss, n_outputs):
    """Raw predictions to begin with, (n_raw,): those of a standard normal target."""
    return np.zeros(n_outputs)


@functools.singledispatch
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
    with np.errstate(over="ignore"):
        return float((means * target_scale).mean())


@in_target_units.register(SquaredError)
@in_target_units.register(Huber)
def _in_squared_target_units(loss, means, target_scale):
    with np.errstate(over="ignore"):
        return float((means * target_scale**2).mean())


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


@loss_and_gradient.register(AbsoluteError)
def _absolute_error(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_outputs = targets.shape
    factor = raw.dtype.type(1.0 / (total_weight * n_outputs))
    for i in range(n_rows):
        for k in range(n_outputs):
            error = raw[i, k] - targets[i, k]
            totals[k] += weights[i] * abs(error)
            d_raw[i, k] = factor * weights[i] * np.sign(error)


@loss_and_gradient.register(Huber)
def _huber(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_outputs = targets.shape
    half = raw.dtype.type(0.5)
    factor = raw.dtype.type(1.0 / (total_weight * n_outputs))
    for i in range(n_rows):
        for k in range(n_outputs):
            delta = raw.dtype.type(loss.deltas[k])
            error = raw[i, k] - targets[i, k]
            # NaN fails both comparisons and passes through.
            slope = delta if error > delta else error
            slope = -delta if slope < -delta else slope
            totals[k] += weights[i] * slope * (error - half * slope)
            d_raw[i, k] = factor * weights[i] * slope


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
            # A distance moves all quantiles above it.
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
    # Each distance moves its own quantile and all above.
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
    # The inverse of softplus.
    distances = np.log(np.expm1(np.diff(quantiles)))
    return np.tile([quantiles[0], *distances], n_outputs)


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
    # Each mean is its own derivative with respect to its logarithm.
    n_outputs = raw.shape[1]
    means = np.exp(raw)
    derivatives = np.zeros((n_outputs, 1, *raw.shape), dtype=raw.dtype)
    for k in range(n_outputs):
        derivatives[k, 0, :, k] = means[:, k]
    return derivatives
