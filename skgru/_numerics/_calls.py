"""Calls of compiled units from Python, without Python's global lock."""

import ctypes
import functools

import numpy as np
from numba import types
from numba.np.numpy_support import as_dtype

from skgru._numerics._packing import (
    Packer,
    VariantPacker,
    address_and_shape,
    packer,
)
from skgru._numerics._structs import StructType
from skgru._numerics._views import ViewType


class Arguments:
    """Turns what Python passes to a unit into what its compiled function takes.

    Parameters
    ----------
    unit : Unit
    precision : dtype
    """

    def __init__(self, unit, precision):
        self.loaded, self._precision = unit.loaded(precision), precision
        # The linked functions that are called. Units that are linked may call further
        # ones: those are added when such a unit is first met.
        self._needed = set(self.loaded.linked)
        self._addresses, self._known = {}, {}
        self._ways = [
            self._way(kind, said, unit.variant if number == 0 else None)
            for number, (kind, said) in enumerate(
                zip(unit.kinds(precision), unit.annotations.values(), strict=True)
            )
        ]

    def _way(self, kind, said, variant):
        if isinstance(kind, StructType):
            return packer(said, self._precision, variant)
        if not isinstance(kind, ViewType):
            return None
        return kind.is_contiguous, (as_dtype(kind.dtype), kind.ndim)

    def of(self, arguments, keeps):
        """Addresses and numbers, once all that they need is linked."""
        n_needed = None
        while n_needed != len(self._needed):
            n_needed, flat = len(self._needed), []
            known = self._known.setdefault(n_needed, {})
            for value, way in zip(arguments, self._ways, strict=True):
                if way is None:
                    flat.append(value)
                elif isinstance(way, Packer | VariantPacker):
                    flat.append(way.pack(value, self._address_of, keeps, known))
                elif way[0]:
                    flat += address_and_shape(value, way[1])
                else:
                    flat += _address_shape_and_steps(value, way[1])
        return flat

    def _address_of(self, function, value):
        """Address of the unit that is linked for a variant; 0 if it is not called."""
        if function not in self._needed:
            return 0
        key = function, type(value)
        address = self._addresses.get(key)
        if address is None:
            found = function.unit_of(type(value)).loaded(self._precision)
            self._needed.update(found.linked)
            address = self._addresses[key] = found.address
        return address


def _address_shape_and_steps(matrix, wanted):
    """The same as `address_and_shape`, for a matrix with any steps."""
    dtype, ndim = wanted
    if matrix.dtype != dtype or matrix.ndim != ndim:
        raise TypeError(
            f"A matrix of {dtype} is wanted, not one of {matrix.dtype} with "
            f"{matrix.ndim} dimension(s)."
        )
    steps = [step // matrix.itemsize for step in matrix.strides]
    return matrix.ctypes.data, *matrix.shape, *steps


# Compiled functions write a result and an exception behind two addresses. Units have
# neither, but the addresses must be valid.
_room = np.zeros(2, dtype=np.int64)
RESULTS = [_room.ctypes.data, _room.ctypes.data + 8]


@functools.cache
def c_function(kinds):
    """Type of a compiled function for ctypes, which releases Python's global lock."""
    flat = [ctypes.c_void_p, ctypes.c_void_p]
    for kind in kinds:
        if isinstance(kind, ViewType):
            n_numbers = kind.ndim if kind.is_contiguous else 2 * kind.ndim
            flat += [ctypes.c_void_p] + [ctypes.c_int64] * n_numbers
        elif isinstance(kind, StructType):
            flat.append(ctypes.c_void_p)
        else:
            flat.append(_C_NUMBERS[kind])
    return ctypes.CFUNCTYPE(ctypes.c_int32, *flat)


_C_NUMBERS = {
    types.int64: ctypes.c_int64,
    types.float64: ctypes.c_double,
    types.boolean: ctypes.c_int8,
}
