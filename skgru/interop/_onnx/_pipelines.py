"""Let skl2onnx export skgru's estimators as parts of pipelines.

skl2onnx asks three functions of each estimator: what its outputs are called, of which
type and shape they are, and which nodes make them. The nodes are those of `to_onnx`,
copied into the graph of the pipeline.
"""

from numbers import Real

import numpy as np
from sklearn.base import ClassifierMixin, is_classifier

from skgru._estimators._fitted import parts_of
from skgru._estimators._token_sequencer import TokenSequencer
from skgru._estimators._window_transformer import WindowTransformer
from skgru.interop._onnx._export import export_of
from skgru.interop._onnx._graph import Graph, dtype_name
from skgru.interop._onnx._heads import labels_of
from skgru.interop._onnx._kinds import add_predictions
from skgru.interop._onnx._operators import (
    copy_nodes,
    dtype_of,
    joined_inputs,
    tensor_type,
)
from skgru.interop._onnx._windows import convert_windows, set_shape_of_windows
from skgru.interop._packages import needed
from skgru.interop._recurrent import RECURRENT

# The probabilities are one tensor in any case; skl2onnx passes the option on its own.
_OPTIONS = {"series": None, "zipmap": [True, False, "columns"]}
# What asks classifiers for decision values, such as CalibratedClassifierCV, does it so.
_OPTIONS_OF_CLASSIFIERS = _OPTIONS | {"raw_scores": [True, False]}


def register_onnx_converters():
    """Make skl2onnx able to export skgru's estimators, also inside pipelines.

    After it, ``skl2onnx.to_onnx(pipeline, X)`` exports a fitted pipeline or search with
    any of skgru's regressors, classifiers and :class:`~skgru.WindowTransformer` in it.
    Calling it again changes nothing.

    Raises
    ------
    ImportError
        If the package skl2onnx is not installed.

    See Also
    --------
    to_onnx : Export an estimator alone, with its name of columns and step by step.

    Notes
    -----
    A regressor's output is ``variable``, in the shape of `predict`, but (n_samples, 1)
    for a single number. A classifier's are ``label`` and ``probabilities``, a tensor
    and no ZipMap; with the option ``raw_scores=True`` decision values stand in place of
    probabilities. Numbers are in the type of the input.

    Where series have statistics of their own, an option names the one to predict:
    ``skl2onnx.to_onnx(pipeline, X, options={id(model): {"series": "a"}})``. If X holds
    the `group_column`, only rows of that series are predicted, or else of the series of
    the first row; others are NaN.

    skl2onnx takes the number of steps of a 3-D X for fixed. To keep it free, pass
    ``initial_types=[("X", FloatTensorType([None, None, n_features]))]``.

    Examples
    --------
    >>> from skgru.interop import register_onnx_converters
    >>> register_onnx_converters()  # doctest: +SKIP
    >>> exported = skl2onnx.to_onnx(pipeline, X)  # doctest: +SKIP
    """
    skl2onnx = needed("skl2onnx", "register_onnx_converters")
    for estimator in RECURRENT:
        classifies = issubclass(estimator, ClassifierMixin)
        skl2onnx.update_registered_converter(
            estimator,
            f"Skgru{estimator.__name__}",
            _set_shapes,
            _convert,
            parser=_declare_outputs,
            options=_OPTIONS_OF_CLASSIFIERS if classifies else _OPTIONS,
        )
    skl2onnx.update_registered_converter(
        WindowTransformer,
        "SkgruWindowTransformer",
        set_shape_of_windows,
        convert_windows,
    )
    skl2onnx.update_registered_converter(
        TokenSequencer, "SkgruTokenSequencer", _refuse_tokens, _convert
    )


def _refuse_tokens(operator):
    """Refuse to cut strings into tokens, which no operator of ONNX does as skgru."""
    raise ValueError(
        "TokenSequencer cannot be exported: a graph cannot cut strings into tokens. "
        "Export the steps behind it by skgru.interop.to_onnx, and pass the graph "
        "the codes of the tokens, which its metadata list as skgru.categories."
    )


# Estimators


def _declare_outputs(scope, model, inputs, custom_parsers=None):
    """Declare the outputs of an estimator; their shapes are set later."""
    operator = scope.declare_local_operator(f"Skgru{type(model).__name__}", model)
    operator.inputs = inputs
    for name in ["label", "probabilities"] if is_classifier(model) else ["variable"]:
        type_ = tensor_type(dtype_of(inputs))
        operator.outputs.append(scope.declare_local_variable(name, type_))
    return operator.outputs


def _set_shapes(operator):
    """Set the types and shapes of the outputs of an estimator."""
    model = operator.raw_operator
    fitted = parts_of(model)
    targets, dtype = fitted.targets, dtype_of(operator.inputs)
    _has_group_column(operator, fitted.reader)
    if not is_classifier(model):
        n_each = targets.n_raw // targets.n_outputs
        one_row = targets.in_shape_of_y(np.empty((1, targets.n_outputs, n_each)))
        shape = [None, *one_row.shape[1:]] if one_row.ndim > 1 else [None, 1]
        operator.outputs[0].type = tensor_type(dtype, shape)
        return
    shape = [None, targets.classes.size]
    labels = dtype_name(labels_of(targets))
    of_label = shape if targets.is_multilabel else [None]
    operator.outputs[0].type = tensor_type(labels, of_label)
    operator.outputs[1].type = tensor_type(dtype, shape)


def _convert(scope, operator, container):
    """Add the nodes of an estimator."""
    model = operator.raw_operator
    options = container.get_options(model, {})
    export = export_of(model, series=options.get("series"))
    export = export._replace(raw_scores=options.get("raw_scores", False))
    reader, graph = export.fitted.reader, Graph()
    X = joined_inputs(graph, operator, reader.dtype)
    X = _of_one_series(graph, X, operator, export)
    made = add_predictions(graph, export, X)
    outputs = {}
    for tensor, variable in zip(made, operator.outputs, strict=True):
        value = tensor.name
        if tensor.name != "label":
            value = graph.cast(value, dtype_of(operator.inputs))
        if tensor.name == "y":
            value = graph.reshape(value, -1, *variable.type.shape[1:])
        outputs[value] = variable
    copy_nodes(graph, scope, operator, container, outputs)


def _has_group_column(operator, reader):
    """Whether the column that names the series is among those of X.

    Raises
    ------
    ValueError
        If the number of columns is another one than in `fit`.
    """
    found = sum(variable.type.shape[-1] or 0 for variable in operator.inputs)
    has_group = reader.columns.group >= 0
    if found == reader.n_features_in or not found:
        return has_group
    if has_group and found == reader.n_features_in - 1:
        return False
    raise ValueError(
        f"{type(operator.raw_operator).__name__} is given {found} columns, but was "
        f"fitted on {reader.n_features_in}. Pass the X of fit to skl2onnx.to_onnx; if "
        "you did, skl2onnx does not export a step before it as that step was fitted, "
        "such as the indicators of an imputer."
    )


def _of_one_series(graph, X, operator, export):
    """X without the column of the series; rows of all series but one are NaN.

    It is the series that is exported, or without statistics of each, the first one.
    """
    reader = export.fitted.reader
    if not _has_group_column(operator, reader):
        return X
    group = graph.take(X, [reader.columns.group], axis=1)
    wanted = graph.take(group, [0], axis=0)
    if isinstance(export.series, Real):
        wanted = np.array(export.series, dtype=reader.dtype)
    is_wanted = graph.add("Equal", group, wanted)
    others = [j for j in range(reader.n_features_in) if j != reader.columns.group]
    nan = np.array(np.nan, dtype=reader.dtype)
    return graph.add("Where", is_wanted, graph.take(X, others, axis=1), nan)
