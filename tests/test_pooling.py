"""Mean pooling: compared with the equations, in one segment and in several."""

import pickle
from dataclasses import replace

import kernels
import numpy as np
import pytest
import reference

from skgru import GRURegressor, inspection
from skgru._estimators._fitted import architecture_of
from skgru._network._derivatives import input_gradients
from skgru._network._dropout import Dropout
from skgru._network._model import Architecture, Model
from skgru._network._prediction import predict_raw
from skgru._network._sequences import FeatureScaling
from skgru._network._trace import trace
from skgru._network._workspace import make_workspace

every_cell = pytest.mark.parametrize("cell", kernels.CELLS)
stacks = pytest.mark.parametrize(
    "sizes", [(2,), (1, 2), pytest.param((2, 4, 3), marks=pytest.mark.slow)]
)
both_directions = pytest.mark.parametrize(
    "direction", [kernels.ONE_WAY, kernels.BOTH_WAYS], ids=["one way", "both ways"]
)

N_ROWS, N_TIMESTEPS = 3, 4
# Cut every 1, 2 or 3 steps, rows begin where a segment begins, and within one.
FIRST_STEPS = np.array([0, 3, 2])


def problem(rng, sizes, cell, direction=kernels.ONE_WAY, dtype=np.float64):
    """Network, random parameters, and weighted examples with missing steps."""
    network = kernels.make_network(
        2,
        sizes,
        2,
        cell=cell,
        direction=direction,
        dtype=dtype,
        n_static=1,
        pooling="mean",
    )
    parameters = rng.randn(network.layout.n_parameters).astype(dtype)
    X, y = rng.randn(N_ROWS, N_TIMESTEPS, 2), rng.randn(N_ROWS, 2)
    weights, static = rng.uniform(0.5, 2, size=N_ROWS), rng.randn(N_ROWS, 1)
    X, y, weights, static = (part.astype(dtype) for part in (X, y, weights, static))
    examples = kernels.make_examples(X, y, weights, FIRST_STEPS, static)
    return network, parameters, examples


def exact_predictions(network, parameters, sequences, static):
    """Predictions for observed steps, by the equations."""
    n_cells = network.layout.direction.n_directions
    return reference.predict(
        parameters.astype(np.result_type(parameters, float)),
        sequences,
        network.layout.layers["n_hidden"][::n_cells],
        network.layout.n_outputs,
        cell=kernels.NAMES[type(network.cell)],
        bidirectional=n_cells == 2,
        static=static,
        pooling="mean",
    )


@every_cell
@both_directions
@stacks
def test_predictions_are_the_equations(sizes, direction, cell, dtype, rng):
    network, parameters, examples = problem(rng, sizes, cell, direction, dtype)
    sequences, rows = examples.sequences, examples.rows[::-1].copy()
    found = predict_raw(network, parameters, sequences, rows)
    expected = exact_predictions(
        network, parameters, kernels.observed_steps(sequences), sequences.static
    )
    tolerance = 200 * np.finfo(dtype).eps
    np.testing.assert_allclose(found, expected[::-1], rtol=tolerance, atol=tolerance)


@every_cell
@both_directions
@stacks
def test_gradient_is_the_complex_step_derivative(
    sizes, direction, cell, rng, monkeypatch
):
    network, parameters, examples = problem(rng, sizes, cell, direction)
    exact_loss, exact = kernels.exact_loss_and_gradient_of(
        network, parameters, examples
    )
    for n_steps in (4, 3, 2, 1) if direction is kernels.ONE_WAY else (4,):
        kernels.cut_every(n_steps, monkeypatch)
        loss, gradient = kernels.loss_and_gradient_of(network, parameters, examples)
        np.testing.assert_allclose(loss, exact_loss, rtol=1e-13)
        np.testing.assert_allclose(
            gradient,
            exact,
            rtol=1e-10,
            atol=1e-13 * np.abs(exact).max(),
            err_msg=f"{n_steps} steps at once",
        )


@every_cell
@both_directions
def test_gradient_with_dropout_is_the_complex_step_derivative(cell, direction, rng):
    network, parameters, examples = problem(rng, (1, 2), cell, direction)
    rates = Dropout(0.4, 0.3)
    masks = kernels.masks_of(network, rates, N_ROWS)
    exact_loss, exact = kernels.exact_loss_and_gradient_of(
        network, parameters, examples, masks
    )
    loss, gradient = kernels.loss_and_gradient_of(network, parameters, examples, rates)
    np.testing.assert_allclose(loss, exact_loss, rtol=1e-13)
    np.testing.assert_allclose(
        gradient, exact, rtol=1e-10, atol=1e-13 * np.abs(exact).max()
    )


@every_cell
@both_directions
def test_gradient_in_single_precision_is_close(direction, cell, rng):
    state = rng.get_state()
    double = problem(rng, (3, 4), cell, direction)
    rng.set_state(state)
    single = problem(rng, (3, 4), cell, direction, np.float32)
    exact_loss, exact = kernels.loss_and_gradient_of(*double)
    loss, gradient = kernels.loss_and_gradient_of(*single)
    tolerance = 100 * np.finfo(np.float32).eps
    np.testing.assert_allclose(loss, exact_loss, rtol=tolerance)
    np.testing.assert_allclose(
        gradient, exact, rtol=0, atol=tolerance * np.abs(exact).max()
    )


@every_cell
@pytest.mark.parametrize("n_steps", [1, 2, 3])
def test_segments_predict_the_same_to_the_bit(n_steps, cell, dtype, rng, monkeypatch):
    network, parameters, examples = problem(rng, (4, 3), cell, dtype=dtype)
    whole = predict_raw(network, parameters, examples.sequences, examples.rows)
    loss, _ = kernels.loss_and_gradient_of(network, parameters, examples)
    kernels.cut_every(n_steps, monkeypatch)
    in_segments = predict_raw(network, parameters, examples.sequences, examples.rows)
    np.testing.assert_array_equal(in_segments, whole)
    assert kernels.loss_and_gradient_of(network, parameters, examples)[0] == loss


@every_cell
@both_directions
def test_input_gradients_are_the_complex_step_derivatives(
    direction, cell, rng, monkeypatch
):
    network, parameters, examples = problem(rng, (2, 3), cell, direction)
    sequences, d_raw = examples.sequences, rng.randn(N_ROWS, 2)
    exact = np.zeros((N_ROWS, N_TIMESTEPS, 2))
    for row, observed in enumerate(kernels.observed_steps(sequences)):

        def weighted(values, row=row, shape=observed.shape):
            steps, static = [values.reshape(shape)], sequences.static[[row]]
            read = exact_predictions(network, parameters, steps, static)
            return read[0] @ d_raw[row]

        exact[row, FIRST_STEPS[row] :] = reference.complex_step_gradient(
            weighted, observed.ravel()
        ).reshape(observed.shape)
    for n_steps in (4, 3) if direction is kernels.ONE_WAY else (4,):
        kernels.cut_every(n_steps, monkeypatch)
        np.testing.assert_allclose(
            input_gradients(network, parameters, sequences, d_raw),
            exact,
            rtol=1e-9,
            atol=1e-13 * np.abs(exact).max(),
        )


@both_directions
def test_the_head_reads_the_mean_of_traced_states(direction, rng):
    network, parameters, examples = problem(rng, (4, 3), "gru", direction)
    sequences = examples.sequences
    states = trace(network, parameters, sequences, 1)["state"]
    _, coef, intercept = reference.unpack(
        parameters,
        2,
        (4, 3),
        2,
        cell="gru",
        bidirectional=direction is kernels.BOTH_WAYS,
        n_static=1,
    )
    read = np.hstack([np.nanmean(states, axis=1), sequences.static])
    np.testing.assert_allclose(
        predict_raw(network, parameters, sequences, examples.rows),
        read @ coef + intercept,
        rtol=1e-12,
    )


@both_directions
def test_missing_steps_are_as_if_the_sequence_were_shorter(direction, rng):
    network, parameters, _ = problem(rng, (4, 3), "gru", direction)
    X, y, static = rng.randn(4, 7, 2), np.zeros((4, 2)), rng.randn(4, 1)
    long = kernels.make_examples(X, y, None, np.full(4, 3), static)
    short = kernels.make_examples(X[:, 3:], y, None, None, static)
    np.testing.assert_array_equal(
        predict_raw(network, parameters, long.sequences, long.rows),
        predict_raw(network, parameters, short.sequences, short.rows),
    )


@both_directions
@pytest.mark.parametrize("n_steps", [3, 4])
def test_a_row_without_observed_steps_has_the_mean_zero(
    n_steps, direction, rng, monkeypatch
):
    network, parameters, examples = problem(rng, (4, 3), "gru", direction)
    sequences = examples.sequences
    nothing = sequences._replace(n_observed=np.zeros_like(sequences.n_observed))
    kernels.cut_every(n_steps, monkeypatch)
    _, coef, intercept = reference.unpack(
        parameters,
        2,
        (4, 3),
        2,
        cell="gru",
        bidirectional=direction is kernels.BOTH_WAYS,
        n_static=1,
    )
    np.testing.assert_allclose(
        predict_raw(network, parameters, nothing, examples.rows),
        sequences.static @ coef[-1:] + intercept,
        rtol=1e-14,
    )
    _, gradient = kernels.loss_and_gradient_of(
        network, parameters, examples._replace(sequences=nothing)
    )
    # Only the static features and the intercept have an effect.
    layout = network.layout
    of_static = layout.coef + layout.n_hidden * 2
    assert not gradient[:of_static].any()
    assert gradient[of_static : layout.n_weights].all()
    assert not gradient[layout.n_weights : layout.intercept].any()
    assert not input_gradients(network, parameters, nothing, np.ones((N_ROWS, 2))).any()


def test_one_step_is_its_own_mean(rng):
    X, y = rng.randn(4, 1, 2), np.zeros((4, 2))
    examples = kernels.make_examples(X, y)
    last, mean = (
        kernels.make_network(2, (4, 3), 2, cell="lstm", pooling=pooling)
        for pooling in ("last", "mean")
    )
    parameters = rng.randn(last.layout.n_parameters)
    np.testing.assert_array_equal(
        predict_raw(mean, parameters, examples.sequences, examples.rows),
        predict_raw(last, parameters, examples.sequences, examples.rows),
    )
    for found, expected in zip(
        kernels.loss_and_gradient_of(mean, parameters, examples),
        kernels.loss_and_gradient_of(last, parameters, examples),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("training", [True, False])
def test_memory_grows_only_where_the_head_reads_means(training):
    last, mean = (
        make_workspace(
            kernels.CELLS["gru"],
            kernels.make_network(2, (8,), 1, cell="gru", pooling=pooling).layout,
            100,
            16,
            np.float64,
            training=training,
        )
        for pooling in ("last", "mean")
    )
    # One sum for each row and unit.
    assert mean.memory.size == last.memory.size + 16 * 8


def test_a_fitted_model_is_kept_and_looked_into(rng, monkeypatch):
    def pooled(*parts, **form):
        return architecture_of(*parts, **form | {"pooling": "mean"})

    monkeypatch.setattr("skgru._estimators._base.architecture_of", pooled)
    X = rng.randn(30, 6, 2)
    settings = {"anchor": None, "early_stopping": False, "max_iter": 3}
    model = GRURegressor(4, n_iter_no_change=None, random_state=0, **settings)
    model.fit(X, X.mean(axis=(1, 2)))
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    read = inspection.hidden_states(model, X).mean(axis=1)
    raw = (read @ model.coefs_[0] + model.intercepts_[0])[:, 0]
    np.testing.assert_allclose(
        raw * model.target_scale_ + model.target_mean_, model.predict(X), rtol=1e-12
    )
    step = 1e-5 * rng.randn(*X.shape)
    moved = model.predict(X + step) - model.predict(X - step)
    gradients = inspection.input_gradients(model, X)
    np.testing.assert_allclose(
        2 * (gradients * step).sum(axis=(1, 2)), moved, rtol=1e-5, atol=1e-12
    )
    # The oldest state counts for as much as the newest.
    assert inspection.memory_horizon(model, X).n_steps == 6


ARCHITECTURE = Architecture("gru", 2, (4, 3), 1, False, 0, pooling="mean")


def test_another_pooling_is_refused():
    ARCHITECTURE.check()
    with pytest.raises(ValueError, match="cannot be built"):
        replace(ARCHITECTURE, pooling="max").check()


def test_a_model_pools_as_its_architecture_says(rng):
    model = Model.untrained(ARCHITECTURE, np.zeros(1), rng, "float64", N_TIMESTEPS)
    X = rng.randn(N_ROWS, N_TIMESTEPS, 2)
    examples = kernels.make_examples(X, np.zeros((N_ROWS, 1)))
    zeros, ones = np.zeros(2), np.ones(2)
    scaling = FeatureScaling(zeros, ones, np.zeros(0, dtype=np.int64), zeros, ones)
    np.testing.assert_allclose(
        model.predict(examples.sequences, scaling, examples.rows),
        reference.predict(model.parameters, X, (4, 3), 1, cell="gru", pooling="mean"),
        rtol=1e-12,
    )


def test_summary_says_that_the_last_layer_hands_on_all_states(rng):
    model = Model.untrained(ARCHITECTURE, np.zeros(1), rng, "float64", N_TIMESTEPS)
    _, last, pooling, head = summary = model.summary(N_TIMESTEPS)
    assert last.output_shape == (None, N_TIMESTEPS, 3)
    assert pooling == ("pooling (mean of all steps)", (None, 3), 0)
    assert head.output_shape == (None, 1)
    assert summary.n_parameters == len(model.parameters)
