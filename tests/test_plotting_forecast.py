"""Displays of forecasts, checked by the data that their artists hold."""

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from pictures import check_legend_covers_nothing, check_picture, labels_of_legend
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skgru import GRURegressor
from skgru.plotting import ForecastDisplay

# Drawing takes most of their time; the page on displays draws some in every run.
pytestmark = pytest.mark.slow

DAYS = pd.date_range("2024-01-30", periods=40, name="day")
TRUTH = pd.Series(np.sin(np.arange(40.0)), DAYS, name="sales")
SHORT = {
    "hidden_layer_sizes": 4,
    "window": 5,
    "max_iter": 2,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
draw = ForecastDisplay.from_predictions


def band_ends(band, x):
    """Lowest and highest point of a band at some x."""
    corners = np.concatenate([path.vertices for path in band.get_paths()])
    at = corners[np.isclose(corners[:, 0], x), 1]
    return at.min(), at.max()


# Rows and times


def test_rows_without_index_are_numbered():
    display = draw([1.0, 2, 3], [1.5, 2.5, 3.5])
    (ax,) = display.axes_
    for line, values in [
        (display.true_lines_[0], [1, 2, 3]),
        (display.pred_lines_[0], [1.5, 2.5, 3.5]),
    ]:
        np.testing.assert_array_equal(line.get_xdata(), [0, 1, 2])
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("row", "y")
    assert labels_of_legend(ax) == ["truth", "prediction"]
    # Lines can be told apart without colours too.
    assert display.true_lines_[0].get_linestyle() == "-"
    assert display.pred_lines_[0].get_linestyle() == "--"


@pytest.mark.parametrize("known", [2, 3])
def test_a_forecast_may_reach_beyond_the_truth(known):
    truth = [1.0, 2] if known == 2 else [1.0, 2, np.nan]
    display = draw(truth, [1.5, 2.5, 3.5])
    x, y = display.true_lines_[0].get_data()
    assert x[np.isfinite(y)].tolist() == [0, 1]
    assert display.pred_lines_[0].get_xdata().tolist() == [0, 1, 2]


def test_history_and_forecast_have_their_own_times():
    history, forecast = TRUTH[:30], TRUTH[30:].to_numpy() + 0.1
    for y_pred, index in [
        (forecast, DAYS[30:]),
        (pd.Series(forecast, DAYS[30:]), None),
    ]:
        display = draw(history, y_pred, index=index, train_end=DAYS[29])
        np.testing.assert_array_equal(display.true_lines_[0].get_xdata(), DAYS[:30])
        np.testing.assert_array_equal(display.pred_lines_[0].get_xdata(), DAYS[30:])
        (ax,) = display.axes_
        assert (ax.get_xlabel(), ax.get_ylabel()) == ("day", "sales")
        assert labels_of_legend(ax) == ["truth", "prediction", "end of training"]
        at = display.train_end_lines_[0].get_xdata()
        np.testing.assert_array_equal(mdates.date2num(at), mdates.date2num(DAYS[29]))


def test_dates_are_labelled_in_short():
    (ax,) = draw(TRUTH, TRUTH + 1).axes_
    ax.figure.canvas.draw()
    assert "Feb" in [text.get_text() for text in ax.get_xticklabels()]


def test_rows_in_another_order_are_drawn_by_time():
    order = np.random.RandomState(0).permutation(40)
    display = draw(TRUTH.iloc[order], TRUTH.to_numpy()[order] + 1)
    for line, values in [
        (display.true_lines_[0], TRUTH),
        (display.pred_lines_[0], TRUTH + 1),
    ]:
        np.testing.assert_array_equal(line.get_xdata(), DAYS)
        np.testing.assert_array_equal(line.get_ydata(), values)


def test_times_in_a_zone_are_labelled_in_it():
    hours = pd.date_range("2024-06-01", periods=12, freq="h", tz="Asia/Tokyo")
    display = draw(
        pd.Series(np.arange(12.0), hours), np.arange(12.0), train_end=hours[3]
    )
    (ax,) = display.axes_
    utc = hours.tz_convert("UTC").tz_localize(None)
    np.testing.assert_array_equal(display.pred_lines_[0].get_xdata(), utc)
    assert display.train_end_lines_[0].get_xdata()[0] == utc[3].to_datetime64()
    assert ax.xaxis.get_major_formatter().format_ticks(
        mdates.date2num(utc[[6, 7]])
    ) == ["06:00", "07:00"]


def test_periods_are_drawn_at_their_beginning():
    months = pd.period_range("2024-01", periods=3, freq="M")
    display = draw(pd.Series([1.0, 2, 3], months), [1, 2, 3], train_end="2024-02")
    expected = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])
    np.testing.assert_array_equal(display.true_lines_[0].get_xdata(), expected)
    assert display.train_end_lines_[0].get_xdata()[0] == expected[1].to_datetime64()


def test_a_single_known_value_is_a_point():
    display = draw([np.nan, 2, np.nan], [1.5, 2.5, 3.5])
    assert display.true_lines_[0].get_markevery() == [1]
    assert display.pred_lines_[0].get_marker() == "None"


# Intervals


def test_interval_is_a_band_of_any_width():
    display = draw([1.0, 2, 3], [2.0, 3, 4], lower=[1, 1, 1], upper=[3, 4, 5])
    (band,) = display.intervals_
    assert [band_ends(band, x) for x in range(3)] == [(1, 3), (1, 4), (1, 5)]
    assert labels_of_legend(display.axes_[0]) == ["truth", "prediction", "interval"]


def test_interval_has_gaps_where_it_is_not_known():
    display = draw(
        [1.0, 2, 3, 4, 5],
        [2.0, 3, 4, 5, 6],
        lower=[1, 1, np.nan, 1, 1],
        upper=[3, 4, 5, 6, 7],
    )
    (band,) = display.intervals_
    assert len(band.get_paths()) == 2
    corners = np.concatenate([path.vertices for path in band.get_paths()])
    assert not np.isclose(corners[:, 0], 2).any()


@pytest.mark.parametrize(
    ("levels", "line", "band", "labels"),
    [
        ([0.1, 0.5, 0.9], 1, (0, 2), ["median", "quantiles 0.1 to 0.9"]),
        ([0.1, 0.2, 0.4, 0.9], 2, (0, 3), ["quantile 0.4", "quantiles 0.1 to 0.9"]),
        ([0.1, 0.9], None, (0, 1), ["quantiles 0.1 to 0.9"]),
        ([0.5, 0.9], 0, (0, 1), ["median", "quantiles 0.5 to 0.9"]),
        ([0.9], 0, None, ["quantile 0.9"]),
    ],
)
@pytest.mark.parametrize("n_outputs", [None, 2])
def test_of_quantiles_the_outermost_are_the_band(levels, line, band, labels, n_outputs):
    shape = (6, len(levels)) if n_outputs is None else (6, n_outputs, len(levels))
    y_pred = np.sort(np.random.RandomState(0).rand(*shape), axis=-1)
    truth = np.zeros(shape[:-1])
    display = draw(truth, y_pred, quantiles=levels)
    by_output = y_pred[:, np.newaxis] if n_outputs is None else y_pred
    assert len(display.axes_) == by_output.shape[1]
    assert labels_of_legend(display.axes_[0]) == ["truth", *labels]
    for i in range(by_output.shape[1]):
        if line is None:
            assert display.pred_lines_ == []
        else:
            found = display.pred_lines_[i].get_ydata()
            np.testing.assert_array_equal(found, by_output[:, i, line])
        if band is None:
            assert display.intervals_ == []
        else:
            ends = [band_ends(display.intervals_[i], x) for x in range(6)]
            np.testing.assert_allclose(ends, by_output[:, i, list(band)])


def test_quantiles_of_a_model_are_found():
    X = TRUTH.to_numpy()[:-1, np.newaxis]
    model = GRURegressor(loss="quantile", quantile=[0.1, 0.5, 0.9], **SHORT)
    y = TRUTH[1:]
    prediction = model.fit(X, y).predict(X)
    display = ForecastDisplay.from_estimator(
        make_pipeline(FunctionTransformer(), model), X, y, train_end="2024-02-20"
    )
    np.testing.assert_allclose(display.pred_lines_[0].get_ydata(), prediction[:, 1])
    at = mdates.date2num(DAYS[7])
    np.testing.assert_allclose(
        band_ends(display.intervals_[0], at), prediction[6, [0, 2]]
    )
    assert labels_of_legend(display.axes_[0]) == [
        "truth",
        "median",
        "quantiles 0.1 to 0.9",
        "end of training",
    ]


# Estimators


def test_targets_stand_at_their_own_times():
    table, y = TRUTH[:-1].to_frame(), TRUTH[1:]
    model = Ridge().fit(table, y)
    display = ForecastDisplay.from_estimator(model, table, y)
    # Each prediction is drawn a day after the row that it is made from.
    np.testing.assert_array_equal(display.pred_lines_[0].get_xdata(), DAYS[1:])
    np.testing.assert_allclose(display.pred_lines_[0].get_ydata(), model.predict(table))
    display = ForecastDisplay.from_estimator(model, table, y.to_numpy())
    for line in display.true_lines_ + display.pred_lines_:
        np.testing.assert_array_equal(line.get_xdata(), DAYS[:-1])
    # If y is longer than X, the rows of X are matched to rows of y by time.
    display = ForecastDisplay.from_estimator(model, table[30:], TRUTH)
    np.testing.assert_array_equal(display.pred_lines_[0].get_xdata(), DAYS[30:-1])
    np.testing.assert_array_equal(display.true_lines_[0].get_xdata(), DAYS)


def test_one_series_of_several_is_drawn_at_a_time():
    panel = np.column_stack([np.tile(TRUTH, 2), np.repeat([1.0, 2.0], 40)])
    model = GRURegressor(group_column=1, **SHORT).fit(panel, np.tile(TRUTH, 2))
    pipeline = make_pipeline(FunctionTransformer(), model)
    with pytest.raises(ValueError, match=r"X holds 2 series \(1.0, 2.0\), but one"):
        ForecastDisplay.from_estimator(pipeline, panel, np.tile(TRUTH, 2))
    display = ForecastDisplay.from_estimator(pipeline, panel[40:], TRUTH)
    np.testing.assert_allclose(
        display.pred_lines_[0].get_ydata(), model.predict(panel[40:])
    )


def test_what_does_not_predict_is_refused():
    with pytest.raises(TypeError, match="a StandardScaler does not predict"):
        ForecastDisplay.from_estimator(StandardScaler(), [[0.0]], [0.0])


# Panels


def test_each_output_has_a_panel():
    truth = pd.DataFrame({"level": TRUTH, "flow": TRUTH + 2})
    display = draw(truth, truth.to_numpy() + 1, train_end=DAYS[20])
    top, bottom = display.axes_
    assert (top.get_ylabel(), bottom.get_ylabel()) == ("level", "flow")
    assert (top.get_xlabel(), bottom.get_xlabel()) == ("", "day")
    assert top.get_shared_x_axes().joined(top, bottom)
    np.testing.assert_array_equal(display.pred_lines_[1].get_ydata(), TRUTH + 3)
    assert len(display.train_end_lines_) == 2
    assert bottom.get_legend() is None
    unnamed = draw(truth.to_numpy(), truth.to_numpy())
    assert [ax.get_ylabel() for ax in unnamed.axes_] == ["output 0", "output 1"]


def test_each_output_is_drawn_into_the_users_axes():
    figure, axes = plt.subplots(1, 2)
    display = draw(np.zeros((5, 2)), np.ones((5, 2)), ax=axes)
    assert display.figure_ is figure
    for ax, line in zip(axes, display.pred_lines_, strict=True):
        assert line.axes is ax
        # Axes side by side each need their own label.
        assert ax.get_xlabel() == "row"


def test_two_models_can_be_drawn_into_one_ax():
    display = draw([1.0, 2], [1.5, 2.5], name="one")
    draw([1.0, 2], [9, 9.5], name="other", ax=display.axes_)
    (ax,) = display.axes_
    assert labels_of_legend(ax) == ["truth", "one", "truth", "other"]
    check_legend_covers_nothing(ax)


# What is refused


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((TRUTH, TRUTH[:5].to_numpy()), r"40 rows and y_pred 5, and y_pred.*periods=5"),
        (([1.0, 2, 3], [1.0]), "3 rows and y_pred 1, and y_true has no index"),
        (([1.0, 2, 3], TRUTH[:1]), "3 rows and y_pred 1, and y_true has no index"),
        ((TRUTH, pd.Series([1.0])), "y_true holds times, and that of y_pred numbers"),
        (
            (pd.Series([1.0, 2], DAYS[[0, 0]]), [1, 2]),
            "index of y_true holds 2024-01-30 00:00:00 more than once",
        ),
        ((np.zeros((3, 2)), np.zeros(3)), r"y_pred has shape \(3,\), but \(3, 2\)"),
        ((np.zeros((3, 1, 1)), np.zeros(3)), r"y_true has shape \(3, 1, 1\)"),
    ],
)
def test_rows_that_cannot_be_told_apart_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        draw(*arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": ["a", "b"]}, "times or numbers are wanted"),
        ({"index": [1, 2, 3]}, "index has 3 rows, but y_pred has 2"),
        ({"lower": [1, 2]}, "upper is missing"),
        ({"lower": [1], "upper": [1, 2]}, r"lower has shape \(1,\)"),
        ({"quantiles": [0.5, 0.9]}, r"y_pred has shape \(2,\), but with 2 quantile"),
        ({"quantiles": [0.5], "lower": [1, 2]}, "there is one band"),
        ({"train_end": "2024-01-01"}, "train_end='2024-01-01', but.*holds numbers"),
        ({"index": DAYS[:2], "train_end": 1}, "train_end=1, but the index holds times"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        draw([1.0, 2], [1.0, 2], **options)


def test_picture_of_a_forecast_can_be_read():
    truth = pd.DataFrame({"level of the river (m)": TRUTH, "flow (m³/s)": 1e4 * TRUTH})

    def picture():
        ends = {"lower": truth.to_numpy() - 1, "upper": truth.to_numpy() + 1}
        return draw(truth, truth.to_numpy(), train_end=DAYS[20], **ends)

    check_picture(picture)
    check_legend_covers_nothing(picture().axes_[0])


def test_rows_of_a_longer_truth_are_numbered_from_0():
    display = ForecastDisplay.from_predictions(
        np.arange(8.0), np.arange(3.0), index=range(8, 11)
    )
    truth, prediction = display.axes_[0].get_lines()[:2]
    np.testing.assert_array_equal(truth.get_xdata(), np.arange(8))
    np.testing.assert_array_equal(prediction.get_xdata(), [8, 9, 10])
    with pytest.raises(ValueError, match="y_true has no index that says"):
        ForecastDisplay.from_predictions(
            np.arange(8.0), np.arange(3.0), index=pd.date_range("2024", periods=3)
        )
