"""
From Keras and back: a network trained there goes on here, without Keras.

Keras trains a GRU on a noisy sine wave and saves it. skgru reads the file, predicts the
same, trains on, and gives its weights back. Needs::

    pip install keras jax h5py

Run it as ``python from_keras.py FOLDER``. It writes `wave.keras` there.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np

from skgru import make_windows
from skgru.interop import from_keras, to_keras


def root_mean_squared_error(y, predictions):
    return np.sqrt(np.mean((y - predictions) ** 2))


path = Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "wave.keras"
rng = np.random.RandomState(0)
wave = np.sin(np.arange(1200) * 0.1) + rng.normal(scale=0.1, size=1200)
X, y, _ = make_windows(wave.astype("float32"), window=24)
n_training = 900

keras.utils.set_random_seed(0)
net = keras.Sequential(
    [keras.Input((None, 1)), keras.layers.GRU(16), keras.layers.Dense(1)]
)
net.compile(optimizer="adam", loss="mse")
net.fit(X[:n_training], y[:n_training], epochs=3, verbose=0)
net.save(path)

# What Keras has saved is a fitted estimator here.
model = from_keras(path, warm_start=True, max_iter=30, random_state=0)
there = net.predict(X[n_training:], verbose=0)[:, 0]
here = model.predict(X[n_training:])
assert np.abs(here - there).max() < 1e-6 * np.abs(there).max()
before = root_mean_squared_error(y[n_training:], here)
print(f"root mean squared error, from Keras:      {before:.3f}")

# It trains on from these weights, and goes back.
model.fit(X[:n_training], y[:n_training])
here = model.predict(X[n_training:])
after = root_mean_squared_error(y[n_training:], here)
print(f"root mean squared error, trained on here: {after:.3f}")
net.set_weights(to_keras(model))
there = net.predict(X[n_training:], verbose=0)[:, 0]
assert np.abs(here - there).max() < 1e-6 * np.abs(there).max()
