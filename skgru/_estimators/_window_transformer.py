"""WindowTransformer: make the window of past rows for each row of a series."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_is_fitted,
)

from skgru._estimators._attributes import published
from skgru._estimators._doc_links import DocLinkMixin
from skgru._estimators._state import KeepsParts
from skgru._reading._memory import rows_before
from skgru._reading._reader import Reader
from skgru._reading._series import one_behind_the_other, rows_of_each
from skgru._reading._settings import ReadingSettings
from skgru._reading._shape import with_shape
from skgru._reading._time import check_order


class WindowTransformer(KeepsParts, DocLinkMixin, TransformerMixin, BaseEstimator):
    """Turn each row into the window of rows that ends with it.

    Row t becomes the rows ``t - window + 1, …, t``: this row and the rows before it, as
    in ``DataFrame.rolling(window)``. The number of rows stays the same, so X and y stay
    aligned in a `Pipeline`. The windows of the first rows begin before the series: see
    `initial`.

    Parameters
    ----------
    window : int, default=10
        Number of rows in a window, at least 1.
    flatten : bool, default=False
        Whether the output is 2-D, with a column for each step and feature, oldest step
        first: ``x_lag_2, x_lag_1, x_lag_0``. Meant for regressors other than
        :class:`GRURegressor`, and for `set_output`. The 2-D output is a copy; the 3-D
        output is a view.
    initial : {"nan", "edge"}, default="nan"
        What takes the place of rows before the first one: NaN in all features, which
        :class:`GRURegressor` reads as missing steps, or the first row repeated.
    remember : bool, default=False
        Whether the rows passed to `transform` follow directly on the rows of `fit`. The
        first windows then begin with the last ``window - 1`` rows of `fit`. Rows that
        begin with those of `fit` are recognised, and no rows are put before them. If
        the index of a DataFrame shows that rows do not follow, that is an error, or a
        warning if it only seems so.
    group_column : int or str, default=None
        Index or name of the column, or name of the level of the index of X, that says
        which series a row belongs to (``"level_0"`` if the level has no name). Its
        values may be of any type. Windows never reach from one series into another;
        rows of different series may be interleaved. The column itself is left out of
        the windows, which are then a copy.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X had names that are all strings.
    tail_ : ndarray of shape (window - 1, n_features) or dict of such
        The last rows of `fit`, or fewer than ``window - 1`` if there were fewer. With
        `group_column`, a dict of the last rows of each series by its name. Exists only
        with ``remember=True``.

    See Also
    --------
    GRURegressor : Its parameter `window` does the same without this transformer, and is
        to be preferred: it never copies windows, not even when pickled or indexed.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import WindowTransformer
    >>> X = np.array([[1.0], [2.0], [3.0]])
    >>> WindowTransformer(window=2, flatten=True).fit_transform(X)
    array([[nan,  1.],
           [ 1.,  2.],
           [ 2.,  3.]])
    >>> WindowTransformer(window=2).fit_transform(X).shape
    (3, 2, 1)
    """

    _parameter_constraints = {
        "window": [Interval(Integral, 1, None, closed="left")],
        "flatten": ["boolean"],
        "initial": [StrOptions({"nan", "edge"})],
        "remember": ["boolean"],
        "group_column": [Integral, str, None],
    }

    _fitted_class = Reader
    _fitted: Reader

    n_features_in_ = published(
        lambda reader: reader.n_features_in, "Number of columns of X in `fit`."
    )
    feature_names_in_ = published(
        lambda reader: reader.feature_names_in, "Names of the columns of X in `fit`."
    )
    tail_ = published(lambda reader: _tails(reader), "The last rows of `fit`.")

    def __init__(
        self,
        window=10,
        *,
        flatten=False,
        initial="nan",
        remember=False,
        group_column=None,
    ):
        self.window = window
        self.flatten = flatten
        self.initial = initial
        self.remember = remember
        self.group_column = group_column

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y=None):
        """Learn the number of features and, with ``remember=True``, the last rows.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Consecutive observations, oldest first.
        y : None
            Ignored.

        Returns
        -------
        self
        """
        settings = ReadingSettings.of_windows(self)
        self._fitted = Reader.of_windows(X, settings, type(self).__name__)
        return self

    def transform(self, X):
        """Make the window of every row.

        Parameters
        ----------
        X : array-like of shape (n_rows, n_features)
            Consecutive observations, oldest first.

        Returns
        -------
        ndarray of shape (n_rows, window, n_features) or (n_rows, window * n_features)
            A read-only view of one padded copy of X; with ``flatten=True`` or
            `group_column`, a copy of all windows.

        Raises
        ------
        ValueError
            If pandas or polars output is asked for without ``flatten=True``, or if with
            ``remember=True`` the rows do not follow on those of `fit`.

        Warns
        -----
        UserWarning
            If the index of X shows that its rows are not in the order of time, or that
            they are of several series.
        """
        check_is_fitted(self)
        if not self.flatten and _get_output_config("transform", self)["dense"] not in (
            "default",
            None,
        ):
            raise ValueError(
                "WindowTransformer's output is 3-D, (n_rows, window, n_features), "
                "which no DataFrame can hold. Pass flatten=True for 2-D output with a "
                "named column for each step, or set_output(transform='default')."
            )
        reader = self._fitted  # read once: another thread may replace it by a fit
        rows = reader.rows_of(
            with_shape(X),
            type(self).__name__,
            ensure_all_finite="allow-nan",
            dtypes=["float64", "float32"],
        )
        if reader.n_timesteps > 1:
            check_order(rows.times, rows.series, "X")
        before = self._before(reader, rows)
        X, series, window = rows.values, rows.series, reader.n_timesteps
        if series is None:
            values, stops = np.concatenate([*before, X]), None
        else:
            values, stops, _ = one_behind_the_other(X, series.codes, before)
        windows = np.lib.stride_tricks.sliding_window_view(values, window, axis=0)
        windows = windows.transpose(0, 2, 1)
        if stops is not None:
            windows = windows[stops - window]
        if self.flatten:
            return windows.reshape(len(X), -1)
        return windows

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the 2-D output, ``x_lag_2`` for x two rows back.

        Parameters
        ----------
        input_features : array-like of str, default=None
            Names of the input columns; those seen in `fit` by default.

        Returns
        -------
        ndarray of str of shape (window * n_features,)

        Raises
        ------
        ValueError
            Without ``flatten=True``, because 3-D output has no columns.
        """
        check_is_fitted(self)
        reader = self._fitted
        names = self._names_of_step(input_features)
        if not self.flatten:
            raise ValueError(
                "The 3-D output of WindowTransformer has no columns to name. Pass "
                "flatten=True for 2-D output with a named column for each step."
            )
        return np.array(
            [
                f"{name}_lag_{lag}"
                for lag in range(reader.n_timesteps - 1, -1, -1)
                for name in names
            ],
            dtype=object,
        )

    def _names_of_step(self, input_features):
        """Names of the last axis of the 3-D output: the columns but that of groups."""
        names = _check_feature_names_in(self, input_features)
        group = self._fitted.columns.group
        return names if group < 0 else np.delete(names, group)

    def _before(self, reader, rows):
        """For each series, the ``window - 1`` rows to put before its first row."""
        X, series, _ = rows
        window, nothing = reader.n_timesteps, X[:0]
        if reader.memory is not None:
            before = rows_before(reader.memory, rows)
        else:
            before = [nothing] * (1 if series is None else len(series.names))
        padded = []
        for older, of_series in zip(before, rows_of_each(series, len(X)), strict=True):
            n_missing = window - 1 - len(older)
            if self.initial == "nan":
                missing = np.full((n_missing, X.shape[1]), np.nan, dtype=X.dtype)
            else:
                first = older[:1] if len(older) else X[of_series[:1]]
                missing = np.repeat(first, n_missing, axis=0)
            padded.append(np.concatenate([missing, older], dtype=X.dtype))
        return padded

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _tails(reader):
    """The last rows of `fit`; if there are several series, a dict by their names."""
    memory = reader.memory
    if memory is None:
        return None
    if not reader.columns.tell_series:
        return memory.tails[0]
    return dict(zip(memory.names, memory.tails, strict=True))
