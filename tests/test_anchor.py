"""What ``anchor="auto"`` finds in X: the target's past, its level, a drift."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.metrics import r2_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor
from skgru.inspection import input_gradients

SHORT = {
    "hidden_layer_sizes": 4,
    "max_iter": 4,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


@pytest.fixture
def trend(rng):
    """Rises by a tenth of its spread a row, with a season."""
    t = np.arange(240)
    return 0.1 * t + np.sin(0.5 * t) + 0.1 * rng.randn(240)


@pytest.fixture
def wave(rng):
    return np.sin(0.3 * np.arange(240)) + 0.1 * rng.randn(240)


@pytest.fixture
def weekly(rng):
    """Neighbouring days are unlike, but the level always comes back."""
    week = np.tile([5.0, 5.5, 5.5, 5.0, 5.2, 1.0, 0.0], 60)
    return week + 0.3 * rng.randn(420)


def fitted(X, y, **parameters):
    return GRURegressor(**({"window": 12} | SHORT | parameters)).fit(X, y)


def next_value(series):
    return series[:-1, np.newaxis], series[1:]


# What is found


def test_the_past_is_the_anchor_and_the_summary_says_so(trend, rng):
    X, y = next_value(trend)
    X = pd.DataFrame({"noise": rng.randn(239), "load": X[:, 0]})
    model = fitted(X, y)
    assert model.anchor_ == "load"
    name, shape, n_parameters = model.summary()[-1]
    assert name == "anchor (last value of 'load', seen as changes)"
    assert (shape, n_parameters) == ((None, 1), 0)
    assert fitted(X.to_numpy(), y).anchor_ == 1
    assert fitted(X, y, anchor=None).anchor_ is None


def test_changes_are_seen_only_where_the_level_drifts(trend, wave):
    """A drift is named as a named anchor would be; a cycle keeps its levels."""
    for series, drifts in ((trend, True), (wave, False)):
        X, y = next_value(series)
        model = fitted(X, y)
        assert model.anchor_ == 0
        assert hasattr(model, "line_coefs_") == drifts
        shifted = model.predict(X + 100) - model.predict(X)
        assert np.allclose(shifted, 100) == drifts


def test_a_level_that_is_no_use_alone_is_read_beside_changes(weekly):
    X, y = next_value(weekly)
    model = fitted(X, y)
    assert model.summary()[-1].name == "anchor (last value of 0, seen as changes)"
    assert model.line_coefs_[0].shape == (1, 1)
    # A shift of the level is neither ignored nor followed.
    model = GRURegressor(window=7, random_state=0, remember=True)
    model.fit(X[:350], y[:350])
    shifted = (model.predict(X[350:] + 2) - model.predict(X[350:]))[7:]
    assert 0 < shifted.mean() < 1.6
    # Forecasts that are fed back do not drift away.
    forecast = model.forecast(X[:350], 70)
    assert forecast[-14:].mean() == pytest.approx(weekly.mean(), abs=0.3)


def test_outputs_without_an_anchor_see_levels(weekly):
    """The day after, and the day after that, which the last value says nothing of."""
    y = np.column_stack([weekly[1:-1], weekly[2:]])
    model = fitted(weekly[:-2, np.newaxis], y)
    assert model.anchor_ == [0, None]
    assert not hasattr(model, "line_coefs_")


def test_a_wandering_mean_is_told_from_independent_values(rng):
    """By two standard errors of the difference of two means."""
    n_rows, found = 40, []
    for _ in range(40):
        noise = rng.randn(n_rows)
        found.append(hasattr(fitted(*next_value(noise), max_iter=1), "line_coefs_"))
    assert np.mean(found) < 0.15
    step = np.repeat([0.0, 2.0], n_rows // 2) + rng.randn(n_rows)
    assert hasattr(fitted(*next_value(step)), "line_coefs_")


def test_independent_values_say_nothing_of_the_next(rng):
    X, y = next_value(rng.randn(400))
    model = fitted(X, y)
    assert model.anchor_ is None
    assert model.summary()[-1].name == "anchor (none)"


def test_a_level_counts_where_rows_are_in_no_order(rng):
    """Sequences that are shuffled, each at a level of its own."""
    X = rng.randn(200, 6, 2).cumsum(axis=1) + 50 * rng.randn(200, 1, 1)
    y = X[:, -1, 1] + 0.1 * rng.randn(200)
    X[:, :, 0] = rng.randn(200, 6)
    assert fitted(X, y, window=None).anchor_ == 1
    # A last value that explains a half is one input among others.
    assert fitted(X, y + 50 * rng.randn(200), window=None).anchor_ is None


def test_a_plain_table_has_no_anchor(rng):
    X = rng.randn(100, 4)
    assert fitted(X, X[:, 3], window=None).anchor_ is None


def test_counts_are_predicted_by_themselves(rng):
    counts = rng.poisson(5 + np.arange(100.0))
    model = fitted(*next_value(counts), loss="poisson")
    assert model.anchor_ is None
    assert model.summary()[-1].name == "anchor (none)"


def test_each_of_several_variables_starts_from_its_own_past(trend, wave):
    table = pd.DataFrame({"wave": wave, "trend": trend})
    X, y = table[:-1], table[["trend", "wave"]].to_numpy()[1:]
    model = fitted(X, y)
    assert model.anchor_ == ["trend", "wave"]
    # The trend alone is seen as changes, and has a line.
    higher = model.predict(X + np.array([0, 100])) - model.predict(X)
    np.testing.assert_allclose(higher, np.tile([100, 0], (239, 1)), atol=1e-9)
    assert np.all(model.line_coefs_[0][:, 1] == 0)
    assert np.any(model.line_coefs_[0][:, 0] != 0)


def test_steps_ahead_start_from_the_same_value(trend):
    y = np.column_stack([trend[1:-2], trend[2:-1], trend[3:]])
    model = fitted(trend[:-3, np.newaxis], y)
    assert model.anchor_ == 0


@pytest.mark.parametrize("loss", ["quantile", "absolute_error", "huber"])
def test_other_losses_have_an_anchor_too(loss, trend):
    X, y = next_value(trend)
    more = {"quantile": [0.1, 0.9]} if loss == "quantile" else {}
    model = fitted(X, y, loss=loss, **more)
    shifted = model.predict(X + 100) - model.predict(X)
    np.testing.assert_allclose(shifted, 100)


def test_each_series_of_a_panel_has_its_own_level(rng):
    """Sizes and levels differ by a thousand; the drift is that of most series."""
    t = np.arange(80)
    X = pd.concat(
        pd.DataFrame({"name": name, "load": size * (0.1 * t + np.sin(t) + k)})
        for k, (name, size) in enumerate([("a", 1.0), ("b", 1000.0), ("c", 10.0)])
    )
    y = X.groupby("name")["load"].shift(-1)
    X, y = X[y.notna()], y[y.notna()]
    model = fitted(X, y, group_column="name")
    assert model.anchor_ == "load"
    higher = X.assign(load=X["load"] + 1000)
    np.testing.assert_allclose(
        model.predict(higher) - model.predict(X), 1000, rtol=1e-6
    )


# The same in other words


def test_it_is_as_if_the_anchor_had_been_named(trend):
    X, y = next_value(trend)
    found, named = fitted(X, y), fitted(X, y, anchor=0)
    np.testing.assert_array_equal(found.predict(X), named.predict(X))


def test_a_cycle_is_as_if_the_last_value_had_been_subtracted_from_y(wave):
    X, y = next_value(wave)
    found = fitted(X, y)
    by_hand = fitted(X, y - X[:, 0], anchor=None)
    np.testing.assert_allclose(
        found.predict(X), by_hand.predict(X) + X[:, 0], rtol=1e-9
    )


@pytest.mark.parametrize("series", ["trend", "wave", "weekly"])
def test_gradients_are_those_of_the_whole_model(series, request):
    X, y = next_value(request.getfixturevalue(series))
    model = fitted(X, y)
    slopes = input_gradients(model, X)[60]
    for back in (0, 1, 5, 11):
        moved = []
        for sign in (1, -1):
            other = X[:61].copy()
            other[60 - back] += sign * 1e-6
            moved.append(model.predict(other)[60])
        slope = (moved[0] - moved[1]) / 2e-6
        assert slopes[11 - back, 0] == pytest.approx(slope, rel=1e-5, abs=1e-7)


# Rows that disagree, and other units


def spoilt(trend, how):
    """X and y of a series one row in 50 of which is not as it should be."""
    X, y = next_value(trend)
    few = np.arange(10, 239, 50)
    if how == "dropped":
        return np.delete(X, few, axis=0), np.delete(y, few)
    if how == "imputed":
        X = X.copy()
        X[few] = X.mean()
    if how == "scaled":
        X = StandardScaler().fit_transform(X)
    if how == "scaled and imputed":
        X = StandardScaler().fit_transform(X)
        X[few] = 0
    return X, y


@pytest.mark.parametrize("how", ["dropped", "imputed", "scaled", "scaled and imputed"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_few_rows_or_other_units_do_not_hide_the_past(how, dtype, trend):
    X, y = spoilt(trend, how)
    X = X.astype(dtype)
    model = fitted(X, y, validation_fraction=0.2)
    assert model.anchor_ == 0
    clean = trend[:-1]
    last = X[:, 0] * clean.std() + clean.mean() if "scaled" in how else X[:, 0]
    n_held_out = int(np.ceil(0.2 * len(y)))
    expected = r2_score(y[-n_held_out:], last[-n_held_out:])
    found = model.baseline_score_["last_value"]
    assert found == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("factor", [0.01, -3.0])
def test_forecasts_in_other_units_are_forecasts(factor, trend):
    """X is y in other units: the model of both is the same, but for a sign."""
    X, y = next_value(trend)
    same, other = fitted(X, y), fitted(factor * X + 7, y)
    if factor > 0:
        np.testing.assert_allclose(
            other.predict(factor * X + 7), same.predict(X), rtol=1e-6
        )
    found = other.forecast(factor * X + 7, 5)
    history = list(X[:, 0])
    for _ in range(5):
        rows = factor * np.array(history[-12:])[:, np.newaxis] + 7
        history.append(other.predict(rows)[-1])
    np.testing.assert_allclose(found, history[-5:], rtol=1e-7)


def test_a_scaled_pipeline_predicts_a_trend(trend):
    X, y = next_value(trend)
    model = GRURegressor(8, window=12, remember=True, random_state=0, max_iter=40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipeline = make_pipeline(StandardScaler(), model).fit(X[:180], y[:180])
    error = np.mean((pipeline.predict(X[180:]) - y[180:]) ** 2)
    assert error < np.mean((X[180:, 0] - y[180:]) ** 2)


def test_columns_that_agree_by_standing_still_are_no_past(rng):
    """Both are nearly always 0, and agree in nearly all rows for that reason."""
    X, y = (rng.uniform(size=(2, 300)) < 0.03).astype(float)
    model = fitted(X[:, np.newaxis], y, validation_fraction=0.2)
    assert "last_value" not in model.baseline_score_


def test_a_named_anchor_can_be_forecast_from(trend, rng):
    """Though too many rows disagree for the data to show the past."""
    X, y = next_value(trend.copy())
    X = X.copy()
    X[::4] += 0.01 * rng.randn(60, 1)
    with pytest.raises(ValueError, match="forecast needs a model"):
        fitted(X, y, anchor=None).forecast(X, 3)
    assert fitted(X, y, anchor=0).forecast(X, 3).shape == (3,)


# Going on


def test_training_goes_on_from_what_the_first_rows_showed(trend):
    X, y = next_value(trend)
    model = GRURegressor(window=12, **SHORT)
    model.partial_fit(X[:120], y[:120])
    anchor = model._fitted.scaler.anchor
    # A single row shows nothing.
    model.partial_fit(X[120:121], y[120:121])
    assert model.anchor_ == 0
    assert model._fitted.scaler.anchor is anchor
    assert len(model.forecast(X[:100], 4)) == 4
    warm = clone(model).set_params(warm_start=True).fit(X, y)
    assert warm.fit(X[:50], y[:50]).anchor_ == 0


def test_forecasts_of_a_trend_go_on_rising():
    t = np.arange(200.0)
    series = 0.5 * t + np.sin(0.5 * t)
    model = GRURegressor(16, window=12, random_state=0)
    model.fit(series[:-1, np.newaxis], series[1:])
    later = np.arange(200, 260.0)
    truth = 0.5 * later + np.sin(0.5 * later)
    forecast = model.forecast(series[:, np.newaxis], 60)
    # The last value would be wrong by 15 on average, and by 30 in the end.
    assert np.abs(forecast - truth).mean() < 3
    assert np.abs(forecast[-12:] - truth[-12:]).max() < 6


# The last rows are held out


def levels_apart(n_each=60, n_series=4):
    """Rows of lags of several series, one behind the other; the last is far away."""
    rng = np.random.RandomState(0)
    series = [
        level + np.sin(0.5 * np.arange(n_each + 6) + k) + 0.1 * rng.randn(n_each + 6)
        for k, level in enumerate([0.0, 1.0, -1.0, 150.0][:n_series])
    ]
    windows = [np.lib.stride_tricks.sliding_window_view(s, 7) for s in series]
    table = np.concatenate(windows)
    return table[:, :-1], table[:, -1]


@pytest.mark.filterwarnings("ignore:On the 24 held-out rows")
@pytest.mark.parametrize("form", ["oldest first", "newest first", "by name", "3-D"])
def test_a_whole_series_is_not_held_out(form):
    X, y = levels_apart()
    if form == "newest first":
        X = X[:, ::-1]
    elif form == "by name":
        X = pd.DataFrame(X, columns=[f"lag_{k}" for k in range(6, 0, -1)])
    elif form == "3-D":
        X = X[:, :, np.newaxis]
    model = GRURegressor(16, random_state=0).fit(X, y)
    assert len(model.validation_loss_curve_) > 0
    error = np.sqrt(np.mean((model.predict(X) - y) ** 2))
    assert error < 1
    # The last six of each sixty rows are held out.
    held_out = (np.arange(240) % 60) >= 54
    other = y.copy()
    other[held_out] = y[held_out].reshape(4, 6)[:, ::-1].ravel()
    named = GRURegressor(16, random_state=0, anchor=0)
    first, second = (clone(named).fit(X, target) for target in (y, other))
    assert first.loss_curve_[0] == second.loss_curve_[0]
    assert first.validation_loss_curve_[0] != second.validation_loss_curve_[0]


def test_targets_unlike_all_others_do_not_tell_when_to_stop(rng):
    """Rows of which nothing tells where a series ends."""
    X = rng.randn(200, 5, 1)
    y = X[:, -1, 0] + np.repeat([0.0, 90.0], [180, 20])
    with pytest.warns(UserWarning, match="all their targets, .* lie outside those"):
        model = GRURegressor(4, random_state=0, max_iter=5).fit(X, y)
    assert model.validation_loss_curve_ == []
    for parameters in {"early_stopping": True}, {"validation_fraction": 0.1}:
        model = GRURegressor(4, random_state=0, max_iter=5, **parameters)
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*lie outside")
            warnings.filterwarnings("ignore", message="On the 20 held-out rows")
            assert len(model.fit(X, y).validation_loss_curve_) > 0


# What only looks like a past


@pytest.mark.parametrize("slope", [0.8, 1.25])
def test_the_level_of_an_input_that_y_depends_on_stays_in_sight(slope, trend, rng):
    """A slope other than 1 cannot be learned from changes."""
    y = slope * trend + 0.01 * rng.randn(240)
    model = GRURegressor(8, window=12, random_state=0, max_iter=60)
    assert model.fit(trend[:, np.newaxis], y).anchor_ == 0
    assert not hasattr(model, "line_coefs_")
    assert model.score(trend[:, np.newaxis], y) > 0.99


def test_an_output_without_an_anchor_keeps_the_levels(trend):
    X, y = next_value(trend)
    folded = np.abs(X[:, 0] - 12)
    model = GRURegressor(
        8, window=12, random_state=0, max_iter=100, early_stopping=False
    )
    model.fit(X, np.column_stack([y, folded]))
    assert model.anchor_ == [0, None]
    error = model.predict(X)[:, 1] - folded
    assert np.mean(error**2) < 0.1 * np.var(folded)


@pytest.mark.parametrize("n_rows", [4, 8, 20])
def test_many_short_walks_keep_their_anchor(n_rows, rng):
    """Changes less the mean of a short series alternate, whatever they are."""
    walks = rng.randn(100, n_rows + 1).cumsum(axis=1)
    X = pd.DataFrame(
        {"v": walks[:, :-1].ravel(), "name": np.repeat(range(100), n_rows)}
    )
    model = fitted(X, walks[:, 1:].ravel(), group_column="name", max_iter=1)
    assert model.anchor_ == "v"
