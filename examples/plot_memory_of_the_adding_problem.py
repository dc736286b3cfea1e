"""
================================================
Memory: the adding problem, and how it is solved
================================================

Two of a hundred numbers are marked, and their sum is asked for at the end. The *adding
problem* of Hochreiter and Schmidhuber (1997) needs a memory that lasts: a network whose
gradient vanishes on the way back can neither use the first mark nor learn to. This
example trains a GRU on it and looks at the gradient before, while and after it learns.
"""

# %%
# The problem
# -----------
#
# Each sequence has two features: numbers between 0 and 1, and marks, one in the first
# half and one in the second. Predicting the mean, 1, has an error of 1/6.

import matplotlib.pyplot as plt
import numpy as np

from skgru import GRURegressor
from skgru.inspection import gate_activations, memory_horizon
from skgru.plotting import AttributionDisplay

n_timesteps = 100
half = n_timesteps // 2


def draw(n_samples, rng):
    """Sequences (n_samples, n_timesteps, 2), and the sums of their marked numbers."""
    X = np.zeros((n_samples, n_timesteps, 2), dtype=np.float32)
    X[:, :, 0] = rng.uniform(size=(n_samples, n_timesteps))
    samples = np.arange(n_samples)
    X[samples, rng.integers(half, size=n_samples), 1] = 1
    X[samples, half + rng.integers(half, size=n_samples), 1] = 1
    return X, (X[:, :, 0] * X[:, :, 1]).sum(axis=1)


rng = np.random.default_rng(0)
X, y = draw(6000, rng)
X_test, y_test = draw(1000, rng)

# %%
# The gradient, while it learns
# -----------------------------
#
# ``partial_fit`` trains on 160 sequences at a time, five steps of the optimiser, so
# that the model can be looked at on its way through the first epoch. The curve is what
# :func:`~skgru.inspection.memory_horizon` returns: how much a prediction still moves
# with what stood so many steps before the end, in standard deviations. The first
# weights are those of Keras here, which make the problem hard; see at the end what
# others do.

model = GRURegressor(32, gate_init="keras", random_state=0)
looks, curves = (5, 60, 80, 100, 140, 185), []
print("optimiser steps   error of new sequences   steps heard")
for n_steps in range(5, 190, 5):
    part = slice(32 * (n_steps - 5), 32 * n_steps)
    model.partial_fit(X[part], y[part])
    if n_steps in looks:
        error = np.mean((model.predict(X_test) - y_test) ** 2)
        horizon = memory_horizon(model, X_test)
        curves.append(horizon.sensitivity)
        print(f"{n_steps:>15}   {error:>22.4f}   {horizon.n_steps:>11}")

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
colors = plt.get_cmap("viridis")(np.linspace(0, 0.9, len(looks)))
for n_steps, curve, color in zip(looks, curves, colors, strict=True):
    ax.plot(curve, color=color, label=n_steps)
ax.set(
    yscale="log",
    xlabel="steps before the end",
    ylabel="sensitivity (standard deviations)",
    xlim=(0, n_timesteps),
    ylim=(1e-22, 10),
)
ax.legend(title="optimiser steps", loc="lower left", ncols=2, frameon=False)

# %%
# This is the vanishing gradient, made visible. At first little more than half of it is
# left at each step, and of a number a hundred steps before nothing: 21 orders of
# magnitude. For 80 steps of the optimiser the error hardly falls. But where two
# marks lie near the end they are heard, units learn to keep what they have read there,
# and so hear a little more: between 60 and 140 steps the whole curve is lifted.
# That the update gate *can* keep a state, without any loss, is what a GRU has and a
# plain recurrent network lacks.
#
# Solved
# ------
#
# Another model, trained for twenty epochs, has a small error:

settings = {"max_iter": 20, "early_stopping": False, "random_state": 0}
model = GRURegressor(32, gate_init="keras", **settings).fit(X, y)
print(f"error {np.mean((model.predict(X_test) - y_test) ** 2):.6f}")

# %%
# What one prediction was made from: the marked numbers, and little else. (A mark counts
# too: without it, the number beside it would not.) The baseline is a sequence of the
# mean number, with no mark at all.

display = AttributionDisplay.from_estimator(
    model, X_test[:1], baseline=[0.5, 0], feature_names=["number", "mark"]
)

# %%
# And how it is done: the memory is the unit on the left of the next picture. Its update
# gate is near 1 at all steps but the marked ones, so that its state stays, and near 0
# at marks, so that something new is taken in. Others prepare what that is, and some do
# nothing that can be told from this picture.

gates = gate_activations(model, X_test)
is_marked = X_test[:, :, 1] == 1
at_marks = gates.update[is_marked].mean(axis=0)
elsewhere = gates.update[~is_marked].mean(axis=0)
order = np.argsort(at_marks - elsewhere)
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
ax.plot(elsewhere[order], "o", color="#0072B2", label="at all other steps")
ax.plot(at_marks[order], "s", color="#D55E00", label="at marks")
ax.vlines(range(32), at_marks[order], elsewhere[order], color="0.5", zorder=0)
ax.set(
    xlabel="unit (ordered by the difference)",
    ylabel="mean update gate",
    ylim=(0, 1.25),
)
ax.legend(loc="upper center", ncols=2, frameon=False)

# %%
# An easier beginning
# -------------------
#
# Nothing of this has to be waited for: with ``gate_init="spread"``, the default, half
# of the update gates begin where the units keep their states for longer, up to the
# length of the sequences, and so hear the first numbers from the first step on.

for gate_init in ("keras", "spread"):
    model = GRURegressor(32, gate_init=gate_init, random_state=0)
    model.partial_fit(X[:160], y[:160])
    heard = memory_horizon(model, X_test).sensitivity
    print(
        f"{gate_init:<6} after 5 steps: sensitivity to the first number {heard[-1]:.0e}"
    )
