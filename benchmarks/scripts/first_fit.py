"""Print the seconds of a process's first fit and predict, and of variants, as JSON."""

import json
import time

import numpy as np

import skgru

X = np.random.default_rng(0).standard_normal((100, 3))


def seconds(function, *arguments):
    """Time of one call."""
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


def fit(**parameters):
    """Fit for one epoch."""
    model = skgru.GRURegressor(max_iter=1, early_stopping=False, **parameters)
    return model.fit(X, X[:, 0])


def first():
    """Fit and predict, each timed."""
    times["fit"] = seconds(lambda: models.append(fit()))
    times["predict"] = seconds(models[0].predict, X)


times, models = {}, []
times["seconds"] = seconds(first)
times["another loss"] = seconds(lambda: fit(loss="huber"))
times["another solver"] = seconds(lambda: fit(solver="sgd"))
times["another cell"] = seconds(lambda: fit(reset_after=False))
print(json.dumps(times))
