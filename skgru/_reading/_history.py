"""Read the history of a forecast: consecutive steps, whatever kind X was in `fit`."""

import numpy as np
from sklearn.utils import check_array

from skgru._checks import listed, refuse_mask
from skgru._reading._reader import Rows
from skgru._reading._series import shown_names
from skgru._reading._time import Times, check_order


def read_history(reader, rows, owner, name):
    """Check the rows of a history: the columns of one step each, oldest first.

    Parameters
    ----------
    reader : Reader
    rows : array-like of shape (n_rows, n_columns) or (n_rows,)
        If the model was fitted with `window`, the columns are those of X; otherwise
        they are the features of a step.
    owner : str
        Name of the estimator, for messages.
    name : str
        What messages call the rows.

    Returns
    -------
    Rows

    Raises
    ------
    ValueError
        If the rows have other columns, or the index of a series does not rise.
    """
    if reader.vocabularies and reader.kind != "series":
        raise ValueError(
            "forecast reads categories only in the rows of a table, with window=, and "
            "this model was fitted on sequences. Fit with window=, or without "
            "categorical features."
        )
    refuse_mask(name, rows)
    times = Times.of(rows, reader.columns.level)
    rows = as_rows(rows, reader.feature_names_in if reader.kind == "series" else None)
    if reader.kind == "series":
        history = reader.rows_of(rows, owner)._replace(times=times)
    else:
        history = Rows(_steps(reader, rows, name), None, times)
    check_order(history.times, history.series, name, refuses=True)
    return history


def as_rows(rows, names):
    """Rows as a table, whose columns stand in the order of `fit` if they have names.

    Of a single column the name need not be told.

    Parameters
    ----------
    rows : array-like of shape (n_rows, n_columns) or (n_rows,)
    names : ndarray of str or None
        The names of the columns in `fit`.
    """
    if hasattr(rows, "columns"):
        is_known = names is not None and set(rows.columns) == set(names)
        return rows[list(names)] if is_known else rows
    if isinstance(rows, list | tuple) and np.asarray(rows).dtype.kind in "US":
        # The name of a series has made strings of the numbers beside it.
        rows = np.array(rows, dtype=object)
    if np.ndim(rows) == 1:
        rows = np.reshape(np.asarray(rows), (-1, 1))
    if names is None or len(names) != 1 or np.shape(rows)[1:] != (1,):
        return rows
    import pandas as pd  # here: importing it takes longer than the rest of the package

    return pd.DataFrame(rows, columns=names)


def rows_seen(series, n_rows, n_seen):
    """The rows that the next prediction of each series sees, (n_series, n_seen).

    Parameters
    ----------
    series : Series or None
        Which series each row of a history belongs to.
    n_rows, n_seen : int
        How many rows there are, and how many a prediction sees.

    Raises
    ------
    ValueError
        If a series has fewer rows.
    """
    codes = np.zeros(n_rows, dtype=np.int64) if series is None else series.codes
    counts = np.bincount(codes, minlength=1)
    short = np.flatnonzero(counts < n_seen)
    if len(short):
        n_short = counts[short[0]]
        where = "" if series is None else f" of series {series.names[short[0]]!r}"
        others = [] if series is None else [series.names[k] for k in short]
        also = ""
        if len(others) > 1:
            also = (
                f" So have {len(others)} series ({shown_names(others)}): leave those "
                "out that have too few."
            )
        raise ValueError(
            f"history{where} has {n_short} row(s), but a prediction sees {n_seen}. "
            f"Pass at least {n_seen} rows.{also}"
        )
    order = np.argsort(codes, kind="stable")
    stops = np.cumsum(counts)
    return order[stops[:, np.newaxis] + np.arange(-n_seen, 0)]


def rows_known_ahead(names, series, n_rows, n_after, n_steps):
    """The rows of a future that follow on each series, (n_series, n_after).

    Parameters
    ----------
    names : list or None
        The series of the history; None if there is only one.
    series : Series or None
        Which series each row of the future belongs to.
    n_rows, n_after, n_steps : int
        How many rows the future has, of how many rows of each series predictions are
        made, and how many steps are forecast.

    Raises
    ------
    ValueError
        If a series has too few or too many rows.
    """
    n_series = 1 if names is None else len(names)
    codes = np.zeros(n_rows, dtype=np.int64)
    if series is not None:
        places = {name: k for k, name in enumerate(names)}
        codes = np.array([places.get(name, -1) for name in series.names], dtype=int)
        codes = codes[series.codes]
    order = np.argsort(codes, kind="stable")[np.count_nonzero(codes < 0) :]
    counts = np.bincount(codes[order], minlength=n_series)
    wrong = np.flatnonzero((counts < n_after) | (counts > n_steps))
    if n_after and len(wrong):
        where = "" if names is None else f" of series {names[wrong[0]]!r}"
        raise ValueError(
            f"future{where} has {counts[wrong[0]]} row(s), but {n_after} "
            f"{'or' if n_after == n_steps - 1 else 'to'} {n_steps} are wanted: the "
            "columns of X that are not predicted must be known for the rows that "
            "follow on history, but for the last."
        )
    starts = np.cumsum(counts) - counts
    return order[starts[:, np.newaxis] + np.arange(n_after)]


def check_known(values, columns, name, series_names):
    """Refuse NaN and infinity in values that are needed, (n_series, n_rows, n_columns).

    Parameters
    ----------
    columns : ndarray of int
        The columns that are needed.
    name : {"history", "future"}
    series_names : list or None
    """
    unusable = np.argwhere(~np.isfinite(values[:, :, columns]))
    if len(unusable):
        place, row, k = unusable[0]
        where = "" if series_names is None else f" of series {series_names[place]!r}"
        raise ValueError(
            f"{name}{where} contains {values[place, row, columns[k]]}, in row {row} "
            "(counted from 0) of those that are needed. Fill the gap."
        )


def columns_of_features(reader, features):
    """Columns of a history that hold the given features of a step."""
    steps = reader.columns.steps
    if steps is None or reader.kind == "rows":
        return features
    return steps[features]


def categorical_columns(reader):
    """Columns of a history that hold categories."""
    if not reader.vocabularies:
        return np.arange(0)
    columns = np.concatenate([part.columns for part in reader.vocabularies])
    # A history has no column of groups.
    return columns - (reader.columns.group >= 0) * (columns > reader.columns.group)


def numbers_of(reader, rows, owner):
    """The numbers of rows of a history, without looking at their order."""
    if reader.kind == "series":
        return reader.rows_of(rows, owner).values
    return _steps(reader, rows, "history")


def _steps(reader, rows, name):
    """Check the rows of a history if X in `fit` held whole sequences."""
    wanted = reader.n_features_in
    if reader.kind == "rows":
        wanted = reader.n_features
        rows = _by_variable(reader, rows, name)
    rows = check_array(
        rows, dtype=reader.dtype, ensure_all_finite=False, input_name=name
    )
    if rows.shape[1] != wanted:
        raise ValueError(
            f"{name} has {rows.shape[1]} column(s), but {wanted} are wanted, the "
            "features of a step. Pass (n_rows, n_features), oldest first."
        )
    return rows


def _by_variable(reader, rows, name):
    """Order the columns of a data frame as the variables of the lags, by name."""
    variables = reader.columns.features
    if variables in (None, ("",)) or not hasattr(rows, "columns"):
        return rows
    missing = [v for v in variables if v not in list(rows.columns)]
    if missing:
        raise ValueError(
            f"{name} lacks the column(s) {listed(missing)}: the variables of the lags "
            f"are {listed(variables)}. Name its columns so, or pass an array with "
            "these columns in this order."
        )
    return rows[list(variables)]
