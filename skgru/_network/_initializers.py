"""First values of the weights: Glorot uniform and orthogonal, as in Keras, and biases.

The gates that keep the state start otherwise than in Keras, unless that is asked for:
see `spread_biases`. All other biases start at zero.

The values are drawn in float64 from one generator and then cast, so that both
precisions start from the same numbers. They do not depend on the number of samples.
"""

import numpy as np

from skgru._network._parameters import cell_weights, head_weights, table_weights
from skgru._numerics._jit import in_python


def glorot_uniform(random_state, shape, n_inputs=None):
    """Uniform in ±sqrt(6 / (rows + columns)) (Glorot and Bengio 2010, equation 16).

    Parameters
    ----------
    random_state : numpy.random.RandomState
    shape : (int, int)
    n_inputs : int, default=None
        How many rows act together, if not all of them do.

    Returns
    -------
    ndarray of shape `shape`, float64
    """
    limit = np.sqrt(6.0 / ((n_inputs or shape[0]) + shape[1]))
    return random_state.uniform(-limit, limit, size=shape)


def orthogonal(random_state, shape):
    """Matrix with orthonormal rows or columns (Saxe et al. 2014).

    A fused kernel is drawn as one matrix, as in Keras. With three gates the rows of the
    whole fused kernel are orthonormal; the rows of a single gate's columns are not.

    Parameters
    ----------
    random_state : numpy.random.RandomState
    shape : (int, int)

    Returns
    -------
    ndarray of shape `shape`, float64
    """
    tall = random_state.standard_normal((max(shape), min(shape)))
    q, r = np.linalg.qr(tall)
    # Without this change of signs, the result would not be uniformly distributed over
    # orthogonal matrices.
    q *= np.sign(np.diag(r))
    return q if shape[0] >= shape[1] else q.T


def spread_biases(n_hidden, n_timesteps, first):
    """Biases with which half of the units keep their states for long.

    Before it has learned anything, a unit whose gate is g = sigma(b) keeps the share g
    of its state at each step, so that what it has read stays for 1 / (1 - g) steps in
    the mean. Tallec and Ollivier (2018, section 2) draw these spans from all lengths up
    to that of the sequences. Then most units are slow, and what is short is learned
    less well. Here half of the units begin as in Keras. The biases of the others are at
    equal distances from there to log(n_timesteps), which is a span as long as the
    sequences.

    Parameters
    ----------
    n_hidden, n_timesteps : int
    first : float
        The bias in Keras.

    Returns
    -------
    ndarray of shape (n_hidden,)
    """
    n_slow = n_hidden // 2
    biases = np.full(n_hidden, first)
    longest = max(first, np.log(n_timesteps))
    biases[n_hidden - n_slow :] = np.linspace(first, longest, n_slow + 1)[1:]
    return biases


def _begin_gates(cell, bias, n_timesteps, gate_init):
    """Write the first biases of the gates that keep and let in, (n_gates * n_hidden,).

    Where another gate than the one that keeps lets something new into the memory, it
    lets in as much less as the other keeps more.
    """
    by_gate = dict(zip(cell.kept, bias.reshape(cell.n_gates, -1), strict=True))
    keeps, first = by_gate[cell.keeps], cell.keeps_at_first
    keeps[:] = first
    if gate_init == "spread":
        keeps[:] = spread_biases(len(keeps), n_timesteps, first)
        if cell.lets_in is not None:
            by_gate[cell.lets_in][:] = first - keeps


def initial_parameters(
    cell, layout, random_state, intercepts, dtype, n_timesteps, gate_init
):
    """Parameter vector of an untrained network.

    Parameters
    ----------
    cell : named tuple
    layout : Layout
    random_state : numpy.random.RandomState
    intercepts : ndarray of shape (layout.n_outputs,)
        What the head predicts before it has learned anything.
    dtype : numpy.dtype
    n_timesteps : int
        Length of the sequences that will be read.
    gate_init : {"spread", "keras"}
        How the gate starts that keeps the state, if the cell has one.

    Returns
    -------
    ndarray of shape (layout.n_parameters,)
    """
    vector = np.zeros(layout.n_parameters, dtype=dtype)
    for layer in layout.layers:
        weights = in_python(cell_weights)(cell, layer, vector)
        n_inputs = len(weights.kernel)
        if layer["n_looked_up"]:
            # Of the rows of a category one is active at a time.
            n_inputs = layout.n_features
        weights.kernel[...] = glorot_uniform(
            random_state, weights.kernel.shape, n_inputs
        )
        if layer["n_looked_up"]:
            weights.kernel[_missing(layout) + layer["n_multiplied"]] = 0
        weights.recurrent_kernel[...] = orthogonal(
            random_state, weights.recurrent_kernel.shape
        )
        if cell.keeps is not None:
            _begin_gates(cell, weights.bias[0], n_timesteps, gate_init)
    # The coefficients of static features stay zero: their effect is learned from zero,
    # as in a linear model. A random guess could be far off, because static features,
    # unlike states, are not bounded.
    coef, _, intercept = in_python(head_weights)(layout, vector)
    coef[...] = glorot_uniform(random_state, coef.shape)
    intercept[...] = intercepts
    if layout.embedding_size:
        tables = in_python(table_weights)(layout, vector)
        # So that a category counts as much, at first, as a standardised number.
        limit = np.sqrt(3 / layout.embedding_size)
        tables[...] = random_state.uniform(-limit, limit, size=tables.shape)
        tables[_missing(layout)] = 0
    return vector


def _missing(layout):
    """Which of all codes stand for what is missing or unknown: each category's last.

    Their weights start at zero, so that predictions hardly depend on them if they never
    occur in training.
    """
    return layout.first_codes[1:] - 1
