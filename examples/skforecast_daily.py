"""
==================================
Lags from outside: with skforecast
==================================

`skforecast <https://skforecast.org>`__ makes lags of a series and columns of what will
be known of the days to come, fits any regressor of scikit-learn to them, and forecasts
step by step. :class:`skgru.GRURegressor` is such a regressor; it only has to be told
which of the columns are a sequence. This example forecasts two weeks of rail boardings
with it, and compares it with gradient boosting and ``Ridge`` in the same place, and
with the same day of the week before.

skforecast 0.26 needs a pandas before 3, and the environment that builds these pages has
a newer one. This script was therefore run elsewhere: the output and the picture at the
end are those of a run that was recorded.

The data are those of :ref:`sphx_glr_auto_examples_plot_grid_search_windows.py`: rail
boardings of Chicago by day, 2014 to 2019, published by the Chicago Transit Authority.
"""

# %%
# A series, and the calendar
# --------------------------
#
# The calendar says of each day whether it is a weekday (W), a Saturday (A), or a Sunday
# or holiday (U). It is known in advance: an *exogenous* variable.

import textwrap
import warnings
from pathlib import Path

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from skforecast.model_selection import TimeSeriesFold, backtesting_forecaster
from skforecast.recursive import ForecasterEquivalentDate, ForecasterRecursive
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge

from skgru import GRURegressor

# A gallery or a notebook runs this in the folder of the examples, without a file name.
folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()

days = pd.read_csv(
    folder / "chicago_rail_daily.csv", index_col="date", parse_dates=True
).asfreq("D")
boardings = days["rail_boardings"] / 1000  # thousands
calendar = pd.get_dummies(days["day_type"], dtype=float)

# %%
# What the network must be told
# -----------------------------
#
# skforecast passes an array without names: first the lags, **newest first**, then the
# exogenous columns of the day that is forecast. A tree or ``Ridge`` does not mind the
# order; a recurrent network reads it as time. The last columns are ``static_features``:
# no steps of the sequence, but known beside it. They are counted from the end, whatever
# the number of lags. That all others are lags, and their order, is what their values
# show.

lags, steps = 28, 14
gru = {
    "hidden_layer_sizes": 32,
    "max_iter": 40,
    "static_features": [-3, -2, -1],
}
estimators = {
    ("GRU", seed): GRURegressor(**gru, random_state=seed) for seed in range(5)
}
estimators["gradient boosting", 0] = HistGradientBoostingRegressor(random_state=0)
estimators["Ridge", 0] = Ridge()

# %%
# Backtesting
# -----------
#
# Models are trained on five years. In 2019, they forecast two weeks from every fifth
# day, the later days from their own forecasts of those before. (From every seventh day,
# each number of days ahead would be one day of the week.)

folds = TimeSeriesFold(
    steps=steps,
    initial_train_size=len(boardings[:"2018-12-31"]),
    fold_stride=5,
    refit=False,
    allow_incomplete_fold=False,
)


def backtest(forecaster, exog=None):
    """Forecasts of a model, with the number of days ahead of each one."""
    _, forecast = backtesting_forecaster(
        forecaster=forecaster,
        y=boardings,
        exog=exog,
        cv=folds,
        metric="mean_absolute_error",
        n_jobs=1,
        show_progress=False,
    )
    ahead = forecast.groupby("fold").cumcount() + 1
    error = (forecast["pred"] - boardings[forecast.index]).abs()
    return forecast.assign(ahead=ahead, error=error)


forecasts = {
    key: backtest(ForecasterRecursive(estimator=estimator, lags=lags), calendar)
    for key, estimator in estimators.items()
}
forecasts["same day last week", 0] = backtest(ForecasterEquivalentDate(offset=7))

# %%
# Mean absolute errors, in thousands of boardings, over all 14 days and by the number of
# days ahead.

table = pd.DataFrame(
    {
        "all": {key: forecast["error"].mean() for key, forecast in forecasts.items()},
        **{
            ahead: {
                key: forecast["error"][forecast["ahead"] == ahead].mean()
                for key, forecast in forecasts.items()
            }
            for ahead in (1, 2, 7, 14)
        },
    }
).rename_axis(index=["model", "seed"])
print(f"{forecasts['Ridge', 0]['fold'].nunique()} times two weeks")
print(table.round(1).to_string())

# %%
# Told nothing
# ------------
#
# The same network without this parameter would read the calendar as the first steps
# of a sequence that runs backwards. ``GRURegressor`` notices lags by their values, and
# warns.

untold = GRURegressor(32, max_iter=40, random_state=0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    forecast = backtest(ForecasterRecursive(estimator=untold, lags=lags), calendar)
for warning in caught:
    print(textwrap.fill(str(warning.message), 80))
print(f"\nuntold: {forecast['error'].mean():.1f}")

# %%
# What the recorded run printed
# -----------------------------
#
# .. literalinclude:: /recorded/skforecast_daily.txt
#    :language: none
#
# In that run the network had the smallest error on the last of the 14 days with every
# seed, and over all of them with four of five, but not by much beside ``Ridge``; with
# the fifth it was worse than that. What comes of feeding forecasts back depends on the
# seed: see :ref:`sphx_glr_auto_examples_plot_recursive_and_direct.py`. Gradient
# boosting was misled after Thanksgiving, as the picture shows. Told nothing, the
# network was little better than the same day last week.
#
# The picture shows forecasts of the last weeks, of the network with the first seed, and
# the errors of all models, of the network with each seed.
#
# .. image:: /recorded/skforecast_daily.svg
#    :alt: Forecasts of November and December 2019, and the errors of the models.

colors = {
    "GRU": "#D55E00",
    "gradient boosting": "#0072B2",
    "Ridge": "black",
    "same day last week": "0.5",
}
fig, (top, bottom) = plt.subplots(
    2, figsize=(9, 6.5), layout="constrained", height_ratios=[2, 1]
)
last_folds = forecasts["GRU", 0]["fold"].max() - np.array([9, 6, 3, 0])
last_days = forecasts["GRU", 0].query("fold in @last_folds").index
truth = boardings[last_days.min() : last_days.max()]
top.plot(truth, color="black", linewidth=1.8, label="truth")
for model, style in (("gradient boosting", ":"), ("GRU", "--")):
    for place, (_, part) in enumerate(
        forecasts[model, 0].query("fold in @last_folds").groupby("fold")
    ):
        label = model if place == 0 else None
        top.plot(part["pred"], style, marker=".", color=colors[model], label=label)
        line = part.index[0] - pd.Timedelta(hours=12)
        top.axvline(line, ymax=0.88, color="0.8", linewidth=1, zorder=0)
top.set(
    ylabel="rail boardings (thousands a day)",
    title="Two weeks at a time, as forecast on the day before a line",
    ylim=(0, 950),
)
top.xaxis.set_major_locator(mdates.WeekdayLocator(mdates.MO))
top.xaxis.set_major_formatter(mdates.DateFormatter("%b %d"))
top.legend(loc="upper left", ncols=3, frameon=False)

for place, (model, color) in enumerate(colors.items()):
    of_seeds = table.loc[model, "all"]
    bottom.plot(of_seeds, [place] * len(of_seeds), "o", color=color, alpha=0.7)
bottom.set_yticks(range(len(colors)), colors)
bottom.invert_yaxis()
bottom.margins(y=0.15)
bottom.grid(axis="y", color="0.9")
bottom.set(
    xlabel="mean absolute error of 14 days (thousands of boardings)", xlim=(0, None)
)
for ax in (top, bottom):
    ax.spines[["top", "right"]].set_visible(False)
# sphinx_gallery_thumbnail_path = 'recorded/skforecast_daily.svg'  # noqa: ERA001
