"""What a loss is: its facts, its value and gradient, and what it predicts.

A loss is a named tuple of numbers in a file of its own, whose type selects

- the compiled ``loss_and_gradient`` of standardised targets and of the network's raw
  predictions;
- if the defaults in this file do not hold for the loss, the functions ``n_raw`` (how
  many raw predictions the loss takes), ``initial_intercepts`` (the raw predictions
  before training), ``predictions`` (what raw predictions predict), and
  ``prediction_derivatives`` (the derivatives of these predictions).

Its class states facts about the loss by the decorator ``states``. The class of a
regressor's loss also has a class method ``of_parameters(quantile, huber_delta,
target_scale)``, which makes the loss from an estimator's parameters, or raises a
ValueError that says how to mend them.

The values are those of scikit-learn's metrics: ``mean_squared_error``,
``mean_absolute_error``, ``mean_pinball_loss``, ``mean_poisson_deviance``, ``log_loss``.
The value of ``Huber`` is that of Huber (1964): half the square of small errors.
"""

import functools

import numpy as np

from skgru._numerics._structs import DoubleVector, Matrix, Variant, Vector
from skgru._numerics._units import linked


class Loss(Variant):
    """What training minimises."""


def states(*, label, power_of_y, has_log_link, is_least_at_mean):
    """Class decorator that states facts about a loss.

    The facts become class attributes, not fields of the named tuple.

    Parameters
    ----------
    label : str
        What the value of the loss is called.
    power_of_y : int
        The power of the units of y in which the value is: 2 for a squared error, 0 for
        a log loss.
    has_log_link : bool
        Whether the raw prediction is the logarithm of a positive mean. Targets are then
        0 or more, and are divided by their mean instead of being standardised.
    is_least_at_mean : bool
        Whether the mean of the targets is, nearly, the constant prediction with the
        lowest loss. Then a network that has learned nothing predicts the best constant.
    """

    def state(kind):
        kind.label, kind.power_of_y = label, power_of_y
        kind.has_log_link, kind.is_least_at_mean = has_log_link, is_least_at_mean
        return kind

    return state


@linked
def loss_and_gradient(
    loss: Loss,
    targets: Matrix,
    raw: Matrix,
    weights: Vector,
    total_weight: float,
    totals: DoubleVector,
    d_raw: Matrix,
):
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
        The weighted sum over rows of each output's loss is added to these numbers. They
        are in float64, because an epoch adds up many of them.
    d_raw : ndarray of shape (n_rows, n_raw), out
        Gradient of the weighted mean over rows and plain mean over outputs.
    """
    raise TypeError(f"{type(loss).__name__} is not a loss")


@functools.singledispatch
def n_raw(loss, n_outputs):
    """How many raw predictions a loss takes for `n_outputs` outputs."""
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
        ``n_predictions`` is the number of quantiles of the loss `Quantile`, and 1 for
        all other losses.
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
    """Raw predictions of an untrained network, (n_raw,), for standardised targets."""
    return np.zeros(n_outputs)


def in_target_units(loss, means, target_scale):
    """Mean over outputs of a loss, converted to the units of y.

    Parameters
    ----------
    loss : named tuple
    means : ndarray of shape (n_outputs,)
        Mean loss of each standardised output.
    target_scale : ndarray of shape (n_outputs,)

    Returns
    -------
    float
    """
    with np.errstate(over="ignore"):
        return float((means * target_scale**loss.power_of_y).mean())


def units_of(loss):
    """What the values of a loss are measured in, in words."""
    return {0: "nats", 1: "units of y", 2: "squared units of y"}[loss.power_of_y]
