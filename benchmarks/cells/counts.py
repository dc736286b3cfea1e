"""What can be counted without training: gates, states, parameters, products, bytes."""

import pickle
import tracemalloc
import warnings

import numpy as np
from cells.models import GRU, KINDS, units_for
from sklearn.exceptions import ConvergenceWarning

from skgru.inspection import gate_activations

N_FEATURES, N_UNITS = 8, 50
# Steps and units, as the times are measured too.
SIZES = ((12, 16), (24, 64), (100, 256))
BATCH_SIZE, N_BATCHES = 32, 4
# What a cell computes that is no gate: new content, and states.
CONTENT, STATES = ("candidate",), ("state", "memory")


def make_model(cell, units, **parameters):
    """An estimator with what other libraries have: no scaling, clipping, stopping."""
    common = {
        "batch_size": BATCH_SIZE,
        "clip_norm": None,
        "standardize": False,
        "learning_rate": "constant",
        "n_iter_no_change": None,
        "early_stopping": False,
        "anchor": None,
        "random_state": 0,
    }
    return KINDS[cell](units, **common, **parameters)


def random_sequences(n_rows, n_steps):
    """X and y without any sense."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, n_steps, N_FEATURES)).astype(np.float32)
    return X, X[:, -1, 0].copy()


def fit(cell, units, n_steps, n_epochs=1):
    """Fitted to a few mini-batches, and their X."""
    X, y = random_sequences(BATCH_SIZE * N_BATCHES, n_steps)
    model = make_model(cell, units, max_iter=n_epochs)
    with warnings.catch_warnings():
        # A fit this short has learned nothing, and need not.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return model.fit(X, y), X


def shapes(cell, units):
    """Gates, states, parameters and products of one cell, from its arrays."""
    model, X = fit(cell, units, 4)
    kept = gate_activations(model, X)._fields
    weights = model.kernels_[0].size + model.recurrent_kernels_[0].size
    return {
        "units": units,
        "gates": [name for name in kept if name not in CONTENT + STATES],
        "states": [name for name in kept if name in STATES],
        # Every weight is multiplied once a step, in the forward pass of one sequence.
        "products": int(weights),
        "parameters": int(model.summary().n_parameters),
    }


def count(cell):
    """At the same units, and at the parameters of the GRU."""
    same = shapes(cell, N_UNITS)
    wanted = same["parameters"] if cell == GRU else shapes(GRU, N_UNITS)["parameters"]
    units = units_for(cell, N_FEATURES, wanted)
    return {"same units": same, "same parameters": shapes(cell, units)}


def sizes_in_bytes(cell):
    """By size: the peak of what NumPy allocates in `fit`, and the pickled estimator.

    The workspace of training is NumPy's, and its peak is the same in every run. X
    itself is made before.
    """
    found = {}
    for n_steps, units in SIZES:
        fit(cell, units, n_steps)
        model, (X, y) = (
            make_model(cell, units, max_iter=1),
            random_sequences(BATCH_SIZE * N_BATCHES, n_steps),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            tracemalloc.start()
            model.fit(X, y)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        found[f"{n_steps} × {units}"] = {
            "training": peak,
            "file": len(pickle.dumps(model)),
        }
    return found
