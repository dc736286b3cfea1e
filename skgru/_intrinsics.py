"""Two operations that Numba has, made cheaper: cutting memory, and the matrix product.

Numba's ``reshape`` and ``np.dot`` check at every call what the kernels know already,
which doubles the time to compile them. ``cut`` is a view of flat memory without
reference counting: it must not outlive the memory, and so never leaves a kernel.
``gemm`` is the BLAS routine that ``np.dot`` calls, with what ``np.dot`` leaves out:
matrices that are blocks of columns of wider ones, and a sum with what is there already.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload


def cut(array, start, shape):
    """View of a part of an array's memory as a C-contiguous array.

    Parameters
    ----------
    array : C-contiguous ndarray of any number of dimensions
    start : int
        First element, counted in the flat array.
    shape : tuple of int
    """
    size = int(np.prod(shape))
    return array.reshape(-1)[start : start + size].reshape(shape)


@overload(cut)
def _cut(array, start, shape):
    return lambda array, start, shape: _cut_unchecked(array, start, shape)


@intrinsic
def _cut_unchecked(typing_context, array, start, shape):
    view = types.Array(array.dtype, len(shape), "C")

    def generate(context, builder, signature, arguments):
        # Imported where it is used: it would double the time to import the package.
        from numba.np.arrayobj import make_array, populate_array

        array_value, start_value, shape_value = arguments
        source = make_array(array)(context, builder, array_value)
        itemsize = context.get_abi_sizeof(context.get_data_type(array.dtype))
        extents = [
            context.cast(builder, extent, kind, types.intp)
            for extent, kind in zip(
                cgutils.unpack_tuple(builder, shape_value), shape, strict=True
            )
        ]
        stride = context.get_constant(types.intp, itemsize)
        strides = []
        for extent in reversed(extents):
            strides.insert(0, stride)
            stride = builder.mul(stride, extent)
        start_value = context.cast(builder, start_value, start, types.intp)
        result = make_array(view)(context, builder)
        populate_array(
            result,
            data=builder.gep(source.data, [start_value]),
            shape=extents,
            strides=strides,
            itemsize=context.get_constant(types.intp, itemsize),
            meminfo=None,
        )
        return result._getvalue()

    return view(array, start, shape), generate


def gemm(left, transpose_left, right, transpose_right, beta, out):
    """Write ``left @ right + beta * out`` into `out`.

    Parameters
    ----------
    left, right : ndarray, 2-D, with contiguous rows
    transpose_left, transpose_right : bool
        Whether the factor is the transpose of what is given.
    beta : float
    out : ndarray, 2-D, with contiguous rows
    """
    gemm_part(left, transpose_left, right, transpose_right, beta, out, 0, len(left))


def gemm_part(left, transpose_left, right, transpose_right, beta, out, start, n_rows):
    """Likewise, for `n_rows` rows of `left` from `start` on.

    These rows make as many rows of `out`; or, if `left` is transposed, go with as many
    rows of `right`.
    """
    rows = slice(start, start + n_rows)
    if transpose_left:
        left, right = left[rows].T, right[rows]
    else:
        left, out = left[rows], out[rows]
    right = right.T if transpose_right else right
    out[...] = left @ right + beta * out if beta else left @ right


@overload(gemm)
def _gemm(left, transpose_left, right, transpose_right, beta, out):
    def implementation(left, transpose_left, right, transpose_right, beta, out):
        _gemm_unchecked(
            left, transpose_left, right, transpose_right, beta, out, 0, left.shape[0]
        )

    return implementation


@overload(gemm_part)
def _gemm_part(left, transpose_left, right, transpose_right, beta, out, start, n_rows):
    def implementation(
        left, transpose_left, right, transpose_right, beta, out, start, n_rows
    ):
        _gemm_unchecked(
            left, transpose_left, right, transpose_right, beta, out, start, n_rows
        )

    return implementation


@intrinsic
def _gemm_unchecked(
    typing_context,
    left,
    transpose_left,
    right,
    transpose_right,
    beta,
    out,
    start,
    n_rows,
):
    signature = types.void(
        left, transpose_left, right, transpose_right, beta, out, start, n_rows
    )

    def generate(context, builder, signature, arguments):
        from numba.np.arrayobj import make_array

        left_flag, right_flag = arguments[1], arguments[3]
        first, length = (
            context.cast(builder, value, kind, types.intp)
            for value, kind in ((arguments[6], start), (arguments[7], n_rows))
        )
        size, pointer, char = cgutils.intp_t, cgutils.voidptr_t, ir.IntType(8)
        scalar = context.get_data_type(out.dtype)
        itemsize = ir.Constant(size, context.get_abi_sizeof(scalar))
        zero = ir.Constant(size, 0)
        arrays = [
            make_array(kind)(context, builder, arguments[position])
            for kind, position in ((left, 0), (right, 2), (out, 5))
        ]
        strides = [cgutils.unpack_tuple(builder, array.strides)[0] for array in arrays]
        # Where the part begins: in left always, in right or in out.
        begins = [
            first,
            builder.select(left_flag, first, zero),
            builder.select(left_flag, zero, first),
        ]
        pointers = [
            builder.gep(
                builder.bitcast(array.data, pointer), [builder.mul(begin, stride)]
            )
            for array, begin, stride in zip(arrays, begins, strides, strict=True)
        ]
        leading = [builder.sdiv(stride, itemsize) for stride in strides]
        n_left_columns = cgutils.unpack_tuple(builder, arrays[0].shape)[1]
        n_out_columns = cgutils.unpack_tuple(builder, arrays[2].shape)[1]
        one = cgutils.alloca_once_value(builder, ir.Constant(scalar, 1.0))
        factor = cgutils.alloca_once_value(
            builder, context.cast(builder, arguments[4], beta, out.dtype)
        )
        plain, transposed = ir.Constant(char, ord("n")), ir.Constant(char, ord("t"))
        function = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(
                ir.IntType(32),
                [char] * 3
                + [size] * 3
                + [pointer, pointer, size, pointer, size]
                + [pointer, pointer, size],
            ),
            "numba_xxgemm",
        )
        # BLAS counts by columns: out.T = right.T @ left.T.
        builder.call(
            function,
            [
                ir.Constant(char, ord("s" if out.dtype == types.float32 else "d")),
                builder.select(right_flag, transposed, plain),
                builder.select(left_flag, transposed, plain),
                n_out_columns,
                builder.select(left_flag, n_left_columns, length),
                builder.select(left_flag, length, n_left_columns),
                builder.bitcast(one, pointer),
                pointers[1],
                leading[1],
                pointers[0],
                leading[0],
                builder.bitcast(factor, pointer),
                pointers[2],
                leading[2],
            ],
        )
        return context.get_dummy_value()

    return signature, generate
