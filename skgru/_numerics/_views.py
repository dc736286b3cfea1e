"""Views: what an array is inside a kernel, and how parts of it are seen.

Numba's own arrays count references, wrap negative indices around, and carry more than
kernels need; with them a kernel takes twice as long to compile. A view is an address
and a shape, and, if its elements do not follow one another, the steps between them. It
owns nothing and checks nothing, so it must not outlive its memory, and indices must be
in range. In Python, uncompiled, every function here does the same to NumPy's arrays.

An index may be shorter than the shape: ``planes[step, 2]`` is the matrix that
``planes``, of four dimensions, has there.
"""

import operator

import numpy as np
from numba import types
from numba.core import cgutils
from numba.core.typeconv import Conversion
from numba.core.typing.templates import (
    AbstractTemplate,
    AttributeTemplate,
    infer_getattr,
    infer_global,
    signature,
)
from numba.extending import (
    lower_builtin,
    lower_cast,
    lower_getattr,
    models,
    register_model,
    type_callable,
)


class ViewType(types.Type):
    """Numba's type of a view.

    Parameters
    ----------
    dtype : numba type
    ndim : int
    is_contiguous : bool, default=True
        Whether the elements follow one another. If not, the view also knows the steps
        from one element to the next in each dimension.
    """

    def __init__(self, dtype, ndim, is_contiguous=True):
        self.dtype, self.ndim, self.is_contiguous = dtype, ndim, is_contiguous
        kind = "view" if is_contiguous else "strided view"
        super().__init__(f"{kind}({dtype}, {ndim}d)")

    @property
    def strided(self):
        """The same type, with any steps."""
        return ViewType(self.dtype, self.ndim, is_contiguous=False)

    def can_convert_to(self, typing_context, other):
        """Tell Numba that a contiguous view can be taken as one with any steps."""
        if self.is_contiguous and other == self.strided:
            return Conversion.safe
        return None


@register_model(ViewType)
class _ViewModel(models.StructModel):
    def __init__(self, manager, kind):
        extents = types.UniTuple(types.intp, kind.ndim)
        members = [("data", types.CPointer(kind.dtype)), ("shape", extents)]
        if not kind.is_contiguous:
            members.append(("steps", extents))
        super().__init__(manager, kind, members)


def is_view(kind):
    """Whether a Numba type is that of a view."""
    return isinstance(kind, ViewType)


class View:
    """A view while code for it is written: its parts as values of LLVM."""

    def __init__(self, context, builder, kind, value):
        self.context, self.builder, self.kind = context, builder, kind
        proxy = cgutils.create_struct_proxy(kind)(context, builder, value)
        self.data = proxy.data
        self.shape = cgutils.unpack_tuple(builder, proxy.shape)
        if kind.is_contiguous:
            self.steps = contiguous_steps(builder, self.shape)
        else:
            self.steps = cgutils.unpack_tuple(builder, proxy.steps)

    def element(self, indices):
        """Pointer to an element, or to where a part with fewer dimensions begins."""
        place = cgutils.intp_t(0)
        for index, step in zip(indices, self.steps, strict=False):
            place = self.builder.add(place, self.builder.mul(index, step))
        return self.builder.gep(self.data, [place])

    @property
    def size(self):
        """Number of elements."""
        size = cgutils.intp_t(1)
        for extent in self.shape:
            size = self.builder.mul(size, extent)
        return size


def contiguous_steps(builder, shape):
    """Steps between the elements of an array whose elements follow one another."""
    steps, step = [], cgutils.intp_t(1)
    for extent in reversed(shape):
        steps.insert(0, step)
        step = builder.mul(step, extent)
    return steps


def make_view(context, builder, kind, data, shape, steps=None):
    """Value of a view of type `kind`, made of its parts."""
    proxy = cgutils.create_struct_proxy(kind)(context, builder)
    proxy.data = data
    proxy.shape = cgutils.pack_array(builder, shape, ty=cgutils.intp_t)
    if not kind.is_contiguous:
        proxy.steps = cgutils.pack_array(builder, steps, ty=cgutils.intp_t)
    return proxy._getvalue()


def integers(context, builder, value, kind):
    """Members of an integer or of a tuple of integers, as large as a pointer."""
    if isinstance(kind, types.Integer):
        return [context.cast(builder, value, kind, types.intp)]
    return [
        context.cast(builder, member, member_kind, types.intp)
        for member, member_kind in zip(
            cgutils.unpack_tuple(builder, value), kind, strict=True
        )
    ]


@lower_cast(ViewType, ViewType)
def _lower_cast(context, builder, from_kind, to_kind, value):
    view = View(context, builder, from_kind, value)
    return make_view(context, builder, to_kind, view.data, view.shape, view.steps)


# Attributes: shape, size and dtype.


@infer_getattr
class _ViewAttributes(AttributeTemplate):
    key = ViewType

    def resolve_shape(self, view):
        return types.UniTuple(types.intp, view.ndim)

    def resolve_size(self, view):
        return types.intp

    def resolve_dtype(self, view):
        return types.DType(view.dtype)


@lower_getattr(ViewType, "shape")
def _lower_shape(context, builder, kind, value):
    return cgutils.create_struct_proxy(kind)(context, builder, value).shape


@lower_getattr(ViewType, "size")
def _lower_size(context, builder, kind, value):
    return View(context, builder, kind, value).size


@lower_getattr(ViewType, "dtype")
def _lower_dtype(context, builder, kind, value):
    return context.get_dummy_value()


# Elements and parts.


def _part(view, index):
    """Type of what an index gives: an element, or a view with fewer dimensions."""
    members = (index,) if isinstance(index, types.Integer) else tuple(index)
    if not all(isinstance(member, types.Integer) for member in members):
        return None
    n_left = view.ndim - len(members)
    if n_left == 0:
        return view.dtype
    return ViewType(view.dtype, n_left) if n_left > 0 and view.is_contiguous else None


def _is_index(kind):
    return isinstance(kind, types.Integer | types.BaseTuple)


@infer_global(operator.getitem)
class _GetItem(AbstractTemplate):
    def generic(self, arguments, keywords):
        view, index = arguments
        if is_view(view) and _is_index(index):
            part = _part(view, index)
            if part is not None:
                return signature(part, view, index)
        return None


@infer_global(operator.setitem)
class _SetItem(AbstractTemplate):
    def generic(self, arguments, keywords):
        view, index, _ = arguments
        if is_view(view) and _is_index(index) and _part(view, index) == view.dtype:
            return signature(types.none, view, index, view.dtype)
        return None


@lower_builtin(operator.getitem, ViewType, types.Integer)
@lower_builtin(operator.getitem, ViewType, types.BaseTuple)
def _lower_getitem(context, builder, sig, arguments):
    kind, index = sig.args
    view = View(context, builder, kind, arguments[0])
    indices = integers(context, builder, arguments[1], index)
    place = view.element(indices)
    if is_view(sig.return_type):
        shape = view.shape[len(indices) :]
        return make_view(context, builder, sig.return_type, place, shape)
    if isinstance(kind.dtype, types.Record):
        return place
    return builder.load(place)


@lower_builtin(operator.setitem, ViewType, types.Integer, types.Any)
@lower_builtin(operator.setitem, ViewType, types.BaseTuple, types.Any)
def _lower_setitem(context, builder, sig, arguments):
    kind, index, _ = sig.args
    view = View(context, builder, kind, arguments[0])
    place = view.element(integers(context, builder, arguments[1], index))
    builder.store(arguments[2], place)
    return context.get_dummy_value()


# Other parts of the same memory.


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
    flat_array = array.reshape(-1)[start:]
    strides = tuple(step * array.itemsize for step in steps)
    return np.lib.stride_tricks.as_strided(flat_array, shape, strides)


def run(matrix, i, j, length):
    """Vector of `length` numbers of row `i`, from column `j` on.

    Parameters
    ----------
    matrix : ndarray with contiguous rows
    i, j, length : int
    """
    return matrix[i, j : j + length]


def flat(array):
    """All elements of a C-contiguous array as a vector.

    The compiler vectorises a loop over such vectors, because the loop variable is the
    only index.
    """
    return array.reshape(-1)


@type_callable(cut)
def _type_cut(context):
    return lambda array, start, shape: ViewType(array.dtype, len(shape))


@type_callable(block)
def _type_block(context):
    return lambda array, start, shape, steps: ViewType(
        array.dtype, len(shape), is_contiguous=False
    )


@type_callable(run)
def _type_run(context):
    return lambda matrix, i, j, length: ViewType(matrix.dtype, 1)


@type_callable(flat)
def _type_flat(context):
    return lambda array: ViewType(array.dtype, 1)


@lower_builtin(cut, ViewType, types.Integer, types.BaseTuple)
def _lower_cut(context, builder, sig, arguments):
    view = View(context, builder, sig.args[0], arguments[0])
    (start,) = integers(context, builder, arguments[1], sig.args[1])
    shape = integers(context, builder, arguments[2], sig.args[2])
    place = builder.gep(view.data, [start])
    return make_view(context, builder, sig.return_type, place, shape)


@lower_builtin(block, ViewType, types.Integer, types.BaseTuple, types.BaseTuple)
def _lower_block(context, builder, sig, arguments):
    view = View(context, builder, sig.args[0], arguments[0])
    (start,) = integers(context, builder, arguments[1], sig.args[1])
    shape = integers(context, builder, arguments[2], sig.args[2])
    steps = integers(context, builder, arguments[3], sig.args[3])
    place = builder.gep(view.data, [start])
    return make_view(context, builder, sig.return_type, place, shape, steps)


@lower_builtin(run, ViewType, types.Integer, types.Integer, types.Integer)
def _lower_run(context, builder, sig, arguments):
    view = View(context, builder, sig.args[0], arguments[0])
    i, j, length = (
        integers(context, builder, arguments[k], sig.args[k])[0] for k in (1, 2, 3)
    )
    place = builder.gep(view.data, [builder.add(builder.mul(i, view.steps[0]), j)])
    return make_view(context, builder, sig.return_type, place, [length])


@lower_builtin(flat, ViewType)
def _lower_flat(context, builder, sig, arguments):
    view = View(context, builder, sig.args[0], arguments[0])
    return make_view(context, builder, sig.return_type, view.data, [view.size])
