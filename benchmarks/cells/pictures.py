"""The pictures of the page. Each function draws one, or returns None without fits."""

import matplotlib
import numpy as np
from cells import summary
from cells.memory_tasks import MEMORY_TASKS, SCORES
from cells.models import AS_MANY_PARAMETERS, GRU, LSTM, OF_KERAS, RAW, RNN
from matplotlib.figure import Figure

# Colours that colour-blind eyes tell apart; the marker says it again.
COLORS = {GRU: "#0072B2", LSTM: "#D55E00", RNN: "#009E73"}
MARKERS = {GRU: "o", LSTM: "s", RNN: "^"}
VARIANTS = {
    "": {"linestyle": "-"},
    OF_KERAS: {"linestyle": "--", "fillstyle": "none"},
    RAW: {"linestyle": ":", "fillstyle": "none"},
    AS_MANY_PARAMETERS: {"linestyle": "none", "fillstyle": "none"},
}
TITLES = {
    "adding": "adding: sum of two marked values",
    "copying": "copying: three symbols",
    "recall": "recall: the first symbol",
    "counting": "counting: as many a as b?",
    "difference": "counting: how many more?",
    "cause": "a cause in noise",
}
AXES = {
    "adding": "steps",
    "copying": "delay, steps",
    "recall": "steps",
    "counting": "a in new rows (trained up to the first)",
    "difference": "a in new rows (trained up to the first)",
    "cause": "steps back",
}
# Where a norm has left what float32 gradients can use.
NORM_LIMITS = (1e-12, 1e4)


def style(model):
    """Colour, marker and line of a model."""
    cell, _, end = model.partition(",")
    variant = VARIANTS["," + end if end else ""]
    return {
        "color": COLORS[cell],
        "marker": MARKERS[cell],
        "markersize": 5,
        "linewidth": 1.5,
        **variant,
    }


def tidy(axes):
    """A light grid, and no frame."""
    axes.grid(color="0.92")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def legend_above(figure, axes, n_columns=5):
    """One legend of all panels: their models, each once."""
    found = {}
    for panel in axes:
        handles, labels = panel.get_legend_handles_labels()
        found.update(zip(labels, handles, strict=True))
    figure.legend(
        handles=list(found.values()),
        labels=list(found),
        loc="outside upper center",
        ncols=n_columns,
        frameon=False,
    )


def line_of_medians(axes, x, columns, **how):
    """Medians as a line, quartiles as a band."""
    low, middle, high = np.array([summary.quartiles(column) for column in columns]).T
    axes.plot(x, middle, **how)
    axes.fill_between(x, low, high, color=how["color"], alpha=0.12, linewidth=0)


def accuracy(results):
    """A line for each data set: errors divided by the GRU's."""
    errors = summary.errors(results)
    if not errors:
        return None
    figure = Figure(figsize=(7.5, 1.4 + 0.23 * len(errors)), layout="constrained")
    axes = figure.subplots()
    for height, row in enumerate(errors.values()):
        middle = np.median(row[GRU])
        low, _, high = summary.quartiles(row[GRU]) / middle
        axes.barh(height, high - low, 0.8, low, color="0.88", zorder=0)
        for model, ratio in summary.relative_to_gru(row).items():
            if model != GRU:
                axes.plot(
                    ratio, height, **{**style(model), "linestyle": "none"}, label=model
                )
    axes.axvline(1, color=COLORS[GRU], linewidth=1)
    axes.set_xscale("log")
    limits = axes.get_xlim()
    axes.set_xticks([0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10])
    axes.set_xlim(limits)
    axes.xaxis.set_major_formatter("{x:g}")
    axes.minorticks_off()
    axes.set_yticks(range(len(errors)), list(errors), fontsize=9)
    axes.set_ylim(len(errors) - 0.4, -0.6)
    axes.set_xlabel("error / error of the GRU (left of 1: better); grey: its quartiles")
    tidy(axes)
    legend_above(figure, [axes], 2)
    return figure


def memory(results):
    """A panel for each memory task: the score by length."""
    sections = [name for name in MEMORY_TASKS if results.get(name)]
    if not sections:
        return None
    n_rows = -(-len(sections) // 2)
    figure = Figure(figsize=(8.5, 0.9 + 2.9 * n_rows), layout="constrained")
    panels = figure.subplots(n_rows, 2, squeeze=False).ravel()
    for panel in panels[len(sections) :]:
        panel.set_visible(False)
    for panel, section in zip(panels, sections, strict=False):
        draw_memory(panel, section, summary.scores(results, section))
    legend_above(figure, panels[: len(sections)], 4)
    return figure


def draw_memory(axes, section, found):
    """One panel: a line for each model, in the order of the lengths."""
    score = SCORES[MEMORY_TASKS[section].score]
    names = [length if part == "new" else part for length, part in found]
    places = dict(enumerate(found.values()))
    for model in dict.fromkeys(m for row in found.values() for m in row):
        for group in groups_of(list(found)):
            there = [place for place in group if model in places[place]]
            columns = [places[place][model] for place in there]
            if score.best == 1:
                # A prediction can be worse than anything: it stands at the edge.
                columns = [np.clip(column, -0.1, 1) for column in columns]
            if columns:
                line_of_medians(axes, there, columns, label=model, **style(model))
    axes.axhline(score.chance, color="black", linewidth=0.8, linestyle=(0, (1, 2)))
    axes.annotate(
        "a guess",
        (1.01, score.chance),
        xycoords=("axes fraction", "data"),
        ha="left",
        va="center",
        fontsize=8,
    )
    if score.best == 0:
        axes.set_yscale("log")
        axes.set_ylim(top=2 * score.chance)
    else:
        axes.set_ylim(min(-0.05, score.chance - 0.15), 1.05)
    axes.set_xticks(range(len(names)), names, fontsize=8 if len(names) > 5 else 10)
    axes.set(title=TITLES[section], xlabel=AXES[section], ylabel=score.name)
    axes.title.set_fontsize(11)
    tidy(axes)


def groups_of(keys):
    """Places that a line joins: all lengths, or the parts of one length's new rows."""
    if all(part == "new" for _, part in keys):
        return [range(len(keys))]
    lengths = dict.fromkeys(length for length, _ in keys)
    return [
        [place for place, (of, _) in enumerate(keys) if of == length]
        for length in lengths
    ]


def gradients(results):
    """Norms of the gradient of the last state, before training and after."""
    (by_model,) = results.get("gradients", {"": {}}).values()
    if not by_model:
        return None
    figure = Figure(figsize=(8.5, 4), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    for panel, when in zip(panels, ("before", "after"), strict=True):
        for model, lines in by_model.items():
            draw_norms(panel, lines, when, label=model, **style(model))
        panel.set(title=f"{when} training", xlabel="steps back", yscale="log")
        tidy(panel)
    for number, key in enumerate(
        key for key in by_model.get(RNN, [{}])[0] if "×" in key
    ):
        how = style(RNN) | {"linestyle": ("--", "-.")[number % 2], "fillstyle": "none"}
        label = f"RNN, recurrent weights {key}"
        draw_norms(panels[0], by_model[RNN], key, **how | {"label": label})
    panels[0].set_ylabel("norm of d state / d state so many steps before")
    panels[0].set_ylim(*NORM_LIMITS)
    legend_above(figure, panels, 4)
    return figure


def draw_norms(axes, lines, key, **how):
    """One line of norms."""
    steps = lines[0]["steps"]
    columns = [
        # A log scale has no zero.
        np.maximum(summary.values(lines, key, str(back)), NORM_LIMITS[0] / 10)
        for back in steps
    ]
    line_of_medians(axes, steps, columns, **how)


def convergence(results):
    """Losses against epochs, and against seconds."""
    found = results.get("convergence")
    if not found:
        return None
    figure = Figure(figsize=(8.5, 0.9 + 2.9 * len(found)), layout="constrained")
    panels = figure.subplots(len(found), 2, sharey="row", squeeze=False)
    for (by_epoch, by_time), (case, by_model) in zip(
        panels, found.items(), strict=True
    ):
        for model, lines in by_model.items():
            seconds = np.median(summary.values(lines, "seconds_of_epoch"))
            for axes, unit in ((by_epoch, 1), (by_time, seconds)):
                draw_losses(axes, model, lines, unit)
        title = {"adding": "adding problem"}.get(case, case)
        by_epoch.set(title=title, xlabel="epochs", ylabel="loss / variance of y")
        by_time.set(title=title, xlabel="seconds")
    legend_above(figure, panels.ravel(), 3)
    return figure


def draw_losses(axes, model, lines, unit):
    """Medians of the losses of held-out rows, and of training rows, thin."""
    for name, what, how in (
        ("validation", "held-out rows", {}),
        ("loss", "training rows", {"linestyle": ":", "linewidth": 1}),
    ):
        curves = summary.values(lines, name).T
        if len(curves):
            x = unit * np.arange(1, 1 + len(curves))
            how = style(model) | {"marker": None, "label": f"{model}, {what}"} | how
            line_of_medians(axes, x, curves, **how)
    axes.set_yscale("log")
    tidy(axes)


def save(figure, path):
    """Write the file: the same from the same numbers."""
    matplotlib.rcParams["svg.hashsalt"] = "skgru"
    figure.savefig(path, metadata={"Date": None})
