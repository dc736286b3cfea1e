"""What a module of PyTorch in memory tells beside its weights.

Of weights alone nobody can tell which functions stand between them. A module names
those that are modules themselves, so what skgru would not compute is refused here.
"""

_RECURRENT = ("GRU", "LSTM", "RNN")
# Modules without weights that hand on what they are given when a network predicts.
_WITHOUT_EFFECT = ("Dropout", "AlphaDropout", "FeatureAlphaDropout", "Identity")
# Behind the linear layer they make probabilities of logits.
_OF_CLASSES = ("Sigmoid", "Softmax", "LogSigmoid", "LogSoftmax")


def check_modules(module, prefix, *, classifies):
    """Refuse a module whose parts compute what skgru does not.

    Parameters
    ----------
    module : torch.nn.Module
    prefix : str
        Parts of other names are not looked at.
    classifies : bool
        Whether the outputs of the linear layer are taken for logits.

    Raises
    ------
    ValueError
    """
    for name, part in module.named_modules():
        kind = type(part).__name__
        if not (
            f"{name}.".startswith(prefix)
            and type(part).__module__.startswith("torch.nn.")
        ):
            continue
        nonlinearity = getattr(part, "nonlinearity", "tanh")
        if kind in _RECURRENT and nonlinearity != "tanh":
            raise ValueError(
                f"Module {name!r} ({kind}) has nonlinearity={nonlinearity!r}, which "
                "skgru cannot express. Only 'tanh' can be: train the network with it."
            )
        # Of what has weights, those that are left over are refused by their names.
        has_more = any(True for _ in part.children()) or bool(part.state_dict())
        if has_more or _does_nothing(kind) or (kind in _OF_CLASSES and classifies):
            continue
        way_out = (
            "If it makes probabilities of classes, pass classes=. "
            if kind in _OF_CLASSES
            else ""
        )
        raise ValueError(
            f"Module {name!r} is a {kind}, which skgru has no place for: its head is "
            f"linear. {way_out}If predictions do not go through it, pass "
            "module.state_dict(), which holds weights alone."
        )


def _does_nothing(kind):
    """Whether modules of a kind change nothing when a network predicts."""
    return kind.rstrip("123d") in _WITHOUT_EFFECT or kind.endswith("Loss")
