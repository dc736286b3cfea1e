"""The tables of the page: each function gives heads and rows, or None without fits."""

import numpy as np
from classification import measures, models, summary
from classification.datasets import DATASETS
from classification.goals import GOALS
from classification.measures import ACCURACY, BRIER, CALIBRATION, LOG_LOSS

RIGHT = "logistic, right features"
SECONDS = "seconds of fit"
NONE = "–"


def in_words(numbers, measure, form="{:.3f}"):
    """The median, and the worst seed where there are several."""
    if not len(numbers):
        return NONE
    words = form.format(np.median(numbers))
    if len(numbers) > 1:
        words += f" [{form.format(summary.worst(numbers, measure))}]"
    return words


def number(value, form="{:.3f}"):
    """A number, or a dash for None."""
    return NONE if value is None else form.format(value)


def goals(results):
    """Each goal, what PyTorch and the best simple model reach, and what was reached."""
    rows = []
    for goal in GOALS:
        there = results.get(goal.dataset, {})
        peers = [models.PYTORCH_TUNED, models.PYTORCH]
        peer = next((name for name in peers if name in there), None)
        # Where it is known what a model has to know, that is what counts.
        simple = [RIGHT] if RIGHT in there else models.SIMPLE
        best = summary.best_of(results, goal.dataset, simple, goal.measure)
        of_peer = goal._replace(model=peer).reached(results)
        reached = goal.reached(results)
        verdict = ["not measured", ""]
        if reached is not None:
            verdict = [number(reached), "yes" if goal.is_met(reached) else "no"]
        rows.append(
            [
                goal.dataset,
                goal.model,
                goal.what,
                number(of_peer),
                f"{best[0]}: {best[1]:.3f}" if best else NONE,
                goal.wanted,
                *verdict,
            ]
        )
    heads = ["set", "model", "measure", "PyTorch", "best simple model", "goal"]
    return [*heads, "reached", "met"], rows


def by_dataset(results, cell):
    """Heads and rows of a table of data sets and models."""
    fits = summary.of_fits(results)
    if not fits:
        return None
    shown = summary.models_in(fits)
    rows = [[name, *(cell(name, model) for model in shown)] for name in fits]
    # A model that has nothing to say in any row has no column.
    kept = [n for n in range(1, len(shown) + 1) if any(r[n] != NONE for r in rows)]
    heads = ["set", *(shown[n - 1] for n in kept)]
    return heads, [[row[0], *(row[n] for n in kept)] for row in rows]


def accuracy(results):
    """Medians and the worst seed."""
    return by_dataset(
        results,
        lambda name, model: in_words(
            summary.values(results, name, model, ACCURACY), ACCURACY
        ),
    )


def probabilities(results):
    """Log loss, Brier score and calibration error, medians."""

    def cell(name, model):
        found = [
            summary.median(results, name, model, measure)
            for measure in (LOG_LOSS, BRIER, CALIBRATION)
        ]
        return NONE if found[0] is None else " / ".join(map(number, found))

    return by_dataset(results, cell)


def rare(results):
    """Recall of the rare class, and how many of those that are called rare are."""
    rows = [
        [
            name,
            model,
            *(
                in_words(summary.values(results, name, model, measure), measure)
                for measure in (measures.RECALL, measures.PRECISION, ACCURACY)
            ),
        ]
        for name, by_model in summary.of_fits(results).items()
        for model in by_model
        if len(summary.values(results, name, model, measures.RECALL))
    ]
    heads = ["set", "model", measures.RECALL, measures.PRECISION, ACCURACY]
    return (heads, rows) if rows else None


def seconds(results):
    """Medians of the time of a fit."""
    return by_dataset(
        results,
        lambda name, model: number(
            summary.median(results, name, model, SECONDS), "{:.3g}"
        ),
    )


def candidates(folds):
    """Means over folds, and over the data sets on which all candidates were fitted."""
    fits = summary.of_fits(folds)
    if not fits:
        return None
    shown = summary.models_in(fits)
    whole = [name for name, by_model in fits.items() if len(by_model) == len(shown)]
    rows = []
    for model in shown:
        means = {
            measure: {
                name: float(np.mean(numbers))
                for name in fits
                if len(numbers := summary.values(fits, name, model, measure))
            }
            for measure in (ACCURACY, LOG_LOSS)
        }
        over = [
            number(np.mean([of[name] for name in whole]) if whole else None)
            for of in means.values()
        ]
        cells = [
            " / ".join(number(of.get(name)) for of in means.values()) for name in fits
        ]
        rows.append([model, *over, *cells])
    heads = [
        "candidate",
        f"accuracy, {len(whole)} sets",
        f"log loss, {len(whole)} sets",
    ]
    return [*heads, *fits], rows


def datasets(results):
    """Where they are from, and how large they are."""
    rows = [
        [
            name,
            f"{DATASETS[name].kind}: {DATASETS[name].source}",
            *map("{:,}".format, shape.values()),
        ]
        for name, by_model in summary.of_fits(results).items()
        if (shape := next(iter(by_model.values()))[0].get("shape"))
    ]
    heads = ["set", "source", "training rows", "test rows", "steps", "features"]
    return ([*heads, "classes"], rows) if rows else None


def machine(ran_on):
    """On what all ran."""
    if not ran_on:
        return None
    facts = {**ran_on["machine"], **ran_on["versions"]}
    if "jobs" in ran_on:
        facts["fits at the same time"] = ran_on["jobs"]
    return ["", ""], [[name, str(fact)] for name, fact in facts.items()]
