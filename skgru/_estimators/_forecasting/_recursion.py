"""Predict, write the predictions into the rows that follow, and predict again.

All series take a step together: one call of the network predicts all of them.
"""

import numpy as np

from skgru._estimators._unobserved import refuse_unobserved
from skgru._reading._reader import Reading
from skgru._reading._series import Series


def recurse(model, rows, n_steps, *, one_of=None):
    """Forecast some series, or several paths of each.

    Parameters
    ----------
    model : Forecaster
    rows : RowsAhead
        The rows up to now, and those that follow.
    n_steps : int
    one_of : callable, default=None
        Takes predictions (n_rows, n_outputs, n_predictions), and returns the numbers
        (n_rows, n_outputs) that are fed back. None: there is one prediction.

    Returns
    -------
    values : ndarray of shape (n_rows, n_steps, n_variables, n_predictions)
        What was predicted at each step.
    inputs : ndarray of shape (n_rows, n_after + 1, n_columns)
        The last of the rows up to now, and the rows that predictions are in.
    """
    fed = model.fed
    n_at_once, n_seen = fed.n_at_once, rows.seen.shape[1]
    n_after = fed.n_after(n_steps)
    n_rows, _, n_columns = rows.seen.shape
    window = np.empty((n_rows, n_seen + n_after, n_columns), rows.seen.dtype)
    window[:, :n_seen] = rows.seen
    blocks = []
    for start in range(0, n_steps, n_at_once):
        seen = window[:, start : start + n_seen]
        values = model.predict(seen, rows.names, rows.of_series)
        blocks.append(values[:, fed.outputs])
        if start == n_after:
            break
        inputs = fed.inputs(values[:, :, 0] if one_of is None else one_of(values))
        for step in range(start, start + n_at_once):
            window[:, n_seen + step] = rows.after(step, inputs[:, step - start])
    return np.concatenate(blocks, axis=1)[:, :n_steps], window[:, n_seen - 1 :]


class Forecaster:
    """A fitted network that predicts the next values of its own input.

    Parameters
    ----------
    fitted : Fitted
    sequences_of : callable
        Turns windows of rows into the sequences that the network reads.
    in_units_of_y : callable
        Turns predictions (n_rows, n_outputs, n_predictions) of the network into those
        of the estimator around it.
    fed : FedBack
    n_threads : int
    """

    def __init__(self, fitted, sequences_of, in_units_of_y, fed, n_threads):
        self.fed = fed
        self._fitted, self._sequences_of = fitted, sequences_of
        self._in_units_of_y, self._n_threads = in_units_of_y, n_threads

    def predict(self, seen, names, of_series):
        """Predict from windows of rows.

        Parameters
        ----------
        seen : ndarray of shape (n_rows, n_seen, n_columns)
        names : list or None
            The names of the series, if there are several.
        of_series : int64 ndarray of shape (n_rows,)
            Which series each window is of; those of a series stand together.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs, n_predictions)
        """
        series = None if names is None else Series(names, of_series)
        every = np.arange(len(seen))
        reading = Reading(self._sequences_of(seen), series)
        refuse_unobserved(reading.sequences)
        values = self._fitted.predict(reading, every, self._n_threads)
        return self._in_units_of_y(values)
