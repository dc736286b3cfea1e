"""Sequences as the kernels see them, and how a mini-batch is gathered from them.

Whatever form X has, its sequences are runs of consecutive rows of one 2-D array:
windows of a series overlap in it, the samples of a 3-D array follow one another. No
window is ever copied but into the mini-batch at hand, standardised on the way.
"""

from typing import NamedTuple

import numpy as np

from skgru._numerics._jit import jit


def read_only(array):
    """View of an array that cannot be written to, contiguous and aligned.

    To Numba a read-only array is another type than a writable one. Memory maps, shared
    memory and pandas hand out the former: as every X becomes one, kernels are compiled
    once.
    """
    if not (array.flags.c_contiguous and array.flags.aligned):
        array = np.require(array, requirements=["C", "A"])
    view = array.view(np.ndarray)
    view.flags.writeable = False
    return view


class Sequences(NamedTuple):
    """Sequences of equal length, oldest step first, some of whose first steps miss.

    Attributes
    ----------
    values : read-only ndarray of shape (n_rows, n_features)
    stops : int64 ndarray of shape (n_samples,)
        Sequence i ends before row ``stops[i]`` of `values`.
    n_observed : int32 ndarray of shape (n_samples,)
        How many steps of it are there; the earlier ones are missing.
    n_timesteps : int
        Length of the longest sequence that may be asked for.
    static : read-only ndarray of shape (n_samples, n_static)
        What is known of a whole sequence beside its steps, and joins its last state.
        Kernels take it as it is, standardised.
    """

    values: np.ndarray
    stops: np.ndarray
    n_observed: np.ndarray
    n_timesteps: int
    static: np.ndarray


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
def gather(sequences, rows, scaling, start, inputs, first_steps):
    """Copy a run of steps of some sequences, standardised, into a mini-batch.

    Parameters
    ----------
    sequences : Sequences, in
    rows : int64 ndarray of shape (n_rows,), in
        Which sequences.
    scaling : FeatureScaling, in
    start : int
        First step of the run.
    inputs : ndarray of shape (n_steps, n_rows, n_features), out
        Missing steps become zeros.
    first_steps : int64 ndarray of shape (n_rows,), out
        How many first steps are missing, counted from `start`: there may be more than
        the run is long, or fewer than none.
    """
    n_steps, n_rows, n_features = inputs.shape
    values = sequences.values
    for i in range(n_rows):
        stop = sequences.stops[rows[i]]
        n_missing = sequences.n_timesteps - sequences.n_observed[rows[i]] - start
        first_steps[i] = n_missing
        first = min(max(n_missing, 0), n_steps)
        for step in range(first):
            for j in range(n_features):
                inputs[step, i, j] = 0
        begin = stop - sequences.n_timesteps + start
        for step in range(first, n_steps):
            for j in range(n_features):
                inputs[step, i, j] = (
                    values[begin + step, j] - scaling.mean[j]
                ) / scaling.scale[j]
        if scaling.anchor >= 0:
            j = scaling.anchor
            last = values[stop - 1, j]
            for step in range(first, n_steps):
                inputs[step, i, j] = (
                    values[begin + step, j] - last - scaling.mean[j]
                ) / scaling.scale[j]
