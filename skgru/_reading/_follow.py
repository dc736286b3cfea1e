"""Whether the rows of an X follow on other rows, as far as their times tell.

Where the step of an index is certain, the time that follows is certain too, and rows
with any other time are refused. Where only gaps between rows are known, a wider gap
than all of them is warned of, and no more. Rows that go back are refused in any case.
"""

from typing import NamedTuple

import numpy as np

from skgru._reading._series import in_order_of_series
from skgru._reading._time import ENOUGH_TO_TELL, Times, certain_step, shown_time
from skgru._warnings import warn_user

# A gap is warned of if it is longer than the longest one before it by this factor:
# months and years differ in length, and a holiday may follow on a weekend.
_MORE_THAN_LONGEST = 1.5


class Ends(NamedTuple):
    """When the rows of some series ended.

    Attributes
    ----------
    kind : str
        As in `Times`.
    last : ndarray of shape (n_series,)
        The time of the last row of each series.
    longest : ndarray of shape (n_series,)
        The longest gap between two rows of each series; 0 if there are too few rows to
        tell, or the numbers say nothing of a single series.
    following : ndarray of shape (1,) or None
        The time that comes next, where that is certain.
    is_numbered : bool
        As in `Times`.
    """

    kind: str
    last: np.ndarray
    longest: np.ndarray
    following: np.ndarray | None
    is_numbered: bool

    @classmethod
    def of(cls, times, series):
        """When each series ended, in the order of their names; None without times."""
        if times is None:
            return None
        order, starts = in_order_of_series(series, len(times.values))
        values = times.values[order]
        stops = np.append(starts[1:], len(values))
        gaps = np.diff(values, prepend=values[:1])
        gaps[starts] = 0
        longest = np.maximum.reduceat(gaps, starts)
        longest[stops - starts < ENOUGH_TO_TELL] = 0
        following = None
        if len(starts) == 1:
            following = _following(times)
        elif times.kind == "numbers" and len(np.unique(values)) == len(values):
            # Numbers of the rows of the table: a series has some of them.
            longest[:] = 0
        return cls(times.kind, values[stops - 1], longest, following, times.is_numbered)


def _following(times):
    """The time that follows on those of a single series, where it is certain."""
    step = certain_step(times.labels)
    if step is None:
        return None
    import pandas as pd

    return Times.of(pd.Series(0, index=pd.Index([times.labels[-1] + step]))).values


class Order(NamedTuple):
    """Words for messages: which rows must follow on which, and what to do."""

    rule: str
    first: str
    cure: str


OF_FIT = Order(
    "With remember=True rows follow on those of fit",
    "fit",
    "Pass the rows that follow on those of fit, all in one call (skgru.Stream takes "
    "them one after the other), or set remember=False; if they do follow and the index "
    "misleads, leave the time out of it.",
)
OF_HISTORY = Order(
    "The rows of future follow on those of history",
    "history",
    "Pass the rows that follow on the last of history; if they do follow and the index "
    "misleads, leave the time out of both.",
)


def check_follows(ends, known, times, series, order):
    """Refuse rows whose times show that they do not follow on others.

    Rows that only seem to leave a gap are warned of.

    Parameters
    ----------
    ends : Ends or None
        When the series ended on which the rows follow.
    known : int64 ndarray of shape (n_series,)
        For each series of the rows its position in `ends`, or -1 if it is not there.
    times : Times or None
        Of the rows.
    series : Series or None
    order : Order

    Raises
    ------
    ValueError
        If the times go back, are of another kind, or are not those that follow where
        this is certain.
    """
    if ends is None or times is None or not (known >= 0).any():
        return
    differ = ends.kind != times.kind
    # New rows often have only the default index of pandas, which says nothing.
    if times.is_numbered or (ends.is_numbered and differ):
        return
    places, starts = in_order_of_series(series, len(times.values))
    first = times.values[places[starts]]
    if differ:
        raise ValueError(
            f"The index is of another kind than in {order.first}, where it held "
            f"{ends.kind}: here it holds {times.kind} (the first is "
            f"{times.shown(first[0])}), so it cannot be seen whether rows follow. "
            f"{order.cure}"
        )
    last = ends.last[known]

    def where(k):
        return "" if series is None else f" of series {series.names[k]!r}"

    back = np.flatnonzero((known >= 0) & (first <= last))
    if len(back):
        k = back[0]
        raise ValueError(
            f"{order.rule}, but the index{where(k)} goes back: it begins at "
            f"{times.shown(first[k])}, and that of {order.first} ended at "
            f"{times.shown(last[k])}. {order.cure}"
        )
    if ends.following is not None:
        if first[0] != ends.following[0]:
            raise ValueError(
                f"{order.rule}, but the index{where(0)} begins at "
                f"{times.shown(first[0])}: after {times.shown(last[0])}, "
                f"{times.shown(ends.following[0])} was expected. {order.cure}"
            )
        return
    longest = ends.longest[known]
    is_known = (known >= 0) & (longest > np.zeros_like(longest))
    wide = np.flatnonzero(is_known & (first - last > _MORE_THAN_LONGEST * longest))
    if len(wide):
        k = wide[0]
        more = "" if len(wide) == 1 else f", and {len(wide) - 1} more series likewise"
        warn_user(
            f"{order.rule}, but there seems to be a gap: the index{where(k)} begins at "
            f"{times.shown(first[k])}, that of {order.first} ended at "
            f"{times.shown(last[k])}, and no gap in it was longer than "
            f"{_shown_gap(longest[k], times.kind)}{more}. {order.cure}"
        )


def _shown_gap(gap, kind):
    if kind.startswith("times") or kind == "durations":
        return shown_time(gap, "durations")
    return f"{gap.item()} step(s)" if kind.startswith("periods") else str(gap.item())
