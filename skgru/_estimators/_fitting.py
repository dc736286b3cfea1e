"""How an estimator trains: it runs the epochs, and stores and tells how they ended."""

import copy
from contextlib import nullcontext

import numpy as np
from joblib import effective_n_jobs
from sklearn.exceptions import ConvergenceWarning

from skgru._estimators._solvers import initial_rate, make_schedule
from skgru._numerics._jit import when_compiling
from skgru._training._outcome import outcome_of
from skgru._training._problem import Patience, Problem, TrainingState, train
from skgru._training._progress import Progress, Silence
from skgru._training._watch import Watch
from skgru._warnings import warn_user

# Scores are made when training has ended; those of an earlier `fit` do not count.
_NOT_SCORED = {"validation_score_": None, "baseline_score_": None}


class TrainingMixin:
    """Trains ``_parameters`` in place.

    Fitted: ``n_iter_``, ``best_iter_``, ``loss_``, ``best_loss_``, ``stop_reason_`` and
    the curves; of the optimiser ``_moments`` and ``_n_steps``; ``_random_state``.
    """

    alpha: float
    clip_norm: float | None
    learning_rate: str
    learning_rate_init: float | str
    max_iter: int
    n_iter_no_change: int | None
    n_jobs: int | None
    shuffle: bool
    standardize: bool | str
    tol: float
    verbose: bool | int
    n_iter_: int
    best_iter_: int | None
    stop_reason_: str
    history_: dict[str, list]
    loss_curve_: list[float]
    validation_loss_curve_: list[float]
    _anchor: int
    _loss_parameters: tuple
    _moments: np.ndarray
    _n_steps: int
    _parameters: np.ndarray
    _random_state: np.random.RandomState

    def _train(
        self, network, objective, examples, validation, *, stops_early, one_epoch, tasks
    ):
        """Train until it is time to stop; store curves and weights."""
        n_threads = effective_n_jobs(self.n_jobs)
        problem = Problem(network, objective, examples, validation, n_threads)
        by_validation = stops_early and validation is not None
        watch = self._make_watch(objective.optimizer, by_validation, one_epoch)

        def as_if_ended():
            attributes = self._outcome(watch, problem).attributes()
            return self._copies_of_what_changes() | attributes | _NOT_SCORED

        self._run(problem, watch, tasks.visitor(watch, as_if_ended))
        outcome = self._outcome(watch, problem)
        self._publish(outcome)
        if outcome.is_mean:
            self._warn_of_the_mean(len(validation.rows))
        self._warn_of_stop(watch)

    def _make_watch(self, optimizer, by_validation, one_epoch):
        """What takes note of each epoch, and decides when to stop."""
        n_epochs = None if one_epoch else self.max_iter
        n_before = len(self.loss_curve_)
        schedule = make_schedule(
            self.learning_rate,
            initial_rate(self.learning_rate_init, optimizer),
            n_before=n_before,
            n_epochs=n_epochs,
        )
        patience = None if one_epoch else self.n_iter_no_change
        return Watch(
            TrainingState(self._parameters, self._moments, self._n_steps),
            self.history_,
            self.best_iter_ if n_before else None,
            schedule=schedule,
            n_epochs=n_epochs or 1,
            patience=Patience(self.tol, patience),
            by_validation=by_validation,
            progress=Progress(n_epochs, n_before) if self.verbose else Silence(),
        )

    def _run(self, problem, watch, visit):
        """Run the epochs until it is time to stop, or somebody interrupts."""
        tells_all = int(self.verbose) > 1
        try:
            with (
                when_compiling(watch.progress.compiling) if tells_all else nullcontext()
            ):
                ended_by_itself = train(
                    problem.objective.optimizer,
                    problem,
                    watch.state,
                    visit,
                    schedule=watch.schedule,
                    shuffle=bool(self.shuffle),
                    random_state=self._random_state,
                )
            if ended_by_itself:
                watch.stop_reason = "no_improvement"
        except KeyboardInterrupt:
            watch.stop_reason = "interrupted"
        except Exception:
            # A callback's: what there is can be used, and trained further.
            watch.stop_reason = "interrupted"
            self._publish(self._outcome(watch, problem))
            vars(self).update(_NOT_SCORED)
            raise

    def _outcome(self, watch, problem):
        """What training has come to."""
        return outcome_of(watch, problem, may_be_mean=self._knows_the_mean())

    def _knows_the_mean(self):
        """Whether a network that has learned nothing predicts the mean."""
        return bool(self.standardize) and self._loss().is_least_at_mean

    def _publish(self, outcome):
        """Store what training has come to."""
        attributes = outcome.attributes()
        # In place: published weights are views.
        self._parameters[:] = attributes.pop("_parameters")
        vars(self).update(attributes)

    def _copies_of_what_changes(self):
        """Arrays, curves and random state as they are now, while training goes on."""
        history = {name: list(curve) for name, curve in self.history_.items()}
        arrays = {
            name: value.copy()
            for name, value in vars(self).items()
            if isinstance(value, np.ndarray)
        }
        return arrays | {
            "history_": history,
            "loss_curve_": history["loss"],
            "validation_loss_curve_": history["validation_loss"],
            "_random_state": copy.deepcopy(self._random_state),
        }

    def _warn_of_the_mean(self, n_held_out):
        """Tell that the model predicts the mean, whatever it has learned."""
        mean = "mean" if self._anchor < 0 else "last value and the mean change"
        warn_user(
            f"On the {n_held_out} held-out rows no epoch was better than "
            f"predicting the {mean}, so that is what the model predicts. There may be "
            "nothing to learn, or too few rows; early_stopping=False keeps the "
            "weights of the last epoch all the same."
        )

    def _warn_of_stop(self, watch):
        """Tell about training that diverged, or was cut short."""
        # At the end of a schedule there is nothing to be gained by more epochs.
        patience = None if watch.schedule.has_end else watch.patience.n_iter_no_change
        if self.stop_reason_ in ("non_finite_loss", "diverged"):
            what = (
                "The loss stopped being finite"
                if self.stop_reason_ == "non_finite_loss"
                else "The loss was more than twice that of learning nothing at all"
            )
            warn_user(
                f"{what} in epoch {len(self.loss_curve_)}: the steps were too long, or "
                f"X and y too large. {self._what_is_kept()}. To mend it, "
                f"{', or '.join(self._cures_of_divergence())}.",
                ConvergenceWarning,
            )
        elif self.stop_reason_ == "interrupted":
            warn_user(
                f"Training was interrupted after {self.n_iter_} of {self.max_iter} "
                f"epochs. {self._what_is_kept()}."
            )
        elif self.stop_reason_ == "max_iter" and patience is not None:
            warn_user(
                f"Training ended after max_iter={self.max_iter} epochs, and the loss "
                f"was still falling: by tol={self.tol} or more in one of the last "
                f"n_iter_no_change={patience} epochs. Raise max_iter, or set "
                "n_iter_no_change=None to train exactly max_iter epochs.",
                ConvergenceWarning,
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
