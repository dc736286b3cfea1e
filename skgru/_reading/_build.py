"""Build sequences from the checked numbers of X, and skip leading missing steps.

==============================  ====================================================
X                               read as
==============================  ====================================================
3-D                             (n_samples, n_timesteps, n_features): sequences
2-D, ``window=w``               consecutive observations; each sees itself and the
                                ``w - 1`` before it
… and ``group_column=g``        consecutive observations of several series in one
                                table
2-D, ``n_timesteps=k``          each row is one sequence of k steps
2-D, named by lags              each row is one sequence, in the order of its lags
2-D, none of these              each row is one sequence, one feature a step
==============================  ====================================================

All of them become runs of rows of one 2-D array, the `Sequences` of the network. X is
not copied if its layout in memory allows it. ``_columns.py`` decides which columns are
steps, and in which order.
"""

import numpy as np
from sklearn.utils import check_array

from skgru._network._sequences import Sequences, contiguous
from skgru._reading._containers import dtypes_for
from skgru._reading._series import one_behind_the_other


def check_sequences(X, dtype):
    """Check the dtype and the shape of a 3-D X.

    NaN and infinity are looked for in the functions below. scikit-learn's check would
    need one byte of memory for each element of X, even if X is a view of windows that
    share their elements.

    Parameters
    ----------
    X : array-like
    dtype : list of str
        Dtypes that X may have; an X of any other dtype is converted to the first.
    """
    # check_array would return this X as it is. For a single row the check takes as long
    # as the prediction.
    is_checked = type(X) is np.ndarray and X.ndim == 3 and X.size > 0
    if is_checked and X.dtype.isnative and X.dtype.name in dtype:
        return X
    return check_array(
        X,
        dtype=dtypes_for(X, dtype),
        allow_nd=True,
        ensure_all_finite=False,
        input_name="X",
    )


def read_samples(X, columns=None, *, newest_first=False):
    """Read (n_samples, n_timesteps, n_features), each sample a sequence.

    Parameters
    ----------
    X : ndarray
    columns : Columns, default=None
        Which features belong to the steps, and which are static; a static feature has
        its value at the last step. By default all features belong to the steps.
    newest_first : bool, default=False
        Whether the first step of X is the newest.

    Returns
    -------
    Sequences

    Raises
    ------
    ValueError
        If a value is infinite, or missing other than in leading steps.
    """
    n_samples, n_timesteps, n_features = X.shape
    if newest_first:
        X = X[:, ::-1]
    if _is_windows_of_one_series(X):
        series = np.lib.stride_tricks.as_strided(
            X,
            shape=(n_samples + n_timesteps - 1, n_features),
            strides=X.strides[1:],
            writeable=False,
        )
        stops = np.arange(n_timesteps, n_timesteps + n_samples)
    else:
        series = np.ascontiguousarray(X).reshape(-1, n_features)
        stops = np.arange(1, n_samples + 1) * n_timesteps
    n_observed = np.full(n_samples, n_timesteps, dtype=np.int32)
    return _assemble(series, stops, n_observed, n_timesteps, columns)


def read_series(X, window, columns=None, codes=None, before=None):
    """Read consecutive rows, each of which ends a sequence of `window` rows.

    The sequences of the first rows are shorter, since no rows stand before a series.
    The rows of a single series are not copied, unless there are rows before them.

    Parameters
    ----------
    X : ndarray of shape (n_rows, n_columns)
    window : int
    columns : Columns, default=None
        As in `read_samples`.
    codes : int64 ndarray of shape (n_rows,), default=None
        For each row the number of its series, if there are several. The series are
        then copied, one behind the other.
    before : list of ndarray, default=None
        For each series, earlier rows, which its sequences may begin with. No sequence
        ends with one of these rows.

    Returns
    -------
    Sequences
    """
    if codes is None:
        n_before = 0 if before is None else len(before[0])
        values = np.concatenate([before[0], X]) if n_before else X
        stops = n_there = np.arange(n_before + 1, len(values) + 1)
    else:
        values, stops, n_there = one_behind_the_other(X, codes, before)
    # No sequence can be longer than the longest series.
    window = min(window, int(n_there.max()))
    n_observed = np.minimum(n_there, window).astype(np.int32)
    return _assemble(values, stops, n_observed, window, columns)


def _is_windows_of_one_series(X):
    """Whether a 3-D X is a view in which each sample begins one row later."""
    row = X.strides[1]
    return (
        X.shape[0] > 1
        and X.shape[1] > 1
        and X.strides[0] == row
        and X.strides[2] == X.itemsize
        and row == X.shape[2] * X.itemsize
    )


def read_rows(X, columns):
    """Read each row of a 2-D X as one sequence.

    Parameters
    ----------
    X : ndarray of shape (n_samples, n_columns)
    columns : Columns
    """
    steps = X if columns.steps is None else X[:, columns.steps]
    by_step = columns._replace(steps=None, static=np.arange(0))
    sequences = read_samples(steps.reshape(len(X), columns.n_timesteps, -1), by_step)
    return _with_static(sequences, X, slice(None), columns)


def _assemble(rows, stops, n_observed, n_timesteps, columns):
    """Make sequences of rows, without leading missing steps, with static features."""
    values = rows
    if columns is not None and columns.steps is not None:
        values = rows[:, columns.steps]
    n_codes = () if columns is None else columns.n_codes
    sequences = _skip_missing(
        contiguous(values), stops, n_observed, n_timesteps, len(n_codes)
    )
    if n_codes:
        values = _with_codes(sequences.values, n_codes)
        sequences = sequences._replace(values=values)
    if columns is None or not len(columns.static):
        return sequences
    return _with_static(sequences, rows, (stops - 1)[:, np.newaxis], columns)


def _with_static(sequences, rows, index, columns):
    """Add the static features, which stand in the rows of some index.

    Raises
    ------
    ValueError
        If a static feature is not finite.
    """
    if not len(columns.static):
        return sequences
    static = _with_codes(rows[index, columns.static], columns.static_n_codes)
    is_observed = sequences.n_observed > 0
    unusable = np.argwhere(~np.isfinite(static) & is_observed[:, np.newaxis])
    if len(unusable):
        sample, k = unusable[0]
        name = columns.static[k]
        if columns.static_names is not None:
            name = repr(columns.static_names[k])
        raise ValueError(
            f"X contains {static[sample, k]} in row {sample} (counted from 0), in the "
            f"static feature {name}. Static features may not be missing: fill the gap, "
            "or drop the row or the column."
        )
    return sequences._replace(static=contiguous(static))


def _with_codes(values, n_codes):
    """Values whose last columns are categories, with the last code for missing ones."""
    n_numbers = values.shape[1] - len(n_codes)
    codes = values[:, n_numbers:]
    is_missing = np.isnan(codes)
    if not is_missing.any():
        return values
    values = values.copy()
    values[:, n_numbers:] = np.where(is_missing, np.array(n_codes) - 1, codes)
    return values


def _skip_missing(series, stops, n_observed, n_timesteps, n_categories=0):
    """Make sequences without leading missing steps; all other values must be finite.

    The last `n_categories` features may also be missing in any step that has others,
    and, if there are no others, in any step after the first one that is there.
    """
    if not np.isfinite(series.sum(dtype=np.float64)):
        # Often the only missing rows are in front, in place of rows before the series.
        n_before = np.isnan(series[: n_timesteps - 1]).all(axis=1).cumprod().sum()
        if np.isfinite(series[n_before:].sum(dtype=np.float64)) and (
            stops.min() > n_before
        ):
            n_observed = np.minimum(n_observed, stops - n_before)
        else:
            n_observed = _count_observed(
                series, stops, n_observed, n_timesteps, n_categories
            )
    return Sequences(
        series,
        stops.astype(np.int64, copy=False),
        n_observed.astype(np.int32, copy=False),
        n_timesteps,
        without_static(len(stops), series.dtype),
    )


def without_static(n_samples, dtype):
    """An array of no static features, for sequences that have none."""
    return contiguous(np.empty((n_samples, 0), dtype=dtype))


def _count_observed(series, stops, n_observed, n_timesteps, n_categories):
    """Steps of each sequence after its leading missing ones."""
    is_nan = np.isnan(series)
    is_missing = is_nan.all(axis=1)
    has_nan = is_nan[:, : series.shape[1] - n_categories].any(axis=1)
    is_bad = (has_nan & ~is_missing) | np.isinf(series).any(axis=1)
    # How many missing and how many unusable rows come before each row.
    n_missing = np.concatenate(([0], np.cumsum(is_missing)))
    n_bad = np.concatenate(([0], np.cumsum(is_bad)))
    starts = stops - n_observed
    missing = n_missing[stops] - n_missing[starts]
    if n_categories == series.shape[1]:
        # Only those in front are missing steps: in the others a category is missing.
        present = np.append(np.flatnonzero(~is_missing), len(series))
        following = present[np.searchsorted(present, starts)]
        missing = np.minimum(following, stops) - starts
    leading = n_missing[starts + missing] - n_missing[starts]
    unusable = np.flatnonzero((n_bad[stops] > n_bad[starts]) | (leading < missing))
    if len(unusable):
        _raise_unusable(
            series, stops, n_observed, n_timesteps, is_missing, has_nan, unusable[0]
        )
    return n_observed - missing


def _raise_unusable(
    series, stops, n_observed, n_timesteps, is_missing, has_nan, sample
):
    """Say which row and step of X cannot be used, and why."""
    rows = np.arange(stops[sample] - n_observed[sample], stops[sample])
    first_step = n_timesteps - n_observed[sample]
    infinite = np.isinf(series[rows]).any(axis=1)
    if infinite.any():
        step = first_step + np.flatnonzero(infinite)[0]
        raise ValueError(
            f"X contains infinity, or a value too large for {series.dtype}, in row "
            f"{sample} at step {step} of {n_timesteps} (counted from 0). Replace it by "
            "a finite value, or drop the row."
        )
    observed = np.flatnonzero(~is_missing[rows])[0]
    step = first_step + observed + np.flatnonzero(has_nan[rows][observed:])[0]
    cure = (
        "Fill the gap, for example with DataFrame.interpolate or SimpleImputer, or "
        "drop the row."
    )
    n_behind = int(np.argmin(is_missing[rows][::-1]))
    # Windows of one series share their steps, and have no end that could be moved.
    overlap = (np.diff(stops[:2]) < n_timesteps).any()
    is_whole = not has_nan[rows][observed : len(rows) - n_behind].any()
    if n_behind and is_whole and not overlap:
        cure = (
            f"The last {n_behind} step(s) are missing: if the sequence is shorter than "
            "others, put them in front, as by np.roll."
        )
    raise ValueError(
        f"X contains NaN in row {sample} at step {step} of {n_timesteps} (counted from "
        "0). Only leading steps may be missing, and only with all of their features "
        f"NaN. {cure}"
    )


def copy_steps(sequences, rows):
    """Copy all steps of some sequences, (len(rows), n_timesteps, n_features).

    Missing steps become zeros.
    """
    n_timesteps = sequences.n_timesteps
    index = sequences.stops[rows, np.newaxis] + np.arange(-n_timesteps, 0)
    is_missing = np.arange(n_timesteps, 0, -1) > sequences.n_observed[rows, np.newaxis]
    steps = sequences.values[np.maximum(index, 0)]
    steps[is_missing] = 0
    return steps


def merge_repeated(sequences, targets, weights, rows):
    """Merge samples that are equal in X and y, and sum their weights.

    The merged samples stand in an order that depends on their values alone. So a fit
    with integer weights and a fit on repeated rows are equal to the last bit; training
    would amplify any difference in rounding.

    Returns
    -------
    sequences, targets, weights, rows
    """
    n_timesteps, n_features = sequences.n_timesteps, sequences.values.shape[1]
    n_observed = sequences.n_observed[rows]
    steps = copy_steps(sequences, rows)
    static = sequences.static[rows]
    table = np.column_stack(
        [n_observed, steps.reshape(len(rows), -1), static, targets[rows]]
    ).astype(np.float64)
    _, first, inverse = np.unique(table, axis=0, return_index=True, return_inverse=True)
    merged = np.bincount(inverse.ravel(), weights=weights[rows])
    values = steps[first].reshape(-1, n_features)
    n_samples = len(first)
    return (
        Sequences(
            contiguous(values),
            np.arange(1, n_samples + 1) * n_timesteps,
            n_observed[first],
            n_timesteps,
            contiguous(static[first]),
        ),
        targets[rows][first],
        merged.astype(weights.dtype),
        np.arange(n_samples),
    )
