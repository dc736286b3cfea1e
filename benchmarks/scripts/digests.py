"""Digests of what 40 configurations learn, to hold two trees against each other.

A change that is to move no bit is run on both sides, on the same machine::

    python benchmarks/scripts/digests.py > after.txt
    diff before.txt after.txt

Each line is a configuration in one precision, and digests of its weights, of the
optimiser's moments, of the curves, of predictions, of the public fitted attributes, and
of what inspection says. Some configurations go on training by ``partial_fit`` or
``warm_start``, and are digested again. Names of configurations to run may be passed.
"""

import hashlib
import sys
import warnings

import numpy as np
import pandas as pd

from skgru import SGD, Adam, GRURegressor, WindowTransformer, make_windows
from skgru.inspection import (
    gate_activations,
    input_gradients,
    integrated_gradients,
    memory_horizon,
)

WEIGHTS = ("kernels_", "recurrent_kernels_", "biases_", "coefs_", "intercepts_")
ATTRIBUTES = (
    "n_features_in_",
    "n_outputs_",
    "n_timesteps_",
    "n_iter_",
    "best_iter_",
    "loss_",
    "best_loss_",
    "stop_reason_",
    "quantiles_",
    "validation_score_",
    "baseline_score_",
    "feature_mean_",
    "feature_scale_",
    "static_mean_",
    "static_scale_",
    "target_mean_",
    "target_scale_",
    "series_",
    "series_mean_",
    "series_scale_",
    "series_static_mean_",
    "series_static_scale_",
    "series_target_mean_",
    "series_target_scale_",
)


def table(n_rows=90, n_columns=6, seed=0):
    """A table of numbers, and a target that its columns tell something of."""
    rng = np.random.RandomState(seed)
    X = rng.randn(n_rows, n_columns)
    return X, X.sum(axis=1) + np.sin(X[:, 0]) + 0.3 * rng.randn(n_rows)


def sequences(n_outputs=1):
    """A 3-D X, some of whose first steps are missing."""
    rng = np.random.RandomState(1)
    X = rng.randn(90, 7, 3)
    X[::4, :3] = np.nan
    y = X[:, -1] @ rng.randn(3, n_outputs) + X[:, -2, :1] ** 2
    return X, y[:, 0] if n_outputs == 1 else y


def newest_first():
    """The same, with the newest step first."""
    X, y = sequences()
    return X[:, ::-1], y


def without_missing_steps():
    """The same, with zeros for the missing steps."""
    X, y = sequences()
    return np.nan_to_num(X), y


def series():
    """Consecutive rows, whose first column is to be predicted one row ahead."""
    rng = np.random.RandomState(2)
    t = np.arange(121)
    wave = np.sin(t * 0.4) + 0.02 * t + 0.1 * rng.randn(121)
    X = np.column_stack([wave, rng.randn(121)])
    return X[:-1], wave[1:]


def panel():
    """Rows of three interleaved series with a static feature."""
    rng = np.random.RandomState(3)
    frame = pd.DataFrame({"shop": np.tile(["a", "b", "c"], 40)})
    size = frame["shop"].map({"a": 1.0, "b": 10.0, "c": 100.0}).to_numpy()
    frame["sales"] = size * (2 + np.sin(np.arange(120) * 0.1) + 0.1 * rng.rand(120))
    frame["price"] = rng.rand(120)
    y = frame.groupby("shop")["sales"].shift(-1).ffill().to_numpy()
    return frame, y


def lags(dtype):
    """A data frame of lags by name, with a column that is none."""
    X, y = series()
    wave = X[:, 0]
    columns = {f"y_lag_{k}": np.roll(wave, k - 1) for k in (3, 1, 2, 4)}
    frame = pd.DataFrame(columns | {"holiday": X[:, 1] > 0}).astype(dtype)
    return frame[4:], y[4:]


def counts():
    """A 3-D X and counts."""
    X, _ = sequences()
    rng = np.random.RandomState(4)
    return X, rng.poisson(np.exp(0.3 * X[:, -1, 0]) + 1.0).astype(float)


class Recorder:
    """A callback that looks at the model after each epoch."""

    def __init__(self):
        self.predictions = []

    def setup(self, estimator, context):
        """Nothing to prepare."""

    def teardown(self, estimator, context):
        """Nothing to clean up."""

    def on_fit_task_begin(self, estimator, context):
        """Nothing to note."""

    def on_fit_task_end(self, estimator, context, *, X, fitted_estimator):
        """Note what the model predicts now."""
        self.predictions.append(fitted_estimator.predict(X))


def lags_by_windows():
    """Windows of a series as a view, several steps ahead."""
    X, _ = series()
    return make_windows(X[:, 0], 8, horizon=3)[:2]


# Name: parameters, data, and how it goes on.
CONFIGURATIONS = {
    "table": ({"early_stopping": False}, table, ""),
    "table, small batches": ({"batch_size": 7}, table, "partial"),
    "table of few rows": ({"window": None}, lambda: table(30), "warm"),
    "one step": ({"n_timesteps": 1}, table, ""),
    "sequences": ({}, sequences, "partial"),
    "sequences, several outputs": ({}, lambda: sequences(2), "warm"),
    "two layers": ({"hidden_layer_sizes": (6, 4)}, sequences, ""),
    "reset before": ({"reset_after": False}, sequences, "partial"),
    "reset before, two layers": (
        {"reset_after": False, "hidden_layer_sizes": (5, 9)},
        sequences,
        "",
    ),
    "both ways": ({"bidirectional": True}, sequences, "partial"),
    "both ways, two layers": (
        {"bidirectional": True, "hidden_layer_sizes": (4, 3)},
        sequences,
        "",
    ),
    "both ways, reset before": (
        {"bidirectional": True, "reset_after": False},
        sequences,
        "",
    ),
    "newest first": ({"time_order": "newest_first"}, newest_first, ""),
    "static in 3-D": (
        {"static_features": 1},
        without_missing_steps,
        "",
    ),
    "windows": ({"window": 9}, series, "partial"),
    "windows, remember": ({"window": 9, "remember": True}, series, "partial"),
    "windows, anchor": ({"window": 9, "anchor": 0}, series, "warm"),
    "windows, static": ({"window": 9, "static_features": [1]}, series, ""),
    "windows ahead": ({}, lags_by_windows, "forecast"),
    "panel": (
        {"window": 5, "group_column": "shop", "static_features": "price"},
        panel,
        "partial",
    ),
    "panel, pooled": (
        {"window": 5, "group_column": "shop", "standardize": "pooled"},
        panel,
        "",
    ),
    "panel, remember": (
        {"window": 5, "group_column": "shop", "remember": True, "anchor": "sales"},
        panel,
        "partial",
    ),
    "lag names": ({}, lags, ""),
    "lag names, anchor": ({"anchor": "y"}, lags, ""),
    "unstandardised": ({"standardize": False}, sequences, ""),
    "absolute error": ({"loss": "absolute_error"}, sequences, ""),
    "huber": ({"loss": "huber", "huber_delta": 0.7}, sequences, "partial"),
    "quantile": ({"loss": "quantile", "quantile": 0.8}, sequences, ""),
    "quantiles": (
        {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]},
        lambda: sequences(2),
        "partial",
    ),
    "poisson": ({"loss": "poisson"}, counts, ""),
    "sgd": ({"solver": SGD(momentum=0.8)}, sequences, "partial"),
    "sgd, plain": ({"solver": SGD(nesterov=False), "clip_norm": None}, sequences, ""),
    "adam by hand": ({"solver": Adam(beta_1=0.8, epsilon=1e-6)}, sequences, "warm"),
    "lbfgs": ({"solver": "lbfgs", "alpha": 0.1}, sequences, "warm"),
    "lbfgs, table": ({"solver": "lbfgs", "early_stopping": False}, table, ""),
    "constant": ({"learning_rate": "constant", "alpha": 0.5}, sequences, "warm"),
    "invscaling": ({"learning_rate": "invscaling"}, sequences, "partial"),
    "adaptive": (
        {"learning_rate": "adaptive", "n_iter_no_change": 2, "tol": 1e-2},
        sequences,
        "",
    ),
    "dropout": (
        {"dropout": 0.2, "recurrent_dropout": 0.3, "hidden_layer_sizes": (5, 4)},
        sequences,
        "partial",
    ),
    "held-out rows": ({"validation_fraction": 0.3, "n_jobs": 2}, sequences, "warm"),
    "weights": ({"batch_size": 16}, sequences, "weights"),
    "diverging": (
        {"learning_rate_init": 300.0, "early_stopping": False, "clip_norm": None},
        table,
        "",
    ),
    "worse than the mean": (
        {"early_stopping": True},
        lambda: (table()[0], np.random.RandomState(9).randn(90)),
        "partial",
    ),
    "callbacks": ({"batch_size": 16}, sequences, "callbacks"),
}


def digest(value, hasher=None):
    """Digest of arrays, numbers, and lists and dicts of them, to the last bit."""
    hasher = hashlib.sha256() if hasher is None else hasher
    if isinstance(value, dict):
        for name in value:
            hasher.update(repr(name).encode())
            digest(value[name], hasher)
    elif isinstance(value, list | tuple):
        hasher.update(f"{len(value)}(".encode())
        for item in value:
            digest(item, hasher)
    elif isinstance(value, np.ndarray):
        hasher.update(f"{value.dtype}{value.shape}".encode())
        hasher.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, float | np.floating):
        hasher.update(float(value).hex().encode())
    else:
        hasher.update(repr(value).encode())
    return hasher.hexdigest()[:10]


def moments_of(model):
    """The optimiser's moments, wherever a tree keeps them."""
    if hasattr(model, "_moments"):
        return model._moments, model._n_steps
    return model._fitted.training.moments, model._fitted.training.n_steps


def show(name, dtype, model, X, more=()):
    """Print the digests of one fitted model."""
    inspected = [
        list(gate_activations(model, X, layer=0)),
        input_gradients(model, X),
        integrated_gradients(model, X[:8]),
        list(memory_horizon(model, X)),
        str(model.summary()),
        str(model.describe_input(X)),
    ]
    parts = {
        "weights": [list(getattr(model, part)) for part in WEIGHTS],
        "moments": list(moments_of(model)),
        "curves": model.history_,
        "predictions": [model.predict(X), model.predict(X[:1]), *more],
        "attributes": {a: getattr(model, a, "none") for a in ATTRIBUTES},
        "inspection": inspected,
    }
    digests = "  ".join(f"{part} {digest(value)}" for part, value in parts.items())
    print(f"{name:28} {dtype}  {digests}", flush=True)


def run(name, dtype):
    """Fit one configuration in one precision, and go on as it says."""
    parameters, make, then = CONFIGURATIONS[name]
    X, y = make(dtype) if make is lags else make()
    if hasattr(X, "select_dtypes"):
        numbers = X.select_dtypes("number").columns
        X = X.astype(dict.fromkeys(numbers, dtype))
    else:
        X = X.astype(dtype)
    settings = {
        "hidden_layer_sizes": 7,
        "max_iter": 20,
        "learning_rate_init": "auto" if "solver" in parameters else 0.02,
        "random_state": 0,
    }
    model = GRURegressor(**(settings | parameters), warm_start=then == "warm")
    weight = np.linspace(0, 2, len(y)) if then == "weights" else None
    recorder = Recorder()
    if then == "callbacks":
        model.set_callbacks(recorder)
    model.fit(X, y, weight)
    if then == "callbacks":
        model.set_callbacks()
    show(name, dtype, model, X, recorder.predictions)
    if then == "warm":
        show(f"{name} + fit", dtype, model.fit(X, y), X)
    if then == "partial":
        model.partial_fit(X, y).partial_fit(X[:40], y[:40])
        show(f"{name} + partial_fit", dtype, model, X)
    if then == "forecast":
        history = np.sin(np.arange(50) * 0.4).astype(dtype)
        print(f"{name:28} {dtype}  forecast {digest(model.forecast(history, 7))}")


def run_transformer(dtype):
    """Windows made outside a model."""
    X, _ = series()
    for settings in ({}, {"flatten": True}, {"remember": True}, {"initial": "edge"}):
        windows = WindowTransformer(6, **settings).fit(X.astype(dtype)[:80])
        print("transformer", dtype, digest(windows.transform(X.astype(dtype)[80:])))


def main(names):
    """Run what was asked for, or everything."""
    warnings.simplefilter("ignore")
    for dtype in ("float64", "float32"):
        for name in names or CONFIGURATIONS:
            try:
                run(name, dtype)
            except ValueError as error:
                print(f"{name:28} {dtype}  {error}", flush=True)
        run_transformer(dtype)


if __name__ == "__main__":
    main(sys.argv[1:])
