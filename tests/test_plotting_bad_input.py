"""What the displays cannot draw is refused with the name of the parameter."""

import numpy as np
import pytest

from skgru import GRURegressor
from skgru.plotting import (
    AttributionDisplay,
    ForecastDisplay,
    GateActivationDisplay,
    TrainingCurveDisplay,
)

WAVE = np.sin(0.3 * np.arange(40))
X, Y = WAVE[:-1, np.newaxis], WAVE[1:]


def draw(y_true, y_pred, **options):
    return ForecastDisplay.from_predictions(y_true, y_pred, **options)


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        (lambda: draw(Y, Y, index="day"), "index='day', but an array-like"),
        (lambda: draw(Y, Y, index=3), "index=3, but an array-like"),
        (lambda: draw(None, Y), "y_true=None, but an array-like"),
        (lambda: draw(3, Y), "y_true=3, but"),
        (lambda: draw(Y, None), "y_pred=None, but"),
        (lambda: draw(Y, np.array(0.5)), r"y_pred=array\(0.5\), but"),
        (lambda: draw("series", Y), "y_true='series', but"),
        (
            lambda: ForecastDisplay(y_true=None, y_pred=None).plot(),
            "y_true is a NoneType.*Use from_predictions",
        ),
        (
            lambda: AttributionDisplay(attributions=[[1.0]], feature_names="x").plot(),
            "feature_names='x', but a list",
        ),
        (
            lambda: GateActivationDisplay(
                {"state": [[1.0]]}, inputs=[[1.0]], feature_names=3
            ).plot(),
            "feature_names=3, but a list",
        ),
    ],
)
def test_what_is_of_another_type_is_refused(drawn, message):
    with pytest.raises(TypeError, match=message):
        drawn()


@pytest.mark.parametrize(
    ("drawn", "message"),
    [
        (lambda: draw(["a", "b"], [1, 2]), r"y_true = \['a', 'b'\] cannot be read"),
        (lambda: draw([1, 2], [{}, 2]), r"y_pred = \[\{\}, 2\] cannot be read"),
        (lambda: draw(Y, Y, lower="a", upper=Y), "lower = 'a' cannot be read"),
        (
            lambda: TrainingCurveDisplay(loss=["a", "b"]).plot(),
            r"loss = \['a', 'b'\] cannot be read as numbers. Pass an array",
        ),
        (
            lambda: TrainingCurveDisplay(loss=[1, 2], learning_rate=["a", "b"]).plot(),
            "learning_rate = .* cannot be read",
        ),
        (
            lambda: TrainingCurveDisplay(loss=[2, 1], best_iter="x").plot(),
            "best_iter='x', but loss has 2 epoch.*Pass 0 to 1, or None",
        ),
        (
            lambda: TrainingCurveDisplay(loss=[2, 1], best_iter=0.5).plot(),
            "best_iter=0.5, but",
        ),
        (
            lambda: AttributionDisplay(attributions=[["a"]]).plot(),
            "attributions = .* cannot be",
        ),
        (lambda: GateActivationDisplay({"state": "b"}).plot(), "state = 'b' cannot"),
    ],
)
def test_values_that_cannot_be_drawn_are_refused(drawn, message):
    with pytest.raises(ValueError, match=message):
        drawn()


@pytest.mark.parametrize("output", ["a", 0.5, True, [0]])
def test_an_output_is_a_whole_number(output):
    model = GRURegressor(2, window=3, max_iter=1, early_stopping=False).fit(X, Y)
    with pytest.raises(ValueError, match="output=.*there are 1 output.*Pass 0 to 0"):
        AttributionDisplay.from_estimator(model, X, output=output)
