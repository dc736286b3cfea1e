"""Write a file in one step: what reads it meanwhile sees the old one or the new one."""

import os
import pathlib
import secrets
import stat

from skgru.interop._files._sources import FileError, is_device


def write_at_once(path, data):
    """Write a file that is there as a whole or not at all, whatever happens.

    Parameters
    ----------
    path : path
        A link goes on naming the same file.
    data : bytes

    Raises
    ------
    ValueError
        If there is a device, which would be replaced.
    OSError
    """
    path = pathlib.Path(os.path.realpath(path))
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder. Name a file in it.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent}. Make it first.")
    if is_device(path):
        raise FileError(f"{path} is no regular file, and is not replaced by one.")
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder):
    """Make the new name outlast a power failure, where folders can be opened."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
