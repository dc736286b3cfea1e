"""Training that diverges, stops early or has nothing to learn."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from skgru import SGD, GRURegressor
from skgru._training._problem import Epoch, Patience, TrainingState
from skgru._training._progress import Silence
from skgru._training._schedules import Constant
from skgru._training._watch import Watch


def model(**parameters):
    settings = {
        "hidden_layer_sizes": 4,
        "learning_rate": "constant",
        "learning_rate_init": 0.01,
        "n_iter_no_change": None,
        "early_stopping": False,
        "random_state": 0,
    }
    return GRURegressor(**(settings | parameters))


@pytest.fixture
def data(rng):
    X = rng.randn(40, 5)
    return X, X.sum(axis=1)


def test_a_fit_that_diverges_keeps_its_best_weights_and_says_so(data):
    X, y = data
    exploding = model(
        solver=SGD(momentum=0.9), learning_rate_init=50.0, clip_norm=None, max_iter=30
    )
    with pytest.warns(ConvergenceWarning, match="more than twice .* nothing") as caught:
        exploding.fit(X, y)
    assert "lower learning_rate_init=50, or set clip_norm=1.0" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert exploding.stop_reason_ == "diverged"
    assert np.isfinite(exploding.loss_curve_).all()
    assert exploding.loss_curve_[-1] > 2 * y.var()
    # No worse than an untrained network, whose error is of the size of y.
    assert ((exploding.predict(X) - y) ** 2).mean() < 2 * y.var()
    exploding.set_params(learning_rate_init=0.01, warm_start=True).fit(X, y)
    assert exploding.stop_reason_ == "max_iter"
    assert exploding.score(X, y) > 0


@pytest.mark.parametrize("stops_early", [True, False])
def test_a_later_fit_that_only_explodes_goes_back_to_where_it_began(stops_early, data):
    X, y = data
    fitted = model(max_iter=60, warm_start=True, early_stopping=stops_early).fit(X, y)
    before = fitted.predict(X)
    fitted.set_params(
        solver=SGD(momentum=0.9), learning_rate_init=1e4, clip_norm=None, max_iter=5
    )
    with pytest.warns(ConvergenceWarning):
        fitted.fit(X, y)
    assert fitted.stop_reason_ in ("diverged", "non_finite_loss")
    np.testing.assert_array_equal(fitted.predict(X), before)


def test_a_loss_that_falls_from_a_bad_beginning_has_not_diverged(data):
    """Weights that a user writes into a model may be as bad as after divergence."""
    X, y = data
    fitted = model(max_iter=1, warm_start=True).fit(X, y)
    fitted.intercepts_[0] = 5
    fitted.set_params(max_iter=5, learning_rate_init=1e-3).fit(X, y)
    assert fitted.stop_reason_ == "max_iter"
    assert np.all(np.diff(fitted.loss_curve_[1:]) < 0)
    assert fitted.loss_curve_[-1] > 2 * y.var()
    # The trained weights are kept, not the ones that were written.
    assert fitted.intercepts_[0][0] < 5


def epoch(loss):
    return Epoch(loss, loss, None, None, 0.1, 0.0, True)


def test_what_is_kept_depends_on_why_training_ended():
    state = TrainingState(np.zeros(1), np.zeros((0, 1)), 0)
    history = {"loss": [], "validation_loss": [], "learning_rate": []}
    watch = Watch(
        state,
        history,
        None,
        schedule=Constant(0.1),
        n_epochs=10,
        patience=Patience(0.0, None),
        by_validation=False,
        progress=Silence(),
    )
    for number, loss in enumerate([3.0, 1.0, 2.0], start=1):
        state.parameters[0] = number
        assert not watch(epoch(loss))
    expected = {
        "max_iter": (2, 3.0),
        "interrupted": (1, 2.0),
        # The loss of an epoch is that of the weights with which the epoch began.
        "diverged": (0, 1.0),
        "non_finite_loss": (0, 1.0),
    }
    for reason, (iteration, value) in expected.items():
        kept = watch.kept(reason)
        assert (kept.iteration, kept.parameters[0]) == (iteration, value)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3, 1e200])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_constant_target_is_predicted_exactly(solver, value, data):
    X, y = data
    constant = np.full(len(y), value)
    fitted = model(solver=solver, max_iter=20, alpha=0.1).fit(X, constant)
    np.testing.assert_array_equal(fitted.predict(X + 1), constant)
    both = model(solver=solver, max_iter=60).fit(X, np.column_stack([y, constant]))
    np.testing.assert_array_equal(both.predict(X + 1)[:, 1], constant)
    assert ((both.predict(X)[:, 0] - y) ** 2).mean() < y.var() / 2


@pytest.mark.parametrize("value", [2.5, 1e200])
def test_a_constant_count_is_predicted_exactly(value, data):
    X, _ = data
    constant = np.full(len(X), value)
    fitted = model(loss="poisson", max_iter=20).fit(X, constant)
    np.testing.assert_array_equal(fitted.predict(X + 1), constant)


def test_a_straight_line_goes_on_for_ever_with_an_anchor():
    line = np.arange(60.0) * 0.25 + 3
    fitted = model(window=5, anchor=0, max_iter=5).fit(line[:-1, np.newaxis], line[1:])
    later = np.arange(1000.0, 1010) * 0.25 + 3
    np.testing.assert_array_equal(fitted.predict(later[:-1, np.newaxis])[4:], later[5:])


def test_a_constant_feature_changes_nothing(data):
    X, y = data
    X = X[:, :, np.newaxis]
    constant = np.full_like(X, 0.3)
    settings = {"max_iter": 3}
    first = model(**settings).fit(np.concatenate([X, constant], axis=2), y)
    other = model(**settings).fit(np.concatenate([X, constant * 7], axis=2), y)
    np.testing.assert_array_equal(
        first.predict(np.concatenate([X, constant], axis=2)),
        other.predict(np.concatenate([X, constant * 7], axis=2)),
    )


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_epoch_begins_before_it_runs_and_none_after_the_last(
    solver, data, monkeypatch
):
    seen = []
    end = Watch.__call__

    def note_begin(watch):
        seen.append(watch.state.parameters.copy())

    def note_end(watch, epoch):
        seen.append(watch.state.parameters.copy())
        return end(watch, epoch)

    monkeypatch.setattr(Watch, "begin", note_begin)
    monkeypatch.setattr(Watch, "__call__", note_end)
    fitted = model(solver=solver, max_iter=4).fit(*data)
    assert len(seen) == 2 * fitted.n_iter_ == 8
    starts, ends = seen[::2], seen[1::2]
    assert all((start != end).any() for start, end in zip(starts, ends, strict=True))
    np.testing.assert_array_equal(starts[1:], ends[:-1])
