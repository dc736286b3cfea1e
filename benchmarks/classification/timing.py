"""What is timed alone, in turn: a number of skgru's and one it is held against."""

import importlib.util
import time
import warnings

import numpy as np
from classification.candidates import KINDS
from classification.datasets import Missing, few, load
from classification.models import reads_texts

from skgru import GRURegressor

# A step of training: rows in a mini-batch, mini-batches, steps, features, classes.
BATCH_SIZE, N_BATCHES, N_STEPS, N_FEATURES, N_CLASSES = 32, 64, 24, 8, 10
EPOCHS, EPOCHS_OF_NAMES = (2, 12), (1, 4)
N_UNITS_OF_NAMES = 32
SOFTMAX, NAMES = "a step, softmax of 10 / regressor", "an epoch of names / PyTorch"
# Nothing but epochs: all of them, on all rows.
PLAIN = {
    "batch_size": BATCH_SIZE,
    "early_stopping": False,
    "n_iter_no_change": None,
    "recurrent_dropout": 0.0,  # neither the regressor nor PyTorch drops anything
    "random_state": 0,
}


def seconds_of_epoch(train, epochs):
    """By the difference of a longer and a shorter training, so what it costs once goes.

    Parameters
    ----------
    train : callable
        Of the number of epochs.
    epochs : tuple of two int
    """
    seconds = []
    for n_epochs in epochs:
        begin = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            train(n_epochs)
        seconds.append(time.perf_counter() - begin)
    return (seconds[1] - seconds[0]) / (epochs[1] - epochs[0])


def in_turn(ours, theirs, epochs):
    """Seconds of an epoch of both, each begun once before."""
    for train in (ours, theirs):
        seconds_of_epoch(train, (1, 2))
    return {
        "ours": seconds_of_epoch(ours, epochs),
        "theirs": seconds_of_epoch(theirs, epochs),
    }


def softmax_and_regressor(is_quick):
    """The same network and rows, with a softmax of ten classes and with a number."""
    rng = np.random.default_rng(0)
    n_rows = BATCH_SIZE * (2 if is_quick else N_BATCHES)
    X = rng.standard_normal((n_rows, N_STEPS, N_FEATURES)).astype(np.float32)
    y = X[:, -1, 0].copy()
    codes = np.arange(n_rows) % N_CLASSES

    def classify(n_epochs):
        KINDS["GRU"](max_iter=n_epochs, **PLAIN).fit(X, codes)

    def regress(n_epochs):
        GRURegressor(max_iter=n_epochs, anchor=None, **PLAIN).fit(X, y)

    return in_turn(classify, regress, EPOCHS)


def names_and_pytorch(is_quick):
    """The same network on names as tokens, and as one-hot letters in PyTorch."""
    from classification import with_torch

    from skgru import TokenSequencer

    data = few(load("names")) if is_quick else load("names")
    rows, _ = data.rows
    tokens = TokenSequencer().fit_transform(data.X[rows])
    classes, codes = np.unique(data.y[rows], return_inverse=True)
    X, lengths = with_torch.as_tensors(with_torch.one_hot(data.X[rows], rows))
    with_torch.torch.set_num_threads(1)
    codes = with_torch.torch.tensor(codes)

    def ours(n_epochs):
        model = KINDS["GRU"](N_UNITS_OF_NAMES, max_iter=n_epochs, **PLAIN)
        model.fit(tokens, data.y[rows])

    def theirs(n_epochs):
        network = with_torch.Network(X.shape[2], len(classes))
        with_torch.train(network, X, lengths, codes, n_epochs, 1.0, None)

    return in_turn(ours, theirs, EPOCHS_OF_NAMES)


def what_lacks(case):
    """Why a case cannot be measured here, or None."""
    if case != NAMES:
        return None
    if importlib.util.find_spec("torch") is None:
        return "torch is not installed"
    if not reads_texts():
        return "skgru reads no texts yet"
    try:
        load("names")
    except Missing as missing:
        return str(missing)
    return None


def measure(case, is_quick):
    """Measure one of the cases."""
    found = CASES[case](is_quick)
    return found | {"ratio": found["ours"] / found["theirs"]}


CASES = {SOFTMAX: softmax_and_regressor, NAMES: names_and_pytorch}
