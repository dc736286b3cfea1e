"""A course of training against Adam and the network's equations in plain NumPy."""

import copy
from dataclasses import replace

import kernels
import numpy as np
import pytest
import reference

from skgru._network._model import Architecture, Model
from skgru._network._sequences import FeatureScaling
from skgru._training._epoch import Objective
from skgru._training._losses._squared_error import SquaredError
from skgru._training._optimizers._adam import AdamCoefficients
from skgru._training._problem import Problem
from skgru._training._run import Plan, Training, TrainingRun
from skgru._training._schedules import Constant, InverseScaling

N_FEATURES, SIZES, N_OUTPUTS = 2, (3,), 2
UNSCALED = FeatureScaling(
    np.zeros(N_FEATURES),
    np.ones(N_FEATURES),
    np.arange(0),
    np.zeros(N_FEATURES),
    np.ones(N_FEATURES),
)
TARGET_SCALE = np.array([2.0, 0.5])
PLAN = Plan(
    make_schedule=lambda n_before, n_epochs: InverseScaling(0.03, n_before),
    n_epochs=3,
    tol=0.0,
    n_iter_no_change=None,
    stops_early=False,
    shuffle=False,
    verbose=0,
    keeps_mean=False,
)


def begin(seed=0):
    """A model, and what there is before its first epoch."""
    random_state = np.random.RandomState(seed)
    architecture = Architecture("gru", N_FEATURES, SIZES, N_OUTPUTS, False, 0)
    intercepts = np.zeros(N_OUTPUTS)
    model = Model.untrained(
        architecture, intercepts, random_state, "float64", 4, "keras"
    )
    return model, Training.begin(model, random_state)


def examples_of(rng, n_rows=10):
    X, y = rng.randn(n_rows, 4, N_FEATURES), rng.randn(n_rows, N_OUTPUTS)
    missing = rng.randint(0, 3, n_rows)
    return kernels.make_examples(X, y, 0.5 + rng.rand(n_rows), missing)


def problem_of(model, examples, validation=None, **changes):
    settings = {"alpha": 0.0, "clip_norm": np.inf, "batch_size": 4} | changes
    objective = Objective(
        loss=SquaredError(),
        optimizer=AdamCoefficients(),
        target_scale=TARGET_SCALE,
        dropout=kernels.NO_DROPOUT,
        **settings,
    )
    return Problem(model.network(UNSCALED), objective, examples, validation)


class Visitor:
    """Keeps the weights at the end of each epoch, and does something then."""

    def __init__(self, run, at_begin=None, at_end=None):
        self.run, self.weights, self.epochs = run, [], []
        self.at_begin, self.at_end = at_begin, at_end

    def begin(self):
        self.run.watch.begin()
        if self.at_begin is not None:
            self.at_begin(len(self.epochs))

    def __call__(self, epoch):
        stops = self.run.watch(epoch)
        self.epochs.append(epoch)
        self.weights.append(self.run.watch.state.parameters.copy())
        if self.at_end is not None:
            stops = self.at_end(len(self.epochs)) or stops
        return stops


def go(problem, model, training, **plan):
    """Run the epochs; what the run leaves, and what a visitor has seen."""
    run = TrainingRun(problem, model, training, replace(PLAN, **plan))
    visitor = Visitor(run)
    run.go(visitor)
    return *run.result(), visitor


def losses_of(examples, rows):
    """Mean loss of some rows as a function of the weights, by the equations."""
    steps = kernels.observed_steps(examples.sequences)

    def loss(vector, size=1):
        prediction = reference.predict(
            vector, [steps[i] for i in rows], SIZES, N_OUTPUTS, cell="gru"
        )
        errors = (((prediction - examples.targets[rows]) * size) ** 2).mean(axis=1)
        weights = examples.weights[rows]
        return (weights * errors).sum() / weights.sum()

    return loss


def naive_adam(problem, vector, n_epochs, order_of):
    """Weights, moments and running losses of Adam as Kingma and Ba write it."""
    objective, examples = problem.objective, problem.examples
    n_weights = problem.network.layout.n_weights
    vector, n = vector.copy(), 0
    first, second = np.zeros((2, len(vector)))
    curve = []
    for epoch in range(n_epochs):
        order, total = order_of(), 0
        for start in range(0, len(order), objective.batch_size):
            rows = order[start : start + objective.batch_size]
            weight, loss = examples.weights[rows].sum(), losses_of(examples, rows)
            total += weight * loss(vector, TARGET_SCALE)
            slope = reference.complex_step_gradient(loss, vector)
            slope[:n_weights] += 2 * objective.alpha / weight * vector[:n_weights]
            slope /= max(1, np.linalg.norm(slope) / objective.clip_norm)
            n += 1
            first = 0.9 * first + 0.1 * slope
            second = 0.999 * second + 0.001 * slope**2
            rate = 0.03 / np.sqrt(epoch + 1) * np.sqrt(1 - 0.999**n) / (1 - 0.9**n)
            vector -= rate * first / (np.sqrt(second) + 1e-8)
        curve.append(total / examples.weights.sum())
    return vector, np.array([first, second]), curve


def assert_same(found, wanted):
    """Two models with what their training has left, to the last bit."""
    (model, training), (other, other_training) = found, wanted
    np.testing.assert_array_equal(model.parameters, other.parameters)
    np.testing.assert_array_equal(training.moments, other_training.moments)
    assert training.n_steps == other_training.n_steps
    assert training.history == other_training.history
    states = training.random_state, other_training.random_state
    draws = [copy.deepcopy(state).randint(2**31, size=5).tolist() for state in states]
    assert draws[0] == draws[1]


# The epochs


@pytest.mark.parametrize(
    "changes",
    [{}, {"batch_size": 10}, {"alpha": 0.4}, {"clip_norm": 0.3}],
    ids=["mini-batches", "one batch", "penalty", "clipped"],
)
def test_training_is_adam_on_the_gradient_of_the_equations(changes, rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng), **changes)
    found, after, _ = go(problem, model, training)
    vector, moments, curve = naive_adam(
        problem, model.parameters, 3, lambda: np.arange(10)
    )
    np.testing.assert_allclose(found.parameters, vector, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(after.moments, moments, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(after.history["loss"], curve, rtol=1e-10)
    np.testing.assert_allclose(
        after.history["learning_rate"], 0.03 / np.sqrt([1, 2, 3]), rtol=1e-15
    )
    assert after.n_steps == 3 * -(-10 // problem.objective.batch_size)
    assert (after.n_iter, after.best_iter, after.stop_reason) == (3, 2, "max_iter")


def test_shuffled_epochs_take_the_rows_as_the_random_state_orders_them(rng):
    model, training = begin()
    examples = examples_of(rng)._replace(rows=np.array([1, 2, 4, 5, 6, 8, 9]))
    problem = problem_of(model, examples, batch_size=3)
    random_state = copy.deepcopy(training.random_state)
    vector, _, _ = naive_adam(
        problem, model.parameters, 2, lambda: random_state.permutation(examples.rows)
    )
    found, _, _ = go(problem, model, training, n_epochs=2, shuffle=True)
    np.testing.assert_allclose(found.parameters, vector, rtol=1e-9, atol=1e-11)


def test_held_out_rows_are_judged_by_the_weights_at_the_end_of_each_epoch(rng):
    model, training = begin()
    held_out = examples_of(rng, 6)._replace(rows=np.array([0, 2, 3, 5]))
    problem = problem_of(model, examples_of(rng), held_out)
    _, after, visitor = go(problem, model, training)
    loss = losses_of(held_out, held_out.rows)
    wanted = [loss(vector, TARGET_SCALE) for vector in visitor.weights]
    np.testing.assert_allclose(after.history["validation_loss"], wanted, rtol=1e-11)
    standardized = [epoch.standardized_validation_loss for epoch in visitor.epochs]
    wanted = [loss(vector) for vector in visitor.weights]
    np.testing.assert_allclose(standardized, wanted, rtol=1e-11)


@pytest.mark.parametrize("shuffle", [False, True])
def test_two_runs_joined_are_one_to_the_last_bit(shuffle, rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng), examples_of(rng, 5))
    wanted = go(problem, *begin(), n_epochs=4, shuffle=shuffle)[:2]
    half, after = go(problem, model, training, n_epochs=2, shuffle=shuffle)[:2]
    found = go(problem, half, after, n_epochs=2, shuffle=shuffle)[:2]
    assert_same(found, wanted)
    assert (found[1].n_iter, wanted[1].n_iter) == (2, 4)
    assert found[1].best_iter == wanted[1].best_iter == 3


def test_fresh_moments_begin_where_the_optimiser_keeps_other_ones(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    of_momentum = replace(
        training, moments=rng.randn(1, len(model.parameters)), n_steps=77
    )
    assert_same(go(problem, model, of_momentum)[:2], go(problem, *begin())[:2])
    # Its own moments go on.
    of_adam = replace(
        begin()[1], moments=1 + rng.rand(2, len(model.parameters)), n_steps=77
    )
    later, after, _ = go(problem, model, of_adam)
    assert after.n_steps == 77 + 9
    assert not np.allclose(later.parameters, go(problem, *begin())[0].parameters)


# What it leaves


def test_the_result_can_be_had_at_any_time_and_stays_as_it_is(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    run = TrainingRun(problem, model, training, replace(PLAN, shuffle=True))

    def result():
        # The random state is the run's, so what is to stay must be a copy.
        return tuple(part.copy() for part in run.result())

    results = [result()]
    run.go(Visitor(run, at_end=lambda n: results.append(result())))
    np.testing.assert_array_equal(results[0][0].parameters, begin()[0].parameters)
    assert results[0][1].history["loss"] == []
    for n_epochs, result in enumerate(results[1:], start=1):
        alone = go(problem, *begin(), n_epochs=n_epochs, shuffle=True)[:2]
        assert_same(result, alone)
        assert result[1].n_iter == n_epochs


def test_a_result_shares_no_array_and_no_curve_with_the_run(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    run = TrainingRun(problem, model, training, PLAN)
    run.go(Visitor(run))
    kept, left = run.result()
    wanted = kept.copy(), left.copy()
    spoilt, after = run.result()
    spoilt.parameters[...], after.moments[...] = np.nan, np.nan
    after.history["loss"].clear()
    assert_same(run.result(), wanted)
    for state in run.watch.state.parameters, run.watch.state.moments:
        assert np.isfinite(state).all()


def test_the_model_and_the_training_passed_in_stay_as_they_were(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    model, training, _ = go(problem, model, training, shuffle=True)
    before = model.copy(), training.copy()
    after = go(problem, model, training, shuffle=True)[:2]
    assert_same((model, training), before)
    assert not np.array_equal(after[0].parameters, model.parameters)
    assert len(after[1].history["loss"]) == 6


def test_a_first_run_leaves_the_untrained_model_as_it_was(rng):
    model, training = begin()
    go(problem_of(model, examples_of(rng)), model, training)
    np.testing.assert_array_equal(model.parameters, begin()[0].parameters)
    assert training.history == {"loss": [], "validation_loss": [], "learning_rate": []}
    assert (training.moments.shape, training.n_steps) == ((0, len(model.parameters)), 0)


def test_epochs_without_held_out_rows_leave_a_gap_in_their_curve(rng):
    model, training = begin()
    examples, held_out = examples_of(rng), examples_of(rng, 4)
    without, with_them = (
        problem_of(model, examples, validation) for validation in (None, held_out)
    )
    for problem in without, with_them, without:
        model, training, _ = go(problem, model, training, n_epochs=2)
    curve = training.history["validation_loss"]
    assert np.isnan(curve).tolist() == [True] * 2 + [False] * 2 + [True] * 2
    assert len(training.history["loss"]) == 6
    # One that never had any has no curve at all.
    assert go(without, *begin())[1].history["validation_loss"] == []


# Which weights are kept


def test_the_weights_with_the_lowest_loss_of_held_out_rows_are_kept(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng), examples_of(rng, 6))
    kept, after, visitor = go(
        problem,
        model,
        training,
        n_epochs=12,
        stops_early=True,
        make_schedule=lambda n_before, n_epochs: Constant(0.1),
    )
    loss = losses_of(problem.validation, problem.validation.rows)
    best = int(np.argmin([loss(vector) for vector in visitor.weights]))
    assert best < 11  # otherwise this shows nothing
    assert after.best_iter == best
    np.testing.assert_array_equal(kept.parameters, visitor.weights[best])
    np.testing.assert_allclose(
        after.best_loss, loss(visitor.weights[best], TARGET_SCALE), rtol=1e-11
    )
    assert after.loss == after.history["loss"][best]
    # Not asked to stop early, it keeps the last ones.
    last, _, visitor = go(problem, *begin(), n_epochs=12)
    np.testing.assert_array_equal(last.parameters, visitor.weights[-1])


def test_training_ends_after_epochs_without_improvement(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    # No loss can fall by that much: only the first counts as an improvement.
    _, after, visitor = go(
        problem, model, training, n_epochs=50, tol=1e9, n_iter_no_change=4
    )
    assert len(visitor.epochs) == after.n_iter == 5
    assert after.stop_reason == "no_improvement"


def test_the_mean_is_kept_where_no_epoch_was_better(rng):
    model, training = begin()
    held_out = examples_of(rng, 6)
    # Standardised, the mean of the training rows is 0: nothing predicts these better.
    held_out = held_out._replace(targets=np.zeros_like(held_out.targets))
    problem = problem_of(model, examples_of(rng), held_out)
    watched = {"stops_early": True, "keeps_mean": True}
    kept, after, _ = go(problem, model, training, **watched)
    predicted = kept.predict(held_out.sequences, UNSCALED, held_out.rows)
    np.testing.assert_array_equal(predicted, 0)
    assert after.is_mean
    assert after.best_iter is None
    assert np.isnan(after.loss)
    # Where that is not wanted, or training goes on, the best weights are.
    for begun, plan in [
        (begin(), watched | {"keeps_mean": False}),
        (begin(), watched | {"stops_early": False}),
        ((kept, after), watched),
    ]:
        kept_then, after_then, _ = go(problem, *begun, **plan)
        assert not after_then.is_mean
        assert kept_then.predict(held_out.sequences, UNSCALED, held_out.rows).any()


def test_a_run_that_explodes_goes_back_to_where_it_began(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    model, training, _ = go(problem, model, training)
    kept, after, visitor = go(
        problem,
        model,
        training,
        n_epochs=9,
        make_schedule=lambda n_before, n_epochs: Constant(1e200),
    )
    assert len(visitor.epochs) < 9
    assert after.stop_reason == "non_finite_loss"
    np.testing.assert_array_equal(kept.parameters, model.parameters)
    # What blew the weights up is in the moments too.
    assert not after.moments.any()
    assert after.n_steps == 0
    assert after.best_iter == training.best_iter
    # From there training goes on as usual.
    again, _, _ = go(problem, kept, after)
    assert np.isfinite(again.parameters).all()


class Exploding(Constant):
    """Short steps, and then one that no weights survive."""

    def rates(self, epoch, n_batches):
        return np.full(n_batches, self.initial if epoch < 4 else 1e200)


@pytest.mark.parametrize("is_good", [True, False])
def test_a_run_that_explodes_keeps_what_it_had_if_that_was_any_good(is_good, rng):
    model, training = begin()
    if not is_good:
        # Far worse than learning nothing, and better from epoch to epoch.
        model.head()[1][...] = 10
    problem = problem_of(model, examples_of(rng), batch_size=10)
    kept, after, visitor = go(
        problem,
        model,
        training,
        n_epochs=9,
        make_schedule=lambda n_before, n_epochs: Exploding(0.03),
    )
    assert after.stop_reason == "non_finite_loss"
    losses = [epoch.standardized_loss for epoch in visitor.epochs[:5]]
    # That of the fifth epoch is the lowest: of the weights that it began with.
    assert np.argmin(losses) == 4
    wanted = visitor.weights[3] if is_good else model.parameters
    np.testing.assert_array_equal(kept.parameters, wanted)
    assert after.best_iter == (3 if is_good else None)


# Interruptions


class Lengthening(Constant):
    """Long steps after some short ones."""

    def rates(self, epoch, n_batches):
        return np.full(n_batches, self.initial if epoch < 5 else 40 * self.initial)


def interrupt(number, error=KeyboardInterrupt):
    def at_begin(n_ended):
        if n_ended == number:
            raise error

    return at_begin


def test_an_interruption_of_the_first_epoch_leaves_nothing(rng):
    model, training = begin()
    run = TrainingRun(problem_of(model, examples_of(rng)), model, training, PLAN)
    assert not run.has_learned
    with pytest.raises(KeyboardInterrupt):
        run.go(Visitor(run, at_begin=interrupt(0)))
    assert not run.has_learned
    kept, after = run.result()
    np.testing.assert_array_equal(kept.parameters, begin()[0].parameters)
    assert (after.n_iter, after.stop_reason) == (0, "interrupted")


def test_a_later_interruption_ends_training_with_what_was_learned(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    run = TrainingRun(problem, model, training, PLAN)
    visitor = Visitor(run, at_begin=interrupt(2))
    run.go(visitor)
    assert run.has_learned
    found = run.result()
    assert_same(found, go(problem, *begin(), n_epochs=2)[:2])
    assert (found[1].n_iter, found[1].stop_reason) == (2, "interrupted")


@pytest.mark.parametrize("stops_early", [False, True])
def test_an_interruption_keeps_the_best_weights_so_far(stops_early, rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng), examples_of(rng, 6))
    # Steps that become too long make losses rise again.
    plan = replace(
        PLAN,
        n_epochs=30,
        stops_early=stops_early,
        make_schedule=lambda n_before, n_epochs: Lengthening(0.05),
    )
    run = TrainingRun(problem, model, training, plan)
    visitor = Visitor(run, at_begin=interrupt(9))
    run.go(visitor)
    losses = [
        epoch.standardized_validation_loss if stops_early else epoch.standardized_loss
        for epoch in visitor.epochs
    ]
    best = int(np.argmin(losses))
    assert best < 8  # otherwise this shows nothing
    kept, after = run.result()
    assert after.stop_reason == "interrupted"
    assert after.best_iter == best
    np.testing.assert_array_equal(kept.parameters, visitor.weights[best])


def test_what_a_visitor_raises_ends_training_and_is_raised(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    run = TrainingRun(problem, model, training, PLAN)
    with pytest.raises(ZeroDivisionError):
        run.go(Visitor(run, at_begin=interrupt(1, ZeroDivisionError)))
    assert run.has_learned
    assert_same(run.result(), go(problem, *begin(), n_epochs=1)[:2])
    assert run.result()[1].stop_reason == "interrupted"


def test_a_visitor_may_say_that_it_is_time_to_stop(rng):
    model, training = begin()
    problem = problem_of(model, examples_of(rng))
    run = TrainingRun(problem, model, training, PLAN)
    run.go(Visitor(run, at_end=lambda n: n == 2))
    assert_same(run.result(), go(problem, *begin(), n_epochs=2)[:2])
    assert run.result()[1].stop_reason == "callback"


# What is refused


def test_a_loss_of_more_outputs_than_the_head_has_is_refused(rng):
    model, training = begin()
    examples = examples_of(rng)
    examples = examples._replace(targets=np.zeros((10, 3)))
    problem = problem_of(model, examples)
    words = r"has 2 raw prediction\(s\), but the loss needs 3 for 3 output"
    with pytest.raises(ValueError, match=words):
        TrainingRun(problem, model, training, PLAN)


@pytest.fixture
def after_training(rng):
    """A model and what training has left, without any training."""
    model, training = begin()
    history = {
        "loss": [3.0, 2.0, 1.0],
        "validation_loss": [4.0, 5.0],
        "learning_rate": [0.1, 0.1, 0.1],
    }
    moments = rng.rand(2, len(model.parameters))
    training = replace(
        training, moments=moments, n_steps=9, history=history, best_iter=2
    )
    training.check(model)
    return model, training


@pytest.mark.parametrize(
    "change",
    [
        lambda moments: moments[:, :-1],
        lambda moments: np.column_stack([moments, moments]),
        lambda moments: moments[0],
        lambda moments: moments[np.newaxis],
        lambda moments: moments.astype(np.float32),
        lambda moments: moments.astype(int),
        lambda moments: moments.tolist(),
    ],
)
def test_moments_of_another_form_are_refused(change, after_training, rng):
    model, training = after_training
    changed = replace(training, moments=change(training.moments))
    with pytest.raises(ValueError, match="The optimiser's moments is"):
        changed.check(model)


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": [3.0, 2.0]},
        {"learning_rate": [0.1] * 4},
        {"validation_loss": [1.0] * 4},
        {"score": [1.0] * 3},
        {"loss": None},
    ],
)
def test_curves_that_do_not_fit_each_other_are_refused(changes, after_training):
    model, training = after_training
    history = training.history | changes
    # None stands for a curve that is not there.
    history = {name: curve for name, curve in history.items() if curve is not None}
    with pytest.raises(ValueError, match="says of its training is not possible"):
        replace(training, history=history).check(model)


@pytest.mark.parametrize(
    "changes",
    [
        {"n_steps": -1},
        {"best_iter": 3},
        {"best_iter": -1},
        {"random_state": None},
        {"random_state": 0},
        {"random_state": np.random.default_rng(0)},
    ],
)
def test_an_impossible_field_of_a_training_is_refused(changes, after_training, rng):
    model, training = after_training
    changed = replace(training, **changes)
    with pytest.raises(ValueError, match="says of its training is not possible"):
        changed.check(model)
    # A run of it would not begin either.
    with pytest.raises(ValueError, match="says of its training is not possible"):
        TrainingRun(problem_of(model, examples_of(rng)), model, changed, PLAN)


def test_the_best_epoch_of_none_is_none():
    model, training = begin()
    replace(training, best_iter=None).check(model)
    with pytest.raises(ValueError, match="best_iter=1"):
        replace(training, best_iter=1).check(model)


def test_a_copy_of_a_training_is_equal_and_shares_nothing(after_training):
    model, training = after_training
    before, copied = copy.deepcopy(training), training.copy()
    assert_same((model, copied), (model, training))
    copied.moments[...] = -1
    copied.history["loss"].append(0.0)
    copied.random_state.rand(3)
    assert_same((model, training), (model, before))
