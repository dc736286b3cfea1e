"""From the states of the last layer to predictions in the units of y, as ONNX nodes.

A regressor's predictions have the shape of those of `predict`. A classifier has two
outputs, a label and a probability for each class, as scikit-learn's classifiers have in
the graphs of skl2onnx.
"""

import functools

import numpy as np

from skgru._checks import shortened
from skgru._training._losses._poisson import Poisson
from skgru._training._losses._quantile import Quantile


def read_states(graph, fitted, states, observed):
    """What the head reads of the states, (N, H) in the dtype of the model.

    Parameters
    ----------
    graph : Graph
    fitted : Fitted
    states : States
    observed : str or None
        As in `Steps`.
    """
    dtype = fitted.reader.dtype
    if fitted.model.architecture.pooling == "last":
        return graph.cast(states.last, dtype)
    every = graph.cast(states.all, dtype)
    if observed is None:
        n_observed = graph.take(graph.add("Shape", every), 0, axis=0)
    else:
        n_observed = graph.sum(observed, 0)
    return graph.add("Div", graph.sum(every, 0), graph.cast(n_observed, dtype))


def add_raw(graph, fitted, read, static, numbers, last):
    """Raw predictions (N, n_raw), in the dtype of the model.

    Parameters
    ----------
    graph : Graph
    fitted : Fitted
    read : str
        What the head reads of the states.
    static : str or None
        What it reads of the static features.
    numbers : str or None
        (T, N, F): the standardised features that the linear path reads.
    last : str
        (N, F): the last step on the common scale.
    """
    coef, intercept = fitted.model.head()
    read = graph.join([read, static], axis=1)
    raw = graph.add("Add", graph.add("MatMul", read, coef), intercept)
    architecture = fitted.model.architecture
    if architecture.n_line:
        raw = graph.add("Add", raw, _line(graph, fitted.model, numbers))
    if architecture.level:
        raw = graph.add("Add", raw, _level(graph, fitted, last))
    return raw


def _line(graph, model, numbers):
    """What the linear path makes of the last changes, (N, n_raw)."""
    architecture, n_line = model.architecture, model.architecture.n_line
    features = sorted(set(architecture.line) - {-1})
    back = np.arange(n_line, 0, -1)
    factor = np.sqrt((n_line + 1) / (2 * back))[:, np.newaxis]
    weights = np.zeros((n_line, len(features), architecture.n_raw))
    for k, feature in enumerate(architecture.line):
        if feature >= 0:
            of_output = model.line()[:n_line, k : k + 1] * factor
            weights[:, features.index(feature), k] = of_output[:, 0]
    changes = graph.take(numbers, features, axis=2)
    zero = np.array(0, dtype=model.parameters.dtype)
    changes = graph.add("Pad", changes, np.array([n_line, 0, 0, 0, 0, 0]), zero)
    axis, from_here, to = np.array([0]), np.array([-n_line - 1]), np.array([-1])
    changes = graph.add("Slice", changes, from_here, to, axis)
    changes = graph.add("Transpose", changes, perm=[1, 0, 2])
    changes = graph.reshape(changes, -1, n_line * len(features))
    weights = weights.reshape(n_line * len(features), -1)
    return graph.add("MatMul", changes, weights.astype(model.parameters.dtype))


def _level(graph, fitted, last):
    """What the linear path makes of the last values, (N, n_raw)."""
    features, dtype = fitted.scaler.features, fitted.reader.dtype
    level = np.array(fitted.model.architecture.level)
    weights = np.where(level < 0, 0, fitted.model.line()[-1])
    values = graph.take(last, np.maximum(level, 0), axis=1)
    values = graph.add("Sub", values, features.level_mean[level].astype(dtype))
    values = graph.add("Div", values, features.level_scale[level].astype(dtype))
    return graph.add("Mul", values, weights.astype(dtype))


@functools.singledispatch
def _predictions(loss, graph, raw, dtype):
    """What a loss makes of raw predictions (N, n_outputs, n_predictions)."""
    return raw


@_predictions.register(Poisson)
def _means(loss, graph, raw, dtype):
    return graph.add("Exp", raw)


@_predictions.register(Quantile)
def _quantiles(loss, graph, raw, dtype):
    n_levels = loss.levels.size
    if n_levels == 1:
        return raw
    lowest = graph.take(raw, [0], axis=2)
    others = graph.take(raw, np.arange(1, n_levels), axis=2)
    # log(1 + exp(x)); some runtimes have no Softplus in float64.
    small = graph.add("Exp", graph.add("Neg", graph.add("Abs", others)))
    small = graph.add("Log", graph.add("Add", small, np.array(1, dtype=dtype)))
    distances = graph.add("Add", graph.add("Relu", others), small)
    return graph.add("CumSum", graph.join([lowest, distances], axis=2), np.array(2))


def add_regression(graph, fitted, raw, last, own, is_usable):
    """Predictions in the units of y and the shape of `predict`.

    Parameters
    ----------
    graph : Graph
    fitted : Fitted
    raw : str
        (N, n_raw).
    last : str
        (N, F): the last step on the common scale.
    own : SeriesScaling or None
        The statistics of the series.
    is_usable : str
        (N, 1).

    Returns
    -------
    value : str
    shape : tuple of int
        Its axes behind the first one.
    """
    targets, scaler = fitted.targets, fitted.scaler
    n_each = targets.n_raw // targets.n_outputs
    raw = graph.reshape(raw, -1, targets.n_outputs, n_each)
    anchor, dtype = scaler.anchor, fitted.reader.dtype
    loss = targets.loss_for(scaler.target_scale)
    values = _predictions(loss, graph, raw, dtype)
    # Levels far from zero are kept to the last digit, as `predict` keeps them.
    exact = "float64" if own is not None or anchor.is_used.any() else dtype
    values = _affine(graph, values, scaler.target_scale, scaler.target_mean, exact)
    if anchor.is_used.any():
        levels = graph.take(last, anchor.columns, axis=1)
        levels = graph.reshape(levels, -1, targets.n_outputs, 1)
        levels = _affine(graph, levels, anchor.factor, anchor.offset, exact)
        values = graph.add("Add", values, levels)
    if own is not None:
        values = _affine(graph, values, own.target_scale, own.target_mean, exact)
    values = graph.cast(values, dtype)
    is_usable = graph.add("Unsqueeze", is_usable, np.array([2]))
    values = graph.add("Where", is_usable, values, np.array(np.nan, dtype=dtype))
    shape = targets.in_shape_of_y(np.empty((1, targets.n_outputs, n_each))).shape[1:]
    return graph.reshape(values, -1, *shape), shape


def _affine(graph, value, factor, offset, dtype):
    """Multiply by a factor and add an offset, one of each for each output."""
    factor, offset = (
        np.asarray(part, dtype=dtype)[:, np.newaxis] for part in (factor, offset)
    )
    scaled = graph.add("Mul", graph.cast(value, dtype), factor)
    return graph.add("Add", scaled, offset)


def add_classes(graph, fitted, raw, is_usable, *, raw_scores=False):
    """Labels, and the probabilities of the classes.

    Parameters
    ----------
    graph : Graph
    fitted : Fitted
    raw : str
        (N, n_raw).
    is_usable : str
        (N, 1).
    raw_scores : bool, default=False
        Whether decision values are wanted instead of probabilities: for two classes the
        second one's, and its negative for the first one.

    Returns
    -------
    label, scores : str
        (N,) or, of several labels, (N, n_labels); and (N, n_classes or n_labels).
    """
    targets, dtype = fitted.targets, fitted.reader.dtype
    decisions = raw
    if targets.has_softmax:
        codes = graph.add("ArgMax", raw, axis=1, keepdims=0)
    else:
        is_one = graph.add("Greater", raw, np.array(0, dtype=dtype))
        codes = graph.cast(is_one, "int64")
    if not (targets.has_softmax or targets.is_multilabel):
        codes = graph.reshape(codes, -1)
        decisions = graph.join([graph.add("Neg", raw), raw], axis=1)
    label = graph.add("Gather", labels_of(targets), codes, axis=0)
    scores = decisions
    if not raw_scores and targets.has_softmax:
        scores = graph.add("Softmax", decisions, axis=-1)
    elif not raw_scores:
        scores = _sigmoid(graph, decisions, dtype)
    nan = np.array(np.nan, dtype=dtype)
    return label, graph.add("Where", is_usable, scores, nan)


def _sigmoid(graph, value, dtype):
    """1 / (1 + exp(-value)): some runtimes have no Sigmoid in float64."""
    one = np.array(1, dtype=dtype)
    inverse = graph.add("Add", graph.add("Exp", graph.add("Neg", value)), one)
    return graph.add("Div", one, inverse)


def labels_of(targets):
    """The labels in one of the types that ONNX has: the classes, or 0 and 1.

    Raises
    ------
    ValueError
        If they are of another type.
    """
    classes = np.arange(2) if targets.is_multilabel else targets.classes
    if classes.dtype.kind in "iu":
        if classes.max() > np.iinfo(np.int64).max:
            raise ValueError(
                f"The classes {shortened(classes.tolist())} are larger than the whole "
                "numbers of ONNX, 64 bits with a sign. Fit on y.astype(str)."
            )
        return classes.astype(np.int64)
    if classes.dtype.kind in "bf":
        return classes.astype({"b": bool, "f": np.float64}[classes.dtype.kind])
    if all(isinstance(label, str) for label in classes.tolist()):
        return classes.astype(str)
    raise ValueError(
        f"The classes are of the type {type(classes.tolist()[0]).__name__}, which no "
        "ONNX tensor holds: it holds strings, whole numbers, numbers or bools. Fit on "
        "one of these, as on y.astype(str)."
    )
