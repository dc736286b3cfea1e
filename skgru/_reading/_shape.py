"""The outside of X: its dimensions, and what scikit-learn's checks are given for it."""

from functools import lru_cache

import numpy as np
from sklearn.base import BaseEstimator

from skgru._checks import shortened
from skgru._reading._containers import check_container

# So many entries of an X without columns are looked at, to say what they are.
_LOOKED_AT = 10
# Numbers may be computed in these precisions; numbers of other kinds become the first.
DTYPES = ["float64", "float32"]


def with_shape(X):
    """X as an object that has a `shape`, of 3 dimensions at most."""
    # Data frames of polars have `shape`, but no `ndim`.
    if not hasattr(X, "shape"):
        X = _as_array(X)
    if type(X) is not np.ndarray or X.dtype.names is not None:
        check_container(X)
    if len(X.shape) > 3:
        refuse_dimensions(len(X.shape))
    if len(X.shape) == 1:
        _refuse_texts(X)
    return X


def _as_array(X):
    """A list as an array; one of sequences of different lengths is refused."""
    try:
        return np.asarray(X)
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        lengths = sorted({len(item) for item in X if hasattr(item, "__len__")})
        shown = ", ".join(map(str, lengths[:_LOOKED_AT]))
        raise ValueError(
            f"X holds sequences of different lengths ({shown}), which make no array. "
            "Fill the shorter ones up in front with steps that are NaN, to one array "
            "(n_samples, n_timesteps, n_features)."
        ) from None


def _refuse_texts(X):
    """Refuse strings that are not in columns, and say what makes sequences of them."""
    first = next((item for item in np.asarray(X)[:_LOOKED_AT].tolist() if item), None)
    if isinstance(first, str):
        raise ValueError(
            f"X holds strings, such as {shortened(first)}, and no sequences. Put a "
            "TokenSequencer in front, which turns each string into a sequence of "
            "tokens: make_pipeline(TokenSequencer(), estimator)."
        )


def check_not_empty(X):
    """Refuse a 3-D X without any numbers."""
    if 0 in X.shape:
        n_samples, n_timesteps, n_features = X.shape
        raise ValueError(
            f"Found array with {n_samples} sample(s), {n_timesteps} step(s) and "
            f"{n_features} feature(s) (shape={X.shape}), but at least one sample, one "
            "step and one feature are required."
        )


def refuse_dimensions(n_dims):
    raise ValueError(
        f"X has {n_dims} dimensions, but 2 or 3 are wanted: rows of features, or "
        "(n_samples, n_timesteps, n_features). Reshape X."
    )


@lru_cache
def _class_of_name(name):
    """An empty estimator class of this name, which scikit-learn's messages mention."""
    return type(name, (BaseEstimator,), {})


def stand_in(owner):
    """An object on which scikit-learn's checks can set attributes of an estimator."""
    return _class_of_name(owner)()
