"""Print the seconds of an epoch and of a prediction for PyTorch's cells, as JSON."""

import torch
from cells.counts import BATCH_SIZE, N_FEATURES, random_sequences
from cells.timing import N_EPOCHS, main, n_rows_for, seconds_of
from torch import nn

LAYERS = {"GRU": nn.GRU, "LSTM": nn.LSTM, "RNN": nn.RNN}


class Network(nn.Module):
    """A layer of cells and a linear head on its last state."""

    def __init__(self, cell, units):
        super().__init__()
        self.cells = LAYERS[cell](N_FEATURES, units, batch_first=True)
        self.head = nn.Linear(units, 1)

    def forward(self, X):
        """From (n, n_timesteps, n_features) to (n, 1)."""
        return self.head(self.cells(X)[0][:, -1])


def train(network, X, y, n_epochs):
    """Adam on mini-batches in random order."""
    # Faster than its default, by a fifth on small networks.
    optimizer = torch.optim.Adam(network.parameters(), lr=0.005, fused=True)
    for _ in range(n_epochs):
        for rows in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad()
            nn.functional.mse_loss(network(X[rows]), y[rows]).backward()
            optimizer.step()


def measure(cell, n_steps, units, n_threads):
    """An epoch, in the mean of some, and a prediction in one call."""
    torch.set_num_threads(n_threads)
    X, y = random_sequences(n_rows_for(n_steps, units), n_steps)
    X, y = torch.from_numpy(X), torch.from_numpy(y)[:, None]
    network = Network(cell, units)
    train(network, X[: 2 * BATCH_SIZE], y[: 2 * BATCH_SIZE], 1)
    epoch = seconds_of(train, network, X, y, N_EPOCHS) / N_EPOCHS
    with torch.no_grad():
        network(X)
        return {"epoch": epoch, "predict": seconds_of(network, X)}


if __name__ == "__main__":
    main(measure)
