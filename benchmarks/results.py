"""Medians, ratios and tables of what was measured.

`measurements` is a dictionary by entry and quantity of one number for each round.
"""

import statistics
from typing import NamedTuple

UNITS = {"s": 1.0, "ms": 1e-3, "µs": 1e-6}
# Other quantities are times.
PLAIN = {"difference": "{:.1e}", "series": "{:.2f}", "series_predicting": "{:.2f}"}


class Spread(NamedTuple):
    """The median, the lowest and the highest of the rounds."""

    median: float
    lowest: float
    highest: float


def spread(numbers):
    """Median and range."""
    return Spread(statistics.median(numbers), min(numbers), max(numbers))


def ratios(measurements, entry, other):
    """Of the seconds of two entries, round by round: what slows both cancels."""
    pairs = zip(
        measurements[entry]["seconds"], measurements[other]["seconds"], strict=True
    )
    return spread([ours / theirs for ours, theirs in pairs])


def best_of(measurements, entries):
    """The entry of the lowest median time, or None if none was measured."""
    measured = [entry for entry in entries if entry in measurements]
    return min(
        measured,
        key=lambda entry: statistics.median(measurements[entry]["seconds"]),
        default=None,
    )


def in_words(ratio, form="{:.3g}"):
    """A median with its range."""
    median, lowest, highest = (form.format(number) for number in ratio)
    return f"{median} ({lowest}–{highest})"


def time_in_words(times):
    """A median with its range, in the unit that suits it."""
    unit = next((u for u, size in UNITS.items() if times.median >= size), "µs")
    median, lowest, highest = (f"{number / UNITS[unit]:.3g}" for number in times)
    return f"{median} {unit} ({lowest}–{highest})"


def quantity_in_words(quantity, numbers):
    """The rounds of one quantity."""
    if quantity in PLAIN:
        return in_words(spread(numbers), PLAIN[quantity])
    return time_in_words(spread(numbers))


def table_of(comparison):
    """Heads and rows: what was measured, and the ratio of each of skgru's lines to it.

    Parameters
    ----------
    comparison : dict
        With `quantities`, `compared` and `measurements`.
    """
    measurements, quantities = comparison["measurements"], comparison["quantities"]
    ours = [entry for entry in comparison["compared"] if entry in measurements]
    heads = ["", *quantities, *(f"{entry} / it" for entry in ours)]
    rows = []
    for entry, numbers in measurements.items():
        cells = [
            quantity_in_words(quantity, numbers[quantity])
            if quantity in numbers
            else "–"
            for quantity in quantities
        ]
        compared = [in_words(ratios(measurements, our, entry)) for our in ours]
        rows.append([entry, *cells, *compared])
    return heads, rows


def table_of_goals(goals, comparisons):
    """Heads and rows: each goal whose comparison was run, and what was reached."""
    rows = []
    for goal in goals:
        if goal.comparison not in comparisons:
            continue
        reached = goal.reached(comparisons[goal.comparison]["measurements"])
        words = ["not measured", ""]
        if reached is not None:
            met = "yes" if goal.is_met(reached) else "no"
            words = [in_words(reached, goal.form), met]
        rows.append([goal.comparison, goal.what, goal.wanted, *words])
    return ["workload", "what", "goal", "reached: median (range)", "met"], rows


def as_text(heads, rows):
    """A table for the terminal."""
    columns = zip(heads, *rows, strict=True)
    widths = [max(len(cell) for cell in column) for column in columns]
    lines = [heads, ["-" * width for width in widths], *rows]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def as_rst(heads, rows):
    """A table for the documentation."""
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for cells in [heads, *rows]:
        for number, cell in enumerate(cells):
            lines.append(f"{'   * -' if number == 0 else '     -'} {cell}".rstrip())
    return "\n".join(lines)
