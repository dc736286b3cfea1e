"""What is done after each epoch: curves, the best weights, and when to stop."""

from typing import NamedTuple

import numpy as np


class _Snapshot(NamedTuple):
    """Parameters, and which epoch they ended; None if it was none."""

    iteration: int | None
    parameters: np.ndarray


class Watch:
    """Visitor of the epochs of one call of `fit`.

    Parameters
    ----------
    state : TrainingState
        What is trained.
    history : dict of list
        The curves; each epoch is appended.
    kept_before : int or None
        Which epoch of earlier calls the parameters are from.
    schedule : skgru._training._schedules.Constant or another
    n_epochs : int
        How many there will be at most.
    patience : skgru._training._problem.Patience
    by_validation : bool
        Whether the loss of the held-out rows decides, or that of the training.
    progress : Progress or Silence

    Attributes
    ----------
    state, history, schedule, patience, by_validation, progress
        As passed.
    n_before : int
        Epochs of earlier calls.
    n_iter : int
        Epochs so far.
    stop_reason : str
    last_loss : float
        Standardised training loss of the last epoch.
    last, best : (iteration, parameters)
        At the end of the last epoch, and of the one with the lowest loss.
    start, before_best : (iteration, parameters)
        Where the first epoch of this call began, and where the best one did.
    """

    def __init__(
        self,
        state,
        history,
        kept_before,
        *,
        schedule,
        n_epochs,
        patience,
        by_validation,
        progress,
    ):
        self.state, self.history = state, history
        self.schedule, self.patience = schedule, patience
        self._n_epochs, self.progress = n_epochs, progress
        self.by_validation = by_validation
        self.n_before = len(history["loss"])
        self.n_iter = 0
        self.last_loss = 0.0
        # Until the watch has a reason: it is for callbacks to stop before that.
        self.stop_reason = "callback"
        self.last = _Snapshot(kept_before, state.parameters.copy())
        self.start = self.best = self.before_best = self.last

    def begin(self):
        """Take note that an epoch begins."""
        self.progress.begin()

    def __call__(self, epoch):
        """Take note of an epoch; return whether to stop."""
        self.n_iter += 1
        self._record(epoch)
        self.progress.end(epoch, self.n_iter)
        self.last_loss = epoch.standardized_loss
        if not epoch.is_finite:
            self.stop_reason = "non_finite_loss"
            return True
        this = _Snapshot(self.n_before + self.n_iter - 1, self.state.parameters.copy())
        if self.patience.is_best(
            epoch.standardized_validation_loss
            if self.by_validation
            else epoch.standardized_loss
        ):
            self.before_best, self.best = self.last, this
        self.last = this
        if self.patience.is_over:
            if not self.schedule.slow_down():
                self.stop_reason = "no_improvement"
                return True
            self.patience.restart()
        if self.n_iter == self._n_epochs:
            self.stop_reason = "max_iter"
            return True
        return False

    @property
    def best_loss(self):
        """Lowest loss, standardised, of those that are watched; inf before any."""
        return self.patience.best_loss

    def _record(self, epoch):
        """Append an epoch to the curves."""
        losses, curve = self.history["loss"], self.history["validation_loss"]
        if epoch.validation_loss is not None or curve:
            # Epochs without validation rows, of other calls, leave a gap.
            curve.extend([np.nan] * (len(losses) - len(curve)))
            curve.append(
                np.nan if epoch.validation_loss is None else epoch.validation_loss
            )
        losses.append(epoch.loss)
        self.history["learning_rate"].append(epoch.learning_rate)

    def kept(self, stop_reason):
        """The weights to keep: those at the end, unless others are better or safer."""
        if self.by_validation:
            return self.best
        if stop_reason in ("non_finite_loss", "diverged"):
            # A training loss is that of the weights the epoch began with: the ones it
            # ended with may be those that diverged.
            return self.before_best
        if stop_reason == "interrupted":
            return self.best
        return self.last
