"""Faults of the cache of compiled kernels, and kernels that come with a wheel."""

import errno
import json
import os
import pathlib
import shutil
import stat
import sys

import numba
import numpy as np
import pytest
from test_compilation import FIT, PACKAGE, compiled, run

from skgru._numerics import _cache
from skgru._numerics._structs import Vector
from skgru._numerics._units import Unit, annotations_of


def double(x: Vector, out: Vector):
    """Stands for a unit: twice a vector."""
    for i in range(x.size):
        out[i] = x[i] + x[i]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache; the folder in it appears with the first file."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    (folder,) = _cache.folders()
    return folder


def use():
    """Use the unit as a new process would; returns how many were compiled, and why."""
    unit = Unit(double, annotations_of(double))
    x, out = np.arange(5.0), np.zeros(5)
    with compiled() as found:
        unit(x, out)
    np.testing.assert_array_equal(out, 2 * x)
    return len(found), unit.loaded(x.dtype).origin


def the_file(folder):
    (path,) = folder.glob("*.kernel")
    return path


def test_a_second_process_loads_what_the_first_has_compiled(folder):
    assert use() == (1, f"compiled, kept in {folder}")
    assert use() == (0, f"cached in {folder}")


def damaged(content):
    head, code = content.split(b"\n", 1)
    middle = len(code) // 2
    said = json.loads(head)
    return {
        "empty": b"",
        "cut": content[: len(content) // 2],
        "without its last byte": content[:-1],
        "zeros inside": head + b"\n" + code[:middle] + bytes(64) + code[middle + 64 :],
        "text": b"not a kernel\n",
        "binary": bytes(range(256)) * 9,
        "no line end": head,
        "a list": b"[]\n" + code,
        "nested": b"[" * 10**5 + b"\n" + code,
        "of another symbol": json.dumps(said | {"symbol": "f"}).encode() + b"\n" + code,
        "without calls": json.dumps(
            {key: value for key, value in said.items() if key != "calls"}
        ).encode()
        + b"\n"
        + code,
    }


@pytest.mark.parametrize("fault", damaged(b"{}\ncode"))
def test_a_damaged_file_is_replaced(fault, folder):
    use()
    path = the_file(folder)
    whole = path.read_bytes()
    path.write_bytes(damaged(whole)[fault])
    assert use()[0] == 1
    assert use()[0] == 0
    assert path.stat().st_size == len(whole)


def test_a_folder_in_place_of_the_file(folder):
    use()
    path = the_file(folder)
    path.unlink()
    path.mkdir()
    assert use() == (1, "compiled, kept nowhere: no folder takes it")


def test_a_file_in_place_of_the_folder(folder):
    folder.write_text("")
    assert use() == (1, "compiled, kept nowhere: no folder takes it")


@pytest.mark.parametrize(
    "error", [errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EROFS, errno.EIO]
)
@pytest.mark.parametrize("where", ["mkstemp", "fdopen", "replace", "mkdir"])
def test_a_cache_that_cannot_be_written(where, error, folder, monkeypatch):
    def fail(*arguments, **keywords):
        raise OSError(error, os.strerror(error))

    if where == "mkstemp":
        monkeypatch.setattr(_cache.tempfile, "mkstemp", fail)
    elif where == "mkdir":
        monkeypatch.setattr(pathlib.Path, "mkdir", fail)
    elif where == "replace":
        monkeypatch.setattr(_cache.os, "replace", fail)
    else:
        real = os.fdopen

        def full(handle, mode):
            file = real(handle, mode)
            monkeypatch.setattr(_cache.os, "fdopen", real)
            file.close()
            fail()

        monkeypatch.setattr(_cache.os, "fdopen", full)
    assert use() == (1, "compiled, kept nowhere: no folder takes it")
    monkeypatch.undo()
    assert not list(folder.glob("*.part"))


def test_a_cache_that_cannot_be_read(folder, monkeypatch):
    use()

    def fail(self):
        raise PermissionError(errno.EACCES, "not yours")

    monkeypatch.setattr(pathlib.Path, "read_bytes", fail)
    monkeypatch.setattr(_cache, "source_stamp", lambda path: _cache.package_stamp())
    assert use()[0] == 1


def test_the_cache_disappears(folder):
    use()
    shutil.rmtree(folder)
    assert use() == (1, f"compiled, kept in {folder}")


def test_others_can_read_what_is_kept(folder):
    use()
    assert the_file(folder).stat().st_mode & stat.S_IROTH


@pytest.mark.skipif(sys.platform == "win32", reason="no such modes on Windows")
@pytest.mark.parametrize("mode", [0o755, 0o750, 0o700])
def test_who_can_read_the_package_can_enter_its_cache(mode, tmp_path, monkeypatch):
    package = tmp_path / "package"
    package.mkdir()
    package.chmod(mode)
    monkeypatch.setattr(_cache, "_PACKAGE", package)
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    before = os.umask(0o077)
    try:
        (package / "__pycache__").mkdir()  # as Python makes it
        use()
    finally:
        os.umask(before)
    kernels = package / "__pycache__" / "kernels"
    assert the_file(kernels).stat().st_mode & 0o777 == 0o644
    for path in (kernels, kernels.parent):
        assert path.stat().st_mode & 0o777 == mode


def test_a_cache_made_before_is_used_where_nothing_can_be_written(folder, monkeypatch):
    use()

    def fail(*arguments, **keywords):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(_cache.tempfile, "mkstemp", fail)
    monkeypatch.setattr(pathlib.Path, "mkdir", fail)
    assert use() == (0, f"cached in {folder}")


def test_code_for_another_processor_or_release_is_left_alone(folder, monkeypatch):
    use()
    for name, value in (("__version__", "0.0"), ("processor", None)):
        with monkeypatch.context() as other:
            if value is None:
                other.setattr(_cache, name, lambda: ("another", ()))
            else:
                other.setattr(_cache.numba, name, value)
            assert use()[0] == 1
    assert len(list(folder.glob("*.kernel"))) == 3
    assert use()[0] == 0


def test_what_older_sources_left_is_removed(folder, monkeypatch):
    with monkeypatch.context() as older:
        older.setattr(_cache, "source_stamp", lambda path: "an older stamp")
        use()
    use()
    assert len(list(folder.glob("*.kernel"))) == 1


HAS_LEVEL = _cache.LEVELS["x86-64-v3"]


@pytest.mark.slow
@pytest.mark.skipif(
    not {f"+{name}" for name in HAS_LEVEL} <= set(_cache.processor()[1]),
    reason="the processor is not of the level x86-64-v3",
)
def test_shipped_kernels_are_used_and_nothing_is_compiled(tmp_path):
    package = tmp_path / "skgru"
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    place = {"PYTHONPATH": str(tmp_path), "NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    code = (
        "from numba.core import event\n"
        "recorder = event.RecordingListener()\n"
        "event.register('numba:compile', recorder)\n"
        + FIT
        + "import skgru; print(len(recorder.buffer), skgru.kernel_info()['shipped'])"
    )
    level = "x86-64-v3"
    target = str(package / "_kernels")
    command = (
        f"from skgru._numerics import _shipping\n_shipping.main({target!r}, {level!r})"
    )
    features = ",".join(f"+{name}" for name in _cache.LEVELS[level])
    run(command, NUMBA_CPU_NAME=level, NUMBA_CPU_FEATURES=features, **place)
    # Without the features that the wider vectors need, as on a laptop.
    narrow = ",".join(
        feature for feature in _cache.processor()[1] if "avx512" not in feature
    )
    first, second = run(code, NUMBA_CPU_FEATURES=narrow, **place).splitlines()
    assert second == f"0 {level}"
    assert not (tmp_path / "cache").exists()
    assert float(first) == pytest.approx(float(run(FIT)), rel=1e-12)
    # Another release of Numba compiles as if nothing had been shipped.
    for path in (package / "_kernels").rglob("*.kernel"):
        head, machine_code = path.read_bytes().split(b"\n", 1)
        said = json.loads(head)
        said["made_for"]["numba"] = "0.1"
        path.write_bytes(json.dumps(said).encode() + b"\n" + machine_code)
    _, second = run(code, NUMBA_CPU_FEATURES=narrow, **place).splitlines()
    assert int(second.split()[0]) > 10


def test_all_units_are_shipped():
    """Every module that defines a unit is one that the shipping command imports."""
    imported = {_cache.module_of(path) for path in _cache.kernel_files()}
    with_units = {
        value.__module__
        for name, module in list(sys.modules.items())
        if name.startswith("skgru.")
        for value in vars(module).values()
        if isinstance(getattr(value, "unit", None), Unit)
    }
    assert len(with_units) > 10
    assert with_units <= imported
