"""Networks of Keras: from files, lists of arrays, and models in memory."""

import re

import numpy as np

from skgru._checks import shortened
from skgru.interop._files._hdf5 import is_hdf5, open_hdf5
from skgru.interop._files._npz import arrays_of_npz
from skgru.interop._files._sources import (
    FileError,
    bytes_of,
    from_json,
    is_path,
    refusing_damage,
)
from skgru.interop._files._zip import is_zip, read_zip
from skgru.interop._keras_arrays import network_of_arrays
from skgru.interop._keras_config import (
    WITHOUT_EFFECT,
    check_is_chain,
    layers_of_config,
    plan_of,
)
from skgru.interop._layouts import Network, cell_of_keras

_RECURRENT = ("GRU", "LSTM", "SimpleRNN", "RNN", "Bidirectional")


def network_of_keras(source, reset_after=None):
    """The network of a source of `from_keras`.

    Parameters
    ----------
    source : str, path, list of ndarray, or model of Keras
    reset_after : bool, default=None
        The form of GRUs where the source does not tell it.

    Returns
    -------
    network : Network
    activation : str or None
        What is applied to the outputs of the head; None if the source does not tell.
    pooling : {"last", "mean"}

    Raises
    ------
    ValueError
    """
    if is_path(source):
        data, name = bytes_of(source)
        return network_of_file(data, name, reset_after)
    if callable(getattr(source, "to_json", None)):
        config = from_json(source.to_json())
        return _network_of_config(
            config,
            lambda layer, _: [
                np.asarray(part) for part in source.get_layer(layer.name).get_weights()
            ],
            reset_after,
        )
    if not isinstance(source, list | tuple):
        raise ValueError(
            f"source is a {type(source).__name__}, but the path of a file, a list of "
            "arrays in the order of get_weights(), or a model of Keras is wanted."
        )
    return network_of_arrays(_as_arrays(source), reset_after), None, "last"


def _as_arrays(source):
    """Arrays of floating point from a list of what NumPy can read."""
    arrays = [np.asarray(part) for part in source]
    for part in arrays:
        if part.dtype.kind not in "fiu":
            raise ValueError(
                f"source holds an array of dtype {part.dtype} and shape {part.shape}, "
                "but arrays of numbers are wanted, in the order of get_weights()."
            )
    return arrays


def network_of_file(data, name, reset_after=None):
    """The network of the bytes of a file, of whatever form."""
    if is_zip(data):
        members = read_zip(data, name)
        if "config.json" not in members:
            arrays = list(arrays_of_npz(members, name).values())
            return network_of_arrays(arrays, reset_after), None, "last"
        if "model.weights.h5" not in members:
            raise FileError(f"{name} holds no weights. Save the model again.")
        with refusing_damage(name, "a file of Keras"):
            config = from_json(members["config.json"].decode("utf-8"))
            with open_hdf5(members["model.weights.h5"], name) as groups:
                return _network_of_config(
                    config, _arrays_of_layers(groups, config), reset_after
                )
    if is_hdf5(data):
        with open_hdf5(data, name) as groups:
            return _network_of_groups(groups, name, reset_after)
    raise FileError(
        f"{name} is neither an archive (.keras, .npz) nor a file of HDF5 (.h5), which "
        "Keras writes. Save the model by model.save('model.keras')."
    )


def _network_of_config(config, arrays_of, reset_after):
    """The network of a configuration.

    Parameters
    ----------
    config : dict
    arrays_of : callable
        ``arrays_of(layer, n_cells)`` are the arrays of a `Layer`.
    reset_after : bool or None
    """
    layers = layers_of_config(config)
    check_is_chain(config)
    plan = plan_of(layers, reset_after)
    cells_of_layers = []
    for layer, recurrent in plan.recurrent:
        arrays = arrays_of(layer, 1 + recurrent.bidirectional)
        n_each = 2 + recurrent.has_bias
        if len(arrays) != n_each * (1 + recurrent.bidirectional):
            raise FileError(
                f"Layer {layer.name!r} has {len(arrays)} arrays, but {n_each} for each "
                "of its cells are wanted. Save the model again."
            )
        cells_of_layers.append(
            [
                cell_of_keras(recurrent.cell, *arrays[k : k + n_each])
                for k in range(0, len(arrays), n_each)
            ]
        )
    kinds = {recurrent.cell for _, recurrent in plan.recurrent}
    if len(kinds) > 1:
        raise FileError(
            f"The layers are of several kinds, {sorted(kinds)}, but all layers of one "
            "of skgru's networks are of one kind."
        )
    n_hidden = len(cells_of_layers[-1]) * len(cells_of_layers[-1][0].recurrent_kernel)
    heads = [_head_of(layer, arrays_of(layer, 0)) for layer in plan.dense]
    coef, intercept = _joined(heads, n_hidden, cells_of_layers[0][0].kernel.dtype)
    network = Network(kinds.pop(), cells_of_layers, coef, intercept)
    return network, plan.activation or "linear", plan.pooling


def _head_of(layer, arrays):
    """Kernel and bias of a dense layer."""
    has_bias = layer.config.get("use_bias", True)
    if len(arrays) != 1 + has_bias or arrays[0].ndim != 2:
        raise FileError(
            f"Layer {layer.name!r} has arrays of the shapes "
            f"{[part.shape for part in arrays]}, but a kernel"
            f"{' and a bias' if has_bias else ''} are wanted. Save the model again."
        )
    zeros = np.zeros(arrays[0].shape[1], arrays[0].dtype)
    bias = arrays[1] if has_bias else zeros
    if bias.shape != zeros.shape:
        raise FileError(
            f"Layer {layer.name!r} has a kernel of shape {arrays[0].shape} and a bias "
            f"of shape {bias.shape}. Save the model again."
        )
    return arrays[0], bias


def _joined(heads, n_hidden, dtype):
    """The dense layers as one: nothing but their products stands between them.

    Without any, the last states themselves are predicted.
    """
    if not heads:
        return np.eye(n_hidden, dtype=dtype), np.zeros(n_hidden, dtype)
    coef, intercept = heads[0]
    for kernel, bias in heads[1:]:
        if len(kernel) != coef.shape[1]:
            raise FileError(
                f"A dense layer has a kernel of shape {kernel.shape}, but reads "
                f"{coef.shape[1]} numbers. Save the model again."
            )
        coef, intercept = coef @ kernel, intercept @ kernel + bias
    return coef, intercept


def _arrays_of_layers(groups, config):
    """What finds the arrays of a layer in a file of weights beside a configuration."""
    paths: dict[str, str] = {}
    seen: dict[str, int] = {}
    for layer in layers_of_config(config):
        group = _group_of(layer.kind)
        number = seen[group] = seen.get(group, -1) + 1
        paths[layer.name] = f"layers/{group}{f'_{number}' if number else ''}"
    return lambda layer, n_cells: _arrays_at(groups, paths[layer.name], n_cells)


def _arrays_at(groups, path, n_cells):
    """The arrays of a layer: of its one or two cells, or, with none, its own."""
    places = {
        0: [f"{path}/vars"],
        1: [f"{path}/cell/vars"],
        2: [f"{path}/forward_layer/cell/vars", f"{path}/backward_layer/cell/vars"],
    }[n_cells]
    return [
        groups.array(f"{place}/{number}")
        for place in places
        for number in range(len(groups.children(place)))
    ]


def _network_of_groups(groups, name, reset_after):
    """The network of a file of HDF5: a whole model, or weights alone."""
    text = groups.text("", "model_config")
    root = "model_weights" if groups.children("model_weights") else ""

    def arrays_of(layer):
        path = f"{root}/{layer}"
        names = groups.texts(path, "weight_names")
        return [groups.array(f"{path}/{one}") for one in names]

    if text is not None:
        config = from_json(text)
        return _network_of_config(
            config, lambda layer, _: arrays_of(layer.name), reset_after
        )
    if groups.has_attribute(root, "layer_names") or groups.has_attribute(
        root, "layer_names0"
    ):
        names = groups.texts(root, "layer_names")
        arrays = [part for layer in names for part in arrays_of(layer)]
    else:
        arrays = _arrays_without_config(groups, name)
    return network_of_arrays(arrays, reset_after), None, "last"


def _group_of(kind):
    """The group in which Keras keeps the weights of the layers of a class."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", kind).lower()


def _arrays_without_config(groups, name):
    """The arrays of a ``.weights.h5`` file, recurrent layers first, then the head."""
    there = groups.children("layers")
    by_kind: dict[str, list[tuple[int, str]]] = {}
    for child in there:
        kind, _, number = child.rpartition("_")
        if not number.isdigit():
            kind, number = child, "0"
        by_kind.setdefault(kind, []).append((int(number), child))
    for kind in WITHOUT_EFFECT:
        by_kind.pop(_group_of(kind), None)
    dense = by_kind.pop("dense", [])
    recurrent = set(by_kind) & set(map(_group_of, _RECURRENT))
    if len(by_kind) != 1 or len(dense) != 1 or not recurrent:
        raise FileError(
            f"{name} is of the layers {shortened(sorted(there))}, and does not say how "
            "they follow on each other: one kind of recurrent layers and one dense "
            "head can be told alone. Pass the .keras file, or the arrays of "
            "get_weights()."
        )
    ((kind, numbered),) = by_kind.items()
    n_cells = 2 if kind == "bidirectional" else 1
    return [
        *(
            part
            for _, child in sorted(numbered)
            for part in _arrays_at(groups, f"layers/{child}", n_cells)
        ),
        *_arrays_at(groups, f"layers/{dense[0][1]}", 0),
    ]
