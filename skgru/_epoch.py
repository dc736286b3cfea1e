"""One epoch, compiled: gather, predict, differentiate, step, mini-batch by mini-batch.

The loop over mini-batches lives here because a call from Python costs more than a whole
training step of a small network. ``Network``, ``Examples`` and ``Objective`` are what
such a loop is given.
"""

from typing import NamedTuple

import numpy as np

from skgru._batches import FeatureScaling, Sequences, gather
from skgru._intrinsics import cut
from skgru._jit import jit, jit_entry
from skgru._losses import loss_and_gradient
from skgru._network import network_backward, network_forward
from skgru._optimizers import step
from skgru._parameters import Layout


class Network(NamedTuple):
    """What turns sequences into raw predictions, but for the parameters.

    Attributes
    ----------
    cell : named tuple
    layout : Layout
    scaling : FeatureScaling
    """

    cell: NamedTuple
    layout: Layout
    scaling: FeatureScaling


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
    targets: np.ndarray
    weights: np.ndarray
    rows: np.ndarray


class Objective(NamedTuple):
    """What is minimised, and how.

    Attributes
    ----------
    loss, optimizer : named tuple
    target_scale : ndarray of shape (n_outputs,)
        Standard deviation of the targets, for losses in units of y.
    alpha : float
        Strength of the L2 penalty.
    clip_norm : float
        Largest norm of a gradient; inf for no clipping.
    learning_rate : float
    batch_size : int
    shuffle : bool
    """

    loss: NamedTuple
    optimizer: NamedTuple
    target_scale: np.ndarray
    alpha: float
    clip_norm: float
    learning_rate: float
    batch_size: int
    shuffle: bool


@jit(reassociate=True)
def _squared_norm(vector):
    """Sum of squares."""
    total = vector.dtype.type(0)
    for j in range(vector.size):
        total += vector[j] * vector[j]
    return total


@jit
def _add_penalty(alpha, total_weight, n_weights, parameters, gradient):
    """Add the gradient of ``alpha / total_weight * sum(weights**2)``."""
    factor = gradient.dtype.type(2.0 * alpha / total_weight)
    for j in range(n_weights):
        gradient[j] += factor * parameters[j]


@jit
def _clip(clip_norm, gradient):
    """Scale the gradient down to norm `clip_norm` if it is longer."""
    norm = np.sqrt(_squared_norm(gradient))
    if norm > clip_norm:
        factor = gradient.dtype.type(clip_norm / norm)
        for j in range(gradient.size):
            gradient[j] *= factor


@jit
def _gather_targets(examples_targets, examples_weights, rows, targets, weights):
    """Copy targets and weights of a mini-batch; returns the sum of the weights."""
    total_weight = 0.0
    for i in range(rows.size):
        for k in range(targets.shape[1]):
            targets[i, k] = examples_targets[rows[i], k]
        weights[i] = examples_weights[rows[i]]
        total_weight += weights[i]
    return total_weight


@jit(inline=True)
def batch_loss_and_gradient(
    network, loss, parameters, space, examples, rows, totals, gradient
):
    """Loss and gradient of the data term on one mini-batch.

    Parameters
    ----------
    rows : int64 ndarray of shape (n_rows,), in
        Which samples.
    totals : float64 ndarray of shape (n_outputs,), in and out
        Weighted sums of the loss are added here.
    gradient : ndarray of shape (n_parameters,), out

    Returns
    -------
    float
        Sum of the mini-batch's weights.
    """
    layout = network.layout
    n_timesteps = examples.sequences.n_timesteps
    n_rows = rows.size
    n_features = layout.layers[0]["n_inputs"]
    inputs = cut(space.inputs, 0, (n_timesteps, n_rows, n_features))
    gather(
        examples.sequences,
        rows,
        network.scaling,
        inputs,
        cut(space.first_steps, 0, (n_rows,)),
    )
    targets = cut(space.targets, 0, (n_rows, layout.n_outputs))
    weights = cut(space.weights, 0, (n_rows,))
    total_weight = _gather_targets(
        examples.targets, examples.weights, rows, targets, weights
    )
    raw = network_forward(network.cell, layout, parameters, space, n_timesteps, n_rows)
    d_raw = cut(space.d_raw, 0, (n_rows, layout.n_outputs))
    loss_and_gradient(loss, targets, raw, weights, total_weight, totals, d_raw)
    network_backward(
        network.cell, layout, parameters, space, n_timesteps, n_rows, d_raw, gradient
    )
    return total_weight


@jit_entry
def run_epoch(
    network,
    objective,
    parameters,
    gradient,
    moments,
    n_steps,
    space,
    examples,
    order,
    learning_rates,
    totals,
):
    """One pass over the examples in the given order, a step per mini-batch.

    Parameters
    ----------
    learning_rates : ndarray of shape (n_batches,), in
    totals : float64 ndarray of shape (n_outputs,), in and out
        Weighted sums of the loss during the epoch are added here.
    """
    for batch in range(learning_rates.size):
        start = batch * objective.batch_size
        stop = min(start + objective.batch_size, order.size)
        rows = cut(order, start, (stop - start,))
        total_weight = batch_loss_and_gradient(
            network,
            objective.loss,
            parameters,
            space,
            examples,
            rows,
            totals,
            gradient,
        )
        if objective.alpha > 0:
            _add_penalty(
                objective.alpha,
                total_weight,
                network.layout.n_weights,
                parameters,
                gradient,
            )
        if objective.clip_norm < np.inf:
            _clip(objective.clip_norm, gradient)
        step(
            objective.optimizer,
            parameters,
            gradient,
            moments,
            n_steps + batch + 1,
            learning_rates[batch],
        )


@jit_entry
def loss_and_gradient_of_predictions(
    loss, targets, raw, weights, total_weight, totals, d_raw
):
    """`loss_and_gradient`, compiled, for callers in Python."""
    loss_and_gradient(loss, targets, raw, weights, total_weight, totals, d_raw)
