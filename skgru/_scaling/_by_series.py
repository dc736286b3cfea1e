"""Scale each series by its own mean and scale, before all are standardised together.

Series of very different magnitude then count equally, and one network can serve all of
them.
"""

from typing import NamedTuple

import numpy as np

from skgru._network._sequences import contiguous
from skgru._reading._series import rows_of_each, shown_names
from skgru._scaling._statistics import weighted_mean_and_scale
from skgru._warnings import warn_user


class SeriesScaling(NamedTuple):
    """For each series, the mean to subtract from its values and the scale to divide by.

    Attributes
    ----------
    names : list
        Names of the series, in the order of the rows of the arrays.
    mean, scale : ndarray of shape (n_series, n_features)
    static_mean, static_scale : ndarray of shape (n_series, n_static)
    target_mean, target_scale : ndarray of shape (n_series, n_outputs)
    """

    names: list
    mean: np.ndarray
    scale: np.ndarray
    static_mean: np.ndarray
    static_scale: np.ndarray
    target_mean: np.ndarray
    target_scale: np.ndarray


def fit_series_scaling(
    sequences,
    targets,
    series,
    rows,
    weights,
    *,
    own,
    center=True,
    scales_targets=True,
):
    """Compute the means and scales of each series.

    Parameters
    ----------
    sequences : Sequences
        Windows of the series.
    targets : ndarray of shape (n_samples, n_outputs)
    series : Series
    rows : int64 ndarray
        The training samples. A series without any is scaled by all of its rows, and
        one without any observed row has no statistics.
    weights : ndarray of shape (n_samples,)
    own : Anchor
        For each target, the feature that holds its past, if one does. The two share
        their statistics, so that differences between them keep their meaning.
    center : bool, default=True
        If False, targets are divided by their mean, and no mean is subtracted.
    scales_targets : bool, default=True
        If False, targets stay as they are.

    Returns
    -------
    SeriesScaling
    """
    is_training = np.zeros(len(weights), dtype=bool)
    is_training[rows] = True
    names, parts = [], []
    of_each = rows_of_each(series, len(weights))
    for name, part in zip(series.names, of_each, strict=True):
        part = part[sequences.n_observed[part] > 0]
        if len(part):
            names.append(name)
            parts.append(part[is_training[part]] if is_training[part].any() else part)
    last = sequences.stops - 1

    def features(part):
        return sequences.values[last[part]]

    mean, scale = _statistics(features, parts, weights)
    static_mean, static_scale = _statistics(
        lambda part: sequences.static[part], parts, weights
    )
    target_mean, target_scale = _statistics(lambda part: targets[part], parts, weights)
    if center:
        of_own = own.factor * mean[:, own.columns] + own.offset
        target_mean = np.where(own.is_used, of_own, target_mean)
        of_own = np.abs(own.factor) * scale[:, own.columns]
        target_scale = np.where(own.is_used, of_own, target_scale)
    if not center:
        target_scale = np.where(target_mean > 0, target_mean, np.nan)
        target_scale = _filled(target_scale)
        target_mean = np.zeros_like(target_mean)
    if not scales_targets:
        target_mean, target_scale = (
            np.zeros_like(target_mean),
            np.ones_like(target_mean),
        )
    return SeriesScaling(
        names,
        mean,
        scale,
        static_mean,
        static_scale,
        target_mean,
        target_scale,
    )


def _statistics(values_of, parts, weights):
    """Mean and scale of each column in each series, (n_series, n_columns) each.

    A column that is constant within every series tells the series apart, and is not
    scaled: its mean is 0 and its scale 1. Where a column is constant in some series
    only, these have the median scale of the others.
    """
    means = np.empty((len(parts), values_of(parts[0]).shape[1]))
    scales = np.empty_like(means)
    for k, part in enumerate(parts):
        values = values_of(part)
        part_weights = weights[part] if weights[part].any() else np.ones(len(part))
        mean, scale = weighted_mean_and_scale(
            lambda values=values, weights=part_weights: [(values, weights)],
            values.shape[1],
        )
        varies = np.nanmin(values, axis=0) < np.nanmax(values, axis=0)
        means[k], scales[k] = mean, np.where(varies, scale, np.nan)
    never_varies = np.isnan(scales).all(axis=0)
    means[:, never_varies] = 0
    return means, _filled(scales)


def _filled(scales):
    """Replace scales that are NaN by the median of their column, or 1 if all are."""
    is_missing = np.isnan(scales)
    scales[:, is_missing.all(axis=0)] = 1
    return np.where(np.isnan(scales), np.nanmedian(scales, axis=0), scales)


def statistics_of(series, scaling, is_told=None):
    """The means and scales of each of some series.

    A series that was not in `fit` has none, and is given the medians of the others.

    Parameters
    ----------
    series : Series
    scaling : SeriesScaling
    is_told : bool ndarray of shape (n_series,), default=None
        Of which series to warn if they were not in `fit`. None: of none.

    Returns
    -------
    SeriesScaling
        In the order of `series`.
    """
    names, *parts = scaling
    places = {name: k for k, name in enumerate(names)}
    positions = np.array([places.get(name, -1) for name in series.names])
    unseen = np.flatnonzero(positions < 0)
    if len(unseen):
        # Position -1 is that of the last row.
        parts = [np.concatenate([part, [np.median(part, axis=0)]]) for part in parts]
    told = unseen if is_told is None else unseen[is_told[unseen]]
    if is_told is not None and len(told):
        warn_user(
            f"{len(told)} series of X "
            f"({shown_names([series.names[k] for k in told])}) were not there in "
            "fit, and have no mean and scale of their own: they are predicted with the "
            "medians of the others, which may be far off. Have some of their rows in "
            "fit, or fit with standardize='pooled', one mean and scale for all."
        )
    return SeriesScaling(series.names, *(part[positions] for part in parts))


def scale_sequences(sequences, series, scaling):
    """Sequences of several series, each scaled by its own statistics."""
    # Of a series without any observed row nothing is predicted.
    is_there = np.zeros(len(series.names), dtype=bool)
    is_there[series.codes[sequences.n_observed > 0]] = True
    own = statistics_of(series, scaling, is_there)
    # In `values` the series stand one behind the other; each ends with its last row.
    ends = np.zeros(len(series.names), dtype=np.int64)
    np.maximum.at(ends, series.codes, sequences.stops)
    of_row = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
    values = (sequences.values - own.mean[of_row]) / own.scale[of_row]
    static = sequences.static - own.static_mean[series.codes]
    static /= own.static_scale[series.codes]
    dtype = sequences.values.dtype
    return sequences._replace(
        values=contiguous(values.astype(dtype, copy=False)),
        static=contiguous(static.astype(dtype, copy=False)),
    )


def scale_targets(targets, series, scaling):
    """Targets, each scaled by the statistics of its series."""
    own = statistics_of(series, scaling)
    return (targets - own.target_mean[series.codes]) / own.target_scale[series.codes]


def unscale_predictions(predictions, series, rows, scaling):
    """Bring predictions (n_rows, n_outputs, n_predictions) back to the units of y."""
    own, codes = statistics_of(series, scaling), series.codes[rows]
    scale = own.target_scale[codes][:, :, np.newaxis]
    return predictions * scale + own.target_mean[codes][:, :, np.newaxis]
