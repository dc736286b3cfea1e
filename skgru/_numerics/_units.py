"""Units: the parts in which kernels are compiled, kept and linked.

A unit is a function with all that is compiled into it. It is compiled by itself, once
for each precision, and calls other units in one of two ways:

* ``unit``: by name, where it is always the same one.
* ``linked``: by an address in its first argument, where the type of that argument, a
  variant, chooses among several: the passes of a cell, a loss, an optimiser's step. It
  is ``functools.singledispatch`` whose choice is made when Python packs the arguments.

So with another loss only that loss is compiled, and the epoch that calls it stays as it
is: variants add up, and do not multiply. Units are called once for a shard or a
mini-batch, where a call by address costs nothing that can be measured. Addresses stand
in memory of this process alone, and are looked up anew for each call from Python.

The types of a unit's arguments are those that its annotations say (see
``_structs.py``); it returns nothing. Called from Python it takes arrays, named tuples
and numbers, and runs without Python's global lock.
"""

import functools
import inspect
import threading
from typing import NamedTuple

import numba
import numpy as np
from numba.core import cgutils, types
from numba.core.typing.templates import signature
from numba.extending import lower_builtin, type_callable

from skgru._numerics._cache import Entry
from skgru._numerics._calls import RESULTS, Arguments, c_function
from skgru._numerics._jit import compile_function
from skgru._numerics._machine_code import load
from skgru._numerics._structs import (
    StructType,
    annotations_of,
    is_variant,
    kind_of,
    load_slot,
    struct_type,
)
from skgru._numerics._views import is_view

_lock = threading.RLock()
# All units, and all linked functions, by their names.
_units = {}
_linked = {}


class Loaded(NamedTuple):
    """A unit in this process, in one precision.

    Attributes
    ----------
    address : int
    call : callable
        The compiled function, for Python.
    linked : frozenset of Linked
        The linked functions that it calls, or that units call which it calls.
    origin : str
        Where its machine code comes from.
    """

    address: int
    call: object
    linked: frozenset
    origin: str


class Unit:
    """A function that is compiled by itself.

    Parameters
    ----------
    function : callable
    annotations : dict
        Annotations of its arguments.
    variant : type or None
        The variant that its first argument is one of.
    """

    def __init__(self, function, annotations, variant=None):
        self.function, self.annotations = function, annotations
        self.variant = variant
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._paths = list(_paths_to_precision(annotations.values()))[:1]
        self._in_precision, self._flat = {}, {}
        _units[self.name] = self

    def symbol(self, precision):
        """Name of the compiled function."""
        return f"{self.name}.{np.dtype(precision).name}"

    def kinds(self, precision):
        """Numba's types of the arguments."""
        kinds = [kind_of(said, precision) for said in self.annotations.values()]
        if self.variant is not None:
            first = next(iter(self.annotations.values()))
            kinds[0] = struct_type(first, precision, self.variant)
        return tuple(kinds)

    def loaded(self, precision):
        """The unit in this process: loaded, or else compiled and loaded."""
        found = self._in_precision.get(precision)
        if found is None:
            with _lock:
                found = self._in_precision.get(precision)
                if found is None:
                    found = self._in_precision[precision] = self._load(precision)
        return found

    def _load(self, precision):
        symbol, entry = self.symbol(precision), self.entry(precision)
        found = entry.read()
        if found is not None:
            object_code, calls, origin = found
        else:
            object_code, calls = self.compiled(precision)
            folder = entry.write(object_code, calls)
            kept = f"kept in {folder}" if folder else "kept nowhere: no folder takes it"
            origin = f"compiled, {kept}"
        # What the code calls by name must be there when the code is loaded.
        linked = set()
        for name in calls:
            if name in _linked:
                linked.add(_linked[name])
            else:
                linked |= _units[name].loaded(precision).linked
        address = load(object_code, symbol)
        call = c_function(self.kinds(precision))(address)
        return Loaded(address, call, frozenset(linked), origin)

    def entry(self, precision):
        """What is kept in files of it."""
        return Entry(self.symbol(precision), self.function.__code__.co_filename)

    def compiled(self, precision):
        """Machine code, and the names of what it calls."""
        return compile_function(
            self.function, self.kinds(precision), self.symbol(precision)
        )

    def __call__(self, *arguments):
        """Run the compiled function on arrays, named tuples and numbers."""
        keeps = []
        flat = self._arguments(arguments)
        flat.loaded.call(*RESULTS, *flat.of(arguments, keeps))

    def bind(self, *arguments):
        """Make a `BoundUnit`, which runs the compiled function on these arguments."""
        keeps = [arguments]
        flat = self._arguments(arguments)
        return BoundUnit(flat.loaded.call, flat.of(arguments, keeps), keeps)

    def _arguments(self, arguments):
        """What turns arguments of their precision into those of the function."""
        precision = self._precision_of(arguments)
        flat = self._flat.get(precision)
        if flat is None:
            flat = self._flat[precision] = Arguments(self, precision)
        return flat

    def _precision_of(self, arguments):
        """Precision of the first array in the network's precision."""
        for path in self._paths:
            value = arguments
            for step in path:
                value = value[step]
            return value.dtype
        return _DOUBLE


class BoundUnit:
    """A compiled function together with its arguments.

    A call costs less than one of the unit, since the arguments have been turned into
    addresses before. The function sees what their arrays hold at the time of the call.

    Parameters
    ----------
    call : callable
        The compiled function.
    flat : list of int
        The addresses and numbers that it takes.
    keeps : list
        What must live as long as the addresses are used.
    """

    def __init__(self, call, flat, keeps):
        self._keeps = keeps
        self._run = functools.partial(call, *RESULTS, *flat)

    def __call__(self):
        """Run the function."""
        self._run()


# The precision of units whose arguments have none.
_DOUBLE = np.dtype(np.float64)


def _paths_to_precision(annotations):
    """Where arrays in the network's precision are: positions within positions."""
    for position, said in enumerate(annotations):
        if is_variant(said) or said in (int, float, bool):
            continue
        if isinstance(said, type):
            for path in _paths_to_precision(annotations_of(said).values()):
                yield (position, *path)
        elif getattr(said.__metadata__[0], "dtype", None) is None:
            yield (position,)


def unit(function):
    """Compile a function by itself; kernels and Python can call it."""
    made = Unit(function, annotations_of(function))

    @functools.wraps(function)
    def call(*arguments):
        return function(*arguments) if numba.config.DISABLE_JIT else made(*arguments)

    def bind(*arguments):
        if numba.config.DISABLE_JIT:
            return functools.partial(function, *arguments)
        return made.bind(*arguments)

    call.unit, call.py_func, call.bind = made, function, bind

    def callee(context, builder, kinds, arguments):
        symbol = made.symbol(_precision_among(kinds))
        kind = context.call_conv.get_function_type(types.void, kinds)
        return cgutils.get_or_insert_function(builder.module, kind, symbol)

    _make_callable(call, made.name, made.annotations, callee)
    return call


class Linked:
    """A function whose first argument, a variant, says which unit is called."""

    def __init__(self, function):
        self.name = f"{function.__module__}.{function.__qualname__}"
        self.annotations = annotations_of(function)
        variant = next(iter(self.annotations.values()))
        self.slot = len(variant.functions)
        variant.functions.append(self)
        self.variant = variant
        self.generic = functools.singledispatch(function)
        _linked[self.name] = self

    def register(self, of):
        """Decorator of the function for one variant, a named tuple."""

        def take(function):
            first, *_ = self.annotations
            annotations = self.annotations | {first: of}
            function.unit = Unit(function, annotations, self.variant)
            return self.generic.register(of)(function)

        return take

    def unit_of(self, of):
        """The unit for one variant."""
        return self.generic.dispatch(of).unit


def linked(function):
    """Make a function of a variant that kernels call by an address.

    The annotations of the function are those of all its units. ``function`` itself is
    called for unknown types, and should raise ``TypeError``.
    """
    made = Linked(function)

    @functools.wraps(function)
    def call(first, *rest):
        if numba.config.DISABLE_JIT or not hasattr(
            made.generic.dispatch(type(first)), "unit"
        ):
            return made.generic(first, *rest)
        return made.unit_of(type(first))(first, *rest)

    call.register, call.linked = made.register, made

    def callee(context, builder, kinds, arguments):
        kind = context.call_conv.get_function_type(types.void, kinds)
        address = load_slot(builder, arguments[0], made.slot)
        return builder.inttoptr(address, kind.as_pointer())

    _make_callable(call, made.name, made.annotations, callee)
    return call


def _precision_among(kinds):
    """The precision that is known from the types of arguments."""
    for kind in kinds:
        if isinstance(kind, StructType):
            return kind.precision
        if is_view(kind) and isinstance(kind.dtype, types.Float):
            return np.dtype(str(kind.dtype))
    return _DOUBLE


def _make_callable(function, name, annotations, callee):
    """Let kernels call a unit.

    Parameters
    ----------
    function : callable
        What kernels call by name.
    callee : callable
        Returns the compiled function as a value of LLVM, or its address.
    """

    def typer(*kinds):
        precision = _precision_among(kinds)
        wanted = [kind_of(said, precision) for said in annotations.values()]
        for kind, want in zip(kinds, wanted, strict=True):
            is_number = isinstance(kind, types.Number | types.Boolean)
            if not (
                kind == want
                or (is_number and isinstance(want, types.Number | types.Boolean))
                or (is_view(kind) and kind.can_convert_to(None, want) is not None)
                or (
                    isinstance(kind, types.BaseNamedTuple)
                    and isinstance(want, StructType)
                    and kind.instance_class is want.of
                )
            ):
                raise TypeError(f"{name}: got {kind} where {want} is wanted")
        return signature(types.void, *wanted)

    typer.__signature__ = inspect.Signature(
        inspect.Parameter(argument, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        for argument in annotations
    )
    type_callable(function)(lambda context: typer)

    @lower_builtin(function, types.VarArg(types.Any))
    def lower(context, builder, sig, arguments):
        builder.module.calls_of_units.add(name)
        context.call_conv.call_function(
            builder,
            callee(context, builder, sig.args, arguments),
            types.void,
            sig.args,
            arguments,
        )
        return context.get_dummy_value()


def all_units():
    """All units of the modules that have been imported."""
    return list(_units.values())


def origins():
    """Where the machine code of each unit in this process comes from.

    Returns
    -------
    dict of str
        By the symbols of the units.
    """
    return {
        made.symbol(precision): loaded.origin
        for made in _units.values()
        for precision, loaded in made._in_precision.items()
    }
