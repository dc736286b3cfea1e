"""Schedules: their rates, and training compared with setting each rate by hand."""

import warnings

import numpy as np
import pytest

from skgru import GRURegressor
from skgru._training._schedules import Cosine

SETTINGS = {
    "hidden_layer_sizes": 4,
    "learning_rate_init": 0.02,
    "n_iter_no_change": None,
    "max_iter": 8,
    "random_state": 0,
}


@pytest.fixture
def data(rng):
    return rng.randn(40, 3), rng.randn(40)


def rates_of(X, y, **parameters):
    model = GRURegressor(**(SETTINGS | parameters)).fit(X, y)
    return model, np.array(model.history_["learning_rate"])


def test_cosine_is_half_a_wave_over_all_mini_batches():
    schedule = Cosine(0.3, n_epochs=6)
    found = np.concatenate([schedule.rates(epoch, 5) for epoch in range(6)])
    # The half-angle formula of the cosine.
    expected = 0.3 * np.cos(np.arange(30) * np.pi / 60) ** 2
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("learning_rate", ["invscaling", "cosine"])
def test_training_equals_setting_each_rate_by_hand(learning_rate, solver, data):
    X, y = data
    model, rates = rates_of(X, y, solver=solver, learning_rate=learning_rate)
    by_hand = GRURegressor(**(SETTINGS | {"solver": solver}))
    for rate in rates:
        by_hand.set_params(learning_rate_init=float(rate)).partial_fit(X, y)
    np.testing.assert_array_equal(model.predict(X), by_hand.predict(X))
    expected = {
        "invscaling": 0.02 / np.sqrt(np.arange(1, 9)),
        "cosine": 0.01 * (1 + np.cos(np.pi * np.arange(8) / 8)),
    }
    np.testing.assert_allclose(rates, expected[learning_rate], rtol=1e-14)


def test_rates_under_warm_start(data):
    X, y = data

    def twice(learning_rate):
        model = GRURegressor(
            **SETTINGS, learning_rate=learning_rate, warm_start=True
        ).set_params(max_iter=4)
        return np.array(model.fit(X, y).fit(X, y).history_["learning_rate"])

    _, once = rates_of(X, y, learning_rate="invscaling")
    np.testing.assert_array_equal(twice("invscaling"), once)
    _, wave = rates_of(X, y, learning_rate="cosine", max_iter=4)
    np.testing.assert_array_equal(twice("cosine"), np.tile(wave, 2))


def test_partial_fit_knows_no_end_and_keeps_the_first_rate_of_a_cosine(data):
    model = GRURegressor(**SETTINGS, learning_rate="cosine")
    for _ in range(3):
        model.partial_fit(*data)
    assert model.history_["learning_rate"] == [0.02] * 3


def test_adaptive_slows_down_three_times_before_it_stops(data):
    model, rates = rates_of(
        *data, learning_rate="adaptive", n_iter_no_change=2, tol=1e9, max_iter=100
    )
    # The first epoch always counts as an improvement.
    expected = 0.02 / np.repeat([1.0, 5, 25, 125], [3, 2, 2, 2])
    np.testing.assert_allclose(rates, expected, rtol=1e-14)
    assert model.stop_reason_ == "no_improvement"


def test_adaptive_watches_the_held_out_rows_where_these_decide(data):
    X, y = data
    model, rates = rates_of(
        X,
        y,
        learning_rate="adaptive",
        early_stopping=True,
        validation_fraction=0.5,
        n_iter_no_change=3,
        max_iter=300,
    )
    curve = np.array(model.validation_loss_curve_)
    first_change = int(np.argmax(rates < 0.02))
    assert first_change > 0
    lowest_before = np.minimum.accumulate(curve)[first_change - 4]
    assert (curve[first_change - 3 : first_change] > lowest_before - 1e-4).all()
    assert model.stop_reason_ == "no_improvement"


def test_the_end_of_a_cosine_is_no_reason_to_warn(data):
    X, y = data
    settings = {"learning_rate": "cosine", "n_iter_no_change": 20, "max_iter": 10}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model, _ = rates_of(X, y, **settings)
    assert model.stop_reason_ == "max_iter"
