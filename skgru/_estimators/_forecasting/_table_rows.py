"""The rows of a history before a pipeline transforms them, and those that follow.

Predictions are written into rows of the X that the user passes, in its units, and these
rows go through the steps of the pipeline as all others do. Where these steps look at
one row at a time, only the new rows go through; otherwise the whole history does.
"""

import warnings
from copy import copy

import numpy as np
from sklearn.utils import _safe_indexing

from skgru._checks import listed
from skgru._reading._history import (
    as_rows,
    categorical_columns,
    check_known,
    columns_of_features,
    numbers_of,
    read_history,
    rows_known_ahead,
    rows_seen,
)
from skgru._reading._memory import check_future
from skgru._reading._reader import Rows
from skgru._reading._series import level_of, names_of_levels, series_of
from skgru._reading._time import (
    ENOUGH_TO_TELL,
    Times,
    certain_step,
    check_order,
    index_of,
)

# So many rows are transformed apart from all others, to see whether they change.
_TRIED = 50


class TableRows:
    """Rows of a table, and the numbers that the network reads in their place.

    Parameters
    ----------
    reader : Reader
    around : Around
    history : array-like
        As the user passed it.
    owner : str
        Name of the estimator, for messages.

    Attributes
    ----------
    names : list or None
        Names of the series; None if there is only one.
    of_series : int64 ndarray of shape (n_rows,)
        Which series each of the rows is of, of which there are several paths.
    seen : ndarray of shape (n_rows, n_seen, n_columns)
        What the first prediction sees, as the network reads it.
    """

    def __init__(self, reader, around, history, owner):
        self._reader, self._around, self._owner = reader, around, owner
        self._table = as_table(history, around.names)
        rows = read_history(reader, around.transformed(self._table), owner, "history")
        if len(rows.values) != len(self._table):
            raise ValueError(
                f"history has {len(self._table)} rows, but {around.steps} make "
                f"{len(rows.values)} of them. forecast needs a row for each row."
            )
        rows = rows._replace(times=Times.of(self._table, reader.columns.level))
        check_order(rows.times, rows.series, "history", refuses=True)
        self._rows = rows
        self.names = None if rows.series is None else rows.series.names
        n_seen = min(reader.n_timesteps, reader.longest)
        self._places = rows_seen(rows.series, len(rows.values), n_seen)
        self.seen = rows.values[self._places]
        numbers = self._numbers()
        check_known(self.seen, numbers, "history", self.names)
        self.of_series = np.arange(len(self._places))
        self._group = self._group_column()
        self._future = self._known = None
        self._columns = np.arange(0)
        self._so_far = None if self._takes_single_rows() else self._table

    def _numbers(self):
        """Columns that hold no categories, as the network reads them."""
        every = np.arange(self._rows.values.shape[1])
        return np.setdiff1d(every, categorical_columns(self._reader))

    def _group_column(self):
        """The column of the table that names the series, -1 if there is none."""
        if self.names is None or self._reader.columns.level is not None:
            return -1
        import pandas as pd

        codes = self._rows.series.codes
        for j in range(self._table.shape[1]):
            column = _safe_indexing(self._table, j, axis=1)
            if np.array_equal(pd.factorize(np.asarray(column))[0], codes):
                return j
        raise ValueError(
            f"The column that names the series is made by {self._around.steps}, and is "
            "no column of history. Have it in X, and pass it through."
        )

    def _takes_single_rows(self):
        """Whether the steps of the pipeline look at one row at a time."""
        n_rows = len(self._table)
        chosen = np.unique(np.linspace(0, n_rows - 1, _TRIED).astype(int))
        chosen = np.append(chosen, self._places[:_TRIED, -1])[::-1]
        try:
            alone = self._numbers_of(_safe_indexing(self._table, chosen))
        except (ValueError, TypeError, KeyError, IndexError):
            return False
        return np.array_equal(alone, self._rows.values[chosen], equal_nan=True)

    def _numbers_of(self, table):
        """What the network reads of some rows of the table."""
        return numbers_of(self._reader, self._around.transformed(table), self._owner)

    # The way back

    def candidates(self, feature):
        """Columns of the table that hold numbers."""
        for j in range(self._table.shape[1]):
            if j != self._group and _is_number(_safe_indexing(self._table, j, axis=1)):
                yield j

    def probe(self, column, values):
        """The features that the network sees if a column has some values."""
        rows = _safe_indexing(self._table, np.repeat(self._places[0, -1], len(values)))
        numbers = self._numbers_of(_with_values(rows, [column], values[:, np.newaxis]))
        every = np.arange(self._reader.n_features)
        return numbers[:, columns_of_features(self._reader, every)]

    # The rows that follow

    def look_ahead(self, future, n_steps, fed):
        """Take in the known rows of the future; see `RecurrentRegressor.forecast`."""
        self._columns, n_after = fed.columns, fed.n_after(n_steps)
        others = np.setdiff1d(
            np.arange(self._table.shape[1]), [*fed.columns, self._group]
        )
        has_future = future is not None and len(future)
        has_times = has_future and _has_times(future, self._reader.columns.level)
        if has_future and not len(others) and not has_times:
            raise ValueError(
                "future was passed, but all columns of X are predicted. Leave it out."
            )
        if has_future:
            future = as_table(future, self._around.names)
            self._future = _columns_like(future, self._table, fed.columns)
        elif len(others):
            self._future = self._table[:0]
        if self._future is None:
            return
        series = self._series_of(self._future)
        if has_future:
            times = Times.of(future, self._reader.columns.level)
            check_future(self._rows, Rows(np.empty((len(future), 0)), series, times))
        n_rows = len(self._future)
        self._known = rows_known_ahead(self.names, series, n_rows, n_after, n_steps)

    def _series_of(self, table):
        """Which series the rows of a future are of, or None."""
        if self.names is None:
            return None
        level = self._reader.columns.level
        if level is not None:
            return series_of(level_of(table, level))
        return series_of(np.asarray(_safe_indexing(table, self._group, axis=1)))

    def after(self, step, values):
        """The rows of a step, with predicted values (n_rows, n_variables) in them."""
        if self._known is not None:
            rows = _safe_indexing(self._future, self._known[self.of_series, step])
        else:
            rows = _safe_indexing(self._table, self._places[self.of_series, -1])
            rows = self._later(rows, step + 1)
        rows = _with_values(rows, self._columns, values)
        if self._so_far is None:
            numbers = self._numbers_of(rows)
        else:
            self._so_far = _one_behind_the_other(self._so_far, rows)
            numbers = self._numbers_of(self._so_far)[-len(rows) :]
        if self._known is None and not np.isfinite(numbers[:, self._numbers()]).all():
            raise ValueError(
                f"The steps {self._around.steps} make something of the times of rows, "
                "and those of the rows to come are not known: the index of history has "
                "no regular step. Pass future=, rows with these times, whose predicted "
                "columns may be NaN."
            )
        check_known(numbers[:, np.newaxis], self._numbers(), "future", None)
        return numbers

    def _later(self, rows, n_steps):
        """The same rows with an index of some steps later, where it holds times."""
        import pandas as pd

        index = index_of(rows, self._reader.columns.level)
        if index is None or pd.api.types.is_numeric_dtype(index.dtype):
            return rows
        step = self._step()
        # Where the step is not known, what the pipeline makes of times is missing.
        if step is None:
            times = [pd.NaT] * len(rows)
        else:
            with warnings.catch_warnings():
                # Offsets such as holidays are added to one time after the other.
                warnings.simplefilter("ignore", pd.errors.PerformanceWarning)
                times = index + n_steps * step
        return rows.set_axis(self._with_times(rows.index, times))

    def _with_times(self, labels, times):
        """An index of these times, with its other levels as they are."""
        names = names_of_levels(labels)
        if len(names) == 1:
            return times
        import pandas as pd

        of_time = [
            k for k, name in enumerate(names) if name != self._reader.columns.level
        ]
        levels = [labels.get_level_values(k) for k in range(len(names))]
        levels[of_time[-1]] = pd.Index(times)
        return pd.MultiIndex.from_arrays(levels, names=labels.names)

    def _step(self):
        """The step from one time to the next, or None."""
        import pandas as pd

        series, labels = self._rows.series, self._rows.times.labels
        labels = labels if series is None else labels[series.codes == 0]
        step = certain_step(labels)
        is_inferred = isinstance(labels, pd.DatetimeIndex) and step is None
        if is_inferred and len(labels) >= ENOUGH_TO_TELL:
            with warnings.catch_warnings():
                # pandas 3 warns that it will return an offset in place of a string.
                warnings.simplefilter("ignore")
                step = pd.infer_freq(labels)
            step = None if step is None else pd.tseries.frequencies.to_offset(step)
        return step

    def paths(self, series, n_paths):
        """Rows of some of the series only, each so many times over."""
        if self._so_far is not None and n_paths > 1:
            raise ValueError(
                f"The steps {self._around.steps} look at several rows at once, and so "
                "they cannot transform several paths together, which intervals are "
                "made of. Pass a pipeline whose steps treat each row by itself."
            )
        some = copy(self)
        some.names = None if self.names is None else [self.names[k] for k in series]
        some.of_series = np.repeat(np.arange(len(series)), n_paths)
        some.seen = self.seen[series][some.of_series]
        some._places = self._places[series]
        some._known = None if self._known is None else self._known[series]
        return some


def as_table(rows, names):
    """Rows as the user passed them, as a pandas DataFrame or an array."""
    rows = as_rows(rows, names)
    if hasattr(rows, "iloc"):
        return rows
    if hasattr(rows, "columns"):
        import pandas as pd

        return pd.DataFrame({name: rows[name].to_numpy() for name in rows.columns})
    rows = np.asarray(rows)
    # Predictions are no whole numbers.
    return rows.astype(np.float64) if rows.dtype.kind in "iub" else rows


def _is_number(column):
    """Whether a column of a table holds numbers."""
    dtype = getattr(column, "dtype", None)
    if str(dtype) == "object" and len(column):
        return isinstance(np.asarray(column)[-1], int | float | np.number)
    return getattr(dtype, "kind", "O") in "iufb"


def _has_times(rows, level):
    """Whether the index of some rows holds times, and not just numbers."""
    index = index_of(rows, level)
    return index is not None and index.dtype.kind not in "iuf"


def _columns_like(rows, table, predicted):
    """Rows of a future with the columns of a history in its order.

    Only columns that are predicted may be missing, and are NaN then.
    """
    if not hasattr(rows, "columns") or not hasattr(table, "columns"):
        if rows.shape[1] != table.shape[1]:
            raise ValueError(
                f"future has {rows.shape[1]} column(s), and history {table.shape[1]}. "
                "Pass the same columns; those that are predicted may be NaN."
            )
        return rows
    needed = [name for j, name in enumerate(table.columns) if j not in predicted]
    missing = [name for name in needed if name not in rows.columns]
    if missing:
        raise ValueError(
            f"future lacks the column(s) {listed(missing)}, which history has and "
            f"which are not predicted; its columns are {listed(rows.columns)}. Pass "
            "their known values of the rows to come."
        )
    return rows.reindex(columns=table.columns)


def _with_values(rows, columns, values):
    """A copy of some rows, with other values in some columns."""
    rows = rows.copy()
    for k, j in enumerate(columns):
        if hasattr(rows, "iloc"):
            rows.isetitem(j, values[:, k])
        else:
            rows[:, j] = values[:, k]
    return rows


def _one_behind_the_other(table, rows):
    """The rows of a table, and others behind them."""
    if not hasattr(table, "iloc"):
        return np.concatenate([table, rows])
    import pandas as pd

    return pd.concat([table, rows])
