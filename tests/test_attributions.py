"""Attributions add up, and show which inputs a prediction comes from."""

import numpy as np
import pandas as pd
import pytest

from skgru import GRURegressor
from skgru.inspection import input_gradients, integrated_gradients, memory_horizon

SHORT = {
    "max_iter": 5,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
# Tolerances for sums of a few dozen numbers.
EXACT = {"rtol": 1e-9, "atol": 1e-10}


def model_of_samples(rng, **options):
    X = 5 + 2 * rng.randn(40, 4, 3)
    y = np.abs(np.column_stack([X[:, -1, 0] + X[:, 0, 1] ** 2, X[:, 1, 2]]))
    return GRURegressor((4, 3), **SHORT, **options).fit(X, y), X


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"standardize": False},
        {"anchor": 1, "bidirectional": True},
        {"static_features": [0], "time_order": "newest_first"},
        {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]},
        {"loss": "poisson", "reset_after": False},
    ],
)
def test_attributions_add_up_to_the_difference_of_predictions(options, rng):
    model, X = model_of_samples(rng, **options)
    baseline = 5 + rng.randn(*X.shape)
    attributions = integrated_gradients(model, X, baseline=baseline, tol=1e-12)
    np.testing.assert_allclose(
        attributions.sum(axis=(1, 2)),
        model.predict(X) - model.predict(baseline),
        **EXACT,
    )


def test_attributions_are_the_mean_gradient_along_the_line(rng):
    model, X = model_of_samples(rng)
    X, baseline = X[:3], rng.randn(3)
    # The midpoint rule; its error falls with the square of the number of points.
    points = (np.arange(400) + 0.5) / 400
    mean = np.mean(
        [input_gradients(model, baseline + p * (X - baseline)) for p in points], axis=0
    )
    np.testing.assert_allclose(
        integrated_gradients(model, X, baseline=baseline),
        mean * (X - baseline)[..., np.newaxis],
        rtol=0,
        atol=1e-4 * model.target_scale_.max(),
    )


def test_default_baseline_is_the_mean_of_the_training_rows(rng):
    model, X = model_of_samples(rng)
    np.testing.assert_allclose(
        integrated_gradients(model, X),
        integrated_gradients(model, X, baseline=X.mean(axis=(0, 1))),
        **EXACT,
    )
    # Without standardising, the default baseline is zero.
    model, X = model_of_samples(rng, standardize=False)
    np.testing.assert_array_equal(
        integrated_gradients(model, X), integrated_gradients(model, X, baseline=0)
    )


def test_default_baseline_of_an_anchor_is_its_last_value(rng):
    model, X = model_of_samples(rng, anchor=1)
    baseline = np.broadcast_to(model.feature_mean_, X.shape).copy()
    baseline[:, :, 1] = X[:, -1:, 1]
    attributions = integrated_gradients(model, X)
    np.testing.assert_allclose(
        attributions, integrated_gradients(model, X, baseline=baseline), **EXACT
    )
    assert not attributions[:, -1, 1].any()


def test_rows_and_their_static_features(rng):
    X = pd.DataFrame(rng.randn(60, 4), columns=["month", "lag_2", "lag_1", "lag_3"])
    model = GRURegressor(4, **SHORT).fit(X, X["lag_1"] * X["month"])
    attributions = integrated_gradients(model, X, baseline=[1, 2, 3, 4], tol=1e-12)
    baseline = pd.DataFrame([[1.0, 2.0, 3.0, 4.0]], columns=X.columns)
    assert attributions.shape == X.shape
    np.testing.assert_allclose(
        attributions.sum(axis=1), model.predict(X) - model.predict(baseline), **EXACT
    )
    # A feature that equals its baseline does not contribute to the difference.
    X["lag_2"] = 2.0
    assert not integrated_gradients(model, X, baseline=[1, 2, 3, 4])[:, 1].any()


@pytest.mark.parametrize("standardize", [True, "pooled", False])
@pytest.mark.parametrize("options", [{}, {"static_features": ["b"]}])
def test_windows_of_several_series(options, standardize, rng):
    X = pd.DataFrame({"a": rng.randn(60), "place": 1, "b": rng.randn(60)})
    X.loc[30:, "a"] = 50 + 10 * X.loc[30:, "a"]
    X.loc[30:, "place"] = 2
    model = GRURegressor(
        4, window=4, group_column="place", standardize=standardize, **SHORT, **options
    )
    model.fit(X, X["a"])
    attributions = integrated_gradients(model, X, baseline=3.0, tol=1e-12)
    assert attributions.shape == (60, 4, 3)
    assert not attributions[:, :, 1].any()
    # In a constant series all windows of four rows are the same.
    constant = X.assign(a=3.0, b=3.0)
    difference = model.predict(X) - model.predict(constant)
    np.testing.assert_allclose(attributions.sum(axis=(1, 2)), difference, **EXACT)


def test_missing_steps_have_no_part(rng):
    X = rng.randn(40, 6, 2)
    X[::2, :3] = np.nan
    model = GRURegressor(4, **SHORT).fit(X, X[:, -1, 0])
    attributions = integrated_gradients(model, X, baseline=1.0, tol=1e-12)
    assert not attributions[::2, :3].any()
    baseline = np.where(np.isnan(X), np.nan, 1.0)
    np.testing.assert_allclose(
        attributions.sum(axis=(1, 2)),
        model.predict(X) - model.predict(baseline),
        **EXACT,
    )


def test_attributions_add_up_where_the_network_is_a_switch(rng):
    X = rng.randn(20, 3, 1)
    model = GRURegressor(1, standardize=False, anchor=None, **SHORT)
    model.fit(X, X[:, -1, 0])
    # These weights make the candidate the sign of the last input, except very near 0.
    model._fitted.model.parameters[:] = 0
    model.kernels_[0][0, 2] = 5000
    model.biases_[0][0, 0] = -20
    model.coefs_[0][0, 0] = 1
    attributions = integrated_gradients(model, X, baseline=-X)
    difference = model.predict(X) - model.predict(-X)
    np.testing.assert_allclose(np.abs(difference), 2, rtol=1e-8)
    np.testing.assert_allclose(attributions[:, -1, 0], difference, atol=1e-4)


def test_lines_with_too_many_parts_are_warned_of(rng, monkeypatch):
    X = 10 * rng.randn(40, 6, 2)
    model = GRURegressor(4, standardize=False, anchor=None, **SHORT)
    model.fit(X, X[:, -1, 0])
    monkeypatch.setattr("skgru.inspection._integrated_gradients._MOST_PARTS", 1)
    with pytest.warns(
        UserWarning, match=r"sequence\(s\) miss .* tol=1e-10 .* Raise tol"
    ):
        integrated_gradients(model, X, tol=1e-10)


def test_single_precision_ends_where_rounding_begins(rng):
    X = 1000 + rng.randn(40, 6, 2).astype(np.float32)
    model = GRURegressor(4, anchor=0, **SHORT).fit(X, X[:, -1, 0])
    attributions = integrated_gradients(model, X, baseline=1000.0, tol=1e-12)
    difference = model.predict(X) - model.predict(np.full_like(X, 1000))
    np.testing.assert_allclose(
        attributions.sum(axis=(1, 2)), difference, rtol=0, atol=1e-3
    )


def test_baselines_with_names_are_found_by_them(rng):
    X = pd.DataFrame(100 + rng.randn(60, 3), columns=["a", "place", "c"])
    X["place"] = np.repeat(["north", "south"], 30)
    options = {"window": 3, "group_column": "place", **SHORT}
    model = GRURegressor(4, **options).fit(X, X["a"] + X["c"])
    by_place = integrated_gradients(model, X, baseline=[1, 0, 90])
    for baseline in (
        pd.Series({"c": 90.0, "a": 1.0}),
        pd.DataFrame({"place": ["north"], "c": [90.0], "a": [1.0]}),
        [1, np.nan, 90],
    ):
        np.testing.assert_array_equal(
            integrated_gradients(model, X, baseline=baseline), by_place
        )
    with pytest.raises(ValueError, match=r"lacks \['c'\], and \['b'\] were not"):
        integrated_gradients(model, X, baseline=pd.Series({"a": 1.0, "b": 2.0}))


def test_what_is_no_baseline_is_refused(rng):
    model, X = model_of_samples(rng)
    with pytest.raises(ValueError, match=r"shape \(4,\), which does not broadcast to"):
        integrated_gradients(model, X, baseline=[1, 2, 3, 4])
    for value in (np.nan, np.inf, 1e309):
        with pytest.raises(ValueError, match="baseline holds NaN, infinity, or"):
            integrated_gradients(model, X, baseline=[1, value, 3])
    with pytest.raises(ValueError, match="baseline cannot be read as numbers"):
        integrated_gradients(model, X, baseline="mean")
    with pytest.raises(ValueError, match="tol == 0, must be > 0"):
        integrated_gradients(model, X, tol=0)


def test_attributions_find_the_cause_five_steps_back(rng):
    X = rng.randn(1500, 2)
    y = np.zeros(1500)
    y[5:] = 2 * X[:-5, 1]
    model = GRURegressor(16, window=10, max_iter=60, random_state=0).fit(
        X[:1200], y[:1200]
    )
    assert model.score(X[1200:], y[1200:]) > 0.95
    size = np.abs(integrated_gradients(model, X[1200:])[10:]).mean(axis=0)
    # Of ten steps, the one with index 4 is five before the newest.
    assert np.unravel_index(size.argmax(), size.shape) == (4, 1)
    assert size[4, 1] > 0.8 * size.sum()
    sensitivity = memory_horizon(model, X[1200:]).sensitivity
    assert sensitivity.argmax() == 5
