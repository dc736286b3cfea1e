"""How far back a prediction still listens."""

from typing import NamedTuple

import numpy as np

from skgru.inspection._model import network_gradients, read


class MemoryHorizon(NamedTuple):
    """How far back predictions listen, as returned by `memory_horizon`.

    Attributes
    ----------
    n_steps : int
        Steps, counted from the newest, up to the last one that is still heard. Where
        it is the length of the sequences, a longer `window` might be heard too.
    sensitivity : ndarray of shape (n_timesteps,)
        By how many of its standard deviations a prediction moves, per standard
        deviation of an input, 0, 1, 2, … steps before the newest. NaN where no
        sequence reaches back so far.
    """

    n_steps: int
    sensitivity: np.ndarray


def memory_horizon(estimator, X, *, threshold=0.01):
    """How far back predictions still listen, by their gradient at each past step.

    The size of the gradient with respect to the features of a step, as the root of the
    mean square over sequences, says how much that step still counts. It usually falls
    as steps lie further back, since at each step a unit keeps only the part of its
    state that its update gate lets through: the vanishing gradient, in figures.

    Parameters
    ----------
    estimator : GRURegressor
        Fitted.
    X : array-like
        As for `predict`; with `window`, more rows than that.
    threshold : float, default=0.01
        A step is heard if its gradient is at least this part of the largest one.

    Returns
    -------
    MemoryHorizon
        ``n_steps``, how many steps are heard (0 for a model that hears nothing and
        predicts a constant), and ``sensitivity``, the curve.

    Raises
    ------
    TypeError
        If `estimator` is not a GRURegressor.
    ValueError
        If the threshold is not between 0 and 1, or X cannot be read.

    Notes
    -----
    Gradients are those of the network: of standardised predictions with respect to
    standardised inputs, with `anchor` of changes with respect to changes. Static
    features belong to no step, and are left out. A gradient tells of small changes at
    the data at hand: of a step that only matters in combination it can be small.

    References
    ----------
    Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training
    recurrent neural networks. ICML. https://arxiv.org/abs/1211.5063. Section 2.

    Examples
    --------
    What was two steps before the newest decides, and nothing before it matters:

    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.inspection import memory_horizon
    >>> X = np.random.default_rng(0).standard_normal((400, 8, 1))
    >>> model = GRURegressor(8, random_state=0)
    >>> horizon = memory_horizon(model.fit(X, X[:, -3, 0]), X)
    >>> int(horizon.sensitivity.argmax())
    2
    """
    if not 0 < threshold <= 1:
        raise ValueError(
            f"threshold={threshold!r}, but a number above 0, and 1 at most, is wanted: "
            "a part of the largest gradient."
        )
    model = read(estimator, X)
    steps, _ = network_gradients(model, model.sequences)
    squares = np.square(steps.astype(np.float64)).sum(axis=(2, 3, 4))
    n_timesteps = model.sequences.n_timesteps
    # Of all sequences, those that reach back so far.
    n_there = (model.sequences.n_observed[:, np.newaxis] > np.arange(n_timesteps)).sum(
        axis=0
    )
    totals = squares.sum(axis=0)[::-1]
    means = np.divide(
        totals, n_there, out=np.full(n_timesteps, np.nan), where=n_there > 0
    )
    sensitivity = np.sqrt(means)
    largest = np.nanmax(sensitivity)
    heard = np.flatnonzero(sensitivity >= threshold * largest)
    n_steps = int(heard[-1]) + 1 if largest > 0 else 0
    return MemoryHorizon(n_steps, sensitivity)
