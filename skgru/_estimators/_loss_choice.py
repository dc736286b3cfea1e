"""Losses as parameters of an estimator: names, quantiles, and what y they allow."""

from copy import copy
from numbers import Real
from typing import Any

import numpy as np

from skgru._training._losses import (
    AbsoluteError,
    Huber,
    Poisson,
    Quantile,
    SquaredError,
)

LOSSES = ("squared_error", "absolute_error", "huber", "quantile", "poisson")


def has_log_link(loss):
    """Whether a loss of this name predicts a positive mean by its logarithm."""
    return loss == "poisson"


def make_loss(loss, quantile, huber_delta, target_scale):
    """Make the loss that the parameters of an estimator describe.

    Parameters
    ----------
    loss : str
    quantile : float, list of float or None
    huber_delta : float, list of float or None
        In units of y.
    target_scale : ndarray of shape (n_outputs,)

    Returns
    -------
    named tuple
    """
    if loss == "huber":
        return Huber(_standardized_deltas(huber_delta, target_scale))
    if loss == "quantile":
        return Quantile(check_quantiles(quantile))
    plain = {
        "squared_error": SquaredError,
        "absolute_error": AbsoluteError,
        "poisson": Poisson,
    }
    return plain[loss]()


def check_quantiles(quantile):
    """Levels of one quantile or several, (n_quantiles,), or a clear error."""
    if quantile is None:
        raise ValueError(
            "loss='quantile' needs quantile=: a number between 0 and 1, as 0.9, or "
            "several rising ones, as [0.1, 0.5, 0.9]. Got None."
        )
    levels = np.array(quantile, dtype=np.float64, ndmin=1)
    are_levels = levels.ndim == 1 and ((levels > 0) & (levels < 1)).all()
    if not levels.size or not are_levels or (np.diff(levels) <= 0).any():
        raise ValueError(
            "quantile must be a number between 0 and 1, or several such numbers in "
            f"rising order, as [0.1, 0.5, 0.9]. Got {quantile!r} instead."
        )
    return levels


def _standardized_deltas(huber_delta, target_scale):
    """Thresholds of the standardised errors, (n_outputs,), or a clear error."""
    if huber_delta is None:
        return np.ones_like(target_scale)
    deltas = np.asarray(huber_delta, dtype=np.float64)
    wanted = target_scale.shape
    if deltas.shape not in ((), wanted) or not (deltas > 0).all():
        raise ValueError(
            "huber_delta must be a positive number in units of y, one for each of the "
            f"{wanted[0]} output(s), or None for one standard deviation of each. Got "
            f"{huber_delta!r} instead."
        )
    return np.broadcast_to(deltas, wanted) / target_scale


def check_targets_of_loss(loss, y, anchor, name="y", *, sets_scale=True):
    """Refuse targets, and an anchor, that a loss of this name cannot be used with.

    Targets whose scale does not matter may be 0 everywhere.
    """
    if not has_log_link(loss):
        return
    if anchor is not None:
        raise ValueError(
            f"loss={loss!r} predicts the logarithm of the mean, and anchor={anchor!r} "
            "changes of a level: the two cannot be combined. Set anchor=None."
        )
    if (y < 0).any() or (sets_scale and not y.any()):
        raise ValueError(
            f"loss={loss!r} is for counts and amounts: {name} must be 0 or more, and "
            f"not 0 everywhere. Its lowest value is {y.min():g}, its highest "
            f"{y.max():g}."
        )


def is_list_of_quantiles(loss, quantile):
    """Whether there are several predictions of each output, on an axis of their own."""
    return loss == "quantile" and not isinstance(quantile, Real)


class LossMixin:
    """Takes over the parameters of the loss.

    Fitted: ``quantiles_``, and ``_loss_parameters``, those that `fit` was called with.
    """

    loss: str
    quantile: Any
    huber_delta: Any
    target_scale_: np.ndarray
    _loss_parameters: tuple[str, Any, Any]

    def _take_loss_parameters(self, *, fresh):
        """Take over the parameters of the loss, the same as before unless `fresh`."""
        levels = quantile = None
        if self.loss == "quantile":
            levels = check_quantiles(self.quantile)
            is_list = is_list_of_quantiles(self.loss, self.quantile)
            quantile = tuple(levels.tolist()) if is_list else self.quantile
        taken = (self.loss, quantile, copy(self.huber_delta))
        # What the raw predictions mean may not change; a threshold may.
        if not fresh and taken[:2] != self._loss_parameters[:2]:
            raise ValueError(
                f"loss and quantile are {taken[:2]}, but were "
                f"{self._loss_parameters[:2]} when training began, and cannot change "
                "while it goes on. Set them back, or fit anew with warm_start=False."
            )
        self._loss_parameters = taken
        self.__dict__.pop("quantiles_", None)
        if levels is not None:
            self.quantiles_ = levels

    def _loss(self):
        """The loss of `fit`, in standardised units."""
        return make_loss(*self._loss_parameters, self.target_scale_)
