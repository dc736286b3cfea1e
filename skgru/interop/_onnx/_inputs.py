"""From X to what the network reads, as ONNX nodes: windows, scales, missing steps.

It is what the reader, the scaler and the gathering of mini-batches do, in their order
and precision. A model in float64 computes all this in float64, and only the recurrent
layers, whose nodes many runtimes have in float32 alone, read float32.

A graph cannot refuse an X as `predict` does. Where `predict` would raise an error, for
a gap or an infinite number, the graph predicts NaN. So it does, as `predict`, for a
sequence without any observed step.

Categories of numbers are themselves in X. Others are the places of their values in the
lists of the metadata.
"""

from functools import partial, reduce
from numbers import Real
from typing import NamedTuple

import numpy as np

from skgru._checks import shortened
from skgru.interop._onnx._layers import Steps


class Values(NamedTuple):
    """What X holds, in the dtype of the model.

    Attributes
    ----------
    steps : str
        (T, N, F): numbers first, then codes of categories.
    static : str or None
        (N, S), likewise; None if there are no static features.
    """

    steps: str
    static: str | None


class Inputs(NamedTuple):
    """What the network reads of the steps.

    Attributes
    ----------
    steps : Steps
        For the recurrent layers.
    numbers : str or None
        (T, N, F) standardised, zeros at missing steps; None if all are categories.
    static : str or None
        (N, S): what the head reads of the static features, in the dtype of the model.
    is_usable : str
        (N, 1): whether there is something to predict from, and nothing else is missing.
    """

    steps: Steps
    numbers: str | None
    static: str | None
    is_usable: str


def read_rows(graph, reader, X):
    """Windows of consecutive rows; X is (N, columns)."""
    windows = graph.windows(X, reader.n_timesteps, dtype=reader.dtype)
    return _values_of(graph, reader, windows, X)


def read_sequences(graph, reader, X):
    """Sequences; X is (N, T, columns)."""
    steps = graph.add("Transpose", X, perm=[1, 0, 2])
    if reader.settings.time_order == "newest_first":
        steps = graph.backward(steps)
    return _values_of(graph, reader, steps, graph.take(steps, -1, axis=0))


def read_table(graph, reader, X):
    """Sequences in the rows of a table; X is (N, columns)."""
    columns = reader.columns
    steps = X if columns.steps is None else graph.take(X, columns.steps, axis=1)
    steps = graph.reshape(steps, -1, columns.n_timesteps, reader.n_features)
    steps = graph.add("Transpose", steps, perm=[1, 0, 2])
    return Values(steps, _columns_of(graph, columns.static, X))


def _values_of(graph, reader, steps, last):
    """Take the columns of steps and of static features apart."""
    columns = reader.columns
    if columns.steps is not None:
        steps = graph.take(steps, columns.steps, axis=2)
    return Values(steps, _columns_of(graph, columns.static, last))


def _columns_of(graph, static, rows):
    return graph.take(rows, static, axis=1) if len(static) else None


def on_common_scale(graph, values, own, dtype):
    """Values scaled by the statistics of their series, in float64.

    Parameters
    ----------
    graph : Graph
    values : Values
    own : SeriesScaling or None
        Of a single series; None if series are not scaled by themselves.
    dtype : str
        That of the values.
    """
    if own is None:
        return values
    steps = _scaled(graph, values.steps, own.mean, own.scale, "float64")
    static = values.static
    if static is not None:
        static = _scaled(graph, static, own.static_mean, own.static_scale, "float64")
        static = graph.cast(static, dtype)
    return Values(graph.cast(steps, dtype), static)


def read_inputs(graph, fitted, values, last, *, skips_missing):
    """What the network reads.

    Parameters
    ----------
    graph : Graph
    fitted : Fitted
    values : Values
        On the common scale, NaN at missing steps.
    last : str
        (N, F), the last step.
    skips_missing : bool
        Whether leading steps may be missing.
    """
    n_categories = len(fitted.model.architecture.categories)
    n_numbers = fitted.model.architecture.n_features - n_categories
    steps = values.steps
    leading = observed = numbers = codes = None
    if skips_missing:
        leading, observed = _find_missing(graph, steps, n_numbers + n_categories)
    usable = []
    if n_numbers:
        numbers = _standardized(graph, fitted, steps, last, n_numbers, leading)
        usable.append(_has_all_finite(graph, numbers, fitted.reader.dtype))
    if n_categories:
        codes = _read_categories(graph, fitted, steps, leading)
    if skips_missing:
        half = np.array(0.5, dtype=np.float32)
        at_last = graph.take(observed, -1, axis=0)
        usable.append(graph.add("Greater", at_last, half))
    static, is_usable = _read_static(graph, fitted, values.static)
    if is_usable is not None:
        usable.append(is_usable)
    in_float32 = None if numbers is None else graph.cast(numbers, "float32")
    return Inputs(
        Steps(graph.join([in_float32, codes], axis=2), observed),
        numbers,
        static,
        reduce(partial(graph.add, "And"), usable),
    )


def _read_static(graph, fitted, static):
    """What the head reads of the static features, and whether it can be read.

    Returns
    -------
    static : str or None
        (N, S) in the dtype of the model; None if there are no static features.
    is_usable : str or None
        (N, 1): whether all numbers are there and finite; None if there are none.
    """
    if static is None:
        return None, None
    scaler, dtype = fitted.scaler, fitted.reader.dtype
    of_steps = len(fitted.model.architecture.categories)
    vocabularies = fitted.reader.vocabularies[of_steps:]
    n_numbers = len(scaler.static_mean) - len(vocabularies)
    places = np.arange(len(scaler.static_mean))
    numbers = is_usable = codes = None
    if n_numbers:
        mean, scale = (
            part[:n_numbers] for part in (scaler.static_mean, scaler.static_scale)
        )
        numbers = graph.take(static, places[:n_numbers], axis=1)
        numbers = graph.cast(_scaled(graph, numbers, mean, scale, "float64"), dtype)
        is_usable = _are_finite(graph, numbers, dtype)
    if vocabularies:
        rows = _rows_of_codes(graph, static, places[n_numbers:], vocabularies, dtype)
        codes = _one_hot(graph, rows, sum(v.n_codes for v in vocabularies), dtype)
    return graph.join([numbers, codes], axis=1), is_usable


def _scaled(graph, value, mean, scale, dtype):
    """(value - mean) / scale, computed in a dtype."""
    value = graph.cast(value, dtype)
    centered = graph.add("Sub", value, np.asarray(mean, dtype=dtype))
    return graph.add("Div", centered, np.asarray(scale, dtype=dtype))


def _find_missing(graph, steps, n_features):
    """Which leading steps are missing, and which ones are observed: (T, N, 1) each."""
    # Not every runtime looks for NaN in float64.
    is_nan = graph.add("IsNaN", graph.cast(steps, "float32"))
    n_nan = graph.sum(graph.cast(is_nan, "float32"), 2, keep=True)
    is_there = graph.add("Less", n_nan, np.array(n_features - 0.5, dtype=np.float32))
    n_there = graph.add("CumSum", graph.cast(is_there, "float32"), np.array(0))
    leading = graph.add("Less", n_there, np.array(0.5, dtype=np.float32))
    return leading, graph.cast(graph.add("Not", leading), "float32")


def _standardized(graph, fitted, steps, last, n_numbers, leading):
    """The numbers of all steps, standardised, zeros where leading ones are missing."""
    features, dtype = fitted.scaler.features, fitted.reader.dtype
    if n_numbers < len(features.mean):
        steps = graph.take(steps, np.arange(n_numbers), axis=2)
        last = graph.take(last, np.arange(n_numbers), axis=1)
    if len(features.relative):
        is_relative = np.zeros(n_numbers, dtype=dtype)
        is_relative[features.relative] = 1
        steps = graph.add("Sub", steps, graph.add("Mul", last, is_relative))
    mean, scale = features.mean[:n_numbers], features.scale[:n_numbers]
    return _without(graph, _scaled(graph, steps, mean, scale, dtype), leading, dtype)


def _without(graph, value, leading, dtype):
    """The value with zeros at leading missing steps."""
    if leading is None:
        return value
    return graph.add("Where", leading, np.array(0, dtype=dtype), value)


def _has_all_finite(graph, numbers, dtype):
    """Whether all numbers of a sequence are finite, (N, 1)."""
    return _are_finite(graph, graph.add("Transpose", numbers, perm=[1, 0, 2]), dtype)


def _are_finite(graph, numbers, dtype):
    """Whether all numbers of (N, …) are finite, (N, 1)."""
    # NaN is not less than anything.
    largest = np.array(np.finfo(dtype).max)
    is_finite = graph.add("Less", graph.add("Abs", numbers), largest)
    bad = graph.cast(graph.add("Not", is_finite), "float32")
    n_bad = graph.sum(graph.reshape(bad, 0, -1), 1, keep=True)
    return graph.add("Less", n_bad, np.array(0.5, dtype=np.float32))


def _read_categories(graph, fitted, steps, leading):
    """What the categories of the steps select, (T, N, …) in float32."""
    model, dtype = fitted.model, fitted.reader.dtype
    categories = model.architecture.categories
    n_features, n_codes = model.architecture.n_features, sum(categories)
    places = np.arange(n_features - len(categories), n_features)
    vocabularies = fitted.reader.vocabularies[: len(categories)]
    rows = _rows_of_codes(graph, steps, places, vocabularies, dtype)
    if model.architecture.embedding_size:
        tables = np.concatenate(model.embeddings()).astype(np.float32)
        selected = graph.add("Gather", tables, rows, axis=0)
        selected = graph.reshape(selected, 0, 0, -1)
    else:
        selected = _one_hot(graph, rows, n_codes, "float32")
    return _without(graph, selected, leading, np.float32)


def _rows_of_codes(graph, values, places, vocabularies, dtype):
    """Which of all codes each value of a category is, (…, n_categories) in int64."""
    codes, first = [], 0
    for place, vocabulary in zip(places.tolist(), vocabularies, strict=True):
        of_category = graph.take(values, [place], axis=-1)
        codes.append(_codes(graph, of_category, vocabulary.values, first, dtype))
        first += vocabulary.n_codes
    return graph.cast(graph.join(codes, axis=-1), "int64")


def _codes(graph, values, categories, first, dtype):
    """The codes of one category, counted from a first one: (…, 1).

    A value that is none of the categories has the code behind them.
    """
    n_codes = len(categories)
    if are_numbers(categories):
        own = _as_told_apart(categories, dtype)
        is_it = graph.cast(graph.add("Equal", values, own), dtype)
        # One of these distances is chosen, or none.
        from_end = graph.add("Mul", is_it, np.arange(-n_codes, 0).astype(dtype))
        codes = graph.sum(from_end, -1, keep=True)
        return graph.add("Add", codes, np.array(first + n_codes, dtype=dtype))
    number = np.array(n_codes, dtype=dtype)
    is_code = graph.add(
        "And",
        graph.add("GreaterOrEqual", values, np.array(0, dtype=dtype)),
        graph.add("Less", values, number),
    )
    is_whole = graph.add("Equal", values, graph.add("Floor", values))
    is_code = graph.add("And", is_code, is_whole)
    codes = graph.add("Where", is_code, values, number)
    return graph.add("Add", codes, np.array(first, dtype=dtype))


def are_numbers(categories):
    """Whether categories are numbers, which stand in X as they are."""
    return all(isinstance(value, Real | np.bool_) for value in categories)


def _as_told_apart(categories, dtype):
    """Numbers in the dtype of a model, in which they must differ."""
    own = np.array(categories, dtype=dtype)
    if len(set(own.tolist())) < len(own):
        raise ValueError(
            f"The categories {shortened(categories)} do not all differ in {dtype}, in "
            "which the graph reads X. Fit on strings, or on smaller numbers."
        )
    return own


def _one_hot(graph, rows, n_codes, dtype):
    """A 1 at each row of several categories, (…, n_codes)."""
    rows = graph.add("Unsqueeze", rows, np.array([-1]))
    is_it = graph.cast(graph.add("Equal", rows, np.arange(n_codes)), dtype)
    return graph.sum(is_it, -2)
