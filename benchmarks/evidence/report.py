"""Turn the fits into tables and a picture.

`python -m evidence.report results.jsonl folder` writes `evidence.inc` and
`evidence.svg` into the folder.
"""

import pathlib
import sys

from evidence import generated, levels, recorded, summary  # noqa: F401
from evidence.datasets import DATASETS
from evidence.picture import STYLES, draw
from results import as_rst


def table_of_datasets(by_dataset, shown):
    """Heads and rows: ratios to the best baseline."""
    rows = [
        [
            f"{name} ({DATASETS[name].kind})",
            *(f"{ratios[model]:.2f}" if model in ratios else "–" for model in shown),
        ]
        for name, ratios in by_dataset.items()
    ]
    return ["data set", *shown], rows


def table_of_models(fits, by_dataset):
    """Heads and rows: each model over all data sets that it ran on."""
    worse, rows = summary.worse_than_the_mean(fits), []
    for model in summary.models_in(by_dataset):
        ratios = {name: row[model] for name, row in by_dataset.items() if model in row}
        worst = max(ratios, key=ratios.get)
        n_fits = sum(len(fits[name][model]) for name in ratios)
        rows.append(
            [
                model,
                str(len(ratios)),
                str(n_fits),
                str(len(worse.get(model, []))),
                f"{summary.geometric_mean(list(ratios.values())):.3f}",
                f"{worst}: {ratios[worst]:.2f}",
            ]
        )
    heads = ["model", "data sets", "fits", "of them worse than the mean"]
    return [*heads, "geometric mean of ratios", "worst"], rows


def table_of_ranks(by_dataset):
    """Heads and rows: mean ranks among the models that ran on nearly every data set."""
    n_most = 0.9 * len(by_dataset)
    models = [
        model
        for model in summary.models_in(by_dataset)
        if sum(model in row for row in by_dataset.values()) >= n_most
    ]
    ranks, n_datasets = summary.mean_ranks(by_dataset, models)
    rows = [[model, f"{ranks[model]:.1f}"] for model in sorted(ranks, key=ranks.get)]
    return [f"model, on {n_datasets} data sets", "mean rank"], rows


def table_of_sources(by_dataset):
    """Heads and rows: where the data are from."""
    return ["data set", "source"], [
        [name, DATASETS[name].source] for name in by_dataset
    ]


def main(path, folder):
    """Write both files."""
    fits, ran_on = summary.read(path)
    by_dataset = summary.ratios(fits)
    facts = [*ran_on["machine"].items(), *ran_on["versions"].items()]
    tables = {
        # All other candidates are lines of the second table.
        "Error, divided by that of the best baseline": table_of_datasets(
            by_dataset, tuple(STYLES)
        ),
        "What was tried about levels": levels.table(
            levels.read(path.parent / "levels.jsonl"), fits
        ),
        "Over all data sets": table_of_models(fits, by_dataset),
        "Mean ranks": table_of_ranks(by_dataset),
        "Data sets": table_of_sources(by_dataset),
        "Machine and versions": (["", ""], [list(fact) for fact in facts]),
    }
    text = "\n\n".join(
        f"{title}\n{'-' * len(title)}\n\n{as_rst(*table)}"
        for title, table in tables.items()
    )
    (folder / "evidence.inc").write_text(text + "\n", encoding="utf-8")
    draw(by_dataset, folder / "evidence.svg")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
