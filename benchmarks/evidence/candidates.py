"""Settings of GRURegressor that could be its defaults.

Each is spelled out in full, so that a result still says what it belongs to when the
defaults have changed.
"""

FIRST = {
    "hidden_layer_sizes": (50,),
    "learning_rate": "constant",
    "learning_rate_init": 0.01,
    "batch_size": "auto",
    "max_iter": 200,
    "n_iter_no_change": 20,
    "early_stopping": False,
    "alpha": 0.0,
    "clip_norm": 1.0,
    "tol": 1e-4,
    "gate_init": "keras",
}


def varied(**changes):
    """The first defaults but for some."""
    return {**FIRST, **changes}


def cosine(n_epochs, **changes):
    """A cosine's rates over so many epochs, all of which are run unless told."""
    settings = {
        "learning_rate": "cosine",
        "max_iter": n_epochs,
        "n_iter_no_change": None,
    }
    return varied(**(settings | changes))


def chosen(**changes):
    """The defaults that were chosen, but for some."""
    settings = {
        "learning_rate": "cosine",
        "learning_rate_init": 0.005,
        "max_iter": 100,
        "n_iter_no_change": 50,
        "early_stopping": "auto",
        "tol": 1e-6,
    }
    return varied(**(settings | changes))


CANDIDATES = {
    "defaults": chosen(gate_init="spread"),
    "defaults, gates as in Keras": chosen(),
    "defaults, lr 0.007": chosen(learning_rate_init=0.007),
    "defaults, lr 0.01": chosen(learning_rate_init=0.01),
    "first": FIRST,
    # How long the steps are.
    "lr 0.001": varied(learning_rate_init=0.001),
    "lr 0.003": varied(learning_rate_init=0.003),
    "lr 0.03": varied(learning_rate_init=0.03),
    # How many there are.
    "50 epochs": varied(max_iter=50),
    "100 epochs": varied(max_iter=100),
    "400 epochs": varied(max_iter=400),
    "200 epochs, no stopping": varied(n_iter_no_change=None),
    "lr 0.003, 50 epochs": varied(learning_rate_init=0.003, max_iter=50),
    "lr 0.003, 100 epochs": varied(learning_rate_init=0.003, max_iter=100),
    "lr 0.001, 400 epochs": varied(learning_rate_init=0.001, max_iter=400),
    "batch 8": varied(batch_size=8),
    "batch 16": varied(batch_size=16),
    "batch 64": varied(batch_size=64),
    "batch 128": varied(batch_size=128),
    # When training ends.
    "stops early": varied(early_stopping=True),
    "stops early, patience 10": varied(early_stopping=True, n_iter_no_change=10),
    "stops early, lr 0.003": varied(early_stopping=True, learning_rate_init=0.003),
    "stops early, lr 0.001": varied(early_stopping=True, learning_rate_init=0.001),
    # A rate that ends at nothing: every epoch is run.
    "cosine, 50 epochs": cosine(50),
    "cosine, 100 epochs": cosine(100),
    "cosine, 200 epochs": cosine(200),
    "cosine, 100 epochs, lr 0.003": cosine(100, learning_rate_init=0.003),
    "adaptive": varied(learning_rate="adaptive"),
    "invscaling": varied(learning_rate="invscaling"),
    "lbfgs": varied(solver="lbfgs"),
    # Both: the best epoch by the held-out rows, with and without patience.
    "cosine, 50 epochs, best of them": cosine(50, early_stopping=True),
    "cosine, 100 epochs, best of them": cosine(100, early_stopping=True),
    "cosine, 200 epochs, best of them": cosine(200, early_stopping=True),
    "cosine, 100 epochs, lr 0.005, best of them": cosine(
        100, early_stopping=True, learning_rate_init=0.005
    ),
    "cosine, 100 epochs, lr 0.003, best of them": cosine(
        100, early_stopping=True, learning_rate_init=0.003
    ),
    "cosine, 100 epochs, stops early": cosine(
        100, early_stopping=True, n_iter_no_change=20
    ),
    "cosine, 100 epochs, lr 0.005, stops early": cosine(
        100, early_stopping=True, n_iter_no_change=20, learning_rate_init=0.005
    ),
    # By how much the loss has to fall, where errors are small beside the spread of y.
    "tol 1e-6": varied(tol=1e-6),
    "stops early, tol 1e-6": varied(early_stopping=True, tol=1e-6),
    "cosine, 100 epochs, stops early, tol 1e-6": cosine(
        100, early_stopping=True, n_iter_no_change=20, tol=1e-6
    ),
    # What keeps the weights small.
    "alpha 0.0001": varied(alpha=1e-4),
    "alpha 0.001": varied(alpha=1e-3),
    "alpha 0.01": varied(alpha=1e-2),
    "alpha 0.1": varied(alpha=0.1),
    "alpha 1": varied(alpha=1.0),
    "lr 0.003, alpha 0.1": varied(learning_rate_init=0.003, alpha=0.1),
    "lr 0.003, alpha 1": varied(learning_rate_init=0.003, alpha=1.0),
    "no clipping": varied(clip_norm=None),
    "clip 5": varied(clip_norm=5.0),
    # Not a default to change, but worth knowing.
    "16 units": varied(hidden_layer_sizes=(16,)),
    "32 units": varied(hidden_layer_sizes=(32,)),
    "100 units": varied(hidden_layer_sizes=(100,)),
}
