"""First values of the weights: Glorot uniform, orthogonal, zeros, as in Keras.

The values are drawn in float64 from one generator and then cast, so that both
precisions start from the same numbers. They do not depend on the number of samples.
"""

import numpy as np

from skgru._network._parameters import cell_weights, head_weights
from skgru._numerics._jit import in_python


def glorot_uniform(random_state, shape):
    """Uniform in ±sqrt(6 / (rows + columns)) (Glorot and Bengio 2010, equation 16).

    Parameters
    ----------
    random_state : numpy.random.RandomState
    shape : (int, int)

    Returns
    -------
    ndarray of shape `shape`, float64
    """
    limit = np.sqrt(6.0 / (shape[0] + shape[1]))
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


def initial_parameters(cell, layout, random_state, intercepts, dtype):
    """Parameter vector of an untrained network.

    Parameters
    ----------
    cell : named tuple
    layout : Layout
    random_state : numpy.random.RandomState
    intercepts : ndarray of shape (layout.n_outputs,)
        What the head predicts before it has learned anything.
    dtype : numpy.dtype

    Returns
    -------
    ndarray of shape (layout.n_parameters,)
    """
    vector = np.zeros(layout.n_parameters, dtype=dtype)
    for layer in layout.layers:
        weights = in_python(cell_weights)(cell, layer, vector)
        weights.kernel[...] = glorot_uniform(random_state, weights.kernel.shape)
        weights.recurrent_kernel[...] = orthogonal(
            random_state, weights.recurrent_kernel.shape
        )
    # The coefficients of static features stay zero: their effect is learned from zero,
    # as in a linear model. A random guess could be far off, because static features,
    # unlike states, are not bounded.
    coef, _, intercept = in_python(head_weights)(layout, vector)
    coef[...] = glorot_uniform(random_state, coef.shape)
    intercept[...] = intercepts
    return vector
