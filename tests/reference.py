"""A gated recurrent unit straight from its equations, one number vector at a time.

Slow, plain and free of skgru's code. It takes complex numbers, so that derivatives can
be had by the complex step, exact to rounding: f'(x) = Im f(x + ih) / h.
"""

import numpy as np


def sigmoid(x):
    """Logistic function."""
    return 1 / (1 + np.exp(-x))


def gru_states(x, kernel, recurrent, bias, h, *, reset_after):
    """All states of one sequence.

    Parameters
    ----------
    x : ndarray of shape (n_timesteps, n_inputs)
    kernel : ndarray of shape (n_inputs, 3 * n_hidden)
        Gates update, reset, candidate.
    recurrent : ndarray of shape (n_hidden, 3 * n_hidden)
    bias : ndarray of shape (2, 3 * n_hidden) or (1, 3 * n_hidden)
    h : ndarray of shape (n_hidden,)
        Initial state.
    """
    n = len(h)
    w_z, w_r, w_c = kernel[:, :n], kernel[:, n : 2 * n], kernel[:, 2 * n :]
    u_z, u_r, u_c = recurrent[:, :n], recurrent[:, n : 2 * n], recurrent[:, 2 * n :]
    b = bias[0]
    b_rec = bias[1] if reset_after else np.zeros_like(b)
    states = []
    for step in x:
        z = sigmoid(step @ w_z + b[:n] + h @ u_z + b_rec[:n])
        r = sigmoid(step @ w_r + b[n : 2 * n] + h @ u_r + b_rec[n : 2 * n])
        after = r * (h @ u_c + b_rec[2 * n :])
        before = (r * h) @ u_c
        c = np.tanh(step @ w_c + b[2 * n :] + (after if reset_after else before))
        h = z * h + (1 - z) * c
        states.append(h)
    return np.array(states)


def unpack(vector, n_features, sizes, n_outputs, *, reset_after):
    """Cut a parameter vector: weights of all layers and the head, then the biases."""
    position = 0

    def take(*shape):
        nonlocal position
        size = int(np.prod(shape))
        part = vector[position : position + size].reshape(shape)
        position += size
        return part

    weights = []
    for n_inputs, n in zip((n_features, *sizes[:-1]), sizes, strict=True):
        weights.append((take(n_inputs, 3 * n), take(n, 3 * n)))
    coef = take(sizes[-1], n_outputs)
    biases = [take(2 if reset_after else 1, 3 * n) for n in sizes]
    intercept = take(n_outputs)
    assert position == len(vector)
    layers = [(*pair, bias) for pair, bias in zip(weights, biases, strict=True)]
    return layers, coef, intercept


def predict(vector, sequences, sizes, n_outputs, *, reset_after):
    """Predictions for a list of sequences, each (its own n_timesteps, n_features)."""
    n_features = sequences[0].shape[1]
    layers, coef, intercept = unpack(
        vector, n_features, sizes, n_outputs, reset_after=reset_after
    )
    predictions = []
    for x in sequences:
        states = x
        for kernel, recurrent, bias in layers:
            h = np.zeros(recurrent.shape[0])
            states = gru_states(
                states, kernel, recurrent, bias, h, reset_after=reset_after
            )
        predictions.append(states[-1] @ coef + intercept)
    return np.array(predictions)


def mean_squared_error(vector, sequences, y, weights, sizes, *, reset_after):
    """Weighted mean over rows, plain mean over outputs."""
    prediction = predict(vector, sequences, sizes, y.shape[1], reset_after=reset_after)
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
