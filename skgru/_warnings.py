"""Warnings that point at the line of the user who will read them."""

import sys
import warnings

# Packages that stand between a user's line and a warning of ours, whoever called whom.
_PASSED_OVER = {"skgru", "sklearn", "joblib", "functools", "contextlib"}


def warn_user(message, category=UserWarning):
    """Warn as if from the line that called skgru, also through scikit-learn.

    That is the first line outside skgru, scikit-learn and joblib, through which
    pipelines and searches come here.

    Parameters
    ----------
    message : str
    category : type, default=UserWarning
    """
    # Level 1 would be the line below, and 2 that of the caller.
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_passed_over(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_passed_over(frame):
    """Whether a frame is none of the user's."""
    package = frame.f_globals.get("__name__", "").partition(".")[0]
    return package in _PASSED_OVER
