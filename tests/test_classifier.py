"""Classes and their probabilities: `predict` and its kin, and their symmetries."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest
import reference
from scipy.special import expit, log_softmax, softmax
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.multiclass import OneVsRestClassifier

from skgru import Adam, GRUClassifier, LSTMClassifier, RNNClassifier

CELLS = {GRUClassifier: "gru", LSTMClassifier: "lstm", RNNClassifier: "rnn"}
every_kind = pytest.mark.parametrize("kind", CELLS)
SETTINGS = {
    "hidden_layer_sizes": 4,
    "max_iter": 3,
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


def labels_of(X, n_classes):
    """Classes that follow from the last step, and that are not equally frequent."""
    levels = np.linspace(-1, 1.5, n_classes + 1)[1:-1]
    return np.array(list("abcd"))[np.digitize(X[:, -1, 0], levels)]


def several_labels(X):
    return (X[:, -1, [0, 1, 0]] > [0.0, 0.3, -0.5]).astype(int)


TARGETS = {
    "one class": lambda X: np.full(len(X), "a"),
    "two classes": lambda X: labels_of(X, 2),
    "four classes": lambda X: labels_of(X, 4),
    "labels": several_labels,
}
every_target = pytest.mark.parametrize("targets", TARGETS)


# Probabilities


def vector_of(fitted):
    """Published weights in the order of the reference."""
    pairs = zip(fitted.kernels_, fitted.recurrent_kernels_, strict=True)
    parts = [part for pair in pairs for part in pair]
    parts += [*fitted.coefs_, *fitted.biases_, *fitted.intercepts_]
    return np.concatenate([part.ravel() for part in parts])


@every_kind
@every_target
def test_decisions_and_probabilities_are_those_of_the_equations(targets, kind, X):
    X[::7, :3] = np.nan
    y = TARGETS[targets](X)
    fitted = kind(**(SETTINGS | {"hidden_layer_sizes": (5, 3)})).fit(X, y)
    scaled = (X - fitted.feature_mean_) / fitted.feature_scale_
    observed = [x[~np.isnan(x).any(axis=1)] for x in scaled]
    n_raw = 1 if targets == "two classes" else len(fitted.classes_)
    raw = reference.predict(
        vector_of(fitted), observed, (5, 3), n_raw, cell=CELLS[kind]
    )
    decision = raw[:, 0] if targets == "two classes" else raw
    expected = {
        "two classes": lambda: np.column_stack([expit(-decision), expit(decision)]),
        "labels": lambda: expit(decision),
    }.get(targets, lambda: softmax(decision, axis=1))()
    tolerance = {"rtol": 1e-10, "atol": 1e-14}
    np.testing.assert_allclose(fitted.decision_function(X), decision, **tolerance)
    np.testing.assert_allclose(fitted.predict_proba(X), expected, **tolerance)
    np.testing.assert_allclose(
        fitted.predict_log_proba(X), np.log(expected), **tolerance
    )


@every_target
def test_classes_are_the_most_probable_ones(targets, dtype, X):
    y = TARGETS[targets](X)
    fitted = model(max_iter=40, learning_rate_init=0.03).fit(X.astype(dtype), y)
    probabilities = fitted.predict_proba(X.astype(dtype))
    assert probabilities.dtype == dtype
    assert fitted.decision_function(X.astype(dtype)).dtype == dtype
    predicted = fitted.predict(X.astype(dtype))
    if targets == "labels":
        np.testing.assert_array_equal(predicted, probabilities > 0.5)
        right = (predicted == y).all(axis=1)
    else:
        eps = np.finfo(dtype).eps
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=4 * eps)
        expected = fitted.classes_[probabilities.argmax(axis=1)]
        np.testing.assert_array_equal(predicted, expected)
        right = predicted == y
    assert fitted.score(X.astype(dtype), y) == right.mean()
    weights = np.linspace(0, 1, N_ROWS)
    assert fitted.score(X.astype(dtype), y, weights) == pytest.approx(
        np.average(right, weights=weights)
    )
    # Labels that follow from the data are learned.
    most_frequent = np.unique(y, axis=0, return_counts=True)[1].max()
    assert right.sum() > 1.2 * most_frequent or targets == "one class"


@pytest.mark.parametrize("targets", ["two classes", "four classes"])
def test_shapes_are_those_of_scikit_learn(targets, X):
    y = TARGETS[targets](X)
    ours, theirs = model().fit(X, y), LogisticRegression().fit(X[:, -1], y)
    for name in ("decision_function", "predict_proba", "predict_log_proba", "predict"):
        found, wanted = getattr(ours, name)(X), getattr(theirs, name)(X[:, -1])
        assert (found.shape, found.dtype) == (wanted.shape, wanted.dtype)
        # One row is predicted as it is among the others.
        np.testing.assert_array_equal(getattr(ours, name)(X[4:5]), found[4:5])


@every_target
@pytest.mark.parametrize("size", [1.0, 1e4, 1e30])
def test_logarithms_of_probabilities_are_finite(size, targets, dtype, X):
    y = TARGETS[targets](X)
    fitted = model().fit(X.astype(dtype), y)
    fitted.coefs_[0][...] *= size
    logs = fitted.predict_log_proba(X.astype(dtype))
    decision = fitted.decision_function(X.astype(dtype)).astype(np.float64)
    assert np.isfinite(logs).all()
    assert (logs <= 0).all()
    wanted = {
        "two classes": lambda: log_softmax(
            np.column_stack([np.zeros(N_ROWS), decision]), axis=1
        ),
        "labels": lambda: log_softmax(
            np.stack([np.zeros_like(decision), decision]), axis=0
        )[1],
    }.get(targets, lambda: log_softmax(decision, axis=1))()
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(logs, wanted, rtol=8 * eps, atol=eps * size)
    with np.errstate(divide="ignore"):
        direct = np.log(fitted.predict_proba(X.astype(dtype)))
    is_there = np.isfinite(direct) & (direct > -50)
    np.testing.assert_allclose(
        logs[is_there], direct[is_there], rtol=100 * eps, atol=100 * eps
    )


def test_one_class_is_certain(X):
    fitted = model(max_iter=20).fit(X, np.full(N_ROWS, "only"))
    assert fitted.classes_.tolist() == ["only"]
    assert (fitted.predict(X) == "only").all()
    np.testing.assert_array_equal(fitted.predict_proba(X), np.ones((N_ROWS, 1)))
    np.testing.assert_array_equal(fitted.predict_log_proba(X), np.zeros((N_ROWS, 1)))
    assert fitted.score(X, np.full(N_ROWS, "only")) == 1
    # There is nothing to learn: no weight moves.
    assert fitted.loss_curve_ == [0.0] * 20
    untrained = model(max_iter=1).fit(X, np.full(N_ROWS, "only"))
    np.testing.assert_array_equal(vector_of(fitted), vector_of(untrained))


def test_the_state_before_training_is_the_frequencies(X):
    """A rate near 0 leaves the intercepts, which are the logs of the frequencies."""
    settings = {"learning_rate_init": 1e-300, "max_iter": 1}
    weights = np.linspace(0.5, 2, N_ROWS)
    for targets in ("two classes", "four classes"):
        y = TARGETS[targets](X)
        fitted = model(**settings).fit(X, y, weights)
        shares = np.array([weights[y == c].sum() for c in fitted.classes_])
        logs = np.log(shares / shares.sum())
        expected = logs[1:] - logs[:1] if targets == "two classes" else logs
        np.testing.assert_allclose(fitted.intercepts_[0], expected, rtol=1e-12)
    y = several_labels(X)
    fitted = model(**settings).fit(X, y, weights)
    shares = np.average(y, axis=0, weights=weights)
    np.testing.assert_allclose(
        fitted.intercepts_[0], np.log(shares / (1 - shares)), rtol=1e-12
    )


def test_of_steps_that_are_too_long_the_labels_are_not_to_blame(X):
    exploding = model(max_iter=20, learning_rate_init=1e4, clip_norm=None)
    with pytest.warns(ConvergenceWarning, match="in epoch .* or X too large") as caught:
        exploding.fit(X, labels_of(X, 4))
    assert caught[0].filename == __file__
    # The weights that are kept are no worse than the frequencies by much.
    assert log_loss(labels_of(X, 4), exploding.predict_proba(X)) < 2 * np.log(4)


# Symmetries

# First one epoch in which nothing moves. The next optimiser begins without moments.
UNTRAINED = {
    "max_iter": 1,
    "solver": "sgd",
    "learning_rate_init": 1e-300,
    "warm_start": True,
}
TRAINED = {"max_iter": 20, "solver": "adam", "learning_rate_init": 0.01}


def test_two_classes_may_change_names(X):
    """The network of the other class is the mirrored one: only the head differs."""
    y = labels_of(X, 2)
    # Draw the same first weights, and mirror those of the head.
    swapped = np.where(y == "a", "b", "a")
    ours, theirs = model(**UNTRAINED).fit(X, y), model(**UNTRAINED).fit(X, swapped)
    theirs.coefs_[0][...] = -ours.coefs_[0]
    for fitted, labels in ((ours, y), (theirs, swapped)):
        fitted.set_params(**TRAINED)
        fitted.fit(X, labels)
    np.testing.assert_allclose(
        ours.predict_proba(X), theirs.predict_proba(X)[:, ::-1], rtol=1e-9
    )
    assert (ours.predict(X) != theirs.predict(X)).all()


def test_many_classes_may_change_names(X):
    y = labels_of(X, 4)
    order = np.array([2, 0, 3, 1])
    renamed = np.array(list("abcd"))[order[np.unique(y, return_inverse=True)[1]]]
    ours, theirs = model(**UNTRAINED).fit(X, y), model(**UNTRAINED).fit(X, renamed)
    np.testing.assert_array_equal(theirs.intercepts_[0][order], ours.intercepts_[0])
    theirs.coefs_[0][:, order] = ours.coefs_[0]
    for fitted, labels in ((ours, y), (theirs, renamed)):
        fitted.set_params(**TRAINED)
        fitted.fit(X, labels)
    np.testing.assert_allclose(
        theirs.predict_proba(X)[:, order], ours.predict_proba(X), rtol=1e-9
    )


def test_a_label_twice_is_predicted_twice(X):
    """With heads that begin alike, two equal labels train as two classes do."""
    y = labels_of(X, 2) == "b"
    both = np.column_stack([y, y]).astype(int)
    one, two = model(**UNTRAINED).fit(X, y), model(**UNTRAINED).fit(X, both)
    np.testing.assert_allclose(two.intercepts_[0], one.intercepts_[0][[0, 0]])
    two.coefs_[0][...] = one.coefs_[0]
    for name in ("kernels_", "recurrent_kernels_", "biases_"):
        getattr(two, name)[0] = getattr(one, name)[0]
    # Adam divides by the size of the gradient: each head has half of it, for the loss
    # is the mean over labels, and the cells have the sum of both halves.
    # One step an epoch: rounding errors of small gradients would add up.
    settings = TRAINED | {"solver": Adam(epsilon=1e-300), "clip_norm": None}
    settings |= {"batch_size": len(X), "recurrent_dropout": 0}
    one.set_params(**settings).fit(X, y)
    found = two.set_params(**settings).fit(X, both).predict_proba(X)
    np.testing.assert_allclose(found[:, 0], one.predict_proba(X)[:, 1], rtol=1e-8)
    np.testing.assert_allclose(found[:, 1], found[:, 0], rtol=1e-12)


def test_labels_have_separate_losses(X):
    """Their loss is the mean of those that each label has alone, with its weights."""
    y = several_labels(X)
    weights = np.linspace(0.2, 2, N_ROWS)
    fitted = model().fit(
        X[:40],
        y[:40],
        weights[:40],
        X_val=X[40:],
        y_val=y[40:],
        sample_weight_val=weights[40:],
    )
    found = fitted.predict_proba(X[40:])
    expected = np.mean(
        [log_loss(y[40:, k], found[:, k], sample_weight=weights[40:]) for k in range(3)]
    )
    assert fitted.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-12)


def test_one_against_the_rest_is_two_classes_each(X):
    y = labels_of(X, 4)
    found = OneVsRestClassifier(model()).fit(X, y)
    alone = [
        model().fit(X, (y == c).astype(int)).predict_proba(X)[:, 1] for c in "abcd"
    ]
    expected = np.column_stack(alone)
    np.testing.assert_allclose(
        found.predict_proba(X), expected / expected.sum(axis=1, keepdims=True)
    )
    several = several_labels(X)
    each = OneVsRestClassifier(model()).fit(X, several)
    for k in range(3):
        expected = model().fit(X, several[:, k]).predict_proba(X)[:, 1]
        np.testing.assert_allclose(each.predict_proba(X)[:, k], expected)


def test_leading_missing_steps_are_no_steps(X):
    y = labels_of(X, 4)
    fitted = model(standardize=False).fit(X, y)
    padded = np.concatenate([np.full((N_ROWS, 3, 2), np.nan), X], axis=1)
    found = fitted.predict_proba(padded)
    np.testing.assert_array_equal(found, fitted.predict_proba(X))
    np.testing.assert_allclose(
        model(standardize=False, gate_init="keras").fit(padded, y).predict_proba(X),
        model(standardize=False, gate_init="keras").fit(X, y).predict_proba(X),
        rtol=1e-10,
    )


# What is kept


@every_target
def test_threads_copies_and_pickles_change_no_bit(targets, dtype, X):
    y = TARGETS[targets](X)
    X = X.astype(dtype)
    fitted = model(warm_start=True).fit(X, y)
    expected = fitted.predict_proba(X)
    others = [
        clone(fitted).set_params(n_jobs=2).fit(X, y),
        pickle.loads(pickle.dumps(fitted)),
        copy.deepcopy(fitted),
    ]
    for other in others:
        np.testing.assert_array_equal(other.predict_proba(X), expected)
        np.testing.assert_array_equal(other.predict(X), fitted.predict(X))
        assert other.classes_.tolist() == fitted.classes_.tolist()
    fitted.fit(X, y)
    for other in others:
        np.testing.assert_array_equal(
            other.fit(X, y).predict_proba(X), fitted.predict_proba(X)
        )


@pytest.mark.parametrize(
    "labels",
    [
        np.array(["a", "ß"], dtype=object),
        np.array([True, False]),
        np.array(["2020-01-01", "2020-01-02"], dtype="datetime64[D]"),
        pd.array(["x", "y"], dtype="string"),
    ],
    ids=["objects", "booleans", "days", "strings"],
)
def test_labels_come_back_from_skops(labels, X, tmp_path):
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    y = labels[(X[:, -1, 0] > 0).astype(int)]
    fitted = model().fit(X, y)
    skops.dump(fitted, tmp_path / "model.skops")
    untrusted = skops.get_untrusted_types(file=tmp_path / "model.skops")
    again = skops.load(tmp_path / "model.skops", trusted=untrusted)
    assert again.classes_.dtype == fitted.classes_.dtype
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(
        again.partial_fit(X, y).predict_proba(X),
        fitted.partial_fit(X, y).predict_proba(X),
    )
