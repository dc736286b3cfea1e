"""Displays of gates, checked by the data that their artists hold."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pictures import check_legend_covers_nothing, check_picture, labels_of_legend
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor
from skgru.inspection import GateActivations, gate_activations
from skgru.plotting import GateActivationDisplay

PARTS = ("update", "reset", "candidate", "state")
SHORT = {
    "hidden_layer_sizes": 3,
    "max_iter": 2,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


def made_gates(n_samples, n_timesteps, n_units):
    """Gates and states that all differ; unit 0 keeps its state least of all."""
    rng = np.random.RandomState(0)
    shape = (n_samples, n_timesteps, n_units)
    rising = np.linspace(0.1, 0.9, n_units)
    return GateActivations(
        rising * rng.uniform(0.9, 1, shape),
        rng.uniform(0, 1, shape),
        rng.uniform(-1, 1, shape),
        rng.uniform(-1, 1, shape),
    )


@pytest.fixture
def gates():
    """Gates of four units for a sequence of five steps, the first two missing."""
    parts = {name: part[0] for name, part in made_gates(1, 5, 4)._asdict().items()}
    for part in parts.values():
        part[:2] = np.nan
    return parts


@pytest.fixture
def table(rng):
    return pd.DataFrame(rng.rand(30, 2), columns=["level", "flow"])


def check_maps(display, values, units):
    """Check that heat maps hold the values of units, and are blank where NaN."""
    for image, name in zip(display.images_, PARTS, strict=True):
        shown = image.get_array()
        wanted = values[name][:, units].T
        np.testing.assert_array_equal(shown.mask, np.isnan(wanted))
        np.testing.assert_array_equal(shown.compressed(), wanted[~np.isnan(wanted)])
        assert image.get_cmap()(np.ma.masked)[3] == 0  # nothing is drawn there


# Gates


def test_units_that_keep_their_state_are_at_the_top(gates):
    display = GateActivationDisplay(**gates).plot()
    assert display.units_.tolist() == [3, 2, 1, 0]
    check_maps(display, gates, [3, 2, 1, 0])
    assert "highest mean update gate at the top" in display.axes_[-1].get_xlabel()
    ax = display.axes_[0]
    ticks = dict(zip(ax.get_yticks(), ax.get_yticklabels(), strict=True))
    # The rows of an image are at y = 0, 1, …, from the top.
    assert [ticks[i].get_text() for i in range(4)] == ["3", "2", "1", "0"]
    assert ax.get_ylim() == (3.5, -0.5)


def test_units_are_drawn_in_the_order_asked_for(gates):
    display = GateActivationDisplay(**gates).plot(units=[1, 3])
    check_maps(display, gates, [1, 3])
    labels = [text.get_text() for text in display.axes_[0].get_yticklabels()]
    assert labels == ["1", "3"]
    assert "units" not in display.axes_[-1].get_xlabel()


def test_colours_of_gates_and_states(gates):
    display = GateActivationDisplay(**gates).plot()
    assert [image.get_clim() for image in display.images_] == [
        (0, 1),
        (0, 1),
        (-1, 1),
        (-1, 1),
    ]
    of_gates, of_states = display.colorbars_
    assert of_gates.mappable is display.images_[0]
    assert of_states.mappable is display.images_[2]
    # Zero has the lightest colour, and both ends are equally dark.
    lightness = np.mean(display.images_[2].get_cmap()([0.0, 0.5, 1.0])[:, :3], axis=1)
    assert lightness[1] > 0.9
    assert max(lightness[0], lightness[2]) < 0.5
    labels = [ax.get_ylabel() for ax in display.axes_]
    assert labels == [
        "update gate\nunit",
        "reset gate\nunit",
        "candidate\nunit",
        "state\nunit",
    ]


def test_panels_share_steps_and_the_newest_is_0(gates):
    inputs = np.arange(10.0).reshape(5, 2)
    inputs[:2] = np.nan
    display = GateActivationDisplay(**gates, inputs=inputs).plot()
    top = display.axes_[0]
    for ax in display.axes_:
        assert ax is top or top.get_shared_x_axes().joined(top, ax)
        assert ax.get_xlim() == (-4.5, 0.5)
    for image in display.images_:
        assert image.get_extent()[:2] == [-4.5, 0.5]
    for j, line in enumerate(display.input_lines_):
        np.testing.assert_array_equal(line.get_xdata(), [-4, -3, -2, -1, 0])
        np.testing.assert_array_equal(line.get_ydata(), inputs[:, j])
    assert labels_of_legend(top) == ["feature 0", "feature 1"]
    assert top.get_ylabel() == "inputs\n(units of X)"
    display.figure_.canvas.draw()
    edges = {tuple(np.round(ax.get_position().intervalx, 9)) for ax in display.axes_}
    assert len(edges) == 1


def test_units_can_be_lines(gates):
    display = GateActivationDisplay(**gates).plot(units=[2, 0], kind="lines")
    assert display.images_ == display.colorbars_ == []
    for lines, name in zip(display.lines_, PARTS, strict=True):
        for line, unit in zip(lines, [2, 0], strict=True):
            np.testing.assert_array_equal(line.get_xdata(), [-4, -3, -2, -1, 0])
            np.testing.assert_array_equal(line.get_ydata(), gates[name][:, unit])
    update, reset, _, state = display.axes_
    assert labels_of_legend(update) == ["unit 2", "unit 0"]
    check_legend_covers_nothing(update)
    assert update.get_ylim() == reset.get_ylim()
    assert state.get_ylim() == pytest.approx((-1.1, 1.1))


def test_of_many_inputs_some_are_drawn(gates):
    display = GateActivationDisplay(**gates, inputs=np.ones((5, 9))).plot()
    assert len(display.input_lines_) == 6
    assert display.axes_[0].get_ylabel() == "6 of 9 inputs\n(units of X)"


@pytest.mark.parametrize("kind", ["heatmap", "lines"])
@pytest.mark.parametrize("place", ["one", "each"])
def test_gates_are_drawn_into_the_users_axes(gates, kind, place):
    figure, axes = plt.subplots(4)
    ax = axes if place == "each" else axes[1]
    display = GateActivationDisplay(**gates).plot(ax, kind=kind)
    assert display.figure_ is figure
    assert plt.get_fignums() == [figure.number]
    if place == "each":
        assert list(display.axes_) == list(axes)
    else:
        assert display.bounding_ax_ is axes[1]
    figure.canvas.draw()
    edges = {tuple(np.round(ax.get_position().intervalx, 9)) for ax in display.axes_}
    assert len(edges) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"kind": "bars"}, "kind='bars', but 'heatmap' or 'lines'"),
        ({"units": [4]}, r"units=\[4\], but the layer has 4 unit.*0 to 3"),
        ({"units": []}, r"units=\[\]"),
        ({"units": [0.5]}, r"units=\[0.5\]"),
        ({"units": [0] * 7, "kind": "lines"}, "at most 6 units apart, but 7"),
    ],
)
def test_units_that_cannot_be_drawn_are_refused(gates, options, message):
    with pytest.raises(ValueError, match=message):
        GateActivationDisplay(**gates).plot(**options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reset": np.ones((5, 3))}, r"reset has shape \(5, 3\), but \(5, 4\)"),
        ({"update": np.ones((2, 5, 4))}, r"update has shape \(2, 5, 4\).*one sample"),
        ({"inputs": np.ones((4, 1))}, r"inputs has shape \(4, 1\), but \(5, any\)"),
        (
            {"inputs": np.ones((5, 2)), "feature_names": ["a"]},
            r"feature_names holds 1 name\(s\), but there are 2",
        ),
    ],
)
def test_gates_that_do_not_fit_are_refused(gates, change, message):
    with pytest.raises(ValueError, match=message):
        GateActivationDisplay(**gates | change).plot()


def test_gates_of_a_row_and_what_it_reads(table):
    options = SHORT | {"hidden_layer_sizes": (3, 2)}
    model = GRURegressor(window=5, **options).fit(table, table["level"])
    display = GateActivationDisplay.from_estimator(model, table, sample=2, layer=0)
    expected = gate_activations(model, table, layer=0)
    check_maps(
        display,
        {name: getattr(expected, name)[2] for name in PARTS},
        display.units_,
    )
    # The third row sees itself and the two rows before it.
    missing = [np.nan, np.nan]
    for line, name in zip(display.input_lines_, table, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), [*missing, *table[name][:3]])
    assert labels_of_legend(display.axes_[0]) == ["level", "flow"]


def test_a_pipeline_transforms_what_is_read(table):
    model = GRURegressor(window=5, **SHORT)
    pipeline = make_pipeline(StandardScaler(), model).fit(table, table["level"])
    display = GateActivationDisplay.from_estimator(pipeline, table)
    scaled = StandardScaler().fit_transform(table)
    expected = gate_activations(model, scaled)
    check_maps(
        display,
        {name: getattr(expected, name)[-1] for name in PARTS},
        display.units_,
    )
    found = [line.get_ydata() for line in display.input_lines_]
    np.testing.assert_allclose(found, scaled[-5:].T)


@pytest.mark.parametrize("time_order", ["oldest_first", "newest_first"])
def test_inputs_of_sequences_stand_oldest_first(time_order, rng):
    X = rng.rand(12, 5, 2)
    X[3, :2] = np.nan
    ordered = X if time_order == "oldest_first" else X[:, ::-1]
    model = GRURegressor(time_order=time_order, **SHORT).fit(ordered, X[:, -1, 0])
    display = GateActivationDisplay.from_estimator(model, ordered, sample=3)
    for j, line in enumerate(display.input_lines_):
        np.testing.assert_array_equal(line.get_ydata(), X[3, :, j])


def test_inputs_of_a_lag_table_stand_in_the_order_of_time(rng):
    names = ["lag_2", "lag_5", "holiday", "lag_1", "lag_4", "lag_3"]
    table = pd.DataFrame(rng.rand(12, 6), columns=names)
    model = GRURegressor(**SHORT).fit(table, table["lag_1"])
    display = GateActivationDisplay.from_estimator(model, table, sample=0)
    lags, holiday = (line.get_ydata() for line in display.input_lines_)
    steps = [f"lag_{lag}" for lag in (5, 4, 3, 2, 1)]
    np.testing.assert_array_equal(lags, table.loc[0, steps])
    # A static feature is drawn at the last step only.
    np.testing.assert_array_equal(holiday, [np.nan] * 4 + [table.loc[0, "holiday"]])
    assert labels_of_legend(display.axes_[0]) == ["feature 0", "holiday"]


def test_gates_of_what_is_not_there_are_refused(table):
    model = GRURegressor(window=5, **SHORT)
    with pytest.raises(NotFittedError):
        GateActivationDisplay.from_estimator(model, table)
    model.fit(table, table["level"])
    with pytest.raises(ValueError, match=r"sample=30, but X has 30.*Pass -30 to 29"):
        GateActivationDisplay.from_estimator(model, table, sample=30)


@pytest.mark.parametrize("kind", ["heatmap", "lines"])
def test_picture_of_gates_can_be_read(gates, kind):
    names = ["level of the river", "rain"]
    display = GateActivationDisplay(
        **gates, inputs=np.ones((5, 2)), feature_names=names
    )
    check_picture(lambda: display.plot(kind=kind))
    check_legend_covers_nothing(display.axes_[0])


def test_labels_of_many_units_do_not_touch():
    gates = {name: part[0] for name, part in made_gates(1, 5, 200)._asdict().items()}
    (ax, *_) = GateActivationDisplay(**gates).plot().axes_
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.get_yticklabels()]
    assert 2 < len(boxes) < 200
    assert all(upper.y0 > lower.y1 for upper, lower in pairwise(boxes))


def test_no_grid_runs_through_the_cells(gates):
    with plt.style.context("ggplot"):
        display = GateActivationDisplay(**gates).plot()
    display.figure_.canvas.draw()
    for ax in display.axes_:
        lines = [*ax.get_xgridlines(), *ax.get_ygridlines()]
        assert not any(line.get_visible() for line in lines)
