"""`warm_up`: compile the kernels ahead of time."""

import numpy as np

from skgru._estimators._gru import GRURegressor


def warm_up(dtypes=("float64", "float32")):
    """Compile what `fit` and `predict` of a default `GRURegressor` need.

    The first `fit` on a machine compiles its kernels, which takes some seconds; the
    compiled kernels are then kept on disk, and later processes load them. Call this
    function when waiting does no harm: when an image is built, or a service starts.

    Parameters
    ----------
    dtypes : sequence of str, default=("float64", "float32")
        The dtypes of X for which to compile.

    Examples
    --------
    >>> import skgru
    >>> skgru.warm_up(dtypes=["float64"])
    """
    for dtype in dtypes:
        X = np.arange(4, dtype=dtype).reshape(2, 2)
        model = GRURegressor(2, max_iter=1, n_iter_no_change=None)
        model.fit(X, X[:, 0], X_val=X, y_val=X[:, 0]).predict(X)
