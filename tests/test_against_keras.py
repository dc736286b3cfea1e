"""Compare predictions from the same weights, and training, with Keras."""

import os

import numpy as np
import pytest

from skgru import Adam, GRURegressor, LSTMRegressor, RNNRegressor

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason="Keras is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")

KERAS_LAYERS = {
    GRURegressor: keras.layers.GRU,
    LSTMRegressor: keras.layers.LSTM,
    RNNRegressor: keras.layers.SimpleRNN,
}
every_regressor = pytest.mark.parametrize("regressor", KERAS_LAYERS)


def keras_network(model, n_timesteps):
    """Keras's network of the form of a fitted model, and its recurrent layers."""
    n_cells = 2 if model.bidirectional else 1
    sizes = [len(recurrent) for recurrent in model.recurrent_kernels_[::n_cells]]
    n_features = len(model.kernels_[0])
    form = {"reset_after": model.reset_after} if isinstance(model, GRURegressor) else {}
    layers = [
        KERAS_LAYERS[type(model)](n, return_sequences=n_layer < len(sizes) - 1, **form)
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
    return network, layers


def keras_copy(model, n_timesteps):
    """Keras's network with the weights of a fitted model."""
    network, layers = keras_network(model, n_timesteps)
    n_cells = 2 if model.bidirectional else 1
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


@pytest.mark.parametrize(
    ("regressor", "form"),
    [
        (GRURegressor, {"reset_after": True}),
        (GRURegressor, {"reset_after": False}),
        (LSTMRegressor, {}),
        (RNNRegressor, {}),
    ],
)
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("sizes", [(6,), (6, 4)])
def test_predictions_from_the_same_weights(regressor, form, bidirectional, sizes, rng):
    X = rng.randn(30, 7, 3).astype(np.float32)
    y = rng.randn(30, 2).astype(np.float32)
    form = form | {"bidirectional": bidirectional}
    model = regressor(sizes, **settings(max_iter=5, **form)).fit(X, y)
    network = keras_copy(model, 7)
    assert network.count_params() == model.summary().n_parameters
    np.testing.assert_allclose(
        model.predict(X), network.predict(X, verbose=0), atol=2e-6
    )


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("regressor", [GRURegressor, LSTMRegressor])
def test_first_biases_are_those_of_keras(regressor, bidirectional, rng):
    X, y = rng.randn(20, 7, 3), rng.randn(20, 2)
    form = {"gate_init": "keras", "bidirectional": bidirectional}
    common = settings(max_iter=1, learning_rate_init=1e-30, **form)
    model = regressor((6, 4), **common).fit(X, y)
    _, layers = keras_network(model, 7)
    # Each cell has three arrays, its bias last.
    expected = [bias for layer in layers for bias in layer.get_weights()[2::3]]
    for found, bias in zip(model.biases_, expected, strict=True):
        # One epoch moves what starts at zero by the learning rate.
        np.testing.assert_allclose(found, bias, rtol=0, atol=1e-28)


@every_regressor
def test_ten_training_steps(regressor, rng):
    X = rng.randn(20, 7, 3).astype(np.float32)
    y = rng.randn(20, 2).astype(np.float32)
    common = settings(solver=Adam(epsilon=1e-7), batch_size=4, max_iter=2)
    start = regressor(6, **common, learning_rate_init=1e-30).fit(X, y)
    network = keras_copy(start, 7)
    network.compile(optimizer=keras.optimizers.Adam(0.01), loss="mse")
    history = network.fit(X, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    model = regressor(6, **common, learning_rate_init=0.01).fit(X, y)
    np.testing.assert_allclose(model.loss_curve_, history.history["loss"], rtol=1e-5)
    np.testing.assert_allclose(
        model.predict(X), network.predict(X, verbose=0), atol=1e-5
    )
