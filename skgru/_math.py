"""Elementary functions and matrix products in forms a compiler can vectorise.

``np.exp`` and ``np.tanh`` inside a kernel are calls of the scalar C library, one number
at a time. Here they are a few multiplications and one division, without a branch:

* write ``x = n ln 2 + r`` with ``n`` whole and ``|r| <= ln 2 / 2``;
* ``q = exp(r) - 1`` by its Taylor polynomial, of degree 13 (float64) or 7 (float32);
* ``exp(x) = 2**n (1 + q)`` and ``exp(x) - 1 = 2**n q + (2**n - 1)``.

The second form keeps its relative accuracy near zero, where ``tanh`` needs it:
``tanh(x) = e / (e + 2)`` with ``e = exp(2 x) - 1``. Errors, measured against
extended-precision arithmetic over the whole range (``tests/test_math.py``): below
``4 eps`` relative for ``tanh``, below ``4 eps`` relative for ``sigmoid`` wherever the
result is a normal number, with ``eps`` the machine epsilon of the dtype. NaN stays NaN.
"""

import numpy as np

from skgru._intrinsics import gemm, gemm_part
from skgru._jit import dispatched, jit

# Below this many multiplications a loop is faster than calling BLAS.
_SMALL_PRODUCT = 4096
# Up to this many, OpenBLAS skips packing its factors: long products of small matrices
# are faster in parts of this size, but not in parts of fewer than so many rows.
_UNPACKED_PRODUCT = 1_000_000
_SHORTEST_PART = 32


@dispatched
def scaled_expm1(x):
    """Return ``2**n`` and ``exp(r) - 1``, where ``x = n ln 2 + r``."""
    raise TypeError(f"no exponential for {type(x)}")


@scaled_expm1.register(float)
def _scaled_expm1_double(x):
    # Adding 1.5 * 2**52 rounds to a whole number and leaves it in the lowest bits.
    shifted = x * 1.4426950408889634 + 6755399441055744.0
    n = shifted - 6755399441055744.0
    # ln 2 in two parts, the first with so few bits that n times it is exact.
    r = (x - n * 0.6931471803691238) - n * 1.9082149292705877e-10
    scale = np.int64((np.float64(shifted).view(np.int64) + 1023) << 52).view(np.float64)
    q = 1.0 / 6227020800.0
    q = q * r + 1.0 / 479001600.0
    q = q * r + 1.0 / 39916800.0
    q = q * r + 1.0 / 3628800.0
    q = q * r + 1.0 / 362880.0
    q = q * r + 1.0 / 40320.0
    q = q * r + 1.0 / 5040.0
    q = q * r + 1.0 / 720.0
    q = q * r + 1.0 / 120.0
    q = q * r + 1.0 / 24.0
    q = q * r + 1.0 / 6.0
    q = q * r + 0.5
    q = q * r * r + r
    return scale, q


@scaled_expm1.register(np.float32)
def _scaled_expm1_single(x):
    f = np.float32
    shifted = x * f(1.4426950408889634) + f(12582912.0)
    n = shifted - f(12582912.0)
    r = (x - n * f(0.693359375)) - n * f(-2.12194440e-4)
    # Numba widens 32-bit integers as it computes: narrowed again before the view.
    scale = np.int32((np.float32(shifted).view(np.int32) + 127) << 23).view(np.float32)
    q = f(1.0 / 5040.0)
    q = q * r + f(1.0 / 720.0)
    q = q * r + f(1.0 / 120.0)
    q = q * r + f(1.0 / 24.0)
    q = q * r + f(1.0 / 6.0)
    q = q * r + f(0.5)
    q = q * r * r + r
    return scale, q


@dispatched
def exponent_limits(x):
    """Return the range outside which ``exp`` is cut off, and where ``tanh`` is 1."""
    raise TypeError(f"no limits for {type(x)}")


@exponent_limits.register(float)
def _exponent_limits_double(x):
    return -708.0, 709.79, 20.0


@exponent_limits.register(np.float32)
def _exponent_limits_single(x):
    return np.float32(-87.3), np.float32(88.73), np.float32(10.0)


@jit
def sigmoid(x, one):
    """Logistic function ``1 / (1 + exp(-x))`` of a number; `one` is 1 in its dtype."""
    low, high, _ = exponent_limits(x)
    # Written so that NaN fails both comparisons and passes through.
    argument = -x
    argument = low if argument < low else argument
    argument = high if argument > high else argument
    scale, q = scaled_expm1(argument)
    # The scale overflows to inf, on purpose, where the result is below normal numbers.
    return one / (one + scale * (one + q))


@jit
def tanh(x, one):
    """Hyperbolic tangent of a number; `one` is 1 in its dtype."""
    _, _, limit = exponent_limits(x)
    argument = -limit if x < -limit else x
    argument = limit if argument > limit else argument
    scale, q = scaled_expm1(argument + argument)
    e = scale * q + (scale - one)
    return e / (e + (one + one))


@jit
def _part_length(n_a_row, n_rows):
    """Rows of a long matrix to multiply at a time, `n_a_row` multiplications each."""
    part = _UNPACKED_PRODUCT // n_a_row
    return n_rows if part < _SHORTEST_PART else part


@jit
def product(left, right, out):
    """Write ``left @ right`` into `out`.

    Parameters
    ----------
    left : ndarray of shape (m, k), in
    right : ndarray of shape (k, n), in
    out : ndarray of shape (m, n), out
        All with contiguous rows, as in the two functions that follow.
    """
    n_rows, n_inner = left.shape
    n_columns = right.shape[1]
    if n_rows * n_inner * n_columns > _SMALL_PRODUCT:
        part = _part_length(n_inner * n_columns, n_rows)
        for start in range(0, n_rows, part):
            n_part = min(part, n_rows - start)
            gemm_part(left, False, right, False, 0.0, out, start, n_part)
        return
    for i in range(n_rows):
        for j in range(n_columns):
            out[i, j] = left[i, 0] * right[0, j]
        for k in range(1, n_inner):
            for j in range(n_columns):
                out[i, j] += left[i, k] * right[k, j]


@jit
def product_of_transposed(left, right, out):
    """Write ``left.T @ right`` into `out`: (k, m), (k, n) and (m, n)."""
    n_inner, n_rows = left.shape
    n_columns = right.shape[1]
    if n_rows * n_inner * n_columns > _SMALL_PRODUCT:
        part = _part_length(n_rows * n_columns, n_inner)
        for start in range(0, n_inner, part):
            n_part = min(part, n_inner - start)
            beta = 0.0 if start == 0 else 1.0
            gemm_part(left, True, right, False, beta, out, start, n_part)
        return
    for i in range(n_rows):
        for j in range(n_columns):
            out[i, j] = left[0, i] * right[0, j]
        for k in range(1, n_inner):
            for j in range(n_columns):
                out[i, j] += left[k, i] * right[k, j]


@jit(reassociate=True)
def product_with_transposed(left, right, out):
    """Write ``left @ right.T`` into `out`: (m, k), (n, k) and (m, n)."""
    n_rows, n_inner = left.shape
    n_columns = right.shape[0]
    if n_rows * n_inner * n_columns > _SMALL_PRODUCT:
        gemm(left, False, right, True, 0.0, out)
        return
    for i in range(n_rows):
        for j in range(n_columns):
            total = left[i, 0] * right[j, 0]
            for k in range(1, n_inner):
                total += left[i, k] * right[j, k]
            out[i, j] = total


@jit
def add_column_sums(matrix, out):
    """Add the sum of the rows of `matrix` (m, n) to `out` (n,)."""
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            out[j] += matrix[i, j]


@jit
def fill_zero(matrix):
    """Set a matrix to zero."""
    for i in range(matrix.shape[0]):
        for j in range(matrix.shape[1]):
            matrix[i, j] = 0
