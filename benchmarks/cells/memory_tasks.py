"""Made-up data whose targets depend on steps far back: how far is known exactly."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

N_SYMBOLS, N_TO_COPY = 8, 3
# Distances between the two counts of a sequence that is not equal.
LARGEST_DIFFERENCE = 5
N_TEST = 1000


class Problem(NamedTuple):
    """Training rows, and new rows by the name of what they are.

    Attributes
    ----------
    X, y : ndarray
        Training rows.
    tests : dict of str to (X, y)
    window : int or None
        For a 2-D X: rows that a prediction sees.
    """

    X: np.ndarray
    y: np.ndarray
    tests: dict
    window: int | None


class MemoryTask(NamedTuple):
    """A kind of problem, in several lengths.

    Attributes
    ----------
    make : callable
        Makes the problem from a length, a seed and the number of training rows.
    score : str
        The name in `SCORES` of what is measured on new rows.
    n_steps : callable
        Steps of a training sequence, from the length.
    raw_too : bool
        Whether it is also fitted without standardising: symbols are zeros and ones.
    """

    make: Callable
    score: str
    lengths: tuple
    n_rows: int
    n_epochs: int
    n_steps: Callable
    raw_too: bool = False


def one_hot(symbols, n_symbols=N_SYMBOLS):
    """A last axis with a one where the symbol is."""
    return np.eye(n_symbols, dtype=np.float32)[symbols]


def split(X, y, n_rows):
    """The first rows are to train on, the others are new ones."""
    return Problem(X[:n_rows], y[:n_rows], {"new": (X[n_rows:], y[n_rows:])}, None)


def adding(n_steps, seed, n_rows):
    """The sum of two marked values among random ones (Hochreiter, Schmidhuber 1997)."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(size=(n_rows + N_TEST, n_steps)).astype(np.float32)
    marks = np.zeros_like(values)
    # The two places of the smallest of random numbers: any two, each pair as often.
    places = rng.uniform(size=values.shape).argsort(axis=1)[:, :2]
    np.put_along_axis(marks, places, 1, axis=1)
    X = np.stack([values, marks], axis=2)
    return split(X, (values * marks).sum(axis=1), n_rows)


def copying(delay, seed, n_rows):
    """Three symbols, and then nothing for so many steps: which symbols they were."""
    rng = np.random.default_rng(seed)
    symbols = rng.integers(N_SYMBOLS, size=(n_rows + N_TEST, N_TO_COPY))
    X = np.zeros((len(symbols), N_TO_COPY + delay, N_SYMBOLS), dtype=np.float32)
    X[:, :N_TO_COPY] = one_hot(symbols)
    return split(X, one_hot(symbols).reshape(len(symbols), -1), n_rows)


def recall(n_steps, seed, n_rows):
    """Random symbols at all steps: which was the first."""
    rng = np.random.default_rng(seed)
    symbols = rng.integers(N_SYMBOLS, size=(n_rows + N_TEST, n_steps))
    return split(one_hot(symbols), one_hot(symbols[:, 0]), n_rows)


def counts(lowest, highest, n_rows, rng):
    """How many a and how many b each row has: in half of the rows as many."""
    p = rng.integers(lowest, highest + 1, size=n_rows)
    difference = rng.integers(1, LARGEST_DIFFERENCE + 1, size=n_rows)
    sign = rng.choice([-1, 1], size=n_rows)
    # There is at least one b, so that the last step says nothing by itself.
    sign = np.where(p - difference < 1, 1, sign)
    is_equal = rng.permutation(n_rows) % 2 == 0
    return p, p + np.where(is_equal, 0, sign * difference)


def sequences_of_counts(p, q):
    """Rows of p times a and q times b, one-hot, with missing steps before them."""
    n_steps = (p + q).max()
    first = n_steps - p - q
    X = np.full((len(p), n_steps, 2), np.nan, dtype=np.float32)
    step = np.arange(n_steps)
    for row in range(len(p)):
        is_b = step >= first[row] + p[row]
        X[row] = one_hot(is_b.astype(int), 2)
        X[row, : first[row]] = np.nan
    return X


def counting(target):
    """A maker of a^p b^q (Weiss, Goldberg and Yahav 2018), trained up to a length.

    New rows are as long as those of the training, up to half as long again, and up to
    twice as long.
    """

    def make(longest, seed, n_rows):
        rng = np.random.default_rng(seed)
        spans = ((1, longest), (longest + 1, longest * 3 // 2))
        spans = (*spans, (longest * 3 // 2 + 1, 2 * longest))
        p, q = counts(1, longest, n_rows, rng)
        tests = {}
        for lowest, highest in spans:
            new = counts(lowest, highest, N_TEST, rng)
            tests[f"{lowest}–{highest}"] = (sequences_of_counts(*new), target(*new))
        return Problem(sequences_of_counts(p, q), target(p, q), tests, None)

    return make


def is_equal(p, q):
    """+1 where there are as many a as b, else −1."""
    return np.where(p == q, 1, -1).astype(np.float32)


def difference(p, q):
    """How many more a there are than b."""
    return (p - q).astype(np.float32)


def cause(lag, seed, n_rows):
    """Noise that comes back after so many rows, with a little more noise."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(lag + n_rows + N_TEST)
    y = x[: n_rows + N_TEST] + 0.1 * rng.standard_normal(n_rows + N_TEST)
    X, y = x[lag:, np.newaxis].astype(np.float32), y.astype(np.float32)
    return split(X, y, n_rows)._replace(window=lag + 10)


def squared_error(prediction, y):
    """Mean squared error."""
    return float(np.mean((prediction - y) ** 2))


def right_symbols(prediction, y):
    """Share of the symbols whose output is the largest."""
    shape = (len(y), -1, N_SYMBOLS)
    found = prediction.reshape(shape).argmax(axis=2)
    return float(np.mean(found == y.reshape(shape).argmax(axis=2)))


def right_signs(prediction, y):
    """Share of the rows on the right side of zero."""
    return float(np.mean((prediction > 0) == (y > 0)))


def determination(prediction, y):
    """R²: 1 is perfect, 0 is what the mean of these rows would reach."""
    return float(1 - np.sum((prediction - y) ** 2) / np.sum((y - y.mean()) ** 2))


class Score(NamedTuple):
    """What is measured: how, its name, and what a guess reaches."""

    measure: Callable
    name: str
    chance: float
    best: float


SCORES = {
    "adding": Score(squared_error, "mean squared error", 1 / 6, 0.0),
    "symbols": Score(right_symbols, "share of right symbols", 1 / N_SYMBOLS, 1.0),
    "signs": Score(right_signs, "share of right answers", 0.5, 1.0),
    "R²": Score(determination, "R²", 0.0, 1.0),
}

MEMORY_TASKS = {
    "adding": MemoryTask(
        adding, "adding", (50, 100, 200, 400), 10_000, 20, lambda n: n
    ),
    "copying": MemoryTask(
        copying, "symbols", (10, 20, 50, 100, 200), 4000, 30, lambda n: n + N_TO_COPY
    ),
    "recall": MemoryTask(recall, "symbols", (50, 100), 2000, 30, lambda n: n, True),
    "counting": MemoryTask(
        counting(is_equal), "signs", (30, 50), 2000, 40, lambda n: 2 * n, True
    ),
    "difference": MemoryTask(
        counting(difference), "R²", (30, 50), 2000, 40, lambda n: 2 * n
    ),
    "cause": MemoryTask(cause, "R²", (5, 10, 20, 50, 100), 2000, 50, lambda n: n + 10),
}
