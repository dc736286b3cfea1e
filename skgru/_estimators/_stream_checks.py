"""What a `Stream` checks: the model, its mode and its series, and then every row."""

from numbers import Integral

import numpy as np

from skgru._checks import shortened
from skgru._estimators._base import RecurrentEstimator
from skgru._estimators._fitted import names_of_anchor, parts_of
from skgru._network._stepping import INFINITE
from skgru._reading._series import shown_names

# Where other estimators of scikit-learn keep the one that was fitted.
_INSIDE = {
    "steps": "pass pipe[-1], and rows as pipe[:-1].transform returns them",
    "best_estimator_": "pass search.best_estimator_",
    "estimator": "fit it, and pass the recurrent estimator that it has fitted",
    "regressor": "pass model.regressor_, and turn predictions back by "
    "model.transformer_.inverse_transform",
}

# What classifiers make of decision values, by the name of the method that returns it.
RESPONSES = {
    "predict": lambda targets, decision: targets.labels(decision),
    "decision_function": lambda targets, decision: decision,
    "predict_proba": lambda targets, decision: targets.probabilities(decision).astype(
        decision.dtype
    ),
    "predict_log_proba": lambda targets, decision: targets.log_probabilities(
        decision
    ).astype(decision.dtype),
}


def parts_of_model(model):
    """The parts of a fitted recurrent estimator.

    Raises
    ------
    TypeError
        If the model is another object: the message says how to come by the estimator.
    NotFittedError
    """
    if isinstance(model, RecurrentEstimator):
        return parts_of(model)
    name = model.__name__ if isinstance(model, type) else type(model).__name__
    cure = next(
        (cure for attribute, cure in _INSIDE.items() if hasattr(model, attribute)),
        "pass a fitted GRURegressor, LSTMRegressor, RNNRegressor, or classifier",
    )
    if isinstance(model, type):
        cure = "pass an object of the class that has been fitted"
    raise TypeError(
        f"Stream feeds rows to a fitted recurrent estimator, but got {name}: {cure}."
    )


def check_mode(mode, fitted):
    """Refuse a mode that there is not, or that a model has not.

    Raises
    ------
    ValueError
    """
    if mode not in ("window", "state"):
        raise ValueError(
            f"mode={mode!r}, but 'window' or 'state' is wanted: the last rows run "
            "through the network anew after every row, or the state carried on."
        )
    if fitted.reader.columns.leave_lags_out:
        lags = list(fitted.reader.columns.lags[::-1])
        raise ValueError(
            f"A stream goes from step to step, but the lags {lags} of X leave some "
            "out. Fit on all of them, or on the series as a column of X with window=."
        )
    if mode == "window":
        if not fitted.reader.n_timesteps:
            raise ValueError(
                "mode='window' runs as many rows through the network as the sequences "
                "of fit had steps, but the weights of this model are from elsewhere, "
                "and it has seen no sequences. Pass window= or n_timesteps= to "
                "from_keras or from_torch, or use mode='state'."
            )
        return
    layout = fitted.model.architecture.layout
    if fitted.model.architecture.bidirectional:
        raise ValueError(
            "mode='state' carries the state on from row to row, but the model was "
            "fitted with bidirectional=True: its layers also read from the newest row "
            "back, so all of it changes with every row. Use mode='window', or fit with "
            "bidirectional=False."
        )
    if fitted.scaler.features.relative.size or layout.n_line or layout.n_level:
        names = [name for name in names_of_anchor(fitted) if name is not None]
        raise ValueError(
            "mode='state' carries the state on from row to row, but the model sees "
            f"feature(s) {shown_names(names)} as changes from the last value (anchor="
            f"{fitted.scaler.settings.anchor!r}), which are others after every row. "
            "Use mode='window', or fit with anchor=None."
        )


def check_response_method(model, name):
    """What turns decision values into what a method returns; None for a regressor.

    Raises
    ------
    ValueError
        If the model has no such method.
    """
    of_model = RESPONSES if hasattr(model, "predict_proba") else {"predict": None}
    if name not in of_model:
        raise ValueError(
            f"response_method={name!r}, but {type(model).__name__} has "
            f"{', '.join(map(repr, of_model))}. Pass one of these."
        )
    return of_model[name]


def check_series(series, n_streams, reader, scaler):
    """The names of the series that the streams are of, and how many streams there are.

    Returns
    -------
    names : list or None
        One name for each stream; None where streams need no names.
    n_streams : int or None
        None for a single stream, whose rows have no axis for streams.

    Raises
    ------
    ValueError
        If names are missing, or where none belong.
    """
    if n_streams is not None and (
        not isinstance(n_streams, Integral)
        or isinstance(n_streams, bool)
        or n_streams < 1
    ):
        raise ValueError(
            f"n_streams={n_streams!r}, but an int of 1 or more is wanted, or None for "
            "a single stream."
        )
    has_series = reader.columns.tell_series
    if series is None:
        known = _names_that_matter(reader, scaler)
        if has_series and known:
            raise ValueError(
                "The model was fitted on several series, which differ in their scale "
                f"or in where they begin. Name that of the stream, as series="
                f"{known[0]!r}, or several in a list. The series are "
                f"{shown_names(known)}."
            )
        return None, None if n_streams is None else int(n_streams)
    if not has_series:
        raise ValueError(
            f"series={series!r}, but the model was fitted on a single series, without "
            "group_column. Leave series out; n_streams= feeds many streams at once."
        )
    if n_streams is not None:
        raise ValueError(
            "series and n_streams were both passed, but the list of series tells how "
            "many streams there are. Leave n_streams out."
        )
    if isinstance(series, str) or np.ndim(series) == 0:
        return [series], None
    names = list(series)
    if not names or len(set(names)) < len(names):
        raise ValueError(
            f"series={shown_names(names)} names no series, or one twice. Name each "
            "series once."
        )
    return names, len(names)


def _names_that_matter(reader, scaler):
    """The series that have statistics or remembered rows of their own."""
    if scaler.by_series is not None:
        return scaler.by_series.names
    return [] if reader.memory is None else reader.memory.names


def remembered(reader, names, n_streams):
    """The rows of each stream that `fit` remembers: a table for each row, oldest first.

    Returns
    -------
    list of ndarray of shape (n_streams, n_columns)
        With NaN in front of streams that have fewer rows than others.

    Raises
    ------
    ValueError
        If a series was not there in fit.
    """
    if reader.memory is None:
        return []
    tails = dict(zip(reader.memory.names, reader.memory.tails, strict=True))
    names = [None] * n_streams if names is None else names
    unseen = [name for name in names if name not in tails]
    if unseen:
        raise ValueError(
            f"series={shown_names(unseen)}, but the series of fit are "
            f"{shown_names(list(tails))}, and with remember=True a stream begins where "
            "fit ended. Name a series of fit, or fit with remember=False."
        )
    rows = [tails[name] for name in names]
    n_rows = max(len(each) for each in rows)
    tables = np.full((n_rows, n_streams, rows[0].shape[1]), np.nan, rows[0].dtype)
    for i, each in enumerate(rows):
        tables[n_rows - len(each) :, i] = each
    return list(tables)


def check_state(state, wanted, mode, *, is_one):
    """Check the arrays of a state that is put back.

    Parameters
    ----------
    state : dict
        As the user passed it.
    wanted : dict of ndarray
        Arrays of the right shapes and dtypes.
    mode : str
    is_one : bool
        Whether there is a single stream, so that `state` has no axis for streams.

    Returns
    -------
    dict of ndarray
        With an axis for streams.

    Raises
    ------
    ValueError
    """
    if not isinstance(state, dict) or set(state) != set(wanted):
        found = list(state) if isinstance(state, dict) else type(state).__name__
        raise ValueError(
            f"The state has {shortened(found)}, but a dict of {list(wanted)} is "
            f"wanted. Pass the state of a stream with mode={mode!r}."
        )
    taken = {}
    for name, array in wanted.items():
        value = np.asarray(state[name])
        shape = array.shape[1:] if is_one else array.shape
        if value.shape != shape or value.dtype.kind not in "fiu":
            raise ValueError(
                f"{name} in the state has shape {value.shape} and dtype {value.dtype}, "
                f"but numbers of shape {shape} are wanted. Pass the state of a stream "
                "of the same model and as many streams."
            )
        taken[name] = value.astype(array.dtype).reshape(array.shape)
    return taken


def check_classes(feed, where):
    """Refuse rows from which no class can be predicted: nothing is there yet.

    Parameters
    ----------
    feed : Feed
        With the rows.
    where : callable
        Turns the number of a stream into words for a message.

    Raises
    ------
    ValueError
    """
    begins = feed.n_before == 0
    if begins.any():
        begins &= np.isnan(feed.table[:, feed.columns]).all(axis=1)
    if begins.any():
        i = int(np.argmax(begins))
        raise ValueError(
            f"The row{where(i)} contains NaN in all features, and none is there before "
            "it: there is no class to predict. Leave such rows out, or pass "
            "response_method='predict_proba', with which they are NaN."
        )


def refuse_row(feed, reader, where):
    """Say which row and feature cannot be used, and why.

    Parameters
    ----------
    feed : Feed
        With a fault.
    reader : RowReader
    where : callable
        Turns the number of a stream into words for a message.

    Raises
    ------
    ValueError
    """
    fault, i, j = feed.fault.tolist()
    name = reader.shown(int(feed.columns[j]))
    if fault == INFINITE:
        raise ValueError(
            f"The row{where(i)} contains infinity, or a value too large for "
            f"{feed.table.dtype}, in feature {name}. Replace it by a finite value, or "
            "leave the row out: the stream is as it was before it."
        )
    raise ValueError(
        f"The row{where(i)} contains NaN in feature {name}. Only rows before the first "
        "one that is there may be missing, and only with all of their features NaN. "
        "Fill the gap, or leave the row out: the stream is as it was before it."
    )
