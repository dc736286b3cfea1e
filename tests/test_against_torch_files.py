"""Files of real PyTorch networks are read without it, and its modules take our weights.

With SKGRU_FILES in the environment, the files are kept in that folder, with what the
networks predict, for `test_files_of_peers.py` in an environment without PyTorch.
"""

import os

import numpy as np
import pytest

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru.interop import from_torch, to_torch

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

KINDS = {"GRU": GRURegressor, "LSTM": LSTMRegressor, "RNN": RNNRegressor}
every_kind = pytest.mark.parametrize("kind", KINDS)
every_dtype = pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
# To the last digits: of float64 and of float32.
TOLERANCES = {torch.float64: 1e-12, torch.float32: 1e-6}


class Net(torch.nn.Module):
    """A recurrent module, and a linear layer that reads the last states."""

    def __init__(self, kind, n_hidden=5, n_outputs=2, **form):
        super().__init__()
        self.both_ways = form.get("bidirectional", False)
        self.rnn = getattr(torch.nn, kind)(3, n_hidden, batch_first=True, **form)
        self.head = torch.nn.Linear(n_hidden * (1 + self.both_ways), n_outputs)

    def forward(self, x):
        _, last = self.rnn(x)
        last = last[0] if isinstance(last, tuple) else last
        parts = [last[-2], last[-1]] if self.both_ways else [last[-1]]
        return self.head(torch.cat(parts, dim=1))


def network(kind, dtype=torch.float64, **form):
    torch.manual_seed(0)
    return Net(kind, **form).to(dtype)


def sequences(dtype=torch.float64):
    X = np.random.RandomState(1).randn(6, 7, 3)
    return torch.from_numpy(X).to(dtype)


def predictions(module, dtype):
    with torch.no_grad():
        return module(sequences(dtype)).numpy()


def keep(state_dict, path, wanted):
    """Save a state dict, and once more where another environment finds it."""
    torch.save(state_dict, path)
    if "SKGRU_FILES" in os.environ:
        kept = f"{os.environ['SKGRU_FILES']}/torch {path.name}"
        torch.save(state_dict, kept)
        X = sequences().numpy().astype(wanted.dtype)
        np.savez(f"{kept}.wanted.npz", X=X, wanted=wanted)


@every_kind
@every_dtype
@pytest.mark.parametrize("num_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [False, True])
def test_files_and_modules_predict_what_the_network_predicts(
    kind, dtype, num_layers, bidirectional, bias, tmp_path
):
    form = {"num_layers": num_layers, "bidirectional": bidirectional, "bias": bias}
    module = network(kind, dtype, **form)
    wanted = predictions(module, dtype)
    path = tmp_path / f"{kind} {num_layers} {bidirectional} {bias} {dtype}.pt"
    keep(module.state_dict(), path, wanted)
    X = sequences(dtype).numpy()
    for source in (path, module.state_dict(), module):
        found = from_torch(source).predict(X)
        assert found.dtype == wanted.dtype
        np.testing.assert_allclose(found, wanted, atol=TOLERANCES[dtype], rtol=0)


@every_kind
@every_dtype
@pytest.mark.parametrize("bidirectional", [False, True])
def test_weights_go_there_and_back_bit_by_bit(kind, dtype, bidirectional):
    module = network(kind, dtype, num_layers=2, bidirectional=bidirectional)
    if kind != "GRU":
        # skgru has the sum of PyTorch's two biases.
        with torch.no_grad():
            for name, part in module.named_parameters():
                if "bias_hh" in name:
                    part.zero_()
    found = to_torch(from_torch(module))
    for name, part in module.state_dict().items():
        name = name.replace("rnn.", f"{kind.lower()}.")
        assert found[name].dtype == part.numpy().dtype
        np.testing.assert_array_equal(found.pop(name), part.numpy())
    assert not found


@every_kind
@every_dtype
@pytest.mark.parametrize("bidirectional", [False, True])
def test_modules_take_weights_of_fitted_models(kind, dtype, bidirectional):
    X = (3 + 2 * sequences(dtype)).numpy()
    y = X[:, -1, :2] * np.array([1, 2], X.dtype) + 10
    model = KINDS[kind](
        (5, 5), max_iter=2, anchor=None, bidirectional=bidirectional, random_state=0
    ).fit(X, y)
    module = network(kind, dtype, num_layers=2, bidirectional=bidirectional)
    weights = to_torch(model, fold_scaling=True)
    module.load_state_dict(
        {
            name.replace(f"{kind.lower()}.", "rnn."): torch.from_numpy(part)
            for name, part in weights.items()
        }
    )
    with torch.no_grad():
        found = module(torch.from_numpy(X)).numpy()
    tolerance = 2 * TOLERANCES[dtype]
    np.testing.assert_allclose(found, model.predict(X), rtol=tolerance)


@pytest.mark.parametrize("n_outputs", [1, 2, 3])
def test_classes_have_the_probabilities_of_the_logits(n_outputs):
    module = network("GRU", n_outputs=n_outputs)
    logits = torch.from_numpy(predictions(module, torch.float64))
    wanted = logits.softmax(1) if n_outputs > 1 else logits.sigmoid()
    model = from_torch(module, classes=range(max(2, n_outputs)))
    found = model.predict_proba(sequences().numpy())
    np.testing.assert_allclose(found[:, -n_outputs:], wanted.numpy(), rtol=1e-12)


def test_checkpoints_wrapped_modules_and_parameters_are_read(tmp_path):
    module = network("GRU")
    wanted = predictions(module, torch.float64)
    optimizer = torch.optim.Adam(module.parameters())
    module(sequences()).sum().backward()
    optimizer.step()
    wanted = predictions(module, torch.float64)
    whole = {
        "epoch": 3,
        "loss": 0.5,
        "model": torch.nn.DataParallel(module).state_dict(),
        "optimizer": optimizer.state_dict(),
    }
    torch.save(whole, tmp_path / "checkpoint.pt")
    torch.save(dict(module.named_parameters()), tmp_path / "parameters.pt")
    wrapped = torch.nn.DataParallel(module).state_dict()
    torch.save(wrapped, tmp_path / "wrapped.pt", pickle_protocol=4)
    X = sequences().numpy()
    for name, prefix in [("checkpoint", "model."), ("parameters", ""), ("wrapped", "")]:
        found = from_torch(tmp_path / f"{name}.pt", prefix=prefix).predict(X)
        np.testing.assert_allclose(found, wanted, atol=1e-12, rtol=0)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
def test_half_precision_is_read_exactly(dtype, tmp_path):
    module = network("GRU", dtype)
    torch.save(module.state_dict(), tmp_path / "a.pt")
    wanted = predictions(module.float(), torch.float32)
    for source in (tmp_path / "a.pt", network("GRU", dtype).state_dict()):
        found = from_torch(source).predict(sequences(torch.float32).numpy())
        np.testing.assert_allclose(found, wanted, atol=1e-6, rtol=0)


def test_whole_modules_and_projections_are_refused_by_name(tmp_path):
    torch.save(network("GRU"), tmp_path / "a.pt")
    with pytest.raises(ValueError, match="object of .*Net.*nothing of it was run"):
        from_torch(tmp_path / "a.pt")
    torch.save(network("GRU").state_dict(), tmp_path / "b.pt", **OLD)
    with pytest.raises(ValueError, match=r"PyTorch 1.6 or later"):
        from_torch(tmp_path / "b.pt")
    with pytest.raises(ValueError, match="proj_size"):
        from_torch(torch.nn.LSTM(3, 5, proj_size=2))


OLD = {"_use_new_zipfile_serialization": False}


def test_the_end_of_all_outputs_is_not_the_last_state_of_both_directions():
    """What the documentation warns of."""
    module = network("GRU", bidirectional=True)
    x = sequences()
    with torch.no_grad():
        output, last = module.rnn(x)
        end, both = output[:, -1], torch.cat([last[-2], last[-1]], dim=1)
    assert torch.equal(end[:, :5], both[:, :5])
    assert not torch.allclose(end[:, 5:], both[:, 5:])
    found = from_torch(module).predict(x.numpy())
    with torch.no_grad():
        np.testing.assert_allclose(found, module.head(both).numpy(), atol=1e-12)


@pytest.mark.parametrize("source", ["file", "state dict"])
def test_numbers_that_are_stored_as_negatives_keep_their_sign(source, tmp_path):
    module = network("GRU", n_outputs=1)
    weights = dict(module.state_dict())
    coef = weights["head.weight"]
    weights["head.weight"] = torch.complex(torch.zeros_like(coef), -coef).conj().imag
    assert weights["head.weight"].is_neg()
    if source == "file":
        torch.save(weights, tmp_path / "a.pt")
        with pytest.raises(ValueError, match="stored as the negative"):
            from_torch(tmp_path / "a.pt")
        return
    found = from_torch(weights).predict(sequences().numpy())
    wanted = predictions(module, torch.float64)[:, 0]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def with_head(*parts):
    module = network("GRU", n_outputs=1)
    module.head = torch.nn.Sequential(torch.nn.Linear(5, 1), *parts).double()
    return module


@pytest.mark.parametrize(
    ("module", "words"),
    [
        (network("RNN", nonlinearity="relu"), "'rnn' .RNN. has nonlinearity='relu'"),
        (with_head(torch.nn.Sigmoid()), "'head.1' is a Sigmoid.*pass classes="),
        (with_head(torch.nn.ReLU()), "'head.1' is a ReLU.*module.state_dict"),
    ],
)
def test_modules_that_compute_something_else_are_refused_by_name(module, words):
    with pytest.raises(ValueError, match=words):
        from_torch(module)


def test_modules_that_change_nothing_are_passed_over():
    module = with_head(torch.nn.Dropout(0.5), torch.nn.Identity())
    module.loss = torch.nn.MSELoss()
    module.eval()
    found = from_torch(module).predict(sequences().numpy())
    wanted = predictions(module, torch.float64)[:, 0]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
    as_classes = from_torch(with_head(torch.nn.Sigmoid()), classes=[0, 1])
    assert as_classes.classes_.tolist() == [0, 1]


@pytest.mark.parametrize(
    "coef",
    [
        torch.zeros(1, 5, device="meta"),
        torch.zeros(1, 5).to_sparse(),
        torch.zeros(1, 5).to(torch.float8_e4m3fn),
        torch.zeros(1, 5, dtype=torch.complex64),
    ],
    ids=["meta", "sparse", "float8", "complex"],
)
def test_tensors_without_plain_numbers_are_refused_by_name(coef):
    weights = dict(network("GRU", n_outputs=1).state_dict()) | {"head.weight": coef}
    with pytest.raises(ValueError, match=r"'head.weight' is a Tensor of torch\."):
        from_torch(weights)
