"""
========================================
The state of a machine, minute by minute
========================================

Is the machine down, warming up, or up? Two sensors on its housing tell, but not by what
they read in a single minute: the floor shakes when its neighbour runs, a light load
hardly shakes it, and the housing is as warm while it cools down as while it warms up.
What happened in the last half hour is needed. With ``window``,
:class:`skgru.GRUClassifier` reads it, and gives the probability of each state for
every row of the table.

The data are made here, so that the true states are known.
"""

# %%
# Eight days of a machine
# ------------------------
#
# The machine runs for an hour or more, and then stands still. While it runs, its core
# approaches a temperature that depends on the load and on the weather; it counts as
# warm when it has covered nine tenths of the way. After a short stop that takes a few
# minutes, after a long one half an hour. The sensor on the housing lags behind it.

import matplotlib.dates as mdates
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from scipy.signal import lfilter
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRUClassifier, WindowTransformer

rng = np.random.default_rng(0)
n_minutes, n_train = 8 * 24 * 60, 6 * 24 * 60


def wandering(minutes, size):
    """A value that wanders about 0, and forgets where it was in some minutes."""
    steps = rng.standard_normal(n_minutes)
    keep = np.exp(-1 / minutes)
    steps *= size * np.sqrt(1 - keep**2)
    return lfilter([1], [1, -keep], steps)


def switching(mean_on, mean_off, least):
    """On and off for random numbers of minutes."""
    is_on = []
    while len(is_on) < n_minutes:
        for value, mean in ((False, mean_off), (True, mean_on)):
            is_on += [value] * int(least + rng.exponential(mean - least))
    return np.array(is_on[:n_minutes])


runs, neighbour_runs = switching(110, 50, 8), switching(60, 90, 5)
hours = np.arange(n_minutes) / 60
outside = 14 + 5 * np.sin(2 * np.pi * (hours - 9) / 24) + wandering(600, 2)
load = np.clip(0.75 + wandering(30, 0.2), 0.3, 1.1)

core, housing = outside.copy(), outside.copy()
is_warm = np.zeros(n_minutes, dtype=bool)
for t in range(1, n_minutes):
    warmest = outside[t] + 35 + 25 * load[t]
    aim, minutes = (warmest, 14) if runs[t] else (outside[t], 45)
    core[t] = core[t - 1] + (aim - core[t - 1]) / minutes
    housing[t] = housing[t - 1] + (core[t] - housing[t - 1]) / 6
    # Once warm it stays so until it stops, whatever the load does.
    covered = (core[t] - outside[t]) / (warmest - outside[t])
    is_warm[t] = runs[t] and (is_warm[t - 1] or covered > 0.9)

shaking = np.hypot(2.2 * load * runs, 1.3 * neighbour_runs)
table = pd.DataFrame(
    {
        "vibration": (0.4 + shaking) * rng.lognormal(0, 0.35, n_minutes),
        "temperature": housing + 0.4 * rng.standard_normal(n_minutes),
    },
    index=pd.date_range("2025-03-03", periods=n_minutes, freq="min"),
)
state = np.where(runs, np.where(is_warm, "up", "warming up"), "down")
X_train, X_test = table[:n_train], table[n_train:]
y_train, y_test = state[:n_train], state[n_train:]
print(pd.Series(y_train).value_counts(normalize=True).round(2).to_string())

# %%
# Six days to learn from, two to test
# -----------------------------------
#
# A prediction sees its own minute and the 29 before it. ``remember=True`` says that the
# test follows directly on the training rows, so that its first minutes have a past too.
# Rows are in order of time, so the last tenth of the training rows decides which epoch
# is kept.

gru = GRUClassifier(16, window=30, remember=True, max_iter=15, random_state=0)
gru.fit(X_train, y_train)
print(f"accuracy on the held-out rows       {gru.validation_score_:.3f}")
print(f"always the most frequent state      {gru.baseline_score_['prior']:.3f}")

# %%
# Two others: a logistic regression that sees one minute, and gradient boosting that
# gets the same 30 minutes as 60 columns. Its number of trees is the one with the lowest
# log loss of those that were tried when this page was written.

one_minute = make_pipeline(StandardScaler(), LogisticRegression())
boosting = make_pipeline(
    WindowTransformer(30, flatten=True, initial="edge", remember=True),
    HistGradientBoostingClassifier(max_iter=30, random_state=0),
)
models = {
    "1 minute, logistic": one_minute.fit(X_train, y_train),
    "30 minutes, boosting": boosting.fit(X_train, y_train),
    "30 minutes, GRU": gru,
}
probabilities = {name: m.predict_proba(X_test) for name, m in models.items()}
classes = gru.classes_
print(f"{'':20}  accuracy  balanced  log loss")
for name, p in probabilities.items():
    predicted = classes[p.argmax(axis=1)]
    print(
        f"{name:20}{accuracy_score(y_test, predicted):10.3f}"
        f"{balanced_accuracy_score(y_test, predicted):10.3f}"
        f"{log_loss(y_test, p):10.3f}"
    )

# %%
# Balanced accuracy is the mean over the three states of how often each is found:
# "warming up" is rare, and counts as much as the others there. Most of what is gained
# comes from the past; how it is read matters less.
#
# What it says, minute by minute
# ------------------------------
#
# Sixteen hours of the test. The strip shows the true state, and the height of each
# colour below it the probability of that state.

colors = {"down": "0.7", "warming up": "#E69F00", "up": "#0072B2"}
shown = slice(6 * 60, 22 * 60)
times = X_test.index[shown]
fig, (top, middle, strip, bottom) = plt.subplots(
    4,
    figsize=(9, 7),
    sharex=True,
    layout="constrained",
    height_ratios=[2, 2, 0.3, 2.4],
)
top.plot(times, X_test["vibration"][shown], color="0.2", linewidth=0.8)
top.set(ylabel="vibration\n(mm/s)", ylim=(0, None))
middle.plot(times, X_test["temperature"][shown], color="0.2", linewidth=0.8)
middle.set(ylabel="temperature\n(°C)")
for name, color in colors.items():
    is_so = (y_test[shown] == name).astype(float)
    strip.fill_between(times, is_so, step="post", color=color, linewidth=0)
strip.set(yticks=[], ylim=(0, 1))
strip.set_ylabel("truth", rotation=0, ha="right", va="center")
of_states = [probabilities["30 minutes, GRU"][shown, classes == c].T for c in colors]
bottom.stackplot(
    times, np.vstack(of_states), labels=colors, colors=colors.values(), linewidth=0
)
bottom.set(ylabel="probability", ylim=(0, 1), xlim=(times[0], times[-1]))
bottom.xaxis.set_major_locator(mdates.HourLocator(interval=2))
bottom.xaxis.set_major_formatter(mdates.DateFormatter("%H:%M"))
bottom.set_xlabel(f"{times[0]:%B} {times[0].day}, {times[0].year}")
fig.legend(*bottom.get_legend_handles_labels(), loc="outside upper center", ncols=3)
for ax in (top, middle):
    ax.spines[["top", "right"]].set_visible(False)

# %%
# How soon it knows
# -----------------
#
# The mean probability of the true state, by the minutes since it began. That the
# machine runs or stands is told by the vibration at once, unless the neighbour runs.
# When it has become warm is the harder question: no sensor changes at that moment.

changes = np.flatnonzero(state[1:] != state[:-1]) + 1
since = np.arange(n_minutes)
since -= np.maximum.accumulate(np.where(np.isin(since, changes), since, 0))
since = since[n_train:]
true_column = np.searchsorted(classes, y_test)

fig, axes = plt.subplots(1, 3, figsize=(9, 3.2), sharey=True, layout="constrained")
for ax, name in zip(axes, colors, strict=True):
    for (model, p), style in zip(probabilities.items(), (":", "--", "-"), strict=True):
        given = pd.Series(p[np.arange(len(p)), true_column])[y_test == name]
        curve = given.groupby(since[y_test == name]).mean()[:21]
        ax.plot(curve, style, color=colors[name] if name != "down" else "0.4")
        ax.lines[-1].set_label(model)
    ax.set(title=name, xlabel="minutes since it began", ylim=(0, 1.02))
    ax.legend(frameon=False, loc="lower right", fontsize="small")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("mean probability\nof the true state")
