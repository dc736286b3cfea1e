"""Which values the training rows had, so that a forecast can tell when it leaves them.

Beyond the values that it was trained on a network saturates: it answers as at their
edge.
"""

from typing import NamedTuple

import numpy as np

from skgru._checks import check_array_of

# What lies between the low and the high values: all but these parts at the ends.
_ENDS = 0.05
# The quantiles are those of so many rows at most.
_MOST_ROWS = 10_000


class Seen(NamedTuple):
    """The values of some features in the training rows, on the common scale.

    Attributes
    ----------
    features : int64 ndarray of shape (n_seen,)
        Features of a step: those that hold the past of the targets.
    lowest, low, high, highest : ndarray of shape (n_seen,)
        The range of each feature, and the quantiles 0.05 and 0.95.
    """

    features: np.ndarray
    lowest: np.ndarray
    low: np.ndarray
    high: np.ndarray
    highest: np.ndarray

    @classmethod
    def of_rows(cls, sequences, rows, features):
        """What some rows had as the last values of their sequences."""
        features = np.unique(features).astype(np.int64)
        last = sequences.stops[rows] - 1
        values = sequences.values[last[:, np.newaxis], features].astype(np.float64)
        some = values[:: -(-len(values) // _MOST_ROWS)]
        low, high = np.quantile(some, [_ENDS, 1 - _ENDS], axis=0)
        return cls(features, values.min(axis=0), low, high, values.max(axis=0))

    def wider(self, other):
        """What these and other rows had together; of the same features."""
        return self._replace(
            lowest=np.minimum(self.lowest, other.lowest),
            low=np.minimum(self.low, other.low),
            high=np.maximum(self.high, other.high),
            highest=np.maximum(self.highest, other.highest),
        )

    def check(self, n_features):
        """Refuse values that are not there, as from a file that was changed.

        Raises
        ------
        ValueError
        """
        features = self.features
        check_array_of("scaler.seen.features", features, (np.size(features),), "int64")
        for name, values in zip(self._fields[1:], self[1:], strict=True):
            check_array_of(f"scaler.seen.{name}", values, features.shape, "float64")
        if ((features < 0) | (features >= n_features)).any():
            raise ValueError(
                f"The fitted model has seen the features {features.tolist()} of "
                f"{n_features}. Fit or load the model anew."
            )


def seen_in_fit(data, rows, targets, before):
    """What the training rows had, and those of the earlier fit if training goes on.

    Parameters
    ----------
    data : Data
        On the common scale.
    rows : int64 ndarray
        The training samples.
    targets : RegressionTargets
        Tells which features hold their past.
    before : Seen or None

    Returns
    -------
    Seen or None
    """
    if targets.pairs is None:
        return before
    seen = Seen.of_rows(data.reading.sequences, rows, targets.pairs.columns)
    is_same = before is not None and np.array_equal(before.features, seen.features)
    return before.wider(seen) if is_same else seen
