"""Which column of X holds the past of what is predicted."""

from typing import NamedTuple

import numpy as np
from sklearn.utils import gen_batches

from skgru._reading._series import rows_of_each

# Rows compared at a time.
_BLOCK = 2**14


class Past(NamedTuple):
    """Where the targets' own past stands.

    Attributes
    ----------
    columns : ndarray of int of shape (n_outputs,)
        Features of a step that the outputs are later values of.
    n_ahead : ndarray of int of shape (n_outputs,)
        How many steps after the last one of the sequence each output comes.
    """

    columns: np.ndarray
    n_ahead: np.ndarray


def columns_of_past(sequences, targets, series=None):
    """Which feature of X holds each target's own past; None where it is not there.

    It is the one whose last value in the next row is the target of this row, for all
    rows. A later target of several steps ahead has the past of the first one.

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
        # As precise as the less precise of the two.
        dtype = min(last.dtype, target.dtype, key=lambda dtype: dtype.itemsize)
        last = last.astype(dtype, copy=False)
        wanted = target[rows].astype(dtype, copy=False)
        is_past &= (last == wanted[:, np.newaxis]).all(axis=0)
        n_pairs += len(wanted)
        if not is_past.any():
            return None
    return int(np.argmax(is_past)) if n_pairs > 1 else None


def _comes_later(target, first, n_steps, series):
    """Whether a target is what another one is some rows later."""
    pairs = list(_pairs(series, len(target), n_steps))
    return bool(pairs) and all(
        np.array_equal(target[rows], first[later]) for rows, later in pairs
    )


def _pairs(series, n_samples, n_steps):
    """Rows, and those of the same series that come so many later, block by block."""
    if series is None:
        for batch in gen_batches(max(0, n_samples - n_steps), _BLOCK):
            yield batch, slice(batch.start + n_steps, batch.stop + n_steps)
        return
    for part in rows_of_each(series, n_samples):
        if len(part) > n_steps:
            yield part[:-n_steps], part[n_steps:]
