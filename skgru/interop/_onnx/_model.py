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
    """

    estimator: str
    fitted: Fitted
    kind: str
    own: SeriesScaling | None
    series: Any


def columns_of_X(reader):
    """The names, or else the places, of the columns of X but that of the series."""
    names = reader.feature_names_in
    columns = list(range(reader.n_features_in) if names is None else map(str, names))
    return [name for j, name in enumerate(columns) if j != reader.columns.group]


def text_of_X(export):
    """What the input X is, in words."""
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
    """What whoever has only the file must know: a dict of strings, lists in JSON."""
    fitted, reader = export.fitted, export.fitted.reader
    told = {
        "version": version("skgru"),
        "estimator": export.estimator,
        "cell": fitted.model.architecture.cell,
        "kind": export.kind,
        "columns": columns_of_X(reader),
        "features": _features_of(reader),
        "static_features": [columns_of_X(reader)[j] for j in reader.columns.static],
    }
    if reader.kind == "series" and export.kind == "rows":
        told["window"] = reader.settings.window
    if reader.settings.remember:
        told["remembers"] = "nothing: put the rows before X in front of it"
    if reader.vocabularies:
        told["categories"] = _categories_of(reader)
    if fitted.targets.quantiles is not None:
        told["quantiles"] = fitted.targets.quantiles.tolist()
    if hasattr(fitted.targets, "classes"):
        told["classes"] = fitted.targets.classes.tolist()
    if export.series is not None:
        told["series"] = export.series
    return {
        f"skgru.{name}": value if isinstance(value, str) else _in_json(value)
        for name, value in told.items()
    }


def _in_json(value):
    # Dates, and whatever else JSON does not know, as text.
    return json.dumps(value, default=str, ensure_ascii=False)


def _features_of(reader):
    """The features of a step, in the order of the input of one step."""
    if reader.columns.features is not None:
        names = list(reader.columns.features)
        return names[: reader.n_features]
    if reader.kind == "rows" or reader.columns.steps is None:
        return list(range(reader.n_features))
    return reader.columns.steps.tolist()


def _categories_of(reader):
    """For each column of categories their values, in the order of their codes."""
    names = reader.feature_names_in
    return {
        str(j if names is None else names[j]): vocabulary.values
        for vocabulary in reader.vocabularies
        for j in vocabulary.columns.tolist()
    }
