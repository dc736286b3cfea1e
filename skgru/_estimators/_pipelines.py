"""Find the recurrent estimator in pipelines and searches, and the X that it reads.

Displays, inspection and forecasts take whatever predicts with a recurrent estimator: a
pipeline that ends in one, a fitted search over one, or a regressor with a transformed
target, in any nesting.

Scikit-learn's classes for pipelines are imported where an estimator is compared with
them: importing them at the start would make `import skgru` slower for everybody.
"""

from sklearn.utils.validation import check_is_fitted

from skgru._estimators._base import RecurrentEstimator
from skgru._estimators._window_transformer import WindowTransformer

# Where a fitted search and a TransformedTargetRegressor keep the estimator that they
# predict with, from the same X.
_INNER = ("best_estimator_", "regressor_")


def wrappers(estimator):
    """Go from what the user passed to the estimator inside, one wrapper after another.

    Yields
    ------
    estimator
        First the one that was passed, last the one that wraps no other. Each predicts
        with the next one.
    """
    while estimator is not None:
        yield estimator
        estimator = _inner(estimator)


def is_pipeline(estimator):
    """Whether an estimator is a pipeline of scikit-learn."""
    from sklearn.pipeline import Pipeline

    return isinstance(estimator, Pipeline)


def is_of_transformed_targets(estimator):
    """Whether an estimator is a regressor around one whose targets are transformed."""
    from sklearn.compose import TransformedTargetRegressor

    return isinstance(estimator, TransformedTargetRegressor)


def _inner(estimator):
    """The estimator that another one predicts with, or None."""
    from sklearn.frozen import FrozenEstimator

    if is_pipeline(estimator):
        return estimator[-1]
    if isinstance(estimator, FrozenEstimator):
        return estimator.estimator
    for name in _INNER:
        if hasattr(estimator, name):
            return getattr(estimator, name)
    return None


def last_step(estimator):
    """The estimator inside all pipelines and searches; others are returned as is."""
    *_, last = wrappers(estimator)
    return last


def as_last_step_sees(estimator, X):
    """X as `last_step` reads it, after the steps of all pipelines around it."""
    for wrapper in wrappers(estimator):
        if is_pipeline(wrapper) and len(wrapper) > 1:
            X = wrapper[:-1].transform(X)
    return X


def names_last_step_sees(estimator, X):
    """Names of the columns of X as `last_step` reads it, as far as the steps know them.

    Most transformers return arrays, which have no names, but can tell what the names of
    the columns would be.

    Returns
    -------
    list of str or None
    """
    names = _names_of_columns(X)
    for wrapper in wrappers(estimator):
        if is_pipeline(wrapper) and len(wrapper) > 1:
            names = _names_out(wrapper[:-1], names)
    return names


def _names_of_columns(X):
    """Names of the columns of a data frame, if all are strings, else None."""
    names = list(getattr(X, "columns", []))
    is_named = names and all(isinstance(name, str) for name in names)
    return names if is_named else None


def _names_out(transformer, names):
    """Names of the columns that a fitted transformer returns, or None."""
    if transformer is None or transformer == "passthrough":
        return names
    if is_pipeline(transformer):
        for _, step in transformer.steps:
            names = _names_out(step, names)
        return names
    known = getattr(transformer, "feature_names_in_", None)
    names = names if known is None else list(known)
    if names is None:
        return None
    if isinstance(transformer, WindowTransformer) and not transformer.flatten:
        return list(transformer._names_of_step(names))
    try:
        return list(transformer.get_feature_names_out(names))
    except (AttributeError, ValueError):  # it has no names for its columns
        return None


def fitted_recurrent(estimator, owner):
    """Get the fitted recurrent estimator from what the user passed.

    Parameters
    ----------
    estimator : recurrent estimator, or a pipeline or search that ends in one
    owner : str
        What needs it, for messages.

    Raises
    ------
    TypeError
        If `estimator` is something else.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    """
    recurrent = last_step(estimator)
    if not isinstance(recurrent, RecurrentEstimator):
        _refuse(recurrent, owner)
    check_is_fitted(recurrent)
    return recurrent


def _refuse(found, owner):
    """Say why no recurrent estimator was found."""
    advice = ""
    if hasattr(found, "get_params"):
        around = {"estimator", "regressor"} & set(found.get_params(deep=False))
        if around:
            check_is_fitted(found)
        if hasattr(found, "cv_results_"):
            advice = " Fit it with refit=True: then it has a best_estimator_."
        elif around:
            advice = " Pass one of those inside: estimator_, or one of estimators_."
    raise TypeError(
        f"{owner} needs a fitted recurrent estimator of skgru, such as GRURegressor or "
        "GRUClassifier, or a pipeline or search that ends in one, but got a "
        f"{type(found).__name__}.{advice}"
    )
