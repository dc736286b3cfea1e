"""Keras's worker, for any backend: layers of cells, a dense head, `compile` and `fit`.

The environment variable KERAS_BACKEND names the backend.
"""

import time

import keras
from workloads import AGREEMENT, TRAINING, plan, sequences

from workers.networks import largest_difference, load
from workers.protocol import serve

CELLS = {
    "gru": keras.layers.GRU,
    "lstm": keras.layers.LSTM,
    "rnn": keras.layers.SimpleRNN,
}


def make_network(workload):
    """Keras's defaults for the layers; Adam; mean squared error."""
    sizes, cells = workload.sizes, CELLS[workload.cell]
    network = keras.Sequential(
        [keras.Input((workload.n_timesteps, workload.n_features))]
        + [cells(n, return_sequences=True) for n in sizes[:-1]]
        + [cells(sizes[-1]), keras.layers.Dense(1)]
    )
    network.compile(optimizer=keras.optimizers.Adam(0.01, epsilon=1e-8), loss="mse")
    return network


class EpochClock(keras.callbacks.Callback):
    """When each epoch ended."""

    def __init__(self):
        super().__init__()
        self.ends = []

    def on_epoch_end(self, epoch, logs=None):
        """Note the time."""
        self.ends.append(time.perf_counter())


def epoch_seconds(network, workload, X, y, n_epochs):
    """Seconds an epoch within one `fit`, after a first epoch, without its start."""
    clock = EpochClock()
    network.fit(
        X,
        y,
        batch_size=workload.batch_size,
        epochs=1 + n_epochs,
        verbose=0,
        callbacks=[clock],
    )
    return (clock.ends[-1] - clock.ends[0]) / n_epochs


def prepare_agreement(workload, threads, path):
    """Ten steps from skgru's weights lead to skgru's predictions."""
    workload = AGREEMENT[workload]
    weights, arrays = load(path)
    network = make_network(workload)
    layers = [*weights.layers, (weights.coef, weights.intercept)]
    for layer, parts in zip(network.layers, layers, strict=True):
        layer.set_weights(list(parts))
    network.fit(
        arrays["X"],
        arrays["y"],
        batch_size=workload.batch_size,
        epochs=2,
        shuffle=False,
        verbose=0,
    )
    found = network.predict(arrays["X"], verbose=0)
    difference = largest_difference(found, arrays["predictions"])
    return lambda: {"difference": difference}


def prepare_training(workload, threads, seconds, fewest_batches):
    """A training step, as an epoch divided by its mini-batches."""
    workload = TRAINING[workload]
    network = make_network(workload)
    n_trial = min(4, workload.n_batches)
    trial = epoch_seconds(network, workload, *sequences(workload, n_trial), 1) / n_trial
    n_batches, n_epochs = plan(workload, trial, seconds, fewest_batches)
    X, y = sequences(workload, n_batches)

    def measure():
        epoch = epoch_seconds(network, workload, X, y, n_epochs)
        return {"seconds": epoch / n_batches}

    return measure


if __name__ == "__main__":
    serve({"agreement": prepare_agreement, "training": prepare_training})
