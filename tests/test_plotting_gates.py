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

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru.inspection import (
    GateActivations,
    LSTMActivations,
    RNNActivations,
    gate_activations,
)
from skgru.plotting import GateActivationDisplay

# Drawing takes most of their time; the page on displays draws some in every run.
pytestmark = pytest.mark.slow

KINDS = {"gru": GateActivations, "lstm": LSTMActivations, "rnn": RNNActivations}
PARTS = {name: kind._fields for name, kind in KINDS.items()}
MODELS = {"gru": GRURegressor, "lstm": LSTMRegressor, "rnn": RNNRegressor}
# Which gate keeps what a unit holds.
KEEPING = {"gru": "update", "lstm": "forget"}
SHORT = {
    "hidden_layer_sizes": 3,
    "max_iter": 2,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


every_cell = pytest.mark.parametrize("cell", MODELS)


def made_activations(cell, n_timesteps, n_units):
    """What a cell might compute; unit 0 keeps what it holds least of all."""
    rng = np.random.RandomState(0)
    shape = (n_timesteps, n_units)
    ranges = {"candidate": (-1, 1), "state": (-1, 1), "memory": (-3, 2)}
    parts = {
        name: rng.uniform(*ranges.get(name, (0, 1)), shape) for name in PARTS[cell]
    }
    if cell in KEEPING:
        rising = np.linspace(0.1, 0.9, n_units)
        parts[KEEPING[cell]] = rising * rng.uniform(0.9, 1, shape)
    return KINDS[cell](**parts)


def first_missing(activations):
    """The same with the first two steps missing."""
    return activations._make(
        np.concatenate([np.full((2, part.shape[1]), np.nan), part[2:]])
        for part in activations
    )


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.slow) if name == "lstm" else name
        for name in MODELS
    ]
)
def any_cell(request):
    """What each cell computes, of four units in five steps, the first two missing."""
    return first_missing(made_activations(request.param, 5, 4))


@pytest.fixture
def gates():
    return first_missing(made_activations("gru", 5, 4))


@pytest.fixture
def lstm():
    return first_missing(made_activations("lstm", 5, 4))


@pytest.fixture
def rnn():
    return first_missing(made_activations("rnn", 5, 4))


@pytest.fixture
def table(rng):
    return pd.DataFrame(rng.rand(30, 2), columns=["level", "flow"])


def check_maps(display, activations, units):
    """Check that heat maps hold the values of units, and are blank where NaN."""
    for image, part in zip(display.images_, activations, strict=True):
        shown = image.get_array()
        wanted = part[:, units].T
        np.testing.assert_array_equal(shown.mask, np.isnan(wanted))
        np.testing.assert_array_equal(shown.compressed(), wanted[~np.isnan(wanted)])
        assert image.get_cmap()(np.ma.masked)[3] == 0  # nothing is drawn there


def of_sample(activations, sample):
    """What was computed for one sample."""
    return activations._make(part[sample] for part in activations)


def labels_of(axes):
    """The labels of y axes."""
    return [ax.get_ylabel() for ax in axes]


# What is drawn of each cell


@pytest.mark.parametrize("cell", KEEPING)
def test_units_that_keep_what_they_hold_are_at_the_top(cell):
    activations = first_missing(made_activations(cell, 5, 4))
    display = GateActivationDisplay(activations).plot()
    assert display.units_.tolist() == [3, 2, 1, 0]
    check_maps(display, activations, [3, 2, 1, 0])
    label = display.axes_[-1].get_xlabel()
    assert f"highest mean {KEEPING[cell]} gate at the top" in label
    ax = display.axes_[0]
    ticks = dict(zip(ax.get_yticks(), ax.get_yticklabels(), strict=True))
    # The rows of an image are at y = 0, 1, …, from the top.
    assert [ticks[i].get_text() for i in range(4)] == ["3", "2", "1", "0"]
    assert ax.get_ylim() == (3.5, -0.5)


def test_units_that_have_no_gates_stay_in_their_order(rnn):
    display = GateActivationDisplay(rnn).plot()
    (ax,) = display.axes_
    assert ax.get_ylabel() == "state\nunit"
    assert display.units_.tolist() == [0, 1, 2, 3]
    check_maps(display, rnn, [0, 1, 2, 3])
    assert "units" not in ax.get_xlabel()
    (bar,) = display.colorbars_
    assert bar.mappable is display.images_[0]
    assert bar.mappable.get_clim() == (-1, 1)
    assert bar.ax.get_ylabel() == "state"


def test_units_are_drawn_in_the_order_asked_for(any_cell):
    display = GateActivationDisplay(any_cell).plot(units=[1, 3])
    check_maps(display, any_cell, [1, 3])
    labels = [text.get_text() for text in display.axes_[0].get_yticklabels()]
    assert labels == ["1", "3"]
    assert "units" not in display.axes_[-1].get_xlabel()


def test_a_dict_is_drawn_as_a_named_tuple_is(any_cell):
    display = GateActivationDisplay(any_cell._asdict()).plot()
    same = GateActivationDisplay(any_cell).plot()
    np.testing.assert_array_equal(display.units_, same.units_)
    check_maps(display, any_cell, same.units_)
    assert labels_of(display.axes_) == labels_of(same.axes_)


def test_colours_of_gates_and_states(gates):
    display = GateActivationDisplay(gates).plot()
    assert [image.get_clim() for image in display.images_] == [
        (0, 1),
        (0, 1),
        (-1, 1),
        (-1, 1),
    ]
    of_gates, of_states = display.colorbars_
    assert of_gates.ax.get_ylabel() == "gates"
    assert of_gates.mappable in display.images_[:2]
    assert of_states.ax.get_ylabel() == "candidate,\nstate"
    assert of_states.mappable in display.images_[2:]
    # Zero has the lightest colour, and both ends are equally dark.
    lightness = np.mean(display.images_[2].get_cmap()([0.0, 0.5, 1.0])[:, :3], axis=1)
    assert lightness[1] > 0.9
    assert max(lightness[0], lightness[2]) < 0.5
    assert labels_of(display.axes_) == [
        "update gate\nunit",
        "reset gate\nunit",
        "candidate\nunit",
        "state\nunit",
    ]


def test_the_memory_has_colours_of_its_own(lstm):
    display = GateActivationDisplay(lstm).plot()
    assert labels_of(display.axes_) == [
        "input gate\nunit",
        "forget gate\nunit",
        "candidate\nunit",
        "output gate\nunit",
        "state\nunit",
        "memory\nunit",
    ]
    entry, forget, candidate, output, state, memory = display.images_
    for gate in (entry, forget, output):
        assert gate.get_clim() == (0, 1)
        assert gate.get_cmap().name == "viridis"
    for bounded in (candidate, state):
        assert bounded.get_clim() == (-1, 1)
        assert bounded.get_cmap().name == "RdBu_r"
    largest = max(-np.nanmin(lstm.memory), np.nanmax(lstm.memory))
    assert largest > 1.5
    assert memory.get_clim() == (-largest, largest)
    assert memory.get_cmap().name == "RdBu_r"
    of_gates, of_states, of_memory = display.colorbars_
    assert of_gates.mappable in (entry, forget, output)
    assert of_states.mappable in (candidate, state)
    assert of_memory.mappable is memory
    assert of_memory.ax.get_ylabel() == "memory"


@pytest.mark.parametrize("kind", ["heatmap", "lines"])
def test_limits_of_the_memory_are_those_of_the_units_shown(lstm, kind):
    lstm.memory[3, 0] = -7.0
    lstm.memory[4, 1] = 5.0
    ax = GateActivationDisplay(lstm).plot(units=[1, 2], kind=kind).axes_[-1]
    if kind == "heatmap":
        assert ax.images[0].get_clim() == (-5, 5)
    else:
        assert ax.get_ylim() == pytest.approx((-5.5, 5.5))


def test_a_memory_that_is_empty_can_be_drawn():
    display = GateActivationDisplay({"memory": np.zeros((3, 2))}).plot()
    assert display.images_[0].get_clim() == (-1, 1)


@pytest.mark.parametrize("place", ["new", "one", "each"])
def test_each_bar_stands_beside_a_panel_of_its_colours(lstm, place):
    ax = None
    if place != "new":
        _, axes = plt.subplots(7)
        ax = axes if place == "each" else axes[1]
    display = GateActivationDisplay(lstm, inputs=np.ones((5, 1))).plot(ax)
    display.figure_.canvas.draw()
    # The first panel shows the inputs.
    beside = {"gates": (1, 4), "candidate,\nstate": (5, 5), "memory": (6, 6)}
    for bar in display.colorbars_:
        found = bar.ax.get_position()
        top, bottom = (
            display.axes_[i].get_position() for i in beside[bar.ax.get_ylabel()]
        )
        assert found.x0 > top.x1
        assert found.y1 == pytest.approx(top.y1)
        assert found.y0 == pytest.approx(bottom.y0)


def test_what_a_cell_of_ones_own_computes_has_panels():
    update = np.linspace(0, 1, 10).reshape(5, 2)
    display = GateActivationDisplay(
        {"update": update, "trace": -4 * update, "state": update}
    ).plot()
    assert labels_of(display.axes_) == [
        "update gate\nunit",
        "trace\nunit",
        "state\nunit",
    ]
    assert [image.get_clim() for image in display.images_] == [(0, 1), (-4, 4), (-1, 1)]
    assert display.units_.tolist() == [1, 0]
    labels = [bar.ax.get_ylabel() for bar in display.colorbars_]
    assert labels == ["gates", "trace", "state"]


def test_panels_share_steps_and_the_newest_is_0(gates):
    inputs = np.arange(10.0).reshape(5, 2)
    inputs[:2] = np.nan
    display = GateActivationDisplay(gates, inputs=inputs).plot()
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


def test_units_can_be_lines(any_cell):
    display = GateActivationDisplay(any_cell).plot(units=[2, 0], kind="lines")
    assert display.images_ == display.colorbars_ == []
    for lines, part in zip(display.lines_, any_cell, strict=True):
        for line, unit in zip(lines, [2, 0], strict=True):
            np.testing.assert_array_equal(line.get_xdata(), [-4, -3, -2, -1, 0])
            np.testing.assert_array_equal(line.get_ydata(), part[:, unit])
    assert labels_of_legend(display.axes_[0]) == ["unit 2", "unit 0"]
    check_legend_covers_nothing(display.axes_[0])


@pytest.mark.parametrize("cell", KEEPING)
def test_gates_have_the_same_height_as_lines(cell):
    activations = made_activations(cell, 5, 4)
    display = GateActivationDisplay(activations).plot(kind="lines")
    axes = dict(zip(PARTS[cell], display.axes_, strict=True))
    limits = {
        axes[name].get_ylim() for name in axes if "gate" in axes[name].get_ylabel()
    }
    assert len(limits) == 1
    assert axes["candidate"].get_ylim() == pytest.approx((-1.1, 1.1))
    assert axes["state"].get_ylim() == pytest.approx((-1.1, 1.1))


def test_of_many_inputs_some_are_drawn(gates):
    display = GateActivationDisplay(gates, inputs=np.ones((5, 9))).plot()
    assert len(display.input_lines_) == 6
    assert display.axes_[0].get_ylabel() == "6 of 9 inputs\n(units of X)"


@pytest.mark.parametrize("kind", ["heatmap", "lines"])
@pytest.mark.parametrize("place", ["one", "each"])
def test_gates_are_drawn_into_the_users_axes(any_cell, kind, place):
    inputs = np.ones((5, 1))
    figure, axes = plt.subplots(1 + len(any_cell))
    ax = axes if place == "each" else axes[1]
    display = GateActivationDisplay(any_cell, inputs=inputs).plot(ax, kind=kind)
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
        GateActivationDisplay(gates).plot(**options)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reset": np.ones((5, 3))}, r"reset has shape \(5, 3\), but \(5, 4\)"),
        ({"update": np.ones((2, 5, 4))}, r"update has shape \(2, 5, 4\).*one sample"),
    ],
)
def test_gates_that_do_not_fit_are_refused(gates, change, message):
    with pytest.raises(ValueError, match=message):
        GateActivationDisplay(gates._replace(**change)).plot()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"inputs": np.ones((4, 1))}, r"inputs has shape \(4, 1\), but \(5, any\)"),
        (
            {"inputs": np.ones((5, 2)), "feature_names": ["a"]},
            r"feature_names holds 1 name\(s\), but there are 2",
        ),
    ],
)
def test_inputs_that_do_not_fit_are_refused(gates, options, message):
    with pytest.raises(ValueError, match=message):
        GateActivationDisplay(gates, **options).plot()


def test_arrays_without_names_are_refused(gates):
    with pytest.raises(TypeError, match="is a ndarray, but arrays with names are"):
        GateActivationDisplay(gates.update).plot()
    with pytest.raises(ValueError, match="activations is empty"):
        GateActivationDisplay({}).plot()


# What is drawn of a fitted model


@every_cell
def test_gates_of_a_row_and_what_it_reads(cell, table):
    options = SHORT | {"hidden_layer_sizes": (3, 2), "bidirectional": True}
    model = MODELS[cell](window=5, **options).fit(table, table["level"])
    display = GateActivationDisplay.from_estimator(model, table, sample=2, layer=0)
    expected = of_sample(gate_activations(model, table, layer=0), 2)
    assert sorted(display.units_) == [0, 1, 2, 3, 4, 5]
    if cell in KEEPING:
        means = np.nanmean(getattr(expected, KEEPING[cell]), axis=0)
        np.testing.assert_array_equal(display.units_, np.argsort(-means))
    check_maps(display, expected, display.units_)
    # The third row sees itself and the two rows before it.
    missing = [np.nan, np.nan]
    for line, name in zip(display.input_lines_, table, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), [*missing, *table[name][:3]])
    assert labels_of_legend(display.axes_[0]) == ["level", "flow"]


@every_cell
def test_a_pipeline_transforms_what_is_read(cell, table):
    model = MODELS[cell](window=5, **SHORT)
    pipeline = make_pipeline(StandardScaler(), model).fit(table, table["level"])
    display = GateActivationDisplay.from_estimator(pipeline, table)
    scaled = StandardScaler().fit_transform(table)
    expected = of_sample(gate_activations(model, scaled), -1)
    check_maps(display, expected, display.units_)
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
    with pytest.raises(
        TypeError, match="such as GRURegressor or GRUClassifier.*got a Standard"
    ):
        GateActivationDisplay.from_estimator(StandardScaler(), table)


@pytest.mark.parametrize("kind", ["heatmap", "lines"])
def test_picture_of_gates_can_be_read(any_cell, kind):
    names = ["level of the river", "rain"]
    display = GateActivationDisplay(
        any_cell, inputs=np.ones((5, 2)), feature_names=names
    )
    check_picture(lambda: display.plot(kind=kind))
    check_legend_covers_nothing(display.axes_[0])


@pytest.mark.parametrize("kind", ["heatmap", "lines"])
def test_picture_of_a_single_panel_can_be_read(rnn, kind):
    display = GateActivationDisplay(rnn)
    check_picture(lambda: display.plot(kind=kind))


@every_cell
def test_labels_of_many_units_do_not_touch(cell):
    (ax, *_) = GateActivationDisplay(made_activations(cell, 5, 200)).plot().axes_
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.get_yticklabels()]
    assert 2 < len(boxes) < 200
    assert all(upper.y0 > lower.y1 for upper, lower in pairwise(boxes))


def test_no_grid_runs_through_the_cells(gates):
    with plt.style.context("ggplot"):
        display = GateActivationDisplay(gates).plot()
    display.figure_.canvas.draw()
    for ax in display.axes_:
        lines = [*ax.get_xgridlines(), *ax.get_ygridlines()]
        assert not any(line.get_visible() for line in lines)
