"""Rows of several series in one table, and their order in time by the index.

Rows of different series may be interleaved: only the order of the rows within each
series matters.
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils import _safe_indexing


class Series(NamedTuple):
    """Which series each row belongs to.

    Attributes
    ----------
    names : list
        Names of the series, in the order in which they appear.
    codes : int64 ndarray of shape (n_rows,)
        For each row, the position of its series in `names`.
    """

    names: list
    codes: np.ndarray


def split_series(X, group, n_columns):
    """Take the column that names the series out of a table.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns)
    group : int
        Index of the column that names the series.
    n_columns : int

    Returns
    -------
    X : array-like
        The other columns.
    series : Series

    Raises
    ------
    ValueError
        If the name of the series is missing in a row.
    """
    import pandas as pd  # here: importing it takes longer than the rest of the package

    others = [j for j in range(n_columns) if j != group]
    # pd.Index makes pandas Timestamps of dates, whatever their unit.
    labels = pd.Index(np.asarray(_safe_indexing(X, group, axis=1)))
    codes, names = pd.factorize(labels)
    missing = np.flatnonzero(codes < 0)
    if len(missing):
        raise ValueError(
            f"The group_column has no value in {len(missing)} row(s), first "
            f"in row {missing[0]} (counted from 0): its series is not known. Name the "
            "series of every row, or drop these rows."
        )
    series = Series(list(names), codes.astype(np.int64))
    return _safe_indexing(X, others, axis=1), series


def rows_of_each(series, n_rows):
    """Indices of the rows of each series, in order."""
    if series is None:
        return [np.arange(n_rows)]
    order = np.argsort(series.codes, kind="stable")
    return np.split(order, np.cumsum(np.bincount(series.codes))[:-1])


def each_series(series, n_rows):
    """Rows of each series as {name: rows}; the name is None if `series` is None."""
    names = [None] if series is None else series.names
    return dict(zip(names, rows_of_each(series, n_rows), strict=True))


def one_series(name, n_rows):
    """A `Series` of rows that all belong to one series."""
    return Series([name], np.zeros(n_rows, dtype=np.int64))


def shown_names(names):
    """The first names of some series, for a message."""
    return ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")


def one_behind_the_other(X, codes, before):
    """Sort rows by series, and put the remembered rows of each series before its own.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
    codes : int64 ndarray of shape (n_rows,)
    before : list of ndarray or None
        For each series, the rows that stand before it.

    Returns
    -------
    values : ndarray of shape (n_rows + n_rows_before, n_columns)
    stops, n_there : int64 ndarray of shape (n_rows,)
        For each row of X, the position behind this row in `values`, and how many rows
        its series has up to and with this row.
    """
    n_rows = np.bincount(codes)
    n_before = np.zeros_like(n_rows)
    if before is not None:
        n_before = np.array([len(rows) for rows in before])
    ends = np.cumsum(n_before + n_rows)
    order = np.argsort(codes, kind="stable")
    position = np.empty(len(X), dtype=np.int64)
    position[order] = np.arange(len(X)) + np.repeat(np.cumsum(n_before), n_rows)
    values = np.empty((ends[-1], X.shape[1]), dtype=X.dtype)
    values[position] = X
    starts = ends - n_before - n_rows
    for start, rows in zip(starts, before or [], strict=False):
        values[start : start + len(rows)] = rows
    stops = position + 1
    return values, stops, stops - starts[codes]


def index_of(X):
    """The index of a pandas object if it holds times or numbers, else None."""
    if not hasattr(X, "iloc"):
        return None
    import pandas as pd

    is_time = isinstance(X.index, pd.DatetimeIndex | pd.PeriodIndex | pd.TimedeltaIndex)
    is_number = pd.api.types.is_numeric_dtype(X.index.dtype)
    return X.index if is_time or is_number else None


def check_rising(index, series, n_rows):
    """Find the first series whose index does not rise from row to row.

    Returns
    -------
    str or None
        Words for a message that name the series, "" if there is only one; None if the
        index rises in every series, or there is no index.
    """
    if index is None:
        return None
    if series is None and index.is_monotonic_increasing:
        return None
    for name, rows in each_series(series, n_rows).items():
        if not index[rows].is_monotonic_increasing:
            return "" if name is None else f" of series {name!r}"
    return None
