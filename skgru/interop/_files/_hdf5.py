"""Read arrays and texts of HDF5 files through h5py, and nothing that lies elsewhere.

A file of HDF5 may refer to other files, by links or as the storage of a dataset, and
may say that a dataset is larger than any memory. All that is refused.
"""

import contextlib
import math

import numpy as np

from skgru.interop._files._sources import FileError, check_growth, refusing_damage
from skgru.interop._packages import needed

# Filters that are part of HDF5: deflate, shuffle, Fletcher's checksum. Others would be
# loaded from libraries on the machine.
_FILTERS = {1, 2, 3}


def is_hdf5(data):
    """Whether some bytes begin like a file of HDF5."""
    return data[:8] == b"\x89HDF\r\n\x1a\n"


@contextlib.contextmanager
def open_hdf5(data, name):
    """Open the bytes of a file.

    Parameters
    ----------
    data : bytes
    name : str
        What messages call the file.

    Yields
    ------
    Groups

    Raises
    ------
    ImportError
        If h5py is not installed.
    ValueError
        While the file is read, if it is damaged or refers to what lies elsewhere.
    """
    h5py = needed(
        "h5py",
        f"Reading {name}, a file of HDF5,",
        ", or pass the list of arrays that the model's get_weights() returns.",
    )
    with (
        refusing_damage(name, "a file of HDF5"),
        h5py.File(h5py.h5f.open_file_image(data)) as file,
    ):
        yield Groups(file, len(data), name)


class Groups:
    """The groups of an open file.

    Parameters
    ----------
    file : h5py.File
    n_bytes : int
        Size of the file.
    name : str
        What messages call the file.
    """

    def __init__(self, file, n_bytes, name):
        self._n_bytes, self._name = n_bytes, name
        self._found = {"": file}

    def children(self, path):
        """Names of what stands in a group; none if there is no such group."""
        group = self._at(path)
        return list(group) if hasattr(group, "keys") else []

    def array(self, path):
        """The numbers of a dataset."""
        dataset = self._at(path)
        if dataset is None or not hasattr(dataset, "chunks"):
            raise FileError(f"{self._name} has no array {path!r}. Save it again.")
        if dataset.external or dataset.is_virtual:
            raise FileError(
                f"The array {path!r} of {self._name} lies in another file, which is "
                "not read. Save the weights anew, as a whole."
            )
        if dataset.dtype.kind != "f" or dataset.shape is None:
            raise FileError(
                f"The array {path!r} of {self._name} is of dtype {dataset.dtype}, but "
                "weights of floating point are wanted. Save the model before it is "
                "quantized."
            )
        n_bytes = math.prod(dataset.shape) * dataset.dtype.itemsize
        check_growth(f"{path!r} of {self._name}", n_bytes, self._n_bytes)
        settings = dataset.id.get_create_plist()
        filters = {settings.get_filter(k)[0] for k in range(settings.get_nfilters())}
        if not filters <= _FILTERS:
            raise FileError(
                f"The array {path!r} of {self._name} is packed by a filter that is not "
                "part of HDF5. Save it without compression."
            )
        return np.asarray(dataset[()])

    def text(self, path, attribute):
        """A text in an attribute of a group; None if it is not there."""
        value = self._attribute(path, attribute)
        return value.decode("utf-8") if isinstance(value, bytes) else value

    def texts(self, path, attribute):
        """A list of texts in an attribute of a group.

        Keras writes a long list in parts, ``name0``, ``name1``, ….
        """
        value = self._attribute(path, attribute)
        parts = [] if value is None else [value]
        while not parts or value is None:
            part = self._attribute(path, f"{attribute}{len(parts)}")
            if part is None:
                break
            parts.append(part)
        return [
            text.decode("utf-8") if isinstance(text, bytes) else str(text)
            for part in parts
            for text in np.ravel(part).tolist()
        ]

    def has_attribute(self, path, attribute):
        """Whether there is an attribute."""
        group = self._at(path)
        return group is not None and attribute in group.attrs

    def _attribute(self, path, attribute):
        if not self.has_attribute(path, attribute):
            return None
        attributes = self._at(path).attrs
        found = attributes.get_id(attribute)
        n_bytes = math.prod(found.shape) * found.dtype.itemsize
        check_growth(f"{attribute!r} of {self._name}", n_bytes, self._n_bytes)
        return attributes[attribute]

    def _at(self, path):
        """What stands at a path of which every step is a link within the file."""
        path = path.strip("/")
        if path not in self._found:
            before, _, step = path.rpartition("/")
            self._found[path] = self._inside(self._at(before), step)
        return self._found[path]

    def _inside(self, group, step):
        """What stands in a group under a name, None if there is no such name."""
        import h5py

        if not isinstance(group, h5py.Group):
            return None
        link = group.get(step, getlink=True)
        if link is None:
            return None
        if not isinstance(link, h5py.HardLink):
            raise FileError(
                f"{step!r} of {self._name} is a link to another place or file, which "
                "is not followed. Save the weights anew, as a whole."
            )
        return group[step]
