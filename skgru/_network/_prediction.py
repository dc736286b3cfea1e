"""Predictions of many sequences, in blocks, by several threads."""

import numpy as np

from skgru._network._layers import predict_sequences
from skgru._network._workspace import rows_at_once, workspace_for_predictions
from skgru._numerics._threads import Crew, possible_threads


def in_parts(n_rows, n_at_once, n_threads, call):
    """Share rows out to threads: call ``call(start, stop)`` for each thread's part.

    Parameters
    ----------
    n_at_once : int
        Rows that are computed together. There are no more threads than blocks of so
        many rows.
    """
    n_threads = min(possible_threads(n_threads), -(-n_rows // n_at_once))
    if n_threads == 1:
        call(0, n_rows)
        return

    def call_part(thread):
        call(n_rows * thread // n_threads, n_rows * (thread + 1) // n_threads)

    with Crew(n_threads) as crew:
        crew.call(call_part)


def check_fit(network, parameters, sequences):
    """Refuse sequences and parameters that do not fit the network.

    Kernels do not check bounds: with wrong sizes they would read or write memory that
    belongs to something else.

    Raises
    ------
    ValueError
    """
    layout, scaling = network.layout, network.scaling
    n_features = scaling.mean.size
    found = (
        sequences.values.shape[1],
        sequences.static.shape[1],
        parameters.size,
        scaling.scale.size,
    )
    # The rows of static coefficients without those of categories, and one each instead.
    codes = layout.static_first_codes
    n_static = int(codes[0]) + len(codes) - 1
    wanted = (n_features, n_static, layout.n_parameters, n_features)
    dtype = parameters.dtype
    if (
        found != wanted
        or sequences.values.dtype != dtype
        or layout.n_features != n_features
        or scaling.mean.dtype != dtype
        or not _relative_fits(scaling, layout, n_features)
    ):
        raise ValueError(
            "The parts of the fitted model do not fit each other: sequences of "
            f"{found[0]} features and {found[1]} static ones, {found[2]} weights in "
            f"{dtype}, and scales for {n_features} features, where the network has "
            f"{network.layout.n_features} features, {wanted[1]} static ones and "
            f"{wanted[2]} weights. Fit or load the model anew."
        )


def _relative_fits(scaling, layout, n_features):
    """Whether features that are seen as changes are there, with what these need."""
    relative = scaling.relative
    sizes = {scaling.level_mean.shape, scaling.level_scale.shape, (n_features,)}
    dtypes = {scaling.level_mean.dtype, scaling.level_scale.dtype, scaling.mean.dtype}
    features = [*relative, *layout.line, *layout.level]
    return (
        len(sizes) == len(dtypes) == 1
        and relative.dtype == np.int64
        and (not relative.size or relative.min() >= 0)
        and max(features) < n_features
    )


def predict_raw(network, parameters, sequences, rows, n_threads=1):
    """Raw (standardised) predictions of some sequences.

    Each prediction is computed by itself: it does not depend on how the sequences are
    shared out to threads.

    Returns
    -------
    ndarray of shape (len(rows), n_outputs)
    """
    check_fit(network, parameters, sequences)
    out = np.empty((len(rows), network.layout.n_outputs), dtype=parameters.dtype)
    n_at_once = rows_at_once(network.layout, sequences.n_timesteps, len(rows))

    def predict_part(start, stop):
        space = workspace_for_predictions(
            network, sequences.n_timesteps, n_at_once, parameters.dtype
        )
        predict_sequences(
            network,
            parameters,
            space,
            sequences,
            rows[start:stop],
            out[start:stop],
        )

    in_parts(len(rows), n_at_once, n_threads, predict_part)
    return out
