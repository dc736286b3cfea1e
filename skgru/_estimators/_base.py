"""The base class of all recurrent estimators, with `fit` and `predict`.

A fitted estimator consists of parts: the reader of X, the targets, the scaler, the
model and the state of training. A fit makes new parts from the data and from the old
parts, and assigns all of them at once when training has learned something. Until then
the estimator does not change, whatever goes wrong.
"""

from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, _fit_context, clone
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if

from skgru._estimators._advice import (
    advise_on_last_value,
    advise_on_training,
    what_anchors,
)
from skgru._estimators._attributes import FittedAttributes
from skgru._estimators._baselines import compare_with_baselines
from skgru._estimators._callbacks import CallbackSupportMixin, tasks_of_fit
from skgru._estimators._data import check_weights, hold_out, stops_early
from skgru._estimators._doc_links import DocLinkMixin
from skgru._estimators._fitted import (
    NOTHING,
    Fitted,
    architecture_of,
    parts_of,
)
from skgru._estimators._resampled import warn_of_resampling
from skgru._estimators._row_by_row import notice_call
from skgru._estimators._settings import Settings, n_threads_of
from skgru._estimators._solvers import SCHEDULES, SGD, SOLVERS, Adam
from skgru._estimators._state import KeepsParts
from skgru._estimators._unobserved import observed_rows, refuse_unobserved
from skgru._network._model import Model
from skgru._network._summary import LayerSummary, ModelSummary
from skgru._reading._description import describe
from skgru._reading._reader import Reader
from skgru._reading._settings import ReadingSettings
from skgru._scaling._scaler import Data, Scaler
from skgru._training._losses._base import initial_intercepts
from skgru._training._problem import Problem
from skgru._training._run import Training, TrainingRun


def is_stochastic(estimator):
    """Return True if the solver can train on part of the data, else raise an error."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit needs a solver that takes mini-batches, and solver='lbfgs' "
            "takes all rows at once. Set solver='adam' or 'sgd'."
        )
    return True


class RecurrentEstimator(
    FittedAttributes, KeepsParts, CallbackSupportMixin, DocLinkMixin, BaseEstimator
):
    """Fitting and predicting with a stack of recurrent cells and a dense head.

    A subclass defines the kind of cells by ``_cell``, and the kind of targets by
    ``_targets_class``. All that is learned is in one attribute, ``_fitted``: see
    `skgru._estimators._fitted`.
    """

    _targets_class: Any  # RegressionTargets, or another with the same methods
    _fitted_class: type[Fitted]
    # Whether few sequences make several mini-batches; and of how many rows at most some
    # are held out with early_stopping="auto".
    _cuts_few_rows = False
    _most_to_hold_out = np.inf
    _fitted: Fitted

    _parameter_constraints: dict = {
        "hidden_layer_sizes": [
            Interval(Integral, 1, None, closed="left"),
            "array-like",
        ],
        "window": [Interval(Integral, 1, None, closed="left"), None],
        "remember": ["boolean"],
        "group_column": [Integral, str, None],
        "n_timesteps": [Interval(Integral, 1, None, closed="left"), None],
        "time_order": [StrOptions({"auto", "oldest_first", "newest_first"})],
        "static_features": ["array-like", Integral, str, None],
        "categorical_features": ["array-like", StrOptions({"from_dtype"}), None],
        "embedding_size": [Interval(Integral, 1, None, closed="left"), None],
        "standardize": ["boolean", StrOptions({"pooled"})],
        "bidirectional": ["boolean"],
        "solver": [StrOptions(set(SOLVERS)), Adam, SGD],
        "learning_rate": [StrOptions(set(SCHEDULES))],
        "learning_rate_init": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "recurrent_dropout": [Interval(Real, 0, 1, closed="left")],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), None],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def _cell(self):
        """Name of the cells: a key of `skgru._cells.CELLS`."""
        raise NotImplementedError

    def _gate_init(self):
        """How the gate starts that keeps the state, if the cells have one."""
        return "keras"

    def _pooling(self):
        """Which states of the last layer the head reads."""
        return "last"

    def _anchor(self):
        """The parameter `anchor`; None for targets that have no past to start from."""

    # Nested validation is not skipped: a solver instance checks its own parameters.
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Train on sequences and their targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_columns)
            Sequences, or a table that `window` or `n_timesteps` turn into sequences. If
            X is float32, or a table of categories alone, all is computed in float32,
            else in float64.
        y : array-like of shape (n_samples,), (n_samples, n_outputs) or \
                (n_samples, horizon, n_variables)
            Targets. Three dimensions, several steps of several variables, are for
            regressors alone.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows as targets, not negative. Rows of weight 0 are not
            trained on, but remain inputs in the windows of later rows. Rows that are
            NaN in all features, as of a shop that has not opened yet, need weight 0.
        X_val, y_val : array-like, default=None
            Validation rows, used instead of a fraction of X: their loss is recorded,
            and with `early_stopping` it decides when to stop. With `window` they are a
            series of their own.
        sample_weight_val : array-like, default=None
            Weights of the validation rows.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If parameters contradict each other, or X, y or weights cannot be read: the
            message says what was found, what is wanted and how to mend it. The
            estimator then stays as it was.
        KeyboardInterrupt
            If Ctrl-C comes before the first epoch has ended; the estimator stays as it
            was then too. A later Ctrl-C ends training, and what was learned is kept.

        Warns
        -----
        ConvergenceWarning
            If training was still improving after `max_iter` epochs, or its loss stopped
            being finite.
        UserWarning
            If the columns of a DataFrame are read as time steps, if there are too few
            rows to hold any out, or if rows under `window` look shuffled or drawn with
            replacement.
        """
        fresh = not (self.warm_start and self.__sklearn_is_fitted__())
        validation = (X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation, fresh=fresh)

    @available_if(is_stochastic)
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y, sample_weight=None):
        """Train for one epoch on some rows, from where the last call ended.

        The statistics of `standardize` are those of the first call. The learning rate
        is the current `learning_rate_init` for the whole epoch; with
        ``learning_rate="invscaling"`` it is divided by the square root of the number of
        epochs. `max_iter`, `early_stopping` and `validation_fraction` are ignored.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_columns)
            As in `fit`. With `window`, the rows of each call are a series of their own,
            or with ``remember=True`` follow on the rows of the call before.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self
        """
        return self._fit_one_epoch(X, y, sample_weight)

    def _fit_one_epoch(self, X, y, sample_weight, **of_targets):
        """Train for one epoch: the common part of `partial_fit`."""
        fresh = not self.__sklearn_is_fitted__()
        # scikit-learn checks parameters in the first call only, but they may have been
        # set since.
        if not fresh and not get_config()["skip_parameter_validation"]:
            self._validate_params()
        no_validation = (None, None, None)
        return self._fit(
            X,
            y,
            sample_weight,
            no_validation,
            fresh=fresh,
            one_epoch=True,
            **of_targets,
        )

    def _fit(
        self, X, y, sample_weight, validation, *, fresh, one_epoch=False, **of_targets
    ):
        """Fit, or go on fitting unless `fresh`.

        Parameters
        ----------
        X, y, sample_weight
            As the user passed them.
        validation : tuple
            X_val, y_val and sample_weight_val, each possibly None.
        fresh : bool
            Whether to forget what was fitted before.
        one_epoch : bool, default=False
            Whether this is one pass over part of the data; then nothing is held out.
        **of_targets
            What else is told of the targets: see ``of_fit`` of their class.
        """
        # Parameters are read once, here: a callback may change the estimator later.
        asked = Settings.of(self, validation, one_epoch=one_epoch)
        owner, old = type(self).__name__, NOTHING if fresh else parts_of(self)
        tasks = tasks_of_fit(self, asked.plan.n_epochs or 1, X, y, sample_weight)
        if not fresh:
            asked.check_goes_on(old)
        reader, reading = Reader.of_fit(
            X, asked.reading, owner, before=old.reader, follows=one_epoch
        )
        asked.check_embeds(reader)
        targets, values = self._targets_class.of_fit(
            y, X, asked.loss, owner, before=old.targets, **of_targets
        )
        targets, weights = targets.weighted(
            values, check_weights(sample_weight, X, reader.dtype), asked.loss, owner
        )
        refuse_unobserved(reading.sequences, weights)
        data = Data(reading, values, weights)
        if reader.overlaps:
            warn_of_resampling(data)
        asked = asked.deciding(
            stops_early(
                asked.early_stopping, reader, data.weights, self._most_to_hold_out
            ),
            cuts_few_rows=self._cuts_few_rows and reader.is_sequence,
        )
        apart = reading.series or reader.series_told(reading.sequences)
        named = reader.feature(asked.scaling.named_anchor)
        numbers = reader.numbers_alone(reading.sequences)
        targets = targets.looking_at(numbers, values, apart, named)
        rows, held_out = hold_out(
            data, apart, validation, asked, reader, targets, owner
        )
        asked = asked.for_rows(len(rows))
        if fresh:
            targets = targets.fitted_to(data, rows)
        merges = asked.takes_all_at_once(len(rows)) and not reader.overlaps
        scaler, examples = Scaler.of_fit(
            data, rows, asked.scaling, reader, targets, merges=merges, before=old.scaler
        )
        watched = scaler.examples(*held_out) if len(held_out.rows) else None
        model, training = old.model, old.training
        if fresh:
            model, training = _untrained(asked, reader, targets, scaler, data, rows)
        network = model.network(scaler.features)
        objective = asked.objective(targets, scaler, len(rows))
        problem = Problem(network, objective, examples, watched, asked.n_threads)
        run = TrainingRun(problem, model, training, asked.plan)
        parts = partial(self._fitted_class.after, reader, targets, scaler, run)
        try:
            run.go(tasks.visitor(run.watch, lambda: {"_fitted": parts().copy()}))
        finally:
            # Until here the estimator has not changed. If nothing was learned, it does
            # not change at all.
            if run.has_learned:
                self._fitted = parts()
                # What a subclass's own check of X has noted before.
                for name in ("n_features_in_", "feature_names_in_"):
                    self.__dict__.pop(name, None)
        self._judge(run, asked, data, rows, held_out)
        tasks.end(lambda: {"_fitted": self._fitted.copy()})
        return self

    def _judge(self, run, asked, data, rows, held_out):
        """Score the model and simple baselines, and warn if training went wrong."""
        fitted = self._fitted
        advise_on_training(fitted, run, asked)
        scores, as_good = compare_with_baselines(
            fitted, data, rows, held_out, asked.n_threads
        )
        self._fitted = fitted.with_scores(scores)
        if as_good is not None:
            advise_on_last_value(fitted, as_good)

    def predict(self, X):
        """Predict the target of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_columns)
            As in `fit`. A 3-D X may have another number of steps.

        Returns
        -------
        ndarray of shape (n_samples,), (n_samples, n_outputs) or \
                (n_samples, horizon, n_variables)
            Predictions in the units of y and with as many dimensions as the y of `fit`;
            in float32, which has about seven digits, if the X of `fit` was float32.
            With a list of quantiles there is one more axis at the end, which holds
            the quantiles in the order of ``quantiles_``: (n_samples, n_quantiles), or
            (n_samples, n_outputs, n_quantiles) if y has two dimensions. The quantiles
            do not cross. NaN, with a warning, for rows without any observed step.
        """
        fitted, predictions = self._predict(X)
        return fitted.targets.in_shape_of_y(predictions)

    def _predict(self, X):
        """The parts used, and predictions (n_samples, n_outputs, n_predictions).

        There are several predictions of each output if the loss has several quantiles,
        else one.
        """
        fitted = parts_of(self)  # once: another thread may replace them by a fit
        reading = fitted.reader.read(X, type(self).__name__)
        notice_call(self, fitted, reading)
        is_all = reading.sequences.n_observed.all()
        if not is_all and not fitted.targets.may_be_unknown:
            refuse_unobserved(reading.sequences)
        n_rows = len(reading.sequences.stops)
        rows = np.arange(n_rows) if is_all else observed_rows(reading.sequences)
        # One row needs one thread only, and asking joblib for the number of threads
        # would take longer than the prediction.
        n_threads = n_threads_of(self) if len(rows) > 1 else 1
        # Nothing comes out for a row without any observed step; one row must be there.
        found = fitted.predict(reading, rows if len(rows) else np.arange(1), n_threads)
        if is_all:
            return fitted, found
        predictions = np.full((n_rows, *found.shape[1:]), np.nan, dtype=found.dtype)
        predictions[rows] = found[: len(rows)]
        return fitted, predictions

    def describe_input(self, X):
        """Show how X will be read, without training.

        Parameters
        ----------
        X : array-like
            As for `fit`.

        Returns
        -------
        InputDescription
            A tuple of lines (column, read_as) that prints as a table, also in a
            notebook. Above the table stands the number of sequences and of steps.

        Raises
        ------
        ValueError
            Whatever `fit` would raise about X.
        """
        asked = clone(self)
        asked._validate_params()
        settings = ReadingSettings.of(asked)
        reader, reading = Reader.of_fit(X, settings, type(self).__name__)
        if asked._anchor() != "auto":
            reader.feature(asked._anchor())
        return describe(reader, reading)

    def summary(self):
        """Table of layers, output shapes and parameter counts.

        Its last line says from which last value predictions start, where `anchor` is
        not None.

        Returns
        -------
        ModelSummary
            A tuple of lines (name, output_shape, n_parameters) that prints as a table,
            also in a notebook; its ``n_parameters`` is the total.

        Raises
        ------
        NotFittedError
            Before `fit`, when the number of features is not known yet.
        """
        fitted = parts_of(self)
        table = fitted.model.summary(fitted.reader.n_timesteps)
        if fitted.scaler.settings.anchor is None:
            return table
        name = f"anchor ({what_anchors(fitted)})"
        shape = (None, fitted.targets.n_outputs)
        return ModelSummary((*table, LayerSummary(name, shape, 0)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags


def _untrained(asked, reader, targets, scaler, data, rows):
    """Make the model and the state of training before the first epoch."""
    random_state = check_random_state(asked.random_state)
    architecture = architecture_of(
        reader,
        targets,
        scaler,
        asked.cell,
        asked.hidden_layer_sizes,
        bidirectional=asked.bidirectional,
        pooling=asked.pooling,
        embedding_size=asked.embedding_size,
    )
    loss = targets.loss_for(scaler.target_scale)
    intercepts = initial_intercepts(loss, targets.n_outputs)
    model = Model.untrained(
        architecture,
        intercepts,
        random_state,
        reader.dtype,
        data.reading.sequences.n_timesteps,
        asked.gate_init,
    )
    if targets.are_scaled and targets.n_raw == targets.n_outputs:
        # With zero weights in the head, a target that is constant is predicted exactly
        # from the beginning. Its error and gradient are then 0, so that the prediction
        # stays exact to the last bit.
        coef, _ = model.head()
        coef[:, scaler.constant_targets(data, rows)] = 0
    return model, Training.begin(model, random_state)
