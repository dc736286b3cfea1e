"""Hold one run of the benchmarks against another, row by row, with their noise.

``python benchmarks/compare.py before.json after.json`` prints, for each quantity of
each entry of each comparison that both files have, the ratio of the medians, and
between what it lies if either run had been unlucky: the lowest of one by the highest of
the other. A row is marked where even the luckiest pair of rounds differs by more than
`--tolerance`.

Both files should come from the same machine. Ratios to a peer that was measured in the
same run (``--by JAX``) cancel what differed between the runs.
"""

import argparse
import json
import pathlib
from typing import NamedTuple

from results import as_text, spread


class Row(NamedTuple):
    """How a quantity has changed: after by before, and the range of that."""

    comparison: str
    entry: str
    quantity: str
    ratio: float
    lowest: float
    highest: float

    def verdict(self, tolerance):
        """In words, where the change is more than noise and tolerance."""
        if self.lowest > 1 + tolerance:
            return "more"
        return "less" if self.highest < 1 - tolerance else ""


def relative_to(measurements, entry, quantity, peer):
    """Numbers of an entry, divided round by round by those of any peer."""
    numbers = measurements[entry][quantity]
    if peer is None:
        return numbers
    others = measurements.get(peer, {}).get(quantity)
    if not others or len(others) != len(numbers):
        return None
    return [ours / theirs for ours, theirs in zip(numbers, others, strict=True)]


def rows_of(before, after, peer=None):
    """Rows for all that both runs have measured."""
    for name, new in after["comparisons"].items():
        old = before["comparisons"].get(name, {"measurements": {}})["measurements"]
        for entry, quantities in new["measurements"].items():
            for quantity in quantities:
                if entry == peer or quantity not in old.get(entry, {}):
                    continue
                sides = [
                    relative_to(measurements, entry, quantity, peer)
                    for measurements in (old, new["measurements"])
                ]
                if None in sides or min(map(min, sides)) <= 0:
                    continue
                was, now = map(spread, sides)
                yield Row(
                    name,
                    entry,
                    quantity,
                    now.median / was.median,
                    now.lowest / was.highest,
                    now.highest / was.lowest,
                )


def table(rows, tolerance):
    """Heads and cells."""
    heads = ["comparison", "entry", "quantity", "after / before", "range", ""]
    return heads, [
        [
            row.comparison,
            row.entry,
            row.quantity,
            f"{row.ratio:.3f}",
            f"{row.lowest:.3f}–{row.highest:.3f}",
            row.verdict(tolerance),
        ]
        for row in rows
    ]


def main():
    """Print the table, and what differs between the machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    parser.add_argument("--by", metavar="ENTRY", help="divide by this entry's numbers")
    parser.add_argument("--tolerance", type=float, default=0.03)
    arguments = parser.parse_args()
    before, after = (
        json.loads(path.read_text(encoding="utf-8"))
        for path in (arguments.before, arguments.after)
    )
    for part in ("machine", "versions"):
        for key in before[part] | after[part]:
            if before[part].get(key) != after[part].get(key):
                print(f"{key}: {before[part].get(key)} -> {after[part].get(key)}")
    print(as_text(*table(rows_of(before, after, arguments.by), arguments.tolerance)))


if __name__ == "__main__":
    main()
