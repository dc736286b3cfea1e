"""What the fits say: lines by data set and model, numbers of the seeds."""

import json

import numpy as np
from classification import datasets, tasks
from classification.datasets import DATASETS
from classification.measures import ACCURACY, MORE_IS_BETTER
from classification.timing import CASES


def read(path):
    """Lines by data set and model, a list of one a seed; and on what they ran.

    Of two lines of the same fit the later one counts; lines of settings that their
    model has no more are left out.
    """
    found, ran_on = {}, {}
    texts = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    for text in texts:
        line = json.loads(text)
        if "section" not in line:
            ran_on = line
        elif tasks.is_current(line):
            by_model = found.setdefault(line["dataset"], {})
            by_model.setdefault(line["model"], {})[line["seed"]] = line
    return in_order(found), ran_on


def in_order(found):
    """The same whichever fit ended first: sets, models and seeds in a fixed order."""
    sets = [*datasets.in_order(DATASETS), *CASES]
    models = [*tasks.models_of(tasks.TEST), *tasks.models_of(tasks.FOLDS), "skgru"]
    return {
        name: {
            model: [line for _, line in sorted(found[name][model].items())]
            for model in sorted(found[name], key=models.index)
        }
        for name in sorted(found, key=sets.index)
    }


def values(results, dataset, model, measure):
    """A number of each seed; none where it was not measured."""
    lines = results.get(dataset, {}).get(model, [])
    return np.array([line[measure] for line in lines if measure in line])


def median(results, dataset, model, measure):
    """Over seeds, or None."""
    numbers = values(results, dataset, model, measure)
    return float(np.median(numbers)) if len(numbers) else None


def worst(numbers, measure):
    """Of the seeds."""
    return float(min(numbers) if measure in MORE_IS_BETTER else max(numbers))


def best_of(results, dataset, models, measure):
    """The model of the best median and that median, or None where there is none."""
    found = {
        model: number
        for model in models
        if (number := median(results, dataset, model, measure)) is not None
    }
    if not found:
        return None
    choose = max if measure in MORE_IS_BETTER else min
    model = choose(found, key=found.get)
    return model, found[model]


def of_fits(results):
    """The data sets, without what was only timed."""
    return {name: results[name] for name in results if name in DATASETS}


def models_in(results):
    """All models that were fitted, in the order in which they are registered."""
    there = {model for by_model in results.values() for model in by_model}
    known = [*tasks.models_of(tasks.TEST), *tasks.models_of(tasks.FOLDS)]
    return [model for model in known if model in there]


def no_less_accurate(results, models, than):
    """Data sets where the best of some models reaches the median of another, and all.

    Returns
    -------
    list of str, list of str
    """
    reached, asked = [], []
    for name in of_fits(results):
        other = median(results, name, than, ACCURACY)
        best = best_of(results, name, models, ACCURACY)
        if other is not None and best is not None:
            asked.append(name)
            if best[1] >= other:
                reached.append(name)
    return reached, asked
