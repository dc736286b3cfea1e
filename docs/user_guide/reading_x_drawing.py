"""The drawing of the page "How X is read": three tables, and what becomes of a row."""

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, Rectangle

# Okabe and Ito's colours, which those who are colour-blind can tell apart.
BLUE, ORANGE, GREEN, GREY = "#56b4e9", "#e69f00", "#009e73", "#d9d9d9"
INK = "#222222"

figure, axes = plt.subplots(1, 3, figsize=(10.5, 3.4), facecolor="white")


def cell(ax, x, y, text="", color="white", width=1.0, alpha=1.0):
    """One cell of a table, its lower left corner at (x, y)."""
    ax.add_patch(Rectangle((x, y), width, 0.8, facecolor=color, edgecolor=INK, lw=0.8))
    ax.text(x + width / 2, y + 0.4, text, ha="center", va="center", size=8, alpha=alpha)


def arrow(ax, start, stop, color=INK, bend=0.0):
    """An arrow from one place to another."""
    ax.add_patch(
        FancyArrowPatch(
            start,
            stop,
            arrowstyle="-|>",
            mutation_scale=9,
            lw=1.1,
            color=color,
            connectionstyle=f"arc3,rad={bend}",
        )
    )


def head(ax, x, y):
    """Where the prediction comes out."""
    ax.text(
        x,
        y,
        "head",
        ha="center",
        va="center",
        size=8,
        bbox={"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": INK},
    )
    arrow(ax, (x + 0.55, y), (x + 1.25, y))
    ax.text(x + 1.5, y, "ŷ", ha="center", va="center", size=11)


def finish(ax, title):
    """Title, limits, and no axes."""
    ax.set(xlim=(-0.3, 9.3), ylim=(0.1, 8.1), aspect="equal")
    ax.set_title(title, size=9, color=INK, family="monospace")
    ax.axis("off")


# Rows of two series, as they come.
ax = axes[0]
rows = [("a", 1), ("a", 2), ("b", 1), ("a", 3), ("b", 2), ("a", 4)]
seen = [1, 3, 5]
for i, (series, t) in enumerate(rows):
    y = 6 - i
    color = BLUE if series == "a" else ORANGE
    cell(ax, 0, y, series, color, 0.8)
    cell(ax, 0.8, y, f"x{t}", color, 1.1, alpha=1 if i in seen or i == 0 else 0.8)
cell(ax, 0, 7, "g", "white", 0.8)
cell(ax, 0.8, 7, "x", "white", 1.1)
for place, i in enumerate(seen):
    x = 3.0 + 1.15 * place
    cell(ax, x, 1, f"x{rows[i][1]}", BLUE, 1.0)
    arrow(ax, (1.9, 6 - i + 0.4), (x + 0.5, 1.85), bend=-0.25)
ax.text(4.6, 0.45, "steps of row 6", ha="center", va="center", size=8)
arrow(ax, (6.35, 1.4), (6.9, 1.4))
head(ax, 7.5, 1.4)
finish(ax, "window=3, group_column='g'")

# A row of a table of lags.
ax = axes[1]
names = ["lag_1", "lag_3", "weekday", "lag_2"]
values = ["x₃", "x₁", "Tue", "x₂"]
widths = [1.3, 1.3, 1.9, 1.3]
step_of = {"lag_3": 0, "lag_2": 1, "lag_1": 2}
x = 0.6
for name, value, width in zip(names, values, widths, strict=True):
    is_step = name in step_of
    cell(ax, x, 6, name, "white", width)
    cell(ax, x, 5.2, value, BLUE if is_step else GREEN, width)
    if is_step:
        target = 0.9 + 1.3 * step_of[name]
        arrow(ax, (x + width / 2, 5.2), (target + 0.5, 2.25))
    else:
        arrow(ax, (x + width / 2, 5.2), (6.4, 1.85), GREEN, bend=-0.2)
    x += width
for place, value in enumerate(["x₁", "x₂", "x₃"]):
    cell(ax, 0.9 + 1.3 * place, 1.4, value, BLUE, 1.0)
ax.text(2.7, 0.85, "oldest first", ha="center", va="center", size=8)
arrow(ax, (4.6, 1.8), (5.75, 1.6))
head(ax, 6.4, 1.5)
finish(ax, "columns named by lags")

# Sequences of a 3-D X.
ax = axes[2]
for sample in range(3):
    for step in range(4):
        is_missing = sample == 0 and step < 2
        cell(
            ax,
            0.2 + 1.1 * step,
            5.4 - 1.5 * sample,
            "NaN" if is_missing else "x",
            GREY if is_missing else BLUE,
            1.0,
        )
    y = 5.8 - 1.5 * sample
    arrow(ax, (4.7, y), (5.45, y))
    head(ax, 6.05, y)
ax.text(1.2, 6.75, "skipped", ha="center", va="center", size=8)
ax.text(3.5, 6.75, "read", ha="center", va="center", size=8)
ax.text(2.4, 1.6, "n_timesteps", ha="center", va="center", size=8)
arrow(ax, (0.3, 1.95), (4.5, 1.95))
finish(ax, "3-D: (3, 4, n_features)")

figure.tight_layout(w_pad=0.5)
