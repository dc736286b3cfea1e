"""JAX's worker: the network, its epoch and Adam by hand, an epoch one compiled call.

Inputs are projected in one product before the scan over steps, or step by step within
it, whichever is faster for the workload. Parameters and moments are donated, so that
they are changed in place.
"""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from workloads import AGREEMENT, TRAINING, plan, sequences

from workers.networks import largest_difference, load
from workers.protocol import seconds_of, serve

LEARNING_RATE, BETA_1, BETA_2, EPSILON = 0.01, 0.9, 0.999, 1e-8


def layer_states(layer, inputs, projects_first):
    """States of all steps, of shape (timesteps, rows, units), and the last one."""
    kernel, recurrent, (input_bias, recurrent_bias) = layer

    def project(inputs):
        return inputs @ kernel + input_bias

    def step(state, inputs):
        gates = inputs if projects_first else project(inputs)
        product = state @ recurrent + recurrent_bias
        gates_z, gates_r, gates_c = jnp.split(gates, 3, axis=-1)
        product_z, product_r, product_c = jnp.split(product, 3, axis=-1)
        update = jax.nn.sigmoid(gates_z + product_z)
        reset = jax.nn.sigmoid(gates_r + product_r)
        candidate = jnp.tanh(gates_c + reset * product_c)
        state = update * state + (1 - update) * candidate
        return state, state

    first = jnp.zeros((inputs.shape[1], recurrent.shape[0]), inputs.dtype)
    last, states = jax.lax.scan(
        step, first, project(inputs) if projects_first else inputs
    )
    return states, last


def predict(weights, X, projects_first):
    """Predictions of sequences of shape (rows, timesteps, features)."""
    layers, coef, intercept = weights
    inputs = X.swapaxes(0, 1)
    for layer in layers:
        inputs, last = layer_states(layer, inputs, projects_first)
    return (last @ coef + intercept)[:, 0]


def mean_squared_error(weights, X, y, projects_first):
    """What is minimised."""
    return jnp.mean((predict(weights, X, projects_first) - y) ** 2)


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
def train_epoch(state, X, y, order, projects_first):
    """One epoch: a scan over mini-batches, whose rows are those of `order`."""

    def train_step(state, rows):
        loss, gradient = jax.value_and_grad(mean_squared_error)(
            state[0], X[rows], y[rows], projects_first
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
    layers = [
        (draw(n_inputs, 3 * n), draw(n, 3 * n), np.zeros((2, 3 * n), "float32"))
        for n_inputs, n in zip(inputs, workload.sizes, strict=True)
    ]
    return layers, draw(workload.sizes[-1], 1), np.zeros(1, "float32")


class Trainer:
    """A network in training."""

    def __init__(self, weights, batch_size, projects_first):
        self.projects_first = projects_first
        self.state = first_state(weights)
        self.batch_size = batch_size

    def epochs(self, X, y, n_epochs, shuffle=True):
        """Train some epochs, and wait for the last to end."""
        for _ in range(n_epochs):
            order = np.random.permutation(len(X)) if shuffle else np.arange(len(X))
            rows = order.reshape(-1, self.batch_size)
            self.state, losses = train_epoch(
                self.state, X, y, rows, self.projects_first
            )
        jax.block_until_ready((self.state, losses))


def prepare_agreement(threads, path):
    """Ten steps from skgru's weights lead to skgru's predictions, in both forms."""
    weights, arrays = load(path)
    X, y = jnp.array(arrays["X"]), jnp.array(arrays["y"])
    differences = []
    for projects_first in (True, False):
        trainer = Trainer(tuple(weights), AGREEMENT.batch_size, projects_first)
        trainer.epochs(X, y, 2, shuffle=False)
        found = predict(trainer.state[0], X, projects_first)
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
        trainer = Trainer(random_weights(workload), workload.batch_size, projects_first)
        X, y = compiled_arrays(trainer, workload, n_batches)
        trials[trainer] = seconds_of(trainer.epochs, X, y, n_epochs)
    return min(trials, key=trials.get), X, y


def prepare_training(workload, threads, seconds, fewest_batches):
    """A training step, as an epoch divided by its mini-batches."""
    workload = TRAINING[workload]
    n_trial = min(4, workload.n_batches)
    trainer = Trainer(random_weights(workload), workload.batch_size, True)
    X, y = compiled_arrays(trainer, workload, n_trial)
    trial = seconds_of(trainer.epochs, X, y, 1) / n_trial
    n_batches, n_epochs = plan(workload, trial, seconds, fewest_batches)
    trainer, X, y = faster_trainer(workload, n_batches, n_epochs)
    n_steps = n_batches * n_epochs
    return lambda: {"seconds": seconds_of(trainer.epochs, X, y, n_epochs) / n_steps}


if __name__ == "__main__":
    serve({"agreement": prepare_agreement, "training": prepare_training})
