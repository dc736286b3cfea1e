"""Targets so large or small that numbers of their precision cannot hold them."""

import numpy as np

from skgru._warnings import warn_user

_CURE = "Scale y, as by TransformedTargetRegressor(…, transformer=StandardScaler())"


def refuse_too_large(y, dtype):
    """Refuse targets that are infinite in the precision of the computation.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
    dtype : dtype
        In which predictions are computed: that of X.

    Raises
    ------
    ValueError
    """
    largest, limit = np.abs(y).max(initial=0.0), np.finfo(dtype).max
    if largest > limit:
        raise ValueError(
            f"y reaches {largest:.3g}, but X is {dtype}, in which predictions are at "
            f"most {limit:.3g}. {_CURE}, or pass X as float64."
        )


def check_size(y, dtype):
    """Refuse targets that are all 0 in their precision; warn where digits are lost.

    Parameters
    ----------
    y : ndarray of shape (n_samples, n_outputs)
        The targets that are trained on; NaN are passed over.
    dtype : dtype

    Raises
    ------
    ValueError
        If predictions would be 0, or have few digits.

    Warns
    -----
    UserWarning
        If sums or losses of such float64 targets overflow or vanish.
    """
    size = np.abs(y).max(axis=0, initial=0.0)
    size = size[size > 0]
    if not len(size):
        return
    limits = np.finfo(dtype)
    if dtype == np.float32 and size.min() < limits.tiny:
        raise ValueError(
            f"y is {size.min():.3g} at most, but X is float32, in which numbers below "
            f"{limits.tiny:.2g} have few digits or none, and so would predictions. "
            f"{_CURE}, or pass X as float64."
        )
    if dtype == np.float64:
        is_huge = size.max() > limits.max * limits.eps
        if is_huge or size.min() < limits.tiny / limits.eps:
            found, end = (
                (size.max(), "largest") if is_huge else (size.min(), "smallest")
            )
            warn_user(
                f"y is {found:.3g} at most, so near the {end} numbers of float64 that "
                f"loss_curve_ says nothing, and predictions may lose digits. {_CURE}."
            )
