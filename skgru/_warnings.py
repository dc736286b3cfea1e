"""Warnings that point at the line of the user's code that led to them."""

import sys
import warnings

# Packages whose frames may lie between the user's line and a warning of skgru.
_PASSED_OVER = {"skgru", "sklearn", "joblib", "functools", "contextlib"}
# Where a thread or a process begins that runs skgru: no line of the user is behind it.
_BEGINNINGS = {"threading", "multiprocessing", "concurrent"}


def warn_user(message, category=UserWarning):
    """Warn as if from the line that called skgru, also through scikit-learn.

    The warning names the first line outside skgru, scikit-learn, joblib, functools and
    contextlib: pipelines and searches call skgru through the code of these packages.
    In a thread or a process that they have started there is no line of the user; the
    warning then names the line that called skgru.

    Parameters
    ----------
    message : str
    category : type, default=UserWarning
    """
    # Level 1 is the line of warnings.warn below, level 2 the caller of this function.
    level, frame, level_of_caller = 2, sys._getframe(1), 0
    while frame.f_back is not None and _package_of(frame) in _PASSED_OVER:
        # scikit-learn wraps `fit` itself in a function of its base module.
        is_caller = _package_of(frame) != "skgru" and _name_of(frame) != "sklearn.base"
        if is_caller and not level_of_caller:
            level_of_caller = level
        level, frame = level + 1, frame.f_back
    if _package_of(frame) in _BEGINNINGS and level_of_caller:
        level = level_of_caller
    warnings.warn(message, category, stacklevel=level)


def _name_of(frame):
    """Name of the module whose code a frame runs."""
    return frame.f_globals.get("__name__", "")


def _package_of(frame):
    """Name of the package that this module is in."""
    return _name_of(frame).partition(".")[0]
