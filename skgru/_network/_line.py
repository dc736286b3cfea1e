"""The linear path: what predictions add that is linear in the last steps of a feature.

It stands beside the recurrent layers, and is trained along with them::

    raw_k += sum over d of line[d, k] * x[d] * sqrt((n_line + 1) / (2 d))
    raw_k += level[k] * x[0]

where x[d] is the standardised change from the value d steps before the last one, of the
feature that output k reads, and x[0] the standardised last value itself; missing steps
are zeros. An output reads one of the two, or none.

Of a feature whose level drifts the changes are read. A line that is the truth is then
found soon, and goes on where no states were trained (Lai et al. 2018, equation 9, the
autoregressive component of LSTNet). Changes over d steps grow as the root of d, as
those of a random walk do; with the factor, each input has a variance of about 1.

Of a feature whose level comes back, but which the recurrent layers see as changes only,
the last value is read. Without it forecasts that are fed back would drift away.
"""

import numpy as np

from skgru._numerics._jit import in_python, jit
from skgru._numerics._views import cut


@jit
def line_weights(layout, vector):
    """View of the weights, (n_line + n_level, n_outputs).

    Those of changes come first, that of the oldest step first.
    """
    shape = (layout.n_line + layout.n_level, layout.n_outputs)
    return cut(vector, layout.line_coef, shape)


@jit
def _change(layout, sequences, scaling, row, back, feature):
    """The change from the step so many before the last, as it is read."""
    number = sequences.values.dtype.type
    if back >= sequences.n_observed[row]:
        return number(0)
    last = sequences.stops[row] - 1
    change = sequences.values[last - back, feature] - sequences.values[last, feature]
    standardized = (change - scaling.mean[feature]) / scaling.scale[feature]
    return standardized * np.sqrt(number((layout.n_line + 1) / (2 * back)))


@jit
def _level(sequences, scaling, row, feature):
    """The last value, as it is read."""
    value = sequences.values[sequences.stops[row] - 1, feature]
    return (value - scaling.level_mean[feature]) / scaling.level_scale[feature]


@jit(apart=True)
def add_line(layout, parameters, scaling, sequences, rows, raw):
    """Add the linear path to the raw predictions (n_rows, n_outputs) of some rows."""
    weights, n_line = line_weights(layout, parameters), layout.n_line
    for i in range(rows.size):
        for k in range(layout.n_outputs):
            total, feature = raw.dtype.type(0), layout.line[k]
            if feature >= 0:
                for step in range(n_line):
                    total += weights[step, k] * _change(
                        layout, sequences, scaling, rows[i], n_line - step, feature
                    )
            feature = layout.level[k]
            if feature >= 0:
                level = _level(sequences, scaling, rows[i], feature)
                total += weights[n_line, k] * level
            raw[i, k] += total


@jit(apart=True)
def line_backward(layout, scaling, sequences, rows, d_raw, gradient):
    """Add the gradient of the linear path's weights."""
    d_weights, n_line = line_weights(layout, gradient), layout.n_line
    for i in range(rows.size):
        for k in range(layout.n_outputs):
            feature = layout.line[k]
            if feature >= 0:
                for step in range(n_line):
                    d_weights[step, k] += d_raw[i, k] * _change(
                        layout, sequences, scaling, rows[i], n_line - step, feature
                    )
            feature = layout.level[k]
            if feature >= 0:
                level = _level(sequences, scaling, rows[i], feature)
                d_weights[n_line, k] += d_raw[i, k] * level


def add_line_derivatives(network, parameters, sequences, d_raw, out):
    """Add the derivatives of the linear path with respect to standardised changes.

    Parameters
    ----------
    d_raw : ndarray of shape (n_samples, n_outputs)
    out : ndarray of shape (n_samples, n_timesteps, n_features), in and out
    """
    layout, n_timesteps = network.layout, sequences.n_timesteps
    back = np.arange(min(layout.n_line, n_timesteps - 1), 0, -1)
    weights = in_python(line_weights)(layout, parameters)[: layout.n_line]
    weights = weights[layout.n_line - len(back) :]
    factor = np.sqrt((layout.n_line + 1) / (2 * back))
    is_there = back < sequences.n_observed[:, np.newaxis]
    for k, feature in enumerate(layout.line):
        if feature >= 0:
            of_steps = d_raw[:, k, np.newaxis] * (weights[:, k] * factor)
            out[:, n_timesteps - 1 - back, feature] += np.where(is_there, of_steps, 0)


def level_derivatives(network, parameters):
    """Derivatives of raw predictions with respect to the standardised last values.

    Returns
    -------
    ndarray of shape (n_outputs,)
        Each with respect to the value of the feature in ``layout.level``.
    """
    layout = network.layout
    if not layout.n_level:
        return np.zeros(layout.n_outputs, dtype=parameters.dtype)
    return in_python(line_weights)(layout, parameters)[layout.n_line]
