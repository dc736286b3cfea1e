"""Remember the last rows of `fit`, and check whether later rows follow on them.

Besides arrays, lists and tuples, a `Memory` holds only the names of series, and values
and steps of the index, so that any pickler can store it.
"""

import warnings
from typing import Any, NamedTuple

import joblib
import numpy as np

from skgru._reading._series import each_series, shown_names

# From fewer dates no frequency is inferred.
_ENOUGH_TO_INFER = 10


class End(NamedTuple):
    """How the rows of one series ended.

    Attributes
    ----------
    rows : ndarray of shape (n_rows, n_columns)
        The last rows of the series, which windows of later rows may begin with.
    last : object
        Index of the last row; None if there is no index.
    step : object
        The step from one index to the next: a number, a Timedelta, or the name of a
        frequency. None if the steps differ, or there are too few to tell.
    """

    rows: np.ndarray
    last: Any
    step: Any


class Memory(NamedTuple):
    """The ends of all series of `fit`, and a digest to recognise the rows of `fit` by.

    Attributes
    ----------
    digest : str
        Digest of the rows of `fit`.
    is_numbered : bool
        Whether their index was the default one of pandas, 0, 1, ….
    names : list
        Names of the series; the only name is None if the table is a single series.
    ends : list of End
        How each series ended.
    names_before, ends_before : list
        Names and ends of the rows that stood before those of `fit`, if training went
        on from an earlier fit.
    """

    digest: str
    is_numbered: bool
    names: list
    ends: list[End]
    names_before: list
    ends_before: list[End]


def digest_of(X, series=None):
    """Digest of values and series, without the index, to recognise rows by."""
    # A plain tuple: a class of skgru would be part of the digest, and it may move.
    of_rows = None if series is None else tuple(series)
    # Adding 0 turns -0 into 0, and makes a contiguous array.
    return joblib.hash((np.add(X, 0.0, order="C"), of_rows))


def remember(X, series, index, window, previous=None):
    """Remember the ends of some rows, which follow on those of `previous` if given.

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
        after[name] = End(tail, last, step)
    return Memory(
        digest_of(X, series),
        is_numbered(index),
        list(after),
        list(after.values()),
        list(before),
        list(before.values()),
    )


def rows_before(memory, X, series, index, *, may_begin=False):
    """For each series of X, the remembered rows that stand before its rows.

    Parameters
    ----------
    may_begin : bool, default=False
        Whether X may hold series that are not remembered, and so begin in X.

    Returns
    -------
    list of ndarray

    Raises
    ------
    ValueError
        If a series is not remembered, or the index shows that its rows do not follow on
        the remembered ones.
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
    """Whether an index is the default one of pandas, which tells nothing of time."""
    if index is None:
        return False
    import pandas as pd

    is_range = isinstance(index, pd.RangeIndex)
    return is_range and index.start == 0 and index.step == 1


def step_of(index):
    """The step from each index to the next, as `End.step`."""
    import pandas as pd

    if isinstance(index, pd.PeriodIndex):
        return 1
    if getattr(index, "freqstr", None) is not None:
        return index.freqstr
    if isinstance(index, pd.DatetimeIndex):
        # A few days cannot show whether weekends are left out.
        if len(index) < _ENOUGH_TO_INFER:
            return None
        with warnings.catch_warnings():
            # pandas 3 warns that it will return an offset in place of a string later.
            warnings.simplefilter("ignore")
            frequency = pd.infer_freq(index)
        return getattr(frequency, "freqstr", frequency)
    steps = np.diff(index.to_numpy())
    if len(steps) > 1 and (steps == steps[0]).all():
        return index[1] - index[0]
    return None


class _Order(NamedTuple):
    """Words for messages: which rows must follow on which, and what to do."""

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
        Index of the past, and of the future.
    series, next_series : Series or None
        Which series the rows of the past and of the future belong to.
    """
    if index is None or next_index is None:
        return
    # New rows often have only the default index of pandas.
    if is_numbered(next_index):
        return
    past = each_series(series, len(index))
    for name, rows in each_series(next_series, len(next_index)).items():
        if name in past:
            own = index if series is None else index[past[name]]
            _check_follows(name, own[-1], step_of(own), next_index[rows], _OF_HISTORY)


def _check_follows(name, last, step, index, order):
    """Refuse rows whose index shows that they do not follow on the index `last`."""
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
    """The index that comes one step after `last`."""
    import pandas as pd

    if isinstance(step, str):
        return last + pd.tseries.frequencies.to_offset(step)
    return last + step
