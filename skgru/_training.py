"""Training as a stream of epochs: one compiled call each, everything else in Python.

``epochs`` is a generator that changes the training state in place and yields one record
an epoch, for ever. Who consumes it decides when to stop: ``Patience`` says when it is
time.
"""

import contextlib
import dataclasses
import time
from typing import NamedTuple

import numpy as np

from skgru._blas import one_blas_thread
from skgru._epoch import loss_and_gradient_of_predictions, run_epoch
from skgru._losses import in_target_units
from skgru._network import make_workspace, predict_sequences

# Numbers a block of predictions may keep in memory: a few MB, as a core's cache.
_PREDICTION_BLOCK = 2**20


@dataclasses.dataclass
class TrainingState:
    """What changes from step to step.

    Attributes
    ----------
    parameters : ndarray of shape (n_parameters,)
    moments : ndarray of shape (n_moments, n_parameters)
        The optimiser's.
    n_steps : int
        Optimiser steps so far.
    """

    parameters: np.ndarray
    moments: np.ndarray
    n_steps: int


class Epoch(NamedTuple):
    """Record of one epoch.

    Losses are means over rows and outputs of the data term alone; ``loss`` is the
    running mean during the epoch, ``validation_loss`` is taken at its end (None without
    validation rows). The standardised ones are what stopping is decided on.
    """

    loss: float
    standardized_loss: float
    validation_loss: float | None
    standardized_validation_loss: float | None
    learning_rate: float
    seconds: float
    is_finite: bool


class Patience:
    """Counts epochs without improvement.

    Parameters
    ----------
    tol : float
        By how much a loss must fall below the best one to count as an improvement.
    n_iter_no_change : int or None
        Epochs without improvement after which ``is_over``; None: never.
    """

    def __init__(self, tol, n_iter_no_change):
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.best_loss = np.inf
        self.n_waiting = 0

    def is_best(self, loss):
        """Take note of an epoch's loss; tell whether it is the lowest so far."""
        # A loss that is not a number has not fallen.
        has_fallen = loss <= self.best_loss - self.tol
        self.n_waiting = 0 if has_fallen else self.n_waiting + 1
        is_best = loss < self.best_loss
        if is_best:
            self.best_loss = loss
        return is_best

    @property
    def is_over(self):
        """Whether too many epochs have passed without improvement."""
        return (
            self.n_iter_no_change is not None
            and self.n_waiting >= self.n_iter_no_change
        )


def predict_raw(network, parameters, sequences, rows):
    """Raw (standardised) predictions of some sequences.

    Returns
    -------
    ndarray of shape (len(rows), n_outputs)
    """
    numbers_a_row = sequences.n_timesteps * int(
        network.layout.layers["n_inputs"][0]
        + (network.cell.n_gates + 2) * network.layout.layers["n_hidden"].sum()
    )
    n_rows = min(len(rows), 256, max(1, _PREDICTION_BLOCK // numbers_a_row))
    space = make_workspace(
        network.cell,
        network.layout,
        sequences.n_timesteps,
        n_rows,
        parameters.dtype,
        training=False,
    )
    out = np.empty((len(rows), network.layout.n_outputs), dtype=parameters.dtype)
    # For a single row the limit would cost more than the prediction.
    with one_blas_thread() if len(rows) > 1 else contextlib.nullcontext():
        predict_sequences(
            network.cell,
            network.layout,
            parameters,
            space,
            sequences,
            network.scaling,
            rows,
            out,
        )
    return out


def mean_losses(network, objective, parameters, examples):
    """Mean loss of some examples, in units of y and standardised.

    Returns
    -------
    loss, standardized_loss : float
    """
    raw = predict_raw(network, parameters, examples.sequences, examples.rows)
    weights = examples.weights[examples.rows]
    totals = np.zeros(raw.shape[1])
    loss_and_gradient_of_predictions(
        objective.loss,
        examples.targets[examples.rows],
        raw,
        weights,
        float(weights.sum()),
        totals,
        np.empty_like(raw),
    )
    return _in_both_units(objective, totals / weights.sum())


def _in_both_units(objective, means):
    """Mean over outputs of their losses, in units of y and standardised."""
    return (
        in_target_units(objective.loss, means, objective.target_scale),
        float(means.mean()),
    )


def epochs(network, objective, state, examples, validation, random_state):
    """Train for ever, one epoch at a time.

    Parameters
    ----------
    network : Network
    objective : Objective
    state : TrainingState
        Changed in place.
    examples : Examples
    validation : Examples or None
    random_state : numpy.random.RandomState
        Draws the order of the examples in each epoch.

    Yields
    ------
    Epoch
    """
    n_rows = len(examples.rows)
    batch_size = min(objective.batch_size, n_rows)
    n_batches = -(-n_rows // batch_size)
    space = make_workspace(
        network.cell,
        network.layout,
        examples.sequences.n_timesteps,
        batch_size,
        state.parameters.dtype,
        training=True,
    )
    gradient = np.zeros_like(state.parameters)
    total_weight = float(examples.weights[examples.rows].sum(dtype=np.float64))
    learning_rates = np.full(n_batches, objective.learning_rate)
    while True:
        begin = time.perf_counter()
        order = examples.rows
        # One mini-batch has no order: sums in a fixed one repeat to the last bit.
        if objective.shuffle and n_batches > 1:
            order = random_state.permutation(order)
        totals = np.zeros(network.layout.n_outputs)
        with one_blas_thread():
            run_epoch(
                network,
                objective,
                state.parameters,
                gradient,
                state.moments,
                state.n_steps,
                space,
                examples,
                order,
                learning_rates,
                totals,
            )
        state.n_steps += n_batches
        loss, standardized_loss = _in_both_units(objective, totals / total_weight)
        validation_losses = (None, None)
        if validation is not None:
            validation_losses = mean_losses(
                network, objective, state.parameters, validation
            )
        yield Epoch(
            loss=loss,
            standardized_loss=standardized_loss,
            validation_loss=validation_losses[0],
            standardized_validation_loss=validation_losses[1],
            learning_rate=objective.learning_rate,
            seconds=time.perf_counter() - begin,
            is_finite=bool(
                np.isfinite(standardized_loss) and np.isfinite(state.parameters).all()
            ),
        )
