"""The states and gates of a layer, step by step."""

from collections import namedtuple
from typing import NamedTuple

import numpy as np

from skgru._checks import shortened
from skgru._network._trace import trace
from skgru._reading._form import fill_window
from skgru.inspection._look import look


class GateActivations(NamedTuple):
    """What a layer of GRU cells computes at every step, from `gate_activations`.

    Parameters
    ----------
    update : ndarray of shape (n_samples, n_timesteps, n_units)
        How much of its old state each unit keeps, from 0 to 1.
    reset : ndarray of shape (n_samples, n_timesteps, n_units)
        How much of the old states enters the candidate, from 0 to 1.
    candidate : ndarray of shape (n_samples, n_timesteps, n_units)
        The new content that the unit may take up into its state, from -1 to 1.
    state : ndarray of shape (n_samples, n_timesteps, n_units)
        ``update * state before + (1 - update) * candidate``.
    """

    update: np.ndarray
    reset: np.ndarray
    candidate: np.ndarray
    state: np.ndarray


class LSTMActivations(NamedTuple):
    """What a layer of LSTM cells computes at every step, from `gate_activations`.

    Parameters
    ----------
    input : ndarray of shape (n_samples, n_timesteps, n_units)
        How much of the candidate each unit takes up into its memory, from 0 to 1.
    forget : ndarray of shape (n_samples, n_timesteps, n_units)
        How much of its old memory each unit keeps, from 0 to 1.
    candidate : ndarray of shape (n_samples, n_timesteps, n_units)
        The new content that the unit may take up into its memory, from -1 to 1.
    output : ndarray of shape (n_samples, n_timesteps, n_units)
        How much of the memory the unit shows, from 0 to 1.
    state : ndarray of shape (n_samples, n_timesteps, n_units)
        ``output * tanh(memory)``, which the next layer and the head read.
    memory : ndarray of shape (n_samples, n_timesteps, n_units)
        ``forget * memory before + input * candidate``; it may take any value.
    """

    input: np.ndarray
    forget: np.ndarray
    candidate: np.ndarray
    output: np.ndarray
    state: np.ndarray
    memory: np.ndarray


class RNNActivations(NamedTuple):
    """What a layer of plain units computes at every step, from `gate_activations`.

    Parameters
    ----------
    state : ndarray of shape (n_samples, n_timesteps, n_units)
        From -1 to 1.
    """

    state: np.ndarray


# By the names of what a cell computes.
_KINDS = {
    kind._fields: kind for kind in (GateActivations, LSTMActivations, RNNActivations)
}


def gate_activations(estimator, X, *, layer=-1):
    """Gates, candidates and states of a layer at every step of each sequence.

    Parameters
    ----------
    estimator : GRURegressor, GRUClassifier, or another recurrent one, or Pipeline
        A fitted model, or a fitted pipeline or search that ends in one. With a
        TransformedTargetRegressor, y is the transformed target.
    X : array-like
        As for `predict`. The steps of a pipeline transform it, and below, X is what
        they return.
    layer : int, default=-1
        Which layer, counted from 0; negative ones from the last.

    Returns
    -------
    GateActivations, LSTMActivations or RNNActivations
        Arrays of shape (n_samples, n_timesteps, n_units). Of a GRU they are ``update``,
        ``reset``, ``candidate``, ``state``; of an LSTM ``input``, ``forget``,
        ``candidate``, ``output``, ``state``, ``memory``; of a plain RNN ``state``.
        Steps stand oldest first, whatever their order in X; with `window` there are
        `window` of them for each row. Missing steps are NaN. With `bidirectional` the
        units of the forward cell come first, and each step holds what each of the two
        cells computed when it read that step.

    Raises
    ------
    TypeError
        If `estimator` ends in no recurrent estimator.
    ValueError
        If there is no such layer, or X cannot be read.

    References
    ----------
    Cho, K. et al. (2014). Learning phrase representations using RNN encoder-decoder for
    statistical machine translation. EMNLP. https://doi.org/10.3115/v1/D14-1179.
    Equations 5 to 8; the equations of both forms are in the user guide.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.inspection import gate_activations
    >>> wave = np.sin(np.arange(300) * 0.2)
    >>> model = GRURegressor(4, window=10, random_state=0)
    >>> model = model.fit(wave[:-1, np.newaxis], wave[1:])
    >>> gates = gate_activations(model, wave[:50, np.newaxis])
    >>> gates.update.shape
    (50, 10, 4)
    """
    return activations(look(estimator, X), layer)


def activations(seen, layer):
    """Compute `gate_activations` for an X that a model has already read."""
    fitted = seen.fitted
    n_layers = len(fitted.model.architecture.hidden_layer_sizes)
    if not isinstance(layer, int | np.integer) or not -n_layers <= layer < n_layers:
        raise ValueError(
            f"layer={shortened(layer)}, but the network has {n_layers} layer(s): pass "
            f"an integer from 0 to {n_layers - 1}, or a negative one, -1 for the last."
        )
    traced = trace(
        fitted.model.network(fitted.scaler.features),
        fitted.model.parameters,
        fitted.scaler.standardized(seen.sequences),
        int(layer) % n_layers,
        seen.n_threads,
    )
    filled = [fill_window(fitted.reader, part, np.nan) for part in traced.values()]
    names = tuple(traced)
    # Cells that others have added have no class of their own here.
    kind = _KINDS.get(names) or namedtuple("Activations", names)
    return kind(*filled)


def hidden_states(estimator, X, *, layer=-1):
    """Return the states of a layer at every step of each sequence.

    The dense head reads the state of the last layer at the last step. With
    `bidirectional` this is true of the forward cell only: the cell that reads backward
    ends at the first observed step, and the head reads its state there. With mean
    pooling the head reads the mean of these states over the observed steps.

    Parameters
    ----------
    estimator : GRURegressor, GRUClassifier, or another recurrent one, or Pipeline
        A fitted model, or a fitted pipeline or search that ends in one. With a
        TransformedTargetRegressor, y is the transformed target.
    X : array-like
        As for `predict`. The steps of a pipeline transform it, and below, X is what
        they return.
    layer : int, default=-1
        Which layer, counted from 0; negative ones from the last.

    Returns
    -------
    ndarray of shape (n_samples, n_timesteps, n_units)
        The ``state`` of `gate_activations`.

    Raises
    ------
    TypeError
        If `estimator` ends in no recurrent estimator.
    ValueError
        If there is no such layer, or X cannot be read.

    Examples
    --------
    The prediction is a linear function of the last state:

    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.inspection import hidden_states
    >>> X = np.random.default_rng(0).standard_normal((30, 6, 2))
    >>> model = GRURegressor(4, standardize=False, anchor=None, random_state=0)
    >>> states = hidden_states(model.fit(X, X[:, -1, 0]), X)
    >>> head = states[:, -1] @ model.coefs_[0] + model.intercepts_[0]
    >>> np.allclose(head[:, 0], model.predict(X))
    True
    """
    # A copy: the state may be a view of an array that holds all gates.
    return gate_activations(estimator, X, layer=layer).state.copy()
