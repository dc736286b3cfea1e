"""Read a column of strings, and say which of its entries are none."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from skgru._checks import shortened


class Strings(NamedTuple):
    """Strings, one for each row.

    Attributes
    ----------
    values : list of str
    labels : pandas.Index or None
        Labels of the rows, where the strings come from pandas.
    """

    values: list
    labels: pd.Index | None


def read_strings(X, reader):
    """Read an iterable of strings, or a table with one column of them.

    Parameters
    ----------
    X : iterable of str, or table of one column
    reader : str
        Name of the class that reads, for messages.

    Returns
    -------
    Strings

    Raises
    ------
    ValueError
        If X is a single string, has several columns or no order, or if an entry is not
        a string.
    """
    column = _column_of(X, reader)
    labels = column.index if isinstance(column, pd.Series) else None
    values = column.tolist() if hasattr(column, "tolist") else list(column)
    _check_entries(values, labels, reader)
    return Strings(values, labels)


def _column_of(X, reader):
    """The one column of a table; anything else that can be iterated as it is."""
    shape = getattr(X, "shape", None)
    if isinstance(X, str | bytes) or shape == ():
        raise ValueError(
            f"X is a single value, {_shown(X)}, but {reader} wants several strings, "
            "one for each row. Pass a list: [X]."
        )
    # Rows must keep their order beside y, and only the keys of a dict would be read.
    if isinstance(X, dict | set | frozenset) or not hasattr(X, "__iter__"):
        raise ValueError(
            f"X is a {type(X).__name__}, but {reader} wants strings in a certain "
            "order, one for each row. Pass a list, an array or a Series of strings."
        )
    if shape is None or len(shape) == 1:
        return X
    if len(shape) == 2 and shape[1] == 1:
        return X.iloc[:, 0] if isinstance(X, pd.DataFrame) else X[:, 0]
    raise ValueError(
        f"X has the shape {tuple(shape)}, but {reader} wants one column of strings. "
        "Pass a single column, such as X['name']. For several columns of text, use a "
        f"ColumnTransformer with a {reader} for each: ('name', {reader}(), 'name')."
    )


def _check_entries(values, labels, reader):
    """Refuse entries that are not strings."""
    wrong = [i for i, value in enumerate(values) if not isinstance(value, str)]
    if not wrong:
        return
    first = wrong[0]
    label = "" if labels is None else f" (label {labels[first]!r})"
    count = f", the first of {len(wrong)} such entries" if len(wrong) > 1 else ""
    raise ValueError(
        f"Entry {first}{label} of X is {_shown(values[first])}{count}, but {reader} "
        f"wants a string in every entry. {_advice(values[first], labels)}"
    )


def _advice(value, labels):
    """How to make a string of an entry."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        how = 'pd.Series(X).fillna("")' if labels is None else 'X.fillna("")'
        return f"Leave out rows without text, or pass an empty string there: {how}."
    if isinstance(value, bytes):
        return 'Decode bytes first: [text.decode("utf-8") for text in X].'
    if isinstance(value, list | tuple | np.ndarray):
        return (
            'Join lists of tokens first: [" ".join(tokens) for tokens in X], with '
            r'token_pattern=r"\S+".'
        )
    how = "[str(value) for value in X]" if labels is None else "X.astype(str)"
    return f"Convert the entries first: {how}."


def _shown(value):
    """The repr of a value and its type, short enough for a message."""
    return f"{shortened(value)} ({type(value).__name__})"
