"""Mean losses of predictions, for training rows and for held-out rows."""

import numpy as np

from skgru._network._prediction import predict_raw
from skgru._training._losses._base import in_target_units, loss_and_gradient


def mean_losses(network, objective, parameters, examples, n_threads=1):
    """Mean loss of some examples, in units of y and standardised.

    Returns
    -------
    loss, standardized_loss : float
    """
    raw = predict_raw(network, parameters, examples.sequences, examples.rows, n_threads)
    return mean_losses_of(objective, raw, examples)


def mean_losses_of(objective, raw, examples):
    """The same as `mean_losses`, for raw predictions that were computed before."""
    weights = examples.weights[examples.rows]
    totals = np.zeros(examples.targets.shape[1])
    loss_and_gradient(
        objective.loss,
        examples.targets[examples.rows],
        raw,
        weights,
        float(weights.sum()),
        totals,
        np.empty_like(raw),
    )
    return in_both_units(objective, totals / weights.sum())


def in_both_units(objective, means):
    """Mean of the losses of all outputs, in units of y and standardised.

    Parameters
    ----------
    means : ndarray of shape (n_outputs,)
        Mean loss of each output, standardised.
    """
    return (
        in_target_units(objective.loss, means, objective.target_scale),
        float(means.mean()),
    )
