"""Compare `make_windows` with a naive loop over rows."""

import numpy as np
import pandas as pd
import pytest

from skgru import GRURegressor, make_windows


@pytest.mark.parametrize("window", [1, 4])
@pytest.mark.parametrize("horizon", [1, 3])
@pytest.mark.parametrize("gap", [0, 2])
def test_windows_and_targets_are_those_of_a_loop(window, horizon, gap, rng, dtype):
    series = rng.randn(15, 2).astype(dtype)
    X, y, index = make_windows(series, window, horizon, gap, target=1)
    expected_X, expected_y, expected_index = [], [], []
    for first in range(15):
        targets = range(first + window + gap, first + window + gap + horizon)
        if targets[-1] < 15:
            expected_X.append(series[first : first + window])
            expected_y.append([series[t, 1] for t in targets])
            expected_index.append(list(targets))
    if horizon == 1:
        expected_y, expected_index = np.ravel(expected_y), np.ravel(expected_index)
    assert X.dtype == y.dtype == dtype
    np.testing.assert_array_equal(X, expected_X)
    np.testing.assert_array_equal(y, expected_y)
    np.testing.assert_array_equal(index, expected_index)


@pytest.mark.parametrize("target", [None, [2, 0], ["c", "a"], [1]])
def test_several_steps_of_several_columns_have_an_axis_each(target, rng):
    frame = pd.DataFrame(rng.randn(12, 3), columns=list("abc"))
    columns = {None: [0, 1, 2], 1: [1]}.get(target and len(target), [2, 0])
    X, y, index = make_windows(frame, 4, horizon=3, gap=1, target=target)
    assert X.shape == (5, 4, 3)
    for i in range(5):
        steps = [[frame.iloc[i + 5 + h, j] for j in columns] for h in range(3)]
        np.testing.assert_array_equal(y[i], np.squeeze(steps))
        assert index[i].tolist() == [i + 5, i + 6, i + 7]


def test_nothing_is_copied_or_can_be_written_to(rng):
    series = rng.randn(20, 2)
    for arguments in ({}, {"target": 0}, {"target": 1, "horizon": 3}, {"horizon": 3}):
        X, y, _ = make_windows(series, 5, **arguments)
        assert np.shares_memory(X, series)
        assert np.shares_memory(y, series)
        assert not X.flags.writeable
        assert not y.flags.writeable
    assert series.flags.writeable


def test_a_pandas_series_gives_its_index():
    days = pd.date_range("2024-01-01", periods=10, freq="D")
    series = pd.Series(np.arange(10.0), index=days)
    _, y, index = make_windows(series, 4, gap=1)
    assert index.equals(days[5:])
    np.testing.assert_array_equal(y, series[index])
    _, y, index = make_windows(series.to_frame("a"), 4, horizon=2)
    assert index.shape == y.shape == (5, 2)
    np.testing.assert_array_equal(y, series[index.ravel()].to_numpy().reshape(5, 2))


def test_targets_are_columns_by_name_or_index(rng):
    frame = pd.DataFrame(rng.randn(12, 3), columns=["a", "b", "c"])
    for target, columns in ((None, [0, 1, 2]), ("b", 1), (["c", "a"], [2, 0]), (-1, 2)):
        _, y, _ = make_windows(frame, 3, target=target)
        np.testing.assert_array_equal(y, frame.to_numpy()[3:, columns])


def test_training_on_windows_is_training_with_a_window(rng):
    """The two differ only in the first rows, which have fewer steps with `window`."""
    series = np.sin(np.arange(120) * 0.3) + 0.1 * rng.randn(120)
    X, y, _ = make_windows(series, 6)
    short = {"max_iter": 5, "early_stopping": False, "n_iter_no_change": None}
    model = GRURegressor(8, random_state=0, **short).fit(X, y)
    rows = GRURegressor(8, window=6, random_state=0, **short)
    weights = np.r_[np.zeros(5), np.ones(114)]
    rows.fit(series[:-1, np.newaxis], series[1:], sample_weight=weights)
    # The statistics differ a little: here a row counts in every window that holds it.
    np.testing.assert_allclose(
        model.predict(X), rows.predict(series[:-1, np.newaxis])[5:], atol=0.05
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window": 9}, "10 row.* need 11 for a single window"),
        ({"horizon": 9}, "window=2, gap=0 and horizon=9 need 11"),
        ({"gap": 8}, "gap=8 and horizon=1 need 11"),
        ({"target": "z"}, "target='z' is not the name"),
        ({"target": 2}, "target=2 is not the index of a feature: X has 2"),
        ({"window": 0}, "window.* must be an int in the range"),
        ({"series": np.zeros((3, 3, 3))}, "series has 3 dimensions"),
    ],
)
def test_windows_that_cannot_be_made_are_refused(arguments, message):
    if "window" in arguments and arguments["window"] == 9:
        arguments = arguments | {"horizon": 2, "target": 0}
    if arguments.get("horizon") == 9:
        arguments = arguments | {"target": 0}
    with pytest.raises(ValueError, match=message):
        make_windows(**{"series": np.zeros((10, 2)), "window": 2} | arguments)


@pytest.mark.parametrize("by", [["shop", "day"], ["day", "shop"]])
@pytest.mark.parametrize("where", ["column", "level", "array"])
@pytest.mark.parametrize(("horizon", "gap"), [(1, 0), (3, 1)])
def test_windows_of_several_series_are_those_of_each(by, where, horizon, gap, rng):
    n_days = {"A": 12, "B": 7, "C": 3}  # the last one is too short for a window
    panel = pd.DataFrame(
        [(name, day, *rng.randn(2)) for name in n_days for day in range(n_days[name])],
        columns=["shop", "day", "x", "z"],
    )
    panel = panel.sort_values(by).reset_index(drop=True)
    series = {
        "column": panel[["x", "shop", "z"]],
        "array": panel[["x", "shop", "z"]].to_numpy(),
        "level": panel.set_index(["shop", "day"])[["x", "z"]],
    }[where]
    group = 1 if where == "array" else "shop"
    target = 2 if where == "array" else "z"
    X, y, index = make_windows(
        series, 4, horizon, gap, target=target, group_column=group
    )
    naive = {}
    for _, rows in panel.groupby("shop"):
        if len(rows) < 4 + gap + horizon:
            continue
        one = make_windows(rows[["x", "z"]].to_numpy(), 4, horizon, gap, target=1)
        places = rows.index.to_numpy()[one.index]
        for window, targets, place in zip(one.X, one.y, places, strict=True):
            naive[place if horizon == 1 else place[0]] = window, targets
    assert list(naive) == sorted(naive) or by[0] == "day"
    expected = [naive[place] for place in sorted(naive)]
    np.testing.assert_array_equal(X, [window for window, _ in expected])
    np.testing.assert_array_equal(y, [targets for _, targets in expected])
    if where == "level":
        labels = series.index[sorted(naive)]
        assert list(index if horizon == 1 else index[:, 0]) == list(labels)


def test_series_that_are_not_told_apart_are_warned_of(rng):
    table = pd.concat({"a": pd.DataFrame(rng.randn(9, 1)), "b": pd.DataFrame([[1.0]])})
    with pytest.warns(UserWarning, match=r"does not rise.*group_column='level_0'"):
        make_windows(table, 3)
    with pytest.raises(ValueError, match="longest of the series has 9 row"):
        make_windows(table, 10, group_column="level_0")
    flat = table.reset_index("level_0" if "level_0" in table.index.names else 0)
    with pytest.raises(ValueError, match="is the group_column, which is no number"):
        make_windows(flat, 3, target=0, group_column=0)
    with pytest.raises(ValueError, match="3 dimensions, but with group_column"):
        make_windows(rng.randn(9, 2, 2), 3, group_column=0)
