"""Inputs that are looked up in the input weights, instead of multiplied by them.

A category is one of many inputs of which one is 1 and all others are 0. Their product
with the input weights is one row of these weights, so the row is looked up, and none of
the zeros is ever written down. The inputs of a step are then::

    [ numbers | rows | factors ]

The *numbers* are multiplied as always. Each of the *rows* is the number of a row,
counted behind the rows that the numbers are multiplied by. Its *factor* is 1, or what
dropout makes of it; at missing steps it is 0, as the row is.

A layer that looks nothing up has numbers alone, and is not slower for it.
"""

from skgru._numerics._jit import jit
from skgru._numerics._math import add
from skgru._numerics._views import cut


@jit
def count_lookups(packs, n_inputs):
    """How many rows a step looks up, if it has so many inputs."""
    return (n_inputs - packs.n_multiplied) // 2


@jit(apart=True)
def pack_looked_up(kernel, packs):
    """Copy the rows of the input weights that are looked up, gate by gate."""
    n_gates, n_rows, n_hidden = packs.looked_up.shape
    for gate in range(n_gates):
        for row in range(n_rows):
            for j in range(n_hidden):
                packs.looked_up[gate, row, j] = kernel[
                    packs.n_multiplied + row, gate * n_hidden + j
                ]


@jit(apart=True)
def begin_sums(packs, gate, inputs, plane):
    """Write the biases and the rows that are looked up into the sums of a gate.

    Parameters
    ----------
    inputs : ndarray of shape (n_rows, n_inputs), in
        The inputs of a step.
    plane : ndarray of shape (n_rows, n_hidden), out
    """
    n_rows, n_hidden = plane.shape
    first, n_lookups = packs.n_multiplied, count_lookups(packs, inputs.shape[1])
    start = packs.starts[gate]
    for i in range(n_rows):
        out, before = plane[i], start
        for k in range(n_lookups):
            source = packs.looked_up[gate, int(inputs[i, first + k])]
            factor = inputs[i, first + n_lookups + k]
            for j in range(n_hidden):
                out[j] = before[j] + factor * source[j]
            before = out


@jit(apart=True)
def add_to_looked_up(packs, inputs, start, d_planes, gate, n_steps, d_kernel):
    """Add the derivatives of the sums of a gate to the rows that were looked up.

    Parameters
    ----------
    inputs : ndarray of shape (n_timesteps, n_rows, n_inputs), in
    start, n_steps : int
        The steps whose derivatives are the first ones in `d_planes`.
    d_planes : ndarray of shape (n_derivatives, …, n_rows, n_hidden), in
    d_kernel : ndarray of shape (…, n_gates * n_hidden), in and out
    """
    _, n_rows, n_inputs = inputs.shape
    n_hidden, n_columns = d_planes.shape[3], d_kernel.shape[1]
    first, n_lookups = packs.n_multiplied, count_lookups(packs, n_inputs)
    for step in range(n_steps):
        for i in range(n_rows):
            d_sums = d_planes[gate, step, i]
            for k in range(n_lookups):
                factor = inputs[start + step, i, first + n_lookups + k]
                row = first + int(inputs[start + step, i, first + k])
                out = cut(d_kernel, row * n_columns + gate * n_hidden, (n_hidden,))
                if factor == 1:
                    add(d_sums, out)
                elif factor != 0:
                    for j in range(n_hidden):
                        out[j] += factor * d_sums[j]
