"""Warn of a forecast that leaves what fit has seen, where a network saturates."""

import numpy as np

from skgru._estimators._forecasting._fed_back import names_of_features
from skgru._reading._history import columns_of_features
from skgru._reading._series import shown_names
from skgru._warnings import warn_user

# A path has left the range of the training values if it is beyond it by this part.
_BEYOND = 0.1
# It has come to rest if its last steps are smaller than this part of the range.
_AT_REST, _STEPS_AT_REST = 0.005, 2


def warn_of_reach(fitted, names, inputs, *, tells_range):
    """Warn once if inputs leave what fit has seen, or come to rest at its edge.

    What the network sees as changes from the last value follows any level, and is not
    looked at.

    Parameters
    ----------
    fitted : Fitted
        Its statistics of series, if there are any, are those of `names`.
    names : list or None
        Names of the series; None if there is only one.
    inputs : ndarray of shape (n_series, n_rows, n_columns)
        The last row of the history, and those that predictions were written into.
    tells_range : bool
        Whether the range of fit is in units that the user knows.
    """
    seen, scaler = fitted.scaler.seen, fitted.scaler
    if seen is None:
        return
    values = inputs[:, :, columns_of_features(fitted.reader, seen.features)]
    values = values.astype(np.float64)
    by_series = scaler.by_series
    if names is not None and by_series is not None:
        values = values - by_series.mean[:, np.newaxis, seen.features]
        values /= by_series.scale[:, np.newaxis, seen.features]
    has_left = _have_left(values, seen)
    # Of series of different levels some are at the edge of all; and to repeat a last
    # value is no saturation where predictions start from it.
    if names is None or by_series is not None:
        anchored = scaler.anchor.columns[scaler.anchor.is_used]
        has_left |= _rest_at_edge(values, seen) & ~np.isin(seen.features, anchored)
    has_left &= ~np.isin(seen.features, scaler.features.relative)
    has_left &= seen.highest > seen.lowest
    if has_left.any():
        is_in_units = tells_range and by_series is None
        _warn(fitted, names, has_left, seen if is_in_units else None)


def _have_left(values, seen):
    """Whether features were far out of the range, (n_series, n_features)."""
    room = _BEYOND * (seen.highest - seen.lowest)
    is_out = (values > seen.highest + room) | (values < seen.lowest - room)
    return is_out.any(axis=1)


def _rest_at_edge(values, seen):
    """Whether features stay where few training rows were, (n_series, n_features)."""
    if values.shape[1] < _STEPS_AT_REST + 2:
        return np.zeros(values[:, 0].shape, dtype=bool)
    steps = np.abs(np.diff(values, axis=1))[:, -_STEPS_AT_REST:]
    rests = (steps <= _AT_REST * (seen.highest - seen.lowest)).all(axis=1)
    last = values[:, -1]
    return rests & ((last > seen.high) | (last < seen.low))


def _warn(fitted, names, has_left, seen):
    """Say which series left what was seen of which features, and what to do."""
    where = ""
    if names is not None:
        some = [names[k] for k in np.flatnonzero(has_left.any(axis=1))]
        where = f" of {len(some)} series ({shown_names(some)})"
    k = int(np.argmax(has_left.any(axis=0)))
    feature = int(fitted.scaler.seen.features[k])
    called = names_of_features(fitted.reader)[feature]
    extent = "" if seen is None else f", {seen.lowest[k]:.4g} to {seen.highest[k]:.4g}"
    cure = "fit on changes of the series"
    if fitted.targets.are_centered:
        cure = f"fit with anchor= naming {called}, or on changes of the series"
    warn_user(
        f"The forecast{where} leaves the values that fit has seen of {called}{extent}, "
        "or comes to rest at their edge. There a network saturates, and the path may "
        f"be flat where the series is not. To follow a trend, {cure}."
    )
