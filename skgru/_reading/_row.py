"""Read the next row of a stream, whatever form it has.

A row holds the features of one step, as `forecast` reads them in its history: with
`window` the columns of X but the one that names the series; for a 3-D X the last axis;
for a table of lags the variables. Names are those of `fit`. Where many streams are fed
at once, there is a row of each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import issparse

from skgru._checks import shortened
from skgru._reading._categories import Vocabulary, encode_column, is_missing_value
from skgru._reading._series import level_of, names_of_levels, shown_names


@dataclass(frozen=True)
class RowReader:
    """How rows are read: the columns of a row in the order of an array.

    Attributes
    ----------
    what : str
        What messages call a row.
    dtype : str
    n_columns : int
    names : list of str or None
        The names of the columns, if they had names in `fit`.
    vocabularies : dict of int to Vocabulary
        The categories of the columns that hold any.
    steps, static : int64 ndarray
        The columns of the features of a step and of the static features, in the order
        in which the network reads them.
    group, level : str or None
        The name of the column that names the series, and of the level of the index.
    """

    what: str
    dtype: str
    n_columns: int
    names: list | None
    vocabularies: dict[int, Vocabulary]
    steps: np.ndarray
    static: np.ndarray
    group: str | None = None
    level: str | None = None

    @classmethod
    def of(cls, reader, *, static_apart):
        """The rows of a stream.

        Parameters
        ----------
        reader : Reader
        static_apart : bool
            Whether rows are without the static features, which are known already.
        """
        columns, n_features = reader.columns, reader.n_features
        if reader.kind == "rows":
            return cls._of_variables(reader)
        others = [j for j in range(reader.n_features_in) if j != columns.group]
        steps = np.arange(n_features) if columns.steps is None else columns.steps
        static = columns.static[:0] if static_apart else columns.static
        kept = sorted([*steps.tolist(), *static.tolist()])
        names, group = reader.feature_names_in, None
        if names is not None:
            group = str(names[columns.group]) if columns.group >= 0 else None
            names = [str(names[others[j]]) for j in kept]
        steps, static = np.searchsorted(kept, steps), np.searchsorted(kept, static)
        of_steps, of_static = _vocabularies_of(reader)
        vocabularies = _by_column(of_steps, steps) | _by_column(of_static, static)
        named = names, vocabularies
        of_series = group, columns.level
        return cls(
            "The row", reader.dtype, len(kept), *named, steps, static, *of_series
        )

    @classmethod
    def _of_variables(cls, reader):
        """The rows of a model of whole sequences: the variables of a step."""
        names, n_features = reader.columns.features, reader.n_features
        steps = np.arange(n_features)
        if names in (None, ("",)):
            names = None
            steps = np.argsort(reader.columns.in_order_of_X(n_features))
        vocabularies = _by_column(_vocabularies_of(reader)[0], steps)
        names = None if names is None else list(names)
        return cls(
            "The row", reader.dtype, n_features, names, vocabularies, steps, steps[:0]
        )

    @classmethod
    def of_static(cls, reader):
        """The static features, in the order of ``static_features_``."""
        names = reader.columns.static_names
        static = np.arange(len(reader.columns.static))
        vocabularies = _by_column(_vocabularies_of(reader)[1], static)
        names = None if names is None else list(names)
        return cls(
            "static", reader.dtype, len(static), names, vocabularies, static[:0], static
        )

    def shown(self, j):
        """What messages call a column."""
        return str(j) if self.names is None else repr(self.names[j])

    def read(self, row, n_rows, series=None):
        """The numbers of one row or of many, with codes in the place of categories.

        Parameters
        ----------
        row : array-like, mapping or data frame
        n_rows : int or None
            How many rows there are, in a form with an axis for them; None for one row
            in a form without.
        series : list or None
            The names of the series that the rows belong to.

        Returns
        -------
        ndarray of shape (n_rows or 1, n_columns)

        Raises
        ------
        ValueError
            If the row has other columns, or cannot be read as numbers.
        """
        if issparse(row):
            raise ValueError(f"{self.what} is sparse. Pass row.toarray().")
        columns, belongs = _by_name(row), self._level_of(row)
        if columns is not None and (self.group or self.level) in columns:
            columns = dict(columns)
            belongs = columns.pop(self.group or self.level)
        if columns is None or (self.names is None and not isinstance(row, Mapping)):
            table = self._of_array(row, n_rows)
        else:
            table = self._of_names(columns, n_rows)
        if belongs is None or series is None:
            return table
        return table[_order_of(list(np.asarray(_as_column(belongs))), series)]

    def _level_of(self, row):
        """The names of the series in the index of a data frame, if they are there."""
        if self.level is None or not (hasattr(row, "iloc") and hasattr(row, "columns")):
            return None
        is_there = self.level in names_of_levels(row.index)
        return level_of(row, self.level) if is_there else None

    def _of_array(self, row, n_rows):
        """Read a row by the order of its values."""
        if not self.vocabularies:
            table = _as_array(row)
        elif isinstance(row, np.ndarray):
            table = row
        else:
            table = np.array(row, dtype=object)
        wanted = (self.n_columns,) if n_rows is None else (n_rows, self.n_columns)
        is_one_row = n_rows is None and table.shape == (1, self.n_columns)
        if self.n_columns == 1 and table.shape == wanted[:-1]:
            table = table.reshape(wanted)
        if table.shape != wanted and not is_one_row:
            raise ValueError(
                f"{self.what} {_described(row, table)}, but {_described_shape(wanted)} "
                f"wanted{self._in_order()}."
            )
        table = table.reshape(-1, self.n_columns)
        if not self.vocabularies:
            return self._as_numbers(table, None)
        return self._of_columns([table[:, j] for j in range(self.n_columns)])

    def _in_order(self):
        """The names of the columns, for a message."""
        if self.names is None:
            return ""
        return f": {', '.join(map(repr, self.names))}"

    def _of_names(self, columns, n_rows):
        """Read rows by the names of their columns."""
        if self.names is None:
            raise ValueError(
                f"{self.what} has names, {shown_names(list(columns))}, but the model "
                "was fitted without names of columns. Pass the values in the order of "
                "fit, as list(row.values())."
            )
        columns = {str(name): column for name, column in columns.items()}
        known = set(self.names)
        missing = [name for name in self.names if name not in columns]
        unknown = [name for name in columns if name not in known]
        if missing or unknown:
            said = [f"lacks {shown_names(missing)}"] if missing else []
            said += [f"has {shown_names(unknown)}, unseen in fit"] if unknown else []
            raise ValueError(
                f"{self.what} {' and '.join(said)}. The columns are "
                f"{shortened(self.names)}."
            )
        found = [columns[name] for name in self.names]
        if n_rows is None and not self.vocabularies:
            # One number for each name, most often; column by column takes far longer.
            table = _as_array(found)
            if table.ndim == 1 and table.dtype.kind in "fiub":
                return table.astype(self.dtype).reshape(1, -1)
        found = [_as_column(column) for column in found]
        wanted = 1 if n_rows is None else n_rows
        lengths = {len(column) for column in found}
        if lengths != {wanted}:
            raise ValueError(
                f"{self.what} has {', '.join(map(str, sorted(lengths)))} value(s) in a "
                f"column, but {wanted} are wanted, one for each stream."
            )
        return self._of_columns(found)

    def _of_columns(self, columns):
        """Read each column: its codes, or its numbers."""
        table = np.empty((len(columns[0]), self.n_columns), dtype=self.dtype)
        for j, column in enumerate(columns):
            vocabulary = self.vocabularies.get(j)
            if vocabulary is None:
                table[:, j] = self._as_numbers(_as_array(column), j)
            else:
                table[:, j] = encode_column(column, vocabulary, self.shown(j))
        return table

    def _as_numbers(self, values, j):
        """Values as numbers; `j` is their column, None if there are several."""
        if values.dtype.kind == "O":
            # Missing values of pandas are objects.
            is_missing = np.frompyfunc(is_missing_value, 1, 1)(values).astype(bool)
            values = np.where(is_missing, np.nan, values)
        try:
            if values.dtype.kind not in "fiubOUS":
                raise TypeError(f"they are {values.dtype}")
            return values.astype(self.dtype)
        except (TypeError, ValueError) as error:
            where = "" if j is None else f" in the column {self.shown(j)}"
            raise ValueError(
                f"{self.what} cannot be read as numbers{where} ({error}). If they are "
                "categories, fit with categorical_features= or a categorical dtype."
            ) from None


def _vocabularies_of(reader):
    """The categories of the features of a step, and of the static features."""
    n_of_steps = len(reader.columns.n_codes)
    return reader.vocabularies[:n_of_steps], reader.vocabularies[n_of_steps:]


def _by_column(vocabularies, columns):
    """The vocabularies by the columns that hold them: the last ones."""
    places = columns[len(columns) - len(vocabularies) :].tolist()
    return dict(zip(places, vocabularies, strict=False))


def _by_name(row):
    """The columns of rows that have names, {name: column}; None if they have none."""
    if isinstance(row, Mapping):
        return row
    if hasattr(row, "columns"):
        return {name: row[name] for name in row.columns}
    if hasattr(row, "iloc"):
        return dict(zip(row.index, row.tolist(), strict=True))
    if isinstance(row, list | tuple) and row:
        first = _by_name(row[0])
        return None if first is None else _side_by_side(row, first)
    return None


def _side_by_side(rows, first):
    """The columns of a list of rows, each of which has the names of the first one."""
    rows = [_by_name(row) for row in rows]
    for k, row in enumerate(rows):
        if row is None or row.keys() != first.keys():
            found = "no names" if row is None else shown_names(list(row))
            raise ValueError(
                f"Row {k} (counted from 0) has {found}, but row 0 has "
                f"{shown_names(list(first))}. Pass the same columns in every row."
            )
    return {name: [row[name] for row in rows] for name in first}


def _as_column(values):
    """A column, also one of a single value."""
    if isinstance(values, str) or np.ndim(values) == 0:
        values = [values]
    if isinstance(values, list | tuple):
        # NumPy would make strings of all values where one of them is a string.
        column = np.empty(len(values), dtype=object)
        column[:] = values
        return column
    return values


def _as_array(values):
    """Values as an array; lists of different lengths are refused."""
    if hasattr(values, "to_numpy") and not hasattr(values, "dtype"):
        values = values.to_numpy()
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"The row cannot be read as an array ({error}). Pass one number for each "
            "feature."
        ) from None


def _described(row, table):
    """What was found in the place of a row, for a message."""
    if table.ndim == 0:
        return f"is {shortened(row)}"
    if table.ndim == 1:
        return f"has {table.size} value(s)"
    return f"has shape {table.shape}"


def _described_shape(wanted):
    return f"{wanted[0]} are" if len(wanted) == 1 else f"shape {wanted} is"


def _order_of(found, series):
    """Where the row of each series stands; of a single one all rows, as they come.

    Raises
    ------
    ValueError
        If rows of other series are there.
    """
    if len(series) == 1 and set(found) == set(series):
        return list(range(len(found)))
    places = {name: k for k, name in enumerate(found)}
    if len(places) < len(found) or set(places) != set(series):
        raise ValueError(
            f"The rows belong to the series {shown_names(found)}, but the stream has "
            f"{shown_names(series)}, and wants one row of each."
        )
    return [places[name] for name in series]
