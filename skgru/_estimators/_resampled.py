"""Notice rows that were drawn with replacement, of which windows mean nothing.

A bootstrap of n rows draws each of them k times with the probabilities of Poisson's
distribution of mean 1. So 63 % of its rows are different, 58 % of these are there
once, and 29 % twice. Series whose values repeat, as counts, constants or a weekly
pattern do, do not repeat whole rows of X and y in just these shares.
"""

import math

import numpy as np

from skgru._warnings import warn_user

# With fewer rows the shares are too uncertain.
_FEWEST_ROWS = 100
# Shares may differ from the expected ones by so many standard errors.
_ERRORS = 4
_DIFFERENT = 1 - math.exp(-1)
_ONCE = math.exp(-1) / _DIFFERENT
_TWICE = _ONCE / 2
_THRICE = _ONCE / 6


def warn_of_resampling(data):
    """Warn if the rows under windows look like a bootstrap of other rows.

    Parameters
    ----------
    data : Data
        Its sequences are windows of consecutive rows.
    """
    rows = np.flatnonzero(data.weights)
    if len(rows) >= _FEWEST_ROWS and is_bootstrap(_marks(data, rows)):
        warn_user(
            "The rows of X and y look drawn with replacement, as by a bootstrap "
            "(AdaBoostRegressor, BaggingRegressor of a pipeline, EnbPI), but with "
            "window each row is read together with the rows before it, which then are "
            "not the ones before it in time. Make the windows first, as by "
            "make_windows, and pass these 3-D sequences without window=: they may be "
            "drawn in any order."
        )


def _marks(data, rows):
    """A number for each row, the same for rows that are equal in X and y."""
    sequences = data.reading.sequences
    last = sequences.values[sequences.stops[rows] - 1]
    columns = [*last.T, *sequences.static[rows].T, *data.targets[rows].T]
    marks = np.zeros(len(rows))
    for j, column in enumerate(columns):
        size = np.nanmax(np.abs(column), initial=0.0)
        marks += math.sqrt(j + 2) * (column / size if size else column)
    return marks


def is_bootstrap(marks):
    """Whether equal numbers are there in the shares of a bootstrap.

    Parameters
    ----------
    marks : ndarray of shape (n_rows,)

    Returns
    -------
    bool
    """
    counts = np.unique(marks, return_counts=True)[1]
    found = len(counts) / len(marks)
    # The variance of the number of different rows, by n.
    error = math.sqrt((math.exp(-1) - 2 * math.exp(-2)) / len(marks))
    if abs(found - _DIFFERENT) > _ERRORS * error:
        return False
    return all(
        abs(np.mean(counts == k) - share)
        <= _ERRORS * math.sqrt(share * (1 - share) / len(counts))
        for k, share in enumerate((_ONCE, _TWICE, _THRICE), start=1)
    )
