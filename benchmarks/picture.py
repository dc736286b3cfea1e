"""The picture of the ratios: one line for each peer and workload, on a log axis."""

from typing import NamedTuple

import matplotlib
from goals import JAX, PYTORCH, SKGRU_1, SKGRU_2, SKORCH, TENSORFLOW
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from results import best_of, ratios
from workloads import TRAINING

LINE_INCHES = 0.22


class Style(NamedTuple):
    """How an entry is drawn: told apart by colour-blind eyes, by shape and by place."""

    colour: str
    marker: str
    offset: float


STYLES = {SKGRU_1: Style("#0072B2", "o", -0.14), SKGRU_2: Style("#D55E00", "D", 0.14)}


class Line(NamedTuple):
    """One line of the picture: what skgru's entries are divided by.

    `others` holds for each entry of skgru those of the peer, of which the fastest
    counts.
    """

    label: str
    others: dict[str, tuple[str, ...]]


def both(label, others):
    """A line of a peer that is the same for one and for two jobs."""
    return Line(label, {SKGRU_1: others, SKGRU_2: others})


def by_threads(peer):
    """A line of a peer that is measured with as many threads as skgru."""
    return Line(
        peer, {SKGRU_1: (f"{peer}, 1 thread",), SKGRU_2: (f"{peer}, 2 threads",)}
    )


def alone(label, entry, *others):
    """A line of one entry of skgru."""
    return Line(label, {entry: others})


TRAINED = (
    both("JAX, by hand", JAX),
    both("PyTorch", PYTORCH),
    both("Keras (JAX)", ("Keras (JAX)",)),
    both("Keras (TensorFlow)", TENSORFLOW),
)
PREDICTED = (by_threads("ONNX Runtime"), by_threads("PyTorch"))
PANELS = {
    **{name: (f"training step: {name}", TRAINED) for name in TRAINING},
    "predict-mid": ("prediction: mid", PREDICTED),
    "predict-large": ("prediction: large", PREDICTED),
    "predict-one": (
        "prediction: one row",
        (
            alone("LinearRegression", "skgru, predict", "LinearRegression, predict"),
            alone("ONNX Runtime", "skgru, predict", "ONNX Runtime, run"),
        ),
    ),
    "grid": (
        "grid search",
        (
            alone("MLPRegressor", SKGRU_1, "MLPRegressor"),
            alone("skorch", SKGRU_1, *SKORCH),
        ),
    ),
}


def draw_line(axes, height, line, measurements):
    """The points of a line, each with its range."""
    for entry, others in line.others.items():
        other = best_of(measurements, others)
        if other is None or entry not in measurements:
            continue
        # "skgru, predict" is on one job too.
        style = STYLES.get(entry, STYLES[SKGRU_1])
        found = ratios(measurements, entry, other)
        y = height + style.offset
        axes.plot(found[1:], [y, y], color=style.colour, linewidth=1.5, alpha=0.6)
        axes.plot(found.median, y, style.marker, color=style.colour, markersize=5)


def draw(comparisons, path):
    """Draw what was measured of `PANELS`, and write the file."""
    panels = {name: PANELS[name] for name in PANELS if name in comparisons}
    labels, height = [], 0
    n_lines = sum(1.4 + len(lines) for _, lines in panels.values())
    figure = Figure(figsize=(7.5, 1.3 + LINE_INCHES * n_lines), layout="constrained")
    axes = figure.subplots()
    for name, (title, lines) in panels.items():
        labels.append((height, title, "bold"))
        for line in lines:
            height += 1
            labels.append((height, line.label, "normal"))
            draw_line(axes, height, line, comparisons[name]["measurements"])
        height += 1.4
    label_axes(figure, axes, labels)
    # The same file from the same numbers.
    matplotlib.rcParams["svg.hashsalt"] = "skgru"
    figure.savefig(path, metadata={"Date": None})


def label_axes(figure, axes, labels):
    """Names of the lines, the axis of ratios, and what the points are."""
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda ratio, _: f"{ratio:g}")
    axes.axvline(1, color="black", linewidth=0.8)
    axes.grid(axis="x", color="0.9")
    axes.set_axisbelow(True)
    axes.set_yticks([height for height, _, _ in labels])
    names = axes.set_yticklabels([label for _, label, _ in labels], fontsize=9)
    for name, (_, _, weight) in zip(names, labels, strict=True):
        name.set_fontweight(weight)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(labels[-1][0] + 0.8, -0.8)
    axes.set_xlabel("time of skgru / time of the peer (left of 1: skgru is faster)")
    axes.spines[["top", "right", "left"]].set_visible(False)
    handles = [
        Line2D([], [], color=style.colour, marker=style.marker, label=entry)
        for entry, style in STYLES.items()
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2, frameon=False)
