"""Recurrent networks written directly from their equations, one vector at a time.

It is slow and simple, and uses no code of skgru. It accepts complex numbers, so that
the complex step gives derivatives that are exact to rounding:
f'(x) = Im f(x + ih) / h.
"""

import numpy as np


def sigmoid(x):
    """Logistic function."""
    return 1 / (1 + np.exp(-x))


# Number of gates of each cell, and of rows of its bias.
N_GATES = {"gru": 3, "gru_reset_before": 3, "lstm": 4, "rnn": 1}
N_BIASES = {"gru": 2, "gru_reset_before": 1, "lstm": 1, "rnn": 1}
# Where the state that a cell hands on stands among what `steps` returns.
STATE = {"gru": 3, "gru_reset_before": 3, "lstm": 4, "rnn": 0}


def _gru(x, recurrent, bias, h, m, seen):
    x_z, x_r, x_c = np.split(x, 3)
    u_z, u_r, u_c = np.split(recurrent, 3, axis=1)
    b_z, b_r, b_c = np.split(bias[1], 3)
    z = sigmoid(x_z + seen @ u_z + b_z)
    r = sigmoid(x_r + seen @ u_r + b_r)
    c = np.tanh(x_c + r * (seen @ u_c + b_c))
    return z, r, c, z * h + (1 - z) * c


def _gru_reset_before(x, recurrent, bias, h, m, seen):
    x_z, x_r, x_c = np.split(x, 3)
    u_z, u_r, u_c = np.split(recurrent, 3, axis=1)
    z = sigmoid(x_z + seen @ u_z)
    r = sigmoid(x_r + seen @ u_r)
    c = np.tanh(x_c + (r * seen) @ u_c)
    return z, r, c, z * h + (1 - z) * c


def _lstm(x, recurrent, bias, h, m, seen):
    i, f, c, o = np.split(x + seen @ recurrent, 4)
    i, f, c, o = sigmoid(i), sigmoid(f), np.tanh(c), sigmoid(o)
    m = f * m + i * c
    return i, f, c, o, o * np.tanh(m), m


def _rnn(x, recurrent, bias, h, m, seen):
    return (np.tanh(x + seen @ recurrent),)


STEPS = {
    "gru": _gru,
    "gru_reset_before": _gru_reset_before,
    "lstm": _lstm,
    "rnn": _rnn,
}


def steps(cell, x, kernel, recurrent, bias, h, m=None, mask=1):
    """Gates and states of a cell at all steps of one sequence.

    Parameters
    ----------
    cell : str
    x : ndarray of shape (n_timesteps, n_inputs)
    kernel : ndarray of shape (n_inputs, n_gates * n_hidden)
        Gates update, reset, candidate; or input, forget, candidate, output.
    recurrent : ndarray of shape (n_hidden, n_gates * n_hidden)
    bias : ndarray of shape (n_biases, n_gates * n_hidden)
    h : ndarray of shape (n_hidden,)
        Initial state.
    m : ndarray of shape (n_hidden,), default=None
        Initial memory, of a cell that has one; zeros by default.
    mask : ndarray of shape (n_hidden,), default=1
        Factor with which the recurrent products see the state.

    Returns
    -------
    ndarray of shape (n_parts, n_timesteps, n_hidden)
        The gates, the state, and then the memory.
    """
    m = np.zeros(len(h)) if m is None else m
    found = []
    for of_step in x @ kernel + bias[0]:
        parts = STEPS[cell](of_step, recurrent, bias, h, m, mask * h)
        h, m = parts[STATE[cell]], parts[-1]
        found.append(parts)
    return np.array(found).swapaxes(0, 1)


def states(cell, x, kernel, recurrent, bias, h, m=None, mask=1):
    """All states of one sequence, (n_timesteps, n_hidden)."""
    return steps(cell, x, kernel, recurrent, bias, h, m, mask)[STATE[cell]]


def unpack(
    vector,
    n_features,
    sizes,
    n_outputs,
    *,
    cell,
    bidirectional=False,
    n_static=0,
):
    """Cut a parameter vector into the weights of all cells and the head, then biases.

    With `bidirectional`, each layer has two cells, the forward one first.
    """
    position = 0

    def take(*shape):
        nonlocal position
        size = int(np.prod(shape))
        part = vector[position : position + size].reshape(shape)
        position += size
        return part

    n_gates, n_biases = N_GATES[cell], N_BIASES[cell]
    n_cells = 2 if bidirectional else 1
    cells, weights, n_inputs = [n for n in sizes for _ in range(n_cells)], [], []
    for width in (n_features, *(n_cells * n for n in sizes[:-1])):
        n_inputs += n_cells * [width]
    for n_in, n in zip(n_inputs, cells, strict=True):
        weights.append((take(n_in, n_gates * n), take(n, n_gates * n)))
    coef = take(n_cells * sizes[-1] + n_static, n_outputs)
    biases = [take(n_biases, n_gates * n) for n in cells]
    intercept = take(n_outputs)
    assert position == len(vector)
    layers = [(*pair, bias) for pair, bias in zip(weights, biases, strict=True)]
    return layers, coef, intercept


def predict(
    vector,
    sequences,
    sizes,
    n_outputs,
    *,
    cell,
    bidirectional=False,
    masks=None,
    static=None,
    pooling="last",
):
    """Predictions for a list of sequences (n_timesteps, n_features) of any lengths.

    The masks of dropout are factors (n_sequences, …) of the inputs of each layer, and
    of the state of each cell. Static features (n_sequences, n_static) are passed to the
    head together with the last states, or with the means of all states.
    """
    if static is None:
        static = np.empty((len(sequences), 0))
    cells, coef, intercept = unpack(
        vector,
        sequences[0].shape[1],
        sizes,
        n_outputs,
        cell=cell,
        bidirectional=bidirectional,
        n_static=static.shape[1],
    )

    def states_of(x, row, number):
        kernel, recurrent, bias = cells[number]
        h = np.zeros(recurrent.shape[0])
        mask = 1 if masks is None else masks[1][number][row]
        return states(cell, x, kernel, recurrent, bias, h, mask=mask)

    def pooled(found):
        return found[-1] if pooling == "last" else found.mean(axis=0)

    n_cells = 2 if bidirectional else 1
    predictions = []
    for row, x in enumerate(sequences):
        for first in range(0, len(cells), n_cells):
            if masks is not None:
                x = x * masks[0][first // n_cells][row]
            found = states_of(x, row, first)
            read = pooled(found)
            if bidirectional:
                back = states_of(x[::-1], row, first + 1)
                read = np.concatenate([read, pooled(back)])
                found = np.concatenate([found, back[::-1]], axis=1)
            x = found
        predictions.append(np.concatenate([read, static[row]]) @ coef + intercept)
    return np.array(predictions)


def mean_squared_error(vector, sequences, y, weights, sizes, **form):
    """Mean squared error: a weighted mean over rows, a plain mean over outputs."""
    prediction = predict(vector, sequences, sizes, y.shape[1], **form)
    errors = ((prediction - y) ** 2).mean(axis=1)
    return (weights * errors).sum() / weights.sum()


def complex_step_gradient(function, vector):
    """Gradient of a real analytic function, exact to rounding."""
    step = 1e-30
    gradient = np.empty(len(vector))
    for k in range(len(vector)):
        shifted = vector.astype(complex)
        shifted[k] += 1j * step
        gradient[k] = function(shifted).imag / step
    return gradient
