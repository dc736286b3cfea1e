"""A gated recurrent unit written directly from its equations, one vector at a time.

It is slow and simple, and uses no code of skgru. It accepts complex numbers, so that
the complex step gives derivatives that are exact to rounding:
f'(x) = Im f(x + ih) / h.
"""

import numpy as np


def sigmoid(x):
    """Logistic function."""
    return 1 / (1 + np.exp(-x))


def gru_steps(x, kernel, recurrent, bias, h, *, reset_after, mask=1):
    """Update gate, reset gate, candidate and state at all steps of one sequence.

    Parameters
    ----------
    x : ndarray of shape (n_timesteps, n_inputs)
    kernel : ndarray of shape (n_inputs, 3 * n_hidden)
        Gates update, reset, candidate.
    recurrent : ndarray of shape (n_hidden, 3 * n_hidden)
    bias : ndarray of shape (2, 3 * n_hidden) or (1, 3 * n_hidden)
    h : ndarray of shape (n_hidden,)
        Initial state.
    mask : ndarray of shape (n_hidden,), default=1
        Factor with which the recurrent products see the state.

    Returns
    -------
    ndarray of shape (4, n_timesteps, n_hidden)
    """
    n = len(h)
    u_z, u_r, u_c = recurrent[:, :n], recurrent[:, n : 2 * n], recurrent[:, 2 * n :]
    b_z, b_r, b_c = bias[1].reshape(3, n) if reset_after else np.zeros((3, n))
    steps = []
    for x_z, x_r, x_c in (x @ kernel + bias[0]).reshape(len(x), 3, n):
        seen = mask * h
        z = sigmoid(x_z + seen @ u_z + b_z)
        r = sigmoid(x_r + seen @ u_r + b_r)
        if reset_after:
            c = np.tanh(x_c + r * (seen @ u_c + b_c))
        else:
            c = np.tanh(x_c + (r * seen) @ u_c)
        h = z * h + (1 - z) * c
        steps.append((z, r, c, h))
    return np.array(steps).swapaxes(0, 1)


def gru_states(x, kernel, recurrent, bias, h, *, reset_after, mask=1):
    """All states of one sequence, (n_timesteps, n_hidden)."""
    steps = gru_steps(x, kernel, recurrent, bias, h, reset_after=reset_after, mask=mask)
    return steps[3]


def unpack(
    vector,
    n_features,
    sizes,
    n_outputs,
    *,
    reset_after,
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

    n_cells = 2 if bidirectional else 1
    cells, weights, n_inputs = [n for n in sizes for _ in range(n_cells)], [], []
    for width in (n_features, *(n_cells * n for n in sizes[:-1])):
        n_inputs += n_cells * [width]
    for n_in, n in zip(n_inputs, cells, strict=True):
        weights.append((take(n_in, 3 * n), take(n, 3 * n)))
    coef = take(n_cells * sizes[-1] + n_static, n_outputs)
    biases = [take(2 if reset_after else 1, 3 * n) for n in cells]
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
    reset_after,
    bidirectional=False,
    masks=None,
    static=None,
):
    """Predictions for a list of sequences (n_timesteps, n_features) of any lengths.

    The masks of dropout are factors (n_sequences, …) of the inputs of each layer, and
    of the state of each cell. Static features (n_sequences, n_static) are passed to the
    head together with the last states.
    """
    if static is None:
        static = np.empty((len(sequences), 0))
    cells, coef, intercept = unpack(
        vector,
        sequences[0].shape[1],
        sizes,
        n_outputs,
        reset_after=reset_after,
        bidirectional=bidirectional,
        n_static=static.shape[1],
    )

    def states_of(x, row, number):
        kernel, recurrent, bias = cells[number]
        h = np.zeros(recurrent.shape[0])
        mask = 1 if masks is None else masks[1][number][row]
        return gru_states(
            x, kernel, recurrent, bias, h, reset_after=reset_after, mask=mask
        )

    n_cells = 2 if bidirectional else 1
    predictions = []
    for row, x in enumerate(sequences):
        for first in range(0, len(cells), n_cells):
            if masks is not None:
                x = x * masks[0][first // n_cells][row]
            states = states_of(x, row, first)
            last = states[-1]
            if bidirectional:
                back = states_of(x[::-1], row, first + 1)
                last = np.concatenate([last, back[-1]])
                states = np.concatenate([states, back[::-1]], axis=1)
            x = states
        predictions.append(np.concatenate([last, static[row]]) @ coef + intercept)
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
