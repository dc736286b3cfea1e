"""`warm_up`: compile the kernels ahead of time."""

import numpy as np

from skgru._estimators._gru import GRUClassifier, GRURegressor
from skgru._estimators._stream import Stream


def warm_up(dtypes=("float64", "float32")):
    """Compile what a default `GRURegressor` and `GRUClassifier` need, and a `Stream`.

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
        X = np.arange(6, dtype=dtype).reshape(3, 2)
        once = {"hidden_layer_sizes": 2, "max_iter": 1, "n_iter_no_change": None}
        # Two classes and several have losses of their own.
        for kind, y in (
            (GRURegressor, X[:, 0]),
            (GRUClassifier, [0, 1, 1]),
            (GRUClassifier, [0, 1, 2]),
        ):
            model = kind(**once).fit(X, y, X_val=X, y_val=y)
            model.predict(X)
        for mode in ("window", "state"):
            Stream(model, mode).step(X[0, 0])
