"""Compare how X is read with naive loops, and check each error message."""

import numpy as np
import pytest

from skgru import WindowTransformer
from skgru._network._sequences import FeatureScaling, gather
from skgru._numerics._jit import in_python
from skgru._reading._build import merge_repeated, read_rows, read_samples, read_series
from skgru._reading._columns import plan_columns
from skgru._scaling._statistics import fit_feature_scaling, fit_target_scaling


def windows_of(X, window):
    """Sequences that GRURegressor reads from a series with `window`."""
    return read_samples(WindowTransformer(window).fit_transform(X))


def steps_of(sequences, sample):
    """The observed steps of one sequence."""
    stop = sequences.stops[sample]
    return sequences.values[stop - sequences.n_observed[sample] : stop]


def test_series_are_read_as_rolling_windows(rng):
    X = rng.randn(9, 2)
    sequences = windows_of(X, 4)
    for row in range(9):
        np.testing.assert_array_equal(
            steps_of(sequences, row), X[max(0, row - 3) : row + 1]
        )


def test_rows_are_time_major_and_oldest_first(rng):
    X = rng.randn(5, 6)
    plan = {"n_timesteps": 3, "time_order": "oldest_first"}
    sequences = read_rows(X, plan_columns("rows", 6, None, **plan)[0])
    plan["time_order"] = "newest_first"
    reverse = read_rows(X, plan_columns("rows", 6, None, **plan)[0])
    for row in range(5):
        expected = [[X[row, 2 * t + f] for f in range(2)] for t in range(3)]
        np.testing.assert_array_equal(steps_of(sequences, row), expected)
        np.testing.assert_array_equal(steps_of(reverse, row), expected[::-1])


def test_a_view_of_windows_is_read_without_a_copy(rng):
    series = rng.randn(50, 3)
    view = np.lib.stride_tricks.sliding_window_view(series, 7, axis=0)
    sequences = read_samples(view.transpose(0, 2, 1))
    assert np.shares_memory(sequences.values, series)
    assert sequences.values.shape == series.shape
    for sample in (0, 20, 43):
        np.testing.assert_array_equal(
            steps_of(sequences, sample), series[sample : sample + 7]
        )


def test_leading_missing_steps_are_skipped(rng):
    X = rng.randn(3, 5, 2)
    X[1, :3] = np.nan
    sequences = read_samples(X)
    assert sequences.n_observed.tolist() == [5, 2, 5]
    np.testing.assert_array_equal(steps_of(sequences, 1), X[1, 3:])


def test_windows_reach_back_no_further_than_the_first_observed_row(rng):
    X = rng.randn(8, 2)
    X[:2] = np.nan
    sequences = read_samples(WindowTransformer(4).fit_transform(X)[2:])
    assert sequences.n_observed.tolist() == [1, 2, 3, 4, 4, 4]


def test_rows_before_the_first_observed_one_have_no_step(rng):
    X = rng.randn(8, 2)
    X[:2] = np.nan
    sequences = read_series(X, 4)
    np.testing.assert_array_equal(sequences.n_observed, [0, 0, 1, 2, 3, 4, 4, 4])


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        ((1, 3), np.nan, r"NaN in row 1 at step 3 of 5 .*interpolate"),
        ((1, 3, 0), np.nan, r"NaN in row 1 at step 3 of 5"),
        ((2, 0, 1), np.nan, r"NaN in row 2 at step 0 of 5"),
        ((1, 2, 1), np.inf, r"infinity, or a value .* in row 1 at step 2 of 5"),
    ],
)
def test_gaps_are_refused_with_row_and_step(place, value, message, rng):
    X = rng.randn(3, 5, 2)
    X[place] = value
    with pytest.raises(ValueError, match=message):
        read_samples(X)


def test_a_gap_in_a_series_is_refused(rng):
    X = rng.randn(9, 2)
    X[5, 1] = np.nan
    with pytest.raises(ValueError, match="NaN in row 5 at step 3 of 4"):
        windows_of(X, 4)


def test_steps_that_do_not_divide_the_columns_are_refused():
    with pytest.raises(ValueError, match="n_timesteps=4 does not divide the 6 columns"):
        plan_columns("rows", 6, None, n_timesteps=4)


def gathered(sequences, rows, scaling, start, stop):
    """Run the kernel that fills a mini-batch, uncompiled."""
    n_features = sequences.values.shape[1]
    inputs = np.full((stop - start, len(rows), n_features), np.inf)
    first_steps = np.full(len(rows), -99)
    in_python(gather)(sequences, np.asarray(rows), scaling, start, inputs, first_steps)
    return inputs, first_steps


@pytest.mark.parametrize(("start", "stop"), [(0, 4), (0, 1), (1, 3), (3, 4)])
def test_gathering_standardises_and_anchors(start, stop, rng):
    X = rng.randn(10, 3) * 5 + 2
    mean, scale = rng.randn(3), rng.uniform(1, 2, 3)
    sequences = windows_of(X, 4)
    scaling = FeatureScaling(mean, scale, np.array([1]), mean, scale)
    inputs, first_steps = gathered(sequences, [7, 1], scaling, start, stop)
    assert first_steps.tolist() == [-start, 2 - start]
    for column, row in enumerate([7, 1]):
        for step in range(start, stop):
            source = row - 3 + step
            if source < 0:
                expected = np.zeros(3)
            else:
                raw = X[source].copy()
                raw[1] -= X[row, 1]
                expected = (raw - mean) / scale
            found = inputs[step - start, column]
            np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("relative", [[], [1], [0, 1]])
def test_statistics_of_samples_count_every_step_by_weight(relative, rng):
    X = rng.randn(6, 4, 2) * [1, 100] + [5, -3]
    X[2, :2] = np.nan
    weights = np.array([1.0, 2, 0, 3, 1, 1])
    weights[2] = 2
    rows = np.array([0, 1, 2, 3])
    scaling = fit_feature_scaling(
        read_samples(X),
        rows,
        weights,
        relative=np.array(relative, dtype=int),
        standardize=True,
        by_window=False,
    )
    steps = []
    for row in rows:
        for step in X[row]:
            if np.isnan(step).all():
                continue
            step = step.copy()
            step[relative] -= X[row, -1, relative]
            steps += [step] * int(weights[row])
    np.testing.assert_allclose(scaling.mean, np.mean(steps, axis=0), rtol=1e-12)
    np.testing.assert_allclose(scaling.scale, np.std(steps, axis=0), rtol=1e-12)


def test_statistics_of_a_series_count_every_row_once(rng):
    X = rng.randn(30, 2) + 4
    scaling = fit_feature_scaling(
        windows_of(X, 10),
        np.arange(20),
        np.ones(30),
        relative=np.arange(0),
        standardize=True,
        by_window=True,
    )
    np.testing.assert_allclose(scaling.mean, X[:20].mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scaling.scale, X[:20].std(axis=0), rtol=1e-12)


def test_constant_columns_have_scale_one():
    targets = np.full((7, 2), 0.1)
    targets[:, 1] = 1e6
    mean, scale = fit_target_scaling(
        targets, np.zeros((1, 1)), np.arange(7), np.ones(7), standardize=True
    )
    np.testing.assert_allclose(mean, [0.1, 1e6], rtol=1e-15)
    assert scale.tolist() == [1, 1]


def test_merging_keeps_every_row_and_its_weight(rng):
    X = rng.randint(0, 2, size=(40, 2, 1)).astype(float)
    X[::3, 0] = np.nan
    y = rng.randint(0, 2, size=(40, 1)).astype(float)
    weights = rng.randint(1, 4, size=40).astype(float)
    rows = rng.permutation(40)[:30]
    merged = merge_repeated(read_samples(X), y, weights, rows)
    expected = {}
    for row in rows:
        key = (*np.nan_to_num(X[row].ravel(), nan=-1), y[row, 0])
        expected[key] = expected.get(key, 0) + weights[row]
    found = {}
    for row in merged[3]:
        steps = steps_of(merged[0], row).ravel()
        padded = [-1.0] * (2 - len(steps)) + list(steps)
        found[(*padded, merged[1][row, 0])] = merged[2][row]
    assert found == expected
