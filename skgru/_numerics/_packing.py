"""What Python hands to compiled code: records of named tuples, addresses of arrays.

All of it is held against the annotations, since compiled code trusts them.
"""

import ctypes
import functools
import sys

import numpy as np
from numba import types
from numba.np.numpy_support import as_dtype

from skgru._numerics._structs import (
    MOST_FUNCTIONS,
    StructType,
    is_variant,
    struct_type,
)
from skgru._numerics._views import ViewType


class Packer:
    """Writes named tuples of one class into records that compiled code can read.

    What happens to each field is found out once, since predictions of single rows wait
    for it.

    Parameters
    ----------
    kind : StructType
    """

    def __init__(self, kind):
        self._functions = () if kind.variant is None else kind.variant.functions
        self._n_empty = len(self._functions) and MOST_FUNCTIONS - len(self._functions)
        positions = {name: i for i, name in enumerate(kind.of._fields)}
        self._plan = [
            (positions[field.name], *_how_to_pack(field, kind.precision))
            for field in kind.fields.values()
        ]

    def pack(self, value, address_of, keeps, known):
        """Write a named tuple, and return the address of its record.

        Parameters
        ----------
        value : named tuple
        address_of : callable
            Takes a ``linked`` function and a variant of it, and returns the address of
            its compiled function, or 0.
        keeps : list
            Takes the records and arrays, which must live as long as the address is
            used.
        known : dict
            Records of constants that were written before, with what they need.
        """
        if not getattr(type(value), "is_constant", False):
            return self._write(value, address_of, keeps, known)
        found = known.get(id(value))
        if found is None:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            kept = [value]
            found = self._write(value, address_of, kept, known), kept
            known[id(value)] = found
        address, kept = found
        keeps.append(kept)
        return address

    def _write(self, value, address_of, keeps, known):
        slots = [address_of(function, value) for function in self._functions]
        slots += [0] * self._n_empty
        for position, way, detail in self._plan:
            item = value[position]
            if way is _NUMBER:
                slots.append(item)
            elif way is _ARRAY:
                slots += address_and_shape(item, detail, value, position)
                keeps.append(item)
            elif way is _STRUCT:
                slots.append(detail.pack(item, address_of, keeps, known))
            else:
                slots.append(int(np.float64(item).view(np.int64)))
        record = (ctypes.c_int64 * len(slots))(*slots)
        keeps.append(record)
        return ctypes.addressof(record)


# Records of constants that are remembered for each unit.
_MOST_KNOWN = 64
_NUMBER, _FLOAT, _ARRAY, _STRUCT = range(4)


def _how_to_pack(field, precision):
    """What becomes of a field, and what is needed for that."""
    if isinstance(field.kind, ViewType):
        return _ARRAY, (as_dtype(field.kind.dtype), field.kind.ndim)
    if isinstance(field.kind, StructType):
        return _STRUCT, packer(field.annotation, precision)
    return (_FLOAT if field.kind is types.float64 else _NUMBER), None


class VariantPacker:
    """Writes any of the named tuples that a variant stands for."""

    def __init__(self, variant, precision):
        self._variant, self._precision = variant, precision

    def pack(self, value, *arguments):
        """Write a named tuple as `Packer.pack` does."""
        of = packer(type(value), self._precision, self._variant)
        return of.pack(value, *arguments)


@functools.cache
def packer(of, precision, variant=None):
    """Packer for the named tuples of a class, or for those of a variant."""
    if is_variant(of):
        return VariantPacker(of, precision)
    return Packer(struct_type(of, precision, variant))


# NumPy's C interface promises where in an array object the address of its data is: in
# the first field behind the header that all objects have. To read it there takes a
# quarter of the time of ``array.ctypes.data``.
_HEADER = object.__basicsize__


def _address_in_object(array):
    return ctypes.c_size_t.from_address(id(array) + _HEADER).value


def _is_there():
    """Whether the address is where it is looked for."""
    array = np.zeros(1)
    is_cpython = sys.implementation.name == "cpython"
    return is_cpython and _address_in_object(array) == array.ctypes.data


def _address_by_ctypes(array):
    return array.ctypes.data


address_of_data = _address_in_object if _is_there() else _address_by_ctypes


def address_and_shape(array, wanted, owner=None, position=None):
    """Address and shape of an array that is what compiled code takes it for.

    Parameters
    ----------
    array : ndarray
    wanted : (dtype, int)
        Its dtype and number of dimensions.
    owner, position : named tuple and int, optional
        For the message: the field of which named tuple it is.

    Raises
    ------
    TypeError
    """
    dtype, ndim = wanted
    if (
        type(array) is np.ndarray
        and (array.dtype is dtype or array.dtype == dtype)
        and array.ndim == ndim
        and array.flags.c_contiguous
    ):
        address = address_of_data(array)
        if not address % array.dtype.alignment:
            return address, *array.shape
    name = "an argument" if owner is None else owner._fields[position]
    raise TypeError(
        f"{name} must be a contiguous array of {dtype} with {ndim} dimension(s), not "
        f"{getattr(array, 'dtype', type(array))} with shape "
        f"{getattr(array, 'shape', None)}."
    )
