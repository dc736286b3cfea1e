"""Recognise rows that were seen before, by digests of the first rows of each series.

A digest is a sum over rows, each mixed with its position, in the 64-bit integers. So it
is computed for all series at once, and that of the first rows of a series is the
difference of two running sums. Digests of the first 1, 2, 4, … rows are kept, and that
of all rows: later rows are recognised if they begin as the series began, even if there
are fewer or more of them.
"""

import numpy as np

from skgru._reading._series import in_order_of_series


def digests_of(X, series):
    """Digests of the first rows of each series.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
    series : Series or None

    Returns
    -------
    uint64 ndarray of shape (n_series, n_digests)
        Of the first 1, 2, 4, … rows, and in the last column of all rows. Where a series
        has fewer rows it is that of all its rows.
    """
    n_rows = rows_in_each(series, len(X))
    sums = _Sums(X, series)
    firsts = 2 ** np.arange(int(n_rows.max()).bit_length())
    columns = [sums.of_first(np.minimum(first, n_rows)) for first in firsts]
    return np.stack([*columns, sums.of_first(n_rows)], axis=1)


def begin_alike(X, series, n_rows, digests, n_needed):
    """Whether the series of X begin with the rows that some digests are of.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
    series : Series or None
    n_rows : int64 ndarray of shape (n_series,)
        How many rows the digests of each series are of; 0 if there are none.
    digests : uint64 ndarray of shape (n_series, n_digests)
        As `digests_of` returns them.
    n_needed : int64 ndarray of shape (n_series,)
        So many rows must be alike, unless the digests are of fewer.

    Returns
    -------
    bool ndarray of shape (n_series,)
    """
    n_here = rows_in_each(series, len(X))
    can_be = (n_rows > 0) & (n_here >= np.minimum(n_rows, n_needed))
    if not can_be.any():
        return can_be
    # The longest digest of no more rows than there are here.
    power = np.frexp(n_here)[1] - 1
    is_whole = n_here >= n_rows
    first = np.where(is_whole, np.maximum(n_rows, 1), 2**power)
    column = np.where(is_whole, digests.shape[1] - 1, power)
    column = np.minimum(column, digests.shape[1] - 1)
    wanted = digests[np.arange(len(digests)), column]
    found = _Sums(X, series).of_first(np.minimum(first, n_here))
    return can_be & (found == wanted)


def rows_in_each(series, n_rows):
    """How many rows each series has."""
    return np.array([n_rows]) if series is None else np.bincount(series.codes)


class _Sums:
    """Running sums over the mixed rows of each series."""

    def __init__(self, X, series):
        order, self.starts = in_order_of_series(series, len(X))
        n_rows = rows_in_each(series, len(X))
        position = np.arange(len(X)) - np.repeat(self.starts, n_rows)
        rows = _numbers_of_rows(X)
        rows = rows if series is None else rows[order]
        mixed = _mix(rows + position.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
        # One zero in front, and sums wrap around as all of this arithmetic does.
        self.sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed)])

    def of_first(self, n):
        """The sum over the first n rows of each series."""
        return self.sums[self.starts + n] - self.sums[self.starts]


def _numbers_of_rows(X):
    """A 64-bit integer for each row, from the bits of its values."""
    numbers = np.zeros(len(X), dtype=np.uint64)
    bits = np.dtype(f"u{X.dtype.itemsize}")
    for column in X.T:
        # Adding 0 turns -0 into 0, and there is one NaN of many.
        column = np.where(np.isnan(column), X.dtype.type(np.nan), column + 0)
        numbers = _mix(numbers ^ column.view(bits).astype(np.uint64))
    return numbers


def _mix(numbers):
    """Mix the bits of 64-bit integers (the finalizer of Vigna's SplitMix64, 2015)."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
