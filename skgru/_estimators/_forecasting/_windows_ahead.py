"""Windows of rows as the sequences that the network reads, for a prediction each.

The rows are those that the network reads, or, where it reads whole sequences behind the
steps of a pipeline, rows of the steps of such a sequence, which are put together to an
X of the pipeline.
"""

import numpy as np

from skgru._reading._build import read_samples
from skgru._reading._history import columns_of_features


class AsRead:
    """Windows of rows that the network reads as they are.

    Parameters
    ----------
    reader : Reader
    """

    def __init__(self, reader):
        self._reader = reader
        self._columns = reader.columns
        if reader.kind == "rows":
            self._columns = self._columns._replace(steps=None, static=np.arange(0))

    def sequences(self, seen):
        """Sequences of windows (n_rows, n_seen, n_columns)."""
        return read_samples(seen, self._columns)

    def candidates(self, feature):
        """The one column of the rows that holds a feature."""
        yield int(columns_of_features(self._reader, np.array([feature]))[0])

    def as_read(self, rows):
        """Rows (n_series, n_rows, n_columns) with the numbers that the network sees."""
        return rows

    def probe(self, column, values):
        """The features that the network sees if a column has some values."""
        return np.tile(values[:, np.newaxis], self._reader.n_features)


class ThroughSteps:
    """Windows of rows that go through the steps of a pipeline as whole sequences.

    Parameters
    ----------
    reader : Reader
    around : Around
    window : ndarray of shape (n_seen, n_columns)
        The last rows of a series, to try with which numbers the steps make what.
    owner : str
        Name of the estimator, for messages.
    """

    def __init__(self, reader, around, window, owner):
        self._reader, self._around = reader, around
        self._window, self._owner = window, owner

    def sequences(self, seen):
        """Sequences of windows (n_rows, n_seen, n_columns)."""
        X = seen
        if self._reader.kind == "rows":
            steps = self._reader.columns.steps
            X = np.empty((len(seen), self._reader.n_features_in), seen.dtype)
            X[:, slice(None) if steps is None else steps] = seen.reshape(len(seen), -1)
            if self._around.names is not None:
                import pandas as pd

                X = pd.DataFrame(X, columns=self._around.names)
        elif self._reader.settings.time_order == "newest_first":
            X = seen[:, ::-1]
        X = self._around.transformed(X)
        return self._reader.read(X, self._owner, follows=False).sequences

    def candidates(self, feature):
        """The columns of a step."""
        yield from range(self._window.shape[1])

    def as_read(self, rows):
        """Rows (1, n_rows, n_columns) with the numbers that the network sees."""
        read = np.full(rows.shape, np.nan)
        every = np.arange(self._reader.n_features)
        columns = columns_of_features(self._reader, every)
        read[0][:, columns] = self._features_of_last(rows[0])
        return read

    def probe(self, column, values):
        """The features that the network sees if a column has some values last."""
        last = np.repeat(self._window[-1:], len(values), axis=0)
        last[:, column] = values
        return self._features_of_last(last)

    def _features_of_last(self, last):
        """What the network sees of rows (n_rows, n_columns), each the last of some."""
        seen = np.repeat(self._window[np.newaxis], len(last), axis=0)
        seen[:, -1] = last
        sequences = self.sequences(seen)
        return sequences.values[sequences.stops - 1]
