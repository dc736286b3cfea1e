"""Losses as parameters of an estimator: quantiles, and what y they allow."""

from copy import copy
from numbers import Real
from typing import Any

import numpy as np

from skgru._training._losses import LOSSES
from skgru._training._losses._quantile import check_quantiles


def has_log_link(loss):
    """Whether a loss of this name predicts a positive mean by its logarithm."""
    return LOSSES[loss].has_log_link


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
        loss, quantile, huber_delta = self._loss_parameters
        return LOSSES[loss].of_parameters(quantile, huber_delta, self.target_scale_)
