"""Doors to kernels that only kernels call, and small problems to call them with."""

import numpy as np

from skgru._batches import FeatureScaling, Sequences
from skgru._cells._base import Tape, backward, forward
from skgru._cells._gru import ResetAfter
from skgru._cells._gru_reset_before import ResetBefore
from skgru._epoch import Examples, Network, batch_loss_and_gradient
from skgru._jit import jit_entry
from skgru._losses import SquaredError, loss_and_gradient
from skgru._math import (
    product,
    product_of_transposed,
    product_with_transposed,
    sigmoid,
    tanh,
)
from skgru._network import make_workspace
from skgru._optimizers import step
from skgru._parameters import make_layout
from skgru._sequences import read_only

CELLS = {True: ResetAfter(), False: ResetBefore()}


@jit_entry
def run_sigmoid(x, out):
    one = x.dtype.type(1)
    for i in range(x.size):
        out[i] = sigmoid(x[i], one)


@jit_entry
def run_tanh(x, out):
    one = x.dtype.type(1)
    for i in range(x.size):
        out[i] = tanh(x[i], one)


@jit_entry
def run_product(left, right, out):
    product(left, right, out)


@jit_entry
def run_product_of_transposed(left, right, out):
    product_of_transposed(left, right, out)


@jit_entry
def run_product_with_transposed(left, right, out):
    product_with_transposed(left, right, out)


@jit_entry
def run_forward(cell, weights, inputs, first_steps, initial_state, from_start, tape):
    forward(cell, weights, inputs, first_steps, initial_state, from_start, tape)


@jit_entry
def run_backward(
    cell,
    weights,
    inputs,
    first_steps,
    initial_state,
    from_start,
    tape,
    d_outputs,
    d_weights,
    d_inputs,
):
    backward(
        cell,
        weights,
        inputs,
        first_steps,
        initial_state,
        from_start,
        tape,
        d_outputs,
        d_weights,
        d_inputs,
    )


@jit_entry
def run_loss(loss, targets, raw, weights, total_weight, totals, d_raw):
    loss_and_gradient(loss, targets, raw, weights, total_weight, totals, d_raw)


@jit_entry
def run_step(optimizer, parameters, gradient, moments, n_steps, learning_rate):
    step(optimizer, parameters, gradient, moments, n_steps, learning_rate)


@jit_entry
def run_batch(network, loss, parameters, space, examples, rows, totals, gradient):
    return batch_loss_and_gradient(
        network, loss, parameters, space, examples, rows, totals, gradient
    )


def make_tape(cell, n_timesteps, n_rows, n_hidden, dtype=np.float64):
    """Tape full of NaN, so that what is read before it is written shows."""
    wide, narrow = cell.n_gates * n_hidden, n_hidden

    def room(*shape):
        return np.full(shape, np.nan, dtype=dtype)

    return Tape(
        gates=room(n_timesteps, n_rows, wide),
        memory=room(n_timesteps, n_rows, narrow),
        hidden=room(n_timesteps, n_rows, narrow),
        d_recurrent=room(n_timesteps, n_rows, wide),
        step_product=room(n_rows, wide),
        kernel_copy=room(wide * n_hidden),
        d_state=room(n_rows, narrow),
    )


def make_network(n_features, sizes, n_outputs, *, reset_after, dtype=np.float64):
    """Network whose inputs pass unscaled."""
    cell = CELLS[reset_after]
    layout = make_layout(cell, n_features, sizes, n_outputs)
    scaling = FeatureScaling(
        read_only(np.zeros(n_features, dtype=dtype)),
        read_only(np.ones(n_features, dtype=dtype)),
        -1,
    )
    return Network(cell, layout, scaling)


def make_examples(X, y, weights=None, first_steps=None):
    """Examples from a 3-D X; `first_steps` tells how many steps of each are missing."""
    n_samples, n_timesteps, n_features = X.shape
    missing = np.zeros(n_samples, dtype=int) if first_steps is None else first_steps
    if weights is None:
        weights = np.ones(n_samples, dtype=X.dtype)
    sequences = Sequences(
        read_only(X.reshape(-1, n_features)),
        np.arange(1, n_samples + 1) * n_timesteps,
        n_timesteps - missing,
        n_timesteps,
    )
    return Examples(sequences, y, weights, np.arange(n_samples))


def loss_and_gradient_of(network, parameters, examples):
    """Mean loss and gradient over all rows as one mini-batch."""
    rows = examples.rows
    space = make_workspace(
        network.cell,
        network.layout,
        examples.sequences.n_timesteps,
        len(rows),
        parameters.dtype,
        training=True,
    )
    totals = np.zeros(network.layout.n_outputs)
    gradient = np.full_like(parameters, np.nan)
    total_weight = run_batch(
        network, SquaredError(), parameters, space, examples, rows, totals, gradient
    )
    return totals.mean() / total_weight, gradient
