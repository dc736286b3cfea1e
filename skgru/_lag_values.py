"""What the values of a table without names tell: which columns are lags, and how.

In a table of lags whose rows follow on each other, each value stands again in the next
row, one column further: to the right where the newest lag is the first column, to the
left where it is the last.
"""

from itertools import groupby

# Rows that are looked at: enough to tell.
_FIRST_ROWS = 1000
_ENOUGH_ROWS = 10
# Rows of different series follow on each other in places.
_SHARE = 0.9


def advice_on_order(X):
    """What to pass for a table whose lags are not one series, oldest first.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)

    Returns
    -------
    str or None
        None if the table is in order, or its values tell nothing.
    """
    X = X[:_FIRST_ROWS]
    if len(X) < _ENOUGH_ROWS or X.shape[1] < 3:
        return None
    to_the_right = _share_equal(X[1:, 1:], X[:-1, :-1])
    to_the_left = _share_equal(X[1:, :-1], X[:-1, 1:])
    # Columns of few different values are often equal anyhow.
    by_chance = _share_equal(X[:, 1:], X[:, :-1])
    for moved, newest_first in ((to_the_right, True), (to_the_left, False)):
        is_link = (moved >= _SHARE) & (moved - by_chance > 0.5)
        runs = _runs(is_link)
        # Many other columns may stand beside lags; two columns alone say little there.
        is_most = sum(len(run) - 1 for run in runs) * 2 >= X.shape[1] - 1
        if is_most or any(len(run) > 2 for run in runs):
            return _advice(runs, X.shape[1], newest_first=newest_first)
    return None


def _share_equal(a, b):
    return (a == b).mean(axis=0)


def _runs(is_link):
    """Runs of columns that are linked, each a list of two and more."""
    runs, first = [], 0
    for linked, links in groupby(is_link):
        n_links = len(list(links))
        if linked:
            runs.append(list(range(first, first + n_links + 1)))
        first += n_links
    return runs


def _advice(runs, n_columns, *, newest_first):
    others = sorted(set(range(n_columns)) - {j for run in runs for j in run})
    order = "newest" if newest_first else "oldest"
    found = " and ".join(f"{run[0]} to {run[-1]}" for run in runs)
    if len(runs) > 1:
        return (
            f"Columns {found} of X are lags of {len(runs)} variables, {order} first, "
            "as their values show, but are read as one series. Pass a DataFrame whose "
            "columns are named by variable and lag, as y_lag_1, which says how they "
            "belong together."
        )
    wanted = ["time_order='newest_first'"] if newest_first else []
    wanted += [f"static_features={others}"] if others else []
    if not wanted:
        return None
    rest = ""
    if others:
        rest = f", and the other columns, {others}, as steps of the same series"
    return (
        f"Columns {found} of X are lags of one series, {order} first, as their values "
        f"show, but are read oldest first{rest}. Pass {' and '.join(wanted)}; or "
        "time_order='oldest_first' for this reading, without the warning."
    )
