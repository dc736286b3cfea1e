"""Print time and peak memory of an epoch of overlapping windows, as JSON.

Memory is what the process holds at its peak within `fit`, above what it held before,
with the series in it and all kernels loaded by a small fit. Linux counts it: its peak
is set back before `fit`.
"""

import json
import pathlib
import re
import sys
import time

import numpy as np

from skgru import GRURegressor

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from workloads import WINDOWS


def series(n_rows):
    """X and y, made in place."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, WINDOWS.n_features), dtype="float32")
    return X, rng.standard_normal(n_rows, dtype="float32")


def memory(name):
    """Bytes that Linux counts for this process under a name."""
    status = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(re.search(rf"{name}:\s+(\d+) kB", status).group(1))


def main(n_rows, n_jobs):
    """Train on a few rows, then measure an epoch of them all."""
    model = GRURegressor(
        WINDOWS.n_hidden,
        window=WINDOWS.window,
        batch_size=WINDOWS.batch_size,
        clip_norm=None,
        standardize=False,
        early_stopping=False,
        random_state=0,
        max_iter=1,
        n_jobs=n_jobs,
    )
    model.fit(*series(1000))
    X, y = series(n_rows)
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    begin = time.perf_counter()
    model.fit(X, y)
    seconds = time.perf_counter() - begin
    peak = memory("VmHWM") - before
    print(json.dumps({"seconds": seconds, "bytes": peak, "series": peak / X.nbytes}))


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
