"""Forecast several steps ahead with a model that predicts its own next input."""

from numbers import Integral

import numpy as np

from skgru._reading._build import read_series
from skgru._reading._history import (
    categorical_columns,
    columns_of_features,
    read_history,
)
from skgru._reading._memory import check_future
from skgru._reading._reader import Reading
from skgru._reading._series import each_series, one_series


def forecast(fitted, history, n_steps, future, owner):
    """Forecast by using predictions as inputs: see `RecurrentRegressor.forecast`.

    Parameters
    ----------
    fitted : Fitted
    history, future : array-like
    n_steps : int
    owner : str
        Name of the estimator, for messages.
    """
    _check_past(fitted)
    if not isinstance(n_steps, Integral) or n_steps < 1:
        raise ValueError(f"n_steps={n_steps!r}, but an int of 1 or more is wanted.")
    n_steps = int(n_steps)
    past = read_history(fitted.reader, history, owner, "history")
    rows, series, _ = past
    more, more_series = rows[:0], None
    if future is not None and len(future):
        later = read_history(fitted.reader, future, owner, "future")
        check_future(past, later)
        more, more_series, _ = later
    if series is None:
        return _forecast_one(fitted, rows, more, n_steps, None)
    more_parts = dict.fromkeys(series.names, np.arange(0))
    if more_series is not None:
        more_parts |= each_series(more_series, len(more))
    return {
        name: _forecast_one(fitted, rows[part], more[more_parts[name]], n_steps, name)
        for name, part in each_series(series, len(rows)).items()
    }


def _check_past(fitted):
    """Refuse models whose predictions cannot be used as their next input."""
    targets, reader = fitted.targets, fitted.reader
    if targets.has_list_of_quantiles:
        raise ValueError(
            "forecast feeds one value back as the next input, but this model "
            f"predicts the quantiles {targets.settings.quantile}. Fit another with "
            "a single quantile, or predict several steps ahead directly: see "
            "make_windows(horizon=)."
        )
    if targets.past is None:
        raise ValueError(
            "forecast needs a model that predicts its own next input, with which "
            "y[t] is the value of a column of X in row t + 1, for all rows of fit but "
            "a few; that was not so. Fit on X = series[:-1], y = series[1:], unscaled "
            "or both scaled alike, or name that column by anchor=; or predict several "
            "steps ahead directly: see make_windows(horizon=)."
        )
    if reader.columns.leave_lags_out:
        lags = list(reader.columns.lags[::-1])
        raise ValueError(
            f"forecast goes from step to step, but the lags {lags} of X leave some "
            "out. Pass them all, or the series as a column of X with window=, or leave "
            "the recursion to a forecasting library."
        )
    if reader.kind == "rows" and len(reader.columns.static):
        raise ValueError(
            "forecast does not know the static features of the rows to come. Pass "
            "them as columns of X with window=, which makes the lags itself, or "
            "leave the recursion to a forecasting library."
        )


def _forecast_one(fitted, history, future, n_steps, name):
    """Forecast one series; `name` is None if there is only one."""
    reader, past = fitted.reader, fitted.targets.past
    where = "" if name is None else f" of series {name!r}"
    n_seen = min(reader.n_timesteps, reader.longest)
    if len(history) < n_seen:
        raise ValueError(
            f"history{where} has {len(history)} row(s), but a prediction sees "
            f"{n_seen}. Pass at least {n_seen} rows."
        )
    n_at_once = int(past.n_ahead.max())
    n_after = (-(-n_steps // n_at_once) - 1) * n_at_once
    own = columns_of_features(reader, past.columns)
    others = np.setdiff1d(np.arange(history.shape[1]), own)
    numbers = np.setdiff1d(np.arange(history.shape[1]), categorical_columns(reader))
    rows = np.full((n_seen + n_after, history.shape[1]), np.nan, reader.dtype)
    rows[:n_seen] = history[len(history) - n_seen :]
    if len(others):
        n_known = min(len(future), n_after)
        if len(future) not in (n_steps - 1, n_steps):
            raise ValueError(
                f"future{where} has {len(future)} row(s), but {n_steps - 1} or "
                f"{n_steps} are wanted: the columns of X that are not predicted "
                "must be known for the rows that follow on history, but for the "
                "last."
            )
        rows[n_seen : n_seen + n_known, others] = future[:n_known, others]
    elif len(future):
        raise ValueError(
            "future was passed, but all columns of X are predicted. Leave it out."
        )
    # A category that is not known is one more category.
    _check_known(rows[:n_seen, numbers], f"history{where}")
    others = np.intersect1d(others, numbers)
    _check_known(rows[n_seen:, others], f"future{where}")
    series = None if name is None else one_series(name, n_seen)
    return _recurse(fitted, rows, series, n_seen, own, n_steps)


def _recurse(fitted, rows, series, n_seen, own, n_steps):
    """Predict, write the predictions into the rows that follow, and predict again.

    Parameters
    ----------
    fitted : Fitted
    rows : ndarray of shape (n_rows, n_columns), in and out
        The known rows and the rows that follow, with NaN where predictions will be.
    series : Series or None
        Which series `n_seen` rows belong to, if there are several series.
    n_seen : int
        Number of rows that a prediction sees; the first `n_seen` rows are the past.
    own : ndarray of shape (n_outputs,)
        For each output, the column whose next value the output predicts.
    n_steps : int
    """
    past = fitted.targets.past
    n_at_once = int(past.n_ahead.max())
    columns = fitted.reader.columns
    if fitted.reader.kind == "rows":
        columns = columns._replace(steps=None, static=np.arange(0))
    last = np.array([n_seen - 1])
    blocks = []
    for start in np.arange(n_seen - 1, len(rows), n_at_once):
        seen = rows[start + 1 - n_seen : start + 1]
        reading = Reading(read_series(seen, n_seen, columns), series)
        values = fitted.predict(reading, last)[0, :, 0]
        blocks.append(values.reshape(n_at_once, -1))
        # X may hold the past in other units than y.
        inputs = ((values - past.offset) / past.factor).reshape(n_at_once, -1)
        after = rows[start + 1 : start + 1 + n_at_once]
        after[:, own[: inputs.shape[1]]] = inputs[: len(after)]
    forecasts = np.concatenate(blocks)[:n_steps]
    is_single = fitted.targets.ndim == 1 or n_at_once > 1
    return forecasts[:, 0] if is_single else forecasts


def _check_known(values, name):
    """Refuse NaN and infinity in values of the past or future that are needed."""
    unusable = np.argwhere(~np.isfinite(values))
    if len(unusable):
        raise ValueError(
            f"{name} contains {values[tuple(unusable[0])]}, in row {unusable[0][0]} "
            "(counted from 0) of those that are needed. Fill the gap."
        )
