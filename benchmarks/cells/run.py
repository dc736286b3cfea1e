"""Compare the three cells: do what is not in the output yet, a line for each fit.

A run that was cut short goes on where it ended. What is timed is done first, and alone.
"""

import argparse
import json
import pathlib
import time

import joblib
from cells.counts import BATCH_SIZE, N_BATCHES, N_FEATURES, N_UNITS, fit
from cells.fits import Plan
from cells.models import GRU, step_products
from cells.report import write
from cells.tasks import (
    ALONE,
    COUNTS,
    SECONDS_OF_PROCESS,
    SECTIONS,
    TIME,
    Task,
    all_tasks,
    do,
    products,
)
from evidence.run import versions
from machine import describe_machine, keep_to_two_cores

QUICK = Plan(n_rows_divided_by=20, most_epochs=2)


def read_arguments():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="SECTION", choices=SECTIONS)
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 on")
    parser.add_argument("--jobs", type=int, default=2, help="fits at the same time")
    parser.add_argument("--output", type=pathlib.Path, default="results.jsonl")
    parser.add_argument("--docs", type=pathlib.Path, help="folder of tables, pictures")
    parser.add_argument("--table", action="store_true", help="only report, fit nothing")
    parser.add_argument(
        "--quick", action="store_true", help="shows that all runs; means nothing"
    )
    return parser.parse_args()


def keys_in(path):
    """What has been done."""
    if not path.exists():
        return set()
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {
        Task(*(line[field] for field in Task._fields)).key
        for line in lines
        if "section" in line
    }


def seconds_of_product():
    """How long a product of training takes here, from small fits.

    In seconds of the processor: as if nothing else ran on the machine.
    """
    n_steps, n_epochs, seconds = 50, 20, []
    fit(GRU, N_UNITS, n_steps)
    for _ in range(3):
        begin = time.process_time()
        fit(GRU, N_UNITS, n_steps, n_epochs)
        seconds.append(time.process_time() - begin)
    rows = BATCH_SIZE * N_BATCHES * n_epochs
    return min(seconds) / (3 * rows * n_steps * step_products(GRU, N_FEATURES, N_UNITS))


def say_how_long(tasks, n_jobs):
    """Print how long each section takes, at most, and all of them."""
    of_product, total = seconds_of_product(), 0.0
    for section in SECTIONS:
        of_section = [task for task in tasks if task.section == section]
        if section == TIME:
            seconds = SECONDS_OF_PROCESS * len(of_section)
        elif section == COUNTS:
            seconds = float(len(of_section))
        else:
            seconds = sum(of_product * products(task) + 0.05 for task in of_section)
            seconds /= 1 if section in ALONE else n_jobs
        total += seconds
        if of_section:
            print(f"{section}: {len(of_section)} to do, {seconds / 60:.1f} minutes")
    print(f"all together: at most about {total / 60:.0f} minutes", flush=True)


def lines_of(tasks, plan, n_jobs):
    """Do the tasks, those that are timed first and one by one."""
    for task in tasks:
        if task.section in ALONE:
            yield do(task, plan)
    together = [task for task in tasks if task.section not in ALONE]
    parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    yield from parallel(joblib.delayed(do)(task, plan) for task in together)


def run(arguments):
    """Do what is not there yet, and add a line for each."""
    keep_to_two_cores()
    done = keys_in(arguments.output)
    tasks = all_tasks(arguments.only or SECTIONS, arguments.seeds)
    tasks = [task for task in tasks if task.key not in done]
    print(f"{len(tasks)} to do, {len(done)} are there")
    if not tasks:
        return
    if not arguments.quick:
        say_how_long(tasks, arguments.jobs)
    plan = QUICK if arguments.quick else Plan()
    with arguments.output.open("a", encoding="utf-8") as file:
        machine = {"machine": describe_machine(), "versions": versions()}
        machine["quick"] = arguments.quick
        print(json.dumps(machine, ensure_ascii=False), file=file, flush=True)
        for number, line in enumerate(lines_of(tasks, plan, arguments.jobs), 1):
            print(json.dumps(line, ensure_ascii=False), file=file, flush=True)
            name = " ".join(str(line[field]) for field in Task._fields)
            print(f"{number}: {name}, {line['seconds']:.1f} s", flush=True)


def main():
    """Run, and report if there is a folder for it."""
    arguments = read_arguments()
    if not arguments.table:
        run(arguments)
    if arguments.docs:
        write(arguments.output, arguments.docs)


if __name__ == "__main__":
    main()
