"""Forecast several steps ahead with a model that predicts its own next input."""

from numbers import Integral

import numpy as np

from skgru._estimators._fed_back import FedBack, names_of_features, steps_of_outputs
from skgru._estimators._number_rows import read_numbers
from skgru._estimators._recursion import Forecaster, recurse
from skgru._reading._history import columns_of_features
from skgru._reading._series import shown_names
from skgru._warnings import warn_user


def forecast(fitted, history, n_steps, future, owner, n_threads):
    """Forecast by using predictions as inputs: see `RecurrentRegressor.forecast`.

    Parameters
    ----------
    fitted : Fitted
    history, future : array-like
    n_steps : int
    owner : str
        Name of the estimator, for messages.
    n_threads : int
    """
    fed = _fed_back(fitted)
    if not isinstance(n_steps, Integral) or n_steps < 1:
        raise ValueError(f"n_steps={n_steps!r}, but an int of 1 or more is wanted.")
    n_steps = int(n_steps)
    rows = read_numbers(fitted.reader, history, future, n_steps, fed, owner)
    model = Forecaster(fitted, lambda values: values, fed, n_threads)
    known = _known_series(fitted, rows.names)
    shape = len(rows.seen), n_steps, len(fed.features), 1
    forecasts = np.full(shape, np.nan, fitted.reader.dtype)
    if len(known):
        forecasts[known] = recurse(model, rows.paths(known, 1), n_steps)
    forecasts = _in_shape(forecasts, fitted.targets, fed)
    if rows.names is None:
        return forecasts[0]
    return dict(zip(rows.names, forecasts, strict=True))


def _fed_back(fitted):
    """What is fed back; refuse models whose predictions cannot be their next input."""
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
    past = targets.past
    features, outputs = steps_of_outputs(past, names_of_features(reader))
    columns = columns_of_features(reader, features)
    return FedBack(
        features, columns, outputs, past.factor[outputs], past.offset[outputs]
    )


def _known_series(fitted, names):
    """Positions of the series that can be predicted; warn of the others."""
    by_series = fitted.scaler.by_series
    if names is None or by_series is None:
        return np.arange(1 if names is None else len(names))
    were_there = set(by_series.names)
    is_known = np.array([name in were_there for name in names])
    unknown = [name for name, known in zip(names, is_known, strict=True) if not known]
    if unknown:
        warn_user(
            f"{len(unknown)} series of history ({shown_names(unknown)}) were not there "
            "in fit, and every series is standardised by its own mean and scale: their "
            "forecasts are NaN. Have some of their rows in fit, or fit with "
            "standardize='pooled', one mean and scale for all."
        )
    return np.flatnonzero(is_known)


def _in_shape(forecasts, targets, fed):
    """Drop axes that the y of `fit` does not have, and that of a single prediction.

    Parameters
    ----------
    forecasts : ndarray of shape (n_series, n_steps, n_variables, n_predictions)
    """
    steps_are_outputs = targets.ndim == 2 and fed.n_at_once > 1
    if targets.ndim == 1 or (steps_are_outputs and len(fed.features) == 1):
        forecasts = forecasts[:, :, 0]
    return forecasts if targets.has_list_of_quantiles else forecasts[..., 0]
