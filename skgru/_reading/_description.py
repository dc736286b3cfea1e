"""Describe how X is read, in a table to look at before training."""

from html import escape
from typing import NamedTuple

import numpy as np

from skgru._tables import html_table, text_lines

_ALIGNMENT = "<<"


class ColumnReading(NamedTuple):
    """One line of the table.

    Attributes
    ----------
    column : str
        Name of a column, or its index where it has none.
    read_as : str
        What the column is, in words.
    """

    column: str
    read_as: str


class InputDescription(tuple):
    """The lines of the table, shown as a table by `print` and in a notebook.

    Attributes
    ----------
    summary : str
        What X is read as, in a sentence.
    n_sequences : int
        Number of sequences.
    n_timesteps : int
        Steps of the longest sequence.
    n_features : int
        Features of a step.
    n_static_features : int
        Static features of a sequence.
    """

    summary: str
    n_sequences: int
    n_timesteps: int
    n_features: int
    n_static_features: int

    def __repr__(self):
        lines = [f"  {line}" for line in text_lines(self, _ALIGNMENT)]
        return "\n".join([self.summary, *lines])

    def _repr_html_(self):
        """The table as HTML, for a notebook."""
        table = html_table(("Column", "Read as"), self, _ALIGNMENT)
        return f"<p>{escape(self.summary)}</p>{table}"

    __str__ = __repr__


def describe(reader, reading):
    """Describe how X was read.

    Parameters
    ----------
    reader : Reader
    reading : Reading

    Returns
    -------
    InputDescription
    """
    sequences, columns, kind = reading.sequences, reader.columns, reader.kind
    names, n_columns = reader.feature_names_in, reader.n_features_in
    others = [j for j in range(n_columns) if j != columns.group]
    read_as = {columns.group: "name of the series"}
    read_as |= {others[j]: "static feature" for j in columns.static}
    of_column = {
        j: f", one of {_many(len(part.values), 'category', 'categories')}"
        for part in reader.vocabularies
        for j in part.columns.tolist()
    }
    steps = [
        others[j]
        for j in (
            columns.steps
            if columns.steps is not None
            else np.arange(len(others) - len(columns.static))
        )
    ]
    n_features = sequences.values.shape[1]
    for place, j in enumerate(steps):
        step, k = divmod(place, n_features)
        feature = columns.features[k] if columns.features is not None else str(k)
        of = f" of {feature}" if feature and n_features > 1 else ""
        read_as[j] = "feature of every step"
        if kind == "rows":
            lag = f", lag {columns.lags[step]}" if columns.leave_lags_out else ""
            read_as[j] = f"step {step + 1} of {columns.n_timesteps}{of}{lag}"
    description = InputDescription(
        ColumnReading(
            str(j) if names is None else str(names[j]),
            read_as[j] + of_column.get(j, ""),
        )
        for j in range(n_columns)
    )
    description.n_sequences = len(sequences.stops)
    description.n_timesteps = sequences.n_timesteps
    description.n_features = n_features
    description.n_static_features = sequences.static.shape[1]
    description.summary = _summary(
        description, reading.series, kind, reader.settings.time_order, columns.level
    )
    if columns.by_values:
        description.summary += (
            " That the columns are lags, and their order, is what their values show."
        )
    return description


def _summary(description, series, kind, time_order, level):
    """What X is read as, in a sentence."""
    d = description
    per_step = _many(d.n_features, "feature")
    if kind == "series":
        of = "" if series is None else f" of {len(series.names)} series"
        of += "" if level is None else f" ({level!r} in the index)"
        start = (
            f"{_many(d.n_sequences, 'consecutive row')}{of}: each is predicted from "
            f"itself and up to {d.n_timesteps - 1} before it"
        )
    else:
        what = "3-D" if kind == "samples" else "a sequence in each row"
        order = "newest" if time_order == "newest_first" else "oldest"
        start = f"{_many(d.n_sequences, 'sequence')} ({what}) of "
        start += _many(d.n_timesteps, "step")
        if kind == "samples":
            start += f", the {order} first"
    more = f", and {d.n_static_features} static" if d.n_static_features else ""
    return f"{start}; {per_step} a step{more}."


def _many(number, what, several=None):
    return f"{number} {what if number == 1 else several or what + 's'}"
