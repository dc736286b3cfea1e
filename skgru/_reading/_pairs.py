"""A few targets of fit, and what X held in their place some rows later.

A pipeline may transform X before it is read here, and y too. By these pairs a forecast
can tell which column of the X of the pipeline a prediction has to be written into: the
one from which the steps of the pipeline make the value that was there in fit.
"""

from typing import NamedTuple

import numpy as np

from skgru._reading._agreement import TOLERANCES, in_order
from skgru._reading._past import MOST_AHEAD, Past, Search

# So many pairs of each output are kept.
_KEPT = 16


class Pairs(NamedTuple):
    """Targets, and the values of features that hold them some rows later.

    Attributes
    ----------
    columns : ndarray of int of shape (n_outputs,)
        For each output, the feature of a step that the output is a later value of, or
        a function of it.
    n_ahead : ndarray of int of shape (n_outputs,)
        How many steps after the last one of the sequence each output comes.
    values, targets : ndarray of shape (n_outputs, n_pairs)
        Values of the feature so many rows later, and the targets, from the lowest to
        the highest.
    """

    columns: np.ndarray
    n_ahead: np.ndarray
    values: np.ndarray
    targets: np.ndarray

    def check(self, n_outputs, n_features):
        """Refuse pairs that are not there, as from a file that was changed.

        Raises
        ------
        ValueError
        """
        columns, n_ahead, values, targets = self
        fits = (
            columns.shape == n_ahead.shape == (n_outputs,)
            and columns.dtype.kind == n_ahead.dtype.kind == "i"
            and ((columns >= 0) & (columns < n_features)).all()
            and ((n_ahead > 0) & (n_ahead <= max(n_outputs, MOST_AHEAD + 1))).all()
            and values.shape == targets.shape == (n_outputs, _KEPT)
            and values.dtype == targets.dtype == np.float64
            and np.isfinite([values, targets]).all()
        )
        if not fits:
            raise ValueError(
                f"{self} of the fitted model are no pairs of {n_outputs} output(s) and "
                f"{n_features} feature(s). Fit or load the model anew."
            )


def pairs_of_targets(sequences, targets, series, past):
    """Keep a few targets, and the values of the features that hold them later.

    Parameters
    ----------
    sequences, targets, series
        As for `columns_of_past`.
    past : Past or None
        Where X holds the past of the targets. If it holds none in the units of y, up to
        a factor and an offset, a feature in the order of the target counts.

    Returns
    -------
    Pairs or None
    """
    if not np.ptp(targets, axis=0).all():
        return None
    search = Search(sequences, targets, series)
    places = past or search.past((in_order,))
    if places is None:
        return None
    found = [_of_output(search, k, places, past) for k in range(targets.shape[1])]
    if any(pairs is None for pairs in found):
        return None
    values, kept = np.array(found, dtype=np.float64).transpose(1, 0, 2)
    return Pairs(places.columns, places.n_ahead, values.copy(), kept.copy())


def _of_output(search, k, places, past):
    """Some values of a feature, and the targets of one output: (2, n_pairs) or None."""
    column, n_ahead = places.columns[k], places.n_ahead[k]
    rows, later = search.pairs(int(n_ahead))
    if len(rows) < 2:
        # Of a few rows those far ahead are not known, but the first step is.
        same = (places.columns == column) & (places.n_ahead == 1)
        first = np.flatnonzero(same & (n_ahead > 1))
        return _of_output(search, first[0], places, past) if len(first) else None
    values, last = search.last
    after = values[last[later], column].astype(np.float64)
    wanted = search.targets[rows, k].astype(np.float64)
    if isinstance(past, Past):
        off = np.abs(past.factor[k] * after + past.offset[k] - wanted)
        fits = off <= TOLERANCES["float32"] * np.std(wanted)
        after, wanted = (part[fits] if fits.any() else part for part in (after, wanted))
    _, order = np.unique(wanted, return_index=True)
    chosen = order[np.linspace(0, len(order) - 1, _KEPT).round().astype(int)]
    return after[chosen], wanted[chosen]
