"""Print the seconds of an epoch and of predict for each cell of skgru, as JSON.

A process of its own for each number of threads: threads of another measurement do not
wait for work beside it.
"""

import argparse
import json
import time

from cells.counts import BATCH_SIZE, N_FEATURES, SIZES, make_model, random_sequences
from cells.models import CELLS, step_products

# Products of an epoch of the GRU, where that is not too few or too many mini-batches.
WORK = 2e9
FEWEST_BATCHES, MOST_BATCHES = 2, 200
N_EPOCHS = 3


def seconds_of(function, *arguments):
    """Time of one call."""
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


def n_rows_for(n_steps, units):
    """Rows of an epoch: as many whole mini-batches for all cells and libraries."""
    # The backward pass takes about twice the products of the forward pass.
    of_batch = 3 * BATCH_SIZE * n_steps * step_products("GRU", N_FEATURES, units)
    return BATCH_SIZE * max(FEWEST_BATCHES, min(MOST_BATCHES, round(WORK / of_batch)))


def measure(cell, n_steps, units, n_threads):
    """An epoch, and `predict`.

    The epoch is a third of a fit of three, so that what a fit costs once counts too: a
    few milliseconds. A difference of two fits would be without it, but noisier.
    """
    X, y = random_sequences(n_rows_for(n_steps, units), n_steps)
    model = make_model(cell, units, n_jobs=n_threads)
    # Loads the kernels, and lets the threads start.
    model.set_params(max_iter=1).fit(X[: 2 * BATCH_SIZE], y[: 2 * BATCH_SIZE])
    epoch = seconds_of(model.set_params(max_iter=N_EPOCHS).fit, X, y) / N_EPOCHS
    model.predict(X)
    return {"epoch": epoch, "predict": seconds_of(model.predict, X)}


def main(measure):
    """Measure every cell and size on some threads, and print what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("threads", type=int)
    n_threads = parser.parse_args().threads
    found = {
        f"{n_steps} × {units}": {
            cell: measure(cell, n_steps, units, n_threads) for cell in CELLS
        }
        for n_steps, units in SIZES
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(measure)
