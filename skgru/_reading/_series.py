"""Rows of several series in one table.

Rows of different series may be interleaved: only the order of the rows within each
series matters.
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils import _safe_indexing

from skgru._reading._series_names import codes_of_names


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


def series_of(labels):
    """Which series each row belongs to, by a label for each row.

    Parameters
    ----------
    labels : array-like of shape (n_rows,)

    Returns
    -------
    Series

    Raises
    ------
    ValueError
        If the name of the series is missing in a row, or can be changed, as a list.
    """
    codes, names = codes_of_names(labels)
    missing = np.flatnonzero(codes < 0)
    if len(missing):
        raise ValueError(
            f"The group_column has no value in {len(missing)} row(s), first "
            f"in row {missing[0]} (counted from 0): its series is not known. Name the "
            "series of every row, or drop these rows."
        )
    return Series(names, codes)


def split_series(X, columns, n_columns):
    """Take the column that names the series out of a table.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns)
    columns : Columns or NamePlace
        Tells which column or which level of the index that is.
    n_columns : int

    Returns
    -------
    X : array-like
        The other columns.
    series : Series or None
        None if nothing tells series apart.
    """
    if columns.level is not None:
        return X, series_of(level_of(X, columns.level))
    if columns.group < 0:
        return X, None
    others = [j for j in range(n_columns) if j != columns.group]
    labels = np.asarray(_safe_indexing(X, columns.group, axis=1))
    return _safe_indexing(X, others, axis=1), series_of(labels)


def level_of(X, level):
    """The values of one level of the index of X, by its name.

    Raises
    ------
    ValueError
        If there is no such level.
    """
    names = names_of_levels(X.index) if hasattr(X, "iloc") else []
    if level not in names:
        found = f"the levels {names}" if names else "no index"
        raise ValueError(
            f"group_column={level!r} was a level of the index of X in fit, and X has "
            f"{found} here. Pass X with the same index; in a Pipeline, let the steps "
            "before keep it by set_output(transform='pandas')."
        )
    return X.index.get_level_values(names.index(level))


def names_of_levels(labels):
    """Names of the levels of an index, "level_0" for one without, as in pandas."""
    return [
        f"level_{k}" if name is None else name for k, name in enumerate(labels.names)
    ]


def in_order_of_series(series, n_rows):
    """Indices of all rows, series by series, and where each series begins in them.

    Returns
    -------
    order : ndarray of int of shape (n_rows,)
    starts : ndarray of int of shape (n_series,)
    """
    if series is None:
        return np.arange(n_rows), np.zeros(1, dtype=np.int64)
    n_each = np.bincount(series.codes)
    # NumPy sorts short integers in linear time.
    codes = series.codes.astype(np.uint16) if len(n_each) <= 2**16 else series.codes
    return np.argsort(codes, kind="stable"), np.cumsum(n_each) - n_each


def rows_of_each(series, n_rows):
    """Indices of the rows of each series, in order."""
    order, starts = in_order_of_series(series, n_rows)
    return np.split(order, starts[1:])


def names_of(series):
    """Names of the series; the only name is None if the table is a single series."""
    return [None] if series is None else series.names


def each_series(series, n_rows):
    """Rows of each series as {name: rows}; the name is None if `series` is None."""
    names = names_of(series)
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
    order, _ = in_order_of_series(Series([], codes), len(X))
    position = np.empty(len(X), dtype=np.int64)
    position[order] = np.arange(len(X)) + np.repeat(np.cumsum(n_before), n_rows)
    values = np.empty((ends[-1], X.shape[1]), dtype=X.dtype)
    values[position] = X
    starts = ends - n_before - n_rows
    for start, rows in zip(starts, before or [], strict=False):
        values[start : start + len(rows)] = rows
    stops = position + 1
    return values, stops, stops - starts[codes]
