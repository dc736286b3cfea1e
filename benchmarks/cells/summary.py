"""Medians over seeds, their spread, and when one model is better than another."""

import json

import numpy as np

# They register their data sets.
from cells.memory_tasks import MEMORY_TASKS, SCORES
from cells.models import CELLS, GRU
from evidence import generated, recorded  # noqa: F401
from evidence.datasets import DATASETS
from evidence.summary import position

# A score has to differ by this part of the way from a guess to the best.
LEAST_GAP = 0.05


def read(path):
    """Lines by section, case and model, a list of one a seed; and on what they ran."""
    found, ran_on = {}, {}
    for text in path.read_text(encoding="utf-8").splitlines():
        line = json.loads(text)
        if "section" not in line:
            ran_on = line
            continue
        of_case = found.setdefault(line["section"], {}).setdefault(line["case"], {})
        of_case.setdefault(line["model"], []).append(line)
    return in_order(found), ran_on


def in_order(found):
    """The same lines whichever fit ended first: cases and models in a fixed order."""
    return {
        section: {
            case: {model: cases[case][model] for model in sorted(cases[case], key=rank)}
            for case in sorted(cases, key=place)
        }
        for section, cases in found.items()
    }


def place(case):
    """Data sets as in the evidence, lengths by size."""
    number = int(case) if case.isdigit() else 0
    return position(case) if case in DATASETS else (-1, number)


def rank(model):
    """Cells first, then their variants; libraries as they come."""
    cell, _, end = model.partition(", ")
    return end, CELLS.index(cell) if cell in CELLS else len(CELLS)


def values(lines, *path):
    """A number of each seed, which stands in each line at this path of keys."""
    numbers = []
    for line in lines:
        for key in path:
            line = line[key]
        numbers.append(line)
    return np.array(numbers, dtype=float)


def quartiles(numbers):
    """The median between the quartiles."""
    return np.percentile(numbers, [25, 50, 75])


def spread(numbers):
    """The interquartile range."""
    low, _, high = quartiles(numbers)
    return high - low


def is_less(numbers, others, least=0.0):
    """Whether the first median is lower by more than both spreads, and by `least`."""
    gap = np.median(others) - np.median(numbers)
    return bool(gap > max(spread(numbers), spread(others), least))


def in_words(numbers, form="{:.3g}"):
    """The median with the quartiles."""
    low, middle, high = (form.format(number) for number in quartiles(numbers))
    return middle if low == high else f"{middle} ({low}–{high})"


def geometric_mean(numbers):
    """Of ratios."""
    return float(np.exp(np.mean(np.log(numbers))))


def errors(results):
    """By data set and model: the errors of the seeds, where the GRU was fitted too."""
    return {
        case: {model: values(lines, "rmse") for model, lines in by_model.items()}
        for case, by_model in results.get("accuracy", {}).items()
        if GRU in by_model
    }


def relative_to_gru(of_case):
    """Median of each model divided by the GRU's."""
    gru = np.median(of_case[GRU])
    return {model: np.median(numbers) / gru for model, numbers in of_case.items()}


def scores(results, section):
    """By length, part of the new rows, and model: the scores of the seeds."""
    found = {}
    for length in map(str, MEMORY_TASKS[section].lengths):
        for model, lines in results.get(section, {}).get(length, {}).items():
            for part in lines[0]["scores"]:
                of_part = found.setdefault((length, part), {})
                of_part[model] = values(lines, "scores", part)
    return found


def wins(results, model, other):
    """Parts of the memory tasks on which each of two models is the better, and of all.

    Returns
    -------
    n_model, n_other, n_all : int
    """
    n_model = n_other = n_all = 0
    for section, task in MEMORY_TASKS.items():
        score = SCORES[task.score]
        least = LEAST_GAP * abs(score.best - score.chance)
        sign = 1 if score.best < score.chance else -1
        for of_part in scores(results, section).values():
            if model in of_part and other in of_part:
                ours, theirs = sign * of_part[model], sign * of_part[other]
                n_model += is_less(ours, theirs, least)
                n_other += is_less(theirs, ours, least)
                n_all += 1
    return n_model, n_other, n_all


def overfits(results):
    """By data set and cell: training error, test error, and test error / if stopped."""
    found, stopped = {}, errors(results)
    for case, by_model in results.get("overfitting", {}).items():
        for model, lines in by_model.items():
            test = values(lines, "test")
            of_model = {"training": values(lines, "training"), "test": test}
            if model in stopped.get(case, {}):
                early = np.median(stopped[case][model])
                of_model["test / test of the defaults"] = test / early
            found.setdefault(case, {})[model] = of_model
    return found


def times(results):
    """By library, threads, size, cell and quantity: the seconds of the rounds."""
    found = {}
    for threads, by_library in results.get("time", {}).items():
        for library, lines in by_library.items():
            for size, cells in lines[0]["times"].items():
                found[library, threads, size] = {
                    cell: {q: values(lines, "times", size, cell, q) for q in quantities}
                    for cell, quantities in cells.items()
                }
    return found


def fewer_seeds(results):
    """Sections whose cases have fewer seeds, in words, and the number of most."""
    counted = {
        section: [max(map(len, by_model.values())) for by_model in cases.values()]
        for section, cases in results.items()
        if section != "counts"
    }
    most = max(map(max, counted.values()), default=0)
    fewer = {}
    for section, numbers in counted.items():
        low, high = min(numbers), max(numbers)
        if low < most:
            fewer[section] = str(low) if low == high else f"{low} to {high}"
    return fewer, most
