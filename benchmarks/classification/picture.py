"""The picture of the page: accuracy of the models on each data set."""

import numpy as np
from cells.pictures import legend_above, save, tidy
from classification import models, summary
from classification.measures import ACCURACY
from matplotlib.figure import Figure

# Colours that colour-blind eyes tell apart; the marker says it again.
STYLES = {
    "majority": ("0.6", "|"),
    "logistic, last step": ("0.6", "."),
    "logistic, flattened": ("#56B4E9", "s"),
    "logistic, summaries": ("#009E73", "D"),
    "logistic, 1-3 grams": ("#F0E442", "D"),
    "boosting, summaries": ("#CC79A7", "v"),
    "1-NN": ("0.35", "x"),
    models.PYTORCH: ("#E69F00", "<"),
    models.PYTORCH_TUNED: ("#D55E00", ">"),
    "GRUClassifier": ("#0072B2", "o"),
}


def draw(results, path):
    """Write the file, and say whether there was anything to draw."""
    fits = summary.of_fits(results)
    if not fits:
        return False
    figure = Figure(figsize=(8, 1.4 + 0.4 * len(fits)), layout="constrained")
    axes = figure.subplots()
    for height, name in enumerate(fits):
        for model, (color, marker) in STYLES.items():
            numbers = summary.values(fits, name, model, ACCURACY)
            if not len(numbers):
                continue
            how = {"color": color, "label": model, "linestyle": "none"}
            axes.plot(np.median(numbers), height, marker=marker, markersize=7, **how)
            if len(numbers) > 1:
                ends = min(numbers), max(numbers)
                axes.hlines(height, *ends, color=color, alpha=0.5, zorder=1)
    axes.set_yticks(range(len(fits)), list(fits))
    axes.set_ylim(len(fits) - 0.5, -0.5)
    axes.set_xlabel("accuracy on the test rows: medians, lines from worst to best seed")
    axes.set_xlim(right=1.01)
    tidy(axes)
    legend_above(figure, [axes], 3)
    save(figure, path)
    return True
