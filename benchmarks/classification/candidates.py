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
            {
                "hidden_layer_sizes": (128,),
                "bidirectional": True,
                "pooling": "mean",
                "dropout": 0.3,
                "recurrent_dropout": 0.3,
                "max_iter": 20,
            },
        )
    },
}

# The defaults, as far as a candidate may differ from them.
CHOSEN = {
    "hidden_layer_sizes": (50,),
    "embedding_size": None,
    "bidirectional": False,
    "pooling": "last",
    "gate_init": "spread",
    "learning_rate": "cosine",
    "learning_rate_init": "auto",
    "batch_size": "auto",
    "max_iter": None,
    "early_stopping": "auto",
    "validation_fraction": None,
    "n_iter_no_change": 50,
    "tol": 1e-6,
    "clip_norm": 1.0,
    "alpha": 0.0,
    "dropout": 0.0,
    "recurrent_dropout": "auto",
}


def chosen(**changes):
    """The defaults but for some."""
    return Candidate("GRU", {**CHOSEN, **changes})


CANDIDATES = {
    "defaults": chosen(),
    # How many steps there are: of at most 64 rows, one in each epoch.
    "batch 64": chosen(batch_size=64),
    "batch 64, 1000 epochs": chosen(batch_size=64, max_iter=1000, n_iter_no_change=500),
    "batch 32": chosen(batch_size=32),
    "batch 8": chosen(batch_size=8),
    "lr 0.003": chosen(learning_rate_init=0.003),
    # When training ends.
    "nothing held out": chosen(early_stopping=False),
    # What keeps the weights small.
    "no dropout, alpha 0.003": chosen(recurrent_dropout=0.0, alpha=0.003),
    "no dropout": chosen(recurrent_dropout=0.0),
    "recurrent dropout 0.1": chosen(recurrent_dropout=0.1),
    "recurrent dropout 0.2, inputs 0.1": chosen(dropout=0.1, recurrent_dropout=0.2),
    # What the head sees.
    "mean of the states": chosen(pooling="mean"),
    "both ways": chosen(bidirectional=True),
}
