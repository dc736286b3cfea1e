"""What only a new process can tell: imports, first fits, and peak memory.

The scripts that the processes run are in the folder beside this one.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from workers.protocol import seconds_of, serve

SCRIPTS = pathlib.Path(__file__).parents[1] / "scripts"


def run(*command, **environment):
    """What a new process prints."""
    return subprocess.run(
        [sys.executable, *command],
        env=os.environ | environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def prepare_import(threads, modules):
    """Time of a whole process that imports something."""
    code = f"import {modules}"
    run("-c", code)
    return lambda: {"seconds": seconds_of(run, "-c", code)}


def first_fit(cache):
    """Seconds of the first fit and the first predict, kernels kept in this folder."""
    return json.loads(run(str(SCRIPTS / "first_fit.py"), NUMBA_CACHE_DIR=cache))


def prepare_first_fit(threads, cached, folder):
    """The first fit where kernels are on disk already, or where they are not."""
    if cached:
        first_fit(folder)
        return lambda: first_fit(folder)

    def measure():
        with tempfile.TemporaryDirectory() as empty:
            return first_fit(empty)

    return measure


def prepare_windows(threads, n_rows):
    """An epoch of overlapping windows, with the most memory that it took."""
    script = str(SCRIPTS / "windows_epoch.py")
    run(script, "1000", str(threads))
    return lambda: json.loads(run(script, str(n_rows), str(threads)))


def prepare_memory(threads, form, n_rows):
    """The memory that an epoch and a prediction of a long series take."""
    script = str(SCRIPTS / "series_memory.py")
    run(script, form, "--rows", "4000", "--threads", str(threads))
    return lambda: json.loads(
        run(script, form, "--rows", str(n_rows), "--threads", str(threads))
    )


if __name__ == "__main__":
    serve(
        {
            "import": prepare_import,
            "first fit": prepare_first_fit,
            "windows": prepare_windows,
            "memory": prepare_memory,
        }
    )
