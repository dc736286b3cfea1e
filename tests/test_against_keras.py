"""Compare predictions from the same weights, and training, with Keras."""

import os

import numpy as np
import pytest

from skgru import Adam, GRURegressor

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason="Keras is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")


def keras_copy(model, n_timesteps):
    """Keras's network with the weights of a fitted model."""
    n_cells = 2 if model.bidirectional else 1
    sizes = [len(recurrent) for recurrent in model.recurrent_kernels_[::n_cells]]
    n_features = len(model.kernels_[0])
    layers = [
        keras.layers.GRU(
            n, return_sequences=n_layer < len(sizes) - 1, reset_after=model.reset_after
        )
        for n_layer, n in enumerate(sizes)
    ]
    if model.bidirectional:
        layers = [keras.layers.Bidirectional(layer) for layer in layers]
    network = keras.Sequential(
        [
            keras.Input((n_timesteps, n_features)),
            *layers,
            keras.layers.Dense(model.n_outputs_),
        ]
    )
    cells = list(
        zip(model.kernels_, model.recurrent_kernels_, model.biases_, strict=True)
    )
    for number, layer in enumerate(layers):
        # Keras lists all weights of the forward cell, then all of the backward cell.
        of_layer = cells[number * n_cells : (number + 1) * n_cells]
        layer.set_weights([part for cell in of_layer for part in cell])
    network.layers[-1].set_weights([model.coefs_[0], model.intercepts_[0]])
    return network


def settings(**parameters):
    return {
        "standardize": False,
        "clip_norm": None,
        "shuffle": False,
        "learning_rate": "constant",
        "n_iter_no_change": None,
        "early_stopping": False,
        "random_state": 0,
    } | parameters


@pytest.mark.parametrize("reset_after", [True, False])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("sizes", [(6,), (6, 4)])
def test_predictions_from_the_same_weights(reset_after, bidirectional, sizes, rng):
    X = rng.randn(30, 7, 3).astype(np.float32)
    y = rng.randn(30, 2).astype(np.float32)
    form = {"reset_after": reset_after, "bidirectional": bidirectional}
    model = GRURegressor(sizes, **settings(max_iter=5, **form)).fit(X, y)
    network = keras_copy(model, 7)
    assert network.count_params() == model.summary().n_parameters
    np.testing.assert_allclose(
        model.predict(X), network.predict(X, verbose=0), atol=2e-6
    )


def test_ten_training_steps(rng):
    X = rng.randn(20, 7, 3).astype(np.float32)
    y = rng.randn(20, 2).astype(np.float32)
    common = settings(solver=Adam(epsilon=1e-7), batch_size=4, max_iter=2)
    start = GRURegressor(6, **common, learning_rate_init=1e-30).fit(X, y)
    network = keras_copy(start, 7)
    network.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    history = network.fit(X, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    model = GRURegressor(6, **common, learning_rate_init=0.01).fit(X, y)
    np.testing.assert_allclose(model.loss_curve_, history.history["loss"], rtol=1e-5)
    np.testing.assert_allclose(
        model.predict(X), network.predict(X, verbose=0), atol=1e-5
    )
