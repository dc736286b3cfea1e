"""What an estimator has learned: five parts, which are replaced together or not at all.

An estimator keeps them in one attribute. Whoever predicts takes it once, and so sees
the parts of one fit, whatever another thread does; and whatever ends a fit, what was
there before is whole.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skgru._estimators._regression import RegressionTargets
from skgru._network._model import Architecture, Model
from skgru._reading._reader import Reader
from skgru._scaling._scaler import Scaler
from skgru._training._run import Training


def parts_of(estimator):
    """The parts of a fitted estimator, for whoever looks into it.

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
    check_is_fitted(estimator)
    return estimator._fitted


@dataclass(frozen=True)
class Scores:
    """How good a model is on the rows that were held out.

    Attributes
    ----------
    validation : float or None
        Its score; None without such rows.
    baseline : dict of float or None
        Those of what costs nothing.
    """

    validation: float | None = None
    baseline: dict[str, float] | None = None


class Nothing(NamedTuple):
    """What a first fit finds in the place of parts."""

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
        From X to sequences.
    targets : RegressionTargets
        What y is, and what the loss makes of it.
    scaler : Scaler
        From the units of X and y to those of the network, and back.
    model : Model
        From sequences to raw predictions.
    training : Training
        What training has left beside the weights.
    scores : Scores
    """

    reader: Reader
    targets: RegressionTargets
    scaler: Scaler
    model: Model
    training: Training
    scores: Scores

    @classmethod
    def after(cls, reader, targets, scaler, run):
        """The parts as if a course of training ended now; they share nothing with it.

        Parameters
        ----------
        reader : Reader
        targets : RegressionTargets
        scaler : Scaler
        run : TrainingRun
        """
        model, training = run.result()
        return cls(reader, targets, scaler.copy(), model, training, Scores())

    def predict(self, reading, rows, n_threads=1):
        """Predictions in the units of y, (n_rows, n_outputs, n_predictions).

        Parameters
        ----------
        reading : Reading
        rows : int64 ndarray of shape (n_rows,)
            Which samples of it.
        n_threads : int, default=1
        """
        sequences = self.scaler.sequences(reading)
        raw = self.model.predict(sequences, self.scaler.features, rows, n_threads)
        standardized = self.targets.predictions(raw, self.scaler.target_scale)
        values = self.scaler.predictions(standardized, sequences, reading, rows)
        return values.astype(self.reader.dtype)

    def with_scores(self, scores):
        """The same with other scores."""
        return replace(self, scores=scores)

    def copy(self):
        """The same, with arrays of its own where they may be changed in place."""
        return replace(
            self,
            scaler=self.scaler.copy(),
            model=self.model.copy(),
            training=self.training.copy(),
        )

    def check(self):
        """Refuse parts that do not fit each other, as from a changed file.

        Raises
        ------
        ValueError
            That says which part, what was found, and what is wanted.
        """
        reader, targets, model = self.reader, self.targets, self.model
        reader.check()
        # Before anything is made that is as long as there are outputs.
        self.scaler.check(reader, targets.n_outputs)
        targets.check(reader.n_features)
        built = model.architecture
        wanted = Architecture(
            built.cell,
            reader.n_features,
            built.hidden_layer_sizes,
            targets.n_raw,
            built.bidirectional,
            len(reader.columns.static),
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
