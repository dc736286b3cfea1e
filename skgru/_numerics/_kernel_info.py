"""`kernel_info`: which compiled kernels are in use, and why."""

import numba

from skgru._numerics._cache import folders, shipped_level
from skgru._numerics._machine_code import processor
from skgru._numerics._units import origins


def kernel_info():
    """Say which compiled kernels this process uses, and where they come from.

    Kernels are loaded when a `fit` or a `predict` first needs them: from the wheel, if
    it brings kernels for this processor and this release of Numba, or else from the
    cache on disk. What is in neither is compiled, and kept in the cache.

    Returns
    -------
    dict
        "processor" : str
            The name by which the compiler knows the processor.
        "numba" : str
            The release of Numba.
        "shipped" : str or None
            The level of processors whose shipped kernels are used, such as
            ``"x86-64-v3"`` (with AVX2).
        "reason" : str
            Why these, or why none.
        "cache" : list of str
            The folders in which compiled kernels are looked for; they are kept in the
            first one that can be written to.
        "kernels" : dict of str
            Where each kernel of this process comes from.

    See Also
    --------
    warm_up : Compile ahead of time.

    Examples
    --------
    >>> import numpy as np
    >>> import skgru
    >>> X = np.arange(8.0).reshape(4, 2)
    >>> model = skgru.GRURegressor(2, max_iter=1, early_stopping=False).fit(X, X[:, 0])
    >>> info = skgru.kernel_info()
    >>> len(info["kernels"]) > 10
    True
    """
    level, reason = shipped_level()
    return {
        "processor": processor()[0],
        "numba": numba.__version__,
        "shipped": level,
        "reason": reason,
        "cache": [str(folder) for folder in folders()],
        "kernels": origins(),
    }


def describe_kernels():
    """One line on the kernels of this process: how many come from where, and why."""
    counts = {}
    for origin in origins().values():
        counts[origin] = counts.get(origin, 0) + 1
    found = "; ".join(f"{count} {origin}" for origin, count in counts.items())
    return f"kernels: {found} ({shipped_level()[1]})"
