"""Read column names as lags: which variable, how many steps back, and in which unit.

Lag k of a row is the value k steps before the row's target. These names are read as
lags, in upper or lower case:

- ``lag_1``, ``lag1`` and ``lag_1.0`` (of a variable without a name), ``y_lag_1``,
  ``y__lag1``, ``lag_1__y`` and ``lag_1_y`` (of y). A unit may follow the number, as in
  ``y_lag_1D``. If any number is negative, as in ``y_lag-1``, the sign of every number
  counts: ``lag-1`` lies before the target, and ``lag1`` after it. A column with the
  name of a variable that has lags is lag 0 of that variable;
- ``t-1``, ``y(t-1)`` and ``y_t-1``; beside them ``t`` and ``y(t)`` are lag 0, and
  ``y(t+1)`` lies after the target;
- ``y_1``, as pandas' ``shift([1, 2, 3])`` names its columns. Columns of any kind may be
  numbered so: see `read_numbered_names`.

Lags need not be consecutive: 1, 7 and 14 make a sequence of three steps.
"""

import re
from typing import NamedTuple

# No lag has more digits; Python refuses to read thousands of them as a number.
_LAG_LAST = re.compile(
    r"(?:(?P<variable>.+?)[_. ]{1,2})?"
    r"lag[_. ]{0,2}(?P<lag>-?\d{1,15})(?:\.0+)?(?P<unit>[a-z]*)",
    re.IGNORECASE,
)
_LAG_FIRST = re.compile(
    r"lag[_ ]?(?P<lag>-?\d{1,15})(?:\.0+)?(?P<unit>[a-z]*)__?(?P<variable>.+)",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:(?P<variable>.+?)[_. ]?)??"
    r"(?:\(\s*t\s*(?P<lag>[-+]\s*\d{1,15})?\s*\)"
    r"|(?<![a-z])t\s*(?P<bare>[-+]\s*\d{1,15})?)",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"(?P<variable>.+)_(?P<lag>-?\d{1,15})")
# A message lists this many columns at most.
_SHOWN = 30


class LagTable(NamedTuple):
    """How a table of lags is read.

    Attributes
    ----------
    variables : tuple of str
        Features of a step. The name of a variable without a name is "".
    lags : tuple of int
        The lag of each step, oldest first.
    steps : list of int
        Columns of the steps, in order: all variables of the oldest step first.
    static : list of int
        The other columns.
    """

    variables: tuple
    lags: tuple
    steps: list
    static: list


class _Column(NamedTuple):
    """How the name of one column was read; `lag` is None if the name is no lag."""

    name: str
    variable: str = ""
    lag: int | None = None
    unit: str = ""

    def __str__(self):
        if self.lag is None:
            return "no lag"
        return _shown(self.variable, self.lag)


def _shown(variable, lag):
    return f"lag {lag} of {variable!r}" if variable else f"lag {lag}"


def read_lag_names(names):
    """Read the names of columns as lags; None if none of them is a lag.

    Raises
    ------
    ValueError
        If there are lags that make no sequence: a variable lacks a lag that others
        have, a lag is there twice, or the units of the lags differ. The message lists
        how each column was read.
    """
    columns = [_read_lag(name) for name in names]
    if any(column.lag is not None and column.lag < 0 for column in columns):
        columns = [
            column if column.lag is None else column._replace(lag=-column.lag)
            for column in columns
        ]
    of_time = [_read_time(name) for name in names]
    if any(column.lag is not None and column.lag > 0 for column in of_time):
        columns = [
            one if one.lag is not None else other
            for one, other in zip(columns, of_time, strict=True)
        ]
    if all(column.lag is None for column in columns):
        return None
    return _table_of(columns)


def read_numbered_names(names):
    """Read names that end in a number as lags, such as ``y_1``, ``y_2`` and ``y_3``.

    Only their values can tell that such columns are lags, and not a first and a second
    variable: see `skgru._reading._lag_values.are_lags`.

    Returns
    -------
    LagTable or None
        None if no variable has two lags, or the lags make no sequence.
    """
    columns = [
        _Column(name, match["variable"], int(match["lag"])) if match else _Column(name)
        for name, match in ((name, _NUMBERED.fullmatch(name)) for name in names)
    ]
    try:
        table = _table_of(columns)
    except ValueError:
        return None
    return table if len(table.lags) > 1 else None


def _table_of(columns):
    """Order the lags of some columns into steps; a ValueError if that cannot be."""
    names = [column.name for column in columns]
    variables = dict.fromkeys(c.variable for c in columns if c.lag is not None)
    columns = [
        column._replace(variable=column.name, lag=0)
        if column.lag is None and column.name in variables
        else column
        for column in columns
    ]
    _check_units(columns)
    positions = _positions(columns)
    lags = {
        variable: sorted(lag for v, lag in positions if v == variable)
        for variable in variables
    }
    with_past = _with_past(lags)
    steps = _steps(lags, with_past)
    oldest, newest = steps[0], steps[-1]
    missing = [
        _shown(variable, lag)
        for variable in with_past
        for lag in steps
        if (variable, lag) not in positions
    ]
    if missing:
        _raise(
            f"the steps go from lag {oldest} to lag {newest}, but {_listed(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing",
            columns,
        )
    in_order = [positions[variable, lag] for lag in steps for variable in with_past]
    static = sorted(set(range(len(names))) - set(in_order))
    return LagTable(tuple(with_past), tuple(steps), in_order, static)


def _with_past(lags):
    """Variables whose lags are steps of the sequence.

    The columns of all other variables are static features: variables that have values
    only at the target's time or after it (unless all are such), and variables that have
    a single lag where others have several.
    """
    before = [variable for variable in lags if lags[variable][-1] > 0] or list(lags)
    several = [variable for variable in before if len(lags[variable]) > 1]
    if not several:
        return sorted(before)
    steps = _steps(lags, several)
    # A variable with a single lag right before or after these steps is probably another
    # variable with a misspelt name. It is kept among the steps, so that its missing
    # lags raise an error.
    strays = [v for v in before if lags[v][0] in (steps[0] + 1, steps[-1] - 1)]
    # Sorted by name, so that the order of the columns makes no difference.
    return sorted({*several, *strays})


def _steps(lags, variables):
    """Lags of the steps of some variables, oldest first.

    Lags at the target's time or after it are steps only if all variables have such
    lags.
    """
    newest = max(lags[variable][0] for variable in variables)
    if newest > 0:
        newest = min(min(lag for lag in lags[v] if lag > 0) for v in variables)
    found = {lag for variable in variables for lag in lags[variable]}
    return sorted((lag for lag in found if lag >= newest), reverse=True)


def _read_lag(name):
    """Read a name with the word lag in it."""
    match = _LAG_LAST.fullmatch(name.strip()) or _LAG_FIRST.fullmatch(name.strip())
    if match is None:
        return _Column(name)
    return _Column(name, match["variable"] or "", int(match["lag"]), match["unit"])


def _read_time(name):
    """Read a name with a time t in it, which is before the target's time if t - 1."""
    match = _TIME.fullmatch(name.strip())
    if match is None:
        return _Column(name)
    number = (match["lag"] or match["bare"] or "0").replace(" ", "")
    return _Column(name, match["variable"] or "", -int(number))


def _positions(columns):
    """The index of the column of each (variable, lag)."""
    positions: dict[tuple[str, int], int] = {}
    for j, column in enumerate(columns):
        if column.lag is None:
            continue
        key = column.variable, column.lag
        if key in positions:
            first = columns[positions[key]].name
            what = f"{first!r} and {column.name!r} are both {column}"
            if first == column.name:
                what = f"{first!r} is there twice"
            _raise(what, columns)
        positions[key] = j
    return positions


def _check_units(columns):
    """Refuse lags in different units, such as days and hours; lag 0 needs no unit."""
    units = {column.unit for column in columns if column.lag}
    if len(units) > 1:
        shown = ", ".join(repr(unit) for unit in sorted(units))
        _raise(f"their units differ: {shown}", columns)


def _listed(items):
    shown = ", ".join(items[:5])
    return shown + (f" and {len(items) - 5} more" if len(items) > 5 else "")


def _raise(what, columns):
    width = max(len(column.name) for column in columns[:_SHOWN])
    lines = [f"  {column.name:<{width}}  {column}" for column in columns[:_SHOWN]]
    if len(columns) > _SHOWN:
        lines.append(f"  … and {len(columns) - _SHOWN} more")
    raise ValueError(
        "The columns of X are lags by their names, but make no sequence: "
        + what
        + ". They were read as\n"
        + "\n".join(lines)
        + "\nMend the columns, name those that are no steps in static_features=, or "
        "pass time_order='oldest_first' or 'newest_first' to read the columns as they "
        "stand."
    )
