"""Write down a computation as a graph of ONNX nodes.

A graph holds plain data, so that it can become an ONNX model of its own or part of a
larger one: a node is a tuple, a constant an array. Only operators are used whose inputs
and attributes have stayed the same from opset 14 on, so one graph is right for all of
these opsets.

Names of axes, as in kernels:

=====  ======================================
N      sequences, any number
T      steps, oldest first
F      features of a step
H      hidden units of a cell
=====  ======================================
"""

from typing import Any, NamedTuple

import numpy as np

# Numbers of the types of tensors in the ONNX format.
TYPE_NUMBERS = {"float32": 1, "int64": 7, "str": 8, "bool": 9, "float64": 11}
# The end of a slice that goes backward to the first element.
_BEFORE_FIRST = np.array([np.iinfo(np.int64).min])


def dtype_name(array):
    """The name of a dtype as `TYPE_NUMBERS` has it: strings of any length are "str"."""
    return "str" if array.dtype.kind == "U" else array.dtype.name


class Node(NamedTuple):
    """One operation: its ONNX name, the names that it reads and writes, attributes."""

    operator: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict[str, Any]


class Graph:
    """A graph that is being written.

    Attributes
    ----------
    nodes : list of Node
        In an order in which they can be computed.
    constants : dict of str to ndarray
        The weights and other constants, by their names.
    """

    def __init__(self):
        self.nodes = []
        self.constants = {}
        self._known = {}
        self._count = 0

    def add(self, operator, *inputs, **attributes):
        """Add a node of one output.

        Parameters
        ----------
        operator : str
            ONNX's name of the operation.
        *inputs : str or ndarray
            Names of values; an array becomes a constant.
        **attributes

        Returns
        -------
        str
            The name of the output.
        """
        output = self._new_name(operator)
        self._append(operator, inputs, [output], attributes)
        return output

    def add_cell(self, operator, inputs, n_outputs, **attributes):
        """Add a node of several outputs, of which any may be left unused.

        Parameters
        ----------
        operator : str
        inputs : list of str, ndarray or None
            None is left out.
        n_outputs : int

        Returns
        -------
        list of str
        """
        while inputs[-1] is None:
            inputs = inputs[:-1]
        outputs = [self._new_name(operator) for _ in range(n_outputs)]
        self._append(operator, inputs, outputs, attributes)
        return outputs

    def output(self, name, value):
        """Give a value the name that the output of the whole graph has."""
        self._append("Identity", [value], [name], {})

    def constant(self, array):
        """Name of a constant; equal ones are kept once."""
        array = np.ascontiguousarray(array).reshape(np.shape(array))
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._known:
            self._known[key] = self._new_name("constant")
            self.constants[self._known[key]] = array
        return self._known[key]

    def _append(self, operator, inputs, outputs, attributes):
        names = tuple(
            ""
            if value is None
            else self.constant(value)
            if not isinstance(value, str)
            else value
            for value in inputs
        )
        self.nodes.append(Node(operator, names, tuple(outputs), attributes))

    def _new_name(self, stem):
        self._count += 1
        return f"{stem.lower()}_{self._count}"

    # What is written more than once

    def cast(self, value, dtype):
        """The value in another dtype, given by NumPy's name of it."""
        return self.add("Cast", value, to=TYPE_NUMBERS[dtype])

    def take(self, value, index, axis):
        """Elements of an axis: several, which it keeps, or a single one."""
        return self.add("Gather", value, np.asarray(index, dtype=np.int64), axis=axis)

    def reshape(self, value, *shape):
        """Another shape; one length may be -1, which is what remains."""
        return self.add("Reshape", value, np.array(shape, dtype=np.int64))

    def sum(self, value, *axes, keep=False):
        """Sum over some axes."""
        over = np.array(axes, dtype=np.int64)
        return self.add("ReduceSum", value, over, keepdims=int(keep))

    def join(self, values, axis):
        """Put values beside each other; those that are None are not there."""
        values = [value for value in values if value is not None]
        return self.add("Concat", *values, axis=axis) if len(values) > 1 else values[0]

    def at_least_one_row(self, values, n_axes):
        """Add a row of zeros where there are no rows.

        ONNX Runtime ends the whole process where a GRU or an LSTM reads no sequence.

        Parameters
        ----------
        values : list of str
            Of the same number of rows, which is the first axis.
        n_axes : int
            Axes of each of them.

        Returns
        -------
        values : list of str
        n_rows : str
            How many rows there were, (1,).
        """
        n_rows = self.take(self.add("Shape", values[0]), [0], axis=0)
        one = np.array([1])
        n_more = self.add("Sub", one, self.add("Min", n_rows, one))
        before, others = np.zeros(n_axes, np.int64), np.zeros(n_axes - 1, np.int64)
        pads = self.add("Concat", before, n_more, others, axis=0)
        return [self.add("Pad", value, pads) for value in values], n_rows

    def first_rows(self, value, n_rows):
        """So many rows of a value."""
        return self.add("Slice", value, np.array([0]), n_rows, np.array([0]))

    def backward(self, value):
        """The first axis, which is that of steps, in reverse order."""
        first, axis = np.array([0]), np.array([-1])
        return self.add("Slice", value, axis, _BEFORE_FIRST, first, axis)

    def windows(self, rows, n_steps, mode="constant", fill=np.nan, dtype="float64"):
        """For each of consecutive rows, itself and the rows before it.

        Parameters
        ----------
        rows : str
            (N, F).
        n_steps : int
        mode : {"constant", "edge"}, default="constant"
            Whether a number stands before the first row, or this row again.
        fill : float, default=NaN
            That number.
        dtype : str
            That of the rows.

        Returns
        -------
        str
            (n_steps, N, F), oldest step first.
        """
        before = np.array([n_steps - 1, 0, 0, 0])
        number = [np.array(fill, dtype=dtype)] if mode == "constant" else []
        padded = self.add("Pad", rows, before, *number, mode=mode)
        n_rows = self.take(self.add("Shape", rows), 0, axis=0)
        zero, one = np.array(0), np.array(1)
        places = self.add("Range", zero, n_rows, one)
        index = self.add("Add", places, np.arange(n_steps)[:, np.newaxis])
        return self.add("Gather", padded, index, axis=0)
