"""Compare matrix products with NumPy's, in every kind of tile."""

import itertools
import os
import subprocess
import sys

import kernels
import numpy as np
import pytest

from skgru._numerics._tiles import LANES

# Numbers of rows: a single row, short and tall tiles, and rows left over from either.
# Numbers of columns, for vectors of up to 16 numbers: narrow and wide tiles, complete
# or cut off.
sizes = pytest.mark.parametrize(
    ("m", "n"), [(1, 1), (3, 5), (4, 16), (7, 17), (8, 48), (13, 50), (29, 131)]
)


def bound(left, right, initial):
    """Largest rounding error of sums in any order, with or without fused steps.

    Higham, Accuracy and Stability of Numerical Algorithms, section 3.1.
    """
    terms = np.abs(initial) + np.abs(left) @ np.abs(right)
    return (left.shape[1] + 1) * np.finfo(left.dtype).eps * terms


def assert_is_product(found, left, right, initial):
    exact = initial.astype(np.longdouble) + left.astype(np.longdouble) @ right
    assert (np.abs(found - exact) <= bound(left, right, initial)).all()


@sizes
@pytest.mark.parametrize("k", [1, 2, 37])
def test_product_is_numpys(m, n, k, dtype, rng):
    left, right = rng.randn(m, k).astype(dtype), rng.randn(k, n).astype(dtype)
    initial = rng.randn(m, n).astype(dtype)
    out = np.full((m, n), np.nan, dtype=dtype)
    kernels.run_product(left, kernels.packed(right), initial, out)
    assert_is_product(out, left, right, initial)


@sizes
@pytest.mark.parametrize("k", [1, 37])
def test_product_of_transposed_with_plain_is_numpys(m, n, k, dtype, rng):
    left, right = rng.randn(k, m).astype(dtype), rng.randn(k, n).astype(dtype)
    memory = np.full(k * n + LANES[np.dtype(dtype)], np.nan, dtype=dtype)
    memory[: k * n] = right.ravel()
    total = rng.randn(m, n).astype(dtype)
    before = total.copy()
    kernels.run_product_of_plain(left.T, memory[: k * n].reshape(k, n), total, total)
    assert_is_product(total, left.T, right, before)


@sizes
@pytest.mark.parametrize("k", [0, 1, 9])
def test_two_products_are_those_of_the_joined_factors(m, n, k, dtype, rng):
    left, right = rng.randn(m, 12 + k).astype(dtype), rng.randn(12 + k, n).astype(dtype)
    initial = rng.randn(m, n).astype(dtype)
    out = np.full((m, n), np.nan, dtype=dtype)
    kernels.run_two_products(
        left[:, :12],
        kernels.packed(right[:12]),
        left[:, 12:],
        kernels.packed(right[12:]),
        initial,
        out,
    )
    assert_is_product(out, left, right, initial)


def test_blocks_of_columns_and_repeated_rows_are_read_and_written_in_place(dtype, rng):
    wide_left, wide_out = rng.randn(30, 50).astype(dtype), np.zeros((30, 80), dtype)
    left, out = wide_left[:, 10:30], wide_out[:, 7:67]
    right, row = rng.randn(20, 60).astype(dtype), rng.randn(60).astype(dtype)
    initial = np.broadcast_to(row, out.shape)
    kernels.run_product(left, kernels.packed(right), initial, out)
    assert_is_product(out, left, right, initial)
    assert not wide_out[:, :7].any()
    assert not wide_out[:, 67:].any()


def test_packing_a_transpose_is_packing_the_transposed(dtype, rng):
    matrix = rng.randn(53, 9).astype(dtype)
    np.testing.assert_array_equal(
        kernels.packed(matrix, transposed=True),
        kernels.packed(np.ascontiguousarray(matrix.T)),
    )


def test_a_number_does_not_depend_on_the_tile_it_is_in(dtype, rng):
    """A number does not depend on how its sum is cut into parts either."""
    left, right = rng.randn(29, 37).astype(dtype), rng.randn(37, 131).astype(dtype)
    zeros = np.zeros((29, 131), dtype)
    whole = np.empty_like(zeros)
    kernels.run_product(left, kernels.packed(right), zeros, whole)
    for i, j in itertools.product((0, 11, 28), (0, 50, 130)):
        alone = np.empty((1, 1), dtype)
        packed = kernels.packed(right[:, j : j + 1])
        kernels.run_product(left[i : i + 1], packed, zeros[:1, :1], alone)
        assert alone[0, 0] == whole[i, j]
    parts = zeros.copy()
    for part in (slice(0, 5), slice(5, 37)):
        kernels.run_product(left[:, part], kernels.packed(right[part]), parts, parts)
    np.testing.assert_array_equal(parts, whole)


def test_nan_and_infinity_reach_their_rows_and_columns_only(dtype, rng):
    left, right = rng.randn(9, 5).astype(dtype), rng.randn(5, 20).astype(dtype)
    left[3, 2], right[1, 18] = np.nan, np.inf
    out = np.empty((9, 20), dtype)
    kernels.run_product(left, kernels.packed(right), np.zeros_like(out), out)
    expected = np.ones((9, 20), bool)
    expected[3] = expected[:, 18] = False
    np.testing.assert_array_equal(np.isfinite(out), expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    "features", ["", "+avx,+avx2,+fma", "+avx,+avx2,+fma,+avx512f"]
)
def test_products_for_other_processors(features, tmp_path):
    """Products compiled for smaller registers, if this processor has the features."""
    import llvmlite.binding

    here = llvmlite.binding.get_host_cpu_features()
    needed = [name.lstrip("+") for name in features.split(",") if name]
    if not all(here.get(name, False) for name in needed):
        pytest.skip(f"this processor has not all of {needed}")
    options = ["-q", "-m", "not slow", "--override-ini=testpaths=", "-p"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "no:cacheprovider", __file__],
        env=os.environ
        | {
            "NUMBA_CPU_NAME": "generic",
            "NUMBA_CPU_FEATURES": features,
            "NUMBA_CACHE_DIR": str(tmp_path),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
