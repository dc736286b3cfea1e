"""In what X may come: refuse what would be misread, and tell the precision of the rest.

scikit-learn's checks turn lists, data frames and arrays into arrays. What they lose on
the way without a word is refused here: the mask of a masked array, and the names of a
structured array. And they know float32 in arrays of native byte order alone; here it is
known in every container.
"""

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_array

from skgru._checks import refuse_mask


def check_container(X):
    """Refuse containers that cannot be read, with what to pass instead.

    Parameters
    ----------
    X : object with a `shape`

    Raises
    ------
    TypeError
        If X is sparse.
    ValueError
        If X is an array with masked values, or a structured array.
    """
    if issparse(X):
        check_array(X, input_name="X")  # raises scikit-learn's own error
    refuse_mask("X", X)
    if getattr(getattr(X, "dtype", None), "names", None) is not None:
        raise ValueError(
            "X is a structured array, whose fields are no columns. Pass "
            "pandas.DataFrame(X), which keeps their names."
        )
    if hasattr(X, "iloc") and _has_sparse_columns_alone(X):
        raise TypeError(
            "Sparse data was passed for X, but dense data is required. Use "
            "X.sparse.to_dense() to convert the columns."
        )


def _has_sparse_columns_alone(X):
    dtypes = list(getattr(X, "dtypes", [])) if len(X.shape) == 2 else []
    return bool(dtypes) and all(hasattr(dtype, "fill_value") for dtype in dtypes)


def dtypes_for(X, dtypes):
    """Of the dtypes that numbers may have, those that the numbers of X are read in.

    Parameters
    ----------
    X : array-like
    dtypes : list of str
        The first is that of numbers of any other dtype.

    Returns
    -------
    list of str
    """
    if len(dtypes) == 1 or (type(X) is np.ndarray and X.dtype.isnative):
        return dtypes
    found = _dtype_of(X)
    if found is not None and found.newbyteorder("=").name in dtypes:
        return [found.newbyteorder("=").name]
    return dtypes


def _dtype_of(X):
    """The NumPy dtype that the numbers of X have together, or None."""
    if isinstance(getattr(X, "dtype", None), np.dtype):
        return X.dtype
    if hasattr(X, "iloc"):
        # Those of pandas' own say which dtype of NumPy they stand for.
        own = getattr(X, "dtypes", [])
        found = [getattr(dtype, "numpy_dtype", dtype) for dtype in own]
        are_numbers = all(isinstance(d, np.dtype) and d.kind in "fiub" for d in found)
        return np.result_type(*found) if found and are_numbers else None
    if hasattr(X, "to_numpy") and hasattr(X, "head"):  # polars
        return X.head(0).to_numpy().dtype
    if hasattr(X, "__array__"):
        return np.asarray(X).dtype
    return None
