"""Which layers a model of Keras has, by its configuration, and what skgru can express.

The configuration is the JSON in a ``.keras`` file, in a ``.h5`` file, or from
``model.to_json()``. Of the layers, those that do nothing when a model predicts are
skipped; all that would change predictions is refused by its name.
"""

from typing import Any, NamedTuple

from skgru.interop._files._sources import FileError

_CELLS = {"GRU": "gru", "LSTM": "lstm", "SimpleRNN": "rnn"}
_CELLS_OF_RNN = {f"{name}Cell": cell for name, cell in _CELLS.items()}
# Layers that hand on what they are given when a model predicts.
WITHOUT_EFFECT = {
    "InputLayer",
    "Dropout",
    "SpatialDropout1D",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Identity",
}
_WAYS_OUT = {
    "Masking": "Leave it out; skgru reads leading steps of NaN as missing.",
    "TimeDistributed": "Predict from the last state, with return_sequences=False in "
    "the last recurrent layer.",
    "Embedding": "skgru reads categories itself: train it on the tokens, or pass X as "
    "the rows of the embedding.",
    "Normalization": "Leave it out, and assign feature_mean_ and feature_scale_ of "
    "the estimator.",
    "BatchNormalization": "Fold its scale and shift into the next layer's kernel and "
    "bias, and leave it out.",
    **dict.fromkeys(
        ("Sequential", "Functional", "Model"),
        "Pass the arrays that the whole model's get_weights() returns, or build a "
        "single chain of layers.",
    ),
    "StackedRNNCells": "Use one recurrent layer for each cell.",
}
_LINEAR = ("linear", None)
_OF_HEAD = ("softmax", "sigmoid", "exponential")


class Layer(NamedTuple):
    """A layer of Keras.

    Attributes
    ----------
    name : str
    kind : str
        The name of its class.
    config : dict
    """

    name: str
    kind: str
    config: dict


class Recurrent(NamedTuple):
    """A recurrent layer that skgru can express.

    Attributes
    ----------
    cell : {"gru", "gru_reset_before", "lstm", "rnn"}
    bidirectional : bool
    has_bias : bool
    """

    cell: str
    bidirectional: bool
    has_bias: bool


class Plan(NamedTuple):
    """What a model of Keras computes, as far as skgru can express it.

    Attributes
    ----------
    recurrent : list of (Layer, Recurrent)
    dense : list of Layer
    activation : str or None
        What is applied to the outputs of the last dense layer.
    pooling : {"last", "mean"}
    """

    recurrent: list
    dense: list
    activation: str | None
    pooling: str


def layers_of_config(config):
    """The layers of a configuration, in the order of ``model.layers``.

    Raises
    ------
    ValueError
        If it is none of a model.
    """
    kind = config.get("class_name")
    if kind not in ("Sequential", "Functional", "Model"):
        raise FileError(
            f"The model is of the class {kind!r}, but Sequential or a functional Model "
            "is wanted. Pass the arrays that its get_weights() returns."
        )
    inner = config["config"]
    entries = inner if isinstance(inner, list) else inner["layers"]
    return [
        Layer(
            str(entry.get("name") or entry["config"]["name"]),
            str(entry["class_name"]),
            entry["config"],
        )
        for entry in entries
    ]


def check_is_chain(config):
    """Refuse a functional model in which layers do not follow on each other, in order.

    Raises
    ------
    ValueError
    """
    if config["class_name"] == "Sequential":
        return
    entries = config["config"]["layers"]
    before = None
    for entry in entries:
        found = _inputs_of(entry.get("inbound_nodes") or [])
        if found != ([] if before is None else [before]):
            raise FileError(
                f"Layer {entry['name']!r} of the model reads {found or 'an input'}, "
                f"but {before!r} stands before it. skgru's networks are a single chain "
                "of layers. Save a model that is one."
            )
        before = entry["name"]


def _inputs_of(nodes):
    """Names of the layers that a layer reads, from the nodes of its configuration."""
    found, left = [], [nodes]
    while left:
        item = left.pop()
        if isinstance(item, dict):
            history = item.get("keras_history")
            if history:
                found.append(history[0])
            else:
                left += item.values()
        elif isinstance(item, list):
            # Keras 2 writes ["name", 0, 0, {…}].
            if len(item) >= 3 and isinstance(item[0], str):
                found.append(item[0])
            else:
                left += item
    return found


def plan_of(layers, reset_after=None):
    """What a chain of layers computes.

    Parameters
    ----------
    layers : list of Layer
    reset_after : bool, default=None
        The form of GRUs whose configuration does not tell it.

    Returns
    -------
    Plan

    Raises
    ------
    ValueError
        If skgru cannot express a layer; the message names it and the way out.
    """
    recurrent: list[tuple[Layer, Recurrent]] = []
    dense: list[Layer] = []
    activation, pooling, returns_all = None, "last", False
    for layer in layers:
        kind = layer.kind
        if kind in WITHOUT_EFFECT:
            continue
        if activation is not None:
            _refuse(layer, f"stands behind the activation {activation!r}")
        if kind in ("GRU", "LSTM", "SimpleRNN", "RNN", "Bidirectional") and not dense:
            if recurrent and not returns_all:
                _refuse(layer, "reads a layer without return_sequences=True")
            recurrent.append((layer, _recurrent_of(layer, reset_after)))
            returns_all = _inner(layer).get("return_sequences", False)
        elif kind == "GlobalAveragePooling1D" and returns_all and not dense:
            pooling, returns_all = "mean", False
        elif kind == "Dense" and recurrent:
            _check_reads_a_state(layer, returns_all=returns_all)
            dense.append(layer)
            activation = _activation_of(layer, layer.config.get("activation"))
        elif kind in ("Activation", "Softmax") and recurrent:
            _check_reads_a_state(layer, returns_all=returns_all)
            asked = (
                layer.config.get("activation") if kind == "Activation" else "softmax"
            )
            activation = _activation_of(layer, asked)
        else:
            _refuse(layer)
    if not recurrent:
        raise FileError(
            "The model has no recurrent layer: GRU, LSTM or SimpleRNN is wanted, or "
            "Bidirectional around one."
        )
    if returns_all:
        _refuse(recurrent[-1][0], "returns all states (return_sequences=True)")
    return Plan(recurrent, dense, activation, pooling)


def _inner(layer):
    """The configuration of a recurrent layer, or of the one inside Bidirectional."""
    if layer.kind == "Bidirectional":
        return layer.config["layer"]["config"]
    return layer.config


def _recurrent_of(layer, reset_after):
    """What a recurrent layer computes, or an error that names what skgru cannot do."""
    if layer.kind != "Bidirectional":
        return _one_way(layer, layer, reset_after)
    mode = layer.config.get("merge_mode", "concat")
    if mode != "concat":
        _refuse(layer, f"has merge_mode={mode!r}", "Only 'concat' can be expressed.")
    inner = layer.config["layer"]
    forward = _one_way(
        layer, Layer("", inner["class_name"], inner["config"]), reset_after
    )
    backward = layer.config.get("backward_layer")
    if backward is not None:
        config = dict(backward["config"])
        if not config.pop("go_backwards", False):
            _refuse(layer, "has a backward layer with go_backwards=False")
        kind = Layer("", backward["class_name"], config)
        if _one_way(layer, kind, reset_after) != forward:
            _refuse(layer, "has a backward layer that differs from the forward one")
    return forward._replace(bidirectional=True)


def _one_way(named, layer, reset_after):
    """What a recurrent layer computes that reads one way.

    Parameters
    ----------
    named : Layer
        The layer that messages name.
    layer : Layer
        The same, or the one inside Bidirectional.
    reset_after : bool or None
    """
    config, cells = layer.config, _CELLS
    for option in ("go_backwards", "stateful", "return_state", "time_major"):
        if config.get(option):
            _refuse(named, f"has {option}=True", _WAYS_OUT_OF[option])
    kind = layer.kind
    if kind == "RNN":
        cell = config["cell"]
        kind, config, cells = cell["class_name"], cell["config"], _CELLS_OF_RNN
    if kind not in cells:
        _refuse(named, f"has {kind} inside", _WAYS_OUT.get(kind, ""))
    wanted = {"activation": "tanh"}
    if cells[kind] != "rnn":
        wanted["recurrent_activation"] = "sigmoid"
    for option, name in wanted.items():
        found = config.get(option, name)
        if _name_of(found) != name:
            _refuse(
                named,
                f"has {option}={_name_of(found)!r}",
                f"Only {name!r} can be expressed: train the model with it.",
            )
    cell = cells[kind]
    if cell == "gru":
        cell = _form_of_gru(named, config, reset_after)
    return Recurrent(cell, False, bool(config.get("use_bias", True)))


def _form_of_gru(named, config, reset_after):
    """The cell that a GRU of Keras is: by its configuration, or what the user says."""
    told = config.get("reset_after", reset_after)
    if told is None:
        _refuse(
            named,
            "does not tell reset_after",
            "Pass reset_after=True or False to from_keras: early releases of Keras had "
            "False.",
        )
    return "gru" if told else "gru_reset_before"


_WAYS_OUT_OF = {
    "go_backwards": "Reverse the steps of X and train the model without it.",
    "stateful": "skgru begins each sequence with a state of zeros: save the model with "
    "stateful=False.",
    "return_state": "Build a model that returns the prediction alone.",
    "time_major": "Save the model with time_major=False.",
}


def _check_reads_a_state(layer, *, returns_all):
    if returns_all:
        _refuse(
            layer,
            "is applied at each step, since the layer before has return_sequences=True",
            "skgru predicts once for a sequence: set return_sequences=False in the "
            "last recurrent layer.",
        )


def _activation_of(layer, activation):
    """What is applied to the outputs of a head, None for nothing."""
    name = _name_of(activation)
    if name in _LINEAR:
        return None
    if name not in _OF_HEAD:
        _refuse(
            layer,
            f"has activation={name!r}",
            "The head of skgru is linear; behind it there may be a softmax or a "
            "sigmoid (classes), or an exponential (counts).",
        )
    return name


def _name_of(activation):
    """The name of an activation, which newer files write as an object."""
    if isinstance(activation, dict):
        config: Any = activation.get("config")
        return config if isinstance(config, str) else activation.get("class_name")
    return activation


def _refuse(layer, what=None, way_out=None):
    """Refuse a layer by its name, for what it is or for something it has."""
    if way_out is None:
        way_out = _WAYS_OUT.get(layer.kind, "")
    told = f"is a {layer.kind}" if what is None else f"({layer.kind}) {what}"
    raise FileError(
        f"Layer {layer.name!r} {told}, which skgru cannot express. {way_out}".rstrip()
    )
