"""Check sample weights, and hold out some rows of a fit for validation."""

import math
from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import _check_sample_weight

from skgru._checks import refuse_mask
from skgru._estimators._unobserved import refuse_unobserved
from skgru._reading._series import Series, rows_of_each
from skgru._scaling._scaler import Data
from skgru._warnings import warn_user

# Of a class with fewer rows none is held out.
_LEAST_OF_A_CLASS = 4
# With early_stopping="auto", at least this many rows are needed to hold some out.
_ENOUGH_TO_HOLD_OUT = 10


def check_weights(sample_weight, X, dtype, name="sample_weight"):
    """Check the weights of rows; if none were passed, return ones.

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    refuse_mask(name, sample_weight)
    weights = _check_sample_weight(
        sample_weight, X, dtype=np.dtype(dtype), ensure_non_negative=True, copy=True
    )
    if not weights.any():
        raise ValueError(
            f"{name} is zero for all rows: there is nothing to learn from. Pass at "
            "least one positive weight."
        )
    check_sum_of_weights(weights, name)
    # pandas may return read-only arrays. To the compiler these have another type, for
    # which it would compile all kernels once more.
    return np.require(weights, requirements=["C", "W"])


def check_sum_of_weights(weights, name):
    """Refuse weights whose sum cannot be divided by in their precision."""
    limits = np.finfo(weights.dtype)
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not limits.tiny / limits.eps < total < limits.max * limits.eps:
        raise ValueError(
            f"The sum of {name} is {total:g}, beyond what {weights.dtype} can compute "
            "with. Divide the weights by their mean."
        )


class HeldOut(NamedTuple):
    """Rows whose loss is recorded, and may decide when training stops.

    Attributes
    ----------
    data : Data
        The data of `fit`, or a validation set that the user passed.
    rows : int64 ndarray
        The held-out rows of `data`; there may be none.
    """

    data: Data
    rows: np.ndarray


def hold_out(data, series, validation, asked, reader, targets, owner):
    """Divide the rows of a fit into training rows and held-out rows.

    Parameters
    ----------
    data : Data
    series : Series or None
        Which of several series each row belongs to, also where only values tell.
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
        parts = targets.parts_to_hold_out_of(reader, data.targets, series)
        by_class = parts is not series
        training, held_out = split_last(rows, fraction, parts, by_class=by_class)
        is_asked_for = asked.early_stopping is True or asked.validation_fraction
        doubt = None
        if len(held_out):
            doubt = targets.doubt(
                data,
                training,
                held_out,
                asked.scaling.anchor,
                by_class=by_class,
                is_asked_for=bool(is_asked_for),
            )
        if doubt is not None:
            warn_user(doubt.message)
        if doubt is None or not doubt.refuses:
            return training, HeldOut(data, held_out)
    return rows, HeldOut(data, np.arange(0))


def _read_validation_rows(validation, reader, targets, owner):
    """Check the user's validation rows; an error says that it is about these rows."""
    X, y, sample_weight = validation
    try:
        reading = reader.read(X, owner, follows=False)
        values = targets.read(y, X, owner, "y_val")
        weights = check_weights(sample_weight, X, reader.dtype, "sample_weight_val")
        weights = targets.weights_of(values, weights)
        refuse_unobserved(reading.sequences, weights)
        if not weights.any():
            raise ValueError(
                "class_weight is 0 for the classes of all rows, so that their loss "
                "says nothing. Pass rows of other classes too."
            )
    except ValueError as error:
        raise ValueError(f"In the validation set (X_val, y_val): {error}") from None
    return Data(reading, values, weights)


def stops_early(early_stopping, reader, weights, most=math.inf):
    """Whether the held-out rows decide when training stops.

    Parameters
    ----------
    early_stopping : bool or "auto"
        The parameter.
    reader : Reader
    weights : ndarray of shape (n_samples,)
        The weights of the rows of `fit`.
    most : float, default=inf
        With ``early_stopping="auto"``, more rows than these are all trained on.
    """
    if early_stopping != "auto":
        return bool(early_stopping)
    # The rows of a plain table need not be in order of time, so that the last rows may
    # not be the latest.
    n_rows = np.count_nonzero(weights)
    return reader.is_sequence and _ENOUGH_TO_HOLD_OUT <= n_rows <= most


def split_last(rows, fraction, series=None, *, by_class=False):
    """Hold out the last of some rows; if there are several series, the last of each.

    Parameters
    ----------
    rows : int64 ndarray
    fraction : float
    series : Series, default=None
        Or the classes of the rows, where the last rows of each class are held out.
    by_class : bool, default=False
        Whether `series` are classes, of which few rows are all trained on.

    Returns
    -------
    training, held_out : ndarray
        The second is empty, with a warning, if nothing would be left to train on.
    """
    is_held_out = np.zeros(len(rows), dtype=bool)
    of_rows = None if series is None else Series(series.names, series.codes[rows])
    parts = rows_of_each(of_rows, len(rows))
    for part in parts:
        # 1e-9 is subtracted because 0.1 * 30 is rounded to more than 3, so that 4 rows
        # would be held out. A series of which all rows would be held out,
        # such as a series of a single row, is used for training instead.
        n_held_out = math.ceil(fraction * len(part) - 1e-9)
        is_small = by_class and len(part) < _LEAST_OF_A_CLASS
        if n_held_out < len(part) and not is_small:
            is_held_out[part[len(part) - n_held_out :]] = True
    if not is_held_out.any():
        each = f" in each {'class' if by_class else 'series'}" if len(parts) > 1 else ""
        warn_user(
            f"X has {len(rows)} row(s) to train on, too few{each} to hold out "
            f"validation_fraction={fraction} of them: training goes on without "
            "validation rows, and without early stopping. Pass more rows, a smaller "
            "validation_fraction, or X_val and y_val."
        )
    return rows[~is_held_out], rows[is_held_out]
