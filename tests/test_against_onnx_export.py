"""Compare exported models, in ONNX's own evaluator and ONNX Runtime, with `predict`."""

import importlib
import json

import exported
import exported_cases
import numpy as np
import pandas as pd
import pytest

from skgru import GRUClassifier, GRURegressor, LSTMRegressor
from skgru.interop import to_onnx

onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")

CPU = ["CPUExecutionProvider"]


def checked(model):
    """An ONNX model, after all checks that onnx itself has."""
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True)
    return model


def by_onnxruntime(model, feeds):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=CPU)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(None, feeds), strict=True))


def by_onnx(model, feeds):
    evaluator = importlib.import_module("onnx.reference").ReferenceEvaluator(model)
    results = evaluator.run(None, feeds)
    return dict(zip(evaluator.output_names, results, strict=True))


def assert_predicts(model, graph, X, values=None, times=1):
    """Compare a graph with an estimator, in both runtimes."""
    wanted = exported.expected(model, X)
    feeds = {"X": X if values is None else values}
    exported.assert_same(model, by_onnxruntime(graph, feeds), wanted, times)
    exported.assert_same(model, by_onnx(graph, feeds), wanted, times)


every_form = pytest.mark.parametrize("form", exported.FORMS)


@every_form
@pytest.mark.parametrize("sizes", [(5,), (13, 1, 4)], ids=str)
@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both ways"])
def test_cells_and_layers(form, sizes, bidirectional, dtype):
    model, X = exported.of_form(
        form, dtype, hidden_layer_sizes=sizes, bidirectional=bidirectional
    )
    graph = checked(to_onnx(model))
    one, last = X[:1], X[:, -1:]
    longer = np.concatenate([X, X[:, -1:]], axis=1)[:7]
    many = np.tile(X, (20, 1, 1))
    long_missing = np.pad(X, ((0, 0), (90, 0), (0, 0)), constant_values=np.nan)
    for sequences in (X, one, last, longer, many, long_missing):
        assert_predicts(model, graph, sequences)
    # Gates notice that float32 rounds sums of such numbers, where `predict` does not.
    times = 1 if dtype == np.float32 else 5
    assert_predicts(model, graph, X * dtype(100), times=times)


@pytest.mark.parametrize("name", exported_cases.MADE)
def test_ways_to_read_and_predict(name, dtype):
    case = exported_cases.case_of(name, dtype)
    graph = checked(to_onnx(case.model, **case.arguments))
    for run in (by_onnxruntime, by_onnx):
        found = run(graph, {"X": case.values})
        exported.assert_same(case.model, found, case.wanted())
        first = {name: values[:1] for name, values in case.wanted().items()}
        found = run(graph, {"X": case.values[:1]})
        exported.assert_same(case.model, found, first)


@pytest.mark.parametrize("opset", range(14, 23))
def test_every_opset(opset, dtype):
    for name in ("quantiles_of_two_outputs_with_anchor", "mean_of_states"):
        case = exported_cases.case_of(name, dtype)
        graph = checked(to_onnx(case.model, opset=opset))
        assert graph.opset_import[0].version == opset
        assert graph.ir_version <= 10
        wanted = exported.expected(case.model, case.X)
        found = by_onnxruntime(graph, {"X": case.values})
        exported.assert_same(case.model, found, wanted)


def test_default_is_read_by_old_runtimes():
    model, _ = exported.of_form("GRU", np.float32)
    graph = to_onnx(model)
    assert (graph.opset_import[0].version, graph.ir_version) == (17, 8)
    assert len(graph.opset_import) == 1
    used = {node.op_type for node in graph.graph.node}
    assert used & {"GRU"}
    (cell,) = (node for node in graph.graph.node if node.op_type == "GRU")
    # No direction, layout, activations or lengths, which runtimes read in other ways.
    attributes = {attribute.name for attribute in cell.attribute}
    assert attributes == {"hidden_size", "linear_before_reset"}
    assert len(cell.input) == 4


@pytest.mark.parametrize("opset", [9, 13, 1000, "17", None])
def test_opsets_out_of_reach(opset):
    model, _ = exported.of_form("GRU", np.float32)
    with pytest.raises(ValueError, match=f"opset={opset!r} is not .* between 14 and"):
        to_onnx(model, opset=opset)


# Does the comparison notice a wrong file? Each function spoils an exported model.


def _node(graph, kind):
    return next(node for node in graph.graph.node if node.op_type == kind)


def _spoil(graph, name, change):
    constant = next(c for c in graph.graph.initializer if c.name == name)
    array = change(onnx.numpy_helper.to_array(constant).copy())
    constant.CopyFrom(onnx.numpy_helper.from_array(array, name))


def flip_linear_before_reset(graph):
    attribute = next(
        a for a in _node(graph, "GRU").attribute if a.name == "linear_before_reset"
    )
    attribute.i = 1 - attribute.i


def _swapping(kind, place, first, second):
    def swap(graph):
        def change(array):
            gates = np.split(array, {"GRU": 3, "LSTM": 4}[kind], axis=1)
            gates[first], gates[second] = gates[second], gates[first]
            return np.concatenate(gates, axis=1)

        _spoil(graph, _node(graph, kind).input[place], change)

    return swap


def _clearing_bias(kind, half):
    def clear(graph):
        def change(array):
            np.split(array, 2, axis=1)[half][:] = 0
            return array

        _spoil(graph, _node(graph, kind).input[3], change)

    return clear


WRONG = {
    "reset before": ("GRU", flip_linear_before_reset),
    "reset after": ("GRU, reset before", flip_linear_before_reset),
    "GRU: input weights of update and reset": ("GRU", _swapping("GRU", 1, 0, 1)),
    "GRU: input weights of reset and candidate": ("GRU", _swapping("GRU", 1, 1, 2)),
    "GRU: recurrent weights": ("GRU", _swapping("GRU", 2, 0, 1)),
    "GRU: input biases": ("GRU", _clearing_bias("GRU", 0)),
    "GRU: recurrent biases": ("GRU", _clearing_bias("GRU", 1)),
    "GRU, reset before: biases": ("GRU, reset before", _clearing_bias("GRU", 0)),
    "LSTM: output and forget": ("LSTM", _swapping("LSTM", 1, 1, 2)),
    "LSTM: recurrent weights": ("LSTM", _swapping("LSTM", 2, 2, 3)),
    "LSTM: biases": ("LSTM", _clearing_bias("LSTM", 0)),
    "RNN: biases": ("RNN", _clearing_bias("RNN", 0)),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_files_are_noticed(wrong):
    form, spoil = WRONG[wrong]
    model, X = exported.of_form(form, np.float32)
    graph = to_onnx(model)
    wanted = exported.expected(model, X)
    exported.assert_same(model, by_onnxruntime(graph, {"X": X}), wanted)
    spoil(graph)
    with pytest.raises(AssertionError, match="Not equal to tolerance"):
        exported.assert_same(model, by_onnxruntime(graph, {"X": X}), wanted)


# Step by step


@every_form
def test_steps_are_the_sequence(form, dtype):
    model, X = exported.of_form(form, dtype, hidden_layer_sizes=(5, 13))
    session = onnxruntime.InferenceSession(
        checked(to_onnx(model, "step")).SerializeToString(), providers=CPU
    )
    outputs = [output.name for output in session.get_outputs()]
    states = {
        i.name: np.zeros((len(X), i.shape[1]), np.float32)
        for i in session.get_inputs()
        if i.name != "x"
    }
    assert len(states) == (4 if form == "LSTM" else 2)
    for step in range(X.shape[1]):
        found = dict(
            zip(outputs, session.run(None, {"x": X[:, step]} | states), strict=True)
        )
        states = {name: found[f"next_{name}"] for name in states}
        is_there = ~np.isnan(X[:, step, 0])
        assert (np.isnan(found["y"]) != is_there).all()
        wanted = {"y": model.predict(X[is_there, : step + 1])}
        exported.assert_same(model, {"y": found["y"][is_there]}, wanted)


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_steps_of_classes_with_static_features_and_categories(pooling, rng):
    steps, n_steps = rng.randn(8, 5, 4), 5
    steps[:, :, 1] = rng.randint(3, size=(8, n_steps))
    steps[:, :, 2] = rng.randn(8, 1)
    model = exported.fit(
        GRUClassifier,
        steps,
        np.array(list("abcabcab")),
        static_features=[2],
        categorical_features=[1],
        pooling=pooling,
    )
    graph = checked(to_onnx(model, "step"))
    told = {p.key: p.value for p in graph.metadata_props}
    assert json.loads(told["skgru.features"]) == [0, 3, 1]
    states = {"state_0": np.zeros((8, 5), np.float32)}
    if pooling == "mean":
        states |= {
            name: states["state_0"][:, :n] for name, n in [("sum", 5), ("count", 1)]
        }
    for step in range(n_steps):
        x = {"x": steps[:, step, [0, 3, 1]], "static": steps[:, step, [2]]}
        found = by_onnxruntime(graph, x | states)
        states = {name: found.pop(f"next_{name}") for name in states}
    exported.assert_same(model, found, exported.expected(model, steps))


@pytest.mark.parametrize(
    "name", ["anchor_without_changes", "several_steps_of_a_panel", "newest_first"]
)
def test_steps_of_series_and_anchors(name, dtype):
    case = exported_cases.case_of(name, dtype)
    graph = checked(to_onnx(case.model, "step", **case.arguments))
    names = [value.name for value in graph.graph.input]
    is_rows = case.values.ndim == 2
    # A window's steps are those of rows; of sequences, the first axis is that of steps.
    steps = case.values[:6, np.newaxis] if is_rows else case.values.swapaxes(0, 1)[::-1]
    static = case.model._fitted.reader.columns.static
    of_steps = np.setdiff1d(np.arange(steps.shape[2]), static)
    states = {"state_0": np.zeros((steps.shape[1], 5), np.float32)}
    for step in steps:
        feeds = {"x": np.ascontiguousarray(step[:, of_steps])} | states
        if "static" in names:
            feeds["static"] = np.ascontiguousarray(step[:, static])
        found = by_onnxruntime(graph, feeds)
        states = {"state_0": found.pop("next_state_0")}
    wanted = case.model.predict(case.X)
    wanted = {"y": wanted[5:6] if is_rows else wanted}
    exported.assert_same(case.model, found, wanted)


def test_a_step_that_cannot_be_read_changes_no_state(rng):
    model, _ = exported.of_form("LSTM", np.float64)
    graph = to_onnx(model, "step")
    states = {
        name: rng.uniform(-1, 1, (3, 5)).astype(np.float32)
        for name in ("state_0", "memory_0")
    }
    x = np.array([[0.1, 0.2, 0.3], [0.1, np.nan, 0.3], [0.1, 0.2, np.inf]])
    found = by_onnxruntime(graph, {"x": x} | states)
    assert np.isnan(found["y"]).tolist() == [False, True, True]
    for name, before in states.items():
        after = found[f"next_{name}"]
        assert (after[1:] == before[1:]).all()
        assert (after[0] != before[0]).all()


# What cannot be predicted


@pytest.mark.parametrize("bidirectional", [False, True], ids=["forward", "both ways"])
def test_sequences_that_predict_refuses_are_nan(bidirectional, dtype):
    model, X = exported.of_form("GRU", dtype, bidirectional=bidirectional)
    refused = X[5:10].copy()
    refused[0, 3] = np.nan  # a gap
    refused[1, 2, 1] = np.nan  # a feature of a step
    refused[2, 4, 0] = np.inf
    refused[3] = np.nan
    refused[4, -1] = np.nan  # the last step
    for row in refused[[0, 1, 2, 4]]:
        with pytest.raises(ValueError, match=r"NaN|infinity"):
            model.predict(row[np.newaxis])
    assert np.isnan(model.predict(np.stack([refused[3], X[0]]))[0])
    graph = to_onnx(model)
    mixed = np.concatenate([refused, X])
    for run in (by_onnxruntime, by_onnx):
        found = run(graph, {"X": mixed})["y"]
        assert np.isnan(found[:5]).all()
        exported.assert_same(model, {"y": found[5:]}, {"y": model.predict(X)})


def test_rows_whose_windows_hold_a_gap_are_nan(dtype):
    case = exported_cases.case_of("rows_with_window", dtype)
    X = case.X.copy()
    X[20] = np.nan
    found = by_onnxruntime(to_onnx(case.model), {"X": X})["y"]
    # Where row 20 is the first of a window, this begins with a missing step.
    assert np.flatnonzero(np.isnan(found)).tolist() == list(range(20, 26))
    wanted = {"y": case.model.predict(case.X[:20])}
    exported.assert_same(case.model, {"y": found[:20]}, wanted)
    wanted = {"y": case.model.predict(case.X[21:])[5:]}
    exported.assert_same(case.model, {"y": found[26:]}, wanted)


def test_probabilities_are_nan_too(dtype):
    case = exported_cases.case_of("two_words", dtype)
    X = case.X[:2].copy()
    X[1, -1, 0] = np.inf
    found = by_onnxruntime(to_onnx(case.model), {"X": X})["probabilities"]
    assert np.isnan(found).any(axis=1).tolist() == [False, True]


@pytest.mark.parametrize("form", ["GRU", "LSTM", "RNN"])
def test_no_rows_have_no_predictions(form, dtype):
    """ONNX Runtime would end the process in a node that reads no sequence."""
    model, X = exported.of_form(form, dtype)
    for run in (by_onnxruntime, by_onnx):
        assert run(to_onnx(model), {"X": X[:0]})["y"].shape == (0,)
    graph = to_onnx(model, "step")
    states = {
        value.name: np.zeros((0, 5), np.float32) for value in graph.graph.input[1:]
    }
    found = by_onnxruntime(graph, {"x": X[:0, 0]} | states)
    assert found.pop("y").shape == (0,)
    assert all(state.shape == (0, 5) for state in found.values())


@pytest.mark.parametrize("name", ["two_words", "quantiles_of_two_outputs_with_anchor"])
def test_no_rows_of_a_table_have_no_predictions(name, dtype):
    case = exported_cases.case_of(name, dtype)
    wanted = exported.expected(case.model, case.X)
    for output, values in by_onnxruntime(
        to_onnx(case.model), {"X": case.values[:0]}
    ).items():
        assert values.shape == (0, *wanted[output].shape[1:])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", [GRURegressor, GRUClassifier])
def test_static_features_that_predict_refuses_are_nan(kind, value, rng):
    X = rng.randn(60, 6, 3)
    X[:, :, 2] = X[:, :1, 2]
    y = X[:, -1, 0] > 0 if kind is GRUClassifier else X[:, -1, 0]
    model = exported.fit(kind, X, y, static_features=[2])
    bad = X[:3].copy()
    bad[1, :, 2] = value
    with pytest.raises(ValueError, match="static|NaN"):
        model.predict(bad)
    output = "probabilities" if kind is GRUClassifier else "y"
    wanted = exported.expected(model, X[:3])[output]
    for run in (by_onnxruntime, by_onnx):
        found = run(to_onnx(model), {"X": bad})[output]
        assert np.isnan(found[1]).all()
        np.testing.assert_allclose(found[[0, 2]], wanted[[0, 2]], rtol=0, atol=2e-6)
    state = rng.uniform(-1, 1, (1, 5)).astype(np.float32)
    feeds = {"x": X[:1, 0, :2], "static": np.full((1, 1), value), "state_0": state}
    found = by_onnxruntime(to_onnx(model, "step"), feeds)
    assert np.isnan(found[output]).all()
    np.testing.assert_array_equal(found["next_state_0"], state)


# Categories


@pytest.mark.parametrize("values", [[0, 10, 30], [-3, 0, 2], [7, 8, 9]], ids=str)
@pytest.mark.parametrize("form", [{}, {"embedding_size": 2}, {"static_features": [1]}])
def test_categories_that_are_numbers_go_in_as_they_are(values, form, dtype, rng):
    X = rng.randn(60, 3).astype(dtype)
    X[:, 1] = np.array(values)[np.arange(60) % 3]
    model = exported.fit(
        GRURegressor,
        X,
        X[:, 0] + X[:, 1],
        window=4,
        anchor=None,
        categorical_features=[1],
        **form,
    )
    graph = checked(to_onnx(model))
    told = {p.key: p.value for p in graph.metadata_props}
    assert json.loads(told["skgru.categories"]) == {"1": values}
    X[-1, 1] = np.nan
    assert_predicts(model, graph, X)
    # What is no category is unknown, be it ever so near.
    unknown = X.copy()
    unknown[-1, 1] = 500
    wanted = by_onnxruntime(graph, {"X": unknown})["y"][-1]
    for value in (values[0] + 0.5, values[1] - 0.001, values[2] + 1, 1e30, -1e30):
        unknown[-1, 1] = value
        assert by_onnxruntime(graph, {"X": unknown})["y"][-1] == wanted
    exported.assert_same(
        model, {"y": wanted[np.newaxis]}, {"y": model.predict(unknown)[-1:]}
    )


def test_a_fraction_is_no_place_of_a_category(dtype):
    case = exported_cases.case_of("categories", dtype)
    graph, values = to_onnx(case.model), case.values.copy()
    values[-1, 1] = 99
    wanted = by_onnxruntime(graph, {"X": values})["y"][-1]
    for value in (0.5, 1.0001, -0.2):
        values[-1, 1] = value
        assert by_onnxruntime(graph, {"X": values})["y"][-1] == wanted


def test_categories_that_are_one_number_in_float32_are_refused(rng):
    X = pd.DataFrame({"u": rng.randn(40).astype("f4")})
    X["code"] = pd.Categorical(2**30 + np.arange(40) % 2)
    model = exported.fit(GRURegressor, X, X["u"], window=3)
    with pytest.raises(ValueError, match="do not all differ in float32"):
        to_onnx(model)


# What is told


def test_files_say_which_step_stands_first():
    case = exported_cases.case_of("newest_first", np.float32)
    for model, order in [
        (case.model, "newest_first"),
        (exported.of_form("GRU", np.float32)[0], "oldest_first"),
    ]:
        graph = to_onnx(model)
        told = {p.key: p.value for p in graph.metadata_props}
        assert told["skgru.time_order"] == order
        assert order.replace("_first", " step first") in graph.graph.input[0].doc_string


def test_files_say_which_columns_are_which_steps(rng):
    X = pd.DataFrame(rng.randn(40, 4), columns=["lag_1", "lag_2", "s", "lag_3"])
    model = exported.fit(GRURegressor, X, X["lag_1"], static_features=["s"])
    told = {p.key: p.value for p in to_onnx(model).metadata_props}
    assert json.loads(told["skgru.steps"]) == [["lag_3"], ["lag_2"], ["lag_1"]]
    assert json.loads(told["skgru.static_features"]) == ["s"]
    assert told["skgru.loss"] == "squared_error"


def test_metadata_say_what_the_inputs_are(rng):
    case = exported_cases.case_of("one_series_of_a_panel", np.float32)
    graph = to_onnx(case.model, **case.arguments)
    told = {p.key.removeprefix("skgru."): p.value for p in graph.metadata_props}
    assert told["estimator"] == "GRURegressor"
    assert told["kind"] == "rows"
    assert told["window"] == "6"
    assert told["series"] == '"a"'
    assert json.loads(told["columns"]) == ["u", "s", "v"]
    assert json.loads(told["static_features"]) == ["s"]
    assert graph.producer_name == "skgru"
    assert all(value.doc_string for value in graph.graph.input)
    assert all(value.doc_string for value in graph.graph.output)


def test_metadata_of_heads_and_categories():
    told = {}
    for name in ("quantiles", "classes_in_words", "categories"):
        case = exported_cases.case_of(name, np.float64)
        graph = to_onnx(case.model)
        told |= {p.key.removeprefix("skgru."): p.value for p in graph.metadata_props}
    assert json.loads(told["quantiles"]) == [0.1, 0.5, 0.9]
    assert json.loads(told["classes"]) == ["c", "ß", "ę"]
    assert json.loads(told["categories"]) == {
        "word": ["x", "y", "z"],
        "place": ["here", "there"],
    }


def test_remembered_rows_may_be_put_before(rng):
    X = rng.randn(40, 2)
    model = exported.fit(GRURegressor, X[:30], X[:30, 0], window=6, remember=True)
    graph = to_onnx(model)
    assert "skgru.remembers" in {each.key for each in graph.metadata_props}
    found = by_onnxruntime(graph, {"X": X[25:]})["y"][5:]
    wanted = model.predict(X[30:])
    exported.assert_same(model, {"y": found}, {"y": wanted})


def test_lengths_stay_free():
    model, _ = exported.of_form("GRU", np.float32)
    graph = to_onnx(model)
    (X,) = graph.graph.input
    shape = [d.dim_param or d.dim_value for d in X.type.tensor_type.shape.dim]
    assert shape == ["N", "T", 3]


def test_attributes_that_were_set_are_exported(rng):
    X = rng.randn(30, 2)
    model = exported.fit(LSTMRegressor, X, X[:, 0], window=3)
    model.feature_mean_ = [5.0, -2.0]
    model.target_scale_ = model.target_scale_ * 7
    assert_predicts(model, to_onnx(model), X)


def test_names_of_series_of_any_type(rng):
    X = pd.DataFrame(rng.randn(40, 2), columns=["u", "v"])
    X["day"] = np.repeat(pd.to_datetime(["2024-01-01", "2025-06-01"]), 20)
    model = exported.fit(GRURegressor, X, X["u"], window=3, group_column="day")
    of_series = X[20:]
    graph = to_onnx(model, series=pd.Timestamp("2025-06-01"))
    values = of_series[["u", "v"]].to_numpy()
    assert_predicts(model, graph, of_series, values)
