"""The parts of a fitted estimator, which are replaced together or not at all.

An estimator keeps its parts in one attribute, ``_fitted``. `predict` reads this
attribute once and so uses the parts of a single fit, even if another thread fits the
estimator meanwhile. A fit that fails or is interrupted leaves the old parts complete.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skgru._checks import shortened
from skgru._network._model import Architecture, Model
from skgru._reading._reader import Reader
from skgru._scaling._scaler import Scaler
from skgru._training._run import Training

# The linear path reads so many steps at most: its weights must stay few beside rows.
_LONGEST_LINE = 64


def parts_of(estimator):
    """The parts of a fitted estimator, for functions that inspect it.

    Parameters
    ----------
    estimator : RecurrentEstimator

    Returns
    -------
    Fitted

    Raises
    ------
    NotFittedError
    """
    attributes = vars(estimator)
    fitted = attributes.get("_fitted")
    if fitted is None:
        # It raises the error; asked first, it would take as long as a tenth of a
        # prediction.
        check_is_fitted(estimator)
    if "n_features_in_" in attributes or "feature_names_in_" in attributes:
        _check_noted(attributes, fitted.reader)
    return fitted


def names_of_anchor(fitted):
    """For each output the feature that it is predicted from: a name, index or None."""
    names, anchor = fitted.reader.columns.features, fitted.scaler.anchor
    in_order = fitted.reader.columns.in_order_of_X(fitted.reader.n_features)
    places = np.argsort(in_order).tolist()
    return [
        None
        if not is_used
        else names[j]
        if names is not None and names[j]
        else places[j]
        for j, is_used in zip(
            anchor.columns.tolist(), anchor.is_used.tolist(), strict=True
        )
    ]


def architecture_of(
    reader,
    targets,
    scaler,
    cell,
    hidden_layer_sizes,
    *,
    bidirectional,
    pooling="last",
    embedding_size=0,
):
    """The network for what is read and predicted.

    Parameters
    ----------
    reader : Reader
    targets : RegressionTargets
    scaler : Scaler
    cell : str
    hidden_layer_sizes : tuple of int
    bidirectional : bool
    pooling : {"last", "mean"}, default="last"
    embedding_size : int, default=0
        How many numbers stand for a category of a step; 0 for rows of input weights.

    Returns
    -------
    Architecture
    """
    anchor = scaler.anchor
    # The raw predictions of an output stand next to each other.
    n_each = targets.n_raw // targets.n_outputs
    line, level = (
        tuple(np.repeat(np.where(reads, anchor.columns, -1), n_each).tolist())
        if reads.any()
        else ()
        for reads in (anchor.drifts, anchor.reads_level)
    )
    return Architecture(
        cell,
        reader.n_features,
        hidden_layer_sizes,
        targets.n_raw,
        bidirectional,
        len(reader.columns.static),
        line,
        level,
        min(reader.longest - 1, _LONGEST_LINE) if line else 0,
        pooling,
        reader.columns.n_codes,
        reader.columns.static_n_codes,
        embedding_size,
    )


def _check_noted(attributes, reader):
    """Refuse another number or other names of columns, set on a fitted estimator."""
    for name, found in (
        ("n_features_in_", reader.n_features_in),
        ("feature_names_in_", reader.feature_names_in),
    ):
        if name in attributes and not np.array_equal(attributes[name], found):
            raise ValueError(
                f"{name} was set to {shortened(attributes[name])}, but the model was "
                f"fitted on {shortened(found)}, and reads no other X. Delete the "
                "attribute, or fit anew."
            )


@dataclass(frozen=True)
class Scores:
    """Scores of a model and of simple predictions on the rows that were held out.

    Attributes
    ----------
    validation : float or None
        The score of the model; None if too few rows were held out.
    baseline : dict of float or None
        The scores of the simple predictions, by name: see ``_baselines.py``.
    """

    validation: float | None = None
    baseline: dict[str, float] | None = None


class Nothing(NamedTuple):
    """Stands for the parts of an earlier fit in a first fit: all of them are None."""

    reader: Any = None
    targets: Any = None
    scaler: Any = None
    model: Any = None
    training: Any = None


NOTHING = Nothing()


@dataclass(frozen=True)
class Fitted:
    """The parts of a fitted estimator.

    Attributes
    ----------
    reader : Reader
        Turns X into sequences.
    targets : RegressionTargets
        The shape of y, and the loss. Classifiers have targets of their own class.
    scaler : Scaler
        Converts from the units of X and y to those of the network, and back.
    model : Model
        The network, which makes raw predictions from sequences.
    training : Training
        What training leaves beside the weights.
    scores : Scores
        Scores on the held-out rows.
    """

    reader: Reader
    targets: Any
    scaler: Scaler
    model: Model
    training: Training
    scores: Scores

    @classmethod
    def after(cls, reader, targets, scaler, run):
        """Make the parts as if training ended now.

        The random state is that of the run, and the scaler the one that is passed: copy
        the parts where the run goes on.

        Parameters
        ----------
        reader : Reader
        targets : RegressionTargets
        scaler : Scaler
        run : TrainingRun
        """
        model, training = run.result()
        return cls(reader, targets, scaler, model, training, Scores())

    def predict(self, reading, rows, n_threads=1):
        """Predictions in the units of y, (n_rows, n_outputs, n_predictions).

        Parameters
        ----------
        reading : Reading
        rows : int64 ndarray of shape (n_rows,)
            The samples of the reading to predict.
        n_threads : int, default=1
        """
        sequences = self.scaler.sequences(reading)
        raw = self.model.predict(sequences, self.scaler.features, rows, n_threads)
        standardized = self.targets.predictions(raw, self.scaler.target_scale)
        values = self.scaler.predictions(standardized, sequences, reading, rows)
        return values.astype(self.reader.dtype)

    def with_scores(self, scores):
        """A copy of this object with other scores."""
        return replace(self, scores=scores)

    def copy(self):
        """A copy with its own arrays, where arrays may be changed in place."""
        return replace(
            self,
            scaler=self.scaler.copy(),
            model=self.model.copy(),
            training=self.training.copy(),
        )

    def check(self):
        """Refuse parts that do not fit each other, as from a file that was changed.

        Raises
        ------
        ValueError
            The message says which part is wrong, what was found and what is wanted.
        """
        reader, targets, model = self.reader, self.targets, self.model
        reader.check()
        # This comes before arrays of length n_outputs are made: in a changed file
        # n_outputs may be huge.
        self.scaler.check(reader, targets.n_outputs)
        targets.check(reader.n_numbers)
        built = model.architecture
        wanted = architecture_of(
            reader,
            targets,
            self.scaler,
            built.cell,
            built.hidden_layer_sizes,
            bidirectional=built.bidirectional,
            pooling=built.pooling,
            embedding_size=built.embedding_size,
        )
        if built != wanted:
            raise ValueError(
                f"The fitted network is {built}, but what is read and predicted needs "
                f"{wanted}. Fit or load the model anew."
            )
        model.check()
        if model.parameters.dtype != np.dtype(reader.dtype):
            raise ValueError(
                f"The weights are in {model.parameters.dtype}, but X is read in "
                f"{reader.dtype}. Fit or load the model anew."
            )
        self.training.check(model)
