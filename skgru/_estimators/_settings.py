"""Read and check the parameters of an estimator when a fit begins.

The parameters are read once, so that a fit is not affected if they are changed while it
runs, for example by a callback. Parameters that contradict each other are refused here,
before the data are looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from joblib.parallel import get_active_backend

from skgru._checks import as_float, as_int, shortened
from skgru._estimators._solvers import (
    initial_rate,
    make_schedule,
    solver_coefficients,
)
from skgru._network._dropout import Dropout, NoDropout
from skgru._reading._settings import ReadingSettings, plain_column
from skgru._scaling._scaler import ScalingSettings
from skgru._training._epoch import Objective
from skgru._training._run import Plan

# With batch_size="auto", up to this many rows are a single mini-batch; more rows are
# cut into mini-batches of 32.
_ONE_BATCH, _BATCH = 64, 32
# A classifier cuts few sequences into smaller mini-batches, of 4 rows at least, so that
# an epoch has ten steps: a hundred steps in all would be too few to learn. Regressors
# do not: their errors on small series were 1 % larger so.
_LEAST_BATCH, _STEPS_OF_EPOCH = 4, 10
# With max_iter=None there are so many epochs that the optimiser takes this number of
# steps, but at least and at most so many epochs.
_STEPS, _LEAST_EPOCHS, _MOST_EPOCHS = 4000, 10, 100
# Of recurrent_dropout="auto", where all rows are not taken at once.
_RECURRENT_DROPOUT = 0.2


@dataclass(frozen=True)
class Settings:
    """The checked parameters of a fit.

    Attributes
    ----------
    reading : ReadingSettings
    loss : LossSettings or ClassSettings
        What is minimised: the class of the targets makes these settings.
    scaling : ScalingSettings
    cell : str
        Name of the cells of the network.
    gate_init : {"spread", "keras"}
        How the gate starts that keeps the state, if the cells have one.
    hidden_layer_sizes : tuple of int
    bidirectional : bool
    pooling : {"last", "mean"}
        Which states of the last layer the head reads.
    embedding_size : int
        0 for none.
    optimizer : named tuple
    batch_size : int or None
        None if the size depends on the number of rows.
    alpha, clip_norm : float
    dropout : NoDropout or Dropout
    early_stopping : bool or "auto"
    validation_fraction : float or None
    plan : Plan
        How to train. Its ``stops_early`` is set later, by `deciding`.
    counts_steps : bool
        Whether the number of epochs is that of some number of steps: see `for_rows`.
    cuts_few_rows : bool
        Whether few rows make several mini-batches; this is set by `deciding` too.
    random_state : int, RandomState or None
    n_threads : int
    """

    reading: ReadingSettings
    loss: Any
    scaling: ScalingSettings
    cell: str
    gate_init: str
    hidden_layer_sizes: tuple[int, ...]
    bidirectional: bool
    pooling: str
    embedding_size: int
    optimizer: Any
    batch_size: int | None
    alpha: float
    clip_norm: float
    dropout: Any
    early_stopping: bool | str
    validation_fraction: float | None
    plan: Plan
    random_state: Any
    n_threads: int
    counts_steps: bool = False
    cuts_few_rows: bool = False

    @classmethod
    def of(cls, estimator, validation, *, one_epoch=False):
        """Take the parameters of an estimator, or refuse them.

        Parameters
        ----------
        estimator : RecurrentEstimator
        validation : tuple
            X_val, y_val and sample_weight_val, each possibly None.
        one_epoch : bool, default=False
            Whether this is one pass over part of the data; then nothing is held out.

        Raises
        ------
        ValueError
            If parameters contradict each other: the message says how to mend that.
        """
        e = estimator
        reading = ReadingSettings.of(e)
        _check_validation(validation, e.validation_fraction)
        loss, scaling = e._targets_class.settings_of(e), _scaling(e)
        optimizer = solver_coefficients(e.solver)
        return cls(
            reading=reading,
            loss=loss,
            scaling=scaling,
            cell=e._cell(),
            gate_init=e._gate_init(),
            hidden_layer_sizes=_layer_sizes(e.hidden_layer_sizes),
            bidirectional=bool(e.bidirectional),
            pooling=e._pooling(),
            embedding_size=(
                0
                if e.embedding_size is None
                else as_int("embedding_size", e.embedding_size)
            ),
            optimizer=optimizer,
            batch_size=_batch_size(e),
            alpha=as_float("alpha", e.alpha),
            clip_norm=(
                np.inf if e.clip_norm is None else as_float("clip_norm", e.clip_norm)
            ),
            dropout=_dropout(e),
            early_stopping=False if one_epoch else e.early_stopping,
            validation_fraction=None if one_epoch else e.validation_fraction,
            plan=_plan(e, optimizer, loss, scaling, one_epoch=one_epoch),
            random_state=e.random_state,
            n_threads=n_threads_of(e),
            counts_steps=e.max_iter is None and not one_epoch,
        )

    def check_goes_on(self, fitted):
        """Refuse to go on training if the network or the reading of X has changed.

        Parameters
        ----------
        fitted : Fitted
        """
        changes = self.reading.changes(fitted.reader.settings)
        changes |= self.scaling.changes(fitted.scaler.settings)
        if changes:
            shown = ", ".join(
                f"{name} is {shortened(now)}, but was {shortened(then)}"
                for name, (now, then) in changes.items()
            )
            raise ValueError(
                f"{shown} when training began, and what says how X is read cannot "
                "change while it goes on. Set it back, or fit anew with "
                "warm_start=False."
            )
        before = fitted.model.architecture
        if before.pooling != self.pooling:
            raise ValueError(
                f"pooling is {self.pooling!r}, but was {before.pooling!r} when "
                "training began, and cannot change while it goes on. Set it back, or "
                "fit anew with warm_start=False."
            )
        now = self.hidden_layer_sizes, self.cell, self.bidirectional
        then = before.hidden_layer_sizes, before.cell, before.bidirectional
        if now != then:
            raise ValueError(
                f"hidden_layer_sizes={shortened(now[0])}, cells of the kind {now[1]!r} "
                f"and bidirectional={now[2]} differ from the fitted network's "
                f"{shortened(then[0])}, {then[1]!r} and {then[2]}, which cannot go on "
                "training so. Set them back, or fit anew with warm_start=False."
            )
        if self.embedding_size != before.embedding_size:
            raise ValueError(
                f"embedding_size={self.embedding_size or None} differs from the fitted "
                f"network's {before.embedding_size or None}, which cannot go on "
                "training so. Set it back, or fit anew with warm_start=False."
            )

    def check_embeds(self, reader):
        """Refuse embeddings where no feature of a step is a category."""
        if self.embedding_size and not reader.columns.n_codes:
            raise ValueError(
                f"embedding_size={self.embedding_size} says by how many numbers a "
                "category of a step is represented, but no feature of the steps of X "
                "is a category. Name some by categorical_features=, or set "
                "embedding_size=None."
            )

    def deciding(self, stops_early, *, cuts_few_rows):
        """Settings that know what had to wait until X was read.

        Parameters
        ----------
        stops_early : bool
            Whether held-out rows decide when to stop.
        cuts_few_rows : bool
            Whether few rows make several mini-batches.
        """
        plan = replace(self.plan, stops_early=stops_early)
        return replace(self, plan=plan, cuts_few_rows=cuts_few_rows)

    def for_rows(self, n_rows):
        """Settings with the number of epochs for `n_rows` training rows."""
        if not self.counts_steps:
            return self
        n_epochs = -(-_STEPS // -(-n_rows // self.batch_size_for(n_rows)))
        n_epochs = min(_MOST_EPOCHS, max(_LEAST_EPOCHS, n_epochs))
        return replace(self, plan=replace(self.plan, n_epochs=n_epochs))

    def takes_all_at_once(self, n_rows):
        """Whether this number of rows is a single mini-batch."""
        return n_rows <= self.batch_size_for(n_rows)

    def batch_size_for(self, n_rows):
        """Number of rows in a mini-batch, if there are `n_rows` in all."""
        if self.optimizer.n_moments == 0:  # L-BFGS uses all rows at once
            return n_rows
        if self.batch_size is not None:
            return self.batch_size
        # A call of partial_fit is a part of an epoch, of which nothing is known.
        if self.cuts_few_rows and self.plan.n_epochs is not None:
            return min(_BATCH, max(_LEAST_BATCH, n_rows // _STEPS_OF_EPOCH))
        return n_rows if n_rows <= _ONE_BATCH else _BATCH

    def fraction_to_hold_out(self):
        """Fraction of the training rows that are held out, 0 for none."""
        if self.validation_fraction is not None:
            return self.validation_fraction
        return 0.1 if self.plan.stops_early else 0.0

    def objective(self, targets, scaler, n_rows):
        """What is minimised over `n_rows` training rows, and how."""
        return Objective(
            loss=targets.loss_for(scaler.target_scale),
            optimizer=self.optimizer,
            target_scale=scaler.target_scale,
            alpha=self.alpha,
            clip_norm=self.clip_norm,
            batch_size=self.batch_size_for(n_rows),
            dropout=self.dropout,
        )


def n_threads_of(estimator):
    """Number of threads that `n_jobs` means in the current joblib context."""
    n_jobs = estimator.n_jobs
    n_jobs = get_active_backend()[1] if n_jobs is None else as_int("n_jobs", n_jobs)
    if n_jobs in (None, 1):
        return 1
    # Threads are asked for: of processes, joblib says that there can be none in a
    # process of a pool, and warns.
    threads, _ = get_active_backend(require="sharedmem")
    return threads.effective_n_jobs(n_jobs)


def _check_validation(validation, validation_fraction):
    """Refuse an incomplete validation set, and one beside `validation_fraction`."""
    X_val, y_val, sample_weight_val = validation
    if (X_val is None) != (y_val is None):
        given, missing = ("X_val", "y_val") if y_val is None else ("y_val", "X_val")
        raise ValueError(f"{given} was passed without {missing}. Pass both.")
    if X_val is None and sample_weight_val is not None:
        raise ValueError(
            "sample_weight_val was passed without X_val and y_val. Pass all three."
        )
    if X_val is not None and validation_fraction is not None:
        raise ValueError(
            "X_val and y_val were passed together with validation_fraction="
            f"{validation_fraction}: two sets of validation rows. Set "
            "validation_fraction=None, or leave X_val and y_val out."
        )


def _scaling(estimator):
    """How X and y are scaled; an error if the loss does not allow an anchor."""
    standardize, anchor = estimator.standardize, estimator._anchor()
    return ScalingSettings(
        standardize if isinstance(standardize, str) else bool(standardize),
        plain_column(anchor),
    )


def _layer_sizes(hidden_layer_sizes):
    """Hidden units of each layer, as a tuple of positive integers."""
    try:
        sizes = np.asarray(hidden_layer_sizes, dtype=object).ravel().tolist()
    except ValueError:
        sizes = []
    if not sizes or not all(
        isinstance(n, Integral) and not isinstance(n, bool) and int(n) > 0
        for n in sizes
    ):
        raise ValueError(
            "hidden_layer_sizes must hold the number of units, 1 or more, of one layer "
            f"or more, as 50 or (50, 20). Got {shortened(hidden_layer_sizes)} instead."
        )
    return tuple(int(n) for n in sizes)


def _batch_size(estimator):
    """Number of rows in a mini-batch; None if it depends on the number of rows."""
    if estimator.batch_size == "auto":
        return None
    return as_int("batch_size", estimator.batch_size)


def _dropout(estimator):
    """The probabilities of dropout, or a `NoDropout` if both are 0."""
    e, recurrent = estimator, estimator.recurrent_dropout
    if recurrent == "auto":
        recurrent = 0 if e.solver == "lbfgs" else _RECURRENT_DROPOUT
    if e.dropout == 0 and recurrent == 0:
        return NoDropout()
    if e.solver == "lbfgs":
        raise ValueError(
            f"dropout={e.dropout} with recurrent_dropout={recurrent} draws another "
            "network for each step, and solver='lbfgs' needs the same one. Set both to "
            "0 and use alpha, or set solver='adam'."
        )
    return Dropout(float(e.dropout), float(recurrent))


def _plan(estimator, optimizer, loss, scaling, *, one_epoch):
    """How to train, when to stop, and what to print."""
    e = estimator
    n_epochs = None
    if not one_epoch:
        n_epochs = (
            _MOST_EPOCHS if e.max_iter is None else as_int("max_iter", e.max_iter)
        )
    patience = e.n_iter_no_change
    if one_epoch or patience is None:
        patience = None
    else:
        patience = as_int("n_iter_no_change", patience)
    return Plan(
        make_schedule=_schedule(
            e.learning_rate, initial_rate(e.learning_rate_init, optimizer)
        ),
        n_epochs=n_epochs,
        tol=as_float("tol", e.tol),
        n_iter_no_change=patience,
        stops_early=False,
        shuffle=bool(e.shuffle),
        verbose=int(e.verbose),
        keeps_mean=loss.begins_at_mean(standardize=bool(scaling.standardize)),
    )


def _schedule(learning_rate, initial) -> Callable:
    """A function from the numbers of earlier and of all epochs to the schedule."""

    def make(n_before, n_epochs):
        return make_schedule(
            learning_rate, initial, n_before=n_before, n_epochs=n_epochs
        )

    return make
