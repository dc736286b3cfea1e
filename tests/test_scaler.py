"""The scaler against weighted means of NumPy, groups of pandas, and its own inverse."""

from dataclasses import replace
from itertools import product

import kernels
import numpy as np
import pandas as pd
import pytest

from skgru._estimators._regression import LossSettings, RegressionTargets
from skgru._reading._build import copy_steps
from skgru._reading._reader import Reader
from skgru._reading._settings import ReadingSettings
from skgru._scaling._scaler import Data, Scaler, ScalingSettings

EPS = np.finfo(float).eps


def targets_of(y, loss="squared_error"):
    return RegressionTargets(LossSettings(loss), y.shape[1], 2)


def prepare(X, y, weights=None, **settings):
    """A reader and data, of an X that is read by some settings."""
    reader, reading = Reader.of_fit(X, ReadingSettings(**settings), "Scales")
    weights = np.ones(len(y)) if weights is None else weights
    return reader, Data(reading, y, weights)


def scale(reader, data, rows=None, *, merges=False, before=None, loss=None, **settings):
    """Scaler and examples of some rows of data."""
    return Scaler.of_fit(
        data,
        np.flatnonzero(data.weights) if rows is None else rows,
        ScalingSettings(**settings),
        reader,
        targets_of(data.targets, loss or "squared_error"),
        merges=merges,
        before=before,
    )


def mean_and_scale(values, weights):
    """Weighted mean and standard deviation of columns."""
    mean = np.average(values, axis=0, weights=weights)
    return mean, np.sqrt(np.average((values - mean) ** 2, axis=0, weights=weights))


def assert_close(found, wanted):
    np.testing.assert_allclose(found, wanted, rtol=1e3 * EPS, atol=1e2 * EPS)


def panel(rng, n_rows=60, names="ABC"):
    """Interleaved series of very different level and size, and their later values."""
    frame = pd.DataFrame({"name": rng.choice(list(names), n_rows)})
    size = frame["name"].map({"A": 1.0, "B": 1e3, "C": 1e-2, "D": 5.0})
    frame["load"] = size * (5 + rng.randn(n_rows))
    frame["heat"] = 1 - size * rng.rand(n_rows)
    frame["area"] = size * (2 + rng.randn(n_rows))
    y = np.column_stack([size * (5 + rng.randn(n_rows)), 3 * size * rng.rand(n_rows)])
    return frame, y


# Statistics


def test_samples_are_standardised_by_all_steps_of_the_training_rows(rng):
    X, y = 3 + 2 * rng.randn(20, 5, 4), rng.randn(20, 2)
    weights, rows = rng.rand(20), np.array([0, 3, 4, 9, 11, 15])
    reader, data = prepare(X, y, weights, static_features=[1])
    scaler, _ = scale(reader, data, rows)
    steps = X[rows][:, :, [0, 2, 3]].reshape(-1, 3)
    mean, size = mean_and_scale(steps, np.repeat(weights[rows], 5))
    assert_close(scaler.features.mean, mean)
    assert_close(scaler.features.scale, size)
    mean, size = mean_and_scale(X[rows, -1, 1:2], weights[rows])
    assert_close(scaler.static_mean, mean)
    assert_close(scaler.static_scale, size)
    mean, size = mean_and_scale(y[rows], weights[rows])
    assert_close(scaler.target_mean, mean)
    assert_close(scaler.target_scale, size)


def test_missing_steps_do_not_count(rng):
    X, y = rng.randn(8, 4, 2), rng.randn(8, 1)
    X[2, :3], X[5, :1] = np.nan, np.nan
    weights = rng.rand(8)
    scaler, _ = scale(*prepare(X, y, weights))
    table = pd.DataFrame(X.reshape(-1, 2)).assign(weight=np.repeat(weights, 4)).dropna()
    mean, size = mean_and_scale(table[[0, 1]].to_numpy(), table["weight"])
    assert_close(scaler.features.mean, mean)
    assert_close(scaler.features.scale, size)


@pytest.mark.parametrize("window", [1, 6])
def test_every_row_of_a_series_counts_once(window, rng):
    X, y = rng.randn(30, 2), rng.randn(30, 1)
    weights, rows = rng.rand(30), np.arange(5, 22)
    reader, data = prepare(X, y, weights, window=window)
    scaler, _ = scale(reader, data, rows)
    mean, size = mean_and_scale(X[rows], weights[rows])
    assert_close(scaler.features.mean, mean)
    assert_close(scaler.features.scale, size)


def test_an_anchor_is_standardised_by_its_changes_and_so_are_targets(rng):
    X, y = 50 + rng.randn(12, 4, 3), 50 + rng.randn(12, 2)
    weights = rng.rand(12)
    reader, data = prepare(X, y, weights)
    scaler, examples = scale(reader, data, anchor=1)
    last = X[:, -1, 1]
    changes = np.concatenate([sample - sample[-1] for sample in X])[:, 1]
    mean, size = mean_and_scale(changes, np.repeat(weights, 4))
    assert_close(scaler.features.mean[1], mean)
    assert_close(scaler.features.scale[1], size)
    mean, size = mean_and_scale(y - last[:, np.newaxis], weights)
    assert_close(scaler.target_mean, mean)
    assert_close(scaler.target_scale, size)
    assert_close(examples.targets, (y - last[:, np.newaxis] - mean) / size)


def test_without_standardising_all_stays_as_it_is(rng):
    X, y = 7 + rng.randn(10, 3, 2), 7 + rng.randn(10, 2)
    reader, data = prepare(X, y, static_features=[1])
    scaler, examples = scale(reader, data, standardize=False)
    np.testing.assert_array_equal(examples.targets, y)
    np.testing.assert_array_equal(examples.sequences.static[:, 0], X[:, -1, 1])
    assert (*scaler.features.mean, *scaler.features.scale) == (0, 1)


def test_targets_of_a_logarithm_are_divided_by_their_mean(rng):
    X, y = rng.randn(15, 3, 1), rng.poisson(4, (15, 2)).astype(float)
    y[:, 1] *= 1e4
    weights = rng.rand(15)
    scaler, examples = scale(*prepare(X, y, weights), loss="poisson")
    means = np.average(y, axis=0, weights=weights)
    assert_close(scaler.target_scale, means)
    assert_close(examples.targets, y / means)


def test_what_is_constant_is_left_its_size(rng):
    X, y = rng.randn(9, 3, 2), rng.randn(9, 2)
    X[:, :, 1], y[:, 0] = 0.1, 1 / 3
    reader, data = prepare(X, y, rng.rand(9))
    scaler, examples = scale(reader, data)
    assert (scaler.features.mean[1], scaler.features.scale[1]) == (0.1, 1)
    np.testing.assert_array_equal(examples.targets[:, 0], 0)
    are_constant = scaler.constant_targets(data, np.arange(9))
    assert are_constant.tolist() == [True, False]


def test_with_an_anchor_that_target_is_constant_whose_change_is(rng):
    X = rng.randint(0, 99, (9, 3, 2)).astype(float)
    y = np.column_stack([X[:, -1, 1] + 2, np.full(9, 4.0)])
    reader, data = prepare(X, y)
    scaler, examples = scale(reader, data, anchor=1)
    assert scaler.constant_targets(data, np.arange(9)).tolist() == [True, False]
    np.testing.assert_array_equal(examples.targets[:, 0], 0)


def test_a_change_is_constant_if_it_is_on_the_scale_of_each_series():
    # Standard deviations of 1 and of 4, exactly.
    X = pd.DataFrame({"name": list("AABBAABB"), "load": [0.0, 2, 0, 8, 0, 2, 0, 8]})
    size = X["name"].map({"A": 1.0, "B": 4.0})
    y = np.column_stack([X["load"] + 2 * size, X["load"] + 2])
    reader, data = prepare(X, y, window=2, group_column="name")
    scaler, _ = scale(reader, data, anchor="load")
    assert scaler.constant_targets(data, np.arange(8)).tolist() == [True, False]


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_very_large_and_small_numbers_keep_their_statistics(size, rng):
    X, y = rng.randn(20, 3, 1), rng.randn(20, 1)
    found, _ = scale(*prepare(size * X, size * y))
    wanted, _ = scale(*prepare(X, y))
    assert_close(found.features.scale / size, wanted.features.scale)
    assert_close(found.target_mean / size, wanted.target_mean)
    assert_close(found.target_scale / size, wanted.target_scale)


def test_weights_count_as_repeats(rng):
    X, y = rng.randn(10, 3, 2), rng.randn(10, 2)
    repeats = rng.randint(1, 5, 10)
    weighted, _ = scale(*prepare(X, y, repeats.astype(float), static_features=[1]))
    repeated, _ = scale(
        *prepare(X.repeat(repeats, 0), y.repeat(repeats, 0), static_features=[1])
    )
    assert_close(weighted.features.mean, repeated.features.mean)
    assert_close(weighted.features.scale, repeated.features.scale)
    assert_close(weighted.static_scale, repeated.static_scale)
    assert_close(weighted.target_scale, repeated.target_scale)


# Series of their own scale


def test_each_series_has_the_mean_and_scale_of_its_group(rng):
    X, y = panel(rng)
    reader, data = prepare(X, y, window=4, group_column="name", static_features="area")
    scaler, examples = scale(reader, data)
    found = scaler.by_series
    assert found.names == list(dict.fromkeys(X["name"]))
    table = X.assign(y0=y[:, 0], y1=y[:, 1]).groupby("name")
    parts = {"": ["load", "heat"], "static_": ["area"], "target_": ["y0", "y1"]}
    for part, columns in parts.items():
        mean = table[columns].mean().loc[found.names]
        size = table[columns].std(ddof=0).loc[found.names]
        assert_close(getattr(found, f"{part}mean"), mean.to_numpy())
        assert_close(getattr(found, f"{part}scale"), size.to_numpy())
    # Alike then, and so all rows together are standardised already.
    for k, name in enumerate(["y0", "y1"]):
        alike = table[name].transform(lambda v: (v - v.mean()) / v.std(ddof=0))
        assert_close(examples.targets[:, k], alike.to_numpy())
    assert_close(scaler.target_scale, 1)
    assert_close(scaler.features.scale, 1)


def test_weights_and_training_rows_count_in_each_series(rng):
    X, y = panel(rng)
    weights, rows = rng.rand(60), np.arange(0, 60, 2)
    reader, data = prepare(X, y, weights, window=4, group_column="name")
    scaler, _ = scale(reader, data, rows)
    columns = ["load", "heat", "area"]
    for k, name in enumerate(scaler.by_series.names):
        own = rows[(X["name"] == name).to_numpy()[rows]]
        mean, size = mean_and_scale(X[columns].to_numpy()[own], weights[own])
        assert_close(scaler.by_series.mean[k], mean)
        assert_close(scaler.by_series.scale[k], size)
        mean, size = mean_and_scale(y[own], weights[own])
        assert_close(scaler.by_series.target_mean[k], mean)
        assert_close(scaler.by_series.target_scale[k], size)


def test_targets_share_the_scale_of_their_anchor_in_each_series(rng):
    X, y = panel(rng)
    reader, data = prepare(X, y, window=4, group_column="name")
    scaler, examples = scale(reader, data, anchor="load")
    # On a series' own scale both are changes from the last value.
    change = y - X[["load"]].to_numpy()
    size = X.groupby("name")["load"].transform(lambda v: v.std(ddof=0)).to_numpy()
    on_common_scale = change / size[:, np.newaxis]
    mean, scales = mean_and_scale(on_common_scale, np.ones(60))
    assert_close(scaler.target_mean, mean)
    assert_close(examples.targets, (on_common_scale - mean) / scales)


def test_amounts_of_each_series_are_divided_by_their_mean(rng):
    X, y = panel(rng)
    y = np.abs(y)
    reader, data = prepare(X, y, window=4, group_column="name")
    _, examples = scale(reader, data, loss="poisson")
    shares = pd.DataFrame(y).groupby(X["name"]).transform(lambda v: v / v.mean())
    assert_close(examples.targets, shares.to_numpy())


def test_a_column_that_is_constant_in_every_series_tells_them_apart(rng):
    X, y = panel(rng)
    X["area"] = X["name"].map({"A": 3.0, "B": 4.0, "C": 8.0})
    reader, data = prepare(X, y, window=2, group_column="name", static_features="area")
    scaler, examples = scale(reader, data)
    area = X["area"].to_numpy()
    wanted = (area - area.mean()) / area.std()
    assert_close(examples.sequences.static[:, 0], wanted)
    np.testing.assert_array_equal(scaler.by_series.static_mean, 0)


def test_a_series_that_does_not_vary_has_the_scale_of_one_in_the_middle(rng):
    X, y = panel(rng, 80, "ABCD")
    X.loc[X["name"] == "D", "load"] = 6.5
    reader, data = prepare(X, y, window=2, group_column="name")
    scaler, _ = scale(reader, data)
    sizes = X.groupby("name")["load"].std(ddof=0).drop("D")
    place = scaler.by_series.names.index("D")
    assert_close(scaler.by_series.scale[place, 0], sizes.median())
    assert scaler.by_series.mean[place, 0] == 6.5


def test_pooled_series_share_one_scale(rng):
    X, y = panel(rng)
    reader, data = prepare(X, y, window=4, group_column="name")
    scaler, _ = scale(reader, data, standardize="pooled")
    assert scaler.by_series is None
    assert_close(scaler.features.mean, X[["load", "heat", "area"]].mean().to_numpy())
    assert_close(scaler.target_scale, y.std(axis=0))


def test_a_series_without_statistics_has_the_medians_of_the_others(rng):
    X, y = panel(rng)
    reader, data = prepare(X, y, window=4, group_column="name")
    scaler, _ = scale(reader, data)
    of_others = scaler.by_series
    others = reader.read(X[:9].assign(name="Z"), "Scales")
    with pytest.warns(UserWarning, match=r"1 series of X \('Z'\) were not there in"):
        found = scaler.on_common_scale(others)
    mean, scale_ = (np.median(part, axis=0) for part in of_others[1:3])
    assert_close(found.values, (others.sequences.values - mean) / scale_)


def test_the_statistics_of_a_series_reach_its_samples(rng):
    X, y = panel(rng)
    reader, data = prepare(X, y, window=3, group_column="name")
    scaler, _ = scale(reader, data)
    # Later there are fewer series, in another order.
    later = X[X["name"] != X["name"].iloc[0]].iloc[::-1].reset_index(drop=True)
    found = scaler.of_samples(reader.read(later, "Scales"))
    means = X.groupby("name")["load"].mean()
    assert_close(found.mean[:, 0], later["name"].map(means).to_numpy())
    targets = pd.Series(y[:, 1]).groupby(X["name"]).std(ddof=0)
    assert_close(found.target_scale[:, 1], later["name"].map(targets).to_numpy())


# There and back


FORMS = {
    "samples": {},
    "rows": {"n_timesteps": 2, "static_features": [4]},
    "series": {"window": 4},
    "static": {"window": 4, "static_features": [0]},
    "panel": {"window": 4, "group_column": "name", "static_features": ["area"]},
}


def data_of(form, rng):
    """Data of each form; the anchor is feature 1 of a step there."""
    y = 20 + 3 * rng.randn(40, 2)
    if form == "panel":
        X, y = panel(rng, 40)
    elif form == "samples":
        X = 5 + rng.randn(40, 3, 2)
    else:
        X = 5 + rng.randn(40, 5)
    return prepare(X, y, rng.rand(40), **FORMS[form])


@pytest.mark.parametrize("standardize", [True, "pooled", False])
@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_standardised_targets_are_predictions_of_the_targets(
    form, anchored, standardize, rng
):
    reader, data = data_of(form, rng)
    anchor = {"panel": "heat", "static": 2}.get(form, 1) if anchored else None
    rows = np.arange(40)
    scaler, examples = scale(reader, data, rows, anchor=anchor, standardize=standardize)
    if standardize:
        mean, size = mean_and_scale(examples.targets, data.weights)
        np.testing.assert_allclose(mean, 0, atol=1e3 * EPS)
        assert_close(size, 1)
    some = np.array([31, 0, 17, 39])
    sequences = scaler.sequences(data.reading)
    # As if a network had three predictions of each, of which the last is right.
    several = np.stack(
        [examples.targets - 1, examples.targets + 2, examples.targets], axis=2
    )
    found = scaler.predictions(several[some], sequences, data.reading, some)
    np.testing.assert_allclose(found[:, :, 2], data.targets[some], rtol=1e4 * EPS)
    # One standardised unit is the same everywhere in a series.
    unit = (found[:, :, 1] - found[:, :, 0]) / 3
    wanted = np.tile(scaler.target_scale, (4, 1))
    of_samples = scaler.of_samples(data.reading)
    if of_samples is not None:
        wanted = wanted * of_samples.target_scale[some]
    np.testing.assert_allclose(unit, wanted, rtol=1e-10)


def test_other_rows_are_standardised_by_what_was_learned(rng):
    X, y = panel(rng)
    reader, data = prepare(X, y, window=4, group_column="name", static_features="area")
    scaler, of_fit = scale(reader, data, anchor="load")
    again = scaler.examples(data, np.arange(60))
    np.testing.assert_array_equal(again.targets, of_fit.targets)
    np.testing.assert_array_equal(again.sequences.static, of_fit.sequences.static)
    # The rows of one series alone are what they are among the others.
    own = np.flatnonzero(X["name"] == "B")
    part = Data(reader.read(X.iloc[own], "Scales"), y[own], np.ones(len(own)))
    alone = scaler.examples(part, np.arange(len(own)))
    np.testing.assert_array_equal(alone.targets, of_fit.targets[own])
    steps = kernels.observed_steps(of_fit.sequences)
    for found, k in zip(kernels.observed_steps(alone.sequences), own, strict=True):
        np.testing.assert_array_equal(found, steps[k])


def test_training_that_goes_on_keeps_the_first_statistics(rng):
    X, y = rng.randn(20, 3, 2), rng.randn(20, 2)
    reader, data = prepare(X, y)
    scaler, _ = scale(reader, data)
    later = Data(reader.read(9 * X, "Scales"), 9 * y, np.ones(20))
    same, examples = scale(reader, later, before=scaler)
    assert same is scaler
    assert_close(examples.targets, (9 * y - y.mean(axis=0)) / y.std(axis=0))


# Repeated samples


def table_of(examples):
    """All that is known of each example, and its weight."""
    steps = copy_steps(examples.sequences, examples.rows)
    return np.column_stack(
        [
            steps.reshape(len(steps), -1),
            examples.sequences.static[examples.rows],
            examples.sequences.n_observed[examples.rows],
            examples.targets[examples.rows],
            examples.weights[examples.rows],
        ]
    )


def test_repeated_samples_are_one_of_more_weight_to_the_last_bit(rng):
    X, y = rng.randn(12, 3, 3), rng.randn(12, 2)
    X[4, 0] = np.nan
    repeats = rng.randint(1, 4, 12)
    order = rng.permutation(repeats.sum())
    weighted, of_weights = scale(
        *prepare(X, y, repeats.astype(float), static_features=[2]), merges=True
    )
    repeated, of_repeats = scale(
        *prepare(
            X.repeat(repeats, 0)[order],
            y.repeat(repeats, 0)[order],
            static_features=[2],
        ),
        merges=True,
    )
    np.testing.assert_array_equal(table_of(of_weights), table_of(of_repeats))
    np.testing.assert_array_equal(weighted.features.mean, repeated.features.mean)
    np.testing.assert_array_equal(weighted.features.scale, repeated.features.scale)
    np.testing.assert_array_equal(weighted.target_scale, repeated.target_scale)
    assert len(of_repeats.rows) == 12


def test_only_samples_alike_in_all_are_merged(rng):
    X, y = rng.randn(2, 3, 2), rng.randn(2, 1)
    X[:, 0] = 0
    X = np.concatenate([X, X, X])
    y = np.concatenate([y, y, y + 1])
    # Zeros in the first step are not the same as none.
    X[2, 0] = np.nan
    _, examples = scale(*prepare(X, y, np.arange(1.0, 7.0)), merges=True)
    # Samples 1 and 3 are one, of weight 2 + 4.
    assert sorted(examples.weights[examples.rows]) == [1, 3, 5, 6, 6]


# Derivatives


@pytest.mark.parametrize("anchor", [None, 1])
def test_gradients_are_those_of_the_whole_way_from_x_to_the_prediction(anchor, rng):
    X, y = 2 + rng.randn(4, 3, 3), 9 * rng.randn(4, 2)
    reader, data = prepare(X, y, static_features=[2])
    scaler, _ = scale(reader, data, anchor=anchor)
    A, B = rng.randn(3, 2, 2), rng.randn(1, 2)

    def network(steps, static):
        """Predictions (n_samples, n_outputs, 2) of what is standardised."""
        inner = np.tanh(np.einsum("ntf,tfk->nk", steps, A) + static @ B)
        return np.stack([inner, inner**3], axis=2)

    def standardized(X):
        steps, static = X[:, :, :2].copy(), X[:, -1, 2:]
        if anchor is not None:
            steps[:, :, anchor] -= steps[:, -1:, anchor]
        mean, size, *_ = scaler.features
        static = (static - scaler.static_mean) / scaler.static_scale
        return (steps - mean) / size, static

    def predict(X):
        reading = reader.read(X, "Scales")
        sequences = scaler.sequences(reading)
        raw = network(*standardized(X))
        return scaler.predictions(raw, sequences, reading, np.arange(4))

    # Derivatives by what is standardised, by the chain rule.
    steps, static = standardized(X)
    inner = network(steps, static)[:, :, 0]
    outer = np.stack([np.ones_like(inner), 3 * inner**2], axis=2)
    slope = (1 - inner**2)[:, :, np.newaxis] * outer
    by_steps = np.einsum("tfk,nkp->ntfkp", A, slope)
    by_static = np.einsum("sk,nkp->nskp", B, slope)
    before = by_steps.copy(), by_static.copy()
    no_level = np.zeros((4, 2, 2))
    found_steps, found_static = scaler.gradients(by_steps, by_static, no_level)
    np.testing.assert_array_equal(by_steps, before[0])
    np.testing.assert_array_equal(by_static, before[1])

    def difference(t, j):
        h = 1e-5
        there, back = X.copy(), X.copy()
        there[:, t, j] += h
        back[:, t, j] -= h
        return (predict(there) - predict(back)) / (2 * h)

    # Rounding of values of 10 over h, and h squared.
    for t, j in product(range(3), range(2)):
        np.testing.assert_allclose(
            found_steps[:, t, j], difference(t, j), rtol=1e-7, atol=1e-8
        )
    np.testing.assert_allclose(
        found_static[:, 0], difference(2, 2), rtol=1e-7, atol=1e-8
    )


# A scaler that came from a file


@pytest.fixture
def of_panel(rng):
    X, y = panel(rng)
    reader, data = prepare(X, y, window=4, group_column="name", static_features="area")
    scaler, _ = scale(reader, data, anchor="heat")
    scaler.check(reader, 2)
    return reader, scaler


CHANGES = {
    "longer": lambda values: np.concatenate([values, values], axis=-1),
    "shorter": lambda values: values[..., :-1],
    "of single precision": lambda values: values.astype(np.float32),
    "of integers": lambda values: np.ones_like(values, dtype=int),
    "a list": list,
    "of another dimension": lambda values: values[np.newaxis],
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("part", ["static", "target", "feature", "series"])
@pytest.mark.parametrize("what", ["mean", "scale"])
def test_statistics_of_another_form_are_refused_by_name(change, part, what, of_panel):
    reader, scaler = of_panel
    change = CHANGES[change]
    if part == "feature":
        features = scaler.features
        features = features._replace(**{what: change(getattr(features, what))})
        changed = replace(scaler, features=features)
    elif part == "series":
        by_series = scaler.by_series
        by_series = by_series._replace(**{what: change(getattr(by_series, what))})
        changed = replace(scaler, by_series=by_series)
    else:
        name = f"{part}_{what}"
        changed = replace(scaler, **{name: change(getattr(scaler, name))})
    with pytest.raises(ValueError, match=f"{part}_{what}_ is "):
        changed.check(reader, 2)


def test_statistics_of_another_number_of_series_are_refused(of_panel):
    reader, scaler = of_panel
    by_series = scaler.by_series._replace(names=["A", "B"])
    with pytest.raises(ValueError, match="series_mean_ is of shape"):
        replace(scaler, by_series=by_series).check(reader, 2)


def test_another_anchor_than_the_settings_is_refused(of_panel):
    reader, scaler = of_panel
    features = scaler.features._replace(relative=np.array([0]))
    with pytest.raises(ValueError, match="With anchor='heat' .* of the features .0."):
        replace(scaler, features=features).check(reader, 2)
    anchor = scaler.anchor._replace(columns=np.array([0, 0]))
    with pytest.raises(ValueError, match="With anchor='heat' .* of features .0, 0."):
        replace(scaler, anchor=anchor).check(reader, 2)


def test_another_number_of_outputs_is_refused(of_panel):
    reader, scaler = of_panel
    with pytest.raises(ValueError, match=r"target_mean_ .* \(3,\)"):
        scaler.check(reader, 3)


def arrays_of(scaler):
    return [
        *scaler.features[:2],
        scaler.static_mean,
        scaler.static_scale,
        scaler.target_mean,
        scaler.target_scale,
        *scaler.by_series[1:],
    ]


def test_a_copy_is_equal_and_shares_no_memory(of_panel):
    reader, scaler = of_panel
    copied = scaler.copy()
    copied.check(reader, 2)
    pairs = list(zip(arrays_of(copied), arrays_of(scaler), strict=True))
    for ours, theirs in pairs:
        np.testing.assert_array_equal(ours, theirs)
    assert not any(
        np.shares_memory(ours, theirs)
        for ours, theirs in product(arrays_of(copied), arrays_of(scaler))
    )
    for ours, theirs in pairs:
        ours += 1
        assert not np.array_equal(ours, theirs)
    copied.by_series.names.append("Z")
    assert "Z" not in scaler.by_series.names
