"""Training by SciPy's L-BFGS, on the loss and gradient of all rows at once."""

import contextlib
import time
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from skgru._training._optimizers._accumulation import Accumulation
from skgru._training._optimizers._base import states
from skgru._training._problem import TrainingState, make_record, train
from skgru._training._stochastic import EpochRunner, compile_kernels

# Rows of a part of the data: 16 shards, which threads can share.
_ROWS_AT_ONCE = 256


# L-BFGS finds the length of its steps itself, and does not use the learning rate.
@states(initial_rate=1.0)
class LBFGS(NamedTuple):
    """Limited-memory BFGS, a quasi-Newton method (Liu and Nocedal 1989).

    Attributes
    ----------
    n_corrections : int
        How many pairs of a step and the change of the gradient over it are kept, to
        estimate the curvature.
    """

    n_corrections: int = 10
    n_moments: int = 0


class _FullObjective:
    """Loss and gradient of all rows, as functions of the parameters.

    The compiled epoch computes both: its mini-batches are parts of the data, and its
    optimiser, `Accumulation`, adds up the gradients of the parts.
    """

    def __init__(self, problem, state):
        examples, objective = problem.examples, problem.objective
        n_rows = len(examples.rows)
        n_at_once = min(_ROWS_AT_ONCE, n_rows)
        weights = examples.weights[examples.rows].astype(np.float64)
        starts = np.arange(0, n_rows, n_at_once)
        self.problem = problem._replace(
            objective=objective._replace(
                optimizer=Accumulation(),
                alpha=0.0,
                clip_norm=np.inf,
                batch_size=n_at_once,
            )
        )
        self.sums = TrainingState(
            state.parameters.copy(), np.zeros_like(state.parameters)[np.newaxis], 0
        )
        self._total_weight = weights.sum()
        self._parts = np.add.reduceat(weights, starts) / self._total_weight
        self._penalty = objective.alpha / self._total_weight
        self._at = np.zeros(0)
        self.runner = EpochRunner(self.problem, self.sums)

    def __call__(self, parameters):
        """Value and gradient, with the penalty."""
        means = self.means_at(parameters)
        n_weights = self.problem.network.layout.n_weights
        weights = parameters[:n_weights]
        gradient = self.sums.moments[0].astype(np.float64)
        gradient[:n_weights] += 2 * self._penalty * weights
        return means.mean() + self._penalty * (weights @ weights), gradient

    def means_at(self, parameters):
        """Mean loss of each output, without the penalty."""
        # The step that SciPy takes is the one that it tried last: then the means are
        # known already.
        if not np.array_equal(parameters, self._at):
            self.sums.parameters[:] = parameters
            self.sums.moments[:] = 0
            rows = self.problem.examples.rows
            self._means = (
                self.runner.run(rows, self._parts, seed=0) / self._total_weight
            )
            self._at = parameters.copy()
        return self._means


@train.register(LBFGS)
def _train_by_lbfgs(optimizer, problem, state, visit, **_):
    """Train by L-BFGS, and show each iteration to the visitor as an epoch.

    The loss of such an epoch is that after the iteration; its learning rate is NaN.
    """
    objective = _FullObjective(problem, state)
    begin = stops = None

    def evaluate(parameters):
        nonlocal begin
        # After an iteration SciPy first tests whether to end there. The next iteration
        # has begun only when SciPy asks for a value.
        if begin is None:
            visit.begin()
            begin = time.perf_counter()
        return objective(parameters)

    def show(intermediate_result):
        nonlocal begin, stops
        state.parameters[:] = intermediate_result.x
        means = objective.means_at(intermediate_result.x)
        record = make_record(problem, state.parameters, means, np.nan, begin)
        begin, stops = None, visit(record)
        if stops:
            raise StopIteration

    with objective.runner:
        compile_kernels(objective.problem, state, objective.runner)
        result = minimize(
            evaluate,
            state.parameters.astype(np.float64),
            jac=True,
            method="L-BFGS-B",
            callback=show,
            # The visitor counts iterations and decides when to stop. SciPy itself stops
            # only when nothing is left to improve.
            options={
                "maxcor": optimizer.n_corrections,
                "maxiter": np.iinfo(np.int32).max,
                "maxfun": np.iinfo(np.int32).max,
                "gtol": 1e-7,
            },
        )
        if stops is None:
            # SciPy took no step, because the first weights are a minimum: these weights
            # are shown as the only epoch.
            with contextlib.suppress(StopIteration):
                show(result)
    return not stops
