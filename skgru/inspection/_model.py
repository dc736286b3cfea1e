"""What all of inspection looks at: a fitted network, and what it reads of an X."""

from typing import NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_is_fitted

from skgru._estimators._base import RecurrentEstimator
from skgru._estimators._input import Reading
from skgru._network._derivatives import input_gradients
from skgru._network._layers import Network
from skgru._network._parameters import views_of_head
from skgru._network._prediction import predict_raw
from skgru._network._sequences import Sequences, read_only
from skgru._scaling._by_series import SeriesScaling, positions_of
from skgru._training._losses._base import prediction_derivatives


class Model(NamedTuple):
    """A fitted network, and what it reads of an X.

    Attributes
    ----------
    estimator : RecurrentEstimator
    network : Network
    parameters : ndarray of shape (n_parameters,)
    reading : Reading
    sequences : Sequences
        What was read, each series on the common scale; not yet standardised.
    n_threads : int
    """

    estimator: RecurrentEstimator
    network: Network
    parameters: np.ndarray
    reading: Reading
    sequences: Sequences
    n_threads: int


class NetworkGradients(NamedTuple):
    """Derivatives of standardised predictions with respect to what a network reads.

    Attributes
    ----------
    steps : ndarray of shape (n_samples, n_timesteps, n_features, n_outputs, \
            n_predictions)
        Of the standardised features of each step; zeros at missing steps.
    static : ndarray of shape (n_samples, n_static, n_outputs, n_predictions)
        Of the standardised static features.
    """

    steps: np.ndarray
    static: np.ndarray


def read(estimator, X):
    """Check a fitted estimator, and let it read an X as it does in `predict`.

    Raises
    ------
    TypeError
        If it is none of ours.
    NotFittedError
        Before `fit`.
    ValueError
        If X cannot be read.
    """
    if isinstance(estimator, Pipeline):
        raise TypeError(
            "Got a Pipeline, but what is looked into is its last step, and what that "
            "reads: pass pipeline[-1], and pipeline[:-1].transform(X) as X."
        )
    if not isinstance(estimator, RecurrentEstimator):
        raise TypeError(
            f"Got a {type(estimator).__name__}, but a fitted GRURegressor is wanted. "
            "Pass the one inside: of a search that is best_estimator_, of a "
            "TransformedTargetRegressor regressor_, of a MultiOutputRegressor one of "
            "estimators_."
        )
    check_is_fitted(estimator)
    reading = estimator._read(X, reset=False, continues=True)
    return Model(
        estimator,
        estimator._network(),
        estimator._parameters,
        reading,
        estimator._sequences_on_common_scale(reading),
        effective_n_jobs(estimator.n_jobs),
    )


def only(model, sample):
    """The same model, and of what it reads one sample."""
    rows = np.arange(len(model.sequences.stops))[[sample]]
    series = model.reading.series
    if series is not None:
        series = series._replace(codes=series.codes[rows])
    return model._replace(
        reading=model.reading._replace(
            sequences=_some(model.reading.sequences, rows), series=series
        ),
        sequences=_some(model.sequences, rows),
    )


def _some(sequences, rows):
    """Some of the sequences."""
    return sequences._replace(
        stops=sequences.stops[rows],
        n_observed=sequences.n_observed[rows],
        static=read_only(sequences.static[rows]),
    )


def network_gradients(model, sequences):
    """Derivatives of the standardised predictions for some sequences.

    Parameters
    ----------
    model : Model
    sequences : Sequences
        On the common scale.

    Returns
    -------
    NetworkGradients
    """
    network, parameters = model.network, model.parameters
    layout = network.layout
    read_by_kernels = model.estimator._standardized(sequences)
    rows = np.arange(len(sequences.stops))
    raw = predict_raw(network, parameters, read_by_kernels, rows, model.n_threads)
    derivatives = prediction_derivatives(model.estimator._loss(), raw)
    n_outputs, n_predictions = derivatives.shape[:2]
    shape = (len(rows), sequences.n_timesteps, sequences.values.shape[1])
    steps = np.empty((*shape, n_outputs, n_predictions), dtype=raw.dtype)
    for k in range(n_outputs):
        for j in range(n_predictions):
            steps[..., k, j] = input_gradients(
                network, parameters, read_by_kernels, derivatives[k, j], model.n_threads
            )
    static_coef = views_of_head(layout, parameters)[0][layout.n_hidden :]
    static = np.einsum("kjir,sr->iskj", derivatives, static_coef)
    return NetworkGradients(steps, static)


def gradients(model, sequences):
    """Derivatives of predictions on the common scale, in its units.

    Parameters
    ----------
    model : Model
    sequences : Sequences
        On the common scale.

    Returns
    -------
    steps : ndarray of shape (n_samples, n_timesteps, n_features, n_outputs, \
            n_predictions)
    static : ndarray of shape (n_samples, n_static, n_outputs, n_predictions)
    """
    estimator = model.estimator
    steps, static = network_gradients(model, sequences)
    target_scale = estimator.target_scale_[:, np.newaxis]
    steps = steps * (target_scale / estimator.feature_scale_[:, np.newaxis, np.newaxis])
    static = static * (
        target_scale / estimator.static_scale_[:, np.newaxis, np.newaxis]
    )
    if estimator._anchor >= 0:
        # The last value is subtracted from all steps, and added to the prediction.
        changes = steps[:, :, estimator._anchor]
        changes[:, -1] += 1 - changes.sum(axis=1)
    return steps, static


def scaling_of_samples(model):
    """The statistics that took each sample to the common scale, None if none did.

    Returns
    -------
    SeriesScaling or None
        Its arrays have a row for each sample.
    """
    scaling = model.estimator._scaling_of_each_series()
    if scaling is None:
        return None
    series = model.reading.series
    of_sample = positions_of(series, scaling)[series.codes]
    return SeriesScaling(scaling.names, *(part[of_sample] for part in scaling[1:]))
