"""JAX's worker: the network, its epoch and Adam by hand, an epoch one compiled call.

Inputs are projected in one product before the scan over steps, or step by step within
it, whichever is faster for the workload. Parameters and moments are donated, so that
they are changed in place.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from workloads import AGREEMENT, TRAINING, plan, sequences

from workers.networks import largest_difference, load
from workers.protocol import seconds_of, serve

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 0.01, 0.9, 0.999, 1e-8


def gru_step(states, gates, recurrent, recurrent_bias):
    """The state after a step of a GRU, from its projected inputs."""
    (state,) = states
    product = state @ recurrent + recurrent_bias
    gates_z, gates_r, gates_c = jnp.split(gates, 3, axis=-1)
    product_z, product_r, product_c = jnp.split(product, 3, axis=-1)
    update = jax.nn.sigmoid(gates_z + product_z)
    reset = jax.nn.sigmoid(gates_r + product_r)
    candidate = jnp.tanh(gates_c + reset * product_c)
    return (update * state + (1 - update) * candidate,)


def lstm_step(states, gates, recurrent):
    """The state and the memory after a step of an LSTM."""
    state, memory = states
    sums = jnp.split(gates + state @ recurrent, 4, axis=-1)
    entry, forget, output = (jax.nn.sigmoid(sums[gate]) for gate in (0, 1, 3))
    memory = forget * memory + entry * jnp.tanh(sums[2])
    return output * jnp.tanh(memory), memory


def rnn_step(states, gates, recurrent):
    """The state after a step of plain units."""
    (state,) = states
    return (jnp.tanh(gates + state @ recurrent),)


class Cell(NamedTuple):
    """A step, and the numbers of what it has: gates, biases and states."""

    step: Callable
    n_gates: int
    n_biases: int
    n_states: int


CELLS = {
    "gru": Cell(gru_step, 3, 2, 1),
    "lstm": Cell(lstm_step, 4, 1, 2),
    "rnn": Cell(rnn_step, 1, 1, 1),
}


class Form(NamedTuple):
    """What is compiled: the cell, and where its inputs are projected."""

    cell: str
    projects_first: bool


def layer_states(layer, inputs, form):
    """States of all steps, of shape (timesteps, rows, units), and the last one."""
    kernel, recurrent, bias = layer
    cell = CELLS[form.cell]
    input_bias, *other_bias = jnp.atleast_2d(bias)

    def project(inputs):
        return inputs @ kernel + input_bias

    def step(states, inputs):
        gates = inputs if form.projects_first else project(inputs)
        states = cell.step(states, gates, recurrent, *other_bias)
        return states, states[0]

    first = jnp.zeros((inputs.shape[1], recurrent.shape[0]), inputs.dtype)
    last, states = jax.lax.scan(
        step,
        (first,) * cell.n_states,
        project(inputs) if form.projects_first else inputs,
    )
    return states, last[0]


def predict(weights, X, form):
    """Predictions of sequences of shape (rows, timesteps, features)."""
    layers, coef, intercept = weights
    inputs = X.swapaxes(0, 1)
    for layer in layers:
        inputs, last = layer_states(layer, inputs, form)
    return (last @ coef + intercept)[:, 0]


def mean_squared_error(weights, X, y, form):
    """What is minimised."""
    return jnp.mean((predict(weights, X, form) - y) ** 2)


def adam(state, gradient):
    """Weights, moments and number of steps after one more step."""
    weights, means, squares, n_steps = state
    n_steps += 1
    step_size = LEARNING_RATE * jnp.sqrt(1 - BETA_2**n_steps) / (1 - BETA_1**n_steps)
    means = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, means, gradient)
    squares = jax.tree.map(
        lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, squares, gradient
    )
    weights = jax.tree.map(
        lambda w, m, v: w - step_size * m / (jnp.sqrt(v) + EPSILON),
        weights,
        means,
        squares,
    )
    return weights, means, squares, n_steps


@functools.partial(jax.jit, donate_argnums=0, static_argnums=4)
def train_epoch(state, X, y, order, form):
    """One epoch: a scan over mini-batches, whose rows are those of `order`."""

    def train_step(state, rows):
        loss, gradient = jax.value_and_grad(mean_squared_error)(
            state[0], X[rows], y[rows], form
        )
        return adam(state, gradient), loss

    return jax.lax.scan(train_step, state, order)


def first_state(weights):
    """The state of training before its first step."""
    weights = jax.tree.map(jnp.array, weights)
    # Donated: none may be in it twice.
    means, squares = (jax.tree.map(jnp.zeros_like, weights) for _ in range(2))
    return weights, means, squares, jnp.float32(0)


def random_weights(workload):
    """Weights of the right shapes and of a usual size."""
    rng = np.random.default_rng(0)

    def draw(*shape):
        return (rng.standard_normal(shape) / np.sqrt(shape[0])).astype("float32")

    inputs = (workload.n_features, *workload.sizes[:-1])
    _, n_gates, n_biases, _ = CELLS[workload.cell]
    layers = [
        (
            draw(n_inputs, n_gates * n),
            draw(n, n_gates * n),
            np.zeros((n_biases, n_gates * n), "float32"),
        )
        for n_inputs, n in zip(inputs, workload.sizes, strict=True)
    ]
    return layers, draw(workload.sizes[-1], 1), np.zeros(1, "float32")


class Trainer:
    """A network in training."""

    def __init__(self, weights, workload, projects_first):
        self.form = Form(workload.cell, projects_first)
        self.state = first_state(weights)
        self.batch_size = workload.batch_size

    def epochs(self, X, y, n_epochs, shuffle=True):
        """Train some epochs, and wait for the last to end."""
        for _ in range(n_epochs):
            order = np.random.permutation(len(X)) if shuffle else np.arange(len(X))
            rows = order.reshape(-1, self.batch_size)
            self.state, losses = train_epoch(self.state, X, y, rows, self.form)
        jax.block_until_ready((self.state, losses))


def prepare_agreement(workload, threads, path):
    """Ten steps from skgru's weights lead to skgru's predictions, in both forms."""
    weights, arrays = load(path)
    X, y = jnp.array(arrays["X"]), jnp.array(arrays["y"])
    differences = []
    for projects_first in (True, False):
        trainer = Trainer(tuple(weights), AGREEMENT[workload], projects_first)
        trainer.epochs(X, y, 2, shuffle=False)
        found = predict(trainer.state[0], X, trainer.form)
        differences.append(largest_difference(found, arrays["predictions"]))
    return lambda: {"difference": max(differences)}


def compiled_arrays(trainer, workload, n_batches):
    """JAX's arrays, for whose shapes the epoch has been compiled and run."""
    X, y = (jnp.array(part) for part in sequences(workload, n_batches))
    trainer.epochs(X, y, 1)
    return X, y


def faster_trainer(workload, n_batches, n_epochs):
    """The faster of the two forms, and the arrays that both were tried on."""
    trials = {}
    for projects_first in (True, False):
        trainer = Trainer(random_weights(workload), workload, projects_first)
        X, y = compiled_arrays(trainer, workload, n_batches)
        trials[trainer] = seconds_of(trainer.epochs, X, y, n_epochs)
    return min(trials, key=trials.get), X, y


def prepare_training(workload, threads, seconds, fewest_batches):
    """A training step, as an epoch divided by its mini-batches."""
    workload = TRAINING[workload]
    n_trial = min(4, workload.n_batches)
    trainer = Trainer(random_weights(workload), workload, True)
    X, y = compiled_arrays(trainer, workload, n_trial)
    trial = seconds_of(trainer.epochs, X, y, 1) / n_trial
    n_batches, n_epochs = plan(workload, trial, seconds, fewest_batches)
    trainer, X, y = faster_trainer(workload, n_batches, n_epochs)
    n_steps = n_batches * n_epochs
    return lambda: {"seconds": seconds_of(trainer.epochs, X, y, n_epochs) / n_steps}


if __name__ == "__main__":
    serve({"agreement": prepare_agreement, "training": prepare_training})
