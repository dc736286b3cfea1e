"""Compare elementary functions with extended precision."""

import kernels
import numpy as np
import pytest

needs_extended = pytest.mark.skipif(
    np.finfo(np.longdouble).eps >= np.finfo(np.float64).eps,
    reason="this platform has no precision beyond float64 to compare with",
)


def arguments(dtype):
    """Numbers of both signs from the smallest to the largest, dense around zero."""
    info = np.finfo(dtype)
    spread = np.geomspace(info.tiny, info.max / 4, 50_000)
    # Numbers near the places where the range reduction changes its multiple of ln 2.
    seams = (np.arange(-60, 60) + 0.5) * np.log(2) / 2
    near_seams = np.concatenate([np.nextafter(seams, d) for d in (-np.inf, np.inf)])
    dense = np.linspace(-100, 100, 200_001)
    # Numbers near the places where exp overflows and underflows.
    ends = np.log(info.max) + np.linspace(-2, 1, 10_001)
    x = np.concatenate([dense, seams, near_seams, spread, -spread, ends, -ends])
    return x.astype(dtype)


@needs_extended
def test_tanh_is_within_four_epsilons(dtype):
    x = arguments(dtype)
    out = np.empty_like(x)
    kernels.run_tanh(x, out)
    exact = np.tanh(x.astype(np.longdouble))
    error = np.abs(out - exact) / np.where(exact == 0, 1, np.abs(exact))
    assert error.max() < 4 * np.finfo(dtype).eps


@needs_extended
def test_sigmoid_is_within_four_epsilons_where_it_is_normal(dtype):
    x = arguments(dtype)
    out = np.empty_like(x)
    kernels.run_sigmoid(x, out)
    with np.errstate(over="ignore"):
        exact = 1 / (1 + np.exp(-x.astype(np.longdouble)))
    # Compare only numbers well above the smallest normal number, where the exponent is
    # cut off.
    normal = exact > 4 * np.finfo(dtype).tiny
    error = np.abs(out - exact)
    assert (error[normal] / exact[normal]).max() < 4 * np.finfo(dtype).eps
    assert error[~normal].max() <= 4 * np.finfo(dtype).tiny


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (kernels.run_tanh, [1, -1, 0, 0, 1, -1, np.nan]),
        (kernels.run_sigmoid, [1, 0, 0.5, 0.5, 1, 0, np.nan]),
    ],
)
def test_special_values(function, expected, dtype):
    big = np.finfo(dtype).max
    x = np.array([np.inf, -np.inf, 0.0, -0.0, big, -big, np.nan], dtype=dtype)
    out = np.empty_like(x)
    function(x, out)
    np.testing.assert_array_equal(out, np.array(expected, dtype=dtype))


def test_a_bound_unit_sees_what_its_arrays_hold_when_it_is_called(dtype):
    x, out = np.zeros(3, dtype), np.empty(3, dtype)
    run = kernels.run_tanh.bind(x, out)
    for number in (0.5, -2.0):
        x[:] = number
        wanted = np.empty_like(out)
        kernels.run_tanh(x, wanted)
        run()
        assert (out == wanted).all()
    np.testing.assert_allclose(out, np.tanh(x), rtol=4 * np.finfo(dtype).eps)
