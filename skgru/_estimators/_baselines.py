"""Compare a model with simple predictions on the rows that were held out.

The simple predictions, or baselines, are the best constant of the training rows (the
mean, or the frequencies of the classes) and the last known value of the target.
"""

from typing import NamedTuple

import numpy as np

from skgru._estimators._fitted import Scores

# With fewer held-out rows the scores are too uncertain for a warning.
_ENOUGH_TO_TELL = 10


class LastValue(NamedTuple):
    """What a warning says about a model no better than repeating the last value.

    Attributes
    ----------
    n_rows : int
        Number of held-out rows that were compared.
    columns : ndarray of int of shape (n_outputs,)
        For each output, the feature whose last value is repeated.
    scores : (float, float)
        The score of the model and that of the last value.
    """

    n_rows: int
    columns: np.ndarray
    scores: tuple[float, float]


def compare_with_baselines(fitted, data, rows, held_out, n_threads):
    """Score the model, the best constant and, if known, the last value of the target.

    Parameters
    ----------
    fitted : Fitted
    data : Data
    rows : int64 ndarray
        The rows of `data` that were trained on.
    held_out : HeldOut
    n_threads : int

    Returns
    -------
    Scores, LastValue or None
        The second is not None if repeating the last value is at least as good.
    """
    others, of_others = held_out
    if len(of_others) < 2:
        return Scores(), None
    y, weights = others.targets[of_others], others.weights[of_others]

    def score(prediction):
        # Of targets near the largest numbers, predictions and squares may be infinite.
        if not np.isfinite(prediction).all():
            return float("nan")
        with np.errstate(over="ignore", invalid="ignore"):
            return fitted.targets.score(y, prediction, weights)

    validation = score(fitted.predict(others.reading, of_others, n_threads))
    targets = fitted.targets
    constant = targets.constant(data.targets[rows], data.weights[rows])
    constant = np.broadcast_to(constant, (len(y), *constant.shape))
    baseline = {targets.constant_name: score(constant)}
    past = fitted.targets.past
    if past is None:
        return Scores(validation, baseline), None
    last = past.last_values(others.reading.sequences, of_others)
    baseline["last_value"] = score(last[:, :, np.newaxis])
    scores = validation, baseline["last_value"]
    is_known = len(of_others) >= _ENOUGH_TO_TELL and np.ptp(y) > 0
    as_good = None
    if is_known and scores[0] <= scores[1]:
        as_good = LastValue(len(of_others), past.columns, scores)
    return Scores(validation, baseline), as_good
