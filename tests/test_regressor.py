"""GRURegressor: behaviour that scikit-learn's checks do not cover."""

import pickle

import numpy as np
import pandas as pd
import pytest
import reference
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from skgru import SGD, Adam, GRURegressor, WindowTransformer


def model(**parameters):
    defaults = {
        "hidden_layer_sizes": 5,
        "max_iter": 4,
        "learning_rate": "constant",
        "n_iter_no_change": None,
        "early_stopping": False,
        "random_state": 0,
    }
    return GRURegressor(**(defaults | parameters))


@pytest.fixture
def data(rng):
    X = rng.randn(40, 6, 2)
    return X, X[:, -1, 0] + 0.5 * X[:, -3, 1]


def vector_of(fitted):
    """All weights, from the public attributes, as one vector."""
    parts = []
    for kernel, recurrent in zip(
        fitted.kernels_, fitted.recurrent_kernels_, strict=True
    ):
        parts += [kernel, recurrent]
    parts += [*fitted.coefs_, *fitted.biases_, *fitted.intercepts_]
    return np.concatenate([part.ravel() for part in parts])


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("anchor", [None, 1])
def test_predict_is_the_equations_with_the_published_attributes(
    reset_after, anchor, data
):
    X, y = data
    X = X * [3.0, 0.5] + [10.0, -2.0]
    y = np.column_stack([y * 100 + 7, -y])
    fitted = model(
        hidden_layer_sizes=(5, 3), reset_after=reset_after, anchor=anchor
    ).fit(X, y)
    last = 0.0 if anchor is None else X[:, -1:, anchor]
    raw = X.copy()
    if anchor is not None:
        raw[:, :, anchor] -= last
    scaled = (raw - fitted.feature_mean_) / fitted.feature_scale_
    expected = reference.predict(
        vector_of(fitted),
        list(scaled),
        (5, 3),
        2,
        cell="gru" if reset_after else "gru_reset_before",
    )
    expected = expected * fitted.target_scale_ + fitted.target_mean_ + last
    np.testing.assert_allclose(fitted.predict(X), expected, rtol=1e-10)


def test_standardising_statistics_are_those_of_the_training_rows(data):
    X, y = data
    fitted = model(validation_fraction=0.25).fit(X, y)
    np.testing.assert_allclose(fitted.feature_mean_, X[:30].mean(axis=(0, 1)))
    np.testing.assert_allclose(fitted.feature_scale_, X[:30].std(axis=(0, 1)))
    np.testing.assert_allclose(fitted.target_mean_, [y[:30].mean()])
    np.testing.assert_allclose(fitted.target_scale_, [y[:30].std()])


def test_results_do_not_depend_on_the_units_of_x_and_y(data):
    X, y = data
    plain = model().fit(X, y)
    other = model().fit(X * 8 - 64, y * 1024 + 512)
    np.testing.assert_allclose(
        other.predict(X * 8 - 64), plain.predict(X) * 1024 + 512, rtol=1e-8
    )
    np.testing.assert_allclose(
        other.loss_curve_, np.array(plain.loss_curve_) * 1024**2, rtol=1e-8
    )


def test_loss_curve_of_one_batch_is_the_loss_before_its_step(data):
    X, y = data
    y = np.column_stack([y, 10 * y])
    weights = np.linspace(0.5, 2, 40)
    one_batch = {"batch_size": 40, "alpha": 0.1}
    before = model(max_iter=3, **one_batch).fit(X, y, weights)
    after = model(max_iter=4, **one_batch).fit(X, y, weights)
    errors = ((before.predict(X) - y) ** 2).mean(axis=1)
    np.testing.assert_allclose(
        after.loss_curve_[-1], np.average(errors, weights=weights), rtol=1e-10
    )


def test_validation_curve_is_the_error_of_predict_on_the_last_rows(data):
    X, y = data
    weights = np.linspace(0.5, 2, 40)
    fitted = model(validation_fraction=0.25, max_iter=7).fit(X, y, weights)
    errors = (fitted.predict(X[30:]) - y[30:]) ** 2
    np.testing.assert_allclose(
        fitted.validation_loss_curve_[fitted.best_iter_],
        np.average(errors, weights=weights[30:]),
        rtol=1e-10,
    )
    assert len(fitted.validation_loss_curve_) == fitted.n_iter_ == 7
    # The same validation rows passed explicitly lead to the same weights.
    by_hand = model(max_iter=7).fit(
        X[:30],
        y[:30],
        weights[:30],
        X_val=X[30:],
        y_val=y[30:],
        sample_weight_val=weights[30:],
    )
    assert by_hand.validation_loss_curve_ == fitted.validation_loss_curve_
    np.testing.assert_array_equal(by_hand.coefs_[0], fitted.coefs_[0])


def test_held_out_windows_look_back_into_training_rows(rng):
    X, y = rng.randn(50, 2), rng.randn(50)
    fitted = model(window=8, validation_fraction=0.2).fit(X, y)
    errors = (fitted.predict(X)[40:] - y[40:]) ** 2
    np.testing.assert_allclose(fitted.validation_loss_curve_[-1], errors.mean())
    # Validation rows that are passed explicitly are a series of their own.
    by_hand = model(window=8).fit(X[:40], y[:40], X_val=X[40:], y_val=y[40:])
    errors = (by_hand.predict(X[40:]) - y[40:]) ** 2
    np.testing.assert_allclose(by_hand.validation_loss_curve_[-1], errors.mean())


def test_early_stopping_keeps_what_training_for_so_many_epochs_gives(rng):
    # The data are noise, so that the loss of the held-out rows soon rises.
    X, y = rng.randn(60, 4, 2), rng.randn(60)
    stopped = model(
        hidden_layer_sizes=20, early_stopping=True, max_iter=500, n_iter_no_change=5
    ).fit(X, y)
    assert stopped.stop_reason_ == "no_improvement"
    best = int(np.argmin(stopped.validation_loss_curve_))
    assert stopped.best_iter_ == best < stopped.n_iter_ - 1
    assert stopped.best_loss_ == stopped.validation_loss_curve_[best]
    assert stopped.loss_ == stopped.loss_curve_[best]
    exact = model(
        hidden_layer_sizes=20, max_iter=best + 1, validation_fraction=0.1
    ).fit(X, y)
    np.testing.assert_array_equal(stopped.predict(X), exact.predict(X))


def test_training_stops_when_the_loss_no_longer_falls(data):
    X, y = data
    patient = model(max_iter=3000, tol=1e-3, n_iter_no_change=6).fit(X, y)
    assert patient.stop_reason_ == "no_improvement"
    # Apply the stopping rule to the curve, converted from units of y.
    losses = np.array(patient.loss_curve_) / patient.target_scale_[0] ** 2
    waiting, best, n_epochs = 0, np.inf, 0
    while waiting < 6:
        waiting = waiting + 1 if losses[n_epochs] > best - 1e-3 else 0
        best = min(best, losses[n_epochs])
        n_epochs += 1
    assert n_epochs == patient.n_iter_ == len(losses)


def test_without_n_iter_no_change_exactly_max_iter_epochs_run():
    X, y = np.ones((5, 2)), np.ones(5)
    fitted = model(max_iter=30).fit(X, y)
    assert fitted.n_iter_ == 30
    assert fitted.stop_reason_ == "max_iter"


def test_reaching_max_iter_with_patience_warns(data):
    from sklearn.exceptions import ConvergenceWarning

    with pytest.warns(ConvergenceWarning, match="max_iter=4 epochs.*Raise max_iter"):
        model(n_iter_no_change=10).fit(*data)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("shuffle", [True, False])
def test_warm_start_goes_on_where_fit_ended(solver, shuffle, data):
    X, y = data
    common = {"solver": solver, "shuffle": shuffle, "batch_size": 7}
    whole = model(max_iter=20, **common).fit(X, y)
    parts = model(max_iter=10, warm_start=True, **common).fit(X, y)
    parts.fit(X, y)
    np.testing.assert_array_equal(parts.predict(X), whole.predict(X))
    assert parts.loss_curve_ == whole.loss_curve_
    assert parts.n_iter_ == 10
    assert parts.best_iter_ == 19
    without = model(max_iter=10, **common).fit(X, y)
    without.fit(X, y)
    assert len(without.loss_curve_) == 10


def test_a_later_fit_that_diverges_at_once_keeps_the_earlier_weights(data):
    X, y = data
    settings = {"warm_start": True, "solver": "sgd", "clip_norm": None}
    fitted = model(**settings).fit(X, y)
    before, loss = fitted.predict(X), fitted.loss_
    fitted.set_params(learning_rate_init=1e300)
    with pytest.warns(UserWarning, match="The weights of epoch 4 are kept"):
        fitted.fit(X, y)
    np.testing.assert_array_equal(fitted.predict(X), before)
    assert (fitted.best_iter_, fitted.loss_) == (3, loss)


def test_curves_of_calls_with_and_without_validation_rows_stay_aligned(data):
    X, y = data
    fitted = model(max_iter=2, warm_start=True).partial_fit(X, y)
    fitted.set_params(validation_fraction=0.25).fit(X, y)
    fitted.partial_fit(X, y)
    curve = np.array(fitted.validation_loss_curve_)
    assert np.isnan(curve).tolist() == [True, False, False, True]
    assert len(fitted.loss_curve_) == 4


def test_best_loss_is_that_of_the_kept_epoch_of_this_call(data):
    X, y = data
    y = np.column_stack([y, 1e3 * y])
    fitted = model(early_stopping=True, max_iter=30, warm_start=True).fit(X, y)
    for _ in range(2):
        kept = fitted.validation_loss_curve_[fitted.best_iter_]
        assert fitted.best_loss_ == kept
        errors = (fitted.predict(X[36:]) - y[36:]) ** 2
        np.testing.assert_allclose(kept, errors.mean(), rtol=1e-9)
        fitted.fit(X, y)


def test_partial_fit_is_an_epoch_of_fit(data):
    X, y = data
    whole = model(max_iter=6, batch_size=7).fit(X, y)
    parts = model(batch_size=7)
    for _ in range(6):
        parts.partial_fit(X, y)
    np.testing.assert_array_equal(parts.predict(X), whole.predict(X))
    assert parts.n_iter_ == 1


def test_partial_fit_keeps_its_first_statistics_and_reads_the_learning_rate(data):
    X, y = data
    fitted = model().partial_fit(X[:20], y[:20])
    fitted.set_params(learning_rate_init=1e-300)
    before = fitted.predict(X)
    fitted.partial_fit(X[20:] * 100, y[20:] * 100)
    np.testing.assert_array_equal(fitted.predict(X), before)
    np.testing.assert_allclose(fitted.feature_mean_, X[:20].mean(axis=(0, 1)))


def test_what_is_written_into_published_weights_is_used_and_trained(data):
    X, y = data
    fitted = model().fit(X, y)
    for part in (*fitted.coefs_, *fitted.intercepts_):
        part[...] = 0
    np.testing.assert_allclose(fitted.predict(X), y.mean(), rtol=1e-12)
    fitted.kernels_[0][...] = 0
    fitted.recurrent_kernels_[0][...] = 0
    fitted.biases_[0][...] = 0
    fitted.set_params(learning_rate_init=1e-300).partial_fit(X, y)
    np.testing.assert_allclose(fitted.predict(X), y.mean(), rtol=1e-12)


def test_what_is_assigned_to_an_item_of_the_published_weights_is_used(data):
    X, y = data
    fitted = model().fit(X, y)
    fitted.coefs_[0] = np.zeros((5, 1))
    fitted.intercepts_[0] = np.ones(1)
    expected = fitted.target_mean_ + fitted.target_scale_
    np.testing.assert_allclose(fitted.predict(X), np.repeat(expected, len(X)))


class InterruptedRandomState(np.random.RandomState):
    """A generator that raises KeyboardInterrupt when the third epoch begins."""

    n_permutations = 0

    def permutation(self, x):
        self.n_permutations += 1
        if self.n_permutations == 3:
            raise KeyboardInterrupt
        return super().permutation(x)


def test_an_interrupted_fit_keeps_what_was_trained_and_goes_on(data):
    X, y = data
    settings = {"batch_size": 7, "warm_start": True, "max_iter": 9}
    stopped = model(random_state=InterruptedRandomState(0), **settings)
    with pytest.warns(UserWarning, match="after 2 of 9 epochs. The weights of epoch 2"):
        stopped.fit(X, y)
    assert (stopped.stop_reason_, stopped.n_iter_) == ("interrupted", 2)
    assert len(stopped.loss_curve_) == 2
    stopped.set_params(max_iter=7).fit(X, y)
    whole = model(random_state=np.random.RandomState(0), **settings).fit(X, y)
    np.testing.assert_array_equal(stopped.predict(X), whole.predict(X))


def test_a_fit_interrupted_in_its_first_epoch_leaves_the_earlier_model(data):
    X, y = data
    fitted = model().fit(X, y)
    before, loss = fitted.predict(X), fitted.loss_
    interrupted = InterruptedRandomState(0)
    interrupted.n_permutations = 2
    fitted.set_params(early_stopping=True, batch_size=7, random_state=interrupted)
    with pytest.raises(KeyboardInterrupt):
        fitted.fit(X, y)
    np.testing.assert_array_equal(fitted.predict(X), before)
    assert (fitted.n_iter_, fitted.loss_) == (4, loss)


def test_zero_weight_rows_are_no_targets_but_remain_inputs_of_windows(rng):
    X, y = rng.randn(30, 2), rng.randn(30)
    weights = np.ones(30)
    weights[10:15] = 0
    spoiled = y.copy()
    spoiled[10:15] = 1e6
    fitted = model(window=4).fit(X, y, weights)
    same = model(window=4).fit(X, spoiled, weights)
    np.testing.assert_array_equal(fitted.predict(X), same.predict(X))
    other_inputs = X.copy()
    other_inputs[10:15] += 1
    other = model(window=4).fit(other_inputs, y, weights)
    assert (fitted.predict(X)[20:] != other.predict(X)[20:]).all()


@pytest.mark.parametrize("window", [None, 1])
def test_weights_equal_repeated_rows_to_the_last_bit(window, rng):
    X, y = rng.randn(15, 3), rng.randn(15)
    weights = rng.randint(0, 4, size=15)
    settings = {"window": window, "max_iter": 300, "learning_rate_init": 0.05}
    weighted = model(**settings).fit(X, y, weights)
    order = rng.permutation(weights.sum())
    repeated = model(**settings).fit(
        np.repeat(X, weights, axis=0)[order], np.repeat(y, weights)[order]
    )
    np.testing.assert_array_equal(weighted.coefs_[0], repeated.coefs_[0])


def test_gradient_of_the_penalty_by_one_step(data):
    """With and without penalty, one step of gradient descent differs by the penalty."""
    X, y = data
    weights = np.linspace(0.5, 1.5, 40)
    rate, alpha = 1e-3, 3.0
    settings = {
        "solver": SGD(momentum=0.0),
        "learning_rate_init": rate,
        "batch_size": 40,
        "clip_norm": None,
        "max_iter": 1,
    }
    start = model(**(settings | {"learning_rate_init": 1e-300})).fit(X, y, weights)
    without = model(**settings).fit(X, y, weights)
    with_penalty = model(alpha=alpha, **settings).fit(X, y, weights)
    for name in ("kernels_", "recurrent_kernels_", "coefs_"):
        first, plain, penalised = (
            getattr(m, name)[0] for m in (start, without, with_penalty)
        )
        np.testing.assert_allclose(
            penalised - plain, -rate * 2 * alpha / weights.sum() * first, rtol=1e-8
        )
    for name in ("biases_", "intercepts_"):
        np.testing.assert_array_equal(
            getattr(without, name)[0], getattr(with_penalty, name)[0]
        )


def test_clipping_bounds_the_step(data):
    X, y = data
    settings = {"solver": SGD(momentum=0.0), "batch_size": 40, "max_iter": 1}
    start = model(**settings, learning_rate_init=1e-300).fit(X, y)
    free = model(**settings, learning_rate_init=1.0, clip_norm=None).fit(X, y)
    bound = model(**settings, learning_rate_init=1.0, clip_norm=0.01).fit(X, y)
    step = vector_of(free) - vector_of(start)
    clipped = vector_of(bound) - vector_of(start)
    np.testing.assert_allclose(np.linalg.norm(clipped), 0.01, rtol=1e-10)
    np.testing.assert_allclose(
        clipped / 0.01, step / np.linalg.norm(step), rtol=1e-8, atol=1e-12
    )


def test_an_anchor_carries_a_trend_beyond_the_training_rows():
    t = np.arange(400.0)
    series = 0.1 * t + np.sin(t / 5)
    X, y = series[:-1, np.newaxis], series[1:]
    settings = {"hidden_layer_sizes": 16, "window": 20, "max_iter": 60}
    plain = model(anchor=None, **settings).fit(X[:300], y[:300])
    anchored = model(anchor=0, **settings).fit(X[:300], y[:300])
    later = slice(330, None)
    error = {
        m: np.mean((m.predict(X)[later] - y[later]) ** 2) for m in (plain, anchored)
    }
    last_value = np.mean((X[later, 0] - y[later]) ** 2)
    assert error[anchored] < last_value < error[plain]


@pytest.mark.parametrize("stops_early", [True, False])
def test_an_anchor_is_subtracting_the_last_value_by_hand(stops_early, rng):
    """Tested with several targets, weights, missing steps and early stopping."""
    X = rng.randn(60, 6, 2).cumsum(axis=1)
    X[:20, :3] = np.nan
    y = X[:, -1:, 1] + np.column_stack([X[:, -1, 0], X[:, -2, 1]])
    weights = rng.uniform(0.5, 2, size=60)
    last = X[:, -1:, 1]
    changes = X.copy()
    changes[:, :, 1] -= last
    settings = {
        "early_stopping": stops_early,
        "validation_fraction": 0.2 if stops_early else None,
        "max_iter": 20,
    }
    anchored = model(anchor=1, **settings).fit(X, y, weights)
    by_hand = model(anchor=None, **settings).fit(changes, y - last, weights)
    np.testing.assert_allclose(
        anchored.predict(X), by_hand.predict(changes) + last, rtol=1e-8
    )
    assert anchored.n_iter_ == by_hand.n_iter_
    np.testing.assert_allclose(
        anchored.validation_loss_curve_, by_hand.validation_loss_curve_, rtol=1e-8
    )


def test_an_anchored_model_follows_a_shift_of_level(rng):
    X = np.cumsum(rng.randn(80, 2), axis=0)
    y = np.append(X[1:, 0], 0.0)
    fitted = model(window=6, anchor=0).fit(X, y)
    shifted = X + np.array([1000.0, 0.0])
    np.testing.assert_allclose(
        fitted.predict(shifted), fitted.predict(X) + 1000, rtol=1e-9
    )
    frame = pd.DataFrame(X, columns=["level", "other"])
    named = model(window=6, anchor="level").fit(frame, y)
    np.testing.assert_array_equal(named.predict(frame), fitted.predict(X))
    assert model(window=6, anchor=-2).fit(X, y).predict(X)[0] == fitted.predict(X)[0]


def test_remember_gives_later_rows_the_windows_of_one_series(rng):
    X, y = rng.randn(60, 2), rng.randn(60)
    fitted = model(window=7, remember=True).fit(X[:40], y[:40])
    forgetful = clone(fitted).set_params(remember=False).fit(X[:40], y[:40])
    np.testing.assert_allclose(
        fitted.predict(X[40:]), forgetful.predict(X)[40:], rtol=1e-13
    )
    np.testing.assert_array_equal(fitted.predict(X[:40]), forgetful.predict(X[:40]))


def test_rows_of_fit_are_recognised_by_their_values(rng):
    series = rng.randn(60)
    X, y = series[:-1, np.newaxis], series[1:]
    fitted = model(window=7, remember=True).fit(X, y)
    expected = fitted.predict(X)
    for same in (X.copy(), X.tolist(), pd.DataFrame(X), np.asfortranarray(X)):
        np.testing.assert_array_equal(fitted.predict(same), expected)
    zero = np.zeros((9, 1))
    fitted = model(window=7, remember=True).fit(zero, np.arange(9.0))
    np.testing.assert_array_equal(fitted.predict(-zero), fitted.predict(zero))


def test_the_last_part_of_partial_fits_is_predicted_as_it_was_trained(rng):
    X, y = rng.randn(60, 2), rng.randn(60)
    parts = model(window=7, remember=True).partial_fit(X[:40], y[:40])
    parts.partial_fit(X[40:], y[40:])
    windows = WindowTransformer(7).fit_transform(X)
    plain = model().fit(windows, y)
    for name in ("kernels_", "recurrent_kernels_", "biases_", "coefs_", "intercepts_"):
        getattr(plain, name)[0] = getattr(parts, name)[0]
    for name in ("feature_mean_", "feature_scale_", "target_mean_", "target_scale_"):
        setattr(plain, name, getattr(parts, name))
    np.testing.assert_allclose(
        parts.predict(X[40:]), plain.predict(windows[40:]), rtol=1e-12
    )


def test_remember_follows_partial_fits(rng):
    X, y = rng.randn(60, 2), rng.randn(60)
    parts = model(window=7, remember=True).partial_fit(X[:40], y[:40])
    parts.partial_fit(X[40:43], y[40:43])
    whole = clone(parts).fit(X, y)
    for name in ("kernels_", "recurrent_kernels_", "biases_", "coefs_", "intercepts_"):
        getattr(whole, name)[0][...] = getattr(parts, name)[0]
    for name in ("feature_mean_", "feature_scale_", "target_mean_", "target_scale_"):
        setattr(whole, name, getattr(parts, name))
    np.testing.assert_allclose(parts.predict(X[43:]), whole.predict(X)[43:], rtol=1e-12)


@pytest.mark.parametrize("y_shape", [(40,), (40, 1), (40, 3)])
def test_predictions_have_the_shape_of_y(y_shape, data, rng):
    fitted = model().fit(data[0], rng.randn(*y_shape))
    assert fitted.predict(data[0][:7]).shape == (7, *y_shape[1:])


@pytest.mark.parametrize(
    "loss", [{}, {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]}]
)
def test_steps_of_variables_train_as_they_do_one_behind_the_other(loss, data, rng):
    X, y = data[0], rng.randn(40, 3, 2)
    weights = rng.rand(40)
    flat = model(**loss).fit(X, y.reshape(40, 6), weights)
    deep = model(**loss).fit(X, y, weights)
    found = deep.predict(X)
    assert found.shape[1:3] == (3, 2)
    expected = flat.predict(X).reshape(found.shape)
    np.testing.assert_array_equal(found, expected)
    score = flat.score(X, y.reshape(40, 6), weights)
    np.testing.assert_allclose(deep.score(X, y, weights), score, rtol=1e-12)
    again = pickle.loads(pickle.dumps(deep))
    np.testing.assert_array_equal(again.predict(X), found)


def test_each_output_is_scored_by_its_own_scale(data):
    X, y = data
    both = model(max_iter=150).fit(X, np.column_stack([y, 1e4 * y]))
    prediction = both.predict(X)
    for column, truth in enumerate([y, 1e4 * y]):
        assert np.corrcoef(prediction[:, column], truth)[0, 1] > 0.9


def test_float32_stays_float32(data):
    X, y = (part.astype(np.float32) for part in data)
    fitted = model().fit(X, y)
    assert fitted.predict(X).dtype == np.float32
    for name in ("kernels_", "recurrent_kernels_", "biases_", "coefs_", "intercepts_"):
        assert getattr(fitted, name)[0].dtype == np.float32
    double = model().fit(*data)
    np.testing.assert_allclose(
        fitted.predict(X), double.predict(data[0]), rtol=1e-3, atol=1e-3
    )
    assert fitted.predict(data[0]).dtype == np.float32


def test_the_forms_of_x_that_say_the_same_predict_the_same(rng):
    X, y = rng.randn(30, 4, 3), rng.randn(30)
    flat = X.reshape(30, 12)
    expected = model().fit(X, y).predict(X)
    by_steps = model(n_timesteps=4).fit(flat, y)
    np.testing.assert_array_equal(by_steps.predict(flat), expected)
    reversed_steps = X[:, ::-1]
    newest_first = model(time_order="newest_first").fit(reversed_steps, y)
    np.testing.assert_array_equal(newest_first.predict(reversed_steps), expected)
    plain = model().fit(X[:, :, 0], y).predict(X[:, :, 0])
    one_feature = model().fit(X[:, :, :1], y).predict(X[:, :, :1])
    np.testing.assert_array_equal(plain, one_feature)


def test_sequences_of_other_lengths_are_predicted_and_padded_with_nan(data):
    X, y = data
    fitted = model().fit(X, y)
    short = fitted.predict(X[:, 2:])
    padded = X.copy()
    padded[:, :2] = np.nan
    np.testing.assert_allclose(fitted.predict(padded), short, rtol=1e-13)
    assert (short != fitted.predict(X)).all()


def test_a_window_longer_than_the_series_is_the_whole_past(rng):
    X, y = rng.randn(12, 2), rng.randn(12)
    long = model(window=500).fit(X, y)
    enough = model(window=12).fit(X, y)
    np.testing.assert_allclose(long.predict(X), enough.predict(X), rtol=1e-12)


def as_contiguous(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def as_memory_map(X, tmp_path):
    path = tmp_path / "X.npy"
    np.save(path, X)
    return np.load(path, mmap_mode="r")


@pytest.mark.parametrize("n_dims", [2, 3])
def test_arrays_of_any_kind_are_taken_and_left_alone(n_dims, tmp_path, data):
    X, y = data
    if n_dims == 2:
        X = X[:, :, 0].copy()
    expected = model().fit(X, y).predict(X)
    kinds = [
        as_contiguous(X),
        np.asfortranarray(X),
        as_memory_map(X, tmp_path),
        np.repeat(X, 2, axis=0)[::2],
        X.tolist(),
    ]
    for kind in kinds:
        before = np.array(kind)
        fitted = model().fit(kind, y)
        np.testing.assert_array_equal(fitted.predict(kind), expected)
        np.testing.assert_array_equal(np.array(kind), before)


def test_summary_of_the_tutorials_network_counts_8001_parameters(rng):
    fitted = model(hidden_layer_sizes=50, max_iter=1)
    fitted.fit(rng.randn(9, 1), rng.randn(9))
    summary = fitted.summary()
    assert summary.n_parameters == 8001
    assert [line.n_parameters for line in summary] == [7950, 51, 0]
    assert "8,001" in str(summary)
    stacked = model(hidden_layer_sizes=(4, 3), reset_after=False, max_iter=1)
    stacked.fit(rng.randn(9, 5, 2), rng.randn(9, 2))
    assert stacked.summary().n_parameters == len(vector_of(stacked))
    assert stacked.summary()[0].output_shape == (None, 5, 4)
    assert stacked.summary()[1].output_shape == (None, 3)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_grid_search_in_parallel_is_that_in_turn(backend, rng):
    import joblib

    X, y = rng.randn(60, 2), rng.randn(60)
    pipeline = make_pipeline(StandardScaler(), model(solver=Adam()))
    grid = {
        "gruregressor__window": [1, 4],
        "gruregressor__solver__epsilon": [1e-8, 1e-2],
        "gruregressor__learning_rate_init": [1e-3, 1e-2],
    }
    in_turn = GridSearchCV(pipeline, grid, cv=TimeSeriesSplit(2)).fit(X, y)
    with joblib.parallel_backend(backend):
        parallel = GridSearchCV(pipeline, grid, cv=TimeSeriesSplit(2), n_jobs=2)
        parallel.fit(X, y)
    np.testing.assert_array_equal(
        parallel.cv_results_["mean_test_score"], in_turn.cv_results_["mean_test_score"]
    )
    assert len(np.unique(in_turn.cv_results_["mean_test_score"])) == 8


def test_search_over_kinds_of_solver(data):
    search = GridSearchCV(
        model(), {"solver": ["adam", "sgd", Adam(beta_1=0.5), SGD(momentum=0.0)]}, cv=2
    ).fit(data[0][:, :, 0], data[1])
    assert len(np.unique(search.cv_results_["mean_test_score"])) == 4


def test_another_solver_under_warm_start_begins_with_its_own_moments(data):
    X, y = data
    fitted = model(warm_start=True).fit(X, y)
    fitted.set_params(solver="sgd").fit(X, y)
    fitted.set_params(solver="adam").fit(X, y)
    assert np.isfinite(fitted.loss_curve_).all()
    assert len(fitted.loss_curve_) == 12


def test_targets_can_be_transformed(data):
    X, y = data
    inner = model(standardize=False, max_iter=20)
    wrapped = TransformedTargetRegressor(inner, transformer=MinMaxScaler()).fit(X, y)
    scaled = (y - y.min()) / (y.max() - y.min())
    expected = clone(inner).fit(X, scaled).predict(X) * (y.max() - y.min()) + y.min()
    np.testing.assert_allclose(wrapped.predict(X), expected, rtol=1e-10)


def test_data_frames_keep_their_names(rng):
    frame = pd.DataFrame(rng.randn(30, 2), columns=["sun", "rain"])
    y = pd.Series(rng.randn(30))
    fitted = model(window=3).fit(frame, y)
    assert fitted.feature_names_in_.tolist() == ["sun", "rain"]
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(frame[["rain", "sun"]])
    np.testing.assert_array_equal(
        fitted.predict(frame),
        model(window=3).fit(frame.to_numpy(), y).predict(frame.to_numpy()),
    )


def test_cross_validation_over_transformed_windows(rng):
    x = np.sin(np.arange(160) * 0.3)[:, np.newaxis]
    y = np.append(x[1:, 0], 0)
    piped = make_pipeline(
        WindowTransformer(8, remember=True), model(max_iter=60, batch_size=16)
    )
    scores = cross_val_score(piped, x[:-1], y[:-1], cv=TimeSeriesSplit(3))
    assert scores.min() > 0.9


def test_a_second_fit_repeats_the_first(data):
    X, y = data
    fitted = model(batch_size=7).fit(X, y)
    first = fitted.predict(X)
    np.testing.assert_array_equal(fitted.fit(X, y).predict(X), first)
    other_seed = model(batch_size=7, random_state=1).fit(X, y)
    assert (other_seed.predict(X) != first).all()


def test_parameters_have_mlp_regressors_names_where_they_mean_the_same():
    shared = {
        "hidden_layer_sizes",
        "solver",
        "alpha",
        "batch_size",
        "learning_rate_init",
        "max_iter",
        "shuffle",
        "random_state",
        "tol",
        "verbose",
        "warm_start",
        "early_stopping",
        "validation_fraction",
        "n_iter_no_change",
    }
    assert shared <= set(GRURegressor().get_params())
    assert shared <= set(MLPRegressor().get_params())


def test_recurrent_weights_stay_where_sequences_have_one_step(rng):
    X, y = rng.randn(40, 1, 3), rng.randn(40)
    settings = {"max_iter": 3, "early_stopping": False, "random_state": 0}
    model = GRURegressor((4, 3), **settings).fit(X, y)
    start = GRURegressor((4, 3), learning_rate_init=1e-300, **settings).fit(X, y)
    for found, first in zip(
        model.recurrent_kernels_, start.recurrent_kernels_, strict=True
    ):
        np.testing.assert_array_equal(found, first)
    assert (model.kernels_[1] != start.kernels_[1]).all()
    # An L2 penalty changes the recurrent weights all the same.
    shrunk = GRURegressor((4, 3), alpha=1.0, **settings).fit(X, y)
    assert (shrunk.recurrent_kernels_[0] != start.recurrent_kernels_[0]).all()


def test_the_optimiser_goes_on_moving_what_has_no_gradient_any_more(rng):
    # Kingma and Ba, algorithm 1: without a gradient the moments decay by beta_1 and
    # beta_2, and the step is their quotient.
    X, y = rng.randn(40, 5, 3), rng.randn(40)
    model = GRURegressor(
        4, batch_size=40, shuffle=False, learning_rate_init=0.01, random_state=0
    )
    model.partial_fit(X, y)
    before = model.recurrent_kernels_[0].copy()
    first, second = model._fitted.training.moments.copy()
    model.partial_fit(X[:, :1], y)
    size = before.size
    begin = model.kernels_[0].size
    mean, power = (
        moment[begin : begin + size].reshape(before.shape)
        for moment in (0.9 * first, 0.999 * second)
    )
    rate = 0.01 * np.sqrt(1 - 0.999**2) / (1 - 0.9**2)
    np.testing.assert_allclose(
        model.recurrent_kernels_[0],
        before - rate * mean / (np.sqrt(power) + 1e-8),
        rtol=1e-12,
    )


@pytest.mark.parametrize("kind", ["f4", "f8"])
def test_numbers_with_their_bytes_the_other_way_round_are_the_same(kind, rng):
    X, y = rng.randn(30, 4, 2).astype(kind), rng.randn(30)
    swapped = X.astype(X.dtype.newbyteorder())
    settings = {"max_iter": 3, "early_stopping": False, "random_state": 0}
    model = GRURegressor(4, **settings).fit(X, y)
    np.testing.assert_array_equal(model.predict(swapped), model.predict(X))
    again = GRURegressor(4, **settings).fit(swapped, y).predict(X)
    np.testing.assert_allclose(again, model.predict(X), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("standardize", [True, False])
def test_targets_may_lie_column_by_column_in_memory(standardize, dtype, rng):
    """Those of a DataFrame do. With few rows, merging them would make a copy."""
    X, y = rng.randn(100, 6, 2).astype(dtype), rng.randn(100, 3)
    settings = {"standardize": standardize, "max_iter": 2}
    expected = model(**settings).fit(X, y).predict(X)
    table = pd.DataFrame({"a": y[:, 0], "b": y[:, 1], "c": y[:, 2]})
    for other in (np.asfortranarray(y), table):
        np.testing.assert_array_equal(
            model(**settings).fit(X, other).predict(X), expected
        )
