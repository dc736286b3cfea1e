"""The public fitted attributes of an estimator, such as ``loss_curve_``.

Nothing is stored here: each attribute is a property that reads one of the parts in
``_fitted``. Means and scales can be assigned, since `predict` uses them; the new values
are checked against the shape of the old ones. All other attributes report what a fit
has found, and only another fit changes them.
"""

from dataclasses import replace

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skgru._checks import as_numbers, shortened
from skgru._estimators._fitted import names_of_anchor


class Views(list):
    """A list of views of the weights; assigning to an item writes into the weights."""

    def __setitem__(self, index, value):
        self[index][...] = value


def published(get, doc):
    """A read-only attribute whose value comes from the parts of a fit.

    Parameters
    ----------
    get : callable
        Takes the parts; returns None if this fit has no such attribute.
    doc : str
        The docstring of the attribute.
    """
    return _Published(get, doc)


class _Published(property):
    """A property with helpful errors if it does not exist or cannot be set."""

    def __init__(self, get, doc, put=None):
        super().__init__(self._read, self._write)
        # A subclass of property has the docstring of its class, unless told so.
        self.__doc__ = doc
        self._get, self._put = get, put

    def __set_name__(self, owner, name):
        self._name = name

    def _read(self, estimator):
        check_is_fitted(estimator)
        value = self._get(estimator._fitted)
        if value is None:
            raise AttributeError(
                f"{type(estimator).__name__!r} object has no attribute {self._name!r}"
            )
        # A view: users can write values through it, but if they change its shape, the
        # part keeps its own.
        value = value.value if isinstance(value, _May) else value
        return value.view() if isinstance(value, np.ndarray) else value

    def _write(self, estimator, value):
        name, kind = self._name, type(estimator).__name__
        fitted = vars(estimator).get("_fitted")
        if fitted is None:
            raise AttributeError(
                f"{name} of {kind} is set by fit, and there was none. Call fit first."
            )
        if self._put is None:
            found = "no such attribute"
            if hasattr(estimator, name):
                found = shortened(getattr(estimator, name))
            raise AttributeError(
                f"{name} of {kind} cannot be set: fit has found {found}, and the rest "
                f"of the fitted model goes by that. Got {shortened(value)}. To change "
                "it, fit anew; of lists of weights, assign to their items."
            )
        estimator._fitted = self._put(fitted, name, value)


class _Noted(_Published):
    """An attribute that scikit-learn's checks set too, as in the `fit` of a subclass.

    What they set is noted beside the parts until the next fit, and held against these
    when the model is used: see `skgru._estimators._fitted.parts_of`.
    """

    def _read(self, estimator):
        noted = vars(estimator)
        return noted[self._name] if self._name in noted else super()._read(estimator)

    def _write(self, estimator, value):
        vars(estimator)[self._name] = value

    def __delete__(self, estimator):
        if self._name not in vars(estimator):
            raise AttributeError(f"{self._name} is what fit has found.")
        del vars(estimator)[self._name]


class _May:
    """Wraps a value for which None does not mean that the attribute is missing."""

    def __init__(self, value):
        self.value = value


def _of_scaler(field):
    """Getter and setter of a field of the scaler."""

    def get(fitted):
        return getattr(fitted.scaler, field)

    def put(fitted, name, value):
        scaler = fitted.scaler
        numbers = as_numbers(name, value, getattr(scaler, field))
        return replace(fitted, scaler=replace(scaler, **{field: numbers}))

    return get, put


def _of_features(field):
    """Getter and setter of a statistic of the features of a step."""

    def get(fitted):
        return getattr(fitted.scaler.features, field)

    def put(fitted, name, value):
        features = fitted.scaler.features
        numbers = as_numbers(name, value, getattr(features, field))
        features = features._replace(**{field: numbers})
        return replace(fitted, scaler=replace(fitted.scaler, features=features))

    return get, put


def _of_series(field):
    """Getter and setter of a statistic that each series has."""

    def get(fitted):
        by_series = fitted.scaler.by_series
        return None if by_series is None else getattr(by_series, field)

    def put(fitted, name, value):
        by_series = fitted.scaler.by_series
        if by_series is None:
            raise AttributeError(
                f"{name} cannot be set: this model has no statistics of each series. "
                "Fit with group_column= and standardize=True to have them."
            )
        numbers = as_numbers(name, value, getattr(by_series, field))
        by_series = by_series._replace(**{field: numbers})
        return replace(fitted, scaler=replace(fitted.scaler, by_series=by_series))

    return get, put


def _writable(accessors, doc):
    get, put = accessors
    return _Published(get, doc, put)


def _names_of_series(fitted):
    by_series = fitted.scaler.by_series
    return None if by_series is None else list(by_series.names)


def _anchor(fitted):
    """Name or index of the feature that predictions start from; a list of several."""
    of_outputs = names_of_anchor(fitted)
    return of_outputs[0] if len(set(of_outputs)) == 1 else of_outputs


class FittedAttributes:
    """Mixin with the public fitted attributes; each reads the parts in ``_fitted``."""

    n_features_in_ = _Noted(
        lambda f: f.reader.n_features_in, "Length of the last axis of X in `fit`."
    )
    feature_names_in_ = _Noted(
        lambda f: f.reader.feature_names_in, "Names of the columns of X in `fit`."
    )
    n_timesteps_ = published(
        lambda f: f.reader.n_timesteps, "Steps of the sequences of `fit`."
    )
    n_outputs_ = published(lambda f: f.targets.n_outputs, "Number of targets.")
    n_iter_ = published(lambda f: f.training.n_iter, "Epochs of the last `fit`.")
    best_iter_ = published(
        lambda f: _May(f.training.best_iter),
        "Index in the curves of the epoch whose weights were kept.",
    )
    loss_ = published(
        lambda f: f.training.loss, "Training loss in the epoch whose weights were kept."
    )
    best_loss_ = published(
        lambda f: _May(f.training.best_loss), "The lowest loss that was watched."
    )
    loss_curve_ = published(
        lambda f: list(f.training.history["loss"]), "Training loss of each epoch."
    )
    validation_loss_curve_ = published(
        lambda f: list(f.training.history["validation_loss"]),
        "Loss of the held-out rows after each epoch.",
    )
    history_ = published(
        lambda f: {name: list(curve) for name, curve in f.training.history.items()},
        "The curves, and the learning rates.",
    )
    stop_reason_ = published(lambda f: f.training.stop_reason, "Why training ended.")
    validation_score_ = published(
        lambda f: _May(f.scores.validation), "Score on the held-out rows."
    )
    baseline_score_ = published(
        lambda f: _May(f.scores.baseline), "Scores of predictions that need no model."
    )
    feature_mean_ = _writable(
        _of_features("mean"), "What is subtracted from the features of a step."
    )
    feature_scale_ = _writable(
        _of_features("scale"), "What centred features of a step are divided by."
    )
    static_mean_ = _writable(
        _of_scaler("static_mean"), "What is subtracted from the static features."
    )
    static_scale_ = _writable(
        _of_scaler("static_scale"), "What centred static features are divided by."
    )
    series_ = published(_names_of_series, "Names of the series in `fit`.")
    series_mean_ = _writable(
        _of_series("mean"), "What is subtracted from the features of each series."
    )
    series_scale_ = _writable(
        _of_series("scale"), "What centred features of each series are divided by."
    )
    series_static_mean_ = _writable(
        _of_series("static_mean"), "`series_mean_` of the static features."
    )
    series_static_scale_ = _writable(
        _of_series("static_scale"), "`series_scale_` of the static features."
    )
    kernels_ = published(
        lambda f: Views(weights.kernel for weights in f.model.cell_weights()),
        "Input weights of each cell, (n_inputs, n_gates n_hidden).",
    )
    embeddings_ = published(
        lambda f: Views(f.model.embeddings()) or None,
        "Trained numbers of the categories of each feature of a step.",
    )
    categories_ = published(
        lambda f: [list(part.values) for part in f.reader.vocabularies] or None,
        "The categories of each categorical feature.",
    )
    recurrent_kernels_ = published(
        lambda f: Views(w.recurrent_kernel for w in f.model.cell_weights()),
        "Recurrent weights of each cell, (n_hidden, n_gates n_hidden).",
    )
    biases_ = published(
        lambda f: Views(
            weights.bias if len(weights.bias) > 1 else weights.bias[0]
            for weights in f.model.cell_weights()
        ),
        "Biases of each cell, (n_gates n_hidden,), or (2, n_gates n_hidden).",
    )
    coefs_ = published(
        lambda f: Views([f.model.head()[0]]),
        "Weights of the dense head, a list of one array (n_hidden, n_outputs).",
    )
    intercepts_ = published(
        lambda f: Views([f.model.head()[1]]),
        "Intercepts of the dense head, a list of one array (n_outputs,).",
    )


class RegressionAttributes:
    """Mixin with the public fitted attributes that regressors have beside these."""

    quantiles_ = published(
        lambda f: f.targets.quantiles, "Which quantiles are predicted, in order."
    )
    anchor_ = published(
        lambda f: _May(_anchor(f)), "From which feature's last value predictions start."
    )
    target_mean_ = _writable(
        _of_scaler("target_mean"), "What is subtracted from the targets."
    )
    target_scale_ = _writable(
        _of_scaler("target_scale"), "What centred targets are divided by."
    )
    series_target_mean_ = _writable(
        _of_series("target_mean"), "`series_mean_` of the targets."
    )
    series_target_scale_ = _writable(
        _of_series("target_scale"), "`series_scale_` of the targets."
    )
    line_coefs_ = published(
        lambda f: Views([f.model.line()]) if f.model.line().size else None,
        "Weights of the linear path, a list of one array (n_inputs, n_outputs).",
    )
