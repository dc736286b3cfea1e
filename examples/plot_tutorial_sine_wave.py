"""
============================================
"GRU networks in R", step by step, in Python
============================================

The tutorial *GRU networks in R* trains a GRU with keras on a noisy sine wave of 100
points. These are all of its steps with :class:`skgru.GRURegressor`: the same numbers
in, the same network of 8,001 parameters, the same optimiser, and the same losses out.

The first part sets everything as Keras does, so that it can be compared. Nobody needs
to type so much: the last part is the same in scikit-learn's words.
"""

# %%
# The series
# ----------
#
# R computes it by ``sin(seq(0, 10, length.out = 100)) + rnorm(100, sd = 0.1)``. NumPy
# would draw other noise, so R's 100 numbers (after ``set.seed(42)``) lie beside this
# example.

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.base import clone

from skgru import Adam, GRURegressor
from skgru.plotting import ForecastDisplay, TrainingCurveDisplay

# A gallery or a notebook runs this in the folder of the examples, without a file name.
is_script = "__file__" in globals()
folder = Path(__file__).parent if is_script else Path.cwd()

series = np.loadtxt(folder / "tutorial_sine.csv")
print(f"{len(series)} points, from {series.min():.2f} to {series.max():.2f}")

# %%
# Scale
# -----
#
# R's ``scale`` subtracts the mean and divides by the standard deviation, with n - 1 in
# the variance; NumPy has n unless told otherwise.

scaled = (series - series.mean()) / series.std(ddof=1)

# %%
# Lag by one
# ----------
#
# Each value is predicted from the one before it: 99 rows of one feature. The last fifth
# of them, 20 rows, is held out by `validation_fraction` below.

X = scaled[:-1, np.newaxis]
y = scaled[1:]
n_train = 79

# %%
# The model
# ---------
#
# In R:
#
# .. code-block:: r
#
#    model <- keras_model_sequential() |>
#      layer_gru(units = 50, input_shape = c(1, 1)) |> layer_dense(units = 1)
#    model |> compile(loss = "mean_squared_error", optimizer = "adam")
#    history <- model |> fit(X, y, epochs = 100, batch_size = 1,
#                            validation_split = 0.2, verbose = 1)
#
# Most settings are there only to do as Keras does: its Adam divides by a slightly
# larger number, its learning rate is constant, it does not clip gradients, it leaves
# the data as they are, and the weights of the last epoch are kept. A warning at the end
# says what the tutorial does not: repeating the last value would have done as well.

model = GRURegressor(
    hidden_layer_sizes=50,
    solver=Adam(epsilon=1e-7),
    learning_rate="constant",
    learning_rate_init=1e-3,
    clip_norm=None,
    standardize=False,
    batch_size=1,
    max_iter=100,
    n_iter_no_change=None,
    early_stopping=False,
    validation_fraction=0.2,
    verbose=True,
    random_state=0,
)
model.fit(X, y)

# %%
# ``summary(model)`` of the tutorial counts 8,001 parameters, and so do we:

print(model.summary())

# %%
# Losses
# ------
#
# The tutorial printed 0.05499 for the training rows and 0.04849 for the held-out ones.
# Each run draws its own first weights: Keras, over five seeds, ended between 0.0545 and
# 0.0561, and between 0.0477 and 0.0527.

loss, val_loss = model.loss_curve_[-1], model.validation_loss_curve_[-1]
print("                    loss   val_loss")
print("tutorial         0.05499    0.04849")
print(f"GRURegressor     {loss:.5f}    {val_loss:.5f}")

# %%
# Is this good? A loss means little by itself. Repeating the last value needs no
# training at all:

last_value = np.mean((y[n_train:] - X[n_train:, 0]) ** 2)
print(f"last value, held-out rows: {last_value:.5f}")

# %%
# No better, then: a network that sees one value cannot know whether the wave is
# rising or falling, and the picture below shows what it learned instead: the truth of
# the point before. The last part of this page lets it see more.

# %%
# Predict, and plot
# -----------------
#
# The tutorial's two pictures: truth against prediction, and the loss of each epoch.

prediction = model.predict(X)

fig, (left, right) = plt.subplots(1, 2, figsize=(12, 4.5), layout="constrained")

points = np.arange(2, 101, dtype=float)  # the first point has no predecessor
truth = pd.Series(y, points, name="value (scaled, in standard deviations)")
ForecastDisplay.from_predictions(truth, prediction, train_end=n_train + 1.5, ax=left)
left.set(
    title="A noisy sine wave, each point from the one before",
    xlabel="point of the series",
)
curves = TrainingCurveDisplay.from_estimator(model, ax=right)
curves.axes_[0].set_title("Loss of each epoch")

if is_script:
    fig.savefig("tutorial_sine_wave.png", dpi=150)
    print("The plot is in tutorial_sine_wave.png.")

# %%
# The same in scikit-learn's words
# --------------------------------
#
# Rows of a time series stay rows, as they would for ``Ridge``, and `window` says how
# many of them a prediction sees. Lagging by one is ``window=1``, to the last bit:

as_window = clone(model).set_params(window=1, verbose=False)
print(np.array_equal(as_window.fit(X, y).predict(X), prediction))

# %%
# Now with the defaults, on the raw series: the regressor standardises by itself, by
# the training rows only (the tutorial scaled by rows that it held out), its learning
# rate falls along a cosine, and with ten steps to read it keeps the epoch in which the
# last tenth of the training rows was predicted best. ``remember=True`` says that the
# rows to predict follow on those of `fit`, so that their windows begin there.

X, y = series[:-1, np.newaxis], series[1:]
X_train, X_test, y_train, y_test = X[:n_train], X[n_train:], y[:n_train], y[n_train:]

print("mean squared error of the last 20 points")
print(f"last value  {np.mean((y_test - X_test[:, 0]) ** 2):.4f}")
for window in (1, 10):
    model = GRURegressor(window=window, remember=True, random_state=0)
    error = np.mean((y_test - model.fit(X_train, y_train).predict(X_test)) ** 2)
    print(f"window={window:<5}{error:.4f}")

# %%
# Seeing ten values instead of one, the network knows where the wave is going. It cannot
# come below 0.01, which is the variance of the noise, but by luck.
