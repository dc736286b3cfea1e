"""What is fitted to each data set: each model maps data and a seed to an Outcome."""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRURegressor, WindowTransformer


class Outcome(NamedTuple):
    """Predictions of the test rows, and what is known about the training."""

    prediction: np.ndarray
    facts: dict


def sequences(data):
    """All rows as X of shape (n, n_timesteps, n_features), which of them are whole."""
    if data.window is None:
        return data.X, np.arange(len(data.X))
    windows = WindowTransformer(data.window).fit_transform(data.X)
    return windows, np.arange(data.window - 1, len(data.X))


def tabular(make):
    """A model of scikit-learn on flattened windows; rows without a whole one left out.

    Parameters
    ----------
    make : callable
        Makes the regressor from a seed.
    """

    def run(data, seed):
        windows, whole = sequences(data)
        table = windows.reshape(len(windows), -1)
        rows = whole[whole < data.first_test]
        model = make(seed).fit(table[rows], data.y[rows])
        return Outcome(model.predict(table[data.first_test :]), {})

    return run


def ridge(seed):
    """Its penalty needs the scaling; it draws nothing."""
    return make_pipeline(StandardScaler(), Ridge())


def boosting(seed):
    """Histogram gradient boosting as it comes."""
    return HistGradientBoostingRegressor(random_state=seed)


def perceptron(seed):
    """As it comes, but scaled and given the epochs to converge."""
    network = MLPRegressor(max_iter=2000, random_state=seed)
    return TransformedTargetRegressor(
        make_pipeline(StandardScaler(), network), transformer=StandardScaler()
    )


def last_value(data, seed):
    """The target's last value; the mean where the inputs do not hold it."""
    if data.anchor is None:
        return training_mean(data, seed)
    last = data.X[data.first_test :]
    last = last[:, -1] if data.X.ndim == 3 else last
    return Outcome(last[:, data.anchor], {})


def training_mean(data, seed):
    """The mean of the training targets."""
    n_test = len(data.y) - data.first_test
    return Outcome(np.full(n_test, data.y[: data.first_test].mean()), {})


def gru(parameters, anchor, kind=GRURegressor):
    """GRURegressor on the rows as they are; windows of test rows reach into training.

    In float32, which is twice as fast: its rounding is far below the errors. `kind` is
    another estimator of the same parameters, for the comparison of cells.
    """

    def run(data, seed):
        anchors = {"auto": "auto", "named": data.anchor, "none": None}
        X, first_test = data.X.astype(np.float32), data.first_test
        model = kind(
            window=data.window,
            remember=data.window is not None,
            anchor=anchors[anchor],
            random_state=seed,
            **parameters,
        )
        with warnings.catch_warnings():
            # Its reason is recorded, whether it converged or not.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(X[:first_test], data.y[:first_test])
        facts = {
            "n_iter": model.n_iter_,
            "stop_reason": model.stop_reason_,
            "summary": model.summary()[-1].name if anchor == "auto" else None,
        }
        return Outcome(model.predict(X[first_test:]), facts)

    return run


# By name: how it is run, and whether a seed changes it.
BASELINES = {
    "last value": (last_value, False),
    "training mean": (training_mean, False),
    "Ridge": (tabular(ridge), False),
    "HistGradientBoosting": (tabular(boosting), False),
    "MLPRegressor": (tabular(perceptron), True),
}
