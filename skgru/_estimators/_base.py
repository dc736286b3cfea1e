"""What every recurrent estimator does: check, read, build, train, store."""

import warnings
from contextlib import nullcontext
from numbers import Integral
from typing import NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from skgru._batches import FeatureScaling, Sequences
from skgru._dropout import Dropout, NoDropout
from skgru._epoch import Examples, Network, Objective
from skgru._estimators._input import SequenceInputMixin
from skgru._estimators._progress import report_compiling, report_epoch
from skgru._estimators._solvers import solver_coefficients
from skgru._estimators._targets import check_targets, check_weights, split_last
from skgru._estimators._weights import PublishedWeightsMixin
from skgru._initializers import initial_parameters
from skgru._jit import when_compiling
from skgru._losses import SquaredError
from skgru._scaling import anchor_values, fit_feature_scaling, fit_target_scaling
from skgru._sequences import merge_repeated, read_only
from skgru._training import Patience, TrainingState, epochs, predict_raw

LOSSES = {"squared_error": SquaredError()}

# With batch_size="auto", so many rows are one mini-batch; more are cut into 32 each.
_ONE_BATCH = 64


class _Data(NamedTuple):
    """Checked sequences with their targets, in the units of y, and weights."""

    sequences: Sequences
    targets: np.ndarray
    weights: np.ndarray


def _merge_repeated(data, rows):
    """Data without repeated samples, and which of them to train on: all."""
    sequences, targets, weights, rows = merge_repeated(
        data.sequences, data.targets, data.weights, rows
    )
    return _Data(sequences, targets, weights), rows


class RecurrentEstimator(SequenceInputMixin, PublishedWeightsMixin, BaseEstimator):
    """Fitting and predicting with a stack of recurrent cells and a dense head.

    What is fitted is kept as plain arrays and tuples: ``_parameters`` (all weights in
    one vector), ``_architecture`` (what its parts are), the optimiser's ``_moments``
    and ``_n_steps``, and ``_random_state``. The published weights are views of the
    vector.
    """

    n_outputs_: int

    # Fitting, step by step

    def _fit(self, X, y, sample_weight, validation, *, fresh, one_epoch=False):
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
            Whether this is one pass over part of the data: nothing is held out.
        """
        self._check_input_parameters()
        self._check_validation_parameters(validation)
        if not fresh:
            self._check_reading_unchanged()
        optimizer = solver_coefficients(self.solver)
        data = self._read_data(X, y, sample_weight, reset=fresh, continues=one_epoch)
        rows, held_out = np.flatnonzero(data.weights), np.arange(0)
        validation_data = data
        if validation[0] is not None:
            validation_data = self._read_validation_data(*validation)
            held_out = np.flatnonzero(validation_data.weights)
        elif not one_epoch and self._fraction_to_hold_out() > 0:
            rows, held_out = split_last(rows, self._fraction_to_hold_out())
        batch_size = self._batch_size_for(len(rows))
        training_data = data
        overlap = self._input_kind == "series" and self.n_timesteps_ > 1
        if len(rows) <= batch_size and not overlap:
            training_data, rows = _merge_repeated(data, rows)
        if fresh:
            self._build(training_data, rows)
        self._check_architecture()
        self._prepare_optimizer(optimizer)
        self._train(
            self._examples(training_data, rows),
            self._examples(validation_data, held_out) if len(held_out) else None,
            self._objective(optimizer, batch_size),
            n_epochs=1 if one_epoch else self.max_iter,
            patience=None if one_epoch else self.n_iter_no_change,
        )
        self._remember_end(data.sequences)
        return self

    def _batch_size_for(self, n_rows):
        """Rows in a mini-batch."""
        if self.batch_size != "auto":
            return self.batch_size
        return n_rows if n_rows <= _ONE_BATCH else 32

    def _check_validation_parameters(self, validation):
        """Refuse half a validation set, and two of them."""
        X_val, y_val, sample_weight_val = validation
        if (X_val is None) != (y_val is None):
            given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
            raise ValueError(f"{given} was passed without {missing}. Pass both.")
        if X_val is None and sample_weight_val is not None:
            raise ValueError(
                "sample_weight_val was passed without X_val and y_val. Pass all three."
            )
        if X_val is not None and self.validation_fraction is not None:
            raise ValueError(
                "X_val and y_val were passed together with validation_fraction="
                f"{self.validation_fraction}: two sets of validation rows. Set "
                "validation_fraction=None, or leave X_val and y_val out."
            )

    def _fraction_to_hold_out(self):
        """Fraction of the training rows that are held out, 0 for none."""
        if self.validation_fraction is not None:
            return self.validation_fraction
        return 0.1 if self.early_stopping else 0.0

    def _read_data(
        self,
        X,
        y,
        sample_weight,
        *,
        reset,
        continues=False,
        names=("X", "y", "sample_weight"),
    ):
        """Check X, y and weights, and read X as sequences."""
        sequences = self._read(X, reset=reset, continues=continues)
        y = check_targets(
            X,
            y,
            type(self).__name__,
            n_outputs=None if reset else self.n_outputs_,
            name=names[1],
        )
        weights = check_weights(sample_weight, X, sequences.values.dtype, names[2])
        if reset:
            self._y_ndim = y.ndim
            self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        return _Data(sequences, y.reshape(len(y), -1), weights)

    def _read_validation_data(self, X_val, y_val, sample_weight_val):
        """Likewise for the validation set; an error says that it is there."""
        try:
            return self._read_data(
                X_val,
                y_val,
                sample_weight_val,
                reset=False,
                names=("X_val", "y_val", "sample_weight_val"),
            )
        except ValueError as error:
            raise ValueError(f"In the validation set (X_val, y_val): {error}") from None

    def _build(self, data, rows):
        """Statistics, an untrained network, and empty curves."""
        n_features = data.sequences.values.shape[1]
        anchor = self._anchor_index(n_features)
        features = fit_feature_scaling(
            data.sequences,
            rows,
            data.weights,
            anchor=anchor,
            standardize=self.standardize,
            by_window=self._input_kind == "series",
        )
        self._anchor = anchor
        self.feature_mean_, self.feature_scale_ = features.mean, features.scale
        self.target_mean_, self.target_scale_ = fit_target_scaling(
            data.targets,
            anchor_values(data.sequences, anchor),
            rows,
            data.weights,
            standardize=self.standardize,
        )
        self._architecture = (
            self.reset_after,
            n_features,
            self._layer_sizes(),
            self.n_outputs_,
            self.bidirectional,
        )
        self._random_state = check_random_state(self.random_state)
        cell, layout = self._cell_and_layout()
        self._parameters = initial_parameters(
            cell, layout, self._random_state, np.dtype(self._dtype)
        )
        self._moments = np.zeros((0, layout.n_parameters), dtype=self._dtype)
        self._n_steps = 0
        self.history_: dict[str, list] = {
            "loss": [],
            "validation_loss": [],
            "learning_rate": [],
        }
        self.loss_curve_ = self.history_["loss"]
        self.validation_loss_curve_ = self.history_["validation_loss"]

    def _layer_sizes(self):
        """Hidden units of each layer, as a tuple of positive integers."""
        sizes = self.hidden_layer_sizes
        sizes = (sizes,) if isinstance(sizes, Integral) else tuple(sizes)
        if not sizes or not all(isinstance(n, Integral) and int(n) > 0 for n in sizes):
            raise ValueError(
                "hidden_layer_sizes must hold the number of units, 1 or more, of one "
                f"layer or more, as 50 or (50, 20). Got {self.hidden_layer_sizes!r} "
                "instead."
            )
        return tuple(int(n) for n in sizes)

    def _check_architecture(self):
        """Refuse to go on training a network of another shape than asked for."""
        fitted = self._architecture
        asked = (
            self.reset_after,
            fitted[1],
            self._layer_sizes(),
            fitted[3],
            self.bidirectional,
        )
        if asked != fitted:
            raise ValueError(
                f"hidden_layer_sizes={asked[2]}, reset_after={asked[0]} and "
                f"bidirectional={asked[4]} differ from the fitted network's "
                f"{fitted[2]}, {fitted[0]} and {fitted[4]}, which cannot go on "
                "training so. Set them back, or fit anew with warm_start=False."
            )

    def _prepare_optimizer(self, optimizer):
        """Fresh moments for an optimiser that keeps other ones than the last."""
        if len(self._moments) != optimizer.n_moments:
            shape = (optimizer.n_moments, len(self._parameters))
            self._moments = np.zeros(shape, dtype=self._dtype)
            self._n_steps = 0

    def _objective(self, optimizer, batch_size):
        """What the parameters of the estimator ask to minimise, and how."""
        return Objective(
            loss=LOSSES[self.loss],
            optimizer=optimizer,
            target_scale=self.target_scale_,
            alpha=float(self.alpha),
            clip_norm=np.inf if self.clip_norm is None else float(self.clip_norm),
            learning_rate=float(self.learning_rate_init),
            batch_size=int(batch_size),
            shuffle=bool(self.shuffle),
            dropout=self._rates_of_dropout(),
        )

    def _rates_of_dropout(self):
        """Probabilities to be dropped, or the kind that drops nothing."""
        if self.dropout == 0 and self.recurrent_dropout == 0:
            return NoDropout()
        return Dropout(float(self.dropout), float(self.recurrent_dropout))

    def _examples(self, data, rows):
        """Rows of checked data with standardised targets."""
        level = self.target_mean_ + anchor_values(data.sequences, self._anchor)
        targets = data.targets - level
        targets /= self.target_scale_
        targets = targets.astype(self._dtype, copy=False)
        return Examples(data.sequences, targets, data.weights, rows)

    # Training

    def _train(self, examples, validation, objective, *, n_epochs, patience):
        """Consume epochs until it is time to stop; store curves and weights."""
        state = TrainingState(self._parameters, self._moments, self._n_steps)
        restores_best = self.early_stopping and validation is not None
        watch = Patience(self.tol, patience)
        n_before = len(self.loss_curve_)
        kept_before = self.best_iter_ if n_before else None
        best: tuple[int | None, np.ndarray] = (kept_before, state.parameters.copy())
        last = best
        self.stop_reason_ = "max_iter"
        stream = epochs(
            self._network(),
            objective,
            state,
            examples,
            validation,
            self._random_state,
            effective_n_jobs(self.n_jobs),
        )
        number = 0
        while number < n_epochs:
            try:
                with (
                    when_compiling(report_compiling) if self.verbose else nullcontext()
                ):
                    epoch = next(stream)
            except KeyboardInterrupt:
                self.stop_reason_ = "interrupted"
                break
            number += 1
            self._record(epoch)
            if self.verbose:
                report_epoch(epoch, number, n_epochs)
            if not epoch.is_finite:
                self.stop_reason_ = "non_finite_loss"
                break
            monitored = (
                epoch.standardized_validation_loss
                if restores_best
                else epoch.standardized_loss
            )
            this = (n_before + number - 1, state.parameters.copy())
            if watch.is_best(monitored):
                # A training loss is that of the weights the epoch began with: the ones
                # it ended with may be those that will diverge.
                best = this if restores_best else last
            last = this
            if watch.is_over:
                self.stop_reason_ = "no_improvement"
                break
        self.n_iter_ = number
        self.best_iter_: int | None = last[0]
        self._n_steps = state.n_steps
        if restores_best or self.stop_reason_ == "non_finite_loss":
            self.best_iter_, self._parameters[:] = best
        self._publish_losses(restores_best, n_before)
        self._warn_of_stop(patience)

    def _record(self, epoch):
        """Append an epoch to the curves."""
        curve = self.validation_loss_curve_
        if epoch.validation_loss is not None or curve:
            # Epochs without validation rows, of other calls, leave a gap.
            curve.extend([np.nan] * (len(self.loss_curve_) - len(curve)))
            curve.append(
                np.nan if epoch.validation_loss is None else epoch.validation_loss
            )
        self.loss_curve_.append(epoch.loss)
        self.history_["learning_rate"].append(epoch.learning_rate)

    def _publish_losses(self, restores_best, n_before):
        """Loss of the weights that were kept, and the lowest one of this call."""
        if self.best_iter_ is None:
            self.loss_, self.best_loss_ = np.nan, None
            return
        self.loss_ = self.loss_curve_[self.best_iter_]
        curve = self.validation_loss_curve_
        # An earlier call may have had no validation rows, and this one no whole epoch.
        self.best_loss_ = (
            curve[self.best_iter_]
            if restores_best and len(curve) > self.best_iter_
            else float(np.nanmin([self.loss_, *self.loss_curve_[n_before:]]))
        )

    def _warn_of_stop(self, patience):
        """Tell about training that diverged, or was cut short."""
        if self.stop_reason_ == "non_finite_loss":
            # What made the weights infinite is in the moments too.
            self._moments[:] = 0
            self._n_steps = 0
            cures = [f"lower learning_rate_init={self.learning_rate_init}"]
            if self.alpha > 0:
                cures.append(f"lower alpha={self.alpha}")
            if self.clip_norm is None:
                cures.append("set clip_norm=1.0")
            if not self.standardize:
                cures.append("set standardize=True")
            warnings.warn(
                f"The loss stopped being finite in epoch {len(self.loss_curve_)}: the "
                f"steps were too long, or X and y too large. {self._what_is_kept()}. "
                f"To mend it, {', or '.join(cures)}.",
                ConvergenceWarning,
                stacklevel=6,  # where fit was called
            )
        elif self.stop_reason_ == "interrupted":
            warnings.warn(
                f"Training was interrupted after {self.n_iter_} of {self.max_iter} "
                f"epochs. {self._what_is_kept()}.",
                UserWarning,
                stacklevel=6,  # where fit was called
            )
        elif self.stop_reason_ == "max_iter" and patience is not None:
            warnings.warn(
                f"Training ended after max_iter={self.max_iter} epochs, still "
                f"improving: the loss had not stayed for n_iter_no_change={patience} "
                f"epochs without falling by tol={self.tol}. Raise max_iter, or set "
                "n_iter_no_change=None to train exactly max_iter epochs.",
                ConvergenceWarning,
                stacklevel=6,  # where fit was called
            )

    def _what_is_kept(self):
        """Which weights training left, in words."""
        if self.best_iter_ is None:
            return "The untrained weights are kept"
        return f"The weights of epoch {self.best_iter_ + 1} are kept"

    # The network

    def _network(self):
        """The fitted network, but for its parameters."""
        scaling = FeatureScaling(
            read_only(self.feature_mean_), read_only(self.feature_scale_), self._anchor
        )
        cell, layout = self._cell_and_layout()
        return Network(cell, layout, scaling)

    def _predict(self, X):
        """Predictions in the units of y, (n_samples, n_outputs)."""
        sequences = self._read(X, reset=False, continues=True)
        rows = np.arange(len(sequences.stops))
        # One row is one thread's, and asking would take longer than predicting it.
        n_threads = effective_n_jobs(self.n_jobs) if len(rows) > 1 else 1
        raw = predict_raw(self._network(), self._parameters, sequences, rows, n_threads)
        level = self.target_mean_ + anchor_values(sequences, self._anchor)
        return (raw * self.target_scale_ + level).astype(self._dtype)

    def __sklearn_is_fitted__(self):
        return hasattr(self, "_parameters")

    def __setstate__(self, state):
        super().__setstate__(state)
        # A memory map, or what another process shares, cannot be trained in place.
        for name in ("_parameters", "_moments"):
            if hasattr(self, name):
                setattr(self, name, np.array(getattr(self, name)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.target_tags.multi_output = True
        return tags
