"""Compare classifiers of sequences: do what is not in the output yet, a line a fit.

A run that was cut short goes on where it ended. A fit is done again where the settings
of its model have changed since, or with `--again`; what was found last counts.
"""

import argparse
import json
import pathlib

import joblib
from classification import models, tasks
from classification.datasets import DATASETS
from classification.report import write
from evidence.run import versions
from machine import describe_machine, keep_to_two_cores

CV_FILE = "cv.jsonl"
# How many there are unless told.
N_SEEDS = {tasks.TEST: 5, tasks.FOLDS: 2}


def read_arguments(arguments=None):
    """Options of the command line."""
    names = [*models.MODELS, *models.CANDIDATES]
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--only", nargs="+", metavar="SET", choices=DATASETS)
    add("--models", nargs="+", metavar="NAME", choices=names)
    add("--seeds", type=int, help="how many, from 0 on; 5, or 2 with --cv")
    add("--jobs", type=int, default=2, help="fits at the same time")
    add("--cv", action="store_true", help="candidates, by folds of the training rows")
    add("--output", type=pathlib.Path, default="results.jsonl")
    add("--docs", type=pathlib.Path, help="folder of tables and picture")
    add("--again", action="store_true", help="also what is there")
    add("--table", action="store_true", help="only report, fit nothing")
    add("--quick", action="store_true", help="shows that all runs; means nothing")
    return parser.parse_args(arguments)


def keys_in(path):
    """What has been done, by settings that still hold."""
    if not path.exists():
        return set()
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {
        tasks.Task(*(line[field] for field in tasks.Task._fields)).key
        for line in lines
        if "section" in line and tasks.is_current(line)
    }


def wanted(arguments):
    """What the options ask for; what is timed alone comes first."""
    section = tasks.FOLDS if arguments.cv else tasks.TEST
    n_seeds = arguments.seeds or (1 if arguments.quick else N_SEEDS[section])
    datasets = tasks.available(arguments.only)
    found = tasks.all_tasks(section, datasets, arguments.models, n_seeds)
    is_all = arguments.only is None and arguments.models is None
    if is_all and not arguments.cv:
        return tasks.timings(n_seeds) + found
    return found


def lines_of(to_do, arguments):
    """Do the tasks, those that are timed one by one."""
    for task in to_do:
        if task.section == tasks.TIME:
            yield tasks.do(task, arguments.quick)
    together = [task for task in to_do if task.section != tasks.TIME]
    parallel = joblib.Parallel(arguments.jobs, return_as="generator_unordered")
    yield from parallel(
        joblib.delayed(tasks.do)(task, arguments.quick) for task in together
    )


def run(arguments, path):
    """Do what is not there yet, and add a line for each."""
    keep_to_two_cores()
    done = set() if arguments.again else keys_in(path)
    to_do = [task for task in wanted(arguments) if task.key not in done]
    print(f"{len(to_do)} to do, {len(done)} are there", flush=True)
    if not to_do:
        return
    with path.open("a", encoding="utf-8") as file:
        machine = {"machine": describe_machine(), "versions": versions()}
        machine |= {"quick": arguments.quick, "jobs": arguments.jobs}
        print(json.dumps(machine, ensure_ascii=False), file=file, flush=True)
        for number, line in enumerate(lines_of(to_do, arguments), 1):
            print(json.dumps(line, ensure_ascii=False), file=file, flush=True)
            name = " ".join(str(line[field]) for field in tasks.Task._fields)
            print(f"{number}: {name}, {line['seconds']:.1f} s", flush=True)


def main():
    """Run, and report if there is a folder for it."""
    arguments = read_arguments()
    by_folds = arguments.output.with_name(CV_FILE)
    if not arguments.table:
        run(arguments, by_folds if arguments.cv else arguments.output)
    if arguments.docs:
        write(arguments.output, by_folds, arguments.docs)


if __name__ == "__main__":
    main()
