"""The memory horizon: how far back the steps of X still affect a prediction."""

from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.utils import check_scalar

from skgru._network._sequences import contiguous
from skgru._reading._form import fill_window
from skgru.inspection._look import look, network_gradients
from skgru.inspection._one_hot import one_hot, with_one_hot


class MemoryHorizon(NamedTuple):
    """How far back steps affect predictions, as returned by `memory_horizon`.

    Parameters
    ----------
    n_steps : int
        How many steps there are from the newest to the oldest that is still heard,
        which means that its gradient reaches the threshold. Where `n_steps` is the
        length of the sequences, steps of a longer `window` might be heard too. Steps
        that are missing in all sequences do not count as heard.
    sensitivity : ndarray of shape (n_timesteps,)
        By how many standard deviations of y a prediction moves, if the features of a
        step move by one standard deviation in the direction of the gradient. The values
        are for the steps 0, 1, 2, … before the newest. NaN where no sequence of X
        reaches back so far.
    """

    n_steps: int
    sensitivity: np.ndarray


def memory_horizon(estimator, X, *, threshold=0.01):
    """Find how far back steps still affect predictions, by the gradient at each step.

    The length of the gradient with respect to the features of a step, as the root of
    its mean square over sequences (and outputs, and quantiles), says how much that step
    still counts. This length usually falls as steps lie further back, since at each
    step a unit keeps only the part of its state that its update gate lets through. It
    measures how fast the gradient vanishes.

    Parameters
    ----------
    estimator : GRURegressor, GRUClassifier, or another recurrent one, or Pipeline
        A fitted model, or a fitted pipeline or search that ends in one. With a
        TransformedTargetRegressor, y is the transformed target.
    X : array-like
        As for `predict`; with `window`, more rows than `window`. The steps of a
        pipeline transform it, and below, X is what they return.
    threshold : float, default=0.01
        A step is heard if its gradient is at least this part of the largest gradient.

    Returns
    -------
    MemoryHorizon
        ``n_steps``, how many steps are heard (0 for a model that predicts a constant),
        and ``sensitivity``, the length of the gradient at each step.

    Raises
    ------
    TypeError
        If `estimator` ends in no recurrent estimator, or the threshold is not a number.
    ValueError
        If the threshold is not above 0 and at most 1, or X cannot be read.

    Notes
    -----
    The gradients are those of the network: of standardised predictions with respect to
    standardised inputs. With ``standardize=False``, predictions and inputs are taken as
    they are. Of a classifier, predictions are its decision values. With `anchor`,
    predictions and the values of that feature are taken as changes from its last value.
    Static features belong to no step, and are left out. Of a category, the inputs are
    one-hot, and are written down for all rows of X. A gradient describes small changes
    to the given data: it can be small for a step that matters only in combination with
    others.

    References
    ----------
    Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training
    recurrent neural networks. ICML. https://arxiv.org/abs/1211.5063. Section 2.

    Examples
    --------
    Here y is the value two steps before the newest one:

    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> from skgru.inspection import memory_horizon
    >>> X = np.random.default_rng(0).standard_normal((400, 8, 1))
    >>> model = GRURegressor(8, random_state=0)
    >>> horizon = memory_horizon(model.fit(X, X[:, -3, 0]), X)
    >>> int(horizon.sensitivity.argmax())
    2
    """
    check_scalar(
        threshold,
        "threshold",
        Real,
        min_val=0,
        max_val=1,
        include_boundaries="right",
    )
    seen = look(estimator, X)
    columns, sequences = seen.fitted.reader.columns, seen.sequences
    if columns.n_codes or columns.static_n_codes:
        sequences = sequences._replace(
            values=contiguous(one_hot(sequences.values, columns.n_codes)),
            static=contiguous(one_hot(sequences.static, columns.static_n_codes)),
        )
    steps = network_gradients(with_one_hot(seen), sequences).steps
    squares = np.square(steps.astype(np.float64)).sum(axis=2).mean(axis=(2, 3))
    back = np.arange(sequences.n_timesteps, 0, -1)
    is_missing = back > sequences.n_observed[:, np.newaxis]
    n_there = np.count_nonzero(~is_missing, axis=0)
    means = np.full((1, len(back)), np.nan)
    np.divide(squares.sum(axis=0), n_there, out=means[0], where=n_there > 0)
    sensitivity = np.sqrt(fill_window(seen.fitted.reader, means, np.nan)[0, ::-1])
    largest = np.nanmax(sensitivity)
    heard = np.flatnonzero(sensitivity >= threshold * largest)
    return MemoryHorizon(int(heard[-1]) + 1 if largest > 0 else 0, sensitivity)
