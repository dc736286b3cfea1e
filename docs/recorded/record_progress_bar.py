"""Record what scikit-learn's progress bar shows of a search, as text.

`python record_progress_bar.py` runs a search in a pseudo-terminal and writes what it
shows halfway and at the end to `progress_bar.txt`, beside this file. The user guide
shows that by `literalinclude`.
"""

import os
import pathlib
import pty
import re
import sys
import tempfile

# What the pseudo-terminal runs. Compiling is not to be seen.
SEARCH = """
import numpy as np
from sklearn.callback import ProgressBar
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from skgru import GRURegressor, warm_up

warm_up(dtypes=["float64"])
series = np.sin(0.3 * np.arange(10_000))
X, y = series[:-1, np.newaxis], series[1:]
search = GridSearchCV(
    GRURegressor(16, window=20, max_iter=40, n_iter_no_change=None, random_state=0),
    {"learning_rate_init": [0.002, 0.005]},
    cv=TimeSeriesSplit(2),
)
search.set_callbacks(ProgressBar()).fit(X, y)
"""


def run_in_terminal(code):
    """What code writes to a terminal of 100 columns."""
    os.environ.update({"COLUMNS": "100", "LINES": "40", "TERM": "xterm"})
    written = bytearray()

    def read(descriptor):
        chunk = os.read(descriptor, 4096)
        written.extend(chunk)
        return chunk

    with tempfile.NamedTemporaryFile("w", suffix=".py") as script:
        script.write(code)
        script.flush()
        pty.spawn([sys.executable, script.name], read)
    return written.decode()


def screens(written):
    """The states of the screen: each time that the bars are drawn anew."""
    plain = re.sub(r"\x1b\[[0-9;?]*[mhlK]|\r(?!\n)", "", written)
    # Before drawing again, the cursor goes up line by line.
    drawn = re.split(r"(?:\x1b\[\d*A)+", plain)
    return [
        [line.rstrip() for line in state.replace("\r", "").split("\n") if line.strip()]
        for state in drawn
    ]


def main():
    """Record, and write two states."""
    states = screens(run_in_terminal(SEARCH))
    last = states[-1]
    # The third of four fits is running then.
    halfway = [state for state in states if len(state) == len(last) - 2]
    middle = halfway[len(halfway) // 2]
    lines = [*middle, "", "...", "", *last]
    path = pathlib.Path(__file__).with_name("progress_bar.txt")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
