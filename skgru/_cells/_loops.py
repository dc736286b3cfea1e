"""The passes of a layer over all steps, the same for all cells.

The forward pass goes step by step. The sums of each gate start with the bias; a product
with the inputs and, for a direct gate, one with the state are added; then the cell
computes the new states. The backward pass is the same loop reversed. After every few
steps, one product over all of these steps is added to each weight gradient.

Missing steps come before all others of a sequence, so the states before them are zeros.
They leave these as they are, and have no derivatives.
"""

from skgru._cells._base import (
    Cell,
    CellWeights,
    Packs,
    Scratch,
    Tape,
    add_gradients,
    step_backward,
    step_forward,
)
from skgru._cells._lookups import (
    add_to_looked_up,
    begin_sums,
    count_lookups,
    pack_looked_up,
)
from skgru._cells._masks import see_state
from skgru._cells._steps import (
    add_bias_gradient,
    add_gradient,
    add_input_gradient,
    add_state_gradient,
    pack_kernels,
    repeated_row,
    sum_steps,
)
from skgru._numerics._intrinsics import larger, smaller
from skgru._numerics._jit import jit
from skgru._numerics._math import add, copy, fill_zero
from skgru._numerics._products import two_products
from skgru._numerics._structs import Array3D, Indices
from skgru._numerics._units import unit
from skgru._numerics._views import block, cut, flat, run


@unit
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
    pack_kernels(weights, packs, has_past, for_backward, hands_down)
    pack_looked_up(weights.kernel, packs)
    n_hidden = packs.starts.shape[1]
    fill_zero(flat(packs.starts))
    for gate in range(cell.n_gates):
        first = gate * n_hidden
        add(run(weights.bias, 0, first, n_hidden), packs.starts[gate])
        if cell.n_biases == 2:
            plane = _recurrent_plane(cell, gate)
            add(run(weights.bias, 1, first, n_hidden), packs.starts[plane])


@jit
def _recurrent_plane(cell, gate):
    """Plane to whose sum the second bias of a gate belongs."""
    return gate if gate < cell.n_direct else cell.n_gates + gate - cell.n_direct


@unit
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
        Whether the sequences begin here. Then the initial states are zeros, the first
        step needs no recurrent product, and the derivatives of the initial states are
        not needed.
    tape : Tape, in and out
        On entry it holds the initial states.
    """
    n_timesteps, n_rows, n_inputs = inputs.shape
    planes, hidden, seen = tape.planes, tape.hidden, tape.seen
    n_hidden = hidden.shape[2]
    looks_up = count_lookups(packs, n_inputs) > 0
    multiplied = (n_rows, packs.n_multiplied)
    for step in range(n_timesteps):
        kept = step if planes.shape[0] > 1 else 0
        has_past = step > 0 or not from_start
        see_state(tape.mask, flat(hidden[step]), flat(seen[step]))
        for gate in range(cell.n_gates):
            n_there = n_hidden if has_past and gate < cell.n_direct else 0
            sums = planes[kept, gate]
            initial = repeated_row(packs.starts, gate, n_rows)
            if looks_up:
                begin_sums(packs, gate, inputs[step], sums)
                initial = block(sums, 0, (n_rows, n_hidden), (n_hidden, 1))
            two_products(
                block(inputs, step * n_rows * n_inputs, multiplied, (n_inputs, 1)),
                packs.kernel[gate],
                block(seen, step * n_rows * n_hidden, (n_rows, n_there), (n_hidden, 1)),
                packs.recurrent_kernel[gate],
                initial,
                sums,
            )
        step_forward(cell, packs, step, kept, has_past, tape)
        for i in range(n_rows):
            if step < first_steps[i]:
                copy(hidden[step, i], hidden[step + 1, i])
                for k in range(cell.n_memories):
                    copy(tape.memories[k, step, i], tape.memories[k, step + 1, i])


@unit
def backward(
    cell: Cell,
    packs: Packs,
    inputs: Array3D,
    first_steps: Indices,
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
    cell, packs, inputs, first_steps, from_start : as in forward, in
    tape : Tape, in
    d_outputs : ndarray of shape (n_timesteps, n_rows, n_hidden), in
        Upstream derivative of every state; of shape (1, …) where all states of a row
        have the same; or of shape (0, …) where only the last state is used.
    d_weights : CellWeights, in and out
        The derivatives are added to the numbers that it holds.
    d_inputs : ndarray of shape (n_timesteps, n_rows, n_inputs), out
        Or of shape (0, …) where the derivatives of the inputs are not needed.
    scratch : Scratch, in and out
    """
    d_planes, n_upstream = scratch.d_planes, d_outputs.shape[0]
    looks_up = count_lookups(packs, inputs.shape[2]) > 0
    n_columns = d_weights.kernel.shape[1]
    d_multiplied = cut(d_weights.kernel, 0, (packs.n_multiplied, n_columns))
    stop = inputs.shape[0]
    while stop > 0:
        start = larger(0, stop - d_planes.shape[1])
        n_steps = stop - start
        for step in range(stop - 1, start - 1, -1):
            if n_upstream > 0:
                of_state = smaller(step, n_upstream - 1)
                add(flat(d_outputs[of_state]), flat(scratch.d_state))
            kept = step - start
            has_past = step > 0 or not from_start
            step_backward(cell, packs, step, kept, has_past, tape, scratch)
            for i in range(inputs.shape[1]):
                if step < first_steps[i]:
                    _clear_row(cell, i, kept, scratch)
        for gate in range(cell.n_gates):
            first_row = start * inputs.shape[1]
            add_gradient(inputs, first_row, d_planes, gate, n_steps, d_multiplied, gate)
            if looks_up:
                add_to_looked_up(
                    packs, inputs, start, d_planes, gate, n_steps, d_weights.kernel
                )
            if gate < cell.n_direct:
                add_state_gradient(
                    tape.seen,
                    start,
                    from_start,
                    d_planes,
                    gate,
                    n_steps,
                    d_weights.recurrent_kernel,
                    gate,
                )
        add_gradients(cell, start, n_steps, from_start, tape, d_weights, scratch)
        if d_inputs.shape[0] > 0:
            add_input_gradient(packs, start, d_planes, n_steps, d_inputs)
        _add_bias_gradients(cell, n_steps, d_weights.bias, scratch)
        stop = start


@jit
def _clear_row(cell, i, kept, scratch):
    """Set all derivatives of one row to zero."""
    fill_zero(scratch.d_state[i])
    for k in range(cell.n_memories):
        fill_zero(scratch.d_memories[k, i])
    for index in range(cell.n_derivatives):
        fill_zero(scratch.d_planes[index, kept, i])


@jit
def _add_bias_gradients(cell, n_steps, d_bias, scratch):
    """Add the gradient of the biases over `n_steps` steps.

    The derivatives of the steps are summed in place, so this function comes last.
    """
    one, d_planes = scratch.one, scratch.d_planes
    sum_steps(d_planes, n_steps)
    for gate in range(cell.n_gates):
        add_bias_gradient(one, d_planes, gate, d_bias, 0, gate)
        if cell.n_biases == 2:
            plane = _recurrent_plane(cell, gate)
            add_bias_gradient(one, d_planes, plane, d_bias, 1, gate)
