"""
From PyTorch and back: a network trained there goes on here, without PyTorch.

PyTorch trains an LSTM on a noisy sine wave and saves its state dict. skgru reads the
file, predicts the same, trains on, and gives its weights back. Needs::

    pip install torch

Run it as ``python from_torch.py FOLDER``. It writes `wave.pt` there.
"""

import sys
from pathlib import Path

import numpy as np
import torch

from skgru import make_windows
from skgru.interop import from_torch, to_torch


class Net(torch.nn.Module):
    """An LSTM whose last state is read by a linear layer."""

    def __init__(self):
        super().__init__()
        self.lstm = torch.nn.LSTM(1, 16, batch_first=True)
        self.head = torch.nn.Linear(16, 1)

    def forward(self, X):
        """Predictions (n_samples,) for sequences (n_samples, n_timesteps, 1)."""
        _, (h_n, _) = self.lstm(X)
        return self.head(h_n[-1])[:, 0]


def root_mean_squared_error(y, predictions):
    return np.sqrt(np.mean((y - predictions) ** 2))


path = Path(sys.argv[1] if len(sys.argv) > 1 else ".") / "wave.pt"
rng = np.random.RandomState(0)
wave = np.sin(np.arange(1200) * 0.1) + rng.normal(scale=0.1, size=1200)
X, y, _ = make_windows(wave.astype("float32"), window=24)
inputs, targets = torch.tensor(X), torch.tensor(y)
n_training = 900

torch.manual_seed(0)
net = Net()
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
for _ in range(30):
    optimizer.zero_grad()
    error = net(inputs[:n_training]) - targets[:n_training]
    error.square().mean().backward()
    optimizer.step()
torch.save(net.state_dict(), path)


def predicted_there():
    with torch.no_grad():
        return net(inputs[n_training:]).numpy()


# What PyTorch has saved is a fitted estimator here.
model = from_torch(path, warm_start=True, max_iter=30, random_state=0)
there, here = predicted_there(), model.predict(X[n_training:])
assert np.abs(here - there).max() < 1e-6 * np.abs(there).max()
before = root_mean_squared_error(y[n_training:], here)
print(f"root mean squared error, from PyTorch:    {before:.3f}")

# It trains on from these weights, and goes back.
model.fit(X[:n_training], y[:n_training])
here = model.predict(X[n_training:])
after = root_mean_squared_error(y[n_training:], here)
print(f"root mean squared error, trained on here: {after:.3f}")
weights = to_torch(model)
net.load_state_dict({name: torch.from_numpy(part) for name, part in weights.items()})
there = predicted_there()
assert np.abs(here - there).max() < 1e-6 * np.abs(there).max()
