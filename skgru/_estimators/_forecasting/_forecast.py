"""Forecast several steps ahead with a model that predicts its own next input."""

from dataclasses import replace
from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state

from skgru._estimators._fitted import parts_of
from skgru._estimators._forecasting._around import Around
from skgru._estimators._forecasting._fed_back import feed_back
from skgru._estimators._forecasting._number_rows import last_rows, read_numbers
from skgru._estimators._forecasting._reach import warn_of_reach
from skgru._estimators._forecasting._recursion import Forecaster, recurse
from skgru._estimators._forecasting._sample_paths import forecast_quantiles
from skgru._estimators._forecasting._table_rows import TableRows
from skgru._estimators._forecasting._way_back import way_back
from skgru._estimators._forecasting._windows_ahead import AsRead, ThroughSteps
from skgru._estimators._settings import n_threads_of
from skgru._reading._series import Series
from skgru._scaling._by_series import statistics_of


def forecast(
    estimator, history, n_steps, future=None, *, n_paths=1000, random_state=None
):
    """Predict the values that follow on some rows, each from the values before it.

    This is the method ``forecast`` of a recurrent regressor, also for what stands
    around one: pipelines, fitted searches and transformed targets, in any nesting. The
    predictions are written into new rows in the units of the X of `estimator`, and
    these go through its steps as the rows of `fit` did.

    Parameters
    ----------
    estimator : estimator
        A fitted :class:`GRURegressor`, :class:`LSTMRegressor` or
        :class:`RNNRegressor`, or a :class:`~sklearn.pipeline.Pipeline`, a
        :class:`~sklearn.compose.TransformedTargetRegressor` or a search with one of
        them inside. In the units of the user, ``y[t]`` must be the value of a column of
        X in row ``t + 1``, up to a factor and an offset, for all rows of `fit` but a
        few.
    history : array-like of shape (n_rows, n_columns) or (n_rows,)
        The rows up to now, oldest first, as `estimator` takes them; those of a single
        step where a regressor without `window` reads whole sequences. There must be at
        least as many rows as a prediction sees. With `group_column`, rows of several
        series.
    n_steps : int
        How many values to predict.
    future : array-like of shape (n_steps - 1 or n_steps, n_columns), default=None
        Rows that follow on `history`, needed if some columns are not predicted: see
        :meth:`GRURegressor.forecast`.
    n_paths : int, default=1000
        With a list of quantiles, how many paths are drawn for each series.
    random_state : int, RandomState instance or None, default=None
        Draws the paths. Pass an int for the same forecast at every call.

    Returns
    -------
    ndarray of shape (n_steps,) or (n_steps, n_outputs), or dict of such
        In the units of y: one row for each step, in the shape of the y of `fit`. A
        model that predicts several steps ahead at once gives one value of each variable
        for each step. With a list of quantiles there is one more axis at the end,
        n_quantiles. With `group_column`, a dict of such arrays by the name of the
        series.

    Raises
    ------
    TypeError
        If there is no recurrent regressor inside `estimator`.
    ValueError
        If it is not known which column of X the predictions belong into, or if
        `history` or `future` do not fit: the message says what is wanted.

    Warns
    -----
    UserWarning
        If there are series in `history` that were not in `fit`, and each is
        standardised by itself: as in `predict`. If the path leaves the
        values that `fit` has seen, or comes to rest at their edge, where a network
        saturates; not of a column of which the network sees changes from the last
        value (see `anchor` of :class:`GRURegressor`).

    See Also
    --------
    make_windows : Sequences and targets for direct forecasts of several steps.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.compose import TransformedTargetRegressor
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skgru import GRURegressor, forecast
    >>> series = np.exp(1 + np.sin(0.3 * np.arange(200)))
    >>> gru = GRURegressor(8, window=20, max_iter=40, random_state=0)
    >>> model = TransformedTargetRegressor(
    ...     make_pipeline(StandardScaler(), gru), func=np.log, inverse_func=np.exp
    ... ).fit(series[:-1, np.newaxis], series[1:])
    >>> ahead = forecast(model, series, 10)
    >>> truth = np.exp(1 + np.sin(0.3 * np.arange(200, 210)))
    >>> bool(np.abs(ahead / truth - 1).max() < 0.1)
    True
    """
    around = Around(estimator)
    fitted = parts_of(around.recurrent)
    owner = type(around.recurrent).__name__
    n_threads = n_threads_of(around.recurrent)
    n_steps, n_paths = _count("n_steps", n_steps), _count("n_paths", n_paths)
    _check(fitted, around)
    fed, rows, windows = _read(fitted, around, history, future, n_steps, owner)
    fitted = _with_series(fitted, rows.names)
    back = around.in_units_of_y
    model = Forecaster(fitted, windows.sequences, back, fed, n_threads)
    levels = fitted.targets.quantiles
    if fitted.targets.has_list_of_quantiles and len(levels) > 1:
        random_state = check_random_state(random_state)
        forecasts, inputs = forecast_quantiles(
            model, rows, levels, n_steps, n_paths, random_state
        )
    else:
        forecasts, inputs = recurse(model, rows, n_steps)
    inputs = windows.as_read(inputs)
    warn_of_reach(fitted, rows.names, inputs, tells_range=not around.transforms_x)
    forecasts = forecasts.astype(fitted.reader.dtype, copy=False)
    forecasts = _in_shape(forecasts, fitted.targets, around, fed)
    if rows.names is None:
        return forecasts[0]
    return dict(zip(rows.names, forecasts, strict=True))


def _count(name, number):
    """Check a number of steps or paths."""
    if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
        raise ValueError(f"{name}={number!r}, but an int of 1 or more is wanted.")
    return int(number)


def _check(fitted, around):
    """Refuse models whose predictions cannot be their next input."""
    targets, reader = fitted.targets, fitted.reader
    is_bare = not around.transforms_x and not around.transforms_y
    if not fitted.training.has_begun:
        raise ValueError(
            "forecast needs to know which column of X each prediction continues, but "
            "the weights of this model are from elsewhere, and it has seen no y. Call "
            "partial_fit(X, y) first, or put predictions into X yourself."
        )
    if (targets.past if is_bare else targets.pairs) is None:
        raise ValueError(
            "forecast needs a model that predicts its own next input, with which "
            "y[t] is the value of a column of X in row t + 1, for all rows of fit but "
            "a few; that was not so. Fit on X = series[:-1], y = series[1:] (with "
            "make_windows, gap=0), unscaled or both scaled alike, or name that column "
            "by anchor=; or predict several steps ahead directly: see "
            "make_windows(horizon=)."
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


def _read(fitted, around, history, future, n_steps, owner):
    """What is fed back, the rows of history and future, and windows of rows as read.

    Returns
    -------
    FedBack, NumberRows or TableRows, AsRead or ThroughSteps
    """
    reader, pairs = fitted.reader, fitted.targets.pairs
    back = around.in_units_of_y
    windows: AsRead | ThroughSteps = AsRead(reader)
    if around.transforms_x and (reader.kind == "series" or around.makes_windows):
        rows = TableRows(reader, around, history, owner)
        fed = way_back(reader, pairs, back, rows, around)
        rows.look_ahead(future, n_steps, fed)
        return fed, rows, windows
    if around.transforms_x:
        (window,) = last_rows(reader, history, owner).seen
        windows = ThroughSteps(reader, around, window, owner)
    if around.transforms_x or around.transforms_y:
        fed = way_back(reader, pairs, back, windows, around)
    else:
        fed = feed_back(reader, fitted.targets.past)
    return fed, read_numbers(reader, history, future, n_steps, fed, owner), windows


def _with_series(fitted, names):
    """The same parts, with the statistics of some series; new ones are warned of once.

    Without this each step would look for all of them anew.
    """
    by_series = fitted.scaler.by_series
    if names is None or by_series is None:
        return fitted
    every = Series(names, np.arange(len(names)))
    own = statistics_of(every, by_series, np.ones(len(names), dtype=bool))
    return replace(fitted, scaler=replace(fitted.scaler, by_series=own))


def _in_shape(forecasts, targets, around, fed):
    """Drop axes that the y of `fit` does not have, and that of a single prediction.

    Parameters
    ----------
    forecasts : ndarray of shape (n_series, n_steps, n_variables, n_predictions)
    """
    n_dims = around.n_dims_of_y(targets.ndim)
    steps_are_outputs = n_dims == 2 and fed.n_at_once > 1
    if n_dims == 1 or (steps_are_outputs and len(fed.features) == 1):
        forecasts = forecasts[:, :, 0]
    return forecasts if targets.has_list_of_quantiles else forecasts[..., 0]
