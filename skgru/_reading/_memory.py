"""Remember the last rows of `fit`, which the windows of later rows may begin with.

Besides lists, tuples and strings, a `Memory` holds only arrays of numbers, and names of
series, so that any pickler can store it.
"""

from typing import NamedTuple

import numpy as np

from skgru._reading._digests import begin_alike, digests_of, rows_in_each
from skgru._reading._follow import OF_FIT, OF_HISTORY, Ends, check_follows
from skgru._reading._series import each_series, in_order_of_series, names_of

# Fewer equal rows may be a coincidence, as in a series of counts, where no time tells.
_ENOUGH_TO_RECOGNISE = 8


class Memory(NamedTuple):
    """The last rows of all series of `fit`, and what later rows are compared with.

    Attributes
    ----------
    names : list
        Names of the series; the only name is None if the table is a single series.
    tails : list of ndarray of shape (n_rows, n_columns)
        The last rows of each series, which windows of later rows may begin with.
    ends : Ends or None
        When each series ended; None if X had no index of times or numbers.
    n_rows : int64 ndarray of shape (n_series,)
        How many rows each series had in the last call of `fit` or `partial_fit`.
    digests : uint64 ndarray of shape (n_series, n_digests)
        Digests to recognise these rows by.
    names_before, tails_before : list
        Names and last rows of the series before that call, if training went on.
    """

    names: list
    tails: list[np.ndarray]
    ends: Ends | None
    n_rows: np.ndarray
    digests: np.ndarray
    names_before: list
    tails_before: list[np.ndarray]


def remember(rows, window, previous=None):
    """Remember the ends of some rows, which follow on those of `previous` if given.

    Parameters
    ----------
    rows : Rows
    window : int
    previous : Memory or None

    Returns
    -------
    Memory
    """
    X, series, times = rows
    names_before, tails_before = ([], []) if previous is None else previous[:2]
    tails = dict(zip(names_before, tails_before, strict=True))
    for name, places in each_series(series, len(X)).items():
        tail = X[places[max(0, len(places) - window + 1) :]]
        if name in tails:
            older = tails[name]
            kept = max(0, len(older) + len(tail) - window + 1)
            tail = np.concatenate([older[kept:], tail])
        tails[name] = tail
    names = list(tails)
    here = _places(names, names_of(series))
    found = digests_of(X, series)
    n_rows = np.zeros(len(names), dtype=np.int64)
    digests = np.zeros((len(names), found.shape[1]), dtype=np.uint64)
    n_rows[here], digests[here] = rows_in_each(series, len(X)), found
    ends = Ends.of(times, series)
    if previous is not None:
        ends = _joined(ends, here, previous.ends, len(names))
    return Memory(
        names,
        list(tails.values()),
        ends,
        n_rows,
        digests,
        list(names_before),
        list(tails_before),
    )


def _joined(ends, here, before, n_series):
    """Ends of all series, of which only some have gone on; None if not all are known.

    Parameters
    ----------
    ends, before : Ends or None
        Of the series that have gone on, and of those before.
    here : int64 ndarray
        The positions of the series that have gone on.
    n_series : int
    """
    if ends is None or before is None or before.kind != ends.kind:
        return ends if len(here) == n_series else None
    # The series of before come first among all names.
    n_before = len(before.last)
    last = np.concatenate([before.last, np.repeat(ends.last[:1], n_series - n_before)])
    last[here] = ends.last
    longest = np.zeros(n_series, dtype=np.result_type(before.longest, ends.longest))
    longest[:n_before] = before.longest
    longest[here] = np.maximum(longest[here], ends.longest)
    return ends._replace(last=last, longest=longest)


def rows_before(memory, rows):
    """For each series of some rows, the remembered rows that stand before them.

    None stand before a series that is not remembered: it begins here. If the rows
    begin with those of `fit`, they are recognised, and the rows before these are taken.

    Parameters
    ----------
    memory : Memory
    rows : Rows

    Returns
    -------
    list of ndarray

    Raises
    ------
    ValueError
        If the index shows that the rows do not follow on the remembered ones.
    """
    X, series, times = rows
    names = names_of(series)
    known = _places(memory.names, names)
    again = is_again(memory, rows, known)
    follow = np.where(again, -1, known)
    check_follows(memory.ends, follow, times, series, OF_FIT)
    nothing = X[:0]
    before = dict(zip(memory.names_before, memory.tails_before, strict=True))
    return [
        before.get(name, nothing)
        if seen
        else (nothing if place < 0 else memory.tails[place])
        for name, place, seen in zip(names, known.tolist(), again.tolist(), strict=True)
    ]


def is_again(memory, rows, known):
    """Whether each series of some rows begins with the rows of `fit`.

    Parameters
    ----------
    memory : Memory
    rows : Rows
    known : int64 ndarray of shape (n_series,)
        The position of each series in the memory, or -1.

    Returns
    -------
    bool ndarray of shape (n_series,)
    """
    X, series, times = rows
    n_rows = np.where(known >= 0, memory.n_rows[known], 0)
    n_needed = np.full(len(known), _ENOUGH_TO_RECOGNISE)
    ends = memory.ends
    is_dated = times is not None and ends is not None
    if is_dated and times.kind != ends.kind:
        # Times of another kind are others, unless the default index made up one.
        if not (times.is_numbered or ends.is_numbered):
            n_rows[:] = 0
    elif is_dated and not times.is_numbered:
        order, starts = in_order_of_series(series, len(X))
        goes_back = times.values[order[starts]] <= ends.last[known]
        n_rows = np.where(goes_back, n_rows, 0)
        n_needed[goes_back] = 1
    return begin_alike(X, series, n_rows, memory.digests[known], n_needed)


def _places(names, wanted):
    """The position of each wanted name among others, -1 if it is not there."""
    places = {name: place for place, name in enumerate(names)}
    return np.array([places.get(name, -1) for name in wanted], dtype=np.int64)


def check_future(history, future):
    """Refuse a future whose index shows that it does not follow on the past.

    Parameters
    ----------
    history, future : Rows
    """
    ends = Ends.of(history.times, history.series)
    known = _places(names_of(history.series), names_of(future.series))
    check_follows(ends, known, future.times, future.series, OF_HISTORY)
