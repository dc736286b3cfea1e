"""What targets tell about the rows of a fit, and the check of numbers as targets."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_array, check_consistent_length

from skgru._checks import refuse_mask


class Doubt(NamedTuple):
    """What speaks against stopping by the rows that are held out.

    Attributes
    ----------
    message : str
        What the user is told.
    refuses : bool
        Whether no rows are held out therefore.
    """

    message: str
    refuses: bool


def check_numbers(y: Any, X, owner, name):
    """Check targets that are numbers against X.

    Returns
    -------
    ndarray of shape (n_samples,), (n_samples, n_outputs) or \
            (n_samples, horizon, n_variables), float
    """
    if y is None:
        raise ValueError(f"{owner} requires y to be passed, but the target y is None.")
    refuse_mask(name, y)
    y = check_array(
        y,
        dtype=np.float64,
        ensure_2d=False,
        allow_nd=True,
        input_name=name,
    )
    if y.ndim > 3 or not y[0].size:
        raise ValueError(
            f"{name} has shape {y.shape}, but (n_samples,), (n_samples, n_outputs) or "
            f"(n_samples, horizon, n_variables) is wanted. Reshape {name}."
        )
    check_consistent_length(X, y)
    return y
