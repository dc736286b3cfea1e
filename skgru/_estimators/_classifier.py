"""The base class of recurrent classifiers: labels and probabilities."""

from dataclasses import dataclass
from numbers import Integral, Real

from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if

from skgru._estimators._attributes import published
from skgru._estimators._base import RecurrentEstimator, is_stochastic
from skgru._estimators._classification import ClassTargets
from skgru._estimators._fitted import Fitted


@dataclass(frozen=True)
class FittedToClasses(Fitted):
    """The parts of a fitted classifier."""

    targets: ClassTargets


def _takes_parts(estimator):
    """Return True if the estimator can train on part of the data, else raise."""
    if estimator.class_weight == "balanced":
        raise AttributeError(
            "class_weight='balanced' is not supported for partial_fit, which does not "
            "see all rows. Pass a dict, as of sklearn.utils.class_weight."
            "compute_class_weight('balanced', classes=classes, y=all_labels)."
        )
    return is_stochastic(estimator)


class RecurrentClassifier(ClassifierMixin, RecurrentEstimator):
    """Classification of sequences; a subclass defines the kind of cells."""

    _targets_class = ClassTargets
    _fitted_class = FittedToClasses
    _cuts_few_rows = True
    # More rows are seen so few times, by max_iter=None, that a network learns little by
    # heart; and the last rows of each class may be unlike the others.
    _most_to_hold_out = 10_000
    _fitted: FittedToClasses
    _parameter_constraints = RecurrentEstimator._parameter_constraints | {
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "pooling": [StrOptions({"last", "mean"})],
        "max_iter": [Interval(Integral, 1, None, closed="left"), None],
        "recurrent_dropout": [
            Interval(Real, 0, 1, closed="left"),
            StrOptions({"auto"}),
        ],
    }

    def _pooling(self):
        return self.pooling

    classes_ = published(
        lambda f: f.targets.classes, "The labels, in the order of `predict_proba`."
    )
    class_weights_ = published(
        lambda f: f.targets.class_weights, "What rows of each class were weighted by."
    )

    @available_if(_takes_parts)
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch on some rows, from where the last call ended.

        The statistics of `standardize` are those of the first call. The learning rate
        is the current `learning_rate_init` for the whole epoch; with
        ``learning_rate="invscaling"`` it is divided by the square root of the number of
        epochs. `max_iter`, `early_stopping` and `validation_fraction` are ignored.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_columns)
            As in `fit`. With `window`, the rows of each call are a series of their own,
            or with ``remember=True`` follow on the rows of the call before.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All classes that any call will bring. Needed in the first call; later it may
            be left out. Of several labels, their numbers from 0.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If `classes` is missing in the first call or differs from it later, or y
            holds other labels.
        AttributeError
            If ``class_weight="balanced"`` or ``solver="lbfgs"``, which need all rows at
            once: there is no such method then.
        """
        fresh = not self.__sklearn_is_fitted__()
        if fresh and classes is None:
            raise ValueError(
                "classes must be passed on the first call to partial_fit: a later call "
                "may bring labels that this y does not hold. Pass "
                "classes=np.unique(all_labels)."
            )
        return self._fit_one_epoch(X, y, sample_weight, classes=classes)

    def predict(self, X):
        """Predict the class of each row: the most probable one.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_columns)
            As in `fit`. A 3-D X may have another number of steps.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            Labels of the type of y. Of several labels, 1 for each that is more probable
            than not.
        """
        targets, decision = self._decide(X)
        return targets.labels(decision)

    def decision_function(self, X):
        """What the probabilities are computed from.

        Parameters
        ----------
        X : array-like
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples,), (n_samples, n_classes) or (n_samples, n_labels)
            For two classes one number for each row, which is above 0 where the second
            class is more probable. For others a number for each class, in the order of
            ``classes_``; only their differences count.
        """
        return self._decide(X)[1]

    def predict_proba(self, X):
        """Probabilities of the classes.

        Parameters
        ----------
        X : array-like
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes) or (n_samples, n_labels)
            A column for each class, in the order of ``classes_``, for two classes too;
            each row adds up to 1. Of several labels, the probability of each.
        """
        targets, decision = self._decide(X)
        return targets.probabilities(decision).astype(decision.dtype)

    def predict_log_proba(self, X):
        """Logarithms of `predict_proba`, finite also where that is rounded to 0.

        Parameters
        ----------
        X : array-like
            As in `predict`.

        Returns
        -------
        ndarray of the shape of `predict_proba`
        """
        targets, decision = self._decide(X)
        return targets.log_probabilities(decision).astype(decision.dtype)

    def score(self, X, y, sample_weight=None):
        """Accuracy: the part of the rows whose class is predicted.

        Parameters
        ----------
        X : array-like
            As in `predict`.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            True labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        float
            Of several labels, the part of the rows of which all labels are right.
        """
        return super().score(X, y, sample_weight)

    def _decide(self, X):
        """The targets, and decision values in the shape of `decision_function`."""
        fitted, predictions = self._predict(X)
        return fitted.targets, fitted.targets.in_shape_of_y(predictions)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # Rows of several labels belong to no one class that could be weighed.
        tags.classifier_tags.multi_label = self.class_weight is None
        return tags
