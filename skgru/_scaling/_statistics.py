"""Weighted means and standard deviations of features and targets.

They are computed from the training rows alone, before training. Those of the features
of a step are applied by the kernels, when these gather a mini-batch.
"""

import numpy as np
from sklearn.utils import gen_batches

from skgru._network._sequences import FeatureScaling, contiguous

# How many numbers are copied at a time.
_BLOCK = 2**17


def weighted_mean_and_scale(blocks, n_columns):
    """Mean and standard deviation of the columns of a matrix that comes in blocks.

    Parameters
    ----------
    blocks : callable
        Each call yields the same (values, weights) anew: (n, n_columns) and (n,).
        Rows with NaN are passed over.
    n_columns : int

    Returns
    -------
    mean, scale : ndarray of shape (n_columns,), float64
        For a constant column: the constant itself, and a scale of 1.
    """
    # Values are divided by the largest magnitude of their column, so that squares of
    # very large and very small numbers neither overflow nor vanish.
    largest = np.full(n_columns, -np.inf)
    size = np.zeros(n_columns)
    for values, _ in blocks():
        largest = np.fmax(largest, np.nanmax(values, axis=0, initial=-np.inf))
        size = np.fmax(size, np.nanmax(np.abs(values), axis=0, initial=0))
    size[size == 0] = 1
    mean = size * _weighted_mean(blocks, n_columns, lambda values: values / size)
    scale = size * np.sqrt(
        _weighted_mean(blocks, n_columns, lambda values: ((values - mean) / size) ** 2)
    )
    # In a constant column, deviations from the mean are only its rounding error.
    is_constant = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
    return np.where(is_constant, largest, mean), np.where(is_constant, 1.0, scale)


def _weighted_mean(blocks, n_columns, function):
    """Weighted mean of a function of the columns."""
    total = np.zeros(n_columns)
    total_weight = 0.0
    for values, weights in blocks():
        is_observed = ~np.isnan(values).any(axis=1)
        weights = weights[is_observed].astype(np.float64)
        total += weights @ function(values[is_observed].astype(np.float64))
        total_weight += weights.sum()
    return total / total_weight


def fit_feature_scaling(sequences, rows, weights, *, relative, standardize, by_window):
    """Compute the means and scales of the features of a step.

    Parameters
    ----------
    sequences : Sequences
    rows : int64 ndarray
        The training samples.
    weights : ndarray of shape (n_samples,)
    relative : int64 ndarray
        Features whose last value in a sequence is subtracted from their values.
    standardize : bool
        If False, means are 0 and scales are 1.
    by_window : bool
        Whether the sequences are windows of consecutive rows. Then each row counts
        once, as the last step of its own window.

    Returns
    -------
    FeatureScaling
    """
    n_features = sequences.values.shape[1]
    dtype = sequences.values.dtype
    mean, scale = np.zeros(n_features), np.ones(n_features)
    of_levels = mean.astype(dtype), scale.astype(dtype)
    if standardize:
        n_steps = 1 if by_window else sequences.n_timesteps
        block = max(1, _BLOCK // (n_steps * n_features))

        def features():
            for batch in gen_batches(len(rows), block):
                part = rows[batch]
                yield _last_steps(sequences, part, n_steps, weights)

        def changes():
            block = max(1, _BLOCK // (sequences.n_timesteps * len(relative)))
            for batch in gen_batches(len(rows), block):
                part = rows[batch]
                values, repeated = _last_steps(
                    sequences, part, sequences.n_timesteps, weights
                )
                last = sequences.values[sequences.stops[part] - 1][:, relative]
                change = values[:, relative]
                change = change - np.repeat(last, sequences.n_timesteps, axis=0)
                yield change, repeated

        mean, scale = weighted_mean_and_scale(features, n_features)
        of_levels = mean.astype(dtype), scale.astype(dtype)
        if len(relative):
            mean[relative], scale[relative] = weighted_mean_and_scale(
                changes, len(relative)
            )
    return FeatureScaling(mean.astype(dtype), scale.astype(dtype), relative, *of_levels)


def leave_categories(mean, scale, n_categories):
    """Give the last columns, which are codes of categories, mean 0 and scale 1."""
    if n_categories:
        mean[..., -n_categories:], scale[..., -n_categories:] = 0, 1


def fit_static_scaling(sequences, rows, weights, *, standardize):
    """Mean and scale of each static feature, (n_static,) each.

    The parameters are those of `fit_feature_scaling`.
    """
    static = sequences.static
    n_static = static.shape[1]
    if not (standardize and n_static):
        return np.zeros(n_static), np.ones(n_static)

    def values():
        for batch in gen_batches(len(rows), max(1, _BLOCK // n_static)):
            yield static[rows[batch]], weights[rows[batch]]

    return weighted_mean_and_scale(values, n_static)


def standardize_static(sequences, mean, scale):
    """Sequences with their static features standardised."""
    if not len(mean):
        return sequences
    static = ((sequences.static - mean) / scale).astype(sequences.values.dtype)
    return sequences._replace(static=contiguous(static))


def _last_steps(sequences, rows, n_steps, weights):
    """The last steps of some sequences as one matrix, and the weights of its rows.

    Missing steps are NaN.
    """
    back = np.arange(-n_steps, 0)
    index = sequences.stops[rows, np.newaxis] + back
    is_missing = -back > sequences.n_observed[rows, np.newaxis]
    values = sequences.values[np.where(is_missing, 0, index)]
    if is_missing.any():
        values[is_missing] = np.nan
    return values.reshape(-1, values.shape[2]), np.repeat(weights[rows], n_steps)


def fit_target_scaling(targets, levels, rows, weights, *, standardize, center=True):
    """Mean and scale of each output, (n_outputs,) each.

    Parameters
    ----------
    targets : ndarray of shape (n_samples, n_outputs)
    levels : ndarray of shape (n_samples, n_outputs) or (1, n_outputs)
        What is subtracted from the targets first: see `Anchor.levels`.
    rows : int64 ndarray
        The training samples.
    weights : ndarray of shape (n_samples,)
    standardize : bool
        If False, means are 0 and scales are 1.
    center : bool, default=True
        If False, for targets that are not negative, means are 0, and each target is
        scaled by its mean.
    """
    n_outputs = targets.shape[1]
    if not standardize:
        return np.zeros(n_outputs), np.ones(n_outputs)
    levels = np.broadcast_to(levels, targets.shape)

    def changes():
        for batch in gen_batches(len(rows), max(1, _BLOCK // n_outputs)):
            part = rows[batch]
            yield targets[part] - levels[part], weights[part]

    mean, scale = weighted_mean_and_scale(changes, n_outputs)
    if not center:
        return np.zeros(n_outputs), np.where(mean > 0, mean, 1)
    return mean, scale
