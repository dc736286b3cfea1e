"""Print the peak memory of one epoch, and of predicting, on a long series, as JSON.

Memory is what the process holds at its peak above what it held before there was a
series, with all kernels loaded by a small fit: the series itself counts, and y. Given
as multiples of the series. Linux counts it: its peak is set back before each call.
"""

import argparse
import json
import pathlib
import re
import tempfile
import time

import numpy as np
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor

FORMS = ("array", "pipeline", "memory map", "static features")
WINDOW, N_FEATURES = 200, 4


def make_model(form, n_threads):
    """A small network with the default settings, in a pipeline if asked for."""
    model = GRURegressor(
        4,
        window=WINDOW,
        batch_size=1024,
        max_iter=1,
        n_iter_no_change=None,
        early_stopping=False,
        static_features=[3] if form == "static features" else None,
        random_state=0,
        n_jobs=n_threads,
    )
    return make_pipeline(StandardScaler(), model) if form == "pipeline" else model


def memory(name):
    """Bytes that Linux counts for this process under a name."""
    status = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(re.search(rf"{name}:\s+(\d+) kB", status).group(1))


def peak_of(call, before):
    """Peak within a call above `before`, and how long it took."""
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    begin = time.perf_counter()
    call()
    return memory("VmHWM") - before, time.perf_counter() - begin


def make_series(n_rows, form, folder):
    """X and y, made in place; a memory map is on disk."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, N_FEATURES), dtype="float32")
    if form == "memory map":
        np.save(folder / "X.npy", X)
        X = np.load(folder / "X.npy", mmap_mode="r")
    return X, rng.standard_normal(n_rows, dtype="float32")


def main():
    """Measure one form."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("form", choices=FORMS)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        model = make_model(arguments.form, arguments.threads)
        model.fit(*make_series(3000, arguments.form, folder))
        model.predict(make_series(3000, arguments.form, folder)[0])
        before = memory("VmRSS")
        X, y = make_series(arguments.rows, arguments.form, folder)
        fit, fit_seconds = peak_of(lambda: model.fit(X, y), before)
        predict, predict_seconds = peak_of(lambda: model.predict(X), before)
        result = {
            "seconds": fit_seconds,
            "seconds_predicting": predict_seconds,
            "series": fit / X.nbytes,
            "series_predicting": predict / X.nbytes,
        }
        print(json.dumps(result))


if __name__ == "__main__":
    main()
