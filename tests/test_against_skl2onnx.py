"""Pipelines and searches that skl2onnx exports predict what scikit-learn predicts."""

import exported
import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingRegressor
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder, StandardScaler

from skgru import (
    GRUClassifier,
    GRURegressor,
    LSTMRegressor,
    RNNClassifier,
    TokenSequencer,
    WindowTransformer,
)
from skgru.interop import register_onnx_converters

onnx = pytest.importorskip("onnx", reason="ONNX is not installed")
onnxruntime = pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
skl2onnx = pytest.importorskip("skl2onnx", reason="skl2onnx is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")

# Weights of one epoch hardly say anything, those of three do.
SETTINGS = {
    "hidden_layer_sizes": 5,
    "max_iter": 3,
    "learning_rate_init": 0.05,
    "random_state": 0,
}
FLOAT = skl2onnx.common.data_types.FloatTensorType
DOUBLE = skl2onnx.common.data_types.DoubleTensorType


@pytest.fixture(autouse=True)
def _registered():
    register_onnx_converters()
    register_onnx_converters()


@pytest.fixture
def rows(rng):
    def make(dtype, n_columns=3):
        return (rng.randn(50, n_columns) * 3 + 7).astype(dtype)

    return make


def shapes_of(graph):
    return [
        [d.dim_value or None for d in output.type.tensor_type.shape.dim]
        for output in graph.graph.output
    ]


def assert_predicts(model, X, wanted=None, **options):
    """Export, check and run a fitted estimator, and compare it; return the graph."""
    graph = skl2onnx.to_onnx(model, X[:1], **options)
    onnx.checker.check_model(graph, full_check=True)
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    feeds = {"X": X}
    if hasattr(X, "iloc"):
        feeds = {name: X[[name]].to_numpy() for name in X}
    names = [output.name for output in session.get_outputs()]
    found = dict(zip(names, session.run(None, feeds), strict=True))
    if hasattr(model, "predict_proba"):
        assert (found.pop("label") == model.predict(X)).all()
        wanted, value = model.predict_proba(X), found.pop("probabilities")
    else:
        wanted = model.predict(X) if wanted is None else wanted
        value = found.pop("variable")
    assert not found
    # Scalers of ONNX multiply by a rounded 1 / scale, and that is passed on.
    np.testing.assert_allclose(value.reshape(wanted.shape), wanted, rtol=0, atol=2e-5)
    return graph


def test_an_estimator_alone(rows, dtype):
    X = rows(dtype)
    one = LSTMRegressor(window=4, **SETTINGS).fit(X, X[:, 0])
    assert shapes_of(assert_predicts(one, X)) == [[None, 1]]
    two = GRURegressor(window=4, **SETTINGS).fit(X, X[:, :2])
    assert shapes_of(assert_predicts(two, X)) == [[None, 2]]
    quantile = {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]}
    several = GRURegressor(window=4, **quantile, **SETTINGS).fit(X, X[:, 0])
    assert shapes_of(assert_predicts(several, X)) == [[None, 3]]


def test_behind_a_scaler(rows, dtype):
    X = rows(dtype)
    for scaler in (StandardScaler(), StandardScaler(with_mean=False)):
        model = make_pipeline(scaler, GRURegressor(window=4, **SETTINGS))
        assert_predicts(model.fit(X, X[:, 0]), X)


def test_behind_an_imputer(rows):
    # ONNX Runtime has no imputer in float64.
    X = rows(np.float32)
    X[[3, 20], [1, 2]] = np.nan
    model = make_pipeline(
        SimpleImputer(), StandardScaler(), LSTMRegressor(window=4, **SETTINGS)
    )
    assert_predicts(model.fit(X, X[:, 0]), X)


def test_behind_a_column_transformer(rows, dtype):
    X = rows(dtype)
    columns = ColumnTransformer(
        [("scaled", StandardScaler(), [2, 0])], remainder="passthrough"
    )
    model = make_pipeline(columns, GRURegressor(window=4, **SETTINGS))
    assert_predicts(model.fit(X, X[:, 0]), X)


def test_codes_of_an_encoder_are_categories(rows):
    X = rows(np.float32)
    X[:, 1] = np.arange(50) % 3
    columns = ColumnTransformer(
        [("coded", OrdinalEncoder(dtype=np.float32), [1])], remainder="passthrough"
    )
    model = make_pipeline(
        columns, GRURegressor(window=4, categorical_features=[0], **SETTINGS)
    )
    assert_predicts(model.fit(X, X[:, 0]), X)


def test_codes_of_an_encoder_may_have_gaps(rows):
    X = rows(np.float32)
    X[:, 1] = np.array([0, 2, 5])[np.arange(50) % 3]
    known = OrdinalEncoder(categories=[range(6)], dtype=np.float32)
    columns = ColumnTransformer([("coded", known, [1])], remainder="passthrough")
    model = make_pipeline(
        columns, GRURegressor(window=4, categorical_features=[0], **SETTINGS)
    )
    assert_predicts(model.fit(X, X[:, 0] + X[:, 1]), X)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_calibration_is_given_decision_values(n_classes, rows, dtype):
    X = rows(dtype)
    y = np.arange(50) % n_classes
    model = CalibratedClassifierCV(GRUClassifier(**SETTINGS), cv=2).fit(X, y)
    assert_predicts(model, X, options={id(model): {"zipmap": False}})


@pytest.mark.parametrize("n_classes", [2, 3])
def test_decision_values_in_place_of_probabilities(n_classes, rows, dtype):
    X = rows(dtype)
    model = GRUClassifier(window=4, **SETTINGS).fit(X, np.arange(50) % n_classes)
    graph = skl2onnx.to_onnx(model, X[:1], options={id(model): {"raw_scores": True}})
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    _, found = session.run(None, {"X": X})
    wanted = model.decision_function(X)
    if n_classes == 2:
        wanted = np.column_stack([-wanted, wanted])
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-5)


@pytest.mark.parametrize("estimator", [GRURegressor, GRUClassifier])
def test_in_a_search(estimator, rows, dtype):
    X = rows(dtype)
    y = X[:, 0] if estimator is GRURegressor else X[:, 0] > 7
    pipeline = make_pipeline(StandardScaler(), estimator(**SETTINGS))
    name = f"{estimator.__name__.lower()}__window"
    search = GridSearchCV(pipeline, {name: [2, 3]}, cv=TimeSeriesSplit(2))
    assert_predicts(search.fit(X, y), X)
    alone = GridSearchCV(estimator(**SETTINGS), {"window": [2]}, cv=TimeSeriesSplit(2))
    assert_predicts(alone.fit(X, y), X)


def test_classes(rows, dtype):
    X = rows(dtype)
    words = np.array(["a", "b", "c"])[np.arange(50) % 3]
    model = make_pipeline(StandardScaler(), GRUClassifier(window=4, **SETTINGS))
    assert shapes_of(assert_predicts(model.fit(X, words), X)) == [[None], [None, 3]]
    several = RNNClassifier(window=4, **SETTINGS).fit(X, (X[:, :2] > 7).astype(int))
    assert shapes_of(assert_predicts(several, X)) == [[None, 2], [None, 2]]
    numbers = RNNClassifier(window=4, **SETTINGS).fit(X, np.arange(50) % 2 + 5)
    assert_predicts(numbers, X, options={id(numbers): {"zipmap": False}})


@pytest.mark.parametrize("initial", ["nan", "edge"])
def test_windows_of_a_transformer(initial, rows, dtype):
    X = rows(dtype)
    windows = WindowTransformer(4, initial=initial)
    model = make_pipeline(StandardScaler(), windows, GRURegressor(**SETTINGS))
    assert_predicts(model.fit(X, X[:, 0]), X)
    flat = WindowTransformer(4, initial=initial, flatten=True)
    model = make_pipeline(flat, GRURegressor(n_timesteps=4, **SETTINGS))
    assert_predicts(model.fit(X, X[:, 0]), X)
    for transformer, shape in (windows, [None, 4, 3]), (flat, [None, 12]):
        wanted = transformer.fit(X).transform(X)
        graph = assert_predicts(transformer, X, wanted)
        assert shapes_of(graph) == [shape]


def test_flat_windows_for_another_regressor(rows, dtype):
    X = rows(dtype)
    flat = WindowTransformer(4, initial="edge", flatten=True)
    assert_predicts(make_pipeline(flat, Ridge()).fit(X, X[:, 0]), X)


def test_sequences_of_any_length(dtype):
    X = exported.sequences(np.random.RandomState(0), dtype)
    model = GRURegressor(**SETTINGS).fit(X, X[:, -1, 0])
    assert_predicts(model, X)
    free = (FLOAT if dtype == np.float32 else DOUBLE)([None, None, 3])
    for sequences in (X, X[:, 2:]):
        assert_predicts(model, sequences, initial_types=[("X", free)])


def test_inside_other_estimators(rows, dtype):
    X = rows(dtype)
    model = VotingRegressor([("a", GRURegressor(window=4, **SETTINGS)), ("b", Ridge())])
    assert_predicts(model.fit(X, X[:, 0]), X)
    each = MultiOutputRegressor(GRURegressor(window=4, **SETTINGS))
    assert_predicts(each.fit(X, X[:, :2]), X)


def test_columns_of_a_table(rows, dtype):
    X = pd.DataFrame(rows(dtype), columns=["u", "v", "w"])
    model = GRURegressor(window=4, static_features=["v"], **SETTINGS).fit(X, X["u"])
    assert_predicts(model, X)


def test_another_dtype_than_in_fit(rows):
    X = rows(np.float64)
    model = GRURegressor(window=4, **SETTINGS).fit(X, X[:, 0])
    single = X.astype(np.float32)
    assert_predicts(model, single, model.predict(single.astype(float)))


def test_one_series(rows, dtype):
    X = rows(dtype)
    X[:, 2] = np.repeat([4, 9], 25)
    model = GRURegressor(window=4, group_column=2, **SETTINGS).fit(X, X[:, 0])
    named = {"options": {id(model): {"series": 9}}}
    assert_predicts(model, X[25:], **named)
    wanted = model.predict(X[25:])
    assert_predicts(model, X[25:, :2], wanted, **named)
    # Rows of other series are not predicted, wherever they stand.
    graph = skl2onnx.to_onnx(model, X[:1], **named)
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    for rows_of_both in (X, X[::-1].copy()):
        (found,) = session.run(None, {"X": rows_of_both})
        assert np.isnan(found[:, 0]).tolist() == (rows_of_both[:, 2] == 4).tolist()


def test_without_scales_of_each_series_it_is_that_of_the_first_row(rows):
    X = rows(np.float32)
    X[:, 2] = np.repeat([4, 9], 25)
    model = GRURegressor(
        window=4, group_column=2, standardize="pooled", **SETTINGS
    ).fit(X, X[:, 0])
    graph = skl2onnx.to_onnx(model, X[:1])
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    (found,) = session.run(None, {"X": X[::-1].copy()})
    assert np.isnan(found[:, 0]).tolist() == [False] * 25 + [True] * 25


@pytest.mark.parametrize("opset", [14, 17, 22])
def test_opsets(opset, rows):
    X = rows(np.float32)
    model = make_pipeline(StandardScaler(), GRURegressor(window=4, **SETTINGS))
    assert_predicts(model.fit(X, X[:, 0]), X, target_opset={"": opset, "ai.onnx.ml": 3})


# What is refused


def test_refusals(rows):
    X = rows(np.float32)
    model = GRURegressor(window=4, **SETTINGS).fit(X, X[:, 0])
    with pytest.raises(NotFittedError):
        skl2onnx.to_onnx(GRURegressor(), X[:1])
    with pytest.raises(ValueError, match="given 2 columns, but was fitted on 3"):
        skl2onnx.to_onnx(model, X[:1, :2])
    with pytest.raises(ValueError, match="target_opset=13 lacks"):
        skl2onnx.to_onnx(model, X[:1], target_opset={"": 13, "ai.onnx.ml": 2})
    with pytest.raises(NotFittedError):
        skl2onnx.to_onnx(WindowTransformer(), X[:1])
    panel = WindowTransformer(3, group_column=2).fit(X)
    with pytest.raises(ValueError, match=r"group_column.*one series"):
        skl2onnx.to_onnx(panel, X[:1])


def test_series_that_is_not_named(rows):
    X = rows(np.float32)
    X[:, 2] = np.repeat([4, 9], 25)
    model = GRURegressor(window=4, group_column=2, **SETTINGS).fit(X, X[:, 0])
    with pytest.raises(ValueError, match=r"Pass its name by series="):
        skl2onnx.to_onnx(model, X[:1])


def test_strings(rows):
    names = np.array(["anna", "ben", "cleo", "dora"] * 5)
    model = make_pipeline(TokenSequencer(), GRUClassifier(**SETTINGS))
    model.fit(names, np.arange(20) % 2)
    types = skl2onnx.common.data_types
    initial = [("X", types.StringTensorType([None, 1]))]
    with pytest.raises(ValueError, match="TokenSequencer cannot be exported"):
        skl2onnx.to_onnx(model, initial_types=initial)
    X = rows(np.float32, 1)
    with pytest.raises(ValueError, match="holds strings"):
        skl2onnx.to_onnx(
            GRURegressor(window=3, **SETTINGS).fit(X, X[:, 0]), initial_types=initial
        )
