"""Find the columns of X that hold the past of the targets.

In a series that is to be forecast, the target of a row is a value that X holds too, in
the next row. That is found by comparing, and a few rows may disagree: rows that were
left out, values that were imputed, the places where one of several series ends. X may
also hold the past in other units than y, as behind a `StandardScaler`.
"""

from typing import NamedTuple

import numpy as np

from skgru._reading._agreement import SHARE, other_units, same_units
from skgru._reading._series import in_order_of_series

# So many pairs are looked at before all of them are.
_FIRST = 1000
# A few outputs may be as many steps ahead as a month has days.
MOST_AHEAD = 31


class Past(NamedTuple):
    """Where X holds the past values of the targets.

    Attributes
    ----------
    columns : ndarray of int of shape (n_outputs,)
        For each output, the feature of a step that the output is a later value of.
    n_ahead : ndarray of int of shape (n_outputs,)
        How many steps after the last one of the sequence each output comes.
    factor, offset : ndarray of shape (n_outputs,)
        What turns values of the feature into units of the output: ``factor * value +
        offset``; 1 and 0 where both are in the same units.
    """

    columns: np.ndarray
    n_ahead: np.ndarray
    factor: np.ndarray
    offset: np.ndarray

    def last_values(self, sequences, rows):
        """The last values of the past of each output, (n_rows, n_outputs)."""
        last = sequences.stops[rows, np.newaxis] - 1
        return sequences.values[last, self.columns] * self.factor + self.offset

    @classmethod
    def of_feature(cls, column, n_outputs):
        """The past that is named by the user: one feature, in the units of y."""
        one = np.ones(n_outputs)
        return cls(
            np.full(n_outputs, column),
            np.ones(n_outputs, dtype=int),
            one,
            np.zeros(n_outputs),
        )

    def check(self, n_outputs, n_features):
        """Refuse a past that is not there, as from a file that was changed.

        Raises
        ------
        ValueError
        """
        columns, n_ahead, factor, offset = self
        most = max(n_outputs, MOST_AHEAD + 1)
        fits = all(part.shape == (n_outputs,) for part in self) and (
            columns.dtype.kind == n_ahead.dtype.kind == "i"
            and factor.dtype == offset.dtype == np.float64
            and ((columns >= 0) & (columns < n_features)).all()
            and ((n_ahead > 0) & (n_ahead <= most)).all()
            and np.isfinite([factor, offset]).all()
            and factor.all()
        )
        if not fits:
            raise ValueError(
                f"{self} does not say of {n_outputs} output(s) which of {n_features} "
                "feature(s) holds their past. Fit or load the model anew."
            )


def past_of_targets(sequences, targets, series, named):
    """The targets' past, as the user has named it or as the data show it.

    Parameters
    ----------
    sequences, targets, series
        As for `columns_of_past`.
    named : int
        The feature that the user has named, or -1.

    Returns
    -------
    Past or None
    """
    past = columns_of_past(sequences, targets, series)
    n_outputs = targets.shape[1]
    if named < 0 or (past is not None and (past.columns == named).all()):
        return past
    # Several outputs may be several steps ahead, or several variables.
    return Past.of_feature(named, 1) if n_outputs == 1 else past


def columns_of_past(sequences, targets, series=None):
    """Find the feature of X that holds each target's past; None if one is missing.

    A feature holds the past of a target if the target of each row, but for a few, is
    the feature's last value in the next row, perhaps in other units. A target further
    ahead is such a target of a later row, or the feature's last value some rows later.
    Two outputs are the same feature at the same step only if nothing else fits: a
    series that repeats itself has the same values at several steps.

    Parameters
    ----------
    sequences : Sequences
    targets : ndarray of shape (n_samples, n_outputs)
        In the units of y.
    series : Series, default=None
        Which series each row belongs to, where there are several.

    Returns
    -------
    Past or None
    """
    if not np.ptp(targets, axis=0).all():
        return None
    return Search(sequences, targets, series).past((same_units, other_units))


class Search:
    """Looks for the outputs of some rows among the features of later rows.

    Parameters
    ----------
    sequences, targets, series
        As for `columns_of_past`.

    Attributes
    ----------
    found : dict of int to (column, n_ahead, factor, offset)
        For each output that was found, what `Past` says of it.
    """

    def __init__(self, sequences, targets, series):
        self.last = sequences.values, sequences.stops - 1
        # Rows without an observed step tell nothing.
        self._is_observed = sequences.n_observed > 0
        self.targets = targets
        self.found = {}
        self._kinds = ()
        self._of_steps = {}
        self._order = np.arange(len(targets)), None  # rows series by series, and codes
        if series is not None:
            order, _ = in_order_of_series(series, len(targets))
            self._order = order, series.codes[order]

    def past(self, kinds):
        """The past of all outputs; None if that of one is missing.

        Parameters
        ----------
        kinds : sequence of callable
            How a target may agree with a feature: functions of ``_agreement.py``, the
            first ones preferred.
        """
        self.found, self._kinds = {}, kinds
        outputs = range(self.targets.shape[1])
        for find in self.one_ahead, self.further_ahead, self.at_a_step_twice:
            for k in outputs:
                if k not in self.found:
                    find(k)
            if not self.found:
                return None
        if len(self.found) < len(outputs):
            return None
        return Past(*map(np.array, zip(*(self.found[k] for k in outputs), strict=True)))

    def one_ahead(self, k):
        """Look for an output among the features of the next row."""
        columns = range(self.last[0].shape[1])
        places = [(column, 1) for column in columns]
        self._take_first_of(k, places, self._kinds)

    def further_ahead(self, k):
        """Look for an output among outputs of later rows, then among their features."""
        target = self.targets[:, k]
        for n_more in range(1, max(len(self.targets[0]), MOST_AHEAD + 1)):
            pairs = self.pairs(n_more)
            for j, (column, n_ahead, *units) in list(self.found.items()):
                place = column, n_ahead + n_more
                if (
                    n_ahead == 1
                    and not self._is_taken(*place)
                    and _is_same(target, self.targets[:, j], pairs)
                ):
                    self.found[k] = *place, *units
                    return
        columns = dict.fromkeys(column for column, *_ in self.found.values())
        steps = range(2, len(self.targets[0]) + 1)
        places = [(column, n_ahead) for n_ahead in steps for column in columns]
        self._take_first_of(k, places, self._kinds[-1:])

    def at_a_step_twice(self, k):
        """Look for an output that is another one over again."""
        for j, place in list(self.found.items()):
            if _is_same(self.targets[:, k], self.targets[:, j], self.pairs(0)):
                self.found[k] = place
                return

    def _is_taken(self, column, n_ahead):
        return (column, n_ahead) in {place[:2] for place in self.found.values()}

    def _take_first_of(self, k, places, kinds):
        """Note the first place, of a column and a step, where an output stands."""
        for units in kinds:
            for column, n_ahead in places:
                if self._is_taken(column, n_ahead):
                    continue
                found = self._compare(self.targets[:, k], column, n_ahead, units)
                if found is not None:
                    self.found[k] = column, n_ahead, *found
                    return

    def _compare(self, target, column, n_ahead, units):
        """Factor and offset of a target as a feature some rows later, or None."""
        pairs, found = self.pairs(n_ahead), None
        if len(pairs[0]) < 2:
            return None
        values, last = self.last
        # Most features are no past, and a few rows tell that.
        for n_pairs in (_FIRST, None):
            rows, later = (part[:n_pairs] for part in pairs)
            before, after = (values[last[part], column] for part in (rows, later))
            found = units(after, target[rows], before != after)
            if found is None:
                return None
        return found

    def pairs(self, n_steps):
        """Rows, and the rows `n_steps` later in the same series."""
        if n_steps not in self._of_steps:
            order, codes = self._order
            rows, later = order[: max(0, len(order) - n_steps)], order[n_steps:]
            if codes is not None:
                is_same = codes[: len(rows)] == codes[n_steps:]
                rows, later = rows[is_same], later[is_same]
            is_there = self._is_observed[rows] & self._is_observed[later]
            if not is_there.all():
                rows, later = rows[is_there], later[is_there]
            self._of_steps[n_steps] = rows, later
        return self._of_steps[n_steps]


def _is_same(target, other, pairs):
    """Whether a target equals another one of some rows later."""
    rows, later = pairs
    if not len(rows):
        return False
    return np.count_nonzero(target[rows] == other[later]) >= SHARE * len(rows)
