"""Structs: named tuples that kernels are handed by their address.

A named tuple of arrays and numbers is what Python builds and tests read. Compiled code
gets it as one pointer to a record of 64-bit slots, in which arrays are an address and a
shape: a kernel that takes five such tuples has five arguments instead of a hundred,
and compiles several times as fast. ``space.memory`` means the same in both.

What the fields are is said once, by the annotations of the named tuple: ``int``,
``float``, ``bool``, the kinds of arrays below, other named tuples, and variants. A
*variant* is a field that holds one of several named tuples, which has other functions
than the others: a loss, an optimiser, a cell. Its record begins with the addresses of
these functions (see ``_units.py``), and then has the fields that all of them share.

``_packing.py`` writes the records.
"""

import functools
import typing
from typing import Annotated, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typeconv import Conversion
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import lower_cast, lower_getattr_generic, models, register_model
from numba.np.numpy_support import from_dtype

from skgru._numerics._views import View, ViewType, is_view, make_view


class ArrayKind(NamedTuple):
    """What an annotation says of a C-contiguous array.

    Attributes
    ----------
    dtype : dtype or None
        None for the precision of the network.
    ndim : int
    """

    dtype: np.dtype | None
    ndim: int


class Strided(NamedTuple):
    """What an annotation says of a matrix of the network's precision with any steps."""


# Arrays in the precision of the network.
Vector = Annotated[np.ndarray, ArrayKind(None, 1)]
Matrix = Annotated[np.ndarray, ArrayKind(None, 2)]
Array3D = Annotated[np.ndarray, ArrayKind(None, 3)]
Array4D = Annotated[np.ndarray, ArrayKind(None, 4)]
StridedMatrix = Annotated[np.ndarray, Strided()]
# Sums that many numbers go into, and numbers that are not the network's.
DoubleVector = Annotated[np.ndarray, ArrayKind(np.dtype(np.float64), 1)]
DoubleMatrix = Annotated[np.ndarray, ArrayKind(np.dtype(np.float64), 2)]
Indices = Annotated[np.ndarray, ArrayKind(np.dtype(np.int64), 1)]
IndexMatrix = Annotated[np.ndarray, ArrayKind(np.dtype(np.int64), 2)]
Counts = Annotated[np.ndarray, ArrayKind(np.dtype(np.int32), 1)]


class Variant:
    """Base class of annotations that stand for one of several named tuples.

    The annotations of a subclass are the fields that each of these named tuples begins
    with. ``linked`` functions whose first argument has this annotation are listed in
    `functions`, each in the slot in which its address stands.
    """

    functions: list

    def __init_subclass__(cls):
        cls.functions = []


def constant(of):
    """Class decorator: a named tuple of this class stays as it is once it is made.

    Its arrays are not replaced, so its record can be used again.
    """
    of.is_constant = True
    return of


# Slots for addresses at the beginning of the record of a variant.
MOST_FUNCTIONS = 4


class Field(NamedTuple):
    """A field of a struct: its name, annotation, type, and first slot."""

    name: str
    annotation: typing.Any
    kind: types.Type
    slot: int


class StructType(types.Type):
    """Numba's type of a named tuple, or of a variant, that is handed by its address.

    Parameters
    ----------
    of : type
        The class of the named tuple, or the variant.
    precision : dtype
    variant : type or None
        The variant that the named tuple is one of.
    """

    def __init__(self, of, precision, variant):
        self.of, self.precision, self.variant = of, precision, variant
        # Numba takes types of one name for one type.
        kind = "struct" if variant is None else variant.__qualname__
        super().__init__(f"{kind}({of.__module__}.{of.__qualname__}, {precision})")

    def can_convert_from(self, typing_context, other):
        """Tell Numba that kernels can pass named tuples that they have made."""
        if isinstance(other, types.BaseNamedTuple) and other.instance_class is self.of:
            return Conversion.safe
        return None

    @functools.cached_property
    def fields(self):
        """The fields by their names."""
        return {field.name: field for field in self._in_order()}

    @property
    def n_slots(self):
        """Length of the record."""
        last = max(self.fields.values(), key=lambda field: field.slot, default=None)
        if last is None:
            return 0
        return last.slot + 1 + (last.kind.ndim if is_view(last.kind) else 0)

    def _in_order(self):
        """The fields in the order of their slots: first those that all variants share.

        In the record of a variant, addresses of functions stand before the fields.
        """
        annotations = annotations_of(self.of)
        shared = () if self.variant is None else annotations_of(self.variant)
        slot = 0 if self.variant is None else MOST_FUNCTIONS
        for name in dict.fromkeys((*shared, *annotations)):
            kind = kind_of(annotations[name], self.precision)
            yield Field(name, annotations[name], kind, slot)
            slot += 1 + kind.ndim if isinstance(kind, ViewType) else 1


@register_model(StructType)
class _StructModel(models.OpaqueModel):
    pass


def struct_type(of, precision, variant=None):
    """Type of the structs of a class in a precision."""
    if is_variant(of):
        variant = of
    return _struct_type(of, np.dtype(precision), variant)


@functools.cache
def _struct_type(of, precision, variant):
    return StructType(of, precision, variant)


def is_variant(annotation):
    """Whether an annotation stands for one of several named tuples."""
    return isinstance(annotation, type) and issubclass(annotation, Variant)


_NUMBERS = {int: types.int64, float: types.float64, bool: types.boolean}


def kind_of(annotation, precision):
    """Numba's type of what an annotation stands for, in a precision."""
    if annotation in _NUMBERS:
        return _NUMBERS[annotation]
    if isinstance(annotation, type):
        return struct_type(annotation, precision)
    said = annotation.__metadata__[0]
    if isinstance(said, Strided):
        return ViewType(from_dtype(precision), 2, is_contiguous=False)
    return ViewType(from_dtype(said.dtype or precision), said.ndim)


@functools.cache
def annotations_of(function_or_class):
    """Annotations, with what is said of arrays, by the names of the fields."""
    hints = typing.get_type_hints(function_or_class, include_extras=True)
    hints.pop("functions", None)
    return hints


@infer_getattr
class _StructAttributes(AttributeTemplate):
    key = StructType

    def generic_resolve(self, struct, name):
        field = struct.fields.get(name)
        return None if field is None else field.kind


@lower_getattr_generic(StructType)
def _lower_field(context, builder, kind, value, name):
    field = kind.fields[name]
    first = load_slot(builder, value, field.slot)
    if isinstance(field.kind, ViewType):
        data = builder.inttoptr(
            first, context.get_value_type(types.CPointer(field.kind.dtype))
        )
        places = range(field.slot + 1, field.slot + 1 + field.kind.ndim)
        shape = [load_slot(builder, value, slot) for slot in places]
        return make_view(context, builder, field.kind, data, shape)
    if isinstance(field.kind, StructType):
        return builder.inttoptr(first, context.get_value_type(field.kind))
    if field.kind == types.float64:
        return builder.bitcast(first, ir.DoubleType())
    if field.kind == types.boolean:
        return builder.icmp_signed("!=", first, cgutils.intp_t(0))
    return first


@lower_cast(types.BaseNamedTuple, StructType)
def _lower_named_tuple(context, builder, from_kind, to_kind, value):
    """Write a named tuple that a kernel has made into a record on the stack."""
    size = cgutils.intp_t(max(1, to_kind.n_slots))
    slots = cgutils.alloca_once(builder, cgutils.intp_t, size=size)

    def store(slot, item):
        builder.store(item, builder.gep(slots, [cgutils.intp_t(slot)]))

    items = cgutils.unpack_tuple(builder, value)
    for item, kind, name in zip(items, from_kind.types, from_kind.fields, strict=True):
        field = to_kind.fields[name]
        item = context.cast(builder, item, kind, field.kind)
        if isinstance(field.kind, ViewType):
            view = View(context, builder, field.kind, item)
            store(field.slot, builder.ptrtoint(view.data, cgutils.intp_t))
            for i, extent in enumerate(view.shape):
                store(field.slot + 1 + i, extent)
        elif isinstance(field.kind, StructType):
            store(field.slot, builder.ptrtoint(item, cgutils.intp_t))
        elif field.kind == types.float64:
            store(field.slot, builder.bitcast(item, cgutils.intp_t))
        elif field.kind == types.boolean:
            store(field.slot, builder.zext(item, cgutils.intp_t))
        else:
            store(field.slot, item)
    return builder.bitcast(slots, context.get_value_type(to_kind))


def load_slot(builder, value, slot):
    """Load what stands in a slot of a struct."""
    slots = builder.bitcast(value, cgutils.intp_t.as_pointer())
    return builder.load(builder.gep(slots, [cgutils.intp_t(slot)]))
