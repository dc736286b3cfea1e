"""Cut a series into windows and their targets; a single one without a copy."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, validate_params

from skgru._checks import refuse_mask
from skgru._reading._columns import as_list, column_index
from skgru._reading._containers import dtypes_for
from skgru._reading._series import in_order_of_series, split_series
from skgru._reading._settings import plain_column
from skgru._reading._shape import DTYPES
from skgru._reading._time import Times, check_order
from skgru._reading._where_series import NamePlace, where_series_are_named


class Windows(NamedTuple):
    """What `make_windows` returns.

    Attributes
    ----------
    X : ndarray of shape (n_windows, window, n_features)
    y : ndarray of shape (n_windows,), (n_windows, horizon), (n_windows, n_targets) \
            or (n_windows, horizon, n_targets)
    index : pandas.Index of length n_windows, or ndarray (n_windows, horizon)
        Where each target stands in the series.
    """

    X: np.ndarray
    y: np.ndarray
    index: Any


@validate_params(
    {
        "series": ["array-like"],
        "window": [Interval(Integral, 1, None, closed="left")],
        "horizon": [Interval(Integral, 1, None, closed="left")],
        "gap": [Interval(Integral, 0, None, closed="left")],
        "target": ["array-like", Integral, str, None],
        "group_column": [Integral, str, None],
    },
    prefer_skip_nested_validation=True,
)
def make_windows(series, window, horizon=1, gap=0, *, target=None, group_column=None):
    """Cut a series into windows; the first target is ``series[window + gap]``.

    Window i is ``series[i : i + window]``, and its targets are the `horizon` values
    from ``series[i + window + gap]`` on. There are as many windows as have all their
    targets in the series.

    Parameters
    ----------
    series : array-like of shape (n_rows,) or (n_rows, n_features)
        Consecutive observations, oldest first; NaN is passed on. float32 is kept, and
        every other dtype becomes float64.
    window : int
        Rows in a window, at least 1.
    horizon : int, default=1
        How many consecutive values are the targets of a window. With more than one, y
        has an axis for the number of steps ahead.
    gap : int, default=0
        Rows between a window and its first target: values that will not be known yet
        when the prediction is made.
    target : int, str or list of them, default=None
        Index or name of the column that is predicted, or of several. None: all columns.
    group_column : int or str, default=None
        Index or name of the column, or name of the level of the index, that says which
        series a row belongs to, if there are several. Each window and its targets are
        of one series. The column itself is left out.

    Returns
    -------
    X : ndarray of shape (n_windows, window, n_features)
        A read-only view of the series, as `GRURegressor` takes it without a copy; with
        `group_column` a copy, in the order of the first targets in the table.
    y : ndarray of shape (n_windows,), (n_windows, horizon), (n_windows, n_targets) \
            or (n_windows, horizon, n_targets)
        Read-only; a view too, unless `target` names several columns that are not all
        columns in their order, or there are several series. There is no axis for a
        horizon of 1, nor for one column.
    index : pandas.Index of length n_windows, or ndarray (n_windows, horizon)
        The index of each target if `series` is a pandas object, else its position. With
        a horizon of several steps, an array. Several columns of the same time share one
        entry.

    Raises
    ------
    ValueError
        If the series is too short for a single window, or a target is not there.

    Warns
    -----
    UserWarning
        If the index shows that the rows are not in the order of time, or that they are
        of several series.

    See Also
    --------
    GRURegressor : Its `window` reads rows of a series as they are, without this.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import make_windows
    >>> X, y, index = make_windows(np.arange(10, 17), window=3)
    >>> X[0].ravel(), y[0], index[0]
    (array([10., 11., 12.]), np.float64(13.0), np.int64(3))
    >>> X, y, index = make_windows(np.arange(10, 17), window=3, horizon=2, gap=1)
    >>> X[:, :, 0]
    array([[10., 11., 12.],
           [11., 12., 13.]])
    >>> y
    array([[14., 15.],
           [15., 16.]])
    """
    # NumPy's integers may be narrow: what is computed from them would wrap around.
    window, horizon, gap = int(window), int(horizon), int(gap)
    table, of_rows = _read(series, group_column, target)
    order, starts = in_order_of_series(of_rows, len(table.values))
    n_rows = np.diff(np.append(starts, len(order)))
    n_needed = window + gap + horizon
    if n_rows.max() < n_needed:
        whose = "The series" if of_rows is None else "The longest of the series"
        raise ValueError(
            f"{whose} has {n_rows.max()} row(s), but window={window}, gap={gap} and "
            f"horizon={horizon} need {n_needed} for a single window. Pass a longer "
            "series, or make one of them smaller."
        )
    values = table.values if of_rows is None else table.values[order]
    X, y, index = _cut(values, table.targets, window, horizon, gap)
    if of_rows is not None:
        last = starts + n_rows - n_needed
        within = np.concatenate(
            [np.arange(*ends) for ends in zip(starts, last + 1, strict=True)]
        )
        # In the order of the first targets in the table.
        index = order[index]
        first = index[within] if horizon == 1 else index[within, 0]
        within = within[np.argsort(first, kind="stable")]
        X, y, index = X[within], y[within], index[within]
    for array in (X, y):
        array.flags.writeable = False
    if table.labels is not None:
        # A two-dimensional result must be an array, since an Index has no columns.
        of_targets = table.labels if index.ndim == 1 else table.labels.to_numpy()
        index = of_targets[index]
    return Windows(X, y, index)


class _Table(NamedTuple):
    """The numbers of a table, which of its columns are targets, and its index."""

    values: np.ndarray
    targets: list
    labels: Any


def _read(series, group_column, target):
    """Check a table, and take the column that names the series out of it.

    Returns
    -------
    _Table
    Series or None
        Which series each row belongs to; None without `group_column`.
    """
    labels = getattr(series, "index", None)
    names = getattr(series, "columns", None)
    refuse_mask("series", series)
    place, rest, of_rows = NamePlace(), series, None
    if group_column is not None:
        n_columns = _n_columns(series)
        column = plain_column(group_column)
        place = where_series_are_named(column, series, names, n_columns)
        rest, of_rows = split_series(series, place, n_columns)
    values = check_array(
        rest,
        dtype=dtypes_for(rest, DTYPES),
        ensure_2d=False,
        allow_nd=True,
        ensure_all_finite=False,
        input_name="series",
    )
    if values.ndim > 2:
        raise ValueError(
            f"series has {values.ndim} dimensions, but 1 or 2 are wanted: (n_rows,) or "
            "(n_rows, n_features). Reshape it."
        )
    values = values.reshape(len(values), -1)
    check_order(Times.of(series, place.level), of_rows, "the table")
    if callable(labels):  # the method of a list
        labels = None
    targets = _targets(target, names, values.shape[1], place.group)
    return _Table(values, targets, labels), of_rows


def _targets(target, names, n_values, group):
    """Positions of the targets among the columns of values."""
    if target is None:
        return list(range(n_values))
    n_columns = n_values + (group >= 0)
    columns = [column_index(j, names, n_columns, "target") for j in as_list(target)]
    if not columns:
        raise ValueError(
            "target=[] names no column. Name one or more, or pass None for all."
        )
    if group in columns:
        raise ValueError(
            f"target={target!r} is the group_column, which is no number to predict. "
            "Name another column."
        )
    return [j - (0 <= group < j) for j in columns]


def _n_columns(series):
    """How many columns a table has, whose values need not be numbers."""
    shape = getattr(series, "shape", None) or np.shape(series)
    if len(shape) > 2:
        raise ValueError(
            f"series has {len(shape)} dimensions, but with group_column (n_rows, "
            "n_columns) is wanted. Pass a table."
        )
    return 1 if len(shape) == 1 else int(shape[1])


def _cut(values, targets, window, horizon, gap):
    """Windows of a single series, their targets, and the positions of these.

    Nothing is copied but the targets, if they are some of the columns.
    """
    view = np.lib.stride_tricks.sliding_window_view
    n_windows = len(values) - window - gap - horizon + 1
    X = view(values, window, axis=0)[:n_windows].transpose(0, 2, 1)
    ahead = values[window + gap :]
    if targets != list(range(values.shape[1])):
        ahead = (
            ahead[:, targets[0], np.newaxis] if len(targets) == 1 else ahead[:, targets]
        )
    y = view(ahead, horizon, axis=0).transpose(0, 2, 1)
    index = np.arange(window + gap, len(values) - horizon + 1)
    if horizon > 1:
        index = index[:, np.newaxis] + np.arange(horizon)
    else:
        y = y[:, 0]
    if len(targets) == 1:
        y = y[..., 0]
    return X, y.view(), index
