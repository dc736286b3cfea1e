"""Sequences as the kernels see them, and how a mini-batch is gathered from them.

Whatever form X has, its sequences are runs of consecutive rows of one 2-D array. The
windows of a series overlap in this array; the samples of a 3-D array follow one
another. A window is copied only into the mini-batch that is being computed, and is
standardised as it is copied.
"""

from typing import NamedTuple

import numpy as np

from skgru._numerics._intrinsics import larger, smaller
from skgru._numerics._jit import jit
from skgru._numerics._structs import Counts, Indices, Matrix, Vector, constant


def contiguous(array):
    """An array whose memory kernels can read: contiguous, aligned, and no subclass.

    Memory maps, shared memory and pandas hand out others.
    """
    if type(array) is np.ndarray and array.flags.c_contiguous and array.flags.aligned:
        return array
    return np.require(array, requirements=["C", "A"]).view(np.ndarray)


class Sequences(NamedTuple):
    """Sequences of equal length, oldest step first, whose first steps may be missing.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_features)
        Where features are categories, these are the last ones, and their values are
        codes: see ``_categories.py``.
    stops : int64 ndarray of shape (n_samples,)
        Sequence i ends before row ``stops[i]`` of `values`.
    n_observed : int32 ndarray of shape (n_samples,)
        How many steps of sequence i are there; the earlier steps are missing.
    n_timesteps : int
        Length of the sequences, with the missing steps.
    static : ndarray of shape (n_samples, n_static)
        Static features: what is known of a whole sequence beside its steps. The head
        reads them beside the state. Kernels take them as they are, so they must be
        standardised already. Categories are the last ones here too.
    """

    values: Matrix
    stops: Indices
    n_observed: Counts
    n_timesteps: int
    static: Matrix


@constant
class FeatureScaling(NamedTuple):
    """How features are standardised as they are gathered: ``(x - mean) / scale``.

    Attributes
    ----------
    mean, scale : ndarray of shape (n_features,)
    relative : int64 ndarray
        Features whose last value in a sequence is subtracted from all their values in
        that sequence before they are standardised.
    level_mean, level_scale : ndarray of shape (n_features,)
        What standardises a value itself, and not its difference from the last one; the
        same as `mean` and `scale` for features that are not relative.
    """

    mean: Vector
    scale: Vector
    relative: Indices
    level_mean: Vector
    level_scale: Vector


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
    inputs : ndarray of shape (n_steps, n_rows, n_inputs), out
        Missing steps become zeros. Only the first n_features numbers of a step are
        written; where there are categories, `gather_categories` comes after this.
    first_steps : int64 ndarray of shape (n_rows,), out
        How many first steps are missing, counted from `start`. The number may be larger
        than the run is long, and is negative if observed steps lie before `start`.
    """
    n_steps, n_rows, _ = inputs.shape
    values = sequences.values
    n_features = values.shape[1]
    for i in range(n_rows):
        stop = sequences.stops[rows[i]]
        n_missing = sequences.n_timesteps - sequences.n_observed[rows[i]] - start
        first_steps[i] = n_missing
        first = smaller(larger(n_missing, 0), n_steps)
        for step in range(first):
            for j in range(n_features):
                inputs[step, i, j] = 0
        begin = stop - sequences.n_timesteps + start
        for step in range(first, n_steps):
            for j in range(n_features):
                inputs[step, i, j] = (
                    values[begin + step, j] - scaling.mean[j]
                ) / scaling.scale[j]
        for k in range(scaling.relative.size):
            j = scaling.relative[k]
            last = values[stop - 1, j]
            for step in range(first, n_steps):
                inputs[step, i, j] = (
                    values[begin + step, j] - last - scaling.mean[j]
                ) / scaling.scale[j]
