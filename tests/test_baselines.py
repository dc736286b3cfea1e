"""Scores of simple predictions, and the warning if a model is not better."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import d2_pinball_score, r2_score

from skgru import GRURegressor

SETTINGS = {
    "hidden_layer_sizes": 4,
    "window": 6,
    "max_iter": 3,
    "n_iter_no_change": None,
    "early_stopping": False,
    "anchor": None,
    "random_state": 0,
}
NOT_BETTER = "not better than repeating the last value of feature"


@pytest.fixture
def walk():
    return np.random.default_rng(1).standard_normal(120).cumsum()


def fitted(X, y, *, warns, **parameters):
    """Fit a model, and check whether a warning about the last value is given."""
    model = GRURegressor(**({"validation_fraction": 0.25} | SETTINGS | parameters))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.fit(X, y)
    messages = [str(w.message) for w in caught if NOT_BETTER in str(w.message)]
    assert len(messages) == warns
    if warns:
        assert caught[0].filename == __file__
    return model, "".join(messages)


def test_scores_are_those_of_the_last_value_and_the_mean(walk):
    X, y = walk[:-1, np.newaxis], walk[1:]
    model, message = fitted(X, y, warns=True)
    held_out = slice(-30, None)  # a quarter of 119, rounded up
    truth = y[held_out]
    last = r2_score(truth, X[held_out, 0])
    assert model.baseline_score_["last_value"] == pytest.approx(last, rel=1e-12)
    mean = r2_score(truth, np.full(30, y[:89].mean()))
    assert model.baseline_score_["mean"] == pytest.approx(mean, rel=1e-12)
    own = r2_score(truth, model.predict(X)[held_out])
    assert model.validation_score_ == pytest.approx(own, rel=1e-12)
    assert "On the 30 held-out rows" in message
    assert "anchor=0" in message


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_past_is_found_among_other_features_and_named(dtype, walk, rng):
    X = pd.DataFrame({"noise": rng.randn(119), "level": walk[:-1]}).astype(dtype)
    _, message = fitted(X, walk[1:], warns=True)
    assert "feature 'level'" in message
    assert "anchor='level'" in message


def test_the_past_is_found_in_lags_and_in_sequences(walk):
    lags = np.lib.stride_tricks.sliding_window_view(walk, 5)
    X, y = lags[:-1], walk[5:]
    fitted(X, y, warns=True, window=None)
    fitted(X[:, :, np.newaxis], y, warns=True, window=None)


def test_several_steps_ahead_have_the_past_of_the_first(walk):
    X = walk[:-3, np.newaxis]
    y = np.column_stack([walk[1:-2], walk[2:-1], walk[3:]])
    model, _ = fitted(X, y, warns=True)
    held_out = slice(-30, None)
    last = r2_score(y[held_out], np.tile(X[held_out], 3))
    assert model.baseline_score_["last_value"] == pytest.approx(last, rel=1e-12)


def test_it_is_quiet_where_it_cannot_know(walk, rng):
    X, y = walk[:-1, np.newaxis], walk[1:]
    model, _ = fitted(X**3, y, warns=False)
    assert set(model.baseline_score_) == {"mean"}
    model, _ = fitted(X, y, warns=False, validation_fraction=None)
    assert model.baseline_score_ is model.validation_score_ is None
    model.partial_fit(X, y)
    assert model.baseline_score_ is None
    fitted(rng.randn(119, 1), np.zeros(119), warns=False)


def test_it_is_quiet_where_the_model_is_better():
    wave = np.sin(0.7 * np.arange(200))
    model, _ = fitted(wave[:-1, np.newaxis], wave[1:], warns=False, max_iter=60)
    assert model.validation_score_ > model.baseline_score_["last_value"]


def test_an_anchor_names_the_past(walk, rng):
    # Too many rows disagree, so without an anchor the past could not be found.
    X, y = walk[:-1, np.newaxis].copy(), walk[1:]
    X[::3] += 0.1 * rng.randn(40, 1)
    model, _ = fitted(X, y, warns=False)
    assert set(model.baseline_score_) == {"mean"}
    model, message = fitted(X, y, warns=True, anchor=0, learning_rate_init=1.0)
    last = r2_score(y[-30:], X[-30:, 0])
    assert model.baseline_score_["last_value"] == pytest.approx(last, rel=1e-12)
    assert "anchor" not in message


def test_quantiles_are_scored_by_their_own_loss(walk):
    X, y = walk[:-1, np.newaxis], walk[1:]
    levels = [0.2, 0.9]
    model, _ = fitted(X, y, warns=True, loss="quantile", quantile=levels)
    held_out = slice(-30, None)

    def score(predictions):
        return np.mean(
            [
                d2_pinball_score(y[held_out], prediction[held_out], alpha=level)
                for prediction, level in zip(predictions, levels, strict=True)
            ]
        )

    assert model.validation_score_ == pytest.approx(score(model.predict(X).T))
    assert model.baseline_score_["last_value"] == pytest.approx(score([X[:, 0]] * 2))
