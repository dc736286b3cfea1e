"""What the displays share: panels, legends, colours, and checks of their input.

matplotlib is imported inside the functions that draw, not when skgru is imported.
"""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from skgru._checks import shortened

# Okabe and Ito's colours, which colour-blind people can tell apart: the darker ones
# come first on a light background, and the lighter ones on a dark background.
_ON_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_ON_DARK = ("#56B4E9", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#F0E442")
# Dashes tell the lines apart without colours.
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 3)))


class Panels(NamedTuple):
    """Axes to draw into, one above the other.

    Attributes
    ----------
    figure : matplotlib Figure
    axes : ndarray of Axes
    bounding_ax : Axes or None
        The Axes that was divided into `axes`, if the user passed a single one.
    bar_places : list of dict
        For each colour bar, the arguments that tell ``Figure.colorbar`` its place.
    """

    figure: Any
    axes: np.ndarray
    bounding_ax: Any
    bar_places: list


def make_panels(ax, heights, figsize, bars=()):
    """Find or make the axes of a display.

    Parameters
    ----------
    ax : Axes, array-like of Axes or None
        What the user passed: one Axes for each panel, or one to divide into panels.
        None: a new figure is made.
    heights : sequence of float
        Heights of the panels, relative to each other.
    figsize : (float, float)
        Width and height of a new figure, in inches.
    bars : sequence of slice, default=()
        For each colour bar, the panels that it stands beside.

    Returns
    -------
    Panels

    Raises
    ------
    TypeError
        If `ax` holds anything else.
    ValueError
        If the number of axes is wrong, or the one Axes cannot be divided.
    """
    import matplotlib.pyplot as plt
    from matplotlib.gridspec import GridSpecFromSubplotSpec

    widths = [1, 0.025] if bars else [1]
    if ax is None:
        figure = plt.figure(figsize=figsize, layout="constrained")
        whole = figure.add_gridspec(
            len(heights), len(widths), height_ratios=heights, width_ratios=widths
        )
        return _fill_grid(figure, whole, bars, None)
    given = check_axes(ax, len(heights))
    if len(given) == len(heights):
        stops = [None, *[rows.stop for rows in bars]]
        places = [
            _place_of_bar(given[slice(*ends)], given[rows])
            for rows, ends in zip(bars, pairwise(stops), strict=True)
        ]
        return Panels(given[0].figure, given, None, places)
    (bounding_ax,) = given
    place = _place_to_divide(bounding_ax, len(heights))
    bounding_ax.set_axis_off()
    figure = bounding_ax.figure
    if bars and figure.get_layout_engine() is None:
        widths = [*widths, 0.13]  # an empty column, as room for the labels of bars
    grid = GridSpecFromSubplotSpec(
        len(heights),
        len(widths),
        subplot_spec=place,
        height_ratios=heights,
        width_ratios=widths,
        wspace=0.06 if bars else None,
    )
    return _fill_grid(figure, grid, bars, bounding_ax)


def _place_of_bar(parents, beside):
    """Arguments that put a colour bar beside the last of its parents.

    A bar takes space from all axes since the last bar, its parents, so that these stay
    aligned.
    """
    top, bottom = (parents[i].get_position() for i in (0, -1))
    height = beside[0].get_position().y1 - bottom.y0
    # All bars of a figure are equally wide, however high they are.
    inches = height * parents[0].figure.get_size_inches()[1]
    return {
        "ax": list(parents),
        "shrink": height / (top.y1 - bottom.y0),
        "anchor": (0, 0),
        "aspect": max(1, inches / 0.12),
    }


def check_axes(ax, n_panels):
    """Check the axes that a user passed, and return them as a 1-D array."""
    from matplotlib.axes import Axes

    axes = np.array(ax, dtype=object).ravel()
    for found in axes:
        if not isinstance(found, Axes):
            raise TypeError(
                f"ax holds a {type(found).__name__}, but matplotlib Axes are wanted. "
                "Pass what plt.subplots returns as its second value, or None for a "
                "new figure."
            )
    if len(axes) not in (1, n_panels):
        one = "" if n_panels == 1 else ", or one, which is divided into them"
        raise ValueError(
            f"ax holds {len(axes)} axes, but this display has {n_panels} panel(s). "
            f"Pass {n_panels}{one}, or None for a new figure."
        )
    return axes


def _place_to_divide(ax, n_panels):
    """The place of an ax in the grid of its figure, which can be divided."""
    if not ax.axison:
        raise ValueError(
            "ax is switched off: probably another display has been drawn into it. Pass "
            "the axes of that display, ax=display.axes_, to draw into the same panels."
        )
    place = ax.get_subplotspec()
    if place is None:
        raise ValueError(
            f"ax stands in no grid, so it cannot be divided into {n_panels} panels. "
            f"Pass an ax of plt.subplots or Figure.add_subplot, or {n_panels} axes."
        )
    return place


def _fill_grid(figure, grid, bars, bounding_ax):
    """Put panels that share x into the first column of a grid, bars into the second."""
    axes = np.empty(grid.nrows, dtype=object)
    for i in range(grid.nrows):
        axes[i] = figure.add_subplot(grid[i, 0], sharex=axes[0] if i else None)
        if i + 1 < grid.nrows:
            axes[i].tick_params(labelbottom=False)
    places = [{"cax": figure.add_subplot(grid[rows, 1])} for rows in bars]
    return Panels(figure, axes, bounding_ax, places)


def as_floats(values, name):
    """What a user passes to be drawn, as an array of float64.

    Parameters
    ----------
    values : array-like
    name : str
        What messages call the values.

    Raises
    ------
    ValueError
        If `values` are no numbers.
    """
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{name} = {shortened(values)} cannot be read as numbers. Pass an "
            "array of numbers, NaN where a value is not known."
        ) from None


def label_x(axes, label):
    """Label the x axis of each panel that shows numbers there."""
    for ax in axes:
        if ax.xaxis.get_tick_params().get("labelbottom", True):
            ax.set_xlabel(label)


def ink(ax):
    """Colour of the labels of an ax, which stands out from the background."""
    return ax.xaxis.label.get_color()


def line_styles(ax):
    """Six line styles of different colours and dashes, visible on the background.

    Returns
    -------
    list of dict
    """
    from matplotlib.colors import to_rgb

    # The weights are how bright red, green and blue appear to the eye.
    is_dark = np.dot(to_rgb(ax.get_facecolor()), (0.2126, 0.7152, 0.0722)) < 0.5
    colors = _ON_DARK if is_dark else _ON_LIGHT
    return [
        {"color": color, "linestyle": dashes}
        for color, dashes in zip(colors, _DASHES, strict=True)
    ]


def draw_line(ax, x, y, **style):
    """Draw a line, with a point for each value that has a gap on both sides.

    Returns
    -------
    matplotlib Line2D
    """
    is_there = np.concatenate(([False], np.isfinite(y), [False]))
    is_alone = is_there[1:-1] & ~is_there[:-2] & ~is_there[2:]
    if is_alone.any():
        points = np.flatnonzero(is_alone).tolist()
        style = {"marker": "o", "markersize": 4, "markevery": points} | style
    return ax.plot(x, y, **style)[0]


def legend_above_data(ax):
    """Put a legend at the top of an ax, and make room for it above the data.

    Limits that the user has set stay as they are.

    Returns
    -------
    matplotlib Legend
    """
    # The sizes in pixels are known only after everything has been laid out.
    ax.figure.canvas.figure.draw_without_rendering()
    panel = ax.get_window_extent()
    for n_columns in range(len(ax.get_legend_handles_labels()[1]), 0, -1):
        legend = ax.legend(
            loc="upper left",
            ncols=n_columns,
            borderaxespad=0.2,
            # No frame, but opaque: vertical lines would show through the legend.
            facecolor=ax.get_facecolor(),
            edgecolor="none",
            framealpha=1,
            labelcolor=ink(ax),
        )
        extent = legend.get_window_extent()
        # The legend fits if its right margin is at least as wide as its left one.
        if panel.x1 - extent.x1 >= extent.x0 - panel.x0:
            break
    if ax.get_autoscaley_on():
        scale = ax.yaxis.get_transform()
        low, high = scale.transform(ax.get_ylim())
        room = min((panel.y1 - extent.y0) / panel.height, 0.7)
        top = low + (high - low) / (1 - room)
        # With auto=None, anything that is drawn later may still widen the limits.
        ax.set_ylim(top=scale.inverted().transform(top), auto=None)
    return legend
