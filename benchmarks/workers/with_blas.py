"""What BLAS alone could do: the time of a step's products at the rate of single calls.

The rate is that of the products of one time step (forward, and derivative of the
state) and of the recurrent weights' gradient, weighted by their floating-point
operations. Each is called in the three ways that are at hand from Python, on arrays in
an order that needs no copy, and the fastest counts. The operations are those of a whole
step, projections and head included.
"""

import numpy as np
from scipy.linalg.blas import sgemm
from workloads import TRAINING

from workers.protocol import repeated, serve


def shapes_of(workload, training):
    """(m, k, n) of each recurrent product, and how often a step has it."""
    steps, rows = workload.n_timesteps - 1, workload.batch_size
    (n,) = workload.sizes
    forward = {(rows, n, 3 * n): steps}
    backward = {(rows, 3 * n, n): steps, (n, steps * rows, 3 * n): 1}
    return forward | backward if training else forward


def flop(shape):
    """Floating-point operations of a product."""
    return 2 * np.prod(shape)


def flop_of_a_step(workload, training):
    """All products of a mini-batch: projections, recurrent products, head."""
    rows, (n,) = workload.batch_size, workload.sizes
    projection = flop((workload.n_timesteps * rows, workload.n_features, 3 * n))
    recurrent = sum(
        n_calls * flop(shape)
        for shape, n_calls in shapes_of(workload, training).items()
    )
    head = flop((rows, n, 1))
    # Of the head: predictions, and gradients of its weights and of the state.
    return recurrent + (2 * projection + 3 * head if training else projection + head)


def calls_of(shape):
    """Functions that compute the product once, and how many times each does."""
    m, k, n = shape
    rng = np.random.default_rng(0)
    a = rng.standard_normal((m, k), dtype="float32")
    b = rng.standard_normal((k, n), dtype="float32")
    out, stack = np.empty((m, n), "float32"), np.empty((8, m, n), "float32")
    many = np.broadcast_to(a, (8, m, k))
    return [
        (lambda: np.dot(a, b, out=out), 1),
        # To Fortran these are the transposed arrays: bᵀ aᵀ = (a b)ᵀ.
        (lambda: sgemm(1.0, b.T, a.T, c=out.T, overwrite_c=True), 1),
        # A loop in C, without Python between its calls of BLAS.
        (lambda: np.matmul(many, b, out=stack), 8),
    ]


def fastest_of(shape, seconds):
    """A measurement of the product, called in the fastest way."""
    measures = []
    for function, n_times in calls_of(shape):
        measure = repeated(function, seconds)
        trial = measure()["seconds"] / n_times
        measures.append((trial, len(measures), measure, n_times))
    _, _, measure, n_times = min(measures)
    return lambda: measure()["seconds"] / n_times


def prepare(workload, threads, seconds, n_rows=None):
    """Seconds of the products of a training step, or of predicting some rows."""
    workload = TRAINING[workload]
    training = n_rows is None
    shapes = shapes_of(workload, training)
    measures = {shape: fastest_of(shape, seconds / len(shapes)) for shape in shapes}
    total = flop_of_a_step(workload, training)
    if not training:
        total *= n_rows / workload.batch_size
    counted = sum(n_calls * flop(shape) for shape, n_calls in shapes.items())

    def measure():
        spent = sum(n_calls * measures[shape]() for shape, n_calls in shapes.items())
        return {"seconds": float(spent * total / counted)}

    return measure


if __name__ == "__main__":
    serve({"products": prepare})
