"""Run an example that the environment of the documentation cannot, and keep its output.

`python record.py ../../examples/NAME.py` writes what it prints to `NAME.txt` and its
picture to `NAME.svg`, beside this file. The example shows them by `literalinclude` and
`image`.
"""

import contextlib
import io
import pathlib
import runpy
import sys

import matplotlib
import matplotlib.pyplot as plt


def main(example):
    """Run a script, and write its output and its last picture."""
    matplotlib.use("svg")
    # The same file from the same numbers.
    matplotlib.rcParams["svg.hashsalt"] = "skgru"
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        runpy.run_path(str(example), run_name="__main__")
    path = pathlib.Path(__file__).with_name(example.stem)
    lines = [line.rstrip() for line in printed.getvalue().splitlines()]
    path.with_suffix(".txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    plt.savefig(path.with_suffix(".svg"), metadata={"Date": None})


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
