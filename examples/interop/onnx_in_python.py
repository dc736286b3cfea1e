"""
Train here, predict with ONNX Runtime: size, load time and latency of a file.

The data are the rail boardings of Chicago by day, those of plot_grid_search_windows.py.
The model reads the last four weeks and predicts the next day. It is exported, loaded in
ONNX Runtime, and timed beside `predict`, whose predictions it has to have. Needs::

    pip install onnx onnxruntime

Run it as ``python onnx_in_python.py FOLDER``. It writes `boardings.onnx` there, and for
onnx_in_node.mjs `boardings.json`, some rows with their predictions.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
import pandas as pd

from skgru import GRURegressor
from skgru.interop import to_onnx

WINDOW = 28


def microseconds(function, n_calls):
    """Median time of a call."""
    times = []
    for _ in range(n_calls):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1e6


folder = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
data = Path(__file__).parents[1] / "chicago_rail_daily.csv"
days = pd.read_csv(data, index_col="date", parse_dates=True)
calendar = pd.get_dummies(days["day_type"], dtype=float)
# What is known of the next day stands beside what has been counted today. In float32,
# which browsers and graphics cards have.
X = calendar.shift(-1).assign(boardings=days["rail_boardings"] / 1000)[:-1]
X = X.astype("float32")
y = days["rail_boardings"].to_numpy()[1:] / 1000
n_training = 1800

model = GRURegressor(32, window=WINDOW, max_iter=10, random_state=0)
model.fit(X[:n_training], y[:n_training])

# To a file, and back.
path = folder / "boardings.onnx"
path.write_bytes(to_onnx(model).SerializeToString())
start = time.perf_counter()
session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
load_time = time.perf_counter() - start

# The same predictions: the rows of a graph begin a series, as those of `predict` do.
rows = X.to_numpy()
predictions = model.predict(X)
(found,) = session.run(None, {"X": rows})
difference = np.abs(found - predictions).max() / np.abs(predictions).max()
assert difference < 2e-6, difference

# Of the newest day alone, its window is the one sequence.
of_windows = onnxruntime.InferenceSession(
    to_onnx(model, "sequences").SerializeToString(), providers=["CPUExecutionProvider"]
)
window = rows[np.newaxis, -WINDOW:]
(newest,) = of_windows.run(None, {"X": window})
assert abs(newest[0] - predictions[-1]) < 2e-6 * np.abs(predictions).max()

last_rows = X[-WINDOW:]
latencies = {
    "the newest day": (
        microseconds(lambda: of_windows.run(None, {"X": window}), 200),
        microseconds(lambda: model.predict(last_rows), 200),
    ),
    f"all {len(X)} days": (
        microseconds(lambda: session.run(None, {"X": rows}), 10),
        microseconds(lambda: model.predict(X), 10),
    ),
}

print(f"{path}: {path.stat().st_size / 1024:.1f} kB")
print(f"loaded in {load_time * 1000:.1f} ms")
print(f"largest relative difference from predict: {difference:.1g}")
print(f"{'microseconds':>20} {'ONNX Runtime':>14} {'predict':>10}")
for what, (by_onnx, by_predict) in latencies.items():
    print(f"{what:>20} {by_onnx:14.0f} {by_predict:10.0f}")

some = {"X": rows[:60].tolist(), "y": predictions[:60].tolist()}
(folder / "boardings.json").write_text(json.dumps(some), encoding="utf-8")
