"""Checks that every picture must pass, whatever it shows."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.text import Text


def labels_of_legend(ax):
    """Texts of the legend of an ax."""
    return [text.get_text() for text in ax.get_legend().get_texts()]


def check_picture(draw):
    """Check a picture in the default and in the dark style of Matplotlib.

    Parameters
    ----------
    draw : callable
        Returns a display.
    """
    for style in ("default", "dark_background"):
        with plt.style.context(style):
            figure = draw().figure_
            figure.canvas.draw()
            check_nothing_is_cut(figure)
            check_contrasts(figure)


def check_nothing_is_cut(figure):
    """Check that all axes with their labels and legends lie inside the figure."""
    inches = figure.get_tightbbox()
    width, height = figure.get_size_inches()
    assert inches.x0 >= 0
    assert inches.y0 >= 0
    assert inches.x1 <= width
    assert inches.y1 <= height


def check_legend_covers_nothing(ax):
    """Check that the legend lies inside the ax and covers no point of a line."""
    ax.figure.canvas.draw()
    legend, panel = ax.get_legend().get_window_extent(), ax.get_window_extent()
    assert panel.contains(legend.x0, legend.y0)
    assert panel.contains(legend.x1, legend.y1)
    lines = [line for line in ax.lines if line.get_transform() == ax.transData]
    assert lines
    for line in lines:
        points = ax.transData.transform(line.get_xydata())
        # Any point inside the frame of the legend counts as covered.
        assert not legend.count_contains(points[np.isfinite(points).all(axis=1)])


def check_contrasts(figure):
    """Check contrasts by accessibility guidelines: 4.5 for texts, 3 for lines."""
    for ax in figure.axes:
        background = ax.get_facecolor()
        for text in ax.findobj(Text):
            if text.get_text() and text.get_visible():
                assert contrast(text.get_color(), background) > 4.5, text
        for line in ax.lines[:2]:
            assert contrast(line.get_color(), background) > 3, line


def contrast(one, other):
    """Ratio of luminances, as WCAG 2.1 defines it: 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(color):
    channels = np.array(to_rgb(color))
    linear = np.where(
        channels <= 0.03928, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4
    )
    return linear @ [0.2126, 0.7152, 0.0722]
