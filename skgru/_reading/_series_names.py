"""The names of series, in the column that says which series a row belongs to."""

import numpy as np

from skgru._checks import shortened


def codes_of_names(labels):
    """Number the series in the order in which their names appear.

    Parameters
    ----------
    labels : ndarray or pandas.Index of shape (n_rows,)

    Returns
    -------
    codes : int64 ndarray of shape (n_rows,)
        -1 where the name is missing.
    names : list

    Raises
    ------
    ValueError
        If a name can be changed, as a list can, so that it names no series.
    """
    import pandas as pd  # here: importing it takes longer than the rest of the package

    if isinstance(labels, np.ndarray):
        if not labels.dtype.isnative:  # as from a FITS or HDF5 file
            labels = labels.astype(labels.dtype.newbyteorder("="))
        if labels.dtype == np.float16:  # pandas has no index of these
            labels = labels.astype(np.float64)
    try:
        # pd.Index makes pandas Timestamps of dates, whatever their unit.
        codes, names = pd.factorize(pd.Index(labels))
    except TypeError:
        _refuse_unhashable(labels)
        raise
    return codes.astype(np.int64), list(names)


def _refuse_unhashable(labels):
    """Say which name can be changed, if there is one."""
    for row, value in enumerate(labels.tolist()):
        try:
            hash(value)
        except TypeError:
            raise ValueError(
                f"The group_column holds {shortened(value)} ({type(value).__name__}) "
                f"in row {row} (counted from 0), which cannot name a series, since it "
                "can be changed. Pass strings, numbers or tuples."
            ) from None
