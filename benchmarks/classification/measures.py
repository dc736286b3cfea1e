"""How good predictions are, and how far their probabilities can be trusted."""

import numpy as np
from sklearn.metrics import log_loss

N_BINS = 15
ACCURACY, LOG_LOSS, BRIER = "accuracy", "log loss", "Brier score"
CALIBRATION, RECALL, PRECISION = "calibration error", "recall", "precision"
# Of these more is better; of all others less.
MORE_IS_BETTER = (ACCURACY, RECALL, PRECISION)


def is_right(codes, probabilities):
    """Of each row, as 0 or 1: whether the most probable class is its own."""
    return (probabilities.argmax(axis=1) == codes).astype(float)


def brier_score(codes, probabilities):
    """Mean over rows of the squared differences, summed over classes: from 0 to 2."""
    wanted = np.eye(probabilities.shape[1])[codes]
    return float(np.mean(((probabilities - wanted) ** 2).sum(axis=1)))


def calibration_error(codes, probabilities, n_bins=N_BINS):
    """How far the probability of the predicted class is from how often it is right.

    Rows are put into bins of equal width by that probability; the mean over bins of
    the difference, weighted by the rows in each (Guo et al. 2017).
    """
    confidence = probabilities.max(axis=1)
    right = is_right(codes, probabilities)
    # A bin holds its upper edge, so that 1 falls into the last one.
    bins = np.clip(np.ceil(confidence * n_bins).astype(int) - 1, 0, n_bins - 1)
    gaps = np.bincount(bins, right - confidence, minlength=n_bins)
    return float(np.abs(gaps).sum() / len(codes))


def scores(y, probabilities, classes, rare=None, has_probabilities=True):
    """All measures of the predictions for labels, by name.

    Parameters
    ----------
    y : ndarray of shape (n,)
    probabilities : ndarray of shape (n, n_classes)
    classes : ndarray of shape (n_classes,)
        Labels in rising order.
    rare : label or None
        The class whose recall and precision are asked for.
    has_probabilities : bool, default=True
        Whether they are more than a prediction with certainty.
    """
    codes = np.searchsorted(classes, y)
    probabilities = probabilities.astype(np.float64)
    found = {ACCURACY: float(is_right(codes, probabilities).mean())}
    if has_probabilities:
        whole = probabilities / probabilities.sum(axis=1, keepdims=True)
        found[LOG_LOSS] = float(log_loss(codes, whole, labels=np.arange(len(classes))))
        found[BRIER] = brier_score(codes, probabilities)
        found[CALIBRATION] = calibration_error(codes, probabilities)
    if rare is not None:
        is_rare = y == rare
        said = classes[probabilities.argmax(axis=1)] == rare
        found[RECALL] = float(said[is_rare].mean()) if is_rare.any() else 0.0
        found[PRECISION] = float(is_rare[said].mean()) if said.any() else 0.0
    return found
