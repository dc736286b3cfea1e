"""How an estimator trains: it runs the epochs, and stores and tells how they ended."""

import warnings
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
from joblib import effective_n_jobs
from sklearn.exceptions import ConvergenceWarning

from skgru._estimators._progress import report_compiling
from skgru._estimators._watch import Watch
from skgru._jit import when_compiling
from skgru._losses import initial_intercepts
from skgru._prediction import mean_losses, mean_losses_of
from skgru._training import Patience, Problem, TrainingState, train


class TrainingMixin:
    """Trains ``_parameters`` in place.

    Fitted: ``n_iter_``, ``best_iter_``, ``loss_``, ``best_loss_``, ``stop_reason_`` and
    the curves; of the optimiser ``_moments`` and ``_n_steps``; ``_random_state``.
    """

    alpha: float
    clip_norm: float | None
    max_iter: int
    n_jobs: int | None
    n_outputs_: int
    shuffle: bool
    standardize: bool | str
    tol: float
    verbose: bool
    history_: dict[str, list]
    loss_curve_: list[float]
    validation_loss_curve_: list[float]
    _anchor: int
    _head_weights: Callable
    _loss_parameters: tuple
    _moments: np.ndarray
    _n_steps: int
    _parameters: np.ndarray
    _random_state: np.random.RandomState

    def _train(
        self,
        network,
        objective,
        examples,
        validation,
        *,
        schedule,
        n_epochs,
        stops_early,
        patience,
    ):
        """Train until it is time to stop; store curves and weights."""
        n_threads = effective_n_jobs(self.n_jobs)
        problem = Problem(network, objective, examples, validation, n_threads)
        state = TrainingState(self._parameters, self._moments, self._n_steps)
        n_before = len(self.loss_curve_)
        by_validation = stops_early and validation is not None
        watch = Watch(
            state,
            self.history_,
            self.best_iter_ if n_before else None,
            schedule=schedule,
            n_epochs=n_epochs,
            patience=Patience(self.tol, patience),
            by_validation=by_validation,
            verbose=self.verbose,
        )
        try:
            with when_compiling(report_compiling) if self.verbose else nullcontext():
                ended_by_itself = train(
                    objective.optimizer,
                    problem,
                    state,
                    watch,
                    schedule=schedule,
                    shuffle=bool(self.shuffle),
                    random_state=self._random_state,
                )
            if ended_by_itself:
                watch.stop_reason = "no_improvement"
        except KeyboardInterrupt:
            watch.stop_reason = "interrupted"
        if self._has_diverged(watch, problem):
            watch.stop_reason = "diverged"
        self.n_iter_, self.stop_reason_ = watch.n_iter, watch.stop_reason
        self._n_steps = state.n_steps
        self.best_iter_: int | None
        self.best_iter_, self._parameters[:] = self._kept(watch, problem, by_validation)
        # Of other losses, the mean is not what knows nothing.
        falls_back = self._loss_parameters[0] not in ("absolute_error", "quantile")
        if by_validation and n_before == 0 and self.standardize and falls_back:
            self._fall_back_on_the_mean(watch, objective, validation)
        self._publish_losses(by_validation, n_before)
        self._warn_of_stop(None if schedule.has_end else patience)

    def _kept(self, watch, problem, by_validation):
        """The weights to keep, and which epoch they are from."""
        if watch.stop_reason in ("non_finite_loss", "diverged"):
            watched = problem.validation if by_validation else problem.examples
            loss_of_nothing = self._loss_of_nothing(problem.objective, watched)
            # Not even the best epoch was any good: back to where this call began.
            if not watch.best_loss <= 2 * loss_of_nothing + self.tol:
                return watch.start
        return watch.kept()

    def _has_diverged(self, watch, problem):
        """Whether the loss has risen far above that of learning nothing at all."""
        # A single epoch is one of many, of `partial_fit`, or too early to tell.
        if watch.n_iter < 2 or not np.isfinite(watch.last_loss):
            return False
        loss_of_nothing = self._loss_of_nothing(problem.objective, problem.examples)
        if watch.last_loss <= 2 * loss_of_nothing + self.tol:
            return False
        # The first weights may be as bad: a loss that falls from there is none that
        # diverges.
        _, loss_at_start = mean_losses(
            problem.network,
            problem.objective,
            watch.start.parameters,
            problem.examples,
            problem.n_threads,
        )
        return watch.last_loss > loss_at_start

    def _fall_back_on_the_mean(self, watch, objective, validation):
        """Predict the mean if no epoch was better on the held-out rows."""
        loss_of_nothing = self._loss_of_nothing(objective, validation)
        # Without a whole epoch, or with a constant target, nothing is known.
        if watch.n_iter == 0 or not watch.best_loss > loss_of_nothing:
            return
        coef, intercept = self._head_weights()
        coef[...] = 0
        intercept[...] = initial_intercepts(objective.loss, self.n_outputs_)
        self.best_iter_ = None
        mean = "mean" if self._anchor < 0 else "last value and the mean change"
        warnings.warn(
            f"On the {len(validation.rows)} held-out rows no epoch was better than "
            f"predicting the {mean}, so that is what the model predicts. There may be "
            "nothing to learn, or too few rows; early_stopping=False keeps the "
            "weights of the last epoch all the same.",
            UserWarning,
            stacklevel=6,  # where fit was called
        )

    def _loss_of_nothing(self, objective, examples):
        """Standardised loss of a network whose head has only its first intercepts.

        With ``standardize`` that predicts the mean of the training rows.
        """
        intercepts = initial_intercepts(objective.loss, examples.targets.shape[1])
        raw = np.tile(intercepts, (len(examples.rows), 1))
        raw = raw.astype(self._parameters.dtype)
        return mean_losses_of(objective, raw, examples)[1]

    def _publish_losses(self, by_validation, n_before):
        """Loss of the weights that were kept, and the lowest one of this call."""
        if self.best_iter_ is None:
            self.loss_, self.best_loss_ = np.nan, None
            return
        self.loss_ = self.loss_curve_[self.best_iter_]
        curve = self.validation_loss_curve_
        # An earlier call may have had no validation rows, and this one no whole epoch.
        self.best_loss_ = (
            curve[self.best_iter_]
            if by_validation and len(curve) > self.best_iter_
            else float(np.nanmin([self.loss_, *self.loss_curve_[n_before:]]))
        )

    def _warn_of_stop(self, patience):
        """Tell about training that diverged, or was cut short."""
        if self.stop_reason_ in ("non_finite_loss", "diverged"):
            # What blew the weights up is in the moments too.
            self._moments[:] = 0
            self._n_steps = 0
            what = (
                "The loss stopped being finite"
                if self.stop_reason_ == "non_finite_loss"
                else "The loss was more than twice that of learning nothing at all"
            )
            warnings.warn(
                f"{what} in epoch {len(self.loss_curve_)}: the steps were too long, or "
                f"X and y too large. {self._what_is_kept()}. To mend it, "
                f"{', or '.join(self._cures_of_divergence())}.",
                ConvergenceWarning,
                stacklevel=6,  # where fit was called
            )
        elif self.stop_reason_ == "interrupted":
            warnings.warn(
                f"Training was interrupted after {self.n_iter_} of {self.max_iter} "
                f"epochs. {self._what_is_kept()}.",
                UserWarning,
                stacklevel=6,  # where fit was called
            )
        elif self.stop_reason_ == "max_iter" and patience is not None:
            warnings.warn(
                f"Training ended after max_iter={self.max_iter} epochs, and the loss "
                f"was still falling: by tol={self.tol} or more in one of the last "
                f"n_iter_no_change={patience} epochs. Raise max_iter, or set "
                "n_iter_no_change=None to train exactly max_iter epochs.",
                ConvergenceWarning,
                stacklevel=6,  # where fit was called
            )

    def _cures_of_divergence(self):
        """What to change where the weights have exploded."""
        rate = self.history_["learning_rate"][-self.n_iter_]
        # L-BFGS has none.
        cures = ["divide X and y by their standard deviations"]
        if np.isfinite(rate):
            cures = [f"lower learning_rate_init={rate:g}"]
        if self.alpha > 0:
            cures.append(f"lower alpha={self.alpha}")
        if self.clip_norm is None:
            cures.append("set clip_norm=1.0")
        if not self.standardize:
            cures.append("set standardize=True")
        return cures

    def _what_is_kept(self):
        """Which weights training left, in words."""
        if self.best_iter_ is None:
            return "The untrained weights are kept"
        return f"The weights of epoch {self.best_iter_ + 1} are kept"
