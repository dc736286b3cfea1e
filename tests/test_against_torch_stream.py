"""Compare states that a stream carries on with those that PyTorch is handed."""

import importlib

import numpy as np
import pytest

from skgru import Stream

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
# Their copies of networks; without PyTorch that file cannot be imported.
networks = importlib.import_module("test_against_torch")

N_ROWS, N_FEATURES = 60, 3


@pytest.fixture(params=[(5,), (5, 4)], ids=["one layer", "two layers"])
def sizes(request):
    return request.param


@pytest.fixture(params=networks.REGRESSORS)
def cell(request):
    return request.param


def fitted(cell, sizes, rng):
    """A model of windows far shorter than the stream, and rows."""
    X = rng.randn(N_ROWS, N_FEATURES)
    model = networks.REGRESSORS[cell](
        sizes, window=8, anchor=None, max_iter=2, early_stopping=False, random_state=0
    )
    return model.fit(X, np.column_stack([X[:, 0], X.sum(axis=1)])), X


def layers_of(model, cell):
    """The model's cells as layers of PyTorch."""
    layers, n_inputs = [], N_FEATURES
    for kernel, recurrent, bias in zip(
        model.kernels_, model.recurrent_kernels_, model.biases_, strict=True
    ):
        n_hidden = len(recurrent)
        layers.append(networks.torch_layer(cell, n_inputs, n_hidden))
        parts = kernel, recurrent, np.atleast_2d(bias)
        networks.copy_cells(layers[-1], cell, [parts])
        n_inputs = n_hidden
    return layers


def torch_step(layers, before, row):
    """Outputs and states after one more row, ``layer(x, hx)``, layer by layer."""
    after, x = [], torch.from_numpy(row).reshape(1, 1, -1)
    with torch.no_grad():
        for layer, state in zip(layers, before, strict=True):
            x, state = layer(x, state)
            after.append(state)
    return x[0, 0].numpy(), after


def in_units_of_y(model, state):
    """What the head makes of the last state."""
    raw = state @ model.coefs_[0] + model.intercepts_[0]
    return raw * model.target_scale_ + model.target_mean_


def test_row_by_row(cell, sizes, rng):
    model, X = fitted(cell, sizes, rng)
    layers, stream = layers_of(model, cell), Stream(model, "state")
    states = [None] * len(layers)
    for row in X:
        scaled = (row - model.feature_mean_) / model.feature_scale_
        last, states = torch_step(layers, states, scaled)
        found = stream.step(row)
        np.testing.assert_allclose(
            found, in_units_of_y(model, last), rtol=1e-11, atol=1e-12
        )
    for k, state in enumerate(states):
        carried = stream.state
        parts = state if isinstance(state, tuple) else (state,)
        names = ("state", "memory")[: len(parts)]
        for name, part in zip(names, parts, strict=True):
            np.testing.assert_allclose(
                carried[f"{name}_{k}"], part[0, 0].numpy(), rtol=1e-11, atol=1e-13
            )


def test_from_any_state(cell, rng):
    """A state that is put in goes the same way on as one that PyTorch is handed."""
    model, X = fitted(cell, (5,), rng)
    (layer,) = layers_of(model, cell)
    parts = [rng.uniform(-1, 1, 5) for _ in range(2 if cell == "lstm" else 1)]
    given = tuple(torch.from_numpy(part).reshape(1, 1, 5) for part in parts)
    stream = Stream(model, "state")
    names = [f"{name}_0" for name in ("state", "memory")[: len(parts)]]
    stream.state = stream.state | dict(zip(names, parts, strict=True))
    scaled = (X[0] - model.feature_mean_) / model.feature_scale_
    last, _ = torch_step([layer], [given if cell == "lstm" else given[0]], scaled)
    np.testing.assert_allclose(
        stream.step(X[0]), in_units_of_y(model, last), rtol=1e-11, atol=1e-12
    )
