"""How an estimator standardises each series of a table by itself."""

from collections.abc import Callable

import numpy as np

from skgru._estimators._loss_choice import has_log_link
from skgru._series_scaling import (
    SeriesScaling,
    fit_series_scaling,
    scale_sequences,
    scale_targets,
    unscale_predictions,
)

# In the order of SeriesScaling.
_FITTED = (
    "series_",
    "series_mean_",
    "series_scale_",
    "series_target_mean_",
    "series_target_scale_",
)


class EachSeriesMixin:
    """Takes series to a common level and scale, and predictions back.

    Fitted, with `group_column` and unless ``standardize`` is False or "pooled":
    ``series_``, ``series_mean_``, ``series_scale_``, ``series_target_mean_`` and
    ``series_target_scale_``.
    """

    loss: str
    standardize: bool | str
    n_outputs_: int
    series_: list
    _anchor_index: Callable
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
