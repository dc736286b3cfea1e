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


def compare_with_baselines(fitted, data, rows, held_out_data, held_out, n_threads):
    """Score a model, the mean of the training rows, and the last value if known.

    Parameters
    ----------
    fitted : Fitted
    data, held_out_data : Data
    rows, held_out : int64 ndarray
        Rows of the one that were trained on, and of the other that were held out.
    n_threads : int

    Returns
    -------
    Scores, LastValue or None
        The second where the last value is as good.
    """
    if len(held_out) < 2:
        return Scores(), None
    y, weights = held_out_data.targets[held_out], held_out_data.weights[held_out]

    def score(prediction):
        return fitted.targets.score(y, prediction, weights)

    validation = score(fitted.predict(held_out_data.reading, held_out, n_threads))
    mean = np.average(data.targets[rows], axis=0, weights=data.weights[rows])
    baseline = {"mean": score(np.broadcast_to(mean, y.shape)[:, :, np.newaxis])}
    if fitted.scaler.features.anchor >= 0:
        columns = np.full(fitted.targets.n_outputs, fitted.scaler.features.anchor)
    elif fitted.targets.past is not None:
        columns = fitted.targets.past.columns
    else:
        return Scores(validation, baseline), None
    sequences = held_out_data.reading.sequences
    last = sequences.values[sequences.stops[held_out] - 1][:, columns]
    baseline["last_value"] = score(last[:, :, np.newaxis])
    scores = validation, baseline["last_value"]
    is_known = len(held_out) >= _ENOUGH_TO_TELL and np.ptp(y) > 0
    as_good = None
    if is_known and scores[0] <= scores[1]:
        as_good = LastValue(len(held_out), columns, scores)
    return Scores(validation, baseline), as_good
