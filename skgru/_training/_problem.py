"""What every way of training is given, and what it shows of each epoch.

A way of training is an implementation of ``train``. It changes a ``TrainingState`` in
place. At the beginning of each epoch it calls ``visit.begin()`` of a visitor. At the
end of each epoch it calls ``visit(epoch)`` with an ``Epoch``, the record of that epoch;
the visitor returns whether to stop. ``Patience`` counts epochs for such a visitor.
"""

import dataclasses
import functools
import time
from typing import NamedTuple

import numpy as np

from skgru._network._layers import Network
from skgru._training._epoch import Examples, Objective
from skgru._training._evaluation import in_both_units, mean_losses


class Problem(NamedTuple):
    """A network, what it is trained to minimise, and the examples for it.

    Attributes
    ----------
    network : Network
    objective : Objective
    examples : Examples
    validation : Examples or None
    n_threads : int
        How many threads may share the work. The result does not depend on this number.
    """

    network: Network
    objective: Objective
    examples: Examples
    validation: Examples | None
    n_threads: int = 1


@dataclasses.dataclass
class TrainingState:
    """What changes from step to step.

    Attributes
    ----------
    parameters : ndarray of shape (n_parameters,)
    moments : ndarray of shape (n_moments, n_parameters)
        The moments of the optimiser.
    n_steps : int
        Optimiser steps so far.
    is_whole : bool
        False if a thread has failed, so that some parts of the parameters may have
        taken fewer steps than others.
    """

    parameters: np.ndarray
    moments: np.ndarray
    n_steps: int
    is_whole: bool = True


class Epoch(NamedTuple):
    """Record of one epoch.

    Losses are means over rows and outputs, without the penalty. ``loss`` is the running
    mean during the epoch; ``validation_loss`` is computed at the end of the epoch (None
    without validation rows). The standardised losses decide when to stop.
    """

    loss: float
    standardized_loss: float
    validation_loss: float | None
    standardized_validation_loss: float | None
    learning_rate: float
    seconds: float
    is_finite: bool


@functools.singledispatch
def train(optimizer, problem, state, visit, *, schedule, shuffle, random_state):
    """Train until the visitor says stop, or nothing is left to improve.

    Parameters
    ----------
    optimizer : named tuple
        The optimiser of the objective. Its type selects the way of training.
    problem : Problem
    state : TrainingState
        Changed in place.
    visit : callable
        Takes an ``Epoch`` and returns whether to stop. Its method ``begin`` is called
        before each epoch. If the last epoch is not completed, it is not shown.
    schedule : skgru._training._schedules.Constant or another
    shuffle : bool
        Whether each epoch takes the examples in another order.
    random_state : numpy.random.RandomState
        Draws the orders, and the seeds of dropout.

    Returns
    -------
    bool
        Whether training ended because nothing was left to improve, and not because the
        visitor said stop.
    """
    raise TypeError(f"{type(optimizer).__name__} is not an optimiser")


def make_record(problem, parameters, means, learning_rate, begin):
    """Make the record of an epoch that has just ended.

    Parameters
    ----------
    problem : Problem
    parameters : ndarray of shape (n_parameters,)
        The parameters at the end of the epoch.
    means : ndarray of shape (n_outputs,)
        Mean training loss of each output, standardised.
    learning_rate : float
        The learning rate at the beginning of the epoch.
    begin : float
        When the epoch began, by ``time.perf_counter``.
    """
    loss, standardized_loss = in_both_units(problem.objective, means)
    validation_losses = (None, None)
    if problem.validation is not None:
        validation_losses = mean_losses(
            problem.network,
            problem.objective,
            parameters,
            problem.validation,
            problem.n_threads,
        )
    return Epoch(
        loss=loss,
        standardized_loss=standardized_loss,
        validation_loss=validation_losses[0],
        standardized_validation_loss=validation_losses[1],
        learning_rate=learning_rate,
        seconds=time.perf_counter() - begin,
        is_finite=bool(
            np.isfinite(standardized_loss) and np.isfinite(parameters).all()
        ),
    )


class Patience:
    """Counts epochs without improvement.

    Parameters
    ----------
    tol : float
        By how much a loss must fall below the best one to count as an improvement.
    n_iter_no_change : int or None
        Number of epochs without improvement after which `is_over` is True; None for
        never.
    """

    def __init__(self, tol, n_iter_no_change):
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.best_loss = np.inf
        self.n_waiting = 0

    def copy(self):
        """A patience of its own that has counted as far as this one."""
        other = Patience(self.tol, self.n_iter_no_change)
        other.best_loss, other.n_waiting = self.best_loss, self.n_waiting
        return other

    def restart(self):
        """Count epochs without improvement from 0 again."""
        self.n_waiting = 0

    def is_best(self, loss):
        """Take note of an epoch's loss, and return whether it is the lowest so far."""
        # With a NaN loss this comparison is False: a NaN counts as no improvement.
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
