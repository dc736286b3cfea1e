"""Compare states and gates of a layer with the equations, step by step."""

import kernels
import numpy as np
import pytest
import reference
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor, LSTMRegressor, RNNRegressor, WindowTransformer
from skgru._network._trace import trace
from skgru.inspection import gate_activations, hidden_states

N_TIMESTEPS, SIZES = 7, (3, 4)
FIRST_STEPS = np.array([0, 6, 2, 0, 5])

SHORT = {
    "max_iter": 3,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}

every_cell = pytest.mark.parametrize("cell", kernels.CELLS)
both_directions = pytest.mark.parametrize(
    "direction", [kernels.ONE_WAY, kernels.BOTH_WAYS], ids=["one way", "both ways"]
)


def exact_steps(network, parameters, sequences, level):
    """Gates and states by the equations, (n_samples, n_parts, n_timesteps, n_units)."""
    cell = kernels.NAMES[type(network.cell)]
    n_cells = network.layout.direction.n_directions
    cells, _, _ = reference.unpack(
        parameters,
        sequences.values.shape[1],
        SIZES,
        network.layout.n_outputs,
        cell=cell,
        bidirectional=n_cells == 2,
    )
    exact = []
    for x in kernels.observed_steps(sequences):
        for first in range(0, (level + 1) * n_cells, n_cells):
            parts = []
            for way in range(n_cells):
                kernel, recurrent, bias = cells[first + way]
                turn = slice(None, None, -1 if way else 1)
                initial = np.zeros(len(recurrent))
                steps = reference.steps(cell, x[turn], kernel, recurrent, bias, initial)
                parts.append(steps[:, turn])
            joined = np.concatenate(parts, axis=2)
            x = joined[reference.STATE[cell]]
        n_missing = sequences.n_timesteps - len(x)
        missing = np.full((len(joined), n_missing, joined.shape[2]), np.nan)
        exact.append(np.concatenate([missing, joined], axis=1))
    return np.array(exact)


PARTS = {
    "gru": ["update", "reset", "candidate", "state"],
    "gru_reset_before": ["update", "reset", "candidate", "state"],
    "lstm": ["input", "forget", "candidate", "output", "state", "memory"],
    "rnn": ["state"],
}


def stacked(cell, traced):
    """Gates and states as one array, in the order of the reference."""
    assert list(traced) == PARTS[cell]
    return np.array(list(traced.values()))


@every_cell
@both_directions
@pytest.mark.parametrize("level", [0, 1])
def test_steps_are_those_of_the_equations(level, direction, cell, rng):
    network = kernels.make_network(2, SIZES, 3, cell=cell, direction=direction)
    parameters = rng.randn(network.layout.n_parameters)
    X = rng.randn(5, N_TIMESTEPS, 2)
    sequences = kernels.make_examples(X, None, first_steps=FIRST_STEPS).sequences
    traced = stacked(cell, trace(network, parameters, sequences, level))
    exact = exact_steps(network, parameters, sequences, level)
    np.testing.assert_allclose(
        traced.swapaxes(0, 1), exact, rtol=0, atol=100 * np.finfo(float).eps
    )


@pytest.mark.parametrize("n_steps", [1, 3])
@every_cell
def test_steps_of_segments_are_the_same_to_the_bit(
    n_steps, cell, dtype, rng, monkeypatch
):
    network = kernels.make_network(2, SIZES, 3, cell=cell, dtype=dtype)
    parameters = rng.randn(network.layout.n_parameters).astype(dtype)
    X = rng.randn(40, N_TIMESTEPS, 2).astype(dtype)
    first_steps = np.tile(FIRST_STEPS, 8)
    sequences = kernels.make_examples(X, None, first_steps=first_steps).sequences
    whole = stacked(cell, trace(network, parameters, sequences, 1))
    kernels.cut_every(n_steps, monkeypatch)
    np.testing.assert_array_equal(
        stacked(cell, trace(network, parameters, sequences, 1, n_threads=2)), whole
    )


def test_the_head_reads_the_last_states(rng):
    X = rng.randn(30, 6, 2)
    y = np.column_stack([X[:, -1, 0], X[:, -2, 1]])
    model = GRURegressor((5, 4), anchor=None, **SHORT).fit(X, y)
    read = hidden_states(model, X)[:, -1] @ model.coefs_[0] + model.intercepts_[0]
    prediction = read * model.target_scale_ + model.target_mean_
    np.testing.assert_allclose(prediction, model.predict(X), rtol=1e-12)


def test_the_state_is_mixed_by_the_update_gate(rng):
    X = rng.randn(30, 6, 2)
    model = GRURegressor(5, **SHORT)
    gates = gate_activations(model.fit(X, X[:, -1, 0]), X)
    before = np.concatenate([np.zeros((30, 1, 5)), gates.state[:, :-1]], axis=1)
    mixed = gates.update * before + (1 - gates.update) * gates.candidate
    np.testing.assert_allclose(gates.state, mixed, rtol=0, atol=1e-15)


def test_the_memory_is_mixed_by_the_gates_of_an_lstm(rng):
    X = rng.randn(30, 6, 2)
    model = LSTMRegressor(5, **SHORT)
    gates = gate_activations(model.fit(X, X[:, -1, 0]), X)
    before = np.concatenate([np.zeros((30, 1, 5)), gates.memory[:, :-1]], axis=1)
    mixed = gates.forget * before + gates.input * gates.candidate
    np.testing.assert_allclose(gates.memory, mixed, rtol=0, atol=1e-15)
    shown = gates.output * np.tanh(gates.memory)
    np.testing.assert_allclose(gates.state, shown, rtol=0, atol=1e-15)


def test_the_state_of_plain_units_follows_from_the_weights(rng):
    X = rng.randn(30, 6, 2)
    model = RNNRegressor(5, **SHORT)
    state = gate_activations(model.fit(X, X[:, -1, 0]), X).state
    before = np.concatenate([np.zeros((30, 1, 5)), state[:, :-1]], axis=1)
    read = (X - model.feature_mean_) / model.feature_scale_
    sums = read @ model.kernels_[0] + before @ model.recurrent_kernels_[0]
    expected = np.tanh(sums + model.biases_[0])
    np.testing.assert_allclose(state, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("window", [4, 60])
def test_rows_of_a_series_are_its_windows(window, rng):
    X = rng.randn(50, 2)
    y = X[:, 0]
    model = GRURegressor(5, window=window, standardize=False, **SHORT)
    states = hidden_states(model.fit(X, y), X)
    windows = WindowTransformer(window, flatten=False).fit_transform(X)
    of_samples = GRURegressor(5, standardize=False, **SHORT).fit(windows, y)
    of_samples._fitted.model.parameters[:] = model._fitted.model.parameters
    assert states.shape == (50, window, 5)
    np.testing.assert_array_equal(states, hidden_states(of_samples, windows))
    assert states.base is None  # not a view of an array with the gates
    # The window of the first row has no rows before it.
    assert np.isnan(states[0, :-1]).all()
    assert np.isfinite(states[0, -1]).all()


def test_steps_stand_oldest_first_whatever_their_order_in_X(rng):
    X = rng.randn(40, 6, 2)
    straight = GRURegressor(4, **SHORT).fit(X, X[:, -1, 0])
    turned = GRURegressor(4, time_order="newest_first", **SHORT)
    turned.fit(X[:, ::-1], X[:, -1, 0])
    np.testing.assert_array_equal(
        hidden_states(turned, X[:, ::-1]), hidden_states(straight, X)
    )


def test_what_cannot_be_looked_into_is_refused(rng):
    X = rng.randn(20, 6, 2)
    y = X[:, -1, 0]
    model = GRURegressor(4, **SHORT).fit(X, y)
    for layer in (1, -2, 0.5, None):
        with pytest.raises(ValueError, match=r"layer=.* has 1 layer\(s\): pass an"):
            hidden_states(model, X, layer=layer)
    with pytest.raises(TypeError, match="fitted recurrent.*but got a StandardScaler"):
        hidden_states(StandardScaler(), X)
    with pytest.raises(ValueError, match="3 features in its last axis"):
        hidden_states(model, rng.randn(20, 6, 3))
    with pytest.raises(ValueError, match="not fitted"):
        hidden_states(GRURegressor(), X)
