"""ONNX Runtime's worker: prediction from skgru's weights, as an ONNX graph."""

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from workers.networks import largest_difference, load
from workers.protocol import repeated, serve


def onnx_model(network):
    """The graph: GRU, and a linear head on its last state.

    ONNX orders the gates as skgru does. Its GRU reads step by step, so X, which holds
    sequence by sequence as for the others, is transposed within the graph.
    """
    ((kernel, recurrent, bias),) = network.layers
    n_features, n_hidden = len(kernel), len(recurrent)
    weights = {
        "W": kernel.T[np.newaxis],
        "R": recurrent.T[np.newaxis],
        "B": bias.reshape(1, -1),
        "coef": network.coef,
        "intercept": network.intercept,
        "first_axis": np.array([0]),
    }
    nodes = [
        helper.make_node("Transpose", ["X"], ["steps"], perm=[1, 0, 2]),
        helper.make_node(
            "GRU",
            ["steps", "W", "R", "B"],
            ["", "last"],
            hidden_size=n_hidden,
            linear_before_reset=1,
        ),
        helper.make_node("Squeeze", ["last", "first_axis"], ["state"]),
        helper.make_node("Gemm", ["state", "coef", "intercept"], ["prediction"]),
    ]
    shapes = {"X": ["rows", "timesteps", n_features], "prediction": ["rows", 1]}
    reads, writes = (
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)]
        for name, shape in shapes.items()
    )
    stored = [
        numpy_helper.from_array(np.ascontiguousarray(part), name)
        for name, part in weights.items()
    ]
    graph = helper.make_graph(nodes, "gru", reads, writes, stored)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)])
    # The oldest form that knows these operators, so that any release reads it.
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def prepare_prediction(threads, seconds, path, block=None, **request):
    """Predictions from skgru's weights, of all rows at once or of blocks of them."""
    network, arrays = load(path)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        onnx_model(network).SerializeToString(),
        options,
        providers=["CPUExecutionProvider"],
    )
    X = arrays["X"]
    block = block or len(X)
    feeds = [{"X": X[begin : begin + block]} for begin in range(0, len(X), block)]

    def predict():
        return [session.run(None, feed)[0] for feed in feeds]

    largest_difference(np.concatenate(predict()), arrays["predictions"])
    return repeated(predict, seconds)


if __name__ == "__main__":
    serve({"prediction": prepare_prediction})
