"""Checks of what enters a part of a model: from a user, or from a file.

Kernels read and write where arrays are said to be, and look at no bounds. So whatever
can be set from outside is held against what the rest of the model wants.
"""

from numbers import Integral, Real

import numpy as np


def check_array_of(name, values, shape, dtype):
    """Check the shape and the dtype of numbers.

    Parameters
    ----------
    name : str
        What messages call them.
    values : ndarray
    shape : tuple of int
        What is wanted.
    dtype : str
        Likewise, "float32" or "float64".

    Raises
    ------
    ValueError
    """
    is_array = isinstance(values, np.ndarray)
    if is_array and values.shape == shape and values.dtype == dtype:
        return
    found = (
        f"of shape {values.shape} and dtype {values.dtype}"
        if is_array
        else (f"a {type(values).__name__}")
    )
    raise ValueError(
        f"{name} is {found}, but an array of shape {shape} and dtype {dtype} is "
        "wanted, as the rest of the fitted model has it. Set it back, or fit anew."
    )


def as_numbers(name, values, like):
    """Numbers that a user assigns in the place of others, as an array of its own.

    Parameters
    ----------
    name : str
        What messages call them.
    values : array-like
    like : ndarray
        What stands there now.

    Returns
    -------
    ndarray of the shape and dtype of `like`

    Raises
    ------
    ValueError
        If they cannot be read as such.
    """
    try:
        numbers = np.array(values, dtype=like.dtype, order="C")
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{name} = {_short(values)} cannot be read as numbers. Pass an array of "
            f"shape {like.shape}."
        ) from None
    check_array_of(name, numbers, like.shape, like.dtype.name)
    return numbers


def as_int(name, value):
    """A whole number as Python's int, whatever type the user has it in.

    NumPy's integers may be narrow: what is computed from them would wrap around.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise ValueError(f"{name}={value!r}, but a whole number is wanted.")
    return int(value)


def as_float(name, value):
    """A number as Python's float."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}={value!r}, but a number is wanted.") from None
    except OverflowError:
        raise ValueError(
            f"{name} is larger than the largest number that can be computed with, "
            f"{np.finfo(np.float64).max:.3g}. Pass a smaller one."
        ) from None
    if isinstance(value, Real) and np.isfinite(number):
        return number
    raise ValueError(f"{name}={_short(value)}, but a finite number is wanted.")


def _short(value):
    """A value for a message, cut where it is long."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
