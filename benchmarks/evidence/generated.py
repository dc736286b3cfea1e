"""Series that are made up: what can be learned from them is known."""

import pathlib

import numpy as np
from evidence.datasets import Dataset, dataset, next_value
from scipy.integrate import solve_ivp

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


@dataset("trend", "a line, a season of 12 and noise")
def trend_and_season():
    time = np.arange(240)
    noise = np.random.default_rng(0).standard_normal(240)
    wave = 10 * np.sin(2 * np.pi * time / 12)
    return next_value(50 + 0.5 * time + wave + 2 * noise, window=12)


@dataset("season", "the noisy sine of the tutorial GRU networks in R")
def tutorial_sine():
    data = next_value(np.loadtxt(EXAMPLES / "tutorial_sine.csv"), window=1)
    return data._replace(first_test=79)


@dataset("season", "a sine with noise of a tenth of its height")
def noisy_sine():
    noise = np.random.default_rng(0).standard_normal(400)
    return next_value(np.sin(0.3 * np.arange(400)) + 0.1 * noise, window=12)


@dataset(
    "season", "two sines and noise, sequences of 50 steps (Géron 2019, chapter 15)"
)
def two_sines():
    rng = np.random.RandomState(42)
    low_1, low_2, begin_1, begin_2 = rng.rand(4, 10_000, 1)
    time = np.linspace(0, 1, 51)
    series = 0.5 * np.sin((time - begin_1) * (10 * low_1 + 10))
    series += 0.2 * np.sin((time - begin_2) * (20 * low_2 + 20))
    series += 0.1 * (rng.rand(10_000, 51) - 0.5)
    # The book's first rows to learn from, its test rows to be judged by.
    rows = np.r_[:4000, 9000:10_000]
    return Dataset(series[rows, :50, np.newaxis], series[rows, 50], None, 4000, 0)


@dataset("cycles and chaos", "Mackey–Glass, delay 17, every sixth step")
def mackey_glass():
    step, delay = 0.1, 170
    x = np.full(200_000, 1.2)
    for now in range(delay, len(x) - 1):
        past = x[now - delay]
        x[now + 1] = x[now] + step * (0.2 * past / (1 + past**10) - 0.1 * x[now])
    return next_value(x[20_000::60][:1500], window=24)


@dataset("cycles and chaos", "Lorenz, all three coordinates, every 0.1 of time")
def lorenz():
    def slope(_, place):
        x, y, z = place
        return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]

    times = np.arange(10, 160, 0.1)
    path = solve_ivp(slope, (0, 160), [1, 1, 1], t_eval=times, rtol=1e-9, atol=1e-9)
    return next_value(path.y.T, window=8)


@dataset("inputs", "NARMA-10 from its input alone (Atiya and Parlos 2000)")
def narma10():
    u = np.random.default_rng(1).uniform(0, 0.5, 2000)
    y = np.zeros(2000)
    for now in range(9, 1999):
        last = y[now - 9 : now + 1].sum()
        y[now + 1] = 0.3 * y[now] + 0.05 * y[now] * last + 1.5 * u[now - 9] * u[now]
        y[now + 1] += 0.1
    return Dataset(u[:-1, np.newaxis], y[1:], 24, 1500, None)


@dataset("no signal", "a random walk")
def random_walk():
    return next_value(np.random.default_rng(0).standard_normal(600).cumsum(), window=12)


@dataset("no signal", "independent noise")
def noise():
    return next_value(np.random.default_rng(0).standard_normal(500), window=12)
