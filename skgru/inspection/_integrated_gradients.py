"""Integrated gradients: what each number of X adds to a prediction."""

from numbers import Real

import numpy as np
from sklearn.utils import check_scalar, gen_batches

from skgru._network._sequences import Sequences, contiguous
from skgru._reading._build import copy_steps
from skgru._reading._form import in_columns
from skgru._warnings import warn_user
from skgru.inspection._baseline import find_baseline
from skgru.inspection._look import gradients, in_shape_of_predictions, look
from skgru.inspection._one_hot import one_hot, summed, with_one_hot

# Gauss-Legendre points in each part of a line, and the most parts of a line.
_N_POINTS = 8
_MOST_PARTS = 1000
# The sum over a part of a line may miss its difference by the part's share of `tol`,
# but at least by `_SMALLEST_SHARE` of `tol`, and by `_ROUNDED` rounding errors.
_SMALLEST_SHARE = 1 / 16
_ROUNDED = 50
# How many numbers the sequences that are computed together may have.
_AT_ONCE = 2**21


def integrated_gradients(estimator, X, *, baseline=None, tol=1e-4):
    """Attribute each prediction to the numbers of X, compared with a baseline.

    The derivative of the prediction is taken along the straight line from the baseline
    to X, averaged, and multiplied by how far each number is from the baseline. So the
    attributions of a sequence add up to the difference of two predictions: the one for
    X, and the one for the baseline.

    Parameters
    ----------
    estimator : GRURegressor, GRUClassifier, or another recurrent one, or Pipeline
        A fitted model, or a fitted pipeline or search that ends in one. With a
        TransformedTargetRegressor, y is the transformed target.
    X : array-like
        As for `predict`. The steps of a pipeline transform it, and below, X is what
        they return.
    baseline : float, array-like, Series or DataFrame, default=None
        What to compare X with, in the units of X: a number, one for each column, or
        anything that broadcasts to the shape of the result. Columns with names are
        found by their names. Values at missing steps, or in the column of groups, do
        not matter. None is the mean of the training rows, or 0 with
        ``standardize=False``. Where each series is standardised by itself, None is the
        mean of the series (but the mean of all series for features that are constant
        within each of them). For the feature of `anchor`, None is its last value at
        every step, as if it had not changed. For categorical features the baseline is
        always a missing category; values in their columns do not matter.
    tol : float, default=1e-4
        By how much the attributions of a sequence may miss the difference of the
        predictions, in standard deviations of y, or as a decision value.

    Returns
    -------
    ndarray
        In units of y, and in the shape of the result of `input_gradients`: the shape of
        X, or (n_rows, `window`, n_columns) for consecutive rows, followed by the axes
        of one prediction. Missing steps and the column of groups are zeros. Of a
        classifier they add up to a difference of decision values, and have the axes of
        one row of `decision_function`.

    Raises
    ------
    TypeError
        If `estimator` ends in no recurrent estimator, or `tol` is not a number.
    ValueError
        If the baseline does not fit X, `tol` is not above 0, or X cannot be read.

    Warns
    -----
    UserWarning
        If the attributions miss the difference by more than `tol`, and by more than
        rounding explains, after the line was cut into 1000 parts.

    See Also
    --------
    input_gradients : The derivatives at X alone.

    Notes
    -----
    The prediction may jump at some place of the line, as if switched: a sum over a
    fixed number of points can then miss most of the difference. Here each part of the
    line is summed by Gauss-Legendre quadrature with 8 points, and halved until its sum
    is the difference of the predictions at its ends.

    A category is a one-hot input on this way, and its attribution is the sum over all
    of these; they are written down for the samples of X, which takes memory where there
    are many categories.

    With ``remember=True`` the windows of the first rows reach back into the rows of
    `fit`, which then have a part in the attributions too.

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
    check_scalar(tol, "tol", Real, min_val=0, include_boundaries="neither")
    return attribute(look(estimator, X), baseline, tol)


def attribute(seen, baseline, tol=1e-4):
    """Compute `integrated_gradients` for an X that a model has already read."""
    sequences, own = seen.sequences, seen.fitted.scaler.of_samples(seen.reading)
    ends = copy_steps(sequences, np.arange(len(sequences.stops))), sequences.static
    starts = find_baseline(seen, baseline, own, ends[0])
    columns = seen.fitted.reader.columns
    n_codes = columns.n_codes, columns.static_n_codes
    line = _Line(
        with_one_hot(seen),
        *(tuple(map(one_hot, place, n_codes)) for place in (starts, ends)),
    )
    parts = _integrate(line, tol)
    steps, static = (
        summed(part, axis, n)
        for part, axis, n in zip(parts, (2, 1), n_codes, strict=True)
    )
    if own is not None:
        target_scale = own.target_scale[:, np.newaxis, :, np.newaxis]
        steps, static = steps * target_scale[:, np.newaxis], static * target_scale
    values = in_columns(seen.fitted.reader, steps, static)
    return in_shape_of_predictions(seen, values)


class _Line:
    """Straight lines from baselines to sequences, one for each sample.

    Parameters
    ----------
    seen : Look
    starts, ends : (steps, static)
        Baselines and sequences, on the common scale.
    """

    def __init__(self, seen, starts, ends):
        self.seen, self.starts = seen, starts
        self.dtype = seen.fitted.reader.dtype
        self.target_scale = seen.fitted.scaler.target_scale[:, np.newaxis]
        self.lengths = [end - start for start, end in zip(starts, ends, strict=True)]

    def sequences(self, samples, places):
        """Sequences on the lines of some samples, at places from 0 to 1."""
        steps, static = (
            start[samples]
            + places.reshape(-1, *[1] * (start.ndim - 1)) * length[samples]
            for start, length in zip(self.starts, self.lengths, strict=True)
        )
        n_samples, n_timesteps, n_features = steps.shape
        return Sequences(
            contiguous(steps.reshape(-1, n_features).astype(self.dtype)),
            np.arange(1, n_samples + 1) * n_timesteps,
            self.seen.sequences.n_observed[samples],
            n_timesteps,
            contiguous(static.astype(self.dtype)),
        )

    def predict(self, samples, places):
        """Predictions for these sequences, in standard deviations of y."""
        fitted, rows = self.seen.fitted, np.arange(len(samples))
        sequences = self.sequences(samples, places)
        raw = fitted.model.predict(
            fitted.scaler.standardized(sequences),
            fitted.scaler.features,
            rows,
            self.seen.n_threads,
        )
        standardized = fitted.targets.predictions(raw, fitted.scaler.target_scale)
        prediction = fitted.scaler.from_standardized(standardized, sequences, rows)
        return prediction.astype(np.float64) / self.target_scale

    def attributions(self, samples, low, high):
        """Attributions of parts of the lines, in the form that `gradients` returns."""
        totals = [0.0, 0.0]
        points, weights = np.polynomial.legendre.leggauss(_N_POINTS)
        for point, weight in zip((points + 1) / 2, weights / 2, strict=True):
            sequences = self.sequences(samples, low + point * (high - low))
            for part, values in enumerate(gradients(self.seen, sequences)):
                totals[part] = totals[part] + weight * values.astype(np.float64)
        for part, (total, length) in enumerate(zip(totals, self.lengths, strict=True)):
            moved = (high - low).reshape(-1, *[1] * (length.ndim - 1)) * length[samples]
            totals[part] = total * moved[..., np.newaxis, np.newaxis]
        return totals

    def add_up(self, samples, low, high, parts, tol):
        """Whether attributions add up to the difference of predictions in each part."""
        ends = self.predict(samples, high), self.predict(samples, low)
        miss = np.abs(self.sums(parts) - (ends[0] - ends[1])).max(axis=(1, 2))
        rounding = _ROUNDED * np.finfo(self.dtype).eps
        rounding *= np.maximum(1, np.abs(ends[0]).max(axis=(1, 2)))
        allowed = tol * np.maximum(high - low, _SMALLEST_SHARE)
        # Predictions that are not finite pass: halving would not make them finite.
        return ~(miss > np.maximum(allowed, rounding))

    def sums(self, parts):
        """Sums of attributions over steps and features, in standard deviations of y."""
        steps, static = parts
        total = steps.sum(axis=(1, 2)) + static.sum(axis=1)
        return total / self.target_scale


def _integrate(line, tol):
    """Attributions of whole lines on the common scale, in the form of `gradients`."""
    n_samples, n_timesteps, n_features = line.lengths[0].shape
    n_at_once = max(1, _AT_ONCE // (n_timesteps * n_features))
    n_parts = np.ones(n_samples, dtype=int)
    totals = None
    todo = [(np.arange(n_samples), np.zeros(n_samples), np.ones(n_samples))]
    while todo:
        samples, low, high = todo.pop()
        for batch in gen_batches(len(samples), n_at_once):
            some, a, b = samples[batch], low[batch], high[batch]
            parts = line.attributions(some, a, b)
            if totals is None:
                totals = [np.zeros((n_samples, *part.shape[1:])) for part in parts]
            halved = ~line.add_up(some, a, b, parts, tol)
            halved &= n_parts[some] < _MOST_PARTS
            for total, part in zip(totals, parts, strict=True):
                total[some[~halved]] += part[~halved]
            if halved.any():
                some, a, b = some[halved], a[halved], b[halved]
                n_parts[some] += 1
                middle = (a + b) / 2
                todo += [(some, a, middle), (some, middle, b)]
    _check_sums(line, totals, tol)
    return totals


def _check_sums(line, totals, tol):
    """Warn if attributions do not add up to the difference of the predictions."""
    samples = np.arange(len(totals[0]))
    whole = np.zeros(len(samples)), np.ones(len(samples))
    n_missed = np.count_nonzero(~line.add_up(samples, *whole, totals, tol))
    if n_missed:
        is_scaled = line.seen.fitted.targets.are_scaled
        of_y = " standard deviations of y" if is_scaled else ""
        warn_user(
            f"The attributions of {n_missed} sequence(s) miss the difference of the "
            f"predictions by more than tol={tol:g}{of_y}: on the "
            "way from the baseline to X predictions change too often. Raise tol, or "
            "choose a baseline nearer to X."
        )
