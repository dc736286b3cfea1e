"""Import and first fit in new processes, with and without compiled kernels on disk."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

IMPORTS = {
    "scikit-learn and Numba": "import sklearn.base, numba",
    "skgru": "import skgru",
}
FIRST_FIT = """
import time
import numpy as np
import skgru
X = np.random.RandomState(0).randn(100, 3)
begin = time.perf_counter()
model = skgru.GRURegressor(max_iter=1, n_iter_no_change=None).fit(X, X[:, 0])
fitted = time.perf_counter()
model.predict(X)
print(fitted - begin, time.perf_counter() - fitted)
"""


def seconds(code):
    """Time of a whole process that runs some code."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


def first_fit(cache):
    """Seconds of the first fit and predict of a process, with this cache folder."""
    printed = subprocess.run(
        [sys.executable, "-c", FIRST_FIT],
        env=os.environ | {"NUMBA_CACHE_DIR": str(cache)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [float(number) for number in printed.split()]


def main(n_runs=5):
    """Print the table."""
    times = {name: [] for name in IMPORTS}
    for _ in range(n_runs):
        for name, code in IMPORTS.items():
            times[name].append(seconds(code))
    ratios = [b / a for a, b in zip(*times.values(), strict=True)]
    for name, values in times.items():
        print(f"import {name:<24} {statistics.median(values):7.3f} s")
    print(f"{'ratio':<31} {statistics.median(ratios):7.3f}")
    with tempfile.TemporaryDirectory() as folder:
        for label in ("empty cache", "cached"):
            runs = 2 if label == "empty cache" else n_runs
            results = []
            for run in range(runs):
                name = str(run) if label == "empty cache" else "0"
                results.append(first_fit(pathlib.Path(folder) / name))
            fit, predict = (
                statistics.median(column) for column in zip(*results, strict=True)
            )
            print(f"first fit, {label:<20} {fit:7.3f} s, predict {predict:.3f} s")


if __name__ == "__main__":
    main()
