"""Turn the fits into the tables and the picture of a page of the documentation.

`write(path, by_folds, folder)` writes `classification.inc` and `classification.svg`.
"""

from typing import NamedTuple

from classification import summary, tables
from classification.datasets import DATASETS, in_order
from classification.goals import GOALS, GRU
from classification.measures import N_BINS
from classification.picture import draw
from classification.tasks import N_FOLDS
from results import as_rst

LOGISTIC = ("logistic, flattened", "logistic, summaries", "logistic, 1-3 grams")
PICTURE = """.. image:: classification.svg
   :alt: Accuracy of each model on each data set; the tables have the numbers."""


class Part(NamedTuple):
    """A section of the page; `of_folds`: its table is of the candidates' results."""

    title: str
    text: str
    table: object
    of_folds: bool = False
    says: object = None


def goals_in_words(results):
    """How many goals are met, missed and not measured."""
    reached = {goal: goal.reached(results) for goal in GOALS}
    found = [goal.is_met(n) for goal, n in reached.items() if n is not None]
    n_not = len(GOALS) - len(found)
    words = f"{sum(found)} of {len(GOALS)} are met, {len(found) - sum(found)} missed"
    return f"{words}, {n_not} not measured."


def simpler_in_words(results):
    """On which data sets something simpler is no less accurate."""
    sentences = []
    for who, models in (
        ("one of the logistic regressions", LOGISTIC),
        ("logistic regression on summaries", ("logistic, summaries",)),
    ):
        reached, asked = summary.no_less_accurate(results, models, GRU)
        if asked:
            where = f" ({', '.join(reached)})" if reached else ""
            sentences.append(
                f"{who[0].upper()}{who[1:]} is no less accurate than ``{GRU}`` with "
                f"its defaults on {len(reached)} of {len(asked)} sets{where}."
            )
    return " ".join(sentences)


PARTS = (
    Part(
        "Goals",
        """
        What was wanted of skgru before its classifiers were fitted, on the test rows;
        whether a goal is met is decided by ``benchmarks/classification/goals.py``.
        PyTorch's tuned epochs were found on these test rows, which flatters it. The
        best simple model is the best *on these rows*, which nobody can choose
        beforehand; of made-up sets it is logistic regression on the right features.
        """,
        tables.goals,
        says=goals_in_words,
    ),
    Part(
        "Accuracy",
        """
        On the test rows: the median over seeds, and the worst seed in brackets. What
        draws nothing has one number.
        """,
        tables.accuracy,
        says=simpler_in_words,
    ),
    Part(
        "Probabilities",
        """
        Log loss / Brier score / expected calibration error, medians over seeds; of all
        three less is better. The Brier score is the mean over rows of the squared
        differences, summed over all classes, from 0 to 2. The calibration error is that
        of the predicted class's probability, in {n_bins} bins of equal width. Of few
        test rows it is mostly noise. Where classes are weighted, probabilities are of
        the weighted classes, and all three are large for that reason alone.
        """,
        tables.probabilities,
    ),
    Part(
        "A rare class",
        """
        Two rows in a hundred, all models with ``class_weight="balanced"`` that have it.
        Recall is the part of the rare rows that are called so, precision the part of
        the rows called rare that are: a model that calls every row rare has a recall of
        1. The set was made so that logistic regression on the right features has a
        recall of about 0.85.
        """,
        tables.rare,
    ),
    Part(
        "Seconds of a fit",
        """
        On one thread, with kernels compiled and loaded before, while other fits may
        have run on the other core: only their order of magnitude says something.
        """,
        tables.seconds,
    ),
    Part(
        "How the defaults were chosen",
        """
        Mean accuracy / log loss over {n_folds} folds of the training rows, which are
        drawn by class and anew for each seed (of a series they follow on each other,
        in order of time). No test row has a say here. What the candidates are is in
        ``benchmarks/classification/candidates.py``.
        """,
        tables.candidates,
        of_folds=True,
    ),
    Part("Data sets", "", tables.datasets),
)
NUMBERS = {"n_bins": N_BINS, "n_folds": N_FOLDS}


def titled(title, *blocks):
    """A section of the page."""
    return "\n\n".join([f"{title}\n{'-' * len(title)}", *filter(None, blocks)])


def of_part(part, results, folds):
    """The text of a part; without fits it says so."""
    found = folds if part.of_folds else results
    table = part.table(found)
    text = " ".join(part.text.split()).format(**NUMBERS)
    said = part.says(found) if part.says else ""
    return titled(part.title, text, said, as_rst(*table) if table else "Not measured.")


def what_was_measured(results, ran_on):
    """How many fits there are, and of which data sets there are none."""
    fits = summary.of_fits(results)
    counts = [len(lines) for by_model in fits.values() for lines in by_model.values()]
    text = f"{sum(counts):,} fits, up to {max(counts, default=0)} seeds of each."
    missing = [name for name in in_order(DATASETS) if name not in fits]
    if missing:
        text += f" Not measured: {', '.join(missing)}."
    if ran_on.get("quick"):
        text += " **This was a quick trial: its numbers mean nothing.**"
    return text


def write(path, by_folds, folder):
    """Write the tables and the picture."""
    results, ran_on = summary.read(path)
    folds, _ = summary.read(by_folds)
    parts = [what_was_measured(results, ran_on)]
    if draw(results, folder / "classification.svg"):
        parts.append(PICTURE)
    parts += [of_part(part, results, folds) for part in PARTS]
    machine = tables.machine(ran_on)
    if machine:
        parts.append(titled("Machine and versions", as_rst(*machine)))
    text = "\n\n".join(parts) + "\n"
    (folder / "classification.inc").write_text(text, encoding="utf-8")
