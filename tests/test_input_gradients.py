"""Compare derivatives with respect to X with the complex step and differences."""

import kernels
import numpy as np
import pandas as pd
import pytest
import reference

from skgru import GRURegressor
from skgru._network._derivatives import input_gradients as kernel_input_gradients
from skgru.inspection import input_gradients

N_TIMESTEPS = 7
FIRST_STEPS = np.array([0, 6, 2, 0, 5])

every_cell = pytest.mark.parametrize("cell", kernels.CELLS)
both_directions = pytest.mark.parametrize(
    "direction", [kernels.ONE_WAY, kernels.BOTH_WAYS], ids=["one way", "both ways"]
)
# A short training on all rows: derivatives are tested, not accuracy.
SHORT = {
    "max_iter": 5,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


def exact_gradients(network, parameters, X, d_raw, sizes):
    """Complex-step derivatives of weighted raw predictions; 0 for missing steps."""
    layout = network.layout
    gradients = np.zeros_like(X)
    for row, (x, first_step) in enumerate(zip(X, FIRST_STEPS, strict=True)):

        def weighted(values, row=row, observed=x[first_step:]):
            prediction = reference.predict(
                parameters.astype(values.dtype),
                [values.reshape(observed.shape)],
                sizes,
                layout.n_outputs,
                cell=kernels.NAMES[type(network.cell)],
                bidirectional=layout.direction.n_directions == 2,
            )
            return prediction[0] @ d_raw[row]

        observed = x[first_step:]
        gradients[row, first_step:] = reference.complex_step_gradient(
            weighted, observed.ravel()
        ).reshape(observed.shape)
    return gradients


def problem(rng, sizes, cell, direction=kernels.ONE_WAY):
    network = kernels.make_network(2, sizes, 3, cell=cell, direction=direction)
    parameters = rng.randn(network.layout.n_parameters)
    X, d_raw = rng.randn(5, N_TIMESTEPS, 2), rng.randn(5, 3)
    sequences = kernels.make_examples(X, None, first_steps=FIRST_STEPS).sequences
    return network, parameters, X, sequences, d_raw


@every_cell
@both_directions
@pytest.mark.parametrize("sizes", [(4,), (2, 4, 3)])
def test_gradient_is_the_complex_step_derivative(sizes, direction, cell, rng):
    network, parameters, X, sequences, d_raw = problem(rng, sizes, cell, direction)
    gradients = kernel_input_gradients(network, parameters, sequences, d_raw)
    exact = exact_gradients(network, parameters, X, d_raw, sizes)
    np.testing.assert_allclose(
        gradients, exact, rtol=1e-9, atol=1e-13 * np.abs(exact).max()
    )


@every_cell
@pytest.mark.parametrize("n_steps", [1, 3])
def test_segments_and_threads_change_no_bit(n_steps, cell, rng, monkeypatch):
    network, parameters, X, _, _ = problem(rng, (2, 4), cell)
    X, d_raw = np.tile(X, (8, 1, 1)), rng.randn(40, 3)
    first_steps = np.tile(FIRST_STEPS, 8)
    sequences = kernels.make_examples(X, None, first_steps=first_steps).sequences
    whole = kernel_input_gradients(network, parameters, sequences, d_raw)
    kernels.cut_every(n_steps, monkeypatch)
    np.testing.assert_array_equal(
        kernel_input_gradients(network, parameters, sequences, d_raw, n_threads=2),
        whole,
    )


def test_estimator_gives_the_derivative_of_its_predictions(rng):
    X = 100 + 10 * rng.randn(30, 6, 2)
    y = 1000 * rng.randn(30, 2)
    model = GRURegressor((3, 4), **SHORT).fit(X, y)
    gradients = input_gradients(model, X)
    assert gradients.shape == (30, 6, 2, 2)
    for row in (0, 29):
        for output in range(2):

            def predicted(values, output=output):
                x = values.reshape(6, 2) - model.feature_mean_
                raw = reference.predict(
                    model._fitted.model.parameters.astype(values.dtype),
                    [x / model.feature_scale_],
                    (3, 4),
                    2,
                    cell="gru",
                )
                return (model.target_mean_ + model.target_scale_ * raw[0])[output]

            exact = reference.complex_step_gradient(predicted, X[row].ravel())
            np.testing.assert_allclose(
                gradients[row, ..., output],
                exact.reshape(6, 2),
                rtol=1e-9,
                atol=1e-12 * np.abs(exact).max(),
            )


def central_differences(model, X, places):
    """Derivatives of all predictions with respect to one number of each sample.

    Parameters
    ----------
    places : iterable of tuple
        The number to move, as an index into a sample.
    """
    step = 1e-5
    for place in places:
        up, down = X.copy(), X.copy()
        up[(slice(None), *place)] += step
        down[(slice(None), *place)] -= step
        yield place, (model.predict(up) - model.predict(down)) / (2 * step)


def check_differences(model, X):
    """Compare gradients with differences; all samples are changed at the same place."""
    gradients = input_gradients(model, X)
    assert gradients.shape == X.shape + model.predict(X).shape[1:]
    for place, expected in central_differences(model, X, np.ndindex(X.shape[1:])):
        # The error of a difference is of the order of its step squared.
        np.testing.assert_allclose(
            gradients[(slice(None), *place)],
            expected,
            rtol=1e-6,
            atol=1e-8 * np.abs(gradients).max(),
        )


OPTIONS = {
    "defaults": {},
    "not standardised": {"standardize": False},
    "reset before, both ways": {"reset_after": False, "bidirectional": True},
    "anchor": {"anchor": 1},
    "newest first": {"time_order": "newest_first"},
    "static": {"static_features": [0]},
    "static, anchor, newest first": {
        "static_features": [2],
        "anchor": 1,
        "time_order": "newest_first",
    },
    "quantiles": {"loss": "quantile", "quantile": [0.1, 0.5, 0.9]},
    "poisson": {"loss": "poisson"},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
@pytest.mark.parametrize("n_outputs", [None, 2])
def test_samples(n_outputs, options, rng):
    X = 5 + 2 * rng.randn(40, 4, 3)
    y = np.abs(X[:, -1, 0] + X[:, 0, 1] ** 2)
    if n_outputs:
        y = np.column_stack([y, np.abs(X[:, 1, 2])])
    check_differences(GRURegressor(4, **SHORT, **options).fit(X, y), X[:5])


@pytest.mark.parametrize(
    "options",
    [{}, {"anchor": 0}, {"static_features": [1, 4]}, {"time_order": "newest_first"}],
)
def test_rows_of_several_features_at_each_step(options, rng):
    X = rng.randn(40, 8)
    model = GRURegressor(4, n_timesteps=3 if "static_features" in options else 4)
    model.set_params(**SHORT, **options).fit(X, X[:, 0] * X[:, 3])
    check_differences(model, X[:5])


def test_lags_stand_in_the_columns_of_their_names(rng):
    names = ["month", "lag_2", "lag_1", "lag_3"]
    X = pd.DataFrame(rng.randn(60, 4), columns=names)
    y = X["lag_1"] - 0.5 * X["lag_3"] + 0.1 * X["month"]
    model = GRURegressor(4, **SHORT).fit(X, y)
    gradients = input_gradients(model, X)
    step = 1e-5
    for j, name in enumerate(names):
        up, down = X.copy(), X.copy()
        up[name] += step
        down[name] -= step
        expected = (model.predict(up) - model.predict(down)) / (2 * step)
        np.testing.assert_allclose(gradients[:, j], expected, rtol=1e-6, atol=1e-8)


def check_windows(model, X, window, columns, series):
    """Compare gradients with differences that change one row of the table at a time.

    A row is part of the windows of the rows that follow it in its series. `series` says
    for each row which series it belongs to.
    """
    gradients = input_gradients(model, X)
    values = X.to_numpy(copy=True)
    assert gradients.shape[:3] == (len(X), window, X.shape[1])
    step = 1e-5
    for row in range(len(X)):
        for j in columns:
            moved = []
            for sign in (1, -1):
                changed = values.copy()
                changed[row, j] += sign * step
                changed = pd.DataFrame(changed, X.index, X.columns)
                moved.append(model.predict(changed))
            expected = (moved[0] - moved[1]) / (2 * step)
            found = np.zeros_like(expected)
            behind = np.flatnonzero(series[row:] == series[row])[:window] + row
            for n_later, other in enumerate(behind):
                found[other] = gradients[other, window - 1 - n_later, j]
            np.testing.assert_allclose(
                found, expected, rtol=1e-6, atol=1e-8 * np.abs(gradients).max()
            )


@pytest.mark.parametrize(
    "options",
    [
        {"remember": True},
        {"anchor": "a"},
        {"static_features": ["b"]},
        {"window": 20},
        {"bidirectional": True, "hidden_layer_sizes": (3, 2)},
    ],
)
def test_windows_of_a_series(options, rng):
    X = pd.DataFrame(10 + rng.randn(60, 2), columns=["a", "b"])
    y = X["a"].shift(2, fill_value=10.0)
    options = {"window": 5, "hidden_layer_sizes": 4, **options}
    model = GRURegressor(**SHORT, **options).fit(X[:45], y[:45])
    check_windows(model, X[45:], options["window"], [0, 1], np.zeros(15))


@pytest.mark.parametrize("standardize", [True, "pooled"])
@pytest.mark.parametrize("options", [{}, {"anchor": "a"}, {"static_features": "b"}])
def test_windows_of_several_series(options, standardize, rng):
    X = pd.DataFrame(
        {
            "a": np.concatenate([rng.randn(40), 50 + 10 * rng.randn(40)]),
            "place": np.repeat([3.0, 7.0], 40),
            "b": rng.randn(80),
        }
    ).sample(frac=1, random_state=0)
    X = X.loc[sorted(X.index, key=lambda i: (i % 40, i))].reset_index(drop=True)
    y = X.groupby("place")["a"].shift(1, fill_value=0.0)
    model = GRURegressor(
        4, window=3, group_column="place", standardize=standardize, **SHORT, **options
    )
    model.fit(X, y)
    check_windows(model, X[:20], 3, [0, 2], X["place"].to_numpy()[:20])
    # The column that names the series has no influence.
    assert not input_gradients(model, X[:20])[:, :, 1].any()


def test_missing_steps_have_no_influence(rng):
    X = rng.randn(40, 6, 2)
    X[::2, :3] = np.nan
    y = X[:, -1, 0]
    model = GRURegressor(4, **SHORT).fit(X, y)
    gradients = input_gradients(model, X)
    assert not gradients[::2, :3].any()
    alone = input_gradients(model, X[::2, 3:])
    np.testing.assert_allclose(gradients[::2, 3:], alone, rtol=1e-12)


def test_single_precision_is_close_to_double(rng):
    X = rng.randn(40, 6, 2)
    model = GRURegressor(4, **SHORT).fit(X, X[:, 2, 0])
    single = GRURegressor(4, **SHORT).fit(X.astype(np.float32), X[:, 2, 0])
    single._fitted.model.parameters[:] = model._fitted.model.parameters
    gradients = input_gradients(single, X.astype(np.float32))
    assert gradients.dtype == np.float32
    np.testing.assert_allclose(gradients, input_gradients(model, X), rtol=0, atol=1e-5)
