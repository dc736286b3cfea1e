"""Turn the results into the tables and pictures of a page of the documentation.

`write(path, folder)` writes `cells.inc` and the pictures `cells_*.svg` into the folder.
"""

from typing import NamedTuple

from cells import claims, counts, fits, pictures, summary, tables, tasks
from cells.memory_tasks import MEMORY_TASKS
from results import as_rst


class Part(NamedTuple):
    """A section of the page.

    Attributes
    ----------
    title, text : str
    tables : tuple of callable
    picture : callable or None
        Drawn below the text, before the tables.
    line : str
        What underlines the title.
    """

    title: str
    text: str
    tables: tuple
    picture: object = None
    line: str = "-"


NUMBERS = {
    "n_features": counts.N_FEATURES,
    "batch": counts.BATCH_SIZE,
    "units": fits.N_UNITS,
    "units_memory": fits.N_UNITS_MEMORY,
    "few": tasks.FEW_ROWS,
    "epochs": fits.N_EPOCHS_OVERFITTING,
    "steps": fits.ADDING_STEPS,
}
MEMORY_TEXTS = {
    "adding": (
        "Adding: mean squared error by the number of steps",
        "Two of the random values are marked by a second feature, y is their sum "
        "(Hochreiter and Schmidhuber 1997).",
    ),
    "copying": (
        "Copying: share of right symbols by the delay",
        "Three of eight symbols, then steps without any; y is the three symbols.",
    ),
    "recall": (
        "Recall of the first symbol: share of right answers",
        "One of eight symbols at each step; y is the first.",
    ),
    "counting": (
        "As many a as b: share of right answers",
        "Sequences of a and then b (Weiss, Goldberg and Yahav 2018), with missing "
        "steps before them. In half of them there are as many b as a, in the others "
        "up to five more or fewer. New rows are as long as those of the training, "
        "and longer.",
    ),
    "difference": (
        "How many more a than b: R²",
        "The same sequences; y is the difference of the counts.",
    ),
    "cause": (
        "A cause in noise: R² by steps back",
        "A series of independent noise; y is its value so many steps back and a "
        "tenth of noise. The window is ten steps longer.",
    ),
}


def part_of_memory(section):
    """The part of a memory task: what it is, and how much there is of it."""
    title, text = MEMORY_TEXTS[section]
    task = MEMORY_TASKS[section]
    text += f" {task.n_rows:,} rows, {task.n_epochs} epochs."
    return Part(title, text, (tables.memory(section),), line="~")


PARTS = (
    Part(
        "The tutorial's table, line by line",
        """
        The numbers are those of the sections below; whether a line holds is decided
        by the rules in ``benchmarks/cells/claims.py``: "holds" if it does in all that
        was measured, "depends" if in some.
        """,
        (claims.table,),
    ),
    Part(
        "Counts",
        """
        Of one layer with {n_features} features and its head, from the arrays of
        fitted models. All weights of a layer are multiplied once a step, in the
        forward pass. Of the LSTM and the RNN, the last column has the units that come
        closest to the GRU's number of parameters.
        """,
        (tables.counts,),
    ),
    Part(
        "Time and memory",
        """
        An epoch of training and ``predict``, in mini-batches of {batch} rows of
        float32, medians over rounds in turn, with quartiles; nothing ran beside. Rows
        differ by size, and are the same for all cells and both libraries. PyTorch is
        ``nn.GRU``, ``nn.LSTM`` and ``nn.RNN`` with a linear head and Adam. Memory is
        the peak of what NumPy allocates within ``fit``, which is the same in each
        run.
        """,
        (tables.times, tables.sizes),
    ),
    Part(
        "Accuracy at first try",
        """
        The data sets of :ref:`evidence`, each cell with the defaults and {units}
        units, the LSTM and the RNN also with as many units as give the GRU's number
        of parameters. Ratios are of median RMSE over seeds. Better (+) and worse (−)
        than the GRU means: the medians differ by more than the larger of the two
        spreads, which are the interquartile ranges over seeds.
        """,
        (tables.accuracy, tables.accuracy_by_dataset),
        pictures.accuracy,
    ),
    Part(
        "Overfitting",
        """
        The data sets of fewer than {few} training rows, {units} units, {epochs}
        epochs that nothing ends: the RMSE of the training rows, that of later rows,
        and the latter divided by the RMSE of the same rows with the defaults, which
        hold out rows and stop.
        """,
        (tables.overfitting,),
    ),
    Part(
        "Memory",
        """
        Made-up tasks, {units_memory} units, the same epochs for all cells; each seed
        draws data and weights anew. Lines are medians, bands quartiles. "keras" are
        the first weights of Keras instead of the defaults (``gate_init``); "raw" is
        ``standardize=False``, where X holds zeros and ones. Up to "a guess" nothing
        was learned.
        """,
        (),
        pictures.memory,
    ),
    *map(part_of_memory, MEMORY_TEXTS),
    Part(
        "Gradients",
        """
        The derivative of the last state with respect to the state some steps before,
        by the product of the steps' Jacobians: spectral norm, mean over sequences of
        the adding problem with {steps} steps. Of the LSTM, state and memory are taken
        together. Before training are the first weights. The memory horizon is that of
        :func:`skgru.inspection.memory_horizon`: steps that the prediction still
        hears.
        """,
        (tables.gradients,),
        pictures.gradients,
    ),
    Part(
        "Convergence",
        """
        Yearly sunspots with {units} units, and the adding problem of {steps} steps
        with {units_memory}, on one thread with nothing beside: medians over seeds. An
        epoch's seconds are those of the fit divided by its epochs.
        """,
        (),
        pictures.convergence,
    ),
)
ALTERNATIVE_TEXTS = {
    "accuracy": "Error of each model on each data set, divided by that of the GRU.",
    "memory": "Score of each cell on each memory task by length.",
    "gradients": "Norm of the gradient of the last state by steps back, two panels.",
    "convergence": "Losses of the three cells by epochs and by seconds.",
}


def of_part(part, results, folder):
    """The text of a part, or nothing without results; its picture is written."""
    blocks = [as_rst(*table) for make in part.tables if (table := make(results))]
    figure = part.picture(results) if part.picture else None
    if figure is not None:
        name = part.picture.__name__
        pictures.save(figure, folder / f"cells_{name}.svg")
        alt = ALTERNATIVE_TEXTS[name]
        blocks.insert(0, f".. image:: cells_{name}.svg\n   :alt: {alt}")
    if not blocks:
        return ""
    text = " ".join(part.text.split()).format(**NUMBERS)
    title = f"{part.title}\n{part.line * len(part.title)}"
    return "\n\n".join(filter(None, [title, text, *blocks]))


def seeds_in_words(results):
    """How many seeds there are, and of what there are fewer."""
    fewer, most = summary.fewer_seeds(results)
    n_fits = sum(
        len(lines)
        for section, cases in results.items()
        if section not in ("counts", "time")
        for by_model in cases.values()
        for lines in by_model.values()
    )
    text = f"All numbers are medians over {most} seeds, of {n_fits:,} fits."
    if fewer:
        names = ", ".join(f"{name} ({number})" for name, number in fewer.items())
        text += f" Fewer seeds: {names}."
    missing = [
        name for name in ("counts", "time", *MEMORY_TASKS) if name not in results
    ]
    return text + (f" Not measured: {', '.join(missing)}." if missing else "")


def write(path, folder):
    """Write the tables and the pictures."""
    results, ran_on = summary.read(path)
    parts = [seeds_in_words(results)]
    if ran_on.get("quick"):
        parts.append("**This was a quick trial: its numbers mean nothing.**")
    parts += [text for part in PARTS if (text := of_part(part, results, folder))]
    title = "Machine and versions"
    parts.append(f"{title}\n{'-' * len(title)}\n\n{as_rst(*tables.machine(ran_on))}")
    (folder / "cells.inc").write_text("\n\n".join(parts) + "\n", encoding="utf-8")
