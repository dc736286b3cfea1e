"""Targets of classification: checks of labels, weights of classes, probabilities.

The network's raw predictions are decision values: one for each class, which a softmax
turns into probabilities, or, for two classes and for each of several labels, a single
one that goes through a sigmoid.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit, log_softmax, softmax

from skgru._estimators._class_weights import (
    refuse_class_weight,
    weights_of_classes,
)
from skgru._estimators._data import check_sum_of_weights
from skgru._estimators._labels import (
    check_labels,
    classes_of,
    codes_of,
    shown_labels,
)
from skgru._estimators._targets import Doubt
from skgru._reading._series import Series
from skgru._training._losses._base import predictions
from skgru._training._losses._log_loss import BinaryLogLoss, LogLoss


class ClassSettings(NamedTuple):
    """The estimator's parameter of the same name."""

    class_weight: Any = None

    def begins_at_mean(self, *, standardize):
        """Whether the first raw predictions are the best constant ones: they are."""
        return True


@dataclass(frozen=True)
class ClassTargets:
    """Which classes are predicted.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels in rising order; of several labels their numbers.
    is_multilabel : bool
        Whether each row has several labels that are 0 or 1.
    class_weights : ndarray of shape (n_classes,)
        What the weights of the rows of each class are multiplied by.
    frequencies : ndarray of shape (n_classes,)
        Weighted frequencies of the classes in the training rows; of several labels,
        how often each of them is 1.
    """

    classes: np.ndarray
    is_multilabel: bool
    class_weights: np.ndarray
    frequencies: np.ndarray

    # Labels have no past in X, and neither a mean nor a scale.
    past = pairs = None
    are_centered = False
    # Whether NaN can say that nothing is known: no label can.
    may_be_unknown = False
    are_scaled = False
    quantiles = None
    has_list_of_quantiles = False
    constant_name, constant_in_words = "prior", "frequencies of the classes"

    @staticmethod
    def settings_of(estimator):
        """The parameters that say what is minimised."""
        return ClassSettings(estimator.class_weight)

    @classmethod
    def of_fit(cls, y, X, settings, owner, before=None, classes=None):
        """Check the labels of a fit, and describe them.

        Parameters
        ----------
        y, X : array-like
        settings : ClassSettings
        owner : str
            Name of the estimator, for messages.
        before : ClassTargets, default=None
            The targets of the earlier fit, if training goes on.
        classes : array-like of shape (n_classes,), default=None
            All classes there will be; None for those of y.

        Returns
        -------
        ClassTargets, ndarray of shape (n_samples, n_outputs)
            The second holds the numbers of the classes, or 0 and 1 for several labels.
        """
        if before is not None:
            if classes is not None and not _are_same(before.classes, classes):
                raise ValueError(
                    f"classes={shown_labels(classes_of(np.asarray(classes)).tolist())} "
                    "is not the same as on last call to partial_fit, was: "
                    f"{shown_labels(before.classes.tolist())}. Leave classes out, or "
                    "begin with a new estimator."
                )
            return before, before.read(y, X, owner)
        labels, is_multilabel = check_labels(y, X, owner)
        if is_multilabel:
            found = np.arange(labels.shape[1])
            if classes is not None and not _are_same(found, classes):
                raise ValueError(
                    f"classes={shown_labels(classes_of(np.asarray(classes)).tolist())}"
                    f", but y has {len(found)} labels in each row, and classes= wants "
                    f"their numbers from 0. Pass classes=range({len(found)})."
                )
        else:
            found = classes_of(labels if classes is None else np.asarray(classes))
        ones = np.ones(len(found))
        targets = cls(found, is_multilabel, ones, ones / len(found))
        return targets, targets._numbers_of(labels, is_multilabel, owner, "y")

    def read(self, y, X, owner, name="y"):
        """Check labels that must be among the classes of `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
        """
        labels, is_multilabel = check_labels(y, X, owner, name)
        return self._numbers_of(labels, is_multilabel, owner, name)

    def _numbers_of(self, labels, is_multilabel, owner, name):
        """Numbers of the classes of checked labels; several labels as they are."""
        if is_multilabel != self.is_multilabel:
            kinds = {True: "several labels that are 0 or 1", False: "one class"}
            raise ValueError(
                f"Each row of {name} has {kinds[is_multilabel]}, but {owner} is "
                f"expecting {kinds[self.is_multilabel]}, as before. Pass the same "
                "labels, or fit anew with warm_start=False."
            )
        if not is_multilabel:
            return codes_of(labels, self.classes, owner, name)
        if labels.shape[1] != len(self.classes):
            raise ValueError(
                f"{name} has {labels.shape[1]} label(s), but {owner} is expecting "
                f"{len(self.classes)}, as before. Pass the same labels, or fit anew "
                "with warm_start=False."
            )
        return labels

    # What the training rows tell

    def looking_at(self, sequences, values, series, named):
        """The same targets: sequences hold no past of labels."""
        return self

    def weighted(self, values, weights, settings, owner):
        """Weigh classes, and multiply the weights of rows by those of their classes.

        Parameters
        ----------
        values : ndarray of shape (n_samples, n_outputs)
        weights : ndarray of shape (n_samples,)
        settings : ClassSettings
        owner : str

        Returns
        -------
        ClassTargets, ndarray of shape (n_samples,)
        """
        if self.is_multilabel:
            refuse_class_weight(settings.class_weight, owner)
            return self, weights
        of_classes = self._sums_of(values, weights)
        there = np.unique(values).astype(int)
        if len(there) > 1 and np.count_nonzero(of_classes) < 2:
            raise ValueError(
                f"sample_weight leaves one class of the {len(there)} in y, "
                f"{shown_labels(self.classes[of_classes > 0].tolist())}: all rows of "
                "the other classes have the weight 0. Give rows of two classes or more "
                "a weight."
            )
        class_weights = weights_of_classes(
            settings.class_weight, self.classes, of_classes
        )
        targets = replace(self, class_weights=class_weights)
        with np.errstate(over="ignore"):
            weights = targets.weights_of(values, weights)
        check_sum_of_weights(weights, "class_weight times sample_weight")
        return targets, weights

    def weights_of(self, values, weights):
        """Weights of rows, times those of their classes."""
        if (self.class_weights == 1).all() or self.is_multilabel:
            return weights
        of_rows = self.class_weights[values[:, 0].astype(int)]
        return (weights * of_rows).astype(weights.dtype)

    def parts_to_hold_out_of(self, reader, values, series):
        """Of which rows the last ones are held out, each part by itself.

        Rows that are sequences of their own are often sorted by class, so the last rows
        of each class are held out. Rows that follow on each other are in order of time.
        """
        is_in_time = reader.kind == "series" or reader.columns.lags is not None
        if is_in_time or self.is_multilabel:
            return series
        return Series(self.classes.tolist(), values[:, 0].astype(np.int64))

    def doubt(self, data, training, held_out, anchor, *, by_class, is_asked_for):
        """What speaks against stopping by the held-out rows, if anything does.

        The parameters are those of `RegressionTargets.doubt`.
        """
        there, apart = (
            self._sums_of(data.targets[rows], np.ones(len(rows))) > 0
            for rows in (training, held_out)
        )
        unseen, untold = apart & ~there, there & ~apart
        refuses = unseen.any() or (np.count_nonzero(apart) < 2 and untold.any())
        refuses = refuses and not is_asked_for
        # That nothing is held out of small classes is meant, and no news.
        if not (unseen.any() or (untold.any() and (refuses or not by_class))):
            return None
        what = "labels" if self.is_multilabel else "classes"
        said = [
            f"no row of the {what} {shown_labels(self.classes[lacks].tolist())} is "
            f"among {where}"
            for lacks, where in (
                (
                    untold,
                    f"the last {len(held_out)} rows, which were to tell when "
                    "training should stop",
                ),
                (unseen, "the rows to train on"),
            )
            if lacks.any()
        ]
        message = f"{', and '.join(said)}."
        message = message[0].upper() + message[1:]
        if refuses:
            message += " So all rows are trained on, for max_iter epochs."
        size = "smaller" if unseen.any() else "larger"
        message += (
            f" Pass X_val and y_val, or a {size} validation_fraction, to have rows of "
            "all of them in both; early_stopping=False trains on all rows."
        )
        return Doubt(message, bool(refuses))

    def fitted_to(self, data, rows):
        """The same targets, with the frequencies of classes in the training rows."""
        return replace(
            self, frequencies=self._frequencies(data.targets[rows], data.weights[rows])
        )

    def _sums_of(self, values, weights):
        """Sum of weights of each class; of several labels, of the rows that have it."""
        if self.is_multilabel:
            return weights.astype(np.float64) @ values
        codes = values[:, 0].astype(int)
        return np.bincount(codes, weights=weights, minlength=len(self.classes))

    def _frequencies(self, values, weights):
        """Frequencies of classes; one that is not there has half of the least one."""
        sums = self._sums_of(values, weights)
        if self.is_multilabel:
            total = weights.sum(dtype=np.float64)
            least = 1 / (2 * len(values))
            return np.clip(sums / total, least, 1 - least)
        sums = np.where(sums > 0, sums, sums[sums > 0].min() / 2)
        return sums / sums.sum()

    # The loss

    def loss_for(self, target_scale):
        """The loss, as the named tuple that kernels take."""
        logs = np.log(self.frequencies)
        if self.has_softmax:
            return LogLoss(logs)
        if self.is_multilabel:
            return BinaryLogLoss(logs - np.log1p(-self.frequencies))
        return BinaryLogLoss(logs[1:] - logs[:1])

    @property
    def has_softmax(self):
        """Whether there is a raw prediction for each class."""
        return not self.is_multilabel and self.classes.size != 2

    @property
    def n_outputs(self):
        """Columns of the targets: one, or the number of labels."""
        return self.classes.size if self.is_multilabel else 1

    @property
    def n_raw(self):
        """Number of raw predictions that the network has to make for each row."""
        return self.classes.size if self.has_softmax else self.n_outputs

    # Predictions

    def predictions(self, raw, target_scale):
        """Decision values (n_rows, n_outputs, n_predictions)."""
        return predictions(self.loss_for(target_scale), raw)

    def in_shape_of_y(self, values):
        """Decision values as ``decision_function`` returns them.

        Of (…, n_outputs, n_predictions), axes are dropped that it does not have.
        """
        if self.is_multilabel:
            return values[..., 0]
        return values[..., 0, :] if self.has_softmax else values[..., 0, 0]

    def probabilities(self, decision):
        """Probabilities (n_rows, n_classes) of decision values."""
        decision = decision.astype(np.float64)
        if self.is_multilabel:
            return expit(decision)
        if self.has_softmax:
            return softmax(decision, axis=1)
        return np.column_stack([expit(-decision), expit(decision)])

    def log_probabilities(self, decision):
        """Logarithms of `probabilities`; they are finite."""
        decision = decision.astype(np.float64)
        if self.is_multilabel:
            return -np.logaddexp(0, -decision)
        if self.has_softmax:
            return log_softmax(decision, axis=1)
        return -np.logaddexp(0, np.column_stack([decision, -decision]))

    def labels(self, decision):
        """The most probable class of each row, or all labels that are probable."""
        if self.is_multilabel:
            return (decision > 0).astype(int)
        if self.has_softmax:
            return self.classes[decision.argmax(axis=1)]
        return self.classes[(decision > 0).astype(int)]

    def score(self, y, prediction, sample_weight):
        """Accuracy: of several labels, the part of rows where all of them are right.

        Parameters
        ----------
        y : ndarray of shape (n_rows, n_outputs)
        prediction : ndarray of shape (n_rows, n_outputs, n_predictions)
        sample_weight : ndarray of shape (n_rows,) or None
        """
        decision = self.in_shape_of_y(prediction)
        if self.is_multilabel:
            is_right = ((decision > 0) == y).all(axis=1)
        elif self.has_softmax:
            is_right = decision.argmax(axis=1) == y[:, 0]
        else:
            is_right = (decision > 0) == y[:, 0]
        return float(np.average(is_right, weights=sample_weight))

    def constant(self, values, weights):
        """Decision values of the frequencies of classes, (n_outputs, n_predictions)."""
        told = replace(self, frequencies=self._frequencies(values, weights))
        loss = told.loss_for(np.ones(self.n_outputs))
        return predictions(loss, np.atleast_2d(loss[0]))[0]

    def check(self, n_features):
        """Refuse fields that do not fit each other, as from a file that was changed.

        Raises
        ------
        ValueError
        """
        n_classes = self.classes.shape
        of_numbers = (self.class_weights, self.frequencies)
        fit = (
            self.classes.ndim == 1
            and n_classes[0] > 0
            and all(
                part.shape == n_classes
                and part.dtype == np.float64
                and np.isfinite(part).all()
                and (part >= 0).all()
                for part in of_numbers
            )
            and (self.frequencies > 0).all()
            and _are_different(self.classes.tolist())
        )
        if not fit:
            raise ValueError(
                f"The fitted model has {n_classes} classes, class_weights="
                f"{self.class_weights} and frequencies={self.frequencies}, which do "
                "not fit each other. Fit or load the model anew."
            )


def _are_different(labels):
    """Whether labels can be told apart, each from all others."""
    try:
        return len(set(labels)) == len(labels)
    except TypeError:  # such as a list, which is no label
        return False


def _are_same(before, classes):
    """Whether classes are those of before, in any order."""
    return classes_of(np.asarray(classes)).tolist() == before.tolist()
