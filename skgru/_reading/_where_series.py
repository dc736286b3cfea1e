"""Find where X names the series of its rows: in a column or a level of its index."""

from typing import NamedTuple

from skgru._reading._columns import column_index
from skgru._reading._series import names_of_levels


class NamePlace(NamedTuple):
    """Where X names the series of its rows.

    Attributes
    ----------
    group : int
        Index of the column, or -1.
    level : str or None
        Name of the level of the index.
    """

    group: int = -1
    level: str | None = None


def where_series_are_named(group_column, X, names, n_columns):
    """Find the column or the level of the index that `group_column` names.

    Parameters
    ----------
    group_column : int or str
        An int is the index of a column. A str is the name of a column, or of a level of
        the index of a pandas object; a level without a name is "level_0", as in
        ``reset_index``.
    X : array-like of shape (n_rows, n_columns)
    names : sequence of str or None
        Names of the columns.
    n_columns : int

    Returns
    -------
    NamePlace

    Raises
    ------
    ValueError
        If there is neither, or both.
    """
    levels = names_of_levels(X.index) if hasattr(X, "iloc") else []
    is_level = isinstance(group_column, str) and group_column in levels
    is_column = names is not None and group_column in list(names)
    if is_level and is_column:
        raise ValueError(
            f"group_column={group_column!r} names both a column of X and a level of "
            "its index. Rename one of them, or pass the index of the column."
        )
    if is_level:
        return NamePlace(level=group_column)
    try:
        group = column_index(group_column, names, n_columns, "group_column")
        return NamePlace(group)
    except ValueError as error:
        if not isinstance(group_column, str):
            raise
        told = [name for name in levels if len(levels) > 1 or name != "level_0"]
        more = f" The levels of its index are {told}." if told else ""
        if names is None:
            more = (
                " If it is a level of the index, X must be a pandas object here: in a "
                "Pipeline, let the steps before keep it by "
                "set_output(transform='pandas')."
            )
        raise ValueError(f"{error}{more}") from None
