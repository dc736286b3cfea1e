"""Compile every unit for a level of processors, to be shipped with a wheel.

``python -m skgru._numerics._shipping FOLDER`` compiles for all levels. Each has a
process of its own, since the size of tiles is decided when the package is imported. The
code is not run here, so any processor can compile for any level.
"""

import importlib
import os
import pathlib
import subprocess
import sys

import numpy as np

from skgru._numerics import _cache, _units

_PRECISIONS = (np.dtype(np.float32), np.dtype(np.float64))


def main(folder, level=None):
    """Compile all units for one level, or for all levels."""
    if level is None:
        for each, features in _cache.LEVELS.items():
            environment = os.environ | {
                "NUMBA_CPU_NAME": each,
                "NUMBA_CPU_FEATURES": ",".join(f"+{name}" for name in features),
            }
            command = [sys.executable, "-m", __spec__.name, folder, each]
            subprocess.run(command, env=environment, check=True)
        return
    target = pathlib.Path(folder) / level
    target.mkdir(parents=True, exist_ok=True)
    for path in _cache.kernel_files():
        importlib.import_module(_cache.module_of(path))
    for unit in _units.all_units():
        for precision in _PRECISIONS:
            entry = unit.entry(precision)
            content = entry.content(*unit.compiled(precision), level)
            (target / entry.shipped_name).write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
