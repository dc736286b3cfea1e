"""What a recurrent cell is: shapes, names, and the contract of its passes.

Legend, used in every kernel:

=============  ====================================================================
n_timesteps    steps of the longest sequence in the mini-batch
n_rows         sequences that are computed together: a shard of the mini-batch
n_inputs       features of a step, or hidden units of the layer below
n_hidden       hidden units of the layer
step-major     (n_timesteps, n_rows, …): inside kernels, each step is contiguous
plane          (n_rows, n_hidden): one number for each unit of each row; what a cell
               computes in a step are a few planes, each contiguous, so that a pass
               over them is one long loop
d_<name>       derivative of the loss with respect to <name>, of the same shape
first_steps    (n_rows,): how many leading steps of each sequence are missing; a
               missing step leaves the state as it is
=============  ====================================================================

A cell is a named tuple of numbers, in a file of its own, whose type selects the
implementation of ``prepare``, ``forward`` and ``backward``. Its fields are

n_gates, n_biases : int
    How its parameters are shaped.
n_planes : int
    How many planes it fills in a step.

and its class states facts by the decorator ``states``. Cells are stateless: what
forward saves for backward is the ``Tape``. A cell carries its state from step to step;
its recurrent products take what the tape's mask lets them see of the state.
"""

from typing import NamedTuple

import numpy as np

from skgru._numerics._jit import dispatched


class Packs(NamedTuple):
    """The weights of one layer as its passes read them, renewed for each mini-batch.

    Attributes
    ----------
    kernel, recurrent_kernel : ndarray of shape (n_gates, packed size)
        Each gate's block of columns, packed.
    kernel_transposed, recurrent_transposed : ndarray of shape (n_gates, packed size)
        The transposes of these blocks, packed: for backward.
    starts : ndarray of shape (n_planes, n_hidden)
        What each plane's sum begins with: the biases.
    """

    kernel: np.ndarray
    recurrent_kernel: np.ndarray
    kernel_transposed: np.ndarray
    recurrent_transposed: np.ndarray
    starts: np.ndarray


class Tape(NamedTuple):
    """What one layer's forward pass leaves for its backward pass.

    Attributes
    ----------
    planes : ndarray of shape (n_timesteps, n_planes, n_rows, n_hidden)
        What the cell computed; or (1, …), written anew at every step, where no backward
        pass will follow.
    hidden : ndarray of shape (n_timesteps + 1, n_rows, n_hidden)
        The states, the initial one first.
    seen : ndarray of the shape of `hidden`
        What the recurrent products saw of them; the same memory where that is all.
    mask : Unmasked or StateMask
        What makes `seen` of `hidden`: see ``_masks.py``.
    """

    planes: np.ndarray
    hidden: np.ndarray
    seen: np.ndarray
    mask: NamedTuple


class Scratch(NamedTuple):
    """Memory for one layer's backward pass.

    Attributes
    ----------
    d_planes : ndarray of shape (n_planes, n_steps, n_rows, n_hidden)
        Derivatives of a few steps: weight gradients are sums over so many steps at a
        time, while these are in the processor's cache.
    d_state : ndarray of shape (n_rows, n_hidden)
        Derivative with respect to the state, carried from step to step: on entry the
        upstream one of the last state, on exit the initial state's (unless the
        sequences begin here).
    d_seen : ndarray of shape (n_rows, n_hidden)
        Derivative with respect to what the recurrent products saw of a state; the same
        memory as `d_state` where that is all.
    one : ndarray of shape (1,)
        The number 1, a factor for sums of columns.
    """

    d_planes: np.ndarray
    d_state: np.ndarray
    d_seen: np.ndarray
    one: np.ndarray


def states(*, label, kept):
    """Class decorator: facts of a cell, as attributes that are no fields of the tuple.

    Parameters
    ----------
    label : str
        What it is called in tables.
    kept : tuple of str
        Names of the first planes of a step, which are shown to whoever looks inside.
    """

    def state(kind):
        kind.label, kind.kept = label, kept
        return kind

    return state


@dispatched
def prepare(cell, weights, packs, has_past, for_backward, hands_down):
    """Fill `packs` from the parameters of a layer.

    Parameters
    ----------
    cell : named tuple
    weights : CellWeights, in
    packs : Packs, out
    has_past : bool
        Whether there will be a product with a state at all.
    for_backward : bool
        Whether a backward pass will follow.
    hands_down : bool
        Whether it will be asked for the derivatives of the inputs.
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")


@dispatched
def forward(cell, packs, inputs, first_steps, from_start, tape):
    """Run one layer over all steps and fill `tape`.

    Parameters
    ----------
    cell : named tuple
    packs : Packs, in
    inputs : ndarray of shape (n_timesteps, n_rows, n_inputs), in
    first_steps : int64 ndarray of shape (n_rows,), in
    from_start : bool
        The sequences begin here: the initial state is zeros, so the first step costs no
        product, and nobody asks for its derivative.
    tape : Tape, in and out
        In: the initial state.
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")


@dispatched
def backward(
    cell, packs, inputs, from_start, tape, d_outputs, d_weights, d_inputs, scratch
):
    """Derivatives of one layer, by backpropagation through time.

    Parameters
    ----------
    cell, packs, inputs, from_start : as in forward, in
    tape : Tape, in
    d_outputs : ndarray of shape (n_timesteps, n_rows, n_hidden), in
        Upstream derivative of every state, or of shape (0, …) where only the last
        state is used.
    d_weights : CellWeights, in and out
        The derivatives are added to what is there.
    d_inputs : ndarray of shape (n_timesteps, n_rows, n_inputs), out
        Or of shape (0, …) where nobody asks for it.
    scratch : Scratch, in and out
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")
