"""How the state of a network depends on its state some steps before.

The derivative of a step is written from the equations of the cell, the published
weights and the gates at that step. Its products over steps are what gradients pass
through in backpropagation: where they shrink, gradients vanish, where they grow, they
explode (Pascanu, Mikolov and Bengio 2013). In float64, whatever the network is in.

Shapes are (n_sequences, n_units_after, n_units_before).
"""

import numpy as np

from skgru.inspection import gate_activations

# So many steps before the last one.
STEPS_BACK = (1, 2, 3, 5, 7, 10, 15, 20, 30, 40, 50, 70, 90)


def through(factor, kernel):
    """Derivative of sums h U with respect to h, each sum scaled by its factor."""
    return factor[:, :, np.newaxis] * kernel.T


def diagonal(values):
    """Matrices with these diagonals."""
    return values[:, :, np.newaxis] * np.eye(values.shape[1])


def step_of_gru(gates, before, weights, number):
    """Derivative of the new state with respect to the old one."""
    kernel, bias = weights
    of_update, of_reset, of_candidate = np.split(kernel, 3, axis=1)
    update, reset, candidate = (part[:, number] for part in gates[:3])
    inner = before["state"] @ of_candidate + np.split(bias[1], 3)[2]
    content = (1 - update) * (1 - candidate**2)
    kept = (before["state"] - candidate) * update * (1 - update)
    return (
        diagonal(update)
        + through(kept, of_update)
        + through(content * reset, of_candidate)
        + through(content * inner * reset * (1 - reset), of_reset)
    )


def step_of_lstm(gates, before, weights, number):
    """Derivative of the new pair (state, memory) with respect to the old one."""
    of_entry, of_forget, of_candidate, of_output = np.split(weights[0], 4, axis=1)
    entry, forget, candidate, output, _, memory = (part[:, number] for part in gates)
    memory_by_state = (
        through(before["memory"] * forget * (1 - forget), of_forget)
        + through(candidate * entry * (1 - entry), of_entry)
        + through(entry * (1 - candidate**2), of_candidate)
    )
    squashed = np.tanh(memory)
    shown = output * (1 - squashed**2)
    state_by_state = through(squashed * output * (1 - output), of_output)
    state_by_state += shown[:, :, np.newaxis] * memory_by_state
    return np.concatenate(
        [
            np.concatenate([state_by_state, diagonal(shown * forget)], axis=2),
            np.concatenate([memory_by_state, diagonal(forget)], axis=2),
        ],
        axis=1,
    )


def step_of_rnn(gates, before, weights, number):
    """Derivative of the new state with respect to the old one."""
    return through(1 - gates.state[:, number] ** 2, weights[0])


STEPS = {
    "GateActivations": step_of_gru,
    "LSTMActivations": step_of_lstm,
    "RNNActivations": step_of_rnn,
}


def products_of_steps(model, X, steps_back):
    """Derivative of the last state with respect to that so many steps before, by steps.

    Parameters
    ----------
    model : estimator
        Fitted, with one layer.
    X : ndarray of shape (n, n_timesteps, n_features)
    steps_back : iterable of int
        Each less than n_timesteps.
    """
    found = gate_activations(model, X)
    gates = type(found)(*(part.astype(np.float64) for part in found))
    weights = tuple(
        part[0].astype(np.float64) for part in (model.recurrent_kernels_, model.biases_)
    )
    step = STEPS[type(gates).__name__]
    product, wanted = None, set(steps_back)
    for back in range(1, max(wanted) + 1):
        number = X.shape[1] - back
        before = {
            name: getattr(gates, name)[:, number - 1]
            for name in ("state", "memory")
            if hasattr(gates, name)
        }
        of_step = step(gates, before, weights, number)
        product = of_step if product is None else product @ of_step
        if back in wanted:
            yield back, product


def gradient_norms(model, X, steps_back=STEPS_BACK):
    """Mean over sequences of the spectral norm, by how many steps lie between."""
    return {
        str(back): float(np.linalg.norm(product, ord=2, axis=(1, 2)).mean())
        for back, product in products_of_steps(model, X, steps_back)
    }
