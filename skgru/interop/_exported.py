"""The network inside a fitted estimator, for frameworks that know weights alone."""

import numpy as np

from skgru._estimators._base import RecurrentEstimator
from skgru._estimators._fitted import parts_of
from skgru._network._parameters import views_of_head
from skgru._training._losses import LOSSES
from skgru.interop._layouts import Network


def exported_network(model, framework, *, fold_scaling):
    """Copies of the weights of a fitted estimator, which computes nothing beside them.

    Parameters
    ----------
    model : RecurrentEstimator
    framework : str
        What messages call the framework.
    fold_scaling : bool
        Whether means and scales become part of the weights.

    Returns
    -------
    network : Network
    activation : {"linear", "exponential", "sigmoid", "softmax"}
        What is applied to the outputs of the head.

    Raises
    ------
    ValueError
        If predictions need more than the weights.
    NotFittedError
    """
    if not isinstance(model, RecurrentEstimator):
        raise ValueError(
            f"model is a {type(model).__name__}, but a fitted recurrent estimator of "
            "skgru is wanted. Of a Pipeline pass its last step, and of a search its "
            "best_estimator_."
        )
    fitted = parts_of(model)
    _check_is_weights_alone(fitted, framework)
    cells = [
        type(weights)(*map(np.array, weights))
        for weights in fitted.model.cell_weights()
    ]
    n_cells = 2 if fitted.model.architecture.bidirectional else 1
    layers = [cells[k : k + n_cells] for k in range(0, len(cells), n_cells)]
    head = map(
        np.array,
        views_of_head(fitted.model.architecture.layout, fitted.model.parameters),
    )
    network = Network(fitted.model.architecture.cell, layers, *head)
    if _scales(fitted.scaler):
        if not fold_scaling:
            raise ValueError(
                "The model standardises X or y, which the weights do not tell "
                f"{framework}. Pass fold_scaling=True to make it part of the weights, "
                "or fit with standardize=False."
            )
        network = _folded(network, fitted)
    return network, _activation_of(fitted.targets)


def _check_is_weights_alone(fitted, framework):
    """Refuse what predictions need beside the weights, by its name."""
    scaler, architecture = fitted.scaler, fitted.model.architecture
    for is_there, what, way_out in (
        (
            scaler.anchor.is_used.any() or len(scaler.features.relative),
            "predictions start from the last value of a feature",
            "fit with anchor=None",
        ),
        (architecture.n_static, "there are static features", "fit without them"),
        (
            architecture.categories,
            "there are categories among the features",
            "fit on numbers, as by OneHotEncoder, with categorical_features=None",
        ),
        (
            scaler.by_series is not None,
            "each series has means and scales of its own",
            "fit with standardize='pooled'",
        ),
        (
            fitted.targets.n_raw > fitted.targets.n_outputs
            and fitted.targets.quantiles is not None,
            "there are several quantiles, which are computed so that they do not cross",
            "fit with a single quantile",
        ),
        (
            architecture.pooling == "mean",
            "the head reads the mean of all states",
            "fit with pooling='last'",
        ),
    ):
        if is_there:
            raise ValueError(
                f"The weights of this model are not all that it predicts with: {what}, "
                f"which {framework} would not know. To export weights, {way_out}; "
                "to_onnx exports all that a model does."
            )


def _scales(scaler):
    """Whether features or targets are standardised."""
    return bool(
        scaler.features.mean.any()
        or (scaler.features.scale != 1).any()
        or scaler.target_mean.any()
        or (scaler.target_scale != 1).any()
    )


def _folded(network, fitted):
    """The network for X and y as they stand: with means and scales in its weights."""
    dtype, scaler = network.coef.dtype, fitted.scaler
    mean, scale = (
        part.astype(np.float64)
        for part in (scaler.features.mean, scaler.features.scale)
    )
    first = []
    for cell in network.layers[0]:
        kernel = cell.kernel / scale[:, np.newaxis]
        bias = cell.bias.astype(np.float64)
        bias[0] -= mean @ kernel
        first.append(
            cell._replace(kernel=kernel.astype(dtype), bias=bias.astype(dtype))
        )
    coef, intercept = (
        part.astype(np.float64) for part in (network.coef, network.intercept)
    )
    if _activation_of(fitted.targets) == "exponential":
        intercept += np.log(scaler.target_scale)
    elif fitted.targets.are_scaled:
        coef *= scaler.target_scale
        intercept = intercept * scaler.target_scale + scaler.target_mean
    return network._replace(
        layers=[first, *network.layers[1:]],
        coef=coef.astype(dtype),
        intercept=intercept.astype(dtype),
    )


def _activation_of(targets):
    """What is applied to the outputs of the head."""
    if hasattr(targets, "classes"):
        return "softmax" if targets.has_softmax else "sigmoid"
    has_log_link = LOSSES[targets.settings.loss].has_log_link
    return "exponential" if has_log_link else "linear"
