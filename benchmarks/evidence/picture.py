"""The picture of the errors: a line for each data set, a marker for each model."""

import matplotlib
from evidence.datasets import DATASETS
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

LINE_INCHES = 0.23
# Colours that colour-blind eyes tell apart; the marker and its filling say it again.
STYLES = {
    "last value": {"marker": "|", "color": "black"},
    "training mean": {"marker": "x", "color": "0.5"},
    "Ridge": {"marker": "s", "color": "#0072B2", "fillstyle": "none"},
    "HistGradientBoosting": {"marker": "^", "color": "#009E73", "fillstyle": "none"},
    "MLPRegressor": {"marker": "v", "color": "#CC79A7", "fillstyle": "none"},
    "PyTorch": {"marker": "P", "color": "#56B4E9"},
    "defaults, gates as in Keras, no anchor": {
        "marker": "o",
        "color": "#E69F00",
        "fillstyle": "none",
    },
    "defaults": {"marker": "*", "color": "#D55E00", "markersize": 9},
}
MARKER = {"linestyle": "none", "markersize": 6}
# Beyond it a marker stands at the edge.
FARTHEST = 20


def draw(by_dataset, path):
    """Draw the ratios of the models of `STYLES`, and write the file."""
    kinds = list(dict.fromkeys(DATASETS[name].kind for name in by_dataset))
    n_lines = len(by_dataset) + 1.6 * len(kinds)
    figure = Figure(figsize=(7.5, 1.6 + LINE_INCHES * n_lines), layout="constrained")
    axes = figure.subplots()
    labels, height = [], 0.0
    for kind in kinds:
        labels.append((height, kind, "bold"))
        for name, ratios in by_dataset.items():
            if DATASETS[name].kind == kind:
                height += 1
                labels.append((height, name, "normal"))
                draw_line(axes, height, ratios)
        height += 1.6
    label_axes(figure, axes, labels)
    # The same file from the same numbers.
    matplotlib.rcParams["svg.hashsalt"] = "skgru"
    figure.savefig(path, metadata={"Date": None})


def draw_line(axes, height, ratios):
    """The markers of a data set."""
    axes.axhline(height, color="0.93", linewidth=0.8, zorder=0)
    for model, style in STYLES.items():
        if model in ratios:
            ratio = min(ratios[model], FARTHEST)
            axes.plot(ratio, height, **{**MARKER, **style})


def label_axes(figure, axes, labels):
    """Names of the lines, the axis of ratios, and what the markers are."""
    axes.set_xscale("log")
    axes.set_xticks([0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, FARTHEST])
    axes.minorticks_off()
    axes.xaxis.set_major_formatter(
        lambda ratio, _: f"≥ {ratio:g}" if ratio == FARTHEST else f"{ratio:g}"
    )
    axes.axvline(1, color="black", linewidth=0.8)
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    axes.set_yticks([height for height, _, _ in labels])
    names = axes.set_yticklabels([label for _, label, _ in labels], fontsize=9)
    for name, (_, _, weight) in zip(names, labels, strict=True):
        name.set_fontweight(weight)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(labels[-1][0] + 0.8, -0.8)
    axes.set_xlabel("error / error of the best baseline (left of 1: better)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    handles = [
        Line2D([], [], label=model, **{**MARKER, **style})
        for model, style in STYLES.items()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False)
