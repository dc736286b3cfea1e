"""What predicting without a model scores, on the rows that were held out."""

from typing import NamedTuple

import numpy as np

from skgru._estimators._fitted import Scores

# Fewer held-out rows say too little for a warning.
_ENOUGH_TO_TELL = 10


class LastValue(NamedTuple):
    """That a model is not better than repeating the last value.

    Attributes
    ----------
    n_rows : int
        On so many held-out rows.
    columns : ndarray of int of shape (n_outputs,)
        Features whose last value that is.
    scores : (float, float)
        Of the model, and of the last value.
    """

    n_rows: int
    columns: np.ndarray
    scores: tuple[float, float]


def compare_with_baselines(fitted, data, rows, held_out, n_threads):
    """Score a model, the mean of the training rows, and the last value if known.

    Parameters
    ----------
    fitted : Fitted
    data : Data
    rows : int64 ndarray
        Those that were trained on.
    held_out : HeldOut
    n_threads : int

    Returns
    -------
    Scores, LastValue or None
        The second where the last value is as good.
    """
    others, of_others = held_out
    if len(of_others) < 2:
        return Scores(), None
    y, weights = others.targets[of_others], others.weights[of_others]

    def score(prediction):
        return fitted.targets.score(y, prediction, weights)

    validation = score(fitted.predict(others.reading, of_others, n_threads))
    mean = np.average(data.targets[rows], axis=0, weights=data.weights[rows])
    baseline = {"mean": score(np.broadcast_to(mean, y.shape)[:, :, np.newaxis])}
    if fitted.scaler.features.anchor >= 0:
        columns = np.full(fitted.targets.n_outputs, fitted.scaler.features.anchor)
    elif fitted.targets.past is not None:
        columns = fitted.targets.past.columns
    else:
        return Scores(validation, baseline), None
    sequences = others.reading.sequences
    last = sequences.values[sequences.stops[of_others] - 1][:, columns]
    baseline["last_value"] = score(last[:, :, np.newaxis])
    scores = validation, baseline["last_value"]
    is_known = len(of_others) >= _ENOUGH_TO_TELL and np.ptp(y) > 0
    as_good = None
    if is_known and scores[0] <= scores[1]:
        as_good = LastValue(len(of_others), columns, scores)
    return Scores(validation, baseline), as_good
