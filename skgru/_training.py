"""Training as a stream of epochs: one compiled call each, everything else in Python.

``epochs`` is a generator that changes the training state in place and yields one record
an epoch, for ever. Who consumes it decides when to stop: ``Patience`` says when it is
time.
"""

import dataclasses
import time
from typing import NamedTuple

import numpy as np

from skgru._dropout import Dropout
from skgru._epoch import (
    SHARD,
    loss_and_gradient_of_predictions,
    make_shared,
    run_epoch,
)
from skgru._losses import in_target_units
from skgru._network import predict_sequences
from skgru._threads import Crew, make_team, possible_threads
from skgru._workspace import make_workspace, rows_at_once


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


def predict_raw(network, parameters, sequences, rows, n_threads=1):
    """Raw (standardised) predictions of some sequences.

    Each is computed by itself: it does not depend on how they are shared out.

    Returns
    -------
    ndarray of shape (len(rows), n_outputs)
    """
    out = np.empty((len(rows), network.layout.n_outputs), dtype=parameters.dtype)
    n_at_once = min(rows_at_once(network.layout, sequences.n_timesteps), len(rows))
    n_threads = min(possible_threads(n_threads), -(-len(rows) // n_at_once))

    def predict_part(thread):
        start = len(rows) * thread // n_threads
        stop = len(rows) * (thread + 1) // n_threads
        predict_sequences(
            network.cell,
            network.layout,
            parameters,
            make_workspace(
                network.cell,
                network.layout,
                sequences.n_timesteps,
                n_at_once,
                parameters.dtype,
                training=False,
            ),
            sequences,
            network.scaling,
            rows[start:stop],
            out[start:stop],
        )

    with Crew(n_threads) as crew:
        crew.call(predict_part)
    return out


def mean_losses(network, objective, parameters, examples, n_threads=1):
    """Mean loss of some examples, in units of y and standardised.

    Returns
    -------
    loss, standardized_loss : float
    """
    raw = predict_raw(network, parameters, examples.sequences, examples.rows, n_threads)
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


def epochs(network, objective, state, examples, validation, random_state, n_threads=1):
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
        Draws the order of the examples in each epoch, and a seed for its dropout.
    n_threads : int, default=1
        How many share the work, at most. The result is the same for all numbers.

    Yields
    ------
    Epoch
    """
    n_rows = len(examples.rows)
    batch_size = min(objective.batch_size, n_rows)
    objective = objective._replace(batch_size=batch_size)
    n_batches = -(-n_rows // batch_size)
    total_weight = float(examples.weights[examples.rows].sum(dtype=np.float64))
    learning_rates = np.full(n_batches, objective.learning_rate)
    drops = isinstance(objective.dropout, Dropout)
    with EpochRunner(network, objective, state, examples, n_threads) as runner:
        # Compiled first, so that the first epoch's seconds are those of an epoch.
        runner.run(examples.rows, learning_rates[:0], seed=0)
        if validation is not None:
            one = validation._replace(rows=validation.rows[:1])
            mean_losses(network, objective, state.parameters, one)
        while True:
            begin = time.perf_counter()
            order = examples.rows
            # One mini-batch has no order: sums in a fixed one repeat to the last bit.
            if objective.shuffle and n_batches > 1:
                order = random_state.permutation(order)
            seed = 0
            if drops:
                seed = int(random_state.randint(2**31))
            totals = runner.run(order, learning_rates, seed)
            loss, standardized_loss = _in_both_units(objective, totals / total_weight)
            validation_losses = (None, None)
            if validation is not None:
                validation_losses = mean_losses(
                    network, objective, state.parameters, validation, n_threads
                )
            yield Epoch(
                loss=loss,
                standardized_loss=standardized_loss,
                validation_loss=validation_losses[0],
                standardized_validation_loss=validation_losses[1],
                learning_rate=objective.learning_rate,
                seconds=time.perf_counter() - begin,
                is_finite=bool(
                    np.isfinite(standardized_loss)
                    and np.isfinite(state.parameters).all()
                ),
            )


class EpochRunner:
    """Runs compiled epochs in several threads, on memory that is made once.

    Use it as a context: its threads end with it.
    """

    def __init__(self, network, objective, state, examples, n_threads):
        self._network, self._objective = network, objective
        self._state, self._examples = state, examples
        n_timesteps = examples.sequences.n_timesteps
        self._shared = make_shared(network, objective, state.moments, n_timesteps)
        n_shards = len(self._shared.gradients)
        self._team = make_team(min(possible_threads(n_threads), n_shards))
        self._crew = Crew(self._team.n_threads)
        self._spaces = [
            make_workspace(
                network.cell,
                network.layout,
                n_timesteps,
                min(objective.batch_size, SHARD),
                state.parameters.dtype,
                training=True,
                drops=isinstance(objective.dropout, Dropout),
            )
            for _ in range(self._team.n_threads)
        ]

    def __enter__(self):
        self._crew.__enter__()
        return self

    def __exit__(self, *exception):
        self._crew.__exit__(*exception)

    def run(self, order, learning_rates, seed):
        """Train on the examples in this order, a mini-batch for each learning rate.

        The seed is that of the masks of dropout.

        Returns
        -------
        ndarray of shape (n_outputs,)
            Weighted sums of the loss.
        """
        state, totals = self._state, np.zeros(self._network.layout.n_outputs)

        def run_thread(thread):
            run_epoch(
                self._team,
                thread,
                self._network,
                self._objective,
                (state.parameters, state.moments),
                state.n_steps,
                self._spaces[thread],
                self._shared,
                self._examples,
                order,
                learning_rates,
                seed,
                totals,
            )

        try:
            self._crew.call(run_thread)
        finally:
            # Ctrl-C takes effect when the epoch has ended: its steps were taken.
            state.n_steps += len(learning_rates)
        return totals
