"""What `verbose` prints."""

import re

import numpy as np
import pytest

from skgru import GRURegressor
from skgru._training import _progress
from skgru._training._problem import Epoch
from skgru._training._progress import Progress


def model(**parameters):
    settings = {
        "hidden_layer_sizes": 4,
        "n_iter_no_change": None,
        "max_iter": 4,
        "early_stopping": False,
        "random_state": 0,
    }
    return GRURegressor(**(settings | parameters))


@pytest.fixture
def data(rng):
    return rng.randn(20, 5), rng.randn(20)


def test_a_line_for_each_epoch(data, capsys):
    fitted = model(verbose=True, validation_fraction=0.25).fit(*data)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    for k, line in enumerate(lines):
        loss, validation_loss, rate = (
            fitted.history_[name][k] for name in fitted.history_
        )
        assert line.split() == [
            *("epoch", f"{k + 1}/4"),
            *("loss", f"{loss:.4g}"),
            *("validation", f"{validation_loss:.4g}"),
            *("rate", f"{rate:.3g}"),
            *("0:00:00", "left"),
        ]
    model().fit(*data)
    assert capsys.readouterr().out == ""


def test_nothing_is_told_of_what_there_is_not(data, capsys):
    model(verbose=1, solver="lbfgs").fit(*data)
    for line in capsys.readouterr().out.splitlines():
        assert re.fullmatch(r"epoch \d/4  loss \S+ +0:00:00 left", line)


def test_each_partial_fit_is_the_next_epoch(data, capsys):
    stream = model(verbose=True)
    for _ in range(12):
        stream.partial_fit(*data)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 12
    for k, line in enumerate(lines, start=1):
        assert re.fullmatch(rf"epoch +{k}  loss \S+ +rate 0\.005", line)
    assert len({line.index("loss") for line in lines}) == 1


def test_columns_stay_where_they_are(capsys, monkeypatch):
    clock = iter(np.array([0, 3, 5000, 5001, 5002, 5003.0]))
    monkeypatch.setattr(_progress.time, "perf_counter", lambda: next(clock))
    progress = Progress(10_000, 0)
    values = (12345.678, 1.2e-5, 1.23456e-300, np.nan, np.inf)
    numbers = (1, 999, 5000, 9999, 10_000)
    progress.begin()
    for number, value in zip(numbers, values, strict=True):
        progress.begin()
        progress.end(Epoch(value, 1, value, 1, abs(value) / 3, 0, True), number)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-2] for line in lines] == [
        "8:19:57",
        "12:30:50",
        "1:23:21",
        "0:00:01",
        "0:00:00",
    ]
    for word in ("/10000", "loss", "validation", "rate"):
        assert len({line.find(word) for line in lines if word in line}) == 1
    assert "rate" not in lines[3]
