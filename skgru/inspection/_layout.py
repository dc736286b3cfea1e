"""Values of each step and static feature, and the same in the columns of X.

Values of steps are (n_samples, n_timesteps, n_features, …), oldest step first; those of
static features are (n_samples, n_static, …); any axes may follow. In the form of X they
are

- for a 3-D X (n_samples, n_timesteps, n_columns, …), static features at the last step;
- for a 2-D X of a sequence in each row (n_samples, n_columns, …);
- for consecutive rows the windows of `window`, (n_rows, window, n_columns, …), static
  features at the last step.
"""

import numpy as np

from skgru._reading._columns import Columns


def in_columns(estimator, steps, static):
    """Values of steps and static features in the form of X; others are zeros."""
    columns, n_columns = Columns(*estimator._columns), estimator.n_features_in_
    (n_samples, n_timesteps), more = steps.shape[:2], steps.shape[3:]
    of_steps, of_static = _positions(columns, n_columns)
    if estimator._input_kind == "rows":
        values = np.zeros((n_samples, n_columns, *more), dtype=steps.dtype)
        values[:, of_steps] = steps.reshape(n_samples, -1, *more)
        values[:, of_static] = static
        return values
    values = np.zeros((n_samples, n_timesteps, n_columns, *more), dtype=steps.dtype)
    values[:, :, of_steps] = steps
    values[:, -1, of_static] = static
    if _is_newest_first(estimator):
        return values[:, ::-1]
    return fill_window(estimator, values, 0)


def split_columns(estimator, values, n_timesteps):
    """Undo `in_columns`, for the last `n_timesteps` steps."""
    columns, n_columns = Columns(*estimator._columns), estimator.n_features_in_
    of_steps, of_static = _positions(columns, n_columns)
    if estimator._input_kind == "rows":
        steps = values[:, of_steps]
        shape = (len(values), columns.n_timesteps, -1, *values.shape[2:])
        return steps.reshape(shape), values[:, of_static]
    if _is_newest_first(estimator):
        values = values[:, ::-1]
    values = values[:, values.shape[1] - n_timesteps :]
    return values[:, :, of_steps], values[:, -1, of_static]


def fill_window(estimator, values, missing):
    """Put missing steps before those of windows longer than the rows there are."""
    n_missing = estimator.n_timesteps_ - values.shape[1]
    if estimator._input_kind != "series" or n_missing == 0:
        return values
    width = [(0, 0), (n_missing, 0), *[(0, 0)] * (values.ndim - 2)]
    return np.pad(values, width, constant_values=missing)


def shape_of_columns(estimator, n_samples, n_timesteps):
    """Shape of the form of X."""
    if estimator._input_kind == "rows":
        return n_samples, estimator.n_features_in_
    if estimator._input_kind == "series":
        n_timesteps = estimator.n_timesteps_
    return n_samples, n_timesteps, estimator.n_features_in_


def _positions(columns, n_columns):
    """Columns of the features of steps, and of static features."""
    others = np.array([j for j in range(n_columns) if j != columns.group])
    of_steps = others if columns.steps is None else others[columns.steps]
    return of_steps, others[columns.static]


def _is_newest_first(estimator):
    """Whether a 3-D X has its newest step first; columns know their order."""
    is_samples = estimator._input_kind == "samples"
    return is_samples and estimator._parameter_of_fit("time_order") == "newest_first"
