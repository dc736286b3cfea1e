"""An ONNX model around a graph: its inputs and outputs, and what is told about them."""

import json
from importlib.metadata import version
from typing import Any, NamedTuple

from skgru._estimators._fitted import Fitted
from skgru._scaling._by_series import SeriesScaling
from skgru.interop._onnx._graph import TYPE_NUMBERS

# Older opsets lack operators that the graphs need.
FIRST_OPSET = 14


class Tensor(NamedTuple):
    """An input or output of a graph.

    Attributes
    ----------
    name : str
    dtype : str
    shape : tuple of int or str
        A string is the name of a length that stays free.
    text : str
        What it is, in words.
    """

    name: str
    dtype: str
    shape: tuple
    text: str


class Export(NamedTuple):
    """What is exported: the parts of an estimator, and how they are to be used.

    Attributes
    ----------
    estimator : str
        The name of its class.
    fitted : Fitted
    kind : {"rows", "sequences", "step"}
    own : SeriesScaling or None
        The statistics of one series, if each series has its own.
    series : object
        The name of that series.
    raw_scores : bool
        Whether a classifier returns decision values where it returns probabilities.
    """

    estimator: str
    fitted: Fitted
    kind: str
    own: SeriesScaling | None
    series: Any
    raw_scores: bool = False


def columns_of_X(reader):
    """The names, or else the places, of the columns of X but that of the series."""
    names = reader.feature_names_in
    columns = list(range(reader.n_features_in) if names is None else map(str, names))
    return [name for j, name in enumerate(columns) if j != reader.columns.group]


def text_of_X(export):
    """What the input X is, in words."""
    order = export.fitted.reader.settings.time_order
    if export.kind == "sequences" and order == "newest_first":
        return "Sequences, newest step first; the last steps may be NaN."
    if export.kind == "sequences":
        return "Sequences, oldest step first; leading steps may be NaN."
    if export.fitted.reader.kind == "series":
        return "Consecutive rows of one series, oldest first: skgru.columns."
    return "A sequence in each row: the columns in skgru.columns."


def as_model(onnx, graph, export, inputs, outputs, opset):
    """The ONNX model of a graph.

    Parameters
    ----------
    onnx : module
    graph : Graph
    export : Export
    inputs, outputs : list of Tensor
    opset : int
    """
    helper = onnx.helper
    made = helper.make_graph(
        [
            helper.make_node(operator, read, written, **attributes)
            for operator, read, written, attributes in graph.nodes
        ],
        "skgru",
        [_declared(helper, tensor) for tensor in inputs],
        [_declared(helper, tensor) for tensor in outputs],
        [
            onnx.numpy_helper.from_array(as_tensor(array), name)
            for name, array in graph.constants.items()
        ],
        doc_string=f"{export.estimator}.predict, exported by skgru.interop.to_onnx",
    )
    opsets = [helper.make_opsetid("", opset)]
    model = helper.make_model(
        made,
        opset_imports=opsets,
        ir_version=helper.find_min_ir_version_for(opsets),
        producer_name="skgru",
        producer_version=version("skgru"),
    )
    helper.set_model_props(model, metadata_of(export))
    return model


def as_tensor(array):
    """An array as the functions of onnx take it: strings as objects."""
    return array.astype(object) if array.dtype.kind == "U" else array


def _declared(helper, tensor):
    return helper.make_tensor_value_info(
        tensor.name, TYPE_NUMBERS[tensor.dtype], tensor.shape, tensor.text
    )


def metadata_of(export):
    """What whoever has only the file must know: words as they are, all else in JSON."""
    fitted, reader = export.fitted, export.fitted.reader
    columns = columns_of_X(reader)
    words = {
        "version": version("skgru"),
        "estimator": export.estimator,
        "cell": fitted.model.architecture.cell,
        "kind": export.kind,
    }
    told = {
        "columns": columns,
        "features": _features_of(reader),
        "static_features": [columns[j] for j in reader.columns.static],
    }
    if export.kind == "sequences":
        is_default = reader.settings.time_order == "auto"
        words["time_order"] = (
            "oldest_first" if is_default else reader.settings.time_order
        )
    elif reader.kind == "rows" and export.kind == "rows":
        told["steps"] = _steps_of(reader, columns)
    elif export.kind == "rows":
        told["window"] = reader.settings.window
    if reader.settings.remember:
        words["remembers"] = "nothing: put the rows before X in front of it"
    if reader.vocabularies:
        told["categories"] = _categories_of(reader)
    if hasattr(fitted.targets, "classes"):
        told["classes"] = fitted.targets.classes.tolist()
    else:
        words["loss"] = fitted.targets.settings.loss
    if fitted.targets.quantiles is not None:
        told["quantiles"] = fitted.targets.quantiles.tolist()
    if export.series is not None:
        told["series"] = export.series
    # Dates, and whatever else JSON does not know, as text.
    in_json = {
        name: json.dumps(value, default=str, ensure_ascii=False)
        for name, value in told.items()
    }
    return {f"skgru.{name}": value for name, value in (words | in_json).items()}


def _features_of(reader):
    """The features of a step, in the order of the input of one step."""
    if reader.columns.features is not None and any(reader.columns.features):
        names = list(reader.columns.features)
        return names[: reader.n_features]
    if reader.kind == "rows" or reader.columns.steps is None:
        return list(range(reader.n_features))
    return reader.columns.steps.tolist()


def _steps_of(reader, columns):
    """For each step of a table's sequences, oldest first, the columns it is read of."""
    of_steps = reader.columns.steps
    names = columns if of_steps is None else [columns[j] for j in of_steps]
    n_features = reader.n_features
    return [names[k : k + n_features] for k in range(0, len(names), n_features)]


def _categories_of(reader):
    """For each column of categories their values, in the order of their codes."""
    names = reader.feature_names_in
    return {
        str(j if names is None else names[j]): vocabulary.values
        for vocabulary in reader.vocabularies
        for j in vocabulary.columns.tolist()
    }
