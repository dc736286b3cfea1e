"""Where compiled kernels are kept: shipped with a wheel, or in a cache on disk.

A file holds one unit in one precision: a line of JSON that says for what it was made,
and the machine code. A file is only used if that line is as it must be here and the
code is undamaged. Whatever goes wrong with a file or a folder, the unit is compiled
anew and training goes on: no fault of a cache is an error.

The cache lies in ``__pycache__`` of the package, or, where that cannot be written to,
in Numba's folder for the user. The environment variable ``NUMBA_CACHE_DIR`` names
another place. Shipped kernels are in ``_kernels`` of the package, in one folder for
each level of processors.
"""

import contextlib
import functools
import hashlib
import json
import os
import pathlib
import platform
import sys
import tempfile

import llvmlite
import numba
from numba.misc.appdirs import AppDirs

from skgru._numerics._machine_code import processor
from skgru._numerics._tiles import N_REGISTERS, VECTOR_BYTES

_PACKAGE = pathlib.Path(__file__).parents[1]
_WITH_KERNELS = ("_numerics", "_cells", "_network", "_training")
SHIPPED = _PACKAGE / "_kernels"

# Features that a processor of a level has beyond those of the level below: see the ABI
# for x86-64 of the Linux Foundation. The highest level stands first.
_V3 = ("avx", "avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe")
_V4 = ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")
LEVELS = {"x86-64-v4": (*_V3, *_V4), "x86-64-v3": _V3}


def kernel_files():
    """Every source file of the package that may hold a kernel."""
    return sorted(
        path for folder in _WITH_KERNELS for path in (_PACKAGE / folder).rglob("*.py")
    )


def module_of(path):
    """Name of the module in a source file of the package."""
    return ".".join(path.relative_to(_PACKAGE.parent).with_suffix("").parts)


@functools.cache
def package_stamp():
    """Digest of every source file that may hold a kernel.

    Kernels of one file are compiled into the units of others.
    """
    digest = hashlib.sha256()
    for path in kernel_files():
        digest.update(path.relative_to(_PACKAGE).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def source_stamp(path):
    """Digest of all that a unit defined in the file `path` is compiled from."""
    if pathlib.Path(path).is_relative_to(_PACKAGE):
        return package_stamp()
    with contextlib.suppress(OSError):
        own = hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
        return hashlib.sha256((package_stamp() + own).encode()).hexdigest()
    return package_stamp()


def made_for(level=None):
    """What machine code depends on besides its sources.

    Parameters
    ----------
    level : str or None
        The level of processors for which code is shipped; None for code that is
        compiled for the processor at hand.
    """
    facts = {"numba": numba.__version__, "registers": [N_REGISTERS, VECTOR_BYTES]}
    if level is not None:
        return facts | {"level": level}
    name, features = processor()
    return facts | {
        "llvmlite": llvmlite.__version__,
        "python": list(sys.version_info[:2]),
        "machine": platform.machine(),
        "processor": name,
        "features": list(features),
        "optimization": int(numba.config.OPT),
    }


@functools.cache
def shipped_level():
    """The level of processors whose shipped kernels can be used here, and why.

    Returns
    -------
    level : str or None
    reason : str
    """
    if not SHIPPED.is_dir():
        return None, "this installation brings no kernels"
    _, features = processor()
    for level, wanted in LEVELS.items():
        if (SHIPPED / level).is_dir() and {f"+{name}" for name in wanted} <= set(
            features
        ):
            return level, f"kernels for {level} are shipped"
    return None, "none of the shipped kernels is for this processor"


def folders():
    """Folders of the cache, in the order in which they are looked into."""
    name = f"skgru-{hashlib.sha256(str(_PACKAGE).encode()).hexdigest()[:12]}"
    if numba.config.CACHE_DIR:
        return [pathlib.Path(numba.config.CACHE_DIR) / name]
    user = AppDirs(appname="numba", appauthor=False).user_cache_dir
    return [_PACKAGE / "__pycache__" / "kernels", pathlib.Path(user) / name]


def _short(facts):
    """A few letters that stand for facts in the name of a file."""
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:12]


class Entry:
    """Machine code of one unit in one precision, as it is kept in files.

    Parameters
    ----------
    symbol : str
        Name of the unit's function.
    path : str
        File in which the unit is defined.
    """

    def __init__(self, symbol, path):
        self.symbol, self._stamp = symbol, source_stamp(path)
        self._facts = made_for()
        self.shipped_name = f"{symbol}.kernel"
        self._prefix = f"{symbol}-{self._stamp[:8]}"
        self._name = f"{self._prefix}-{_short(self._facts)}.kernel"

    def read(self):
        """Find the code in what is shipped, or else in the cache.

        Returns
        -------
        object_code, calls, origin
            The code, the names of the units that it calls, and where it comes from; or
            None if there is none.
        """
        level, _ = shipped_level()
        if level is not None:
            found = self._open(SHIPPED / level / self.shipped_name, level)
            if found is not None:
                return *found, f"shipped for {level}"
        for folder in folders():
            found = self._open(folder / self._name)
            if found is not None:
                return *found, f"cached in {folder}"
        return None

    def _open(self, path, level=None):
        try:
            head, _, code = path.read_bytes().partition(b"\n")
            said = json.loads(head)
            is_right = (
                said["symbol"] == self.symbol
                and said["source"] == self._stamp
                and said["made_for"]
                == (self._facts if level is None else made_for(level))
                and said["digest"] == hashlib.sha256(code).hexdigest()
            )
            return (code, list(said["calls"])) if is_right else None
        except (OSError, ValueError, TypeError, KeyError, RecursionError):
            return None

    def content(self, object_code, calls, level=None):
        """What stands in a file of this unit."""
        head = {
            "symbol": self.symbol,
            "source": self._stamp,
            "made_for": self._facts if level is None else made_for(level),
            "calls": sorted(calls),
            "digest": hashlib.sha256(object_code).hexdigest(),
        }
        return json.dumps(head).encode() + b"\n" + object_code

    def write(self, object_code, calls):
        """Keep code in the first folder of the cache that takes it.

        Returns
        -------
        folder : pathlib.Path or None
            None if no folder takes it.
        """
        for folder in folders():
            with contextlib.suppress(OSError):
                _make(folder)
                _replace(folder / self._name, self.content(object_code, calls))
                self._remove_outdated(folder)
                return folder
        return None

    def _remove_outdated(self, folder):
        """Remove code that was compiled from other sources of this same installation.

        Whoever runs such code has read its file long ago.
        """
        for path in folder.glob(f"{self.symbol}-*.kernel"):
            if not path.name.startswith(self._prefix):
                with contextlib.suppress(OSError):
                    path.unlink()


def _make(folder):
    """Make a folder of the cache; who can read the package can read its cache too.

    An image may be built by a user whose new folders nobody else can enter, and run by
    another one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in (folder.parent, folder):
        if path.is_relative_to(_PACKAGE):
            allowed = _PACKAGE.stat().st_mode & 0o055
            if allowed & ~path.stat().st_mode:
                with contextlib.suppress(OSError):  # it is another user's
                    path.chmod(path.stat().st_mode & 0o7777 | allowed)


def _replace(path, content):
    """Write a file so that nobody ever sees a part of it."""
    if path.is_dir():
        raise IsADirectoryError(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        # mkstemp lets nobody else read; a cache may be made for others.
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
