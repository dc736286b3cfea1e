"""The workloads: what is trained, and on which made-up numbers."""

import math
from typing import NamedTuple

import numpy as np


class Workload(NamedTuple):
    """A network and its data: float32, squared error, Adam, a dense head."""

    n_rows: int
    n_timesteps: int
    n_features: int
    sizes: tuple[int, ...]
    batch_size: int
    cell: str = "gru"

    @property
    def n_batches(self):
        """Whole mini-batches in an epoch: a rest would have another shape."""
        return self.n_rows // self.batch_size


class Plan(NamedTuple):
    """How much one measurement of training does."""

    n_batches: int
    n_epochs: int


class Windows(NamedTuple):
    """A series that is read through overlapping windows."""

    n_rows: int
    n_features: int
    window: int
    n_hidden: int
    batch_size: int


class Grid(NamedTuple):
    """A grid search: candidates are learning rates, one fit for each fold."""

    n_rows: int
    n_timesteps: int
    n_hidden: int
    batch_size: int
    learning_rates: tuple[float, ...]
    n_folds: int


TRAINING = {
    "tutorial": Workload(99, 1, 1, (50,), 1),
    "tiny": Workload(2_000, 12, 1, (16,), 32),
    "mid": Workload(10_000, 24, 8, (64,), 32),
    "large": Workload(2_048, 100, 32, (256,), 128),
    "long": Workload(256, 2_000, 4, (32,), 32),
    "stacked": Workload(10_000, 24, 8, (64, 64), 32),
}
# Other cells in networks of the same sizes: the name is the cell, then that of the GRU.
TRAINING |= {
    f"{cell}-{name}": TRAINING[name]._replace(cell=cell)
    for cell, names in {"lstm": ("tiny", "mid", "large"), "rnn": ("mid",)}.items()
    for name in names
}
# Small enough for weights to be carried over and trained in every library at once.
AGREEMENT = {
    "agreement": Workload(20, 6, 3, (6, 6), 4),
    "lstm-agreement": Workload(20, 6, 3, (6, 6), 4, "lstm"),
    "rnn-agreement": Workload(20, 6, 3, (6, 6), 4, "rnn"),
}
WINDOWS = Windows(1_000_000, 4, 96, 16, 32)
GRID = Grid(1_000, 12, 16, 32, (0.001, 0.003, 0.01, 0.03), 3)


def plan(workload, step_seconds, seconds, fewest_batches):
    """As many mini-batches as fill some seconds, whole epochs if that is more than one.

    A slow library gets fewer rows, not fewer than `fewest_batches` mini-batches of
    them: what is compared is the time of a step.
    """
    wanted = math.ceil(seconds / step_seconds)
    n_batches = min(workload.n_batches, max(wanted, fewest_batches))
    return Plan(n_batches, max(1, math.ceil(wanted / n_batches)))


def sequences(workload, n_batches=None, dtype="float32"):
    """X of shape (rows, timesteps, features) and y of shape (rows,).

    `n_batches` whole mini-batches of rows; None: every row.
    """
    n_rows = workload.n_rows if n_batches is None else n_batches * workload.batch_size
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, workload.n_timesteps, workload.n_features))
    return X.astype(dtype), rng.standard_normal(n_rows).astype(dtype)


def grid_data(grid):
    """Windows of a noisy wave and the values that follow: X is 3-D, y is 1-D."""
    noise = np.random.default_rng(0).standard_normal(grid.n_rows + grid.n_timesteps)
    wave = (np.sin(0.3 * np.arange(noise.size)) + 0.1 * noise).astype("float32")
    windows = np.lib.stride_tricks.sliding_window_view(wave, grid.n_timesteps + 1)
    return windows[:, :-1, np.newaxis].copy(), windows[:, -1].copy()
