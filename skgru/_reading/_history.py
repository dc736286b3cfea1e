"""Read the history of a forecast: consecutive steps, whatever kind X was in `fit`."""

import numpy as np
from sklearn.utils import check_array

from skgru._reading._reader import Rows
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
    times = Times.of(rows, reader.columns.level)
    if np.ndim(rows) == 1:
        rows = np.reshape(rows, (-1, 1))
    if reader.kind == "series":
        history = reader.rows_of(rows, owner)._replace(times=times)
    else:
        history = Rows(_steps(reader, rows, name), None, times)
    check_order(history.times, history.series, name, refuses=True)
    return history


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
            f"{name} lacks the column(s) {missing}: the variables of the lags are "
            f"{list(variables)}. Name its columns so, or pass an array with these "
            "columns in this order."
        )
    return rows[list(variables)]
