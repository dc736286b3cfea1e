"""Exported models in other runtimes, tract and OpenVINO, predict what skgru does.

They have read GRUs wrongly, or read only a part of what ONNX allows: exported graphs
use what all of them read alike.
"""

import itertools

import exported
import exported_cases
import numpy as np
import pytest

from skgru.interop import to_onnx

onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
tract = pytest.importorskip("tract", reason="tract is not installed")
openvino = pytest.importorskip("openvino", reason="OpenVINO is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")

TRACT_DTYPES = {"float32": "f32", "float64": "f64"}


def by_tract(graph, feeds, folder):
    path = folder / "model.onnx"
    onnx.save(graph, path)
    model = tract.onnx().load(path)
    names = [model.input_name(k) for k in range(model.input_count())]
    for k, name in enumerate(names):
        array = feeds[name]
        shape = [*map(str, array.shape), TRACT_DTYPES[array.dtype.name]]
        model.set_input_fact(k, ",".join(shape))
    model.analyse()
    runnable = model.into_model().into_runnable()
    results = [each.to_numpy() for each in runnable.run([feeds[n] for n in names])]
    outputs = [output.name for output in graph.graph.output]
    return dict(zip(outputs, results, strict=True))


def by_openvino(graph, feeds, folder):
    core = openvino.Core()
    # Else it may choose bfloat16, where a processor has it.
    precise = {"INFERENCE_PRECISION_HINT": "f32"}
    compiled = core.compile_model(
        core.read_model(graph.SerializeToString()), "CPU", precise
    )
    results = compiled(feeds)
    outputs = [output.name for output in graph.graph.output]
    return dict(zip(outputs, (results[each] for each in compiled.outputs), strict=True))


RUNTIMES = {"tract": by_tract, "OpenVINO": by_openvino}
every_runtime = pytest.mark.parametrize("runtime", RUNTIMES)


@every_runtime
@pytest.mark.parametrize("form", exported.FORMS)
@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both ways"])
def test_cells_and_layers(runtime, form, bidirectional, dtype, tmp_path):
    model, X = exported.of_form(
        form, dtype, hidden_layer_sizes=(5, 13), bidirectional=bidirectional
    )
    graph = to_onnx(model)
    for sequences in (X, X[:1], X[:, -1:]):
        found = RUNTIMES[runtime](graph, {"X": sequences}, tmp_path)
        exported.assert_same(model, found, exported.expected(model, sequences))


# Neither is given strings. OpenVINO computes float64 in float32, so models of values
# far from zero are given to it in float32 alone, where `predict` rounds as much.
WITH_STRINGS = {"classes_in_words", "two_words"}
FAR_FROM_ZERO = ("anchor", "panel", "categories", "rows_with_window", "several_steps")


def is_run(runtime, name, dtype):
    """Whether a runtime can be held to predictions of a case."""
    is_far = any(word in name for word in FAR_FROM_ZERO)
    rounds = runtime == "OpenVINO" and dtype == np.float64
    return name not in WITH_STRINGS and not (rounds and is_far)


@pytest.mark.parametrize(
    ("runtime", "name", "dtype"),
    [
        case
        for case in itertools.product(
            RUNTIMES, exported_cases.MADE, (np.float32, np.float64)
        )
        if is_run(*case)
    ],
)
def test_ways_to_read_and_predict(runtime, name, dtype, tmp_path):
    case = exported_cases.case_of(name, dtype)
    graph = to_onnx(case.model, **case.arguments)
    found = RUNTIMES[runtime](graph, {"X": case.values}, tmp_path)
    exported.assert_same(case.model, found, case.wanted())


@every_runtime
@pytest.mark.parametrize("form", exported.FORMS)
def test_steps(runtime, form, tmp_path):
    model, X = exported.of_form(form, np.float32, hidden_layer_sizes=(5, 13))
    graph = to_onnx(model, "step")
    states = {
        value.name: np.zeros(
            (len(X), value.type.tensor_type.shape.dim[1].dim_value), np.float32
        )
        for value in graph.graph.input
        if value.name != "x"
    }
    for step in range(X.shape[1]):
        feeds = {"x": np.ascontiguousarray(X[:, step])} | states
        found = RUNTIMES[runtime](graph, feeds, tmp_path)
        states = {name: found[f"next_{name}"] for name in states}
    wanted = {"y": model.predict(X)}
    exported.assert_same(model, {"y": found["y"]}, wanted)
