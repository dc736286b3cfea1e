"""The comparison of the three cells: its data, its derivatives, its report."""

import importlib
import json
import pathlib

import numpy as np
import pytest
import reference

import skgru
from skgru.inspection import gate_activations

BENCHMARKS = pathlib.Path(skgru.__file__).parents[1] / "benchmarks"
CELLS = ("GRU", "LSTM", "RNN")


@pytest.fixture
def part(monkeypatch):
    """Import a part of the comparison by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return lambda name: importlib.import_module(f"cells.{name}")


def test_adding_sums_the_two_marked_values(part):
    problem = part("memory_tasks").adding(20, 0, 50)
    values, marks = np.moveaxis(problem.X, 2, 0)
    assert problem.X.shape == (50, 20, 2)
    assert (marks.sum(axis=1) == 2).all()
    np.testing.assert_allclose(problem.y, (values * marks).sum(axis=1), rtol=1e-6)


def test_counting_labels_rows_by_their_counts(part):
    memory_tasks = part("memory_tasks")
    problem = memory_tasks.counting(memory_tasks.is_equal)(12, 0, 200)
    rest = memory_tasks.counting(memory_tasks.difference)(12, 0, 200)
    a, b = np.moveaxis(np.nan_to_num(problem.X), 2, 0).sum(axis=2)
    np.testing.assert_array_equal(problem.y, np.where(a == b, 1, -1))
    np.testing.assert_array_equal(rest.y, a - b)
    assert (problem.y == 1).mean() == 0.5
    assert np.abs(a - b).max() <= 5
    assert b.min() >= 1
    assert a.max() <= 12
    # Missing steps only lead, and a stands before b.
    is_missing = np.isnan(problem.X).all(axis=2)
    assert (np.diff(is_missing.astype(int), axis=1) <= 0).all()
    assert (np.diff(np.nan_to_num(problem.X[..., 1]), axis=1) >= 0).all()
    longest = [np.nan_to_num(X[..., 0]).sum(1) for X, _ in problem.tests.values()]
    assert list(problem.tests) == ["1–12", "13–18", "19–24"]
    assert [(a.min() >= low) for a, low in zip(longest, (1, 13, 19), strict=True)]


def test_symbols_are_to_be_copied_and_recalled(part):
    memory_tasks = part("memory_tasks")
    problem = memory_tasks.copying(4, 0, 30)
    np.testing.assert_array_equal(problem.X[:, :3].reshape(30, -1), problem.y)
    assert not problem.X[:, 3:].any()
    assert memory_tasks.right_symbols(problem.y, problem.y) == 1
    recalled = memory_tasks.recall(9, 0, 30)
    np.testing.assert_array_equal(recalled.X[:, 0], recalled.y)


def test_a_cause_lies_so_many_rows_back(part):
    problem = part("memory_tasks").cause(7, 0, 500)
    left = problem.y[7:] - problem.X[:-7, 0]
    assert problem.window == 17
    assert 0.08 < left.std() < 0.12


@pytest.mark.parametrize("cell", CELLS)
def test_parameters_are_those_of_the_summary(part, cell):
    models = part("models")
    X = np.random.default_rng(0).standard_normal((20, 3, 5))
    units = models.units_for(cell, 5, 400)
    model = models.KINDS[cell](units, anchor=None, max_iter=1, early_stopping=False)
    n_parameters = model.fit(X, X[:, 0, 0]).summary().n_parameters
    assert n_parameters == models.n_parameters(cell, 5, units)
    around = [models.n_parameters(cell, 5, units + more) for more in (-1, 0, 1)]
    assert np.argmin(np.abs(np.array(around) - 400)) == 1


@pytest.mark.parametrize("cell", CELLS)
def test_jacobians_against_the_complex_step(part, cell):
    X = np.random.default_rng(0).standard_normal((12, 6, 2))
    kind = part("models").KINDS[cell]
    settings = {"standardize": False, "anchor": None, "early_stopping": False}
    model = kind(3, max_iter=3, random_state=0, **settings)
    model.fit(X, X[:, 0, 0])
    gates = gate_activations(model, X)
    names = [name for name in ("state", "memory") if hasattr(gates, name)]
    weights = model.kernels_[0], model.recurrent_kernels_[0], model.biases_[0]
    bias = np.atleast_2d(weights[2])
    row, back = 5, 4
    begin = np.concatenate([getattr(gates, n)[row, -1 - back] for n in names])

    def end(states):
        h, m = (*np.split(states, len(names)), None)[:2]
        found = reference.steps(cell.lower(), X[row, -back:], *weights[:2], bias, h, m)[
            :, -1
        ]
        at = reference.STATE[cell.lower()]
        return found[at : at + len(names)].ravel()

    expected = np.array(
        [end(begin + 1e-30j * unit).imag / 1e-30 for unit in np.eye(len(begin))]
    ).T
    (found,) = (
        product for _, product in part("jacobians").products_of_steps(model, X, [back])
    )
    np.testing.assert_allclose(found[row], expected, rtol=1e-9, atol=1e-12)


def line(section, case, model, seed, **found):
    return {"section": section, "case": case, "model": model, "seed": seed, **found}


@pytest.fixture
def results(tmp_path):
    """A made-up file of results: the LSTM errs more, and takes twice as long."""
    lines = [{"machine": {"Python": "3"}, "versions": {"skgru": "0"}}]
    quantities = {"GRU": 1.0, "LSTM": 2.0, "RNN": 0.5}
    for seed in range(3):
        times = {c: {"epoch": n, "predict": n} for c, n in quantities.items()}
        lines.append(line("time", "1", "skgru", seed, times={"12 × 16": times}))
        for cell, worse in quantities.items():
            error = worse + 0.01 * seed
            lines += [
                line("accuracy", "nile", cell, seed, rmse=error),
                line(
                    "overfitting",
                    "nile",
                    cell,
                    seed,
                    n_rows=74,
                    training=0.5,
                    test=3 * error,
                ),
                line(
                    "gradients",
                    "100",
                    cell,
                    seed,
                    steps=[1, 10, 20, 50, 90],
                    **{
                        when: {str(n): 0.9**n for n in (1, 10, 20, 50, 90)}
                        for when in ("before", "after")
                    },
                    **{"horizon before": 9, "horizon after": 12},
                ),
            ]
            if seed < 2:
                found = {"new": 0.1 * worse}
                lines.append(line("adding", "50", cell, seed, scores=found))
    path = tmp_path / "results.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def test_the_report_says_what_the_results_say(part, results, tmp_path):
    part("report").write(results, tmp_path)
    text = (tmp_path / "cells.inc").read_text(encoding="utf-8")
    assert "medians over 3 seeds" in text
    assert "Fewer seeds: adding (2)." in text
    assert "Not measured: counts, copying" in text
    pictures = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert pictures == [
        f"cells_{name}.svg" for name in ("accuracy", "gradients", "memory")
    ]


def test_lines_of_the_tutorial_hold_by_the_numbers(part, results):
    found, _ = part("summary").read(results)
    _, rows = part("claims").table(found)
    verdicts = {said: verdict for said, _, verdict in rows}
    assert verdicts["A GRU has fewer parameters"] == ""
    assert verdicts["A GRU trains faster"] == "holds"
    assert verdicts["A GRU remembers somewhat less over long spans"] == "does not hold"
    assert verdicts["The gradients of a traditional RNN vanish"] == "holds"
    assert verdicts["An LSTM may give better results on some data sets"] == (
        "does not hold"
    )


def test_a_run_goes_on_where_it_ended(part, results):
    run, tasks = part("run"), part("tasks")
    done = run.keys_in(results)
    assert tasks.Task("adding", "50", "GRU", 1).key in done
    assert tasks.Task("adding", "50", "GRU", 2).key not in done
    found = tasks.all_tasks(["adding"], 5)
    n_seeds = {
        length: sum(task.case == length and task.model == "GRU" for task in found)
        for length in ("50", "400")
    }
    assert n_seeds == {"50": 5, "400": 3}
