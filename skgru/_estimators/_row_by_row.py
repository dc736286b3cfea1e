"""Notice rows that are passed to `predict` one after the other under ``remember=True``.

`predict` changes nothing in an estimator, so each call begins where `fit` ended, and
the second of two rows would be read as if the first had never come. An index tells
that; for arrays only the calls themselves can: two of few rows that begin differently.
"""

from weakref import WeakKeyDictionary

from skgru._reading._series import in_order_of_series
from skgru._warnings import warn_user

# For each estimator the parts and the first rows of the last call with few rows.
_LAST_CALLS: WeakKeyDictionary = WeakKeyDictionary()


def notice_call(estimator, fitted, reading):
    """Warn if rows are predicted that seem to follow on those of the last call.

    Parameters
    ----------
    estimator : RecurrentEstimator
    fitted : Fitted
    reading : Reading
        The rows to predict.
    """
    sequences, series = reading
    n_rows, n_series = len(sequences.stops), 1 if series is None else len(series.names)
    if fitted.reader.memory is None or n_rows >= fitted.reader.n_timesteps * n_series:
        return
    order, starts = in_order_of_series(series, n_rows)
    first = order[starts]
    # Rows of fit themselves, and new series, do not follow on remembered rows.
    first = first[sequences.n_observed[first] > 1]
    rows = sequences.values[sequences.stops[first] - 1]
    before, rows_before = _LAST_CALLS.get(estimator, (None, rows))
    _LAST_CALLS[estimator] = fitted, rows
    if before is not fitted or rows.shape != rows_before.shape or not len(rows):
        return
    if (rows != rows_before).any(axis=1).all():
        warn_user(
            "predict does not advance: with remember=True every call begins where fit "
            f"ended, so the first of these {n_rows} row(s) is read as the one right "
            "after fit, as was that of the call before. Pass all rows since fit in "
            "one call, or let skgru.Stream(model) take them one after the other."
        )
