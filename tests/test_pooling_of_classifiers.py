"""The parameter `pooling` of classifiers: what it is for, and that it is used."""

import numpy as np
import pytest
import reference

from skgru import GRUClassifier

SETTINGS = {
    "hidden_layer_sizes": 8,
    "max_iter": 3,
    "n_iter_no_change": None,
    "early_stopping": False,
}


def test_decision_values_are_the_equations_with_the_published_attributes(rng):
    X = rng.randn(40, 6, 2)
    X[::3, :2] = np.nan
    y = rng.randint(3, size=40)
    model = GRUClassifier(pooling="mean", **SETTINGS).fit(X, y)
    scaled = (X - model.feature_mean_) / model.feature_scale_
    observed = [x[~np.isnan(x).any(axis=1)] for x in scaled]
    weights = [model.kernels_[0], model.recurrent_kernels_[0], model.coefs_[0]]
    weights += [model.biases_[0], model.intercepts_[0]]
    vector = np.concatenate([part.ravel() for part in weights])
    expected = reference.predict(vector, observed, (8,), 3, cell="gru", pooling="mean")
    np.testing.assert_allclose(model.decision_function(X), expected, rtol=1e-10)


def test_a_sign_anywhere_in_a_long_sequence_is_found(rng):
    # Which of two signs stands at one step out of 60, among noise of its size.
    X = rng.randn(200, 60, 1)
    y = rng.randint(2, size=200)
    X[np.arange(200), rng.randint(60, size=200), 0] += np.where(y, 8, -8)
    scores = {
        pooling: GRUClassifier(8, pooling=pooling, max_iter=30, random_state=0)
        .fit(X[:150], y[:150])
        .score(X[150:], y[150:])
        for pooling in ("last", "mean")
    }
    assert scores["mean"] > 0.9
    assert scores["mean"] >= scores["last"]


def test_another_pooling_cannot_go_on_training(rng):
    X, y = rng.randn(30, 4, 1), rng.randint(2, size=30)
    model = GRUClassifier(warm_start=True, **SETTINGS).fit(X, y)
    with pytest.raises(ValueError, match="pooling is 'mean', but was 'last'"):
        model.set_params(pooling="mean").fit(X, y)
