"""
=================
What did it learn
=================

"Like most RNNs, GRUs act as a black box", says the tutorial that this package began
with. Here is a test of the opposite. The causes of a signal are known, because we made
it: what one of three noises was five steps before, times what another was two steps
before. A network that is told nothing of this is trained on the last ten steps of all
three, and then asked.
"""

# %%
# A signal with known causes
# --------------------------
#
# A third of the variance is noise that nothing tells of, so no model can explain more
# than about two thirds.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skgru import GRURegressor
from skgru.inspection import input_gradients, integrated_gradients, memory_horizon
from skgru.plotting import AttributionDisplay

rng = np.random.default_rng(0)
n_rows, n_train = 9000, 8000
X = pd.DataFrame(
    rng.standard_normal((n_rows, 3)), columns=["wind", "rain", "temperature"]
)
rain, temperature = X["rain"].shift(5, fill_value=0), X["temperature"].shift(2)
signal = 2 * rain + rain * temperature.fillna(0)
y = signal + 1.5 * rng.standard_normal(n_rows)

model = GRURegressor(16, window=10, random_state=0).fit(X[:n_train], y[:n_train])
X_test, y_test = X[n_train:], y[n_train:]
best = 1 - np.var(y - signal) / np.var(y)
print(f"R² on later rows {model.score(X_test, y_test):.2f}, at best {best:.2f}")

# %%
# One prediction
# --------------
#
# Attributions share a prediction out to all numbers it was made from. They add up: the
# prediction is what it would be if all inputs were at their means, plus the
# attributions. This is the most extreme prediction of all.

row = int(np.abs(model.predict(X_test)).argmax())
display = AttributionDisplay.from_estimator(model, X_test, sample=row)

# %%
# Most of it stands where the causes are: at the rain of five steps before, and at the
# temperature of two steps before, which matters as much as that rain lets it.
#
# All predictions
# ---------------
#
# The mean size of the attributions over all rows is the answer to "what matters". The
# first rows see less than ten steps and are left out.

attributions = integrated_gradients(model, X_test)[10:]
size = pd.DataFrame(
    np.abs(attributions).mean(axis=0)[::-1],
    columns=X.columns,
    index=pd.RangeIndex(10, name="steps before"),
)
print(size.round(2))

# %%
# But how it matters, a mean cannot say. The derivative with respect to the rain of five
# steps before is 2 plus the temperature of two steps before, and that with respect to
# that temperature is the rain. Derivatives of the network are exact, and show both.

gradients = input_gradients(model, X_test)[10:]
cause_rain = X["rain"].shift(5)[n_train + 10 :]
cause_temperature = X["temperature"].shift(2)[n_train + 10 :]

fig, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
for ax, slope, cause, true_slope, names in (
    (axes[0], gradients[:, 4, 1], cause_temperature, 2.0, ("rain", "temperature", 2)),
    (axes[1], gradients[:, 7, 2], cause_rain, 0.0, ("temperature", "rain", 5)),
):
    ax.plot(cause, slope, ".", alpha=0.4, color="#0072B2", label="the network's")
    ends = np.array([-2.5, 2.5])
    ax.plot(ends, true_slope + ends, "--", color="#D55E00", label="true")
    ax.set(
        xlabel=f"{names[1]}, {names[2]} steps before",
        ylabel=f"derivative of the prediction\nwith respect to {names[0]}",
        xlim=(-2.7, 2.7),
        ylim=(true_slope - 3.5, true_slope + 3.5),
    )
    ax.legend(loc="upper left", frameon=False)

# %%
# How far back
# ------------
#
# A noise has no past that would tell of what is to come, so nothing but the causes is
# worth remembering. The network found that out too: it still listens at five steps
# before, and hardly beyond.

horizon = memory_horizon(model, X_test, threshold=0.1)
print(f"it listens to {horizon.n_steps} of 10 steps")

fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
ax.bar(np.arange(10), horizon.sensitivity, color="#0072B2")
ax.set(
    xlabel="steps before the newest",
    ylabel="sensitivity\n(standard deviations)",
    xticks=np.arange(10),
)

# %%
# An attribution tells what the *network* does, not what the world does. Two inputs that
# go together could stand in for each other, and a network that has learned nothing has
# attributions too. So look at the score first.
