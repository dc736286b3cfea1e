"""Fitted classifiers as plain data: back again, and refused if they were changed."""

import copy
import pickle
import re

import numpy as np
import pytest
from test_tampering import changed, check_state, panel

from skgru import GRUClassifier, GRURegressor
from skgru._estimators._classifier import FittedToClasses
from skgru._estimators._state import as_plain, from_plain

SETTINGS = {
    "hidden_layer_sizes": (4, 3),
    "max_iter": 2,
    "n_iter_no_change": None,
    "early_stopping": True,
    "random_state": 0,
}
TARGETS = {
    "classes": lambda X: np.array(list("xyz"))[np.digitize(X[:, -1, 0], [-0.5, 0.5])],
    "objects": lambda X: np.where(X[:, -1, 0] > 0, "a", "b").astype(object),
    "numbers": lambda X: np.digitize(X[:, -1, 0], [-0.5, 0.5]) + 5,
    "labels": lambda X: (X[:, -1] > 0).astype(int),
}
every_target = pytest.mark.parametrize("targets", TARGETS)
pytestmark = pytest.mark.filterwarnings("ignore")


def fitted_on_samples(targets):
    X = np.random.RandomState(0).randn(40, 5, 2)
    y = TARGETS[targets](X)
    return GRUClassifier(**SETTINGS).fit(X, y), X, y


@every_target
def test_parts_come_back_with_equal_values(targets):
    model, _, _ = fitted_on_samples(targets)
    plain = as_plain(model._fitted)
    # No class of the package is named in it, which may move.
    assert b"skgru" not in pickle.dumps(plain)
    again = from_plain(FittedToClasses, plain, "_fitted")
    again.check()
    for name, value in vars(model._fitted.targets).items():
        found = getattr(again.targets, name)
        assert type(found) is type(value), name
        np.testing.assert_array_equal(found, value)
        if isinstance(value, np.ndarray):
            assert found.dtype == value.dtype
            assert not np.shares_memory(found, value)
    assert plain["targets"].keys() == vars(model._fitted.targets).keys()


@pytest.mark.parametrize(
    "targets",
    [
        "classes",
        *(
            pytest.param(name, marks=pytest.mark.slow)
            for name in TARGETS
            if name != "classes"
        ),
    ],
)
def test_a_state_that_was_changed_anywhere_is_refused(targets):
    model, X, y = fitted_on_samples(targets)

    def use(other):
        other.predict_proba(X)
        other.predict(X)
        other.partial_fit(X, y)

    assert check_state(model, use) > 250


@pytest.mark.slow
def test_a_state_of_a_panel_that_was_changed_anywhere_is_refused():
    X, y = panel()
    settings = SETTINGS | {
        "window": 4,
        "group_column": "shop",
        "static_features": "size",
        "remember": True,
    }
    model = GRUClassifier(**settings).fit(X, y > 0.5)

    def use(other):
        other.predict_proba(X)
        other.partial_fit(X, y > 0.5)

    assert check_state(model, use) > 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("classes", np.array(list("xy"))),
        ("classes", np.array(list("xyzz"))),
        ("classes", np.array(list("xyx"))),
        ("classes", np.array([["x", "y", "z"]])),
        ("classes", np.array("x")),
        ("classes", np.array([])),
        ("classes", np.array([[1], [2, 3], "a"], dtype=object)),
        ("classes", ["x", "y", "z"]),
        ("is_multilabel", True),
        ("is_multilabel", "no"),
        ("class_weights", np.ones(2)),
        ("class_weights", -np.ones(3)),
        ("class_weights", np.full(3, np.nan)),
        ("class_weights", np.ones(3, dtype=np.float32)),
        ("frequencies", np.array([0.0, 0.5, 0.5])),
        ("frequencies", np.array([np.inf, 0.5, 0.5])),
        ("frequencies", np.ones(4) / 4),
        ("frequencies", None),
    ],
)
def test_what_the_targets_cannot_be_is_refused(field, value):
    model, X, _ = fitted_on_samples("classes")
    before = model.predict_proba(X)
    state = copy.deepcopy(model.__getstate__())
    state["_fitted"] = changed(state["_fitted"], ("targets", field), value)
    with pytest.raises(ValueError, match="fitted (model|network)"):
        GRUClassifier.__new__(GRUClassifier).__setstate__(state)
    with pytest.raises(ValueError, match="fitted (model|network)"):
        model.__setstate__(state)
    np.testing.assert_array_equal(model.predict_proba(X), before)


@every_target
@pytest.mark.parametrize("name", ["classes_", "class_weights_", "n_outputs_", "coefs_"])
def test_what_fit_has_found_cannot_be_set(name, targets):
    model, X, y = fitted_on_samples(targets)
    before = model.predict_proba(X)
    message = re.escape(f"{name} of GRUClassifier cannot be set")
    for value in (["a", "b"], None, np.zeros(3000)):
        with pytest.raises(AttributeError, match=message):
            setattr(model, name, value)
    np.testing.assert_array_equal(model.predict_proba(X), before)
    model.partial_fit(X, y)


def test_a_regressor_does_not_take_the_parts_of_a_classifier():
    classifier, X, _ = fitted_on_samples("classes")
    regressor = GRURegressor(**SETTINGS).fit(X, X[:, -1, 0])
    for model, other in ((classifier, regressor), (regressor, classifier)):
        with pytest.raises(ValueError, match="_fitted.targets of the fitted model"):
            model.__setstate__(other.__getstate__())
