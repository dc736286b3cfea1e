"""Targets of regression against plain arrays, and scores against scikit-learn's."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.metrics import d2_pinball_score, mean_pinball_loss, r2_score

from skgru._estimators._regression import LossSettings, RegressionTargets
from skgru._reading._past import Past
from skgru._training._losses._base import initial_intercepts

OWNER = "Oracle"
SQUARED = LossSettings()
POISSON = LossSettings("poisson")
MEDIAN = LossSettings("quantile", 0.5)
BAND = LossSettings("quantile", (0.1, 0.5, 0.9))


def of_fit(y, settings=SQUARED, before=None):
    return RegressionTargets.of_fit(
        y, np.zeros(np.shape(y)[:1]), settings, OWNER, before
    )


def of_estimator(**parameters):
    defaults = {"loss": "squared_error", "quantile": None, "huber_delta": None}
    return LossSettings.of(SimpleNamespace(**(defaults | parameters)))


def softplus(x):
    return np.log1p(np.exp(x))


# What y is


@pytest.mark.parametrize("shape", [(7,), (7, 1), (7, 3)])
def test_targets_become_columns_and_predictions_take_their_shape(shape, rng):
    y = rng.randn(*shape)
    targets, values = of_fit(y)
    np.testing.assert_array_equal(values, np.reshape(y, (7, -1)))
    # What predicts each target just as it is has the shape of y.
    raw = targets.predictions(values, np.ones(values.shape[1]))
    np.testing.assert_array_equal(targets.in_shape_of_y(raw), y)


@pytest.mark.parametrize(
    "form", [list, np.float32, pd.Series, lambda y: pd.Series(y, range(7, 14))]
)
def test_targets_may_come_in_any_form(form):
    y = np.array([1.5, 2, 0, 8, -1, 2, 3])
    _, values = of_fit(form(y))
    np.testing.assert_array_equal(values[:, 0], y)


def test_later_targets_may_be_flat_or_a_column():
    y = np.array([1.0, 2, 4])
    for first, other in (y, y[:, np.newaxis]), (y[:, np.newaxis], y):
        targets, _ = of_fit(first)
        values = targets.read(other, y, OWNER)
        np.testing.assert_array_equal(values, [[1], [2], [4]])
        # Predictions go on in the shape of fit.
        found = targets.in_shape_of_y(values[:, :, np.newaxis])
        np.testing.assert_array_equal(found, first)


@pytest.mark.parametrize("flat", [True, False])
def test_several_quantiles_stand_on_a_last_axis_of_their_own(flat, rng):
    y = rng.randn(6) if flat else rng.randn(6, 2)
    targets, values = of_fit(y, BAND)
    n_outputs = values.shape[1]
    raw = rng.randn(6, 3 * n_outputs)
    found = targets.in_shape_of_y(targets.predictions(raw, np.ones(n_outputs)))
    assert targets.n_raw == 3 * n_outputs
    assert targets.quantiles.tolist() == [0.1, 0.5, 0.9]
    for i in range(6):
        for k in range(n_outputs):
            low, middle, high = raw[i, 3 * k : 3 * k + 3]
            wanted = [low, low + softplus(middle)]
            wanted.append(wanted[-1] + softplus(high))
            np.testing.assert_allclose(found[i] if flat else found[i, k], wanted)


def test_one_quantile_has_no_axis_but_a_list_of_one_has(rng):
    raw, y = rng.randn(5, 2), rng.randn(5, 2)
    one, _ = of_fit(y, MEDIAN)
    listed, _ = of_fit(y, LossSettings("quantile", (0.5,)))
    as_one = one.in_shape_of_y(one.predictions(raw, np.ones(2)))
    as_list = listed.in_shape_of_y(listed.predictions(raw, np.ones(2)))
    np.testing.assert_array_equal(as_one, raw)
    np.testing.assert_array_equal(as_list, raw[:, :, np.newaxis])


def test_axes_before_those_of_y_stay(rng):
    # As of forecasts, (n_paths, n_steps, n_outputs, n_predictions).
    values = rng.randn(2, 4, 3, 3)
    for y, settings, wanted in [
        (np.zeros((5, 3)), BAND, values),
        (np.zeros((5, 3)), SQUARED, values[:, :, :, 0]),
        (np.zeros(5), BAND, values[:, :, 0]),
        (np.zeros(5), SQUARED, values[:, :, 0, 0]),
    ]:
        targets, _ = of_fit(y, settings)
        np.testing.assert_array_equal(targets.in_shape_of_y(values), wanted)


def test_steps_and_variables_have_an_axis_each(rng):
    y = rng.randn(7, 4, 3)
    for settings, n_predictions in (SQUARED, 1), (BAND, 3):
        targets, values = of_fit(y, settings)
        np.testing.assert_array_equal(values, y.reshape(7, 12))
        np.testing.assert_array_equal(targets.read(y[:2], y[:2], OWNER), values[:2])
        raw = rng.randn(7, 12, n_predictions)
        found = targets.in_shape_of_y(raw)
        for k in range(12):
            expected = raw[:, k] if n_predictions > 1 else raw[:, k, 0]
            np.testing.assert_array_equal(found[:, k // 3, k % 3], expected)


def test_counts_are_predicted_by_their_logarithm(rng):
    counts = rng.poisson(3, (8, 2)).astype(float) + 1
    targets, values = of_fit(counts, POISSON)
    found = targets.predictions(np.log(values), np.ones(2))
    np.testing.assert_allclose(targets.in_shape_of_y(found), counts, rtol=1e-14)
    assert not targets.are_centered
    assert of_fit(counts, SQUARED)[0].are_centered


# The score


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("settings", [SQUARED, POISSON, LossSettings("huber")])
def test_the_score_is_the_coefficient_of_determination(
    settings, n_outputs, is_weighted, rng
):
    y = rng.poisson(5, (30, n_outputs)).astype(float)
    prediction = y + rng.randn(30, n_outputs)
    weights = rng.rand(30) if is_weighted else None
    targets, values = of_fit(y, settings)
    found = targets.score(values, prediction[:, :, np.newaxis], weights)
    np.testing.assert_allclose(found, r2_score(y, prediction, sample_weight=weights))


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("settings", [MEDIAN, BAND])
def test_the_score_of_quantiles_is_the_mean_share_of_the_pinball_loss(
    settings, is_weighted, rng
):
    y = rng.randn(40, 2)
    weights = rng.rand(40) if is_weighted else None
    targets, values = of_fit(y, settings)
    levels = np.atleast_1d(settings.quantile)
    prediction = 0.5 * y[:, :, np.newaxis] + norm.ppf(levels)
    found = targets.score(values, prediction, weights)
    scores = [
        d2_pinball_score(y[:, k], prediction[:, k, j], sample_weight=weights, alpha=q)
        for j, q in enumerate(levels)
        for k in range(2)
    ]
    np.testing.assert_allclose(found, np.mean(scores))


def test_one_prediction_may_stand_for_all_quantiles(rng):
    # As the last value does, a baseline: the same at every level.
    y, prediction = rng.randn(30, 1), rng.randn(30, 1)
    targets, values = of_fit(y, BAND)
    shares = []
    for level in 0.1, 0.5, 0.9:
        constant = np.full(30, np.quantile(y, level))
        shares.append(
            1
            - mean_pinball_loss(y, prediction, alpha=level)
            / mean_pinball_loss(y, constant, alpha=level)
        )
    found = targets.score(values, prediction[:, :, np.newaxis], None)
    np.testing.assert_allclose(found, np.mean(shares))


# What is refused


@pytest.mark.parametrize(
    ("y", "words"),
    [
        (None, "Oracle requires y to be passed"),
        ([1.0, np.nan, 2.0], "Input y contains NaN"),
        ([1.0, np.inf, 2.0], "Input y contains infinity"),
        (["a", "b", "c"], "could not convert string"),
        (np.zeros((3, 1, 1, 1)), r"y has shape \(3, 1, 1, 1\)"),
    ],
)
def test_what_are_no_targets_is_refused(y, words):
    with pytest.raises(ValueError, match=words):
        RegressionTargets.of_fit(y, np.zeros(3), SQUARED, OWNER)


def test_targets_of_another_length_than_x_are_refused():
    with pytest.raises(ValueError, match=r"inconsistent.*\[4, 3\]"):
        RegressionTargets.of_fit(np.zeros(3), np.zeros(4), SQUARED, OWNER)


@pytest.mark.parametrize("name", ["y", "y_val"])
def test_another_number_of_outputs_is_refused_by_name(name, rng):
    targets, _ = of_fit(rng.randn(5, 3))
    words = rf"{name} has 2 output\(s\), but Oracle is expecting 3"
    with pytest.raises(ValueError, match=words):
        targets.read(rng.randn(4, 2), np.zeros(4), OWNER, name)
    with pytest.raises(ValueError, match=rf"{name} has 1 output\(s\)"):
        targets.read(rng.randn(4), np.zeros(4), OWNER, name)
    with pytest.raises(ValueError, match=f"Input {name} contains NaN"):
        targets.read(np.full((4, 3), np.nan), np.zeros(4), OWNER, name)


@pytest.mark.parametrize(
    ("first", "later"),
    [
        (SQUARED, MEDIAN),
        (MEDIAN, SQUARED),
        (MEDIAN, LossSettings("quantile", 0.6)),
        (MEDIAN, LossSettings("quantile", (0.5,))),
        (BAND, LossSettings("quantile", (0.1, 0.9))),
        (SQUARED, LossSettings("absolute_error")),
    ],
)
def test_another_loss_is_refused_where_training_goes_on(first, later):
    before, _ = of_fit([1.0, 2, 3], first)
    with pytest.raises(ValueError, match="cannot change while it goes on") as caught:
        of_fit([1.0, 2, 3], later, before)
    assert repr(first.quantile) in str(caught.value)
    assert repr(later.loss) in str(caught.value)


def test_a_threshold_may_change_where_training_goes_on():
    before, _ = of_fit([1.0, 2, 3], LossSettings("huber", huber_delta=2.0))
    later = LossSettings("huber", huber_delta=3.0)
    targets, values = of_fit([4.0, 5], later, before)
    # In standard deviations: 3 units of y that are 1.5 of them.
    assert targets.loss_for(np.array([2.0])).deltas.tolist() == [1.5]
    assert before.loss_for(np.array([2.0])).deltas.tolist() == [1.0]
    assert values.tolist() == [[4], [5]]


def test_targets_that_go_on_are_held_against_the_first(rng):
    before, _ = of_fit(rng.randn(5, 2))
    with pytest.raises(ValueError, match=r"y has 3 output\(s\).* expecting 2"):
        of_fit(rng.randn(5, 3), SQUARED, before)


@pytest.mark.parametrize("y", [[1.0, -1e-9, 3.0], [0.0, 0, 0]])
def test_counts_are_not_negative_and_not_all_zero(y):
    with pytest.raises(ValueError, match="loss='poisson' is for counts and amounts"):
        of_fit(y, POISSON)
    # What is no logarithm takes them.
    _, values = of_fit(y, SQUARED)
    assert values[:, 0].tolist() == y


def test_only_the_first_counts_set_the_scale():
    targets, _ = of_fit([1.0, 0, 2], POISSON)
    values = targets.read([0.0, 0], np.zeros(2), OWNER)
    assert values.tolist() == [[0], [0]]
    with pytest.raises(ValueError, match="y_val must be 0 or more"):
        targets.read([2.0, -1], np.zeros(2), OWNER, "y_val")


@pytest.mark.parametrize("deltas", [0.0, -1.0, [1.0, 0.0], [1.0], [1.0, 2.0, 3.0]])
def test_thresholds_that_do_not_fit_the_outputs_are_refused_at_once(deltas, rng):
    with pytest.raises(ValueError, match=r"one for each of the 2 output\(s\)"):
        of_fit(rng.randn(4, 2), LossSettings("huber", huber_delta=deltas))


@pytest.mark.parametrize(
    "quantile", [None, 0, 1, -0.1, [], [0.5, 0.5], [0.9, 0.1], [[0.1]], "half", np.nan]
)
def test_what_are_no_quantiles_is_refused(quantile):
    with pytest.raises(ValueError, match="quantile"):
        of_estimator(loss="quantile", quantile=quantile)


# Parameters of an estimator


def test_quantiles_are_plain_numbers_whatever_they_come_as():
    for quantile in [0.1, 0.9], (0.1, 0.9), np.array([0.1, 0.9]), pd.Series([0.1, 0.9]):
        settings = of_estimator(loss="quantile", quantile=quantile)
        assert settings == LossSettings("quantile", (0.1, 0.9))
        assert {type(level) for level in settings.quantile} == {float}
    assert of_estimator(loss="quantile", quantile=np.float64(0.5)) == MEDIAN
    # They are of no loss but that.
    assert of_estimator(quantile=0.5) == SQUARED


# The loss


def test_the_loss_of_thresholds_is_in_standard_deviations(rng):
    size = np.array([0.5, 4.0])
    one, _ = of_fit(rng.randn(4, 2), LossSettings("huber", huber_delta=2.0))
    each, _ = of_fit(rng.randn(4, 2), LossSettings("huber", huber_delta=[1.0, 2.0]))
    none, _ = of_fit(rng.randn(4, 2), LossSettings("huber"))
    assert one.loss_for(size).deltas.tolist() == [4, 0.5]
    assert each.loss_for(size).deltas.tolist() == [2, 0.5]
    assert none.loss_for(size).deltas.tolist() == [1, 1]


@pytest.mark.parametrize("size", [1.0, 7.0])
def test_the_loss_of_quantiles_begins_at_those_of_a_normal_distribution(size, rng):
    targets, _ = of_fit(rng.randn(4, 2), BAND)
    scales = np.full(2, size)
    raw = initial_intercepts(targets.loss_for(scales), 2)
    assert raw.shape == (targets.n_raw,)
    found = targets.predictions(raw[np.newaxis], scales)
    wanted = np.tile(norm.ppf([0.1, 0.5, 0.9]), (1, 2, 1))
    np.testing.assert_allclose(found, wanted, atol=1e-14)


# Targets that came from a file


def test_targets_that_cannot_be_are_refused(rng):
    targets, _ = of_fit(rng.randn(4, 2))
    targets.check(3)
    for changes in (
        {"n_outputs": 0},
        {"n_outputs": 0, "ndim": 1},
        {"n_outputs": 2, "ndim": 1},
        {"ndim": 0},
        {"ndim": 4},
        {"horizon": 2},
        {"ndim": 3, "horizon": 3},
        {"ndim": 3, "horizon": 0},
        {"settings": LossSettings("no loss")},
    ):
        with pytest.raises(ValueError, match="cannot be predicted"):
            replace(targets, **changes).check(3)
    for settings, words in (
        (LossSettings("quantile"), "quantile="),
        (LossSettings("quantile", (0.9, 0.1)), "rising"),
        (LossSettings("huber", huber_delta=[1.0]), "huber_delta"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(targets, settings=settings).check(3)


@pytest.mark.parametrize(
    ("columns", "n_ahead"),
    [
        ([0, 3], [1, 1]),
        ([0, -1], [1, 1]),
        ([0, 1], [1, 0]),
        ([0, 1], [1, 50]),
        ([0], [1]),
        ([0, 1, 2], [1, 1, 1]),
        ([0, 1], [1]),
        ([0.0, 1.0], [1, 1]),
        ([0, 1], [1.0, 1.0]),
        ([[0, 1]], [[1, 1]]),
    ],
)
def test_a_past_that_is_not_there_is_refused(columns, n_ahead, rng):
    targets, _ = of_fit(rng.randn(4, 2))
    targets.with_past(past_at([2, 0], [1, 2])).check(3)
    past = past_at(columns, n_ahead)
    with pytest.raises(ValueError, match=r"which of 3 feature\(s\) holds their past"):
        targets.with_past(past).check(3)


@pytest.mark.parametrize(
    ("factor", "offset"),
    [([1.0, 0.0], [0, 0]), ([1, 1], [0.0, 0.0]), ([1.0, np.nan], [0.0, 0.0])],
)
def test_units_of_a_past_that_say_nothing_are_refused(factor, offset, rng):
    targets, _ = of_fit(rng.randn(4, 2))
    past = past_at([2, 0], [1, 2])
    past = past._replace(factor=np.array(factor), offset=np.array(offset))
    with pytest.raises(ValueError, match="does not say of 2 output"):
        targets.with_past(past).check(3)


def past_at(columns, n_ahead):
    """Past values in the units of y."""
    one = np.ones(np.shape(columns))
    return Past(np.array(columns), np.array(n_ahead), one, one - 1)
