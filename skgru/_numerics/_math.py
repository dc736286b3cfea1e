"""Elementary functions and loops over vectors, in forms a compiler can vectorise.

Inside a kernel, ``np.exp`` and ``np.tanh`` call the scalar C library for one number at
a time. The functions here are a few multiplications and one division, without a branch:

* write ``x = n ln 2 + r`` with ``n`` whole and ``|r| <= ln 2 / 2``;
* ``q = exp(r) - 1`` by its Taylor polynomial, of degree 13 (float64) or 7 (float32);
* ``exp(x) = 2**n (1 + q)`` and ``exp(x) - 1 = 2**n q + (2**n - 1)``.

The formula for ``exp(x) - 1`` keeps its relative accuracy near zero, which ``tanh``
needs: ``tanh(x) = e / (e + 2)`` with ``e = exp(2 x) - 1``. Errors, measured against
extended-precision arithmetic over the whole range (``tests/test_math.py``): below
``4 eps`` relative for ``tanh``, below ``4 eps`` relative for ``sigmoid`` wherever the
result is a normal number, with ``eps`` the machine epsilon of the dtype. NaN stays NaN.
"""

import numpy as np

from skgru._numerics._intrinsics import scale_of_shifted
from skgru._numerics._jit import dispatched, jit


@dispatched
def scaled_expm1(x):
    """Return ``2**n`` and ``exp(r) - 1``, where ``x = n ln 2 + r``."""
    raise TypeError(f"no exponential for {type(x)}")


@scaled_expm1.register(float)
def _scaled_expm1_double(x):
    # Adding 1.5 * 2**52 rounds to a whole number, which the lowest bits then hold.
    shifted = x * 1.4426950408889634 + 6755399441055744.0
    n = shifted - 6755399441055744.0
    # ln 2 is the sum of two numbers. The first has so few bits that its product with n
    # is exact.
    r = (x - n * 0.6931471803691238) - n * 1.9082149292705877e-10
    q = 1.0 / 6227020800.0
    q = q * r + 1.0 / 479001600.0
    q = q * r + 1.0 / 39916800.0
    q = q * r + 1.0 / 3628800.0
    q = q * r + 1.0 / 362880.0
    q = q * r + 1.0 / 40320.0
    q = q * r + 1.0 / 5040.0
    q = q * r + 1.0 / 720.0
    q = q * r + 1.0 / 120.0
    q = q * r + 1.0 / 24.0
    q = q * r + 1.0 / 6.0
    q = q * r + 0.5
    q = q * r * r + r
    return scale_of_shifted(shifted), q


@scaled_expm1.register(np.float32)
def _scaled_expm1_single(x):
    f = np.float32
    shifted = x * f(1.4426950408889634) + f(12582912.0)
    n = shifted - f(12582912.0)
    r = (x - n * f(0.693359375)) - n * f(-2.12194440e-4)
    q = f(1.0 / 5040.0)
    q = q * r + f(1.0 / 720.0)
    q = q * r + f(1.0 / 120.0)
    q = q * r + f(1.0 / 24.0)
    q = q * r + f(1.0 / 6.0)
    q = q * r + f(0.5)
    q = q * r * r + r
    return scale_of_shifted(shifted), q


@dispatched
def exponent_limits(x):
    """Return the limits of the argument of ``exp``, and from where on ``tanh`` is 1."""
    raise TypeError(f"no limits for {type(x)}")


@exponent_limits.register(float)
def _exponent_limits_double(x):
    return -708.0, 709.79, 20.0


@exponent_limits.register(np.float32)
def _exponent_limits_single(x):
    return np.float32(-87.3), np.float32(88.73), np.float32(10.0)


@jit
def sigmoid(x, one):
    """Logistic function ``1 / (1 + exp(-x))`` of a number; `one` is 1 in its dtype."""
    low, high, _ = exponent_limits(x)
    # The comparisons are such that NaN fails both of them and passes through.
    argument = -x
    argument = low if argument < low else argument
    argument = high if argument > high else argument
    scale, q = scaled_expm1(argument)
    # The scale overflows to inf, on purpose, where the result would be less than the
    # smallest normal number.
    return one / (one + scale * (one + q))


@jit
def tanh(x, one):
    """Hyperbolic tangent of a number; `one` is 1 in its dtype."""
    _, _, limit = exponent_limits(x)
    argument = -limit if x < -limit else x
    argument = limit if argument > limit else argument
    scale, q = scaled_expm1(argument + argument)
    e = scale * q + (scale - one)
    return e / (e + (one + one))


@jit(apart=True)
def fill_zero(vector):
    """Set a vector to zero."""
    for j in range(vector.size):
        vector[j] = 0


@jit(apart=True)
def copy(vector, out):
    """Copy `vector` into `out`."""
    for j in range(out.size):
        out[j] = vector[j]


@jit(apart=True)
def scale(factor, vector):
    """Multiply a vector by a number."""
    for j in range(vector.size):
        vector[j] *= factor


@jit(apart=True)
def multiply(factors, vector, out):
    """Write the element-wise product of two vectors into `out`."""
    for j in range(out.size):
        out[j] = factors[j] * vector[j]


@jit(apart=True)
def add(term, out):
    """Add `term` to `out`, element by element."""
    for j in range(out.size):
        out[j] += term[j]
