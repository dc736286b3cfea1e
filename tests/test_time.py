"""What an index tells of time: order, equal times, and which of its levels counts."""

import warnings

import numpy as np
import pandas as pd
import pytest

from skgru import GRUClassifier, GRURegressor, WindowTransformer
from skgru._reading._digests import begin_alike, digests_of
from skgru._reading._series import series_of
from skgru._reading._time import Times, index_of

SHORT = {
    "hidden_layer_sizes": 3,
    "window": 4,
    "max_iter": 1,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
DAYS = pd.date_range("2024-01-01", periods=20, freq="D")


def gru(**parameters):
    return GRURegressor(**SHORT | parameters)


def told(X, model=None):
    """What a fit warns of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        (model or gru()).fit(X, np.arange(float(len(X))))
    return " ".join(str(each.message) for each in caught)


def frame(index, rng):
    return pd.DataFrame({"v": rng.randn(len(index))}, index=index)


SHOPS = pd.MultiIndex.from_product([["A", "B"], DAYS], names=["shop", "day"])


# Which part of an index is a time


@pytest.mark.parametrize(
    ("index", "kind"),
    [
        (DAYS, "times without a time zone"),
        (DAYS.tz_localize("Europe/Rome"), "times with a time zone"),
        (DAYS.to_period("W"), "periods of freq 'W-SUN'"),
        (DAYS - DAYS[0], "durations"),
        (pd.Index(DAYS.date, dtype=object), "times without a time zone"),
        (pd.Index(list(DAYS.to_pydatetime()), dtype=object), "times without a"),
        (pd.RangeIndex(20), "numbers"),
        (pd.Index(np.arange(20, dtype="u1")), "numbers"),
        (pd.Index(np.arange(20), dtype="Int64"), "numbers"),
        (pd.Index(np.arange(20) / 7, dtype="Float64"), "numbers"),
        (SHOPS[:20], "times without a time zone"),
        (SHOPS.swaplevel()[:20], None),
        (pd.Index([f"row {i}" for i in range(20)]), None),
        (pd.CategoricalIndex(list("ab" * 10)), None),
        (pd.Index([True] * 20), None),
        (pd.MultiIndex.from_arrays([DAYS.year, DAYS.month], names=["year", "m"]), None),
        (pd.MultiIndex.from_arrays([DAYS, range(20)]), None),
    ],
)
def test_an_index_is_read_as_what_it_is(index, kind, rng):
    times = Times.of(frame(index, rng))
    assert (times is None) == (kind is None)
    assert kind is None or times.kind.startswith(kind)
    assert kind is None or len(times.values) == 20
    assert index_of(np.zeros((20, 1))) is None


# The order of time


@pytest.mark.parametrize("index", [DAYS, DAYS.to_period("D"), DAYS - DAYS[0], range(9)])
def test_times_that_fall_are_told_and_those_that_rise_are_not(index, rng):
    X = frame(pd.Index(index), rng)
    assert told(X) == ""
    assert "The index of X does not rise from row to row" in told(X[::-1])
    assert told(X[::-1], gru(window=1)) == ""  # a row alone has no order
    assert told(X[::-1].to_numpy()) == ""


@pytest.mark.parametrize("n_shops", [2, 5])
@pytest.mark.parametrize("kind", ["days", "numbers", "periods"])
def test_several_rows_of_one_time_are_told_of(n_shops, kind, rng):
    index = {"days": DAYS, "numbers": np.arange(20), "periods": DAYS.to_period("D")}
    X = frame(pd.Index(index[kind]).repeat(n_shops), rng)
    message = told(X)
    assert f"{20 * (n_shops - 1)} row(s) of X have the same time as the row" in message
    assert "group_column='…'" in message
    assert told(X.assign(shop=list(range(n_shops)) * 20), gru(group_column="shop")) == (
        ""
    )
    with pytest.warns(UserWarning, match="the same time as the row before"):
        WindowTransformer(4).fit_transform(X)
    with pytest.warns(UserWarning, match="the same time as the row before"):
        GRUClassifier(**SHORT).fit(X, np.arange(len(X)) % 2)


def test_a_clock_that_is_put_back_is_no_second_series(rng):
    """Local times without a zone repeat one hour of a year."""
    hours = pd.date_range("2024-10-01", "2024-11-30", freq="h", tz="Europe/Paris")
    assert hours.tz_localize(None).duplicated().sum() == 1
    assert told(frame(hours.tz_localize(None), rng)) == ""


def test_one_time_twice_in_one_of_several_series_is_told_of(rng):
    X = frame(DAYS.append(DAYS), rng).assign(shop=["A"] * 20 + ["B"] * 20)
    X = pd.concat([X, X[-6:]]).sort_index()
    message = told(X, gru(group_column="shop"))
    assert "6 row(s) of X have the same time" in message
    assert "the first of series 'B' at 2024-01-15" in message
    assert "drop_duplicates" in message


# Series by a level of the index


@pytest.mark.parametrize(
    "names", [["shop", "day"], ["shop", None], [None, "day"], [None, None]]
)
@pytest.mark.parametrize("interleaved", [False, True])
def test_a_level_of_the_index_names_the_series(names, interleaved, rng):
    X = frame(SHOPS.set_names(names), rng)
    X = X.sort_index(level=1) if interleaved else X
    y = np.arange(40.0)
    level = names[0] or "level_0"
    by_level = gru(group_column=level, remember=True)
    as_column = gru(group_column="shop", remember=True)
    flat = X.rename_axis(["shop", "day"]).reset_index("shop")
    first = (flat.index < DAYS[15]).tolist()
    later = [not is_first for is_first in first]
    by_level.fit(X[first], y[first])
    as_column.fit(flat[first], y[first])
    assert by_level.n_features_in_ == 1
    assert by_level.feature_names_in_.tolist() == ["v"]
    np.testing.assert_array_equal(
        by_level.predict(X[later]), as_column.predict(flat[later])
    )
    with pytest.raises(ValueError, match="of series '[AB]' goes back: it begins"):
        by_level.predict(X[first][3:])
    assert f"({level!r} in the index)" in by_level.describe_input(X).summary
    windows = WindowTransformer(4, group_column=level).fit(X).transform(X)
    wanted = WindowTransformer(4, group_column="shop").fit(flat).transform(flat)
    np.testing.assert_array_equal(windows, wanted)


def test_several_series_behind_each_other_in_an_index_are_told_of(rng):
    message = told(frame(SHOPS, rng))
    assert "does not rise" in message
    assert "group_column='shop'" in message
    numbered = pd.MultiIndex.from_product([[7, 8], range(12)], names=["id", None])
    assert "group_column='id'" in told(frame(numbered, rng))
    joined = pd.concat({"a": frame(DAYS, rng), "b": frame(DAYS, rng)})
    assert "group_column='level_0'" in told(joined)


def test_an_index_of_names_alone_tells_series_apart(rng):
    X = frame(pd.Index(["A"] * 12 + ["B"] * 9, name="unique_id"), rng)
    y = np.arange(21.0)
    by_level = gru(group_column="unique_id").fit(X, y)
    as_column = gru(group_column="unique_id").fit(X.reset_index(), y)
    np.testing.assert_array_equal(
        by_level.predict(X), as_column.predict(X.reset_index())
    )


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_level_that_is_not_there_is_refused(rng):
    X, y = frame(SHOPS, rng), np.arange(40.0)
    with pytest.raises(ValueError, match=r"not the name .*levels .*'shop', 'day'"):
        gru(group_column="store").fit(X, y)
    with pytest.raises(ValueError, match="both a column of X and a level"):
        gru(group_column="shop").fit(X.assign(shop="A"), y)
    model = gru(group_column="shop").fit(X, y)
    for other in (X.to_numpy(), X.reset_index(drop=True), X.droplevel("shop")):
        with pytest.raises(ValueError, match="'shop' was a level of the index of X"):
            model.predict(other)
    missing = X.set_index(
        pd.MultiIndex.from_arrays([["A", None] * 20, DAYS.repeat(2)], names=SHOPS.names)
    )
    with pytest.raises(ValueError, match=r"no value in 20 row\(s\), first in row 1"):
        model.predict(missing)


# Recognising rows


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_rows_are_recognised_by_their_values_alone(dtype, rng):
    X = rng.randn(30, 3).astype(dtype)
    X[4] = np.nan
    X[5, 0] = -0.0
    names = np.array(["A", "B", "B"] * 10)
    series = series_of(names)
    n_rows, digests = np.bincount(series.codes), digests_of(X, series)
    order = np.argsort(names, kind="stable")
    other = X[order] + 0
    assert begin_alike(other, series_of(names[order]), n_rows, digests, n_rows).all()
    for row in range(30):
        changed = X.copy()
        changed[row] = np.nextafter(np.nan_to_num(X[row]), 9)
        alike = begin_alike(changed, series, n_rows, digests, n_rows)
        assert alike.tolist() == [names[row] != "A", names[row] != "B"]
    swapped = X[np.r_[3, 1, 2, 0, 4:30]]
    alike = begin_alike(swapped, series, n_rows, digests, n_rows)
    assert alike.tolist() == [False, True]


# What users of such indices met


def test_times_with_several_offsets_from_utc_are_read(rng):
    """As in a log of ISO strings over a change to summer time."""
    zone = pd.date_range("2024-03-30", periods=48, freq="h", tz="Europe/Paris")
    mixed = pd.Index([pd.Timestamp(str(t)).to_pydatetime() for t in zone], dtype=object)
    assert Times.of(frame(mixed, rng)).kind == "times with a time zone"
    assert told(frame(mixed, rng)) == ""


def test_periods_of_several_units_are_certain(rng):
    X = frame(pd.period_range("2020-01-01", periods=40, freq="15min"), rng)
    model = gru(remember=True).fit(X[:30], np.arange(30.0))
    model.predict(X[30:])
    with pytest.raises(ValueError, match="07:30 was expected"):
        model.predict(X[31:])
    days = X[:10].set_index(pd.period_range("2030-01-01", periods=10, freq="D"))
    with pytest.raises(ValueError, match="of another kind than in fit"):
        model.predict(days)


def test_a_time_that_is_missing_is_told_of(rng):
    index = DAYS.to_series()
    index.iloc[4] = pd.NaT
    assert "has no time in 1 row(s)" in told(frame(pd.DatetimeIndex(index), rng))


def test_messages_show_times_in_their_own_zone(rng):
    X = frame(DAYS.tz_localize("Asia/Tokyo"), rng)
    X = X.asfreq("D")
    model = gru(remember=True).fit(X[:12], np.arange(12.0))
    with pytest.raises(ValueError, match=r"2024-01-13 00:00:00\+09:00 was expected"):
        model.predict(X[13:])


def test_columns_of_times_are_refused_in_frames_of_polars(rng):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    X = polars.DataFrame({"x": rng.randn(20), "day": DAYS.to_pydatetime().tolist()})
    with pytest.raises(ValueError, match="Column .* of X holds times"):
        gru().fit(X, np.arange(20.0))
