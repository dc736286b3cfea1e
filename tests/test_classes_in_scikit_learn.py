"""Classifiers inside scikit-learn's meta-estimators, searches and metrics.

The result of each is compared with the same computation in an explicit loop.
"""

import inspect

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_predict,
    cross_val_score,
)
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from skgru import GRUClassifier


def gru(**parameters):
    return GRUClassifier(
        **{
            "hidden_layer_sizes": 6,
            "max_iter": 4,
            "n_iter_no_change": None,
            "early_stopping": False,
            "learning_rate_init": 0.03,
            "random_state": 0,
            **parameters,
        }
    )


CV = StratifiedKFold(3)


@pytest.fixture
def X(rng):
    return rng.randn(60, 5, 2)


@pytest.fixture
def y(X, rng):
    noisy = X[:, -1, 0] + 0.5 * rng.randn(60)
    return np.array(["low", "middle", "high"])[np.digitize(noisy, [-0.5, 0.5])]


def out_of_fold(model, X, y, method):
    """What each fold's model says of the rows that it was not fitted to."""
    parts = {}
    for train, test in CV.split(X, y):
        found = getattr(clone(model).fit(X[train], y[train]), method)(X[test])
        parts |= dict(zip(test.tolist(), found, strict=True))
    return np.array([parts[row] for row in range(len(y))])


@pytest.mark.parametrize(
    "method", ["predict", "predict_proba", "predict_log_proba", "decision_function"]
)
def test_predictions_out_of_fold(method, X, y):
    found = cross_val_predict(gru(), X, y, cv=CV, method=method)
    np.testing.assert_array_equal(found, out_of_fold(gru(), X, y, method))


@pytest.mark.parametrize("scoring", ["neg_log_loss", "roc_auc_ovr", "neg_brier_score"])
def test_a_search_by_probabilities(scoring, X, y):
    is_old = parse_version(sklearn.__version__) < parse_version("1.7")
    if scoring == "neg_brier_score" and is_old:
        pytest.skip("before scikit-learn 1.7 the Brier score is of two classes")
    sizes = [2, 6]
    search = GridSearchCV(gru(), {"hidden_layer_sizes": sizes}, scoring=scoring, cv=CV)
    search.fit(X, y)
    scores = [
        cross_val_score(gru(hidden_layer_sizes=n), X, y, scoring=scoring, cv=CV).mean()
        for n in sizes
    ]
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], scores)
    if scoring == "neg_log_loss":
        by_hand = [
            -log_loss(
                y[test],
                gru(hidden_layer_sizes=2)
                .fit(X[train], y[train])
                .predict_proba(X[test]),
                labels=np.unique(y),
            )
            for train, test in CV.split(X, y)
        ]
        assert scores[0] == pytest.approx(np.mean(by_hand))
    best = gru(**search.best_params_).fit(X, y)
    np.testing.assert_array_equal(search.predict_proba(X), best.predict_proba(X))


METHODS = ["sigmoid", "isotonic"]
if "temperature" in inspect.getdoc(CalibratedClassifierCV):
    METHODS.append("temperature")


@pytest.mark.parametrize("n_classes", [pytest.param(2, marks=pytest.mark.slow), 3])
@pytest.mark.parametrize("method", METHODS)
def test_calibration(n_classes, method, X, y):
    """Calibrating what is out of fold lowers the loss of a model that exaggerates."""
    if n_classes == 2:
        y = np.where(y == "low", "low", "high")
    model = gru(max_iter=30, learning_rate_init=0.1)
    found = CalibratedClassifierCV(model, method=method, cv=CV, ensemble=False)
    found.fit(X, y)
    fitted = model.fit(X, y)
    proba = found.predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert found.classes_.tolist() == fitted.classes_.tolist()
    # The calibrator sees decisions that are out of fold.
    decision = out_of_fold(model, X, y, "decision_function")
    expected = {"sigmoid": by_sigmoid, "temperature": by_temperature}.get(method)
    if expected is not None:
        wanted = expected(decision, y, fitted.decision_function(X))
        np.testing.assert_allclose(proba, wanted, atol=2e-3)
    raw = np.log(np.clip(out_of_fold(model, X, y, "predict_proba"), 1e-15, 1))
    codes = np.unique(y, return_inverse=True)[1]
    before = -raw[np.arange(60), codes].mean()
    after = CalibratedClassifierCV(model, method=method, cv=CV, ensemble=False)
    scores = cross_val_score(after, X, y, scoring="neg_log_loss", cv=CV)
    if method != "isotonic":  # it may say 0, and then its loss is large
        assert -scores.mean() < before


def by_sigmoid(decision, y, values):
    """Platt's scaling of each decision, by minimising its log loss."""
    from scipy.optimize import minimize
    from scipy.special import expit

    classes = np.unique(y)
    if decision.ndim == 1:
        decision, values = decision[:, np.newaxis], values[:, np.newaxis]
        classes = classes[1:]
    columns = []
    for k, label in enumerate(classes):
        n_there = (y == label).sum()
        n_other = len(y) - n_there
        targets = np.where(y == label, (n_there + 1) / (n_there + 2), 1 / (n_other + 2))

        def loss(ab, z=decision[:, k], t=targets):
            margin = -(ab[0] * z + ab[1])
            return (np.logaddexp(0, -margin) + (1 - t) * margin).sum()

        a, b = minimize(loss, [0.0, 0.0], method="BFGS").x
        columns.append(expit(-(a * values[:, k] + b)))
    columns = np.column_stack(columns)
    if columns.shape[1] == 1:
        return np.concatenate([1 - columns, columns], axis=1)
    return columns / columns.sum(axis=1, keepdims=True)


def by_temperature(decision, y, values):
    """The softmax of decisions times a number, by minimising the log loss."""
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax, softmax

    codes = np.unique(y, return_inverse=True)[1]
    if decision.ndim == 1:
        decision, values = (
            np.column_stack([-part, part]) for part in (decision, values)
        )

    def loss(log_beta):
        logs = log_softmax(np.exp(log_beta) * decision, axis=1)
        return -logs[np.arange(len(y)), codes].mean()

    log_beta = minimize_scalar(loss, bounds=(-10, 10), method="bounded").x
    return softmax(np.exp(log_beta) * values, axis=1)


def test_a_vote_of_probabilities(X, y):
    members = [("small", gru(hidden_layer_sizes=3)), ("large", gru())]
    weights = [1, 3]
    vote = VotingClassifier(members, voting="soft", weights=weights).fit(X, y)
    parts = [clone(member).fit(X, y).predict_proba(X) for _, member in members]
    expected = np.average(parts, axis=0, weights=weights)
    np.testing.assert_allclose(vote.predict_proba(X), expected, rtol=1e-12)
    labels = np.unique(y)[expected.argmax(axis=1)]
    np.testing.assert_array_equal(vote.predict(X), labels)


def test_a_stack_of_probabilities(X, y):
    members = [("small", gru(hidden_layer_sizes=3)), ("large", gru())]
    stack = StackingClassifier(members, LogisticRegression(), cv=CV).fit(X, y)
    inputs = [out_of_fold(member, X, y, "predict_proba") for _, member in members]
    final = LogisticRegression().fit(np.concatenate(inputs, axis=1), y)
    seen = [clone(member).fit(X, y).predict_proba(X) for _, member in members]
    expected = final.predict_proba(np.concatenate(seen, axis=1))
    np.testing.assert_allclose(stack.predict_proba(X), expected, rtol=1e-6)


def test_several_columns_of_classes(X, y):
    both = np.column_stack([y, np.where(X[:, -1, 1] > 0, "on", "off")])
    several = MultiOutputClassifier(gru()).fit(X, both)
    for k in range(2):
        alone = gru().fit(X, both[:, k])
        np.testing.assert_array_equal(several.predict(X)[:, k], alone.predict(X))
        np.testing.assert_array_equal(
            several.predict_proba(X)[k], alone.predict_proba(X)
        )
    flat = X[:, :, 0]
    codes = (X[:, -1] > 0).astype(int)
    chain = ClassifierChain(gru(), order=[1, 0]).fit(flat, codes)
    second = gru().fit(np.column_stack([flat, codes[:, 1]]), codes[:, 0])
    first = gru().fit(flat, codes[:, 1]).predict(flat)
    expected = second.predict(np.column_stack([flat, first]))
    np.testing.assert_array_equal(chain.predict(flat)[:, 0], expected)


# States of machines, over time


def test_a_pipeline_of_windows(rng):
    X = rng.randn(90, 2) * [10, 0.1]
    y = np.array(["down", "up"])[(X[:, 0] + np.roll(X[:, 0], 1) > 0).astype(int)]
    pipeline = make_pipeline(StandardScaler(), gru(window=4, remember=True))
    pipeline.fit(X[:60], y[:60])
    scaled = StandardScaler().fit(X[:60]).transform(X)
    alone = gru(window=4).fit(scaled[:60], y[:60])
    # The windows of the first new rows reach back into those of fit.
    np.testing.assert_allclose(
        pipeline.predict_proba(X[60:]), alone.predict_proba(scaled)[60:], rtol=1e-12
    )
    found = cross_val_score(pipeline, X, y, cv=TimeSeriesSplit(2))
    expected = [
        clone(pipeline).fit(X[train], y[train]).score(X[test], y[test])
        for train, test in TimeSeriesSplit(2).split(X)
    ]
    np.testing.assert_array_equal(found, expected)


def test_states_of_several_machines(rng):
    n_rows = 60
    table = pd.DataFrame(
        {
            "machine": np.repeat(["M1", "M2", "M3"], n_rows),
            "load": rng.randn(3 * n_rows).cumsum() + np.repeat([0, 50, -50], n_rows),
        }
    )
    change = table.groupby("machine")["load"].diff().fillna(0)
    y = pd.Series(np.where(change > 0.3, "up", "down"), dtype="string")
    model = gru(window=3, group_column="machine", max_iter=12)
    model.fit(table, y)
    proba = model.predict_proba(table)
    assert model.score(table, y) > 0.8
    for name, rows in table.groupby("machine").indices.items():
        found = model.predict_proba(table.iloc[rows])
        np.testing.assert_array_equal(found, proba[rows])
        means = model.series_mean_[model.series_.index(name)]
        np.testing.assert_allclose(means, [table["load"].iloc[rows].mean()])
    # Rows may be interleaved, as long as those of a machine stay in order.
    order = np.argsort(np.tile(np.arange(n_rows), 3), kind="stable")
    mixed = table.iloc[order].reset_index(drop=True)
    np.testing.assert_array_equal(model.predict_proba(mixed), proba[order])
    with pytest.warns(UserWarning, match="M9"):
        assert set(model.predict(table.assign(machine="M9"))) <= {"up", "down"}


def test_rows_of_lags_and_of_steps_are_the_same_sequences(X, y):
    flat = X.reshape(60, -1)
    expected = gru().fit(X, y).predict_proba(X)
    found = gru(n_timesteps=5).fit(flat, y).predict_proba(flat)
    np.testing.assert_array_equal(found, expected)
    names = [f"{name}_lag_{k}" for k in range(5, 0, -1) for name in "ab"]
    table = pd.DataFrame(flat, columns=names)[sorted(names)]
    np.testing.assert_allclose(gru().fit(table, y).predict_proba(table), expected)
