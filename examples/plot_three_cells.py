"""
==========================
GRU, LSTM or plain RNN?
==========================

Three kinds of recurrent cells, one word of a script apart: this example forecasts a
real series with :class:`~skgru.GRURegressor`, :class:`~skgru.LSTMRegressor` and
:class:`~skgru.RNNRegressor`, and then gives them a task that only a memory solves. On
the series they hardly differ; on the task, one of them learns nothing. The page
:ref:`cells_compared` measures the same on many data sets.
"""

# %%
# A real series
# -------------
#
# How many people will board Chicago's trains tomorrow, from the boardings of the last
# 14 days, and from whether tomorrow is a weekday (W), a Saturday (A), or a Sunday or
# holiday (U)? Five years to learn from, and 2019 to be tested on. The data are those of
# :ref:`sphx_glr_auto_examples_plot_grid_search_windows.py`, which says where they come
# from.

import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import mean_absolute_error

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru.inspection import memory_horizon

# A gallery or a notebook runs this in the folder of the examples, without a file name.
folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()

days = pd.read_csv(
    folder / "chicago_rail_daily.csv", index_col="date", parse_dates=True
)
tomorrow = pd.get_dummies(days["day_type"].shift(-1), dtype=float)
X = pd.concat([days["rail_boardings"] / 1000, tomorrow], axis=1)
X, y = X[:-1], X["rail_boardings"].shift(-1)[:-1]
X_train, X_test = X[:"2018-12-30"], X["2018-12-31":]
y_train, y_test = y[:"2018-12-30"], y["2018-12-31":]

# %%
# Everything but the class is the same. Weights are drawn at random, so each is fitted
# with five seeds; what counts is whether cells differ by more than seeds do.

KINDS = {"GRU": GRURegressor, "LSTM": LSTMRegressor, "RNN": RNNRegressor}
COLORS = {"GRU": "#0072B2", "LSTM": "#D55E00", "RNN": "#009E73"}

errors, lines = {}, []
for name, kind in KINDS.items():
    begin = time.perf_counter()
    models = [
        kind(32, window=14, remember=True, random_state=seed).fit(X_train, y_train)
        for seed in range(5)
    ]
    seconds = (time.perf_counter() - begin) / len(models)
    errors[name] = [mean_absolute_error(y_test, m.predict(X_test)) for m in models]
    n_parameters = models[0].summary()[0].n_parameters
    lines.append((name, n_parameters, np.median(errors[name]), seconds))
table = pd.DataFrame(lines, columns=["cell", "parameters", "error", "seconds"])
print(table.round({"error": 1, "seconds": 1}).to_string(index=False))
yesterday = mean_absolute_error(y_test, X_test["rail_boardings"])
print(f"error of the last value: {yesterday:.1f} thousand boardings a day")

fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
for row, (name, found) in enumerate(errors.items()):
    ax.plot(found, np.full(5, row), "o", alpha=0.7, color=COLORS[name])
    ax.plot(np.median(found), row, "|", markersize=24, color=COLORS[name])
ax.set(
    yticks=range(3),
    yticklabels=errors,
    ylim=(2.5, -0.5),
    xlabel="mean absolute error of 2019 (thousand boardings), five seeds",
)

# %%
# The dots of different cells lie among each other: with two weeks to remember, and a
# week that repeats itself, all have memory enough. The plain network has a third of the
# parameters and takes the least time.
#
# A task for a memory
# -------------------
#
# The *adding problem* of Hochreiter and Schmidhuber (1997): a hundred random numbers,
# two of which are marked; at the end, their sum is asked for. Whoever predicts the mean
# has an error of 1/6. The first mark lies 50 to 100 steps back.

n_timesteps, half = 100, 50


def draw(n_samples, rng):
    """Sequences (n_samples, n_timesteps, 2), and the sums of their marked numbers."""
    X = np.zeros((n_samples, n_timesteps, 2), dtype=np.float32)
    X[:, :, 0] = rng.uniform(size=(n_samples, n_timesteps))
    samples = np.arange(n_samples)
    X[samples, rng.integers(half, size=n_samples), 1] = 1
    X[samples, half + rng.integers(half, size=n_samples), 1] = 1
    return X, (X[:, :, 0] * X[:, :, 1]).sum(axis=1)


rng = np.random.default_rng(0)
X, y = draw(5000, rng)
X_test, y_test = draw(1000, rng)

models = {
    name: kind(32, max_iter=15, early_stopping=False, random_state=0).fit(
        X, y, X_val=X_test, y_val=y_test
    )
    for name, kind in KINDS.items()
}
for name, model in models.items():
    error = np.mean((model.predict(X_test) - y_test) ** 2)
    print(f"{name:<5} mean squared error {error:.5f}")

# %%
# Left, the error on new sequences after each epoch. Right, why: how much a prediction
# still moves with what stood so many steps before the end, which is what
# :func:`~skgru.inspection.memory_horizon` returns.

fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for name, model in models.items():
    curve = model.validation_loss_curve_
    left.plot(range(1, len(curve) + 1), curve, color=COLORS[name], label=name)
    heard = memory_horizon(model, X_test).sensitivity
    right.plot(heard, color=COLORS[name], label=name)
left.axhline(1 / 6, color="0.5", linestyle=":", label="the mean")
left.set(yscale="log", xlabel="epochs", ylabel="mean squared error of new sequences")
left.legend(frameon=False)
right.set(
    yscale="log",
    xlabel="steps before the end",
    ylabel="sensitivity (standard deviations)",
    ylim=(1e-2, 10),
)

# %%
# The gated cells hear every number of the sequence alike, which is what the task asks
# for. The plain network, which has to pass everything on through one product a step,
# hears the oldest numbers more than all others: its gradient explodes on the way back,
# and the error stays where it is.
#
# So: begin with the GRU. Try the others by changing one word, over several seeds, where
# the answer matters: the RNN where steps back are few and time or memory is short, the
# LSTM where something has to be counted or kept over long spans.
