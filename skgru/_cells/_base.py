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
implementation of ``step_forward``, ``step_backward`` and ``add_gradients``. Its fields
are those of ``Cell``, and its class states facts about the cell by the decorator
``facts``. The named tuple itself holds no data of a sequence: what the forward pass
saves for the backward pass is in the ``Tape``.

All else is in ``_loops.py``: the loops over steps, missing steps, and whatever *direct*
gates need, whose products with the inputs and with the state go into one sum. The
states are carried from step to step; with recurrent dropout, the recurrent products see
only a masked copy of the first one (see ``_masks.py``).
"""

from typing import NamedTuple

from skgru._numerics._structs import (
    Array3D,
    Array4D,
    Matrix,
    Variant,
    Vector,
)
from skgru._numerics._units import linked


class Cell(Variant):
    """A kind of recurrent cell.

    Attributes
    ----------
    n_gates : int
        How many blocks of columns its kernels have. In a step, the sums of the gates
        are the first planes.
    n_direct : int
        How many of the gates, the first ones, are direct.
    n_biases : int
        How many rows its bias has. The first row is added to the products with the
        inputs, the second to those with the state: for a direct gate that is the same
        sum; for another, its product with the state stands apart in the plane
        ``n_gates + gate - n_direct``.
    n_planes : int
        How many planes it fills in a step.
    n_derivatives : int
        Of how many planes, the first ones, the backward pass has derivatives.
    n_memories : int
        How many states it carries beside the one that it hands on.
    """

    n_gates: int
    n_direct: int
    n_biases: int
    n_planes: int
    n_derivatives: int
    n_memories: int


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
    looked_up : ndarray of shape (n_gates, n_looked_up, n_hidden)
        Rows of the input weights that are looked up instead of multiplied: see
        ``_lookups.py``. Most layers have none.
    n_multiplied : int
        How many of the inputs are multiplied by the input weights: the first ones.
    """

    kernel: Matrix
    recurrent_kernel: Matrix
    kernel_transposed: Matrix
    recurrent_transposed: Matrix
    starts: Matrix
    looked_up: Array3D
    n_multiplied: int


class Tape(NamedTuple):
    """What one layer's forward pass leaves for its backward pass.

    Attributes
    ----------
    planes : ndarray of shape (n_timesteps, n_planes, n_rows, n_hidden)
        What the cell computed. If no backward pass will follow, the shape is (1, …),
        and each step overwrites the planes of the step before.
    hidden : ndarray of shape (n_timesteps + 1, n_rows, n_hidden)
        The states that the cell hands on, the initial one first.
    memories : ndarray of shape (n_memories, n_timesteps + 1, n_rows, n_hidden)
        The other states that it carries.
    seen : ndarray of the shape of `hidden`
        What the recurrent products saw of the states. Without a mask this is the memory
        of `hidden` itself.
    mask : ndarray of shape (n_rows * n_hidden,)
        Turns `hidden` into `seen`: see ``_masks.py``. Empty without a mask.
    """

    planes: Array4D
    hidden: Array3D
    memories: Array4D
    seen: Array3D
    mask: Vector


class Scratch(NamedTuple):
    """Memory for one layer's backward pass.

    Attributes
    ----------
    d_planes : ndarray of shape (n_derivatives, n_steps, n_rows, n_hidden)
        Derivatives of a few steps. They are added to the weight gradients together,
        while they are in the processor's cache.
    d_state : ndarray of shape (n_rows, n_hidden)
        Derivative with respect to the state, carried from step to step. On entry it is
        the upstream derivative of the last state; on exit it is the derivative of the
        initial state (unless the sequences begin here).
    d_memories : ndarray of shape (n_memories, n_rows, n_hidden)
        The same for the other states.
    d_seen : ndarray of shape (n_rows, n_hidden)
        Derivative with respect to what the recurrent products saw of a state. Without a
        mask this is the memory of `d_state` itself.
    one : ndarray of shape (1,)
        The number 1, repeated as the left factor of a product that sums columns.
    """

    d_planes: Array4D
    d_state: Matrix
    d_memories: Array3D
    d_seen: Matrix
    one: Vector


def facts(*, label, kept, states, keeps=None, keeps_at_first=0.0, lets_in=None):
    """Class decorator that states facts about a cell.

    The facts become class attributes, not fields of the named tuple.

    Parameters
    ----------
    label : str
        What the cell is called in tables.
    kept : tuple of str
        Names of the first planes of a step. These planes can be inspected after
        training (see ``_network/_trace.py``).
    states : tuple of str
        Names of the states that it carries, the one that it hands on first.
    keeps : str or None, default=None
        Name of the gate that says how much of a state is kept, if there is one.
    keeps_at_first : float, default=0.0
        The bias with which Keras lets this gate begin.
    lets_in : str or None, default=None
        Name of the gate that says how much is added to a state, if that is another one.
    """

    def state(kind):
        kind.label, kind.kept, kind.states = label, kept, states
        kind.keeps, kind.keeps_at_first, kind.lets_in = keeps, keeps_at_first, lets_in
        return kind

    return state


@linked
def step_forward(
    cell: Cell,
    packs: Packs,
    step: int,
    kept: int,
    has_past: bool,
    tape: Tape,
):
    """Compute the states after one step.

    On entry, the first planes hold the sums of the gates; those of gates that are not
    direct lack their products with the state.

    Parameters
    ----------
    cell : named tuple
    packs : Packs, in
    step, kept : int
        Number of the step in the states and in the planes of the tape.
    has_past : bool
        Whether there is a state before the step to be multiplied with the recurrent
        kernel. Else it is zeros.
    tape : Tape, in and out
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")


@linked
def step_backward(
    cell: Cell,
    packs: Packs,
    step: int,
    kept: int,
    has_past: bool,
    tape: Tape,
    scratch: Scratch,
):
    """Compute the derivatives of one step: the mirror of `step_forward`.

    Parameters
    ----------
    cell, packs, has_past : as in step_forward, in
    step, kept : int
        Number of the step in the tape, and in the planes of `scratch`.
    tape : Tape, in
    scratch : Scratch, in and out
        On entry it holds the derivatives of the states after the step, on exit those of
        the states before it and of all sums of the step.
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")


@linked
def add_gradients(
    cell: Cell,
    start: int,
    n_steps: int,
    from_start: bool,
    tape: Tape,
    d_weights: CellWeights,
    scratch: Scratch,
):
    """Add the gradients of the recurrent kernels of gates that are not direct.

    Parameters
    ----------
    cell, from_start, tape : as in `_loops.backward`, in
    start, n_steps : int
        The steps whose derivatives are in `scratch`.
    d_weights : CellWeights, in and out
    scratch : Scratch, in
    """
    raise TypeError(f"{type(cell).__name__} is not a recurrent cell")
