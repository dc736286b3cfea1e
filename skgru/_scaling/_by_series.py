"""Scale each series by its own mean and scale, before all are standardised together.

Series of very different magnitude then count equally, and one network can serve all of
them.
"""

from typing import NamedTuple

import numpy as np

from skgru._network._sequences import contiguous
from skgru._reading._series import rows_of_each, shown_names
from skgru._scaling._statistics import weighted_mean_and_scale


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
        The training samples. A series without any is scaled by all of its rows.
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
    parts = [
        part[is_training[part]] if is_training[part].any() else part
        for part in rows_of_each(series, len(weights))
    ]
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
        series.names,
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


def positions_of(series, scaling):
    """For each series of some rows, its position in the statistics.

    Raises
    ------
    ValueError
        If a series has no statistics.
    """
    places = {name: k for k, name in enumerate(scaling.names)}
    unseen = [name for name in series.names if name not in places]
    if unseen:
        raise ValueError(
            f"{len(unseen)} series of X ({shown_names(unseen)}) were not there "
            "in fit, and every series is standardised by its own mean and scale. Have "
            "some of their rows in fit, or fit with standardize='pooled', one "
            "mean and scale for all."
        )
    return np.array([places[name] for name in series.names])


def scale_sequences(sequences, series, scaling):
    """Sequences of several series, each scaled by its own statistics."""
    positions = positions_of(series, scaling)
    # In `values` the series stand one behind the other; each ends with its last row.
    ends = np.zeros(len(series.names), dtype=np.int64)
    np.maximum.at(ends, series.codes, sequences.stops)
    of_row = np.repeat(positions, np.diff(ends, prepend=0))
    values = (sequences.values - scaling.mean[of_row]) / scaling.scale[of_row]
    of_sample = positions[series.codes]
    static = sequences.static - scaling.static_mean[of_sample]
    static /= scaling.static_scale[of_sample]
    dtype = sequences.values.dtype
    return sequences._replace(
        values=contiguous(values.astype(dtype, copy=False)),
        static=contiguous(static.astype(dtype, copy=False)),
    )


def scale_targets(targets, series, scaling):
    """Targets, each scaled by the statistics of its series."""
    of_row = positions_of(series, scaling)[series.codes]
    return (targets - scaling.target_mean[of_row]) / scaling.target_scale[of_row]


def unscale_predictions(predictions, series, rows, scaling):
    """Bring predictions (n_rows, n_outputs, n_predictions) back to the units of y."""
    of_row = positions_of(series, scaling)[series.codes[rows]]
    scale = scaling.target_scale[of_row][:, :, np.newaxis]
    return predictions * scale + scaling.target_mean[of_row][:, :, np.newaxis]
