"""Weights from Keras, and for Keras, without Keras."""

from skgru.interop._exported import exported_network
from skgru.interop._imported import estimator_around
from skgru.interop._keras_files import network_of_keras
from skgru.interop._layouts import keras_of_cell


def from_keras(source, *, classes=None, **params):
    """Make a fitted estimator of a network that was trained in Keras.

    Keras is not needed. Nothing that a file holds is run. The estimator predicts what
    the network predicts, for X of shape (n_samples, n_timesteps, n_features), and can
    be trained further by `partial_fit`, or by `fit` with ``warm_start=True``.

    Recurrent layers (``GRU`` of both forms, ``LSTM``, ``SimpleRNN``, or ``RNN`` around
    one of their cells), one or several, all or none of them in ``Bidirectional``, and a
    dense head can be expressed. Dropout does nothing when a network predicts, and is
    left out: pass `dropout` to train with it.

    Parameters
    ----------
    source : str, path, list of ndarray, or model of Keras
        A file: ``.keras``; ``.h5``, with the model or with weights alone;
        ``.weights.h5``; ``.npz``, the arrays of ``get_weights()`` in their order. Or
        these arrays themselves, or a model in memory. Files of HDF5 (``.keras`` and
        ``.h5``) are read by the package h5py. Weights alone do not tell activations:
        those of Keras are assumed, and a linear head.
    classes : array-like of shape (n_classes,), default=None
        Labels in the order of the outputs of the head, for a classifier; of a head with
        one output, the label of 0 and that of 1. None: 0, 1, … if the head has a
        softmax or a sigmoid. With a linear head, its outputs are read as logits.
    **params
        Further parameters of the estimator, such as `window`, `n_timesteps`,
        `warm_start` or `learning_rate_init`.

    Returns
    -------
    GRURegressor, LSTMRegressor, RNNRegressor or classifier
        A classifier if the head has a softmax or a sigmoid, or if `classes` is given. A
        head with ``activation="exponential"`` becomes ``loss="poisson"``.

    Raises
    ------
    ValueError
        If skgru cannot express a layer: the message names it and says what to do. If a
        file is damaged, or a parameter contradicts the weights.
    ImportError
        If a file needs h5py, and h5py is not installed.

    See Also
    --------
    to_keras : The way back.

    Notes
    -----
    Weights in half precision, and mixed precision, become float32, and so does all that
    is computed. A table is read as it stands, oldest step first, whatever its columns
    are called: with lags newest first pass ``time_order="newest_first"``.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru.interop import from_keras
    >>> rng = np.random.default_rng(0)
    >>> weights = [  # of Sequential([GRU(4), Dense(1)]) for three features
    ...     rng.standard_normal(shape)
    ...     for shape in [(3, 12), (4, 12), (2, 12), (4, 1), (1,)]
    ... ]
    >>> model = from_keras(weights)
    >>> model
    GRURegressor(anchor=None, hidden_layer_sizes=(4,), standardize=False)
    >>> model.predict(np.zeros((2, 7, 3))).shape
    (2,)
    """
    reset_after = params.get("reset_after")
    network, activation, pooling = network_of_keras(source, reset_after)
    return estimator_around(network, activation, classes, params, pooling=pooling)


def to_keras(model, *, fold_scaling=False):
    """Return the weights of a fitted estimator in the order of ``get_weights()``.

    They fit a ``Sequential`` of Keras: the recurrent layers, each in ``Bidirectional``
    if ``bidirectional=True``, and a ``Dense`` head with a bias, whose activation is
    ``"softmax"`` for several classes, ``"sigmoid"`` for two classes or several labels,
    ``"exponential"`` with ``loss="poisson"``, else ``"linear"``.

    Parameters
    ----------
    model : recurrent regressor or classifier of skgru
        Fitted, without what a network of Keras has no place for: see Raises.
    fold_scaling : bool, default=False
        Whether the means and scales of `standardize` become part of the weights. In
        float32 that costs digits where a mean is large beside the scale. With False, a
        model that standardises is refused.

    Returns
    -------
    list of ndarray
        For ``network.set_weights(...)``: for each layer kernel, recurrent kernel and
        bias of its forward, then of its backward cell; kernel and bias of the head.

    Raises
    ------
    ValueError
        If the model standardises and ``fold_scaling=False``; if predictions start from
        a last value (`anchor`), or there are static features, categories, scales of
        each series, several quantiles or ``pooling="mean"``.
    NotFittedError

    See Also
    --------
    from_keras : The way back.

    Notes
    -----
    Leading missing steps have no counterpart: the network of Keras reads every step. So
    the first ``window - 1`` rows of a series are predicted differently. The outputs of
    a classifier stand in the order of ``classes_``, which is sorted, also where
    `from_keras` was given the classes in another order.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.interop import to_keras
    >>> X = np.random.default_rng(0).standard_normal((20, 7, 3))
    >>> model = GRURegressor(4, anchor=None, max_iter=1, early_stopping=False)
    >>> weights = to_keras(model.fit(X, X[:, -1, 0]), fold_scaling=True)
    >>> [part.shape for part in weights]
    [(3, 12), (4, 12), (2, 12), (4, 1), (1,)]
    """
    network, _ = exported_network(model, "Keras", fold_scaling=fold_scaling)
    cells = [
        part
        for cells in network.layers
        for cell in cells
        for part in keras_of_cell(cell)
    ]
    return [*cells, network.coef, network.intercept]
