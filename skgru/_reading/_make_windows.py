"""Cut a series into windows and their targets, without a copy."""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval, validate_params

from skgru._reading._columns import as_list, column_index


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
    },
    prefer_skip_nested_validation=True,
)
def make_windows(series, window, horizon=1, gap=0, *, target=None):
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

    Returns
    -------
    X : ndarray of shape (n_windows, window, n_features)
        A read-only view of the series, as `GRURegressor` takes it without a copy.
    y : ndarray of shape (n_windows,), (n_windows, horizon), (n_windows, n_targets) \
            or (n_windows, horizon, n_targets)
        Read-only; a view too, unless `target` names several columns that are not all
        columns in their order. There is no axis for a horizon of 1, nor for one column.
    index : pandas.Index of length n_windows, or ndarray (n_windows, horizon)
        The index of each target if `series` is a pandas object, else its position. With
        a horizon of several steps, an array. Several columns of the same time share one
        entry.

    Raises
    ------
    ValueError
        If the series is too short for a single window, or a target is not there.

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
    labels = getattr(series, "index", None)
    names = getattr(series, "columns", None)
    values = check_array(
        series,
        dtype=[np.float64, np.float32],
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
    n_windows = len(values) - window - gap - horizon + 1
    if n_windows < 1:
        raise ValueError(
            f"The series has {len(values)} row(s), but window={window}, gap={gap} and "
            f"horizon={horizon} need {window + gap + horizon} for a single window. "
            "Pass a longer series, or make one of them smaller."
        )
    targets = list(range(values.shape[1]))
    if target is not None:
        given = as_list(target)
        targets = [column_index(j, names, values.shape[1], "target") for j in given]
    if not targets:
        raise ValueError(
            "target=[] names no column. Name one or more, or pass None for all."
        )
    view = np.lib.stride_tricks.sliding_window_view
    X = view(values, window, axis=0)[:n_windows].transpose(0, 2, 1)
    ahead = values[window + gap :]
    if targets != list(range(values.shape[1])):
        ahead = (
            ahead[:, targets[0], np.newaxis]
            if len(targets) == 1
            else (ahead[:, targets])
        )
    y = view(ahead, horizon, axis=0).transpose(0, 2, 1)
    index = np.arange(window + gap, len(values) - horizon + 1)
    if horizon > 1:
        index = index[:, np.newaxis] + np.arange(horizon)
    else:
        y = y[:, 0]
    if len(targets) == 1:
        y = y[..., 0]
    y = y.view()
    y.flags.writeable = False
    if labels is not None and not callable(labels):
        # A two-dimensional result must be an array, since an Index has no columns.
        index = labels[index] if index.ndim == 1 else labels.to_numpy()[index]
    return Windows(X, y, index)
