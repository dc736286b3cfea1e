"""The base class of recurrent regressors: adds `score` and `forecast`."""

from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import Interval, StrOptions

from skgru._estimators._attributes import RegressionAttributes
from skgru._estimators._base import RecurrentEstimator
from skgru._estimators._data import check_weights
from skgru._estimators._fitted import Fitted
from skgru._estimators._forecasting._forecast import forecast
from skgru._estimators._regression import RegressionTargets
from skgru._training._losses import LOSSES


@dataclass(frozen=True)
class FittedToNumbers(Fitted):
    """The parts of a fitted regressor."""

    targets: RegressionTargets


class RecurrentRegressor(RegressionAttributes, RegressorMixin, RecurrentEstimator):
    """Regression on sequences; a subclass defines the kind of cells."""

    _targets_class = RegressionTargets
    _fitted_class = FittedToNumbers
    _fitted: FittedToNumbers
    _parameter_constraints = RecurrentEstimator._parameter_constraints | {
        "loss": [StrOptions(set(LOSSES))],
        "quantile": [Interval(Real, 0, 1, closed="neither"), "array-like", None],
        "huber_delta": [Interval(Real, 0, None, closed="neither"), "array-like", None],
        "anchor": [Integral, str, None],
    }

    def _anchor(self):
        if self.anchor not in (None, "auto") and LOSSES[self.loss].has_log_link:
            raise ValueError(
                f"loss={self.loss!r} predicts the logarithm of the mean, and "
                f"anchor={self.anchor!r} changes of a level: the two cannot be "
                "combined. Set anchor=None."
            )
        return self.anchor

    def score(self, X, y, sample_weight=None):
        """How much better the predictions are than the best constant.

        Parameters
        ----------
        X : array-like
            As in `predict`.
        y : array-like of the shape of the y of `fit`
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        float
            R², or with ``loss="quantile"`` D² of the pinball loss
            (:func:`sklearn.metrics.d2_pinball_score`), as the mean over the quantiles.
            The best score is 1; the best constant scores 0. It is computed in float64,
            and does not depend on the units of y, however small or large.
        """
        fitted, predictions = self._predict(X)
        y = fitted.targets.read_truth(y, predictions, type(self).__name__)
        if sample_weight is not None:
            # Rows of weight 0 need no prediction.
            weights = check_weights(sample_weight, y, np.float64)
            counts = (weights > 0) | ~np.isnan(predictions).any(axis=(1, 2))
            y, predictions = y[counts], predictions[counts]
            sample_weight = weights[counts]
        return fitted.targets.score(y, predictions, sample_weight)

    def forecast(
        self, history, n_steps, future=None, *, n_paths=1000, random_state=None
    ):
        """Predict the values that follow on some rows, each from the values before it.

        This needs a model that predicts the next value of its own input: ``y[t]`` is
        the value of a column of X in row ``t + 1``, for all rows but a few, as in
        ``fit(series[:-1], series[1:])`` with `window`, or with the windows of
        :func:`make_windows`. X may hold it in other units than y. Each prediction
        becomes the input of the next one. A model that predicts several steps ahead at
        once (``make_windows(..., horizon=5)``) forecasts in blocks of as many steps.

        Parameters
        ----------
        history : array-like of shape (n_rows, n_columns) or (n_rows,)
            The rows up to now, oldest first. The columns are those of a single step:
            the columns of X with `window`, or the last axis of a 3-D X. There must be
            at least as many rows as a prediction sees. With `group_column`, rows of
            several series.
        n_steps : int
            How many values to predict.
        future : array-like of shape (n_steps - 1 or n_steps, n_columns), default=None
            Rows that follow on `history`, with the same columns. Needed if some columns
            are not predicted: the known future values of these columns. The predicted
            columns are ignored, and may be NaN, or missing in a DataFrame, whose
            columns may stand in any order. The row of the last step is not needed,
            nor are those of the last block of steps. With `group_column`, this number
            of rows for each series.
        n_paths : int, default=1000
            With a list of quantiles, how many paths are drawn for each series: a value
            from the distribution of the next one is fed back, and so on. The quantiles
            of all paths are those of the forecast, but for the first step (or block of
            steps), whose quantiles are those of `predict`.
        random_state : int, RandomState instance or None, default=None
            Draws the paths. Pass an int for the same forecast at every call.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, n_outputs), or dict of such
            One row for each step, in the shape of the y of `fit`; a model that predicts
            several steps ahead at once gives one value of each variable for each step.
            With a list of quantiles there is one more axis at the end, n_quantiles.
            With `group_column`, a dict of such arrays by the name of the series.

        Raises
        ------
        ValueError
            If the model does not predict its own input, or if `history` or `future` do
            not fit the model: the message says what is wanted.

        Warns
        -----
        UserWarning
            If there are series in `history` that were not in `fit`, and each is
            standardised by itself: as in `predict`. If the path leaves the
            values that `fit` has seen, or comes to rest at their edge, where a network
            saturates; not of a column of which the network sees changes from the last
            value (see `anchor`).
        """
        return forecast(
            self,
            history,
            n_steps,
            future,
            n_paths=n_paths,
            random_state=random_state,
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        tags.target_tags.positive_only = LOSSES[self.loss].has_log_link
        return tags
