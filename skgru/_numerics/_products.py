"""Matrix products of the sizes of a recurrent network, on one core.

The right factor of a product is either a plain matrix or *packed*. A packed matrix
consists of groups of columns, one group behind the other in memory. A group is as wide
as a tile; its rows follow one another, each filled up with zeros to whole vectors. A
weight matrix that is multiplied with the state at every step is packed once for a
mini-batch, and is then read in the order in which it lies in memory.

A library of linear algebra packs at every call, unless the product is very small. With
16 rows and 256 units such a library therefore reaches half of the speed that it has
with large matrices; the products here reach nearly all of that speed.
"""

import numpy as np

from skgru._numerics._intrinsics import block, cut, run
from skgru._numerics._jit import dispatched, jit
from skgru._numerics._tiles import (
    TALL,
    VECTOR_BYTES,
    row_narrow,
    row_wide,
    short_narrow,
    short_wide,
    tall_narrow,
    tall_wide,
)

# How many numbers a vector register holds. Packed rows are multiples of it.
LANES = {
    np.dtype(np.float32): VECTOR_BYTES // 4,
    np.dtype(np.float64): VECTOR_BYTES // 8,
}
_SINGLE_LANES = LANES[np.dtype(np.float32)]
_DOUBLE_LANES = LANES[np.dtype(np.float64)]


@dispatched
def n_lanes(number):
    """How many numbers of the type of `number` a vector register holds."""
    raise TypeError(f"no vectors of {type(number)}")


@n_lanes.register(float)
def _n_double_lanes(number):
    return _DOUBLE_LANES


@n_lanes.register(np.float32)
def _n_single_lanes(number):
    return _SINGLE_LANES


@jit
def packed_size(n_inner, n_columns, lanes):
    """How many numbers a matrix (n_inner, n_columns) takes in packed form."""
    return n_inner * ((n_columns + lanes - 1) // lanes) * lanes


@jit(apart=True, any_steps=True)
def pack(matrix, out):
    """Write a matrix into packed form.

    Parameters
    ----------
    matrix : ndarray of shape (n_inner, n_columns), in
        With contiguous rows.
    out : ndarray of shape (packed_size,), out
    """
    n_inner, n_columns = matrix.shape
    lanes = n_lanes(out.dtype.type(0))
    position = 0
    column = 0
    while column < n_columns:
        width = 3 * lanes if column + 3 * lanes <= n_columns else lanes
        n_there = min(width, n_columns - column)
        for k in range(n_inner):
            source = run(matrix, k, column, n_there)
            row = cut(out, position, (width,))
            for j in range(n_there):
                row[j] = source[j]
            for j in range(n_there, width):
                row[j] = 0
            position += width
        column += width


@jit(apart=True, any_steps=True)
def pack_transposed(matrix, out):
    """Write the transpose of a matrix into packed form.

    Parameters
    ----------
    matrix : ndarray of shape (n_columns, n_inner), in
        With contiguous rows.
    out : ndarray of shape (packed_size,), out
    """
    n_columns, n_inner = matrix.shape
    lanes = n_lanes(out.dtype.type(0))
    column = 0
    while column < n_columns:
        width = 3 * lanes if column + 3 * lanes <= n_columns else lanes
        group = cut(out, column * n_inner, (n_inner, width))
        for j in range(width):
            if column + j < n_columns:
                source = run(matrix, column + j, 0, n_inner)
                for k in range(n_inner):
                    group[k, j] = source[k]
            else:
                for k in range(n_inner):
                    group[k, j] = 0
        column += width


@jit(any_steps=True)
def product(left, packed, initial, out):
    """Write ``initial + left @ right`` into `out`, given `right` packed.

    Parameters
    ----------
    left : ndarray of shape (m, k), in
        With any strides.
    packed : ndarray of shape (packed_size,), in
    initial, out : ndarray of shape (m, n), in and out
        With contiguous rows. `initial` may be `out` itself: then the product is added
        to what `out` holds.
    """
    nothing = block(packed, 0, (left.shape[0], 0), (0, 0))
    two_products(left, packed, nothing, packed, initial, out)


@jit(any_steps=True)
def two_products(left, packed, more_left, more_packed, initial, out):
    """Write ``initial + left @ right + more_left @ more_right`` into `out`.

    Both right factors are packed, and the parameters are those of `product`. Unlike two
    calls of `product`, this reads and writes each tile of the result only once.
    """
    lanes = n_lanes(out.dtype.type(0))
    _walk_tiles(
        left,
        packed,
        left.shape[1],
        more_left,
        more_packed,
        3 * lanes,
        lanes,
        initial,
        out,
    )


@jit(any_steps=True)
def product_of_plain(left, right, initial, out):
    """Write ``initial + left @ right`` into `out`.

    Parameters
    ----------
    left : ndarray of shape (m, k), in
    right : C-contiguous ndarray of shape (k, n), in
        Whole vectors are read from this matrix: one more vector of memory must be
        allocated behind its last row. The content of that memory does not matter.
    initial, out : ndarray of shape (m, n), in and out
        `left`, `initial` and `out` are as in `product`.
    """
    n_columns = right.shape[1]
    flat = cut(right, 0, (right.size,))
    nothing = block(right, 0, (left.shape[0], 0), (0, 0))
    _walk_tiles(
        left,
        flat,
        1,
        nothing,
        flat,
        n_columns,
        n_columns,
        initial,
        out,
    )


@jit(apart=True, any_steps=True)
def _walk_tiles(
    left, right, per_column, more_left, more_right, wide_step, narrow_step, initial, out
):
    """Multiply tile by tile: all rows of one group of columns, then the next group.

    Parameters
    ----------
    per_column : int
        A group of columns that begins with column `j` begins in `right` at element
        ``j * per_column``. In `more_right`, which is packed (or empty), the number of
        rows of that factor takes the place of `per_column`.
    wide_step, narrow_step : int
        Elements from one row of a right factor to the next, within a group of columns
        for wide tiles and within one for narrow tiles.
    """
    n_rows, n_columns = out.shape
    lanes = n_lanes(out.dtype.type(0))
    # Short names, so that each call of a tile function fits on one line.
    a, b, c, d = left, right, more_left, more_right
    j = 0
    while j + 3 * lanes <= n_columns:
        start, step, more = j * per_column, wide_step, j * more_left.shape[1]
        i = 0
        while i + TALL <= n_rows:
            tall_wide(a, b, start, step, c, d, more, initial, out, i, j)
            i += TALL
        while i + 4 <= n_rows:
            short_wide(a, b, start, step, c, d, more, initial, out, i, j)
            i += 4
        while i < n_rows:
            row_wide(a, b, start, step, c, d, more, initial, out, i, j)
            i += 1
        j += 3 * lanes
    while j < n_columns:
        start, step, more = j * per_column, narrow_step, j * more_left.shape[1]
        i = 0
        while i + TALL <= n_rows:
            tall_narrow(a, b, start, step, c, d, more, initial, out, i, j)
            i += TALL
        while i + 4 <= n_rows:
            short_narrow(a, b, start, step, c, d, more, initial, out, i, j)
            i += 4
        while i < n_rows:
            row_narrow(a, b, start, step, c, d, more, initial, out, i, j)
            i += 1
        j += lanes
