"""The recurrent layers of a network as ONNX nodes.

ONNX knows the cells, but not sequences whose first steps are missing: the lengths that
its nodes accept say how many *last* steps are missing, and runtimes disagree on them.
So layers have one more input, which is 1 at missing steps and 0 at others. The state is
zeros there, and so are all other inputs; the weight of this input keeps it so:

- a GRU's update gate is opened so wide that it rounds to 1,
- an LSTM's input gate is closed so far that it rounds to 0,
- a plain unit's bias is taken away.

Cells that read the newest step first meet the missing steps last. Their states after
these steps are of no use to anyone, so they are left out: what they end with is the
state at the first observed step.

The nodes read the gates in an order of their own, have their matrices transposed, and
always have two biases. No attribute but the necessary ones is written, since some
runtimes read those of direction and layout wrongly.
"""

from typing import NamedTuple

import numpy as np

# For each kind of cell: the node, where each of its gates stands among skgru's, and
# which way missing steps move the first gate; 0 if there is none that they could move.
_NODES = {
    "gru": ("GRU", [0, 1, 2], 1),
    "gru_reset_before": ("GRU", [0, 1, 2], 1),
    "lstm": ("LSTM", [0, 3, 1, 2], -1),
    "rnn": ("RNN", [0], 0),
}
# A sigmoid of this number is 1 in float32, in all of its implementations.
_WIDE_OPEN = 40


class Steps(NamedTuple):
    """What the first layer reads.

    Attributes
    ----------
    inputs : str
        (T, N, F) in float32, zeros at missing steps.
    observed : str or None
        (T, N, 1) in float32, 1 at steps that are there and 0 at missing ones; None if
        none can be missing.
    """

    inputs: str
    observed: str | None


class States(NamedTuple):
    """States of a layer, with those of two cells side by side.

    Attributes
    ----------
    all : str
        After each step, (T, N, H); zeros at missing steps, if any can be missing.
    last : str
        After the whole sequence, (N, H).
    """

    all: str
    last: str


def add_layers(graph, model, steps):
    """Add all recurrent layers.

    Parameters
    ----------
    graph : Graph
    model : Model
    steps : Steps

    Returns
    -------
    States
        Those of the last layer.
    """
    cell, cells = model.architecture.cell, model.cell_weights()
    n_cells = 2 if model.architecture.bidirectional else 1
    missing = first = None
    if steps.observed is not None:
        one = np.array(1, dtype=np.float32)
        missing = graph.add("Sub", one, steps.observed)
        first = _first_observed(graph, steps.observed) if n_cells > 1 else None
    inputs = steps.inputs
    for k in range(0, len(cells), n_cells):
        states = _read_forward(graph, cell, cells[k], inputs, missing)
        if n_cells > 1:
            steps = Steps(inputs, steps.observed)
            other = _read_backward(graph, cell, cells[k + 1], steps, first)
            states = States(
                graph.join([states.all, other.all], axis=2),
                graph.join([states.last, other.last], axis=1),
            )
        inputs = states.all
    return states


def add_step(graph, model, inputs, states):
    """Add all layers for one step, whose states come in and go out.

    Parameters
    ----------
    graph : Graph
    model : Model
        Its layers read one way.
    inputs : str
        (N, F) in float32.
    states : list of list of str
        For each layer the names of its states, (N, H) each: that which it hands on, and
        for an LSTM its memory.

    Returns
    -------
    list of list of str
        The new states.
    """
    after = []
    zero = np.array([0])
    for weights, before in zip(model.cell_weights(), states, strict=True):
        _, *ends = _add_cell(
            graph,
            model.architecture.cell,
            weights,
            graph.add("Unsqueeze", inputs, zero),
            initial=[graph.add("Unsqueeze", state, zero) for state in before],
        )
        after.append([graph.add("Squeeze", end, zero) for end in ends[: len(before)]])
        inputs = after[-1][0]
    return after


def _first_observed(graph, observed):
    """A 1 at the first observed step of each sequence, 0 elsewhere: (T, N, 1)."""
    count = graph.add("CumSum", observed, np.array(0))
    is_first = graph.add("Less", count, np.array(1.5, dtype=np.float32))
    return graph.add("Mul", observed, graph.cast(is_first, "float32"))


def _read_forward(graph, cell, weights, inputs, missing):
    """States of a cell that reads the oldest step first."""
    with_missing = graph.join([inputs, missing], axis=2)
    every, last, *_ = _add_cell(
        graph, cell, weights, with_missing, marks_missing=missing is not None
    )
    return States(
        graph.add("Squeeze", every, np.array([1])),
        graph.add("Squeeze", last, np.array([0])),
    )


def _read_backward(graph, cell, weights, steps, first):
    """States of a cell that reads the newest step first."""
    turned = graph.backward(steps.inputs)
    every, last, *_ = _add_cell(graph, cell, weights, turned)
    every = graph.backward(graph.add("Squeeze", every, np.array([1])))
    if steps.observed is None:
        return States(every, graph.add("Squeeze", last, np.array([0])))
    return States(
        graph.add("Mul", every, steps.observed),
        graph.sum(graph.add("Mul", every, first), 0),
    )


def _add_cell(graph, cell, weights, inputs, *, marks_missing=False, initial=()):
    """Add the node of one cell.

    Parameters
    ----------
    weights : CellWeights
    inputs : str
        (T, N, F), or with `marks_missing` (T, N, F + 1).
    marks_missing : bool, default=False
        Whether the last input tells which steps are missing.
    initial : list of str, default=()
        States to begin with, (1, N, H) each.

    Returns
    -------
    list of str
        States after each step (T, 1, N, H), and each of the last states (1, N, H).
    """
    operator, order, _ = _NODES[cell]
    kernel = weights.kernel
    if marks_missing:
        kernel = np.concatenate([kernel, [_weights_of_missing(cell, weights)]])
    if len(kernel) == 1:
        # tract 0.23 cannot run a GRU of a single input. The second counts for nothing.
        inputs = graph.join([inputs, inputs], axis=2)
        kernel = np.concatenate([kernel, np.zeros_like(kernel)])
    biases = np.zeros((2, weights.bias.shape[1]))
    biases[: len(weights.bias)] = weights.bias
    in_order = [_gates_in_order(part, order) for part in biases]
    attributes = {"hidden_size": len(weights.recurrent_kernel)}
    if operator == "GRU":
        attributes["linear_before_reset"] = int(cell == "gru")
    return graph.add_cell(
        operator,
        [
            inputs,
            _as_constant(_gates_in_order(kernel, order).T),
            _as_constant(_gates_in_order(weights.recurrent_kernel, order).T),
            _as_constant(np.concatenate(in_order)),
            None,
            *initial,
        ],
        3 if operator == "LSTM" else 2,
        **attributes,
    )


def _gates_in_order(array, order):
    """The blocks of columns of the gates, in ONNX's order."""
    blocks = np.split(np.asarray(array), len(order), axis=-1)
    return np.concatenate([blocks[gate] for gate in order], axis=-1)


def _as_constant(array):
    """An array with the axis of directions, which is 1 long, in float32."""
    return np.ascontiguousarray(array, dtype=np.float32)[np.newaxis]


def _weights_of_missing(cell, weights):
    """The weights of the input that marks missing steps, one for each column."""
    *_, way = _NODES[cell]
    bias = weights.bias.sum(axis=0, dtype=np.float64)
    if way == 0:
        return -bias
    n_hidden = len(weights.recurrent_kernel)
    row = np.zeros(len(bias))
    # The sum of the gate at a missing step is this weight and the bias.
    row[:n_hidden] = way * (_WIDE_OPEN + np.abs(bias[:n_hidden]).max())
    return row
