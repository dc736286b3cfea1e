"""Several series in one table, and rows that follow on the rows of `fit`."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    TimeSeriesSplit,
    cross_val_score,
    cross_validate,
)

from skgru import GRURegressor, WindowTransformer

SHORT = {
    "hidden_layer_sizes": 4,
    "window": 5,
    "max_iter": 3,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


@pytest.fixture
def panel(rng):
    """Three series of 20, 13 and 1 rows, by name, with x and y."""
    tables = []
    for name, n_rows in (("north", 20), ("south", 13), ("west", 1)):
        table = pd.DataFrame(rng.randn(n_rows, 3), columns=["a", "b", "y"])
        tables.append(table.assign(shop=name, day=np.arange(n_rows)))
    return pd.concat(tables, ignore_index=True)


X_COLUMNS = ["a", "shop", "b"]


def fitted(panel, **parameters):
    model = GRURegressor(group_column="shop", **SHORT | parameters)
    return model.fit(panel[X_COLUMNS], panel["y"])


def one_by_one(model, panel):
    """Predictions for each series when it is passed alone."""
    found = pd.Series(np.nan, index=panel.index)
    for _, rows in panel.groupby("shop"):
        alone = GRURegressor(**SHORT).fit(rows[["a", "b"]], rows["y"])
        alone._fitted.model.parameters[:] = model._fitted.model.parameters
        for name in ("feature_mean_", "feature_scale_"):
            setattr(alone, name, getattr(model, name))
        alone.target_mean_, alone.target_scale_ = (
            model.target_mean_,
            model.target_scale_,
        )
        found[rows.index] = alone.predict(rows[["a", "b"]])
    return found.to_numpy()


@pytest.mark.parametrize("order", ["as given", "interleaved", "shuffled series"])
def test_windows_stay_within_their_series(order, panel, rng):
    if order == "interleaved":
        panel = panel.sort_values(["day", "shop"])
    elif order == "shuffled series":
        # Rows of one series stay in order among themselves.
        places = rng.permutation(panel["shop"].to_numpy())
        by_shop = {name: iter(rows.index) for name, rows in panel.groupby("shop")}
        panel = panel.loc[[next(by_shop[name]) for name in places]]
    model = fitted(panel, standardize="pooled")
    expected = one_by_one(model, panel)
    np.testing.assert_allclose(model.predict(panel[X_COLUMNS]), expected, rtol=1e-12)


def test_training_does_not_depend_on_how_series_are_interleaved(panel):
    """Statistics and losses are computed from the same sequences in any order."""
    pooled = {"standardize": "pooled", "batch_size": 34}
    stacked = fitted(panel, **pooled)
    mixed = panel.sort_values(["day", "shop"])
    interleaved = fitted(mixed, **pooled)
    for name in ("feature_mean_", "feature_scale_", "target_mean_", "loss_curve_"):
        np.testing.assert_allclose(
            getattr(interleaved, name), getattr(stacked, name), rtol=1e-9
        )


def test_names_of_series_may_be_of_any_type(panel):
    expected = fitted(panel).predict(panel[X_COLUMNS])
    numbers = panel[X_COLUMNS].assign(shop=panel["shop"].str.len() * 0.5)
    dates = panel[X_COLUMNS].assign(
        shop=pd.to_datetime(panel["shop"].map({"north": "2020", "south": "2021"}))
    )
    dates["shop"] = dates["shop"].fillna(pd.Timestamp("1999"))
    categories = panel[X_COLUMNS].astype({"shop": "category"})
    for X in (dates, categories, panel[X_COLUMNS].to_numpy()):
        model = GRURegressor(group_column=1, **SHORT).fit(X, panel["y"])
        np.testing.assert_array_equal(model.predict(X), expected)
    model = GRURegressor(group_column=1, **SHORT).fit(dates, panel["y"])
    assert model.series_[0] == pd.Timestamp("2020")
    for unit in ("s", "us", "ns"):
        X = dates.astype({"shop": f"datetime64[{unit}]"})
        np.testing.assert_array_equal(model.predict(X), expected)
    # "north" and "south" are equally long: two series become one.
    model = GRURegressor(group_column=1, **SHORT).fit(numbers.to_numpy(), panel["y"])
    assert (model.predict(numbers.to_numpy()) != expected).any()


def test_the_last_rows_of_each_series_are_held_out(panel):
    """The statistics, which are those of the training rows, show what was held out."""
    model = fitted(panel, validation_fraction=0.25, standardize="pooled")
    training = pd.concat(
        [
            rows.iloc[: len(rows) - (0 if len(rows) == 1 else -(-len(rows) // 4))]
            for _, rows in panel.groupby("shop")
        ]
    )
    np.testing.assert_allclose(model.feature_mean_, training[["a", "b"]].mean())
    np.testing.assert_allclose(model.target_mean_, training["y"].mean())
    assert len(model.validation_loss_curve_) == 3


def test_series_too_short_to_hold_out_of_are_told(panel):
    panel = panel.groupby("shop").head(1)
    with pytest.warns(UserWarning, match=r"3 row\(s\) .* too few in each series"):
        fitted(panel, validation_fraction=0.1)


def test_cross_validation_and_search_take_groups_as_a_column(panel):
    """With rows sorted by time, folds are cut in time; one column names the series."""
    panel = panel[panel["shop"] != "west"].sort_values(["day", "shop"])
    panel = panel.reset_index(drop=True)
    X, y = panel[X_COLUMNS], panel["y"]
    model = GRURegressor(group_column="shop", remember=True, **SHORT)
    folds = TimeSeriesSplit(3)
    result = cross_validate(model, X, y, cv=folds, return_train_score=True)
    for fold, (train, test) in enumerate(folds.split(X)):
        fit = GRURegressor(group_column="shop", **SHORT)
        fit.fit(X.iloc[train], y.iloc[train])
        assert result["train_score"][fold] == fit.score(X.iloc[train], y.iloc[train])
        # Predict all rows up to the end of the fold, then keep those of the test.
        together = fit.predict(X.iloc[: test[-1] + 1])[test]
        residual = ((y.iloc[test] - together) ** 2).sum()
        total = ((y.iloc[test] - y.iloc[test].mean()) ** 2).sum()
        assert result["test_score"][fold] == pytest.approx(1 - residual / total)
    scores = cross_val_score(model, X, y, cv=folds)
    np.testing.assert_array_equal(scores, result["test_score"])
    search = GridSearchCV(model, {"window": [2, 4]}, cv=folds).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


@pytest.fixture
def sizes(panel, rng):
    """The panel, with series of very different level and size."""
    panel = panel[panel["shop"] != "west"].copy()
    size = panel["shop"].map({"north": 1.0, "south": 1000.0})
    panel["a"] = panel["a"] * size + 20 * size
    panel["y"] = panel["y"] * size - 5 * size
    return panel.assign(area=size)


def statistics(panel, columns):
    """Mean and standard deviation of the series of each row."""
    by_shop = panel.groupby("shop")[columns]
    return by_shop.transform("mean"), by_shop.transform("std", ddof=0)


def test_each_series_is_standardised_by_itself(sizes):
    model = fitted(sizes)
    mean, std = statistics(sizes, ["a", "b", "y"])
    scaled = sizes.assign(**(sizes[["a", "b", "y"]] - mean) / std)
    by_hand = fitted(scaled, standardize="pooled")
    np.testing.assert_allclose(
        model.predict(sizes[X_COLUMNS]),
        by_hand.predict(scaled[X_COLUMNS]) * std["y"] + mean["y"],
        rtol=1e-9,
    )
    assert model.series_ == ["north", "south"]
    first = sizes.groupby("shop").head(1).index
    np.testing.assert_allclose(model.series_mean_, mean.loc[first, ["a", "b"]])
    np.testing.assert_allclose(model.series_target_scale_, std.loc[first, ["y"]])


def test_the_size_of_a_series_changes_nothing_but_its_own_predictions(sizes):
    before = fitted(sizes).predict(sizes[X_COLUMNS])
    is_south = (sizes["shop"] == "south").to_numpy()
    smaller = sizes.copy()
    smaller.loc[is_south, "a"] *= 0.25
    smaller.loc[is_south, "y"] = smaller.loc[is_south, "y"] * 0.5 + 7
    after = fitted(smaller).predict(smaller[X_COLUMNS])
    expected = np.where(is_south, before * 0.5 + 7, before)
    np.testing.assert_allclose(after, expected, rtol=1e-9)


def test_features_that_tell_series_apart_still_do(sizes):
    columns = ["a", "shop", "area"]
    model = GRURegressor(group_column="shop", **SHORT).fit(sizes[columns], sizes["y"])
    assert model.series_mean_[:, 1].tolist() == [0, 0]
    assert model.series_scale_[:, 1].tolist() == [1, 1]
    assert model.feature_mean_[1] == pytest.approx(sizes["area"].mean())


def test_static_features_of_each_series_are_standardised_too(sizes, rng):
    """Static features that are constant within every series are not changed."""
    size = sizes["area"].to_numpy()
    X = sizes[["a", "shop", "area"]].assign(price=size * (7 + rng.randn(len(sizes))))
    parameters = {"static_features": ["price", "area"]}
    model = GRURegressor(group_column="shop", **parameters, **SHORT)
    model.fit(X, sizes["y"])
    by_shop = X.groupby("shop")["price"]
    expected = by_shop.mean()
    # Static features are in the order of the columns.
    np.testing.assert_allclose(model.series_static_mean_[:, 1], expected)
    assert model.series_static_mean_[:, 0].tolist() == [0, 0]
    X["price"] = (X["price"] - by_shop.transform("mean")) / by_shop.transform(
        "std", ddof=0
    )
    scaled = GRURegressor(group_column="shop", **parameters, **SHORT)
    np.testing.assert_allclose(
        scaled.fit(X, sizes["y"]).predict(X),
        model.predict(X.assign(price=_back(X, model))),
        rtol=1e-9,
    )


def _back(X, model):
    """Prices converted back to the units in which the model was fitted."""
    places = X["shop"].map({name: k for k, name in enumerate(model.series_)})
    places = places.to_numpy()
    scale = model.series_static_scale_[places, 1]
    return X["price"].to_numpy() * scale + model.series_static_mean_[places, 1]


def test_an_anchored_target_shares_the_statistics_of_its_past(sizes):
    model = fitted(sizes, anchor="a")
    np.testing.assert_array_equal(
        model.series_target_mean_[:, 0], model.series_mean_[:, 0]
    )
    untrained = model
    untrained.coefs_[0], untrained.intercepts_[0] = 0, 0
    if hasattr(untrained, "line_coefs_"):
        untrained.line_coefs_[0] = 0
    change = untrained.target_mean_[0] * model.series_scale_[:, 0]
    change = np.where(sizes["shop"] == "north", *change)
    np.testing.assert_allclose(model.predict(sizes[X_COLUMNS]), sizes["a"] + change)


def test_the_statistics_of_series_are_those_of_training_rows(sizes, rng):
    is_training = sizes["day"] < 10
    weights = is_training.astype(float)
    model = GRURegressor(group_column="shop", **SHORT)
    model.fit(sizes[X_COLUMNS], sizes["y"], sample_weight=weights)
    expected = sizes[is_training].groupby("shop")[["a", "b"]].mean()
    np.testing.assert_allclose(model.series_mean_, expected)


def test_a_constant_series_has_the_scale_of_others(sizes):
    flat = sizes[sizes["shop"] == "north"].assign(shop="flat", a=3.0, y=2.0)
    model = fitted(pd.concat([sizes, flat]))
    assert model.series_mean_[2, 0] == 3
    scales = model.series_scale_[:, 0]
    assert scales[2] == pytest.approx(np.median(scales[:2]))


def test_counts_of_each_series_are_divided_by_their_mean(sizes):
    counts = sizes.assign(y=np.ceil(sizes["area"] * (1 + sizes["day"])))
    model = fitted(counts, loss="poisson")
    expected = counts.groupby("shop")["y"].mean()
    np.testing.assert_allclose(model.series_target_scale_[:, 0], expected)
    assert (model.series_target_mean_ == 0).all()
    assert (model.predict(counts[X_COLUMNS]) > 0).all()


@pytest.mark.parametrize("remember", [False, True])
def test_a_series_that_opens_later_does_not_disturb_the_others(remember, sizes):
    model = fitted(sizes, remember=remember)
    known = sizes[sizes["day"] < 5][X_COLUMNS]
    new = known.assign(shop=known["shop"].replace({"south": "east"}))
    message = r"1 series of X \('east'\) were not there in fit.*standardize='pooled'"
    with pytest.warns(UserWarning, match=message):
        found = model.predict(pd.concat([known, new[new["shop"] == "east"]]))
    np.testing.assert_array_equal(found[: len(known)], model.predict(known))
    assert np.isfinite(found).all()
    with pytest.warns(UserWarning, match=message):
        GRURegressor(group_column="shop", **SHORT).fit(
            sizes[X_COLUMNS], sizes["y"], X_val=new, y_val=sizes["y"][: len(new)]
        )


def test_a_search_goes_on_where_a_series_opens_later(panel):
    """In the first fold one shop has no rows to train on."""
    panel = panel[panel["shop"] != "west"].sort_values(["day", "shop"])
    panel = panel[(panel["shop"] == "north") | (panel["day"] > 6)]
    model = GRURegressor(group_column="shop", remember=True, **SHORT)
    with pytest.warns(UserWarning, match=r"1 series of X \('south'\) were not there"):
        scores = cross_val_score(
            model,
            panel[X_COLUMNS],
            panel["y"],
            cv=TimeSeriesSplit(3, test_size=6),
            error_score="raise",
        )
    assert np.isfinite(scores).all()


def test_a_pooled_model_takes_series_that_it_has_never_seen(panel):
    known = panel[panel["shop"] == "north"]
    new = panel[panel["shop"] == "south"]
    model = fitted(known, standardize="pooled")
    np.testing.assert_array_equal(
        model.predict(new[X_COLUMNS]),
        model.predict(new[X_COLUMNS].assign(shop="north")),
    )


def test_the_last_value_is_looked_for_within_each_series(rng):
    walks = rng.randn(2, 80).cumsum(axis=1)
    panel = pd.DataFrame(
        {
            "x": walks[:, :-1].ravel(),
            "shop": np.repeat(["north", "south"], 79),
            "y": walks[:, 1:].ravel(),
        }
    )
    model = GRURegressor(group_column="shop", **SHORT | {"validation_fraction": 0.05})
    model.fit(panel[["x", "shop"]], panel["y"])
    assert "last_value" in model.baseline_score_


@pytest.mark.parametrize(
    ("parameters", "change", "message"),
    [
        ({"window": None}, None, "group_column='shop' needs window="),
        ({"group_column": "store"}, None, "group_column='store' is not the name"),
        ({"group_column": 3}, None, "group_column=3 is not the index .* X has 3"),
        ({"static_features": "shop"}, None, "a column twice, or that of group_column"),
        ({"anchor": "shop"}, None, "anchor='shop' is a static feature or the group"),
        ({}, {"shop": None}, r"has no value in 34 row\(s\), first in row 0"),
    ],
)
def test_groups_that_make_no_sense_are_refused(parameters, change, message, panel):
    X = panel[X_COLUMNS].assign(**change or {})
    model = GRURegressor(**{"group_column": "shop"} | SHORT | parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(X, panel["y"])


def test_a_missing_group_column_is_refused_in_predict(panel):
    with pytest.raises(ValueError, match="now missing:\n- shop"):
        fitted(panel).predict(panel[["a", "b"]])
    X = panel[X_COLUMNS].to_numpy()
    model = GRURegressor(group_column=1, **SHORT).fit(X, panel["y"])
    with pytest.raises(ValueError, match="X has 2 features, but .* expecting 3"):
        model.predict(X[:, [0, 2]])


def test_window_transformer_makes_windows_of_each_series(panel):
    panel = panel.sort_values(["day", "shop"])
    transformer = WindowTransformer(4, group_column="shop", flatten=True)
    found = transformer.set_output(transform="pandas").fit_transform(panel[X_COLUMNS])
    by_shop = panel.groupby("shop")
    assert list(found) == [f"{v}_lag_{lag}" for lag in (3, 2, 1, 0) for v in ("a", "b")]
    for lag in range(4):
        for variable in ("a", "b"):
            pd.testing.assert_series_equal(
                found[f"{variable}_lag_{lag}"],
                by_shop[variable].shift(lag),
                check_names=False,
            )


@pytest.mark.parametrize("initial", ["nan", "edge"])
def test_window_transformer_remembers_each_series(initial, panel):
    panel = panel[panel["shop"] != "west"].sort_values(["day", "shop"])
    first, rest = panel[panel["day"] < 10], panel[panel["day"] >= 10]
    options = {"group_column": "shop", "flatten": True, "initial": initial}
    whole = WindowTransformer(4, **options).fit_transform(panel[X_COLUMNS])
    parts = WindowTransformer(4, remember=True, **options).fit(first[X_COLUMNS])
    np.testing.assert_array_equal(
        parts.transform(first[X_COLUMNS]), whole[panel["day"] < 10]
    )
    np.testing.assert_array_equal(
        parts.transform(rest[X_COLUMNS]), whole[panel["day"] >= 10]
    )
    assert set(parts.tail_) == {"north", "south"}
    np.testing.assert_array_equal(
        parts.tail_["south"], first[first["shop"] == "south"][["a", "b"]][-3:]
    )


# Rows that follow on those of fit


@pytest.mark.parametrize("interleaved", [False, True])
def test_remembered_series_go_on_where_fit_ended(interleaved, panel):
    panel = panel[panel["shop"] != "west"]
    if interleaved:
        panel = panel.sort_values(["day", "shop"])
    panel = panel.reset_index(drop=True)
    train, test = panel[panel["day"] < 9], panel[panel["day"] >= 9]
    model = fitted(train, remember=True)
    together = fitted(train).predict(panel[X_COLUMNS])
    X = test[X_COLUMNS].to_numpy()
    with pytest.warns(UserWarning, match="feature names"):
        found = model.predict(X)
    np.testing.assert_array_equal(found, together[test.index])
    np.testing.assert_array_equal(
        model.predict(train[X_COLUMNS]), together[train.index]
    )


def test_partial_fits_remember_series_that_pause(panel):
    """A series that is not in a part goes on in a later one."""
    X, y = panel[X_COLUMNS].to_numpy(), panel["y"].to_numpy()
    north, south = (
        np.flatnonzero(X[:, 1] == "north"),
        np.flatnonzero(X[:, 1] == "south"),
    )
    model = GRURegressor(group_column=1, remember=True, **SHORT)
    parts = [[*north[:8], *south[:6]], south[6:], [*north[8:15]]]
    for part in parts:
        model.partial_fit(X[part], y[part])
    last = north[15:]
    alone = model.predict(X[last])
    fitted = model._fitted
    model._fitted = replace(fitted, reader=replace(fitted.reader, memory=None))
    np.testing.assert_allclose(alone, model.predict(X[north])[15:], rtol=1e-12)


def frame(rng, index):
    return pd.DataFrame(rng.randn(len(index), 1), columns=["x"], index=index)


INDICES = {
    "days": pd.date_range("2024-01-01", periods=40, freq="D"),
    "months": pd.date_range("2020-01-31", periods=40, freq="ME"),
    "business days": pd.bdate_range("2024-01-01", periods=40),
    "periods": pd.period_range("2020-01", periods=40, freq="M"),
    "time zone": pd.date_range("2024-03-01", periods=40, freq="D", tz="Europe/Paris"),
    "offset": pd.date_range("2020-01-31", periods=40, freq=pd.DateOffset(months=1)),
    "holidays": pd.date_range(
        "2024-01-01",
        periods=40,
        freq=pd.offsets.CustomBusinessDay(holidays=["2024-02-06"]),
    ),
    "hours": pd.date_range("2024-01-01", periods=40, freq="90min"),
    "durations": pd.timedelta_range("0s", periods=40, freq="5s"),
    "steps of a range": pd.RangeIndex(100, 500, 10),
    "range": pd.RangeIndex(40),
}


@pytest.mark.parametrize("name", INDICES)
@pytest.mark.parametrize("kind", ["regressor", "transformer"])
def test_an_index_that_follows_passes_and_others_are_refused(name, kind, rng):
    X = frame(rng, INDICES[name])
    if kind == "regressor":
        model = GRURegressor(remember=True, **SHORT).fit(X[:25], np.arange(25.0))
        use = model.predict
    else:
        use = WindowTransformer(5, remember=True).fit(X[:25]).transform
    use(X[25:30])
    use(X[:25])  # the rows of fit are recognised
    with pytest.raises(ValueError, match=r"begins at .* was expected.*remember=False"):
        use(X[26:30])
    with pytest.raises(ValueError, match=r"goes back: it begins at .* ended at"):
        use(X[20:30])


def test_a_frequency_that_the_index_knows_counts(rng):
    """Five dates alone would not show that weekends are left out."""
    X = frame(rng, INDICES["business days"])
    model = GRURegressor(remember=True, **SHORT).fit(X[:5], np.arange(5.0))
    model.predict(X[5:])
    with pytest.raises(ValueError, match="was expected"):
        model.predict(X[6:])
    unknown = X[:5].set_index(pd.DatetimeIndex(X.index[:5], freq=None))
    model.fit(unknown, np.arange(5.0)).predict(X[6:])


# Without a frequency only gaps are known.
UNSURE = {
    "days": pd.date_range("2024-01-01", periods=40).delete(7),
    "dates": pd.Index(pd.date_range("2024-01-01", periods=40).date, dtype=object),
    "zone": pd.date_range("2024-03-20", periods=40, tz="Europe/Paris").delete(7),
    "periods": pd.period_range("2024-01-01", periods=40, freq="D").delete(7),
    "numbers": pd.Index(np.arange(100, 500, 10)),
    "seconds": pd.Index(np.arange(40) * 0.1),
    "durations": pd.timedelta_range("0s", periods=40, freq="5s").delete(7),
}


@pytest.mark.parametrize("name", UNSURE)
def test_without_a_frequency_gaps_are_warned_of_and_not_refused(name, rng):
    X = frame(rng, UNSURE[name])
    model = GRURegressor(remember=True, **SHORT).fit(X[:25], np.arange(25.0))
    expected = model.predict(X[25:])
    for start in (25, 26):  # the longest gap before was one or two steps
        if name in ("days", "zone", "periods", "durations") or start == 25:
            assert (model.predict(X[start:])[0] == expected[0]) == (start == 25)
    with pytest.warns(UserWarning, match="there seems to be a gap: the index begins"):
        model.predict(X[29:])
    with pytest.raises(ValueError, match=r"goes back: it begins at .* ended at"):
        model.predict(X[20:])


def test_a_holiday_is_no_gap(rng):
    days = pd.bdate_range("2024-01-16", "2024-03-08").drop("2024-02-19")
    X = frame(rng, days)
    model = GRURegressor(remember=True, **SHORT)
    model.fit(X[:"2024-02-16"], np.arange(len(X[:"2024-02-16"]), dtype=float))
    model.predict(X["2024-02-20":])


def test_an_index_that_pandas_made_up_tells_nothing(rng):
    X = frame(rng, pd.RangeIndex(30))
    model = GRURegressor(remember=True, **SHORT).fit(X[:20], np.arange(20.0))
    expected = model.predict(X[20:])
    dated = X.set_index(INDICES["days"][:30])
    for rows in (X.reset_index(drop=True), dated):
        np.testing.assert_array_equal(model.predict(rows[20:]), expected)
    model.fit(dated[:20], np.arange(20.0))
    later = X[20:].reset_index(drop=True)
    np.testing.assert_array_equal(model.predict(later), expected)


@pytest.mark.parametrize(
    "other",
    [
        INDICES["days"][20:30].tz_localize("UTC"),
        INDICES["days"][20:30].to_period("D"),
        pd.Index(np.arange(20.0, 30)),
    ],
)
def test_times_of_another_kind_are_refused(other, rng):
    X = frame(rng, INDICES["days"][:30])
    model = GRURegressor(remember=True, **SHORT).fit(X[:20], np.arange(20.0))
    with pytest.raises(ValueError, match="is of another kind than in fit, where it"):
        model.predict(X[20:].set_index(other))


def test_units_and_time_zones_do_not_matter(rng):
    days = pd.date_range("2024-01-01", periods=30, freq="D", tz="UTC", unit="s")
    X = frame(rng, days)
    model = GRURegressor(remember=True, **SHORT).fit(X[:20], np.arange(20.0))
    expected = model.predict(X[20:])
    for index in (days.as_unit("ns"), days.tz_convert("Asia/Tokyo")):
        later = X.set_index(index)[20:]
        np.testing.assert_array_equal(model.predict(later), expected)
        with pytest.raises(ValueError, match="2024-01-21 .* was expected"):
            model.predict(later[1:])


# Rows of fit that are passed again


@pytest.mark.parametrize("n_rows", [3, 8, 13, 16, 25, 26, 40])
@pytest.mark.parametrize("has_index", [False, True])
def test_rows_that_begin_with_those_of_fit_are_recognised(n_rows, has_index, rng):
    X = frame(rng, INDICES["days"])
    X = X if has_index else X.to_numpy()
    n_rows = n_rows if has_index else max(n_rows, 8)
    model = GRURegressor(remember=True, **SHORT).fit(X[:25], np.arange(25.0))
    forgetful = GRURegressor(**SHORT).fit(X[:25], np.arange(25.0))
    expected = forgetful.predict(X[:n_rows])
    np.testing.assert_array_equal(model.predict(X[:n_rows]), expected)


@pytest.mark.parametrize("by", [["day", "shop"], ["shop", "day"], ["day"]])
def test_rows_of_fit_are_recognised_in_each_series(by, panel):
    """Whatever stands between them: one series has rows of fit, another only later."""
    panel = panel[panel["shop"] != "west"].sort_values(by, kind="stable")
    train = panel[panel["day"] < 10]
    model = fitted(train, remember=True)
    expected = pd.Series(fitted(train).predict(panel[X_COLUMNS]), panel.index)
    for rows in (panel, panel[(panel["shop"] == "north") | (panel["day"] > 9)]):
        X = rows[X_COLUMNS].reset_index(drop=True)
        np.testing.assert_array_equal(model.predict(X), expected[rows.index])


def test_equal_rows_that_come_later_are_not_those_of_fit(rng):
    """A series of counts may repeat itself; its index tells that it goes on."""
    x = np.tile([0.0, 1, 0, 2], 10)
    X = frame(rng, INDICES["days"]).assign(x=x)
    model = GRURegressor(remember=True, **SHORT).fit(X[:12], x[:12])
    whole = GRURegressor(**SHORT).fit(X[:12], x[:12]).predict(X)
    np.testing.assert_array_equal(model.predict(X[12:]), whole[12:])


def test_folds_that_do_not_follow_are_refused(rng):
    X, y = frame(rng, INDICES["days"].union(INDICES["days"] + pd.Timedelta(40, "D"))), 0
    X, y = X.asfreq("D")[:60], np.arange(60.0)
    model = GRURegressor(remember=True, **SHORT)
    for folds in (KFold(3), TimeSeriesSplit(3, gap=2)):
        with pytest.raises(ValueError, match="rows follow on those of fit"):
            cross_val_score(model, X, y, cv=folds, error_score="raise")
    cross_val_score(model, X, y, cv=TimeSeriesSplit(3), error_score="raise")


def test_the_index_of_each_series_is_looked_at(panel):
    panel = panel[panel["shop"] != "west"].set_index("day")
    train, test = panel[panel.index < 10], panel[panel.index >= 10]
    model = fitted(train, remember=True)
    model.predict(test[X_COLUMNS])
    late = test[(test["shop"] == "north") | (test.index > 11)]
    with pytest.warns(UserWarning, match="of series 'south' begins at 12, that of fit"):
        model.predict(late[X_COLUMNS])
    again = panel[(panel["shop"] == "north") | (panel.index > 4)].iloc[6:]
    with pytest.raises(ValueError, match="of series 'north' goes back: it begins at 6"):
        model.predict(again[X_COLUMNS])


def test_row_numbers_of_a_panel_tell_nothing_of_one_series():
    """Two shops in turn, one of which is closed for a day."""
    shops = pd.DataFrame({"shop": [*"AB" * 20, *"BAB"], "v": np.arange(43.0)})
    model = GRURegressor(group_column="shop", remember=True, **SHORT)
    model.fit(shops[:40], shops["v"][:40])
    expected = model.predict(shops[40:].reset_index(drop=True))
    np.testing.assert_array_equal(model.predict(shops[40:]), expected)
    by_label = shops.set_index(shops.index * 10)
    model.fit(by_label[:40], shops["v"][:40])
    np.testing.assert_array_equal(model.predict(by_label[40:]), expected)


def test_rows_that_are_not_in_the_order_of_time_are_warned_of(rng):
    X = frame(rng, INDICES["days"])
    shuffled = X.sample(frac=1, random_state=0)
    with pytest.warns(UserWarning, match="index of X does not rise from row to row"):
        model = GRURegressor(**SHORT).fit(shuffled, np.arange(40.0))
    with pytest.warns(UserWarning, match="does not rise"):
        model.predict(shuffled)
    labels = X.set_index(pd.Index([f"row {i % 7}" for i in range(40)]))
    GRURegressor(**SHORT).fit(labels, np.arange(40.0))


# Rows one after the other


def test_rows_passed_one_after_the_other_are_told_of(rng):
    X = rng.randn(60, 1)
    model = GRURegressor(remember=True, **SHORT).fit(X[:40], X[:40, 0])
    model.predict(X[40:41])
    for rows in (X[41:42], X[42:44], X[44:45].tolist()):
        with pytest.warns(UserWarning, match=r"does not advance.*skgru\.Stream"):
            model.predict(rows)
    # What is no row after another: the same again, more of them, those of fit.
    model.fit(X[:40], X[:40, 0])
    for rows in (X[40:41], X[40:43], X[:10], X[40:41], X[45:], X[40:41]):
        model.predict(rows)
    model.fit(X[:40], X[:40, 0]).predict(X[41:42])
    forgetful = GRURegressor(**SHORT).fit(X[:40], X[:40, 0])
    for row in range(40, 45):
        forgetful.predict(X[row : row + 1])


def test_one_row_of_each_series_after_the_other_is_told_of(panel):
    panel = panel[panel["shop"] != "west"]
    X = panel[X_COLUMNS].to_numpy()
    rest = [np.flatnonzero(X[:, 1] == name) for name in ("north", "south")]
    model = GRURegressor(group_column=1, remember=True, **SHORT)
    model.fit(X[panel["day"] < 9], panel["y"][panel["day"] < 9])
    model.predict(X[[rest[0][9], rest[1][9]]])
    with pytest.warns(UserWarning, match="does not advance"):
        model.predict(X[[rest[0][10], rest[1][10]]])
