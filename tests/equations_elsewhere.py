"""Keras's and PyTorch's recurrent networks by the equations in their documentation.

Loops over steps, in NumPy, in the layout of each framework's own weights; nothing of
skgru. https://keras.io/api/layers/recurrent_layers, https://docs.pytorch.org/docs/stable
"""

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def keras_step(kind, x, states, kernel, recurrent, bias):
    """One step of a cell of Keras; `kind` is "gru", "gru_before", "lstm" or "rnn"."""
    h, m = states
    n = len(recurrent)
    if kind == "rnn":
        return np.tanh(x @ kernel + h @ recurrent + bias), m
    blocks = [slice(k * n, (k + 1) * n) for k in range(kernel.shape[1] // n)]
    if kind == "lstm":
        i, f, c, o = (x @ kernel[:, b] + h @ recurrent[:, b] + bias[b] for b in blocks)
        m = sigmoid(f) * m + sigmoid(i) * np.tanh(c)
        return sigmoid(o) * np.tanh(m), m
    inputs, inner = bias if kind == "gru" else (bias, np.zeros_like(bias))
    z, r, c = (x @ kernel[:, b] + inputs[b] for b in blocks)
    z = sigmoid(z + h @ recurrent[:, blocks[0]] + inner[blocks[0]])
    r = sigmoid(r + h @ recurrent[:, blocks[1]] + inner[blocks[1]])
    if kind == "gru":
        c = np.tanh(c + r * (h @ recurrent[:, blocks[2]] + inner[blocks[2]]))
    else:
        c = np.tanh(c + (r * h) @ recurrent[:, blocks[2]])
    return z * h + (1 - z) * c, m


def torch_step(kind, x, states, w_ih, w_hh, b_ih, b_hh):
    """One step of a cell of PyTorch; `kind` is "gru", "lstm" or "rnn"."""
    h, m = states
    n = w_hh.shape[1]
    inputs, inner = x @ w_ih.T + b_ih, h @ w_hh.T + b_hh
    blocks = [slice(k * n, (k + 1) * n) for k in range(len(w_ih) // n)]
    if kind == "rnn":
        return np.tanh(inputs + inner), m
    if kind == "lstm":
        i, f, g, o = (inputs[:, b] + inner[:, b] for b in blocks)
        m = sigmoid(f) * m + sigmoid(i) * np.tanh(g)
        return sigmoid(o) * np.tanh(m), m
    r = sigmoid(inputs[:, blocks[0]] + inner[:, blocks[0]])
    z = sigmoid(inputs[:, blocks[1]] + inner[:, blocks[1]])
    new = np.tanh(inputs[:, blocks[2]] + r * inner[:, blocks[2]])
    return (1 - z) * new + z * h, m


def states_of(step, X, cell, n_hidden, *, backward):
    """The states of a cell after each step, in the order of the steps of X."""
    h = m = np.zeros((len(X), n_hidden))
    found = [None] * X.shape[1]
    steps = range(X.shape[1])
    for t in reversed(steps) if backward else steps:
        h, m = step(X[:, t], (h, m), *cell)
        found[t] = h
    return np.stack(found, axis=1)


def last_states(step, X, layers, n_hidden_of):
    """The last state of the last layer: of both directions if there are two cells."""
    for cells in layers:
        each = [
            states_of(step, X, cell, n_hidden_of(cell), backward=bool(k))
            for k, cell in enumerate(cells)
        ]
        last = [states[:, 0 if k else -1] for k, states in enumerate(each)]
        X = np.concatenate(each, axis=2)
    return np.concatenate(last, axis=1)


def keras_arrays(kind, rng, n_features, sizes, n_outputs, *, both_ways):
    """Random arrays of a network of Keras: a list of layers of cells, and the head."""
    n_gates = {"gru": 3, "gru_before": 3, "lstm": 4, "rnn": 1}[kind]
    layers = []
    for n in sizes:
        shapes = [(n_features, n_gates * n), (n, n_gates * n), (n_gates * n,)]
        if kind == "gru":
            shapes[2] = (2, 3 * n)
        n_cells = 2 if both_ways else 1
        layers.append([[rng.randn(*s) for s in shapes] for _ in range(n_cells)])
        n_features = n * n_cells
    return layers, [rng.randn(n_features, n_outputs), rng.randn(n_outputs)]


def keras_list(layers, head):
    """The arrays in the order of ``get_weights()``."""
    return [part for cells in layers for cell in cells for part in cell] + head


def keras_predictions(kind, X, layers, head):
    def step(x, states, *cell):
        return keras_step(kind, x, states, *cell)

    return last_states(step, X, layers, lambda cell: len(cell[1])) @ head[0] + head[1]


def torch_dict(kind, rng, n_features, n_hidden, n_layers, n_outputs, *, both_ways):
    """A random state dict of PyTorch, of modules "rnn" and "fc"."""
    n_rows = {"gru": 3, "lstm": 4, "rnn": 1}[kind] * n_hidden
    found = {}
    for layer in range(n_layers):
        for way in ("", "_reverse") if both_ways else ("",):
            end = f"l{layer}{way}"
            found[f"rnn.weight_ih_{end}"] = rng.randn(n_rows, n_features)
            found[f"rnn.weight_hh_{end}"] = rng.randn(n_rows, n_hidden)
            found[f"rnn.bias_ih_{end}"] = rng.randn(n_rows)
            found[f"rnn.bias_hh_{end}"] = rng.randn(n_rows)
        n_features = n_hidden * (2 if both_ways else 1)
    found["fc.weight"] = rng.randn(n_outputs, n_features)
    found["fc.bias"] = rng.randn(n_outputs)
    return found


def torch_predictions(kind, X, state_dict, n_layers, *, both_ways):
    """Predictions from the last states, ``h_n``."""
    ways = ("", "_reverse") if both_ways else ("",)
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    layers = [
        [[state_dict[f"rnn.{part}_l{k}{way}"] for part in parts] for way in ways]
        for k in range(n_layers)
    ]

    def step(x, states, *cell):
        return torch_step(kind, x, states, *cell)

    last = last_states(step, X, layers, lambda cell: cell[1].shape[1])
    return last @ state_dict["fc.weight"].T + state_dict["fc.bias"]
