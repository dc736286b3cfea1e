"""What else the gates that keep a state could have begun with, beside the default.

`python -m evidence.gates --output gates.jsonl` (in `benchmarks`) fits every alternative
to the data sets, and to the recall of the first of many symbols, and prints the errors
divided by those of Keras's biases; ``--cell lstm`` for the LSTM, ``--recall`` for the
recall alone. A run that was cut short goes on. Each alternative takes the place of
`spread_biases`, so the input gate of an LSTM is tied to it in the same way.
"""

import argparse
import json
import pathlib
import statistics
import time

import joblib
import numpy as np
from evidence import generated, recorded, summary  # noqa: F401
from evidence.datasets import load
from evidence.levels import TOO_LARGE
from evidence.models import gru
from evidence.tasks import available
from results import as_rst
from threadpoolctl import threadpool_limits

from skgru import GRURegressor, LSTMRegressor
from skgru._network import _initializers

CELLS = {"gru": GRURegressor, "lstm": LSTMRegressor}
KERAS, CHOSEN = "Keras", "half of the units up to log T (chosen)"
chosen = _initializers.spread_biases


def spans_even_in_logarithm(n_hidden, n_timesteps, first):
    spans = max(n_timesteps, 3) ** ((np.arange(n_hidden) + 0.5) / n_hidden)
    return np.log(np.maximum(spans - 1, 0.05))


def chrono(n_hidden, n_timesteps, first):
    drawn = np.random.default_rng(0).uniform(1, max(n_timesteps - 1, 2), n_hidden)
    return np.log(drawn)


def gates_even(n_hidden, n_timesteps, first):
    gates = (np.arange(n_hidden) + 0.5) / n_hidden
    return np.log(gates / (1 - gates))


# Each takes the number of units, the number of steps, and Keras's bias.
ALTERNATIVES = {
    KERAS: lambda n_hidden, n_timesteps, first: np.full(n_hidden, first),
    "1 more": lambda n_hidden, n_timesteps, first: np.full(n_hidden, first + 1),
    "2 more": lambda n_hidden, n_timesteps, first: np.full(n_hidden, first + 2),
    "chrono (Tallec and Ollivier 2018)": chrono,
    "spans even in their logarithm, up to T": spans_even_in_logarithm,
    "gates even between 0 and 1 (Gu et al. 2020)": gates_even,
    "all units up to log T": lambda n_hidden, n_timesteps, first: np.linspace(
        first, max(first, np.log(n_timesteps)), n_hidden
    ),
    CHOSEN: chosen,
}


def recall_error(kind, n_timesteps, seed):
    """Share of wrong answers to which of 8 symbols came first, of ``n_timesteps``."""
    rng = np.random.default_rng(1000 + seed)
    symbols = rng.integers(0, 8, (3000, n_timesteps))
    X = np.eye(8, dtype=np.float32)[symbols]
    model = kind(max_iter=30, random_state=seed)
    model.fit(X[:2000], X[:2000, 0])
    answers = model.predict(X[2000:]).argmax(axis=1)
    return float(np.mean(answers != symbols[2000:, 0]))


def do(cell, case, alternative, seed):
    """Fit one model, and say how it went."""
    begin, kind = time.perf_counter(), CELLS[cell]
    _initializers.spread_biases = ALTERNATIVES[alternative]
    with threadpool_limits(1):
        if case.startswith("recall "):
            error = recall_error(kind, int(case.removeprefix("recall ")), seed)
        else:
            data = load(case)
            predicted = gru({}, "auto", kind)(data, seed).prediction
            error = np.sqrt(np.mean((predicted - data.y[data.first_test :]) ** 2))
    return {
        "cell": cell,
        "case": case,
        "alternative": alternative,
        "seed": seed,
        "error": float(error),
        "seconds": time.perf_counter() - begin,
    }


def table(lines, cell):
    """Each alternative beside Keras's biases, on what all of them were fitted to."""
    found = {}
    for line in lines:
        if line["cell"] == cell:
            of_case = found.setdefault(line["case"], {})
            of_case.setdefault(line["alternative"], []).append(line["error"])
    complete = {
        case: {name: statistics.median(errors) for name, errors in of_case.items()}
        for case, of_case in found.items()
        if len(of_case) == len(ALTERNATIVES)
    }
    recalls = [case for case in complete if case.startswith("recall")]
    rows = []
    for name in ALTERNATIVES:
        ratios = {
            case: errors[name] / errors[KERAS]
            for case, errors in complete.items()
            if case not in recalls
        }
        row = [name, *(f"{1 - complete[case][name]:.3f}" for case in recalls)]
        if ratios:
            worst = max(ratios, key=ratios.get)
            row.append(f"{summary.geometric_mean(list(ratios.values())):.3f}")
            row.append(f"{worst}: {ratios[worst]:.2f}")
        rows.append(row)
    n_sets = len(complete) - len(recalls)
    return ["", *recalls, *([f"{n_sets} series", "worst"] if n_sets else [])], rows


def main():
    """Do what is not there yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=pathlib.Path, default="gates.jsonl")
    parser.add_argument("--cell", choices=CELLS, default="gru")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--recall", action="store_true")
    arguments = parser.parse_args()
    arguments.output.touch()
    lines = [json.loads(line) for line in arguments.output.open(encoding="utf-8")]
    done = {(x["cell"], x["case"], x["alternative"], x["seed"]) for x in lines}
    cases = ["recall 50", "recall 100"]
    if not arguments.recall:
        cases += [name for name in available(None) if name not in TOO_LARGE]
    tasks = [
        task
        for case in cases
        for seed in range(arguments.seeds)
        for alternative in ALTERNATIVES
        if (task := (arguments.cell, case, alternative, seed)) not in done
    ]
    run = joblib.Parallel(arguments.jobs, return_as="generator_unordered")
    with arguments.output.open("a", encoding="utf-8") as file:
        for line in run(joblib.delayed(do)(*task) for task in tasks):
            print(json.dumps(line), file=file, flush=True)
            lines.append(line)
    print(as_rst(*table(lines, arguments.cell)))


if __name__ == "__main__":
    main()
