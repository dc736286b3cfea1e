"""PyTorch's GRU, trained in the usual way: Adam, a cosine, all epochs."""

import time

import numpy as np
import torch
from classification.models import Outcome
from classification.tabular import lengths_of, sequences
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence

N_UNITS, BATCH_SIZE, LEARNING_RATE = 32, 32, 3e-3


class Network(nn.Module):
    """A layer of GRU and a linear head on its last state."""

    def __init__(self, n_features, n_classes):
        super().__init__()
        self.gru = nn.GRU(n_features, N_UNITS, batch_first=True)
        self.head = nn.Linear(N_UNITS, n_classes)

    def forward(self, X, lengths):
        """From (n, n_timesteps, n_features), begun at the first step, to (n, k)."""
        if (lengths == X.shape[1]).all():
            return self.head(self.gru(X)[1][0])
        packed = pack_padded_sequence(X, lengths, True, enforce_sorted=False)
        return self.head(self.gru(packed)[1][0])


def standardised(X, rows):
    """In units of the standard deviation of the steps of these rows."""
    steps = X[rows].reshape(-1, X.shape[2]).astype(np.float64)
    mean, scale = np.nanmean(steps, axis=0), np.nanstd(steps, axis=0)
    return (X - mean) / np.where(scale == 0, 1, scale)


def one_hot(texts, rows):
    """A column for each letter of these rows; missing steps lead."""
    letters = sorted(set("".join(texts[rows])))
    n_steps = max(map(len, texts))
    X = np.full((len(texts), n_steps, len(letters)), np.nan, dtype=np.float32)
    for row, text in enumerate(texts):
        at = [letters.index(c) if c in letters else -1 for c in text]
        # A letter that training has not seen is a step of zeros.
        of_steps = np.eye(len(letters) + 1)[at][:, :-1]
        X[row, n_steps - len(text) :] = of_steps
    return X


def as_tensors(X):
    """The steps begun at the first place, zeros behind them, and the lengths."""
    lengths = lengths_of(X)
    places = (np.arange(X.shape[1]) - lengths[:, np.newaxis]) % X.shape[1]
    moved = np.take_along_axis(X, places[..., np.newaxis], axis=1)
    return (
        torch.tensor(np.nan_to_num(moved), dtype=torch.float32),
        torch.tensor(lengths),
    )


def train(network, X, lengths, y, n_epochs, clip, weight):
    """Adam over mini-batches in random order; the rate falls to 0 along a cosine."""
    optimizer = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE, fused=True)
    n_steps = n_epochs * -(-len(X) // BATCH_SIZE)
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    loss = nn.CrossEntropyLoss(weight)
    for _ in range(n_epochs):
        for batch in torch.randperm(len(X)).split(BATCH_SIZE):
            optimizer.zero_grad()
            loss(network(X[batch], lengths[batch]), y[batch]).backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(network.parameters(), clip)
            optimizer.step()
            rates.step()


def run(data, train_rows, test_rows, seed, n_epochs, clip):
    """Fit to some rows, and predict others."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    begin = time.perf_counter()
    if data.is_text:
        X = one_hot(data.X, train_rows)
    else:
        windows, whole = sequences(data)
        train_rows = train_rows[np.isin(train_rows, whole)]
        X = standardised(windows, train_rows)
    classes, codes = np.unique(data.y[train_rows], return_inverse=True)
    X, lengths = as_tensors(X)
    weight = None
    if data.class_weight == "balanced":
        counts = np.bincount(codes)
        weight = torch.tensor(len(codes) / len(counts) / counts, dtype=torch.float32)
    network = Network(X.shape[2], len(classes))
    fitted = X[train_rows], lengths[train_rows], torch.tensor(codes)
    train(network, *fitted, n_epochs, clip, weight)
    seconds = time.perf_counter() - begin
    with torch.no_grad():
        decision = network(X[test_rows], lengths[test_rows])
    probabilities = torch.softmax(decision.double(), dim=1).numpy()
    return Outcome(probabilities, classes, seconds, {"n_iter": n_epochs})
