"""The same network in the libraries that the benchmarks compare with."""

import importlib
import os
import pathlib

import pytest

import skgru

# Without it Keras looks for TensorFlow, and where that is missing cannot be imported.
os.environ.setdefault("KERAS_BACKEND", "jax")

BENCHMARKS = pathlib.Path(skgru.__file__).parents[1] / "benchmarks"


@pytest.fixture
def imported(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.mark.parametrize("library", ["torch", "jax", "keras"])
@pytest.mark.parametrize("name", ["agreement", "lstm-agreement", "rnn-agreement"])
def test_each_cell_is_the_same_in_every_library(imported, tmp_path, library, name):
    pytest.importorskip(library, reason=f"{library} is not installed")
    path = str(tmp_path / "weights.npz")
    imported("workers.with_skgru").prepare_agreement(name, 1, path)
    measure = imported(f"workers.with_{library}").prepare_agreement(name, 1, path)
    assert 0 < measure()["difference"] < 1e-4


def test_the_second_biases_of_pytorch_are_not_trained(imported):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    network = imported("workers.with_torch").TorchNetwork(3, (6, 6), "lstm")
    network(torch.ones(4, 5, 3)).sum().backward()
    second = {"bias_hh_l0", "bias_hh_l1"}
    for name, parameter in network.cells.named_parameters():
        assert (parameter.grad is None) == (name in second)
        assert name not in second or not parameter.any()
