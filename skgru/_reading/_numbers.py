"""Check the numbers of X, and put codes in the place of its categories."""

import numpy as np
from sklearn.utils import _safe_indexing, check_array
from sklearn.utils.validation import validate_data

from skgru._reading._categories import encode, is_categorical
from skgru._reading._containers import dtypes_for
from skgru._reading._series import split_series
from skgru._reading._shape import stand_in


def expecting(reader, owner):
    """A stand-in with the columns of `fit`, which scikit-learn checks X against."""
    looked_at = stand_in(owner)
    looked_at.n_features_in_ = reader.n_features_in
    if reader.feature_names_in is not None:
        looked_at.feature_names_in_ = reader.feature_names_in
    return looked_at


def check_table(reader, X, owner, *, dtype, **how):
    """Check a 2-D X, and take the column that names the series out of it.

    Parameters
    ----------
    reader : Reader
    X : array-like
    owner : str
        Name of the estimator, for messages.
    dtype : list of str
        Dtypes that the numbers may have.
    **how
        How scikit-learn's ``check_array`` checks the numbers.

    Returns
    -------
    table : ndarray of shape (n_rows, n_columns)
    series : Series or None

    Raises
    ------
    ValueError
        If X has other columns than in `fit`, or cannot be read as numbers.
    """
    columns, vocabularies = reader.columns, reader.vocabularies
    if hasattr(X, "columns") and not hasattr(X, "iloc"):
        # The times of polars would become whole numbers.
        _refuse_times(reader, X)
    try:
        if not columns.tell_series and not vocabularies:
            how["dtype"] = dtypes_for(X, dtype)
            return validate_data(expecting(reader, owner), X, reset=False, **how), None
        X = validate_data(
            expecting(reader, owner), X, reset=False, skip_check_array=True
        )

        def check(rest):
            return check_array(
                rest,
                dtype=dtypes_for(rest, dtype),
                estimator=owner,
                input_name="X",
                **how,
            )

        # The names of the series need not be numbers, so they are split off first.
        rest, series = split_series(X, columns, reader.n_features_in)
        return encoded(reader, X, check) if vocabularies else check(rest), series
    except (TypeError, ValueError) as error:
        _refuse_times(reader, X)
        _refuse_strings(reader, X, error)
        raise


def encoded(reader, X, check):
    """The columns of X but that of the groups, with codes in the place of categories.

    Parameters
    ----------
    reader : Reader
    X : array-like
        With 2 or 3 dimensions; the last one is that of the columns.
    check : callable
        Checks the columns of numbers, and returns them as an array.

    Returns
    -------
    ndarray
        Codes alone, which are exact in float32, are in float32, unless X is an array of
        float64.
    """
    codes = encode(X, reader.vocabularies, reader.shown)
    columns = [j for j in range(reader.n_features_in) if j != reader.columns.group]
    others = [j for j in columns if j not in codes]
    of_others = [columns.index(j) for j in others]
    shape, dtype = (*X.shape[:-1], len(columns)), np.dtype(reader.dtypes[-1])
    if others:
        rest = X[:, :, others] if len(shape) == 3 else _safe_indexing(X, others, axis=1)
        rest = check(rest)
        dtype = rest.dtype
    elif str(getattr(X, "dtype", None)) in reader.dtypes:
        dtype = X.dtype
    table = np.empty(shape, dtype=dtype)
    if others:
        table[..., of_others] = rest
    else:
        check_array(table, ensure_all_finite=False, allow_nd=True)  # is there any row?
    for j, column in codes.items():
        table[..., columns.index(j)] = column.reshape(shape[:-1])
    return table


def _refuse_times(reader, X):
    """Say which column holds times, if one does that is read as numbers."""
    for j, column in _columns_of_numbers(reader, X):
        dtype = str(getattr(column, "dtype", ""))
        if dtype.lower().startswith(("date", "time", "period", "duration")):
            raise ValueError(
                f"Column {reader.shown(j)} of X holds times ({dtype}), which are no "
                "numbers. Make it the index, as by X.set_index, or leave it out; the "
                "month or the hour as a column of its own can be read."
            )


def _columns_of_numbers(reader, X):
    """The columns of X that are read as numbers, with their places."""
    skipped = {j for part in reader.vocabularies for j in part.columns.tolist()}
    skipped.add(reader.columns.group)
    if len(getattr(X, "shape", ())) != 2 or X.shape[1] != reader.n_features_in:
        return
    for j in range(X.shape[1]):
        if j not in skipped:
            yield j, _safe_indexing(X, j, axis=1)


def _refuse_strings(reader, X, error):
    """If that is what an error is about, say which column holds strings."""
    if "could not convert string" not in str(error):
        return
    for j, column in _columns_of_numbers(reader, X):
        if is_categorical(getattr(column, "dtype", None)):
            raise ValueError(
                f"X cannot be read as numbers ({error}): column {reader.shown(j)} has "
                "a categorical dtype, but categorical_features names other columns "
                "alone. Name it there too, or leave categorical_features at "
                "'from_dtype' and make the others categorical."
            ) from None
        column = np.asarray(column)
        # Strings in an array of objects, or in one of strings.
        is_text = column.dtype.kind in "OUT"
        if is_text and any(isinstance(item, str) for item in column.tolist()):
            raise ValueError(
                f"X cannot be read as numbers ({error}): column {reader.shown(j)} "
                "holds strings; make it a categorical dtype (as by X.astype("
                "{'…': 'category'})) or name it in categorical_features=; with window, "
                "group_column= names what tells series apart. If they are texts, put a "
                "TokenSequencer in front, which turns each into a sequence (in a "
                "ColumnTransformer with set_output(transform='pandas'))."
            ) from None
