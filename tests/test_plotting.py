"""What all displays have in common, and the displays of training.

Pictures are checked by the data that their artists hold.
"""

import pathlib
import re
import subprocess
import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from pictures import check_legend_covers_nothing, check_picture, labels_of_legend
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skgru.plotting
from skgru import GRURegressor
from skgru.plotting import TrainingCurveDisplay

SHORT = {
    "hidden_layer_sizes": 4,
    "max_iter": 6,
    "n_iter_no_change": None,
    "learning_rate_init": 0.05,
    "random_state": 0,
}
WAVE = np.sin(0.3 * np.arange(120))
X, Y = WAVE[:-1, np.newaxis], WAVE[1:]


@pytest.fixture(scope="module")
def model():
    return GRURegressor(window=8, **SHORT).fit(X, Y)


# In common


def test_importing_does_not_import_matplotlib():
    code = "import sys, skgru.plotting; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_display_is_in_the_api_pages():
    page = pathlib.Path(__file__).parents[1] / "docs" / "api" / "index.rst"
    for name in skgru.plotting.__all__:
        assert re.search(rf"\bplotting.{name}\b", page.read_text(encoding="utf-8"))


def test_panels_stand_in_the_users_ax():
    figure, (left, right) = plt.subplots(1, 2)
    display = TrainingCurveDisplay(loss=[2, 1], learning_rate=[0.1, 0.1]).plot(left)
    assert display.figure_ is figure
    assert display.bounding_ax_ is left
    assert not left.axison
    assert list(display.axes_) == figure.axes[2:]
    figure.canvas.draw()
    room = left.get_position().padded(1e-9)
    for ax in display.axes_:
        assert room.contains(*ax.get_position().min)
        assert room.contains(*ax.get_position().max)
    assert display.axes_[0].get_shared_x_axes().joined(*display.axes_)
    # No other figure is made, and the layout of the user's figure is not changed.
    assert plt.get_fignums() == [figure.number]
    assert figure.get_layout_engine() is None
    assert not right.has_data()


def test_panels_may_be_the_users():
    figure, axes = plt.subplots(2)
    display = TrainingCurveDisplay(loss=[2, 1], learning_rate=[0.1, 0.1]).plot(axes)
    assert list(display.axes_) == list(axes)
    assert display.bounding_ax_ is None
    assert figure.axes == list(axes)


def test_an_ax_that_cannot_be_used_is_refused():
    display = TrainingCurveDisplay(loss=[2, 1], learning_rate=[0.1, 0.1])
    figure, axes = plt.subplots(3)
    with pytest.raises(TypeError, match="ax holds a Figure.*plt.subplots returns"):
        display.plot(figure)
    with pytest.raises(ValueError, match="3 axes.*2 panel.*Pass 2, or one"):
        display.plot(axes)
    with pytest.raises(ValueError, match="stands in no grid.*or 2 axes"):
        display.plot(figure.add_axes([0.1, 0.1, 0.8, 0.8]))
    display.plot(axes[0])
    with pytest.raises(ValueError, match="switched off.*ax=display.axes_"):
        display.plot(axes[0])
    again = display.plot(display.axes_)
    assert len(again.axes_[0].lines) == 2


def test_limits_that_the_user_has_set_stay():
    _, ax = plt.subplots()
    ax.set_ylim(0, 5)
    TrainingCurveDisplay(loss=[2, 1]).plot(ax)
    assert ax.get_ylim() == (0, 5)


# Training


def test_curves_of_a_fit_are_drawn_over_epochs(model):
    display = TrainingCurveDisplay.from_estimator(model)
    epochs = np.arange(1, 7)
    for line, values in [
        (display.loss_line_, model.loss_curve_),
        (display.validation_loss_line_, model.validation_loss_curve_),
        (display.learning_rate_line_, model.history_["learning_rate"]),
    ]:
        np.testing.assert_array_equal(line.get_xdata(), epochs)
        np.testing.assert_array_equal(line.get_ydata(), values)
    top, bottom = display.axes_
    assert top.get_ylabel() == "mean squared error\n(squared units of y)"
    assert bottom.get_ylabel() == "learning\nrate"
    assert bottom.get_xlabel() == "epoch"
    kept = model.best_iter_ + 1
    assert [list(line.get_xdata()) for line in display.best_iter_lines_] == [
        [kept, kept],
        [kept, kept],
    ]
    assert labels_of_legend(top) == ["training", "held-out rows", f"kept: epoch {kept}"]


def test_training_without_validation_or_learning_rate_is_one_panel():
    lbfgs = GRURegressor(window=8, solver="lbfgs", early_stopping=False, **SHORT)
    _, ax = plt.subplots()
    display = TrainingCurveDisplay.from_estimator(lbfgs.fit(X, Y), ax=ax)
    assert list(display.axes_) == [ax]
    assert display.validation_loss_line_ is None
    assert display.learning_rate_line_ is None
    assert ax.get_xlabel() == "epoch"


@pytest.mark.parametrize(
    ("parameters", "label"),
    [
        ({"loss": "absolute_error"}, "mean absolute error\n(units of y)"),
        ({"loss": "huber"}, "mean Huber loss\n(squared units of y)"),
        (
            {"loss": "quantile", "quantile": [0.1, 0.9]},
            "mean pinball loss\n(units of y)",
        ),
        ({"loss": "poisson"}, "mean Poisson deviance\n(units of y)"),
        (
            {"group_column": 1},
            "mean squared error\n(squared units of y, each series standardised)",
        ),
    ],
)
def test_label_names_the_loss_and_its_units(parameters, label):
    table = np.column_stack([X[:, 0], np.arange(119) % 2])
    model = GRURegressor(
        window=8, early_stopping=False, **SHORT | {"max_iter": 2}, **parameters
    )
    display = TrainingCurveDisplay.from_estimator(model.fit(table, Y + 2))
    assert display.axes_[0].get_ylabel() == label


def test_scale_is_logarithmic_where_losses_fall_far():
    def scale(loss):
        return TrainingCurveDisplay(loss=loss).plot().axes_[0].get_yscale()

    assert scale([1, 0.5, 0.1]) == "log"
    assert scale([1, 0.5, 0.2]) == "linear"
    assert scale([1, 0.5, 0]) == "linear"


def test_logarithmic_scale_has_plain_numbers():
    display = TrainingCurveDisplay(loss=[1, 0.3, 0.02]).plot()
    display.figure_.canvas.draw()
    labels = [text.get_text() for text in display.axes_[0].get_yticklabels()]
    assert {"0.02", "0.05", "0.1", "0.2", "0.5", "1"} <= set(labels)


@pytest.mark.parametrize(
    ("curve", "points"),
    [([3], [0]), ([3, np.nan, 2, 1], [0]), ([np.nan, 2, np.nan, 1, 1], [1])],
)
def test_an_epoch_without_neighbours_is_a_point(curve, points):
    display = TrainingCurveDisplay(loss=np.ones(len(curve)), validation_loss=curve)
    line = display.plot().validation_loss_line_
    assert line.get_marker() == "o"
    assert line.get_markevery() == points
    assert np.isnan(line.get_ydata()).sum() == np.isnan(curve).sum()


def test_a_single_epoch_is_labelled_as_such():
    (ax,) = TrainingCurveDisplay(loss=[3]).plot().axes_
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [1]


def test_losses_go_on_where_training_went_on():
    model = GRURegressor(window=8, warm_start=True, early_stopping=False, **SHORT)
    model.fit(X, Y)
    model.set_params(validation_fraction=0.2).fit(X, Y)
    display = TrainingCurveDisplay.from_estimator(model)
    curve = display.validation_loss_line_.get_ydata()
    assert np.isnan(curve[:6]).all()
    assert np.isfinite(curve[6:]).all()
    assert len(display.loss_line_.get_ydata()) == 12


def test_no_epoch_is_marked_if_none_was_kept():
    display = TrainingCurveDisplay(loss=[2, 1]).plot()
    assert display.best_iter_lines_ == []
    assert labels_of_legend(display.axes_[0]) == ["training"]


def test_training_of_a_pipelines_last_step_is_drawn(model):
    pipeline = make_pipeline(StandardScaler(), make_pipeline(model))
    display = TrainingCurveDisplay.from_estimator(pipeline)
    np.testing.assert_array_equal(display.loss_line_.get_ydata(), model.loss_curve_)


def test_what_has_no_curves_is_refused(model):
    with pytest.raises(NotFittedError, match="not fitted yet"):
        TrainingCurveDisplay.from_estimator(GRURegressor())
    with pytest.raises(TypeError, match="ends in one, but got a StandardScaler"):
        TrainingCurveDisplay.from_estimator(StandardScaler())


@pytest.mark.parametrize(
    ("curves", "message"),
    [
        ({"loss": []}, "loss is empty"),
        ({"loss": [[1.0]]}, r"loss has shape \(1, 1\)"),
        ({"loss": [2, 1], "validation_loss": [1]}, "has 1 epochs, but loss has 2"),
        ({"loss": [2, 1], "learning_rate": [1]}, "has 1 epochs, but loss has 2"),
        ({"loss": [2, 1], "best_iter": 2}, "best_iter=2.*Pass 0 to 1, or None"),
    ],
)
def test_curves_that_do_not_fit_are_refused(curves, message):
    with pytest.raises(ValueError, match=message):
        TrainingCurveDisplay(**curves).plot()


def test_picture_of_training_can_be_read(model):
    check_picture(lambda: TrainingCurveDisplay.from_estimator(model))
    narrow = plt.subplots(1, 3, figsize=(10, 4), layout="constrained")[1]
    for ax in (None, narrow[1]):
        display = TrainingCurveDisplay.from_estimator(model, ax=ax)
        check_legend_covers_nothing(display.axes_[0])


def test_losses_of_an_explosion_leave_gaps():
    losses = [1.0, 1e30, 1e99, 1e250, np.inf]
    display = TrainingCurveDisplay(loss=losses).plot()
    shown = display.loss_line_.get_ydata()
    np.testing.assert_array_equal(shown, [1.0, 1e30, 1e99, np.nan, np.nan])
    display.figure_.canvas.draw()
    assert display.axes_[0].get_ylim()[1] > 1e99
