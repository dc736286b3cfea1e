"""Fitted models of all kinds, to be exported and compared with `predict`."""

import typing

import numpy as np

from skgru import (
    GRURegressor,
    LSTMRegressor,
    RNNRegressor,
)

SETTINGS = {
    "max_iter": 1,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
FORMS = {
    "GRU": (GRURegressor, {}),
    "GRU, reset before": (GRURegressor, {"reset_after": False}),
    "LSTM": (LSTMRegressor, {}),
    "RNN": (RNNRegressor, {}),
}


class Case(typing.NamedTuple):
    """A fitted model, an X for `predict`, and the same X as an exported graph reads it.

    `arguments` are those of `to_onnx`. The graph may know nothing of the first rows of
    X, of which there are `n_before`.
    """

    model: typing.Any
    X: typing.Any
    values: np.ndarray
    arguments: dict
    n_before: int = 0

    def wanted(self):
        """What the graph should predict."""
        of_all = expected(self.model, self.X)
        return {name: values[self.n_before :] for name, values in of_all.items()}


def fit(estimator, X, y, **parameters):
    """A model whose weights are all random, different, and far from zero."""
    parameters = {"hidden_layer_sizes": 5} | SETTINGS | parameters
    if "Classifier" in estimator.__name__:
        parameters.pop("n_iter_no_change")
        parameters.pop("early_stopping")
    model = estimator(**parameters).fit(X, y)
    weights = model._fitted.model.parameters
    weights[:] = np.random.RandomState(1).uniform(-0.7, 0.7, weights.shape)
    return model


def sequences(rng, dtype, shape=(11, 6, 3), first=(3, 1, 5)):
    """Sequences, of which some have missing first steps."""
    X = rng.randn(*shape).astype(dtype)
    for row, n_missing in enumerate(first):
        X[row, : min(n_missing, shape[1] - 1)] = np.nan
    return X


def of_form(form, dtype, **parameters):
    """A model of some cells, fitted on sequences, and these."""
    estimator, settings = FORMS[form]
    X = sequences(np.random.RandomState(0), dtype)
    return fit(estimator, X, X[:, -1, 0] * 2, **settings, **parameters), X


def expected(model, X):
    """The outputs of a graph, as the estimator has them."""
    if hasattr(model, "classes_"):
        return {"label": model.predict(X), "probabilities": model.predict_proba(X)}
    return {"y": model.predict(X)}


def tolerances(model, wanted):
    """Relative and absolute error of the recurrent layers in float32.

    It is 2e-6 of the scale of the network's predictions. Levels that are added to them
    are computed in the dtype of the model.
    """
    eps = np.finfo(wanted.dtype).eps
    if hasattr(model, "classes_"):
        return 0, 2e-6
    scaler = model._fitted.scaler
    unit = np.max(scaler.target_scale)
    if scaler.by_series is not None:
        unit *= np.max(scaler.by_series.target_scale)
    relative = 2e-6 if model.loss == "poisson" else 4 * eps
    return relative, 2e-6 * unit


def assert_same(model, found, wanted, times=1):
    """Compare the outputs of a graph with those of the estimator.

    The error may be so many times what it usually is.
    """
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        assert found[name].shape == values.shape
        if name == "label":
            assert (found[name] == values).all()
            continue
        assert found[name].dtype == values.dtype
        rtol, atol = tolerances(model, values)
        np.testing.assert_allclose(found[name], values, rtol=rtol, atol=times * atol)
