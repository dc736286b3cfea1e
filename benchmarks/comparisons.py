"""The comparisons: what is measured side by side, and what each worker is asked."""

from typing import NamedTuple

from workloads import AGREEMENT, TRAINING, WINDOWS

TRAINED_BY = {
    "JAX": ("JAX", 2),
    "PyTorch, 1 thread": ("PyTorch", 1),
    "PyTorch, 2 threads": ("PyTorch", 2),
    "Keras (TensorFlow)": ("Keras (TensorFlow)", 2),
    "Keras (JAX)": ("Keras (JAX)", 2),
}
# Products of BLAS and both precisions are measured for these.
WITH_ROOFLINE = ("mid", "large")


class Effort(NamedTuple):
    """How much a measurement does."""

    seconds: float
    fewest_batches: int
    most_rows_predicted: int
    windows_rows: int
    memory_rows: int
    grid_epochs: int


FULL = Effort(1.0, 8, 10_000, WINDOWS.n_rows, 5_000_000, 20)
QUICK = Effort(0.1, 2, 256, 20_000, 20_000, 1)


class Entry(NamedTuple):
    """One line of a table: whom to ask, and what."""

    peer: str
    threads: int
    request: dict


class Comparison(NamedTuple):
    """Entries by their labels, measured in turn.

    `quantities` are the numbers that a table shows; `compared` are the entries whose
    times it divides by those of every other entry.
    """

    title: str
    entries: dict[str, Entry]
    quantities: tuple[str, ...] = ("seconds",)
    compared: tuple[str, ...] = ("skgru, n_jobs=1", "skgru, n_jobs=2")


def training(name, effort):
    """A training step of one workload in every library."""
    request = {
        "task": "training",
        "workload": name,
        "seconds": effort.seconds,
        "fewest_batches": effort.fewest_batches,
    }
    entries = {"skgru, n_jobs=1": Entry("skgru", 1, request)}
    as_gru = request | {"workload": name.removeprefix(f"{TRAINING[name].cell}-")}
    if as_gru != request:
        # In the same rounds, so that the cells can be compared.
        entries["skgru's GRU, n_jobs=1"] = Entry("skgru", 1, as_gru)
    if name in WITH_ROOFLINE:
        products = {
            "task": "products",
            "workload": name,
            "seconds": effort.seconds,
        }
        entries["products in BLAS alone"] = Entry("BLAS", 1, products)
        in_float64 = request | {"dtype": "float64"}
        entries["skgru, n_jobs=1, float64"] = Entry("skgru", 1, in_float64)
    entries["skgru, n_jobs=2"] = Entry("skgru", 2, request)
    for label, (peer, threads) in TRAINED_BY.items():
        entries[label] = Entry(peer, threads, request)
    return Comparison(f"A training step: {describe(TRAINING[name])}", entries)


def describe(workload):
    """A workload in words."""
    sizes = " and ".join(str(size) for size in workload.sizes)
    return (
        f"{workload.cell.upper()}, {workload.n_rows:,} rows, "
        f"T={workload.n_timesteps:,}, F={workload.n_features}, H={sizes}, "
        f"batch {workload.batch_size}"
    )


def prediction(name, effort, folder):
    """Predictions of all rows of a workload, with equal numbers of threads."""
    n_rows = min(TRAINING[name].n_rows, effort.most_rows_predicted)
    products = {
        "task": "products",
        "workload": name,
        "seconds": effort.seconds,
        "n_rows": n_rows,
    }
    path = str(folder / f"{name}.npz")
    request = products | {"task": "prediction", "path": path}
    entries = {
        "skgru, n_jobs=1": Entry("skgru", 1, request),
        "products in BLAS alone": Entry("BLAS", 1, products),
        "skgru, n_jobs=2": Entry("skgru", 2, request),
    }
    for threads, noun in ((1, "thread"), (2, "threads")):
        for peer in ("ONNX Runtime", "PyTorch"):
            entries[f"{peer}, {threads} {noun}"] = Entry(peer, threads, request)
        # It does not divide the rows itself, as skgru does to stay in the cache.
        in_blocks = Entry("ONNX Runtime", threads, request | {"block": 64})
        entries[f"ONNX Runtime, {threads} {noun}, blocks of 64"] = in_blocks
    title = describe(TRAINING[name]._replace(n_rows=n_rows))
    return Comparison(f"Prediction in one call: {title}", entries)


def one_row(effort, folder):
    """A prediction of one row."""
    kernel = {
        "task": "kernel of one row",
        "workload": "mid",
        "seconds": effort.seconds,
        "path": str(folder / "one row.npz"),
    }
    request = kernel | {"task": "prediction", "n_rows": 1}
    ours = (
        "skgru, predict",
        "skgru, predict, a row of a table",
        "skgru, the kernel alone",
    )
    entries = {
        ours[0]: Entry("skgru", 1, request),
        ours[1]: Entry("skgru", 1, request | {"task": "prediction of a table"}),
        ours[2]: Entry("skgru", 1, kernel),
        "LinearRegression, predict": Entry("scikit-learn", 1, request),
        "ONNX Runtime, run": Entry("ONNX Runtime", 1, request),
    }
    title = "Prediction of one row: T=24, F=8, H=64"
    return Comparison(title, entries, compared=ours)


def grid(effort):
    """The grid search."""
    request = {"task": "grid", "n_epochs": effort.grid_epochs}
    return Comparison(
        f"GridSearchCV: 4 candidates, 3 folds, {effort.grid_epochs} epochs, "
        "1,000 windows of 12, H=16, batch 32",
        {
            "skgru, n_jobs=1": Entry("skgru", 1, request),
            "MLPRegressor": Entry("scikit-learn", 1, request),
            "skorch, 1 thread": Entry("skorch", 1, request),
            "skorch, 2 threads": Entry("skorch", 2, request),
        },
    )


def memory(effort):
    """All the memory that a long series takes, itself included."""

    def entry(form):
        request = {"task": "memory", "form": form, "n_rows": effort.memory_rows}
        return Entry("new processes", 2, request)

    return Comparison(
        f"A series of {effort.memory_rows:,} rows, F=4, float32, window=200: peak "
        "memory of an epoch and of predict, in series, the series itself included",
        {f"skgru, {form}": entry(form) for form in ("array", "memory map", "pipeline")},
        ("seconds", "series", "series_predicting"),
        (),
    )


def windows(effort):
    """An epoch of a long series."""
    request = {"task": "windows", "n_rows": effort.windows_rows}
    return Comparison(
        f"An epoch of windows: a series of {effort.windows_rows:,} rows, "
        f"F={WINDOWS.n_features}, window={WINDOWS.window}, H={WINDOWS.n_hidden}, "
        f"batch {WINDOWS.batch_size}; peak memory above the input, in series",
        {
            "skgru, n_jobs=1": Entry("new processes", 1, request),
            "skgru, n_jobs=2": Entry("new processes", 2, request),
        },
        ("seconds", "series"),
        (),
    )


def start_up(folder):
    """Imports and first fits in new processes."""
    import_task, fit_task = {"task": "import"}, {"task": "first fit"}
    cache = {"folder": str(folder / "cache")}
    tasks = {
        "import skgru": import_task | {"modules": "skgru"},
        "import scikit-learn and Numba": import_task
        | {"modules": "sklearn.model_selection, numba"},
        "skgru, first fit and predict, cached": fit_task | cache | {"cached": True},
        "skgru, first fit and predict, cold": fit_task | cache | {"cached": False},
    }
    return Comparison(
        "Start-up: new processes; fits without the import",
        {label: Entry("new processes", 1, task) for label, task in tasks.items()},
        ("seconds", "fit", "predict", "another loss", "another solver", "another cell"),
        (),
    )


def agreement(name, folder):
    """Ten training steps of one cell from the same weights in every library."""
    request = {
        "task": "agreement",
        "workload": name,
        "path": str(folder / f"{name}.npz"),
    }
    entries = {"skgru, n_jobs=1": Entry("skgru", 1, request)}
    for label, (peer, threads) in TRAINED_BY.items():
        entries[label] = Entry(peer, threads, request)
    return Comparison(
        "Predictions after ten training steps from the same weights: "
        f"{describe(AGREEMENT[name])}",
        entries,
        ("difference",),
        (),
    )


def all_comparisons(effort, folder):
    """Every comparison by its name, in the order they are run."""
    comparisons = {name: agreement(name, folder) for name in AGREEMENT}
    for name in TRAINING:
        comparisons[name] = training(name, effort)
    for name in WITH_ROOFLINE:
        comparisons[f"predict-{name}"] = prediction(name, effort, folder)
    comparisons["predict-one"] = one_row(effort, folder)
    comparisons["grid"] = grid(effort)
    comparisons["windows"] = windows(effort)
    comparisons["memory"] = memory(effort)
    comparisons["start-up"] = start_up(folder)
    return comparisons
