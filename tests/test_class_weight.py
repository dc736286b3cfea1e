"""Weights of classes and of rows, in `fit` and in calls of `partial_fit`."""

import numpy as np
import pytest
from sklearn.metrics import recall_score
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

from skgru import GRUClassifier

SETTINGS = {
    "hidden_layer_sizes": 4,
    "max_iter": 3,
    "batch_size": 60,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
N_ROWS = 60


def model(**parameters):
    return GRUClassifier(**(SETTINGS | parameters))


@pytest.fixture
def X(rng):
    return rng.randn(N_ROWS, 6, 2)


@pytest.fixture
def y(X):
    return np.array(list("abc"))[np.digitize(X[:, -1, 0], [0.3, 1.0])]


# In fit


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.filterwarnings("ignore:On the .* held-out rows:UserWarning")
def test_weights_of_classes_are_those_of_their_rows(early_stopping, dtype, X, y):
    X = X.astype(dtype)
    of_rows = np.linspace(0.5, 2, N_ROWS)
    of_classes = {"a": 0.3, "c": 4}
    weighted = model(class_weight=of_classes, early_stopping=early_stopping)
    weighted.fit(X, y, of_rows)
    products = of_rows.astype(dtype) * compute_sample_weight(of_classes, y)
    by_rows = model(early_stopping=early_stopping).fit(X, y, products)
    np.testing.assert_array_equal(weighted.predict_proba(X), by_rows.predict_proba(X))
    assert weighted.history_ == by_rows.history_
    assert weighted.validation_score_ == by_rows.validation_score_
    np.testing.assert_array_equal(weighted.class_weights_, [0.3, 1, 4])
    np.testing.assert_array_equal(by_rows.class_weights_, [1, 1, 1])


def test_balanced_weights_are_those_of_scikit_learn(X, y):
    balanced = model(class_weight="balanced").fit(X, y)
    expected = compute_class_weight("balanced", classes=np.unique(y), y=y)
    np.testing.assert_allclose(balanced.class_weights_, expected, rtol=1e-14)
    by_rows = model().fit(X, y, compute_sample_weight("balanced", y))
    np.testing.assert_allclose(
        balanced.predict_proba(X), by_rows.predict_proba(X), rtol=1e-11
    )
    # Training begins as if the classes were equally frequent.
    still = model(class_weight="balanced", learning_rate_init=1e-300).fit(X, y)
    np.testing.assert_allclose(still.intercepts_[0], np.log([1 / 3] * 3))


def test_balanced_weights_count_the_weights_of_rows(X, y):
    weights = np.arange(N_ROWS) % 3
    balanced = model(class_weight="balanced", batch_size=N_ROWS).fit(X, y, weights)
    sums = np.array([weights[y == label].sum() for label in "abc"])
    np.testing.assert_allclose(balanced.class_weights_, sums.sum() / (3 * sums))
    repeated = model(class_weight="balanced", batch_size=N_ROWS).fit(
        X.repeat(weights, axis=0), y.repeat(weights)
    )
    np.testing.assert_allclose(
        balanced.predict_proba(X), repeated.predict_proba(X), rtol=1e-10
    )


def test_weights_of_the_validation_set_are_weighted_too(X, y):
    of_classes = {"a": 0.3, "c": 4}
    train, other = slice(40), slice(40, None)
    sets = {"X_val": X[other], "y_val": y[other]}
    weighted = model(class_weight=of_classes).fit(X[train], y[train], **sets)
    products = compute_sample_weight(of_classes, y)
    by_rows = model().fit(
        X[train], y[train], products[train], **sets, sample_weight_val=products[other]
    )
    assert weighted.validation_loss_curve_ == by_rows.validation_loss_curve_
    assert weighted.validation_score_ == by_rows.validation_score_


@pytest.mark.parametrize("by_class", [False, True])
def test_rows_of_weight_0_are_left_out(by_class, X, y):
    """So they are if all rows of a class have that weight, but for its column."""
    is_there = y != "c" if by_class else np.arange(N_ROWS) % 3 > 0
    if by_class:
        weighted = model(class_weight={"c": 0}).fit(X, y)
    else:
        weighted = model().fit(X, y, is_there.astype(float))
    left_out = model().partial_fit(X[is_there], y[is_there], classes=list("abc"))
    fewer = model().fit(X[is_there], y[is_there])
    assert weighted.classes_.tolist() == list("abc")
    # The rows that are not there have no part in means and scales either.
    np.testing.assert_allclose(weighted.feature_mean_, fewer.feature_mean_)
    assert weighted.history_["loss"][0] == pytest.approx(left_out.loss_curve_[0])
    if not by_class:
        np.testing.assert_allclose(
            weighted.predict_proba(X), fewer.predict_proba(X), rtol=1e-10
        )


def test_a_rare_class_is_found_if_classes_are_balanced():
    rng = np.random.RandomState(0)
    X = rng.randn(500, 6, 1)
    y = np.where(
        X[:, -1, 0] + X[:, -2, 0] + 0.7 * rng.randn(500) > 3.0, "rare", "usual"
    )
    assert (y == "rare").mean() < 0.05
    settings = {"max_iter": 12, "hidden_layer_sizes": 8, "learning_rate_init": 0.02}
    recalls = {}
    for weight in (None, "balanced"):
        fitted = model(class_weight=weight, **settings).fit(X, y)
        recalls[weight] = recall_score(y, fitted.predict(X), pos_label="rare")
    assert recalls["balanced"] > 0.8 > recalls[None]


# In parts


def test_parts_are_as_a_fit_of_one_epoch(X, y):
    settings = {"shuffle": False, "learning_rate": "constant", "max_iter": 1}
    whole = model(**settings).fit(X, y)
    part = model(**settings).partial_fit(X, y, classes=["c", "a", "b"])
    np.testing.assert_array_equal(part.predict_proba(X), whole.predict_proba(X))
    again = model(**settings, warm_start=True).fit(X, y).fit(X[:30], y[:30])
    for classes in (None, ["b", "c", "a"]):
        more = model(**settings).partial_fit(X, y, list("abc"))
        more.partial_fit(X[:30], y[:30], classes=classes)
        np.testing.assert_array_equal(more.predict_proba(X), again.predict_proba(X))


@pytest.mark.parametrize("class_weight", [None, {"a": 2.0, "c": 0.5}])
def test_a_class_may_be_missing_in_the_first_part(class_weight, X, y):
    is_first = y == "a"
    fitted = model(class_weight=class_weight, learning_rate_init=1e-300)
    fitted.partial_fit(X[is_first], y[is_first], classes=list("abc"))
    assert fitted.classes_.tolist() == list("abc")
    # A class that is not there counts as half of the one that is.
    np.testing.assert_allclose(
        fitted.predict_proba(X).mean(axis=0), [0.5, 0.25, 0.25], atol=0.15
    )
    np.testing.assert_allclose(np.exp(fitted.intercepts_[0]), [0.5, 0.25, 0.25])
    fitted.set_params(learning_rate_init=0.03)
    for _ in range(40):
        fitted.partial_fit(X, y)
    # A class that came later is learned as well.
    assert set(fitted.predict(X)) >= set("ab")
    assert fitted.score(X, y) > 1.2 * max((y == label).mean() for label in "abc")


def test_parts_take_rows_of_one_class_and_their_weight(X, y):
    is_a = y == "a"
    settings = {"learning_rate": "constant", "alpha": 0.0}
    weighted, plain = (
        model(**settings, class_weight=weight).partial_fit(X, y, list("abc"))
        for weight in ({"a": 3.0}, None)
    )
    for fitted in (weighted, plain):
        fitted.partial_fit(X[is_a], y[is_a])
        assert np.isfinite(fitted.predict_proba(X)).all()
    # All its rows weigh the same: only the mean of all classes is another one.
    np.testing.assert_array_equal(weighted.class_weights_, [3, 1, 1])


REFUSED_PARTS = {
    "no classes": (lambda m, X, y: m.partial_fit(X, y), "classes must be passed"),
    "a label that is not among the classes": (
        lambda m, X, y: m.partial_fit(X, y, classes=["a", "b"]),
        r"y holds \['c'\], but GRUClassifier knows the classes \['a', 'b'\] only",
    ),
    "other classes later": (
        lambda m, X, y: m.partial_fit(X, y, list("abc")).partial_fit(X, y, list("abd")),
        r"classes=\['a', 'b', 'd'\] is not the same as on last call to partial_fit",
    ),
    "an unseen class": (
        lambda m, X, y: m.partial_fit(X, y, list("abc")).partial_fit(X[:1], ["z"]),
        r"y holds \['z'\], but GRUClassifier knows the classes \['a', 'b', 'c'\]",
    ),
    "classes that have no order": (
        lambda m, X, y: m.partial_fit(X, y, np.array(["a", 1], dtype=object)),
        "int, str have no order",
    ),
    "other numbers of labels": (
        lambda m, X, y: m.partial_fit(X, (X[:, 0] > 0).astype(int), [0, 1, 2]),
        r"classes=\[0, 1, 2\], but y has 2 labels .* Pass classes=range\(2\)",
    ),
}


@pytest.mark.parametrize("name", REFUSED_PARTS)
def test_parts_are_refused_by_name(name, X, y):
    use, message = REFUSED_PARTS[name]
    with pytest.raises(ValueError, match=message):
        use(model(), X, y)


def test_parts_cannot_be_balanced(X, y):
    balanced = model(class_weight="balanced")
    assert not hasattr(balanced, "partial_fit")
    with pytest.raises(AttributeError) as caught:
        balanced.partial_fit(X, y, list("abc"))
    assert "'balanced' is not supported for partial_fit" in str(caught.value.__cause__)
    assert "Pass a dict" in str(caught.value.__cause__)


def test_a_warm_start_keeps_the_classes(X, y):
    fitted = model(warm_start=True).fit(X, y)
    before = fitted.predict_proba(X)
    with pytest.raises(ValueError, match=r"y holds \['d'\].*\['a', 'b', 'c'\].*anew"):
        fitted.fit(X, np.where(y == "a", "d", y))
    np.testing.assert_array_equal(fitted.predict_proba(X), before)
    fitted.fit(X, np.where(y == "c", "a", y))
    assert fitted.classes_.tolist() == list("abc")
    fitted.set_params(warm_start=False).fit(X, np.where(y == "a", "d", y))
    assert fitted.classes_.tolist() == list("bcd")


# What is refused

REFUSED_WEIGHTS = {
    "unknown": ({"class_weight": {"q": 2.0}}, None, r"weights for \['q'\].*'a', 'b'"),
    "negative": ({"class_weight": {"a": -1}}, None, "must be 0 or more"),
    "not a number": ({"class_weight": {"a": np.nan}}, None, "must be 0 or more"),
    "text": ({"class_weight": {"a": "big"}}, None, "must be 0 or more"),
    "beyond floats": ({"class_weight": {"a": 10**400}}, None, "must be 0 or more"),
    "all zero": ({"class_weight": dict.fromkeys("abc", 0)}, None, "not all of them 0"),
    "one class": (
        {"class_weight": {"a": 0, "b": 0}},
        None,
        "leaves 1 of the 3 classes",
    ),
    "of rows": ({}, "a", r"leaves one class of the 3 in y, \['a'\]"),
    "of rows and classes": ({"class_weight": {"a": 0}}, "ab", "leaves 1 of the 2"),
    "huge": ({"class_weight": {"a": 1e308}}, None, "class_weight times sample_weight"),
    "tiny": (
        {"class_weight": dict.fromkeys("abc", 1e-310)},
        None,
        "class_weight times sample_weight is .*beyond what float64 can compute with",
    ),
}


@pytest.mark.parametrize("name", REFUSED_WEIGHTS)
def test_weights_are_refused_by_name(name, X, y):
    parameters, those_with_weight, message = REFUSED_WEIGHTS[name]
    weights = None
    if those_with_weight is not None:
        weights = np.isin(y, list(those_with_weight)).astype(float)
    with pytest.raises(ValueError, match=message):
        model(**parameters).fit(X, y, weights)


def test_several_labels_have_no_weights_of_classes(X):
    several = (X[:, -1] > 0).astype(int)
    for weight in ({0: 2.0}, "balanced"):
        with pytest.raises(ValueError, match="each row of y has several labels"):
            model(class_weight=weight).fit(X, several)


def test_validation_rows_that_class_weight_leaves_without_weight_are_refused(rng):
    X, y = rng.randn(30, 4, 1), np.repeat(list("abc"), 10)
    model = GRUClassifier(class_weight={"c": 0}, **SETTINGS)
    with pytest.raises(ValueError, match=r"In the validation set .*class_weight is 0"):
        model.fit(X, y, X_val=X[20:], y_val=y[20:])
