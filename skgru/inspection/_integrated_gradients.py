"""Attributions: what each number of X adds to a prediction."""

import warnings
from numbers import Integral

import numpy as np

from skgru._batches import Sequences, read_only
from skgru._sequences import copy_steps
from skgru.inspection._layout import in_columns, shape_of_columns, split_columns
from skgru.inspection._model import gradients, read, scaling_of_samples

# By how much attributions may miss the difference of predictions, as a part of the
# largest one, before that is worth a warning.
_TOLERANCE = 1e-3


def integrated_gradients(estimator, X, *, baseline=None, n_points=32):
    """What each number of X adds to the prediction, compared with a baseline.

    The derivative of the prediction is taken along the straight line from the baseline
    to X, averaged, and multiplied by how far each number is from the baseline. So the
    attributions of a sequence add up to the difference of two predictions, that for X
    and that for the baseline.

    Parameters
    ----------
    estimator : GRURegressor
        Fitted.
    X : array-like
        As for `predict`.
    baseline : float or array-like, default=None
        What to compare with, in the units of X: a number, one for each column, or
        anything that broadcasts to the shape of the result. None is the mean of the
        training rows (of each series, where each is standardised by itself; 0 with
        ``standardize=False``), and for the feature of `anchor` its last value at every
        step: nothing has changed.
    n_points : int, default=32
        Points of the line at which derivatives are taken (Gauss-Legendre quadrature).

    Returns
    -------
    ndarray
        In units of y, and in the shape of `input_gradients`: that of X, or for
        consecutive rows (n_rows, `window`, n_columns), and behind it the axes of one
        prediction. Missing steps and the column of groups are zeros.

    Raises
    ------
    TypeError
        If `estimator` is not a GRURegressor.
    ValueError
        If the baseline does not fit X, or X cannot be read.

    Warns
    -----
    UserWarning
        If the attributions do not add up to within a thousandth: the prediction then
        bends more along the line than `n_points` can follow.

    See Also
    --------
    input_gradients : The derivatives at X alone.

    References
    ----------
    Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic attribution for deep
    networks. ICML. https://arxiv.org/abs/1703.01365. Equation 1, and completeness:
    proposition 1.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.inspection import integrated_gradients
    >>> X = np.random.default_rng(0).standard_normal((100, 6, 2))
    >>> model = GRURegressor(8, random_state=0).fit(X, 3 * X[:, -1, 0])
    >>> attributions = integrated_gradients(model, X[:5], baseline=0)
    >>> difference = model.predict(X[:5]) - model.predict(np.zeros((1, 6, 2)))
    >>> np.allclose(attributions.sum(axis=(1, 2)), difference)
    True
    """
    if not isinstance(n_points, Integral) or n_points < 1:
        raise ValueError(
            f"n_points={n_points!r}, but an integer of 1 or more is wanted."
        )
    model = read(estimator, X)
    sequences, own = model.sequences, scaling_of_samples(model)
    rows = np.arange(len(sequences.stops))
    ends = copy_steps(sequences, rows), sequences.static
    starts = _baseline(model, baseline, own, ends[0])
    steps, static = _integrate(model, starts, ends, n_points)
    _check_sums(model, starts, rows, steps, static)
    if own is not None:
        target_scale = own.target_scale[:, np.newaxis, :, np.newaxis]
        steps, static = steps * target_scale[:, np.newaxis], static * target_scale
    values = estimator._in_shape_of_y(in_columns(estimator, steps, static))
    return values.astype(estimator._dtype)


def _baseline(model, baseline, own, steps):
    """Where the line begins: steps and static features on the common scale."""
    estimator, shape = model.estimator, steps.shape
    if baseline is None:
        from_steps = np.broadcast_to(estimator.feature_mean_, shape).copy()
        if estimator._anchor >= 0:
            from_steps[:, :, estimator._anchor] = steps[:, -1:, estimator._anchor]
        static_shape = model.sequences.static.shape
        return from_steps, np.broadcast_to(estimator.static_mean_, static_shape)
    wanted = shape_of_columns(estimator, *shape[:2])
    values = np.asarray(baseline, dtype=np.float64)
    try:
        values = np.broadcast_to(values, wanted)
    except ValueError:
        raise ValueError(
            f"baseline has shape {values.shape}, which does not broadcast to {wanted}: "
            "pass a number, one for each of the "
            f"{wanted[-1]} columns of X, or an array of the shape {wanted}."
        ) from None
    if not np.isfinite(values).all():
        raise ValueError(
            "baseline holds NaN or infinity. Pass finite numbers; what stands for a "
            "missing step or the column of groups does not matter, and may be 0."
        )
    from_steps, static = split_columns(estimator, values, shape[1])
    if own is not None:
        from_steps = (from_steps - own.mean[:, np.newaxis]) / own.scale[:, np.newaxis]
        static = (static - own.static_mean) / own.static_scale
    return from_steps, static


def _integrate(model, starts, ends, n_points):
    """Attributions on the common scale, in the form of its gradients."""
    points, weights = np.polynomial.legendre.leggauss(n_points)
    means = [0.0, 0.0]
    for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
        between = [
            start + point * (end - start)
            for start, end in zip(starts, ends, strict=True)
        ]
        for part, values in enumerate(gradients(model, _sequences(model, *between))):
            means[part] = means[part] + weight * values.astype(np.float64)
    return [
        mean * (end - start)[..., np.newaxis, np.newaxis]
        for mean, start, end in zip(means, starts, ends, strict=True)
    ]


def _sequences(model, steps, static):
    """Sequences of given steps, with those missing that are missing in X."""
    n_samples, n_timesteps, n_features = steps.shape
    dtype = model.estimator._dtype
    return Sequences(
        read_only(steps.reshape(-1, n_features).astype(dtype)),
        np.arange(1, n_samples + 1) * n_timesteps,
        model.sequences.n_observed,
        n_timesteps,
        read_only(static.astype(dtype)),
    )


def _check_sums(model, starts, rows, steps, static):
    """Warn if attributions do not add up to the difference of the predictions."""
    predict = model.estimator._predict_sequences
    difference = predict(model.sequences, rows).astype(np.float64)
    difference -= predict(_sequences(model, *starts), rows)
    total = steps.sum(axis=(1, 2)) + static.sum(axis=1)
    miss, largest = np.abs(total - difference).max(), np.abs(difference).max()
    if miss > _TOLERANCE * largest:
        warnings.warn(
            f"The attributions of a sequence miss the difference of the predictions by "
            f"up to {miss / largest:.1%} of the largest difference. Raise n_points, or "
            "choose a baseline nearer to X.",
            UserWarning,
            stacklevel=3,  # where integrated_gradients was called
        )
