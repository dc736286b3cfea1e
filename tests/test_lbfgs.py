"""L-BFGS: the gradient over all rows, and its use as a solver of an estimator."""

import kernels
import numpy as np
import pytest

from skgru import GRURegressor
from skgru._network._dropout import NoDropout
from skgru._training._epoch import Objective
from skgru._training._lbfgs import LBFGS, _FullObjective
from skgru._training._losses._squared_error import SquaredError
from skgru._training._problem import Problem, TrainingState


def fitted(X, y, weights=None, **parameters):
    settings = {
        "hidden_layer_sizes": 3,
        "solver": "lbfgs",
        "max_iter": 20,
        "n_iter_no_change": None,
        "early_stopping": False,
        "random_state": 0,
    }
    return GRURegressor(**(settings | parameters)).fit(X, y, weights)


@pytest.fixture
def data(rng):
    X = rng.randn(60, 4)
    return X, np.sin(X).sum(axis=1) + 0.1 * rng.randn(60)


def test_gradient_of_many_rows_is_that_of_one_large_shard(dtype, rng):
    X = rng.randn(600, 5, 2).astype(dtype)
    y = rng.randn(600, 2).astype(dtype)
    weights = rng.uniform(0.1, 3, size=600).astype(dtype)
    alpha = 7.0
    network = kernels.make_network(2, (4,), 2, cell="gru", dtype=dtype)
    parameters = rng.randn(network.layout.n_parameters).astype(dtype)
    examples = kernels.make_examples(X, y, weights)
    loss, gradient = kernels.loss_and_gradient_of(network, parameters, examples)
    penalised = parameters[: network.layout.n_weights].astype(float)
    loss += alpha * (penalised**2).sum() / weights.sum()
    gradient = gradient.astype(float)
    gradient[: penalised.size] += 2 * alpha * penalised / weights.sum()
    objective = Objective(
        SquaredError(), LBFGS(), np.ones(2), alpha, 1.0, 600, NoDropout()
    )
    state = TrainingState(parameters, np.zeros((0, parameters.size), dtype), 0)
    problem = Problem(network, objective, examples, None)
    whole = _FullObjective(problem, state)
    with whole.runner:
        found_loss, found_gradient = whole(parameters.astype(float))
    # The two gradients add up 600 rows in different orders.
    eps = np.finfo(dtype).eps
    np.testing.assert_allclose(found_loss, loss, rtol=100 * eps)
    size = np.abs(gradient).max()
    np.testing.assert_allclose(found_gradient, gradient, atol=100 * eps * size)


def test_the_curve_is_the_loss_after_each_iteration(data):
    X, y = data
    weights = np.linspace(0.5, 2, 60)
    model = fitted(X, y, weights, alpha=0.1)
    errors = (model.predict(X) - y) ** 2
    np.testing.assert_allclose(
        model.loss_curve_[-1], np.average(errors, weights=weights), rtol=1e-10
    )
    assert (np.diff(model.loss_curve_) < 0).mean() > 0.9
    assert np.isnan(model.history_["learning_rate"]).all()


def test_it_ends_where_no_step_helps(data):
    X, y = data
    model = fitted(X[:8], y[:8], alpha=1.0, max_iter=5000)
    assert model.stop_reason_ == "no_improvement"
    assert model.n_iter_ < 5000
    loss = model.loss_curve_[-1] + model.target_scale_[0] ** 2 / 8 * sum(
        (part**2).sum()
        for name in ("kernels_", "recurrent_kernels_", "coefs_")
        for part in getattr(model, name)
    )
    # At a minimum, a step in any direction makes the loss larger.
    rng = np.random.RandomState(1)
    start = model._fitted.model.parameters.copy()
    for _ in range(20):
        model._fitted.model.parameters[:] = start + 1e-3 * rng.randn(start.size)
        moved = ((model.predict(X[:8]) - y[:8]) ** 2).mean()
        moved += (
            model.target_scale_[0] ** 2
            / 8
            * sum(
                (part**2).sum()
                for name in ("kernels_", "recurrent_kernels_", "coefs_")
                for part in getattr(model, name)
            )
        )
        assert moved > loss


def test_results_are_the_same_for_all_numbers_of_threads(rng):
    X, y = rng.randn(300, 4), rng.randn(300)
    np.testing.assert_array_equal(
        fitted(X, y).predict(X), fitted(X, y, n_jobs=2).predict(X)
    )


def test_warm_start_goes_on_from_the_weights(data):
    X, y = data
    model = fitted(X, y, warm_start=True)
    first = list(model.loss_curve_)
    model.fit(X, y)
    assert model.loss_curve_[:20] == first
    assert model.loss_curve_[20] < first[-1]


def test_early_stopping_keeps_what_so_many_iterations_give(data):
    X, y = data
    settings = {"early_stopping": True, "validation_fraction": 0.3}
    stopped = fitted(X, y, max_iter=200, n_iter_no_change=5, **settings)
    n_best = int(np.argmin(stopped.validation_loss_curve_)) + 1
    assert n_best < stopped.n_iter_
    plain = fitted(X[:42], y[:42], max_iter=n_best)
    np.testing.assert_array_equal(stopped.predict(X), plain.predict(X))


def test_there_is_no_partial_fit(data):
    model = GRURegressor(solver="lbfgs")
    assert not hasattr(model, "partial_fit")
    with pytest.raises(AttributeError, match="partial_fit"):
        model.partial_fit(*data)
