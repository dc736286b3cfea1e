"""What there is to do, how it is named in the results, and how each is done."""

import json
import time
from functools import lru_cache
from typing import NamedTuple

import numpy as np

# They register their data sets.
from classification import models, recorded, synthetic, timing  # noqa: F401
from classification.datasets import DATASETS, Missing, few, load
from classification.measures import scores
from sklearn.model_selection import StratifiedKFold, TimeSeriesSplit
from threadpoolctl import threadpool_limits

# Test rows, folds of training rows, and what is timed, which nothing may run beside.
TEST, FOLDS, TIME = "test", "folds", "time"
N_FOLDS = 5
QUICK_EPOCHS, QUICK_FOLDS = 2, 2


class Task(NamedTuple):
    """One line of the results. The seed of a timing is the number of its round."""

    section: str
    dataset: str
    model: str
    seed: int

    @property
    def key(self):
        """The same for the same task."""
        return json.dumps(list(self), ensure_ascii=False)


def models_of(section):
    """What is fitted in a section, by name."""
    return {TEST: models.MODELS, FOLDS: models.CANDIDATES, TIME: {}}[section]


def is_current(line):
    """Whether a line of the results is of the settings that its model has now."""
    if "settings" not in line:
        return True
    model = models_of(line["section"]).get(line["model"])
    return model is not None and line["settings"] == model.settings


@lru_cache(maxsize=4)
def cached(name, is_quick):
    """A data set, or a few rows of it."""
    return few(load(name)) if is_quick else load(name)


def lacks_tokens(data, model):
    """Whether a model of skgru's is to read texts, and there is no way to."""
    return data.is_text and model.is_ours and not models.reads_texts()


def available(names=None):
    """The data sets that are here, those of least work first; a word on the others."""
    found = {}
    for name in names or DATASETS:
        try:
            found[name] = load(name)
        except Missing as missing:
            print(f"{name} is left out: {missing}")
    return dict(sorted(found.items(), key=lambda item: item[1].work))


def all_tasks(section, datasets, names, n_seeds):
    """Every task of a section, seed by seed.

    Parameters
    ----------
    section : str
    datasets : dict of Dataset
    names : list of str or None
        Of models; None for all.
    n_seeds : int
    """
    chosen = {
        name: model
        for name, model in models_of(section).items()
        if names is None or name in names
    }
    for name in [name for name, model in chosen.items() if not models.is_here(model)]:
        print(f"{name} is left out: {chosen.pop(name).needs} is not installed")
    without = [
        name
        for name, data in datasets.items()
        if any(lacks_tokens(data, model) for model in chosen.values())
    ]
    for name in without:
        print(f"skgru on {name} is left out: it reads no texts yet")
    return [
        Task(section, dataset, name, seed)
        for seed in range(n_seeds)
        for dataset, data in datasets.items()
        for name, model in chosen.items()
        if model.suits(dataset, data) and (model.draws or seed == 0)
        if not lacks_tokens(data, model)
    ]


def timings(n_rounds):
    """Every task that is timed alone and can be."""
    found = []
    for case in timing.CASES:
        lacks = timing.what_lacks(case)
        if lacks:
            print(f"{case} is left out: {lacks}")
        else:
            found += [Task(TIME, case, "skgru", seed) for seed in range(n_rounds)]
    return found


def folds(data, seed, n_folds=N_FOLDS):
    """Pairs of rows: by class and in random order, of a series in order of time."""
    train, _ = data.rows
    if data.window is not None:
        return list(TimeSeriesSplit(n_folds).split(train))
    splitter = StratifiedKFold(n_folds, shuffle=True, random_state=seed)
    return list(splitter.split(train, data.y[train]))


def fit_and_score(model, data, train, test, fit):
    """Measures on the rows `test`, and what is known about the fit."""
    found = model.run(data, train, test, fit)
    classes = np.unique(data.y)
    # A class that is in none of the rows of a fold has no probability.
    probabilities = np.zeros((len(test), len(classes)))
    columns = np.searchsorted(classes, found.classes)
    probabilities[:, columns] = found.probabilities
    measured = scores(
        data.y[test], probabilities, classes, data.rare, model.has_probabilities
    )
    return {**measured, "seconds of fit": found.seconds}, found.facts


def do(task, is_quick):
    """Do it on one thread, and say how it went."""
    begin = time.perf_counter()
    with threadpool_limits(1):
        found = (
            timing.measure(task.dataset, is_quick)
            if task.section == TIME
            else of_model(task, is_quick)
        )
    return {**task._asdict(), **found, "seconds": time.perf_counter() - begin}


def of_model(task, is_quick):
    """What goes into the line of a fit to all training rows, or to those of folds."""
    model, data = models_of(task.section)[task.model], cached(task.dataset, is_quick)
    fit = models.Fit(task.dataset, task.seed, QUICK_EPOCHS if is_quick else None)
    if task.section == TEST:
        measured, facts = fit_and_score(model, data, *data.rows, fit)
    else:
        pairs = folds(data, task.seed, QUICK_FOLDS if is_quick else N_FOLDS)
        of_folds = [fit_and_score(model, data, *rows, fit)[0] for rows in pairs]
        measured = {
            name: float(np.mean([found[name] for found in of_folds]))
            for name in of_folds[0]
        }
        facts = {}
    return {**measured, **facts, "settings": model.settings, "shape": data.shape}
