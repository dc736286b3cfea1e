"""Functions that the forward and backward passes of all recurrent cells share."""

from skgru._cells._masks import add_d_seen, begin_d_seen
from skgru._numerics._jit import jit
from skgru._numerics._math import add, fill_zero
from skgru._numerics._products import (
    pack,
    pack_transposed,
    product,
    product_of_plain,
    two_products,
)
from skgru._numerics._views import block, cut, flat


@jit
def repeated_row(matrix, index, n_rows):
    """Row of a contiguous matrix, repeated as a matrix of equal rows without a copy."""
    n_columns = matrix.shape[1]
    return block(matrix, index * n_columns, (n_rows, n_columns), (0, 1))


@jit
def repeat_row(matrix, index, out):
    """Write a row of a matrix into every row of another."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = matrix[index, j]


@jit
def gate_block(matrix, gate, n_hidden):
    """Columns of one gate in a fused matrix."""
    n_rows, n_columns = matrix.shape
    return block(matrix, gate * n_hidden, (n_rows, n_hidden), (n_columns, 1))


@jit
def pack_gates(matrix, n_hidden, packed):
    """Pack the columns of each gate of a fused matrix."""
    for gate in range(packed.shape[0]):
        pack(gate_block(matrix, gate, n_hidden), packed[gate])


@jit
def pack_transposed_gates(matrix, n_hidden, packed):
    """Pack the transpose of the columns of each gate of a fused matrix."""
    for gate in range(packed.shape[0]):
        pack_transposed(gate_block(matrix, gate, n_hidden), packed[gate])


@jit
def pack_kernels(weights, packs, has_past, for_backward, hands_down):
    """Pack both kernels of a layer, and the transposes that will be needed.

    Parameters are those of `prepare` in ``_loops.py``.
    """
    n_hidden, n_columns = packs.starts.shape[1], weights.kernel.shape[1]
    multiplied = cut(weights.kernel, 0, (packs.n_multiplied, n_columns))
    pack_gates(multiplied, n_hidden, packs.kernel)
    if hands_down:
        pack_transposed_gates(multiplied, n_hidden, packs.kernel_transposed)
    if has_past:
        recurrent_kernel = weights.recurrent_kernel
        pack_gates(recurrent_kernel, n_hidden, packs.recurrent_kernel)
        if for_backward:
            pack_transposed_gates(
                recurrent_kernel, n_hidden, packs.recurrent_transposed
            )


@jit
def add_products_of_direct(cell, packs, kept, scratch):
    """Add what follows from the sums of direct gates to the derivative of the state."""
    d_planes, d_seen = scratch.d_planes, scratch.d_seen
    # Two products at a time read and write the derivative of the state only once.
    for gate in range(0, cell.n_direct - 1, 2):
        two_products(
            d_planes[gate, kept],
            packs.recurrent_transposed[gate],
            d_planes[gate + 1, kept],
            packs.recurrent_transposed[gate + 1],
            d_seen,
            d_seen,
        )
    if cell.n_direct % 2 == 1:
        last = cell.n_direct - 1
        product(d_planes[last, kept], packs.recurrent_transposed[last], d_seen, d_seen)


@jit
def step_backward_of_direct(cell, packs, kept, has_past, tape, scratch):
    """Carry the derivatives of a step's sums to the state before, if all are direct."""
    if has_past:
        flat_d_seen = flat(scratch.d_seen)
        begin_d_seen(tape.mask, flat_d_seen)
        add_products_of_direct(cell, packs, kept, scratch)
        add_d_seen(tape.mask, flat_d_seen, flat(scratch.d_state))


@jit
def add_gradient(left, first_row, d_planes, index, n_steps, d_matrix, gate):
    """Add ``left.T @ d`` to one gate's columns of a gradient.

    Parameters
    ----------
    left : ndarray of shape (…, n_rows, n_inputs), in
        Step-major. Row `first_row`, counted over all steps, belongs to the first step
        of `d_planes`. Its first `n_columns` columns are used.
    d_planes : ndarray of shape (n_derivatives, …, n_rows, n_hidden), in
    index, n_steps : int
        ``d`` consists of the first `n_steps` steps of the plane `index`.
    d_matrix : ndarray of shape (n_columns, n_gates * n_hidden), in and out
    """
    _, n_rows, n_inputs = left.shape
    n_kept, n_hidden = d_planes.shape[1], d_planes.shape[3]
    n_columns, n_inner = d_matrix.shape[0], n_steps * n_rows
    start = index * n_kept * n_rows * n_hidden
    out = gate_block(d_matrix, gate, n_hidden)
    product_of_plain(
        block(left, first_row * n_inputs, (n_columns, n_inner), (1, n_inputs)),
        cut(d_planes, start, (n_inner, n_hidden)),
        out,
        out,
    )


@jit
def add_state_gradient(
    hidden, step, from_start, d_planes, index, n_steps, d_matrix, gate
):
    """Call `add_gradient` for a product with the states before `step`, `step` + 1, ….

    An initial state of zeros adds nothing, and is left out.
    """
    skipped = 1 if from_start and step == 0 else 0
    if skipped == n_steps:
        return
    n_kept, n_rows, n_hidden = d_planes.shape[1:]
    later = cut(
        d_planes,
        (index * n_kept + skipped) * n_rows * n_hidden,
        (1, n_steps - skipped, n_rows, n_hidden),
    )
    add_gradient(
        hidden, (step + skipped) * n_rows, later, 0, n_steps - skipped, d_matrix, gate
    )


@jit(apart=True)
def sum_steps(d_planes, n_steps):
    """Add all steps of each plane to its first one."""
    for index in range(d_planes.shape[0]):
        total = flat(d_planes[index, 0])
        for kept in range(1, n_steps):
            add(flat(d_planes[index, kept]), total)


@jit
def add_bias_gradient(one, d_planes, index, d_bias, row, gate):
    """Add the sum over the rows of a plane to one gate's part of a row of the biases.

    The rows are those of the plane's first step, to which `sum_steps` has added all
    other steps.
    """
    n_rows, n_hidden = d_planes.shape[2:]
    n_columns = d_bias.shape[1]
    start = row * n_columns + gate * n_hidden
    out = block(d_bias, start, (1, n_hidden), (n_columns, 1))
    ones = block(one, 0, (1, n_rows), (0, 0))
    product_of_plain(ones, d_planes[index, 0], out, out)


@jit
def add_input_gradient(packs, step, d_planes, n_steps, d_inputs):
    """Write the derivatives of the inputs of `n_steps` steps from `step` on.

    Those of inputs that are looked up are zeros.
    """
    n_kept, n_rows, n_hidden = d_planes.shape[1:]
    n_inputs = d_inputs.shape[2]
    n_inner = n_steps * n_rows
    start = step * n_rows * n_inputs
    fill_zero(cut(d_inputs, start, (n_inner * n_inputs,)))
    out = block(d_inputs, start, (n_inner, packs.n_multiplied), (n_inputs, 1))
    for gate in range(packs.kernel.shape[0]):
        d_gate = cut(d_planes, gate * n_kept * n_rows * n_hidden, (n_inner, n_hidden))
        product(d_gate, packs.kernel_transposed[gate], out, out)
