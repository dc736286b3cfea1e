"""One tile of a matrix product, kept in the processor's registers.

A product is cut into tiles of a few rows and a few vectors of columns. The sums of a
tile stay in registers while the inner dimension is walked once: for each of its steps,
a few vectors of the right factor are loaded, and each is multiplied with one number of
every row of the left factor, as in Goto and van de Geijn (2008). This file writes that
loop in the intermediate language of LLVM, because no compiler keeps such a tile in
registers by itself; ``_products.py`` calls it for all tiles of a product.

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
from llvmlite import binding, ir
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable

from skgru._numerics._jit import dispatched, jit
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


TALL_3, TALL_2, TALL_1 = tallest(3), tallest(2), tallest(1)
tall_3, tall_2, tall_1 = (_make_tile(tallest(width), (width,)) for width in (3, 2, 1))
short_3, short_2, short_1 = (_make_tile(4, (width,)) for width in (3, 2, 1))
row_3, row_2, row_1 = (_make_tile(1, (width,)) for width in (3, 2, 1))
# A single row has too few sums in one group.
row_33, row_22 = _make_tile(1, (3, 3)), _make_tile(1, (2, 2))

_SIZE = cgutils.intp_t
_BIT = ir.IntType(1)
_INDEX = ir.IntType(32)


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
        _tile_loops(builder.module, scalar, itemsize, n_rows, widths),
        [
            *factors(view(0), view(1), integer(2)),
            *factors(more_left, view(5), more_left.shape[1]),
            integer(3),
            *corner(6),
            *corner(7),
            builder.sub(view(7).shape[1], column),
        ],
    )


def _tile_loops(module, scalar, itemsize, n_rows, widths):
    """Compiled function of pointers and steps that multiplies one tile."""
    lanes = VECTOR_BYTES // itemsize
    vector = ir.VectorType(scalar, lanes)
    kind = f"v{lanes}{scalar.intrinsic_name}"
    name = f"skgru_tile_{n_rows}_{'_'.join(map(str, widths))}_{kind}"
    if name in module.globals:
        return module.globals[name]
    pointer = scalar.as_pointer()
    factors = [pointer, _SIZE, _SIZE, pointer, _SIZE, _SIZE]
    corners = [pointer, _SIZE, pointer, _SIZE]
    function = ir.Function(
        module,
        ir.FunctionType(ir.VoidType(), [*factors, *factors, _SIZE, *corners, _SIZE]),
        name,
    )
    # Several kernels hold a copy of this function; LLVM merges the copies when the
    # kernels are linked.
    function.linkage = "linkonce_odr"
    function.attributes.add("noinline")
    step, initial, initial_row, out, out_row, n_columns = function.args[12:]
    n_vectors = sum(widths)
    tile = [(i, v) for i in range(n_rows) for v in range(n_vectors)]

    builder = ir.IRBuilder(function.append_basic_block())
    memory = _VectorMemory(builder, vector, kind, itemsize)
    starts = [_row(builder, initial, initial_row, i) for i in range(n_rows)]
    if min(widths) == 3:
        sums = [memory.load(builder, starts[i], v) for i, v in tile]
    else:
        memory.cut_off(n_columns, n_vectors)
        sums = memory.load_tile(starts, n_vectors)
    for first in (0, 6):
        left, left_row, left_step, right, per_column, n_inner = function.args[
            first : first + 6
        ]
        rows = [_row(builder, left, left_row, i) for i in range(n_rows)]
        groups, before = [], 0
        for width in widths:
            offset = builder.mul(per_column, _SIZE(before * lanes))
            groups.append((builder.gep(right, [offset]), width))
            before += width

        def add_products(
            builder, k, sums, rows=rows, left_step=left_step, groups=groups
        ):
            right_k = builder.mul(k, step)
            vectors = [
                memory.load(builder, builder.gep(group, [right_k]), v)
                for group, width in groups
                for v in range(width)
            ]
            left_k = builder.mul(k, left_step)
            numbers = [
                _repeat(builder, builder.load(builder.gep(row, [left_k])), vector)
                for row in rows
            ]
            multiply_add = cgutils.get_or_insert_function(
                module, ir.FunctionType(vector, [vector] * 3), f"llvm.fmuladd.{kind}"
            )
            return [
                builder.call(multiply_add, [numbers[i], vectors[v], total])
                for (i, v), total in zip(tile, sums, strict=True)
            ]

        sums = _loop(builder, n_inner, sums, add_products)
    ends = [_row(builder, out, out_row, i) for i in range(n_rows)]
    if min(widths) == 3:
        for (i, v), total in zip(tile, sums, strict=True):
            memory.store(builder, total, ends[i], v)
    else:
        memory.store_tile(sums, ends, n_vectors)
    builder.ret_void()
    return function


def _row(builder, matrix, row_step, i):
    """Pointer to row `i` of a matrix."""
    return builder.gep(matrix, [builder.mul(row_step, _SIZE(i))])


def _loop(builder, n_inner, values, body):
    """Write a loop of `n_inner` rounds, each of which computes new values from old."""
    before = builder.block
    function = before.function
    loop, end = function.append_basic_block(), function.append_basic_block()
    builder.cbranch(builder.icmp_signed(">", n_inner, _SIZE(0)), loop, end)
    builder.position_at_end(loop)
    k = builder.phi(_SIZE)
    currents = [builder.phi(value.type) for value in values]
    nexts = body(builder, k, currents)
    following = builder.add(k, _SIZE(1))
    builder.cbranch(builder.icmp_signed("<", following, n_inner), loop, end)
    for phi, first, after in zip(
        [k, *currents], [_SIZE(0), *values], [following, *nexts], strict=True
    ):
        phi.add_incoming(first, before)
        phi.add_incoming(after, loop)
    builder.position_at_end(end)
    results = [builder.phi(value.type) for value in values]
    for phi, first, last in zip(results, values, nexts, strict=True):
        phi.add_incoming(first, before)
        phi.add_incoming(last, loop)
    return results


class _VectorMemory:
    """Loads and stores of vectors, and of tiles whose last vector may be cut off.

    Instructions for a part of a vector are slow on many processors, so there is a
    branch around them: where the last vector is whole they are not used.
    """

    def __init__(self, builder, vector, kind, itemsize):
        self._builder = builder
        self._vector = vector
        self._kind = kind
        self._itemsize = itemsize

    def cut_off(self, n_columns, n_vectors):
        """From now on, only the first `n_columns` lanes of a row of tiles are there."""
        n_lanes = self._vector.count
        before = self._builder.sub(n_columns, _SIZE((n_vectors - 1) * n_lanes))
        integers = ir.VectorType(_SIZE, n_lanes)
        lanes = ir.Constant(integers, list(range(n_lanes)))
        limit = _repeat(self._builder, before, integers)
        self._mask = self._builder.icmp_signed("<", lanes, limit)
        self._is_whole = self._builder.icmp_signed(">=", before, _SIZE(n_lanes))

    def load_tile(self, rows, n_vectors):
        """All vectors of a tile, row by row."""
        builder, last = self._builder, n_vectors - 1
        with builder.if_else(self._is_whole) as (then, otherwise):
            with then:
                whole = [self.load(builder, row, last) for row in rows]
                after_whole = builder.block
            with otherwise:
                parts = [self._load_part(row, last) for row in rows]
                after_parts = builder.block
        lasts = []
        for one, other in zip(whole, parts, strict=True):
            phi = builder.phi(self._vector)
            phi.add_incoming(one, after_whole)
            phi.add_incoming(other, after_parts)
            lasts.append(phi)
        return [
            vector
            for row, at_end in zip(rows, lasts, strict=True)
            for vector in (*(self.load(builder, row, v) for v in range(last)), at_end)
        ]

    def store_tile(self, values, rows, n_vectors):
        """Write all vectors of a tile, row by row."""
        builder, last = self._builder, n_vectors - 1
        for i, row in enumerate(rows):
            for v in range(last):
                self.store(builder, values[i * n_vectors + v], row, v)
        ends = [(values[i * n_vectors + last], row) for i, row in enumerate(rows)]
        with builder.if_else(self._is_whole) as (then, otherwise):
            with then:
                for value, row in ends:
                    self.store(builder, value, row, last)
            with otherwise:
                for value, row in ends:
                    self._store_part(value, row, last)

    def load(self, builder, row, number):
        """Vector `number` of a row."""
        result = builder.load(self._place(builder, row, number))
        result.align = self._itemsize
        return result

    def store(self, builder, value, row, number):
        """Write vector `number` of a row."""
        place = self._place(builder, row, number)
        builder.store(value, place).align = self._itemsize

    def _load_part(self, row, number):
        return self._builder.call(
            self._masked("load", self._vector),
            [
                self._place(self._builder, row, number),
                _INDEX(self._itemsize),
                self._mask,
                ir.Constant(self._vector, None),
            ],
        )

    def _store_part(self, value, row, number):
        place = self._place(self._builder, row, number)
        self._builder.call(
            self._masked("store", ir.VoidType()),
            [value, place, _INDEX(self._itemsize), self._mask],
        )

    def _place(self, builder, row, number):
        start = builder.gep(row, [_SIZE(number * self._vector.count)])
        return builder.bitcast(start, self._vector.as_pointer())

    def _masked(self, verb, result):
        """LLVM's function that loads or stores some lanes of a vector."""
        mask = ir.VectorType(_BIT, self._vector.count)
        place = self._vector.as_pointer()
        kinds = [place, _INDEX, mask, self._vector]
        if verb == "store":
            kinds = [self._vector, place, _INDEX, mask]
        return cgutils.get_or_insert_function(
            self._builder.module,
            ir.FunctionType(result, kinds),
            f"llvm.masked.{verb}.{self._kind}.p0",
        )


def _repeat(builder, number, vector):
    """Vector with `number` in every lane."""
    undefined = ir.Constant(vector, ir.Undefined)
    zeros = ir.Constant(ir.VectorType(_INDEX, vector.count), None)
    alone = builder.insert_element(undefined, number, _INDEX(0))
    return builder.shuffle_vector(alone, undefined, zeros)
