"""The whole graph of an estimator, for each kind of inputs.

The parts of the estimator become the parts of a graph, in the order in which `predict`
calls them::

    X  ->  steps on the common scale, standardised      _inputs.py
       ->  states of the recurrent layers               _layers.py
       ->  raw predictions, predictions                 _heads.py
"""

from itertools import chain

import numpy as np

from skgru.interop._onnx._graph import dtype_name
from skgru.interop._onnx._heads import (
    add_classes,
    add_raw,
    add_regression,
    labels_of,
    read_states,
)
from skgru.interop._onnx._inputs import (
    Values,
    on_common_scale,
    read_inputs,
    read_rows,
    read_sequences,
    read_static,
    read_table,
)
from skgru.interop._onnx._layers import add_layers, add_step
from skgru.interop._onnx._model import Tensor, columns_of_X, text_of_X

_TEXT_OF_STEP = "The next step of each sequence: the columns in skgru.features."
_TEXT_OF_STATE = "Zeros before the first step, then next_... of the last call."


def add_whole(graph, export):
    """Add the graph of whole sequences, all of whose steps come at once.

    Parameters
    ----------
    graph : Graph
    export : Export

    Returns
    -------
    inputs, outputs : list of Tensor
    """
    reader = export.fitted.reader
    n_columns = len(columns_of_X(reader))
    shape = ("N", n_columns) if export.kind == "rows" else ("N", "T", n_columns)
    X = Tensor("X", reader.dtype, shape, text_of_X(export))
    outputs = add_predictions(graph, export, X.name)
    return [X], outputs


def add_predictions(graph, export, X):
    """Add all that makes predictions of an X of whole sequences.

    Returns
    -------
    list of Tensor
        The outputs.
    """
    fitted = export.fitted
    read = read_sequences
    if export.kind == "rows":
        read = read_rows if fitted.reader.kind == "series" else read_table
    values = read(graph, fitted.reader, X)
    values = on_common_scale(graph, values, export.own, fitted.reader.dtype)
    last = graph.take(values.steps, -1, axis=0)
    inputs = read_inputs(
        graph, fitted, values.steps, last, skips_missing=not fitted.reader.is_plain
    )
    states = add_layers(graph, fitted.model, inputs.steps)
    read = read_states(graph, fitted, states, inputs.steps.observed)
    return _add_outputs(graph, export, read, values.static, inputs, last)


def add_one_step(graph, export):
    """Add the graph of one step of each sequence, with the states beside it.

    The parameters and the result are those of `add_whole`.
    """
    fitted = export.fitted
    reader = fitted.reader
    x = Tensor("x", reader.dtype, ("N", reader.n_features), _TEXT_OF_STEP)
    tensors, static = [x], None
    if len(reader.columns.static):
        of_static = ("N", len(reader.columns.static))
        tensors.append(Tensor("static", reader.dtype, of_static, "Static features."))
        static = "static"
    steps = graph.add("Unsqueeze", x.name, np.array([0]))
    values = on_common_scale(graph, Values(steps, static), export.own, reader.dtype)
    last = graph.take(values.steps, 0, axis=0)
    inputs = read_inputs(graph, fitted, values.steps, last, skips_missing=True)
    at_step = graph.take(inputs.steps.inputs, 0, axis=0)
    read, new_states = _add_states(graph, fitted, at_step)
    outputs = _add_outputs(graph, export, read, values.static, inputs, last)
    for state, value in new_states:
        # A step that cannot be read leaves the states as they are.
        kept = graph.add("Where", inputs.is_usable, value, state.name)
        outputs.append(state._replace(name=f"next_{state.name}", text="Pass it on."))
        graph.output(outputs[-1].name, kept)
    return [*tensors, *(state for state, _ in new_states)], outputs


def _add_states(graph, fitted, at_step):
    """What the head reads after a step (N, F), and the states: each with its new value.

    Beside those of the layers there are, for a head that reads means, the sum of the
    last layer's states and their number.
    """
    architecture = fitted.model.architecture
    names = ["state", "memory"][: 2 if architecture.cell == "lstm" else 1]
    before = [
        [_state(f"{name}_{k}", n_hidden) for name in names]
        for k, n_hidden in enumerate(architecture.hidden_layer_sizes)
    ]
    of_layers = [[state.name for state in layer] for layer in before]
    after = add_step(graph, fitted.model, at_step, of_layers)
    new = [*zip(chain(*before), chain(*after), strict=True)]
    read = after[-1][0]
    if architecture.pooling == "mean":
        total = _state("sum", architecture.hidden_layer_sizes[-1])
        count = _state("count", 1)
        one = np.array(1, dtype=np.float32)
        new.append((total, graph.add("Add", total.name, read)))
        new.append((count, graph.add("Add", count.name, one)))
        read = graph.add("Div", new[-2][1], new[-1][1])
    return graph.cast(read, fitted.reader.dtype), new


def _state(name, n_columns):
    return Tensor(name, "float32", ("N", n_columns), _TEXT_OF_STATE)


# The outputs of a graph


def _add_outputs(graph, export, read, static, inputs, last):
    """The head, and the outputs of the graph."""
    fitted = export.fitted
    static = read_static(graph, fitted, static)
    raw = add_raw(graph, fitted, read, static, inputs.numbers, last)
    dtype = fitted.reader.dtype
    if hasattr(fitted.targets, "classes"):
        label, probabilities = add_classes(graph, fitted, raw, inputs.is_usable)
        shape: tuple = ("N", fitted.targets.classes.size)
        labels = dtype_name(labels_of(fitted.targets))
        of_label = shape if fitted.targets.is_multilabel else shape[:1]
        graph.output("label", label)
        graph.output("probabilities", probabilities)
        return [
            Tensor("label", labels, of_label, "The most probable class."),
            Tensor("probabilities", dtype, shape, "In the order of skgru.classes."),
        ]
    y, shape = add_regression(graph, fitted, raw, last, export.own, inputs.is_usable)
    graph.output("y", y)
    return [Tensor("y", dtype, ("N", *shape), "Predictions in the units of y.")]
