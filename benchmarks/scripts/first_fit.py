"""Print the seconds of a process's first fit and first predict, as JSON."""

import json
import time

import numpy as np

import skgru

X = np.random.default_rng(0).standard_normal((100, 3))
begin = time.perf_counter()
model = skgru.GRURegressor(max_iter=1, early_stopping=False).fit(X, X[:, 0])
fitted = time.perf_counter()
model.predict(X)
ended = time.perf_counter()
print(
    json.dumps(
        {"seconds": ended - begin, "fit": fitted - begin, "predict": ended - fitted}
    )
)
