"""PyTorch's worker: its cells and a linear head, Adam, in a loop over mini-batches."""

import numpy as np
import torch
from workloads import AGREEMENT, TRAINING, plan, sequences

from workers.networks import largest_difference, load
from workers.protocol import repeated, seconds_of, serve

CELLS = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM, "rnn": torch.nn.RNN}


class TorchNetwork(torch.nn.Module):
    """Layers of one size and a dense head on the last state."""

    def __init__(self, n_features, sizes, cell="gru"):
        super().__init__()
        self.cells = CELLS[cell](
            n_features, sizes[0], num_layers=len(sizes), batch_first=True
        )
        self.head = torch.nn.Linear(sizes[-1], 1)
        if cell != "gru":
            self.leave_second_biases_at_zero()

    def leave_second_biases_at_zero(self):
        """Train one bias where only the sum of two counts, as other libraries do."""
        for name, parameter in self.cells.named_parameters():
            if name.startswith("bias_hh"):
                torch.nn.init.zeros_(parameter.requires_grad_(False))

    def forward(self, x):
        """Predict, as a column."""
        _, states = self.cells(x)
        if isinstance(states, tuple):  # an LSTM's, with its memories
            states, _ = states
        return self.head(states[-1])


def in_torch_order(part, cell):
    """Skgru's array for PyTorch: transposed, a GRU's gates reset, update, candidate."""
    if cell == "gru":
        update, reset, candidate = np.split(part, 3, axis=-1)
        part = np.concatenate([reset, update, candidate], axis=-1)
    return part.T


def torch_copy(weights, cell="gru"):
    """PyTorch's network with skgru's weights."""
    sizes = [len(recurrent) for _, recurrent, _ in weights.layers]
    network = TorchNetwork(len(weights.layers[0][0]), sizes, cell)
    parts = []
    for kernel, recurrent, bias in weights.layers:
        biases = bias if cell == "gru" else (bias, np.zeros_like(bias))
        parts += [in_torch_order(part, cell) for part in (kernel, recurrent, *biases)]
    parts += [weights.coef.T, weights.intercept]
    with torch.no_grad():
        for parameter, part in zip(network.parameters(), parts, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(part)))
    return network


class Trainer:
    """A network with its optimiser."""

    def __init__(self, network, batch_size):
        self.network = network
        self.batch_size = batch_size
        # Faster than its default, by a fifth on small networks.
        self.optimizer = torch.optim.Adam(network.parameters(), lr=0.01, fused=True)

    def epoch(self, X, y, shuffle=True):
        """Train on every row once."""
        order = torch.randperm(len(X)) if shuffle else torch.arange(len(X))
        for rows in order.split(self.batch_size):
            self.optimizer.zero_grad()
            loss = torch.nn.functional.mse_loss(self.network(X[rows]), y[rows])
            loss.backward()
            self.optimizer.step()

    def epochs(self, X, y, n_epochs):
        """Train some epochs."""
        for _ in range(n_epochs):
            self.epoch(X, y)


def tensors(X, y):
    """The same numbers as PyTorch's arrays; y is a column."""
    return torch.from_numpy(X), torch.from_numpy(y)[:, None]


def prepare_agreement(workload, threads, path):
    """Ten steps from skgru's weights lead to skgru's predictions."""
    torch.set_num_threads(threads)
    workload = AGREEMENT[workload]
    weights, arrays = load(path)
    X, y = tensors(arrays["X"], arrays["y"])
    trainer = Trainer(torch_copy(weights, workload.cell), workload.batch_size)
    for _ in range(2):
        trainer.epoch(X, y, shuffle=False)
    found = trainer.network(X).detach().numpy()
    difference = largest_difference(found, arrays["predictions"])
    return lambda: {"difference": difference}


def prepare_training(workload, threads, seconds, fewest_batches):
    """A training step, as an epoch divided by its mini-batches."""
    torch.set_num_threads(threads)
    workload = TRAINING[workload]
    network = TorchNetwork(workload.n_features, workload.sizes, workload.cell)
    trainer = Trainer(network, workload.batch_size)
    n_trial = min(4, workload.n_batches)
    X, y = tensors(*sequences(workload, n_trial))
    trainer.epoch(X, y)
    trial = seconds_of(trainer.epoch, X, y) / n_trial
    n_batches, n_epochs = plan(workload, trial, seconds, fewest_batches)
    X, y = tensors(*sequences(workload, n_batches))
    n_steps = n_batches * n_epochs
    return lambda: {"seconds": seconds_of(trainer.epochs, X, y, n_epochs) / n_steps}


def prepare_prediction(threads, seconds, path, **request):
    """Predictions of rows in one call, from skgru's weights."""
    torch.set_num_threads(threads)
    weights, arrays = load(path)
    network = torch_copy(weights)
    X = torch.from_numpy(arrays["X"])

    def predict():
        with torch.no_grad():
            return network(X)

    largest_difference(predict().numpy(), arrays["predictions"])
    return repeated(predict, seconds)


if __name__ == "__main__":
    serve(
        {
            "agreement": prepare_agreement,
            "training": prepare_training,
            "prediction": prepare_prediction,
        }
    )
