"""What the numbers were measured on and with."""

import importlib.metadata
import os
import pathlib
import platform
import re

from skgru._numerics._tiles import VECTOR_BYTES

PACKAGES = (
    "skgru",
    "numpy",
    "scipy",
    "scikit-learn",
    "numba",
    "jax",
    "torch",
    "keras",
    "tensorflow",
    "onnx",
    "onnxruntime",
    "skorch",
)
N_CORES = 2


def keep_to_two_cores():
    """Let every library see as many cores as the goals are stated for.

    Processes that are started from here inherit it. Where the system has no such
    setting, libraries use every core there is.
    """
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:N_CORES])


def describe_machine():
    """Processor, cores in use, system, Python."""
    in_use = os.cpu_count()
    if hasattr(os, "sched_getaffinity"):
        in_use = len(os.sched_getaffinity(0))
    return {
        "processor": _processor(),
        "vectors": vectors(),
        "cores": f"{in_use} of {os.cpu_count()}",
        "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
        "Python": platform.python_version(),
    }


def vectors():
    """The widest vector instructions that the kernels may use."""
    return {64: "AVX-512", 32: "AVX2"}.get(VECTOR_BYTES, f"{VECTOR_BYTES} bytes")


def _processor():
    """Its model, from Linux if it tells."""
    file = pathlib.Path("/proc/cpuinfo")
    text = file.read_text() if file.exists() else ""
    found = {
        name: re.search(rf"^{name}\s*: (.*)$", text, flags=re.MULTILINE)
        for name in ("model name", "cpu family", "model")
    }
    if not all(found.values()):
        return platform.processor() or "unknown"
    name, family, model = (match.group(1) for match in found.values())
    return f"{name} (family {family}, model {model})"


def describe_versions():
    """The installed packages that take part."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
