"""The scaling of streams: the statistics of each one's series, looked up once.

The arithmetic is that of the `Scaler`, so that streams are scaled as tables are, to the
last bit.
"""

from typing import NamedTuple

import numpy as np

from skgru._reading._series import shown_names
from skgru._scaling._by_series import SeriesScaling
from skgru._scaling._scaler import Scaler


class StreamScaling(NamedTuple):
    """How the rows and the predictions of some streams are scaled.

    Attributes
    ----------
    scaler : Scaler
    by_stream : SeriesScaling or None
        What brings each stream to the common scale first: its arrays have a row for
        each stream. None: nothing does.
    target_scale : ndarray of shape (n_outputs, 1)
    level : ndarray of shape (1, n_outputs, 1) or None
        What predictions start from on the common scale; None if it is a last value,
        another one after every row.
    of_number : tuple of (float, float) or None
        If there is one stream with one output that starts from no last value: by which
        numbers its standardised prediction is multiplied and what is added then, one
        pair after the other.
    """

    scaler: Scaler
    by_stream: SeriesScaling | None
    target_scale: np.ndarray
    level: np.ndarray | None
    of_number: tuple | None

    @classmethod
    def of(cls, scaler, series):
        """Look up the statistics of the series that the streams are of.

        Parameters
        ----------
        scaler : Scaler
        series : list or None
            The name of each stream's series; None where names do not matter.

        Raises
        ------
        ValueError
            If a series was not there in fit.
        """
        by_stream, level = _of_each(scaler.by_series, series), None
        if not scaler.anchor.is_used.any():
            level = scaler.target_mean[np.newaxis, :, np.newaxis]
        pairs = [(scaler.target_scale, scaler.target_mean)]
        if by_stream is not None:
            pairs.append((by_stream.target_scale, by_stream.target_mean))
        of_number = None
        if level is not None and all(scale.size == 1 for scale, _ in pairs):
            of_number = tuple((scale.item(), mean.item()) for scale, mean in pairs)
        target_scale = scaler.target_scale[:, np.newaxis]
        return cls(scaler, by_stream, target_scale, level, of_number)

    def of_features(self, n_streams):
        """Mean and scale of each feature of a step, (n_streams, n_features) each."""
        if self.by_stream is None:
            shape = n_streams, len(self.scaler.features.mean)
            return np.zeros(shape), np.ones(shape)
        return self.by_stream.mean, self.by_stream.scale

    def static(self, values):
        """Static features of each stream, standardised.

        Parameters
        ----------
        values : ndarray of shape (n_streams, n_static)
        """
        dtype, scaler = values.dtype, self.scaler
        if self.by_stream is not None:
            values = (values - self.by_stream.static_mean) / self.by_stream.static_scale
            values = values.astype(dtype, copy=False)
        values = (values - scaler.static_mean) / scaler.static_scale
        return values.astype(dtype, copy=False)

    def number(self, standardized):
        """The same as `predictions` of a single number, a float; see `of_number`.

        NumPy takes ten times as long for arrays of one number.
        """
        for scale, mean in self.of_number or ():
            standardized = standardized * scale + mean
        return standardized

    def predictions(self, standardized, sequences):
        """Predictions in the units of y, (n_streams, n_outputs, n_predictions).

        Parameters
        ----------
        standardized : ndarray of shape (n_streams, n_outputs, n_predictions)
        sequences : Sequences
            What the predictions are of.
        """
        level, scaler = self.level, self.scaler
        if level is None:
            levels = scaler.target_mean + scaler.anchor.levels(sequences)
            level = levels[:, :, np.newaxis]
        # Not by `Scaler.from_standardized`, which looks up more than one row takes.
        values = standardized * self.target_scale
        values += level
        if self.by_stream is None:
            return values
        scale = self.by_stream.target_scale[:, :, np.newaxis]
        return values * scale + self.by_stream.target_mean[:, :, np.newaxis]


def _of_each(by_series, series):
    """The statistics of the series of each stream; None if there are none."""
    if by_series is None:
        return None
    names, *parts = by_series
    places = {name: k for k, name in enumerate(names)}
    unseen = [name for name in series if name not in places]
    if unseen:
        raise ValueError(
            f"series={shown_names(unseen)}, but the series of fit are "
            f"{shown_names(names)}, and every series is standardised by its own mean "
            "and scale. Name a series of fit, have some of its rows in fit, or fit "
            "with standardize='pooled', one mean and scale for all."
        )
    index = np.array([places[name] for name in series])
    return SeriesScaling(series, *(part[index] for part in parts))
