"""Recognise lags by the values of a table, and where one of several series ends.

In a table of lags whose rows are consecutive, each column is another one, shifted by
rows: lag 3 of a row is lag 1 of the row two before it. If all columns are such, their
order in time is certain, whatever stands first (`lags_of_columns`). If other columns
stand beside lags, they might be anything: then there is only advice.

Where the rows of several series stand one behind the other, the first rows of a series
do not continue those of the one before (`series_of_sequences`).
"""

from itertools import groupby, islice

import numpy as np

from skgru._checks import listed
from skgru._reading._series import Series

# At most this many rows are looked at, and at least `_FEWEST_ROWS` are needed.
_ENOUGH_ROWS = 1000
_FEWEST_ROWS = 10
# Where an order of time is not only advised, more rows must agree.
_SURELY_ENOUGH_ROWS = 20_000
# Share of rows that must agree: not all do, where one series ends and another begins.
_SHARE = 0.9
# Many short series may stand one behind the other.
_SHARE_OF_STACKED = 0.75
# Two columns may be other things: a counter of what comes and of what goes.
_FEWEST_COLUMNS = 3
# By so much the share must be larger than what is equal by chance.
_MORE_THAN_CHANCE = 0.5
# Rows from which a shift is guessed, before it is checked on all rows.
_PROBES = 50
# Steps of a sequence that are compared with those of the one before.
_COMPARED = 8
_ORDERS = ("oldest", "newest")


def lags_of_columns(X):
    """The lag of each column, if all columns are lags of one series beyond doubt.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)

    Returns
    -------
    list of int or None
        The newest lag counts as 1: how far it lies before the target, no column tells.
    """
    X = X[:_SURELY_ENOUGH_ROWS]
    n_rows, n_columns = X.shape
    if n_rows < _FEWEST_ROWS or n_columns < _FEWEST_COLUMNS:
        return None
    steps, is_periodic = [], False
    for j in range(1, n_columns):
        found = _shifts(X[:, j - 1], X[:, j])
        if not found:
            return None
        steps.append(found[0])
        is_periodic |= len(found) > 1
    # A periodic series is its own past several times over. Then only lags that stand
    # one behind the other are beyond doubt.
    if is_periodic and not (set(steps) == {1} or set(steps) == {-1}):
        return None
    shifts = np.cumsum([0, *steps]).tolist()
    if len(set(shifts)) < n_columns:
        return None
    return [shift - min(shifts) + 1 for shift in shifts]


def _shifts(first, column):
    """By how many rows `column` is behind `first`: the nearest two, if there are two.

    Empty if it has not the same values, or is as much behind as before the other.
    """
    few = first[:_ENOUGH_ROWS]
    probes = np.unique(np.linspace(0, len(few) - 1, _PROBES).astype(int))
    # Where a value of one column stands in the other one.
    found = [row - np.flatnonzero(few == column[row]) for row in probes]
    guesses, counts = np.unique(np.concatenate(found), return_counts=True)
    # Rows near the ends have no partner, and some guesses are chance.
    likely = guesses[counts >= 0.5 * counts.max(initial=1)]
    nearest = sorted((int(shift) for shift in likely if shift), key=abs)
    fits = (shift for shift in nearest if _is_shifted(first, column, shift))
    found = list(islice(fits, 2))
    if found and _is_shifted(first, column, -found[0]):
        return []
    return found


def _is_shifted(first, column, shift):
    """Whether a column is another one, so many rows later (or earlier, if negative)."""
    if shift < 0:
        first, column, shift = column, first, -shift
    if len(first) - shift < _FEWEST_ROWS:
        return False
    share = np.mean(first[:-shift] == column[shift:])
    by_chance = np.mean(first == column)
    return share >= _SHARE_OF_STACKED and share - by_chance > _MORE_THAN_CHANCE


def are_lags(X, table):
    """Whether the values of some columns are the lags that their names may tell.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
    table : LagTable
    """
    by_lag = X[:, table.steps].reshape(len(X), len(table.lags), -1)
    steps_apart = -np.diff(table.lags)
    return len(X) >= _FEWEST_ROWS and all(
        _is_shifted(by_lag[:, s + 1, k], by_lag[:, s, k], shift)
        for k in range(by_lag.shape[2])
        for s, shift in enumerate(steps_apart)
    )


def series_of_sequences(sequences, lags):
    """Which of several series each sequence belongs to, if sequences tell that.

    Parameters
    ----------
    sequences : Sequences
        One behind the other, as in a table of lags or in windows.
    lags : sequence of int
        The lag of each step, oldest first.

    Returns
    -------
    Series or None
        None if there is one series, or none can be told from another.
    """
    n_samples, n_steps = len(sequences.stops), sequences.n_timesteps
    if n_steps < 2 or n_samples < _FEWEST_ROWS:
        return None
    # Pairs of steps that are the same number of rows apart.
    apart = -np.diff(lags)
    shift = int(apart.min())
    pairs = np.flatnonzero(apart == shift)[-_COMPARED:]
    if n_samples <= shift:
        return None
    first_steps = sequences.stops - n_steps
    later, before = first_steps[shift:], first_steps[:-shift]
    goes_on = np.ones(n_samples - shift, dtype=bool)
    for step in pairs:
        goes_on &= (
            sequences.values[later + step] == sequences.values[before + step + 1]
        ).all(axis=1)
    # Missing first steps were written over by nothing: they cannot be compared.
    goes_on |= sequences.n_observed[shift:] < n_steps
    is_first = np.zeros(n_samples, dtype=bool)
    is_first[shift:] = ~goes_on
    # With a shift of several rows, that many rows follow the first one.
    is_first[1:] &= ~is_first[:-1]
    n_series = np.count_nonzero(is_first) + 1
    n_there = np.count_nonzero(sequences.n_observed)
    if n_series == 1 or n_series * shift > (1 - _SHARE_OF_STACKED) * n_there:
        return None
    return Series(list(range(n_series)), np.cumsum(is_first).astype(np.int64))


def advice_on_order(X, static=(), *, newest_first=False):
    """Advice for a table whose lags are not read as what their values show.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
    static : list of int, default=()
        Columns that the user has named as static features.
    newest_first : bool, default=False
        Whether the first step is read as the newest.

    Returns
    -------
    str or None
        None if the table is read correctly, or its values do not show any lags.
    """
    columns = [j for j in range(X.shape[1]) if j not in set(static)]
    X = X[:_ENOUGH_ROWS, columns]
    if len(X) < _FEWEST_ROWS or X.shape[1] < 3:
        return None
    to_the_right = _share_equal(X[1:, 1:], X[:-1, :-1])
    to_the_left = _share_equal(X[1:, :-1], X[:-1, 1:])
    # Columns with few different values are often equal by chance.
    by_chance = _share_equal(X[:, 1:], X[:, :-1])
    both = (to_the_right, True), (to_the_left, False)
    # A series that alternates between two values fits both directions.
    is_either = (to_the_right >= _SHARE) & (to_the_left >= _SHARE)
    for moved, found_newest_first in both:
        is_link = (
            (moved >= _SHARE) & (moved - by_chance > _MORE_THAN_CHANCE) & ~is_either
        )
        runs = [[columns[j] for j in run] for run in _runs(is_link)]
        # Lags may be few among many other columns; then a run of two is no evidence.
        is_most = sum(len(run) - 1 for run in runs) * 2 >= X.shape[1] - 1
        if is_most or any(len(run) > 2 for run in runs):
            return _advice(
                runs,
                columns,
                sorted(static),
                found=_ORDERS[found_newest_first],
                read=_ORDERS[newest_first],
            )
    return None


def _share_equal(a, b):
    return (a == b).mean(axis=0)


def _runs(is_link):
    """Runs of linked columns, each a list of two or more."""
    runs, first = [], 0
    for linked, links in groupby(is_link):
        n_links = len(list(links))
        if linked:
            runs.append(list(range(first, first + n_links + 1)))
        first += n_links
    return runs


def _advice(runs, columns, static, *, found, read):
    """Advice for runs of lags that are found in one order and read in another."""
    in_runs = {j for run in runs for j in run}
    others = [j for j in columns if j not in in_runs]
    shown = " and ".join(f"{run[0]} to {run[-1]}" for run in runs)
    if len(runs) > 1:
        return (
            f"Columns {shown} of X are lags of {len(runs)} variables, {found} first, "
            "as their values show, but are read as one series. Pass a DataFrame whose "
            "columns are named by variable and lag, as y_lag_1, which says how they "
            "belong together."
        )
    if found == read and others:
        return (
            f"Columns {shown} of X are lags of one series, as their values show, but "
            f"the other columns, {listed(others)}, are read as steps of the same "
            f"series. Pass static_features={listed(sorted(others + static))}"
            + (
                "; or time_order='oldest_first' for this reading, without the warning."
                if read == "oldest"
                else "."
            )
        )
    wanted = [f"time_order='{found}_first'"] if found != read else []
    wanted += [f"static_features={listed(sorted(others + static))}"] if others else []
    if not wanted:
        return None
    rest = ""
    if others:
        rest = f", and the other columns, {listed(others)}, as steps of the same series"
    # Only the default order can be confirmed by naming it.
    or_else = (
        "; or time_order='oldest_first' for this reading, without the warning"
        if read == "oldest"
        else ""
    )
    return (
        f"Columns {shown} of X are lags of one series, {found} first, as their values "
        f"show, but are read {read} first{rest}. Pass {' and '.join(wanted)}{or_else}."
    )
