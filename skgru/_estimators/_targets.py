"""What an estimator takes beside X: targets, weights, and which rows it holds out."""

import math

import numpy as np
from sklearn.utils.validation import (
    _check_sample_weight,
    check_array,
    check_consistent_length,
)

from skgru._reading._series import Series, rows_of_each
from skgru._warnings import warn_user


def check_targets(X, y, estimator_name, *, n_outputs=None, name="y"):
    """Check y against X.

    Parameters
    ----------
    X : array-like
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
    estimator_name : str
    n_outputs : int, default=None
        Number wanted; None: any.
    name : str, default="y"
        What messages call it.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_samples, n_outputs), float
    """
    if y is None:
        raise ValueError(
            f"{estimator_name} requires y to be passed, but the target y is None."
        )
    y = check_array(
        y,
        dtype=[np.float64, np.float32],
        ensure_2d=False,
        allow_nd=True,
        input_name=name,
    )
    if y.ndim not in (1, 2):
        raise ValueError(
            f"{name} has shape {y.shape}, but (n_samples,) or (n_samples, n_outputs) "
            f"is wanted. Reshape {name}."
        )
    check_consistent_length(X, y)
    found = 1 if y.ndim == 1 else y.shape[1]
    if n_outputs not in (None, found):
        raise ValueError(
            f"{name} has {found} output(s), but {estimator_name} is expecting "
            f"{n_outputs}, as before. Pass the same targets, or fit anew with "
            "warm_start=False."
        )
    return y


def check_weights(sample_weight, X, dtype, name="sample_weight"):
    """Check the weights of rows; ones if there are none.

    Returns
    -------
    ndarray of shape (n_samples,)
    """
    weights = _check_sample_weight(
        sample_weight, X, dtype=dtype, ensure_non_negative=True, copy=True
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
    return weights


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
