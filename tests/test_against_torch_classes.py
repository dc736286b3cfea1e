"""Compare log losses, their gradients and training steps with PyTorch."""

import importlib

import kernels
import numpy as np
import pytest
import reference

from skgru import SGD, Adam, GRUClassifier, LSTMClassifier, RNNClassifier
from skgru._training._losses._log_loss import BinaryLogLoss, LogLoss
from skgru.inspection import input_gradients

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
# Their copies of networks; without PyTorch that file cannot be imported.
networks = importlib.import_module("test_against_torch")

CLASSIFIERS = {"gru": GRUClassifier, "lstm": LSTMClassifier, "rnn": RNNClassifier}
every_cell = pytest.mark.parametrize("cell", CLASSIFIERS)
N_ROWS = 20
# How many raw predictions a network makes, by what it predicts.
TARGETS = {"three classes": 3, "two classes": 1, "labels": 2}
every_target = pytest.mark.parametrize("targets", TARGETS)
# Several labels have no weights of classes.
WEIGHTED = [
    ("three classes", None),
    ("three classes", [1.0, 3.0, 0.5]),
    ("two classes", None),
    ("two classes", [1.0, 3.0]),
    ("labels", None),
]


def labels_of(targets, rng):
    """Labels in the form of `fit`."""
    if targets == "labels":
        return (rng.rand(N_ROWS, 2) < [0.5, 0.2]).astype(int)
    codes = rng.permutation(np.arange(N_ROWS) % (3 if "three" in targets else 2))
    codes[:4] = 0
    return codes


def torch_loss(raw, y, class_weight=None):
    """The loss of PyTorch for raw predictions, with weights of classes."""
    if raw.shape[1] == 3:
        weight = None if class_weight is None else torch.tensor(class_weight).double()
        return torch.nn.functional.cross_entropy(raw, torch.tensor(y), weight=weight)
    y = torch.tensor(y).double().reshape(raw.shape)
    weight = None
    if class_weight is not None:
        weight = torch.where(y == 1, class_weight[1], class_weight[0]).double()
        # PyTorch divides by the number of rows, not by the sum of their weights.
        weight = weight / weight.mean()
    return torch.nn.functional.binary_cross_entropy_with_logits(raw, y, weight=weight)


@every_cell
@pytest.mark.parametrize(("targets", "class_weight"), WEIGHTED)
def test_loss_and_gradient(targets, class_weight, cell, rng):
    X, y = rng.randn(N_ROWS, 6, 3), labels_of(targets, rng)
    n_raw = TARGETS[targets]
    network = kernels.make_network(3, (7, 4), n_raw, cell=cell)
    vector = rng.randn(network.layout.n_parameters) / 2
    loss = LogLoss(np.zeros(3)) if n_raw == 3 else BinaryLogLoss(np.zeros(n_raw))
    weights = np.ones(N_ROWS)
    if class_weight is not None:
        weights = np.array(class_weight)[y]
    columns = np.asarray(y, dtype=np.float64).reshape(N_ROWS, -1)
    examples = kernels.make_examples(X, columns, weights)
    found, gradient = kernels.loss_and_gradient_of(network, vector, examples, loss=loss)
    module = networks.torch_copy(cell, vector, 3, (7, 4), n_raw)
    expected = torch_loss(module(torch.from_numpy(X)), y, class_weight)
    expected.backward()
    assert found == pytest.approx(expected.item(), rel=1e-12)
    parts = networks.torch_tensors(cell, gradient, 3, (7, 4), n_raw)
    for parameter, part in zip(module.parameters(), parts, strict=True):
        if parameter.requires_grad:
            scale = parameter.grad.abs().max().item()
            np.testing.assert_allclose(
                part.numpy(), parameter.grad.numpy(), rtol=1e-9, atol=1e-12 * scale
            )


SOLVERS = {
    "adam": (Adam(), lambda p: networks.torch_adam(p)),
    "sgd": (SGD(), lambda p: networks.torch_sgd(p, True)),
    "plain momentum": (SGD(nesterov=False), lambda p: networks.torch_sgd(p, False)),
}


@every_cell
@pytest.mark.parametrize(("targets", "class_weight"), WEIGHTED)
@pytest.mark.parametrize("solver", SOLVERS)
def test_ten_training_steps(solver, targets, class_weight, cell, rng):
    X, y = rng.randn(N_ROWS, 6, 3), labels_of(targets, rng)
    of_skgru, make_step = SOLVERS[solver]
    settings = {
        "hidden_layer_sizes": (7, 4),
        "solver": of_skgru,
        "clip_norm": None,
        "standardize": False,
        "shuffle": False,
        "batch_size": 4,
        "recurrent_dropout": 0,
        "learning_rate": "constant",
        "n_iter_no_change": None,
        "early_stopping": False,
        "random_state": 0,
        "max_iter": 2,
    }
    if class_weight is not None:
        settings["class_weight"] = dict(enumerate(class_weight))
    kind, n_raw = CLASSIFIERS[cell], TARGETS[targets]
    untrained = kind(**settings, learning_rate_init=1e-300).fit(X, y)
    vector = networks.vector_of(untrained)
    module = networks.torch_copy(cell, vector, 3, (7, 4), n_raw)
    step = make_step(networks.trained(module))
    for number in range(10):
        rows = slice(4 * (number % 5), 4 * (number % 5) + 4)
        torch_loss(module(torch.from_numpy(X[rows])), y[rows], class_weight).backward()
        step(number + 1)
    # skgru trains on the same mini-batches: two epochs of five, without shuffling.
    model = kind(**settings, learning_rate_init=0.01).fit(X, y)
    with torch.no_grad():
        raw = module(torch.from_numpy(X))
        proba = torch.softmax(raw, 1) if n_raw == 3 else torch.sigmoid(raw)
    expected = raw.numpy()[:, 0] if n_raw == 1 else raw.numpy()
    np.testing.assert_allclose(
        model.decision_function(X), expected, rtol=1e-9, atol=1e-9
    )
    found = model.predict_proba(X)
    if n_raw == 1:
        found = found[:, 1:]
    np.testing.assert_allclose(found, proba.numpy(), rtol=1e-9)
    moved = np.abs(model.decision_function(X) - untrained.decision_function(X)).max()
    assert moved > 1e-3


@every_cell
@every_target
def test_input_gradients_of_decisions(targets, cell, rng):
    X, y = rng.randn(N_ROWS, 6, 3), labels_of(targets, rng)
    options = {"early_stopping": False, "standardize": False, "n_iter_no_change": None}
    model = CLASSIFIERS[cell](5, max_iter=2, random_state=0, **options).fit(X, y)
    n_raw = TARGETS[targets]
    vector = networks.vector_of(model)
    assert len(vector) == len(model._fitted.model.parameters)
    module = networks.torch_copy(cell, vector, 3, (5,), n_raw)
    x = torch.tensor(X, requires_grad=True)
    found = input_gradients(model, X).reshape(*X.shape, n_raw)
    for k in range(n_raw):
        (by_torch,) = torch.autograd.grad(module(x)[:, k].sum(), x)
        np.testing.assert_allclose(found[..., k], by_torch, rtol=1e-9, atol=1e-14)


def test_the_order_of_the_reference_is_that_of_the_published_weights(rng):
    """`vector_of` is what the other tests of this file rest on."""
    X = rng.randn(N_ROWS, 6, 3)
    model = GRUClassifier((7, 4), max_iter=1, early_stopping=False, random_state=0)
    model.set_params(standardize=False, n_iter_no_change=None)
    model.fit(X, labels_of("three classes", rng))
    raw = reference.predict(networks.vector_of(model), list(X), (7, 4), 3, cell="gru")
    np.testing.assert_allclose(model.decision_function(X), raw, rtol=1e-10)
