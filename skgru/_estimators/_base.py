"""What every recurrent estimator does: check, read, build, train, store."""

from contextlib import contextmanager
from numbers import Integral
from typing import NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from skgru._batches import FeatureScaling, Sequences, read_only
from skgru._dropout import Dropout, NoDropout
from skgru._epoch import Examples, Network, Objective
from skgru._estimators._baselines import BaselineMixin, columns_of_past
from skgru._estimators._each_series import EachSeriesMixin
from skgru._estimators._fitting import TrainingMixin
from skgru._estimators._forecast import ForecastMixin
from skgru._estimators._input import Reading, SequenceInputMixin
from skgru._estimators._loss_choice import (
    LossMixin,
    check_targets_of_loss,
    has_log_link,
)
from skgru._estimators._solvers import (
    initial_rate,
    make_schedule,
    solver_coefficients,
)
from skgru._estimators._targets import check_targets, check_weights, split_last
from skgru._estimators._weights import PublishedWeightsMixin
from skgru._initializers import initial_parameters
from skgru._losses import initial_intercepts, n_raw, predictions
from skgru._prediction import predict_raw
from skgru._scaling import (
    anchor_values,
    fit_feature_scaling,
    fit_static_scaling,
    fit_target_scaling,
    standardize_static,
)
from skgru._sequences import merge_repeated

# With early_stopping="auto", so many rows are enough to hold some out.
_ENOUGH_TO_HOLD_OUT = 10
# With batch_size="auto", so many rows are one mini-batch; more are cut into 32 each.
_ONE_BATCH = 64


class _Data(NamedTuple):
    """Checked sequences with their targets, in the units of y, and weights."""

    sequences: Sequences
    targets: np.ndarray
    weights: np.ndarray
    reading: Reading


@contextmanager
def _unchanged_if_refused(estimator):
    """Leave the model that is there as it is where new data cannot be read."""
    before = vars(estimator).copy()
    try:
        yield
    except Exception:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def _merge_repeated(data, rows):
    """Data without repeated samples, and which of them to train on: all."""
    sequences, targets, weights, rows = merge_repeated(
        data.sequences, data.targets, data.weights, rows
    )
    return data._replace(sequences=sequences, targets=targets, weights=weights), rows


class RecurrentEstimator(
    SequenceInputMixin,
    LossMixin,
    TrainingMixin,
    BaselineMixin,
    ForecastMixin,
    EachSeriesMixin,
    PublishedWeightsMixin,
    BaseEstimator,
):
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
        with _unchanged_if_refused(self):
            self._take_loss_parameters(fresh=fresh)
            data = self._read_data(
                X, y, sample_weight, reset=fresh, continues=one_epoch
            )
        stops_early = not one_epoch and self._stops_early(data.weights)
        rows, validation_data, held_out = self._hold_out(
            data,
            validation,
            0.0 if one_epoch else self._fraction_to_hold_out(stops_early),
        )
        self._past = columns_of_past(data.sequences, data.targets, data.reading.series)
        if fresh:
            self._fit_each_series(data, rows)
        batch_size = self._batch_size_for(len(rows))
        scaled_data = training_data = self._on_common_scale(data)
        training_rows = rows
        overlap = self._input_kind == "series" and self.n_timesteps_ > 1
        if len(rows) <= batch_size and not overlap:
            training_data, training_rows = _merge_repeated(scaled_data, rows)
        if fresh:
            self._build(training_data, training_rows)
            self._longest = data.sequences.n_timesteps
        self._check_architecture()
        self._prepare_optimizer(optimizer)
        self._train(
            self._network(),
            self._objective(optimizer, batch_size),
            self._examples(training_data, training_rows),
            self._examples(
                scaled_data
                if validation_data is data
                else self._on_common_scale(validation_data),
                held_out,
            )
            if len(held_out)
            else None,
            schedule=make_schedule(
                self.learning_rate,
                initial_rate(self.learning_rate_init, optimizer),
                n_before=len(self.loss_curve_),
                n_epochs=None if one_epoch else self.max_iter,
            ),
            n_epochs=1 if one_epoch else self.max_iter,
            stops_early=stops_early,
            patience=None if one_epoch else self.n_iter_no_change,
        )
        self._compare_with_baselines(data, rows, validation_data, held_out)
        self._remember_end(data.reading)
        return self

    def _hold_out(self, data, validation, fraction):
        """Rows to train on, and the data and rows that are held out, perhaps none."""
        rows = np.flatnonzero(data.weights)
        if validation[0] is not None:
            validation_data = self._read_validation_data(*validation)
            return rows, validation_data, np.flatnonzero(validation_data.weights)
        if fraction > 0:
            rows, held_out = split_last(rows, fraction, data.reading.series)
            return rows, data, held_out
        return rows, data, np.arange(0)

    def _batch_size_for(self, n_rows):
        """Rows in a mini-batch."""
        if self.solver == "lbfgs":
            return n_rows
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

    def _stops_early(self, weights):
        """Whether the held-out rows decide when training stops."""
        if self.early_stopping != "auto":
            return self.early_stopping
        # The rows of a plain table may be anything, and stand in any order.
        is_known = self._input_kind != "rows" or not self._is_plain()
        is_sequence = is_known and self.n_timesteps_ > 1
        return is_sequence and np.count_nonzero(weights) >= _ENOUGH_TO_HOLD_OUT

    def _fraction_to_hold_out(self, stops_early):
        """Fraction of the training rows that are held out, 0 for none."""
        if self.validation_fraction is not None:
            return self.validation_fraction
        return 0.1 if stops_early else 0.0

    def _read_data(
        self,
        X,
        y,
        sample_weight,
        *,
        reset,
        continues=False,
        fits=True,
        names=("X", "y", "sample_weight"),
    ):
        """Check X, y and weights, and read X as sequences."""
        reading = self._read(X, reset=reset, continues=continues, fits=fits)
        y = check_targets(
            X,
            y,
            type(self).__name__,
            n_outputs=None if reset else self.n_outputs_,
            name=names[1],
        )
        check_targets_of_loss(self.loss, y, self.anchor, names[1], sets_scale=reset)
        dtype = reading.sequences.values.dtype
        weights = check_weights(sample_weight, X, dtype, names[2])
        if reset:
            self._y_ndim = y.ndim
            self.n_outputs_ = 1 if y.ndim == 1 else y.shape[1]
        return _Data(reading.sequences, y.reshape(len(y), -1), weights, reading)

    def _read_validation_data(self, X_val, y_val, sample_weight_val):
        """Likewise for the validation set; an error says that it is there."""
        try:
            return self._read_data(
                X_val,
                y_val,
                sample_weight_val,
                reset=False,
                fits=False,
                names=("X_val", "y_val", "sample_weight_val"),
            )
        except ValueError as error:
            raise ValueError(f"In the validation set (X_val, y_val): {error}") from None

    def _build(self, data, rows):
        """Statistics, an untrained network, and empty curves."""
        n_features = data.sequences.values.shape[1]
        anchor = self._anchor_index()
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
        self.static_mean_, self.static_scale_ = fit_static_scaling(
            data.sequences, rows, data.weights, standardize=self.standardize
        )
        self.target_mean_, self.target_scale_ = fit_target_scaling(
            data.targets,
            anchor_values(data.sequences, anchor),
            rows,
            data.weights,
            standardize=self.standardize,
            center=not has_log_link(self.loss),
        )
        loss = self._loss()
        self._architecture = (
            self.reset_after,
            n_features,
            self._layer_sizes(),
            n_raw(loss, self.n_outputs_),
            self.bidirectional,
            data.sequences.static.shape[1],
        )
        self._random_state = check_random_state(self.random_state)
        cell, layout = self._cell_and_layout()
        self._parameters = initial_parameters(
            cell,
            layout,
            self._random_state,
            initial_intercepts(loss, self.n_outputs_),
            np.dtype(self._dtype),
        )
        if layout.n_outputs == self.n_outputs_:
            # A target that never changes is predicted as it is from the beginning, and
            # so has no error, no gradient, and stays: to the last bit.
            changes = data.targets - anchor_values(data.sequences, anchor)
            coef, _ = self._head_weights()
            coef[:, np.ptp(changes[rows], axis=0) == 0] = 0
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
            fitted[5],
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
            loss=self._loss(),
            optimizer=optimizer,
            target_scale=self.target_scale_,
            alpha=float(self.alpha),
            clip_norm=np.inf if self.clip_norm is None else float(self.clip_norm),
            batch_size=int(batch_size),
            dropout=self._rates_of_dropout(),
        )

    def _rates_of_dropout(self):
        """Probabilities to be dropped, or the kind that drops nothing."""
        if self.dropout == 0 and self.recurrent_dropout == 0:
            return NoDropout()
        if self.solver == "lbfgs":
            raise ValueError(
                f"dropout={self.dropout} and recurrent_dropout="
                f"{self.recurrent_dropout} draw another network for each step, and "
                "solver='lbfgs' needs the same one. Set both to 0 and use alpha, or "
                "set solver='adam'."
            )
        return Dropout(float(self.dropout), float(self.recurrent_dropout))

    def _examples(self, data, rows):
        """Rows of checked data with standardised targets."""
        level = self.target_mean_ + anchor_values(data.sequences, self._anchor)
        targets = data.targets - level
        targets /= self.target_scale_
        targets = targets.astype(self._dtype, copy=False)
        return Examples(self._standardized(data.sequences), targets, data.weights, rows)

    def _standardized(self, sequences):
        """Sequences with their static features standardised, as kernels take them."""
        return standardize_static(sequences, self.static_mean_, self.static_scale_)

    # The network

    def _network(self):
        """The fitted network, but for its parameters."""
        scaling = FeatureScaling(
            read_only(self.feature_mean_), read_only(self.feature_scale_), self._anchor
        )
        cell, layout = self._cell_and_layout()
        return Network(cell, layout, scaling)

    def _predict(self, X):
        """Predictions in the units of y, (n_samples, n_outputs, n_predictions).

        Several of each output where the loss has several quantiles, else 1.
        """
        reading = self._read(X, reset=False, continues=True)
        return self._predict_rows(reading, np.arange(len(reading.sequences.stops)))

    def _predict_rows(self, reading, rows):
        """Predictions for some rows of what was read, as in `_predict`."""
        sequences = self._sequences_on_common_scale(reading)
        # One row is one thread's, and asking would take longer than predicting it.
        n_threads = effective_n_jobs(self.n_jobs) if len(rows) > 1 else 1
        raw = predict_raw(
            self._network(),
            self._parameters,
            self._standardized(sequences),
            rows,
            n_threads,
        )
        level = self.target_mean_ + anchor_values(sequences, self._anchor, rows)
        scale = self.target_scale_[:, np.newaxis]
        prediction = predictions(self._loss(), raw) * scale
        prediction += level[:, :, np.newaxis]
        prediction = self._in_units_of_y(prediction, reading, rows)
        return prediction.astype(self._dtype)

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
        tags.target_tags.positive_only = has_log_link(self.loss)
        return tags
