"""Matrix products of the sizes of a recurrent network, on one core.

The right factor of a product stands either in its own matrix, or *packed*: groups of
columns, as wide as a tile, one behind the other, each with its rows together and filled
up with zeros to whole vectors. A weight that meets the state at every step is packed
once for a mini-batch, and then read in the order in which it lies in memory.

A library of linear algebra packs at every call, unless the product is so small that it
can go without: with 16 rows and 256 units it reaches half of the speed that it has with
large matrices, and these products nearly all of it.
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

# Numbers in a vector, by which packed matrices are filled up.
LANES = {
    np.dtype(np.float32): VECTOR_BYTES // 4,
    np.dtype(np.float64): VECTOR_BYTES // 8,
}
_SINGLE_LANES = LANES[np.dtype(np.float32)]
_DOUBLE_LANES = LANES[np.dtype(np.float64)]


@dispatched
def n_lanes(number):
    """Numbers in a vector of numbers like this one."""
    raise TypeError(f"no vectors of {type(number)}")


@n_lanes.register(float)
def _n_double_lanes(number):
    return _DOUBLE_LANES


@n_lanes.register(np.float32)
def _n_single_lanes(number):
    return _SINGLE_LANES


@jit
def packed_size(n_inner, n_columns, lanes):
    """Numbers that a packed matrix (n_inner, n_columns) takes."""
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
        With contiguous rows. They may be the same, to add to what is there.
    """
    nothing = block(packed, 0, (left.shape[0], 0), (0, 0))
    two_products(left, packed, nothing, packed, initial, out)


@jit(any_steps=True)
def two_products(left, packed, more_left, more_packed, initial, out):
    """Write ``initial + left @ right + more_left @ more_right`` into `out`.

    As `product`; a tile then goes through memory once, and not twice.
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
        Whole vectors are read from it: the memory behind its last row must be there,
        up to one vector, whatever it holds.
    initial, out : ndarray of shape (m, n), in and out
        All as in `product`.
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
    """Multiply tile by tile, all rows of a group of columns first.

    Parameters
    ----------
    per_column : int
        How many elements further a group of columns begins in `right`, for each column
        before it. In `more_right`, which is packed, these are the rows of the factor.
    wide_step, narrow_step : int
        Elements from one row of the right factors to the next, within a group as wide
        as the wide tiles, and as the narrow ones.
    """
    n_rows, n_columns = out.shape
    lanes = n_lanes(out.dtype.type(0))
    # One name for each argument of a tile but where it is.
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
