"""What the readers of files have in common: bytes, names for messages, JSON, errors.

A file may be damaged or made to do harm. So each reader takes the bytes of a file, runs
nothing that stands in it, reserves no more memory than a small multiple of them, and
raises a ValueError whatever they hold.
"""

import contextlib
import json
import math
import os
import pathlib
import struct
import zlib
from zipfile import BadZipFile

from skgru._checks import shortened

# What libraries raise of bytes that they cannot read.
_OF_DAMAGE = (
    ArithmeticError,
    AttributeError,
    BadZipFile,
    EOFError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
# So many times its size a file may grow when it is unpacked: zeros are packed by a
# factor of a thousand, weights by less than two.
_MOST_GROWTH = 20
_ALWAYS_ALLOWED = 2**16
# NumPy's arrays have no more axes in any release.
_MOST_AXES = 32


class FileError(ValueError):
    """A file is damaged, or holds what is not read: the message says what."""


def is_path(source):
    """Whether a source is the path of a file."""
    return isinstance(source, str | os.PathLike)


def as_path(path):
    """The path of a file as an object of pathlib.

    Raises
    ------
    TypeError
        If it is something else, such as an open file or the bytes of one.
    """
    if not is_path(path):
        raise TypeError(
            f"path is a {type(path).__name__}, but the path of a file is wanted: a "
            "string or a pathlib.Path."
        )
    return pathlib.Path(path)


def is_device(path):
    """Whether there is something at a path that is neither a file nor a folder."""
    return path.exists() and not path.is_file() and not path.is_dir()


def bytes_of(path, check=None):
    """The bytes of a file, and what messages call it.

    Parameters
    ----------
    path : str or path
    check : callable, default=None
        Called with the open file, its size and its name before all of it is read; it
        may refuse the file.
    """
    path = as_path(path)
    if is_device(path):
        # Some of them never end.
        raise FileError(f"{path} is no regular file, and is not read.")
    with open(path, "rb") as file:
        if check is not None:
            check(file, os.fstat(file.fileno()).st_size, path.name)
            file.seek(0)
        return file.read(), path.name


@contextlib.contextmanager
def refusing_damage(name, kind):
    """Turn what libraries raise of damaged bytes into an error that names the file.

    Parameters
    ----------
    name : str
        What messages call the file.
    kind : str
        What the file should be.
    """
    try:
        yield
    except FileError:
        raise
    except _OF_DAMAGE as error:
        told = f": {error}" if str(error) else ""
        raise FileError(
            f"{name} cannot be read as {kind}, or is damaged "
            f"({type(error).__name__}{told[:200]}). Save or copy it again."
        ) from None


def check_growth(name, n_bytes, n_there):
    """Refuse to unpack far more bytes than are there."""
    if n_bytes > _ALWAYS_ALLOWED + _MOST_GROWTH * n_there:
        raise FileError(
            f"{name} says that it holds {n_bytes} bytes in {n_there}, which no file of "
            "weights does. Save it again, without compression."
        )


def size_of(shape):
    """How many numbers an array of some shape has.

    Raises
    ------
    FileError
        If it is no shape of an array: the product of a million sizes takes minutes.
    """
    if len(shape) > _MOST_AXES or not all(type(n) is int and n >= 0 for n in shape):
        raise FileError(
            f"An array is said to have {len(shape)} axes of the sizes "
            f"{shortened(shape)}. Save or copy the file again."
        )
    return math.prod(shape)


def from_json(text):
    """Read JSON in which no name stands twice in an object.

    Raises
    ------
    ValueError, RecursionError
    """
    return json.loads(text, object_pairs_hook=_object_of)


def _object_of(pairs):
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice in an object of JSON")
    return found
