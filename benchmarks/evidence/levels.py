"""What else could have been done about levels, and the rule that was chosen.

`python -m evidence.levels --output evidence/levels.jsonl` (in `benchmarks`) does the
fits that are missing; `--table` only prints the table. Each alternative is made outside
of the estimator: its windows and targets are changed with NumPy, and the estimator,
with ``anchor=None``, fits what is left. Alternatives are compared on every second data
set, by name; the others confirm.
"""

import argparse
import json
import pathlib
import statistics
import time
import warnings

import joblib
import numpy as np
from evidence import generated, recorded, summary  # noqa: F401
from evidence.datasets import load
from evidence.models import sequences
from evidence.tasks import available
from results import as_rst
from sklearn.linear_model import RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from skgru import GRURegressor

# These two would take longer than all others together.
TOO_LARGE = ("two-sines", "oil-temperature")
PENALTIES = np.logspace(-6, 4, 21)


def changes_of(windows, feature):
    """Windows in which a feature is its difference from its last value."""
    windows = windows.copy()
    windows[:, :, feature] -= windows[:, -1:, feature]
    return windows


def ridge(windows, y, n_training):
    """Predictions of a ridge regression with the least leave-one-out error."""
    table = windows.reshape(len(windows), -1)
    line = make_pipeline(StandardScaler(), RidgeCV(PENALTIES))
    line.fit(table[:n_training], y[:n_training])
    return line.predict(table)


# Each takes windows, targets, the feature that holds the past, and how many rows are
# trained on; it returns what the network sees, columns of a linear path beside it or
# None, and what its prediction is added to.


def levels(windows, y, feature, n_training):
    return windows, None, np.zeros(len(windows))


def changes(windows, y, feature, n_training):
    return changes_of(windows, feature), None, windows[:, -1, feature]


def from_last_value(windows, y, feature, n_training):
    return windows, None, windows[:, -1, feature]


def both(windows, y, feature, n_training):
    two = [windows, changes_of(windows, feature)[:, :, [feature]]]
    return np.concatenate(two, axis=2), None, windows[:, -1, feature]


def rest_of_a_ridge(windows, y, feature, n_training):
    return windows, None, ridge(windows, y, n_training)


def changes_and_rest_of_a_ridge(windows, y, feature, n_training):
    return changes_of(windows, feature), None, ridge(windows, y, n_training)


def changes_and_a_line(windows, y, feature, n_training):
    changed = changes_of(windows, feature)
    return changed, changed[:, :-1, feature], windows[:, -1, feature]


def from_last_value_and_a_line(windows, y, feature, n_training):
    line = changes_of(windows, feature)[:, :-1, feature]
    return windows, line, windows[:, -1, feature]


ALTERNATIVES = {
    "levels": levels,
    "changes (NLinear)": changes,
    "changes, and a line trained along": changes_and_a_line,
    "levels, from the last value": from_last_value,
    "levels, from the last value, and a line": from_last_value_and_a_line,
    "levels and changes, from the last value": both,
    "levels, on what a ridge leaves": rest_of_a_ridge,
    "changes, on what a ridge leaves": changes_and_rest_of_a_ridge,
}


def do(name, alternative, seed):
    """Fit one alternative to one data set, and say how it went."""
    data = load(name)
    windows, whole = sequences(data)
    windows = windows[whole]
    n_rows = np.searchsorted(whole, data.first_test)
    n_training = n_rows - int(np.ceil(0.1 * n_rows))
    make = ALTERNATIVES[alternative]
    y = data.y[whole]
    seen, line, base = make(windows, y, data.anchor or 0, n_training)
    static = None
    if line is not None and line.shape[1]:
        # Static features are a linear path, if they are the same at all steps.
        static = list(range(seen.shape[2], seen.shape[2] + line.shape[1]))
        repeated = np.repeat(line[:, np.newaxis], seen.shape[1], axis=1)
        seen = np.concatenate([seen, repeated], axis=2)
    model = GRURegressor(
        anchor=None,
        early_stopping=True,
        static_features=static,
        # As when the fits that are kept were made.
        gate_init="keras",
        random_state=seed,
    )
    seen = seen.astype(np.float32)
    begin = time.perf_counter()
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(seen[:n_rows], (y - base)[:n_rows])
    prediction = model.predict(seen[n_rows:]) + base[n_rows:]
    return {
        "dataset": name,
        "alternative": alternative,
        "seed": seed,
        "rmse": float(np.sqrt(np.mean((prediction - y[n_rows:]) ** 2))),
        "seconds": time.perf_counter() - begin,
    }


def read(path):
    """Errors by data set and alternative, a list of one a seed."""
    found = {}
    if path.exists():
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            by_alternative = found.setdefault(line["dataset"], {})
            by_alternative.setdefault(line["alternative"], {})[line["seed"]] = line[
                "rmse"
            ]
    return found


def halves(names):
    """Data sets to choose by, and others to confirm: every second one, by name."""
    names = sorted(names)
    return names[::2], names[1::2]


def table(found, fits):
    """Heads and rows: geometric means over both halves, beside the chosen rule.

    Parameters
    ----------
    found : dict
        As `read` returns it.
    fits : dict
        The other fits, as `evidence.summary.read` returns them.
    """
    rows, names = [], list(found)
    best = {
        name: min(
            statistics.median(line["rmse"] for line in fits[name][model])
            for model in summary.BASELINES
        )
        for name in names
    }

    def row(label, error_of):
        parts = [
            summary.geometric_mean([error_of(name) / best[name] for name in half])
            for half in halves(names)
        ]
        ratios = {name: error_of(name) / best[name] for name in names}
        worst = max(ratios, key=ratios.get)
        numbers = [f"{part:.3f}" for part in parts]
        return [label, *numbers, f"{worst}: {ratios[worst]:.2f}"]

    for alternative in ALTERNATIVES:
        rows.append(
            row(
                alternative,
                lambda name, a=alternative: statistics.median(found[name][a].values()),
            )
        )
    rows.append(
        row(
            "the rule that was chosen",
            lambda name: statistics.median(
                line["rmse"] for line in fits[name]["defaults"]
            ),
        )
    )
    return ["", "chosen by", "confirmed by", "worst"], rows


def main():
    """Do what is not there yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default="levels.jsonl")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--table", action="store_true")
    arguments = parser.parse_args()
    found = read(arguments.output)
    if not arguments.table:
        tasks = [
            joblib.delayed(do)(name, alternative, seed)
            for name in available(None)
            if name not in TOO_LARGE
            for seed in range(arguments.seeds)
            for alternative in ALTERNATIVES
            if seed not in found.get(name, {}).get(alternative, {})
        ]
        run = joblib.Parallel(arguments.jobs, return_as="generator_unordered")
        with arguments.output.open("a", encoding="utf-8") as file:
            for line in run(tasks):
                print(json.dumps(line), file=file, flush=True)
    results = arguments.output.parent / "results.jsonl"
    print(as_rst(*table(read(arguments.output), summary.read(results)[0])))


if __name__ == "__main__":
    main()
