"""The outcome of training: why it ended, which weights are kept, and their losses.

The functions in this file do not change what they are given, so the outcome can be
computed after any epoch.
"""

from typing import NamedTuple

import numpy as np

from skgru._network._line import line_weights
from skgru._network._parameters import views_of_head
from skgru._numerics._jit import in_python
from skgru._training._evaluation import mean_losses, mean_losses_of
from skgru._training._losses._base import initial_intercepts


class Outcome(NamedTuple):
    """The result of training, if training ends here.

    Attributes
    ----------
    n_iter : int
        Epochs of this call.
    stop_reason : str
    best_iter : int or None
        Index in the curves of the epoch that the kept weights are from; None if they
        are from none.
    loss : float
        Training loss in that epoch, in the units of y; NaN if there is none.
    best_loss : float or None
        Validation loss in that epoch if the held-out rows decide, else the lowest
        training loss of this call, in the units of y.
    parameters : ndarray of shape (n_parameters,)
        The kept weights, in an array of their own.
    moments : ndarray of shape (n_moments, n_parameters)
        The moments of the optimiser, in an array of their own.
    n_steps : int
        How many optimiser steps the moments are from.
    is_mean : bool
        Whether weights that predict the mean are kept, because no epoch was better on
        the held-out rows.
    history : dict of list
        The curves of all calls.
    """

    n_iter: int
    stop_reason: str
    best_iter: int | None
    loss: float
    best_loss: float | None
    parameters: np.ndarray
    moments: np.ndarray
    n_steps: int
    is_mean: bool
    history: dict[str, list]


def outcome_of(watch, problem, *, may_be_mean):
    """Compute the outcome of training.

    Parameters
    ----------
    watch : Watch
        Has seen all epochs so far.
    problem : skgru._training._problem.Problem
    may_be_mean : bool
        Whether the first intercepts predict the mean of the targets, and this mean is
        the best constant prediction.

    Returns
    -------
    Outcome
    """
    stop_reason = "diverged" if _has_diverged(watch, problem) else watch.stop_reason
    best_iter, parameters = _kept(watch, problem, stop_reason)
    parameters = parameters.copy()
    is_mean = (
        may_be_mean and watch.n_before == 0 and _is_worse_than_mean(watch, problem)
    )
    if is_mean:
        best_iter = None
        _forget_all_but_the_mean(problem, parameters)
    moments, n_steps = watch.state.moments.copy(), watch.state.n_steps
    if stop_reason in ("non_finite_loss", "diverged") or not watch.state.is_whole:
        # The moments hold the same extreme gradients that have spoilt the weights, or
        # belong to steps that not all threads have taken.
        moments[:], n_steps = 0, 0
    history = watch.history
    loss, best_loss = _losses(watch, history, best_iter)
    return Outcome(
        watch.n_iter,
        stop_reason,
        best_iter,
        loss,
        best_loss,
        parameters,
        moments,
        n_steps,
        is_mean,
        history,
    )


def _has_diverged(watch, problem):
    """Whether the loss has risen far above that of a network that knows nothing."""
    # A single epoch is one of many calls of `partial_fit`, or too early to tell.
    if watch.n_iter < 2 or not np.isfinite(watch.last_loss):
        return False
    if (
        watch.last_loss
        <= 2 * _loss_of_nothing(problem, problem.examples) + watch.patience.tol
    ):
        return False
    # The first weights may have been worse: a loss that has fallen from there has not
    # diverged.
    _, loss_at_start = mean_losses(
        problem.network,
        problem.objective,
        watch.start.parameters,
        problem.examples,
        problem.n_threads,
    )
    return watch.last_loss > loss_at_start


def _kept(watch, problem, stop_reason):
    """Which epoch the weights to keep are from, and these weights."""
    if stop_reason in ("non_finite_loss", "diverged"):
        watched = problem.validation if watch.by_validation else problem.examples
        # Even the best epoch was not good: keep the weights that this call began with.
        if (
            not watch.best_loss
            <= 2 * _loss_of_nothing(problem, watched) + watch.patience.tol
        ):
            return watch.start
    return watch.kept(stop_reason)


def _is_worse_than_mean(watch, problem):
    """Whether no epoch was better on the held-out rows than predicting the mean."""
    # Nothing is known without a whole epoch, or if no held-out rows decide.
    if not watch.by_validation or watch.n_iter == 0:
        return False
    return watch.best_loss > _loss_of_nothing(problem, problem.validation)


def _forget_all_but_the_mean(problem, parameters):
    """Change the head in place, so that it always predicts the mean."""
    layout = problem.network.layout
    coef, intercept = views_of_head(layout, parameters)
    coef[...] = 0
    in_python(line_weights)(layout, parameters)[...] = 0
    n_outputs = problem.examples.targets.shape[1]
    intercept[...] = initial_intercepts(problem.objective.loss, n_outputs)


def _loss_of_nothing(problem, examples):
    """Standardised loss of a network whose head has only its first intercepts.

    With ``standardize``, such a network predicts the mean of the training rows (for
    quantiles: those of a normal distribution).
    """
    n_outputs = examples.targets.shape[1]
    intercepts = initial_intercepts(problem.objective.loss, n_outputs)
    raw = np.tile(intercepts, (len(examples.rows), 1)).astype(examples.targets.dtype)
    return mean_losses_of(problem.objective, raw, examples)[1]


def _losses(watch, history, best_iter):
    """`loss` and `best_loss` of an `Outcome`."""
    if best_iter is None:
        return np.nan, None
    losses, curve = history["loss"], history["validation_loss"]
    loss = losses[best_iter]
    # The best epoch may be that of an earlier call without validation rows, if this
    # call had no whole epoch.
    if watch.by_validation and len(curve) > best_iter:
        return loss, curve[best_iter]
    return loss, float(np.nanmin([loss, *losses[watch.n_before :]]))
