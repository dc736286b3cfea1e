"""Find the columns of X that hold the past of the targets."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skgru._reading._series import rows_of_each

# Rows compared at a time.
_BLOCK = 2**14


class Past(NamedTuple):
    """Where X holds the past values of the targets.

    Attributes
    ----------
    columns : ndarray of int of shape (n_outputs,)
        For each output, the feature of a step that the output is a later value of.
    n_ahead : ndarray of int of shape (n_outputs,)
        How many steps after the last one of the sequence each output comes.
    """

    columns: np.ndarray
    n_ahead: np.ndarray


def columns_of_past(sequences, targets, series=None):
    """Find the feature of X that holds each target's past; None if one is missing.

    A feature holds the past of a target if the target of each row is the feature's last
    value in the next row. Where y has several steps ahead, a later step has the same
    past as the first one.

    Parameters
    ----------
    sequences : Sequences
    targets : ndarray of shape (n_samples, n_outputs)
        In the units of y.
    series : Series, default=None
        Which series each row belongs to, where there are several.

    Returns
    -------
    Past or None
    """
    columns, n_ahead = [], []
    for k in range(targets.shape[1]):
        target = targets[:, k]
        if np.ptp(target) == 0:
            return None
        column = _column_of_past(sequences, target, series)
        if column is not None:
            columns.append(column)
            n_ahead.append(1)
        elif k and _comes_later(target, targets[:, 0], k, series):
            columns.append(columns[0])
            n_ahead.append(k + 1)
        else:
            return None
    return Past(np.array(columns), np.array(n_ahead))


def _column_of_past(sequences, target, series):
    """The feature whose last value in the next row is the target, or None."""
    is_past = np.ones(sequences.values.shape[1], dtype=bool)
    n_pairs = 0
    for rows, later in _pairs(series, len(target), 1):
        last = sequences.values[sequences.stops[later] - 1]
        # Compare in the less precise dtype of the two.
        dtype = min(last.dtype, target.dtype, key=lambda dtype: dtype.itemsize)
        last = last.astype(dtype, copy=False)
        wanted = target[rows].astype(dtype, copy=False)
        is_past &= (last == wanted[:, np.newaxis]).all(axis=0)
        n_pairs += len(wanted)
        if not is_past.any():
            return None
    return int(np.argmax(is_past)) if n_pairs > 1 else None


def _comes_later(target, first, n_steps, series):
    """Whether a target equals the target `first` of `n_steps` rows later."""
    pairs = list(_pairs(series, len(target), n_steps))
    return bool(pairs) and all(
        np.array_equal(target[rows], first[later]) for rows, later in pairs
    )


def _pairs(series, n_samples, n_steps):
    """Rows, and the rows `n_steps` later in the same series, block by block."""
    if series is None:
        for batch in gen_batches(max(0, n_samples - n_steps), _BLOCK):
            yield batch, slice(batch.start + n_steps, batch.stop + n_steps)
        return
    for part in rows_of_each(series, n_samples):
        if len(part) > n_steps:
            yield part[:-n_steps], part[n_steps:]
