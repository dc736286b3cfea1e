"""The reader against sequences that a plain loop makes of the same X."""

from dataclasses import replace

import kernels
import numpy as np
import pandas as pd
import pytest

from skgru._reading._description import describe
from skgru._reading._form import in_columns, shape_of_columns, split_columns
from skgru._reading._history import columns_of_features, read_history
from skgru._reading._past import columns_of_past
from skgru._reading._reader import Reader
from skgru._reading._series import Series
from skgru._reading._settings import ReadingSettings

OWNER = "Oracle"


def read(X, **settings):
    return Reader.of_fit(X, ReadingSettings(**settings), OWNER)


def assert_read_as(reading, steps, static=None):
    """Each sequence is one of the arrays of `steps`, oldest first."""
    found = kernels.observed_steps(reading.sequences)
    assert len(found) == len(steps)
    for sequence, wanted in zip(found, steps, strict=True):
        np.testing.assert_array_equal(sequence, wanted)
    static = np.empty((len(steps), 0)) if static is None else static
    np.testing.assert_array_equal(reading.sequences.static, static)


def naive_windows(values, window, before=()):
    """For each row a list of itself and the rows before it, as many as there are."""
    rows = [*before, *values]
    windows = []
    for t in range(len(before), len(rows)):
        windows.append(np.array([rows[k] for k in range(t + 1) if t - k < window]))
    return windows


def naive_panel(names, values, window, before=None):
    """The same of rows of several series in one table."""
    seen = {name: list(rows) for name, rows in (before or {}).items()}
    windows = []
    for name, row in zip(names, values, strict=True):
        seen.setdefault(name, []).append(row)
        windows.append(np.array(seen[name][-window:]))
    return windows


def panel(rng, names):
    """A table whose second column names the series."""
    frame = pd.DataFrame(rng.randn(len(names), 2), columns=["a", "b"])
    frame.insert(1, "name", list(names))
    return frame


# Samples


def test_a_sample_is_its_steps_and_the_static_features_of_its_last(rng):
    X = rng.randn(6, 4, 3)
    reader, reading = read(X, static_features=[1])
    assert_read_as(
        reading,
        [[[step[0], step[2]] for step in sample] for sample in X],
        [[sample[-1][1]] for sample in X],
    )
    assert (reader.n_timesteps, reader.n_features, reader.longest) == (4, 2, 4)


def test_samples_of_the_newest_step_first_are_read_backwards(rng):
    X = rng.randn(5, 4, 2)
    _, reading = read(X, time_order="newest_first", static_features=[0])
    steps = [[[sample[t][1]] for t in (3, 2, 1, 0)] for sample in X]
    assert_read_as(reading, steps, [[sample[0][0]] for sample in X])


def test_leading_steps_without_numbers_are_left_out(rng):
    X = rng.randn(5, 4, 2)
    n_missing = [0, 3, 1, 2, 0]
    for sample, n in zip(X, n_missing, strict=True):
        sample[:n] = np.nan
    _, reading = read(X)
    assert_read_as(reading, [x[n:] for x, n in zip(X, n_missing, strict=True)])


def test_a_view_of_windows_is_read_without_a_copy(rng):
    series = rng.randn(12, 2)
    X = np.lib.stride_tricks.sliding_window_view(series, 5, axis=0).transpose(0, 2, 1)
    _, reading = read(X)
    assert np.shares_memory(reading.sequences.values, series)
    assert_read_as(reading, [series[t : t + 5] for t in range(8)])


def test_later_samples_may_have_other_numbers_of_steps_but_not_of_features(rng):
    reader, _ = read(rng.randn(5, 4, 2))
    longer = rng.randn(3, 9, 2)
    assert_read_as(reader.read(longer, OWNER), list(longer))
    with pytest.raises(ValueError, match="3 features .* Oracle is expecting 2"):
        reader.read(rng.randn(3, 4, 3), OWNER)


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_a_number_that_cannot_be_used_is_named_by_row_and_step(bad, rng):
    X = rng.randn(5, 4, 2)
    X[3, 2, 1] = bad
    with pytest.raises(ValueError, match="row 3 at step 2 of 4"):
        read(X)


# Rows


def test_a_row_is_cut_into_steps(rng):
    X = rng.randn(4, 6)
    _, reading = read(X, n_timesteps=3)
    assert_read_as(reading, [[row[0:2], row[2:4], row[4:6]] for row in X])
    _, reading = read(X, n_timesteps=3, time_order="newest_first")
    assert_read_as(reading, [[row[4:6], row[2:4], row[0:2]] for row in X])


def test_static_columns_of_rows_are_no_steps(rng):
    X = pd.DataFrame(rng.randn(4, 5), columns=["one", "size", "two", "three", "hue"])
    reader, reading = read(X, n_timesteps=3, static_features=["hue", "size"])
    values = X.to_numpy()
    steps = [[[row[0]], [row[2]], [row[3]]] for row in values]
    assert_read_as(reading, steps, values[:, [1, 4]])
    assert reader.n_features == 1


def test_lags_are_ordered_by_their_names(rng):
    names = ["x_lag_1", "y_lag_3", "y_lag_2", "hue", "x_lag_3", "y_lag_1", "x_lag_2"]
    X = pd.DataFrame(rng.randn(5, 7), columns=names)
    reader, reading = read(X)
    of_step = {
        lag: X[[f"{v}_lag_{lag}" for v in reader.columns.features]] for lag in (3, 2, 1)
    }
    steps = [[of_step[lag].to_numpy()[i] for lag in (3, 2, 1)] for i in range(5)]
    assert_read_as(reading, steps, X[["hue"]].to_numpy())
    assert sorted(reader.columns.features) == ["x", "y"]
    assert not reader.is_plain


def test_missing_first_lags_of_a_row_are_left_out(rng):
    X = rng.randn(3, 4)
    X[1, :2] = np.nan
    _, reading = read(X, n_timesteps=4)
    assert_read_as(reading, [X[0, :, None], X[1, 2:, None], X[2, :, None]])


def test_a_plain_table_has_a_step_a_column_and_no_gaps(rng):
    X = rng.randn(3, 4)
    reader, reading = read(X)
    assert reader.is_plain
    assert_read_as(reading, [[[value] for value in row] for row in X])
    X[1, 0] = np.nan
    with pytest.raises(ValueError, match="(?s)Input X contains NaN.*Oracle"):
        reader.read(X, OWNER)


# Consecutive rows


@pytest.mark.parametrize("window", [1, 3, 20])
def test_rows_of_a_series_see_the_rows_before_them(window, rng):
    X = rng.randn(9, 2)
    reader, reading = read(X, window=window)
    assert_read_as(reading, naive_windows(X, window))
    assert reader.n_timesteps == window
    assert reader.longest == min(window, 9)
    assert reader.overlaps == (window > 1)


def test_static_features_of_a_series_are_those_of_the_row_itself(rng):
    X = rng.randn(7, 3)
    _, reading = read(X, window=3, static_features=[-2])
    assert_read_as(reading, naive_windows(X[:, [0, 2]], 3), X[:, [1]])


def test_rows_of_several_series_see_those_of_their_own(rng):
    X = panel(rng, "ABACCBAABC")
    reader, reading = read(X, window=3, group_column="name")
    values = X[["a", "b"]].to_numpy()
    assert_read_as(reading, naive_panel(X["name"], values, 3))
    assert [reading.series.names[code] for code in reading.series.codes] == list(
        X["name"]
    )
    # pandas's own lags within a group, where there are any.
    for lag in range(3):
        lagged = X.groupby("name")[["a", "b"]].shift(lag).to_numpy()
        for steps, row in zip(
            kernels.observed_steps(reading.sequences), lagged, strict=True
        ):
            if len(steps) > lag:
                np.testing.assert_array_equal(steps[-1 - lag], row)
            else:
                assert np.isnan(row).all()
    assert reader.n_features == 2


def test_static_features_of_several_series_stand_beside_their_rows(rng):
    X = panel(rng, "BABBA")
    X["hue"] = rng.randn(5)
    _, reading = read(X, window=2, group_column="name", static_features="hue")
    windows = naive_panel(X["name"], X[["a", "b"]].to_numpy(), 2)
    assert_read_as(reading, windows, X[["hue"]].to_numpy())


def test_interleaved_and_sorted_panels_are_read_alike(rng):
    X = panel(rng, "ABACCBAABC")
    order = np.argsort(X["name"].to_numpy(), kind="stable")
    _, mixed = read(X, window=3, group_column="name")
    _, in_blocks = read(X.iloc[order], window=3, group_column="name")
    steps = kernels.observed_steps(mixed.sequences)
    assert_read_as(in_blocks, [steps[i] for i in order])


def test_rows_in_the_wrong_order_are_read_with_a_warning(rng):
    X = pd.DataFrame(rng.randn(4, 1), index=[3, 1, 2, 4])
    with pytest.warns(UserWarning, match="index of X does not rise"):
        _, reading = read(X, window=2)
    assert_read_as(reading, naive_windows(X.to_numpy(), 2))


# Remembered rows


@pytest.mark.parametrize("n_fit", [1, 2, 8])
def test_later_rows_see_the_remembered_ones(n_fit, rng):
    X = rng.randn(14, 2)
    reader, reading = read(X[:n_fit], window=4, remember=True)
    whole = naive_windows(X, 4)
    assert_read_as(reading, whole[:n_fit])
    assert_read_as(reader.read(X[n_fit:], OWNER), whole[n_fit:])
    # Those of fit themselves do not follow on themselves, nor do validation rows.
    assert_read_as(reader.read(X[:n_fit], OWNER), whole[:n_fit])
    alone = reader.read(X[n_fit:], OWNER, follows=False)
    assert_read_as(alone, naive_windows(X[n_fit:], 4))


def test_nothing_is_remembered_unless_it_is_asked_for(rng):
    X = rng.randn(10, 2)
    reader, _ = read(X[:6], window=4)
    assert_read_as(reader.read(X[6:], OWNER), naive_windows(X[6:], 4))


def test_each_series_sees_its_own_remembered_rows(rng):
    # Later the series come in another order than in fit.
    X = panel(rng, "ABBABBAABA")
    reader, _ = read(X[:5], window=3, remember=True, group_column="name")
    windows = naive_panel(X["name"], X[["a", "b"]].to_numpy(), 3)
    assert_read_as(reader.read(X[5:], OWNER), windows[5:])


def test_training_that_goes_on_remembers_further_back_than_one_call(rng):
    X = rng.randn(12, 2)
    settings = ReadingSettings(window=5, remember=True)
    reader, whole = None, naive_windows(X, 5)
    for start, stop in [(0, 2), (2, 3), (3, 8), (8, 10)]:
        reader, reading = Reader.of_fit(
            X[start:stop], settings, OWNER, before=reader, follows=True
        )
        assert_read_as(reading, whole[start:stop])
    assert_read_as(reader.read(X[10:], OWNER), whole[10:])
    # The rows of the last call still see those before them.
    assert_read_as(reader.read(X[8:10], OWNER), whole[8:10])


def test_a_series_that_was_not_there_begins_where_it_appears(rng):
    X = panel(rng, "AABAB")
    settings = ReadingSettings(window=3, remember=True, group_column="name")
    reader, _ = Reader.of_fit(X[:2], settings, OWNER)
    windows = naive_panel(X["name"], X[["a", "b"]].to_numpy(), 3)
    assert_read_as(reader.read(X[2:], OWNER), windows[2:])
    _, reading = Reader.of_fit(X[2:], settings, OWNER, before=reader, follows=True)
    assert_read_as(reading, windows[2:])


def test_an_index_that_leaves_a_gap_behind_fit_is_refused(rng):
    index = pd.date_range("2020-01-01", periods=12, freq="D")
    X = pd.DataFrame(rng.randn(12, 1), index=index)
    reader, _ = read(X[:6], window=3, remember=True)
    assert_read_as(reader.read(X[6:], OWNER), naive_windows(X.to_numpy(), 3)[6:])
    with pytest.raises(ValueError, match="2020-01-07.* was expected"):
        reader.read(X[7:], OWNER)
    with pytest.raises(ValueError, match="goes back"):
        reader.read(X[5:], OWNER)


# What is refused later


@pytest.mark.parametrize("settings", [{"n_timesteps": 2}, {"window": 3}])
def test_other_columns_are_refused_in_the_name_of_the_owner(settings, rng):
    X = pd.DataFrame(rng.randn(8, 4), columns=list("abcd"))
    reader, _ = read(X, **settings)
    unnamed, _ = read(X.to_numpy(), **settings)
    with pytest.raises(ValueError, match="2 features, but Oracle is expecting 4"):
        unnamed.read(rng.randn(8, 2), OWNER)
    with pytest.raises(ValueError, match="feature names should match"):
        reader.read(X.rename(columns={"b": "z"}), OWNER)
    with pytest.raises(ValueError, match=r"X is 3-D, but Oracle was fitted on a 2-D X"):
        reader.read(rng.randn(8, 4, 4), OWNER)
    with pytest.warns(UserWarning, match="but Oracle was fitted with feature names"):
        reading = reader.read(X.to_numpy(), OWNER)
    named = reader.read(X, OWNER)
    assert_read_as(reading, kernels.observed_steps(named.sequences))


def test_later_rows_are_computed_in_the_precision_of_the_first(rng, dtype):
    X = rng.randn(8, 2)
    reader, _ = read(X.astype(dtype), window=3)
    for other in np.float32, np.float64, np.float16:
        reading = reader.read(X.astype(other), OWNER)
        assert reading.sequences.values.dtype == dtype
        windows = naive_windows(X.astype(other).astype(dtype), 3)
        assert_read_as(reading, windows)


def test_an_anchor_is_counted_among_the_features_of_a_step(rng):
    X = panel(rng, "AABB")
    X["hue"] = rng.randn(4)
    reader, reading = read(X, window=2, group_column="name", static_features=["a"])
    # Of the columns a, name, b and hue a step has b and hue.
    for anchor, column in [("b", "b"), (2, "b"), ("hue", "hue"), (-1, "hue")]:
        k = reader.feature(anchor)
        last = [steps[-1, k] for steps in kernels.observed_steps(reading.sequences)]
        np.testing.assert_array_equal(last, X[column])
    assert reader.feature(None) == -1
    for anchor in "name", "a", 0, 1:
        with pytest.raises(ValueError, match="has no past in a sequence"):
            reader.feature(anchor)


# The description


def test_a_panel_is_described_column_by_column(rng):
    X = panel(rng, "ABAB")
    reader, reading = read(X, window=3, group_column="name", static_features="b")
    found = describe(reader, reading)
    assert list(found) == [
        ("a", "feature of every step"),
        ("name", "name of the series"),
        ("b", "static feature"),
    ]
    sizes = (found.n_sequences, found.n_features, found.n_static_features)
    assert sizes == (4, 1, 1)
    assert "4 consecutive rows of 2 series" in str(found)


def test_a_table_of_lags_is_described_by_its_steps(rng):
    X = pd.DataFrame(
        rng.randn(3, 4), columns=["y_lag_1", "x_lag_1", "y_lag_2", "x_lag_2"]
    )
    found = dict(describe(*read(X)))
    assert found == {
        "y_lag_2": "step 1 of 2 of y",
        "x_lag_2": "step 1 of 2 of x",
        "y_lag_1": "step 2 of 2 of y",
        "x_lag_1": "step 2 of 2 of x",
    }


def test_samples_are_described_by_the_indices_of_their_features(rng):
    found = describe(*read(rng.randn(5, 7, 3), static_features=[0]))
    assert [line.column for line in found if line.read_as == "static feature"] == ["0"]
    assert (found.n_sequences, found.n_timesteps, found.n_features) == (5, 7, 2)


# Values of steps in the form of X, and back


def readers(rng):
    """One of each kind, with static features in the midst of the others."""
    X = rng.randn(6, 5)
    lags = ["y_lag_1", "x_lag_2", "hue", "y_lag_2", "x_lag_1"]
    frame = panel(rng, "ABABBA")
    frame["hue"] = rng.randn(6)
    return {
        "samples": read(rng.randn(6, 3, 4), static_features=[1]),
        "newest first": read(
            rng.randn(6, 3, 4), static_features=[1], time_order="newest_first"
        ),
        "rows": read(X, n_timesteps=2, static_features=[2]),
        "lags": read(pd.DataFrame(X, columns=lags)),
        "series": read(X, window=4, static_features=[3]),
        "panel": read(frame, window=3, group_column="name", static_features="b"),
        "short series": read(X[:3], window=7, static_features=[3]),
    }


KINDS = "samples", "newest first", "rows", "lags", "series", "panel", "short series"


@pytest.mark.parametrize("more", [(), (2, 3)])
@pytest.mark.parametrize("kind", KINDS)
def test_values_of_steps_come_back_from_the_columns_of_x(kind, more, rng):
    reader, reading = readers(rng)[kind]
    n_samples, n_timesteps = len(reading.sequences.stops), reading.sequences.n_timesteps
    steps = rng.randn(n_samples, n_timesteps, reader.n_features, *more)
    static = rng.randn(n_samples, len(reader.columns.static), *more)
    values = in_columns(reader, steps, static)
    assert values.shape == (*shape_of_columns(reader, n_samples, n_timesteps), *more)
    found_steps, found_static = split_columns(reader, values, n_timesteps)
    np.testing.assert_array_equal(found_steps, steps)
    np.testing.assert_array_equal(found_static, static)
    # Nothing else is there.
    total = np.abs(steps).sum() + np.abs(static).sum()
    np.testing.assert_allclose(np.abs(values).sum(), total, rtol=1e-13)


@pytest.mark.parametrize("kind", ["samples", "newest first", "rows", "lags"])
def test_values_that_are_x_itself_stand_where_x_has_them(kind, rng):
    reader, _ = readers(rng)[kind]
    X = rng.randn(6, 5) if kind in ("rows", "lags") else rng.randn(6, 3, 4)
    if kind == "lags":
        reading = reader.read(pd.DataFrame(X, columns=reader.feature_names_in), OWNER)
    else:
        reading = reader.read(X, OWNER)
    steps = np.array(kernels.observed_steps(reading.sequences))
    found = in_columns(reader, steps, reading.sequences.static)
    if X.ndim == 3:
        # Of a static feature only the last step counts.
        X[:, {"samples": slice(0, -1), "newest first": slice(1, None)}[kind], 1] = 0
    np.testing.assert_array_equal(found, X)


# History


def test_the_history_of_a_panel_is_its_rows_without_their_names(rng):
    X = panel(rng, "ABAB")
    reader, _ = read(X, window=3, group_column="name")
    later = panel(rng, "BBA")
    rows = read_history(reader, later, OWNER, "history")
    np.testing.assert_array_equal(rows.values, later[["a", "b"]])
    assert [rows.series.names[code] for code in rows.series.codes] == ["B", "B", "A"]


def test_the_history_of_lags_is_a_table_of_their_variables(rng):
    lags = ["y_lag_1", "x_lag_2", "y_lag_2", "x_lag_1"]
    reader, _ = read(pd.DataFrame(rng.randn(4, 4), columns=lags))
    history = pd.DataFrame(rng.randn(5, 3), columns=["x", "other", "y"])
    rows = read_history(reader, history, OWNER, "history")
    np.testing.assert_array_equal(rows.values, history[list(reader.columns.features)])
    with pytest.raises(ValueError, match=r"history lacks the column\(s\) \['y'\]"):
        read_history(reader, history[["x", "other"]], OWNER, "history")


def test_the_history_of_samples_has_their_features(rng):
    reader, _ = read(rng.randn(4, 3, 2))
    history = rng.randn(5, 2)
    rows = read_history(reader, history.tolist(), OWNER, "history")
    np.testing.assert_array_equal(rows.values, history)
    with pytest.raises(ValueError, match=r"future has 3 column\(s\), but 2 are wanted"):
        read_history(reader, rng.randn(5, 3), OWNER, "future")


def test_one_column_of_history_may_be_flat(rng):
    reader, _ = read(rng.randn(4, 3))
    history = rng.randn(5)
    rows = read_history(reader, history, OWNER, "history")
    np.testing.assert_array_equal(rows.values, history[:, np.newaxis])


def test_a_history_whose_index_does_not_rise_is_refused(rng):
    reader, _ = read(rng.randn(6, 1), window=3)
    history = pd.DataFrame(rng.randn(3, 1), index=[1, 3, 2])
    with pytest.raises(ValueError, match="index of past does not rise"):
        read_history(reader, history, OWNER, "past")


def test_features_of_a_step_are_found_in_a_history(rng):
    X = panel(rng, "ABAB")
    X["hue"] = rng.randn(4)
    reader, reading = read(X, window=1, group_column="name", static_features="a")
    rows = read_history(reader, X, OWNER, "history")
    columns = columns_of_features(reader, np.array([0, 1]))
    np.testing.assert_array_equal(
        rows.values[:, columns],
        np.concatenate(kernels.observed_steps(reading.sequences)),
    )


# The past of the targets


def test_the_column_whose_next_value_is_the_target_is_its_past(rng):
    X = rng.randn(9, 3)
    _, reading = read(X[:-2], window=3)
    targets = np.column_stack([X[1:-1, 2], X[2:, 2], X[1:-1, 0]])
    past = columns_of_past(reading.sequences, targets)
    assert past.columns.tolist() == [2, 2, 0]
    assert past.n_ahead.tolist() == [1, 2, 1]
    targets[3, 2] += 1e-9
    assert columns_of_past(reading.sequences, targets) is None


@pytest.mark.parametrize("scale", [1.0, 3.0])
@pytest.mark.parametrize(
    "places",
    [
        [(0, 1), (1, 1), (0, 2), (1, 2)],
        [(1, 1), (1, 2), (1, 3), (0, 1), (0, 2), (0, 3)],
        [(0, 2), (0, 1)],
        [(0, 1), (2, 7)],
        [(0, 1), (0, 7)],
        [(0, 1), (1, 1), (0, 1)],
    ],
)
def test_each_output_is_a_column_some_steps_ahead(places, scale, rng):
    X = rng.randn(60, 3)
    targets = np.column_stack([X[n : 50 + n, j] for j, n in places])
    _, reading = read(scale * X[:50], window=3)
    past = columns_of_past(reading.sequences, targets)
    if (2, 7) in places:  # a later step of a column of which no first step is known
        assert past is None
    else:
        assert list(zip(past.columns, past.n_ahead, strict=True)) == places
        np.testing.assert_allclose(past.factor, 1 / scale)


def test_steps_of_a_series_that_repeats_itself_are_told_apart(rng):
    X = np.tile(rng.randn(5), 12)[:, np.newaxis]
    targets = np.column_stack([X[n : 40 + n, 0] for n in range(1, 9)])
    _, reading = read(X[:40], window=3)
    past = columns_of_past(reading.sequences, targets)
    assert past.n_ahead.tolist() == list(range(1, 9))


def test_the_past_of_a_panel_does_not_go_from_one_series_to_the_next(rng):
    X = panel(rng, "AABBABAB")
    _, reading = read(X, window=2, group_column="name")
    targets = X.groupby("name")["b"].shift(-1)
    # Nothing is known of what follows on the last row of each series.
    targets = targets.fillna(7.0).to_numpy()[:, np.newaxis]
    past = columns_of_past(reading.sequences, targets, reading.series)
    assert past.columns.tolist() == [1]
    assert columns_of_past(reading.sequences, targets) is None


def test_what_comes_more_steps_later_than_there_are_rows_has_no_past(rng):
    X = panel(rng, "ABAB")
    _, reading = read(X, window=2, group_column="name")
    one = X.groupby("name")["b"].shift(-1).fillna(7.0)
    # Of two rows each nobody can say what comes two steps later.
    targets = np.column_stack([one, rng.randn(4), rng.randn(4)])
    targets[:, 1] = one.groupby(X["name"]).shift(-1).fillna(8.0)
    assert columns_of_past(reading.sequences, targets[:, :2], reading.series)
    assert columns_of_past(reading.sequences, targets, reading.series) is None


# A reader that came from a file


@pytest.fixture
def remembering(rng):
    X = panel(rng, "ABAB")
    reader, _ = read(
        X, window=3, remember=True, group_column="name", static_features="b"
    )
    reader.check()
    return reader


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "waves"},
        {"dtype": "int32"},
        {"dtype": ""},
        {"n_features_in": 1},
        {"n_features_in": 0},
        {"n_timesteps": 0},
        {"longest": 0},
    ],
)
def test_an_impossible_field_of_a_reader_is_refused(changes, remembering):
    with pytest.raises(ValueError, match="says of its input is not possible"):
        replace(remembering, **changes).check()


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": np.array([2])},
        {"steps": np.array([-1])},
        {"steps": np.array([0.0])},
        {"steps": np.array([[0]])},
        {"steps": np.array([], dtype=int)},
        {"static": np.array([2])},
        {"static": np.array([-1])},
        {"group": 3},
        {"group": -2},
        {"n_timesteps": 0},
        {"n_timesteps": 2},
    ],
)
def test_columns_out_of_range_are_refused(changes, remembering):
    changed = replace(remembering, columns=remembering.columns._replace(**changes))
    with pytest.raises(ValueError, match="says of its input is not possible"):
        changed.check()


def test_a_series_without_a_window_is_refused(remembering):
    settings = replace(remembering.settings, window=None)
    with pytest.raises(ValueError, match="says of its input is not possible"):
        replace(remembering, settings=settings).check()


@pytest.mark.parametrize(
    "names", [["a", "name"], ["a", "name", "b", "c"], ["a", "name", 1], ["a", "b", []]]
)
def test_other_names_than_one_string_a_column_are_refused(names, remembering):
    found = np.empty(len(names), dtype=object)
    found[:] = names
    changed = replace(remembering, feature_names_in=found)
    with pytest.raises(ValueError, match="for the names of 3 columns"):
        changed.check()


@pytest.mark.parametrize(
    "rows", [np.zeros((1, 3)), np.zeros(2), np.zeros((1, 2), np.float32)]
)
@pytest.mark.parametrize("which", ["tails", "tails_before"])
def test_remembered_rows_of_another_width_are_refused(which, rows, remembering):
    memory = remembering.memory._replace(
        names_before=["C"], tails_before=[np.zeros((0, 2))]
    )
    replace(remembering, memory=memory).check()
    tails = [rows, *getattr(memory, which)[1:]]
    changed = replace(remembering, memory=memory._replace(**{which: tails}))
    with pytest.raises(ValueError, match="rows of 2 columns in float64 are wanted"):
        changed.check()


def test_a_memory_with_a_name_too_many_is_refused(remembering):
    memory = remembering.memory._replace(names=["A", "B", "C"])
    with pytest.raises(ValueError, match="do not fit the model"):
        replace(remembering, memory=memory).check()


def test_codes_of_series_are_positions_among_names_as_they_appear(rng):
    X = panel(rng, [20.5, 3.0, 20.5, 7.0])
    _, reading = read(X, window=2, group_column=1)
    wanted = Series([20.5, 3.0, 7.0], np.array([0, 1, 0, 2]))
    assert reading.series.names == wanted.names
    np.testing.assert_array_equal(reading.series.codes, wanted.codes)
