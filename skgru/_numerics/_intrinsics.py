"""Views of flat memory, made without the checks that Numba's own views make.

Numba's ``reshape`` and slices check at every call what the kernels know already, and
count references, which doubles the time to compile a kernel. The views made here do
neither. Such a view must not outlive its memory, so it never leaves a kernel.
"""

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable


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


def block(array, start, shape, steps):
    """View of a part of an array's memory as a matrix with any strides.

    Parameters
    ----------
    array : C-contiguous ndarray of any number of dimensions
    start : int
        First element, counted in the flat array.
    shape : (int, int)
    steps : (int, int)
        Elements from one row to the next, and from one column to the next: (1, n) gives
        a transpose, and (0, 1) repeats one row.
    """
    flat = array.reshape(-1)[start:]
    strides = tuple(step * array.itemsize for step in steps)
    return np.lib.stride_tricks.as_strided(flat, shape, strides)


def run(matrix, i, j, length):
    """Vector of `length` numbers of row `i`, from column `j` on.

    Parameters
    ----------
    matrix : ndarray with contiguous rows
    i, j, length : int
    """
    return matrix[i, j : j + length]


@type_callable(cut)
def _type_cut(context):
    return lambda array, start, shape: types.Array(array.dtype, len(shape), "C")


@type_callable(block)
def _type_block(context):
    return lambda array, start, shape, steps: types.Array(array.dtype, len(shape), "A")


@type_callable(run)
def _type_run(context):
    return lambda matrix, i, j, length: types.Array(matrix.dtype, 1, "C")


@lower_builtin(cut, types.Array, types.Integer, types.BaseTuple)
def _lower_cut(context, builder, signature, arguments):
    extents = _integers(context, builder, arguments[2], signature.args[2])
    strides = []
    stride = _itemsize(context, signature)
    for extent in reversed(extents):
        strides.insert(0, stride)
        stride = builder.mul(stride, extent)
    start = _bytes(context, builder, arguments[1], signature, 1)
    return _view(context, builder, signature, arguments, start, extents, strides)


@lower_builtin(block, types.Array, types.Integer, types.BaseTuple, types.BaseTuple)
def _lower_block(context, builder, signature, arguments):
    extents = _integers(context, builder, arguments[2], signature.args[2])
    steps = _integers(context, builder, arguments[3], signature.args[3])
    itemsize = _itemsize(context, signature)
    strides = [builder.mul(step, itemsize) for step in steps]
    start = _bytes(context, builder, arguments[1], signature, 1)
    return _view(context, builder, signature, arguments, start, extents, strides)


@lower_builtin(run, types.Array, types.Integer, types.Integer, types.Integer)
def _lower_run(context, builder, signature, arguments):
    source = _array(context, builder, signature, arguments)
    i, length = (
        context.cast(builder, arguments[k], signature.args[k], types.intp)
        for k in (1, 3)
    )
    down = builder.mul(i, cgutils.unpack_tuple(builder, source.strides)[0])
    start = builder.add(down, _bytes(context, builder, arguments[2], signature, 2))
    strides = [_itemsize(context, signature)]
    return _view(context, builder, signature, arguments, start, [length], strides)


def _integers(context, builder, value, kind):
    """Members of a tuple of integers, each cast to the size of a pointer."""
    return [
        context.cast(builder, member, member_kind, types.intp)
        for member, member_kind in zip(
            cgutils.unpack_tuple(builder, value), kind, strict=True
        )
    ]


def _itemsize(context, signature):
    """Size in bytes of an element of the first argument."""
    element = context.get_data_type(signature.args[0].dtype)
    return context.get_constant(types.intp, context.get_abi_sizeof(element))


def _bytes(context, builder, value, signature, position):
    """Size in bytes of `value` elements, where `value` is an integer argument."""
    number = context.cast(builder, value, signature.args[position], types.intp)
    return builder.mul(number, _itemsize(context, signature))


def _array(context, builder, signature, arguments):
    """Array structure of the first argument."""
    # Imported here: at the top of the file, this import would double the time to
    # import the package.
    from numba.np.arrayobj import make_array

    return make_array(signature.args[0])(context, builder, arguments[0])


def _view(context, builder, signature, arguments, start, extents, strides):
    """Array structure over the memory of the first argument, from byte `start` on."""
    from numba.np.arrayobj import make_array, populate_array

    source = _array(context, builder, signature, arguments)
    result = make_array(signature.return_type)(context, builder)
    populate_array(
        result,
        data=cgutils.pointer_add(builder, source.data, start),
        shape=extents,
        strides=strides,
        itemsize=_itemsize(context, signature),
        # The view does not own the memory: the end of the view does not free it.
        meminfo=None,
    )
    return result._getvalue()
