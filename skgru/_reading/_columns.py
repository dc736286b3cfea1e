"""Decide what each column of X is.

A column is a feature of a step, a static feature, or the name of a series.
"""

from numbers import Integral
from typing import NamedTuple

import numpy as np

from skgru._checks import listed, shortened
from skgru._reading._lag_names import read_lag_names, read_numbered_names
from skgru._reading._lag_values import are_lags, lags_of_columns


class Columns(NamedTuple):
    """How the columns of X are read; for a 3-D X, the features of its last axis.

    Attributes
    ----------
    group : int
        Index of the column that names the series of a row, or -1 if there is none.
    steps : ndarray of int or None
        Columns of the features of a step, counted without the `group` column. Where a
        row holds several steps, the columns of the oldest step come first. None: all
        columns, in the order of X.
    static : ndarray of int
        Columns of static features, counted without the `group` column.
    n_timesteps : int
        How many steps a row holds.
    features, static_names : tuple of str or None
        Names of the features of a step and of the static features, where X has names.
    lags : tuple of int or None
        Where the columns of a row are lags, the lag of each step, oldest first.
    by_values : bool
        Whether the values of the columns have told that, and not their names.
    n_codes, static_n_codes : tuple of int
        How many codes each category has among the features of a step, and among the
        static features. Both are the last of their features.
    level : str or None
        The level of the index of X that names the series of a row, if one does.
    """

    group: int
    steps: np.ndarray | None
    static: np.ndarray
    n_timesteps: int
    features: tuple | None
    static_names: tuple | None
    lags: tuple | None = None
    by_values: bool = False
    n_codes: tuple = ()
    static_n_codes: tuple = ()
    level: str | None = None

    @property
    def tell_series(self):
        """Whether it is told which series a row belongs to."""
        return self.group >= 0 or self.level is not None

    def in_order_of_X(self, n_features):
        """Features of a step in the order in which they stand in X."""
        if self.steps is None:
            return np.arange(n_features)
        return np.argsort(self.steps[:n_features])

    @property
    def leave_lags_out(self):
        """Whether the columns are lags, and some between them are not there."""
        return self.lags is not None and self.lags[0] - self.lags[-1] >= len(self.lags)


def as_list(columns):
    """List of the columns that a parameter names: None, one column, or several."""
    if columns is None:
        return []
    if isinstance(columns, str | Integral):
        return [columns]
    columns = columns.tolist() if isinstance(columns, np.ndarray) else columns
    # An array without axes holds one.
    return [columns] if isinstance(columns, str | Integral) else list(columns)


def column_index(column, names, n_columns, parameter):
    """Index of a column that a parameter gives by its name or index.

    Parameters
    ----------
    column : str or int
    names : sequence of str or None
    n_columns : int
    parameter : str
        Name of the parameter, for messages.

    Raises
    ------
    ValueError
        If there is no such column.
    """
    if isinstance(column, Integral) and not isinstance(column, bool):
        if not -n_columns <= column < n_columns:
            raise ValueError(
                f"{parameter}={column} is not the index of a feature: X has "
                f"{n_columns} feature(s). Pass 0 to {n_columns - 1}."
            )
        return int(column) % n_columns
    if names is None or column not in list(names):
        raise ValueError(
            f"{parameter}={shortened(column)} is not the name of a feature of X. "
            + (
                f"The features are {listed(map(str, names))}."
                if names is not None
                else "The features of X have no names here; pass the index, 0 to "
                f"{n_columns - 1}."
            )
        )
    return list(names).index(column)


def plan_columns(
    kind,
    n_columns,
    names,
    *,
    static_features=None,
    group=-1,
    n_timesteps=None,
    time_order="auto",
    categorical=(),
):
    """Decide how the columns of X are read.

    Parameters
    ----------
    kind : {"samples", "series", "rows"}
        Whether X is 3-D, 2-D with a window, or 2-D with a sequence in each row.
    n_columns : int
    names : sequence of str or None
    static_features, n_timesteps, time_order
        As in `GRURegressor`.
    group : int, default=-1
        Index of the column that names the series, or -1.
    categorical : sequence of int
        The columns that hold categories. Among the features of a step, and among the
        static ones, they come last.

    Returns
    -------
    columns : Columns
        The numbers of codes are not known yet.
    step_categories, static_categories : list of list of int
        For each categorical feature the columns of X that hold it.

    Raises
    ------
    ValueError
        If a column is not there or has two meanings, no column is left for the steps,
        or the columns are named as lags that make no sequence.
    """
    given = as_list(static_features)
    static = sorted(column_index(j, names, n_columns, "static_features") for j in given)
    if group in static or len(set(static)) < len(static):
        raise ValueError(
            f"static_features={listed(given)} names a column twice, or that of "
            "group_column. Name each column once."
        )
    rest = [j for j in range(n_columns) if j != group and j not in static]
    if not rest:
        raise ValueError(
            f"All {n_columns} columns of X are static features or the group_column: "
            "none is left for the steps of a sequence. Leave one out of "
            "static_features, or add one to X."
        )
    features = None if names is None else tuple(str(names[j]) for j in rest)
    n_steps, lags = 1, None
    if kind == "rows":
        rest, more, n_steps, features, lags = _plan_rows(
            rest, features, n_timesteps, time_order
        )
        static = sorted(static + more)
    shown = _shown_columns(names)
    rest, features, step_categories = _categories_last(
        rest, n_steps, features, categorical, shown
    )
    static.sort(key=lambda j: (j in categorical, j))
    # `Columns` counts without the column that names the series.
    others = [j for j in range(n_columns) if j != group]
    steps = [others.index(j) for j in rest]
    columns = Columns(
        group,
        None if steps == list(range(len(others))) else np.array(steps),
        np.array([others.index(j) for j in static], dtype=int),
        n_steps,
        features,
        None if names is None else tuple(str(names[j]) for j in static),
        lags,
    )
    return columns, step_categories, [[j] for j in static if j in categorical]


def _shown_columns(names):
    """A function that turns the index of a column into its name in messages."""
    return lambda j: str(j) if names is None else repr(str(names[j]))


def _categories_last(steps, n_timesteps, features, categorical, shown):
    """Order the features of a step: numbers first, then categories.

    Parameters
    ----------
    steps : list of int
        Columns of all steps.
    n_timesteps : int
    features : tuple of str or None
    categorical : sequence of int
    shown : callable

    Returns
    -------
    steps : list of int
    features : tuple of str or None
    categories : list of list of int
        For each categorical feature the columns that hold it.

    Raises
    ------
    ValueError
        If a feature is a category at some steps and a number at others.
    """
    by_step = np.reshape(steps, (n_timesteps, -1))
    is_category = np.isin(by_step, list(categorical))
    mixed = np.flatnonzero(is_category.any(axis=0) & ~is_category.all(axis=0))
    if len(mixed):
        of_feature, are = by_step[:, mixed[0]], is_category[:, mixed[0]]
        raise ValueError(
            f"Column {shown(of_feature[are][0])} holds categories and column "
            f"{shown(of_feature[~are][0])} numbers, but they are read as two steps of "
            "the same feature, which must be one or the other at all steps. Name all "
            "of its columns in categorical_features=, or none; name columns that are "
            "no steps in static_features=; or pass n_timesteps= (how many steps a row "
            "holds) or window= (if rows are consecutive observations)."
        )
    order = np.argsort(is_category[0], kind="stable")
    if features is not None and len(features) == len(order):
        features = tuple(features[k] for k in order)
    categories = by_step[:, is_category[0]].T.tolist()
    return by_step[:, order].ravel().tolist(), features, categories


def columns_by_values(columns, names, table, *, is_told):
    """Read columns as lags if their values show that they are, beyond doubt.

    Parameters
    ----------
    columns : Columns
        How the columns are read as long as only their names are known.
    names : sequence of str or None
    table : ndarray of shape (n_rows, n_columns)
    is_told : bool
        Whether the user has told the order of time. That counts, and values can only
        confirm it.

    Returns
    -------
    Columns
    """
    given = columns.static.tolist()
    rest = [j for j in range(table.shape[1]) if j not in given]
    static, features = given, ("",)
    numbered = None
    if names is not None:
        numbered = read_numbered_names([str(names[j]) for j in rest])
    if numbered is not None and are_lags(table[:, rest], numbered):
        steps = [rest[j] for j in numbered.steps]
        static = sorted(given + [rest[j] for j in numbered.static])
        lags, features = numbered.lags, numbered.variables
    else:
        # Columns with other names may be anything, whatever their values.
        found = None if names is not None else lags_of_columns(table[:, rest])
        if found is None:
            return columns
        order = np.argsort(found)[::-1]
        steps, lags = [rest[j] for j in order], tuple(found[j] for j in order)
    all_columns = list(range(table.shape[1]))
    told = all_columns if columns.steps is None else columns.steps.tolist()
    if is_told and told != steps:
        return columns
    return columns._replace(
        steps=None if steps == all_columns else np.array(steps),
        static=np.array(static, dtype=int),
        n_timesteps=len(lags),
        features=features,
        static_names=None if names is None else tuple(str(names[j]) for j in static),
        lags=tuple(lags),
        by_values=True,
    )


def _plan_rows(columns, names, n_timesteps, time_order):
    """Order the columns of an X that holds a whole sequence in each row.

    Returns
    -------
    steps, static : list of int
    n_timesteps : int
    features : tuple of str or None
    lags : tuple of int or None
    """
    table = None
    if time_order == "auto" and names is not None:
        table = read_lag_names(names)
    if table is None:
        n_timesteps = n_timesteps or len(columns)
        if len(columns) % n_timesteps:
            raise ValueError(
                f"n_timesteps={n_timesteps} does not divide the {len(columns)} columns "
                "of X: each row must hold the same features at every step. Pass an "
                f"n_timesteps that divides {len(columns)}, or name the columns that "
                "are not steps in static_features=."
            )
        by_step = np.reshape(columns, (n_timesteps, -1))
        if time_order == "newest_first":
            by_step = by_step[::-1]
        return by_step.ravel().tolist(), [], n_timesteps, None, None
    if n_timesteps not in (None, len(table.lags)):
        raise ValueError(
            f"n_timesteps={n_timesteps}, but the names of the columns tell of "
            f"{len(table.lags)} steps, lags {table.lags[0]} to {table.lags[-1]}. Leave "
            "n_timesteps out, or pass time_order='oldest_first' or 'newest_first' to "
            "read the columns as they stand."
        )
    steps = [columns[j] for j in table.steps]
    static = [columns[j] for j in table.static]
    return steps, static, len(table.lags), table.variables, table.lags


def anchor_index(anchor, columns, kind, names, n_columns):
    """Position of the anchor among the features of a step, or -1 without an anchor.

    The parameter `anchor` names a column of X (for a 3-D X, a feature of the last
    axis), or a feature of a step where a row holds a whole sequence.
    """
    if anchor is None:
        return -1
    n_read = n_columns - (columns.group >= 0) - len(columns.static)
    if kind == "rows":
        n_features = n_read // columns.n_timesteps
        # Lags of a single series may have no name.
        features = None if columns.features == ("",) else columns.features
        feature = column_index(anchor, features, n_features, "anchor")
        if columns.n_codes and not isinstance(anchor, str):
            feature = int(columns.in_order_of_X(n_features)[feature])
        return _numeric(anchor, feature, n_features, columns)
    j = column_index(anchor, names, n_columns, "anchor")
    # The columns of steps are counted without the column that names the series.
    is_step = j != columns.group
    j -= int(0 <= columns.group < j)
    steps = np.arange(n_read) if columns.steps is None else columns.steps
    if not is_step or j not in steps:
        raise ValueError(
            f"anchor={shortened(anchor)} is a static feature or the group_column, and "
            "has no past in a sequence. Name a feature of the steps."
        )
    return _numeric(anchor, int(np.flatnonzero(steps == j)[0]), len(steps), columns)


def _numeric(anchor, feature, n_features, columns):
    """The position of an anchor, which must be a number to start from."""
    if feature >= n_features - len(columns.n_codes):
        raise ValueError(
            f"anchor={shortened(anchor)} is a category, and no prediction can start "
            "from its last value. Name a feature of numbers, or pass anchor='auto' or "
            "None."
        )
    return feature
