"""The linear path beside the layers: its equation, its gradient, its use."""

import kernels
import numpy as np
import pytest
import reference

from skgru import GRURegressor
from skgru._network._derivatives import input_gradients
from skgru._network._prediction import predict_raw
from skgru.inspection import integrated_gradients

SIZES, N_OUTPUTS, N_LINE = (4, 3), 4, 3
# What each output's line reads: changes of a feature, its last value, or nothing.
LINE, LEVEL = (1, -1, -1, 0), (-1, 0, -1, -1)


def problem(rng, direction=kernels.ONE_WAY, n_timesteps=5, dtype=np.float64):
    """Network with a line, random parameters, and examples with missing steps."""
    network = kernels.make_network(
        2,
        SIZES,
        N_OUTPUTS,
        cell="gru",
        direction=direction,
        dtype=dtype,
        line=LINE,
        level=LEVEL,
        n_line=N_LINE,
    )
    parameters = rng.randn(network.layout.n_parameters).astype(dtype)
    X = rng.randn(7, n_timesteps, 2).astype(dtype)
    y = rng.randn(7, N_OUTPUTS).astype(dtype)
    weights = rng.uniform(0.5, 2, size=7).astype(dtype)
    first_steps = np.array([0, 3, 1, 0, 2, 4, 0]).clip(max=n_timesteps - 1)
    return network, parameters, kernels.make_examples(X, y, weights, first_steps)


def by_the_equation(network, vector, observed, *, bidirectional=False):
    """Layers and head as in the reference, on changes from the last step; the line."""
    start = network.layout.line_coef
    stop = start + (N_LINE + 1) * N_OUTPUTS
    changes = [x - x[-1] for x in observed]
    raw = reference.predict(
        np.concatenate([vector[:start], vector[stop:]]),
        changes,
        SIZES,
        N_OUTPUTS,
        cell="gru",
        bidirectional=bidirectional,
    )
    weights = vector[start:stop].reshape(N_LINE + 1, N_OUTPUTS)
    for i, x in enumerate(changes):
        for k, feature in enumerate(LEVEL):
            if feature >= 0:
                raw[i, k] += weights[N_LINE, k] * observed[i][-1, feature]
        for k, feature in enumerate(LINE):
            for distance in range(1, min(N_LINE, len(x) - 1) + 1):
                if feature >= 0:
                    size = np.sqrt((N_LINE + 1) / (2 * distance))
                    value = x[-1 - distance, feature] * size
                    raw[i, k] += weights[N_LINE - distance, k] * value
    return raw


@pytest.mark.parametrize("n_timesteps", [1, 2, pytest.param(5, marks=pytest.mark.slow)])
@pytest.mark.parametrize("direction", [kernels.ONE_WAY, kernels.BOTH_WAYS])
def test_predictions_and_gradient_are_those_of_the_equation(
    direction, n_timesteps, rng
):
    network, parameters, examples = problem(rng, direction, n_timesteps)
    observed = kernels.observed_steps(examples.sequences)
    both = {"bidirectional": direction is kernels.BOTH_WAYS}
    rows = examples.rows[::-1].copy()
    found = predict_raw(network, parameters, examples.sequences, rows)
    expected = by_the_equation(network, parameters, observed, **both)
    np.testing.assert_allclose(found, expected[::-1], rtol=1e-12, atol=1e-13)

    def objective(vector):
        error = examples.targets - by_the_equation(network, vector, observed, **both)
        return (examples.weights @ error**2).mean() / examples.weights.sum()

    loss, gradient = kernels.loss_and_gradient_of(network, parameters, examples)
    exact = reference.complex_step_gradient(objective, parameters)
    np.testing.assert_allclose(loss, objective(parameters), rtol=1e-12)
    np.testing.assert_allclose(
        gradient, exact, rtol=1e-9, atol=1e-12 * np.abs(exact).max()
    )


def test_single_precision_is_double_precision_but_for_rounding(rng):
    network, parameters, examples = problem(rng, dtype=np.float32)
    found = predict_raw(network, parameters, examples.sequences, examples.rows)
    observed = kernels.observed_steps(examples.sequences)
    expected = by_the_equation(network, parameters.astype(float), observed)
    np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-5)


def test_derivatives_with_respect_to_steps_are_differences(rng):
    """Of standardised steps: the last one is 0 in the feature that a line reads."""
    network, parameters, examples = problem(rng)
    sequences = examples.sequences
    d_raw = rng.randn(7, N_OUTPUTS)
    found = input_gradients(network, parameters, sequences, d_raw)
    values = sequences.values.reshape(7, 5, 2)
    for step in range(4):
        for feature in range(2):
            moved = []
            for sign in (1, -1):
                other = values.copy()
                other[:, step, feature] += sign * 1e-6
                others = sequences._replace(values=other.reshape(-1, 2))
                raw = predict_raw(network, parameters, others, examples.rows)
                moved.append((raw * d_raw).sum(axis=1))
            difference = (moved[0] - moved[1]) / 2e-6
            np.testing.assert_allclose(found[:, step, feature], difference, atol=1e-8)


def trend_and_season(n_rows=240):
    t = np.arange(n_rows)
    noise = np.random.RandomState(0).randn(n_rows)
    return 0.2 * t + 3 * np.sin(2 * np.pi * t / 12) + 0.3 * noise


def test_weights_of_the_line_can_be_written_to():
    series = trend_and_season()
    model = GRURegressor(8, window=12, random_state=0, max_iter=20)
    model.fit(series[:-1, np.newaxis], series[1:])
    weights = np.array(model.line_coefs_[0])
    assert weights.shape == (11, 1)
    before = model.predict(series[:12, np.newaxis])[-1]
    model.line_coefs_[0] = 0
    without = model.predict(series[:12, np.newaxis])[-1]
    back = np.arange(11, 0, -1)
    changes = series[:11] - series[11]
    changes = (changes - model.feature_mean_) / model.feature_scale_
    line = (changes * np.sqrt(12 / (2 * back))) @ weights[:, 0]
    assert before - without == pytest.approx(line * model.target_scale_[0], rel=1e-8)


def test_attributions_of_a_model_with_a_line_add_up():
    series = trend_and_season()
    model = GRURegressor(8, window=12, random_state=0, max_iter=20)
    X = series[:-1, np.newaxis]
    model.fit(X, series[1:])
    found = integrated_gradients(model, X[:40], baseline=0.0)
    of_zeros = model.predict(np.zeros((12, 1)))[-1]
    difference = model.predict(X[:40])[20:] - of_zeros
    np.testing.assert_allclose(
        found[20:].sum(axis=(1, 2)), difference, rtol=1e-3, atol=1e-3
    )


def test_without_a_drift_there_is_no_line(rng):
    wave = np.sin(0.3 * np.arange(300)) + 0.1 * rng.randn(300)
    model = GRURegressor(4, window=12, random_state=0, max_iter=2)
    model.set_params(n_iter_no_change=None).fit(wave[:-1, np.newaxis], wave[1:])
    assert model.anchor_ == 0
    assert not hasattr(model, "line_coefs_")
