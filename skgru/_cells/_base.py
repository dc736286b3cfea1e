"""What a recurrent cell is: shapes, names, and what its functions must do.

Names and terms that every kernel uses:

=============  ====================================================================
n_timesteps    steps of the sequences, missing ones included; in the passes of a cell,
               steps of the segment that is computed
n_rows         sequences that are computed together: a shard of the mini-batch
n_inputs       features of a step, or what the layer below hands on at each step
n_hidden       hidden units of the layer
step-major     (n_timesteps, n_rows, …): inside kernels, each step is contiguous
plane          (n_rows, n_hidden): one number for each unit of each row. In a step, a
               cell computes a few planes. Each plane is contiguous, so that a pass
               over it is one long loop
d_<name>       derivative of the loss with respect to <name>, of the same shape
first_steps    (n_rows,): how many leading steps of each sequence are missing; a
               missing step leaves the state as it is
=============  ====================================================================

A cell is a named tuple of numbers, in a file of its own, whose type selects the
implementation of ``prepare``, ``forward`` and ``backward``. Its fields are those of
``Cell``, and its class states facts about the cell by the decorator ``states``. The
named tuple itself holds no data of a sequence: what ``forward`` saves for
``backward`` is in the ``Tape``. The state of the sequence is carried from step to step;
with recurrent dropout, the recurrent products see only a masked copy of it (see
``_masks.py``).
"""

from typing import NamedTuple

from skgru._numerics._structs import (
    Array3D,
    Array4D,
    Indices,
    Matrix,
    Variant,
    Vector,
)
from skgru._numerics._units import linked


class Cell(Variant):
    """A kind of recurrent cell.

    Attributes
    ----------
    n_gates, n_biases : int
        How its parameters are shaped.
    n_planes : int
        How many planes it fills in a step.
    """

    n_gates: int
    n_biases: int
    n_planes: int


class CellWeights(NamedTuple):
    """The parameters of one cell, or their gradients.

    Attributes
    ----------
    kernel : ndarray of shape (n_inputs, n_gates * n_hidden)
    recurrent_kernel : ndarray of shape (n_hidden, n_gates * n_hidden)
    bias : ndarray of shape (n_biases, n_gates * n_hidden)
    """

    kernel: Matrix
    recurrent_kernel: Matrix
    bias: Matrix


class Packs(NamedTuple):
    """Packed weights of one layer, as its passes read them.

    They are packed anew for each mini-batch.

    Attributes
    ----------
    kernel, recurrent_kernel : ndarray of shape (n_gates, packed size)
        Each gate's block of columns, packed.
    kernel_transposed, recurrent_transposed : ndarray of shape (n_gates, packed size)
        The transposes of these blocks, packed, for the backward pass.
    starts : ndarray of shape (n_planes, n_hidden)
        Where the sums of each plane start: the biases.
    """

    kernel: Matrix
    recurrent_kernel: Matrix
    kernel_transposed: Matrix
    recurrent_transposed: Matrix
    starts: Matrix


class Tape(NamedTuple):
    """What one layer's forward pass leaves for its backward pass.

    Attributes
    ----------
    planes : ndarray of shape (n_timesteps, n_planes, n_rows, n_hidden)
        What the cell computed. If no backward pass will follow, the shape is (1, …),
        and each step overwrites the planes of the step before.
    hidden : ndarray of shape (n_timesteps + 1, n_rows, n_hidden)
        The states, the initial one first.
    seen : ndarray of the shape of `hidden`
        What the recurrent products saw of the states. Without a mask this is the memory
        of `hidden` itself.
    mask : ndarray of shape (n_rows * n_hidden,)
        Turns `hidden` into `seen`: see ``_masks.py``. Empty without a mask.
    """

    planes: Array4D
    hidden: Array3D
    seen: Array3D
    mask: Vector


class Scratch(NamedTuple):
    """Memory for one layer's backward pass.

    Attributes
    ----------
    d_planes : ndarray of shape (n_planes, n_steps, n_rows, n_hidden)
        Derivatives of a few steps. They are added to the weight gradients together,
        while they are in the processor's cache.
    d_state : ndarray of shape (n_rows, n_hidden)
        Derivative with respect to the state, carried from step to step. On entry it is
        the upstream derivative of the last state; on exit it is the derivative of the
        initial state (unless the sequences begin here).
    d_seen : ndarray of shape (n_rows, n_hidden)
        Derivative with respect to what the recurrent products saw of a state. Without a
        mask this is the memory of `d_state` itself.
    one : ndarray of shape (1,)
        The number 1, repeated as the left factor of a product that sums columns.
    """

    d_planes: Array4D
    d_state: Matrix
    d_seen: Matrix
    one: Vector


def states(*, label, kept):
    """Class decorator that states facts about a cell.

    The facts become class attributes, not fields of the named tuple.

    Parameters
    ----------
    label : str
        What the cell is called in tables.
    kept : tuple of str
        Names of the first planes of a step. These planes can be inspected after
        training (see ``_network/_trace.py``).
    """

    def state(kind):
        kind.label, kind.kept = label, kept
        return kind

    return state


@linked
def prepare(
    cell: Cell,
    weights: CellWeights,
    packs: Packs,
    has_past: bool,
    for_backward: bool,
    hands_down: bool,
):
    """Fill `packs` from the parameters of a layer.

    Parameters
    ----------
    cell : named tuple
    weights : CellWeights, in
    packs : Packs, out
    has_past : bool
        Whether any step has a state before it, to be multiplied with the recurrent
        kernel.
    for_backward : bool
        Whether a backward pass will follow.
    hands_down : bool
        Whether the backward pass will be asked for the derivatives of the inputs.
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")


@linked
def forward(
    cell: Cell,
    packs: Packs,
    inputs: Array3D,
    first_steps: Indices,
    from_start: bool,
    tape: Tape,
):
    """Run one layer over all steps and fill `tape`.

    Parameters
    ----------
    cell : named tuple
    packs : Packs, in
    inputs : ndarray of shape (n_timesteps, n_rows, n_inputs), in
    first_steps : int64 ndarray of shape (n_rows,), in
    from_start : bool
        Whether the sequences begin here. Then the initial state is zeros, the first
        step needs no recurrent product, and the derivative of the initial state is not
        needed.
    tape : Tape, in and out
        On entry it holds the initial state.
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")


@linked
def backward(
    cell: Cell,
    packs: Packs,
    inputs: Array3D,
    from_start: bool,
    tape: Tape,
    d_outputs: Array3D,
    d_weights: CellWeights,
    d_inputs: Array3D,
    scratch: Scratch,
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
        The derivatives are added to the numbers that it holds.
    d_inputs : ndarray of shape (n_timesteps, n_rows, n_inputs), out
        Or of shape (0, …) where the derivatives of the inputs are not needed.
    scratch : Scratch, in and out
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")
