"""Recognise lags by the values of a table whose column names do not tell them.

In a table of lags whose rows are consecutive, each value appears again in the next row,
one column further: one to the right if the first column is the newest lag, and one to
the left if the last column is the newest lag.
"""

from itertools import groupby

# At most this many rows are looked at, and at least `_FEWEST_ROWS` are needed.
_ENOUGH_ROWS = 1000
_FEWEST_ROWS = 10
# Share of rows that must agree: not all do, where one series ends and another begins.
_SHARE = 0.9
_ORDERS = ("oldest", "newest")


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
        is_link = (moved >= _SHARE) & (moved - by_chance > 0.5) & ~is_either
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
            f"the other columns, {others}, are read as steps of the same series. Pass "
            f"static_features={sorted(others + static)}"
            + (
                "; or time_order='oldest_first' for this reading, without the warning."
                if read == "oldest"
                else "."
            )
        )
    wanted = [f"time_order='{found}_first'"] if found != read else []
    wanted += [f"static_features={sorted(others + static)}"] if others else []
    if not wanted:
        return None
    rest = ""
    if others:
        rest = f", and the other columns, {others}, as steps of the same series"
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
