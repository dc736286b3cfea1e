"""Fixtures that all tests share."""

import os
import pathlib
import sys

import matplotlib as mpl
import numpy as np
import pytest
import threadpoolctl

mpl.use("Agg")

SHARED = pathlib.Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session", autouse=True)
def _one_blas_thread():
    """SciPy's L-BFGS calls BLAS on matrices too small to be worth two threads."""
    with threadpoolctl.threadpool_limits(1, user_api="blas"):
        yield


@pytest.fixture(autouse=True)
def _close_figures():
    """Close the figures that a test has drawn, so that the next test starts without."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture
def rng():
    """Generator with a fixed seed."""
    return np.random.RandomState(0)


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"])
def dtype(request):
    """Each of the two floating-point dtypes."""
    return request.param


@pytest.fixture
def shared():
    """Folder of real data and published vectors beside the checkout."""
    if not SHARED.is_dir():
        pytest.skip("the folder of shared data is not beside this checkout")
    return SHARED


def pytest_collectreport(report):
    """Fail if a module is skipped although everything should be installed."""
    _fail_if_something_is_missing(report)


def pytest_runtest_logreport(report):
    """Fail if a single test is skipped although everything should be installed."""
    _fail_if_something_is_missing(report)


def _fail_if_something_is_missing(report):
    if report.skipped and "SKGRU_EVERYTHING_INSTALLED" in os.environ:
        reason = str(report.longrepr)
        if "is not installed" in reason or "is not beside" in reason:
            pytest.exit(f"skipped where nothing may be: {reason}", returncode=1)
