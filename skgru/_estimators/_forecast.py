"""Several steps ahead, by a model that predicts its own next input."""

from collections.abc import Callable
from numbers import Integral

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import check_is_fitted

from skgru._estimators._input import Reading
from skgru._estimators._loss_choice import is_list_of_quantiles
from skgru._reading._build import read_series
from skgru._reading._columns import Columns
from skgru._reading._series import (
    check_future,
    check_rising,
    each_series,
    index_of,
    one_series,
)


class ForecastMixin:
    """Feeds predictions back as inputs.

    Needs ``_past`` of `fit`: which feature each target is the next value of, and how
    many steps ahead; None where that is not so.
    """

    n_outputs_: int
    n_features_in_: int
    n_timesteps_: int
    _check_rows: Callable
    _columns: tuple
    _dtype: str
    _input_kind: str
    _longest: int
    _loss_parameters: tuple
    _past: tuple | None
    feature_mean_: np.ndarray
    _predict_rows: Callable
    _y_ndim: int

    def forecast(self, history, n_steps, future=None):
        """Predict the values that follow on some rows, each from those before it.

        For a model of the next value of its own input, with which ``y[t]`` is the value
        of a column of X in row ``t + 1``, as in ``fit(series[:-1], series[1:])`` with
        `window`, or with the windows of :func:`make_windows`. Each prediction becomes
        the input of the next one. A model of several steps ahead at once
        (``make_windows(..., horizon=5)``) predicts as many at a time.

        Parameters
        ----------
        history : array-like of shape (n_rows, n_columns) or (n_rows,)
            The rows up to now, oldest first, with the columns of a step: those of X
            under `window`, the last axis of a 3-D X. At least as many as a prediction
            sees. With `group_column`, rows of several series.
        n_steps : int
            How many values to predict.
        future : array-like of shape (n_steps - 1 or n_steps, n_columns), default=None
            Rows that follow on `history`, with the same columns: where some columns are
            not predicted, what will be known of them. The others are ignored, and may
            be NaN. The row of the last step is not needed. With `group_column` as many
            rows of each series.

        Returns
        -------
        ndarray of shape (n_steps,) or (n_steps, n_outputs), or dict of such
            As y in `fit`; one value a step for a model of several steps ahead at once.
            With `group_column` by the name of the series.

        Raises
        ------
        ValueError
            If the model does not predict its own input, or `history` or `future` do not
            fit: the message says what is wanted.
        """
        check_is_fitted(self)
        past = self._checked_past()
        if not isinstance(n_steps, Integral) or n_steps < 1:
            raise ValueError(f"n_steps={n_steps!r}, but an int of 1 or more is wanted.")
        rows, series = self._check_history(history, "history")
        more, more_series = rows[:0], None
        if future is not None and len(future):
            more, more_series = self._check_history(future, "future")
            check_future(index_of(history), series, index_of(future), more_series)
        if series is None:
            return self._forecast_one(rows, more, n_steps, past, None)
        more_parts = dict.fromkeys(series.names, np.arange(0))
        if more_series is not None:
            more_parts |= each_series(more_series, len(more))
        return {
            name: self._forecast_one(
                rows[part],
                more[more_parts[name]],
                n_steps,
                past,
                name,
            )
            for name, part in each_series(series, len(rows)).items()
        }

    def _checked_past(self):
        """`_past`; refuses models whose predictions are not their own next input."""
        if is_list_of_quantiles(*self._loss_parameters[:2]):
            raise ValueError(
                "forecast feeds one value back as the next input, but this model "
                f"predicts the quantiles {self._loss_parameters[1]}. Fit another with "
                "a single quantile, or predict several steps ahead directly: see "
                "make_windows(horizon=)."
            )
        if self._past is None:
            raise ValueError(
                "forecast needs a model that predicts its own next input, with which "
                "y[t] is the value of a column of X in row t + 1, for all rows of fit; "
                "that was not so. Fit on X = series[:-1], y = series[1:], with no rows "
                "left out between, and unscaled or both scaled alike (standardize=True "
                "does that inside); or predict several steps ahead directly: see "
                "make_windows(horizon=)."
            )
        if self._input_kind == "rows" and len(Columns(*self._columns).static):
            raise ValueError(
                "forecast does not know the static features of the rows to come. Pass "
                "them as columns of X with window=, which makes the lags itself, or "
                "leave the recursion to a forecasting library."
            )
        return self._past

    def _check_history(self, rows, name):
        """Rows of a step's columns, in the precision of `fit`, and their series."""
        if np.ndim(rows) == 1:
            rows = np.reshape(rows, (-1, 1))
        index = index_of(rows)
        series = None
        if self._input_kind == "series":
            rows, series = self._check_rows(rows, [self._dtype], reset=False)
        else:
            rows = self._check_steps(rows, name)
        where = check_rising(index, series, len(rows))
        if where is not None:
            raise ValueError(
                f"The index of {name}{where} does not rise from row to row, but the "
                "rows are read in their order, oldest first. Sort them by time."
            )
        return rows, series

    def _check_steps(self, rows, name):
        """Rows of the features of a step, for a model of samples or rows."""
        wanted = self.n_features_in_
        if self._input_kind == "rows":
            wanted = len(self.feature_mean_)
            rows = self._by_variable(rows, name)
        rows = check_array(
            rows, dtype=self._dtype, ensure_all_finite=False, input_name=name
        )
        if rows.shape[1] != wanted:
            raise ValueError(
                f"{name} has {rows.shape[1]} column(s), but {wanted} are wanted, the "
                "features of a step. Pass (n_rows, n_features), oldest first."
            )
        return rows

    def _by_variable(self, rows, name):
        """Columns of a data frame in the order of the variables, if they have names."""
        variables = Columns(*self._columns).features
        if variables in (None, ("",)) or not hasattr(rows, "columns"):
            return rows
        missing = [v for v in variables if v not in list(rows.columns)]
        if missing:
            raise ValueError(
                f"{name} lacks the column(s) {missing}: the variables of the lags are "
                f"{list(variables)}. Name its columns so, or pass an array with these "
                "columns in this order."
            )
        return rows[list(variables)]

    def _forecast_one(self, history, future, n_steps, past, name):
        """Forecast one series, of a name where there are several."""
        where = "" if name is None else f" of series {name!r}"
        n_seen = min(self.n_timesteps_, self._longest)
        if len(history) < n_seen:
            raise ValueError(
                f"history{where} has {len(history)} row(s), but a prediction sees "
                f"{n_seen}. Pass at least {n_seen} rows."
            )
        columns, n_ahead = past
        n_at_once = int(n_ahead.max())
        n_after = (-(-n_steps // n_at_once) - 1) * n_at_once
        own = self._in_rows(columns)
        others = np.setdiff1d(np.arange(history.shape[1]), own)
        rows = np.full((n_seen + n_after, history.shape[1]), np.nan, self._dtype)
        rows[:n_seen] = history[len(history) - n_seen :]
        if len(others):
            n_known = min(len(future), n_after)
            if len(future) not in (n_steps - 1, n_steps):
                raise ValueError(
                    f"future{where} has {len(future)} row(s), but {n_steps - 1} or "
                    f"{n_steps} are wanted: the columns of X that are not predicted "
                    "must be known for the rows that follow on history, but for the "
                    "last."
                )
            rows[n_seen : n_seen + n_known, others] = future[:n_known, others]
        elif len(future):
            raise ValueError(
                "future was passed, but all columns of X are predicted. Leave it out."
            )
        _check_known(rows[:n_seen], f"history{where}")
        _check_known(rows[n_seen:, others], f"future{where}")
        series = None if name is None else one_series(name, n_seen)
        return self._recurse(rows, series, n_seen, own, n_steps, n_at_once)

    def _in_rows(self, features):
        """Columns of `history` that hold some features of a step."""
        steps = Columns(*self._columns).steps
        if steps is None or self._input_kind == "rows":
            return features
        return steps[features]

    def _recurse(self, rows, series, n_seen, own, n_steps, n_at_once):
        """Predict from the last known row, write it into those that follow, and go on.

        Parameters
        ----------
        rows : ndarray of shape (n_rows, n_columns), in and out
            With NaN where predictions will be.
        series : Series or None
            Which series `n_seen` rows of it are, where there are several.
        n_seen : int
            Rows of the past.
        own : ndarray of shape (n_outputs,)
            Columns that the outputs are the next values of.
        """
        columns = Columns(*self._columns)
        if self._input_kind == "rows":
            columns = columns._replace(steps=None, static=np.arange(0))
        starts = np.arange(n_seen - 1, len(rows), n_at_once)
        blocks = []
        for start in starts:
            sequences = read_series(
                rows[start + 1 - n_seen : start + 1], n_seen, columns
            )
            last = np.array([n_seen - 1])
            reading = Reading(sequences, series, None)
            values = self._predict_rows(reading, last)[0, :, 0]
            values = values.reshape(n_at_once, -1)
            blocks.append(values)
            after = rows[start + 1 : start + 1 + n_at_once]
            after[:, own[: values.shape[1]]] = values[: len(after)]
        forecast = np.concatenate(blocks)[:n_steps]
        is_single = self._y_ndim == 1 or n_at_once > 1
        return forecast[:, 0] if is_single else forecast


def _check_known(values, name):
    """Refuse NaN and infinity where the past or the future must be known."""
    unusable = np.argwhere(~np.isfinite(values))
    if len(unusable):
        raise ValueError(
            f"{name} contains {values[tuple(unusable[0])]}, in row {unusable[0][0]} "
            "(counted from 0) of those that are needed. Fill the gap."
        )
