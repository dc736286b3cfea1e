"""Weights from PyTorch, and for PyTorch, without PyTorch."""

import re

import numpy as np

from skgru._checks import shortened
from skgru.interop._exported import exported_network
from skgru.interop._files._npz import arrays_of_npz
from skgru.interop._files._safetensors import is_safetensors, read_safetensors
from skgru.interop._files._sources import FileError, bytes_of, is_path
from skgru.interop._files._torch_archive import is_torch, tensors_of_torch
from skgru.interop._files._zip import is_zip, read_zip
from skgru.interop._imported import estimator_around
from skgru.interop._layouts import Network, cell_of_torch, torch_of_cell
from skgru.interop._torch_modules import check_modules

_CELLS = {1: "rnn", 3: "gru", 4: "lstm"}
# What wrappers of modules put before all names.
_WRAPPERS = ("module.", "_orig_mod.")
_OF_CELL = re.compile(r"(.*?)(weight|bias)_(ih|hh|hr)_l(\d{1,3})(_reverse)?")
_FIRST = "weight_ih_l0"


def from_torch(source, prefix="", head=None, *, classes=None, **params):
    """Make a fitted estimator of a network that was trained in PyTorch.

    PyTorch is not needed. Nothing that a file holds is run. The estimator predicts what
    the network predicts, for X of shape (n_samples, n_timesteps, n_features), and can
    be trained further by `partial_fit`, or by `fit` with ``warm_start=True``.

    ``nn.GRU``, ``nn.LSTM`` and ``nn.RNN`` can be expressed, of any number of layers,
    one way or both ways, with an ``nn.Linear`` that reads the last state.

    Parameters
    ----------
    source : str, path, dict of arrays or tensors, or module
        A file: ``.pt`` of ``torch.save(module.state_dict(), path)``, ``.safetensors``
        or ``.npz``. Or the state dict itself, or the module.
    prefix : str, default=""
        Beginning of the names that belong to the network, such as ``"encoder."``; all
        others are left out. ``"module."`` and ``"_orig_mod."`` are taken off by
        themselves, and so is the name of the dict that a checkpoint keeps them in.
    head : str, default=None
        Name of the linear layer, such as ``"fc"``. None: the only one there is.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of the outputs of the linear layer, which are read as
        logits, for a classifier; of one output, the label of 0 and that of 1. None: a
        regressor.
    **params
        Further parameters of the estimator, such as `window`, `n_timesteps`,
        `warm_start` or `learning_rate_init`.

    Returns
    -------
    GRURegressor, LSTMRegressor, RNNRegressor or classifier

    Raises
    ------
    ValueError
        If skgru cannot express the network, weights are left over, or a file is
        damaged: the message says what to do.

    See Also
    --------
    to_torch : The way back.

    Notes
    -----
    Weights do not tell what ``forward`` does with them; a module in memory tells the
    activations that are modules themselves, and is refused if skgru has no place for
    them. skgru reads the last state of each direction, as
    ``torch.cat([h_n[-2], h_n[-1]], dim=1)`` does. For one direction that is
    ``output[:, -1]`` too; for both it is not: there the backward half of
    ``output[:, -1]`` has seen a single step. Nor do weights tell the ``nonlinearity``
    of an ``nn.RNN``: tanh is assumed. ``batch_first`` is of no account.

    Weights in half precision become float32, and so does all that is computed. A table
    is read as it stands, oldest step first, whatever its columns are called: with lags
    newest first pass ``time_order="newest_first"``.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru.interop import from_torch
    >>> rng = np.random.default_rng(0)
    >>> state_dict = {
    ...     "gru.weight_ih_l0": rng.standard_normal((12, 3)),
    ...     "gru.weight_hh_l0": rng.standard_normal((12, 4)),
    ...     "gru.bias_ih_l0": rng.standard_normal(12),
    ...     "gru.bias_hh_l0": rng.standard_normal(12),
    ...     "fc.weight": rng.standard_normal((1, 4)),
    ...     "fc.bias": rng.standard_normal(1),
    ... }
    >>> from_torch(state_dict).predict(np.zeros((2, 7, 3))).shape
    (2,)
    """
    if callable(getattr(source, "named_modules", None)):
        check_modules(source, prefix, classifies=classes is not None)
    tensors = _unwrapped(_of_checkpoint(_tensors_of(source), prefix))
    network = _network_of(tensors, prefix, head)
    return estimator_around(network, None, classes, params)


def to_torch(model, *, fold_scaling=False):
    """Return the weights of a fitted estimator as a state dict of PyTorch.

    They fit a module with ``self.gru = nn.GRU(n_features, n_hidden, n_layers)``, or
    ``self.lstm``, or ``self.rnn``, and ``self.head = nn.Linear(n_hidden, n_outputs)``
    that reads the last states, ``h_n``. Behind it belongs what `to_keras` says of
    activations.

    Parameters
    ----------
    model : recurrent regressor or classifier of skgru
        Fitted, without what a network of PyTorch has no place for: see Raises.
    fold_scaling : bool, default=False
        Whether the means and scales of `standardize` become part of the weights. In
        float32 that costs digits where a mean is large beside the scale. With False, a
        model that standardises is refused.

    Returns
    -------
    dict of str to ndarray
        For ``load_state_dict({name: torch.from_numpy(a) for name, a in …})``. LSTM and
        RNN have a second bias of zeros. The outputs of a classifier stand in the order
        of ``classes_``.

    Raises
    ------
    ValueError
        As `to_keras`, and with ``reset_after=False`` or layers of different sizes,
        which PyTorch does not have.
    NotFittedError

    See Also
    --------
    from_torch : The way back.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.interop import to_torch
    >>> X = np.random.default_rng(0).standard_normal((20, 7, 3))
    >>> model = GRURegressor(4, anchor=None, max_iter=1, early_stopping=False)
    >>> weights = to_torch(model.fit(X, X[:, -1, 0]), fold_scaling=True)
    >>> weights["gru.weight_ih_l0"].shape, weights["head.weight"].shape
    ((12, 3), (1, 4))
    """
    network, _ = exported_network(model, "PyTorch", fold_scaling=fold_scaling)
    if network.cell == "gru_reset_before":
        raise ValueError(
            "PyTorch's GRU applies the reset gate after the product, and this model "
            "has reset_after=False. Fit with reset_after=True, or use to_keras."
        )
    if len(set(network.hidden_layer_sizes)) > 1:
        raise ValueError(
            f"hidden_layer_sizes={network.hidden_layer_sizes}, but all layers of a "
            "module of PyTorch have the same size. Fit with layers of one size, or use "
            "to_keras."
        )
    arrays = {
        f"{network.cell}.{name}_l{number}{'_reverse' if backward else ''}": part
        for number, cells in enumerate(network.layers)
        for backward, cell in enumerate(cells)
        for name, part in torch_of_cell(network.cell, cell).items()
    }
    coef = np.ascontiguousarray(network.coef.T)
    return arrays | {"head.weight": coef, "head.bias": network.intercept}


def _tensors_of(source):
    """Dict of arrays from a file, a state dict, or a module."""
    if is_path(source):
        return tensors_of_file(*bytes_of(source))
    if callable(getattr(source, "state_dict", None)):
        source = source.state_dict()
    if not hasattr(source, "items"):
        raise ValueError(
            f"source is a {type(source).__name__}, but the path of a file or a state "
            "dict is wanted. Pass module.state_dict()."
        )
    return {str(name): _as_array(name, value) for name, value in source.items()}


def tensors_of_file(data, name):
    """Dict of the arrays in the bytes of a file, of whatever form."""
    if is_zip(data):
        members = read_zip(data, name)
        if is_torch(members):
            return tensors_of_torch(members, name)
        return arrays_of_npz(members, name)
    if is_safetensors(data):
        return read_safetensors(data, name)[0]
    raise FileError(
        f"{name} is neither an archive (.pt, .npz) nor a file of safetensors. Save "
        "module.state_dict() by torch.save of PyTorch 1.6 or later, or as safetensors."
    )


def _as_array(name, value):
    """An array from an array, or from a tensor on any device."""
    kind = type(value).__name__
    if callable(getattr(value, "detach", None)):
        kind = f"{kind} of {value.dtype}"
        try:
            value = value.detach().cpu().resolve_conj().resolve_neg()
            if "bfloat16" in str(value.dtype):
                value = value.float()
            value = value.numpy()
        except (NotImplementedError, RuntimeError, TypeError) as error:
            raise ValueError(
                f"{shortened(name)} is a {kind}, whose numbers PyTorch does not hand "
                f"out ({shortened(error)}). Pass it as an ordinary float32 tensor."
            ) from None
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"{shortened(name)} is a {kind} of dtype {array.dtype}, but a state dict "
            "of real arrays or tensors is wanted. Of a checkpoint pass the part that "
            "module.state_dict() returned."
        )
    return array


def _unwrapped(tensors):
    """The tensors, without what wrappers have put before all names."""
    for _ in range(len(_WRAPPERS)):
        for wrapper in _WRAPPERS:
            if tensors and all(name.startswith(wrapper) for name in tensors):
                tensors = {name[len(wrapper) :]: tensors[name] for name in tensors}
    return tensors


def _of_checkpoint(tensors, prefix):
    """Of a checkpoint the one dict in which there are names with the prefix."""
    inside = f".{prefix}"
    roots = {name[: name.find(inside) + 1] for name in tensors if inside in name}
    if not prefix or any(name.startswith(prefix) for name in tensors) or len(roots) > 1:
        return tensors
    root = "".join(roots)
    return {
        name[len(root) :]: tensors[name] for name in tensors if name.startswith(root)
    }


def _network_of(tensors, prefix, head):
    """The network of a recurrent module and a linear layer, by their names."""
    within = {name: part for name, part in tensors.items() if name.startswith(prefix)}
    firsts = [name for name in within if name.endswith(_FIRST)]
    if len(firsts) != 1:
        raise ValueError(
            f"There are {len(firsts)} recurrent modules"
            f"{f' ({_listed(firsts)})' if firsts else ''} among the names "
            f"{_listed(within or tensors)}, and one is wanted, as of nn.GRU, nn.LSTM "
            "or nn.RNN (not of nn.GRUCell). Name the beginning of its names in prefix=."
        )
    root = firsts[0].removesuffix(_FIRST)
    of_module = {name: within[name] for name in within if name.startswith(root)}
    cell, layers = _layers_of(of_module, root)
    weight, bias = _head_of(tensors, within, of_module, prefix, head)
    return Network(cell, layers, np.ascontiguousarray(weight.T), bias)


def _layers_of(tensors, root):
    """The kind and the layers of a recurrent module, by the names of its weights."""
    known: dict[tuple[int, bool], dict[str, np.ndarray]] = {}
    for name, part in tensors.items():
        match = _OF_CELL.fullmatch(name)
        if match is None or match[1] != root:
            continue
        if match[3] == "hr":
            raise ValueError(
                f"{name!r} is a projection of the states (proj_size), which skgru "
                "cannot express. Train the module with proj_size=0."
            )
        of_cell = known.setdefault((int(match[4]), bool(match[5])), {})
        of_cell[f"{match[2]}_{match[3]}"] = part
    recurrent = known[0, False].get("weight_hh")
    n_gates = 0
    if recurrent is not None and recurrent.ndim == 2 and recurrent.shape[1]:
        n_gates = len(recurrent) / recurrent.shape[1]
    if n_gates not in _CELLS:
        shape = None if recurrent is None else recurrent.shape
        raise ValueError(
            f"{root}weight_hh_l0 is of shape {shape}, but (3 n_hidden, n_hidden) for a "
            "GRU, (4 n_hidden, n_hidden) for an LSTM or (n_hidden, n_hidden) for an "
            "RNN is wanted."
        )
    cell = _CELLS[n_gates]
    ways = (False, True) if (0, True) in known else (False,)
    layers = []
    for number in range(max(layer for layer, _ in known) + 1):
        cells = [known.get((number, way), {}) for way in ways]
        for parts in cells:
            if not {"weight_ih", "weight_hh"} <= set(parts):
                raise ValueError(
                    f"Weights of layer {number} of {root or 'the module'} are missing. "
                    f"Found are {_listed(tensors)}."
                )
        layers.append([cell_of_torch(cell, **parts) for parts in cells])
    return cell, layers


def _head_of(tensors, within, of_module, prefix, head):
    """Weight and bias of the linear layer, and an error if weights are left over."""
    others = {
        name: part
        for name, part in within.items()
        if name not in of_module or not _OF_CELL.fullmatch(name)
    }
    if head is None:
        heads = [
            name.removesuffix("weight")
            for name, part in others.items()
            if name.endswith("weight") and part.ndim == 2
        ]
        if len(heads) != 1:
            told = (
                f"({_listed(one.rstrip('.') for one in heads)}). Name it in head="
                if heads
                else "of a matrix and a bias. Pass the weights of the whole network"
            )
            raise ValueError(
                f"{len(heads)} linear layers are there beside the recurrent module, "
                f"and one is wanted {told}; skgru has no hidden layer between states "
                "and predictions."
            )
        root = heads[0]
    else:
        places = [f"{prefix}{head.rstrip('.')}.", f"{head.rstrip('.')}."]
        root = next((one for one in places if f"{one}weight" in tensors), places[0])
    weight = tensors.get(f"{root}weight")
    if weight is None or weight.ndim != 2:
        raise ValueError(
            f"head={shortened(head)}, but there is no matrix "
            f"{shortened(root + 'weight')}. Linear layers are among "
            f"{_listed(tensors)}."
        )
    bias = tensors.get(f"{root}bias", np.zeros(len(weight), weight.dtype))
    left = [name for name in others if name not in (f"{root}weight", f"{root}bias")]
    if left:
        raise ValueError(
            f"The weights {_listed(left)} belong neither to the recurrent module nor "
            f"to the linear layer {shortened(root.rstrip('.'))}, and skgru has no "
            "place for them. If predictions do not need them, name the beginning of "
            "the others in prefix=, or pass the others alone."
        )
    return weight, bias


def _listed(names):
    """The first of some names, for a message."""
    names = list(names)
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(map(shortened, names[:8])) + more if names else "(none)"
