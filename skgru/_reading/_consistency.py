"""Whether the fields of a reader fit each other: a file may have been changed."""

import numpy as np

from skgru._checks import shortened
from skgru._reading._shape import DTYPES


def check_reader(reader):
    """Refuse a reader whose fields do not fit each other.

    Raises
    ------
    ValueError
    """
    columns = reader.columns
    n_read = reader.n_features_in - (columns.group >= 0)
    steps = np.arange(0) if columns.steps is None else columns.steps
    are_columns = all(
        part.ndim == 1
        and part.dtype.kind == "i"
        and ((part >= 0) & (part < n_read)).all()
        for part in (steps, columns.static)
    )
    if not (
        are_columns
        and reader.kind in ("samples", "rows", "series")
        and reader.dtype in DTYPES
        and -1 <= columns.group < reader.n_features_in
        and (columns.group < 0 or columns.level is None)
        and columns.n_timesteps > 0
        and (columns.steps is not None or not len(columns.static))
        and reader.n_features > 0
        and (reader.kind == "rows" or columns.n_timesteps == 1)
        and _columns_fit(columns, n_read)
        and _lags_fit(columns)
        and _settings_fit(reader)
        and _steps_fit(reader)
        and _names_fit(reader)
        and _categories_fit(reader)
    ):
        raise ValueError(
            "What the fitted model says of its input is not possible: kind="
            f"{reader.kind!r}, dtype={reader.dtype!r}, {reader.n_features_in} columns, "
            f"read as {columns}. Fit or load the model anew."
        )
    if reader.feature_names_in is not None:
        names = reader.feature_names_in
        if names.shape != (reader.n_features_in,) or not all(
            isinstance(name, str) for name in names.tolist()
        ):
            raise ValueError(
                f"The fitted model has {shortened(names.tolist())} for the names of "
                f"{reader.n_features_in} columns of X. Fit or load the model anew."
            )
    if reader.memory is not None:
        check_memory(reader.memory, n_read, reader.dtype)


def _columns_fit(columns, n_read):
    """Whether each column is read once, and every step has as many of them."""
    if columns.steps is None:
        return True
    read = np.sort(np.concatenate([columns.steps, columns.static]))
    is_whole = len(columns.steps) % columns.n_timesteps == 0
    return is_whole and len(read) == n_read and (read == np.arange(n_read)).all()


def _lags_fit(columns):
    """Whether each step has a lag of its own, oldest first, where lags are known."""
    if columns.lags is None:
        return not columns.by_values
    lags = list(columns.lags)
    return (
        len(lags) == columns.n_timesteps
        and all(type(lag) is int for lag in lags)
        and lags == sorted(set(lags), reverse=True)
    )


def _settings_fit(reader):
    """Whether the parameters of `fit` are those that X was read by."""
    settings = reader.settings
    window = reader.n_timesteps if reader.kind == "series" else None
    return (
        settings.window == window
        and settings.n_timesteps in (None, reader.columns.n_timesteps)
        and (settings.group_column is None) != reader.columns.tell_series
        and settings.time_order in ("auto", "oldest_first", "newest_first")
    )


def are_names(names):
    """Whether names of series tell them apart."""
    try:
        return len(set(names)) == len(names)
    except TypeError:  # of something that cannot be looked up
        return False


def _steps_fit(reader):
    """Whether the steps of `fit` are those that its kind of X has."""
    if reader.kind == "series":
        return 0 < reader.longest <= reader.n_timesteps
    # A model of weights from elsewhere has seen no sequences.
    fewest = 0 if reader.kind == "samples" else 1
    return fewest <= reader.longest == reader.n_timesteps


def _categories_fit(reader):
    """Whether there is a vocabulary for each categorical feature, in its columns."""
    columns = reader.columns
    n_codes = columns.n_codes + columns.static_n_codes
    if n_codes != tuple(part.n_codes for part in reader.vocabularies):
        return False
    if not n_codes:
        return True
    n_steps, n_static = len(columns.n_codes), len(columns.static_n_codes)
    if n_steps > reader.n_features or n_static > len(columns.static):
        return False
    others = np.delete(
        np.arange(reader.n_features_in), [columns.group] if columns.group >= 0 else []
    )
    steps = np.arange(len(others)) if columns.steps is None else columns.steps
    by_step = others[steps].reshape(columns.n_timesteps, -1)
    static = others[columns.static][len(columns.static) - n_static :]
    wanted = [*by_step.T[by_step.shape[1] - n_steps :], *static[:, np.newaxis]]
    return all(
        part.columns.dtype == np.int64
        and np.array_equal(part.columns, place)
        and are_names(part.values)
        for part, place in zip(reader.vocabularies, wanted, strict=True)
    )


def _names_fit(reader):
    """Whether there is a name for each feature, where names are known."""
    columns = reader.columns
    lengths = [
        (columns.features, reader.n_features),
        (columns.static_names, len(columns.static)),
    ]
    return all(names is None or len(names) == n for names, n in lengths)


def check_memory(memory, n_columns, dtype):
    """Refuse a memory that does not fit later rows, as in an edited file.

    Raises
    ------
    ValueError
    """
    for names, tails in (
        (memory.names, memory.tails),
        (memory.names_before, memory.tails_before),
    ):
        fit = (
            are_names(names)
            and len(names) == len(tails)
            and all(
                tail.ndim == 2 and tail.shape[1] == n_columns and tail.dtype == dtype
                for tail in tails
            )
            and _numbers_fit(memory)
        )
        if not fit:
            raise ValueError(
                "The remembered rows of fit do not fit the model: for each series some "
                f"rows of {n_columns} columns in {dtype} are wanted. Fit or load the "
                "model anew."
            )


def _numbers_fit(memory):
    """Whether a memory has numbers of rows, digests and times for each series."""
    n_series, digests, ends = len(memory.names), memory.digests, memory.ends
    return (
        _is_array(memory.n_rows, (n_series,), "int64")
        and digests.size > 0
        and _is_array(digests, (n_series, digests.size // n_series), "uint64")
        and (ends is None or _times_fit(ends, n_series))
    )


def _times_fit(ends, n_series):
    """Whether there is the last time of each series, and the next where it is known."""
    dtype = ends.last.dtype
    if dtype.kind not in "Mmiuf" or ends.last.shape != (n_series,):
        return False
    of_gaps = (ends.last - ends.last).dtype
    return _is_array(ends.longest, (n_series,), of_gaps) and (
        ends.following is None or _is_array(ends.following, (1,), dtype)
    )


def _is_array(value, shape, dtype):
    return value.shape == shape and value.dtype == dtype
