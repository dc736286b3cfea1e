"""Rows without any observed step, as those of a shop before it has opened.

All features of such a row, and of all rows that it looks back on, are NaN. It can stand
in a table, but can neither be trained on nor be predicted from.
"""

import numpy as np

from skgru._warnings import warn_user


def refuse_unobserved(sequences, weights=None):
    """Refuse rows without any observed step, if they have a weight.

    Parameters
    ----------
    sequences : Sequences
    weights : ndarray of shape (n_samples,), default=None
        None: all rows count.

    Raises
    ------
    ValueError
    """
    is_wrong = sequences.n_observed == 0
    if weights is not None:
        is_wrong &= weights > 0
    if is_wrong.any():
        n_wrong, first = np.count_nonzero(is_wrong), int(np.argmax(is_wrong))
        others = f", and of {n_wrong - 1} other row(s)" if n_wrong > 1 else ""
        cure = "" if weights is None else ", or give them sample_weight=0"
        raise ValueError(
            f"X contains NaN in all features at every step of row {first}{others}: "
            "there is nothing to predict from. Drop the rows that have no observed "
            f"step{cure}."
        )


def observed_rows(sequences):
    """Rows with an observed step, and a warning if there are others.

    Returns
    -------
    int64 ndarray
    """
    rows = np.flatnonzero(sequences.n_observed)
    n_missing = len(sequences.n_observed) - len(rows)
    if n_missing:
        first = int(np.argmin(sequences.n_observed))
        warn_user(
            f"X contains NaN in all features at every step of {n_missing} row(s), the "
            f"first of them row {first} (counted from 0): there is nothing to predict "
            "from, and their predictions are NaN."
        )
    return rows
