"""Fit candidates for GRURegressor's defaults, and other models, to many data sets.

Every fit is a line of the output. One that is there already is not done again, so a run
that was cut short goes on, and new candidates join the old ones.
"""

import argparse
import importlib.metadata
import json
import pathlib

import joblib
from evidence.datasets import DATASETS
from evidence.tasks import Task, all_tasks, available, do, model_names
from machine import describe_machine

PACKAGES = [
    "skgru",
    "numpy",
    "scipy",
    "scikit-learn",
    "numba",
    "torch",
    "pandas",
    "statsmodels",
    "sktime",
    "reservoirpy",
]


def read_arguments():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", metavar="NAME", choices=model_names())
    parser.add_argument("--datasets", nargs="+", metavar="NAME", choices=DATASETS)
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 on")
    parser.add_argument("--jobs", type=int, default=1, help="fits at the same time")
    parser.add_argument("--output", type=pathlib.Path, default="results.jsonl")
    return parser.parse_args()


def keys_in(path):
    """Fits that have been done."""
    if not path.exists():
        return set()
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {
        Task(*(line[field] for field in Task._fields)).key
        for line in lines
        if "rmse" in line
    }


def versions():
    """Of the installed packages that take part."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def main():
    """Do what is not there yet, and add a line for each fit."""
    arguments = read_arguments()
    models = arguments.models or model_names()
    tasks = all_tasks(available(arguments.datasets), models, arguments.seeds)
    done = keys_in(arguments.output)
    tasks = [task for task in tasks if task.key not in done]
    print(f"{len(tasks)} fits to do, {len(done)} are there")
    parallel = joblib.Parallel(n_jobs=arguments.jobs, return_as="generator_unordered")
    with arguments.output.open("a", encoding="utf-8") as file:
        machine = {"machine": describe_machine(), "versions": versions()}
        print(json.dumps(machine, ensure_ascii=False), file=file)
        for line in parallel(joblib.delayed(do)(task) for task in tasks):
            print(json.dumps(line, ensure_ascii=False), file=file, flush=True)
            print(
                f"{line['dataset']}, {line['model']}, seed {line['seed']}: "
                f"{line['rmse']:.4g} in {line['seconds']:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main()
