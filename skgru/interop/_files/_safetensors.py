"""Read and write the format safetensors: a header in JSON, and the bytes of arrays.

The first eight bytes are the length of the header. The header has for each array its
dtype, its shape, and where its bytes begin and end in what follows; beside these it
may have a dict of texts, ``__metadata__``. The arrays stand one behind the other, with
nothing between them: https://github.com/huggingface/safetensors.
"""

import json

import numpy as np

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
_NAMES = {np.dtype(dtype): name for name, dtype in _DTYPES.items()}
METADATA = "__metadata__"


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
        n_header = int.from_bytes(data[:8], "little")
        if len(data) < 8 or n_header > min(len(data) - 8, _LONGEST_HEADER):
            raise FileError(f"{name} is no file of safetensors, or is cut short.")
        header = from_json(data[8 : 8 + n_header].decode("utf-8"))
        body = memoryview(data)[8 + n_header :]
        metadata = header.pop(METADATA, {})
        if not isinstance(metadata, dict) or not all(
            isinstance(text, str) for text in metadata.values()
        ):
            raise FileError(f"The {METADATA} of {name} are no texts. Save it again.")
        arrays, ends = {}, [(0, 0)]
        for key, entry in header.items():
            begin, end = entry["data_offsets"]
            arrays[key] = _array_of(entry, body, f"{key!r} in {name}")
            ends.append((begin, end))
        _check_whole(sorted(ends), len(body), name)
        return arrays, metadata


def _array_of(entry, body, name):
    """One of the arrays, from its entry in the header."""
    begin, end = entry["data_offsets"]
    shape, kind = entry["shape"], entry["dtype"]
    n_numbers = size_of(shape)
    size_of((begin, end))  # whole numbers too
    if kind != "BF16" and kind not in _DTYPES:
        raise FileError(
            f"{name} is of the type {kind}, which is not read. Save it as F32 or F64."
        )
    dtype = np.dtype("<u2" if kind == "BF16" else _DTYPES[kind])
    if not begin <= end <= len(body) or end - begin != n_numbers * dtype.itemsize:
        raise FileError(
            f"{name} of shape {shape} and type {kind} is said to stand in the bytes "
            f"{begin} to {end} of {len(body)}, which is not possible. Copy the file "
            "again."
        )
    if kind == "BOOL" and max(body[begin:end], default=0) > 1:
        raise FileError(f"{name} holds bytes that are neither true nor false.")
    array = np.frombuffer(body[begin:end], dtype).reshape(shape)
    return from_bfloat16(array) if kind == "BF16" else array


def from_bfloat16(halves):
    """Numbers of the type bfloat16, given as their bits, in float32: it is exact."""
    return (halves.astype(np.uint32) << 16).view(np.float32)


def _check_whole(ends, n_bytes, name):
    """Refuse arrays that overlap, or bytes that belong to none."""
    behind = [*(begin for begin, _ in ends[1:]), n_bytes]
    if any(end != begin for (_, end), begin in zip(ends, behind, strict=True)):
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
