"""
=========================================
Two weeks ahead: step by step, or at once
=========================================

A model of tomorrow can forecast two weeks: its forecast of tomorrow becomes an input of
the day after, and so on. That is the *recursive* way. The *direct* way is a model with
fourteen outputs, one for each day ahead. :class:`skgru.GRURegressor` does the one by
its method ``forecast`` and the other with the windows of :func:`skgru.make_windows`.
This example compares them from each day of a year, beside the same day of the week
before and ``Ridge``.

The data are those of :ref:`sphx_glr_auto_examples_plot_grid_search_windows.py`: rail
boardings of Chicago by day, 2014 to 2019, published by the Chicago Transit Authority.
"""

# %%
# Tomorrow's model
# ----------------
#
# A row is the end of a day: its boardings, and whether *tomorrow* is a weekday (W), a
# Saturday (A), or a Sunday or holiday (U). The target is tomorrow's boardings.

from pathlib import Path

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from skgru import GRURegressor, make_windows

# A gallery or a notebook runs this in the folder of the examples, without a file name.
folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()

days = pd.read_csv(
    folder / "chicago_rail_daily.csv", index_col="date", parse_dates=True
)
boardings = days["rail_boardings"].rename("boardings") / 1000  # thousands
kinds = pd.get_dummies(days["day_type"], dtype=float)

rows = pd.concat([boardings, kinds.shift(-1)], axis=1)[:-1]
target = boardings.shift(-1)[:-1]
training = slice(None, "2018-12-30")  # the last target is that of December 31
window, horizon, seeds = 28, 14, range(5)
settings = {"hidden_layer_sizes": 32, "max_iter": 40}

recursive = [
    GRURegressor(
        window=window, static_features=list(kinds), random_state=seed, **settings
    ).fit(rows[training], target[training])
    for seed in seeds
]

# %%
# ``forecast`` needs to be told nothing more: in `fit` it was seen that the target is
# the boardings of the next row. It fills them in. What it cannot know, tomorrow's kind
# of day at the end of each of the days to come, is passed as ``future``: the calendar
# is known in advance. Two weeks take 13 more rows, as the first forecast is made from
# the last row of the past.

today = "2019-06-26"
past = rows[:today][-window:]
future = rows[today:][1:horizon].assign(boardings=np.nan)
print(future.head(3))
print(recursive[0].forecast(past, horizon, future=future).round(0))

# %%
# Fourteen outputs
# ----------------
#
# ``make_windows`` cuts windows of 28 days from the series and puts beside each one the
# 14 values that follow. Here too the calendar is known: 28 more columns say which of
# the 14 days to come are Saturdays, and which are Sundays or holidays. They are static
# features: only those of the last day of a window count, and go past the recurrent
# layer to the outputs.

calendar = {
    f"{kind} in {ahead}": kinds[kind].shift(-ahead)
    for ahead in range(1, horizon + 1)
    for kind in ("A", "U")
}
table = pd.concat([boardings, pd.DataFrame(calendar)], axis=1)
X, y, index = make_windows(table, window, horizon, target="boardings")
print(X.shape, y.shape)

# All days of a training target are before 2019, those of a test in 2019.
is_training = index[:, -1] < np.datetime64("2019-01-01")
is_test = index[:, 0] >= np.datetime64("2019-01-01")
static = list(range(1, table.shape[1]))
direct = [
    GRURegressor(static_features=static, random_state=seed, **settings).fit(
        X[is_training], y[is_training]
    )
    for seed in seeds
]

# %%
# From each day of a year
# -----------------------
#
# Forecasts for 2019, each of 14 days. ``Ridge`` gets the same windows and calendar as a
# table, and has fourteen outputs too. The last row of `past` is the day before the
# first target.

truth, first_day = y[is_test], pd.DatetimeIndex(index[is_test, 0])
forecasts = {}

for seed in seeds:
    forecasts["GRU, direct", seed] = direct[seed].predict(X[is_test])
    step_by_step = []
    for position in rows.index.get_indexer(first_day):
        past = rows[position - window : position]
        future = rows[position : position + horizon - 1].assign(boardings=np.nan)
        step_by_step.append(recursive[seed].forecast(past, horizon, future=future))
    forecasts["GRU, recursive", seed] = np.array(step_by_step)

flat = np.hstack([X[:, :, 0], X[:, -1, 1:]])
ridge = Ridge().fit(flat[is_training], y[is_training])
forecasts["Ridge, direct", 0] = ridge.predict(flat[is_test])

last_week = X[is_test, -7:, 0]
forecasts["same day last week", 0] = np.hstack([last_week, last_week])

errors = pd.DataFrame(
    {way: np.abs(values - truth).mean(axis=0) for way, values in forecasts.items()},
    index=pd.RangeIndex(1, horizon + 1, name="days ahead"),
)
print(f"{len(truth)} days from which two weeks were forecast")
print("mean absolute error, thousands of boardings; means over the seeds")
print(errors.T.groupby(level=0).mean().T.round(1).to_string())

# %%
# How much of it is chance? The mean over the 14 days, for each seed:

print(errors.mean().unstack().round(1).to_string(na_rep=""))

n_ahead_first = (errors["GRU, recursive"] < errors["GRU, direct"]).sum(axis=1)
print(f"\nseeds, of {len(seeds)}, with which the recursive way was the better one:")
print(n_ahead_first.iloc[[0, 1, 6, 13]].to_string())

# %%
# Which way, when
# ---------------
#
# The recursive model has one thing to learn, and learns it from all rows: it is good at
# the first day. It is not trained for what comes then, to read its own forecasts, and
# where it errs a little to one side, errors add up. How much depends on the first
# weights, as the width of the band in the picture shows. The direct model is trained
# for each day ahead and does not drift; but its fourteen outputs share one state, of
# which tomorrow gets its part.
#
# So: the recursive way for a step or two, or where it is not known in advance how many;
# the direct way for a long horizon that is fixed, and for several quantiles, which
# cannot be fed back. With either, train from several seeds, and look at the error of
# each step. On this series, which is very regular, a linear model that knows the
# calendar is about as good as the direct network.

styles = {
    "GRU, recursive": ("#D55E00", "-"),
    "GRU, direct": ("#0072B2", "-"),
    "Ridge, direct": ("black", ":"),
    "same day last week": ("0.6", "-"),
}
fig, ax = plt.subplots(figsize=(8, 4.5), layout="constrained")
for way, (color, style) in styles.items():
    of_seeds = errors[way]
    ax.plot(of_seeds.mean(axis=1), style, color=color, marker=".", label=way)
    ax.fill_between(
        of_seeds.index,
        of_seeds.min(axis=1),
        of_seeds.max(axis=1),
        color=color,
        alpha=0.15,
        linewidth=0,
    )
ax.set(
    xlabel="days ahead",
    ylabel="mean absolute error\n(thousands of boardings)",
    title="Forecasts for 2019: means over five seeds, and their range",
    xticks=errors.index,
    ylim=(0, 85),
)
ax.legend(frameon=False, ncols=2, loc="upper left")
ax.spines[["top", "right"]].set_visible(False)

# %%
# Three of the forecasts, from the first seed: a common fortnight, and two with a
# holiday, Independence Day and Thanksgiving.

fig, axes = plt.subplots(3, figsize=(8, 8), sharey=True, layout="constrained")
for ax, start in zip(axes, ("2019-04-08", "2019-06-27", "2019-11-18"), strict=True):
    place = first_day.get_loc(start)
    dates = index[is_test][place]
    before = boardings[: first_day[place]][-15:-1]
    ax.plot(before, color="black", linewidth=1.8)
    ax.plot(dates, truth[place], color="black", linewidth=1.8, label="truth")
    for way in ("GRU, recursive", "GRU, direct"):
        ax.plot(
            dates,
            forecasts[way, 0][place],
            "--",
            marker=".",
            color=styles[way][0],
            label=way,
        )
    ax.axvline(dates[0] - np.timedelta64(12, "h"), color="0.8", linewidth=1)
    ax.xaxis.set_major_locator(mdates.WeekdayLocator(mdates.MO))
    ax.xaxis.set_major_formatter(mdates.DateFormatter("Mon, %b %d"))
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set(title="Two weeks, as forecast on the day before the line", ylim=(0, 850))
axes[1].set_ylabel("rail boardings (thousands a day)")
fig.legend(
    *axes[0].get_legend_handles_labels(),
    ncols=3,
    loc="outside lower center",
    frameon=False,
)

# %%
# All know the holiday from the calendar; the difference is on the Friday after it. The
# recursive network goes through the days one by one, and the calendar with them: it
# has seen what comes after such a Thursday. In the direct one, as in ``Ridge``, each
# column of the calendar adds its own to the outputs, the same on all days of the week,
# and most holidays are followed by a day like others. There such Fridays would need a
# column of their own. Means over the seeds, in thousands:

for friday, start in (("2019-07-05", "2019-06-27"), ("2019-11-29", "2019-11-18")):
    place = first_day.get_loc(start)
    ahead = (pd.Timestamp(friday) - pd.Timestamp(start)).days
    print(f"{friday}: truth {truth[place, ahead]:.0f}", end="")
    for way in ("GRU, recursive", "GRU, direct", "Ridge, direct"):
        values = [f[place, ahead] for (name, _), f in forecasts.items() if name == way]
        print(f"; {way} {np.mean(values):.0f}", end="")
    print()
