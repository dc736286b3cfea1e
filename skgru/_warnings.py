"""Warnings that point at the line of the user's code that led to them."""

import sys
import warnings

# Packages whose frames may lie between the user's line and a warning of skgru.
_PASSED_OVER = {"skgru", "sklearn", "joblib", "functools", "contextlib"}


def warn_user(message, category=UserWarning):
    """Warn as if from the line that called skgru, also through scikit-learn.

    The warning names the first line outside skgru, scikit-learn, joblib, functools and
    contextlib: pipelines and searches call skgru through the code of these packages.

    Parameters
    ----------
    message : str
    category : type, default=UserWarning
    """
    # Level 1 is the line of warnings.warn below, level 2 the caller of this function.
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_passed_over(frame):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _is_passed_over(frame):
    """Whether a frame belongs to one of the packages above, not to the user."""
    package = frame.f_globals.get("__name__", "").partition(".")[0]
    return package in _PASSED_OVER
