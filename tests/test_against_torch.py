"""Compare predictions, gradients and training steps with PyTorch."""

import kernels
import numpy as np
import pytest
import reference

from skgru import SGD, Adam, GRURegressor, LSTMRegressor, RNNRegressor
from skgru.inspection import hidden_states, input_gradients

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


REGRESSORS = {"gru": GRURegressor, "lstm": LSTMRegressor, "rnn": RNNRegressor}
TORCH_LAYERS = {"gru": torch.nn.GRU, "lstm": torch.nn.LSTM, "rnn": torch.nn.RNN}
# Numbers of skgru's gates in PyTorch's order: the GRU's are reset, update, candidate.
TORCH_ORDER = {"gru": (1, 0, 2), "lstm": (0, 1, 2, 3), "rnn": (0,)}

every_cell = pytest.mark.parametrize("cell", REGRESSORS)


def torch_layer(cell, n_inputs, n_hidden, **options):
    """A layer of PyTorch in float64, with as many trained biases as skgru's cell.

    PyTorch adds two biases in each gate. Where skgru has only their sum, the second one
    is not trained, and `copy_cells` makes it zeros: if both were trained, each step
    would move the sum twice.
    """
    layer = TORCH_LAYERS[cell](n_inputs, n_hidden, batch_first=True, **options).double()
    if reference.N_BIASES[cell] == 1:
        for name, parameter in layer.named_parameters():
            parameter.requires_grad_(not name.startswith("bias_hh"))
    return layer


def to_torch_order(array, cell):
    """Weights in PyTorch's form: transposed, and with its order of the gates."""
    order = TORCH_ORDER[cell]
    gates = np.split(array, len(order), axis=-1)
    return np.concatenate([gates[gate] for gate in order], axis=-1).T


def torch_parts(cell, cells):
    """Weights of cells in the order of the parameters of PyTorch's layers."""
    parts = []
    for kernel, recurrent, bias in cells:
        second = bias[1] if len(bias) == 2 else np.zeros_like(bias[0])
        parts += [kernel, recurrent, bias[0], second]
    return [
        torch.from_numpy(np.ascontiguousarray(to_torch_order(part, cell)))
        for part in parts
    ]


def copy_cells(layer, cell, cells):
    """Write the weights of the cells of one layer into PyTorch's layer."""
    parts = torch_parts(cell, cells)
    with torch.no_grad():
        for parameter, part in zip(layer.parameters(), parts, strict=True):
            parameter.copy_(part)


def trained(module):
    """The parameters of a module that are trained."""
    return [parameter for parameter in module.parameters() if parameter.requires_grad]


def last_state(last):
    """The last state, from what PyTorch's layers return beside all states."""
    return last[0] if isinstance(last, tuple) else last


class TorchNetwork(torch.nn.Module):
    """A stack of PyTorch's layers of any sizes and a dense head."""

    def __init__(self, cell, n_features, sizes, n_outputs):
        super().__init__()
        inputs = (n_features, *sizes[:-1])
        self.layers = torch.nn.ModuleList(
            torch_layer(cell, n_inputs, n)
            for n_inputs, n in zip(inputs, sizes, strict=True)
        )
        self.head = torch.nn.Linear(sizes[-1], n_outputs).double()

    def forward(self, x):
        for layer in self.layers:
            x, _ = layer(x)
        return self.head(x[:, -1])


def torch_tensors(cell, vector, n_features, sizes, n_outputs):
    """The parts of a parameter vector in the order of `TorchNetwork.parameters`."""
    layers, coef, intercept = reference.unpack(
        vector, n_features, sizes, n_outputs, cell=cell
    )
    head = [np.ascontiguousarray(coef.T), intercept]
    return [*torch_parts(cell, layers), *map(torch.from_numpy, head)]


def torch_copy(cell, vector, n_features, sizes, n_outputs):
    module = TorchNetwork(cell, n_features, sizes, n_outputs)
    tensors = torch_tensors(cell, vector, n_features, sizes, n_outputs)
    with torch.no_grad():
        for parameter, tensor in zip(module.parameters(), tensors, strict=True):
            parameter.copy_(tensor)
    return module


@every_cell
@pytest.mark.parametrize("sizes", [(5,), (7, 4), (40,)])
def test_loss_and_gradient(cell, sizes, rng):
    network = kernels.make_network(3, sizes, 2, cell=cell)
    vector = rng.randn(network.layout.n_parameters) / 2
    X, y = rng.randn(9, 6, 3), rng.randn(9, 2)
    loss, gradient = kernels.loss_and_gradient_of(
        network, vector, kernels.make_examples(X, y)
    )
    module = torch_copy(cell, vector, 3, sizes, 2)
    expected = torch.nn.functional.mse_loss(
        module(torch.from_numpy(X)), torch.from_numpy(y)
    )
    expected.backward()
    assert loss == pytest.approx(expected.item(), rel=1e-12)
    found = torch_tensors(cell, gradient, 3, sizes, 2)
    for parameter, part in zip(module.parameters(), found, strict=True):
        if not parameter.requires_grad:
            continue
        scale = parameter.grad.abs().max().item()
        np.testing.assert_allclose(
            part.numpy(), parameter.grad.numpy(), rtol=1e-9, atol=1e-12 * scale
        )


@every_cell
@pytest.mark.parametrize("sizes", [(5,), (7, 4)])
def test_bidirectional_loss_and_gradient(cell, sizes, rng):
    network = kernels.make_network(3, sizes, 2, cell=cell, direction=kernels.BOTH_WAYS)
    vector = rng.randn(network.layout.n_parameters) / 2
    X, y = rng.randn(9, 6, 3), rng.randn(9, 2)
    loss, gradient = kernels.loss_and_gradient_of(
        network, vector, kernels.make_examples(X, y)
    )

    def parts(vector):
        return reference.unpack(vector, 3, sizes, 2, cell=cell, bidirectional=True)

    cells, coef, intercept = parts(vector)
    layers, n_inputs, states = [], 3, torch.from_numpy(X)
    for number, n in enumerate(sizes):
        layer = torch_layer(cell, n_inputs, n, bidirectional=True)
        copy_cells(layer, cell, cells[2 * number : 2 * number + 2])
        layers.append(layer)
        states, last = layer(states)
        last = last_state(last)
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
        gradients = [parameter.grad.numpy().copy() for parameter in trained(layer)]
        copy_cells(layer, cell, found[2 * number : 2 * number + 2])
        for parameter, part in zip(trained(layer), gradients, strict=True):
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


@every_cell
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
def test_twenty_training_steps(cell, solver, make_step, clip_norm, rng):
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
        "max_iter": 4,
    }
    regressor = REGRESSORS[cell]
    untrained = regressor(**settings, learning_rate_init=1e-300).fit(X, y)
    module = torch_copy(cell, vector_of(untrained), 3, (7, 4), 2)
    step = make_step(trained(module))
    losses = []
    for number in range(20):
        rows = slice(4 * (number % 5), 4 * (number % 5) + 4)
        loss = torch.nn.functional.mse_loss(
            module(torch.from_numpy(X[rows])), torch.from_numpy(y[rows])
        )
        loss.backward()
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_(trained(module), clip_norm)
        step(number + 1)
        losses.append(loss.item())
    # skgru trains on the same mini-batches: four epochs of five, without shuffling.
    model = regressor(**settings, learning_rate_init=0.01).fit(X, y)
    np.testing.assert_allclose(
        model.loss_curve_, np.reshape(losses, (4, 5)).mean(axis=1), rtol=1e-7
    )
    with torch.no_grad():
        expected = module(torch.from_numpy(X)).numpy()
    # clip_grad_norm_ divides by the norm plus 1e-6.
    tolerance = 1e-9 if clip_norm is None else 1e-5
    np.testing.assert_allclose(
        model.predict(X), expected, rtol=tolerance, atol=tolerance
    )


@every_cell
@pytest.mark.parametrize("sizes", [(5,), (3, 4)])
def test_states_and_input_gradients_are_those_of_torch(cell, sizes, rng):
    X = rng.randn(6, 9, 2)
    options = {"early_stopping": False, "standardize": False, "anchor": None}
    model = REGRESSORS[cell](
        sizes, max_iter=1, n_iter_no_change=None, random_state=0, **options
    )
    model.fit(X, X[:, -1])
    module = torch_copy(cell, model._fitted.model.parameters, 2, sizes, 2)
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


def from_torch_order(parameter, cell):
    """A parameter of PyTorch in skgru's form: the reverse of `to_torch_order`."""
    order = TORCH_ORDER[cell]
    gates = np.split(parameter.detach().numpy(), len(order))
    return np.concatenate([gates[order.index(k)] for k in range(len(order))]).T


@every_cell
@pytest.mark.parametrize("n_layers", [1, 2])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_predictions_from_the_weights_of_torch(cell, n_layers, bidirectional, rng):
    """PyTorch's own first weights, both biases among them, in a fitted estimator."""
    X, y = rng.randn(20, 6, 3), rng.randn(20, 2)
    torch.manual_seed(0)
    options = {"num_layers": n_layers, "bidirectional": bidirectional}
    layers = TORCH_LAYERS[cell](3, 5, batch_first=True, **options).double()
    n_directions = 2 if bidirectional else 1
    head = torch.nn.Linear(5 * n_directions, 2).double()
    with torch.no_grad():
        last = last_state(layers(torch.from_numpy(X))[1])
        expected = head(torch.cat(list(last[-n_directions:]), dim=1)).numpy()
    model = REGRESSORS[cell](
        n_layers * (5,),
        bidirectional=bidirectional,
        standardize=False,
        anchor=None,
        early_stopping=False,
        n_iter_no_change=None,
        max_iter=1,
    )
    model.fit(X, y)
    parts = [from_torch_order(parameter, cell) for parameter in layers.parameters()]
    has_one = reference.N_BIASES[cell] == 1
    for number in range(n_layers * n_directions):
        kernel, recurrent, *biases = parts[4 * number : 4 * number + 4]
        model.kernels_[number][:] = kernel
        model.recurrent_kernels_[number][:] = recurrent
        model.biases_[number][:] = sum(biases) if has_one else biases
    model.coefs_[0][:] = head.weight.detach().numpy().T
    model.intercepts_[0][:] = head.bias.detach().numpy()
    # The states are below 1 and the weights of the head below 1/2: a prediction near 0
    # is as exact as one of size 1, to a few roundings for each term of its sums.
    tolerance = 64 * np.finfo(np.float64).eps
    np.testing.assert_allclose(model.predict(X), expected, rtol=1e-12, atol=tolerance)
