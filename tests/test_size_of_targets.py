"""Targets of any size: what can be computed is, and the rest says so."""

import warnings

import numpy as np
import pytest
from sklearn.metrics import d2_pinball_score, r2_score

from skgru import GRURegressor, LSTMRegressor

WAVE = np.sin(0.3 * np.arange(80))
X, Y = WAVE[:-1, np.newaxis], np.roll(WAVE, 3)[1:] + 0.1 * WAVE[1:] ** 2
SETTINGS = {"window": 3, "anchor": None, "max_iter": 3, "random_state": 0}


def fitted(size, dtype="float64", kind=GRURegressor, **parameters):
    model = kind(3, **SETTINGS, **parameters)
    return model.fit(X.astype(dtype), Y * size)


# Powers of two, which change no digit.
@pytest.mark.parametrize(
    ("dtype", "power"),
    [("float32", -90), ("float32", 90), ("float64", -600), ("float64", 600)],
)
@pytest.mark.parametrize("loss", ["squared_error", "quantile"])
def test_scores_do_not_depend_on_the_units_of_y(dtype, power, loss):
    size = 2.0**power
    parameters = {} if loss == "squared_error" else {"loss": loss, "quantile": 0.7}
    small, plain = (fitted(s, dtype, **parameters) for s in (size, 1.0))
    assert small.validation_score_ == pytest.approx(plain.validation_score_, rel=1e-6)
    assert small.baseline_score_ == pytest.approx(plain.baseline_score_, rel=1e-6)
    assert plain.validation_score_ < 1
    rows = X.astype(dtype)
    score = small.score(rows, Y * size)
    assert score == pytest.approx(plain.score(rows, Y), rel=1e-6)
    predicted = small.predict(rows).astype(float) / size
    if loss == "quantile":
        wanted = d2_pinball_score(Y, predicted, alpha=0.7)
    else:
        wanted = r2_score(Y, predicted)
    assert score == pytest.approx(wanted, rel=1e-12)


def test_scores_of_float32_targets_are_those_of_float64():
    # The square of 1e-23 is 0 in float32.
    small = (Y * 1e-23).astype("float32")
    found = GRURegressor(3, **SETTINGS).fit(X.astype("float32"), small)
    wanted = GRURegressor(3, **SETTINGS).fit(X.astype("float32"), small.astype(float))
    assert found.validation_score_ == wanted.validation_score_ < 1
    assert found.baseline_score_ == wanted.baseline_score_
    scores = found.score(X.astype("float32"), small), wanted.score(X, Y * 1e-23)
    assert scores == pytest.approx([scores[1]] * 2, rel=1e-6)


def test_outputs_of_different_sizes_count_alike():
    both = np.column_stack([Y * 2.0**-600, Y * 2.0**600])
    model = GRURegressor(3, early_stopping=False, **SETTINGS).fit(X, both)
    predicted = model.predict(X) / [2.0**-600, 2.0**600]
    wanted = r2_score(np.column_stack([Y, Y]), predicted)
    assert model.score(X, both) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("size", [1e39, 1e300, -1e39])
@pytest.mark.parametrize("kind", [GRURegressor, LSTMRegressor])
def test_targets_beyond_float32_are_refused(size, kind):
    with pytest.raises(ValueError, match=r"y reaches 1.*X is float32.*Scale y"):
        fitted(size, "float32", kind)
    with pytest.raises(ValueError, match="y reaches"):
        kind(3, **SETTINGS).partial_fit(X.astype("float32"), Y * size)


@pytest.mark.parametrize("size", [1e-42, 1e-50, 1e-300])
def test_targets_that_vanish_in_float32_are_refused(size):
    with pytest.raises(ValueError, match="X is float32, in which numbers below.*Scale"):
        fitted(size, "float32")
    two = np.column_stack([Y, Y * size, np.zeros(len(Y))])
    with pytest.raises(ValueError, match="have few digits or none"):
        GRURegressor(3, **SETTINGS).fit(X.astype("float32"), two)


@pytest.mark.parametrize("size", [1e-300, 1e-310, 1e300])
def test_targets_at_the_ends_of_float64_are_warned_of(size):
    with pytest.warns(UserWarning, match="y is 1.*numbers of float64.*Scale y"):
        model = fitted(size, early_stopping=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert model.score(X, Y * size) < 1
    plain = fitted(1.0, early_stopping=False)
    found = model.predict(X) / size
    np.testing.assert_allclose(found, plain.predict(X), rtol=1e-6, atol=1e-9)


def test_nearly_nothing_may_follow_in_partial_fit():
    model = GRURegressor(3, **SETTINGS).partial_fit(X.astype("float32"), Y)
    model.partial_fit(X.astype("float32"), Y * 1e-45)
    assert np.isfinite(model.predict(X.astype("float32"))).all()


def test_a_target_of_zeros_is_of_no_size():
    model = GRURegressor(3, **SETTINGS).fit(X.astype("float32"), np.zeros(len(X)))
    assert not model.predict(X.astype("float32")).any()


def test_tiny_inputs_are_read_without_a_word():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        GRURegressor(3, early_stopping=False, **SETTINGS).fit(X * 1e-300, Y)


def test_a_score_of_other_targets_is_refused():
    model = fitted(1.0)
    with pytest.raises(ValueError, match=r"y has 2 output\(s\)"):
        model.score(X, np.column_stack([Y, Y]))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.score(X, Y[1:])
    with pytest.raises(ValueError, match="NaN"):
        model.score(X, np.full(len(Y), np.nan))
