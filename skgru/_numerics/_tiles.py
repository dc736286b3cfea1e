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


def _processor():
    """Bytes of a vector register, and rows of the tallest tile that fits in them."""
    features = numba.config.CPU_FEATURES
    if features is None:
        features = binding.get_host_cpu_features().flatten()
    features = features.split(",")
    if "+avx512f" in features:
        return 64, 8
    if "+avx" in features:
        return 32, 4
    # Without AVX, x86 has 16 registers; ARM has 32.
    return 16, 4 if platform.machine().lower() in ("x86_64", "amd64") else 8


VECTOR_BYTES, TALL = _processor()
# Vectors in a wide tile. The sums of 8 rows by 3 vectors, 3 vectors of the right factor
# and a number of the left factor take 28 of 32 registers; with 4 rows, all of 16.
_N_VECTORS = 3


def _make_tile(n_rows, *, is_wide):
    """Make the function that multiplies tiles of one size.

    Parameters
    ----------
    n_rows : int
    is_wide : bool
        True for three vectors of columns, all of which are written. False for one
        vector, which is cut off where the columns of the result end.
    """

    def multiply(
        left, right, start, step, more_left, more_right, more_start, initial, out, i, j
    ):
        """Write a tile of ``initial + left @ right + more_left @ more_right``.

        Parameters
        ----------
        left, more_left : ndarray of shape (m, k), in
            With any strides. Each has its own k, which may be 0.
        right, more_right : C-contiguous ndarray, in
            Memory of the right factors. Whole vectors are read from this memory.
        start, more_start : int
            First element of `right` and of `more_right` that belongs to the tile.
        step : int
            Elements from one row of a right factor to the next, the same in both.
        initial, out : ndarray of shape (m, n), in and out
            With contiguous rows, and any stride from row to row.
        i, j : int
            First row and column of the tile.
        """
        width = VECTOR_BYTES // out.itemsize
        width = _N_VECTORS * width if is_wide else min(width, out.shape[1] - j)
        tile = slice(i, i + n_rows), slice(j, j + width)
        total = initial[tile]
        for factor, memory, first in (
            (left, right, start),
            (more_left, more_right, more_start),
        ):
            rows = np.lib.stride_tricks.as_strided(
                memory.reshape(-1)[first:],
                (factor.shape[1], width),
                (step * memory.itemsize, memory.itemsize),
            )
            total = total + factor[tile[0]] @ rows
        out[tile] = total

    @type_callable(multiply)
    def _type_multiply(context):
        def typer(
            left,
            right,
            start,
            step,
            more_left,
            more_right,
            more_start,
            initial,
            out,
            i,
            j,
        ):
            return types.void

        return typer

    array, number = types.Array, types.Integer
    factor = (array, array, number)

    @lower_builtin(multiply, *factor, number, *factor, array, array, number, number)
    def _lower_multiply(context, builder, signature, arguments):
        _call_tile(context, builder, signature, arguments, n_rows, is_wide=is_wide)
        return context.get_dummy_value()

    return multiply


tall_wide = _make_tile(TALL, is_wide=True)
tall_narrow = _make_tile(TALL, is_wide=False)
short_wide = _make_tile(4, is_wide=True)
short_narrow = _make_tile(4, is_wide=False)
row_wide = _make_tile(1, is_wide=True)
row_narrow = _make_tile(1, is_wide=False)

_SIZE = cgutils.intp_t
_BIT = ir.IntType(1)
_INDEX = ir.IntType(32)


def _call_tile(context, builder, signature, arguments, n_rows, *, is_wide):
    """Turn arrays and indices into pointers and steps, and call the tile's loops."""
    from numba.np.arrayobj import make_array

    def array(position):
        kind = signature.args[position]
        return make_array(kind)(context, builder, arguments[position])

    def integer(position):
        kind = signature.args[position]
        return context.cast(builder, arguments[position], kind, types.intp)

    scalar = context.get_data_type(signature.args[8].dtype)
    itemsize = _SIZE(context.get_abi_sizeof(scalar))
    row, column = integer(9), integer(10)

    def steps(matrix):
        strides = cgutils.unpack_tuple(builder, matrix.strides)
        return [builder.sdiv(stride, itemsize) for stride in strides]

    def corner(position):
        matrix = array(position)
        row_step = steps(matrix)[0]
        start = builder.add(builder.mul(row, row_step), column)
        return builder.gep(matrix.data, [start]), row_step

    def factors(left_position, right_position, start_position):
        left = array(left_position)
        row_step, step = steps(left)
        return [
            builder.gep(left.data, [builder.mul(row, row_step)]),
            row_step,
            step,
            builder.gep(array(right_position).data, [integer(start_position)]),
            cgutils.unpack_tuple(builder, left.shape)[1],
        ]

    n_columns = cgutils.unpack_tuple(builder, array(8).shape)[1]
    builder.call(
        _tile_loops(builder.module, scalar, itemsize.constant, n_rows, is_wide),
        [
            *factors(0, 1, 2),
            *factors(4, 5, 6),
            integer(3),
            *corner(7),
            *corner(8),
            builder.sub(n_columns, column),
        ],
    )


def _tile_loops(module, scalar, itemsize, n_rows, is_wide):
    """Compiled function of pointers and steps that multiplies one tile."""
    n_lanes = VECTOR_BYTES // itemsize
    vector = ir.VectorType(scalar, n_lanes)
    kind = f"v{n_lanes}{scalar.intrinsic_name}"
    name = f"skgru_tile_{n_rows}_{'wide' if is_wide else 'narrow'}_{kind}"
    if name in module.globals:
        return module.globals[name]
    pointer = scalar.as_pointer()
    factors = [pointer, _SIZE, _SIZE, pointer, _SIZE]
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
    step, initial, initial_row, out, out_row, n_columns = function.args[10:]
    n_vectors = _N_VECTORS if is_wide else 1
    tile = [(i, v) for i in range(n_rows) for v in range(n_vectors)]

    builder = ir.IRBuilder(function.append_basic_block())
    memory = _VectorMemory(builder, vector, kind, itemsize)
    if not is_wide:
        memory.cut_off(n_columns)
    sums = [
        memory.load(builder, _row(builder, initial, initial_row, i), v) for i, v in tile
    ]
    for first in (0, 5):
        left, left_row, left_step, right, n_inner = function.args[first : first + 5]
        rows = [_row(builder, left, left_row, i) for i in range(n_rows)]

        def add_products(builder, k, sums, rows=rows, left_step=left_step, right=right):
            right_k = builder.gep(right, [builder.mul(k, step)])
            vectors = [memory.load_whole(builder, right_k, v) for v in range(n_vectors)]
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
    for (i, v), total in zip(tile, sums, strict=True):
        memory.store(builder, total, _row(builder, out, out_row, i), v)
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
    """Loads and stores of vectors, limited to the first lanes after `cut_off`."""

    def __init__(self, builder, vector, kind, itemsize):
        self._entry = builder
        self._vector = vector
        self._kind = kind
        self._itemsize = itemsize
        self._mask = None

    def cut_off(self, n_columns):
        """From now on, load and store only the first `n_columns` lanes of a vector."""
        integers = ir.VectorType(_SIZE, self._vector.count)
        lanes = ir.Constant(integers, list(range(self._vector.count)))
        limit = _repeat(self._entry, n_columns, integers)
        self._mask = self._entry.icmp_signed("<", lanes, limit)

    def load(self, builder, row, number):
        """Vector `number` of a row."""
        if self._mask is None:
            return self.load_whole(builder, row, number)
        return builder.call(
            self._masked(builder, "load", self._vector),
            [
                self._place(builder, row, number),
                _INDEX(self._itemsize),
                self._mask,
                ir.Constant(self._vector, None),
            ],
        )

    def load_whole(self, builder, row, number):
        """Vector `number` of a row, always with all of its lanes."""
        result = builder.load(self._place(builder, row, number))
        result.align = self._itemsize
        return result

    def store(self, builder, value, row, number):
        """Write vector `number` of a row."""
        place = self._place(builder, row, number)
        if self._mask is None:
            builder.store(value, place).align = self._itemsize
            return
        builder.call(
            self._masked(builder, "store", ir.VoidType()),
            [value, place, _INDEX(self._itemsize), self._mask],
        )

    def _place(self, builder, row, number):
        start = builder.gep(row, [_SIZE(number * self._vector.count)])
        return builder.bitcast(start, self._vector.as_pointer())

    def _masked(self, builder, verb, result):
        """LLVM's function that loads or stores some lanes of a vector."""
        mask = ir.VectorType(_BIT, self._vector.count)
        place = self._vector.as_pointer()
        kinds = [place, _INDEX, mask, self._vector]
        if verb == "store":
            kinds = [self._vector, place, _INDEX, mask]
        return cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(result, kinds),
            f"llvm.masked.{verb}.{self._kind}.p0",
        )


def _repeat(builder, number, vector):
    """Vector with `number` in every lane."""
    undefined = ir.Constant(vector, ir.Undefined)
    zeros = ir.Constant(ir.VectorType(_INDEX, vector.count), None)
    alone = builder.insert_element(undefined, number, _INDEX(0))
    return builder.shuffle_vector(alone, undefined, zeros)
