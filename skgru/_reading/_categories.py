"""Columns of X that hold categories, and the codes that stand for these.

Encoding is the first thing that happens to an X, before its numbers are checked. Each
category becomes the number of its place among those of `fit`, 0 to K - 1. What is
missing becomes NaN, like a missing number, and `_build` turns it into K unless the
whole step is missing. What was not there in `fit` becomes K at once.

Several columns share one vocabulary if they are the steps of one feature.
"""

from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import _safe_indexing

from skgru._checks import shortened
from skgru._network._model import MOST_CODES
from skgru._reading._columns import as_list, column_index
from skgru._warnings import warn_user

# Types of what stands for a missing value, beside None and NaN.
_MISSING_TYPES = ("NAType", "NaTType")


class Vocabulary(NamedTuple):
    """The categories of one feature.

    Attributes
    ----------
    columns : int64 ndarray
        The columns of X that hold the feature, counted with that of the groups; for a
        3-D X, places in its last axis.
    values : list
        The categories, in the order of their codes.
    """

    columns: np.ndarray
    values: list

    @property
    def n_codes(self):
        """How many codes there are: one more, for what is missing or unknown."""
        return len(self.values) + 1


def find_categories(asked, X, n_columns, names, group):
    """Which columns of X hold categories.

    Parameters
    ----------
    asked : "from_dtype", list or None
        The parameter `categorical_features`.
    X : array-like
    n_columns : int
    names : sequence of str or None
    group : int
        The column that names the series, or -1.

    Returns
    -------
    list of int

    Raises
    ------
    ValueError
        If the parameter does not fit X.
    """
    if asked is None:
        return []
    if isinstance(asked, str):
        found = [j for j, is_one in enumerate(_have_categorical_dtypes(X)) if is_one]
        # Names of series often have a categorical dtype. They are no feature.
        return [j for j in found if j != group]
    asked = as_list(asked)
    if asked and all(isinstance(item, bool | np.bool_) for item in asked):
        if len(asked) != n_columns:
            raise ValueError(
                f"categorical_features is a mask of length {len(asked)}, but X has "
                f"{n_columns} column(s). Pass one bool for each, or the names or "
                "indices of the columns that hold categories."
            )
        found = [j for j, is_one in enumerate(asked) if is_one]
    else:
        found = [
            column_index(j, names, n_columns, "categorical_features") for j in asked
        ]
    if group in found:
        raise ValueError(
            "categorical_features names the group_column, which is no feature: it only "
            "tells the series apart. To let predictions depend on the series, pass a "
            "copy of that column under another name."
        )
    return sorted(set(found))


def _have_categorical_dtypes(X):
    """For each column of X, whether it has a categorical dtype of pandas or polars."""
    dtypes = getattr(X, "dtypes", None)
    if not hasattr(X, "columns") or dtypes is None:
        return []
    return [is_categorical(dtype) for dtype in dtypes]


def is_categorical(dtype):
    # By name, so that neither library need be imported.
    return str(dtype).split("(")[0] in ("category", "Categorical", "Enum")


def learn_categories(X, columns_of_features, shown):
    """The vocabularies of some features.

    Parameters
    ----------
    X : array-like
    columns_of_features : list of list of int
        For each categorical feature the columns of X that hold it.
    shown : callable
        Turns the index of a column into its name in messages.

    Returns
    -------
    list of Vocabulary
    """
    made = []
    for columns in columns_of_features:
        found = [_Column.of(_column_of(X, j), shown(j)) for j in columns]
        values = found[0].values
        if any(column.values != values for column in found):
            values = _sorted(
                dict.fromkeys(v for column in found for v in column.values)
            )
        elif not found[0].is_ordered:
            values = _sorted(values)
        if len(values) >= MOST_CODES:
            raise ValueError(
                f"Column {shown(columns[0])} has {len(values)} categories, but "
                f"{MOST_CODES - 1} at most can be told apart. Merge the rare ones."
            )
        made.append(Vocabulary(np.array(columns, dtype=np.int64), values))
    return made


def _sorted(values):
    """Values in order; those that have no order by their types, then as they come."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda value: type(value).__name__)


def _column_of(X, j):
    """Column j of a table, or of the last axis of a 3-D X."""
    return X[:, :, j] if len(X.shape) == 3 else _safe_indexing(X, j, axis=1)


class _Column(NamedTuple):
    """A column of X, in parts that are looked up once each.

    Attributes
    ----------
    values : list
        The different values, without those that are missing.
    places : ndarray of int
        For each number of the column, its place in `values`; -1 where it is missing.
    is_ordered : bool
        Whether the order of `values` is that of a categorical dtype.
    """

    values: list
    places: np.ndarray
    is_ordered: bool

    @classmethod
    def of(cls, column, name):
        """Read a column; `name` is what messages call it."""
        dtype = getattr(column, "dtype", None)
        if is_categorical(dtype):
            if hasattr(column.cat, "codes"):
                codes = column.cat.codes.to_numpy()
                return cls(column.cat.categories.tolist(), codes, True)
            return cls._of_polars(column, name)
        column = np.asarray(column)
        if column.dtype.kind == "f":
            if np.isinf(column).any():
                _refuse_infinity(name)
            _refuse_fractions(column.ravel(), name)
        elif column.dtype.kind == "M":
            # From nanoseconds, NumPy would make integers.
            column = column.astype("datetime64[us]")
        return cls._of_values(column.ravel().tolist(), name)

    @classmethod
    def _of_polars(cls, column, name):
        """Read a categorical column of polars by its strings.

        Its codes are not its own: other columns add categories of theirs. So only an
        Enum has an order.
        """
        items = column.cast(str).to_list()
        if not str(column.dtype).startswith("Enum"):
            return cls._of_values(items, name)
        values = column.dtype.categories.to_list()
        place = {value: k for k, value in enumerate(values)} | {None: -1}
        return cls(values, np.array([place[item] for item in items], int), True)

    @classmethod
    def _of_values(cls, items, name):
        """Read a list of any values that can be looked up."""
        place: dict[Any, int] = {}
        try:
            places = [place.setdefault(item, len(place)) for item in items]
        except TypeError:
            k = next(k for k, item in enumerate(items) if not _can_be_looked_up(item))
            raise ValueError(
                f"Column {name} holds {shortened(items[k])} "
                f"({type(items[k]).__name__}) in row {k} (counted from 0), which "
                "cannot be a category, since it can be changed. Pass strings, numbers "
                "or tuples."
            ) from None
        is_there = np.array(
            [not is_missing_value(value) for value in place], dtype=bool
        )
        values = [value for value in place if not is_missing_value(value)]
        if any(isinstance(v, float) and np.isinf(v) for v in values):
            _refuse_infinity(name)
        new = np.where(is_there, np.cumsum(is_there) - 1, -1)
        return cls(values, new[places] if places else np.arange(0), False)


def _refuse_infinity(name):
    raise ValueError(
        f"Column {name} holds categories, and contains infinity. Replace it by a "
        "category, or by NaN if the value is missing."
    )


def _refuse_fractions(numbers, name):
    """Refuse measured numbers: each would be a category of its own."""
    is_code = np.isnan(numbers) | (numbers == np.round(numbers))
    if not is_code.all():
        raise ValueError(
            f"Column {name} holds numbers such as {numbers[~is_code][0]:g}, which are "
            "no codes of categories. Cut them into bins, as by "
            "sklearn.preprocessing.KBinsDiscretizer(encode='ordinal'), or leave the "
            "column out of categorical_features."
        )


def _can_be_looked_up(item):
    try:
        hash(item)
    except TypeError:
        return False
    return True


def is_missing_value(value):
    """Whether a value stands for one that is not there."""
    if value is None or type(value).__name__ in _MISSING_TYPES:
        return True
    return isinstance(value, float) and value != value


def encode(X, vocabularies, shown):
    """The codes of all categorical columns of X.

    Returns
    -------
    dict of int to ndarray of float64
        For each of the columns its codes, with NaN where a category is missing.
    """
    return {
        j: encode_column(_column_of(X, j), vocabulary, shown(j))
        for vocabulary in vocabularies
        for j in vocabulary.columns.tolist()
    }


def encode_column(column, vocabulary, name):
    """The codes of a categorical column, float64, with NaN where one is missing.

    Parameters
    ----------
    column : array-like of shape (n_rows,)
    vocabulary : Vocabulary
    name : str
        What messages call the column.
    """
    code_of = {value: float(k) for k, value in enumerate(vocabulary.values)}
    unknown = float(len(vocabulary.values))
    found = _Column.of(column, name)
    if not any(value in code_of for value in found.values):
        _warn_of_types(found.values, vocabulary.values, name)
    of_values = [code_of.get(value, unknown) for value in found.values]
    # The place -1 is the last one.
    return np.array([*of_values, np.nan])[found.places]


def _warn_of_types(found, known, name):
    """Warn if no category is of a type that the categories of fit have."""
    types = {type(value) for value in known}
    if found and known and not any(type(value) in types for value in found):
        warn_user(
            f"Column {name} holds categories such as {shortened(found[0])} "
            f"({type(found[0]).__name__}), but in fit these were such as "
            f"{shortened(known[0])} ({type(known[0]).__name__}): all of them count as "
            "missing. Make the types the same, as by astype."
        )


def plain_categories(categorical_features):
    """The parameter with plain Python objects in a list."""
    asked = categorical_features
    if asked is None or (isinstance(asked, str) and asked == "from_dtype"):
        return asked
    return [_plain(item) for item in as_list(asked)]


def _plain(item):
    if isinstance(item, bool | np.bool_):
        return bool(item)
    if isinstance(item, Integral):
        return int(item)
    if isinstance(item, str):
        return str(item)
    raise ValueError(
        f"categorical_features holds {shortened(item)}, but names, indices or bools of "
        "the columns are wanted, or 'from_dtype'."
    )
