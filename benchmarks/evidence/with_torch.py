"""PyTorch's GRU, of GRURegressor's size and trained in the usual way."""

import copy

import numpy as np
import torch
from evidence.models import Outcome, sequences
from torch import nn

N_UNITS, N_EPOCHS, BATCH_SIZE, LEARNING_RATE = 50, 100, 32, 1e-3
VALIDATION_FRACTION = 0.1


class Network(nn.Module):
    """A layer of GRU and a linear head on its last state."""

    def __init__(self, n_features):
        super().__init__()
        self.gru = nn.GRU(n_features, N_UNITS, batch_first=True)
        self.head = nn.Linear(N_UNITS, 1)

    def forward(self, X):
        """From (n, n_timesteps, n_features) to (n,)."""
        states, _ = self.gru(X)
        return self.head(states[:, -1])[:, 0]


def standardised(values, rows):
    """Values in units of the training rows' standard deviation, as a tensor."""
    axes = tuple(range(values.ndim - 1)) if values.ndim > 1 else None
    mean, scale = values[rows].mean(axis=axes), values[rows].std(axis=axes)
    scale = np.where(scale == 0, 1, scale)
    tensor = torch.tensor((values - mean) / scale, dtype=torch.float32)
    return tensor, mean, scale


def run(data, seed):
    """Adam for a fixed number of epochs; the best weights on the last training rows."""
    torch.manual_seed(seed)
    windows, whole = sequences(data)
    rows = whole[whole < data.first_test]
    n_validation = max(1, round(VALIDATION_FRACTION * len(rows)))
    X, _, _ = standardised(windows, rows)
    y, mean, scale = standardised(data.y, rows)
    network, best_epoch = train(X, y, rows[:-n_validation], rows[-n_validation:])
    with torch.no_grad():
        prediction = network(X[data.first_test :]).numpy()
    facts = {"n_iter": N_EPOCHS, "best_iter": best_epoch}
    return Outcome(prediction * scale + mean, facts)


def train(X, y, rows, held_out):
    """The network with the weights of its best epoch, and which one that was."""
    network, loss = Network(X.shape[2]), nn.MSELoss()
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    best_loss, best_epoch, best_weights = np.inf, 0, network.state_dict()
    rows, held_out = torch.tensor(rows), torch.tensor(held_out)
    for epoch in range(N_EPOCHS):
        for batch in rows[torch.randperm(len(rows))].split(BATCH_SIZE):
            optimizer.zero_grad()
            loss(network(X[batch]), y[batch]).backward()
            optimizer.step()
        with torch.no_grad():
            now = float(loss(network(X[held_out]), y[held_out]))
        if now < best_loss:
            best_loss, best_epoch = now, epoch
            best_weights = copy.deepcopy(network.state_dict())
    network.load_state_dict(best_weights)
    return network, best_epoch
