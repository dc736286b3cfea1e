"""The rows of a history as the network reads them, and the rows that follow on it."""

from typing import NamedTuple

import numpy as np

from skgru._reading._history import (
    categorical_columns,
    check_known,
    read_history,
    rows_known_ahead,
    rows_seen,
)
from skgru._reading._memory import check_future
from skgru._reading._reader import Rows


class NumberRows(NamedTuple):
    """Rows of numbers of some series, and what is known of the rows to come.

    Attributes
    ----------
    names : list or None
        Names of the series; None if there is only one.
    of_series : int64 ndarray of shape (n_rows,)
        Which series each of the rows is of, of which there are several paths.
    seen : ndarray of shape (n_rows, n_seen, n_columns)
        The last rows of the history: what the first prediction sees.
    ahead : ndarray of shape (n_series, n_ahead, n_columns)
        The rows that follow, with NaN in what is not known.
    columns : ndarray of int
        The columns that are predicted.
    """

    names: list | None
    of_series: np.ndarray
    seen: np.ndarray
    ahead: np.ndarray
    columns: np.ndarray

    def after(self, step, values):
        """The rows of a step, with predicted values (n_rows, n_variables) in them."""
        rows = self.ahead[self.of_series, step]
        rows[:, self.columns] = values
        return rows

    def paths(self, series, n_paths):
        """Rows of some of the series only, each so many times over."""
        names = None if self.names is None else [self.names[k] for k in series]
        of_series = np.repeat(np.arange(len(series)), n_paths)
        return NumberRows(
            names,
            of_series,
            self.seen[series][of_series],
            self.ahead[series],
            self.columns,
        )


class LastRows(NamedTuple):
    """A history, and of each series the rows that its first prediction sees.

    Attributes
    ----------
    rows : Rows
    names : list or None
        Names of the series; None if there is only one.
    seen : ndarray of shape (n_series, n_seen, n_columns)
    """

    rows: Rows
    names: list | None
    seen: np.ndarray


def last_rows(reader, history, owner):
    """Read a history as a table of numbers; see `read_numbers`."""
    rows = read_history(reader, history, owner, "history")
    names = None if rows.series is None else rows.series.names
    n_seen = min(reader.n_timesteps, reader.longest)
    seen = rows.values[rows_seen(rows.series, len(rows.values), n_seen)]
    # A category that is not known is one more category.
    numbers = np.setdiff1d(np.arange(seen.shape[2]), categorical_columns(reader))
    check_known(seen, numbers, "history", names)
    return LastRows(rows, names, seen)


def read_numbers(reader, history, future, n_steps, fed, owner):
    """Read a history, and the known future values of columns that are not predicted.

    Parameters
    ----------
    reader : Reader
    history, future : array-like
        As the user passed them; a future of None or without rows says nothing.
    n_steps : int
        How many steps are forecast.
    fed : FedBack
        Which columns of the history are predicted.
    owner : str
        Name of the estimator, for messages.

    Returns
    -------
    NumberRows
    """
    past, names, seen = last_rows(reader, history, owner)
    rows = past.values
    everything = np.arange(rows.shape[1])
    numbers = np.setdiff1d(everything, categorical_columns(reader))
    others = np.setdiff1d(everything, fed.columns)
    n_after = fed.n_after(n_steps)
    ahead = np.full((len(seen), n_after, rows.shape[1]), np.nan, rows.dtype)
    more, more_series = rows[:0], None
    if future is not None and len(future):
        later = _with_predicted(reader, future, fed)
        later = read_history(reader, later, owner, "future")
        check_future(past, later)
        more, more_series, _ = later
    if len(others):
        known = rows_known_ahead(names, more_series, len(more), n_after, n_steps)
        ahead[:, :, others] = more[known][:, :, others]
        check_known(ahead, np.intersect1d(others, numbers), "future", names)
    elif len(more):
        raise ValueError(
            "future was passed, but all columns of X are predicted. Leave it out."
        )
    return NumberRows(names, np.arange(len(seen)), seen, ahead, fed.columns)


def _with_predicted(reader, future, fed):
    """A future with the columns that are predicted, which a DataFrame may lack."""
    names = reader.feature_names_in
    if names is None or reader.kind != "series" or not hasattr(future, "columns"):
        return future
    if not hasattr(future, "iloc"):  # of polars
        import pandas as pd

        of_columns = {name: future[name].to_numpy() for name in future.columns}
        future = pd.DataFrame(of_columns)
    group = reader.columns.group
    in_rows = np.delete(names, group) if group >= 0 else names
    lacking = [name for name in in_rows[fed.columns] if name not in future.columns]
    return future.assign(**dict.fromkeys(lacking, np.nan))
