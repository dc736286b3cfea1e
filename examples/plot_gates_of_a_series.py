"""
==========================
The gates of a real series
==========================

A network learns the rail boardings of Chicago from nothing but the boardings of the
days before. Nobody tells it what day of the week it is, and yet tomorrow depends on
that more than on anything else. So it has to keep count by itself. This example looks
at how it does that: at its gates, at its states, and at how far back it listens.

The data are those of :ref:`sphx_glr_auto_examples_plot_grid_search_windows.py`: rail
boardings by day, 2014 to 2019, published by the Chicago Transit Authority.
"""

# %%
# Eight units
# -----------

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor
from skgru.inspection import gate_activations, memory_horizon
from skgru.plotting import ForecastDisplay, GateActivationDisplay

# A gallery or a notebook runs this in the folder of the examples, without a file name.
folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()

days = pd.read_csv(
    folder / "chicago_rail_daily.csv", index_col="date", parse_dates=True
)
boardings = (days["rail_boardings"] / 1000).rename("boardings (thousands)")
X, tomorrow = boardings.to_frame()[:-1], boardings.shift(-1)[:-1]
window, n_train = 28, len(X) - 365
model = GRURegressor(8, window=window, loss="absolute_error", random_state=1)
model.fit(X[:n_train], tomorrow[:n_train])

truth = boardings[n_train + 1 :]
prediction = pd.Series(model.predict(X)[n_train:], truth.index)
last_week = boardings.shift(7)[n_train + 1 :]
print("mean absolute error of 2019, thousands of boardings")
print(f"GRU, 8 units               {np.abs(truth - prediction).mean():.1f}")
print(f"same day of the last week  {np.abs(truth - last_week).mean():.1f}")

# %%
# Eight weeks of the year that it has not seen. It goes by the week. Holidays it cannot
# foresee: on Memorial Day, May 27, it expected an ordinary Monday.

shown = slice(120, 176)
display = ForecastDisplay.from_predictions(truth[shown], prediction[shown])

# %%
# The gates of four weeks
# -----------------------
#
# Each row of a panel is a unit, and each column one of the days that led to a
# prediction. A bright update gate keeps the state of the unit as it is, a dark one
# takes the candidate instead. The rhythm of seven days is in most of them.

display = GateActivationDisplay.from_estimator(model, X[: n_train + 134])

# %%
# Means by day of the week say which unit waits for which day: at the end of a day, how
# much of its old state does each unit keep?

gates = gate_activations(model, X)
weekday = X.index.day_of_week
keeps = pd.DataFrame(gates.update[n_train:, -1]).groupby(weekday[n_train:]).mean()

fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
image = ax.imshow(keeps.T, cmap="viridis", vmin=0, vmax=1, aspect="auto")
ax.set(
    xlabel="day that the network has just read",
    ylabel="unit",
    xticks=range(7),
    xticklabels=["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
    yticks=range(8),
)
fig.colorbar(image, label="mean update gate")

# %%
# Does it know what day it is?
# ----------------------------
#
# If the network keeps count of the days, the day must be in its state. A linear
# classifier that reads the last state, and one that reads the day's boardings alone:

states = gates.state[:, -1]
past, future = slice(window, n_train), slice(n_train, None)
reader = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
for name, features in (("the state", states), ("the boardings", X.to_numpy())):
    reader.fit(features[past], weekday[past])
    accuracy = reader.score(features[future], weekday[future])
    print(f"day of the week read from {name:<14}{accuracy:.0%}")

# %%
# Eight numbers know the day of the week nearly always, though no calendar was ever
# shown to them.
#
# How far back it listens
# -----------------------
#
# The gradient of tomorrow's boardings with respect to those of the days before shows
# what the count is made from.

horizon = memory_horizon(model, X[n_train - window :])
fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.bar(np.arange(window), horizon.sensitivity, color="#0072B2")
ax.set(
    xlabel="days before today",
    ylabel="sensitivity\n(standard deviations)",
    xticks=range(0, window, 7),
)

# %%
# Today counts most. But days about one, two and three weeks before are still heard, and
# more than those between them.
