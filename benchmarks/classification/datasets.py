"""What a data set is here, the register of all of them, and what each must keep to."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# In this order in tables and in the picture.
KINDS = RECORDED, MADE_UP = ("recorded", "made up")


class Missing(Exception):
    """What is not here, a file or a package: it is left out, with a note."""


class Dataset(NamedTuple):
    """Sequences and their classes; the last rows are the test.

    Attributes
    ----------
    X : ndarray
        (n_rows, n_timesteps, n_features), shorter sequences with leading steps that are
        all NaN; (n_rows, n_features), the rows of a series; or (n_rows,), texts.
    y : ndarray of shape (n_rows,)
        Labels.
    first_test : int
        Rows from this one on are the test.
    window : int or None
        Rows of a series that a prediction sees.
    class_weight : None or "balanced"
        For all models that have it.
    rare : label or None
        The class whose recall is asked for.
    right_features : ndarray of shape (n_rows, n_right) or None
        Of made-up data: what a linear model has to know.
    """

    X: np.ndarray
    y: np.ndarray
    first_test: int
    window: int | None = None
    class_weight: str | None = None
    rare: object = None
    right_features: np.ndarray | None = None

    @property
    def is_text(self):
        """Whether rows are strings."""
        return self.X.ndim == 1

    @property
    def rows(self):
        """Training rows and test rows."""
        return np.arange(self.first_test), np.arange(self.first_test, len(self.y))

    @property
    def work(self):
        """Steps of an epoch: what a fit costs, roughly."""
        shape = self.shape
        return shape["training rows"] * shape["steps"]

    @property
    def shape(self):
        """What the page says of it."""
        lengths = np.char.str_len(self.X) if self.is_text else self.X.shape[1]
        return {
            "training rows": self.first_test,
            "test rows": len(self.y) - self.first_test,
            "steps": int(np.max(self.window or lengths)),
            "features": 1 if self.is_text else self.X.shape[-1],
            "classes": len(np.unique(self.y)),
        }


class Entry(NamedTuple):
    """A line of the register."""

    kind: str
    source: str
    make: Callable[[], Dataset]


DATASETS: dict[str, Entry] = {}


def dataset(name, kind, source):
    """Register the function that makes a data set."""

    def register(make):
        DATASETS[name] = Entry(kind, source, make)
        return make

    return register


def in_order(names):
    """Data sets stand by kind, then as they are registered."""
    there = list(DATASETS)
    return sorted(
        names, key=lambda name: (KINDS.index(DATASETS[name].kind), there.index(name))
    )


def load(name):
    """Make a data set and check it."""
    data = DATASETS[name].make()
    check(name, data)
    return data


def check(name, data):
    """Refuse a data set on which models would not be compared fairly."""
    X, y = data.X, data.y
    train, test = data.rows
    wrong = {
        f"X and y have {len(X)} and {len(y)} rows": len(X) != len(y) or y.ndim != 1,
        "there are no training rows, or no test rows": not (len(train) and len(test)),
        "a window goes with a 2-D X only": (X.ndim == 2) != (data.window is not None),
        "a class of the test is in no training row": not (
            set(y[test].tolist()) <= set(y[train].tolist())
        ),
    }
    if X.ndim == 3:
        is_missing = np.isnan(X)
        some, whole = is_missing.any(axis=2), is_missing.all(axis=2)
        wrong["missing are other steps than leading ones"] = (
            (some != whole).any()
            or (np.diff(whole.astype(int), axis=1) > 0).any()
            or whole[:, -1].any()
        )
    for what, is_so in wrong.items():
        if is_so:
            raise ValueError(f"The data set {name} is not as it should be: {what}.")


def few(data, n_train=6, n_test=4, n_series=300, n_steps=20):
    """So many rows of each class, of few steps: enough to see that everything runs."""
    train, test = data.rows
    if data.window is None:
        train, test = (
            np.sort(
                np.concatenate(
                    [rows[data.y[rows] == label][:n] for label in np.unique(data.y)]
                )
            )
            for rows, n in ((train, n_train), (test, n_test))
        )
    else:
        train, test = train[-2 * n_series :], test[:n_series]
    rows = np.concatenate([train, test])
    right = data.right_features
    return data._replace(
        X=data.X[rows][:, -n_steps:] if data.X.ndim == 3 else data.X[rows],
        y=data.y[rows],
        first_test=len(train),
        right_features=None if right is None else right[rows],
    )
