"""What every recurrent estimator does: check, read, build, train, store."""

from contextlib import contextmanager
from numbers import Integral

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from skgru._estimators._baselines import BaselineMixin, columns_of_past
from skgru._estimators._callbacks import CallbackSupportMixin, tasks_of_fit
from skgru._estimators._doc_links import DocLinkMixin
from skgru._estimators._fitting import TrainingMixin
from skgru._estimators._forecast import ForecastMixin
from skgru._estimators._input import SequenceInputMixin
from skgru._estimators._loss_choice import (
    LossMixin,
    has_log_link,
    is_list_of_quantiles,
)
from skgru._estimators._solvers import solver_coefficients
from skgru._estimators._standardizing import StandardizingMixin
from skgru._estimators._training_data import TrainingDataMixin
from skgru._estimators._weights import PublishedWeightsMixin
from skgru._network._dropout import Dropout, NoDropout
from skgru._network._initializers import initial_parameters
from skgru._network._layers import Network
from skgru._network._prediction import predict_raw
from skgru._network._sequences import FeatureScaling, read_only
from skgru._reading._build import merge_repeated
from skgru._scaling._statistics import (
    anchor_values,
)
from skgru._training._epoch import Objective
from skgru._training._losses._base import initial_intercepts, n_raw, predictions

# With batch_size="auto", so many rows are one mini-batch; more are cut into 32 each.
_ONE_BATCH = 64


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
    TrainingDataMixin,
    LossMixin,
    TrainingMixin,
    BaselineMixin,
    ForecastMixin,
    StandardizingMixin,
    PublishedWeightsMixin,
    CallbackSupportMixin,
    DocLinkMixin,
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
        n_epochs = 1 if one_epoch else self.max_iter
        tasks = tasks_of_fit(self, n_epochs, X, y, sample_weight)
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
        batch_size = self._batch_size_for(len(rows))
        examples, validation_examples = self._prepare_examples(
            data, rows, validation_data, held_out, batch_size, fresh=fresh
        )
        self._check_architecture()
        self._prepare_optimizer(optimizer)
        # Before training: callbacks predict too.
        self._remember_end(data.reading)
        self._train(
            self._network(),
            self._objective(optimizer, batch_size),
            examples,
            validation_examples,
            stops_early=stops_early,
            one_epoch=one_epoch,
            tasks=tasks,
        )
        self._compare_with_baselines(data, rows, validation_data, held_out)
        tasks.end(self._copies_of_what_changes)
        return self

    def _prepare_examples(
        self, data, rows, validation_data, held_out, batch_size, *, fresh
    ):
        """Rows to train on and to hold out, standardised; the network if it is new."""
        if fresh:
            self._fit_each_series(data, rows)
        scaled = self._on_common_scale(data)
        training, training_rows = scaled, rows
        overlap = self._input_kind == "series" and self.n_timesteps_ > 1
        if len(rows) <= batch_size and not overlap:
            training, training_rows = _merge_repeated(scaled, rows)
        if fresh:
            self._build(training, training_rows)
            self._longest = data.sequences.n_timesteps
        examples = self._examples(training, training_rows)
        if not len(held_out):
            return examples, None
        if validation_data is not data:
            scaled = self._on_common_scale(validation_data)
        return examples, self._examples(scaled, held_out)

    def _batch_size_for(self, n_rows):
        """Rows in a mini-batch."""
        if self.solver == "lbfgs":
            return n_rows
        if self.batch_size != "auto":
            return self.batch_size
        return n_rows if n_rows <= _ONE_BATCH else 32

    def _build(self, data, rows):
        """Statistics, an untrained network, and empty curves."""
        self._fit_statistics(data, rows)
        loss = self._loss()
        self._architecture = (
            self.reset_after,
            data.sequences.values.shape[1],
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
            changes = data.targets - anchor_values(data.sequences, self._anchor)
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
        prediction = self._predict_sequences(sequences, rows)
        prediction = self._in_units_of_y(prediction, reading, rows)
        return prediction.astype(self._dtype)

    def _predict_sequences(self, sequences, rows):
        """Predictions for some sequences on the common scale, and on it."""
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
        return prediction

    def _in_shape_of_y(self, values):
        """Of values (…, n_outputs, n_predictions) the axes that `predict` has."""
        if self._y_ndim == 1:
            values = values[..., 0, :]
        has_several = is_list_of_quantiles(*self._loss_parameters[:2])
        return values if has_several else values[..., 0]

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
