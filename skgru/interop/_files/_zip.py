"""Read archives: the zip files that Keras, PyTorch and NumPy write."""

import io
import zipfile

from skgru.interop._files._sources import FileError, check_growth, refusing_damage

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What stands for a number of files that has no room in two bytes.
_MANY = 0xFFFF


def is_zip(data):
    """Whether some bytes begin like an archive."""
    return data[:4] == b"PK\x03\x04"


def read_zip(data, name):
    """Unpack an archive.

    Parameters
    ----------
    data : bytes
    name : str
        What messages call the file.

    Returns
    -------
    dict of str to bytes
        The files in the archive.

    Raises
    ------
    ValueError
        If it is damaged, or would unpack to many times its size.
    """
    with (
        refusing_damage(name, "a zip archive"),
        zipfile.ZipFile(io.BytesIO(data)) as archive,
    ):
        infos = archive.infolist()
        check_growth(name, sum(info.file_size for info in infos), len(data))
        if len({info.filename for info in infos}) < len(infos):
            raise FileError(f"{name} holds two files of one name. Save it again.")
        if _n_files(data) not in (len(infos), _MANY):
            raise FileError(
                f"{name} says that it holds {_n_files(data)} files, but {len(infos)} "
                "are found. Copy it again."
            )
        return {info.filename: _unpacked(archive, info, name) for info in infos}


def _n_files(data):
    """How many files there are, by the record at the end of an archive."""
    end = data.rfind(b"PK\x05\x06")
    return int.from_bytes(data[end + 10 : end + 12], "little")


def _unpacked(archive, info, name):
    """One file of an archive, whose checksum is right."""
    if info.compress_type not in _METHODS or info.flag_bits & 1:
        raise FileError(
            f"{info.filename} in {name} is encrypted, or packed by a method that is "
            "not read. Save it again, without compression."
        )
    with archive.open(info) as file:
        # One byte more, so that the end is seen and the checksum is looked at.
        unpacked = file.read(info.file_size + 1)
    if len(unpacked) != info.file_size:
        raise FileError(f"{info.filename} in {name} is cut short. Copy it again.")
    return unpacked
