"""Checks of numbers and arrays that come from a user or from a file.

The compiled kernels do not check array bounds. So each array that can be set from
outside is checked to have the shape and the dtype that the rest of the model needs.
"""

from numbers import Integral, Real

import numpy as np

# A message lists so many names or numbers at most.
_MOST_LISTED = 10


def check_array_of(name, values, shape, dtype):
    """Check the shape and the dtype of an array.

    Parameters
    ----------
    name : str
        What messages call the array.
    values : ndarray
    shape : tuple of int
        The shape that is wanted.
    dtype : str
        The dtype that is wanted, "float32" or "float64".

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
    """Copy numbers that a user assigns to an attribute into a new array.

    Parameters
    ----------
    name : str
        What messages call the numbers.
    values : array-like
    like : ndarray
        The array that the attribute holds now.

    Returns
    -------
    ndarray of the shape and dtype of `like`

    Raises
    ------
    ValueError
        If `values` cannot be read as numbers of this shape.
    """
    try:
        numbers = np.array(values, dtype=like.dtype, order="C")
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{name} = {shortened(values)} cannot be read as numbers. Pass an array of "
            f"shape {like.shape}."
        ) from None
    check_array_of(name, numbers, like.shape, like.dtype.name)
    return numbers


def refuse_mask(name, values):
    """Refuse an array with masked values, which NumPy would read as if they were not.

    Parameters
    ----------
    name : str
        What messages call the array.
    values : object

    Raises
    ------
    ValueError
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise ValueError(
            f"{name} is a masked array, and {np.ma.count_masked(values)} of its values "
            f"are masked. Masks are not read: fill the values, as by {name}.filled(…)."
        )


def as_int(name, value):
    """Convert a whole number of any integer type to Python's int.

    NumPy's integers may have few bits: calculations with them could overflow.
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise ValueError(f"{name}={shortened(value)}, but a whole number is wanted.")
    return int(value)


def as_float(name, value):
    """Convert a finite number to Python's float."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name}={shortened(value)}, but a number is wanted."
        ) from None
    except OverflowError:
        raise ValueError(
            f"{name} is larger than the largest number that can be computed with, "
            f"{np.finfo(np.float64).max:.3g}. Pass a smaller one."
        ) from None
    if isinstance(value, Real) and np.isfinite(number):
        return number
    raise ValueError(f"{name}={shortened(value)}, but a finite number is wanted.")


def listed(items):
    """The first of some items as a list for a message, and how many there are."""
    items = list(items)
    if len(items) <= _MOST_LISTED:
        return f"[{', '.join(map(shortened, items))}]"
    shown = ", ".join(map(shortened, items[:_MOST_LISTED]))
    return f"[{shown}, …] ({len(items)} in all)"


def shortened(value):
    """The repr of a value for a message, shortened if it is long."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
