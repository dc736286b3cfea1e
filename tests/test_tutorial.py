"""The tutorial's series and settings give the losses of the tutorial."""

import pathlib

import numpy as np
import pytest

from skgru import Adam, GRURegressor

SERIES = pathlib.Path(__file__).parents[1] / "examples" / "tutorial_sine.csv"


# The tutorial's network sees a single value, and is not better than repeating it.
@pytest.mark.filterwarnings("ignore:On the 20 held-out rows:UserWarning")
def test_the_tutorials_losses_are_within_kerass_range_over_seeds():
    series = np.loadtxt(SERIES)
    scaled = (series - series.mean()) / series.std(ddof=1)
    X, y = scaled[:-1, np.newaxis], scaled[1:]
    losses = []
    for seed in range(5):
        model = GRURegressor(
            50,
            solver=Adam(epsilon=1e-7),
            learning_rate_init=1e-3,
            clip_norm=None,
            standardize=False,
            batch_size=1,
            max_iter=100,
            learning_rate="constant",
            n_iter_no_change=None,
            early_stopping=False,
            validation_fraction=0.2,
            random_state=seed,
        ).fit(X, y)
        losses.append((model.loss_curve_[-1], model.validation_loss_curve_[-1]))
    loss, validation_loss = np.median(losses, axis=0)
    # The range of Keras 3.15 over five seeds.
    assert 0.0545 <= loss <= 0.0561
    assert 0.0477 <= validation_loss <= 0.0527


def test_defaults_predict_the_held_out_rows_better_than_the_tutorial():
    series = np.loadtxt(SERIES)
    scaled = (series - series.mean()) / series.std(ddof=1)
    X, y = scaled[:-1, np.newaxis], scaled[1:]
    errors = [
        GRURegressor(window=10, random_state=seed).fit(X[:79], y[:79]).predict(X)[79:]
        - y[79:]
        for seed in range(3)
    ]
    assert np.median(np.square(errors).mean(axis=1)) < 0.04849


def test_the_series_is_the_tutorials():
    # R's set.seed(42); sin(seq(0, 10, length.out = 100)) + rnorm(100, sd = 0.1), whose
    # first normal deviates are known.
    series = np.loadtxt(SERIES)
    noise = (series - np.sin(np.linspace(0, 10, 100))) / 0.1
    np.testing.assert_allclose(
        noise[:3], [1.37095845, -0.56469817, 0.36312841], atol=1e-7
    )
