"""Compare the cells with ONNX's recurrent nodes: published tests, and random ones."""

import importlib
import types
import typing

import kernels
import numpy as np
import pytest

from skgru._cells._base import CellWeights

onnx = pytest.importorskip("onnx", reason="ONNX is not installed")

# Numbers of ONNX's gates in skgru's order: those of its LSTM are input, output, forget,
# candidate.
ONNX_ORDER = {"GRU": (0, 1, 2), "LSTM": (0, 2, 3, 1), "RNN": (0,)}
# Names of the inputs of a node by their places. The fifth, the lengths of sequences, is
# left out, since ONNX's evaluator does not look at it.
INPUTS = ("X", "W", "R", "B", "", "initial_h", "initial_c")
DEFAULTS = {"direction": b"forward", "layout": 0, "linear_before_reset": 0}


class Case(typing.NamedTuple):
    """A node, the arrays that it reads and those that it should write, by name."""

    node: typing.Any
    inputs: dict
    outputs: dict


def attributes_of(node):
    """Attributes of a recurrent node; those that no case sets have no place here."""
    given = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
    assert given.keys() <= DEFAULTS.keys() | {"hidden_size"}
    return types.SimpleNamespace(**(DEFAULTS | given))


def cell_of(node):
    """Name of skgru's cell that computes a node."""
    if node.op_type != "GRU":
        return node.op_type.lower()
    return "gru" if attributes_of(node).linear_before_reset else "gru_reset_before"


def weights_of(node, inputs, index):
    """Weights of one direction of a node in skgru's form."""

    def in_order(array):
        order = ONNX_ORDER[node.op_type]
        gates = np.split(array, len(order))
        return np.concatenate([gates[gate] for gate in order])

    kernel, recurrent = inputs["W"][index], inputs["R"][index]
    biases = inputs.get("B", np.zeros((len(inputs["W"]), 2 * len(kernel))))[index]
    biases = np.array([in_order(bias) for bias in np.split(biases, 2)])
    if cell_of(node) != "gru":
        # ONNX adds two biases in each gate: all that counts is their sum.
        biases = biases.sum(axis=0, keepdims=True)
    return CellWeights(in_order(kernel).T.copy(), in_order(recurrent).T.copy(), biases)


def by_skgru(node, inputs, dtype):
    """What skgru's cell computes in place of a node, by the names of the outputs."""
    attributes = attributes_of(node)
    cell = cell_of(node)
    signs = {b"forward": [1], b"reverse": [-1], b"bidirectional": [1, -1]}

    def steps_first(array):
        return array.swapaxes(0, 1) if attributes.layout else array

    x = steps_first(inputs["X"])
    n_rows = x.shape[1]
    zeros = np.zeros((len(inputs["W"]), n_rows, attributes.hidden_size))
    initial = steps_first(inputs["initial_h"]) if "initial_h" in inputs else zeros
    memory = steps_first(inputs["initial_c"]) if "initial_c" in inputs else zeros
    all_states, last_states, last_memories = [], [], []
    for index, sign in enumerate(signs[attributes.direction]):
        tape, _ = kernels.states(
            weights_of(node, inputs, index),
            np.ascontiguousarray(x[::sign]),
            np.zeros(n_rows, int),
            initial[index],
            cell=cell,
            from_start=not (initial.any() or memory.any()),
            dtype=dtype,
            memory=memory[index],
        )
        all_states.append(tape.hidden[1:][::sign])
        last_states.append(tape.hidden[-1])
        if cell == "lstm":
            last_memories.append(tape.memories[0, -1])
    y, y_h = np.stack(all_states, axis=1), np.stack(last_states)
    y_c = np.stack(last_memories) if last_memories else None
    if attributes.layout:
        y = y.transpose(2, 0, 1, 3)
        y_h, y_c = (None if a is None else a.swapaxes(0, 1) for a in (y_h, y_c))
    return {"Y": y, "Y_h": y_h, "Y_c": y_c}


def tolerance(node, inputs, dtype):
    """Rounding of sums of n_inputs + n_hidden terms, carried through n_timesteps steps.

    Both sides round, each in its own order: twice what the tests against the equations,
    which are evaluated in float64, allow.
    """
    x = inputs["X"]
    n_timesteps = x.shape[1 if attributes_of(node).layout else 0]
    n_terms = x.shape[2] + attributes_of(node).hidden_size
    return 16 * n_terms * n_timesteps * np.finfo(dtype).eps


def assert_same(case, dtype):
    found = by_skgru(case.node, case.inputs, dtype)
    atol = tolerance(case.node, case.inputs, dtype)
    assert case.outputs
    for name, expected in case.outputs.items():
        assert found[name].shape == expected.shape
        np.testing.assert_allclose(
            found[name], expected, rtol=0, atol=atol, err_msg=name
        )


# ONNX publishes tests for whoever computes its nodes: each is a function of the class
# of a node. All are here but that of the peepholes of an LSTM: skgru's cell has none.
# Those of the LSTM have the same weights in all gates: the order of its gates is held
# by the random nodes below.
MODULES = {
    kind: importlib.import_module(f"onnx.backend.test.case.node.{kind.lower()}")
    for kind in ONNX_ORDER
}
PUBLISHED = [
    (kind, export)
    for kind, module in MODULES.items()
    for export in vars(getattr(module, kind))
    if export.startswith("export_") and export != "export_peepholes"
]


def published_case(kind, export, monkeypatch):
    """The node, the inputs and the outputs that one of ONNX's functions states."""
    cases = []

    def expect(node, inputs, outputs, name):
        read, written = ([n for n in names if n] for names in (node.input, node.output))
        inputs = dict(zip(read, inputs, strict=True))
        cases.append(Case(node, inputs, dict(zip(written, outputs, strict=True))))

    monkeypatch.setattr(MODULES[kind], "expect", expect)
    # Some draw their weights from the global generator, which ONNX seeds in this way.
    np.random.seed(0)
    getattr(getattr(MODULES[kind], kind), export)()
    (case,) = cases
    return case


def test_published_cases_are_found():
    common = ("export_defaults", "export_initial_bias", "export_batchwise")
    wanted = {(kind, export) for kind in ONNX_ORDER for export in common}
    wanted |= {("GRU", "export_seq_length"), ("RNN", "export_seq_length")}
    assert wanted <= set(PUBLISHED)


@pytest.mark.parametrize(("kind", "export"), PUBLISHED)
def test_published_cases(kind, export, monkeypatch):
    # ONNX states the results in float32.
    assert_same(published_case(kind, export, monkeypatch), np.float32)


def random_case(rng, kind, shape, dtype, **attributes):
    """A model of one node with random weights and states, and what ONNX computes."""
    n_timesteps, n_rows, n_inputs, n_hidden = shape
    n_directions = 2 if attributes["direction"] == "bidirectional" else 1
    columns = len(ONNX_ORDER[kind]) * n_hidden
    states = (n_directions, n_rows, n_hidden)
    inputs = {
        "X": rng.randn(n_timesteps, n_rows, n_inputs),
        "W": rng.randn(n_directions, columns, n_inputs),
        "R": rng.randn(n_directions, columns, n_hidden),
        "B": rng.randn(n_directions, 2 * columns),
        "initial_h": rng.uniform(-1, 1, states),
        "initial_c": rng.uniform(-2, 2, states),
    }
    if kind != "LSTM":
        del inputs["initial_c"]
    if attributes["layout"]:
        for name in {"X", "initial_h", "initial_c"} & set(inputs):
            inputs[name] = inputs[name].swapaxes(0, 1)
    inputs = {name: array.astype(dtype) for name, array in inputs.items()}
    written = ["Y", "Y_h", "Y_c"] if kind == "LSTM" else ["Y", "Y_h"]
    read = [name if name in inputs else "" for name in INPUTS]
    while not read[-1]:
        read.pop()
    node = onnx.helper.make_node(
        kind, read, written, hidden_size=n_hidden, **attributes
    )
    of_type = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))

    def declared(name, shape):
        return onnx.helper.make_tensor_value_info(name, of_type, shape)

    graph = onnx.helper.make_graph(
        [node],
        kind,
        [declared(name, array.shape) for name, array in inputs.items()],
        [declared(name, (4 if name == "Y" else 3) * [None]) for name in written],
    )
    model = onnx.helper.make_model(graph)
    onnx.checker.check_model(model, full_check=True)
    evaluator = importlib.import_module("onnx.reference").ReferenceEvaluator(model)
    results = evaluator.run(None, inputs)
    return Case(node, inputs, dict(zip(written, results, strict=True)))


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("GRU", {"linear_before_reset": 0}),
        ("GRU", {"linear_before_reset": 1}),
        ("LSTM", {}),
        ("RNN", {}),
    ],
)
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (5, 3, 2, 4), (9, 17, 4, 20)])
@pytest.mark.parametrize("layout", [0, 1], ids=["steps first", "rows first"])
@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
def test_random_nodes(kind, form, shape, layout, direction, dtype, rng):
    form = form | {"direction": direction, "layout": layout}
    case = random_case(rng, kind, shape, dtype, **form)
    assert_same(case, dtype)
