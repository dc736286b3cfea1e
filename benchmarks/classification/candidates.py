"""Settings of the classifiers that could be their defaults, and those that are shown.

Each candidate is spelled out in full, so that a result still says what it belongs to
when the defaults have changed. One with a parameter that the installed estimator does
not have is left out.
"""

import inspect
from typing import NamedTuple

from skgru import GRUClassifier, LSTMClassifier, RNNClassifier

KINDS = {"GRU": GRUClassifier, "LSTM": LSTMClassifier, "RNN": RNNClassifier}


class Candidate(NamedTuple):
    """A kind of cells, and parameters of its estimator."""

    cell: str
    parameters: dict

    @property
    def kind(self):
        """The class of the estimator."""
        return KINDS[self.cell]

    @property
    def is_known(self):
        """Whether the estimator has all the parameters."""
        return set(self.parameters) <= set(inspect.signature(self.kind).parameters)

    @property
    def settings(self):
        """All that decides on a fit, in a form that JSON keeps."""
        found = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.kind(**self.parameters).get_params().items()
            if name not in ("n_jobs", "random_state", "verbose")
        }
        return {"cell": self.cell, **found}


# As they come: what a user has who sets nothing.
DEFAULTS = {
    "GRUClassifier": Candidate("GRU", {}),
    "GRUClassifier, both ways": Candidate("GRU", {"bidirectional": True}),
    "LSTMClassifier": Candidate("LSTM", {}),
    "RNNClassifier": Candidate("RNN", {}),
}
# Settings that the documentation states for one data set, by that data set.
STATED = {
    "names": {
        "GRUClassifier, settings for names": Candidate(
            "GRU",
            {"hidden_layer_sizes": (128,), "bidirectional": True, "dropout": 0.3},
        )
    },
}

FIRST = {
    "hidden_layer_sizes": (50,),
    "embedding_size": None,
    "bidirectional": False,
    "pooling": "last",
    "learning_rate": "cosine",
    "learning_rate_init": "auto",
    "batch_size": "auto",
    "max_iter": 100,
    "early_stopping": "auto",
    "validation_fraction": None,
    "n_iter_no_change": 50,
    "tol": 1e-6,
    "clip_norm": 1.0,
    "alpha": 0.0,
    "dropout": 0.0,
}
ALL_EPOCHS = {"early_stopping": False, "n_iter_no_change": None}


def first(cell="GRU", **changes):
    """The first defaults but for some; units of an LSTM begin in another way."""
    gates = {} if cell == "RNN" else {"gate_init": "spread"}
    return Candidate(cell, {**FIRST, **gates, **changes})


CANDIDATES = {
    "first": first(),
    # When training ends.
    "stops early": first(early_stopping=True),
    "trains on all rows": first(early_stopping=False),
    "all epochs": first(**ALL_EPOCHS),
    "stops early, a fifth held out": first(
        early_stopping=True, validation_fraction=0.2
    ),
    # How many steps there are.
    "batch 8": first(batch_size=8),
    "batch 8, all epochs": first(batch_size=8, **ALL_EPOCHS),
    "batch 32": first(batch_size=32),
    "batch 32, all epochs": first(batch_size=32, **ALL_EPOCHS),
    "batch 16, all epochs": first(batch_size=16, **ALL_EPOCHS),
    "300 epochs": first(max_iter=300),
    "300 epochs, all": first(max_iter=300, **ALL_EPOCHS),
    "batch 8, 300 epochs, all": first(batch_size=8, max_iter=300, **ALL_EPOCHS),
    # How long they are.
    "lr 0.003, all epochs": first(learning_rate_init=0.003, **ALL_EPOCHS),
    "lr 0.01, all epochs": first(learning_rate_init=0.01, **ALL_EPOCHS),
    # What keeps the weights small.
    "alpha 0.01, all epochs": first(alpha=0.01, **ALL_EPOCHS),
    "dropout 0.2, all epochs": first(dropout=0.2, **ALL_EPOCHS),
    # What the head sees.
    "mean of the states": first(pooling="mean"),
    "mean of the states, all epochs": first(pooling="mean", **ALL_EPOCHS),
    # Not a default to change, but worth knowing.
    "both ways": first(bidirectional=True),
    "both ways, all epochs": first(bidirectional=True, **ALL_EPOCHS),
    "100 units, all epochs": first(hidden_layer_sizes=(100,), **ALL_EPOCHS),
    "LSTM": first("LSTM"),
    "LSTM, all epochs": first("LSTM", **ALL_EPOCHS),
    "RNN": first("RNN"),
}
