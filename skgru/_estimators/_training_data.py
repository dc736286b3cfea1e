"""What an estimator trains on: X, y and weights, and the rows that it holds out."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from skgru._estimators._input import Reading
from skgru._estimators._loss_choice import check_targets_of_loss
from skgru._estimators._targets import check_targets, check_weights, split_last
from skgru._network._sequences import Sequences

# With early_stopping="auto", so many rows are enough to hold some out.
_ENOUGH_TO_HOLD_OUT = 10


class Data(NamedTuple):
    """Checked sequences with their targets, in the units of y, and weights."""

    sequences: Sequences
    targets: np.ndarray
    weights: np.ndarray
    reading: Reading


class TrainingDataMixin:
    """Reads training and validation rows.

    Fitted: ``n_outputs_``, and ``_y_ndim``.
    """

    anchor: int | str | None
    early_stopping: bool | str
    loss: str
    n_outputs_: int
    n_timesteps_: int
    validation_fraction: float | None
    _input_kind: str
    _is_plain: Callable
    _read: Callable
    _y_ndim: int

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
        return Data(reading.sequences, y.reshape(len(y), -1), weights, reading)

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
