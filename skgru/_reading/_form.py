"""Bring values of steps and static features into the form of X, and back.

Values of steps have the shape (n_samples, n_timesteps, n_features, …), oldest step
first, and values of static features the shape (n_samples, n_static, …); any axes may
follow. The form of X has the shape

- (n_samples, n_timesteps, n_columns, …) for a 3-D X, with static features at the last
  step;
- (n_samples, n_columns, …) for a 2-D X that holds a sequence in each row;
- (n_rows, window, n_columns, …) for consecutive rows, with the window of each row, and
  with static features at the last step.
"""

import numpy as np

from skgru._reading._lag_names import read_lag_names


def in_columns(reader, steps, static):
    """Values of steps and static features in the form of X, with zeros elsewhere."""
    n_columns = reader.n_features_in
    (n_samples, n_timesteps), more = steps.shape[:2], steps.shape[3:]
    of_steps, of_static = _positions(reader.columns, n_columns)
    if reader.kind == "rows":
        values = np.zeros((n_samples, n_columns, *more), dtype=steps.dtype)
        values[:, of_steps] = steps.reshape(n_samples, -1, *more)
        values[:, of_static] = static
        return values
    values = np.zeros((n_samples, n_timesteps, n_columns, *more), dtype=steps.dtype)
    values[:, :, of_steps] = steps
    values[:, -1, of_static] = static
    if _is_newest_first(reader):
        return values[:, ::-1]
    return fill_window(reader, values, 0)


def split_columns(reader, values, n_timesteps):
    """Undo `in_columns`, for the last `n_timesteps` steps."""
    columns = reader.columns
    of_steps, of_static = _positions(columns, reader.n_features_in)
    if reader.kind == "rows":
        steps = values[:, of_steps]
        shape = (len(values), columns.n_timesteps, -1, *values.shape[2:])
        return steps.reshape(shape), values[:, of_static]
    if _is_newest_first(reader):
        values = values[:, ::-1]
    values = values[:, values.shape[1] - n_timesteps :]
    return values[:, :, of_steps], values[:, -1, of_static]


def fill_window(reader, values, missing):
    """Pad windows of consecutive rows in front with missing steps, up to `window`."""
    n_missing = reader.n_timesteps - values.shape[1]
    if reader.kind != "series" or n_missing == 0:
        return values
    width = [(0, 0), (n_missing, 0), *[(0, 0)] * (values.ndim - 2)]
    return np.pad(values, width, constant_values=missing)


def shape_of_columns(reader, n_samples, n_timesteps):
    """Shape of so many samples in the form of X."""
    if reader.kind == "rows":
        return n_samples, reader.n_features_in
    if reader.kind == "series":
        n_timesteps = reader.n_timesteps
    return n_samples, n_timesteps, reader.n_features_in


def names_from_columns(reader, names):
    """Names of features and static features, for columns that had no names in `fit`.

    Parameters
    ----------
    reader : Reader
    names : sequence of str of length n_columns
        What the columns of X, or the features of a 3-D X, are called.

    Returns
    -------
    features : sequence of str or None
        None where columns are steps, and their names do not tell of which feature.
    static : list of str
    """
    columns = reader.columns
    others = [name for j, name in enumerate(names) if j != columns.group]
    static = [others[j] for j in columns.static]
    steps = range(len(others)) if columns.steps is None else columns.steps.tolist()
    if reader.kind != "rows":
        return [others[j] for j in steps], static
    try:
        table = read_lag_names([others[j] for j in steps])
    except ValueError:  # the names make no sequence
        return None, static
    if table is None or table.static:
        return None, static
    # The columns were read as they stand, or by their values; the names must agree.
    n_features = len(table.variables)
    by_step = np.reshape(table.steps, (-1, n_features))
    places = by_step - np.arange(0, len(steps), n_features)[:, np.newaxis]
    if len(places) != columns.n_timesteps or (places != places[0]).any():
        return None, static
    return [table.variables[k] for k in np.argsort(places[0])], static


def _positions(columns, n_columns):
    """Columns of X that hold the features of steps, and the static features."""
    others = np.array([j for j in range(n_columns) if j != columns.group])
    of_steps = others if columns.steps is None else others[columns.steps]
    return of_steps, others[columns.static]


def _is_newest_first(reader):
    """Whether X is 3-D with its newest step first (`Columns` orders a 2-D X)."""
    return reader.kind == "samples" and reader.settings.time_order == "newest_first"
