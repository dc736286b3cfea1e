"""Turn the numbers of a run into the tables and the picture of the documentation.

`python report.py results.json` writes `measured.inc` and `ratios.svg` beside that file.
"""

import json
import pathlib
import sys

from goals import GOALS
from picture import draw
from results import as_rst, table_of, table_of_goals


def section(title, *parts):
    """A section of a page."""
    return "\n\n".join([f"{title}\n{'-' * len(title)}", *parts])


def tables(results):
    """The goals, every comparison, and what it was measured on."""
    comparisons = results["comparisons"]
    goals = [goal.on(results["machine"]) for goal in GOALS]
    yield section(
        "Goals, and what was reached",
        as_rst(*table_of_goals(goals, comparisons)),
    )
    for name, comparison in comparisons.items():
        yield section(name, f"{comparison['title']}.", as_rst(*table_of(comparison)))
    facts = [*results["machine"].items(), *results["versions"].items()]
    facts.append(("rounds", str(results["rounds"])))
    yield section("Machine and versions", as_rst(["", ""], map(list, facts)))


def main(path):
    """Write both files."""
    results = json.loads(path.read_text(encoding="utf-8"))
    text = "\n\n".join(tables(results)) + "\n"
    path.with_name("measured.inc").write_text(text, encoding="utf-8")
    draw(results["comparisons"], path.with_name("ratios.svg"))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
