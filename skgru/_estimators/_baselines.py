"""Does the model know anything? What predicting without a model scores."""

from collections.abc import Callable

import numpy as np
from sklearn.utils import gen_batches

from skgru._reading._columns import Columns
from skgru._reading._series import rows_of_each
from skgru._warnings import warn_user

# Fewer held-out rows say too little for a warning.
_ENOUGH_TO_TELL = 10
# Rows compared at a time.
_BLOCK = 2**14


def columns_of_past(sequences, targets, series=None):
    """Which feature of X holds each target's own past; None where it is not there.

    It is the one whose last value in the next row is the target of this row, for all
    rows. A later target of several steps ahead has the past of the first one.

    Parameters
    ----------
    sequences : Sequences
    targets : ndarray of shape (n_samples, n_outputs)
        In the units of y.
    series : Series, default=None
        Which series each row belongs to, where there are several.

    Returns
    -------
    columns, n_ahead : ndarray of shape (n_outputs,), or None
        The features, and how many steps after it each target comes.
    """
    columns, n_ahead = [], []
    for k in range(targets.shape[1]):
        target = targets[:, k]
        if np.ptp(target) == 0:
            return None
        column = _column_of_past(sequences, target, series)
        if column is not None:
            columns.append(column)
            n_ahead.append(1)
        elif k and _comes_later(target, targets[:, 0], k, series):
            columns.append(columns[0])
            n_ahead.append(k + 1)
        else:
            return None
    return np.array(columns), np.array(n_ahead)


def _column_of_past(sequences, target, series):
    """The feature whose last value in the next row is the target, or None."""
    is_past = np.ones(sequences.values.shape[1], dtype=bool)
    n_pairs = 0
    for rows, later in _pairs(series, len(target), 1):
        last = sequences.values[sequences.stops[later] - 1]
        # As precise as the less precise of the two.
        dtype = min(last.dtype, target.dtype, key=lambda dtype: dtype.itemsize)
        last = last.astype(dtype, copy=False)
        wanted = target[rows].astype(dtype, copy=False)
        is_past &= (last == wanted[:, np.newaxis]).all(axis=0)
        n_pairs += len(wanted)
        if not is_past.any():
            return None
    return int(np.argmax(is_past)) if n_pairs > 1 else None


def _comes_later(target, first, n_steps, series):
    """Whether a target is what another one is some rows later."""
    pairs = list(_pairs(series, len(target), n_steps))
    return bool(pairs) and all(
        np.array_equal(target[rows], first[later]) for rows, later in pairs
    )


def _pairs(series, n_samples, n_steps):
    """Rows, and those of the same series that come so many later, block by block."""
    if series is None:
        for batch in gen_batches(max(0, n_samples - n_steps), _BLOCK):
            yield batch, slice(batch.start + n_steps, batch.stop + n_steps)
        return
    for part in rows_of_each(series, n_samples):
        if len(part) > n_steps:
            yield part[:-n_steps], part[n_steps:]


class BaselineMixin:
    """Scores a fitted model beside what costs nothing, on rows that were held out.

    Fitted: ``validation_score_`` and ``baseline_score_``.
    """

    n_outputs_: int
    _anchor: int
    _past: tuple | None
    _columns: tuple
    _predict_rows: Callable
    quantiles_: np.ndarray

    def _compare_with_baselines(self, data, rows, held_out_data, held_out):
        """Score the model, the mean of the training rows, and the last value if known.

        Warns if the model is not better than the last value.
        """
        self.validation_score_: float | None = None
        self.baseline_score_: dict[str, float] | None = None
        if len(held_out) < 2:
            return
        y, weights = held_out_data.targets[held_out], held_out_data.weights[held_out]

        def score(prediction):
            return self._score(y, prediction, weights)

        sequences = held_out_data.sequences
        prediction = self._predict_rows(held_out_data.reading, held_out)
        self.validation_score_ = score(prediction)
        mean = np.average(data.targets[rows], axis=0, weights=data.weights[rows])
        self.baseline_score_ = {
            "mean": score(np.broadcast_to(mean, y.shape)[:, :, np.newaxis])
        }
        if self._anchor >= 0:
            columns = np.full(self.n_outputs_, self._anchor)
        elif self._past is not None:
            columns, _ = self._past
        else:
            return
        last = sequences.values[sequences.stops[held_out] - 1][:, columns]
        scores = self.validation_score_, score(last[:, :, np.newaxis])
        self.baseline_score_["last_value"] = scores[1]
        is_known = len(held_out) >= _ENOUGH_TO_TELL and np.ptp(y) > 0
        if is_known and scores[0] <= scores[1]:
            self._warn_of_last_value(len(held_out), columns, scores)

    def _score(self, y, prediction, sample_weight):
        """R², or for quantiles D² of the pinball loss, their mean.

        Parameters
        ----------
        y : ndarray of shape (n_rows, n_outputs)
        prediction : ndarray of shape (n_rows, n_outputs, n_predictions or 1)
        sample_weight : ndarray of shape (n_rows,) or None
        """
        # Imported here, as in scikit-learn: importing it takes a second.
        from sklearn.metrics import d2_pinball_score, r2_score

        if not hasattr(self, "quantiles_"):
            return float(r2_score(y, prediction[:, :, 0], sample_weight=sample_weight))
        shape = (*prediction.shape[:2], len(self.quantiles_))
        prediction = np.broadcast_to(prediction, shape)
        scores = [
            d2_pinball_score(
                y, prediction[:, :, j], alpha=level, sample_weight=sample_weight
            )
            for j, level in enumerate(self.quantiles_)
        ]
        return float(np.mean(scores))

    def _warn_of_last_value(self, n_rows, columns, scores):
        """Tell that repeating the last value would have done as well."""
        features = Columns(*self._columns).features
        shown = [
            str(j) if features is None or not features[j] else repr(features[j])
            for j in sorted(set(columns.tolist()))
        ]
        cure = "" if self._anchor >= 0 else f"anchor={shown[0]}, "
        warn_user(
            f"On the {n_rows} held-out rows the model is not better than repeating the "
            f"last value of feature {', '.join(shown)}: its score is {scores[0]:.3g}, "
            f"that of the last value {scores[1]:.3g}. Try {cure}more rows or a longer "
            "past, or repeat the last value instead."
        )
