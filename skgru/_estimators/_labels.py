"""Check the labels of classifiers, and turn them into numbers of classes."""

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils import check_array
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_consistent_length, column_or_1d

from skgru._checks import refuse_mask, shortened

# A message shows so many labels at most.
_SHOWN = 10


def check_labels(y, X, owner, name="y"):
    """Check labels against X, and say of which kind they are.

    Parameters
    ----------
    y, X : array-like
    owner : str
        Name of the estimator, for messages.
    name : str, default="y"
        What messages call the labels.

    Returns
    -------
    labels : ndarray of shape (n_samples,) or (n_samples, n_labels)
        The second holds 0 or 1.
    is_multilabel : bool

    Raises
    ------
    ValueError
        If labels are missing, continuous or of several outputs.
    """
    if y is None:
        raise ValueError(f"{owner} requires y to be passed, but the target y is None.")
    refuse_mask(name, y)
    if issparse(y):
        y = y.toarray()
    if getattr(getattr(y, "dtype", None), "kind", None) == "T":
        y = y.astype(object)  # scikit-learn does not know NumPy's StringDType
    _refuse_missing(y, name)
    kind = _kind_of(y, name)
    if kind == "multilabel-indicator":
        labels = check_array(y, dtype=np.float64, input_name=name)
        check_consistent_length(X, labels)
        return labels, True
    if kind not in ("binary", "multiclass"):
        raise ValueError(_of_no_class(y, kind, owner, name))
    labels = column_or_1d(y, warn=True)
    check_consistent_length(X, labels)
    return labels, False


def _kind_of(y, name):
    """What kind of targets scikit-learn takes y for."""
    values = np.asarray(y)
    if values.dtype.kind == "O" and values.ndim == 1:
        classes_of(
            values, name
        )  # scikit-learn would sort them, without a helpful message
    return type_of_target(y, input_name=name)


def _refuse_missing(y, name):
    """Refuse labels that are NaN, None, NaT or infinite."""
    values = np.asarray(y)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        # scikit-learn's own words.
        check_array(values, ensure_2d=False, allow_nd=True, input_name=name)
    if values.dtype.kind in "OmM":
        is_missing = np.asarray(pd.isna(values))
        if is_missing.any():
            first = int(np.argwhere(is_missing)[0][0])
            raise ValueError(
                f"Input {name} contains NaN. {int(is_missing.sum())} label(s) are "
                f"missing, the first of them {name}[{first}]. Leave these rows out of "
                f"X and {name}, or give them a class of their own."
            )


def _of_no_class(y, kind, owner, name):
    """Message about targets that are no classes."""
    values = np.asarray(y)
    if kind.startswith("continuous"):
        shown = ", ".join(f"{value:g}" for value in values.ravel()[:3])
        regressor = owner.replace("Classifier", "Regressor")
        return (
            f"Unknown label type: {kind}. {name} holds numbers such as {shown}, and "
            f"{owner} wants classes. Cut {name} into classes, as by "
            f"sklearn.preprocessing.KBinsDiscretizer, or predict numbers with "
            f"{regressor}."
        )
    if kind == "multiclass-multioutput":
        return (
            f"Unknown label type: {kind}. {name} has {values.shape[1]} columns of "
            f"classes, and {owner} predicts one class, or labels that are 0 or 1. Fit "
            "one classifier for each column, as "
            "sklearn.multioutput.MultiOutputClassifier does."
        )
    types = sorted({type(value).__name__ for value in values.ravel()[:1000]})
    return (
        f"Unknown label type: {kind}. {name} has shape {values.shape} and holds "
        f"{', '.join(types)}, and {owner} wants one label for each row, all of them "
        f"strings or all of them numbers. Pass {name} of shape (n_samples,), as "
        f"by {name}.astype(str)."
    )


def classes_of(labels, name="y"):
    """Different labels in rising order, as ``classes_`` holds them."""
    try:
        return np.unique(labels)
    except TypeError as error:
        types = sorted({type(label).__name__ for label in labels})
        raise ValueError(
            f"Labels of the types {', '.join(types)} have no order ({error}). Make all "
            f"of them strings, as by {name}.astype(str)."
        ) from None


def codes_of(labels, classes, owner, name="y"):
    """Number of the class of each label.

    Returns
    -------
    ndarray of shape (n_samples, 1), float64

    Raises
    ------
    ValueError
        If there are other labels than `classes`.
    """
    found = classes_of(labels, name)
    places = {label: code for code, label in enumerate(classes.tolist())}
    unknown = [label for label in found.tolist() if label not in places]
    if unknown:
        raise ValueError(
            f"{name} holds {shown_labels(unknown)}, but {owner} knows the classes "
            f"{shown_labels(classes.tolist())} only. Pass these labels alone, or fit "
            "anew (with warm_start=False; partial_fit takes all classes at once, in "
            "classes= of its first call)."
        )
    of_found = np.array([places[label] for label in found.tolist()])
    return of_found[np.searchsorted(found, labels)].astype(np.float64).reshape(-1, 1)


def shown_labels(labels):
    """Some labels for a message."""
    shown = ", ".join(map(shortened, labels[:_SHOWN]))
    return f"[{shown}{', …' if len(labels) > _SHOWN else ''}]"
