"""Compare attributions with Shapley values, another way to explain a prediction."""

import numpy as np
import pytest

from skgru import GRURegressor
from skgru.inspection import integrated_gradients

shap = pytest.importorskip("shap", reason="shap is not installed")


def test_shapley_values_agree_in_sign_and_rank(rng):
    X = rng.randn(400, 6)
    y = 3 * X[:, 5] - 2 * X[:, 3] + X[:, 1] + 0.3 * X[:, 5] * X[:, 3]
    model = GRURegressor(16, random_state=0, n_iter_no_change=None).fit(X, y)
    assert model.score(X, y) > 0.95
    baseline = X.mean(axis=0)
    attributions = integrated_gradients(model, X[:20], baseline=baseline)
    explainer = shap.ExactExplainer(
        model.predict, shap.maskers.Independent(baseline[np.newaxis])
    )
    values = explainer(X[:20]).values
    # Attributions and Shapley values add up to the same difference of predictions.
    np.testing.assert_allclose(attributions.sum(axis=1), values.sum(axis=1), rtol=1e-6)
    # Signs agree where a value is too large to be noise of the network.
    is_large = np.abs(values) > 0.1 * np.abs(values).max()
    assert is_large.sum() > 30
    assert (np.sign(attributions) == np.sign(values))[is_large].all()
    # In most rows, the same one of the steps that influence y has the largest value.
    causes = [1, 3, 5]
    agree = np.abs(attributions[:, causes]).argmax(axis=1) == np.abs(
        values[:, causes]
    ).argmax(axis=1)
    assert agree.mean() > 0.9
    mean_sizes = [np.abs(found).mean(axis=0) for found in (attributions, values)]
    np.testing.assert_array_equal(*(np.argsort(size)[-3:] for size in mean_sizes))
