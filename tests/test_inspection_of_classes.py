"""Inspection and displays of classifiers: of decision values, by class."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pictures import check_picture
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRUClassifier, LSTMClassifier, RNNClassifier
from skgru.inspection import (
    gate_activations,
    hidden_states,
    input_gradients,
    integrated_gradients,
    memory_horizon,
)
from skgru.plotting import (
    AttributionDisplay,
    ForecastDisplay,
    GateActivationDisplay,
    TrainingCurveDisplay,
)

KINDS = (GRUClassifier, LSTMClassifier, RNNClassifier)
SETTINGS = {
    "hidden_layer_sizes": (5, 4),
    "max_iter": 3,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
TARGETS = {
    "two classes": lambda X: np.where(X[:, -1, 0] > 0, "walk", "rest"),
    "three classes": lambda X: np.digitize(X[:, -1, 0], [-0.5, 0.5]) + 5,
    "labels": lambda X: (X[:, -1, [0, 1, 0]] > [0.0, 0.3, -0.5]).astype(int),
}
every_target = pytest.mark.parametrize("targets", TARGETS)


@pytest.fixture
def X(rng):
    return rng.randn(40, 6, 2)


def fitted_to(targets, X, kind=GRUClassifier, **parameters):
    return kind(**(SETTINGS | parameters)).fit(X, TARGETS[targets](X))


# Inspection


@every_target
@pytest.mark.parametrize("kind", KINDS)
def test_gradients_are_differences_of_decisions(kind, targets, X):
    X[::5, :2] = np.nan
    model = fitted_to(targets, X, kind)
    slopes = input_gradients(model, X)
    decision = model.decision_function(X)
    assert slopes.shape == (*X.shape, *decision.shape[1:])
    for step in (2, 5):
        shift = np.zeros((6, 2))
        shift[step, 1] = 1e-5
        differences = model.decision_function(X + shift) - model.decision_function(
            X - shift
        )
        np.testing.assert_allclose(
            slopes[:, step, 1], differences / 2e-5, rtol=1e-5, atol=1e-9
        )
    assert not slopes[::5, :2].any()


@every_target
@pytest.mark.parametrize("baseline", [None, 0.3])
def test_attributions_add_up_to_the_difference_of_decisions(baseline, targets, X):
    model = fitted_to(targets, X, max_iter=10, learning_rate_init=0.03)
    total = integrated_gradients(model, X, baseline=baseline).sum(axis=(1, 2))
    start = X.mean(axis=(0, 1)) if baseline is None else baseline
    at_baseline = model.decision_function(np.broadcast_to(start, X.shape))
    wanted = model.decision_function(X) - at_baseline
    np.testing.assert_allclose(total, wanted, atol=1e-4)
    assert np.abs(wanted).max() > 0.1


@every_target
def test_the_horizon_is_the_root_of_the_mean_square_of_gradients(targets, X):
    model = fitted_to(targets, X, standardize=False)
    slopes = input_gradients(model, X).reshape(*X.shape, -1)
    expected = np.sqrt((slopes**2).sum(axis=2).mean(axis=(0, 2)))[::-1]
    found = memory_horizon(model, X)
    np.testing.assert_allclose(found.sensitivity, expected, rtol=1e-10)


@every_target
@pytest.mark.parametrize("kind", KINDS)
def test_decisions_are_linear_in_the_last_states(kind, targets, X):
    model = fitted_to(targets, X, kind)
    states = hidden_states(model, X)
    head = states[:, -1] @ model.coefs_[0] + model.intercepts_[0]
    decision = model.decision_function(X).reshape(head.shape)
    np.testing.assert_allclose(head, decision, rtol=1e-11, atol=1e-14)
    np.testing.assert_array_equal(gate_activations(model, X).state, states)
    # The summary counts the same weights.
    *_, line = model.summary()
    assert line.n_parameters == model.coefs_[0].size + model.intercepts_[0].size
    assert line.output_shape == (None, head.shape[1])
    assert model.summary().n_parameters == len(model._fitted.model.parameters)


# Displays


def shown_by(display):
    """Values of the heat map, by step and feature."""
    return display.image_.get_array().filled(np.nan).T


def title_of(display):
    return display.axes_[0].get_title(loc="left")


@pytest.mark.slow
@every_target
def test_a_class_is_chosen_by_its_label(targets, X):
    model = fitted_to(targets, X)
    values, decision = integrated_gradients(model, X)[4], model.decision_function(X)[4]
    # Not all of them, for drawing takes long.
    for place in (0, len(model.classes_) - 1):
        label = model.classes_[place]
        display = AttributionDisplay.from_estimator(model, X, sample=4, output=label)
        if targets == "two classes":
            # The one decision value is that of the second class.
            sign = 1 if place else -1
            expected, of_class = sign * values, sign * decision
        else:
            expected, of_class = values[..., place], decision[place]
        np.testing.assert_array_equal(shown_by(display), expected)
        assert display.prediction == of_class
        name = f"label {label}" if targets == "labels" else str(label)
        assert title_of(display).startswith(f"decision for {name}: {of_class:.4g} = ")
        assert display.colorbar_.ax.get_ylabel() == "attribution\n(decision value)"


@pytest.mark.slow
@every_target
def test_without_a_label_it_is_the_class_that_is_predicted(targets, X):
    model = fitted_to(targets, X, max_iter=20, learning_rate_init=0.05)
    predicted = model.predict(X)
    for sample in (0, 21):
        display = AttributionDisplay.from_estimator(model, X, sample=sample)
        name = "label 0" if targets == "labels" else str(predicted[sample])
        assert display.class_name == name
        # What is predicted is more probable than not, or than all others.
        if targets == "two classes":
            assert display.prediction > 0
        elif targets == "three classes":
            assert display.prediction == model.decision_function(X)[sample].max()


@pytest.mark.parametrize(
    ("targets", "output", "message"),
    [
        ("two classes", "run", r"output='run', but the classes are \['rest', 'walk'\]"),
        ("two classes", 0, r"output=0, but the classes are \['rest', 'walk'\]"),
        ("three classes", 0, r"output=0, but the classes are \[5, 6, 7\]"),
        ("three classes", np.int64(8), r"output=8, but the classes"),
        ("labels", 3, r"output=3, but the labels are \[0, 1, 2\]"),
        ("labels", [0, 1], r"output=\[0, 1\], but the labels"),
    ],
)
def test_a_class_that_is_not_there_is_refused(targets, output, message, X):
    with pytest.raises(ValueError, match=message):
        AttributionDisplay.from_estimator(fitted_to(targets, X), X, output=output)


def test_a_pipeline_is_attributed_by_class(rng):
    table = pd.DataFrame(rng.randn(40, 2), columns=["load", "heat"])
    y = np.where(table["load"] > 0, "up", "down")
    model = make_pipeline(StandardScaler(), GRUClassifier(window=4, **SETTINGS))
    model.fit(table, y)
    display = AttributionDisplay.from_estimator(model, table, output="down")
    scaled = StandardScaler().fit_transform(table)
    np.testing.assert_array_equal(
        shown_by(display), -integrated_gradients(model[-1], scaled)[-1]
    )
    assert display.prediction == -model.decision_function(table)[-1]


@pytest.mark.slow
def test_pictures_of_classes_can_be_read(X):
    names = ["a sensor with a long name", "b"]
    model = fitted_to("two classes", X)
    check_picture(
        lambda: AttributionDisplay.from_estimator(model, X, feature_names=names)
    )


@every_target
def test_the_curves_are_in_nats(targets, X):
    model = fitted_to(targets, X)
    display = TrainingCurveDisplay.from_estimator(model)
    np.testing.assert_array_equal(display.loss_line_.get_ydata(), model.loss_curve_)
    assert display.axes_[0].get_ylabel() == "mean log loss\n(nats)"


def test_gates_of_a_classifier_are_drawn(X):
    model = fitted_to("three classes", X)
    display = GateActivationDisplay.from_estimator(model, X, sample=3)
    gates = gate_activations(model, X)
    for image, part in zip(display.images_, gates, strict=True):
        expected = part[3][:, display.units_].T
        np.testing.assert_array_equal(image.get_array(), expected)


# What is refused


def test_classes_are_no_forecast(X):
    model = fitted_to("three classes", X)
    assert not hasattr(model, "forecast")
    with pytest.raises(AttributeError, match="'GRUClassifier' .* 'forecast'"):
        model.forecast(X[0], 3)
    search = GridSearchCV(model, {"max_iter": [1]}, cv=2).fit(
        X, TARGETS["three classes"](X)
    )
    logistic = LogisticRegression().fit(X[:, -1], TARGETS["two classes"](X))
    for estimator, seen in ((model, X), (search, X), (logistic, X[:, -1])):
        with pytest.raises(
            TypeError, match=f"a {type(estimator).__name__} predicts classes.*from_pred"
        ):
            ForecastDisplay.from_estimator(estimator, seen, np.zeros(40))
    assert not plt.get_fignums()


def test_the_advice_for_classes_over_time_draws_them(rng):
    X = rng.randn(40, 2)
    y = np.where(X[:, 0] > 0, "up", "down")
    model = GRUClassifier(window=4, **SETTINGS).fit(X, y)
    k = model.classes_.tolist().index("up")
    proba = model.predict_proba(X)[:, k]
    display = ForecastDisplay.from_predictions(y == "up", proba)
    np.testing.assert_array_equal(display.pred_lines_[0].get_ydata(), proba)
    np.testing.assert_array_equal(display.true_lines_[0].get_ydata(), y == "up")


@pytest.mark.parametrize(
    "use",
    [
        lambda m, X: hidden_states(m, X),
        lambda m, X: input_gradients(m, X),
        lambda m, X: integrated_gradients(m, X),
        lambda m, X: TrainingCurveDisplay.from_estimator(m),
        lambda m, X: GateActivationDisplay.from_estimator(m, X),
        lambda m, X: AttributionDisplay.from_estimator(m, X),
    ],
    ids=["states", "gradients", "attributions", "curves", "gates", "map"],
)
def test_other_classifiers_are_refused_by_what_is_wanted(use, X):
    logistic = LogisticRegression().fit(X[:, -1], TARGETS["two classes"](X))
    with pytest.raises(
        TypeError, match="LogisticRegression|recurrent estimator"
    ) as caught:
        use(logistic, X)
    said = str(caught.value)
    assert "recurrent estimator of skgru" in said
    assert "such as GRURegressor or GRUClassifier" in said
    assert "LogisticRegression" in said
