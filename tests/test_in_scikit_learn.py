"""GRURegressor inside scikit-learn's meta-estimators, searches and inspections.

The result of each is compared with the same computation in an explicit loop.
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import StackingRegressor
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import (
    PartialDependenceDisplay,
    partial_dependence,
    permutation_importance,
)
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import (
    HalvingGridSearchCV,
    KFold,
    TimeSeriesSplit,
    learning_curve,
)
from sklearn.multioutput import MultiOutputRegressor, RegressorChain

from skgru import GRURegressor


def gru(**parameters):
    return GRURegressor(
        **{
            "hidden_layer_sizes": 8,
            "max_iter": 5,
            "n_iter_no_change": None,
            "early_stopping": False,
            "random_state": 0,
            **parameters,
        }
    )


@pytest.fixture
def sequences(rng):
    """60 sequences of 5 steps of 2 features, and two targets."""
    X = rng.randn(60, 5, 2)
    return X, X[:, -1] + 0.5 * X[:, -2] + 0.1 * rng.randn(60, 2)


@pytest.fixture
def rows(rng):
    """60 consecutive rows of 3 features, and two targets."""
    X = rng.randn(60, 3)
    return X, X[:, :2] + 0.5 * np.roll(X[:, 1:], 1, axis=0)


# Several targets


@pytest.mark.parametrize("parameters", [{}, {"n_timesteps": 5}, {"window": 4}])
def test_a_network_for_each_target(parameters, sequences, rows):
    X, y = rows if "window" in parameters else sequences
    if "n_timesteps" in parameters:
        X = X.reshape(len(X), -1)
    found = MultiOutputRegressor(gru(**parameters)).fit(X, y).predict(X)
    for k in range(2):
        alone = gru(**parameters).fit(X, y[:, k])
        np.testing.assert_array_equal(found[:, k], alone.predict(X))


@pytest.mark.parametrize("parameters", [{}, {"window": 4}])
def test_a_chain_of_targets(parameters, rows):
    """The previous target is added as a column: as newest step, or as a feature."""
    X, y = rows
    chain = RegressorChain(gru(**parameters), order=[1, 0]).fit(X[:40], y[:40])
    found = chain.predict(X[40:])
    first = gru(**parameters).fit(X[:40], y[:40, 1])
    second = gru(**parameters).fit(np.column_stack([X[:40], y[:40, 1]]), y[:40, 0])
    expected = first.predict(X[40:])
    np.testing.assert_array_equal(found[:, 1], expected)
    expected = second.predict(np.column_stack([X[40:], expected]))
    np.testing.assert_array_equal(found[:, 0], expected)


def test_a_chain_cannot_add_a_column_to_steps_of_several_features(sequences):
    X, y = sequences
    with pytest.raises(ValueError, match="n_timesteps=5 does not divide the 11 col"):
        RegressorChain(gru(n_timesteps=5)).fit(X.reshape(60, 10), y)


# Stacking


def test_stacking_of_sequences(sequences):
    X, y = sequences[0], sequences[1][:, 0]
    cv = KFold(3)
    members = [("small", gru(hidden_layer_sizes=3)), ("large", gru())]
    stack = StackingRegressor(members, final_estimator=Ridge(), cv=cv).fit(X, y)
    out_of_fold = np.empty((60, 2))
    for k, (_, member) in enumerate(members):
        for train, test in cv.split(X):
            fitted = clone(member).fit(X[train], y[train])
            out_of_fold[test, k] = fitted.predict(X[test])
    final = Ridge().fit(out_of_fold, y)
    expected = final.predict(
        np.column_stack([clone(member).fit(X, y).predict(X) for _, member in members])
    )
    np.testing.assert_allclose(stack.predict(X), expected, rtol=1e-10)


def test_stacking_of_fitted_windows_beside_another_model(rows):
    X, y = rows[0], rows[1][:, 0]
    windows = gru(window=4, remember=True).fit(X[:30], y[:30])
    ridge = Ridge().fit(X[:30], y[:30])
    stack = StackingRegressor(
        [("gru", windows), ("ridge", ridge)], final_estimator=Ridge(), cv="prefit"
    ).fit(X[30:], y[30:])
    members = np.column_stack([windows.predict(X[30:]), ridge.predict(X[30:])])
    expected = Ridge().fit(members, y[30:]).predict(members)
    np.testing.assert_allclose(stack.predict(X[30:]), expected, rtol=1e-10)
    # In the stack, the network remembers the rows of fit.
    together = gru(window=4).fit(X[:30], y[:30]).predict(X)[30:]
    np.testing.assert_allclose(members[:, 0], together, rtol=1e-10)


def test_a_frozen_estimator_is_not_trained_again(sequences, rows):
    for parameters, (X, y) in (
        ({}, sequences),
        ({"window": 4, "remember": True}, rows),
    ):
        fitted = gru(**parameters).fit(X[:40], y[:40])
        expected = fitted.predict(X[40:])
        frozen = clone(FrozenEstimator(fitted)).fit(X[40:], -y[40:])
        np.testing.assert_array_equal(frozen.predict(X[40:]), expected)
        assert frozen.score(X[40:], y[40:]) == r2_score(y[40:], expected)


# Searches and curves


@pytest.mark.parametrize("kind", ["sequences", "rows"])
def test_a_search_by_successive_halving_of_epochs(kind, request):
    X, y = request.getfixturevalue(kind)
    parameters = {"window": 3, "remember": True} if kind == "rows" else {}
    cv = TimeSeriesSplit(2)
    search = HalvingGridSearchCV(
        gru(**parameters),
        {"learning_rate_init": [0.001, 0.01], "hidden_layer_sizes": [2, 6]},
        resource="max_iter",
        min_resources=2,
        max_resources=8,
        factor=2,
        cv=cv,
    ).fit(X, y)
    candidates = list(itertools.product([2, 6], [0.001, 0.01]))
    results = search.cv_results_
    tried = list(zip(results["iter"], results["params"], strict=True))
    for round_, max_iter in enumerate((2, 4, 8)):
        scores = {}
        for n, rate in candidates:
            model = gru(
                **parameters,
                hidden_layer_sizes=n,
                learning_rate_init=rate,
                max_iter=max_iter,
            )
            scores[n, rate] = np.mean(
                [
                    clone(model).fit(X[train], y[train]).score(X[test], y[test])
                    for train, test in cv.split(X)
                ]
            )
        found = {
            (p["hidden_layer_sizes"], p["learning_rate_init"]): score
            for (i, p), score in zip(tried, results["mean_test_score"], strict=True)
            if i == round_
        }
        assert found == pytest.approx(scores)
        # The better half of the candidates goes on.
        candidates = sorted(scores, key=scores.get)[-max(1, len(scores) // 2) :]
    assert results["iter"].tolist() == [0, 0, 0, 0, 1, 1, 2]
    (n, rate), best = candidates[0], search.best_params_
    assert (best["hidden_layer_sizes"], best["learning_rate_init"]) == (n, rate)
    assert search.best_estimator_.n_iter_ == 8


def test_halving_the_rows_of_a_window_takes_them_apart_and_is_noticed(rows):
    """The search draws rows at random; their index shows that they are not in order."""
    X = pd.DataFrame(rows[0], columns=["a", "b", "c"])
    search = HalvingGridSearchCV(
        gru(window=3), {"hidden_layer_sizes": [2, 4]}, cv=KFold(2), random_state=0
    )
    with pytest.warns(UserWarning, match="index of X does not rise"):
        search.fit(X, rows[1])


@pytest.mark.parametrize("kind", ["sequences", "rows"])
def test_learning_curves(kind, request):
    X, y = request.getfixturevalue(kind)
    model = gru(window=4, remember=True) if kind == "rows" else gru()
    cv = TimeSeriesSplit(2, test_size=10)
    sizes, train_scores, test_scores = learning_curve(
        model, X, y, cv=cv, train_sizes=[20, 40]
    )
    assert sizes.tolist() == [20, 40]
    for i, size in enumerate(sizes):
        for j, (train, test) in enumerate(cv.split(X)):
            train = train[:size]
            fitted = clone(model).fit(X[train], y[train])
            assert train_scores[i, j] == fitted.score(X[train], y[train])
            assert test_scores[i, j] == fitted.score(X[test], y[test])


# Inspection


def inspected(rows, parameters):
    X, y = rows[0].copy(), rows[1][:, 0]
    X[:, 2] = np.arange(60) % 4
    return X, y, gru(**parameters).fit(X, y)


PARAMETERS = [{}, {"static_features": [2]}, {"window": 3}]


@pytest.mark.parametrize("parameters", PARAMETERS)
def test_permutation_importance(parameters, rows):
    X, y, model = inspected(rows, parameters)
    seen = []

    def score(model, X, y):
        seen.append(X.copy())
        return model.score(X, y)

    result = permutation_importance(
        model, X, y, scoring=score, n_repeats=3, random_state=0
    )
    assert len(seen) == 1 + 3 * 3
    baseline = r2_score(y, model.predict(X))
    found = iter(result.importances.ravel())
    for k, permuted in enumerate(seen[1:]):
        column = k // 3
        changed = np.flatnonzero((permuted != X).any(axis=0))
        assert changed.tolist() == [column]
        np.testing.assert_array_equal(
            np.sort(permuted[:, column]), np.sort(X[:, column])
        )
        expected = baseline - r2_score(y, model.predict(permuted))
        assert next(found) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("parameters", PARAMETERS)
def test_partial_dependence(parameters, rows):
    X, _, model = inspected(rows, parameters)

    def by_hand(column, value):
        changed = X.copy()
        changed[:, column] = value
        return model.predict(changed)

    for column in range(3):
        found = partial_dependence(model, X, [column], kind="both", grid_resolution=5)
        for k, value in enumerate(found["grid_values"][0]):
            expected = by_hand(column, value)
            np.testing.assert_allclose(found["individual"][0][:, k], expected)
            assert found["average"][0, k] == pytest.approx(expected.mean())
    display = PartialDependenceDisplay.from_estimator(model, X, [0, 2])
    for column, line in zip((0, 2), display.lines_.ravel(), strict=True):
        values, averages = line.get_data()
        expected = [by_hand(column, value).mean() for value in values]
        np.testing.assert_allclose(averages, expected)
