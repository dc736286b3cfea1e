"""Read arrays of NumPy's ``.npz`` files, without its pickles."""

import io
import math

import numpy as np

from skgru.interop._files._sources import FileError, refusing_damage


def arrays_of_npz(members, name):
    """The arrays of an archive that ``numpy.savez`` has written.

    Parameters
    ----------
    members : dict of str to bytes
        The files in the archive.
    name : str
        What messages call the file.

    Returns
    -------
    dict of str to ndarray
        In the order in which they were saved.

    Raises
    ------
    ValueError
        If a file in it is no array of numbers, or damaged.
    """
    if not members or not all(member.endswith(".npy") for member in members):
        raise FileError(
            f"{name} is an archive, but holds {sorted(members)[:5]}, and not the "
            "arrays that numpy.savez writes. Save arrays by numpy.savez."
        )
    with refusing_damage(name, "an archive of NumPy"):
        return {
            member.removesuffix(".npy"): _array_of(data, f"{member} in {name}")
            for member, data in members.items()
        }


def _array_of(data, name):
    """The array of a ``.npy`` file."""
    file = io.BytesIO(data)
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise FileError(f"{name} is of version {version}, which is not read.")
    read_header = getattr(np.lib.format, f"read_array_header_{version[0]}_0")
    shape, in_columns, dtype = read_header(file)
    left = memoryview(data)[file.tell() :]
    if dtype.kind not in "fiub":
        raise FileError(
            f"{name} holds {dtype}, but arrays of numbers are wanted. Save the weights "
            "alone, each as an array."
        )
    if math.prod(shape) * dtype.itemsize != len(left):
        raise FileError(
            f"{name} is of shape {shape} and dtype {dtype}, but has {len(left)} bytes."
            " Copy it again."
        )
    array = np.frombuffer(left, dtype)
    return array.reshape(shape[::-1]).T if in_columns else array.reshape(shape)
