"""The log loss (cross-entropy) of classes, and of labels that are each yes or no."""

from typing import NamedTuple

import numpy as np

from skgru._numerics._structs import DoubleVector
from skgru._training._losses._base import (
    initial_intercepts,
    loss_and_gradient,
    n_raw,
    prediction_derivatives,
    predictions,
    states,
)

_facts = states(
    label="mean log loss", power_of_y=0, has_log_link=False, is_least_at_mean=True
)


@_facts
class LogLoss(NamedTuple):
    """The log loss of one class out of several; raw predictions go through a softmax.

    The single target of a row is the number of its class, from 0.

    Attributes
    ----------
    log_frequencies : ndarray of shape (n_classes,)
        Logarithms of the frequencies of the classes: the best constant raw predictions,
        with which training begins.
    """

    log_frequencies: DoubleVector


@_facts
class BinaryLogLoss(NamedTuple):
    """The log loss of targets that are 0 or 1; raw predictions go through a sigmoid.

    Of several targets in a row each is predicted by itself.

    Attributes
    ----------
    log_odds : ndarray of shape (n_outputs,)
        Logarithms of the odds of a 1: the best constant raw predictions, with which
        training begins.
    """

    log_odds: DoubleVector


@loss_and_gradient.register(LogLoss)
def _of_classes(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_classes = raw.shape
    number = raw.dtype.type
    factor = number(1.0 / total_weight)
    for i in range(n_rows):
        largest = raw[i, 0]
        for k in range(1, n_classes):
            largest = raw[i, k] if raw[i, k] > largest else largest
        total = number(0)
        for k in range(n_classes):
            d_raw[i, k] = np.exp(raw[i, k] - largest)
            total += d_raw[i, k]
        code = int(targets[i, 0])
        totals[0] += weights[i] * (np.log(total) + largest - raw[i, code])
        size = factor * weights[i]
        for k in range(n_classes):
            d_raw[i, k] *= size / total
        d_raw[i, code] -= size


@loss_and_gradient.register(BinaryLogLoss)
def _of_labels(loss, targets, raw, weights, total_weight, totals, d_raw):
    n_rows, n_outputs = targets.shape
    number = raw.dtype.type
    one = number(1)
    factor = number(1.0 / (total_weight * n_outputs))
    for i in range(n_rows):
        for k in range(n_outputs):
            # log(1 + exp(-|raw|)) does not overflow; exp(-|raw|) gives both sigmoids.
            small = np.exp(-abs(raw[i, k]))
            positive = raw[i, k] if raw[i, k] > 0 else number(0)
            # A NaN passes through `small`.
            value = np.log1p(small) + positive - targets[i, k] * raw[i, k]
            totals[k] += weights[i] * value
            probability = (
                one / (one + small) if raw[i, k] > 0 else small / (one + small)
            )
            d_raw[i, k] = factor * weights[i] * (probability - targets[i, k])


@n_raw.register(LogLoss)
def _n_raw_of_classes(loss, n_outputs):
    return loss.log_frequencies.size


@initial_intercepts.register(LogLoss)
def _log_frequencies(loss, n_outputs):
    return loss.log_frequencies


@initial_intercepts.register(BinaryLogLoss)
def _log_odds(loss, n_outputs):
    return loss.log_odds


@predictions.register(LogLoss)
def _decision_values(loss, raw):
    # One output with a decision value for each class.
    return raw[:, np.newaxis, :]


@prediction_derivatives.register(LogLoss)
def _derivatives_of_decision_values(loss, raw):
    n_rows, n_classes = raw.shape
    of_a_row = np.eye(n_classes, dtype=raw.dtype)[np.newaxis, :, np.newaxis, :]
    return np.broadcast_to(of_a_row, (1, n_classes, n_rows, n_classes))
