"""A training step inside fit: the difference of two numbers of epochs, divided."""

import statistics
import time

import numpy as np

from skgru import GRURegressor

# Rows, timesteps, features, units, rows in a mini-batch, epochs to compare.
WORKLOADS = {
    "tutorial": (99, 1, 1, 50, 1, (100, 1100)),
    "tiny": (2000, 12, 1, 16, 32, (2, 12)),
    "mid": (10000, 24, 8, 64, 32, (1, 3)),
}


def step_seconds(n_rows, n_timesteps, n_features, n_hidden, batch_size, epochs, dtype):
    """Seconds a training step, without what a fit costs once."""
    rng = np.random.RandomState(0)
    X = rng.randn(n_rows, n_timesteps, n_features).astype(dtype)
    y = rng.randn(n_rows).astype(dtype)
    times = []
    for max_iter in epochs:
        model = GRURegressor(
            n_hidden,
            batch_size=batch_size,
            max_iter=max_iter,
            n_iter_no_change=None,
            random_state=0,
        )
        begin = time.perf_counter()
        model.fit(X, y)
        times.append(time.perf_counter() - begin)
    n_batches = -(-n_rows // batch_size)
    return (times[1] - times[0]) / (epochs[1] - epochs[0]) / n_batches


def main(n_runs=5):
    """Print the table."""
    print(f"{'workload':<10} {'dtype':<8} {'median µs a step':>17} {'range':>18}")
    for name, workload in WORKLOADS.items():
        for dtype in ("float32", "float64"):
            step_seconds(*workload, dtype)
            runs = [step_seconds(*workload, dtype) * 1e6 for _ in range(n_runs)]
            spread = f"{min(runs):.1f} to {max(runs):.1f}"
            print(f"{name:<10} {dtype:<8} {statistics.median(runs):17.1f} {spread:>18}")


if __name__ == "__main__":
    main()
