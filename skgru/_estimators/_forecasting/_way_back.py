"""Find the way back: where predictions belong in an X that is transformed first.

In the units of the user, a target is the value of a column of X some rows later. So
targets of `fit` are put into a column, go through the steps of the pipelines, and must
give the values that the network has seen in their place.
"""

import numpy as np

from skgru._estimators._forecasting._fed_back import (
    FedBack,
    names_of_features,
    steps_of_outputs,
)
from skgru._reading._agreement import SHARE, TOLERANCES


def way_back(reader, pairs, in_units_of_y, rows, around):
    """Find which columns of X are predicted, and in which units.

    Parameters
    ----------
    reader : Reader
    pairs : Pairs
    in_units_of_y : callable
        As `Around.in_units_of_y`.
    rows : object
        What knows the rows of X: ``candidates(feature)``, the columns that may hold a
        feature, and ``probe(column, values)``, the features (n_values, n_features) that
        the network sees if a column has some values.
    around : Around

    Returns
    -------
    FedBack

    Raises
    ------
    ValueError
        If no column gives what the network has seen.
    """
    features, outputs = steps_of_outputs(pairs, names_of_features(reader))
    targets = in_units_of_y(pairs.targets.T[:, :, np.newaxis])[:, :, 0].T
    columns, units = [], []
    for feature, k in zip(features, outputs[0], strict=True):
        tolerance = TOLERANCES[reader.dtype] * np.std(pairs.values[k])
        tolerance += 16 * np.finfo(reader.dtype).eps * np.abs(pairs.values[k]).max()
        match = _Match(rows, feature, pairs.values[k], targets[k], tolerance)
        found = match.same_units() or match.other_units()
        if found is None:
            _refuse(names_of_features(reader)[feature], around)
        columns.append(found[0])
        units.append(found[1:])
    factor, offset = (np.tile(part, (len(outputs), 1)) for part in np.transpose(units))
    return FedBack(features, np.array(columns), outputs, factor, offset)


class _Match:
    """Compares what targets become in a column of X with what the network has seen."""

    def __init__(self, rows, feature, values, targets, tolerance):
        self.rows, self.feature = rows, feature
        self.values, self.targets, self.tolerance = values, targets, tolerance

    def same_units(self):
        """The first column for which y is in the units of X: (column, 1, 0) or None."""
        for column in self.rows.candidates(self.feature):
            if self._is_near(self._become(column, self.targets)):
                return column, 1.0, 0.0
        return None

    def other_units(self):
        """The first column of which y is a multiple, and a number more, or None."""
        low, high = self.targets.min(), self.targets.max()
        for column in self.rows.candidates(self.feature):
            ends = self._become(column, np.array([low, high]))
            if ends is None or not np.isfinite(ends).all() or ends[0] == ends[1]:
                continue
            # What the column held, if the steps of the pipeline do no more than scale.
            held = low + (self.values - ends[0]) * (high - low) / (ends[1] - ends[0])
            factor, offset = np.polyfit(held, self.targets, 1)
            if factor and self._is_near(
                self._become(column, (self.targets - offset) / factor)
            ):
                return column, factor, offset
        return None

    def _become(self, column, values):
        """What the network sees of the feature if a column has some values, or None."""
        try:
            with np.errstate(all="ignore"):
                return self.rows.probe(column, values)[:, self.feature]
        except (ValueError, TypeError, KeyError, IndexError):
            return None  # the column takes no such values

    def _is_near(self, seen):
        if seen is None or not np.ptp(self.values):
            return False
        n_near = np.count_nonzero(np.abs(seen - self.values) <= self.tolerance)
        return n_near >= SHARE * len(self.values)


def _refuse(feature, around):
    """Say that no column of X is what the network predicts."""
    steps = f" through {around.steps}" if around.transforms_x else ""
    raise ValueError(
        "forecast needs to know which column of X the predictions belong into, and no "
        "column of history is that: put into any of them, the targets of fit do not "
        f"become{steps} what the network has seen in {feature} a row later. y must be "
        "a column of X in the row after, in the same units or in others that differ by "
        "a factor and an offset."
    )
