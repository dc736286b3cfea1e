"""Data sets that are made up, so that it is known what can be reached."""

import numpy as np
from classification.datasets import MADE_UP, Dataset, dataset

# A machine: the chance to leave its state in a step, and the noise of what is measured.
LEAVE = {"up": 1 / 80, "down": 1 / 20}
NOISE, N_SERIES, N_TEST, WINDOW = 1.2, 4000, 1000, 40
# A rare class: rows of each part, and steps.
N_ROWS, N_STEPS, N_LATE, SHARE = 4000, 40, 10, 0.02
# How blurred its limit is, and which part of it nothing tells: a linear model of the
# right features is to have a recall of about 0.85.
BLUR, HIDDEN = 0.3, 0.17


@dataset("machine states", MADE_UP, "runs of two states behind noise")
def machine_states():
    """A machine is up or down, which is seen through noise only.

    The right feature is the logarithm of the odds of being down, given all rows so far
    and how the series was made: nothing that knows the rows so far does better.
    """
    rng = np.random.default_rng(0)
    draws = rng.random(N_SERIES)
    is_down = np.zeros(N_SERIES, dtype=bool)
    for row in range(1, N_SERIES):
        before = is_down[row - 1]
        leaves = draws[row] < LEAVE["down" if before else "up"]
        is_down[row] = before ^ leaves
    seen = np.where(is_down, -1.0, 1.0) + NOISE * rng.standard_normal(N_SERIES)
    return Dataset(
        seen[:, np.newaxis].astype(np.float32),
        np.where(is_down, "down", "up"),
        N_SERIES - N_TEST,
        window=WINDOW,
        right_features=odds(seen)[:, np.newaxis],
    )


def odds(seen):
    """Logarithm of the odds of being down after each row, by Bayes's rule."""
    found = np.empty(len(seen))
    # The series begins up.
    down = 0.0
    for row, value in enumerate(seen):
        if row:
            down = down * (1 - LEAVE["down"]) + (1 - down) * LEAVE["up"]
        # What is seen has the mean 1 or -1: the squares cancel but for this.
        likely = np.exp(-2 * value / NOISE**2)
        down = down * likely / (down * likely + 1 - down)
        found[row] = np.log(max(down, 1e-12) / (1 - down))
    return found


@dataset("rare class", MADE_UP, "2 % of the rows, weighted to balance")
def rare_class():
    """A class of few rows, by a late mean of one feature and a count in the other.

    The limit is blurred, and some of its rows are any rows, so that a linear model of
    the two right features misses some too.
    """
    rng = np.random.default_rng(1)
    X = rng.standard_normal((2 * N_ROWS, N_STEPS, 2))
    mean = X[:, -N_LATE:, 0].mean(axis=1) * np.sqrt(N_LATE)
    count = (X[:, :, 1] > 1).sum(axis=1)
    count = (count - count.mean()) / count.std()
    score = mean + count + BLUR * rng.standard_normal(len(X))
    is_rare = score > np.quantile(score, 1 - SHARE)
    told, others = np.flatnonzero(is_rare), np.flatnonzero(~is_rare)
    n_hidden = round(HIDDEN * len(told))
    is_rare[rng.choice(told, n_hidden, replace=False)] = False
    is_rare[rng.choice(others, n_hidden, replace=False)] = True
    return Dataset(
        X.astype(np.float32),
        np.where(is_rare, "rare", "usual"),
        N_ROWS,
        class_weight="balanced",
        rare="rare",
        right_features=np.column_stack([mean, count]),
    )
