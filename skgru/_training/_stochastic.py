"""Training by steps of an optimiser, mini-batch by mini-batch."""

import itertools
import time

import numpy as np

from skgru._network._dropout import Dropout
from skgru._network._prediction import check_fit
from skgru._network._workspace import make_workspace, shard_rows
from skgru._numerics._threads import Crew, disband, make_team, possible_threads
from skgru._training._epoch import make_shared, run_epoch
from skgru._training._evaluation import mean_losses
from skgru._training._problem import make_record, train


@train.register(tuple)  # every optimiser that registers no other way
def _train_stochastically(
    optimizer, problem, state, visit, *, schedule, shuffle, random_state
):
    """Train by steps on mini-batches; an epoch is one pass over all rows."""
    examples, n_rows = problem.examples, len(problem.examples.rows)
    batch_size = min(problem.objective.batch_size, n_rows)
    problem = problem._replace(
        objective=problem.objective._replace(batch_size=batch_size)
    )
    n_batches = -(-n_rows // batch_size)
    total_weight = float(examples.weights[examples.rows].sum(dtype=np.float64))
    drops = isinstance(problem.objective.dropout, Dropout)
    with EpochRunner(problem, state) as runner:
        compile_kernels(problem, state, runner)
        for epoch in itertools.count():
            visit.begin()
            begin = time.perf_counter()
            order = examples.rows
            # The order does not matter for a single mini-batch. It stays fixed, so that
            # sums are the same to the last bit.
            if shuffle and n_batches > 1:
                order = random_state.permutation(order)
            # The seed is drawn only for dropout, so that training without dropout draws
            # nothing but the orders.
            seed = int(random_state.randint(2**31)) if drops else 0
            rates = schedule.rates(epoch, n_batches)
            means = runner.run(order, rates, seed) / total_weight
            rate = float(rates[0])
            if visit(make_record(problem, state.parameters, means, rate, begin)):
                break
    return False


def compile_kernels(problem, state, runner):
    """Compile the kernels, so that the time of the first epoch does not include it."""
    runner.run(problem.examples.rows, np.zeros(0), seed=0)
    if problem.validation is not None:
        one = problem.validation._replace(rows=problem.validation.rows[:1])
        mean_losses(problem.network, problem.objective, state.parameters, one)


class EpochRunner:
    """Runs compiled epochs in several threads, on memory that is allocated once.

    Use a runner as a context manager: its threads end with the context.
    """

    def __init__(self, problem, state):
        self._problem, self._state = problem, state
        check_fit(problem.network, state.parameters, problem.examples.sequences)
        network, batch_size = problem.network, problem.objective.batch_size
        n_timesteps = problem.examples.sequences.n_timesteps
        self._shared = make_shared(
            network, problem.objective, state.moments, problem.examples
        )
        n_shards = len(self._shared.gradients)
        self._team = make_team(min(possible_threads(problem.n_threads), n_shards))
        self._crew = Crew(self._team.n_threads)
        self._spaces = [
            make_workspace(
                network.cell,
                network.layout,
                n_timesteps,
                min(batch_size, shard_rows(network.layout, batch_size)),
                state.parameters.dtype,
                training=True,
                drops=isinstance(problem.objective.dropout, Dropout),
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

        `seed` is the seed of the masks of dropout.

        Returns
        -------
        ndarray of shape (n_outputs,)
            Weighted sums of the loss.
        """
        problem, state = self._problem, self._state
        totals = np.zeros(problem.examples.targets.shape[1])

        def run_thread(thread):
            run_epoch(
                self._team,
                thread,
                problem.network,
                problem.objective,
                state.parameters,
                state.moments,
                state.n_steps,
                self._spaces[thread],
                self._shared,
                problem.examples,
                order,
                learning_rates,
                seed,
                totals,
            )

        try:
            self._crew.call(run_thread, when_one_fails=self._give_up)
        finally:
            # Ctrl-C takes effect only when the epoch has ended: its steps were taken.
            state.n_steps += len(learning_rates)
        return totals

    def _give_up(self):
        """End all waiting after a thread has failed; the epoch is not completed."""
        disband(self._team)
        self._state.is_whole = False
