"""What skl2onnx calls operators: estimators with their inputs and outputs."""

from skgru.interop._onnx._graph import TYPE_NUMBERS, dtype_name
from skgru.interop._onnx._model import FIRST_OPSET, as_tensor
from skgru.interop._packages import needed


def dtype_of(inputs):
    """The dtype of what is computed from some inputs, as skl2onnx has it.

    It is float64 if an input is, else float32.
    """
    kinds = [type(variable.type).__name__ for variable in inputs]
    return "float64" if "DoubleTensorType" in kinds else "float32"


def tensor_type(dtype, shape=None):
    """The type of a tensor in skl2onnx's words."""
    types = needed("skl2onnx.common.data_types", "The export of pipelines")
    name = {
        "float32": "FloatTensorType",
        "float64": "DoubleTensorType",
        "int64": "Int64TensorType",
        "bool": "BooleanTensorType",
        "str": "StringTensorType",
    }[dtype]
    return getattr(types, name)(shape)


def joined_inputs(graph, operator, dtype):
    """The inputs of an operator as one, with their columns side by side.

    Raises
    ------
    ValueError
        If an input holds strings.
    """
    parts = []
    for k, variable in enumerate(operator.inputs):
        if type(variable.type).__name__ == "StringTensorType":
            raise ValueError(
                f"The input {variable.raw_name!r} of "
                f"{type(operator.raw_operator).__name__} holds strings, and its graph "
                "reads numbers. Encode categories before it, as by OrdinalEncoder, and "
                "leave a group_column of strings out of X by skgru.interop.to_onnx."
            )
        parts.append(graph.cast(name_of_input(k), dtype))
    return graph.join(parts, axis=-1)


def name_of_input(k):
    """What an input is called until `copy_nodes` gives it its name."""
    return f"input {k}"


def copy_nodes(graph, scope, operator, container, outputs):
    """Copy the nodes of a graph into that of a pipeline.

    Parameters
    ----------
    graph : Graph
    scope, operator, container
        As skl2onnx passes them to a converter.
    outputs : dict of str to Variable
        Which outputs of the operator some values of the graph are.

    Raises
    ------
    ValueError
        If the pipeline is exported for an opset that is too old.
    """
    if container.target_opset_onnx < FIRST_OPSET:
        raise ValueError(
            f"target_opset={container.target_opset_onnx} lacks operators that "
            f"{type(operator.raw_operator).__name__} needs. Pass {FIRST_OPSET} or more."
        )
    names = {"": ""}
    for k, variable in enumerate(operator.inputs):
        names[name_of_input(k)] = variable.onnx_name
    made = [*graph.constants, *(name for node in graph.nodes for name in node.outputs)]
    for name in made:
        variable = outputs.get(name)
        names[name] = (
            scope.get_unique_variable_name(name)
            if variable is None
            else variable.onnx_name
        )
    onnx = needed("onnx", "The export of pipelines")
    for name, array in graph.constants.items():
        number = TYPE_NUMBERS[dtype_name(array)]
        content = onnx.numpy_helper.from_array(as_tensor(array))
        if array.dtype.kind == "U":
            content = array.ravel().tolist()
        container.add_initializer(names[name], number, list(array.shape), content)
    for node in graph.nodes:
        container.add_node(
            node.operator,
            [names[name] for name in node.inputs],
            [names[name] for name in node.outputs],
            name=scope.get_unique_operator_name(node.operator),
            **node.attributes,
        )
