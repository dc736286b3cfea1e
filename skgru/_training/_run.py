"""A course of training: what earlier calls have left, and one more call."""

import contextlib
import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from skgru._checks import check_array_of
from skgru._network._dropout import Dropout
from skgru._network._model import Model
from skgru._numerics._jit import when_compiling

# Both ways of training register themselves for their optimisers.
from skgru._training import _lbfgs, _stochastic  # noqa: F401
from skgru._training._losses._base import n_raw
from skgru._training._outcome import outcome_of
from skgru._training._problem import Patience, TrainingState, train
from skgru._training._progress import Progress, Silence
from skgru._training._watch import Watch

# Steps of an optimiser that kernels can count, in 64 bits.
_MOST_STEPS = 2**62
CURVES = ("loss", "validation_loss", "learning_rate")


@dataclass(frozen=True)
class Training:
    """What training leaves beside the weights.

    Attributes
    ----------
    moments : ndarray of shape (n_moments, n_parameters)
        The moments of the optimiser.
    n_steps : int
        Steps of the optimiser so far.
    random_state : numpy.random.RandomState
        The generator from which the next call will draw.
    history : dict of list
        The curves of all calls: loss, validation_loss and learning_rate.
    n_iter : int
        Epochs of the last call.
    best_iter : int or None
        Index in the curves of the epoch whose weights were kept.
    loss : float
        Training loss in that epoch.
    best_loss : float or None
        Validation loss in that epoch if the held-out rows decided, else the lowest
        training loss of the last call.
    stop_reason : str
        Why the last call ended.
    is_mean : bool
        Whether the last call kept weights that predict the mean, because no epoch was
        better on the held-out rows.
    """

    moments: np.ndarray
    n_steps: int
    random_state: Any
    history: dict[str, list[float]]
    n_iter: int = 0
    best_iter: int | None = None
    loss: float = np.nan
    best_loss: float | None = None
    stop_reason: str = "untrained"
    is_mean: bool = False

    @classmethod
    def begin(cls, model, random_state):
        """Make what there is before the first epoch of a model."""
        n_parameters, dtype = len(model.parameters), model.parameters.dtype
        return cls(
            np.zeros((0, n_parameters), dtype),
            0,
            random_state,
            {name: [] for name in CURVES},
        )

    @property
    def has_begun(self):
        """Whether an epoch has been run: weights from elsewhere have seen no rows."""
        return bool(self.history["loss"])

    def ready_for(self, optimizer):
        """Return this object, or one with zero moments if `optimizer` needs others."""
        if len(self.moments) == optimizer.n_moments:
            return self
        shape = (optimizer.n_moments, self.moments.shape[1])
        return replace(self, moments=np.zeros(shape, self.moments.dtype), n_steps=0)

    def check(self, model):
        """Refuse contents that do not fit the model, as from a file that was changed.

        Raises
        ------
        ValueError
        """
        n_parameters, dtype = len(model.parameters), model.parameters.dtype.name
        shape = (*np.shape(self.moments)[:1], n_parameters)
        check_array_of("The optimiser's moments", self.moments, shape, dtype)
        n_epochs = {name: len(self.history.get(name, [])) for name in CURVES}
        if (
            set(self.history) != set(CURVES)
            or n_epochs["loss"] != n_epochs["learning_rate"]
            or n_epochs["validation_loss"] > n_epochs["loss"]
            or not isinstance(self.random_state, np.random.RandomState)
            or not 0 <= self.n_steps < _MOST_STEPS
            or self.n_iter < 0
            or not -1 < (self.best_iter or 0) < max(1, n_epochs["loss"])
        ):
            raise ValueError(
                "What the fitted model says of its training is not possible: curves of "
                f"{n_epochs} epochs, of the names {sorted(self.history)}, the best of "
                f"which is best_iter={self.best_iter}, n_steps={self.n_steps}, "
                f"random_state={self.random_state!r}. Fit or load the model anew."
            )

    def copy(self):
        """Copy, with arrays, curves and a random state of its own."""
        return replace(
            self,
            moments=np.array(self.moments, order="C"),
            random_state=copy.deepcopy(self.random_state),
            history={name: list(curve) for name, curve in self.history.items()},
        )


@dataclass(frozen=True)
class Plan:
    """How a call trains, and when it stops.

    Attributes
    ----------
    make_schedule : callable
        ``make_schedule(n_before, n_epochs)`` makes the schedule of learning rates,
        where `n_before` is the number of epochs of earlier calls.
    n_epochs : int or None
        How many epochs there will be at most; None for a single epoch, as in
        `partial_fit`, when the number of later calls is unknown.
    tol, n_iter_no_change
        The parameters of `Patience`.
    stops_early : bool
        Whether the loss of held-out rows decides when to stop and which weights are
        kept, if there are held-out rows.
    shuffle : bool
        Whether each epoch takes the examples in another order.
    verbose : int
        0: no output, 1: a line for each epoch, 2: also when kernels are compiled.
    keeps_mean : bool
        Whether weights that predict the mean are kept if no epoch was better on the
        held-out rows. Requires that a network that has learned nothing predicts the
        mean.
    """

    make_schedule: Any
    n_epochs: int | None
    tol: float
    n_iter_no_change: int | None
    stops_early: bool
    shuffle: bool
    verbose: int
    keeps_mean: bool


class TrainingRun:
    """One call of `fit` or `partial_fit`, from a model and a `Training`.

    The arrays of the model and of the training are not changed. The result of the run
    is made of copies, and can be asked for at any time.

    Parameters
    ----------
    problem : skgru._training._problem.Problem
    model : Model
    training : Training
    plan : Plan

    Raises
    ------
    ValueError
        If the problem, the model and the training do not fit each other.
    """

    def __init__(self, problem, model, training, plan):
        optimizer = problem.objective.optimizer
        training = training.ready_for(optimizer)
        training.check(model)
        _check_outputs(problem)
        self.problem, self.plan = problem, plan
        self._architecture = model.architecture
        self._random_state = training.random_state
        if training.has_begun and _draws(problem, plan):
            # If this run fails, its draws must not have changed the random state of the
            # training that the model keeps.
            self._random_state = copy.deepcopy(training.random_state)
        state = TrainingState(
            model.parameters.copy(), training.moments.copy(), training.n_steps
        )
        n_before = len(training.history["loss"])
        progress: Silence | Progress = Silence()
        if plan.verbose:
            tells = plan.verbose > 1
            progress = Progress(plan.n_epochs, n_before, tells_kernels=tells)
        self.watch = Watch(
            state,
            training.history,
            training.best_iter,
            schedule=plan.make_schedule(n_before, plan.n_epochs),
            n_epochs=plan.n_epochs or 1,
            patience=Patience(plan.tol, plan.n_iter_no_change),
            by_validation=plan.stops_early and problem.validation is not None,
            progress=progress,
        )

    @property
    def has_learned(self):
        """Whether at least one epoch has ended, so that there are weights to keep."""
        return self.watch.n_iter > 0

    def go(self, visit):
        """Run the epochs until it is time to stop, or somebody interrupts.

        Parameters
        ----------
        visit : callable
            The watch, or a visitor that calls the watch and callbacks for each epoch.

        Raises
        ------
        KeyboardInterrupt
            If it comes before the end of the first epoch. Later, a KeyboardInterrupt
            ends training without an error.
        """
        watch = self.watch
        announces = self.plan.verbose > 1
        try:
            with (
                when_compiling(watch.progress.compiling)
                if announces
                else contextlib.nullcontext()
            ):
                ended_by_itself = train(
                    self.problem.objective.optimizer,
                    self.problem,
                    watch.state,
                    visit,
                    schedule=watch.schedule,
                    shuffle=self.plan.shuffle,
                    random_state=self._random_state,
                )
            if ended_by_itself:
                watch.end("no_improvement")
        except KeyboardInterrupt:
            watch.end("interrupted")
            if not self.has_learned:
                raise
        except BaseException:
            # Raised by a callback, for example. The weights can still be used, and
            # trained further.
            watch.end("interrupted")
            raise

    def result(self):
        """The model and the training, as if this call ended now.

        Only the random state is that of the run; all else is of their own.

        Returns
        -------
        Model, Training
        """
        outcome = outcome_of(self.watch, self.problem, may_be_mean=self.plan.keeps_mean)
        model = Model(self._architecture, outcome.parameters)
        training = Training(
            outcome.moments,
            outcome.n_steps,
            self._random_state,
            outcome.history,
            outcome.n_iter,
            outcome.best_iter,
            outcome.loss,
            outcome.best_loss,
            outcome.stop_reason,
            outcome.is_mean,
        )
        return model, training


def _draws(problem, plan):
    """Whether a run draws random numbers: an order of rows, or masks of dropout."""
    n_rows, batch_size = len(problem.examples.rows), problem.objective.batch_size
    drops = isinstance(problem.objective.dropout, Dropout)
    return drops or (plan.shuffle and batch_size < n_rows)


def _check_outputs(problem):
    """Refuse a loss that does not fit the head: kernels do not check bounds."""
    n_outputs = problem.examples.targets.shape[1]
    wanted = n_raw(problem.objective.loss, n_outputs)
    if problem.network.layout.n_outputs != wanted:
        raise ValueError(
            f"The network has {problem.network.layout.n_outputs} raw prediction(s), "
            f"but the loss needs {wanted} for {n_outputs} output(s). Fit or load the "
            "model anew."
        )
