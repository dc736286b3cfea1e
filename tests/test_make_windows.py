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
