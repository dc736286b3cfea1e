"""What the index of X tells of time: when its rows were observed, and in which steps.

A step is *certain* if the index itself states it, as pandas' ``freq`` does; it is used
as the object that pandas has there, since not every offset has a name. Without it only
the gaps between the rows can be looked at, and these prove nothing: a shop may be
closed on a holiday. What follows from this is in the user guide, "What an index tells";
whether rows follow on others is checked in ``_follow.py``.
"""

from typing import Any, NamedTuple

import numpy as np

from skgru._reading._series import in_order_of_series, names_of_levels
from skgru._warnings import warn_user

# In fewer rows weekends, or the shortest month, may not have come yet.
ENOUGH_TO_TELL = 10
# Share of the rows that may have the time of another: as where a clock is put back.
_FEW_REPEATS = 0.01
_ONCE = " Keep one row for each time, as by drop_duplicates or a mean."
# Levels of an index that are a time only together, such as (year, month).
_PARTS_OF_DATES = {"year", "quarter", "month", "week", "day", "date", "time"}


class Times(NamedTuple):
    """When rows were observed, as their index tells it.

    Attributes
    ----------
    labels : pandas.Index
        What the index holds for each row.
    values : ndarray of shape (n_rows,)
        The same as numbers, ``datetime64`` or ``timedelta64``.
    kind : str
        What they are, in words. Values of the same kind can be compared.
    is_numbered : bool
        Whether this is the default index of pandas, 0, 1, ….
    outer : str or None
        Another level of the index, which may name series.
    """

    labels: Any
    values: np.ndarray
    kind: str
    is_numbered: bool
    outer: str | None

    @classmethod
    def of(cls, X, level=None):
        """What the index of a pandas object tells of time; None if it tells nothing.

        Parameters
        ----------
        X : array-like
        level : str, default=None
            The level of the index that names the series, if one does.
        """
        labels = index_of(X, level)
        if labels is None:
            return None
        import pandas as pd

        kind, values = "numbers", labels.to_numpy()
        if isinstance(labels, pd.PeriodIndex):
            kind, values = f"periods of freq {labels.freqstr!r}", labels.asi8
        elif isinstance(labels, pd.TimedeltaIndex):
            kind = "durations"
        elif isinstance(labels, pd.DatetimeIndex):
            zone = "out" if labels.tz is None else ""
            kind, values = f"times with{zone} a time zone", labels.asi8
            values = values.view(f"datetime64[{labels.unit}]")
        is_range = isinstance(labels, pd.RangeIndex)
        is_numbered = is_range and labels.start == 0 and labels.step == 1
        outer = [name for name in names_of_levels(X.index)[:-1] if name != level]
        return cls(labels, values, kind, is_numbered, outer[0] if outer else None)

    def shown(self, value):
        """One of the values as messages show it."""
        return shown_time(value, self.kind, getattr(self.labels, "tz", None))


def index_of(X, level=None):
    """The index of a pandas object if it holds times or numbers, else None.

    Of several levels it is the last one that counts, unless `level` names that.

    Returns
    -------
    pandas.Index or None
    """
    if not hasattr(X, "iloc"):
        return None
    import pandas as pd

    labels = X.index
    others = [name for name in names_of_levels(labels) if name != level]
    if not others:
        return None
    if labels.nlevels > 1:
        if len(others) > 1 and _are_one_time(labels, others[0]):
            return None
        labels = labels.get_level_values(names_of_levels(labels).index(others[-1]))
    if _holds_dates(labels):
        try:
            labels = pd.DatetimeIndex(labels)
        except (TypeError, ValueError):  # with several offsets from UTC
            labels = pd.to_datetime(labels, utc=True)
    is_time = isinstance(labels, pd.DatetimeIndex | pd.PeriodIndex | pd.TimedeltaIndex)
    if is_time or labels.dtype.kind in "iuf":
        return labels
    # Such as Int64, or numbers of pyarrow.
    is_number = pd.api.types.is_numeric_dtype(labels.dtype) and not (
        labels.hasnans or pd.api.types.is_bool_dtype(labels.dtype)
    )
    return pd.Index(labels.to_numpy(np.float64)) if is_number else None


def _are_one_time(labels, first):
    """Whether the levels of an index are one time together, such as (year, month)."""
    import pandas as pd

    level = labels.levels[names_of_levels(labels).index(first)]
    is_time = isinstance(level, pd.DatetimeIndex | pd.PeriodIndex)
    return is_time or str(first).lower() in _PARTS_OF_DATES


def _holds_dates(labels):
    """Whether an index holds times in a dtype other than pandas' own."""
    import pandas as pd

    if pd.api.types.is_datetime64_any_dtype(labels.dtype):
        return not isinstance(labels, pd.DatetimeIndex)
    if labels.dtype != object:
        return False
    return pd.api.types.infer_dtype(labels) in ("date", "datetime", "datetime64")


def certain_step(labels):
    """The step that an index states, as pandas adds it to a time; else None."""
    import pandas as pd

    if isinstance(labels, pd.RangeIndex):
        return labels.step
    if isinstance(labels, pd.PeriodIndex):
        # Its freq is a unit of time, and not all of them need to be there.
        steps = np.diff(labels.asi8)
        is_full = len(labels) >= ENOUGH_TO_TELL and (steps == labels.freq.n).all()
        return labels.freq if is_full else None
    return getattr(labels, "freq", None)


def shown_time(value, kind, zone=None):
    """A value of a time as messages show it, in a time zone if one is known."""
    import pandas as pd

    if kind.startswith("periods"):
        return str(pd.Period(ordinal=int(value), freq=kind.split("'")[1]))
    if kind.startswith("times"):
        if "without" in kind:
            return str(pd.Timestamp(value))
        return str(pd.Timestamp(value, tz="UTC").tz_convert(zone or "UTC"))
    return str(pd.Timedelta(value) if kind == "durations" else value.item())


def check_order(times, series, name, *, refuses=False):
    """Warn of rows that do not stand in the order of time, or refuse them.

    Rows of the same time are warned of, since they may be of several series.

    Parameters
    ----------
    times : Times or None
    series : Series or None
    name : str
        What messages call the rows.
    refuses : bool, default=False
        Whether times that fall are an error.
    """
    if times is None or len(times.values) < 2:
        return
    n_unknown = np.count_nonzero(times.values != times.values)  # NaT and NaN
    if n_unknown:
        warn_user(
            f"The index of {name} has no time in {n_unknown} row(s), so that their "
            "order cannot be seen. Fill or drop them."
        )
        return
    order, starts = in_order_of_series(series, len(times.values))
    values = times.values if series is None else times.values[order]
    within = np.ones(len(values) - 1, dtype=bool)
    within[starts[1:] - 1] = False
    falls = np.flatnonzero(within & ~(values[1:] >= values[:-1]))
    several = ""
    if series is None:
        column = "…" if times.outer is None else times.outer
        several = (
            f" If they are several series, tell these apart by group_column={column!r},"
            " which names a column of X or a level of its index."
        )
    if len(falls):
        where = _where(series, order, falls[0])
        told = (
            f"The index of {name}{where} does not rise from row to row, but "
            "rows are read in their order, oldest first."
        )
        if refuses:
            raise ValueError(f"{told} Sort them by time.{several}")
        warn_user(
            f"{told} Sort X and y by time (as X.sort_index()), and split them without "
            f"shuffling.{several}"
        )
        return
    repeats = np.flatnonzero(within & (values[1:] == values[:-1]))
    if len(repeats) > max(1, _FEW_REPEATS * len(values)):
        where = _where(series, order, repeats[0])
        warn_user(
            f"{len(repeats)} row(s) of {name} have the same time as the row before, "
            f"the first{where} at {times.shown(values[repeats[0]])}, but each row is "
            f"read as one step of time after the row before.{several or _ONCE}"
        )


def _where(series, order, place):
    """Words that name the series of a row, of several."""
    if series is None:
        return ""
    return f" of series {series.names[series.codes[order[place]]]!r}"
