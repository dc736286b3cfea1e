"""Rows without any observed step, as those of a shop before it has opened."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skgru import GRUClassifier, GRURegressor, LSTMRegressor
from skgru.inspection import hidden_states

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 2))
Y = X[:, 1] + np.roll(X[:, 0], 1)
N = 9  # rows before the opening
LATE = X.copy()
LATE[:N] = np.nan
WEIGHTS = (np.arange(60) >= N).astype(float)
SHORT = {"max_iter": 2, "random_state": 0}


def gru(kind=GRURegressor, **parameters):
    return kind(3, **{"window": 4, **SHORT, **parameters})


@pytest.mark.filterwarnings("ignore:On the 6 held-out rows")
@pytest.mark.parametrize("kind", [GRURegressor, LSTMRegressor])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rows_of_weight_0_are_as_if_they_were_not_there(kind, dtype):
    late, rest = LATE.astype(dtype), X[N:].astype(dtype)
    found = gru(kind).fit(late, Y, WEIGHTS)
    wanted = gru(kind).fit(rest, Y[N:])
    np.testing.assert_array_equal(found.predict(late[N:]), wanted.predict(rest))
    assert found.loss_curve_ == wanted.loss_curve_
    assert found.validation_score_ == wanted.validation_score_


def test_the_past_of_the_target_is_found_without_them():
    walk = np.cumsum(RNG.standard_normal(61))
    late = walk[:-1, np.newaxis].copy()
    late[:30] = np.nan
    y = walk[1:]
    settings = {"early_stopping": False}
    found = gru(**settings).fit(late, y, (np.arange(60) >= 30).astype(float))
    wanted = gru(**settings).fit(late[30:], y[30:])
    assert found.anchor_ == wanted.anchor_
    np.testing.assert_array_equal(
        found.forecast(late[30:], 3), wanted.forecast(late[30:], 3)
    )


def test_series_of_a_panel_may_begin_later():
    panel = pd.DataFrame({"shop": np.repeat(["a", "b"], 60), "x": np.tile(X[:, 0], 2)})
    panel["z"] = np.tile(X[:, 1], 2)
    late = panel.copy()
    late.loc[60 : 60 + N - 1, ["x", "z"]] = np.nan
    y, weights = np.tile(Y, 2), np.concatenate([np.ones(60), WEIGHTS])
    is_there = weights > 0
    found = gru(group_column="shop").fit(late, y, weights)
    wanted = gru(group_column="shop").fit(late[is_there], y[is_there])
    with pytest.warns(UserWarning, match="9 row.*row 60 .*predictions are NaN"):
        predicted = found.predict(late)
    assert np.isnan(predicted[60 : 60 + N]).all()
    np.testing.assert_array_equal(predicted[is_there], wanted.predict(late[is_there]))


@pytest.mark.parametrize(
    ("parameters", "make"),
    [
        ({"window": None}, lambda x: np.stack([x, x], axis=1)),
        ({"window": None, "n_timesteps": 2}, lambda x: np.hstack([x, x])),
        ({"static_features": [1]}, lambda x: x),
    ],
    ids=["3-D", "rows", "static"],
)
def test_every_kind_of_x(parameters, make):
    late, parameters = make(LATE), parameters | {"early_stopping": False}
    model = gru(**parameters).fit(late, Y, WEIGHTS)
    with pytest.warns(UserWarning, match="9 row"):
        predicted = model.predict(late)
    assert np.isnan(predicted[:N]).all()
    wanted = gru(**parameters).fit(make(X[N:]), Y[N:]).predict(make(X[N:]))
    np.testing.assert_allclose(predicted[N:], wanted, rtol=1e-12)


@pytest.mark.parametrize("kind", [GRURegressor, GRUClassifier])
def test_rows_with_a_weight_are_refused_with_the_cure(kind):
    y = Y if kind is GRURegressor else Y > 0
    weights = WEIGHTS.copy()
    weights[3] = 1
    for given in (None, weights):
        with pytest.raises(ValueError, match="every step of row.*sample_weight=0"):
            gru(kind).fit(LATE, y, given)
    with pytest.raises(ValueError, match="In the validation set.*sample_weight=0"):
        gru(kind).fit(X, y, X_val=LATE, y_val=y)
    gru(kind).fit(X, y, X_val=LATE, y_val=y, sample_weight_val=WEIGHTS)


def test_no_label_stands_for_nothing():
    model = gru(GRUClassifier).fit(LATE, Y > 0, WEIGHTS)
    for predict in (model.predict, model.predict_proba, model.decision_function):
        with pytest.raises(ValueError, match="row 0, and of 8 other.*Drop the rows"):
            predict(LATE)


def test_scores_count_rows_with_a_weight():
    model = gru().fit(LATE, Y, WEIGHTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert model.score(LATE, Y, WEIGHTS) == model.score(LATE[N:], Y[N:])
        with pytest.raises(ValueError, match="NaN"):
            model.score(LATE, Y)


def test_other_gaps_are_refused_whatever_their_weight():
    gap = X.copy()
    gap[20, 0] = np.nan
    with pytest.raises(ValueError, match="Only leading steps may be missing"):
        gru().fit(gap, Y, np.arange(60) != 20)


def test_inspection_and_forecast_refuse_them():
    model = gru().fit(LATE, Y, WEIGHTS)
    with pytest.raises(ValueError, match="Drop the rows that have no observed step.$"):
        hidden_states(model, LATE)


def test_a_series_without_any_observed_row_is_as_one_that_was_not_in_fit():
    """A shop that has not opened has no statistics, and spoils none of the others."""
    x = np.random.RandomState(3).randn(40).cumsum()
    table = pd.DataFrame({"g": ["a"] * 40 + ["b"] * 40, "x": [*x, *[np.nan] * 40]})
    y, weights = np.r_[x, np.zeros(40)], np.r_[np.ones(40), np.zeros(40)]
    model = GRURegressor(3, window=4, group_column="g", early_stopping=False, **SHORT)
    alone = clone(model).fit(table[:40], y[:40])
    model.fit(table, y, sample_weight=weights)
    expected = alone.predict(table[:40])
    np.testing.assert_array_equal(model.predict(table[:40]), expected)
    opened = table[:40].assign(g="b")
    for other in (opened, opened.assign(g="c")):
        with pytest.warns(UserWarning, match="were not there in fit"):
            found = model.predict(other)
        np.testing.assert_array_equal(found, expected)
    with pytest.warns(UserWarning, match="their predictions are NaN"):
        assert np.isnan(model.predict(table[40:])).all()
