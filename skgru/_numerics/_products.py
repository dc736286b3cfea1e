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

from skgru._numerics._intrinsics import smaller
from skgru._numerics._jit import jit
from skgru._numerics._structs import StridedMatrix, Vector
from skgru._numerics._tiles import (
    group_width,
    n_lanes,
    row_1,
    row_2,
    row_3,
    row_22,
    row_33,
    short_1,
    short_2,
    short_3,
    tall_1,
    tall_2,
    tall_3,
    tallest,
)
from skgru._numerics._units import unit
from skgru._numerics._views import block, cut, flat, run


@jit
def packed_size(n_inner, n_columns, lanes):
    """How many numbers a matrix (n_inner, n_columns) takes in packed form."""
    return n_inner * ((n_columns + lanes - 1) // lanes) * lanes


@unit
def pack(matrix: StridedMatrix, out: Vector):
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
        width = group_width(n_columns - column, lanes) * lanes
        n_there = smaller(width, n_columns - column)
        for k in range(n_inner):
            source = run(matrix, k, column, n_there)
            row = cut(out, position, (width,))
            for j in range(n_there):
                row[j] = source[j]
            for j in range(n_there, width):
                row[j] = 0
            position += width
        column += width


@unit
def pack_transposed(matrix: StridedMatrix, out: Vector):
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
        width = group_width(n_columns - column, lanes) * lanes
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
    n_inner = left.shape[1]
    _multiply(left, packed, n_inner, 0, more_left, more_packed, initial, out)


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
    memory = flat(right)
    nothing = block(right, 0, (left.shape[0], 0), (0, 0))
    _multiply(left, memory, 1, right.shape[1], nothing, memory, initial, out)


@unit
def _multiply(
    left: StridedMatrix,
    right: Vector,
    per_column: int,
    plain_step: int,
    more_left: StridedMatrix,
    more_right: Vector,
    initial: StridedMatrix,
    out: StridedMatrix,
):
    """Multiply tile by tile.

    Parameters
    ----------
    per_column : int
        See ``_tiles.py``.
    plain_step : int
        Elements from one row of `right` to the next, if `right` is a plain matrix; 0 if
        it is packed.
    """
    # Short names, so that each call of a tile function fits on one line.
    a, b, per, c, d = left, right, per_column, more_left, more_right
    if out.shape[0] < 4:
        _multiply_rows(a, b, per, plain_step, c, d, initial, out)
    else:
        _multiply_tiles(a, b, per, plain_step, c, d, initial, out)


def _make_column_of_tiles(width, tall, short, row):
    """Make the kernel that multiplies all rows of a group of columns.

    Parameters
    ----------
    width : int
        Vectors in the group.
    tall, short, row : callable
        The tiles of this width: the tallest ones, those of four rows, and of one.
    """
    height = tallest(width)

    @jit
    def multiply(a, b, per, step, c, d, initial, out, j):
        n_rows, i = out.shape[0], 0
        while i + height <= n_rows:
            tall(a, b, per, step, c, d, initial, out, i, j)
            i += height
        while i + 4 <= n_rows:
            short(a, b, per, step, c, d, initial, out, i, j)
            i += 4
        while i < n_rows:
            row(a, b, per, step, c, d, initial, out, i, j)
            i += 1

    return multiply


_column_3 = _make_column_of_tiles(3, tall_3, short_3, row_3)
_column_2 = _make_column_of_tiles(2, tall_2, short_2, row_2)
_column_1 = _make_column_of_tiles(1, tall_1, short_1, row_1)


@jit
def _multiply_tiles(a, b, per, plain_step, c, d, initial, out):
    """All rows of one group of columns, then the next group."""
    n_columns = out.shape[1]
    lanes = n_lanes(out.dtype.type(0))
    j = 0
    while j < n_columns:
        width = group_width(n_columns - j, lanes)
        step = plain_step if plain_step > 0 else width * lanes
        if width == 3:
            _column_3(a, b, per, step, c, d, initial, out, j)
        elif width == 2:
            _column_2(a, b, per, step, c, d, initial, out, j)
        else:
            _column_1(a, b, per, step, c, d, initial, out, j)
        j += width * lanes


@jit
def _multiply_rows(a, b, per, plain_step, c, d, initial, out):
    """All columns of one row, then the next row, two groups at a time if they can."""
    n_rows, n_columns = out.shape
    lanes = n_lanes(out.dtype.type(0))
    for i in range(n_rows):
        j = 0
        while j < n_columns:
            width = group_width(n_columns - j, lanes)
            step = plain_step if plain_step > 0 else width * lanes
            n_left = n_columns - j - width * lanes
            is_pair = n_left > 0 and group_width(n_left, lanes) == width
            if width == 3:
                if is_pair:
                    row_33(a, b, per, step, c, d, initial, out, i, j)
                else:
                    row_3(a, b, per, step, c, d, initial, out, i, j)
            elif width == 2:
                if is_pair:
                    row_22(a, b, per, step, c, d, initial, out, i, j)
                else:
                    row_2(a, b, per, step, c, d, initial, out, i, j)
            else:
                row_1(a, b, per, step, c, d, initial, out, i, j)
            j += 2 * width * lanes if is_pair else width * lanes
