"""Sequences as rows of a table, for models that read no sequences."""

import numpy as np

from skgru import WindowTransformer

# To so many steps sequences are stretched, if their lengths differ.
N_STRETCHED = 20
STATISTICS = ("mean", "std", "min", "max", "first", "last", "diff std", "diff abs mean")


def sequences(data):
    """All rows as X of shape (n, n_timesteps, n_features), which of them are whole."""
    if data.window is None:
        return data.X, np.arange(len(data.X))
    windows = WindowTransformer(data.window).fit_transform(data.X)
    return windows, np.arange(data.window - 1, len(data.X))


def lengths_of(X):
    """Number of observed steps of each sequence; missing ones lead."""
    return X.shape[1] - np.isnan(X[..., 0]).sum(axis=1)


def stretched(X, n_steps=N_STRETCHED):
    """Each sequence read between its steps, at even distances from first to last."""
    lengths = lengths_of(X)
    begins = X.shape[1] - lengths
    places = np.linspace(0, 1, n_steps) * (lengths[:, np.newaxis] - 1)
    lower = np.minimum(places.astype(int), np.maximum(lengths - 2, 0)[:, np.newaxis])
    rows = np.arange(len(X))[:, np.newaxis]
    below = X[rows, begins[:, np.newaxis] + lower]
    last = X.shape[1] - 1
    above = X[rows, np.minimum(begins[:, np.newaxis] + lower + 1, last)]
    return below + (places - lower)[..., np.newaxis] * (above - below)


def flattened(X):
    """A column for each step and feature; stretched where lengths differ."""
    if np.isnan(X).any():
        X = stretched(X)
    return X.reshape(len(X), -1)


def summaries(X):
    """Statistics of each feature and the length, in the order of `STATISTICS`."""
    X = X.astype(np.float64)
    lengths = lengths_of(X)
    rows = np.arange(len(X))
    first = X[rows, X.shape[1] - lengths]
    # A sequence of one step has no difference: all of its differences are 0.
    changes = np.diff(X, axis=1)
    changes[lengths == 1] = 0
    columns = [
        np.nanmean(X, axis=1),
        np.nanstd(X, axis=1),
        np.nanmin(X, axis=1),
        np.nanmax(X, axis=1),
        first,
        X[:, -1],
        np.nanstd(changes, axis=1),
        np.nanmean(np.abs(changes), axis=1),
    ]
    return np.column_stack([*columns, lengths])
