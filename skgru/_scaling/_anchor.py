"""Find out what predictions start from: the last value of the target's own past.

The network then learns what is added to that value. With ``anchor="auto"`` the data
decide, output by output. First, whether there is such a feature: one that is known to
hold the target's past, or one whose last value explains nearly all of the target. Then,
the first of these rules that holds:

1. The level drifts. Later values will lie where no weights were trained, so the network
   is shown changes from the last value instead of levels, and a linear path from these
   changes to the prediction is trained along with it.
2. Neighbouring values are nearly independent: predictions start from nothing.
3. The last value alone is worse than the mean: the network is shown changes, and its
   head reads the last value itself beside them, so that it can take it back.
4. The last value is noisy, as changes that take back the one before tell: predictions
   start from nothing, so that the network can average over several values.
5. Else predictions start from the last value, and the network is shown levels, which
   tell the phase of a cycle.

Of a feature that is not known to hold the past, the network is always shown levels.

The evidence for these rules is in the documentation, "Evidence for the defaults".
"""

from typing import NamedTuple

import numpy as np

from skgru._reading._series import Series, rows_of_each

# A feature that is not known to hold the target's past may leave this part of the
# target's variance when its last value is subtracted.
_UNEXPLAINED = 0.1
# A known past may leave more than the variance itself, as where neighbouring values
# have a correlation of less than a half; this much is where it is a quarter.
_MOST_UNEXPLAINED = 1.5
# The last value is noisy if changes have a correlation with the next ones that is
# negative by so many standard errors, the level of 5 %: the change that follows on
# noise takes it back.
_STANDARD_ERRORS = 1.64
# A level drifts if the means of the three thirds of a series rise or fall, and those of
# its halves differ by this part of its standard deviation, and by two standard errors.
_SHIFT = 0.5


class Anchor(NamedTuple):
    """What each output is predicted from: ``factor * last value + offset``.

    Attributes
    ----------
    columns : int64 ndarray of shape (n_outputs,)
        The feature of a step whose last value counts.
    factor, offset : ndarray of shape (n_outputs,)
        Turn that value into units of the target. Both are 0 for an output that is
        predicted by itself.
    drifts : bool ndarray of shape (n_outputs,)
        Whether the level of the feature drifts.
    reads_level : bool ndarray of shape (n_outputs,)
        Whether the last value is also read beside the changes that the network sees.
    """

    columns: np.ndarray
    factor: np.ndarray
    offset: np.ndarray
    drifts: np.ndarray
    reads_level: np.ndarray

    @classmethod
    def of(cls, columns, factor, offset):
        """The last values of some features, of which nothing else is known yet."""
        none = np.zeros(len(columns), dtype=bool)
        return cls(columns.astype(np.int64), factor, offset, none, none.copy())

    @classmethod
    def nothing(cls, n_outputs):
        """All outputs are predicted by themselves."""
        none = np.zeros(n_outputs)
        return cls.of(none, none.copy(), none.copy())

    @classmethod
    def of_past(cls, past):
        """The features that are known to hold the targets' past."""
        return cls.of(past.columns, past.factor, past.offset)

    @property
    def is_used(self):
        """For each output, whether it is predicted from a last value."""
        return self.factor != 0

    def without(self, outputs):
        """The same, but that some outputs are predicted by themselves."""
        return self._replace(
            factor=np.where(outputs, 0, self.factor),
            offset=np.where(outputs, 0, self.offset),
        )

    def levels(self, sequences, rows=slice(None)):
        """What predictions start from, (n_rows, n_outputs)."""
        if not self.is_used.any():
            return np.zeros((1, len(self.columns)))
        last = sequences.stops[rows, np.newaxis] - 1
        return sequences.values[last, self.columns] * self.factor + self.offset

    def on_common_scale(self):
        """The same, where a feature and its output share their statistics."""
        return self._replace(
            factor=np.sign(self.factor), offset=np.zeros(len(self.columns))
        )


def choose_anchor(asked, reader, targets, data, rows):
    """Decide what each output is predicted from.

    Parameters
    ----------
    asked : int, str or None
        The estimator's parameter `anchor`.
    reader : Reader
    targets : RegressionTargets
    data : Data
    rows : int64 ndarray
        The training samples.

    Returns
    -------
    anchor : Anchor
    relative : int64 ndarray
        Features of which the network sees changes from their last values.
    """
    n_outputs = targets.n_outputs
    none = Anchor.nothing(n_outputs), np.arange(0)
    if asked is None or not targets.are_centered:
        return none
    if asked != "auto":
        anchor = _named(reader.feature(asked), targets)
        anchor = anchor._replace(drifts=_drifting(anchor, reader, data))
        return anchor, np.unique(anchor.columns)
    if not reader.is_sequence:
        return none
    if targets.past is None:
        # It may be an input that the target only depends on: its level must be seen.
        return _nearest(data, rows, reader.n_numbers), np.arange(0)
    anchor = Anchor.of_past(targets.past)
    drifts = _drifting(anchor, reader, data)
    left = _parts_left(anchor, data, rows)
    says_nothing = (left > _MOST_UNEXPLAINED) | ((left <= 1) & _noisy(anchor, data))
    anchor = anchor.without(says_nothing & ~drifts)
    if anchor.is_used.all():
        # Outputs without an anchor would need the levels.
        reads_level = ~drifts if (left > 1).any() else np.zeros_like(drifts)
        anchor = anchor._replace(drifts=drifts, reads_level=reads_level)
    is_relative = anchor.drifts | anchor.reads_level
    return anchor, np.unique(anchor.columns[is_relative])


def _named(column, targets):
    """The anchor that the user has named, in the units of y if these are known."""
    past = targets.past
    if past is not None and (past.columns == column).all():
        return Anchor.of_past(past)
    one = np.ones(targets.n_outputs)
    return Anchor.of(np.full(targets.n_outputs, column), one, one - 1)


def _nearest(data, rows, n_numbers):
    """For each output the feature whose last value is nearest to it, if near enough.

    Only the first `n_numbers` features are numbers.
    """
    sequences, _ = data.reading
    anchor = Anchor.nothing(data.targets.shape[1])
    if not n_numbers:
        return anchor
    last = sequences.values[sequences.stops[rows] - 1, :n_numbers]
    for k, target in enumerate(data.targets[rows].T):
        left = [_part_left(target, values, data.weights[rows]) for values in last.T]
        nearest = int(np.argmin(left))
        if left[nearest] <= _UNEXPLAINED:
            anchor.columns[k], anchor.factor[k] = nearest, 1
    return anchor


def _parts_left(anchor, data, rows):
    """Part of each output's variance that is left when its level is subtracted."""
    levels = np.broadcast_to(anchor.levels(data.reading.sequences), data.targets.shape)
    return np.array(
        [
            _part_left(data.targets[rows, k], levels[rows, k], data.weights[rows])
            for k in range(data.targets.shape[1])
        ]
    )


def _part_left(target, level, weights):
    """Variance of the target less the level, divided by the target's variance."""
    size = max(np.abs(target).max(), np.abs(level).max())
    if size == 0:
        return 1.0
    target, level = target / size, level.astype(np.float64) / size
    total = _variance(target, weights)
    return _variance(target - level, weights) / total if total > 0 else np.inf


def _variance(values, weights):
    mean = np.average(values, weights=weights)
    return np.average((values - mean) ** 2, weights=weights)


def _drifting(anchor, reader, data):
    """For each output, whether the level of the feature it is predicted from drifts."""
    if reader.longest < 2:
        # There are no changes to look at.
        return np.zeros(len(anchor.columns), dtype=bool)
    return _of_features(_drifts, anchor, data)


def _noisy(anchor, data):
    """For each output, whether the last values of its feature are noisy."""
    return _of_features(_is_noisy, anchor, data)


def _of_features(tells, anchor, data):
    """What a function of series tells about the feature that each output starts from.

    Held-out rows count too: they are the latest.
    """
    told = np.zeros(len(anchor.columns), dtype=bool)
    sequences, series = data.reading
    rows = np.flatnonzero(data.weights)
    if series is not None:
        series = Series(series.names, series.codes[rows])
    for column in np.unique(anchor.columns[anchor.is_used]):
        values = sequences.values[sequences.stops[rows] - 1, column]
        values = values / np.float64(np.abs(values).max() or 1)
        parts = [values[part] for part in rows_of_each(series, len(rows))]
        told[anchor.is_used & (anchor.columns == column)] = tells(parts)
    return told


def _is_noisy(parts):
    """Whether changes tend to take back the change before, in some series together."""
    products = squares = 0.0
    n_pairs = 0
    for values in parts:
        # Not less their mean: in a short series that alone makes them alternate.
        changes = np.diff(values)
        if len(changes) > 1:
            products += changes[1:] @ changes[:-1]
            squares += changes @ changes
            n_pairs += len(changes) - 1
    return products < -_STANDARD_ERRORS * squares / np.sqrt(n_pairs or 1)


def _drifts(parts):
    """Whether the level of one series, or of most of several, drifts."""
    squares = limit = 0.0
    for values in parts:
        spread = np.std(values) if len(values) > 2 else 0
        if spread > 0:
            rises = np.diff([third.mean() for third in np.array_split(values, 3)])
            first, second = np.array_split(values, 2)
            # A cycle of which more than one is there goes up and down. The difference
            # of two means of n / 2 independent values has the standard error
            # 2 / sqrt(n).
            if rises[0] * rises[1] > 0:
                squares += len(values) * ((second.mean() - first.mean()) / spread) ** 2
            limit += len(values) * max(_SHIFT**2, 16 / len(values))
    return squares > limit
