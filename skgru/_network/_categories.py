"""Categories among the features: their codes, and the weights that these select.

A category with K values has the codes 0 to K - 1, and one more code, K, for what is
missing or was not there in `fit`. Codes stand as numbers among the values of a
`Sequences`: the last features of a step, and the last static features, are categories.

Of the features of a step, a code selects either a row of the input weights of the first
layer, which ``_cells/_lookups.py`` adds to the sums of the gates; or a row of a table
of trained numbers, an embedding, which becomes some inputs of the first layer. Of a
static feature, it selects a row of the static coefficients of the head.

A number that is no code of its feature, such as NaN, counts as K. So no number,
wherever it comes from, selects memory outside of the weights.
"""

from skgru._network._parameters import head_weights, table_weights
from skgru._numerics._jit import jit


@jit
def _code(value, n_codes):
    """The code that a number stands for."""
    return int(value) if value >= 0 and value < n_codes else n_codes - 1


@jit
def _row(first_codes, k, value):
    """Which of all codes a value of the category `k` selects."""
    first = first_codes[k]
    return first + _code(value, first_codes[k + 1] - first)


@jit(apart=True)
def gather_categories(layout, tables, sequences, rows, start, inputs, first_steps):
    """Write what the categories of some sequences select behind the numbers.

    Parameters
    ----------
    layout : Layout, in
    tables : ndarray of shape (n_codes, embedding_size), in
        The embeddings of all categories; empty without embeddings.
    sequences, rows, start, first_steps : as in `gather`, in
    inputs : ndarray of shape (n_steps, n_rows, n_inputs), out
        Missing steps become zeros.
    """
    n_categories = layout.first_codes.size - 1
    n_numbers, width = layout.n_features - n_categories, layout.embedding_size
    n_steps, n_inputs = inputs.shape[0], inputs.shape[2]
    for i in range(rows.size):
        begin = sequences.stops[rows[i]] - sequences.n_timesteps + start
        for step in range(n_steps):
            if step < first_steps[i]:
                for j in range(n_numbers, n_inputs):
                    inputs[step, i, j] = 0
                continue
            for k in range(n_categories):
                value = sequences.values[begin + step, n_numbers + k]
                row = _row(layout.first_codes, k, value)
                if width > 0:
                    for j in range(width):
                        inputs[step, i, n_numbers + k * width + j] = tables[row, j]
                else:
                    inputs[step, i, n_numbers + k] = row
                    inputs[step, i, n_numbers + n_categories + k] = 1


@jit(apart=True)
def add_to_tables(layout, sequences, rows, start, d_inputs, first_steps, gradient):
    """Add the gradient of the embeddings over a run of steps.

    Parameters
    ----------
    d_inputs : ndarray of shape (n_steps, n_rows, n_inputs), in
        Derivatives with respect to the inputs of the first layer.
    gradient : ndarray of shape (n_parameters,), in and out
    """
    d_tables = table_weights(layout, gradient)
    n_categories = layout.first_codes.size - 1
    n_numbers, width = layout.n_features - n_categories, layout.embedding_size
    for step in range(d_inputs.shape[0]):
        for i in range(rows.size):
            if step < first_steps[i]:
                continue
            stop = sequences.stops[rows[i]]
            place = stop - sequences.n_timesteps + start + step
            for k in range(n_categories):
                value = sequences.values[place, n_numbers + k]
                row = _row(layout.first_codes, k, value)
                for j in range(width):
                    d_tables[row, j] += d_inputs[step, i, n_numbers + k * width + j]


@jit(apart=True)
def fit_mask(layout, mask):
    """Let a mask of the inputs of the first layer keep or drop whole categories.

    Parameters
    ----------
    mask : ndarray of shape (n_rows, n_inputs), in and out
    """
    n_categories = layout.first_codes.size - 1
    n_numbers, width = layout.n_features - n_categories, layout.embedding_size
    for i in range(mask.shape[0]):
        for k in range(n_categories):
            if width > 0:
                first = n_numbers + k * width
                for j in range(1, width):
                    mask[i, first + j] = mask[i, first]
            else:
                # Which row is looked up stays as it is; its factor is masked.
                mask[i, n_numbers + k] = 1


@jit(apart=True)
def add_static(layout, parameters, sequences, rows, raw):
    """Add what the head makes of the static features to raw predictions."""
    _, coef, _ = head_weights(layout, parameters)
    first, n_outputs = layout.static_first_codes[0], layout.n_outputs
    for i in range(rows.size):
        for j in range(first):
            value = sequences.static[rows[i], j]
            for k in range(n_outputs):
                raw[i, k] += value * coef[j, k]
        for j in range(layout.static_first_codes.size - 1):
            value = sequences.static[rows[i], first + j]
            row = _row(layout.static_first_codes, j, value)
            for k in range(n_outputs):
                raw[i, k] += coef[row, k]


@jit(apart=True)
def static_backward(layout, sequences, rows, d_raw, gradient):
    """Add the gradient of the coefficients of static features."""
    _, d_coef, _ = head_weights(layout, gradient)
    first, n_outputs = layout.static_first_codes[0], layout.n_outputs
    for i in range(rows.size):
        for j in range(first):
            value = sequences.static[rows[i], j]
            for k in range(n_outputs):
                d_coef[j, k] += value * d_raw[i, k]
        for j in range(layout.static_first_codes.size - 1):
            value = sequences.static[rows[i], first + j]
            row = _row(layout.static_first_codes, j, value)
            for k in range(n_outputs):
                d_coef[row, k] += d_raw[i, k]
