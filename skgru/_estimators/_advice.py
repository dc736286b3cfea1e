"""Warnings about how training ended, with advice on what to change."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from skgru._estimators._fitted import names_of_anchor
from skgru._reading._series import shown_names
from skgru._warnings import warn_user


def advise_on_training(fitted, run, asked):
    """Warn if training found nothing, diverged, was interrupted or ended too early.

    Parameters
    ----------
    fitted : Fitted
        The parts of the estimator after training.
    run : TrainingRun
    asked : Settings
        The checked parameters of the estimator.
    """
    training = fitted.training
    if training.is_mean:
        _warn_of_the_mean(fitted, len(run.problem.validation.rows))
    # A schedule with an end lowers the rate to 0 at max_iter: the user need not be told
    # that the loss was still falling then.
    patience = None if run.watch.schedule.has_end else asked.plan.n_iter_no_change
    max_iter = asked.plan.n_epochs
    # Labels have no size that could be too large.
    numbers = "X and y" if fitted.targets.are_scaled else "X"
    if training.stop_reason in ("non_finite_loss", "diverged"):
        what = (
            "The loss stopped being finite"
            if training.stop_reason == "non_finite_loss"
            else "The loss was more than twice that of learning nothing at all"
        )
        warn_user(
            f"{what} in epoch {len(training.history['loss'])}: the steps were too "
            f"long, or {numbers} too large. {_what_is_kept(training)}. To mend it, "
            f"{', or '.join(_cures_of_divergence(training, asked, numbers))}.",
            ConvergenceWarning,
        )
    elif training.stop_reason == "interrupted":
        warn_user(
            f"Training was interrupted after {training.n_iter} of {max_iter or 1} "
            f"epochs. {_what_is_kept(training)}."
        )
    elif training.stop_reason == "max_iter" and patience is not None:
        warn_user(
            f"Training ended after max_iter={max_iter} epochs, and the loss was still "
            f"falling: by tol={asked.plan.tol} or more in one of the last "
            f"n_iter_no_change={patience} epochs. Raise max_iter, or set "
            "n_iter_no_change=None to train exactly max_iter epochs.",
            ConvergenceWarning,
        )


def advise_on_last_value(fitted, as_good):
    """Warn that repeating the last value would have been as good as the model.

    Parameters
    ----------
    fitted : Fitted
    as_good : LastValue
    """
    features = fitted.reader.columns.features
    shown = [
        j if features is None or not features[j] else features[j]
        for j in sorted(set(as_good.columns.tolist()))
    ]
    has_anchor = fitted.scaler.anchor.is_used.any()
    if has_anchor and fitted.training.is_mean:
        return  # That it predicts the last value and the mean change is said already.
    # Logarithms are not predicted from a last value.
    has_anchor |= not fitted.targets.are_centered
    cure = "" if has_anchor else f"anchor={shown[0]!r}, "
    warn_user(
        f"On the {as_good.n_rows} held-out rows the model is not better than repeating "
        f"the last value of feature {shown_names(shown)}: its score is "
        f"{as_good.scores[0]:.3g}, that of the last value {as_good.scores[1]:.3g}. Try "
        f"{cure}more rows or a longer past, or repeat the last value instead."
    )


def what_anchors(fitted):
    """What predictions start from, and what the network sees of it, as a phrase."""
    if not fitted.scaler.anchor.is_used.any():
        return "none"
    names = dict.fromkeys(name for name in names_of_anchor(fitted) if name is not None)
    sees = ", seen as changes" if len(fitted.scaler.features.relative) else ""
    return f"last value of {shown_names(list(names))}{sees}"


def _warn_of_the_mean(fitted, n_held_out):
    """Warn that the model predicts the mean, because no epoch was better."""
    has_anchor = fitted.scaler.anchor.is_used.any()
    mean = (
        "last value and the mean change"
        if has_anchor
        else fitted.targets.constant_in_words
    )
    warn_user(
        f"On the {n_held_out} held-out rows no epoch was better than predicting the "
        f"{mean}, so that is what the model predicts. There may be nothing to learn, "
        "or too few rows; early_stopping=False keeps the weights of the last epoch all "
        "the same."
    )


def _cures_of_divergence(training, asked, numbers):
    """Advice for a training whose loss has exploded: what to change, as phrases."""
    rate = training.history["learning_rate"][-training.n_iter]
    # With L-BFGS the learning rate is NaN, and none can be lowered.
    cures = [f"bring {numbers} to a standard deviation of 1"]
    if np.isfinite(rate):
        cures = [f"lower learning_rate_init={rate:g}"]
    if asked.alpha > 0:
        cures.append(f"lower alpha={asked.alpha}")
    if asked.clip_norm == np.inf:
        cures.append("set clip_norm=1.0")
    if not asked.scaling.standardize:
        cures.append("set standardize=True")
    return cures


def _what_is_kept(training):
    """Say in words which weights were kept after training."""
    if training.best_iter is None:
        return "The untrained weights are kept"
    return f"The weights of epoch {training.best_iter + 1} are kept"
