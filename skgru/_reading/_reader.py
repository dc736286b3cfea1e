"""The reader of an estimator turns every X into sequences as it did in `fit`.

X is of one of three kinds, and each kind has its own method that reads it:

========  =========================  ===================================================
kind      X                          read as
========  =========================  ===================================================
samples   3-D                        (n_samples, n_timesteps, n_features): sequences
rows      2-D, without `window`      a sequence in each row
series    2-D, with `window`         consecutive observations, each of which is the end
                                     of a sequence; of one series or several
========  =========================  ===================================================

Reading has four stages: check the names and the number of columns, plan what each
column is (``_columns.py``), check the numbers, and build the sequences (``_build.py``).
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_array
from sklearn.utils.validation import _num_features, validate_data

from skgru._network._sequences import Sequences
from skgru._reading._build import check_sequences, read_rows, read_samples, read_series
from skgru._reading._categories import (
    Vocabulary,
    find_categories,
    learn_categories,
)
from skgru._reading._columns import (
    Columns,
    anchor_index,
    columns_by_values,
    plan_columns,
)
from skgru._reading._consistency import check_reader
from skgru._reading._lag_values import advice_on_order, series_of_sequences
from skgru._reading._memory import Memory, remember, rows_before
from skgru._reading._numbers import check_table, encoded
from skgru._reading._series import Series
from skgru._reading._settings import ReadingSettings
from skgru._reading._shape import (
    DTYPES,
    check_not_empty,
    refuse_dimensions,
    stand_in,
    with_shape,
)
from skgru._reading._time import Times, check_order
from skgru._reading._where_series import where_series_are_named
from skgru._warnings import warn_user


class Reading(NamedTuple):
    """The result of reading an X.

    Attributes
    ----------
    sequences : Sequences
    series : Series or None
        Which series each row belongs to, where there are several.
    """

    sequences: Sequences
    series: Series | None


class Rows(NamedTuple):
    """Consecutive rows: their numbers, their series and their times, kept apart.

    Attributes
    ----------
    values : ndarray of shape (n_rows, n_columns)
        The columns of X without the one that names the series.
    series : Series or None
        Which series each row belongs to, where there are several.
    times : Times or None
        What the index of X tells of time, if anything.
    """

    values: np.ndarray
    series: Series | None
    times: Times | None


@dataclass(frozen=True)
class Reader:
    """How X was read in `fit`, and so how each later X is read.

    Attributes
    ----------
    settings : ReadingSettings
        The parameters of `fit`.
    kind : {"samples", "rows", "series"}
        What X is: see the table at the head of this file.
    dtype : str
        The dtype of all computations, "float64" or "float32".
    columns : Columns
        What each column of X is.
    n_features_in : int
        Number of columns of X; for a 3-D X, the features of its last axis.
    feature_names_in : ndarray of shape (n_features_in,) or None
        Names of the columns, if all are strings.
    n_timesteps : int
        Steps of the sequences in `fit`; with `window`, the value of that parameter. 0
        before any sequence has been seen, as with weights from elsewhere.
    longest : int
        Steps of the longest sequence in `fit`: a series may be shorter than `window`.
    memory : Memory or None
        The last rows of each series in `fit`, which later rows follow on.
    vocabularies : list of Vocabulary
        The categories of each categorical feature: first those of a step, then the
        static ones, each in the order in which they stand last among the features.
    """

    settings: ReadingSettings
    kind: str
    dtype: str
    columns: Columns
    n_features_in: int
    feature_names_in: np.ndarray | None
    n_timesteps: int
    longest: int
    memory: Memory | None
    vocabularies: list[Vocabulary]

    @classmethod
    def of_fit(cls, X, settings, owner, before=None, *, follows=False):
        """Read an X to train on, and make the reader for every later X.

        Parameters
        ----------
        X : array-like
        settings : ReadingSettings
        owner : str
            Name of the estimator, for messages.
        before : Reader, default=None
            The reader of the earlier fit, if training continues from it.
        follows : bool, default=False
            Whether the rows may follow on those that `before` remembers.

        Returns
        -------
        Reader, Reading
        """
        X = with_shape(X)
        reader = before or cls._planned(X, settings, owner)
        reader = replace(reader, settings=settings)
        reader._check_dimensions(len(X.shape), owner)
        if reader.kind == "series":
            rows = reader.rows_of(X, owner)
            reading = reader._read_rows_of_series(rows, follows)
            reader = reader._remembering(rows, follows)
        elif reader.kind == "rows":
            table = reader._table_of(X, owner)
            if before is None:
                reader = reader._looking_at(table)
                reader._warn_of_order(X, table)
            reading = Reading(read_rows(table, reader.columns), series=None)
        else:
            reading = reader.read(X, owner)
        if not reader.longest:
            reader = reader._with_what_was_seen(reading)
        return reader, reading

    @classmethod
    def of_windows(cls, X, settings, owner):
        """Make the reader of a `WindowTransformer`, whose X is consecutive rows.

        The parameters are those of `of_fit`.

        Returns
        -------
        Reader
        """
        X = with_shape(X)
        reader = cls._planned(X, settings, owner)
        rows = reader.rows_of(X, owner, ensure_all_finite="allow-nan")
        reader = replace(
            reader,
            dtype=rows.values.dtype.name,
            n_timesteps=settings.window,
            longest=settings.window,
        )
        return reader._remembering(rows, follows=False)

    @classmethod
    def _planned(cls, X, settings, owner):
        """A reader that knows the columns of X, but has not read its numbers yet."""
        kind = settings.kind_of(len(X.shape))
        if kind == "samples":
            check_not_empty(X)
            n_columns, names = int(X.shape[2]), None
        else:
            if 0 in X.shape or len(X.shape) < 2:
                # There are no columns to plan: scikit-learn raises its own error here.
                check_array(X, dtype=None, estimator=owner, input_name="X")
            looked_at = stand_in(owner)
            validate_data(looked_at, X, reset=True, skip_check_array=True)
            n_columns = int(looked_at.n_features_in_)
            names = getattr(looked_at, "feature_names_in_", None)
        group, level = -1, None
        if settings.group_column is not None and kind != "samples":
            group, level = where_series_are_named(
                settings.group_column, X, names, n_columns
            )
        asked = settings.categorical_features
        categories = find_categories(asked, X, n_columns, names, group)
        columns, *of_features = plan_columns(
            kind,
            n_columns,
            names,
            static_features=settings.static_features,
            group=group,
            n_timesteps=settings.n_timesteps,
            time_order=settings.time_order,
            categorical=categories,
        )
        columns = columns._replace(level=level)
        reader = cls(settings, kind, "", columns, n_columns, names, 0, 0, None, [])
        return reader._with_categories(X, *of_features) if categories else reader

    def _with_categories(self, X, of_steps, static):
        """The same reader, with the categories that stand in some columns of X."""
        vocabularies = learn_categories(X, of_steps + static, self.shown)
        n_codes = tuple(vocabulary.n_codes for vocabulary in vocabularies)
        columns = self.columns._replace(
            n_codes=n_codes[: len(of_steps)], static_n_codes=n_codes[len(of_steps) :]
        )
        return replace(self, columns=columns, vocabularies=vocabularies)

    def _looking_at(self, table):
        """The same reader, or one that knows lags by the values of their columns."""
        if not self.is_plain or self.vocabularies:
            return self
        columns = columns_by_values(
            self.columns,
            self.feature_names_in,
            table,
            is_told=self.settings.time_order != "auto",
        )
        return replace(self, columns=columns)

    def _with_what_was_seen(self, reading):
        """The same reader, with the dtype and the number of steps of the first X.

        A reader that has a dtype already has read X in it.
        """
        window, sequences = self.settings.window, reading.sequences
        return replace(
            self,
            dtype=sequences.values.dtype.name,
            n_timesteps=sequences.n_timesteps if window is None else window,
            longest=sequences.n_timesteps,
        )

    def read(self, X, owner, *, follows=True):
        """Read an X of the same kind as in `fit`.

        Parameters
        ----------
        X : array-like
        owner : str
            Name of the estimator, for messages.
        follows : bool, default=True
            Whether the rows of each series follow on its remembered rows, if there are
            any.

        Returns
        -------
        Reading

        Raises
        ------
        ValueError
            If X is of another kind, has other columns, or cannot be read.
        """
        X = with_shape(X)
        self._check_dimensions(len(X.shape), owner)
        return getattr(self, f"_read_{self.kind}")(X, owner, follows)

    # One method for each kind of X

    def _read_samples(self, X, owner, follows):
        """Read a 3-D X."""
        if not self.vocabularies:
            X = check_sequences(X, self.dtypes)
        check_not_empty(X)
        if X.shape[2] != self.n_features_in:
            raise ValueError(
                f"X has {X.shape[2]} features in its last axis, but {owner} is "
                f"expecting {self.n_features_in} features as input. The number of "
                "timesteps may differ from fit, the number of features may not."
            )
        if self.vocabularies:
            X = encoded(self, X, lambda rest: check_sequences(rest, self.dtypes))
        newest_first = self.settings.time_order == "newest_first"
        return Reading(
            read_samples(X, self.columns, newest_first=newest_first), series=None
        )

    def _read_rows(self, X, owner, follows):
        """Read a 2-D X that holds a sequence in each row."""
        return Reading(read_rows(self._table_of(X, owner), self.columns), series=None)

    def _table_of(self, X, owner):
        """Check a 2-D X that holds a sequence in each row."""
        table, _ = check_table(
            self,
            X,
            owner,
            dtype=self.dtypes,
            # NaN may stand for a missing step, but only if columns are known as steps.
            ensure_all_finite=self.is_plain,
        )
        return table

    def _read_series(self, X, owner, follows):
        """Read a 2-D X of consecutive rows."""
        return self._read_rows_of_series(self.rows_of(X, owner), follows)

    def rows_of(self, X, owner, *, ensure_all_finite=False, dtypes=None):
        """Check consecutive rows, and separate their numbers from series and times.

        Parameters
        ----------
        X : array-like
        owner : str
            Name of the estimator, for messages.
        ensure_all_finite : bool or "allow-nan", default=False
            As for scikit-learn's ``check_array``.
        dtypes : list of str, default=None
            Dtypes that the numbers may have. None: the one of `fit`.

        Returns
        -------
        Rows
        """
        times = Times.of(X, self.columns.level)
        table, series = check_table(
            self,
            X,
            owner,
            dtype=dtypes or self.dtypes,
            ensure_all_finite=ensure_all_finite,
        )
        return Rows(table, series, times)

    def _read_rows_of_series(self, rows, follows):
        """Windows of consecutive rows, with any remembered rows in front of these."""
        before = None
        if follows and self.memory is not None:
            before = rows_before(self.memory, rows)
        if self.settings.window != 1:  # a row alone has no order
            check_order(rows.times, rows.series, "X")
        codes = None if rows.series is None else rows.series.codes
        sequences = read_series(
            rows.values, self.settings.window, self.columns, codes, before
        )
        return Reading(sequences, rows.series)

    def _remembering(self, rows, follows):
        """The same reader, with a memory of these rows if `remember` is set."""
        memory = None
        if self.settings.remember:
            previous = self.memory if follows else None
            memory = remember(rows, self.settings.window, previous)
        return replace(self, memory=memory)

    # What is known of X

    @property
    def is_plain(self):
        """Whether columns are taken as steps because nothing else is known of them."""
        is_named = self.columns.features is not None
        # Columns of categories share one vocabulary, as those of different features
        # would not.
        is_of_one_feature = self.columns.n_codes and not self.n_numbers
        return self.kind == "rows" and not (
            is_named or is_of_one_feature or self.settings.n_timesteps is not None
        )

    @property
    def is_sequence(self):
        """Whether X is known to hold sequences of several steps."""
        return not self.is_plain and self.n_timesteps > 1

    @property
    def overlaps(self):
        """Whether sequences share steps: the windows of consecutive rows do."""
        return self.kind == "series" and self.n_timesteps > 1

    @property
    def n_features(self):
        """Features of a step."""
        if self.columns.steps is not None:
            n_read = len(self.columns.steps)
        else:
            n_read = self.n_features_in - (self.columns.group >= 0)
            n_read -= len(self.columns.static)
        return n_read // self.columns.n_timesteps

    @property
    def n_numbers(self):
        """How many of the features of a step are numbers: the first ones."""
        return self.n_features - len(self.columns.n_codes)

    def numbers_alone(self, sequences):
        """Sequences without the categories among the features of a step."""
        return sequences._replace(values=sequences.values[:, : self.n_numbers])

    def series_told(self, sequences):
        """Which of several series each sequence belongs to, where values tell that.

        Returns
        -------
        Series or None
        """
        if self.is_plain or self.kind == "series" or not self.n_numbers:
            return None
        lags = self.columns.lags or range(sequences.n_timesteps, 0, -1)
        return series_of_sequences(sequences, lags)

    def feature(self, anchor):
        """Position of an anchor among the features of a step, -1 for None."""
        return anchor_index(
            anchor, self.columns, self.kind, self.feature_names_in, self.n_features_in
        )

    @property
    def dtypes(self):
        """Dtypes that X may have: the one of `fit`, or in `fit` itself either one."""
        return [self.dtype] if self.dtype else DTYPES

    def shown(self, j):
        """What messages call a column of X."""
        names = self.feature_names_in
        return str(j) if names is None else repr(str(names[j]))

    def copy(self):
        """Return the reader itself, since nothing in it is ever changed."""
        return self

    def check(self):
        """Refuse a reader whose parts do not fit each other, as from a changed file.

        Raises
        ------
        ValueError
        """
        check_reader(self)

    def _check_dimensions(self, n_dims, owner):
        """Refuse a 2-D X after a fit on a 3-D X, and the reverse."""
        if n_dims > 3:
            refuse_dimensions(n_dims)
        is_of_samples = self.kind == "samples"
        if (n_dims == 3) != is_of_samples:
            fitted, wanted = (
                ("3-D", "(n_samples, n_timesteps, n_features)")
                if is_of_samples
                else ("2-D", "(n_rows, n_columns)")
            )
            raise ValueError(
                f"X is {n_dims}-D, but {owner} was fitted on a {fitted} X. Pass X of "
                f"shape {wanted}."
            )

    def _differ_in_dtype(self, X):
        """Whether categories that are read as steps of one feature have two dtypes."""
        if self.settings.n_timesteps is not None or self.columns.features is not None:
            return False
        steps = self.columns.steps
        dtypes = list(X.dtypes)
        if steps is not None:
            dtypes = [dtypes[j] for j in steps]
        return self.n_numbers == 0 and any(each != dtypes[0] for each in dtypes)

    def _warn_of_order(self, X, table):
        """Warn if columns are read as time steps but probably are something else."""
        is_default = self.settings.time_order == "auto"
        advice, is_frame = None, hasattr(X, "columns") and _num_features(X) > 1
        if self.settings.time_order == "oldest_first":
            return
        if self.vocabularies:
            is_frame = is_frame and self._differ_in_dtype(X)
        elif not self.is_plain:
            return
        else:
            static = self.columns.static.tolist()
            advice = advice_on_order(table, static, newest_first=not is_default)
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
