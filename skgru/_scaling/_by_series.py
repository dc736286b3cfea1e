"""Each series by a mean and a scale of its own, before all are standardised together.

Series of very different size then count alike, and one network can serve all of them.
"""

from typing import NamedTuple

import numpy as np

from skgru._network._sequences import read_only
from skgru._reading._series import rows_of_each, shown_names
from skgru._scaling._statistics import weighted_mean_and_scale


class SeriesScaling(NamedTuple):
    """What is subtracted from the values of each series, and what they are divided by.

    Attributes
    ----------
    names : list
        Of the series.
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


def fit_series_scaling(sequences, targets, series, rows, weights, *, own, center=True):
    """Statistics of each series.

    Parameters
    ----------
    sequences : Sequences
        Windows of the series.
    targets : ndarray of shape (n_samples, n_outputs)
    series : Series
    rows : int64 ndarray
        The training samples. A series without any has the statistics of all its rows.
    weights : ndarray of shape (n_samples,)
    own : ndarray of shape (n_outputs,) or None
        Features that hold the targets' own past: they share their statistics, so that
        differences between them keep their meaning.
    center : bool, default=True
        If False, targets are divided by their mean, and nothing is subtracted.

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
    if own is not None and center:
        target_mean, target_scale = mean[:, own], scale[:, own]
    if not center:
        target_scale = np.where(target_mean > 0, target_mean, np.nan)
        target_scale = _filled(target_scale)
        target_mean = np.zeros_like(target_mean)
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

    A column that is constant within every series tells them apart, and stays as it is.
    Where it is constant in some, these have the scale of a series in the middle.
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
    """Scales with those of series that have none filled in: the median, or 1."""
    is_missing = np.isnan(scales)
    scales[:, is_missing.all(axis=0)] = 1
    return np.where(np.isnan(scales), np.nanmedian(scales, axis=0), scales)


def positions_of(series, scaling):
    """For each series of some rows its place in the statistics.

    Raises
    ------
    ValueError
        If one of them has none.
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
    # Series stand one behind the other, each up to its last row.
    ends = np.zeros(len(series.names), dtype=np.int64)
    np.maximum.at(ends, series.codes, sequences.stops)
    of_row = np.repeat(positions, np.diff(ends, prepend=0))
    values = (sequences.values - scaling.mean[of_row]) / scaling.scale[of_row]
    of_sample = positions[series.codes]
    static = sequences.static - scaling.static_mean[of_sample]
    static /= scaling.static_scale[of_sample]
    dtype = sequences.values.dtype
    return sequences._replace(
        values=read_only(values.astype(dtype, copy=False)),
        static=read_only(static.astype(dtype, copy=False)),
    )


def scale_targets(targets, series, scaling):
    """Targets, each scaled by the statistics of its series."""
    of_row = positions_of(series, scaling)[series.codes]
    return (targets - scaling.target_mean[of_row]) / scaling.target_scale[of_row]


def unscale_predictions(predictions, series, rows, scaling):
    """Predictions (n_rows, n_outputs, n_predictions) in the units of y again."""
    of_row = positions_of(series, scaling)[series.codes[rows]]
    scale = scaling.target_scale[of_row][:, :, np.newaxis]
    return predictions * scale + scaling.target_mean[of_row][:, :, np.newaxis]
