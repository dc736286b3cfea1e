"""What the fits say: medians over seeds, ratios to the best baseline, ranks."""

import json
import statistics

import numpy as np
from evidence.datasets import DATASETS, KINDS
from evidence.models import BASELINES
from scipy.stats import rankdata

# No run may be worse than the training mean; where nothing can be learned, by so much.
ALLOWANCE = 1.05


def read(path):
    """Fits by data set and model, a list of one line a seed; and on what they ran."""
    fits, ran_on = {}, {}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if "rmse" in line:
            by_model = fits.setdefault(line["dataset"], {})
            by_model.setdefault(line["model"], []).append(line)
        else:
            ran_on = line
    in_order = sorted(fits, key=position)
    return {name: fits[name] for name in in_order}, ran_on


def position(name):
    """Data sets stand by kind, then as they are registered."""
    return KINDS.index(DATASETS[name].kind), list(DATASETS).index(name)


def median_errors(by_model):
    """Error of each model, the median over its seeds."""
    return {
        model: statistics.median(line["rmse"] for line in lines)
        for model, lines in by_model.items()
    }


def ratios(fits):
    """By data set and model: error divided by that of the best baseline."""
    found = {}
    for name, by_model in fits.items():
        errors = median_errors(by_model)
        baselines = [errors[model] for model in BASELINES if model in errors]
        if baselines:
            best = min(baselines)
            found[name] = {model: error / best for model, error in errors.items()}
    return found


def models_in(by_dataset):
    """All models, the baselines first."""
    models = dict.fromkeys(m for models in by_dataset.values() for m in models)
    return sorted(models, key=lambda model: model not in BASELINES)


def geometric_mean(numbers):
    """Of ratios."""
    return float(np.exp(np.mean(np.log(numbers))))


def mean_ranks(by_dataset, models):
    """Mean rank of each model among these, where all of them ran; and on how many."""
    whole = [row for row in by_dataset.values() if all(m in row for m in models)]
    if not whole:
        return {}, 0
    table = np.array([[row[model] for model in models] for row in whole])
    # Rounded: differences of a hundredth say nothing.
    ranks = rankdata(table.round(2), axis=1)
    return dict(zip(models, ranks.mean(axis=0), strict=True)), len(whole)


def worse_than_the_mean(fits):
    """By model: its runs beyond the training mean, as (data set, seed, ratio)."""
    found = {}
    for name, by_model in fits.items():
        if "training mean" not in by_model:
            continue
        mean = by_model["training mean"][0]["rmse"]
        limit = ALLOWANCE if DATASETS[name].kind == "no signal" else 1
        for model, lines in by_model.items():
            for line in lines:
                if not line["rmse"] <= limit * mean:
                    run = (name, line["seed"], line["rmse"] / mean)
                    found.setdefault(model, []).append(run)
    return found
