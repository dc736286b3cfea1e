"""How an estimator takes X: what its parameters make of it, and what `fit` saw."""

import warnings

import numpy as np
from sklearn.utils.validation import _num_features, validate_data

from skgru._sequences import (
    check_sequences,
    read_rows,
    read_samples,
    read_series,
)
from skgru._windows import digest_of, end_of_series


class SequenceInputMixin:
    """Reads X by `window`, `n_timesteps`, `time_order`, `remember` and `anchor`.

    Fitted: ``n_features_in_``, ``feature_names_in_``, ``n_timesteps_``, and of the kind
    of X: ``_dtype``, ``_reading`` (the parameters then), and ``_input_kind``, one of
    "samples" (3-D), "series" (2-D with a window) and "rows" (2-D); with
    ``remember=True`` also the end of the series.
    """

    window: int | None
    n_timesteps: int | None
    time_order: str
    remember: bool
    anchor: int | str | None
    n_timesteps_: int
    standardize: bool
    _dtype: str
    _reading: tuple
    _input_kind: str
    _tail: np.ndarray

    def _check_input_parameters(self):
        """Refuse parameters that contradict each other."""
        if self.window is not None and self.n_timesteps is not None:
            raise ValueError(
                f"window={self.window} and n_timesteps={self.n_timesteps} exclude each "
                "other: window reads rows as consecutive observations, n_timesteps "
                "reads each row as one sequence. Pass one of them."
            )
        if self.remember and self.window is None:
            raise ValueError(
                "remember=True needs window=: it puts the last rows of fit before the "
                "rows passed to predict, which only windows look back to."
            )
        if self.time_order == "newest_first" and self.window is not None:
            raise ValueError(
                "time_order='newest_first' cannot be combined with window=, which "
                "reads rows in their order, oldest first. Reverse the rows of X and y "
                "instead."
            )

    def _read(self, X, *, reset, continues=False):
        """Turn X into sequences.

        Parameters
        ----------
        X : array-like
        reset : bool
            Whether X decides what is expected later, as in `fit`, or is held to what
            was seen then.
        continues : bool, default=False
            Whether rows of a series follow on the remembered ones, if there are any.

        Returns
        -------
        Sequences
        """
        if not hasattr(X, "ndim"):
            X = np.asarray(X)
        if X.ndim > 3:
            raise ValueError(
                f"X has {X.ndim} dimensions, but 2 or 3 are wanted: rows of features, "
                "or (n_samples, n_timesteps, n_features). Reshape X."
            )
        kind = self._kind_of(X.ndim, reset=reset)
        dtype = ["float64", "float32"] if reset else [self._dtype]
        if reset:
            self._reading = self._reading_parameters()
        window, n_timesteps, time_order = self._reading[:3]
        newest_first = time_order == "newest_first"
        if kind == "samples":
            X = check_sequences(X, dtype)
            self._check_n_features_of_samples(X, reset=reset)
            sequences = read_samples(X, newest_first=newest_first)
        else:
            if reset and kind == "rows":
                self._warn_of_variables(X)
            plain = kind == "rows" and n_timesteps is None
            X = validate_data(
                self, X, reset=reset, dtype=dtype, ensure_all_finite=plain
            )
            if kind == "rows":
                sequences = read_rows(
                    X, n_timesteps or X.shape[1], newest_first=newest_first
                )
            else:
                sequences = self._read_series(X, window=window, continues=continues)
        if reset:
            self._input_kind = kind
            self._dtype = sequences.values.dtype.name
            self.n_timesteps_ = sequences.n_timesteps if window is None else window
        return sequences

    def _reading_parameters(self):
        """Parameters that say how X is read, and stay those of a fresh fit."""
        names = ("window", "n_timesteps", "time_order", "anchor", "standardize")
        return tuple(getattr(self, name) for name in names)

    def _check_reading_unchanged(self):
        """Refuse to go on training on another reading of X."""
        if self._reading_parameters() != self._reading:
            raise ValueError(
                "window, n_timesteps, time_order, anchor and standardize are "
                f"{self._reading_parameters()}, but were {self._reading} when training "
                "began, and cannot change while it goes on. Set them back, or fit anew "
                "with warm_start=False."
            )

    def _kind_of(self, n_dims, *, reset):
        """What X is, by its dimensions and the parameters; the same as in `fit`."""
        if not reset:
            self._check_dimensions_of_fit(n_dims)
            return self._input_kind
        if n_dims < 3:
            return "rows" if self.window is None else "series"
        for name in ("window", "n_timesteps"):
            if getattr(self, name) is not None:
                raise ValueError(
                    "X is 3-D, (n_samples, n_timesteps, n_features), so its steps are "
                    f"known and {name}={getattr(self, name)} has no meaning. Pass "
                    f"{name}=None, or a 2-D X."
                )
        return "samples"

    def _check_dimensions_of_fit(self, n_dims):
        """Refuse 2-D after 3-D, and 3-D after 2-D."""
        fitted_on_samples = self._input_kind == "samples"
        if (n_dims == 3) != fitted_on_samples:
            fitted, wanted = (
                ("3-D", "(n_samples, n_timesteps, n_features)")
                if fitted_on_samples
                else ("2-D", "(n_rows, n_columns)")
            )
            raise ValueError(
                f"X is {n_dims}-D, but {type(self).__name__} was fitted on a {fitted} "
                f"X. Pass X of shape {wanted}."
            )

    def _check_n_features_of_samples(self, X, *, reset):
        """Hold the last axis of a 3-D X to what `fit` saw."""
        if 0 in X.shape:
            raise ValueError(
                f"Found array with shape {X.shape}: at least one sample, one step and "
                "one feature are required."
            )
        if reset:
            self.n_features_in_ = X.shape[2]
            if hasattr(self, "feature_names_in_"):
                del self.feature_names_in_
        elif X.shape[2] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[2]} features in its last axis, but "
                f"{type(self).__name__} is expecting {self.n_features_in_} features as "
                "input. The number of timesteps may differ from fit, the number of "
                "features may not."
            )

    def _warn_of_variables(self, X):
        """Warn where columns of a DataFrame are about to be read as time."""
        if (
            not hasattr(X, "columns")
            or self.n_timesteps is not None
            or self.time_order != "auto"
            or _num_features(X) < 2
        ):
            return
        names = [str(name) for name in X.columns]
        shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
        warnings.warn(
            f"The {len(names)} columns of X ({shown}) are read as {len(names)} time "
            "steps of one feature, oldest first. If they are variables and the rows "
            "are consecutive observations, pass window= (how many rows each prediction "
            "sees). If each row is a sequence, pass n_timesteps= "
            f"(n_timesteps={len(names)} for this reading, without the warning).",
            UserWarning,
            stacklevel=7,  # where fit was called
        )

    def _read_series(self, X, *, window, continues):
        """Windows of consecutive rows, the remembered ones before them."""
        before = X[:0]
        if continues and hasattr(self, "_tail"):
            is_last_fit = digest_of(X) == self._digest
            before = self._tail_of_last_fit if is_last_fit else self._tail
        rows = np.concatenate([before, X]) if len(before) else X
        return read_series(rows, window, len(before))

    def _remember_end(self, sequences):
        """Keep the end of the rows of `fit` for those that follow them."""
        if not self.remember:
            self.__dict__.pop("_tail", None)
            return
        n_rows = len(sequences.stops)
        self._digest = digest_of(sequences.values[-n_rows:])
        self._tail_of_last_fit = sequences.values[:-n_rows].copy()
        self._tail = end_of_series(sequences.values, self.n_timesteps_)

    def _anchor_index(self, n_features):
        """Index of the anchor among the features of a step, or -1."""
        anchor = self.anchor
        if anchor is None:
            return -1
        if isinstance(anchor, str):
            names = list(getattr(self, "feature_names_in_", []))
            if n_features != len(names) or anchor not in names:
                raise ValueError(
                    f"anchor={anchor!r} is not the name of a feature of X. "
                    + (
                        f"The features are {names}."
                        if n_features == len(names)
                        else "The features of a step have no names here; pass the "
                        f"index, 0 to {n_features - 1}."
                    )
                )
            return names.index(anchor)
        if not -n_features <= anchor < n_features:
            raise ValueError(
                f"anchor={anchor} is not the index of a feature: X has {n_features} "
                f"feature(s) at each step. Pass 0 to {n_features - 1}."
            )
        return int(anchor) % n_features
