"""
===============
Who is speaking
===============

Nine men say the same two vowels, one after the other. Which of them is it, and at
which moments can one tell? Each utterance is a sequence of 7 to 29 frames of twelve
numbers, so it takes a classifier of sequences of different lengths:
:class:`skgru.GRUClassifier`.

The data are the `Japanese vowels <https://doi.org/10.24432/C5NS47>`__ of Kudo, Toyama
and Shimbo (1999), CC BY 4.0, if the file lies in the folder of shared data beside the
checkout. Otherwise the utterances are made here, in the same form, by the resonances
of nine vocal tracts. The first line of the output says which.
"""

# %%
# Utterances
# ----------
#
# The twelve numbers of a frame are cepstral coefficients: they say which frequencies
# are loud. Resonances at the frequencies f with the bandwidths b have, for a sampling
# rate r, the sums of 2/n exp(-π n b/r) cos(2π n f/r).

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import ConfusionMatrixDisplay, log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRUClassifier
from skgru.inspection import integrated_gradients

# A gallery or a notebook runs this in the folder of the examples, without a file name.
folder = Path(__file__).parent if "__file__" in globals() else Path.cwd()
shared = folder.resolve().parents[1] / "shared" / "data" / "classification"


def make_vowels(n_of_each, tracts, rng):
    """Utterances of /ae/: resonances move from those of /a/ to those of /e/."""
    a, e = np.array([750, 1200, 2500, 3500]), np.array([480, 1900, 2500, 3500])
    rate, longest, n = 10_000, 29, np.arange(1, 13)
    X = np.full((len(tracts) * n_of_each, longest, 12), np.nan, dtype=np.float32)
    for padded, tract in zip(X, np.repeat(tracts, n_of_each, axis=0), strict=True):
        size, third, fourth, turn, tilt = tract + rng.normal(
            0, [0.012, 50, 60, 0.08, 0.02]
        )
        length = int(np.clip(rng.normal(15, 4), 7, longest))
        time = np.linspace(0, 1, length)[:, np.newaxis]
        of_e = 1 / (1 + np.exp(-10 * (time - turn)))
        f = (a + (e - a) * of_e) / size + [0, 0, third, fourth]
        b = 60 + 0.03 * f
        terms = np.exp(-np.pi * n * b[..., np.newaxis] / rate)
        terms = terms * np.cos(2 * np.pi * n * f[..., np.newaxis] / rate)
        cepstrum = 2 / n * terms.sum(axis=1) + tilt**n / n
        cepstrum += rng.normal(0, 0.06, cepstrum.shape) / np.sqrt(n)
        # Utterances are of different lengths: missing frames come first, as NaN.
        padded[longest - length :] = cepstrum
    return X, np.repeat([str(k + 1) for k in range(len(tracts))], n_of_each)


if (shared / "japanese_vowels.npz").exists():
    print("Japanese vowels, as they were recorded")
    with np.load(shared / "japanese_vowels.npz") as file:
        X_train, y_train = file["X_train"], file["y_train"]
        X_test, y_test = file["X_test"], file["y_test"]
else:
    print("vowels that were made, since the recorded ones are not there")
    rng = np.random.default_rng(0)
    nine = rng.normal([1, 0, 0, 0.5, 0.5], [0.04, 120, 150, 0.12, 0.08], (9, 5))
    X_train, y_train = make_vowels(30, nine, rng)
    X_test, y_test = make_vowels(40, nine, rng)
n_frames = (~np.isnan(X_train[:, :, 0])).sum(axis=1)
print(f"{len(X_train)} utterances to learn from, {len(X_test)} to test")
print(f"frames: {n_frames.min()} to {n_frames.max()}, of {X_train.shape[2]} numbers")

# %%
# The network
# -----------
#
# Nothing is set but the size. The rows are sorted by speaker; the last three utterances
# of each of them are held out, and their log loss decides which epoch is kept.

gru = GRUClassifier(32, random_state=0).fit(X_train, y_train)

# %%
# Beside it stands a logistic regression that knows nothing of order: it gets the mean,
# the deviation, the first and the last frame, and the number of frames.


def summary(X):
    """A row of numbers for each sequence."""
    is_there = ~np.isnan(X[:, :, 0])
    first = X[np.arange(len(X)), is_there.argmax(axis=1)]
    parts = [np.nanmean(X, axis=1), np.nanstd(X, axis=1), first, X[:, -1]]
    return np.column_stack([*parts, is_there.sum(axis=1)])


simple = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
simple.fit(summary(X_train), y_train)
probabilities = {
    "GRU": gru.predict_proba(X_test),
    "logistic regression on a summary": simple.predict_proba(summary(X_test)),
}
print(f"{'':34}accuracy  log loss")
for name, p in probabilities.items():
    accuracy = np.mean(gru.classes_[p.argmax(axis=1)] == y_test)
    print(f"{name:34}{accuracy:8.3f}{log_loss(y_test, p):10.3f}")

# %%
# The logistic regression is as good or better: most of what tells a speaker is the
# level of the coefficients and not their order. Look at such a simple model first. The
# network needs no summary to be thought of, and can be asked about every frame.
#
# Which frames speak for the speaker
# ----------------------------------
#
# Attributions share the decision value of a class out to all numbers of X. Only
# differences of decision values count, so their mean over the speakers is subtracted;
# the twelve numbers of a frame are summed. What is left says how much more a frame
# speaks for a speaker than an average frame of the training utterances would. Here it
# is asked of the longest utterance of the test. The attributions add up to within a
# hundredth of a decision value, which is enough for a picture.


def attribute(X):
    """How much each frame speaks for each speaker; NaN where there is no frame."""
    values = integrated_gradients(gru, X, tol=0.01).sum(axis=2)
    values -= values.mean(axis=-1, keepdims=True)
    values[np.isnan(X[:, :, 0])] = np.nan
    return values


row = int((~np.isnan(X_test[:, :, 0])).sum(axis=1).argmax())
speaker = list(gru.classes_).index(y_test[row])
there = np.flatnonzero(~np.isnan(X_test[row, :, 0]))
frames = np.arange(1, len(there) + 1)
so_far = np.array([gru.predict_proba(X_test[[row], : k + 1])[0] for k in there])

fig, (top, middle, bottom) = plt.subplots(
    3, figsize=(8, 7), sharex=True, layout="constrained", height_ratios=[1.4, 1, 1]
)
image = top.imshow(
    X_test[row, there].T,
    aspect="auto",
    cmap="viridis",
    extent=(0.5, len(there) + 0.5, 12.5, 0.5),
)
top.set(yticks=[1, 4, 8, 12], ylabel="coefficient")
top.set_title(f"an utterance of speaker {y_test[row]}", loc="left", fontsize="medium")
fig.colorbar(image, ax=top, label="value", pad=0.01)

of_frames = attribute(X_test[[row]])[0, there, speaker]
middle.bar(frames, of_frames, color=np.where(of_frames > 0, "#0072B2", "#D55E00"))
middle.axhline(0, color="0.3", linewidth=0.8)
middle.set_ylabel(f"speaks for {y_test[row]}\n(decision value)")

others = np.argsort(-so_far.max(axis=0))
others = [k for k in others if k != speaker][:2]
bottom.plot(frames, so_far[:, speaker], color="#0072B2", label=f"{y_test[row]}, true")
for k, style in zip(others, ("--", ":"), strict=True):
    bottom.plot(frames, so_far[:, k], style, color="0.4", label=gru.classes_[k])
bottom.set(
    xlabel="frame",
    ylabel="probability of the speaker\nafter this frame",
    ylim=(0, 1.05),
)
bottom.legend(title="speaker", frameon=False, loc="center right")
for ax in (middle, bottom):
    ax.spines[["top", "right"]].set_visible(False)

# %%
# All utterances
# --------------
#
# On the left, who was taken for whom. On the right, how much a frame speaks for its
# true speaker, by its distance from the end: the median of every fifth utterance of the
# test, and the middle half of them.

fig, (left, right) = plt.subplots(
    1, 2, figsize=(10, 4.4), layout="constrained", width_ratios=[1, 1.1]
)
ConfusionMatrixDisplay.from_predictions(
    y_test, gru.predict(X_test), ax=left, cmap="Blues", colorbar=False
)
left.set(xlabel="predicted speaker", ylabel="true speaker")

some = slice(None, None, 5)
true_ones = np.searchsorted(gru.classes_, y_test[some])
of_true = attribute(X_test[some])[np.arange(len(true_ones)), :, true_ones]
from_end = of_true[:, ::-1][:, :15]
low, half, high = np.nanquantile(from_end, [0.25, 0.5, 0.75], axis=0)
back = np.arange(from_end.shape[1])
right.fill_between(back, low, high, color="#0072B2", alpha=0.2, linewidth=0)
right.plot(back, half, "o-", color="#0072B2", markersize=4)
right.axhline(0, color="0.3", linewidth=0.8)
right.set(
    xlabel="frames before the last",
    ylabel="speaks for the true speaker\n(decision value)",
)
right.invert_xaxis()
right.spines[["top", "right"]].set_visible(False)

# %%
# All frames speak for the speaker, the last one the most. By default the head reads the
# state after the last frame; with ``pooling="mean"`` it reads the mean of the states
# after all of them.
