"""Read and write the format safetensors: a header in JSON, and the bytes of arrays.

The first eight bytes are the length of the header. The header has for each array its
dtype, its shape, and where its bytes begin and end in what follows; beside these it
may have a dict of texts, ``__metadata__``. The arrays stand one behind the other, with
nothing between them: https://github.com/huggingface/safetensors.
"""

import json
from typing import Any, NamedTuple

import numpy as np

from skgru._checks import shortened
from skgru.interop._files._sources import (
    FileError,
    from_json,
    refusing_damage,
    size_of,
)

# The rules of the format's own library allow no longer header.
_LONGEST_HEADER = 100_000_000
_DTYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "|b1",
}
_BITS: dict[Any, str] = _DTYPES | {"BF16": "<u2"}
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
METADATA = "__metadata__"


class Place(NamedTuple):
    """Where an array stands among the bytes behind the header, and what it is.

    Attributes
    ----------
    begin, end : int
    shape : list of int
    kind : str
        A key of `_BITS`.
    """

    begin: int
    end: int
    shape: list
    kind: str


def is_safetensors(data):
    """Whether some bytes begin like a file of this format."""
    return len(data) > 9 and data[8:9] == b"{" and data[:8] != b"\x89HDF\r\n\x1a\n"


def read_safetensors(data, name):
    """Read arrays and texts; the arrays are read-only views of the bytes.

    Parameters
    ----------
    data : bytes
    name : str
        What messages call the file.

    Returns
    -------
    arrays : dict of str to ndarray
        Numbers of the type bfloat16 become float32.
    metadata : dict of str to str

    Raises
    ------
    ValueError
        If the file is damaged, arrays overlap, or bytes belong to none.
    """
    with refusing_damage(name, "a file of safetensors"):
        n_header = _length_of_header(data[:8], len(data), name)
        body = memoryview(data)[8 + n_header :]
        header, metadata = _header_of(data[8 : 8 + n_header], len(body), name)
        arrays = {
            key: _array_of(place, body, f"{shortened(key)} in {name}")
            for key, place in header.items()
        }
    return arrays, metadata


def check_file(file, n_bytes, name):
    """Hold the header of an open file against its size, before the arrays are read.

    Raises
    ------
    ValueError
        As `read_safetensors`.
    """
    with refusing_damage(name, "a file of safetensors"):
        n_header = _length_of_header(file.read(8), n_bytes, name)
        _header_of(file.read(n_header), n_bytes - 8 - n_header, name)


def _length_of_header(first, n_bytes, name):
    """How long the header is, by the first eight bytes of a file of some size."""
    n_header = int.from_bytes(first, "little")
    if n_bytes < 8 or n_header > min(n_bytes - 8, _LONGEST_HEADER):
        raise FileError(f"{name} is no file of safetensors, or is cut short.")
    return n_header


def _header_of(text, n_body, name):
    """What the header says: where each array stands, and the texts beside them."""
    header = from_json(text.decode("utf-8"))
    metadata = header.pop(METADATA, {}) if isinstance(header, dict) else None
    if not isinstance(metadata, dict) or not all(
        isinstance(text, str) for text in metadata.values()
    ):
        raise FileError(f"The {METADATA} of {name} are no texts. Save it again.")
    places = {
        key: _place_of(entry, n_body, f"{shortened(key)} in {name}")
        for key, entry in header.items()
    }
    _check_whole(places.values(), n_body, name)
    return places, metadata


def _place_of(entry, n_body, name):
    """Where an array stands, from its entry in the header."""
    begin, end = entry["data_offsets"]
    shape, kind = entry["shape"], entry["dtype"]
    n_numbers = size_of(shape)
    size_of((begin, end))  # whole numbers too
    if kind not in _BITS:
        raise FileError(
            f"{name} is of the type {shortened(kind)}, which is not read. Save it as "
            "F32 or F64."
        )
    dtype = np.dtype(_BITS[kind])
    if not begin <= end <= n_body or end - begin != n_numbers * dtype.itemsize:
        raise FileError(
            f"{name} of shape {shortened(shape)} and type {kind} is said to stand in "
            f"the bytes {shortened((begin, end))} of {n_body}, which is not possible. "
            "Copy the file again."
        )
    return Place(begin, end, shape, kind)


def _array_of(place, body, name):
    """One of the arrays."""
    data = body[place.begin : place.end]
    if place.kind == "BOOL" and max(data, default=0) > 1:
        raise FileError(f"{name} holds bytes that are neither true nor false.")
    array = np.frombuffer(data, np.dtype(_BITS[place.kind])).reshape(place.shape)
    return from_bfloat16(array) if place.kind == "BF16" else array


def from_bfloat16(halves):
    """Numbers of the type bfloat16, given as their bits, in float32: it is exact."""
    return (halves.astype(np.uint32) << 16).view(np.float32)


def _check_whole(places, n_bytes, name):
    """Refuse arrays that overlap, or bytes that belong to none."""
    ends = sorted((place.begin, place.end) for place in places)
    before = [0, *(end for _, end in ends)]
    behind = [*(begin for begin, _ in ends), n_bytes]
    if before != behind:
        raise FileError(
            f"The arrays in {name} overlap, or leave bytes between them. Save it again."
        )


def safetensors_of(arrays, metadata):
    """The bytes of a file.

    Parameters
    ----------
    arrays : dict of str to ndarray
        Of dtypes that the format has, in the byte order of the machine.
    metadata : dict of str to str

    Returns
    -------
    bytes
    """
    header, parts, end = {METADATA: metadata}, [], 0
    # Of larger numbers first, so that every array stands where its numbers may.
    for key in sorted(arrays, key=lambda key: (-arrays[key].dtype.itemsize, key)):
        array = arrays[key]
        parts.append(np.ascontiguousarray(array).tobytes())
        begin, end = end, end + len(parts[-1])
        header[key] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [begin, end],
        }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([len(text).to_bytes(8, "little"), text, *parts])
