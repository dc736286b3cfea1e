"""Compare predictions, gradients and training steps with PyTorch."""

import kernels
import numpy as np
import pytest
import reference

from skgru import SGD, Adam, GRURegressor
from skgru.inspection import hidden_states, input_gradients

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


class TorchGRU(torch.nn.Module):
    """A stack of torch's GRU layers of any sizes and a dense head."""

    def __init__(self, n_features, sizes, n_outputs):
        super().__init__()
        inputs = (n_features, *sizes[:-1])
        self.layers = torch.nn.ModuleList(
            torch.nn.GRU(n_inputs, n, batch_first=True)
            for n_inputs, n in zip(inputs, sizes, strict=True)
        )
        self.head = torch.nn.Linear(sizes[-1], n_outputs)

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return self.head(x[:, -1])


def to_torch_order(array):
    """Weights in PyTorch's form: transposed, with gates reset, update, candidate."""
    update, reset, candidate = np.split(array, 3, axis=-1)
    return np.concatenate([reset, update, candidate], axis=-1).T


def torch_tensors(vector, n_features, sizes, n_outputs):
    """The parts of a parameter vector in the order of `TorchGRU.parameters`."""
    layers, coef, intercept = reference.unpack(
        vector, n_features, sizes, n_outputs, cell="gru"
    )
    parts = []
    for kernel, recurrent, bias in layers:
        parts += [kernel, recurrent, bias[0], bias[1]]
    parts = [to_torch_order(part) for part in parts] + [coef.T, intercept]
    return [torch.from_numpy(np.ascontiguousarray(part)) for part in parts]


def torch_copy(vector, n_features, sizes, n_outputs):
    module = TorchGRU(n_features, sizes, n_outputs).double()
    tensors = torch_tensors(vector, n_features, sizes, n_outputs)
    with torch.no_grad():
        for parameter, tensor in zip(module.parameters(), tensors, strict=True):
            parameter.copy_(tensor)
    return module


@pytest.mark.parametrize("sizes", [(5,), (7, 4), (40,)])
def test_loss_and_gradient(sizes, rng):
    network = kernels.make_network(3, sizes, 2, cell="gru")
    vector = rng.randn(network.layout.n_parameters) / 2
    X, y = rng.randn(9, 6, 3), rng.randn(9, 2)
    loss, gradient = kernels.loss_and_gradient_of(
        network, vector, kernels.make_examples(X, y)
    )
    module = torch_copy(vector, 3, sizes, 2)
    expected = torch.nn.functional.mse_loss(
        module(torch.from_numpy(X)), torch.from_numpy(y)
    )
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    found = torch_tensors(gradient, 3, sizes, 2)
    for parameter, part in zip(module.parameters(), found, strict=True):
        scale = parameter.grad.abs().max().item()
        np.testing.assert_allclose(
            part.numpy(), parameter.grad.numpy(), rtol=1e-9, atol=1e-12 * scale
        )


def copy_cells(module, cells):
    """Write the weights of the cells of one layer into torch's layer."""
    parts = [
        to_torch_order(part)
        for kernel, recurrent, bias in cells
        for part in (kernel, recurrent, bias[0], bias[1])
    ]
    with torch.no_grad():
        for parameter, part in zip(module.parameters(), parts, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(part)))


def test_bidirectional_loss_and_gradient(rng):
    sizes = (7, 4)
    network = kernels.make_network(3, sizes, 2, cell="gru", direction=kernels.BOTH_WAYS)
    vector = rng.randn(network.layout.n_parameters) / 2
    X, y = rng.randn(9, 6, 3), rng.randn(9, 2)
    loss, gradient = kernels.loss_and_gradient_of(
        network, vector, kernels.make_examples(X, y)
    )

    def parts(vector):
        return reference.unpack(vector, 3, sizes, 2, cell="gru", bidirectional=True)

    cells, coef, intercept = parts(vector)
    layers, n_inputs, states = [], 3, torch.from_numpy(X)
    for number, n in enumerate(sizes):
        layer = torch.nn.GRU(n_inputs, n, batch_first=True, bidirectional=True).double()
        copy_cells(layer, cells[2 * number : 2 * number + 2])
        layers.append(layer)
        states, last = layer(states)
        n_inputs = 2 * n
    # `last` holds the last state of each direction; output[:, -1] would hold the first
    # state of the backward cell.
    raw = torch.cat(list(last), dim=1) @ torch.from_numpy(coef)
    expected = torch.nn.functional.mse_loss(
        raw + torch.from_numpy(intercept), torch.from_numpy(y)
    )
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    found, _, _ = parts(gradient)
    for number, layer in enumerate(layers):
        gradients = [parameter.grad.numpy().copy() for parameter in layer.parameters()]
        copy_cells(layer, found[2 * number : 2 * number + 2])
        for parameter, part in zip(layer.parameters(), gradients, strict=True):
            np.testing.assert_allclose(
                parameter.detach().numpy(), part, rtol=1e-9, atol=1e-13
            )


def vector_of(model):
    parts = []
    for kernel, recurrent in zip(model.kernels_, model.recurrent_kernels_, strict=True):
        parts += [kernel, recurrent]
    parts += [*model.coefs_, *model.biases_, *model.intercepts_]
    return np.concatenate([part.ravel() for part in parts])


def torch_adam(parameters, epsilon=1e-8):
    optimizer = torch.optim.Adam(parameters, lr=0.01, eps=epsilon)

    def step(number):
        # PyTorch adds epsilon after correcting the second moment, skgru before.
        for group in optimizer.param_groups:
            group["eps"] = epsilon / np.sqrt(1 - 0.999**number)
        optimizer.step()
        optimizer.zero_grad()

    return step


def torch_sgd(parameters, nesterov):
    optimizer = torch.optim.SGD(parameters, lr=0.01, momentum=0.9, nesterov=nesterov)

    def step(number):
        optimizer.step()
        optimizer.zero_grad()

    return step


@pytest.mark.parametrize(
    ("solver", "make_step"),
    [
        (Adam(), torch_adam),
        (Adam(epsilon=1e-3), lambda p: torch_adam(p, 1e-3)),
        (SGD(nesterov=False), lambda p: torch_sgd(p, False)),
        (SGD(), lambda p: torch_sgd(p, True)),
    ],
)
@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_ten_training_steps(solver, make_step, clip_norm, rng):
    X, y = rng.randn(20, 6, 3), rng.randn(20, 2)
    settings = {
        "hidden_layer_sizes": (7, 4),
        "solver": solver,
        "clip_norm": clip_norm,
        "standardize": False,
        "shuffle": False,
        "batch_size": 4,
        "learning_rate": "constant",
        "n_iter_no_change": None,
        "early_stopping": False,
        "random_state": 0,
        "max_iter": 2,
    }
    untrained = GRURegressor(**settings, learning_rate_init=1e-300).fit(X, y)
    module = torch_copy(vector_of(untrained), 3, (7, 4), 2)
    step = make_step(module.parameters())
    losses = []
    for number in range(10):
        rows = slice(4 * (number % 5), 4 * (number % 5) + 4)
        loss = torch.nn.functional.mse_loss(
            module(torch.from_numpy(X[rows])), torch.from_numpy(y[rows])
        )
        loss.backward()
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(module.parameters(), clip_norm)
        step(number + 1)
        losses.append(loss.item())
    # skgru trains on the same mini-batches: two epochs of five, without shuffling.
    model = GRURegressor(**settings, learning_rate_init=0.01).fit(X, y)
    np.testing.assert_allclose(
        model.loss_curve_, [np.mean(losses[:5]), np.mean(losses[5:])], rtol=1e-7
    )
    with torch.no_grad():
        expected = module(torch.from_numpy(X)).numpy()
    # clip_grad_norm_ divides by the norm plus 1e-6.
    tolerance = 1e-9 if clip_norm is None else 1e-5
    np.testing.assert_allclose(
        model.predict(X), expected, rtol=tolerance, atol=tolerance
    )


@pytest.mark.parametrize("sizes", [(5,), (3, 4)])
def test_states_and_input_gradients_are_those_of_torch(sizes, rng):
    X = rng.randn(6, 9, 2)
    options = {"early_stopping": False, "standardize": False, "anchor": None}
    model = GRURegressor(
        sizes, max_iter=1, n_iter_no_change=None, random_state=0, **options
    )
    model.fit(X, X[:, -1])
    module = torch_copy(model._fitted.model.parameters, 2, sizes, 2)
    x = torch.tensor(X, requires_grad=True)
    states = x
    for level, layer in enumerate(module.layers):
        states, _ = layer(states)
        np.testing.assert_allclose(
            hidden_states(model, X, layer=level), states.detach(), rtol=0, atol=1e-14
        )
    gradients = input_gradients(model, X)
    for output in range(2):
        (by_torch,) = torch.autograd.grad(module(x)[:, output].sum(), x)
        np.testing.assert_allclose(
            gradients[..., output], by_torch, rtol=1e-9, atol=1e-14
        )
