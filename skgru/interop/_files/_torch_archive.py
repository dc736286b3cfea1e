"""Read the tensors of a file that ``torch.save`` has written, without running it.

Such a file is an archive: the bytes of each tensor, and a pickle that says how they
belong together. A pickle is a program for a small machine. The machine here knows the
few instructions that dicts of tensors need, and calls nothing but the functions of this
file, whatever the pickle names.
"""

import pickletools
from typing import Any, NamedTuple

import numpy as np

from skgru.interop._files._safetensors import from_bfloat16
from skgru.interop._files._sources import FileError, refusing_damage, size_of

_STORAGES = {
    "DoubleStorage": "f8",
    "FloatStorage": "f4",
    "HalfStorage": "f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "i8",
    "IntStorage": "i4",
    "ShortStorage": "i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "b1",
}
_KNOWN = {
    "collections OrderedDict": "dict",
    "torch._utils _rebuild_tensor_v2": "tensor",
    "torch._utils _rebuild_parameter": "parameter",
    **{f"torch {storage}": dtype for storage, dtype in _STORAGES.items()},
}
_WAY_OUT = "Save what module.state_dict() returns, by torch.save or safetensors."
# Deeper dicts hold no state of a module.
_DEEPEST = 20


class _Global(NamedTuple):
    """What a pickle names: one of the values of `_KNOWN`."""

    means: str


class _Storage(NamedTuple):
    """The numbers that tensors are views of."""

    values: Any


_MARK: Any = object()


def is_torch(members):
    """Whether an archive is one that ``torch.save`` writes."""
    return any(member.split("/")[-1] == "data.pkl" for member in members)


def tensors_of_torch(members, name):
    """All tensors in an archive, by their names in dicts, joined by dots.

    Parameters
    ----------
    members : dict of str to bytes
        The files in the archive.
    name : str
        What messages call the file.

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    ValueError
        If it is damaged, or holds something else than dicts of tensors and numbers.
    """
    with refusing_damage(name, "a file of PyTorch"):
        pickles = [member for member in members if member.endswith("data.pkl")]
        if len(pickles) != 1:
            raise FileError(f"{name} holds {len(pickles)} pickles. {_WAY_OUT}")
        root = pickles[0].removesuffix("data.pkl")
        order = members.get(f"{root}byteorder", b"little").decode()
        if order not in ("little", "big"):
            raise FileError(f"{name} has the byte order {order!r}. {_WAY_OUT}")
        machine = _Machine(members, root, "<" if order == "little" else ">", name)
        return machine.tensors(machine.run(members[pickles[0]]))


class _Machine:
    """Runs the pickle of an archive."""

    def __init__(self, members, root, order, name):
        self._members, self._root = members, root
        self._order, self._name = order, name
        self._stack: list = []
        self._memo: dict[int, Any] = {}
        self._storages: dict[str, _Storage] = {}
        self._n_instructions = 0

    def run(self, pickle):
        """What the pickle makes."""
        for opcode, argument, _ in pickletools.genops(pickle):
            self._n_instructions += 1
            if opcode.name == "STOP":
                return self._stack.pop()
            if opcode.name in _CONSTANTS:
                self._stack.append(_CONSTANTS[opcode.name](argument))
            else:
                step = getattr(self, f"_{opcode.name.lower()}", None)
                if step is None:
                    raise FileError(
                        f"The pickle in {self._name} asks for {opcode.name}, which no "
                        f"dict of tensors needs. {_WAY_OUT}"
                    )
                step(argument)
        raise FileError(f"The pickle in {self._name} has no end. Copy it again.")

    def tensors(self, made):
        """Dict of the tensors in what was made, by their names joined by dots."""
        found: dict[str, np.ndarray] = {}
        left = [("", made, 0)]
        n_seen = 0
        while left:
            where, value, depth = left.pop()
            n_seen += 1
            if n_seen > self._n_instructions or depth > _DEEPEST:
                raise FileError(f"{self._name} holds dicts in each other. {_WAY_OUT}")
            if isinstance(value, np.ndarray):
                found[where] = value
            elif isinstance(value, dict):
                left += [
                    (f"{where}.{key}" if where else str(key), item, depth + 1)
                    for key, item in reversed(value.items())
                ]
        return found

    # Instructions, by their names in Python's pickletools

    def _proto(self, version):
        pass

    def _frame(self, length):
        pass

    def _mark(self, argument):
        self._stack.append(_MARK)

    def _global(self, named):
        if named not in _KNOWN:
            raise FileError(
                f"{self._name} holds an object of {named.replace(' ', '.')}, and not "
                f"only tensors: nothing of it was run. {_WAY_OUT}"
            )
        self._stack.append(_Global(_KNOWN[named]))

    def _stack_global(self, argument):
        name, module = self._stack.pop(), self._stack.pop()
        self._global(f"{module:s} {name:s}")

    def _binput(self, index):
        self._memo[index] = self._stack[-1]

    _long_binput = _binput

    def _memoize(self, argument):
        self._memo[len(self._memo)] = self._stack[-1]

    def _binget(self, index):
        self._stack.append(self._memo[index])

    _long_binget = _binget

    def _tuple(self, argument):
        self._stack.append(tuple(self._to_mark()))

    def _tuple1(self, argument):
        self._stack[-1:] = [(self._stack[-1],)]

    def _tuple2(self, argument):
        self._stack[-2:] = [tuple(self._stack[-2:])]

    def _tuple3(self, argument):
        self._stack[-3:] = [tuple(self._stack[-3:])]

    def _appends(self, argument):
        items = self._to_mark()
        self._last(list).extend(items)

    def _append(self, argument):
        item = self._stack.pop()
        self._last(list).append(item)

    def _setitems(self, argument):
        items = self._to_mark()
        for key, value in zip(items[::2], items[1::2], strict=True):
            self._set(key, value)

    def _setitem(self, argument):
        value, key = self._stack.pop(), self._stack.pop()
        self._set(key, value)

    def _build(self, argument):
        # What `state_dict` notes of versions, beside the tensors.
        self._stack.pop()
        self._last(dict)

    def _binpersid(self, argument):
        what, kind, key, _, n_numbers = self._stack.pop()
        if what != "storage" or not isinstance(kind, _Global):
            # Not shown: what a pickle makes may be endless to write down.
            raise FileError(f"{self._name} refers to no storage. {_WAY_OUT}")
        if key not in self._storages:
            self._storages[key] = self._storage_of(kind.means, key, n_numbers)
        self._stack.append(self._storages[key])

    def _reduce(self, argument):
        arguments, function = self._stack.pop(), self._stack.pop()
        means = function.means if isinstance(function, _Global) else None
        if means == "dict" and arguments == ():
            self._stack.append({})
        elif means == "tensor":
            # Behind the hooks newer files note what else is to be done to numbers, such
            # as taking their negatives.
            if any(arguments[6:]):
                raise FileError(
                    f"{self._name} holds a tensor that is stored as the negative or "
                    "the conjugate of other numbers. Save tensor.clone() instead."
                )
            self._stack.append(self._tensor_of(*arguments[:4]))
        elif means == "parameter":
            self._stack.append(arguments[0])
        else:
            raise FileError(f"{self._name} calls what is no function. {_WAY_OUT}")

    # What they need

    def _to_mark(self):
        """All that stands above the last mark, which goes with it."""
        for place in range(len(self._stack) - 1, -1, -1):
            if self._stack[place] is _MARK:
                items = self._stack[place + 1 :]
                del self._stack[place:]
                return items
        raise FileError(f"The pickle in {self._name} is damaged. Copy it again.")

    def _last(self, kind):
        """What stands on the top, which must be of some type."""
        if type(self._stack[-1]) is not kind:
            raise FileError(f"The pickle in {self._name} is damaged. Copy it again.")
        return self._stack[-1]

    def _set(self, key, value):
        # Keys of other types could take long to compare.
        if type(key) not in (str, int):
            raise FileError(
                f"{self._name} has a key of type {type(key).__name__}, where names are "
                f"wanted. {_WAY_OUT}"
            )
        self._last(dict)[key] = value

    def _storage_of(self, dtype, key, n_numbers):
        """The numbers of a storage, as they stand in the archive."""
        data = self._members[f"{self._root}data/{key}"]
        bits = np.dtype(self._order + ("u2" if dtype == "bfloat16" else dtype))
        if type(n_numbers) is not int or n_numbers * bits.itemsize != len(data):
            raise FileError(
                f"A tensor in {self._name} is said to have {n_numbers} numbers, in "
                f"{len(data)} bytes. Copy the file again."
            )
        if dtype == "b1" and max(data, default=0) > 1:
            raise FileError(f"{self._name} has bytes that are no bools.")
        values = np.frombuffer(data, bits)
        return _Storage(from_bfloat16(values) if dtype == "bfloat16" else values)

    def _tensor_of(self, storage, offset, size, stride):
        """A tensor: a view of a storage that does not reach beyond it."""
        values = storage.values
        numbers = (offset, *size, *stride)
        n_numbers, most = size_of(size), max(1, len(values))
        if len(size) != len(stride) or not all(
            type(n) is int and 0 <= n <= most for n in numbers
        ):
            raise FileError(
                f"A tensor in {self._name} has a size or strides that its storage of "
                f"{len(values)} numbers has no room for. Copy the file again."
            )
        last = offset + sum(
            (n - 1) * step for n, step in zip(size, stride, strict=True)
        )
        if n_numbers and (last >= len(values) or n_numbers > len(values)):
            raise FileError(
                f"A tensor of size {size} in {self._name} reaches beyond its "
                f"{len(values)} numbers. Copy the file again."
            )
        return np.lib.stride_tricks.as_strided(
            values[offset:],
            size,
            [step * values.itemsize for step in stride],
            writeable=False,
        )


# Instructions that make a value of their argument.
_CONSTANTS = {
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_DICT": lambda _: {},
    "EMPTY_LIST": lambda _: [],
    "EMPTY_TUPLE": lambda _: (),
    **{
        name: lambda argument: argument
        for name in (
            "BININT",
            "BININT1",
            "BININT2",
            "LONG1",
            "BINFLOAT",
            "BINUNICODE",
            "SHORT_BINUNICODE",
        )
    },
}
