"""`memory_horizon`: how far back a prediction looks, for models where it is known."""

import numpy as np
import pytest

from skgru import GRURegressor
from skgru.inspection import memory_horizon


def leaky_unit(keeps):
    """A model of one unit that keeps a known part of its state, almost linear."""
    X = np.random.RandomState(0).randn(30, 40, 1)
    options = {"early_stopping": False, "standardize": False}
    model = GRURegressor(1, max_iter=1, n_iter_no_change=None, **options)
    model.fit(X, X[:, -1, 0])
    model._fitted.model.parameters[:] = 0
    model.kernels_[0][0, 2] = 1e-6  # the candidate, where tanh is a line
    model.biases_[0][0, 0] = np.log(keeps / (1 - keeps))
    model.coefs_[0][0, 0] = 1e6
    return model, X


@pytest.mark.parametrize("keeps", [0.5, 0.8])
def test_memory_of_a_leaky_unit_decays_as_its_update_gate_says(keeps):
    model, X = leaky_unit(keeps)
    horizon = memory_horizon(model, X)
    decay = (1 - keeps) * keeps ** np.arange(40)
    np.testing.assert_allclose(horizon.sensitivity, decay, rtol=1e-9)
    assert horizon.n_steps == int(np.log(0.01) / np.log(keeps)) + 1
    half = memory_horizon(model, X, threshold=0.45)
    assert half.n_steps == int(np.log(0.45) / np.log(keeps)) + 1


def test_memory_reaches_as_far_as_there_are_steps():
    model, X = leaky_unit(0.99)
    assert memory_horizon(model, X).n_steps == 40
    X = X.copy()
    X[:, :10] = np.nan
    horizon = memory_horizon(model, X)
    assert horizon.n_steps == 30
    assert np.isnan(horizon.sensitivity[30:]).all()


def test_a_constant_model_hears_nothing():
    model, X = leaky_unit(0.5)
    model.coefs_[0][:] = 0
    horizon = memory_horizon(model, X)
    assert horizon.n_steps == 0
    assert not horizon.sensitivity.any()


def test_units_of_X_and_y_do_not_matter_to_the_memory(rng):
    X = rng.randn(60, 8, 2)
    y = X[:, 4, 0]
    curve = memory_horizon(
        GRURegressor(4, early_stopping=False, random_state=0).fit(X, y), X
    ).sensitivity
    scaled = 7 + 1000 * X
    model = GRURegressor(4, early_stopping=False, random_state=0).fit(scaled, 1e-3 * y)
    np.testing.assert_allclose(
        memory_horizon(model, scaled).sensitivity, curve, rtol=1e-6
    )


def test_thresholds_are_parts():
    model, X = leaky_unit(0.5)
    for threshold in (0, -1, 1.5):
        with pytest.raises(ValueError, match=f"threshold == {threshold}, must be"):
            memory_horizon(model, X, threshold=threshold)


def test_outputs_that_are_the_same_sound_like_one(rng):
    X = rng.randn(60, 8, 2)
    y = X[:, 4, 0]
    options = {"early_stopping": False, "random_state": 0, "max_iter": 5}
    model = GRURegressor(4, **options, n_iter_no_change=None).fit(X, y)
    double = GRURegressor(4, **options, n_iter_no_change=None)
    double.fit(X, np.column_stack([y, y]))
    for name in ("kernels_", "recurrent_kernels_", "biases_"):
        getattr(double, name)[0] = getattr(model, name)[0]
    double.coefs_[0] = np.repeat(model.coefs_[0], 2, axis=1)
    np.testing.assert_allclose(
        memory_horizon(double, X).sensitivity,
        memory_horizon(model, X).sensitivity,
        rtol=1e-12,
    )


def test_rows_fewer_than_the_window_tell_nothing_of_the_rest(rng):
    X = rng.randn(60, 2)
    model = GRURegressor(4, window=7, early_stopping=False, random_state=0)
    horizon = memory_horizon(model.fit(X, X[:, 0]), X[:3])
    assert np.isfinite(horizon.sensitivity[:3]).all()
    assert np.isnan(horizon.sensitivity[3:]).all()
    assert horizon.sensitivity.shape == (7,)
