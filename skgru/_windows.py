"""Causal windows of a series that keep the number of rows."""

from numbers import Integral

import joblib
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils._set_output import _get_output_config
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_is_fitted,
    validate_data,
)


def end_of_series(X, window):
    """Copy of the last ``window - 1`` rows, which the rows that follow look back to."""
    return X[max(0, len(X) - window + 1) :].copy()


def digest_of(X):
    """Digest by which the rows of `fit` are recognised: of their values alone."""
    # The sum makes a fresh array, of one sign of zero and with strides of its own.
    return joblib.hash(np.add(X, 0.0, order="C"))


class WindowTransformer(TransformerMixin, BaseEstimator):
    """Turn each row into the window of rows that ends with it.

    Row t becomes the rows ``t - window + 1, …, t``: this row and what came before, as
    ``DataFrame.rolling(window)``. The number of rows stays the same, so X and y stay
    aligned in a `Pipeline`. The first rows have windows that begin before the series:
    see `initial`.

    Parameters
    ----------
    window : int, default=10
        Rows in a window, at least 1.
    flatten : bool, default=False
        Whether the output is 2-D, a column for each step and feature, oldest step
        first: ``x_lag_2, x_lag_1, x_lag_0``. For regressors other than
        :class:`GRURegressor`, and for `set_output`. It copies; the 3-D output does not.
    initial : {"nan", "edge"}, default="nan"
        What stands for rows before the first one: NaN in all features, which
        :class:`GRURegressor` reads as missing steps, or the first row repeated.
    remember : bool, default=False
        Whether the rows passed to `transform` follow directly on those of `fit`, so
        that the last ``window - 1`` of these stand before them. The rows of `fit`
        themselves are recognised and get none.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X had names that are all strings.
    tail_ : ndarray of shape (window - 1, n_features)
        The last rows of `fit`, fewer if there were fewer. Only with ``remember=True``.

    See Also
    --------
    GRURegressor : Its parameter `window` does the same without this transformer, and is
        to be preferred: it copies no window, also not when pickled or indexed.

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
    }

    def __init__(self, window=10, *, flatten=False, initial="nan", remember=False):
        self.window = window
        self.flatten = flatten
        self.initial = initial
        self.remember = remember

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
        X = self._check(X, reset=True)
        if self.remember:
            self.tail_ = end_of_series(X, self.window)
            self._digest = digest_of(X)
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
            A read-only view of one padded copy of X, or with ``flatten=True`` a copy
            of its own.

        Raises
        ------
        ValueError
            If pandas or polars output is asked for without ``flatten=True``.
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
        X = self._check(X, reset=False)
        padded = self._pad(X)
        windows = np.lib.stride_tricks.sliding_window_view(padded, self.window, axis=0)
        windows = windows.transpose(0, 2, 1)
        if self.flatten:
            return windows.reshape(len(X), -1)
        return windows

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the flat output, ``x_lag_2`` for x two rows back.

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
            Without ``flatten=True``, where the output has no columns.
        """
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        if not self.flatten:
            raise ValueError(
                "The 3-D output of WindowTransformer has no columns to name. Pass "
                "flatten=True for 2-D output with a named column for each step."
            )
        return np.array(
            [
                f"{name}_lag_{lag}"
                for lag in range(self.window - 1, -1, -1)
                for name in names
            ],
            dtype=object,
        )

    def _check(self, X, *, reset):
        return validate_data(
            self,
            X,
            reset=reset,
            dtype=[np.float64, np.float32],
            ensure_all_finite="allow-nan",
        )

    def _pad(self, X):
        """X with the ``window - 1`` rows that its first windows look back to."""
        before = X[:0]
        if self.remember:
            before = X[:0] if digest_of(X) == self._digest else self.tail_
        n_missing = self.window - 1 - len(before)
        if self.initial == "nan":
            missing = np.full((n_missing, X.shape[1]), np.nan, dtype=X.dtype)
        else:
            first = before[:1] if len(before) else X[:1]
            missing = np.repeat(first, n_missing, axis=0)
        return np.concatenate([missing, before, X], dtype=X.dtype)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
