"""Quantiles of several steps ahead, by paths that are drawn from the quantiles of one.

The quantiles of the next value say how that value is distributed, but not what follows
on it: quantiles cannot be fed back, since the 90 % quantile of tomorrow is not followed
by that of the day after. So paths are drawn: a value from the distribution of the next
one, which is fed back, a value from the distribution after it, and so on. The quantiles
of all paths at a step are those of the forecast. Those of the first step (of the first
block, where several steps are predicted at once) are the model's own.
"""

import numpy as np
from scipy.special import ndtri

from skgru._estimators._forecasting._recursion import recurse

# So many rows are predicted together at most: the paths of a few series of many.
_AT_ONCE = 2**15


def forecast_quantiles(model, rows, levels, n_steps, n_paths, random_state):
    """Forecast the quantiles of some series.

    All series draw the same numbers, so that each is forecast as if it were alone.

    Parameters
    ----------
    model : Forecaster
    rows : NumberRows or TableRows
        The last rows of each series.
    levels : ndarray of shape (n_levels,)
        Levels of the quantiles that the model predicts, two or more.
    n_steps, n_paths : int
    random_state : RandomState

    Returns
    -------
    quantiles : ndarray of shape (n_series, n_steps, n_variables, n_levels)
    inputs : ndarray of shape (n_series, n_after + 1, n_columns)
        As of `recurse`, the median of the paths.
    """
    n_series, fed = len(rows.seen), model.fed
    n_blocks, n_variables = -(-n_steps // fed.n_at_once), fed.outputs.shape[1]
    if n_blocks == 1:
        values, inputs = recurse(model, rows, n_steps)
        return np.sort(values, axis=-1), inputs
    scores = random_state.standard_normal((n_blocks, n_paths, n_variables))
    n_together = max(1, _AT_ONCE // n_paths)
    parts, reached = [], []
    for start in range(0, n_series, n_together):
        series = np.arange(start, min(start + n_together, n_series))
        paths = rows.paths(series, n_paths)
        draws = _Draws(np.tile(scores, (1, len(series), 1)), levels, fed)
        values, inputs = recurse(model, paths, n_steps, one_of=draws.outputs)
        inputs = inputs.reshape(len(series), n_paths, *inputs.shape[1:])
        reached.append(np.median(inputs, axis=1))
        values = values.reshape(len(series), n_paths, *values.shape[1:])
        drawn = draws.steps(values)
        quantiles = np.moveaxis(np.quantile(drawn, levels, axis=1), 0, -1)
        # Sorted, since a transform of y that falls turns their order round.
        own = np.sort(values[:, 0, : fed.n_at_once], axis=-1)
        quantiles[:, : fed.n_at_once] = own
        parts.append(quantiles)
    return np.concatenate(parts), np.concatenate(reached)


class _Draws:
    """Normal scores of all paths, and the values that they are by some quantiles.

    The steps of a block share a draw: a path that begins high stays high in it.

    Parameters
    ----------
    scores : ndarray of shape (n_blocks, n_rows, n_variables)
    levels : ndarray of shape (n_levels,)
    fed : FedBack
    """

    def __init__(self, scores, levels, fed):
        self._scores, self._knots = scores, ndtri(levels)
        self._n_at_once = fed.n_at_once
        # For each output, which variable it is.
        self._variables = np.empty(fed.outputs.size, dtype=int)
        self._variables[fed.outputs] = np.arange(fed.outputs.shape[1])
        self._block = 0

    def outputs(self, values):
        """What is fed back after a block, (n_rows, n_outputs)."""
        scores = self._scores[self._block][:, self._variables]
        self._block += 1
        return values_at(scores, self._knots, values)

    def steps(self, values):
        """The same for the steps of all blocks.

        Parameters
        ----------
        values : ndarray of shape (n_series, n_paths, n_steps, n_variables, n_levels)
        """
        n_series, n_paths, n_steps, n_variables, _ = values.shape
        blocks = np.arange(n_steps) // self._n_at_once
        scores = np.moveaxis(self._scores[blocks], 0, 1)
        scores = scores.reshape(n_series, n_paths, n_steps, n_variables)
        return values_at(scores, self._knots, values)


def values_at(scores, knots, quantiles):
    """Values of distributions of which some quantiles are known.

    Between two quantiles, and beyond the outermost ones, a distribution is taken for
    the normal one that has these two: exactly right for normal distributions.

    Parameters
    ----------
    scores : ndarray of shape (…)
        Where the values lie, in standard deviations of a normal distribution.
    knots : ndarray of shape (n_levels,)
        Where the quantiles lie.
    quantiles : ndarray of shape (…, n_levels)
    """
    left = np.clip(np.searchsorted(knots, scores) - 1, 0, len(knots) - 2)
    low, high = (
        np.take_along_axis(quantiles, place[..., np.newaxis], axis=-1)[..., 0]
        for place in (left, left + 1)
    )
    share = (scores - knots[left]) / (knots[left + 1] - knots[left])
    return low + share * (high - low)
