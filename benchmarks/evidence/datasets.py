"""What a data set is here, the register of all of them, and what each must keep to."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# In this order in tables and in the picture.
KINDS = ("few rows", "trend", "season", "cycles and chaos", "inputs", "no signal")


class Missing(Exception):
    """A data set whose file or package is not here: it is left out, with a note."""


class Dataset(NamedTuple):
    """A series, or sequences, in raw units, and how they are predicted one step ahead.

    Attributes
    ----------
    X : ndarray of shape (n_rows, n_features) or (n_rows, n_timesteps, n_features)
        What is known at each row; the rows of a series are consecutive. 3-D: each row
        is a sequence of its own.
    y : ndarray of shape (n_rows,)
        What follows on each row.
    window : int or None
        Rows of a series that a prediction sees; None for a 3-D X.
    first_test : int
        Rows from this one on are the test.
    anchor : int or None
        The feature that holds the target's own past, if one does.
    """

    X: np.ndarray
    y: np.ndarray
    window: int | None
    first_test: int
    anchor: int | None

    @property
    def work(self):
        """Steps of an epoch: what a fit costs, roughly."""
        return self.first_test * (self.window or self.X.shape[1])


class Entry(NamedTuple):
    """A line of the register."""

    kind: str
    source: str
    make: Callable[[], Dataset]


DATASETS: dict[str, Entry] = {}


def dataset(kind, source):
    """Register the function that makes a data set under its name."""

    def register(make):
        DATASETS[make.__name__.replace("_", "-")] = Entry(kind, source, make)
        return make

    return register


def next_value(columns, window, target=0, test=0.25):
    """Predict the next value of one column from the rows so far.

    Parameters
    ----------
    columns : array-like of shape (n,) or (n, n_features)
    window : int
    target : int, default=0
        Which column; it is the anchor too.
    test : float, default=0.25
        Part of the rows, the last ones, that is the test.
    """
    columns = np.asarray(columns, dtype=float)
    columns = columns.reshape(len(columns), -1)
    X, y = columns[:-1], columns[1:, target]
    return Dataset(X, y, window, len(y) - round(test * len(y)), target)


def load(name):
    """Make a data set and check it."""
    entry = DATASETS[name]
    data = entry.make()
    check(name, entry, data)
    return data


def check(name, entry, data):
    """Refuse a data set on which models would not be compared fairly."""
    X, y, window, first_test, anchor = data
    wrong = {
        f"its kind {entry.kind!r} is none of {KINDS}": entry.kind not in KINDS,
        f"X and y have {len(X)} and {len(y)} rows": len(X) != len(y) or y.ndim != 1,
        "X or y is not finite": not (np.isfinite(X).all() and np.isfinite(y).all()),
        "a window goes with a 2-D X only": X.ndim != (3 if window is None else 2),
        "some test rows, or all training rows, have no whole window": not (
            (window or 1) < first_test < len(y)
        ),
    }
    if anchor is not None and window is not None:
        wrong["the anchor is not the target's own past"] = not np.array_equal(
            X[1:, anchor], y[:-1]
        )
    for what, is_so in wrong.items():
        if is_so:
            raise ValueError(f"The data set {name} is not as it should be: {what}.")
