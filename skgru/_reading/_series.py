"""Consecutive rows of one series or several, and the ends of `fit` that they follow on.

Rows of different series may be interleaved: the rows of one series, as far as they
are in order, are what counts. What is remembered of a fit is a `Memory` of plain
arrays, lists and tuples, so that it can be pickled by anything.
"""

import warnings
from typing import Any, NamedTuple

import joblib
import numpy as np
from sklearn.utils import _safe_indexing

# Fewer dates do not show a rule.
_ENOUGH_TO_INFER = 10


class Series(NamedTuple):
    """Which series each row belongs to.

    Attributes
    ----------
    names : list
        In the order in which they appear.
    codes : int64 ndarray of shape (n_rows,)
        Positions in `names`.
    """

    names: list
    codes: np.ndarray


class Memory(NamedTuple):
    """The ends of the series of a fit, and how its rows are recognised.

    Attributes
    ----------
    digest : str
        Of the rows of `fit`.
    is_numbered : bool
        Whether their index was the one that pandas makes up, 0, 1, ….
    names : list
        Of the series; None is that of a table that is one series.
    ends : list of (rows, last, step)
        For each, the rows that later ones look back to, the index of the last, and
        what leads from one index to the next; None where there is no index or no rule.
    names_before, ends_before : list
        Likewise, of what stood before the rows of `fit`.
    """

    digest: str
    is_numbered: bool
    names: list
    ends: list
    names_before: list
    ends_before: list


def split_series(X, group, n_columns):
    """Take the column that names the series out of a table.

    Parameters
    ----------
    X : array-like of shape (n_rows, n_columns)
    group : int
        Index of the column.

    Returns
    -------
    X : array-like
        The other columns.
    series : Series

    Raises
    ------
    ValueError
        If a label is missing.
    """
    import pandas as pd  # here: importing it takes longer than the rest of the package

    others = [j for j in range(n_columns) if j != group]
    # As an index: dates are dates then, whatever their unit.
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
    """Rows of each series by its name; of a table that is one series, by None."""
    names = [None] if series is None else series.names
    return dict(zip(names, rows_of_each(series, n_rows), strict=True))


def one_series(name, n_rows):
    """Rows that all belong to one series."""
    return Series([name], np.zeros(n_rows, dtype=np.int64))


def shown_names(names):
    """The first names of some series, for a message."""
    return ", ".join(map(repr, names[:5])) + (", …" if len(names) > 5 else "")


def one_behind_the_other(X, codes, before):
    """Rows sorted by series, each series behind what stands before it.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
    codes : int64 ndarray of shape (n_rows,)
    before : list of ndarray or None
        For each series.

    Returns
    -------
    values : ndarray of shape (n_rows + n_rows_before, n_features)
    stops, n_there : int64 ndarray of shape (n_rows,)
        Position behind each row, and how many rows of its series there are up to it.
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


def digest_of(X, series=None):
    """Digest by which the rows of `fit` are recognised: of values and series alone."""
    # The sum makes a fresh array, of one sign of zero and with strides of its own.
    return joblib.hash((np.add(X, 0.0, order="C"), series))


def index_of(X):
    """Index of a DataFrame if its values can tell what follows on what, else None."""
    if not hasattr(X, "iloc"):
        return None
    import pandas as pd

    is_time = isinstance(X.index, pd.DatetimeIndex | pd.PeriodIndex | pd.TimedeltaIndex)
    is_number = pd.api.types.is_numeric_dtype(X.index.dtype)
    return X.index if is_time or is_number else None


def remember(X, series, index, window, previous=None):
    """Remember the ends of some rows, which followed on `previous` ones if given.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
    series : Series or None
    index : pandas.Index or None
    window : int
    previous : Memory or None

    Returns
    -------
    Memory
    """
    before = {} if previous is None else _by_name(previous.names, previous.ends)
    after = dict(before)
    for name, rows in each_series(series, len(X)).items():
        last, step = None, None
        if index is not None:
            last = index[rows[-1]]
            step = step_of(index if series is None else index[rows])
        tail = X[rows[max(0, len(rows) - window + 1) :]]
        if name in before:
            older, _, step_before = before[name]
            kept = max(0, len(older) + len(tail) - window + 1)
            tail = np.concatenate([older[kept:], tail])
            step = step if step is not None else step_before
        after[name] = (tail, last, step)
    return Memory(
        digest_of(X, series),
        is_numbered(index),
        list(after),
        list(after.values()),
        list(before),
        list(before.values()),
    )


def rows_before(memory, X, series, index, *, may_begin=False):
    """Remembered rows that stand before those of each series of X.

    Parameters
    ----------
    may_begin : bool, default=False
        Whether a series that is not remembered may begin here.

    Returns
    -------
    list of ndarray

    Raises
    ------
    ValueError
        If a series is not remembered, or the index shows that its rows do not follow.
    """
    names = [None] if series is None else series.names
    nothing = X[:0]
    if digest_of(X, series) == memory.digest:
        before = _by_name(memory.names_before, memory.ends_before)
        return [before[name][0] if name in before else nothing for name in names]
    ends = _by_name(memory.names, memory.ends)
    unseen = [name for name in names if name not in ends]
    if unseen and not may_begin:
        raise ValueError(
            f"{len(unseen)} series of X ({shown_names(unseen)}) were not there "
            "in fit, and with remember=True rows follow on those of fit. Leave these "
            "series out, have some of their rows in fit, or set remember=False, with "
            "which every series begins with its first row."
        )
    if index is not None and not (memory.is_numbered and is_numbered(index)):
        for name, rows in each_series(series, len(X)).items():
            if name in ends:
                _, last, step = ends[name]
                _check_follows(name, last, step, index[rows], _OF_FIT)
    return [ends[name][0] if name in ends else nothing for name in names]


def _by_name(names, ends):
    return dict(zip(names, ends, strict=True))


def is_numbered(index):
    """Whether an index is the one that pandas makes up: it tells nothing."""
    if index is None:
        return False
    import pandas as pd

    is_range = isinstance(index, pd.RangeIndex)
    return is_range and index.start == 0 and index.step == 1


def step_of(index):
    """What leads from each index to the next: a number, a frequency, or None."""
    import pandas as pd

    if isinstance(index, pd.PeriodIndex):
        return 1
    if getattr(index, "freqstr", None) is not None:
        return index.freqstr
    if isinstance(index, pd.DatetimeIndex):
        # Of few days it cannot be seen whether weekends are left out.
        if len(index) < _ENOUGH_TO_INFER:
            return None
        with warnings.catch_warnings():
            # Of pandas 3, about what it will return later: an offset, and no string.
            warnings.simplefilter("ignore")
            frequency = pd.infer_freq(index)
        return getattr(frequency, "freqstr", frequency)
    steps = np.diff(index.to_numpy())
    if len(steps) > 1 and (steps == steps[0]).all():
        return index[1] - index[0]
    return None


class _Order(NamedTuple):
    """Which rows follow on which, in words."""

    rule: str
    first: str
    cure: str


_OF_FIT = _Order(
    "With remember=True rows follow on those of fit",
    "fit",
    "Pass the rows that follow on those of fit, or set remember=False; if they do "
    "follow and the index misleads, pass X without it, as X.to_numpy().",
)
_OF_HISTORY = _Order(
    "The rows of future follow on those of history",
    "history",
    "Pass the rows that follow on the last of history; if they do follow and the index "
    "misleads, pass both without it, as to_numpy() makes them.",
)


def check_future(index, series, next_index, next_series):
    """Refuse a future whose index shows that it does not follow on the past.

    Parameters
    ----------
    index, next_index : pandas.Index or None
        Of the past, and of the future.
    series, next_series : Series or None
        Which series their rows belong to.
    """
    if index is None or next_index is None:
        return
    # New rows often have no other index than the one that pandas makes up.
    if is_numbered(next_index):
        return
    past = each_series(series, len(index))
    for name, rows in each_series(next_series, len(next_index)).items():
        if name in past:
            own = index if series is None else index[past[name]]
            _check_follows(name, own[-1], step_of(own), next_index[rows], _OF_HISTORY)


def _check_follows(name, last, step, index, order):
    """Refuse rows whose index shows that they do not follow on a last one."""
    if last is None:
        return
    where = "" if name is None else f" of series {name!r}"
    try:
        goes_back = bool(index[0] <= last)
        expected = None if step is None else _after(last, step)
    except TypeError:
        raise ValueError(
            f"The index{where} is of another kind than in {order.first} "
            f"({index[0]!r} after {last!r}), so it cannot be seen whether rows follow. "
            f"{order.cure}"
        ) from None
    if goes_back:
        raise ValueError(
            f"{order.rule}, but the index{where} goes back: it begins at {index[0]}, "
            f"and that of {order.first} ended at {last}. {order.cure}"
        )
    if expected is not None and index[0] != expected:
        raise ValueError(
            f"{order.rule}, but the index{where} begins at {index[0]}: after {last}, "
            f"{expected} was expected. {order.cure}"
        )


def _after(last: Any, step: Any):
    """The index that follows."""
    import pandas as pd

    if isinstance(step, str):
        return last + pd.tseries.frequencies.to_offset(step)
    return last + step


def check_rising(index, series, n_rows):
    """Say of the first series whose index does not rise, None if all do.

    Returns
    -------
    str or None
    """
    if index is None:
        return None
    if series is None and index.is_monotonic_increasing:
        return None
    for name, rows in each_series(series, n_rows).items():
        if not index[rows].is_monotonic_increasing:
            return "" if name is None else f" of series {name!r}"
    return None
