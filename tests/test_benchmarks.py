"""The benchmarks: what they compare, and the command that compares two runs."""

import importlib
import pathlib

import pytest

import skgru

BENCHMARKS = pathlib.Path(skgru.__file__).parents[1] / "benchmarks"


@pytest.fixture
def imported(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture
def compare(imported):
    return imported("compare")


@pytest.fixture
def comparisons(imported, tmp_path):
    module = imported("comparisons")
    return module.all_comparisons(module.QUICK, tmp_path)


def test_every_goal_is_of_entries_that_are_measured(imported, comparisons):
    for goal in imported("goals").GOALS:
        entries = comparisons[goal.comparison].entries
        assert {goal.entry, *goal.others} <= set(entries), goal


def test_other_cells_are_held_against_the_gru_of_the_same_sizes(imported, comparisons):
    training = imported("workloads").TRAINING
    others = {name for name in training if training[name].cell != "gru"}
    assert others == {"lstm-tiny", "lstm-mid", "lstm-large", "rnn-mid"}
    for name in training:
        gru = comparisons[name].entries.get("skgru's GRU, n_jobs=1")
        assert (gru is not None) == (name in others)
        if gru is not None:
            as_gru = training[name]._replace(cell="gru")
            assert training[gru.request["workload"]] == as_gru


def run_of(**seconds):
    measurements = {entry: {"seconds": numbers} for entry, numbers in seconds.items()}
    return {"comparisons": {"tiny": {"measurements": measurements}}}


def test_ratios_of_medians_with_the_worst_and_the_best_luck(compare):
    before = run_of(ours=[1.0, 2.0, 4.0], peer=[1.0, 1.0, 1.0])
    after = run_of(ours=[3.0, 1.0, 1.0], peer=[2.0, 2.0, 2.0], new=[1.0, 1.0, 1.0])
    ours, peer = compare.rows_of(before, after)
    assert ours[:3] == ("tiny", "ours", "seconds")
    assert ours[3:] == (1 / 2, 1 / 4, 3)
    assert peer[3:] == (2, 2, 2)
    assert (ours.verdict(0.03), peer.verdict(0.03), peer.verdict(2)) == ("", "more", "")


def test_a_peer_of_the_same_run_cancels_what_slows_both(compare):
    before = run_of(ours=[1.0, 2.0, 3.0], peer=[2.0, 4.0, 6.0])
    after = run_of(ours=[8.0, 4.0, 2.0], peer=[32.0, 16.0, 8.0])
    (row,) = compare.rows_of(before, after, "peer")
    assert row[1] == "ours"
    assert row[3:] == (1 / 2, 1 / 2, 1 / 2)
    assert row.verdict(0.03) == "less"
