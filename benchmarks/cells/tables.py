"""The tables of the page: each function gives heads and rows, or None without fits."""

import numpy as np
from cells import summary
from cells.memory_tasks import MEMORY_TASKS, SCORES
from cells.models import CELLS, GRU
from scipy.stats import rankdata

STEPS_SHOWN = ("1", "10", "20", "50", "90")
TASKS_IN_WORDS = {
    "adding": "steps",
    "copying": "delay",
    "recall": "steps",
    "counting": "trained up to",
    "difference": "trained up to",
    "cause": "steps back",
}


def counts(results):
    """Gates, states, parameters, units, products."""
    found = results.get("counts", {}).get("")
    if not found:
        return None
    rows = []
    for cell, (line,) in found.items():
        same, scaled = (
            line["counts"][key] for key in ("same units", "same parameters")
        )
        rows.append(
            [
                cell,
                f"{len(same['gates'])} ({', '.join(same['gates'])})".replace(" ()", ""),
                f"{len(same['states'])} ({', '.join(same['states'])})",
                f"{same['parameters']:,}",
                f"{same['products']:,}",
                f"{scaled['units']} ({scaled['parameters']:,})",
            ]
        )
    units = same["units"]
    heads = ["", "gates", "states", f"parameters at {units} units"]
    heads += ["multiply-adds a step", "units at the GRU's parameters (so many)"]
    return heads, rows


def sizes(results):
    """Memory of training and the file, by size."""
    found = results.get("counts", {}).get("")
    if not found:
        return None
    heads = ["", "steps × units", "memory of training, kB", "pickled estimator, kB"]
    rows = [
        [cell, size, f"{both['training'] / 1e3:,.0f}", f"{both['file'] / 1e3:,.0f}"]
        for cell, (line,) in found.items()
        for size, both in line["bytes"].items()
    ]
    return heads, rows


def times(results):
    """Milliseconds of an epoch and of predict, and the LSTM's and the RNN's ratio."""
    rows = []
    for (library, threads, size), by_cell in summary.times(results).items():
        for quantity in ("epoch", "predict"):
            of_cell = [1e3 * by_cell[cell][quantity] for cell in CELLS]
            shares = [
                f"{np.median(numbers) / np.median(of_cell[0]):.2f}"
                for numbers in of_cell[1:]
            ]
            words = [summary.in_words(numbers) for numbers in of_cell]
            rows.append([size, library, threads, quantity, *words, *shares])
    if not rows:
        return None
    order = list(dict.fromkeys(row[0] for row in rows))
    rows.sort(key=lambda row: (order.index(row[0]), row[3], row[2], row[1] != "skgru"))
    heads = ["steps × units", "library", "threads", "", *(f"{c}, ms" for c in CELLS)]
    return [*heads, "LSTM / GRU", "RNN / GRU"], rows


def accuracy(results):
    """Each model over all data sets."""
    errors = summary.errors(results)
    if not errors:
        return None
    models = list(max(errors.values(), key=len))
    whole = {case: row for case, row in errors.items() if len(row) == len(models)}
    ratios = {case: summary.relative_to_gru(row) for case, row in whole.items()}
    # Rounded: differences of a hundredth say nothing.
    table = np.array([[row[model] for model in models] for row in ratios.values()])
    ranks = rankdata(table.round(2), axis=1).mean(axis=0)
    rows = []
    for model, rank, column in zip(models, ranks, table.T, strict=True):
        better = sum(summary.is_less(row[model], row[GRU]) for row in whole.values())
        worse = sum(summary.is_less(row[GRU], row[model]) for row in whole.values())
        counted = ["–", "–"] if model == GRU else [str(better), str(worse)]
        mean = f"{summary.geometric_mean(column):.3f}"
        rows.append([model, f"{rank:.2f}", mean, *counted])
    heads = [f"on {len(whole)} data sets", "mean rank", "geometric mean of ratios"]
    return [*heads, "better than the GRU", "worse than the GRU"], rows


def accuracy_by_dataset(results):
    """The GRU's error, and the other models' divided by it."""
    errors = summary.errors(results)
    if not errors:
        return None
    models = [model for model in max(errors.values(), key=len) if model != GRU]
    rows = []
    for case, row in errors.items():
        ratios = summary.relative_to_gru(row)
        cells = []
        for model in models:
            if model not in row:
                cells.append("–")
                continue
            sign = "+" if summary.is_less(row[model], row[GRU]) else ""
            sign = "−" if summary.is_less(row[GRU], row[model]) else sign
            cells.append(f"{ratios[model]:.2f} {sign}")
        rows.append([case, summary.in_words(row[GRU]), *cells])
    return ["data set", "GRU, RMSE", *models], rows


def overfitting(results):
    """Errors by data set, and the geometric means of what can have one."""
    found = summary.overfits(results)
    if not found:
        return None
    # Rows that are learned by heart leave a training error of zero.
    averaged = "test / test of the defaults"
    names = ("training", "test", averaged)
    heads = ["data set", "rows", *(f"{c}: {name}" for name in names for c in CELLS)]
    rows, medians = [], {}
    for case, by_model in found.items():
        row = [case, str(results["overfitting"][case][GRU][0]["n_rows"])]
        for name in names:
            for cell in CELLS:
                numbers = by_model.get(cell, {}).get(name)
                if numbers is None:
                    row.append("–")
                    continue
                row.append(summary.in_words(numbers))
                if name != averaged:
                    continue
                medians.setdefault((name, cell), []).append(np.median(numbers))
        rows.append(row)
    means = [
        f"{summary.geometric_mean(medians[name, cell]):.3g}"
        if (name, cell) in medians
        else "–"
        for name in names
        for cell in CELLS
    ]
    return heads, [*rows, ["geometric mean", "", *means]]


def memory(section):
    """A function that gives the table of a memory task."""

    def table(results):
        found = summary.scores(results, section)
        if not found:
            return None
        models = list(dict.fromkeys(m for row in found.values() for m in row))
        form = "{:.2g}" if SCORES[MEMORY_TASKS[section].score].best == 0 else "{:.2f}"
        rows = []
        for (length, part), row in found.items():
            name = length if part == "new" else f"{length}; new rows of {part}"
            words = [
                summary.in_words(row[model], form) if model in row else "–"
                for model in models
            ]
            rows.append([name, *words])
        return [TASKS_IN_WORDS[section], *models], rows

    return table


def gradients(results):
    """Norms some steps back, and the memory horizon."""
    (by_model,) = results.get("gradients", {"": {}}).values()
    rows = []
    for model, lines in by_model.items():
        for when in [
            key for key in lines[0] if key in ("before", "after") or "×" in key
        ]:
            norms = [
                summary.in_words(summary.values(lines, when, steps), "{:.2g}")
                for steps in STEPS_SHOWN
            ]
            horizon = "–"
            if f"horizon {when}" in lines[0]:
                horizon = summary.in_words(summary.values(lines, f"horizon {when}"))
            name = f"before, weights {when}" if "×" in when else when
            rows.append([model, name, *norms, horizon])
    heads = ["", "training", *(f"{n} back" for n in STEPS_SHOWN), "memory horizon"]
    return (heads, rows) if rows else None


def machine(ran_on):
    """On what all ran."""
    facts = [*ran_on["machine"].items(), *ran_on["versions"].items()]
    return ["", ""], [list(fact) for fact in facts]
