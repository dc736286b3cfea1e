"""Measure skgru and its peers side by side, print tables, and keep every number.

Each peer is a process of its own; only one works at a time. All that a comparison needs
is prepared first, then its entries are measured round by round, in reversed order every
other round, so that what changes on the machine meets all of them alike.
"""

import argparse
import json
import pathlib
import tempfile
import time

from comparisons import FULL, QUICK, all_comparisons
from goals import GOALS
from machine import describe_machine, describe_versions, keep_to_two_cores
from peers import PEERS, WorkerError, Workers, what_is_missing
from results import as_text, table_of, table_of_goals

ROUNDS, QUICK_ROUNDS = 5, 2


def read_arguments():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="comparisons to run")
    parser.add_argument("--rounds", type=int, help=f"{ROUNDS}, or with --quick fewer")
    parser.add_argument("--quick", action="store_true", help="try it out: little work")
    parser.add_argument("--output", type=pathlib.Path, default="results.json")
    arguments = parser.parse_args()
    if arguments.rounds is None:
        arguments.rounds = QUICK_ROUNDS if arguments.quick else ROUNDS
    return arguments


def installed(comparison):
    """Entries whose peer is there."""
    return {
        label: entry
        for label, entry in comparison.entries.items()
        if not what_is_missing(entry.peer)
    }


def ask_all(workers, entries, failures, make_request):
    """The answers by label; entries that fail are left out."""
    answers = {}
    for label, entry in entries.items():
        try:
            worker = workers.get(entry.peer, entry.threads)
            answers[label] = worker.ask(**make_request(label, entry))
        except WorkerError as error:
            print(f"{label} is left out: {error}", flush=True)
            failures.append(f"{label}: {error}")
    return answers


def to_prepare(label, entry):
    """The request to do what needs no timing."""
    return {"prepare": label, "threads": entry.threads, **entry.request}


def to_measure(label, entry):
    """The request for one measurement."""
    return {"measure": label}


def measure(workers, comparison, n_rounds, failures):
    """Numbers by entry and quantity, one for each round."""
    entries = installed(comparison)
    rounds = [ask_all(workers, entries, failures, to_prepare)]
    for _ in range(n_rounds):
        # Those that answered last time, in the other order.
        entries = {label: entries[label] for label in reversed(rounds[-1])}
        rounds.append(ask_all(workers, entries, failures, to_measure))
    workers.forget()
    return {
        label: {
            quantity: [answers[label][quantity] for answers in rounds[1:]]
            for quantity in rounds[-1][label]
        }
        for label in comparison.entries
        if label in rounds[-1]
    }


def say_what_is_missing():
    """One line for each peer that is not installed."""
    for name in PEERS:
        missing = what_is_missing(name)
        if missing:
            print(f"{name} is left out: {' and '.join(missing)} not installed")


def run(arguments, folder, log):
    """Measure what was asked for; return all there is to keep."""
    results = {
        "machine": describe_machine(),
        "versions": describe_versions(),
        "rounds": arguments.rounds,
        "quick": arguments.quick,
        "failures": [],
        "comparisons": {},
    }
    for part in ("machine", "versions"):
        print(", ".join(f"{key} {value}" for key, value in results[part].items()))
    say_what_is_missing()
    comparisons = all_comparisons(QUICK if arguments.quick else FULL, folder)
    if unknown := set(arguments.only or ()) - set(comparisons):
        raise SystemExit(
            f"no comparison {unknown}; there are: {', '.join(comparisons)}"
        )
    workers = Workers(log)
    for name in arguments.only or comparisons:
        begin = time.perf_counter()
        comparison = comparisons[name]
        print(f"\n{name}. {comparison.title}", flush=True)
        found = {
            "title": comparison.title,
            "quantities": comparison.quantities,
            "compared": comparison.compared,
            "measurements": measure(
                workers, comparison, arguments.rounds, results["failures"]
            ),
        }
        results["comparisons"][name] = found
        print(as_text(*table_of(found)))
        print(f"({time.perf_counter() - begin:.0f} s)", flush=True)
    workers.close()
    return results


def main():
    """Print the tables and write the file."""
    arguments = read_arguments()
    keep_to_two_cores()
    with tempfile.TemporaryDirectory() as folder:
        log_file = arguments.output.with_suffix(".log")
        with log_file.open("w") as log:
            results = run(arguments, pathlib.Path(folder), log)
    text = json.dumps(results, indent=1, ensure_ascii=False)
    arguments.output.write_text(text + "\n", encoding="utf-8")
    goals = [goal.on(results["machine"]) for goal in GOALS]
    print("\nGoals\n" + as_text(*table_of_goals(goals, results["comparisons"])))
    if results["failures"]:
        raise SystemExit(f"Failed, see {log_file}:\n" + "\n".join(results["failures"]))


if __name__ == "__main__":
    main()
