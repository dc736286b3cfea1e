"""The recurrent estimator inside pipelines and searches, and the X that it reads."""

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor
from skgru._estimators._pipelines import (
    as_last_step_sees,
    fitted_recurrent,
    last_step,
)

WAVE = np.sin(0.3 * np.arange(120))
X, Y = WAVE[:-1, np.newaxis], WAVE[1:]


def short():
    return GRURegressor(4, window=8, max_iter=2, early_stopping=False, random_state=0)


def search(estimator, **parameters):
    return GridSearchCV(estimator, {}, cv=TimeSeriesSplit(2), **parameters)


WRAPPED = {
    "pipeline": lambda: make_pipeline(StandardScaler(), short()),
    "pipeline of pipelines": lambda: make_pipeline(
        make_pipeline(StandardScaler(), StandardScaler()), make_pipeline(short())
    ),
    "passthrough": lambda: Pipeline(
        [("a", "passthrough"), ("b", StandardScaler()), ("c", None), ("d", short())]
    ),
    "search": lambda: search(short()),
    "search of a pipeline": lambda: search(make_pipeline(StandardScaler(), short())),
    "search in a pipeline": lambda: make_pipeline(StandardScaler(), search(short())),
    "transformed target": lambda: make_pipeline(
        StandardScaler(),
        TransformedTargetRegressor(short(), transformer=StandardScaler()),
    ),
    "search of a transformed target": lambda: search(
        TransformedTargetRegressor(make_pipeline(StandardScaler(), short()))
    ),
}


@pytest.mark.parametrize("kind", list(WRAPPED))
def test_the_last_step_predicts_what_the_whole_predicts(kind):
    whole = WRAPPED[kind]().fit(X, Y)
    recurrent = fitted_recurrent(whole, "This")
    assert isinstance(recurrent, GRURegressor)
    found = recurrent.predict(as_last_step_sees(whole, X))
    if kind == "transformed target":
        found = found * Y.std() + Y.mean()
    np.testing.assert_allclose(found, whole.predict(X), rtol=1e-12)


def test_a_frozen_estimator_is_looked_into():
    whole = make_pipeline(StandardScaler(), short()).fit(X, Y)
    frozen = make_pipeline(FrozenEstimator(whole))
    assert fitted_recurrent(frozen, "This") is whole[-1]
    found = as_last_step_sees(frozen, X)
    np.testing.assert_array_equal(found, whole[0].transform(X))


@pytest.mark.parametrize(
    "unfitted",
    [short(), *(make() for make in WRAPPED.values()), MultiOutputRegressor(short())],
)
def test_what_is_not_fitted_says_so(unfitted):
    with pytest.raises(NotFittedError):
        fitted_recurrent(unfitted, "This")


def test_others_are_refused_with_advice():
    for other, advice in [
        (Ridge(), "ends in one, but got a Ridge.$"),
        (make_pipeline(StandardScaler()), "got a StandardScaler.$"),
        ("model", "got a str.$"),
        (search(short(), refit=False).fit(X, Y), "refit=True: then it has"),
        (MultiOutputRegressor(Ridge()).fit(X, X), "one of estimators_"),
    ]:
        with pytest.raises(TypeError, match=advice):
            fitted_recurrent(other, "This")


def test_what_wraps_nothing_stays_as_it_is():
    ridge = Ridge()
    assert last_step(ridge) is ridge
    assert as_last_step_sees(ridge, X) is X
