"""One epoch, compiled: gather, predict, differentiate, step, mini-batch by mini-batch.

The loop over mini-batches is compiled, because a call from Python costs more time than
a whole training step of a small network. ``Examples`` and ``Objective`` are what the
loop is given.

A mini-batch is cut into shards of a few rows. The gradient of each shard is computed by
itself, on a tape that the next shard uses again. The gradients are then summed in a
fixed order, and the optimiser takes its step. Several threads first share the shards,
and then share parts of the parameter vector. How shards and parts are cut does not
depend on the number of threads, so the result is the same to the last bit.
"""

from typing import NamedTuple

import numpy as np

from skgru._network._dropout import Dropping, draw_masks
from skgru._network._layers import (
    Network,
    network_backward,
    network_forward,
    prepare_network,
)
from skgru._network._sequences import Sequences
from skgru._network._workspace import Workspace, shard_rows
from skgru._numerics._intrinsics import larger, smaller
from skgru._numerics._jit import jit
from skgru._numerics._math import add, fill_zero, scale
from skgru._numerics._structs import (
    DoubleMatrix,
    DoubleVector,
    IndexMatrix,
    Indices,
    Matrix,
    Vector,
)
from skgru._numerics._threads import Team, wait_for_all
from skgru._numerics._units import unit
from skgru._numerics._views import cut
from skgru._training._losses._base import Loss, loss_and_gradient
from skgru._training._optimizers._base import Optimizer, step

# Parameters in a part of the parameter vector; threads share the parts.
_PART = 4096


class Examples(NamedTuple):
    """Sequences and what is to be predicted from them.

    Attributes
    ----------
    sequences : Sequences
    targets : ndarray of shape (n_samples, n_outputs)
        Standardised.
    weights : ndarray of shape (n_samples,)
    rows : int64 ndarray
        Which of the samples these examples are.
    """

    sequences: Sequences
    targets: Matrix
    weights: Vector
    rows: Indices


class Objective(NamedTuple):
    """What is minimised, and how.

    Attributes
    ----------
    loss, optimizer : named tuple
    target_scale : ndarray of shape (n_outputs,)
        What the targets were divided by (their standard deviation, for most losses), to
        convert losses to units of y.
    alpha : float
        Strength of the L2 penalty.
    clip_norm : float
        Largest norm of a gradient; inf for no clipping.
    batch_size : int
    dropout : NoDropout or Dropout
    """

    loss: Loss
    optimizer: Optimizer
    target_scale: DoubleVector
    alpha: float
    clip_norm: float
    batch_size: int
    dropout: Dropping


class Shared(NamedTuple):
    """Memory that the threads of an epoch share.

    Attributes
    ----------
    gradients : ndarray of shape (n_shards, n_parameters)
        Gradient of each shard. The sum of all is formed in the first row.
    totals : float64 ndarray of shape (n_shards, n_outputs)
        Weighted sums of each shard's loss.
    parts : int64 ndarray of shape (n_parts, 2)
        Beginnings and ends of the parts of the parameter vector. Parameters that cannot
        change are in no part.
    squares : ndarray of shape (n_parts,)
        Sums of squares of each part of the gradient.
    """

    gradients: Matrix
    totals: DoubleMatrix
    parts: IndexMatrix
    squares: Vector


def make_shared(network, objective, moments, examples):
    """Make the shared memory for mini-batches of the objective's size."""
    layout, dtype = network.layout, moments.dtype
    n_shards = -(-objective.batch_size // shard_rows(layout, objective.batch_size))
    changes = np.ones(layout.n_parameters, dtype=bool)
    if examples.sequences.n_timesteps == 1 and objective.alpha == 0:
        # In sequences of one step there is no state before it to multiply with the
        # recurrent weights, so their gradient is zero.
        for layer in layout.layers:
            size = network.cell.n_gates * layer["n_hidden"] ** 2
            changes[layer["recurrent_kernel"] :][:size] = False
        # But moments of an earlier call may still move them.
        changes |= moments.any(axis=0)
    parts = _cut_into_parts(changes)
    return Shared(
        np.zeros((n_shards, layout.n_parameters), dtype=dtype),
        np.zeros((n_shards, examples.targets.shape[1])),
        parts,
        np.zeros(len(parts), dtype=dtype),
    )


def _cut_into_parts(changes):
    """Runs of True in `changes` as (start, stop), none longer than `_PART`."""
    edges = np.flatnonzero(np.diff(changes, prepend=False, append=False))
    return np.array(
        [
            (first, min(first + _PART, stop))
            for start, stop in edges.reshape(-1, 2)
            for first in range(start, stop, _PART)
        ]
    )


@jit
def _gather_targets(examples_targets, examples_weights, rows, targets, weights):
    """Copy targets and weights of some rows."""
    for i in range(rows.size):
        for k in range(targets.shape[1]):
            targets[i, k] = examples_targets[rows[i], k]
        weights[i] = examples_weights[rows[i]]


@jit
def _sum_of_weights(examples_weights, rows):
    """Sum of the weights of some rows."""
    total = 0.0
    for i in range(rows.size):
        total += examples_weights[rows[i]]
    return total


@jit
def shard_loss_and_gradient(
    network, loss, parameters, space, examples, rows, total_weight, totals, gradient
):
    """Loss and gradient of the data term on some rows of a mini-batch.

    Parameters
    ----------
    rows : int64 ndarray of shape (n_rows,), in
        Which samples.
    total_weight : float
        Sum of the weights of the whole mini-batch.
    totals : float64 ndarray of shape (n_outputs,), out
        Weighted sums of the loss.
    gradient : ndarray of shape (n_parameters,), in and out
        Zeros at first.
    """
    sequences, n_rows = examples.sequences, rows.size
    targets = cut(space.memory, space.targets, (n_rows, totals.size))
    weights = cut(space.memory, space.weights, (n_rows,))
    _gather_targets(examples.targets, examples.weights, rows, targets, weights)
    raw = cut(space.memory, space.raw, (n_rows, network.layout.n_outputs))
    network_forward(network, parameters, space, sequences, rows, True, raw)
    d_raw = cut(space.memory, space.d_raw, (n_rows, network.layout.n_outputs))
    for k in range(totals.size):
        totals[k] = 0
    loss_and_gradient(loss, targets, raw, weights, total_weight, totals, d_raw)
    network_backward(network, space, sequences, rows, gradient)


@jit(reassociate=True)
def _squared_norm(vector):
    """Sum of squares."""
    total = vector.dtype.type(0)
    for j in range(vector.size):
        total += vector[j] * vector[j]
    return total


@jit
def _sum_gradients(alpha, n_weights, parameters, gradients, n_shards, start, stop):
    """Add up a part of the gradients of all shards and of the penalty.

    The penalty is ``alpha * sum(weights**2)``.
    """
    n_parameters = gradients.shape[1]
    size = stop - start
    total = cut(gradients, start, (size,))
    for shard in range(1, n_shards):
        add(cut(gradients, shard * n_parameters + start, (size,)), total)
    if alpha > 0:
        factor = total.dtype.type(2.0 * alpha)
        values = cut(parameters, start, (size,))
        for j in range(larger(0, smaller(size, n_weights - start))):
            total[j] += factor * values[j]


@jit
def _clipping_factor(clip_norm, squares):
    """Factor that makes the norm of the gradient `clip_norm` at most."""
    total = 0.0
    for part in range(squares.size):
        total += squares[part]
    norm = np.sqrt(total)
    return clip_norm / norm if norm > clip_norm else 1.0


@jit
def _change_parameters(
    team,
    thread,
    network,
    objective,
    parameters,
    moments,
    shared,
    n_shards,
    total_weight,
    number,
    rate,
):
    """Sum the shards' gradients and take a step, on the parts of this thread."""
    parts, gradients = shared.parts, shared.gradients
    first_part = parts.shape[0] * thread // team.n_threads
    end_part = parts.shape[0] * (thread + 1) // team.n_threads
    clips = objective.clip_norm < np.inf
    for part in range(first_part, end_part):
        start, stop = parts[part, 0], parts[part, 1]
        _sum_gradients(
            objective.alpha / total_weight,
            network.layout.n_weights,
            parameters,
            gradients,
            n_shards,
            start,
            stop,
        )
        if clips:
            shared.squares[part] = _squared_norm(cut(gradients, start, (stop - start,)))
    factor = 1.0
    if clips:
        wait_for_all(team)
        factor = _clipping_factor(objective.clip_norm, shared.squares)
    for part in range(first_part, end_part):
        start, stop = parts[part, 0], parts[part, 1]
        gradient = cut(gradients, 0, (parameters.size,))
        if factor < 1:
            scale(gradient.dtype.type(factor), cut(gradient, start, (stop - start,)))
        step(
            objective.optimizer,
            parameters,
            gradient,
            moments,
            start,
            stop,
            number,
            rate,
        )
    # The next mini-batch adds its gradients to zeros.
    for part in range(first_part, end_part):
        start, stop = parts[part, 0], parts[part, 1]
        for shard in range(n_shards):
            first = shard * parameters.size + start
            fill_zero(cut(gradients, first, (stop - start,)))


@unit
def run_epoch(
    team: Team,
    thread: int,
    network: Network,
    objective: Objective,
    parameters: Vector,
    moments: Matrix,
    n_steps: int,
    space: Workspace,
    shared: Shared,
    examples: Examples,
    order: Indices,
    learning_rates: DoubleVector,
    seed: int,
    totals: DoubleVector,
):
    """Take one step for each mini-batch of the examples, in the given order.

    All threads of the team call this function at once. Only `thread` and `space` differ
    between the threads.

    Parameters
    ----------
    thread : int
        Number of this thread, from 0.
    parameters : ndarray of shape (n_parameters,), in and out
    moments : ndarray of shape (n_moments, n_parameters), in and out
    n_steps : int
        Optimiser steps that were taken before.
    space : Workspace
        The workspace of this thread.
    learning_rates : ndarray of shape (n_batches,), in
        There are as many mini-batches as learning rates.
    seed : int
        Seed of the masks of dropout.
    totals : float64 ndarray of shape (n_outputs,), in and out
        Weighted sums of the loss during the epoch are added here.
    """
    n_parameters, n_outputs = shared.gradients.shape[1], totals.size
    # Rows of a shard, or of the mini-batch if it is smaller.
    n_timesteps, n_at_once = examples.sequences.n_timesteps, space.first_steps.size
    for batch in range(learning_rates.size):
        first = batch * objective.batch_size
        n_rows = smaller(objective.batch_size, order.size - first)
        total_weight = _sum_of_weights(examples.weights, cut(order, first, (n_rows,)))
        n_shards = (n_rows + n_at_once - 1) // n_at_once
        # A thread without a shard does not need the packed weights.
        if thread < n_shards:
            prepare_network(network, parameters, space, n_timesteps, True)
        for shard in range(thread, n_shards, team.n_threads):
            n_here = smaller(n_at_once, n_rows - shard * n_at_once)
            draw_masks(
                objective.dropout,
                network.layout,
                space,
                seed,
                batch,
                shard * n_at_once,
                n_here,
            )
            shard_loss_and_gradient(
                network,
                objective.loss,
                parameters,
                space,
                examples,
                cut(order, first + shard * n_at_once, (n_here,)),
                total_weight,
                cut(shared.totals, shard * n_outputs, (n_outputs,)),
                cut(shared.gradients, shard * n_parameters, (n_parameters,)),
            )
        wait_for_all(team)
        if thread == 0:
            for shard in range(n_shards):
                for k in range(n_outputs):
                    totals[k] += shared.totals[shard, k]
        _change_parameters(
            team,
            thread,
            network,
            objective,
            parameters,
            moments,
            shared,
            n_shards,
            total_weight,
            n_steps + batch + 1,
            learning_rates[batch],
        )
        wait_for_all(team)
