"""Whether the series of one network are better standardised one by one or over all.

In `benchmarks`, `python -m evidence.panels --output evidence/panels.jsonl` does the
fits that are not in the output yet, a line each, and prints the tables; with `--table`
it prints those of the fits that are there.
"""

import argparse
import json
import pathlib
import statistics

import joblib
import numpy as np
from evidence.datasets import Missing
from evidence.panel_data import PANELS, load_panel
from evidence.panel_fits import BASELINES, OWN, TOO_FEW, VARIANTS, Task, do
from evidence.run import versions
from evidence.summary import geometric_mean
from machine import describe_machine
from results import as_text

MEASURED = ("one quantity", "several quantities")
# Which variants are compared one with another; smaller differences say nothing.
PAIRS = [
    ("per series", "over all"),
    ("per series, anchored", "over all, anchored"),
    ("per series, anchored", "per series"),
    ("anchored, per series", "per series, anchored"),
    ("per series, told", "per series"),
]
TELLING = 1.03


def read_arguments():
    """Options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--panels", nargs="+", metavar="NAME", choices=PANELS)
    parser.add_argument("--seeds", type=int, default=3, help="how many, from 0 on")
    parser.add_argument("--jobs", type=int, default=1, help="fits at the same time")
    parser.add_argument("--table", action="store_true", help="fit nothing")
    parser.add_argument("--output", type=pathlib.Path, default="panels.jsonl")
    return parser.parse_args()


def all_tasks(names, n_seeds):
    """Fits of all panels that are here: of the first seed first."""
    sizes = {}
    for name in names:
        try:
            sizes[name] = len(load_panel(name))
        except Missing as reason:
            print(f"{name} is left out: {reason}")
    baselines = [
        Task(name, variant, False, 0) for name in sizes for variant in BASELINES
    ]
    return baselines + [
        Task(name, variant, unseen, seed)
        for seed in range(n_seeds)
        for unseen in (False, True)
        for name, n_series in sizes.items()
        for variant in VARIANTS
        if not (unseen and n_series < TOO_FEW)
    ]


def read(path):
    """Lines of the fits that were done, by task."""
    if not path.exists():
        return {}
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return {
        Task(*(line[field] for field in Task._fields)): line
        for line in lines
        if "rmse" in line
    }


def run(tasks, path, n_jobs):
    """Do what is not there yet, and add a line for each fit."""
    done = read(path)
    tasks = [task for task in tasks if task not in done]
    print(f"{len(tasks)} fits to do, {len(done)} are there")
    if not tasks:
        return
    parallel = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    with path.open("a", encoding="utf-8") as file:
        machine = {"machine": describe_machine(), "versions": versions()}
        print(json.dumps(machine, ensure_ascii=False), file=file)
        for line in parallel(joblib.delayed(do)(task) for task in tasks):
            print(json.dumps(line, ensure_ascii=False), file=file, flush=True)


def by_series(line, baselines, source):
    """Geometric mean over series: error divided by that of its better baseline."""
    best = np.min(baselines, axis=0)[line["series"]]
    return geometric_mean(np.array(line["rmse"][source]) / best)


def all_rows(line, baselines, source):
    """Error of all rows, in the units of the panel: the largest series decide."""
    errors = np.array([line["rmse"][source], *baselines[:, line["series"]]])
    weights = np.array(line["n_test"])[line["series"]]
    ours, *others = np.sqrt(np.average(errors**2, axis=1, weights=weights))
    return float(ours / min(others))


def ratios(fits, measure, *, unseen):
    """By panel and way, a variant and a source: the median over seeds.

    Panels of which not all variants were fitted yet are left out.
    """
    found = {}
    for task in fits:
        if task.variant in BASELINES or task.unseen != unseen:
            continue
        known = [fits[Task(task.panel, name, False, 0)] for name in BASELINES]
        baselines = np.array([line["rmse"][OWN] for line in known])
        line = {**fits[task], "n_test": known[0]["n_test"]}
        for source in line["rmse"]:
            way = (task.variant, source)
            panel = found.setdefault(task.panel, {})
            panel.setdefault(way, []).append(measure(line, baselines, source))
    return {
        name: {way: statistics.median(found[name][way]) for way in found[name]}
        for name in PANELS
        if {variant for variant, _ in found.get(name, [])} == set(VARIANTS)
    }


def table(by_panel, ways):
    """Rows: the panels by kind, and means of each kind and of all."""
    rows = []
    for kind in dict.fromkeys(PANELS[name].kind for name in PANELS):
        names = [name for name in by_panel if PANELS[name].kind == kind]
        rows += [in_row(name, [by_panel[name]], ways) for name in names]
        if len(names) > 1:
            rows.append(in_row(f"= {kind}", [by_panel[name] for name in names], ways))
    measured = [by_panel[name] for name in by_panel if is_measured(name)]
    for head, panels in ("measured", measured), ("all", list(by_panel.values())):
        if panels:
            rows.append(in_row(f"= {head}", panels, ways))
            rows.append(in_row(f"= {head}, median", panels, ways, np.median))
    return rows


def is_measured(name):
    """Whether a panel is not made up."""
    return PANELS[name].kind in MEASURED


def in_row(head, panels, ways, mean=geometric_mean):
    """A head, and the mean over panels of each way."""
    return [head, *(f"{mean([panel[way] for panel in panels]):.3f}" for way in ways)]


def comparison(by_panel, sets):
    """Rows: error of one variant divided by that of another, over sets of panels."""
    rng, rows = np.random.default_rng(0), []
    for one, other in PAIRS:
        for title, names in sets.items():
            logs = np.log(
                [by_panel[n][one, OWN] / by_panel[n][other, OWN] for n in names]
            )
            drawn = rng.choice(logs, (10_000, len(logs))).mean(axis=1)
            low, high = np.exp(np.quantile(drawn, [0.025, 0.975]))
            rows.append(
                [
                    f"{one} / {other}, {title}",
                    f"{np.exp(logs.mean()):.3f} ({low:.2f}–{high:.2f})",
                    f"{np.exp(np.median(logs)):.3f}",
                    f"{(logs < -np.log(TELLING)).sum()}",
                    f"{(logs > np.log(TELLING)).sum()}",
                    f"{len(logs)}",
                ]
            )
    heads = ["", "mean (95 % by bootstrap over panels)", "median"]
    return [*heads, "better", "worse", "panels"], rows


def sets_of_panels(fits, names):
    """Panels by where they are from, and by how much their scales differ."""
    spread = {}
    for name in names:
        scales = fits[Task(name, BASELINES[0], False, 0)]["scale"]
        spread[name] = max(scales) / min(scales)
    sets = {
        "measured": [name for name in names if is_measured(name)],
        "all": list(names),
        "scales to 1 : 10": [n for n in names if spread[n] < 10],
        "scales to 1 : 100": [n for n in names if 10 <= spread[n] < 100],
        "scales beyond": [n for n in names if spread[n] >= 100],
    }
    return {title: chosen for title, chosen in sets.items() if chosen}


def print_tables(fits):
    """What the fits say of series that were trained on, and of those that were not."""
    seen = [(variant, OWN) for variant in VARIANTS]
    for title, measure in (
        ("Error / that of the better baseline, geometric mean over series", by_series),
        ("Error of all rows / that of the better baseline", all_rows),
    ):
        by_panel = ratios(fits, measure, unseen=False)
        if not by_panel:
            continue
        print(f"\n{title}\n")
        print(as_text(["panel", *VARIANTS], table(by_panel, seen)))
        sets = sets_of_panels(fits, by_panel)
        print("\n" + as_text(*comparison(by_panel, sets)))
    by_panel = ratios(fits, by_series, unseen=True)
    if not by_panel:
        return
    print("\nSeries that were not trained on, by the source of their statistics\n")
    ways = list(dict.fromkeys(way for row in by_panel.values() for way in row))
    # A line a way: they are too many for columns.
    heads = ["way", *(f"{variant} ({source})" for variant, source in ways)]
    summaries = [row for row in table(by_panel, ways) if row[0].startswith("=")]
    columns = list(zip(heads, *summaries, strict=True))
    print(as_text(list(columns[0]), list(map(list, columns[1:]))))


def main():
    """Fit what is missing, and print the tables."""
    arguments = read_arguments()
    if not arguments.table:
        tasks = all_tasks(arguments.panels or list(PANELS), arguments.seeds)
        run(tasks, arguments.output, arguments.jobs)
    print_tables(read(arguments.output))


if __name__ == "__main__":
    main()
