"""Look into pipelines and searches: as into the last step, and with names."""

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgru import GRUClassifier, GRURegressor, LSTMRegressor, WindowTransformer
from skgru.inspection import (
    gate_activations,
    hidden_states,
    input_gradients,
    integrated_gradients,
    memory_horizon,
)
from skgru.plotting import AttributionDisplay, GateActivationDisplay

T = np.arange(60.0)
TABLE = pd.DataFrame({"level": np.sin(0.3 * T), "other": 5 + np.cos(0.2 * T)})
Y = np.sin(0.3 * (T + 1))
SHORT = {"max_iter": 2, "early_stopping": False, "random_state": 0}
FUNCTIONS = [
    gate_activations,
    hidden_states,
    input_gradients,
    integrated_gradients,
    memory_horizon,
]


def gru(kind=GRURegressor, **parameters):
    return kind(4, **{"window": 5, **SHORT, **parameters})


def scaled(model):
    return make_pipeline(StandardScaler(), model)


def names_of(display):
    return list(display.feature_names)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(
    ("make", "inner"),
    [
        (lambda: scaled(gru()), lambda whole: whole),
        (
            lambda: GridSearchCV(scaled(gru()), {}, cv=TimeSeriesSplit(2)),
            lambda whole: whole.best_estimator_,
        ),
        (
            lambda: TransformedTargetRegressor(
                scaled(gru()), transformer=StandardScaler()
            ),
            lambda whole: whole.regressor_,
        ),
    ],
    ids=["pipeline", "search", "transformed target"],
)
def test_a_pipeline_is_looked_into_as_its_last_step(function, make, inner):
    whole = make().fit(TABLE, Y)
    pipeline = inner(whole)
    found = function(whole, TABLE)
    wanted = function(pipeline[-1], pipeline[:-1].transform(TABLE))
    # Some functions return several arrays, in a tuple.
    for one, other in zip(found, wanted, strict=True):
        np.testing.assert_array_equal(one, other)


def test_attributions_of_a_pipeline_add_up_to_its_predictions():
    pipeline = scaled(gru(LSTMRegressor)).fit(TABLE, Y)
    found = integrated_gradients(pipeline, TABLE, baseline=0).sum(axis=(1, 2))
    # Zeros after the scaler are the means of the columns before it.
    means = pd.DataFrame([TABLE.mean()] * 5)
    wanted = pipeline.predict(TABLE) - pipeline.predict(means)[-1]
    np.testing.assert_allclose(found[5:], wanted[5:], atol=2e-4 * Y.std())


def test_a_named_baseline_is_in_the_order_of_the_names():
    pipeline = scaled(gru()).fit(TABLE, Y)
    plain = integrated_gradients(pipeline, TABLE, baseline=[0.5, -1.0])
    named = pd.Series({"other": -1.0, "level": 0.5})
    found = integrated_gradients(pipeline, TABLE, baseline=named)
    np.testing.assert_array_equal(found, plain)
    with pytest.raises(ValueError, match="names in baseline are not those of X"):
        integrated_gradients(pipeline, TABLE, baseline=pd.Series({"level": 0.5}))


def prefixed(**parameters):
    """Steps that change the order of the columns, and put prefixes before names."""
    return ColumnTransformer(
        [
            ("scaled", StandardScaler(), ["other"]),
            ("same", "passthrough", ["level"]),
        ],
        **parameters,
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    ("steps", "names"),
    [
        (StandardScaler(), ["level", "other"]),
        (StandardScaler().set_output(transform="pandas"), ["level", "other"]),
        (prefixed(), ["scaled__other", "same__level"]),
        (prefixed(verbose_feature_names_out=False), ["other", "level"]),
        (
            Pipeline([("a", "passthrough"), ("b", scaled("passthrough"))]),
            ["level", "other"],
        ),
        # Nobody knows what a function makes of names; what follows sees a frame.
        (make_pipeline(FunctionTransformer(), StandardScaler()), ["level", "other"]),
        (
            make_pipeline(FunctionTransformer(np.asarray), StandardScaler()),
            ["feature 0", "feature 1"],
        ),
    ],
)
def test_displays_name_features_as_the_steps_do(steps, names):
    pipeline = make_pipeline(steps, gru()).fit(TABLE, Y)
    display = AttributionDisplay.from_estimator(pipeline, TABLE)
    assert names_of(display) == names
    assert names_of(GateActivationDisplay.from_estimator(pipeline, TABLE)) == names
    assert display.prediction == pipeline.predict(TABLE)[-1]


def test_displays_number_features_without_names():
    pipeline = scaled(gru()).fit(TABLE.to_numpy(), Y)
    display = AttributionDisplay.from_estimator(pipeline, TABLE.to_numpy())
    assert names_of(display) == ["feature 0", "feature 1"]


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_names_of_fit_stay_where_X_has_none():
    pipeline = scaled(gru()).fit(TABLE, Y)
    display = AttributionDisplay.from_estimator(pipeline, TABLE.to_numpy())
    assert names_of(display) == ["level", "other"]


@pytest.mark.parametrize("flatten", [False, True])
def test_windows_are_named_by_the_features_of_a_step(flatten):
    table = TABLE[["other", "level"]]  # not sorted by name
    windows = WindowTransformer(4, flatten=flatten, initial="edge")
    model = gru(window=None, n_timesteps=4 if flatten else None)
    pipeline = make_pipeline(StandardScaler(), windows, model).fit(table, Y)
    display = AttributionDisplay.from_estimator(pipeline, table)
    assert names_of(display) == ["other", "level"]
    inputs = StandardScaler().fit_transform(table)[-4:]
    np.testing.assert_array_equal(display.inputs, inputs)


def test_windows_of_several_series_are_named_without_the_series():
    panel = TABLE.assign(shop=np.repeat(["a", "b"], 30))[["level", "shop", "other"]]
    windows = WindowTransformer(4, group_column="shop")
    pipeline = make_pipeline(windows, gru(window=None)).fit(panel, Y)
    display = GateActivationDisplay.from_estimator(pipeline, panel)
    assert names_of(display) == ["level", "other"]


def test_static_columns_keep_their_names():
    pipeline = scaled(gru(static_features=[0])).fit(TABLE, Y)
    display = AttributionDisplay.from_estimator(pipeline, TABLE)
    assert names_of(display) == ["other", "level"]


def test_the_decision_of_a_pipeline_is_shown():
    labels = np.where(Y > 0, "up", "down")
    pipeline = scaled(gru(GRUClassifier)).fit(TABLE, labels)
    display = AttributionDisplay.from_estimator(pipeline, TABLE, sample=7, output="up")
    assert display.prediction == pipeline.decision_function(TABLE)[7]
