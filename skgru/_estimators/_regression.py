"""Targets of regression: checks of y, the choice of the loss, and the score."""

import contextlib
from dataclasses import dataclass, replace
from numbers import Real

import numpy as np

from skgru._estimators._size_of_targets import check_size, refuse_too_large
from skgru._estimators._targets import Doubt, check_numbers
from skgru._reading._pairs import Pairs, pairs_of_targets
from skgru._reading._past import Past, past_of_targets
from skgru._training._losses import LOSSES
from skgru._training._losses._base import n_raw, predictions
from skgru._training._losses._quantile import check_quantiles

# So many held-out targets must lie outside the others to be taken for something else.
_ENOUGH_TO_COMPARE = 3


@dataclass(frozen=True)
class LossSettings:
    """What is minimised: the estimator's parameters of the same names."""

    loss: str = "squared_error"
    quantile: float | tuple[float, ...] | None = None
    huber_delta: float | list[float] | None = None

    @classmethod
    def of(cls, estimator):
        """Take the parameters of an estimator, or refuse them.

        Raises
        ------
        ValueError
            If `quantile` is not between 0 and 1, or a list is not in rising order.
        """
        quantile = None
        if estimator.loss == "quantile":
            levels = tuple(check_quantiles(estimator.quantile).tolist())
            quantile = levels[0] if isinstance(estimator.quantile, Real) else levels
        return cls(estimator.loss, quantile, _plain_deltas(estimator.huber_delta))

    def begins_at_mean(self, *, standardize):
        """Whether the first raw predictions are, nearly, the best constant ones."""
        return standardize and LOSSES[self.loss].is_least_at_mean


def _plain_deltas(huber_delta):
    """Thresholds in Python's numbers; what is none is refused later, by the loss.

    Their number is checked then too, when the number of outputs is known.
    """
    if huber_delta is None:
        return None
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return np.asarray(huber_delta, dtype=np.float64).tolist()
    return huber_delta


@dataclass(frozen=True)
class RegressionTargets:
    """What is predicted, and by which loss.

    Attributes
    ----------
    settings : LossSettings
        The parameters of `fit`.
    n_outputs : int
        Number of targets.
    ndim : int
        Dimensions of y, 1 to 3.
    past : Past or None
        Which features of a step hold the targets' own past, if that is known.
    horizon : int
        Of a y of 3 dimensions the second one: steps, each with the same variables.
    pairs : Pairs or None
        Some targets, and what X held in their place later, if that is known.
    """

    settings: LossSettings
    n_outputs: int
    ndim: int
    past: Past | None = None
    horizon: int = 1
    pairs: Pairs | None = None

    @staticmethod
    def settings_of(estimator):
        """The parameters that say what is minimised, checked."""
        return LossSettings.of(estimator)

    @classmethod
    def of_fit(cls, y, X, settings, owner, before=None):
        """Check the targets of a fit, and describe them.

        Parameters
        ----------
        y, X : array-like
        settings : LossSettings
        owner : str
            Name of the estimator, for messages.
        before : RegressionTargets, default=None
            The targets of the earlier fit, if training goes on.

        Returns
        -------
        RegressionTargets, ndarray of shape (n_samples, n_outputs)
        """
        if before is not None:
            before._check_unchanged(settings)
            # huber_delta may change, but loss and quantile, which say what the raw
            # predictions mean, may not.
            targets = replace(before, settings=settings)
            return targets, targets.read(y, X, owner)
        y = check_numbers(y, X, owner, "y")
        n_outputs = y[0].size
        targets = cls(settings, n_outputs, y.ndim)
        if y.ndim == 3:
            targets = replace(targets, horizon=y.shape[1])
        # This refuses a wrong huber_delta or quantile before anything is computed.
        targets.loss_for(np.ones(n_outputs))
        targets._check_values(y, "y", sets_scale=True)
        return targets, y.reshape(len(y), -1)

    def read(self, y, X, owner, name="y"):
        """Check targets that must be of the same kind as the targets of `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
        """
        y = self.read_truth(y, X, owner, name)
        self.loss_for(np.ones(self.n_outputs))
        self._check_values(y, name, sets_scale=False)
        return y

    def read_truth(self, y, X, owner, name="y"):
        """Check targets that predictions are compared with, which may be of any value.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
        """
        y = check_numbers(y, X, owner, name)
        y = y.reshape(len(y), -1)
        if y.shape[1] != self.n_outputs:
            raise ValueError(
                f"{name} has {y.shape[1]} output(s), but {owner} is expecting "
                f"{self.n_outputs}, as before. Pass the same targets, or fit anew with "
                "warm_start=False."
            )
        return y

    # What the rows tell

    def looking_at(self, sequences, values, series, named):
        """The same targets, knowing which features hold their past, if any do.

        Parameters
        ----------
        sequences : Sequences
        values : ndarray of shape (n_samples, n_outputs)
        series : Series or None
        named : int
            The feature that the user has named as their past, or -1.
        """
        if self.past is not None:
            return self
        past = past_of_targets(sequences, values, series, named)
        pairs = pairs_of_targets(sequences, values, series, past)
        return replace(self.with_past(past), pairs=pairs)

    def with_past(self, past):
        """A copy of this object that knows which features hold the targets' past."""
        return replace(self, past=past)

    def weighted(self, values, weights, settings, owner):
        """The same targets, and the weights of rows, which are not changed."""
        refuse_too_large(values, weights.dtype)
        return self, weights

    def weights_of(self, values, weights):
        """The weights of rows, which are not changed."""
        return weights

    def parts_to_hold_out_of(self, reader, values, series):
        """Of which rows the last ones are held out, each part by itself: of series."""
        return series

    def doubt(self, data, training, held_out, anchor, *, by_class, is_asked_for):
        """Whether all held-out targets lie outside those of training.

        Where the last value of the target is known, it is subtracted first.

        Parameters
        ----------
        data : Data
        training, held_out : int64 ndarray
            Rows of `data`.
        anchor : int, str or None
            The estimator's parameter.
        by_class : bool
            Whether rows were held out by class; numbers have none.
        is_asked_for : bool
            Whether the user has asked to hold rows out; then nothing is in doubt.

        Returns
        -------
        Doubt or None
        """
        y, what = data.targets, "targets,"
        if is_asked_for or len(held_out) < _ENOUGH_TO_COMPARE:
            return None
        if self.past is not None and anchor is not None:
            what = "targets, less the value before,"
            y = y - self.past.last_values(data.reading.sequences, np.arange(len(y)))
        inside, others = y[training], y[held_out]
        lie_beyond = (others > inside.max(axis=0)).all(axis=0)
        lie_beyond |= (others < inside.min(axis=0)).all(axis=0)
        if not lie_beyond.any():
            return None
        k = int(np.argmax(lie_beyond))
        low, high = others[:, k].min(), others[:, k].max()
        return Doubt(
            f"The last {len(held_out)} rows were to tell when training should stop, "
            f"but all their {what} {low:.4g} to {high:.4g}, lie outside those of the "
            f"other rows, {inside[:, k].min():.4g} to {inside[:, k].max():.4g}. So all "
            "rows are trained on, for max_iter epochs. If X holds several series one "
            "behind the other, name them by group_column= (with window=), or pass "
            "X_val and y_val; for a series with a trend, anchor= can name the feature "
            "of X that holds the target's past. early_stopping=True or False passes "
            "without this warning.",
            refuses=True,
        )

    def fitted_to(self, data, rows):
        """The same targets: nothing more is learned from the training rows."""
        check_size(data.targets[rows], data.weights.dtype)
        return self

    def _check_unchanged(self, settings):
        """Refuse another loss while training goes on."""
        now = settings.loss, settings.quantile
        then = self.settings.loss, self.settings.quantile
        if now != then:
            raise ValueError(
                f"loss and quantile are {now}, but were {then} when training began, "
                "and cannot change while it goes on. Set them back, or fit anew with "
                "warm_start=False."
            )

    def _check_values(self, y, name, *, sets_scale):
        """Refuse targets that the loss cannot be used with.

        With ``sets_scale=False``, where the scale of y is not computed from these
        targets, they may be 0 everywhere.
        """
        if self.are_centered:
            return
        if (y < 0).any() or (sets_scale and not y.any()):
            raise ValueError(
                f"loss={self.settings.loss!r} is for counts and amounts: {name} must "
                f"be 0 or more, and not 0 everywhere. Its lowest value is {y.min():g}, "
                f"its highest {y.max():g}."
            )

    # Properties that depend on the loss

    # Whether NaN can say that nothing is known: of numbers it can.
    may_be_unknown = True
    are_scaled = True
    constant_name = constant_in_words = "mean"

    @property
    def are_centered(self):
        """Whether the mean of y is subtracted: not if its logarithm is predicted."""
        return not LOSSES[self.settings.loss].has_log_link

    def loss_for(self, target_scale):
        """The loss of standardised targets, as the named tuple that kernels take."""
        settings = self.settings
        return LOSSES[settings.loss].of_parameters(
            settings.quantile, settings.huber_delta, target_scale
        )

    @property
    def n_raw(self):
        """Number of raw predictions that the network has to make for each row."""
        return n_raw(self.loss_for(np.ones(self.n_outputs)), self.n_outputs)

    @property
    def quantiles(self):
        """Levels of the quantiles that are predicted, or None."""
        if self.settings.quantile is None:
            return None
        return np.array(self.settings.quantile, dtype=np.float64, ndmin=1)

    @property
    def has_list_of_quantiles(self):
        """Whether each output has several predictions, on an axis of their own."""
        return isinstance(self.settings.quantile, tuple)

    def predictions(self, raw, target_scale):
        """Standardised predictions (n_rows, n_outputs, n_predictions)."""
        return predictions(self.loss_for(target_scale), raw)

    def in_shape_of_y(self, values):
        """Drop axes that `predict` does not have from (…, n_outputs, n_predictions)."""
        if self.ndim == 1:
            values = values[..., 0, :]
        elif self.ndim == 3:
            *before, _, n_predictions = values.shape
            values = values.reshape(*before, self.horizon, -1, n_predictions)
        return values if self.has_list_of_quantiles else values[..., 0]

    def constant(self, values, weights):
        """The best prediction that needs no X, (n_outputs, 1): the weighted mean."""
        with np.errstate(over="ignore", invalid="ignore"):
            mean = np.average(values, axis=0, weights=weights)
        return mean[:, np.newaxis]

    def score(self, y, prediction, sample_weight):
        """R², or for quantiles the mean over them of D² of the pinball loss.

        Parameters
        ----------
        y : ndarray of shape (n_rows, n_outputs), float64
        prediction : ndarray of shape (n_rows, n_outputs, n_predictions or 1)
        sample_weight : ndarray of shape (n_rows,) or None
        """
        prediction = prediction.astype(np.float64)
        # Squares of very large and very small numbers would overflow or vanish. Another
        # power of two changes no digit.
        power = -np.frexp(np.abs(y).max(axis=0, initial=0.0))[1]
        y = np.ldexp(y, power)
        prediction = np.ldexp(prediction, power[:, np.newaxis])
        # Imported here, as scikit-learn does, because importing sklearn.metrics takes a
        # second.
        from sklearn.metrics import d2_pinball_score, r2_score

        levels = self.quantiles
        if levels is None:
            return float(r2_score(y, prediction[:, :, 0], sample_weight=sample_weight))
        shape = (*prediction.shape[:2], len(levels))
        prediction = np.broadcast_to(prediction, shape)
        scores = [
            d2_pinball_score(
                y, prediction[:, :, j], alpha=level, sample_weight=sample_weight
            )
            for j, level in enumerate(levels)
        ]
        return float(np.mean(scores))

    def check(self, n_features):
        """Refuse fields that do not fit each other, as from a file that was changed.

        Raises
        ------
        ValueError
        """
        has_levels = self.settings.quantile is not None
        if has_levels != (self.settings.loss == "quantile"):
            raise ValueError(
                f"The fitted model has loss={self.settings.loss!r} and "
                f"quantile={self.settings.quantile!r}. Fit or load the model anew."
            )
        has_axes = {
            1: self.n_outputs == self.horizon == 1,
            2: self.n_outputs > 0 and self.horizon == 1,
            3: self.n_outputs >= self.horizon > 0
            and self.n_outputs % max(self.horizon, 1) == 0,
        }
        if self.settings.loss not in LOSSES or not has_axes.get(self.ndim, False):
            raise ValueError(
                f"loss={self.settings.loss!r} of {self.n_outputs} output(s) in "
                f"{self.ndim} dimension(s) cannot be predicted. Fit or load the model "
                "anew."
            )
        self.loss_for(np.ones(self.n_outputs))
        if self.past is not None:
            self.past.check(self.n_outputs, n_features)
        if self.pairs is not None:
            self.pairs.check(self.n_outputs, n_features)
