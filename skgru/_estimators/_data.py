"""What an estimator trains on beside X and y: weights, and the rows it holds out."""

import math
from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from skgru._reading._series import Series, rows_of_each
from skgru._scaling._scaler import Data
from skgru._warnings import warn_user

# With early_stopping="auto", so many rows are enough to hold some out.
_ENOUGH_TO_HOLD_OUT = 10


def check_weights(sample_weight, X, dtype, name="sample_weight"):
    """Check the weights of rows; ones if there are none.

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    weights = _check_sample_weight(
        sample_weight, X, dtype=np.dtype(dtype), ensure_non_negative=True, copy=True
    )
    if not weights.any():
        raise ValueError(
            f"{name} is zero for all rows: there is nothing to learn from. Pass at "
            "least one positive weight."
        )
    limits = np.finfo(weights.dtype)
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not limits.tiny / limits.eps < total < limits.max * limits.eps:
        raise ValueError(
            f"The sum of {name} is {total:g}, beyond what {weights.dtype} can compute "
            "with. Divide the weights by their mean."
        )
    # pandas hands out read-only arrays, which are of another type to the compiler.
    return np.require(weights, requirements=["C", "W"])


class HeldOut(NamedTuple):
    """Rows that are watched, or decide when training stops.

    Attributes
    ----------
    data : Data
        Those of `fit`, or a validation set of their own.
    rows : int64 ndarray
        Which rows of it; there may be none.
    """

    data: Data
    rows: np.ndarray


def hold_out(data, validation, asked, reader, targets, owner):
    """Divide the rows of a fit into those to train on and those that are held out.

    Parameters
    ----------
    data : Data
    validation : tuple
        X_val, y_val and sample_weight_val of the user, each possibly None.
    asked : Settings
    reader : Reader
    targets : RegressionTargets
    owner : str
        Name of the estimator, for messages.

    Returns
    -------
    rows : int64 ndarray
        The rows to train on.
    held_out : HeldOut
    """
    rows = np.flatnonzero(data.weights)
    if validation[0] is not None:
        others = _read_validation_rows(validation, reader, targets, owner)
        return rows, HeldOut(others, np.flatnonzero(others.weights))
    fraction = asked.fraction_to_hold_out()
    if fraction > 0:
        rows, held_out = split_last(rows, fraction, data.reading.series)
        return rows, HeldOut(data, held_out)
    return rows, HeldOut(data, np.arange(0))


def _read_validation_rows(validation, reader, targets, owner):
    """Check the validation rows of a user; an error says that it is in these."""
    X, y, sample_weight = validation
    try:
        reading = reader.read(X, owner, follows=False)
        values = targets.read(y, X, owner, "y_val")
        weights = check_weights(sample_weight, X, reader.dtype, "sample_weight_val")
    except ValueError as error:
        raise ValueError(f"In the validation set (X_val, y_val): {error}") from None
    return Data(reading, values, weights)


def stops_early(early_stopping, reader, weights):
    """Whether the held-out rows decide when training stops.

    Parameters
    ----------
    early_stopping : bool or "auto"
        The parameter.
    reader : Reader
    weights : ndarray of shape (n_samples,)
        Of the rows of `fit`.
    """
    if early_stopping != "auto":
        return bool(early_stopping)
    # The rows of a plain table may be anything, and stand in any order.
    is_sequence = not reader.is_plain and reader.n_timesteps > 1
    return is_sequence and np.count_nonzero(weights) >= _ENOUGH_TO_HOLD_OUT


def split_last(rows, fraction, series=None):
    """Hold out the last of some rows, of several series the last of each.

    Returns
    -------
    training, held_out : ndarray
        The second is empty, with a warning, if nothing would be left to train on.
    """
    is_held_out = np.zeros(len(rows), dtype=bool)
    of_rows = None if series is None else Series(series.names, series.codes[rows])
    for part in rows_of_each(of_rows, len(rows)):
        # Less a little, or 0.1 * 30 would hold out 4 of 30 rows. A series of which
        # all would be held out, as one of a single row, is trained on.
        n_held_out = math.ceil(fraction * len(part) - 1e-9)
        if n_held_out < len(part):
            is_held_out[part[len(part) - n_held_out :]] = True
    if not is_held_out.any():
        each = "" if series is None else " in each series"
        warn_user(
            f"X has {len(rows)} row(s) to train on, too few{each} to hold out "
            f"validation_fraction={fraction} of them: training goes on without "
            "validation rows, and without early stopping. Pass more rows, or X_val and "
            "y_val."
        )
    return rows[~is_held_out], rows[is_held_out]
