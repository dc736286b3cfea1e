"""What a recurrent cell is: shapes, names, and its forward and backward contract.

Legend, used in every kernel:

=============  ====================================================================
n_timesteps    steps of the longest sequence in the mini-batch
n_rows         sequences in the mini-batch
n_inputs       features of a step, or hidden units of the layer below
n_hidden       hidden units of the layer
step-major     (n_timesteps, n_rows, …): inside kernels, each step is contiguous
d_<name>       derivative of the loss with respect to <name>, of the same shape
first_steps    (n_rows,): how many leading steps of each sequence are missing; a
               missing step leaves the state as it is
=============  ====================================================================

A cell is a named tuple of numbers (``n_gates``, ``n_biases``) whose type selects the
implementation of ``forward`` and ``backward``. Cells are stateless: what forward saves
for backward is the ``Tape``.
"""

from typing import NamedTuple

import numpy as np

from skgru._jit import dispatched


class Tape(NamedTuple):
    """What one layer's forward pass leaves for its backward pass, and scratch.

    Attributes
    ----------
    gates : ndarray of shape (n_timesteps, n_rows, n_gates * n_hidden)
        Activations of the gates; backward overwrites them with the derivatives with
        respect to what went into the activation functions.
    memory : ndarray of shape (n_timesteps, n_rows, n_hidden)
        One more number a unit that the candidate's derivative needs.
    hidden : ndarray of shape (n_timesteps, n_rows, n_hidden)
        The states.
    d_recurrent : ndarray of shape (n_timesteps, n_rows, n_gates * n_hidden)
        Derivatives with respect to the recurrent products; unused by forward.
    step_product : ndarray of shape (n_rows, n_gates * n_hidden)
        Scratch for the product of one step.
    kernel_copy : ndarray of shape (n_gates * n_hidden * n_hidden,)
        For another arrangement of the recurrent kernel.
    d_state : ndarray of shape (n_rows, n_hidden)
        Derivative with respect to the state, carried from step to step: on entry of
        backward the upstream one of the last state, on exit the initial state's
        (unless the sequences begin here).
    """

    gates: np.ndarray
    memory: np.ndarray
    hidden: np.ndarray
    d_recurrent: np.ndarray
    step_product: np.ndarray
    kernel_copy: np.ndarray
    d_state: np.ndarray


@dispatched
def forward(cell, weights, inputs, first_steps, initial_state, from_start, tape):
    """Run one layer over all steps and fill `tape`.

    Parameters
    ----------
    cell : named tuple
    weights : CellWeights, in
    inputs : ndarray of shape (n_timesteps, n_rows, n_inputs), in
    first_steps : int64 ndarray of shape (n_rows,), in
    initial_state : ndarray of shape (n_rows, n_hidden), in
    from_start : bool
        The sequences begin here: `initial_state` is zeros, so the first step costs no
        product, and nobody asks for its derivative.
    tape : Tape, out
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")


@dispatched
def backward(
    cell,
    weights,
    inputs,
    first_steps,
    initial_state,
    from_start,
    tape,
    d_outputs,
    d_weights,
    d_inputs,
):
    """Derivatives of one layer, by backpropagation through time.

    Parameters
    ----------
    cell, weights, inputs, first_steps, initial_state, from_start : as in forward, in
    tape : Tape, in and out
        As forward left it, with the upstream derivative of the last state in
        ``d_state``.
    d_outputs : ndarray of shape (n_timesteps, n_rows, n_hidden), in
        Upstream derivative of every state, or of shape (0, …) where only the last
        state is used.
    d_weights : CellWeights, out
    d_inputs : ndarray of shape (n_timesteps, n_rows, n_inputs), out
        Or of shape (0, …) where nobody asks for it.
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")
