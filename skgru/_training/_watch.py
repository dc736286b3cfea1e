"""What is done after each epoch: curves, the best weights, and when to stop."""

from typing import NamedTuple

import numpy as np

from skgru._training._problem import Patience


class _Snapshot(NamedTuple):
    """Parameters, and the epoch at whose end they were taken (None for no epoch)."""

    iteration: int | None
    parameters: np.ndarray


class _Seen(NamedTuple):
    """What a watch has seen.

    The tuple is replaced as a whole, so that its fields always fit together.

    Attributes
    ----------
    n_iter : int
        Epochs so far.
    stop_reason : str
        Why training ends here, if it does.
    last_loss : float
        Standardised training loss of the last epoch.
    patience : Patience
        This object is never changed: each epoch makes a copy.
    start, last, best, before_best : _Snapshot
        The weights with which this call began, those at the end of the last epoch,
        those at the end of the epoch with the lowest loss, and those with which that
        best epoch began.
    """

    n_iter: int
    stop_reason: str
    last_loss: float
    patience: Patience
    start: _Snapshot
    last: _Snapshot
    best: _Snapshot
    before_best: _Snapshot


class Watch:
    """Visitor of the epochs of one call of `fit`.

    An exception may end training at any line, even while the watch takes note of an
    epoch. That epoch then counts either completely or not at all.

    Parameters
    ----------
    state : TrainingState
        The state that is being trained.
    history : dict of list
        The curves of earlier calls, which are not changed.
    kept_before : int or None
        Which epoch of earlier calls the parameters are from.
    schedule : skgru._training._schedules.Constant or another
    n_epochs : int
        How many epochs there will be at most.
    patience : Patience
    by_validation : bool
        Whether the loss of the held-out rows decides, and not the training loss.
    progress : Progress or Silence

    Attributes
    ----------
    state, schedule, by_validation, progress
        The parameters of the same names.
    n_before : int
        Epochs of earlier calls.
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
        self.state, self.schedule = state, schedule
        self._history_before, self._epochs = history, []
        self._n_epochs, self.progress = n_epochs, progress
        self.by_validation = by_validation
        self.n_before = len(history["loss"])
        start = _Snapshot(kept_before, state.parameters.copy())
        # "callback" holds until the watch itself has a reason to stop: before that,
        # only a callback can end training.
        self._seen = _Seen(0, "callback", 0.0, patience, *[start] * 4)

    def begin(self):
        """Take note that an epoch begins."""
        self.progress.begin()

    def __call__(self, epoch):
        """Take note of an epoch; return whether to stop."""
        seen, n_iter = self._seen, self._seen.n_iter + 1
        self._epochs[n_iter - 1 :] = [epoch]
        self.progress.end(epoch, n_iter)
        if not epoch.is_finite:
            self._seen = seen._replace(
                n_iter=n_iter,
                stop_reason="non_finite_loss",
                last_loss=epoch.standardized_loss,
            )
            return True
        this = _Snapshot(self.n_before + n_iter - 1, self.state.parameters.copy())
        patience = seen.patience.copy()
        best, before_best = seen.best, seen.before_best
        if patience.is_best(
            epoch.standardized_validation_loss
            if self.by_validation
            else epoch.standardized_loss
        ):
            before_best, best = seen.last, this
        stop_reason = None
        if patience.is_over:
            if self.schedule.slow_down():
                patience.restart()
            else:
                stop_reason = "no_improvement"
        if stop_reason is None and n_iter == self._n_epochs:
            stop_reason = "max_iter"
        self._seen = _Seen(
            n_iter,
            stop_reason or seen.stop_reason,
            epoch.standardized_loss,
            patience,
            seen.start,
            this,
            best,
            before_best,
        )
        return stop_reason is not None

    def end(self, stop_reason):
        """Take note of why training ends, if the watch has not ended it."""
        self._seen = self._seen._replace(stop_reason=stop_reason)

    @property
    def n_iter(self):
        """Epochs so far."""
        return self._seen.n_iter

    @property
    def stop_reason(self):
        """Why training ends, if it ends here."""
        return self._seen.stop_reason

    @property
    def last_loss(self):
        """Standardised training loss of the last epoch."""
        return self._seen.last_loss

    @property
    def patience(self):
        """Counter of epochs without improvement, after the last epoch."""
        return self._seen.patience

    @property
    def best_loss(self):
        """Lowest standardised loss so far of the rows that decide; inf at first."""
        return self._seen.patience.best_loss

    @property
    def start(self):
        """The weights that this call began with, and which epoch they are from."""
        return self._seen.start

    @property
    def history(self):
        """The curves up to now, in lists of their own."""
        history = {name: list(curve) for name, curve in self._history_before.items()}
        losses, curve = history["loss"], history["validation_loss"]
        for epoch in self._epochs[: self.n_iter]:
            if epoch.validation_loss is not None or curve:
                # Epochs of other calls without validation rows are filled with NaN.
                curve.extend([np.nan] * (len(losses) - len(curve)))
                curve.append(
                    np.nan if epoch.validation_loss is None else epoch.validation_loss
                )
            losses.append(epoch.loss)
            history["learning_rate"].append(epoch.learning_rate)
        return history

    def kept(self, stop_reason):
        """The weights to keep: those at the end, unless others are better or safer."""
        seen = self._seen
        if self.by_validation:
            return seen.best
        if stop_reason in ("non_finite_loss", "diverged"):
            # The training loss is that of the weights during an epoch, so it does not
            # show whether the weights at the end of the epoch have diverged.
            return seen.before_best
        if stop_reason == "interrupted":
            return seen.best
        return seen.last
