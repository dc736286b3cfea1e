"""Values of Python, NumPy and pandas as JSON and arrays, and back, with their types.

JSON knows no tuples, no NaN, no dates, and no difference between 1 and NumPy's 1. So
all that is not None, a bool, a whole number, a finite float, a text or a list becomes
an object of one entry, whose name says what it is: ``{"tuple": [1, 2]}``. Arrays of
numbers are kept beside the JSON, under names; ``{"array": name}`` refers to one.

What is read back comes from the closed list of this file, so reading runs no code.
"""

import functools
import math

import numpy as np

from skgru._checks import shortened
from skgru.interop._files._sources import FileError, check_growth, size_of
from skgru.interop._plain_scalars import make_scalar, parts_of_scalar

# Dtypes of arrays that are kept as they are; those of time are kept as whole numbers.
_KINDS, _OF_TIME = "fiub", "mM"
# Deeper values are none of an estimator's.
_DEEPEST = 50
# Words of the state of a Mersenne Twister.
_N_KEY = 624


class NotPlain(TypeError):
    """A value that cannot be stored: the message says what it is."""


class PlainWriter:
    """Turns values into JSON, and keeps their arrays.

    Parameters
    ----------
    objects : dict of str to type
        Classes of scikit-learn's kind that may stand among values, by their names: of
        such an object its parameters are stored.

    Attributes
    ----------
    arrays : dict of str to ndarray
        The arrays, by the names under which the JSON refers to them.
    """

    def __init__(self, objects):
        self.arrays: dict[str, np.ndarray] = {}
        self._objects = {kind: name for name, kind in objects.items()}

    def write(self, value, where):
        """JSON of a value; `where` is what its arrays are called.

        Raises
        ------
        NotPlain
        """
        kind = type(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        if kind is list:
            return self._items(value, where)
        if kind is tuple:
            return {"tuple": self._items(value, where)}
        if kind is dict:
            pairs = [
                [self.write(key, where), self.write(item, f"{where}.{key}")]
                for key, item in value.items()
            ]
            return {"dict": pairs}
        if isinstance(value, np.ndarray):
            return self._array(value, where)
        if kind is np.random.RandomState:
            return {"random_state": self._random_state(value, where)}
        if kind in self._objects:
            params = self.write(value.get_params(deep=False), where)
            return {"object": [self._objects[kind], params]}
        found = parts_of_scalar(value)
        if found is None:
            raise NotPlain(
                f"{shortened(value)} ({kind.__module__}.{kind.__qualname__})"
            )
        tag, parts = found
        return {tag: self._items(parts, where)}

    def _items(self, values, where):
        return [self.write(item, f"{where}.{k}") for k, item in enumerate(values)]

    def _array(self, array, where):
        """An array: numbers beside the JSON, and all others within it."""
        if array.dtype.kind in _KINDS and array.dtype.itemsize <= 8:
            return {
                "array": self._keep(array.astype(array.dtype.newbyteorder("=")), where)
            }
        if array.dtype.kind in _OF_TIME:
            name = self._keep(
                array.astype(array.dtype.newbyteorder("=")).view("i8"), where
            )
            return {"times": [name, array.dtype.str[1:]]}
        if array.dtype.kind in "USO":
            dtype = array.dtype.newbyteorder("=").str.lstrip("<>=|")
            items = self._items(array.ravel().tolist(), where)
            return {"items": [dtype, list(array.shape), items]}
        raise NotPlain(f"an array of dtype {array.dtype}")

    def _keep(self, array, where):
        name, number = where, 1
        while name in self.arrays:
            number += 1
            name = f"{where}-{number}"
        # C order, and the shape () of an array without axes, are kept.
        self.arrays[name] = np.array(array, order="C")
        return name

    def _random_state(self, random_state, where):
        state = random_state.get_state(legacy=False)
        if state["bit_generator"] != "MT19937":
            raise NotPlain(f"a random state of {state['bit_generator']}")
        inner = state["state"]
        return [
            self._keep(inner["key"], where),
            int(inner["pos"]),
            int(state["has_gauss"]),
            self.write(float(state["gauss"]), where),
        ]


class PlainReader:
    """Turns JSON and arrays back into values.

    Parameters
    ----------
    arrays : dict of str to ndarray
    objects : dict of str to type
        As for `PlainWriter`.
    """

    def __init__(self, arrays, objects):
        self._arrays, self._objects = arrays, objects

    def read(self, data, depth=0):
        """The value of some JSON.

        Raises
        ------
        ValueError
            Or another error, if it is none that `PlainWriter` has written.
        """
        if depth > _DEEPEST:
            raise FileError("values stand in each other too deeply")
        if data is None or type(data) in (bool, int, float, str):
            return data
        deeper = functools.partial(self.read, depth=depth + 1)
        if type(data) is list:
            return [deeper(item) for item in data]
        ((tag, inner),) = data.items()
        if tag == "float":
            if inner not in ("nan", "inf", "-inf"):
                raise FileError(f"{shortened(inner)} is no float")
            return float(inner)
        if tag == "tuple":
            return tuple(deeper(item) for item in inner)
        if tag == "dict":
            return {deeper(key): deeper(item) for key, item in inner}
        if tag == "array":
            # A copy: the bytes of the file cannot be written to.
            return np.array(self._arrays[inner])
        if tag == "times":
            return self._times(*inner)
        if tag == "items":
            dtype, shape, items = inner
            return _array_of_items(dtype, shape, [deeper(item) for item in items])
        if tag == "random_state":
            return self._random_state(*inner)
        if tag == "object":
            name, params = inner
            return self._objects[name](**deeper(params))
        return make_scalar(tag, [deeper(part) for part in inner])

    def _times(self, name, dtype):
        dtype = np.dtype(dtype)
        if dtype.kind not in _OF_TIME:
            raise FileError(f"{dtype} is no dtype of times")
        return self._arrays[name].astype(np.int64, casting="safe").view(dtype)

    def _random_state(self, key, position, has_gauss, gauss):
        words = self._arrays[key]
        # A position beyond the words would be read from memory behind them.
        if not (
            words.shape == (_N_KEY,)
            and words.dtype == np.uint32
            and type(position) is int
            and 0 <= position <= _N_KEY
            and has_gauss in (0, 1)
        ):
            raise FileError("the random state is none of a Mersenne Twister")
        random_state = np.random.RandomState(0)
        random_state.set_state(
            ("MT19937", words, position, has_gauss, float(self.read(gauss)))
        )
        return random_state


def _array_of_items(dtype, shape, items):
    """An array of texts, bytes or objects, from its items one by one."""
    dtype = np.dtype(dtype)
    if dtype.kind not in "USO" or size_of(shape) != len(items):
        raise FileError(f"{len(items)} items are no array of shape {shape}")
    values = np.empty(len(items), dtype=object)
    for k, item in enumerate(items):
        values[k] = item
    if dtype.kind != "O":
        n_there = 4 * sum(map(len, values))
        check_growth("an array of texts", len(items) * dtype.itemsize, n_there)
    return values.astype(dtype).reshape(shape)
