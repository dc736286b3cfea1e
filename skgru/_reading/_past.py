"""Find the columns of X that hold the past of the targets.

In a series that is to be forecast, the target of a row is a value that X holds too, in
the next row. That is found by comparing, and a few rows may disagree: rows that were
left out, values that were imputed, the places where one of several series ends. X may
also hold the past in other units than y, as behind a `StandardScaler`.
"""

from typing import NamedTuple

import numpy as np

from skgru._reading._agreement import SHARE, other_units, same_units
from skgru._reading._series import rows_of_each

# So many pairs are looked at before all of them are.
_FIRST = 1000


class Past(NamedTuple):
    """Where X holds the past values of the targets.

    Attributes
    ----------
    columns : ndarray of int of shape (n_outputs,)
        For each output, the feature of a step that the output is a later value of.
    n_ahead : ndarray of int of shape (n_outputs,)
        How many steps after the last one of the sequence each output comes.
    factor, offset : ndarray of shape (n_outputs,)
        What turns values of the feature into units of the output: ``factor * value +
        offset``; 1 and 0 where both are in the same units.
    """

    columns: np.ndarray
    n_ahead: np.ndarray
    factor: np.ndarray
    offset: np.ndarray

    def last_values(self, sequences, rows):
        """The last values of the past of each output, (n_rows, n_outputs)."""
        last = sequences.stops[rows, np.newaxis] - 1
        return sequences.values[last, self.columns] * self.factor + self.offset

    @classmethod
    def of_feature(cls, column, n_outputs):
        """The past that is named by the user: one feature, in the units of y."""
        one = np.ones(n_outputs)
        return cls(
            np.full(n_outputs, column),
            np.ones(n_outputs, dtype=int),
            one,
            np.zeros(n_outputs),
        )


def past_of_targets(sequences, targets, series, named):
    """The targets' past, as the user has named it or as the data show it.

    Parameters
    ----------
    sequences, targets, series
        As for `columns_of_past`.
    named : int
        The feature that the user has named, or -1.

    Returns
    -------
    Past or None
    """
    past = columns_of_past(sequences, targets, series)
    n_outputs = targets.shape[1]
    if named < 0 or (past is not None and (past.columns == named).all()):
        return past
    # Several outputs may be several steps ahead, or several variables.
    return Past.of_feature(named, 1) if n_outputs == 1 else past


def columns_of_past(sequences, targets, series=None):
    """Find the feature of X that holds each target's past; None if one is missing.

    A feature holds the past of a target if the target of each row, but for a few, is
    the feature's last value in the next row, perhaps in other units. Where y has
    several steps ahead, a later step has the same past as the first one.

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
    found = []
    pairs = _pairs(series, len(targets), 1)
    for k in range(targets.shape[1]):
        target = targets[:, k]
        if np.ptp(target) == 0:
            return None
        of_output = _feature_of_past(sequences, target, pairs)
        if of_output is not None:
            column, factor, offset = of_output
            found.append((column, 1, factor, offset))
        elif k and _comes_later(target, targets[:, 0], _pairs(series, len(target), k)):
            column, _, factor, offset = found[0]
            found.append((column, k + 1, factor, offset))
        else:
            return None
    return Past(*map(np.array, zip(*found, strict=True)))


def _pairs(series, n_samples, n_steps):
    """Rows, and the rows `n_steps` later in the same series."""
    if series is None:
        rows = np.arange(max(0, n_samples - n_steps))
        return rows, rows + n_steps
    parts = rows_of_each(series, n_samples)
    return (
        np.concatenate([part[: max(0, len(part) - n_steps)] for part in parts]),
        np.concatenate([part[n_steps:] for part in parts]),
    )


def _feature_of_past(sequences, target, pairs):
    """The feature whose last value in the next row is the target, and its units.

    Returns
    -------
    (column, factor, offset) or None
    """
    if len(pairs[0]) < 2:
        return None
    columns = range(sequences.values.shape[1])
    for units in same_units, other_units:
        for column in columns:
            # Most features are no past, and a few rows tell that.
            for n_pairs in (_FIRST, None):
                rows, later = (part[:n_pairs] for part in pairs)
                before, after = (
                    sequences.values[sequences.stops[part] - 1, column]
                    for part in (rows, later)
                )
                found = units(after, target[rows], before != after)
                if found is None:
                    break
            if found is not None:
                return column, *found
    return None


def _comes_later(target, first, pairs):
    """Whether a target equals the target `first` of some rows later."""
    rows, later = pairs
    if not len(rows):
        return False
    return np.count_nonzero(target[rows] == first[later]) >= SHARE * len(rows)
