"""Let skl2onnx export `WindowTransformer`."""

from sklearn.utils.validation import check_is_fitted

from skgru.interop._onnx._graph import Graph
from skgru.interop._onnx._operators import (
    copy_nodes,
    dtype_of,
    joined_inputs,
    tensor_type,
)


def set_shape_of_windows(operator):
    """Set the type and shape of the output: windows, or their flattened columns.

    Raises
    ------
    NotFittedError
    ValueError
        If series are told apart by a column.
    """
    transformer = operator.raw_operator
    check_is_fitted(transformer)
    reader = transformer._fitted
    if reader.columns.tell_series:
        raise ValueError(
            "WindowTransformer(group_column=...) cannot be exported: a graph makes the "
            "windows of one series. Leave the series out of X and group_column, or "
            "pass group_column and window to an estimator of skgru instead."
        )
    n_columns, window = reader.n_features_in, reader.n_timesteps
    shape = [None, window, n_columns]
    if transformer.flatten:
        shape = [None, window * n_columns]
    operator.outputs[0].type = tensor_type(dtype_of(operator.inputs), shape)


def convert_windows(scope, operator, container):
    """Add the nodes of a transformer."""
    transformer = operator.raw_operator
    reader, graph = transformer._fitted, Graph()
    dtype = dtype_of(operator.inputs)
    rows = joined_inputs(graph, operator, dtype)
    mode = "edge" if transformer.initial == "edge" else "constant"
    windows = graph.windows(rows, reader.n_timesteps, mode=mode, dtype=dtype)
    windows = graph.add("Transpose", windows, perm=[1, 0, 2])
    shape = operator.outputs[0].type.shape
    value = graph.reshape(windows, -1, *shape[1:])
    copy_nodes(graph, scope, operator, container, {value: operator.outputs[0]})
