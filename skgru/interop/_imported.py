"""Make a fitted estimator around the weights of another framework's network.

The network reads X as it stands: nothing is standardised, and predictions start from
no last value. What training leaves beside the weights is what there is before the first
epoch, so `partial_fit`, and `fit` with ``warm_start=True``, go on from these weights.
"""

from dataclasses import replace

import numpy as np
from sklearn.utils import check_random_state

from skgru._checks import shortened
from skgru._estimators._classification import ClassTargets
from skgru._estimators._fitted import Scores, architecture_of
from skgru._estimators._labels import classes_of
from skgru._estimators._regression import LossSettings, RegressionTargets
from skgru._network._model import Model
from skgru._network._sequences import FeatureScaling
from skgru._reading._reader import Reader
from skgru._reading._settings import ReadingSettings
from skgru._scaling._anchor import Anchor
from skgru._scaling._scaler import Scaler, ScalingSettings
from skgru._training._losses import LOSSES
from skgru._training._run import Training
from skgru.interop._recurrent import BY_CELL

# Parameters that say of columns of X what no network of another framework knows, and
# the values that say nothing.
_SAY_NOTHING: dict[str, tuple] = {
    "remember": (False,),
    "group_column": (None,),
    "static_features": (None,),
    "embedding_size": (None,),
    "categorical_features": (None, "from_dtype"),
}


def estimator_around(network, activation, classes, params, *, pooling="last"):
    """Make a fitted estimator that predicts what a network predicts.

    Parameters
    ----------
    network : Network
    activation : {None, "linear", "exponential", "sigmoid", "softmax"}
        What is applied to the outputs of the head; None if the source does not tell.
    classes : array-like or None
        Labels in the order of the outputs.
    params : dict
        Further parameters of the estimator.
    pooling : {"last", "mean"}, default="last"
        Whether the head reads the last state, or the mean of all states.

    Returns
    -------
    RecurrentEstimator

    Raises
    ------
    ValueError
        If the parameters contradict the weights, or cannot be.
    """
    _check_fits_together(network)
    network = _in_one_dtype(network)
    classifies = classes is not None or activation in ("sigmoid", "softmax")
    regressor, classifier = BY_CELL[network.cell]
    told = _told_by(network, classifies=classifies, activation=activation)
    if classifies:
        told["pooling"] = pooling
    elif pooling != "last":
        raise ValueError(
            "The network predicts from the mean of all states "
            "(GlobalAveragePooling1D), which skgru's classifiers can do "
            "(pooling='mean') and its regressors cannot. Predict from the last state, "
            "with return_sequences=False in the last recurrent layer."
        )
    estimator = _with_parameters(classifier if classifies else regressor, told, params)
    if classifies:
        targets, network = _classes_of(network, activation, classes)
    else:
        targets = _numbers_of(network, activation, estimator)
    estimator._fitted = _parts(network, estimator, targets)
    return estimator


def _in_one_dtype(network):
    """The network with all weights in float32, or float64 if one of them needs it."""
    arrays = network.arrays
    is_single = all(np.result_type(part, np.float32) == np.float32 for part in arrays)
    dtype = np.dtype(np.float32 if is_single else np.float64)
    cast = [
        [type(cell)(*(part.astype(dtype) for part in cell)) for cell in cells]
        for cells in network.layers
    ]
    head = network.coef.astype(dtype), network.intercept.astype(dtype)
    for part in arrays:
        if not np.isfinite(part).all():
            raise ValueError(
                f"An array of shape {part.shape} of the network's weights contains NaN "
                "or infinity, and would predict nothing else. Its training has "
                "diverged: take weights from before."
            )
    return network._replace(layers=cast, coef=head[0], intercept=head[1])


def _told_by(network, *, classifies, activation):
    """The parameters of the estimator that the network decides."""
    told = {
        "hidden_layer_sizes": network.hidden_layer_sizes,
        "bidirectional": network.bidirectional,
        "standardize": False,
    }
    if network.cell.startswith("gru"):
        told["reset_after"] = network.cell == "gru"
    if not classifies:
        told["anchor"] = None
        if activation == "exponential":
            told["loss"] = "poisson"
    return told


def _with_parameters(kind, told, params):
    """An estimator with the parameters that the network decides, and the others."""
    names = kind().get_params(deep=False)
    for name, value in params.items():
        if name not in names:
            raise ValueError(
                f"{kind.__name__} has no parameter {shortened(name)}. Its parameters "
                f"are {sorted(names)}."
            )
        if name in told and not _are_same(value, told[name]):
            raise ValueError(
                f"{name}={shortened(value)}, but the network's weights are for "
                f"{name}={told[name]!r}. Leave {name} out."
            )
        known = _SAY_NOTHING.get(name)
        if known and not any(_are_same(value, nothing) for nothing in known):
            raise ValueError(
                f"{name}={shortened(value)} cannot be used with the weights of another "
                "framework, whose network reads the numbers of each step alone. Leave "
                f"{name} out."
            )
    estimator = kind(**(told | params))
    estimator._validate_params()
    return estimator


def _are_same(value, other):
    """Whether two values of a parameter are, where one may stand for a list of one."""
    value, other = (np.atleast_1d(np.array(v, dtype=object)) for v in (value, other))
    return np.array_equal(value, other)


def _numbers_of(network, activation, estimator):
    """The targets of a network that predicts numbers."""
    n_outputs = network.coef.shape[1]
    settings = LossSettings.of(estimator)
    targets = RegressionTargets(settings, n_outputs, 1 if n_outputs == 1 else 2)
    is_exponential = LOSSES[settings.loss].has_log_link
    if is_exponential and activation not in (None, "exponential"):
        raise ValueError(
            f"loss={settings.loss!r} predicts the exponential of what the head "
            "computes, but the network predicts that itself. Pass another loss."
        )
    if not is_exponential and activation == "exponential":
        raise ValueError(
            f"loss={settings.loss!r}, but the network predicts the exponential of what "
            "its head computes, which is loss='poisson'. Leave loss out."
        )
    if isinstance(settings.quantile, tuple):
        raise ValueError(
            f"quantile={list(settings.quantile)} asks for several quantiles that do "
            "not cross, which skgru computes from the head in a way of its own. Pass "
            "one quantile, or another loss."
        )
    return targets


def _classes_of(network, activation, classes):
    """The targets of a network that predicts classes, and the network in their order.

    A network with one output has two classes; with a sigmoid of several outputs each of
    them is a label that is 0 or 1.
    """
    n_raw = network.coef.shape[1]
    is_multilabel = activation == "sigmoid" and n_raw > 1
    n_classes = 2 if n_raw == 1 else n_raw
    if activation == "exponential" or (activation == "softmax" and n_raw == 1):
        raise ValueError(
            f"The head has {n_raw} output(s) with the activation {activation!r}, which "
            "are no probabilities of classes. Leave classes out, or use a sigmoid for "
            "two classes."
        )
    labels = np.arange(n_classes) if classes is None else np.asarray(classes)
    known = classes_of(labels) if labels.ndim == 1 else labels
    if known.shape != (n_classes,) or labels.shape != (n_classes,):
        raise ValueError(
            f"classes={shortened(classes)}, but the head has {n_raw} output(s), so "
            f"{n_classes} different labels are wanted, in the order of the outputs"
            f"{': that for an output near 0 first' if n_raw == 1 else ''}."
        )
    if is_multilabel and known.tolist() != list(range(n_raw)):
        raise ValueError(
            f"classes={shortened(classes)}, but the head has a sigmoid for each of "
            f"{n_raw} labels, which are 0 or 1 and have numbers. Leave classes out."
        )
    ones = np.ones(n_classes)
    frequencies = ones / 2 if is_multilabel else ones / n_classes
    targets = ClassTargets(known, is_multilabel, ones, frequencies)
    order = [labels.tolist().index(label) for label in known.tolist()]
    return targets, _head_of_classes(network, order, is_multilabel=is_multilabel)


def _head_of_classes(network, order, *, is_multilabel):
    """The network, its outputs in the order of the sorted labels.

    Of two classes skgru has one output: the second one's less the first one's.
    """
    coef, intercept = network.coef, network.intercept
    if len(intercept) == 1:
        sign = 1 if order == [0, 1] else -1
        coef, intercept = sign * coef, sign * intercept
    else:
        coef, intercept = coef[:, order], intercept[order]
        if len(order) == 2 and not is_multilabel:
            coef, intercept = coef[:, 1:] - coef[:, :1], intercept[1:] - intercept[:1]
    return network._replace(coef=coef, intercept=intercept)


def _parts(network, estimator, targets):
    """The parts of the fitted estimator, with the weights of the network."""
    dtype = network.coef.dtype
    reader = _reader_of(network, estimator, dtype)
    scaler = _scaler_of(estimator, network.n_features, targets.n_outputs, dtype)
    architecture = architecture_of(
        reader,
        targets,
        scaler,
        network.cell,
        network.hidden_layer_sizes,
        bidirectional=network.bidirectional,
        pooling=estimator._pooling(),
    )
    architecture.check()
    model = Model(architecture, np.zeros(architecture.layout.n_parameters, dtype))
    cells = [cell for cells in network.layers for cell in cells]
    for views, cell in zip(model.cell_weights(), cells, strict=True):
        for view, part in zip(views, cell, strict=True):
            view[...] = part
    for view, part in zip(model.head(), (network.coef, network.intercept), strict=True):
        view[...] = part
    training = Training.begin(model, check_random_state(estimator.random_state))
    fitted = type(estimator)._fitted_class(
        reader, targets, scaler, model, training, Scores()
    )
    fitted.check()
    return fitted


def _check_fits_together(network):
    """Refuse layers whose sizes do not follow on each other."""
    n_inputs, n_cells = network.n_features, len(network.layers[0])
    for number, cells in enumerate(network.layers, start=1):
        sizes = [part.shape for cell in cells for part in cell[:2]]
        n_hidden = len(cells[0].recurrent_kernel)
        if len(cells) != n_cells:
            raise ValueError(
                f"Layer {number} of the network reads {_ways(len(cells))}, but the "
                f"layers before {_ways(n_cells)}. skgru's layers all read one way, or "
                "all both ways."
            )
        if sizes != n_cells * [
            (n_inputs, cells[0].kernel.shape[1]),
            cells[0].recurrent_kernel.shape,
        ]:
            raise ValueError(
                f"The kernels of layer {number} of the network have the shapes "
                f"{sizes}, but it reads {n_inputs} numbers at each step. Pass the "
                "layers in their order, with all their arrays."
            )
        n_inputs = n_cells * n_hidden
    if (
        network.coef.shape != (n_inputs, len(network.intercept))
        or not network.coef.size
    ):
        raise ValueError(
            f"The head has weights of shape {network.coef.shape} and a bias of shape "
            f"{network.intercept.shape}, but the last layer hands on {n_inputs} "
            "numbers. Pass the head that reads its last state."
        )


def _ways(n_cells):
    return "both ways" if n_cells == 2 else "one way"


def _reader_of(network, estimator, dtype):
    """The reader of X: 3-D, or 2-D with the parameters `window` or `n_timesteps`."""
    settings = ReadingSettings.of(estimator)
    shape: tuple[int, ...]
    if settings.window is not None:
        shape = (settings.window, network.n_features)
    elif settings.n_timesteps is not None:
        shape = (1, settings.n_timesteps * network.n_features)
    else:
        shape = (1, 1, network.n_features)
    owner = type(estimator).__name__
    reader, _ = Reader.of_fit(np.zeros(shape, dtype), settings, owner)
    if reader.kind == "samples":
        # How long its sequences are is not known before it is given some.
        reader = replace(reader, n_timesteps=0, longest=0)
    return reader


def _scaler_of(estimator, n_features, n_outputs, dtype):
    """A scaler that changes nothing."""
    zeros, ones = np.zeros(n_features, dtype), np.ones(n_features, dtype)
    return Scaler(
        ScalingSettings(standardize=False, anchor=estimator._anchor()),
        FeatureScaling(zeros, ones, np.zeros(0, np.int64), zeros.copy(), ones.copy()),
        np.zeros(0),
        np.zeros(0),
        np.zeros(n_outputs),
        np.ones(n_outputs),
        by_series=None,
        anchor=Anchor.nothing(n_outputs),
        seen=None,
    )
