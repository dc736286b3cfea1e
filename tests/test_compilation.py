"""Compiling, caching and importing, tested in new processes."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import pytest
from numba.core import event

import skgru
from skgru import GRURegressor
from skgru._numerics._cache import kernel_files

PACKAGE = pathlib.Path(skgru.__file__).parent

FIT = """
import numpy as np
from skgru import GRURegressor
X = np.arange(12.0).reshape(6, 2)
model = GRURegressor(3, max_iter=2, early_stopping=False, random_state=0)
print(model.fit(X, X[:, 0]).predict(X)[0])
"""


def run(code, **environment):
    """Run code in a new process, away from the checkout; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        cwd=tempfile.gettempdir(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextlib.contextmanager
def compiled():
    """Kernels and units that are compiled within the context."""
    with event.install_recorder("numba:compile") as recorder:
        found = []
        yield found
    found += [each.data for _, each in recorder.buffer if each.is_start]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fits_of_one_dtype_share_the_compiled_kernels(dtype, rng, tmp_path):
    X, y = rng.randn(40, 6).astype(dtype), rng.randn(40)
    settings = {"max_iter": 1, "early_stopping": False}
    GRURegressor(3, **settings).fit(X, y).predict(X)
    read_only = X.copy()
    read_only.flags.writeable = False
    np.save(tmp_path / "X.npy", X)
    with compiled() as found:
        for parameters in (
            {"hidden_layer_sizes": (4, 3)},
            {"window": 5, "anchor": 0, "remember": True},
            {"n_timesteps": 3, "alpha": 0.1, "clip_norm": None},
            {"batch_size": 7, "early_stopping": True, "standardize": False},
        ):
            for X_of_kind in (
                X,
                read_only,
                np.load(tmp_path / "X.npy", mmap_mode="r"),
                np.asfortranarray(X),
            ):
                model = GRURegressor(**(settings | parameters)).fit(
                    X_of_kind, np.column_stack([y, y])
                )
                model.predict(X_of_kind)
        GRURegressor(3, **settings).fit(X.reshape(40, 3, 2), y)
    assert found == []


def test_import_loads_nothing_that_scikit_learn_and_numba_do_not():
    loaded = run("""
import contextlib, sys, sklearn.base, numba
with contextlib.suppress(ImportError):  # before scikit-learn 1.9
    import sklearn.callback
before = set(sys.modules)
import skgru
print(*{m.partition('.')[0] for m in set(sys.modules) - before})
""")
    others = set(loaded.split()) - sys.stdlib_module_names
    assert others <= {"skgru", "llvmlite", "numba", "sklearn"}


def test_import_leaves_out_the_parts_of_scikit_learn_that_are_slow_to_load():
    # Each of them takes as long to load as skgru itself.
    loaded = run("import sys, skgru; print(*sys.modules)").split()
    slow = {"compose", "linear_model", "metrics", "model_selection", "pipeline"}
    assert not {f"sklearn.{name}" for name in slow} & set(loaded)


@pytest.mark.slow
def test_without_a_place_for_the_cache_import_and_fit_work(tmp_path):
    shutil.copytree(
        PACKAGE, tmp_path / "skgru", ignore=shutil.ignore_patterns("__pycache__")
    )
    # A file of the same name prevents that the cache folder is created.
    for folder in [tmp_path / "skgru", *(tmp_path / "skgru").glob("*/")]:
        (folder / "__pycache__").write_text("")
    (tmp_path / "home").write_text("")
    blocked = {
        "PYTHONPATH": str(tmp_path),
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(tmp_path / "home"),
        "XDG_CACHE_HOME": str(tmp_path / "home"),
        "NUMBA_CACHE_DIR": "",
    }
    code = (
        "import skgru; print(skgru.__file__)"
        + FIT
        + ("import skgru\nprint(*set(skgru.kernel_info()['kernels'].values()))")
    )
    lines = run(code, **blocked).splitlines()
    assert lines[0].startswith(str(tmp_path))
    assert lines[2] == "compiled, kept nowhere: no folder takes it"
    assert lines[1] == run(FIT)


@pytest.mark.slow
def test_after_an_upgrade_the_old_kernels_do_not_come_back(tmp_path):
    """The file of a callee changes; the cached caller of the callee does not change."""
    source = tmp_path / "skgru"
    shutil.copytree(PACKAGE, source, ignore=shutil.ignore_patterns("__pycache__"))
    place = {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    first = run(FIT, **place)
    cached = set((tmp_path / "cache").rglob("*.kernel"))
    assert cached, "nothing was cached"
    kernel = source / "_training" / "_losses" / "_squared_error.py"
    text = kernel.read_text()
    assert "error = raw[i, k] - targets[i, k]" in text
    kernel.write_text(
        text.replace(
            "error = raw[i, k] - targets[i, k]",
            "error = raw[i, k] - targets[i, k] - raw.dtype.type(1)",
        )
    )
    upgraded = run(FIT, **place)
    kernel.write_text(text)
    downgraded = run(FIT, **place)
    assert upgraded != first
    assert downgraded == first
    # What the old sources left is gone, and nothing else has come.
    assert len(set((tmp_path / "cache").rglob("*.kernel"))) == len(cached)


def test_every_file_that_may_hold_a_kernel_is_part_of_the_stamp():
    """A file with kernels can be told by its import of the decorators."""
    named = re.compile("from skgru._numerics._(jit|units) import")
    with_kernels = {
        path for path in PACKAGE.rglob("*.py") if named.search(path.read_text())
    }
    assert len(with_kernels) > 10
    assert with_kernels <= set(kernel_files())


@pytest.mark.slow
def test_first_fits_of_several_processes_agree(tmp_path):
    place = {"NUMBA_CACHE_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FIT],
            env=os.environ | place,
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    results = {process.communicate()[0].strip() for process in processes}
    assert results == {run(FIT)}
    assert run(FIT, **place) in results


@pytest.mark.slow
def test_variants_add_up(tmp_path):
    """With the defaults compiled, a variant compiles its own units and no others."""
    code = """
import numpy as np
from numba.core import event
from skgru import GRURegressor
X = np.arange(24.0).reshape(12, 2)
def fit(**parameters):
    with event.install_recorder("numba:compile") as recorder:
        model = GRURegressor(3, max_iter=2, early_stopping=False, **parameters)
        model.fit(X, X[:, 0] + 1).predict(X)
    events = [each.data for _, each in recorder.buffer if each.is_start]
    units = [data["unit"] for data in events if "unit" in data]
    print("compiled:", *sorted(name.split(".", 2)[2] for name in units))
fit()
fit(loss="huber")
fit(loss="poisson", solver="sgd")
fit(dropout=0.5)
fit(bidirectional=True)
fit(reset_after=False)
fit(reset_after=False, bidirectional=True, loss="huber", solver="sgd", dropout=0.5)
"""
    lines = run(code, NUMBA_CACHE_DIR=str(tmp_path)).splitlines()
    assert len(lines[0].split()) > 10
    assert [line.split()[1:] for line in lines[1:]] == [
        ["_losses._huber._huber.float64"],
        ["_losses._poisson._poisson.float64", "_optimizers._sgd._sgd.float64"],
        ["_dropout._draw_masks.float64"],
        [f"_bidirectional._layers_{way}.float64" for way in ("backward", "forward")],
        [
            f"_gru_reset_before._{name}.float64"
            for name in ("add_gradients", "step_backward", "step_forward")
        ],
        [],
    ]


@pytest.mark.slow
def test_kernels_are_valid_python():
    """Without the compiler, the kernels give the same result up to rounding."""
    plain = run(FIT, NUMBA_DISABLE_JIT="1")
    assert float(plain) == pytest.approx(float(run(FIT)), rel=1e-12)


@pytest.mark.slow
def test_verbose_2_says_when_it_compiles_and_only_then(tmp_path):
    def lines(verbose, cache):
        code = FIT.replace("random_state=0", f"random_state=0, verbose={verbose}")
        return run(code, NUMBA_CACHE_DIR=str(tmp_path / cache)).splitlines()

    first, again = lines(2, "one"), lines(2, "one")
    assert first[0].startswith("compiling: some seconds")
    assert re.fullmatch(r"compiled in \d+\.\d s", first[1])
    assert float(first[1].split()[2]) > 0
    assert re.fullmatch(r"kernels: \d+ compiled, kept in .*", first[2])
    assert first[3].startswith("epoch 1/2")
    assert re.fullmatch(r"kernels: \d+ cached in .*", again[0])
    assert again[1].startswith("epoch 1/2")
    assert lines(True, "two")[0].startswith("epoch 1/2")
