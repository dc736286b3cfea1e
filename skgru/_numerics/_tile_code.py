"""The loop of a tile in the intermediate language of LLVM: see ``_tiles.py``."""

from llvmlite import ir
from numba.core import cgutils

_SIZE = cgutils.intp_t
_BIT = ir.IntType(1)
_INDEX = ir.IntType(32)


def tile_loops(module, scalar, itemsize, n_rows, widths, vector_bytes):
    """Compiled function of pointers and steps that multiplies one tile.

    Parameters
    ----------
    module : llvmlite.ir.Module
        Takes the function.
    scalar, itemsize : llvmlite type and int
        Type of the numbers, and its size in bytes.
    n_rows, widths : int and tuple of int
        Rows of the tile, and vectors in each of its groups of columns.
    vector_bytes : int
    """
    lanes = vector_bytes // itemsize
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
