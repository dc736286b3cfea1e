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
    read_table,
)
from skgru.interop._onnx._layers import add_layers, add_step
from skgru.interop._onnx._model import Tensor, columns_of_X, text_of_X

_TEXT_OF_STEP = "The next step of each sequence: the columns in skgru.features."
_TEXT_OF_STATIC = "Static features: the columns in skgru.static_features."
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
    (X,), n_rows = graph.at_least_one_row([X], 2 if export.kind == "rows" else 3)
    read = read_sequences
    if export.kind == "rows":
        read = read_rows if fitted.reader.kind == "series" else read_table
    values = read(graph, fitted.reader, X)
    values = on_common_scale(graph, values, export.own, fitted.reader.dtype)
    last = graph.take(values.steps, -1, axis=0)
    inputs = read_inputs(
        graph, fitted, values, last, skips_missing=not fitted.reader.is_plain
    )
    states = add_layers(graph, fitted.model, inputs.steps)
    read = read_states(graph, fitted, states, inputs.steps.observed)
    return _add_outputs(graph, export, read, inputs, last, n_rows)


def add_one_step(graph, export):
    """Add the graph of one step of each sequence, with the states beside it.

    The parameters and the result are those of `add_whole`.
    """
    fitted = export.fitted
    reader = fitted.reader
    x = Tensor("x", reader.dtype, ("N", reader.n_features), _TEXT_OF_STEP)
    tensors = [x]
    if len(reader.columns.static):
        of_static = ("N", len(reader.columns.static))
        tensors.append(Tensor("static", reader.dtype, of_static, _TEXT_OF_STATIC))
    states = _states_of(fitted.model.architecture)
    names = [tensor.name for tensor in [*tensors, *states]]
    (step, *values), n_rows = graph.at_least_one_row(names, 2)
    static = values.pop(0) if len(tensors) > 1 else None
    steps = graph.add("Unsqueeze", step, np.array([0]))
    read = on_common_scale(graph, Values(steps, static), export.own, reader.dtype)
    last = graph.take(read.steps, 0, axis=0)
    inputs = read_inputs(graph, fitted, read, last, skips_missing=True)
    at_step = graph.take(inputs.steps.inputs, 0, axis=0)
    at_head, after = _add_states(graph, fitted, at_step, values)
    outputs = _add_outputs(graph, export, at_head, inputs, last, n_rows)
    for state, before, value in zip(states, values, after, strict=True):
        # A step that cannot be read leaves the states as they are.
        kept = graph.add("Where", inputs.is_usable, value, before)
        outputs.append(state._replace(name=f"next_{state.name}", text="Pass it on."))
        graph.output(outputs[-1].name, graph.first_rows(kept, n_rows))
    return [*tensors, *states], outputs


def _states_of(architecture):
    """The states: for each layer that which it hands on, and for an LSTM its memory.

    Beside those of the layers there are, for a head that reads means, the sum of the
    last layer's states and their number.
    """
    sizes = architecture.hidden_layer_sizes
    names = ["state", "memory"] if architecture.cell == "lstm" else ["state"]
    states = [(f"{name}_{k}", n) for k, n in enumerate(sizes) for name in names]
    if architecture.pooling == "mean":
        states += [("sum", sizes[-1]), ("count", 1)]
    return [Tensor(name, "float32", ("N", n), _TEXT_OF_STATE) for name, n in states]


def _add_states(graph, fitted, at_step, states):
    """What the head reads after a step (N, F), and the new values of the states."""
    architecture = fitted.model.architecture
    n_each = 2 if architecture.cell == "lstm" else 1
    n_of_layers = n_each * len(architecture.hidden_layer_sizes)
    layers = [states[k : k + n_each] for k in range(0, n_of_layers, n_each)]
    after = add_step(graph, fitted.model, at_step, layers)
    read, new = after[-1][0], [*chain(*after)]
    if architecture.pooling == "mean":
        total, count = states[n_of_layers:]
        one = np.array(1, dtype=np.float32)
        new += [graph.add("Add", total, read), graph.add("Add", count, one)]
        read = graph.add("Div", *new[-2:])
    return graph.cast(read, fitted.reader.dtype), new


# The outputs of a graph


def _add_outputs(graph, export, read, inputs, last, n_rows):
    """The head, and the outputs of the graph, of so many rows."""
    fitted = export.fitted
    raw = add_raw(graph, fitted, read, inputs.static, inputs.numbers, last)
    dtype = fitted.reader.dtype
    if hasattr(fitted.targets, "classes"):
        label, scores = add_classes(
            graph, fitted, raw, inputs.is_usable, raw_scores=export.raw_scores
        )
        shape: tuple = ("N", fitted.targets.classes.size)
        labels = dtype_name(labels_of(fitted.targets))
        of_label = shape if fitted.targets.is_multilabel else shape[:1]
        graph.output("label", graph.first_rows(label, n_rows))
        graph.output("probabilities", graph.first_rows(scores, n_rows))
        text = "1 for each label that is more probable than not, else 0."
        if not fitted.targets.is_multilabel:
            text = "The most probable class."
        return [
            Tensor("label", labels, of_label, text),
            Tensor("probabilities", dtype, shape, "In the order of skgru.classes."),
        ]
    y, shape = add_regression(graph, fitted, raw, last, export.own, inputs.is_usable)
    graph.output("y", graph.first_rows(y, n_rows))
    return [Tensor("y", dtype, ("N", *shape), "Predictions in the units of y.")]
