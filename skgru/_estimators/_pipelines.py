"""Find the recurrent estimator in pipelines and searches, and the X that it reads.

Displays, inspection and forecasts take whatever predicts with a recurrent estimator: a
pipeline that ends in one, a fitted search over one, or a regressor with a transformed
target, in any nesting.
"""

from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skgru._estimators._base import RecurrentEstimator

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


def _inner(estimator):
    """The estimator that another one predicts with, or None."""
    if isinstance(estimator, Pipeline):
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
        if isinstance(wrapper, Pipeline) and len(wrapper) > 1:
            X = wrapper[:-1].transform(X)
    return X


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
