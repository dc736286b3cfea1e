"""The display of training and validation losses, epoch by epoch."""

import numpy as np

from skgru._checks import shortened
from skgru._estimators._fitted import parts_of
from skgru._estimators._pipelines import fitted_recurrent
from skgru._training._losses._base import units_of
from skgru.plotting._common import (
    as_floats,
    draw_line,
    ink,
    label_x,
    legend_above_data,
    line_styles,
    make_panels,
)

# Losses above this, of training that diverged, are left out: matplotlib cannot scale
# axes so far.
_TOO_LARGE = 1e100
# A logarithmic scale is used if the largest loss is at least this many times the
# smallest.
_WORTH_A_LOG_SCALE = 10


class TrainingCurveDisplay:
    """Training and validation loss of each epoch, and the learning rate below.

    Make it with :meth:`from_estimator`; the constructor takes the curves themselves.

    Parameters
    ----------
    loss : array-like of shape (n_epochs,)
        Training loss of each epoch; NaN, and values above 1e100, leave a gap.
    validation_loss : array-like of shape (n_epochs,), default=None
        Loss of the held-out rows after each epoch. None or empty: no rows were held
        out.
    learning_rate : array-like of shape (n_epochs,), default=None
        Step size at the beginning of each epoch. None, empty or all NaN: it is not
        drawn, and there is no second panel.
    best_iter : int, default=None
        Index of the epoch whose weights were kept, counted from 0; it is marked. None:
        no epoch is marked.
    loss_name : str, default="loss"
        What the losses are, for the label of their axis.

    Attributes
    ----------
    loss_line_ : matplotlib Line2D
        The training loss.
    validation_loss_line_ : matplotlib Line2D or None
        The loss of the held-out rows.
    learning_rate_line_ : matplotlib Line2D or None
        The learning rate.
    best_iter_lines_ : list of matplotlib Line2D
        The mark of the epoch that was kept, one in each panel; empty without
        `best_iter`.
    axes_ : ndarray of matplotlib Axes
        The panel of the losses, and the panel of the learning rate if there is one.
    bounding_ax_ : matplotlib Axes or None
        The `ax` that was divided into these panels.
    figure_ : matplotlib Figure
        The figure that holds the panels.

    See Also
    --------
    TrainingCurveDisplay.from_estimator : Draw the curves of a fitted model.
    skgru.GRURegressor : Keeps these curves in ``history_``, as all estimators do.

    Examples
    --------
    >>> from skgru.plotting import TrainingCurveDisplay
    >>> display = TrainingCurveDisplay(
    ...     loss=[1.0, 0.4, 0.2], validation_loss=[0.9, 0.5, 0.6], best_iter=1
    ... )
    >>> display.plot()
    <...>
    """

    def __init__(
        self,
        *,
        loss,
        validation_loss=None,
        learning_rate=None,
        best_iter=None,
        loss_name="loss",
    ):
        self.loss = loss
        self.validation_loss = validation_loss
        self.learning_rate = learning_rate
        self.best_iter = best_iter
        self.loss_name = loss_name

    @classmethod
    def from_estimator(cls, estimator, *, ax=None):
        """Draw the curves of a fitted model.

        Parameters
        ----------
        estimator : GRURegressor, GRUClassifier, or another recurrent one, or Pipeline
            A fitted model, or a fitted pipeline or search that ends in one.
        ax : matplotlib Axes or array-like of Axes, default=None
            As in :meth:`plot`.

        Returns
        -------
        TrainingCurveDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `estimator` or `ax` is something else.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        ValueError
            If the number of axes is wrong, or the model was not trained here.

        See Also
        --------
        TrainingCurveDisplay.plot : Draw a display that was made before.

        Examples
        --------
        >>> import numpy as np
        >>> from skgru import GRURegressor
        >>> from skgru.plotting import TrainingCurveDisplay
        >>> wave = np.sin(np.arange(200) * 0.2)
        >>> model = GRURegressor(8, window=10, random_state=0, n_iter_no_change=None)
        >>> model = model.fit(wave[:-1, np.newaxis], wave[1:])
        >>> display = TrainingCurveDisplay.from_estimator(model)
        """
        recurrent = fitted_recurrent(estimator, cls.__name__)
        fitted = parts_of(recurrent)
        if not fitted.training.has_begun:
            raise ValueError(
                f"{cls.__name__} draws the curves of training, but the weights of this "
                "model are from elsewhere, and it has not been trained here."
            )
        loss = fitted.targets.loss_for(fitted.scaler.target_scale)
        name, units = loss.label, units_of(loss)
        if fitted.scaler.by_series is not None:
            units += ", each series standardised"
        return cls(
            loss=recurrent.loss_curve_,
            validation_loss=recurrent.validation_loss_curve_,
            learning_rate=recurrent.history_["learning_rate"],
            best_iter=recurrent.best_iter_,
            loss_name=f"{name}\n({units})",
        ).plot(ax)

    def plot(self, ax=None):
        """Draw the curves.

        The losses are on a logarithmic scale if all of them are positive, and the
        largest is at least ten times the smallest.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Where to draw: one Axes for each panel, or one that is divided into panels.
            None: a new figure.

        Returns
        -------
        TrainingCurveDisplay
            The display.

        Raises
        ------
        TypeError
            If `ax` is something else.
        ValueError
            If the number of axes is wrong, or the curves do not fit each other.
        """
        loss = _check_curve(self.loss, "loss")
        others = [
            _check_curve(getattr(self, name), name, len(loss))
            for name in ("validation_loss", "learning_rate")
        ]
        validation_loss, learning_rate = others
        _check_best_iter(self.best_iter, len(loss))
        heights = [3] if learning_rate is None else [3, 1]
        panels = make_panels(ax, heights, figsize=(6.4, 3.6 + 1.2 * (len(heights) - 1)))
        self.figure_, self.axes_, self.bounding_ax_, _ = panels
        self._draw_losses(loss, validation_loss)
        self._draw_learning_rate(learning_rate)
        self._mark_best_iter()
        _label_epochs(self.axes_)
        legend_above_data(self.axes_[0])
        return self

    def _draw_losses(self, loss, validation_loss):
        """Draw the training loss, and the validation loss if there is one."""
        top = self.axes_[0]
        epochs = np.arange(1, len(loss) + 1)
        styles = line_styles(top)
        self.loss_line_ = draw_line(top, epochs, loss, label="training", **styles[0])
        self.validation_loss_line_ = None
        losses = loss
        if validation_loss is not None:
            self.validation_loss_line_ = draw_line(
                top, epochs, validation_loss, label="held-out rows", **styles[1]
            )
            losses = np.concatenate([loss, validation_loss])
        if _is_worth_a_log_scale(losses):
            _use_log_scale(top)
        top.set_ylabel(self.loss_name)

    def _draw_learning_rate(self, learning_rate):
        """Draw the learning rate, if there is one."""
        self.learning_rate_line_ = None
        if learning_rate is None:
            return
        epochs = np.arange(1, len(learning_rate) + 1)
        bottom = self.axes_[1]
        color = line_styles(bottom)[2]["color"]
        self.learning_rate_line_ = draw_line(bottom, epochs, learning_rate, color=color)
        bottom.set_ylabel("learning\nrate")
        bottom.set_ylim(bottom=0, auto=None)

    def _mark_best_iter(self):
        """Mark, in all panels, the epoch whose weights were kept."""
        self.best_iter_lines_ = []
        if self.best_iter is None:
            return
        epoch = self.best_iter + 1
        self.best_iter_lines_ = [
            ax.axvline(
                epoch,
                color=ink(ax),
                linestyle=":",
                alpha=0.7,
                zorder=1,
                label=f"kept: epoch {epoch}",
            )
            for ax in self.axes_
        ]


def _check_curve(values, name, n_epochs=None):
    """A curve as floats; None for an optional curve that is missing."""
    if values is None:
        values = []
    curve = as_floats(values, name)
    curve = np.where(np.abs(curve) < _TOO_LARGE, curve, np.nan)
    if curve.ndim != 1:
        raise ValueError(
            f"{name} has shape {curve.shape}, but one value for each epoch is wanted, "
            f"(n_epochs,). Pass {name} of one fit."
        )
    if n_epochs is None:
        if not len(curve):
            raise ValueError(f"{name} is empty. Pass the loss of one epoch or more.")
        return curve
    if not len(curve) or np.isnan(curve).all():
        return None
    if len(curve) != n_epochs:
        raise ValueError(
            f"{name} has {len(curve)} epochs, but loss has {n_epochs}. Pass one value "
            "for each epoch, NaN where there is none."
        )
    return curve


def _check_best_iter(best_iter, n_epochs):
    """Refuse a `best_iter` that is not the index of an epoch."""
    is_index = isinstance(best_iter, int | np.integer) and 0 <= best_iter < n_epochs
    if best_iter is not None and not is_index:
        raise ValueError(
            f"best_iter={shortened(best_iter)}, but loss has {n_epochs} epoch(s), "
            f"counted from 0. Pass 0 to {n_epochs - 1}, or None."
        )


def _is_worth_a_log_scale(losses):
    """Whether losses are positive and far enough apart for a logarithmic scale."""
    finite = losses[np.isfinite(losses)]
    if not len(finite) or finite.min() <= 0:
        return False
    return finite.max() >= _WORTH_A_LOG_SCALE * finite.min()


def _use_log_scale(ax):
    """Make the y axis logarithmic, with labels such as 0.05, 0.1, 0.2."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    ax.set_yscale("log")
    low, high = ax.get_ylim()
    if high < 1000 * low:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())


def _label_epochs(axes):
    """Label the x axes as epochs, with ticks at whole numbers only."""
    from matplotlib.ticker import MaxNLocator

    for ax in axes:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    label_x(axes, "epoch")
