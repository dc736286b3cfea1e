"""The fits there are to do, how they are named in the results, and how one is done."""

import functools
import importlib.util
import json
import time
from typing import NamedTuple

import numpy as np

# They register their data sets.
from evidence import generated, recorded  # noqa: F401
from evidence.candidates import CANDIDATES
from evidence.datasets import DATASETS, Missing, load
from evidence.models import BASELINES, gru
from threadpoolctl import threadpool_limits

PYTORCH = "PyTorch"
# What follows on the name of a candidate, and the anchor that it has then.
ANCHORS = {"": "auto", ", anchored": "named", ", no anchor": "none"}


class Task(NamedTuple):
    """One fit. `parameters` are those of GRURegressor, None for all other models."""

    dataset: str
    model: str
    parameters: dict | None
    anchor: str
    seed: int

    @property
    def key(self):
        """The same for the same fit, whatever its candidate is called."""
        model = self.model if self.parameters is None else self.parameters
        return json.dumps([self.dataset, model, self.anchor, self.seed])


def model_names():
    """Every model by the name it has on the command line and in the tables."""
    # Only the defaults are fitted with an anchor that is found.
    candidates = [
        name + end
        for name in CANDIDATES
        for end in ANCHORS
        if end or name.startswith("defaults")
    ]
    return [*BASELINES, PYTORCH, *candidates]


def available(names):
    """The data sets that are here, by name, those of least work first."""
    found = {}
    for name in names or DATASETS:
        try:
            found[name] = load(name)
        except Missing as missing:
            print(f"{name} is left out: {missing}")
    return dict(sorted(found.items(), key=lambda item: item[1].work))


def all_tasks(datasets, models, n_seeds):
    """Those of the models on the data sets, seed by seed on each."""
    has_torch = importlib.util.find_spec("torch") is not None
    if not has_torch and PYTORCH in models:
        print(f"{PYTORCH} is left out: torch is not installed")
        models = [name for name in models if name != PYTORCH]
    return [
        task
        for name, data in datasets.items()
        for seed in range(n_seeds)
        for model in models
        if (task := make_task(name, data, model, seed)) is not None
    ]


def make_task(name, data, model, seed):
    """The fit of a model, or None if there is nothing new in it."""
    if model == PYTORCH:
        return Task(name, model, None, "none", seed)
    if model in BASELINES:
        is_new = seed == 0 or BASELINES[model][1]
        return Task(name, model, None, "none", seed) if is_new else None
    end = max((end for end in ANCHORS if model.endswith(end)), key=len)
    if ANCHORS[end] == "named" and data.anchor is None:
        return None
    parameters = CANDIDATES[model.removesuffix(end)]
    return Task(name, model, parameters, ANCHORS[end], seed)


def runner_of(task):
    """The function that fits and predicts."""
    if task.parameters is not None:
        return gru(task.parameters, task.anchor)
    if task.model == PYTORCH:
        # Imported where it is used: it takes seconds, and may not be there.
        from evidence.with_torch import run

        return run
    return BASELINES[task.model][0]


def do(task):
    """Fit on one thread, predict, and say how it went."""
    data = cached_load(task.dataset)
    begin = time.perf_counter()
    with threadpool_limits(1):
        prediction, facts = runner_of(task)(data, task.seed)
    error = prediction - data.y[data.first_test :]
    return {
        **task._asdict(),
        "rmse": float(np.sqrt(np.mean(error**2))),
        "seconds": time.perf_counter() - begin,
        **facts,
    }


cached_load = functools.lru_cache(maxsize=4)(load)
