"""How an estimator standardises: each series by itself, and then all rows together."""

from collections.abc import Callable

import numpy as np

from skgru._estimators._loss_choice import has_log_link
from skgru._scaling._by_series import (
    SeriesScaling,
    fit_series_scaling,
    scale_sequences,
    scale_targets,
    unscale_predictions,
)
from skgru._scaling._statistics import (
    anchor_values,
    fit_feature_scaling,
    fit_static_scaling,
    fit_target_scaling,
    standardize_static,
)
from skgru._training._epoch import Examples

# In the order of SeriesScaling.
_FITTED = (
    "series_",
    "series_mean_",
    "series_scale_",
    "series_static_mean_",
    "series_static_scale_",
    "series_target_mean_",
    "series_target_scale_",
)


class StandardizingMixin:
    """Standardises features and targets, and takes predictions back.

    Fitted: ``feature_mean_``, ``feature_scale_``, the same of ``static`` and
    ``target``, and ``_anchor``. With `group_column`, unless ``standardize`` is False or
    "pooled", all that is after each series has been taken to a common level and scale:
    ``series_``, ``series_mean_``, ``series_scale_``, and the same of ``static`` and
    ``target``.
    """

    loss: str
    standardize: bool | str
    n_outputs_: int
    series_: list
    _anchor: int
    _anchor_index: Callable
    _dtype: str
    _input_kind: str
    _past: tuple | None

    def _fit_each_series(self, data, rows):
        """Statistics of each series, of its training rows alone."""
        for name in _FITTED:
            self.__dict__.pop(name, None)
        series = data.reading.series
        if series is None or self.standardize in (False, "pooled"):
            return
        own, anchor = None, self._anchor_index()
        if anchor >= 0:
            own = np.full(self.n_outputs_, anchor)
        elif self._past is not None:
            own, _ = self._past
        scaling = fit_series_scaling(
            data.sequences,
            data.targets,
            series,
            rows,
            data.weights,
            own=own,
            center=not has_log_link(self.loss),
        )
        for name, value in zip(_FITTED, scaling, strict=True):
            setattr(self, name, value)

    def _scaling_of_each_series(self):
        """The statistics, None if there are none."""
        if not hasattr(self, "series_"):
            return None
        return SeriesScaling(*(getattr(self, name) for name in _FITTED))

    def _on_common_scale(self, data):
        """Data with sequences and targets scaled series by series."""
        scaling = self._scaling_of_each_series()
        if scaling is None:
            return data
        series = data.reading.series
        return data._replace(
            sequences=scale_sequences(data.sequences, series, scaling),
            targets=scale_targets(data.targets, series, scaling),
        )

    def _sequences_on_common_scale(self, reading):
        """Sequences alone, of rows to predict."""
        scaling = self._scaling_of_each_series()
        if scaling is None:
            return reading.sequences
        return scale_sequences(reading.sequences, reading.series, scaling)

    def _in_units_of_y(self, prediction, reading, rows):
        """Predictions (n_rows, n_outputs, n_predictions), scaled back."""
        scaling = self._scaling_of_each_series()
        if scaling is None:
            return prediction
        return unscale_predictions(prediction, reading.series, rows, scaling)

    def _fit_statistics(self, data, rows):
        """Statistics of all training rows together, on the common scale."""
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
