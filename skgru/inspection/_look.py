"""What every inspection starts from: the parts of a fitted model, and its sequences."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from skgru._estimators._fitted import Fitted, parts_of
from skgru._estimators._pipelines import (
    as_last_step_sees,
    fitted_recurrent,
    names_last_step_sees,
)
from skgru._estimators._settings import n_threads_of
from skgru._estimators._unobserved import refuse_unobserved
from skgru._network._derivatives import input_gradients
from skgru._network._line import level_derivatives
from skgru._network._prediction import predict_raw
from skgru._network._sequences import Sequences, contiguous
from skgru._reading._reader import Reading
from skgru._reading._series import one_series
from skgru._training._losses._base import prediction_derivatives


class Look(NamedTuple):
    """A fitted model, and the sequences that it reads from an X.

    Attributes
    ----------
    fitted : Fitted
        The parts of the model.
    reading : Reading
        What X was read as.
    sequences : Sequences
        The sequences of `reading` on the common scale, not yet standardised.
    n_threads : int
        How many threads may share the work.
    names : sequence of str or None
        Names of the columns that were read, from `fit` or from the steps of a pipeline.
    """

    fitted: Fitted
    reading: Reading
    sequences: Sequences
    n_threads: int
    names: Sequence[str] | None


class NetworkGradients(NamedTuple):
    """Derivatives of standardised predictions with respect to what a network reads.

    Attributes
    ----------
    steps : ndarray of shape (n_samples, n_timesteps, n_features, n_outputs, \
            n_predictions)
        With respect to the standardised features of each step; zeros at missing steps.
    static : ndarray of shape (n_samples, n_static, n_outputs, n_predictions)
        With respect to the standardised static features.
    level : ndarray of shape (n_samples, n_outputs, n_predictions)
        With respect to the standardised last value that the linear path reads.
    """

    steps: np.ndarray
    static: np.ndarray
    level: np.ndarray


def look(estimator, X, owner="skgru.inspection"):
    """Check that an estimator is fitted, and let it read an X as in `predict`.

    Parameters
    ----------
    estimator : recurrent estimator, or a pipeline or search that ends in one
    X : array-like
        As the pipeline takes it: its steps transform X.
    owner : str
        What looks into the estimator, for messages.

    Returns
    -------
    Look

    Raises
    ------
    TypeError
        If `estimator` ends in no recurrent estimator of skgru.
    NotFittedError
        If `estimator` is not fitted.
    ValueError
        If X cannot be read.
    """
    recurrent = fitted_recurrent(estimator, owner)
    fitted = parts_of(recurrent)
    names = fitted.reader.feature_names_in
    if names is None and recurrent is not estimator:
        names = names_last_step_sees(estimator, X)
    X = as_last_step_sees(estimator, X)
    reading = fitted.reader.read(X, type(recurrent).__name__)
    refuse_unobserved(reading.sequences)
    if names is not None and len(names) != fitted.reader.n_features_in:
        names = None
    sequences = fitted.scaler.on_common_scale(reading)
    return Look(fitted, reading, sequences, n_threads_of(recurrent), names)


def only(seen, sample):
    """The same model, and one sample of what it has read."""
    row = int(np.arange(len(seen.sequences.stops))[sample])
    series = seen.reading.series
    if series is not None:
        series = one_series(series.names[series.codes[row]], 1)
    return seen._replace(
        reading=seen.reading._replace(
            sequences=_alone(seen.reading.sequences, row), series=series
        ),
        sequences=_alone(seen.sequences, row),
    )


def _alone(sequences, row):
    """The sequence of one sample, without the values of all others."""
    stop, n_observed = sequences.stops[row], sequences.n_observed[[row]]
    return sequences._replace(
        values=contiguous(sequences.values[stop - n_observed[0] : stop]),
        stops=n_observed.astype(np.int64),
        n_observed=n_observed,
        static=contiguous(sequences.static[[row]]),
    )


def network_gradients(seen, sequences):
    """Derivatives of the standardised predictions for some sequences.

    Parameters
    ----------
    seen : Look
    sequences : Sequences
        On the common scale.

    Returns
    -------
    NetworkGradients
    """
    fitted, n_threads = seen.fitted, seen.n_threads
    network = fitted.model.network(fitted.scaler.features)
    parameters = fitted.model.parameters
    standardized = fitted.scaler.standardized(sequences)
    rows = np.arange(len(sequences.stops))
    raw = predict_raw(network, parameters, standardized, rows, n_threads)
    loss = fitted.targets.loss_for(fitted.scaler.target_scale)
    derivatives = prediction_derivatives(loss, raw)
    n_outputs, n_predictions = derivatives.shape[:2]
    shape = (len(rows), sequences.n_timesteps, sequences.values.shape[1])
    steps = np.empty((*shape, n_outputs, n_predictions), dtype=raw.dtype)
    for k in range(n_outputs):
        for j in range(n_predictions):
            steps[..., k, j] = input_gradients(
                network, parameters, standardized, derivatives[k, j], n_threads
            )
    n_static, codes = sequences.static.shape[1], network.layout.static_first_codes
    # Categories, the last static features, have no derivatives.
    static_coef = np.zeros((n_static, raw.shape[1]), dtype=raw.dtype)
    of_numbers = fitted.model.head()[0][network.layout.n_hidden :][: codes[0]]
    static_coef[: codes[0]] = of_numbers
    static = np.einsum("kjir,sr->iskj", derivatives, static_coef)
    of_levels = level_derivatives(network, parameters)
    level = np.einsum("kjir,r->ikj", derivatives, of_levels)
    return NetworkGradients(steps, static, level)


def gradients(seen, sequences):
    """Derivatives of predictions with respect to inputs, both on the common scale.

    Parameters
    ----------
    seen : Look
    sequences : Sequences
        On the common scale.

    Returns
    -------
    steps : ndarray of shape (n_samples, n_timesteps, n_features, n_outputs, \
            n_predictions)
    static : ndarray of shape (n_samples, n_static, n_outputs, n_predictions)
    """
    return seen.fitted.scaler.gradients(*network_gradients(seen, sequences))


def in_shape_of_predictions(seen, values):
    """Give the last axes, (n_outputs, n_predictions), the shape of one prediction."""
    fitted = seen.fitted
    return fitted.targets.in_shape_of_y(values).astype(fitted.reader.dtype)
