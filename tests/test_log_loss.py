"""Compare the log losses with scikit-learn's, and gradients with the complex step."""

import numpy as np
import pytest
import reference
from scipy.special import expit, softmax
from sklearn.metrics import log_loss

from skgru import GRUClassifier
from skgru._training._losses._base import (
    initial_intercepts,
    loss_and_gradient,
    n_raw,
    prediction_derivatives,
    predictions,
)
from skgru._training._losses._log_loss import BinaryLogLoss, LogLoss

EXTREME = [1e4, -1e4, 80.0, -80.0, 0.0]


def loss_of(n_classes):
    """A loss of so many classes; its frequencies have no part in its value."""
    return LogLoss(np.log(np.full(n_classes, 1 / n_classes)))


def of_labels(n_labels):
    return BinaryLogLoss(np.zeros(n_labels))


def by_metric(loss, targets, raw, weights):
    """The value of a loss by scikit-learn, of probabilities by SciPy."""
    if isinstance(loss, LogLoss):
        labels = np.arange(raw.shape[1])
        proba = softmax(raw, axis=1)
        return log_loss(targets[:, 0], proba, sample_weight=weights, labels=labels)
    return np.mean(
        [
            log_loss(targets[:, k], expit(raw[:, k]), sample_weight=weights)
            for k in range(raw.shape[1])
        ]
    )


def by_equation(loss, targets, raw, weights):
    """The value of a loss for complex raw predictions."""
    if isinstance(loss, LogLoss):
        chosen = raw[np.arange(len(raw)), targets[:, 0].astype(int)]
        values = np.log(np.exp(raw).sum(axis=1)) - chosen
    else:
        values = (np.log(1 + np.exp(raw)) - targets * raw).mean(axis=1)
    return (weights * values).sum() / weights.sum()


def mean_and_gradient(loss, targets, raw, weights):
    totals, d_raw = np.zeros(targets.shape[1]), np.full_like(raw, np.nan)
    loss_and_gradient(loss, targets, raw, weights, float(weights.sum()), totals, d_raw)
    return totals.mean() / weights.sum(), d_raw


def some_rows(loss, n_rows, rng):
    """Targets of all classes, and raw predictions."""
    if isinstance(loss, LogLoss):
        n_classes = len(loss.log_frequencies)
        codes = np.arange(n_rows) % n_classes
        return rng.permutation(codes)[:, np.newaxis].astype(float), 2 * rng.randn(
            n_rows, n_classes
        )
    n_labels = len(loss.log_odds)
    targets = rng.permutation(np.arange(n_rows) % 2)[:, np.newaxis]
    targets = np.concatenate([targets] * n_labels, axis=1).astype(float)
    targets[: n_rows // 3, -1] = 1 - targets[: n_rows // 3, -1]
    return targets, 2 * rng.randn(n_rows, n_labels)


LOSSES = {
    "two classes by a softmax": loss_of(2),
    "five classes": loss_of(5),
    "two classes": of_labels(1),
    "three labels": of_labels(3),
}
losses = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES.keys())


@losses
def test_value_is_the_metrics(loss, rng):
    targets, raw = some_rows(loss, 20, rng)
    weights = rng.uniform(size=20)
    value, _ = mean_and_gradient(loss, targets, raw, weights)
    expected = by_metric(loss, targets, raw, weights)
    assert value == pytest.approx(expected, rel=1e-12)


@losses
def test_gradient_is_exact(loss, rng):
    targets, raw = some_rows(loss, 7, rng)
    weights = rng.uniform(size=7)
    _, d_raw = mean_and_gradient(loss, targets, raw, weights)

    def value(vector):
        return by_equation(loss, targets, vector.reshape(raw.shape), weights)

    expected = reference.complex_step_gradient(value, raw.ravel())
    np.testing.assert_allclose(d_raw.ravel(), expected, rtol=1e-11, atol=1e-15)


@losses
def test_float32_is_float64_rounded(loss, rng):
    targets, raw = some_rows(loss, 30, rng)
    exact, d_exact = mean_and_gradient(loss, targets, raw, np.ones(30))
    single = (part.astype(np.float32) for part in (targets, raw, np.ones(30)))
    value, d_raw = mean_and_gradient(loss, *single)
    assert value == pytest.approx(exact, rel=1e-5)
    np.testing.assert_allclose(d_raw, d_exact, atol=1e-6)


@losses
def test_extreme_raw_predictions_have_a_finite_loss(loss, dtype):
    """Far from 0 the loss of a row is a difference of raw predictions, to rounding."""
    n_columns = n_raw(loss, 1 if isinstance(loss, LogLoss) else len(loss[0]))
    for right, wrong in ((1e4, -1e4), (-1e4, 1e4)):
        raw = np.full((1, n_columns), wrong, dtype)
        if isinstance(loss, LogLoss):
            raw[0, 1] = right
            targets = np.ones((1, 1), dtype)
            expected = max(0, wrong - right) + np.log(n_columns - 1) * (right < wrong)
            size = 1.0
        else:
            raw[...] = right
            targets = np.ones((1, n_columns), dtype)
            expected, size = max(0, -right), 1 / n_columns
        value, d_raw = mean_and_gradient(loss, targets, raw, np.ones(1, dtype))
        assert value == pytest.approx(expected, rel=1e-6)
        wanted = -size if right < wrong else 0
        np.testing.assert_allclose(d_raw[0, -1 if len(d_raw[0]) == 1 else 1], wanted)
        assert np.isfinite(d_raw).all()


@losses
def test_all_pairs_of_extreme_numbers_stay_finite(loss, dtype):
    n_columns = n_raw(loss, 1 if isinstance(loss, LogLoss) else len(loss[0]))
    grid = np.array(np.meshgrid(*[EXTREME] * min(n_columns, 3))).reshape(
        min(n_columns, 3), -1
    )
    raw = np.zeros((grid.shape[1], n_columns), dtype)
    raw[:, : len(grid)] = grid.T
    n_targets = 1 if isinstance(loss, LogLoss) else n_columns
    for target in (0, 1):
        targets = np.full((len(raw), n_targets), target, dtype)
        value, d_raw = mean_and_gradient(loss, targets, raw, np.ones(len(raw), dtype))
        assert np.isfinite(value)
        assert value >= 0
        assert np.isfinite(d_raw).all()
        if isinstance(loss, LogLoss):
            # A softmax does not change if all raw predictions rise by the same.
            np.testing.assert_allclose(d_raw.sum(axis=1), 0, atol=1e-7)


@losses
def test_a_weight_of_two_is_a_row_twice(loss, rng):
    targets, raw = some_rows(loss, 5, rng)
    weights = np.array([1.0, 2.0, 1.0, 3.0, 0.0])
    repeats = weights.astype(int)
    weighted, d_weighted = mean_and_gradient(loss, targets, raw, weights)
    repeated, d_repeated = mean_and_gradient(
        loss, targets.repeat(repeats, 0), raw.repeat(repeats, 0), np.ones(7)
    )
    assert weighted == pytest.approx(repeated, rel=1e-14)
    starts = np.cumsum([0, *repeats[:3]])
    np.testing.assert_allclose(
        d_weighted[:4], np.add.reduceat(d_repeated, starts), rtol=1e-13
    )
    np.testing.assert_array_equal(d_weighted[4], 0)


@losses
@pytest.mark.parametrize("column", [0, -1])
def test_what_is_not_a_number_is_not_lost(column, loss, dtype, rng):
    targets, raw = some_rows(loss, 5, rng)
    raw[1, column] = np.nan
    parts = (part.astype(dtype) for part in (targets, raw, np.ones(5)))
    value, _ = mean_and_gradient(loss, *parts)
    assert np.isnan(value)


def test_a_sigmoid_is_a_softmax_of_two(rng):
    targets, raw = some_rows(of_labels(1), 20, rng)
    weights = rng.uniform(size=20)
    value, d_raw = mean_and_gradient(of_labels(1), targets, raw, weights)
    zeros = np.zeros_like(raw)
    both, d_both = mean_and_gradient(
        loss_of(2), targets, np.concatenate([zeros, raw], axis=1), weights
    )
    assert value == pytest.approx(both, rel=1e-13)
    np.testing.assert_allclose(d_raw[:, 0], d_both[:, 1], rtol=1e-11)
    np.testing.assert_allclose(d_raw[:, 0], -d_both[:, 0], rtol=1e-11)


def test_several_labels_are_each_by_itself(rng):
    targets, raw = some_rows(of_labels(3), 20, rng)
    weights = rng.uniform(size=20)
    value, d_raw = mean_and_gradient(of_labels(3), targets, raw, weights)
    alone = [
        mean_and_gradient(
            of_labels(1), targets[:, [k]].copy(), raw[:, [k]].copy(), weights
        )
        for k in range(3)
    ]
    assert value == pytest.approx(np.mean([part for part, _ in alone]), rel=1e-14)
    expected = np.concatenate([part for _, part in alone], axis=1) / 3
    np.testing.assert_allclose(d_raw, expected, rtol=1e-13)


def test_one_class_has_no_loss(dtype, rng):
    raw = (100 * rng.randn(4, 1)).astype(dtype)
    value, d_raw = mean_and_gradient(
        loss_of(1), np.zeros((4, 1), dtype), raw, np.ones(4, dtype)
    )
    assert value == 0
    np.testing.assert_array_equal(d_raw, 0)


@losses
def test_decision_values_are_the_raw_predictions(loss, rng):
    targets, raw = some_rows(loss, 6, rng)
    found = predictions(loss, raw)
    np.testing.assert_array_equal(found.reshape(raw.shape), raw)
    assert found.shape[1] == targets.shape[1]
    derivatives = prediction_derivatives(loss, raw)
    assert derivatives.shape == (*found.shape[1:], *raw.shape)
    moved = 1e-3 * rng.randn(*raw.shape)
    change = np.einsum("kjir,ir->ikj", derivatives, moved)
    np.testing.assert_allclose(predictions(loss, raw + moved) - found, change)


def test_training_begins_at_the_best_constant(rng):
    codes = rng.choice(3, p=[0.6, 0.3, 0.1], size=50)
    shares = np.bincount(codes) / 50
    loss = LogLoss(np.log(shares))
    targets = codes[:, np.newaxis].astype(float)
    raw = np.tile(initial_intercepts(loss, 1), (50, 1))
    value, d_raw = mean_and_gradient(loss, targets, raw, np.ones(50))
    assert value == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-13)
    np.testing.assert_allclose(d_raw.sum(axis=0), 0, atol=1e-15)
    labels = (rng.rand(50, 2) < [0.2, 0.7]).astype(float)
    odds = labels.mean(axis=0) / (1 - labels.mean(axis=0))
    loss = BinaryLogLoss(np.log(odds))
    raw = np.tile(initial_intercepts(loss, 2), (50, 1))
    _, d_raw = mean_and_gradient(loss, labels, raw, np.ones(50))
    np.testing.assert_allclose(d_raw.sum(axis=0), 0, atol=1e-15)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("standardize", [True, False])
def test_curves_are_the_metric_of_predict_proba(standardize, n_classes, rng):
    X = rng.randn(80, 3)
    y = np.array(list("abc"))[(X[:, 0] > 0) + (n_classes - 2) * (X[:, 1] > 0)]
    weights = rng.uniform(0.5, 2, size=80)
    train, other = slice(60), slice(60, None)
    model = GRUClassifier(
        5,
        standardize=standardize,
        class_weight={"a": 3.0},
        max_iter=3,
        n_iter_no_change=None,
        early_stopping=False,
        random_state=0,
    ).fit(
        X[train],
        y[train],
        weights[train],
        X_val=X[other],
        y_val=y[other],
        sample_weight_val=weights[other],
    )
    expected = log_loss(
        y[other],
        model.predict_proba(X[other]),
        sample_weight=(weights * np.where(y == "a", 3.0, 1.0))[other],
        labels=model.classes_,
    )
    assert model.validation_loss_curve_[-1] == pytest.approx(expected, rel=1e-10)
