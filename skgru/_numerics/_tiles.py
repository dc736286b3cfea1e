"""One tile of a matrix product, kept in the processor's registers.

A product is cut into tiles of a few rows and a few vectors of columns. The sums of a
tile stay in registers while the inner dimension is walked once: for each of its steps,
a few vectors of the right factor are loaded, and each is multiplied with one number of
every row of the left factor, as in Goto and van de Geijn (2008). This file decides how
large tiles are; ``_tile_code.py`` writes their loop in the intermediate language of
LLVM, because no compiler keeps such a tile in registers by itself; ``_products.py``
calls it for all tiles of a product.

Each number of the result is one sum, taken in the order of the inner dimension. So the
number does not depend on which tile it falls into, and a sum that is taken in parts is
the same to the last bit as a sum that is taken at once.

References
----------
Goto, K. and van de Geijn, R. A. (2008). Anatomy of high-performance matrix
multiplication. ACM Transactions on Mathematical Software 34(3).
https://doi.org/10.1145/1356052.1356053
"""

import platform

import numba
import numpy as np
from llvmlite import binding
from numba import types
from numba.extending import lower_builtin, type_callable

from skgru._numerics._jit import dispatched, jit
from skgru._numerics._tile_code import tile_loops
from skgru._numerics._views import View, ViewType


def _processor():
    """Bytes of a vector register, and how many of these registers a tile can use."""
    features = numba.config.CPU_FEATURES
    if features is None:
        features = binding.get_host_cpu_features().flatten()
    features = features.split(",")
    if "+avx512f" in features:
        return 64, 32
    is_x86 = platform.machine().lower() in ("x86_64", "amd64")
    # x86 without AVX-512 has 16 registers; ARM has 32. Without an instruction that
    # multiplies and adds, one register holds the product.
    n_registers = 32 if not is_x86 else 16 if "+fma" in features else 15
    return (32 if "+avx" in features else 16), n_registers


VECTOR_BYTES, N_REGISTERS = _processor()


def tallest(width):
    """Rows of the tallest tile of so many vectors that fits into the registers.

    Beside the sums there are the vectors of the right factor, and a number of the left
    one. A processor begins two products in a cycle and ends them four cycles later, so
    it takes eight sums to keep it busy: eight rows of one vector, four of two.
    """
    return 8 if _n_used(8, width) <= N_REGISTERS else 4


def _n_used(n_rows, width):
    return n_rows * width + width + 1


WIDEST = 3 if _n_used(4, 3) <= N_REGISTERS else 2


@dispatched
def n_lanes(number):
    """How many numbers of the type of `number` a vector register holds."""
    raise TypeError(f"no vectors of {type(number)}")


# How many numbers a vector register holds. Packed rows are multiples of it.
LANES = {
    np.dtype(np.float32): VECTOR_BYTES // 4,
    np.dtype(np.float64): VECTOR_BYTES // 8,
}
_SINGLE_LANES = LANES[np.dtype(np.float32)]
_DOUBLE_LANES = LANES[np.dtype(np.float64)]


@n_lanes.register(float)
def _n_double_lanes(number):
    return _DOUBLE_LANES


@n_lanes.register(np.float32)
def _n_single_lanes(number):
    return _SINGLE_LANES


@jit
def group_width(n_columns, lanes):
    """Vectors in the first group of columns, if so many columns are left.

    Three, where they are full and the registers suffice, but two and two instead of
    three and one: a group of one vector has few sums.
    """
    if (
        WIDEST == 3
        and n_columns >= 3 * lanes
        and not 3 * lanes < n_columns <= 4 * lanes
    ):
        return 3
    return 2 if n_columns > lanes else 1


def _make_tile(n_rows, widths):
    """Make the function that multiplies tiles of one size.

    Parameters
    ----------
    n_rows : int
    widths : tuple of int
        Vectors in each of the tile's groups of columns. A tile with groups of fewer
        than three vectors is cut off where the columns of the result end.
    """

    def multiply(
        left, right, per_column, step, more_left, more_right, initial, out, i, j
    ):
        """Write a tile of ``initial + left @ right + more_left @ more_right``.

        Parameters
        ----------
        left, more_left : ndarray of shape (m, k), in
            With any strides. Each has its own k, which may be 0.
        right, more_right : ndarray of shape (size,), in
            Memory of the right factors. Whole vectors are read from this memory.
        per_column : int
            The group of columns that begins with column `j` begins in `right` at
            element ``j * per_column``. In `more_right`, which is packed, the number of
            rows of that factor takes the place of `per_column`.
        step : int
            Elements from one row of a right factor to the next, the same in both.
        initial, out : ndarray of shape (m, n), in and out
            With contiguous rows, and any stride from row to row.
        i, j : int
            First row and column of the tile.
        """
        lanes = VECTOR_BYTES // out.itemsize
        for width in widths:
            there = min(width * lanes, out.shape[1] - j)
            tile = slice(i, i + n_rows), slice(j, j + there)
            total = initial[tile]
            for factor, memory, per in (
                (left, right, per_column),
                (more_left, more_right, more_left.shape[1]),
            ):
                rows = np.lib.stride_tricks.as_strided(
                    memory[j * per :],
                    (factor.shape[1], there),
                    (step * memory.itemsize, memory.itemsize),
                )
                total = total + factor[tile[0]] @ rows
            out[tile] = total
            j += width * lanes

    @type_callable(multiply)
    def _type_multiply(context):
        def typer(
            left, right, per_column, step, more_left, more_right, initial, out, i, j
        ):
            return types.void

        return typer

    view, number = ViewType, types.Integer

    @lower_builtin(
        multiply, view, view, number, number, view, view, view, view, number, number
    )
    def _lower_multiply(context, builder, signature, arguments):
        _call_tile(context, builder, signature, arguments, n_rows, widths)
        return context.get_dummy_value()

    return multiply


tall_3, tall_2, tall_1 = (_make_tile(tallest(width), (width,)) for width in (3, 2, 1))
short_3, short_2, short_1 = (_make_tile(4, (width,)) for width in (3, 2, 1))
row_3, row_2, row_1 = (_make_tile(1, (width,)) for width in (3, 2, 1))
# A single row has too few sums in one group.
row_33, row_22 = _make_tile(1, (3, 3)), _make_tile(1, (2, 2))


def _call_tile(context, builder, signature, arguments, n_rows, widths):
    """Turn views and indices into pointers and steps, and call the tile's loops."""
    kinds = signature.args

    def view(position):
        return View(context, builder, kinds[position], arguments[position])

    def integer(position):
        kind = kinds[position]
        return context.cast(builder, arguments[position], kind, types.intp)

    scalar = context.get_data_type(kinds[7].dtype)
    itemsize = context.get_abi_sizeof(scalar)
    row, column = integer(8), integer(9)

    def corner(position):
        matrix = view(position)
        return matrix.element([row, column]), matrix.steps[0]

    def factors(left, right, per_column):
        return [
            left.element([row]),
            *left.steps,
            builder.gep(right.data, [builder.mul(column, per_column)]),
            per_column,
            left.shape[1],
        ]

    more_left = view(4)
    builder.call(
        tile_loops(builder.module, scalar, itemsize, n_rows, widths, VECTOR_BYTES),
        [
            *factors(view(0), view(1), integer(2)),
            *factors(more_left, view(5), more_left.shape[1]),
            integer(3),
            *corner(6),
            *corner(7),
            builder.sub(view(7).shape[1], column),
        ],
    )
