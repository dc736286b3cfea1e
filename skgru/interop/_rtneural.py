"""Weights for RTNeural, which computes small networks in C++, step by step."""

from skgru.interop._exported import exported_network
from skgru.interop._layouts import keras_of_cell

_LAYERS = {"gru": "gru", "lstm": "lstm"}


def to_rtneural(model, *, fold_scaling=False):
    """A fitted estimator as RTNeural's JSON.

    RTNeural (https://github.com/jatinchowdhury18/RTNeural) is a library in C++ for
    networks in real time. Its model carries its state from step to step: ``reset()``
    begins a sequence, and what ``forward`` returns for the last step is the prediction.

    Parameters
    ----------
    model : recurrent regressor or classifier of skgru
        Fitted, of GRU cells with ``reset_after=True`` or LSTM cells, that read one way;
        without what a network of Keras has no place for: see `to_keras`.
    fold_scaling : bool, default=False
        Whether the means and scales of `standardize` become part of the weights. With
        False, a model that standardises is refused.

    Returns
    -------
    dict
        To be written by ``json.dump``.

    Raises
    ------
    ValueError
        If RTNeural cannot express the model: the message says why, and what to do.
    NotFittedError

    Examples
    --------
    >>> import json
    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.interop import to_rtneural
    >>> X = np.random.default_rng(0).standard_normal((20, 7, 3))
    >>> model = GRURegressor(4, anchor=None, max_iter=1, early_stopping=False)
    >>> network = to_rtneural(model.fit(X, X[:, -1, 0]), fold_scaling=True)
    >>> [layer["type"] for layer in json.loads(json.dumps(network))["layers"]]
    ['gru', 'dense']
    """
    network, activation = exported_network(model, "RTNeural", fold_scaling=fold_scaling)
    for is_there, what, way_out in (
        (network.cell == "gru_reset_before", "reset_after=False", "reset_after=True"),
        (network.cell == "rnn", "plain RNN cells", "GRURegressor or LSTMRegressor"),
        (network.bidirectional, "bidirectional=True", "bidirectional=False"),
        (activation == "exponential", "loss='poisson'", "another loss"),
    ):
        if is_there:
            raise ValueError(
                f"The model has {what}, which RTNeural cannot compute. Fit with "
                f"{way_out}."
            )
    layers = [
        {
            "type": _LAYERS[network.cell],
            "activation": "",
            "shape": [None, None, n_hidden],
            "weights": [part.tolist() for part in keras_of_cell(cells[0])],
        }
        for cells, n_hidden in zip(
            network.layers, network.hidden_layer_sizes, strict=True
        )
    ]
    head = {
        "type": "dense",
        "activation": "" if activation == "linear" else activation,
        "shape": [None, len(network.intercept)],
        "weights": [network.coef.tolist(), network.intercept.tolist()],
    }
    return {"in_shape": [None, None, network.n_features], "layers": [*layers, head]}
