"""Prepare data for `ForecastDisplay`: outputs, quantiles, and the times of rows."""

from numbers import Real

import numpy as np

from skgru._checks import shortened
from skgru._estimators._base import RecurrentEstimator
from skgru._estimators._fitted import parts_of
from skgru._estimators._pipelines import as_last_step_sees, last_step
from skgru._reading._series import shown_names, split_series
from skgru._reading._time import index_of
from skgru._training._losses._quantile import check_quantiles
from skgru.plotting._common import as_floats


def align(y_true, y_pred, index):
    """Find the indices of truth and predictions.

    Parameters
    ----------
    y_true, y_pred : array-like
    index : array-like or None
        The index of the predictions, if the user passed one.

    Returns
    -------
    true_index, pred_index : pandas Index
        Either both are times, or both are numbers.

    Raises
    ------
    ValueError
        If it is not known which rows belong together.
    """
    import pandas as pd

    _check_rows(y_true, "y_true")
    _check_rows(y_pred, "y_pred")
    if index is not None:
        _check_rows(index, "index")
    n_true, n_pred = len(y_true), len(y_pred)
    true_index = index_of(y_true)
    pred_index = index_of(y_pred) if index is None else pd.Index(index)
    if pred_index is None and n_true == n_pred:
        pred_index = true_index
    if pred_index is None and true_index is None:
        pred_index = pd.RangeIndex(n_pred)
    is_longer = true_index is None and n_true > n_pred
    if index is not None and is_longer and _kind(pred_index) == "numbers":
        true_index = pd.RangeIndex(n_true)
    if pred_index is None or (true_index is None and n_true > n_pred):
        without = "y_pred" if pred_index is None else "y_true"
        raise ValueError(
            f"y_true has {n_true} rows and y_pred {n_pred}, and {without} has no index "
            "that says which rows belong together. Pass both as pandas objects with "
            "the times of their rows, or index= with those of y_pred, for a forecast "
            "after a daily y_true as index=pd.date_range(y_true.index[-1], "
            f"periods={n_pred} + 1)[1:]."
        )
    if true_index is None:
        true_index = pred_index[:n_true]
    true_index = _check_index(true_index, n_true, "y_true")
    pred_index = _check_index(pred_index, n_pred, "y_pred")
    kinds = [_kind(true_index), _kind(pred_index)]
    if kinds[0] != kinds[1]:
        raise ValueError(
            f"The index of y_true holds {kinds[0]}, and that of y_pred {kinds[1]}. "
            "Give both the same kind."
        )
    return true_index, pred_index


def _check_rows(values, name):
    """Refuse what has no rows, such as None, a number or a string."""
    has_length = hasattr(values, "__len__") and getattr(values, "shape", None) != ()
    if isinstance(values, str) or not has_length:
        raise TypeError(
            f"{name}={shortened(values)}, but an array-like with a value for each row "
            "is wanted."
        )


def _kind(index):
    """What an index holds, in words; None if it holds neither times nor numbers."""
    import pandas as pd

    if isinstance(index, pd.DatetimeIndex):
        return "times" if index.tz is None else "times in a time zone"
    return "numbers" if pd.api.types.is_numeric_dtype(index.dtype) else None


def _check_index(index, n_rows, name):
    """Check that an index holds a different time or number for each row."""
    import pandas as pd

    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    if _kind(index) is None:
        raise ValueError(
            f"The index of {name} is of dtype {index.dtype}, but times or numbers are "
            "wanted. Convert it, for example with pd.to_datetime."
        )
    if len(index) != n_rows:
        raise ValueError(
            f"index has {len(index)} rows, but {name} has {n_rows}. Pass one time or "
            "number for each."
        )
    if index.has_duplicates:
        raise ValueError(
            f"The index of {name} holds {index[index.duplicated()][0]} more than once. "
            "Pass the rows of one series, each with its own time or number."
        )
    return index


def positions(index):
    """Where the rows of an index stand on an axis; times with a zone become UTC."""
    if getattr(index, "tz", None) is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    return index.to_numpy()


def position_of(time, index, name):
    """Where one time or number, passed as parameter `name`, stands on the same axis."""
    import pandas as pd

    is_number = isinstance(time, Real) and not isinstance(time, bool)
    has_times = isinstance(index, pd.DatetimeIndex)
    if is_number == has_times:
        raise ValueError(
            f"{name}={time!r}, but the index holds {_kind(index)}. Pass a value as "
            f"those, such as {index[len(index) // 2]}."
        )
    if is_number:
        return time
    if isinstance(time, pd.Period):
        time = time.to_timestamp()
    time = pd.DatetimeIndex([pd.Timestamp(time)])
    if index.tz is not None and time.tz is None:
        time = time.tz_localize(index.tz)
    return positions(time)[0]


def format_times(ax, index):
    """Let an axis of dates show short labels, in the time zone of the index."""
    import pandas as pd
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    if isinstance(index, pd.DatetimeIndex):
        locator = AutoDateLocator(tz=index.tz)
        ax.xaxis.set_major_locator(locator)
        ax.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=index.tz))


def label_of_times(index):
    """Label of an axis: the name of the index, else "row" for numbers, "" for dates."""
    if index.name is not None:
        return str(index.name)
    return "row" if _kind(index) == "numbers" else ""


def quantiles_of(estimator):
    """Quantiles in the last axis of predictions; None if there is no such axis."""
    recurrent = last_step(estimator)
    if not isinstance(recurrent, RecurrentEstimator):
        return None
    targets = parts_of(recurrent).targets
    return targets.quantiles if targets.has_list_of_quantiles else None


def check_one_series(estimator, X):
    """Refuse rows of several series, since one line cannot show them."""
    recurrent = last_step(estimator)
    if not isinstance(recurrent, RecurrentEstimator):
        return
    reader = parts_of(recurrent).reader
    X = as_last_step_sees(estimator, X)
    _, series = split_series(X, reader.columns, reader.n_features_in)
    if series is not None and len(series.names) > 1:
        raise ValueError(
            f"X holds {len(series.names)} series ({shown_names(series.names)}), but "
            "one is drawn at a time. Pass the rows of one of them, and their y."
        )


def check_one_band(lower, upper):
    """Refuse `lower` and `upper` if quantiles are passed, which give a band already."""
    if lower is not None or upper is not None:
        raise ValueError(
            "quantiles and lower or upper were passed, but there is one band. Pass "
            "either quantiles, or lower and upper."
        )


def split_quantiles(y_pred, quantiles):
    """Split predictions of quantiles, their last axis, into a line and a band.

    Returns
    -------
    line : ndarray or None
        The median, or the quantile nearest to it. None if there are two quantiles,
        neither of which is the median.
    lower, upper : ndarray or None
        The outermost quantiles. None if there is only one quantile.
    line_name, interval_name : str
    """
    levels, y_pred = check_quantiles(quantiles), np.asarray(y_pred)
    if y_pred.ndim not in (2, 3) or y_pred.shape[-1] != len(levels):
        raise ValueError(
            f"y_pred has shape {y_pred.shape}, but with {len(levels)} quantile(s) "
            f"(n_pred, {len(levels)}) or (n_pred, n_outputs, {len(levels)}) is wanted."
        )
    middle = int(np.argmin(np.abs(levels - 0.5)))
    level = levels[middle]
    line_name = "median" if level == 0.5 else f"quantile {level:g}"
    interval_name = f"quantiles {levels[0]:g} to {levels[-1]:g}"
    line = None if len(levels) == 2 and level != 0.5 else y_pred[..., middle]
    if len(levels) == 1:
        return line, None, None, line_name, interval_name
    return line, y_pred[..., 0], y_pred[..., -1], line_name, interval_name


def names_of(y):
    """Names of the outputs, from a Series or DataFrame; None if there are none."""
    names = list(getattr(y, "columns", [getattr(y, "name", None)]))
    has_names = all(isinstance(name, str) and name for name in names)
    return names if has_names else None


def as_table(values, parameter, index, names):
    """Values of each output as a DataFrame, sorted by its index.

    Parameters
    ----------
    values : array-like or None
    parameter : str
        What messages call the values.
    index : pandas Index
    names : list of str or None
        Names of the outputs. None: any number of outputs without names.
    """
    import pandas as pd

    if values is None:
        return None
    values = as_floats(values, parameter)
    if values.ndim > 2:
        raise ValueError(
            f"{parameter} has shape {values.shape}, with several steps ahead, but one "
            "line is drawn for each variable. Pass those of one step ahead to "
            "from_predictions, as y[:, 0] and predict(X)[:, 0]."
        )
    table = values[:, np.newaxis] if values.ndim == 1 else values
    if names is None and table.ndim == 2:
        names = [f"output {i}" for i in range(table.shape[1])]
        names = ["y"] if len(names) == 1 else names
    if table.shape != (len(index), len(names or [])):
        n_rows, n_outputs = len(index), len(names or [0])
        raise ValueError(
            f"{parameter} has shape {values.shape}, but ({n_rows}, {n_outputs}) is "
            f"wanted{f', or ({n_rows},)' if n_outputs == 1 else ''}."
        )
    return pd.DataFrame(table, index, names).sort_index()
