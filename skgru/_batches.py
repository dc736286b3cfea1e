"""Sequences as the kernels see them, and how a mini-batch is gathered from them.

Whatever form X has, its sequences are runs of consecutive rows of one 2-D array:
windows of a series overlap in it, the samples of a 3-D array follow one another. No
window is ever copied but into the mini-batch at hand, standardised on the way.
"""

from typing import NamedTuple

import numpy as np

from skgru._jit import jit


class Sequences(NamedTuple):
    """Sequences of equal length, oldest step first, some of whose first steps miss.

    Attributes
    ----------
    values : read-only ndarray of shape (n_rows, n_features)
    stops : int64 ndarray of shape (n_samples,)
        Sequence i ends before row ``stops[i]`` of `values`.
    n_observed : int64 ndarray of shape (n_samples,)
        How many steps of it are there; the earlier ones are missing.
    n_timesteps : int
        Length of the longest sequence that may be asked for.
    """

    values: np.ndarray
    stops: np.ndarray
    n_observed: np.ndarray
    n_timesteps: int


class FeatureScaling(NamedTuple):
    """How features are standardised as they are gathered: ``(x - mean) / scale``.

    Attributes
    ----------
    mean, scale : ndarray of shape (n_features,)
    anchor : int
        Feature whose last value is subtracted from its whole sequence first, or -1.
    """

    mean: np.ndarray
    scale: np.ndarray
    anchor: int


@jit(apart=True)
def gather(sequences, rows, scaling, inputs, first_steps):
    """Copy some sequences, standardised, into a mini-batch.

    Parameters
    ----------
    sequences : Sequences, in
    rows : int64 ndarray of shape (n_rows,), in
        Which sequences.
    scaling : FeatureScaling, in
    inputs : ndarray of shape (n_timesteps, n_rows, n_features), out
        Missing steps become zeros.
    first_steps : int64 ndarray of shape (n_rows,), out
        How many first steps are missing.
    """
    n_timesteps, n_rows, n_features = inputs.shape
    values = sequences.values
    for i in range(n_rows):
        stop = sequences.stops[rows[i]]
        first = n_timesteps - sequences.n_observed[rows[i]]
        first_steps[i] = first
        for step in range(first):
            for j in range(n_features):
                inputs[step, i, j] = 0
        start = stop - n_timesteps
        for step in range(first, n_timesteps):
            for j in range(n_features):
                inputs[step, i, j] = (
                    values[start + step, j] - scaling.mean[j]
                ) / scaling.scale[j]
        if scaling.anchor >= 0:
            j = scaling.anchor
            last = values[stop - 1, j]
            for step in range(first, n_timesteps):
                inputs[step, i, j] = (
                    values[start + step, j] - last - scaling.mean[j]
                ) / scaling.scale[j]
