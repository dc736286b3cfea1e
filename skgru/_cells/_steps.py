"""Parts of backpropagation through time that recurrent cells share."""

from skgru._intrinsics import cut
from skgru._jit import jit
from skgru._math import (
    fill_zero,
    product,
    product_of_transposed,
    product_with_transposed,
)


@jit
def at_step(array, step):
    """Matrix of one step of a step-major array."""
    _, n_rows, n_columns = array.shape
    return cut(array, step * n_rows * n_columns, (n_rows, n_columns))


@jit
def from_step(array, step):
    """All steps from `step` on, one below the other, as one matrix."""
    n_timesteps, n_rows, n_columns = array.shape
    return cut(
        array,
        step * n_rows * n_columns,
        ((n_timesteps - step) * n_rows, n_columns),
    )


@jit
def row_part(matrix, row, start, length):
    """Part of one row of a contiguous matrix, as a vector.

    A loop over such parts has no index but its own variable, which cannot be negative,
    and few arrays that might overlap: the compiler vectorises it. With ``matrix[row,
    start + j]`` it does not.
    """
    return cut(matrix, row * matrix.shape[1] + start, (length,))


@jit
def transpose(matrix, memory):
    """Write the transpose of a matrix into flat memory and return it, contiguous.

    Worth while for a factor that is used at every step: BLAS takes up to twice as long
    with a transposed factor of this size.
    """
    n_rows, n_columns = matrix.shape
    out = cut(memory, 0, (n_columns, n_rows))
    for i in range(n_rows):
        for j in range(n_columns):
            out[j, i] = matrix[i, j]
    return out


@jit
def add(term, out):
    """Add one matrix to another."""
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] += term[i, j]


@jit
def project_inputs(kernel, inputs, gates):
    """Write the inputs of all steps times the kernel into `gates`."""
    product(from_step(inputs, 0), kernel, from_step(gates, 0))


@jit
def input_gradients(kernel, inputs, d_gates, d_kernel, d_inputs):
    """Derivatives of the kernel and, if there is room for them, of the inputs."""
    product_of_transposed(from_step(inputs, 0), from_step(d_gates, 0), d_kernel)
    if d_inputs.shape[0] > 0:
        product_with_transposed(from_step(d_gates, 0), kernel, from_step(d_inputs, 0))


@jit
def recurrent_gradient(hidden, initial_state, from_start, d_products, out):
    """Derivative of a recurrent kernel, given that of its products with the states.

    Parameters
    ----------
    hidden : ndarray of shape (n_timesteps, n_rows, n_hidden), in
    initial_state : ndarray of shape (n_rows, n_hidden), in
    from_start : bool
        Whether the initial state is zeros.
    d_products : ndarray of shape (n_timesteps, n_rows, n_columns), in
    out : ndarray of shape (n_hidden, n_columns), out
    """
    n_timesteps, n_rows, n_hidden = hidden.shape
    if n_timesteps > 1:
        before = cut(hidden, 0, ((n_timesteps - 1) * n_rows, n_hidden))
        product_of_transposed(before, from_step(d_products, 1), out)
    else:
        fill_zero(out)
    if not from_start:
        # A sum over a mini-batch, once for each segment: a plain loop will do.
        first = at_step(d_products, 0)
        for i in range(n_rows):
            for j in range(n_hidden):
                for k in range(out.shape[1]):
                    out[j, k] += initial_state[i, j] * first[i, k]
