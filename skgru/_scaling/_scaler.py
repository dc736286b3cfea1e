"""The scaler of an estimator: from the units of X and y to the network's, and back.

There are two scalings, one after the other. First, each series of a table may be
brought to a *common scale* by its own mean and scale. Then all rows together are
*standardised* for the network. Without a scaling by series, the common scale is the
units of X and y. Static features are standardised here; the features of a step are
standardised by the kernels, when these gather a mini-batch.
"""

from dataclasses import dataclass, fields, replace
from typing import NamedTuple

import numpy as np

from skgru._network._sequences import FeatureScaling
from skgru._reading._build import merge_repeated
from skgru._reading._reader import Reading
from skgru._scaling._anchor import Anchor, choose_anchor
from skgru._scaling._by_series import (
    SeriesScaling,
    fit_series_scaling,
    scale_sequences,
    scale_targets,
    statistics_of,
    unscale_predictions,
)
from skgru._scaling._consistency import check_scaler
from skgru._scaling._seen import Seen, seen_in_fit
from skgru._scaling._statistics import (
    fit_feature_scaling,
    fit_static_scaling,
    fit_target_scaling,
    leave_categories,
    standardize_static,
)
from skgru._training._epoch import Examples


class Data(NamedTuple):
    """Checked rows: what X was read as, targets in the units of y, and weights.

    Attributes
    ----------
    reading : Reading
    targets : ndarray of shape (n_samples, n_outputs)
    weights : ndarray of shape (n_samples,)
    """

    reading: Reading
    targets: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True)
class ScalingSettings:
    """The estimator's parameters that say how X and y are scaled."""

    standardize: bool | str = True
    anchor: int | str | None = "auto"

    @property
    def named_anchor(self):
        """The feature that the user has named, or None."""
        return None if self.anchor == "auto" else self.anchor

    @property
    def scales_each_series(self):
        """Whether each series of several has statistics of its own."""
        return self.standardize not in (False, "pooled")

    def changes(self, before):
        """Settings that differ from earlier ones: {name: (value now, value before)}."""
        return {
            name: (getattr(self, name), getattr(before, name))
            for name in (field.name for field in fields(self))
            if getattr(self, name) != getattr(before, name)
        }


@dataclass(frozen=True)
class Scaler:
    """The means to subtract from features and targets, and the scales to divide by.

    Attributes
    ----------
    settings : ScalingSettings
        The parameters of `fit`.
    features : FeatureScaling
        Mean and scale of the features of a step, and which of them are relative.
    static_mean, static_scale : ndarray of shape (n_static,)
    target_mean, target_scale : ndarray of shape (n_outputs,)
    by_series : SeriesScaling or None
        What brings each series to the common scale first; None if nothing does.
    anchor : Anchor
        What predictions start from, on the common scale.
    seen : Seen or None
        Which values the training rows had of the features that hold the targets' past.
    """

    settings: ScalingSettings
    features: FeatureScaling
    static_mean: np.ndarray
    static_scale: np.ndarray
    target_mean: np.ndarray
    target_scale: np.ndarray
    by_series: SeriesScaling | None
    anchor: Anchor
    seen: Seen | None

    @classmethod
    def of_fit(cls, data, rows, settings, reader, targets, *, merges, before=None):
        """Compute the statistics of the training rows, and make examples of these rows.

        Parameters
        ----------
        data : Data
        rows : int64 ndarray
            The training samples.
        settings : ScalingSettings
        reader : Reader
        targets : RegressionTargets
            Tells whether targets are centred, and which features hold their past.
        merges : bool
            Whether samples that are equal in X and y become one, with the sum of their
            weights.
        before : Scaler, default=None
            The scaler of the earlier fit, whose statistics are kept if training
            continues from it.

        Returns
        -------
        Scaler, Examples
        """
        if before is None:
            anchor, relative = choose_anchor(
                settings.anchor, reader, targets, data, rows
            )
            by_series = None
            if data.reading.series is not None and settings.scales_each_series:
                by_series = _fit_by_series(data, rows, anchor, targets, reader.columns)
                anchor = anchor.on_common_scale()
        else:
            by_series = before.by_series
        data = _on_common_scale(data, by_series)
        seen = seen_in_fit(data, rows, targets, before and before.seen)
        if merges:
            # Merged on the common scale: equal rows of two series may differ there.
            data, rows = _merged(data, rows)
        scaler = before
        if before is not None and before.seen is not seen:
            scaler = replace(before, seen=seen)
        if before is None:
            features = fit_feature_scaling(
                data.reading.sequences,
                rows,
                data.weights,
                relative=relative,
                standardize=bool(settings.standardize),
                by_window=reader.kind == "series",
            )
            n_categories = len(reader.columns.n_codes)
            leave_categories(features.mean, features.scale, n_categories)
            leave_categories(features.level_mean, features.level_scale, n_categories)
            scaler = cls._of_common_scale(
                data, rows, settings, features, by_series, anchor, targets, seen
            )
            n_static = len(reader.columns.static_n_codes)
            leave_categories(scaler.static_mean, scaler.static_scale, n_static)
        return scaler, scaler._examples_of(data, rows)

    @classmethod
    def _of_common_scale(
        cls, data, rows, settings, features, by_series, anchor, targets, seen
    ):
        """A scaler with the statistics of all training rows, on the common scale."""
        sequences, weights = data.reading.sequences, data.weights
        standardize = bool(settings.standardize)
        static_mean, static_scale = fit_static_scaling(
            sequences, rows, weights, standardize=standardize
        )
        target_mean, target_scale = fit_target_scaling(
            data.targets,
            anchor.levels(sequences),
            rows,
            weights,
            standardize=standardize and targets.are_scaled,
            center=targets.are_centered,
        )
        return cls(
            settings,
            features,
            static_mean,
            static_scale,
            target_mean,
            target_scale,
            by_series,
            anchor,
            seen,
        )

    def constant_targets(self, data, rows):
        """Whether each target, less what it starts from, is constant in `rows`."""
        data = _on_common_scale(data, self.by_series)
        levels = self.anchor.levels(data.reading.sequences)
        return np.ptp((data.targets - levels)[rows], axis=0) == 0

    # From the units of X and y

    def examples(self, data, rows):
        """Examples of some rows of other data."""
        return self._examples_of(_on_common_scale(data, self.by_series), rows)

    def _examples_of(self, data, rows):
        """Examples of data on the common scale."""
        sequences = data.reading.sequences
        targets = data.targets - self._levels(sequences)
        targets /= self.target_scale
        return Examples(
            self.standardized(sequences),
            # The columns of a DataFrame lie one behind the other; kernels read rows.
            np.ascontiguousarray(targets, dtype=sequences.values.dtype),
            data.weights,
            rows,
        )

    def sequences(self, reading):
        """Sequences as the network takes them."""
        return self.standardized(self.on_common_scale(reading))

    def on_common_scale(self, reading):
        """Sequences whose series have been scaled, each by its own statistics."""
        if self.by_series is None:
            return reading.sequences
        return scale_sequences(reading.sequences, reading.series, self.by_series)

    def standardized(self, sequences):
        """Sequences on the common scale, their static features standardised."""
        return standardize_static(sequences, self.static_mean, self.static_scale)

    # Back to the units of X and y

    def predictions(self, standardized, sequences, reading, rows):
        """Predictions in the units of y.

        Parameters
        ----------
        standardized : ndarray of shape (n_rows, n_outputs, n_predictions)
        sequences : Sequences
            As returned by `sequences`.
        reading : Reading
        rows : int64 ndarray of shape (n_rows,)
            Which samples the predictions are of.
        """
        values = self.from_standardized(standardized, sequences, rows)
        if self.by_series is None:
            return values
        return unscale_predictions(values, reading.series, rows, self.by_series)

    def from_standardized(self, standardized, sequences, rows):
        """Predictions on the common scale, with the parameters of `predictions`."""
        values = standardized * self.target_scale[:, np.newaxis]
        values += self._levels(sequences, rows)[:, :, np.newaxis]
        return values

    def _levels(self, sequences, rows=slice(None)):
        """What is subtracted from targets on the common scale: mean and anchor."""
        return self.target_mean + self.anchor.levels(sequences, rows)

    def gradients(self, steps, static, level):
        """Turn derivatives on the standardised scale into those on the common scale.

        Parameters
        ----------
        steps : ndarray of shape (n_samples, n_timesteps, n_features, n_outputs, \
                n_predictions)
        static : ndarray of shape (n_samples, n_static, n_outputs, n_predictions)
        level : ndarray of shape (n_samples, n_outputs, n_predictions)

        Returns
        -------
        steps, static : ndarray
        """
        target_scale = self.target_scale[:, np.newaxis]
        feature_scale = self.features.scale[:, np.newaxis, np.newaxis]
        steps = steps * (target_scale / feature_scale)
        static = static * (target_scale / self.static_scale[:, np.newaxis, np.newaxis])
        for feature in self.features.relative:
            # Its last value is subtracted from all its steps.
            changes = steps[:, :, feature]
            changes[:, -1] -= changes.sum(axis=1)
        level_scale = self.features.level_scale[self.anchor.columns]
        level = level * (target_scale / level_scale[:, np.newaxis])
        for k, column in enumerate(self.anchor.columns):
            steps[:, -1, column, k] += self.anchor.factor[k] + level[:, k]
        return steps, static

    def of_samples(self, reading):
        """The statistics that brought each sample to the common scale.

        Returns
        -------
        SeriesScaling or None
            Its arrays have a row for each sample. None: there is no scaling by series.
        """
        if self.by_series is None:
            return None
        names, *parts = statistics_of(reading.series, self.by_series)
        return SeriesScaling(names, *(part[reading.series.codes] for part in parts))

    # As a part of a fitted model

    def check(self, reader, n_outputs):
        """Refuse statistics that do not fit the reader or the number of outputs.

        Raises
        ------
        ValueError
        """
        check_scaler(self, reader, n_outputs)

    def copy(self):
        """The same scaler, with arrays of its own."""
        by_series = self.by_series
        if by_series is not None:
            names, *parts = by_series
            by_series = SeriesScaling(list(names), *map(np.array, parts))
        return replace(
            self,
            features=FeatureScaling(*map(np.array, self.features)),
            static_mean=np.array(self.static_mean),
            static_scale=np.array(self.static_scale),
            target_mean=np.array(self.target_mean),
            target_scale=np.array(self.target_scale),
            by_series=by_series,
            anchor=Anchor(*map(np.array, self.anchor)),
            seen=self.seen and Seen(*map(np.array, self.seen)),
        )


def _fit_by_series(data, rows, anchor, targets, columns):
    """The statistics of each series, computed from its training rows alone."""
    own, past = anchor, targets.past
    if past is not None and (anchor.columns == past.columns)[anchor.is_used].all():
        # Without an anchor, too, a target and its past are one series.
        own = Anchor.of_past(past)
    fitted = fit_series_scaling(
        data.reading.sequences,
        data.targets,
        data.reading.series,
        rows,
        data.weights,
        own=own,
        center=targets.are_centered,
        scales_targets=targets.are_scaled,
    )
    leave_categories(fitted.mean, fitted.scale, len(columns.n_codes))
    n_static = len(columns.static_n_codes)
    leave_categories(fitted.static_mean, fitted.static_scale, n_static)
    return fitted


def _on_common_scale(data, by_series):
    """Data whose series are scaled, each by its own statistics if there are any."""
    if by_series is None:
        return data
    sequences, series = data.reading
    scaled = scale_sequences(sequences, series, by_series)
    return data._replace(
        reading=data.reading._replace(sequences=scaled),
        targets=scale_targets(data.targets, series, by_series),
    )


def _merged(data, rows):
    """The training rows without repeated samples, and the indices of all of them."""
    sequences, targets, weights, rows = merge_repeated(
        data.reading.sequences, data.targets, data.weights, rows
    )
    return Data(Reading(sequences, None), targets, weights), rows
