"""How an estimator takes X: what its parameters make of it, and what `fit` saw."""

from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.utils import assert_all_finite, check_array
from sklearn.utils.validation import _num_features, validate_data

from skgru._network._sequences import Sequences
from skgru._reading._build import (
    check_sequences,
    read_rows,
    read_samples,
    read_series,
)
from skgru._reading._columns import Columns, anchor_index, as_list, plan_columns
from skgru._reading._description import describe
from skgru._reading._lag_values import advice_on_order
from skgru._reading._series import (
    Memory,
    Series,
    check_rising,
    index_of,
    remember,
    rows_before,
    split_series,
)
from skgru._warnings import warn_user

# Parameters that say how X is read, and stay those of a fresh fit.
_READING = (
    "window",
    "group_column",
    "n_timesteps",
    "time_order",
    "static_features",
    "anchor",
    "standardize",
)


class Reading(NamedTuple):
    """What X was read as.

    Attributes
    ----------
    sequences : Sequences
    series : Series or None
        Where there are several.
    memory : Memory or None
        What a fit on these rows remembers, with ``remember=True``.
    """

    sequences: Sequences
    series: Series | None
    memory: Memory | None


class SequenceInputMixin:
    """Reads X by the parameters of `_READING`, and `remember`.

    Fitted: ``n_features_in_``, ``feature_names_in_``, ``n_timesteps_``, and of the kind
    of X: ``_dtype``, ``_reading`` (the parameters then), ``_columns`` and
    ``_input_kind``, one of "samples" (3-D), "series" (2-D with a window) and "rows"
    (2-D); with ``remember=True`` also the ends of the series, ``_memory``.
    """

    window: int | None
    group_column: int | str | None
    n_timesteps: int | None
    time_order: str
    static_features: object
    remember: bool
    anchor: int | str | None
    n_timesteps_: int
    n_features_in_: int
    standardize: bool | str
    _dtype: str
    _reading: tuple
    _columns: tuple
    _input_kind: str
    _memory: tuple | None

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
        if self.group_column is not None and self.window is None:
            raise ValueError(
                f"group_column={self.group_column!r} needs window=: it keeps the "
                "windows of one series apart from those of the next, and without "
                "window every row is a sequence of its own. Pass window=, or leave "
                "group_column out and that column out of X."
            )
        if self.time_order == "newest_first" and self.window is not None:
            raise ValueError(
                "time_order='newest_first' cannot be combined with window=, which "
                "reads rows in their order, oldest first. Reverse the rows of X and y "
                "instead."
            )

    def _read(self, X, *, reset, continues=False, fits=False):
        """Turn X into sequences.

        Parameters
        ----------
        X : array-like
        reset : bool
            Whether X decides what is expected later, as in `fit`, or is held to what
            was seen then.
        continues : bool, default=False
            Whether rows of a series follow on the remembered ones, if there are any.
        fits : bool, default=False
            Whether these are rows to train on.

        Returns
        -------
        Reading
        """
        # Data frames of polars have a shape, and no ndim.
        if not hasattr(X, "shape"):
            X = np.asarray(X)
        n_dims = len(X.shape)
        if n_dims > 3:
            raise ValueError(
                f"X has {n_dims} dimensions, but 2 or 3 are wanted: rows of features, "
                "or (n_samples, n_timesteps, n_features). Reshape X."
            )
        kind = self._kind_of(n_dims, reset=reset)
        dtype = ["float64", "float32"] if reset else [self._dtype]
        series = memory = None
        if reset:
            self._input_kind = kind
            self._reading = self._reading_parameters()
        if kind == "samples":
            X = check_sequences(X, dtype)
            self._check_n_features_of_samples(X, reset=reset)
            if reset:
                self._plan_columns()
            newest_first = self._parameter_of_fit("time_order") == "newest_first"
            sequences = read_samples(
                X, Columns(*self._columns), newest_first=newest_first
            )
        elif kind == "rows":
            X = self._check_table(X, dtype, reset=reset)
            sequences = read_rows(X, Columns(*self._columns))
        else:
            index = index_of(X)
            X, series = self._check_rows(X, dtype, reset=reset)
            sequences, memory = self._read_series(
                X, series, index, continues=continues, fits=fits
            )
        if reset:
            window = self._parameter_of_fit("window")
            self._dtype = sequences.values.dtype.name
            self.n_timesteps_ = sequences.n_timesteps if window is None else window
        return Reading(sequences, series, memory)

    def _check_table(self, X, dtype, *, reset):
        """Check a 2-D X of one sequence a row."""
        table = X
        X = validate_data(
            self,
            X,
            reset=reset,
            dtype=dtype,
            ensure_all_finite=not reset and self._is_plain(),
        )
        if reset:
            self._plan_columns()
            if self._is_plain():
                assert_all_finite(X, estimator_name=type(self).__name__, input_name="X")
                self._warn_of_order(table, X)
        return X

    def _is_plain(self):
        """Whether nothing but the order of the columns says that they are steps."""
        is_named = Columns(*self._columns).features is not None
        return self._parameter_of_fit("n_timesteps") is None and not is_named

    def _check_rows(self, X, dtype, *, reset):
        """Check a 2-D X of consecutive rows, and find the series that they belong to.

        Returns
        -------
        X : ndarray
            Without the column of groups.
        series : Series or None
        """
        if self._parameter_of_fit("group_column") is None:
            X = validate_data(
                self, X, reset=reset, dtype=dtype, ensure_all_finite=False
            )
            if reset:
                self._plan_columns()
            return X, None
        # The names of series need not be numbers.
        X = validate_data(self, X, reset=reset, skip_check_array=True)
        if reset:
            self._plan_columns()
        group = Columns(*self._columns).group
        X, series = split_series(X, group, self.n_features_in_)
        X = check_array(
            X,
            dtype=dtype,
            ensure_all_finite=False,
            estimator=self,
            input_name="X",
        )
        return X, series

    def _read_series(self, X, series, index, *, continues, fits):
        """Windows of consecutive rows, the remembered ones before them."""
        window = self._parameter_of_fit("window")
        memory = getattr(self, "_memory", None) if continues else None
        before = new_memory = None
        if memory is not None:
            memory = Memory(*memory)
            before = rows_before(memory, X, series, index, may_begin=fits)
        self._warn_of_falling(index, series, len(X))
        codes = None if series is None else series.codes
        sequences = read_series(X, window, Columns(*self._columns), codes, before)
        if fits and self.remember:
            new_memory = remember(X, series, index, window, memory)
        return sequences, new_memory

    def _plan_columns(self):
        """Decide how the columns are read."""
        reading = dict(zip(_READING, self._reading, strict=True))
        self._columns = tuple(
            plan_columns(
                self._input_kind,
                self.n_features_in_,
                getattr(self, "feature_names_in_", None),
                **{
                    name: reading[name]
                    for name in (
                        "static_features",
                        "group_column",
                        "n_timesteps",
                        "time_order",
                    )
                },
            )
        )

    def _reading_parameters(self):
        """Parameters that say how X is read."""
        parameters = {name: getattr(self, name) for name in _READING}
        # An array has no single answer to being equal.
        parameters["static_features"] = as_list(parameters["static_features"])
        return tuple(parameters.values())

    def _parameter_of_fit(self, name):
        """One of them, as it was in `fit`."""
        return self._reading[_READING.index(name)]

    def _check_reading_unchanged(self):
        """Refuse to go on training on another reading of X."""
        if self._reading_parameters() != self._reading:
            changed = {
                name: (now, then)
                for name, now, then in zip(
                    _READING, self._reading_parameters(), self._reading, strict=True
                )
                if now != then
            }
            shown = ", ".join(
                f"{name} is {now!r}, but was {then!r}"
                for name, (now, then) in changed.items()
            )
            raise ValueError(
                f"{shown} when training began, and what says how X is read cannot "
                "change while it goes on. Set it back, or fit anew with "
                "warm_start=False."
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

    def _warn_of_order(self, X, values):
        """Warn where columns are read as time that probably are something else."""
        if self.time_order == "oldest_first":
            return
        is_default = self.time_order == "auto"
        static = Columns(*self._columns).static.tolist()
        advice = advice_on_order(values, static, newest_first=not is_default)
        is_frame = hasattr(X, "columns") and _num_features(X) > 1
        if advice is None and is_default and is_frame:
            names = [str(name) for name in X.columns]
            shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
            advice = (
                f"The {len(names)} columns of X ({shown}) are read as {len(names)} "
                "time steps of one feature, oldest first. If they are variables and "
                "the rows are consecutive observations, pass window= (how many rows "
                "each prediction sees). If each row is a sequence, pass n_timesteps= "
                f"(n_timesteps={len(names)} for this reading, without the warning)."
            )
        if advice is not None:
            warn_user(advice)

    def _warn_of_falling(self, index, series, n_rows):
        """Warn where the index shows that rows are not in the order of time."""
        where = check_rising(index, series, n_rows)
        if where is not None:
            warn_user(
                f"The index of X{where} does not rise from row to row, but with window "
                "rows are read in their order, oldest first. Sort X and y by time (as "
                "X.sort_index()), and split them without shuffling."
            )

    def _remember_end(self, reading):
        """Keep the ends of the rows of `fit` for those that follow them."""
        self._memory = None if reading.memory is None else tuple(reading.memory)

    def _anchor_index(self):
        """Index of the anchor among the features of a step, or -1."""
        return anchor_index(
            self.anchor,
            Columns(*self._columns),
            self._input_kind,
            getattr(self, "feature_names_in_", None),
            self.n_features_in_,
        )

    def describe_input(self, X):
        """Show how X will be read, without training.

        Parameters
        ----------
        X : array-like
            As for `fit`.

        Returns
        -------
        InputDescription
            A tuple of lines (column, read_as) that prints as a table, also in a
            notebook, with the number of sequences and their steps above it.

        Raises
        ------
        ValueError
            Whatever `fit` would raise about X.
        """
        reader = clone(self)
        reader._validate_params()
        reader._check_input_parameters()
        reading = reader._read(X, reset=True)
        reader._anchor_index()
        return describe(
            reading,
            Columns(*reader._columns),
            reader._input_kind,
            getattr(reader, "feature_names_in_", None),
            reader.n_features_in_,
            reader.time_order,
        )
