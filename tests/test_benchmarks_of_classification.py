"""The comparison of classifiers: its data, its measures, its goals, its report."""

import importlib
import itertools
import json
import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import skgru

BENCHMARKS = pathlib.Path(skgru.__file__).parents[1] / "benchmarks"


@pytest.fixture
def part(monkeypatch):
    """Import a part of the comparison by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return lambda name: importlib.import_module(f"classification.{name}")


@pytest.fixture
def unequal():
    """Sequences of 2 to 7 steps and 2 features; missing steps lead."""
    X = np.random.default_rng(0).standard_normal((6, 7, 2))
    for row in range(6):
        X[row, : 5 - row] = np.nan
    return X


def test_calibration_error_by_hand(part):
    # Three bins: .4 is in (1/3, 2/3], .8 and .9 are in (2/3, 1].
    p = np.array([0.4, 0.8, 0.9, 0.9])
    probabilities = np.column_stack([p, 0.6 * (1 - p), 0.4 * (1 - p)])
    codes = np.array([0, 0, 1, 0])
    error = part("measures").calibration_error(codes, probabilities, n_bins=3)
    assert error == pytest.approx(1 / 4 * abs(1 - 0.4) + 3 / 4 * abs(2 / 3 - 2.6 / 3))


def test_a_certain_prediction_has_the_errors_of_its_mistakes(part):
    measures = part("measures")
    codes, certain = np.array([0, 1, 2, 2]), np.eye(3)[[0, 1, 2, 0]]
    assert measures.calibration_error(codes, certain) == pytest.approx(1 / 4)
    # A mistake is 1 away in two classes.
    assert measures.brier_score(codes, certain) == pytest.approx(2 / 4)


def test_brier_score_of_two_classes_is_twice_that_of_one(part):
    rng = np.random.default_rng(0)
    p, codes = rng.random(50), rng.integers(0, 2, 50)
    both = part("measures").brier_score(codes, np.column_stack([1 - p, p]))
    assert both == pytest.approx(2 * np.mean((p - codes) ** 2))


def test_recall_and_precision_are_of_the_rare_class(part):
    y = np.array(["a", "a", "b", "b", "b"])
    p = np.array([0.9, 0.2, 0.2, 0.7, 0.4])
    found = part("measures").scores(
        y, np.column_stack([p, 1 - p]), np.array(["a", "b"]), rare="a"
    )
    assert (found["recall"], found["precision"]) == (1 / 2, 1 / 2)
    assert found["accuracy"] == 3 / 5


def test_sequences_are_stretched_between_their_steps(part, unequal):
    found = part("tabular").stretched(unequal, 20)
    for row, sequence in enumerate(unequal):
        steps = sequence[~np.isnan(sequence[:, 0])]
        places = np.linspace(0, len(steps) - 1, 20)
        for column in range(2):
            expected = np.interp(places, np.arange(len(steps)), steps[:, column])
            np.testing.assert_allclose(found[row, :, column], expected, atol=1e-12)


def test_a_sequence_of_one_step_stays_what_it_is(part):
    X = np.array([[[np.nan], [3.0]], [[1.0], [2.0]]])
    tabular = part("tabular")
    np.testing.assert_array_equal(tabular.stretched(X, 5)[0], np.full((5, 1), 3.0))
    np.testing.assert_array_equal(tabular.summaries(X)[0], [3, 0, 3, 3, 3, 3, 0, 0, 1])


def test_summaries_are_those_of_pandas(part, unequal):
    tabular = part("tabular")
    found = tabular.summaries(unequal)
    for row, sequence in enumerate(unequal):
        steps = pd.DataFrame(sequence).dropna()
        changes = steps.diff().dropna()
        expected = [
            steps.mean(),
            steps.std(ddof=0),
            steps.min(),
            steps.max(),
            steps.iloc[0],
            steps.iloc[-1],
            changes.std(ddof=0),
            changes.abs().mean(),
        ]
        assert len(expected) == len(tabular.STATISTICS)
        np.testing.assert_allclose(found[row], [*np.concatenate(expected), len(steps)])


def test_the_odds_of_a_state_are_those_of_all_paths(part):
    synthetic = part("synthetic")
    seen = np.array([0.3, -1.4, -0.2, 0.9, -1.1])
    n, found = len(seen), {}
    for end in (0, 1):
        total = 0.0
        for path in np.ndindex(*[2] * (n - 1)):
            states = [0, *path]
            if states[-1] != end:
                continue
            likely = 1.0
            for before, now in itertools.pairwise(states):
                leave = synthetic.LEAVE["down" if before else "up"]
                likely *= leave if now != before else 1 - leave
            levels = np.where(states, -1, 1)
            likely *= np.exp(-np.sum((seen - levels) ** 2) / (2 * synthetic.NOISE**2))
            total += likely
        found[end] = total
    assert synthetic.odds(seen)[-1] == pytest.approx(np.log(found[1] / found[0]))


def test_made_up_sets_are_what_they_are_said_to_be(part):
    synthetic, datasets = part("synthetic"), part("datasets")
    states, rare = (datasets.load(name) for name in ("machine states", "rare class"))
    is_down = states.y == "down"
    runs = 1 + np.count_nonzero(is_down[1:] != is_down[:-1])
    assert len(states.y) / runs > 20
    assert np.count_nonzero(rare.y == rare.rare) == synthetic.SHARE * len(rare.y)


def test_a_data_set_with_missing_steps_inside_is_refused(part, monkeypatch):
    datasets = part("datasets")
    X = np.zeros((4, 3, 1))
    X[1, 1] = np.nan
    data = datasets.Dataset(X, np.array([0, 1, 0, 1]), 2)
    with pytest.raises(ValueError, match="other steps than leading ones"):
        datasets.check("wrong", data)


def test_goals_are_of_what_is_measured(part):
    goals, models, measures = part("goals"), part("models"), part("measures")
    part("tasks")
    datasets, cases = part("datasets").DATASETS, part("timing").CASES
    for goal in goals.GOALS:
        if goal.dataset in cases:
            assert (goal.model, goal.measure) == (goals.SKGRU, goals.RATIO)
            continue
        assert goal.dataset in datasets, goal
        assert goal.model in models.MODELS, goal
        known = {measures.ACCURACY, measures.LOG_LOSS, measures.RECALL}
        assert goal.measure in known, goal


def test_goals_bound_medians_and_worst_seeds(part):
    goals = part("goals")
    lines = [{"accuracy": n, "log loss": 1 - n} for n in (0.9, 0.8, 0.97)]
    results = {"GunPoint": {goals.GRU: lines}}
    median = goals.Goal("GunPoint", goals.GRU, "accuracy", 0.9)
    least = goals.Goal("GunPoint", goals.GRU, "accuracy", 0.85, of_worst=True)
    loss = goals.Goal("GunPoint", goals.GRU, "log loss", 0.15, of_worst=True)
    assert median.is_met(median.reached(results))
    assert least.reached(results) == 0.8
    assert not least.is_met(least.reached(results))
    assert loss.reached(results) == pytest.approx(0.2)
    assert not loss.is_met(loss.reached(results))
    assert goals.Goal("names", goals.GRU, "accuracy", 0.8).reached(results) is None


def test_candidates_are_spelled_out(part):
    candidates = part("candidates")
    for name, candidate in candidates.CANDIDATES.items():
        assert set(candidates.CHOSEN) <= set(candidate.parameters), name


def test_folds_of_a_series_follow_on_each_other(part):
    tasks = part("tasks")
    data = part("datasets").load("machine states")
    for train, test in tasks.folds(data, 0):
        assert test[0] == train[-1] + 1
        assert test[-1] < data.first_test


def line(dataset, model, seed, section="test", **found):
    return {
        "section": section,
        "dataset": dataset,
        "model": model,
        "seed": seed,
        **found,
    }


def scored(accuracy):
    rest = {"log loss": 0.2, "Brier score": 0.1, "calibration error": 0.05}
    return {"accuracy": accuracy, **rest, "seconds of fit": 1.0}


@pytest.fixture
def results(tmp_path):
    """A made-up file of results: the GRU is better on one set, and worse on another."""
    lines = [{"machine": {"Python": "3"}, "versions": {"skgru": "0"}}]
    for name, simple, medians in (
        ("GunPoint", 0.8, (0.94, 0.96, 0.98)),
        ("BasicMotions", 0.975, (0.9, 0.95, 0.97)),
    ):
        lines.append(line(name, "logistic, summaries", 0, **scored(simple)))
        for seed, accuracy in enumerate(medians):
            lines.append(line(name, "GRUClassifier", seed, **scored(accuracy)))
    # It was done again, and what was found last counts.
    lines.insert(1, line("GunPoint", "GRUClassifier", 0, **scored(0.1)))
    old = {"settings": {"max_iter": 1}}
    lines.append(line("GunPoint", "LSTMClassifier", 0, **scored(0.123), **old))
    path = tmp_path / "results.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    found = line("GunPoint", "batch 64", 0, "folds", **scored(0.875))
    (tmp_path / "cv.jsonl").write_text(json.dumps(found), encoding="utf-8")
    return path


def test_the_report_says_what_the_results_say(part, results, tmp_path):
    part("report").write(results, tmp_path / "cv.jsonl", tmp_path)
    text = (tmp_path / "classification.inc").read_text(encoding="utf-8")
    assert "3 of 16 are met, 1 missed, 12 not measured." in text
    assert "0.960 [0.940]" in text
    assert "on 1 of 2 sets (BasicMotions)" in text
    assert "0.875 / 0.200" in text
    # Of settings that the model has no more.
    assert "0.123" not in text
    assert "Not measured: ItalyPowerDemand" in text
    assert (tmp_path / "classification.svg").exists()


def test_without_results_the_report_says_so(part, tmp_path):
    none = tmp_path / "results.jsonl"
    part("report").write(none, none.with_name("cv.jsonl"), tmp_path)
    text = (tmp_path / "classification.inc").read_text(encoding="utf-8")
    assert "0 of 16 are met, 0 missed, 16 not measured." in text
    assert "classification.svg" not in text


def test_a_run_goes_on_where_it_ended(part, results):
    run, tasks = part("run"), part("tasks")
    done = run.keys_in(results)
    assert tasks.Task("test", "GunPoint", "GRUClassifier", 2).key in done
    assert tasks.Task("test", "GunPoint", "GRUClassifier", 3).key not in done
    # Fitted with other settings: it is to be done again.
    assert tasks.Task("test", "GunPoint", "LSTMClassifier", 0).key not in done


@pytest.mark.slow
@pytest.mark.parametrize("cv", [False, True])
def test_all_of_it_runs(tmp_path, cv):
    sets = ["digits by row", "machine states", "rare class"]
    command = [sys.executable, "-m", "classification.run", "--quick", "--seeds", "1"]
    command += ["--jobs", "1", "--output", str(tmp_path / "results.jsonl")]
    command += ["--docs", str(tmp_path), "--only", *sets, *(["--cv"] if cv else [])]
    subprocess.run(command, cwd=BENCHMARKS, check=True, stdout=subprocess.PIPE)
    name = "cv.jsonl" if cv else "results.jsonl"
    lines = (tmp_path / name).read_text(encoding="utf-8").splitlines()
    found = [json.loads(text) for text in lines[1:]]
    assert {line["dataset"] for line in found} >= set(sets)
    assert all(0 <= line["accuracy"] <= 1 for line in found)
    text = (tmp_path / "classification.inc").read_text(encoding="utf-8")
    assert "quick trial" in text or cv
