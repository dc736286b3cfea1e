"""Displays of attributions, checked by the data that their artists hold."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pictures import check_legend_covers_nothing, check_picture, labels_of_legend
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor
from skgru.inspection import integrated_gradients
from skgru.plotting import AttributionDisplay

# Drawing takes most of their time; the page on displays draws some in every run.
pytestmark = pytest.mark.slow

SHORT = {
    "hidden_layer_sizes": 3,
    "max_iter": 2,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
VALUES = np.array([[0.1, -0.4], [0.0, 0.2], [np.nan, 0.3]])


@pytest.fixture
def table(rng):
    return pd.DataFrame(rng.rand(30, 2), columns=["level", "flow"])


def shown_by(display):
    """Values of the heat map, by step and feature; NaN where it is blank."""
    return display.image_.get_array().filled(np.nan).T


# Data


def test_attributions_are_a_heat_map_around_zero():
    display = AttributionDisplay(attributions=VALUES, feature_names=["a", "b"]).plot()
    np.testing.assert_array_equal(shown_by(display), VALUES)
    assert display.image_.get_cmap()(np.ma.masked)[3] == 0  # blank
    assert display.image_.get_clim() == (-0.4, 0.4)
    assert display.image_.get_extent() == [-2.5, 0.5, 1.5, -0.5]
    (ax,) = display.axes_
    assert [text.get_text() for text in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_xlabel() == "time step (0 is the newest, -1 the one before)"
    assert display.colorbar_.ax.get_ylabel() == "attribution\n(units of y)"
    assert ax.get_title(loc="left") == ""


def test_attributions_of_nothing_are_drawn():
    display = AttributionDisplay(attributions=np.zeros((3, 2))).plot()
    assert display.image_.get_clim() == (-1, 1)


def test_inputs_stand_above_on_the_same_steps():
    inputs = np.arange(6.0).reshape(3, 2)
    display = AttributionDisplay(attributions=VALUES, inputs=inputs).plot()
    top, bottom = display.axes_
    assert top.get_shared_x_axes().joined(top, bottom)
    assert top.get_xlim() == (-2.5, 0.5)
    for j, line in enumerate(display.input_lines_):
        np.testing.assert_array_equal(line.get_xdata(), [-2, -1, 0])
        np.testing.assert_array_equal(line.get_ydata(), inputs[:, j])
    assert labels_of_legend(top) == ["feature 0", "feature 1"]
    display.figure_.canvas.draw()
    np.testing.assert_allclose(
        top.get_position().intervalx, bottom.get_position().intervalx
    )


def test_the_sum_is_written_above():
    display = AttributionDisplay(attributions=VALUES, prediction=2.5).plot()
    written = display.axes_[0].get_title(loc="left")
    assert written == "prediction 2.5 = 2.3 at the baseline + 0.2"
    display = AttributionDisplay(attributions=-VALUES, prediction=2.5).plot()
    written = display.axes_[0].get_title(loc="left")
    assert written == "prediction 2.5 = 2.7 at the baseline − 0.2"


def test_of_many_inputs_those_that_count_are_drawn():
    values = np.array([[0.1, 9, -8, 7, 0.2, 6, 5, -4]])
    display = AttributionDisplay(attributions=values, inputs=values).plot()
    assert labels_of_legend(display.axes_[0]) == [
        f"feature {j}" for j in (1, 2, 3, 5, 6, 7)
    ]
    np.testing.assert_array_equal(
        [line.get_ydata()[0] for line in display.input_lines_], [9, -8, 7, 6, 5, -4]
    )
    assert display.axes_[0].get_ylabel() == "6 of 8 inputs\n(units of X)"


@pytest.mark.parametrize("layout", [None, "constrained"])
@pytest.mark.parametrize("place", ["one", "each"])
def test_attributions_are_drawn_into_the_users_axes(place, layout):
    figure, axes = plt.subplots(2, layout=layout)
    engine = figure.get_layout_engine()
    ax = axes if place == "each" else axes[0]
    display = AttributionDisplay(attributions=VALUES, inputs=VALUES).plot(ax)
    assert display.figure_ is figure
    assert figure.get_layout_engine() is engine
    assert plt.get_fignums() == [figure.number]
    figure.canvas.draw()
    top, bottom = (ax.get_position().intervalx for ax in display.axes_)
    np.testing.assert_allclose(top, bottom)
    # The colour bar is beside the panels, not over them.
    assert display.colorbar_.ax.get_position().x0 > top[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"attributions": [1.0]}, r"attributions has shape \(1,\)"),
        (
            {"attributions": VALUES, "inputs": VALUES[:2]},
            r"inputs has shape \(2, 2\), but \(3, 2\)",
        ),
        (
            {"attributions": VALUES, "feature_names": ["a"]},
            "1 name.*but there are 2 feature",
        ),
    ],
)
def test_attributions_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        AttributionDisplay(**arguments).plot()


def test_picture_of_attributions_can_be_read():
    names = ["level of the river", "rain"]
    display = AttributionDisplay(
        attributions=VALUES, inputs=VALUES, feature_names=names, prediction=2.5
    )
    check_picture(display.plot)
    check_legend_covers_nothing(display.axes_[0])


# Estimators


def test_attributions_of_a_window(table):
    model = GRURegressor(window=5, **SHORT).fit(table, table["level"])
    display = AttributionDisplay.from_estimator(model, table, sample=2, baseline=0.5)
    expected = integrated_gradients(model, table, baseline=0.5)[2]
    # The window of the first row has no rows before it.
    expected[:2] = np.nan
    np.testing.assert_array_equal(shown_by(display), expected)
    for line, name in zip(display.input_lines_, table, strict=True):
        read = [np.nan, np.nan, *table[name][:3]]
        np.testing.assert_array_equal(line.get_ydata(), read)
    prediction = model.predict(table)[2]
    assert display.prediction == prediction
    assert (
        display.axes_[0]
        .get_title(loc="left")
        .startswith(f"prediction {prediction:.4g} =")
    )
    assert labels_of_legend(display.axes_[0]) == ["level", "flow"]


def test_attributions_of_a_lag_table_stand_in_the_order_of_time(rng):
    names = ["lag_2", "lag_3", "holiday", "lag_1"]
    table = pd.DataFrame(rng.rand(12, 4), columns=names)
    model = GRURegressor(**SHORT).fit(table, table["lag_1"])
    display = AttributionDisplay.from_estimator(
        model, table, sample=-2, feature_names=["sales", "holiday"]
    )
    lag_2, lag_3, holiday, lag_1 = integrated_gradients(model, table)[-2]
    np.testing.assert_array_equal(
        shown_by(display), [[lag_3, np.nan], [lag_2, np.nan], [lag_1, holiday]]
    )
    assert labels_of_legend(display.axes_[0]) == ["sales", "holiday"]


@pytest.mark.parametrize("quantile", [None, [0.1, 0.4, 0.9]])
@pytest.mark.parametrize("n_outputs", [None, 2])
def test_output_and_quantile_are_chosen(rng, n_outputs, quantile):
    X = rng.rand(12, 5, 3)
    y = X[:, -1, 0] if n_outputs is None else X[:, -1, :n_outputs]
    loss = "squared_error" if quantile is None else "quantile"
    model = GRURegressor(loss=loss, quantile=quantile, **SHORT).fit(X, y)
    output = 0 if n_outputs is None else 1
    display = AttributionDisplay.from_estimator(model, X, sample=4, output=output)
    prediction = model.predict(X)[4]
    values = integrated_gradients(model, X)[4]
    if quantile is not None:
        values, prediction = values[..., 1], prediction[..., 1]
    if n_outputs is not None:
        values, prediction = values[..., 1], prediction[..., 1]
    np.testing.assert_array_equal(shown_by(display), values)
    assert display.prediction == prediction


def test_a_pipeline_transforms_what_is_attributed(table):
    model = GRURegressor(window=5, **SHORT)
    pipeline = make_pipeline(StandardScaler(), model).fit(table, table["level"])
    display = AttributionDisplay.from_estimator(pipeline, table)
    scaled = StandardScaler().fit_transform(table)
    np.testing.assert_array_equal(
        shown_by(display), integrated_gradients(model, scaled)[-1]
    )
    found = [line.get_ydata() for line in display.input_lines_]
    np.testing.assert_allclose(found, scaled[-5:].T)
    assert display.prediction == pipeline.predict(table)[-1]


def test_what_is_not_there_is_refused(table):
    model = GRURegressor(window=5, **SHORT).fit(table, table["level"])
    with pytest.raises(ValueError, match=r"output=1, but there are 1 output.*0 to 0"):
        AttributionDisplay.from_estimator(model, table, output=1)
    with pytest.raises(ValueError, match="sample=-31, but X has 30"):
        AttributionDisplay.from_estimator(model, table, sample=-31)
    with pytest.raises(ValueError, match=r"sample=\[1, 2\], but X has 30"):
        AttributionDisplay.from_estimator(model, table, sample=[1, 2])
    with pytest.raises(TypeError, match="AttributionDisplay needs a fitted recu"):
        AttributionDisplay.from_estimator(StandardScaler(), table)


@pytest.mark.parametrize("sample", [0, 10, 45, -1])
def test_one_sample_of_several_series_is_attributed_as_among_all(sample):
    rng = np.random.default_rng(0)
    panel = pd.DataFrame({"g": ["a"] * 30 + ["b"] * 30, "x": rng.normal(5, 2, 60)})
    model = GRURegressor(window=6, group_column="g", **SHORT).fit(panel, panel["x"])
    display = AttributionDisplay.from_estimator(model, panel, sample=sample)
    every = integrated_gradients(model, panel)
    np.testing.assert_allclose(
        np.nansum(display.attributions), every[sample].sum(), rtol=1e-6, atol=1e-9
    )
