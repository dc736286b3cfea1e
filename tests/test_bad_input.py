"""Each error message says what was passed, what is wanted and how to mend it."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from skgru import SGD, Adam, GRURegressor

QUICK = {"hidden_layer_sizes": 2, "max_iter": 2, "n_iter_no_change": None}


def model(**parameters):
    return GRURegressor(**(QUICK | {"random_state": 0} | parameters))


X2 = np.arange(24.0).reshape(6, 4)
X3 = np.arange(48.0).reshape(6, 4, 2)
Y = np.arange(6.0)


def altered(array, place, value):
    changed = array.copy()
    changed[place] = value
    return changed


@pytest.mark.parametrize(
    ("parameters", "X", "y", "message"),
    [
        ({}, X2[:, 0], Y, "(?s)Expected 2D array, got 1D array instead.*Reshape"),
        ({}, X3[np.newaxis], Y[:1], "X has 4 dimensions, but 2 or 3 are wanted"),
        ({"window": 2}, X3, Y, "X is 3-D.*window=2 has no meaning. Pass window=None"),
        ({"n_timesteps": 4}, X3, Y, "n_timesteps=4 has no meaning"),
        ({"n_timesteps": 3}, X2, Y, "n_timesteps=3 does not divide the 4 columns"),
        ({"window": 2, "n_timesteps": 2}, X2, Y, "exclude each other.*Pass one"),
        ({"remember": True}, X2, Y, "remember=True needs window="),
        (
            {"window": 2, "time_order": "newest_first"},
            X2,
            Y,
            "newest_first' cannot be combined with window.*Reverse the rows",
        ),
        ({}, altered(X2, (1, 2), np.nan), Y, "Input X contains NaN"),
        ({}, altered(X2, (1, 2), np.inf), Y, "Input X contains infinity"),
        ({"window": 2}, altered(X2, (3, 1), np.nan), Y, "NaN in row 3 at step 1 of 2"),
        ({"window": 2}, altered(X2, 3, np.nan), Y, "NaN in row 3 at step 1 of 2"),
        ({}, altered(X3, (2, 1), np.nan), Y, "NaN in row 2 at step 1 of 4"),
        (
            {},
            altered(X3, (2, 1, 0), np.inf),
            Y,
            "infinity, or a value .* in row 2 at step 1 of 4",
        ),
        (
            {"n_timesteps": 2},
            altered(X2, (4, 3), np.nan),
            Y,
            "NaN in row 4 at step 1 of 2",
        ),
        ({}, X2, altered(Y, 3, np.nan), "Input y contains NaN"),
        ({}, X2, None, "requires y to be passed"),
        ({}, X2, np.zeros((6, 1, 1, 1)), r"y has shape \(6, 1, 1, 1\).*Reshape y"),
        ({}, X2, Y[:5], "inconsistent numbers of samples"),
        ({}, X2[:0], Y[:0], r"Found array with 0 sample\(s\)"),
        ({}, X3[:0], Y[:0], "0 sample"),
        ({}, X3[:, :0], Y, "at least one sample, one step and one feature"),
        ({"window": 3}, X2[:0], Y[:0], r"Found array with 0 sample\(s\)"),
        ({}, X2.astype(str).astype(object), list("abcdef"), "could not convert"),
        ({}, [["a", "b"]] * 6, Y, "could not convert|Unable to convert"),
        ({"hidden_layer_sizes": ()}, X2, Y, "hidden_layer_sizes must hold.*Got"),
        ({"hidden_layer_sizes": (5, 0)}, X2, Y, "hidden_layer_sizes must hold.*Got"),
        ({"hidden_layer_sizes": (5, 2.5)}, X2, Y, "hidden_layer_sizes must hold.*Got"),
        ({"anchor": 1}, X2, Y, r"anchor=1 is not the index.*1 feature\(s\).*Pass 0"),
        ({"anchor": "x"}, X2, Y, "have no names here; pass the index"),
        (
            {"anchor": "x", "window": 2},
            pd.DataFrame(X2, columns=list("abcd")),
            Y,
            r"'x' is not the name of a feature of X. The features are \['a', 'b'",
        ),
        ({"loss": "quantile"}, X2, Y, "needs quantile=: a number.*Got None"),
        (
            {"loss": "quantile", "quantile": [0.9, 0.1]},
            X2,
            Y,
            r"in rising order.*Got \[0.9, 0.1\]",
        ),
        ({"loss": "quantile", "quantile": [0.5, 1]}, X2, Y, "between 0 and 1, or"),
        ({"loss": "quantile", "quantile": []}, X2, Y, r"Got \[\] instead"),
        (
            {"loss": "huber", "huber_delta": [1.0, 2.0]},
            X2,
            Y,
            r"one for each of the 1 output\(s\), or None.*Got \[1.0, 2.0\]",
        ),
        (
            {"solver": "lbfgs", "dropout": 0.1},
            X2,
            Y,
            "dropout=0.1 with recurrent_dropout=0.0 draws another.*Set both to 0",
        ),
        ({"loss": "huber", "huber_delta": [0]}, X2, Y, "must be a positive number"),
        ({"loss": "poisson"}, X2, -Y, "y must be 0 or more.*Its lowest value is -5,"),
        ({"loss": "poisson"}, X2, 0 * Y, "not 0 everywhere"),
        (
            {"loss": "poisson", "anchor": 0},
            X2,
            Y,
            "'poisson' predicts the logarithm of the mean, and anchor=0.*Set anchor",
        ),
    ],
)
def test_fit_refuses(parameters, X, y, message):
    with pytest.raises(ValueError, match=message):
        model(**parameters).fit(X, y)


def test_sparse_input_is_refused():
    with pytest.raises(TypeError, match="Sparse data was passed.*dense"):
        model().fit(scipy.sparse.csr_array(X2), Y)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.zeros(6), "zero for all rows|at least one"),
        (-np.ones(6), "[Nn]egative values in data passed to `sample_weight`"),
        (np.ones(5), "sample_weight.shape"),
        (np.full(6, np.nan), "sample_weight contains NaN"),
    ],
)
def test_weights_are_refused(weights, message):
    with pytest.raises(ValueError, match=message):
        model().fit(X2, Y, sample_weight=weights)


@pytest.mark.parametrize(
    ("parameters", "validation", "message"),
    [
        ({}, {"X_val": X2}, "X_val was passed without y_val"),
        ({}, {"y_val": Y}, "y_val was passed without X_val"),
        ({}, {"sample_weight_val": Y}, "without X_val and y_val. Pass all three"),
        (
            {"validation_fraction": 0.2},
            {"X_val": X2, "y_val": Y},
            "together with validation_fraction=0.2.*validation_fraction=None",
        ),
        (
            {},
            {"X_val": X2[:, :3], "y_val": Y},
            r"validation set \(X_val, y_val\): X has 3 features.*expecting 4",
        ),
        ({}, {"X_val": X2, "y_val": Y[:, None] * [1, 1]}, "y_val has 2 output"),
        ({}, {"X_val": X2, "y_val": altered(Y, 0, np.nan)}, "Input y_val contains NaN"),
        (
            {},
            {"X_val": X2, "y_val": Y, "sample_weight_val": np.zeros(6)},
            "zero for all rows|at least one",
        ),
    ],
)
def test_validation_rows_are_refused(parameters, validation, message):
    with pytest.raises(ValueError, match=message):
        model(**parameters).fit(X2, Y, **validation)


@pytest.mark.parametrize(
    ("parameters", "fitted", "X", "message"),
    [
        ({}, X2, X2[:, :3], "X has 3 features, but GRURegressor is expecting 4"),
        ({}, X3, X3[:, :, :1], "X has 1 features in its last axis.*expecting 2"),
        ({}, X3, X2[:, :2], r"X is 2-D, but GRURegressor was fitted on a 3-D X"),
        ({}, X2, X3, r"X is 3-D, but GRURegressor was fitted on a 2-D X"),
        ({}, X2, X2[:, 0], "Expected 2D array, got 1D array"),
        ({"window": 2}, X2, altered(X2, (1, 1), np.nan), "NaN in row 1 at step 1 of 2"),
    ],
)
def test_predict_refuses(parameters, fitted, X, message):
    with pytest.raises(ValueError, match=message):
        model(**parameters).fit(fitted, Y).predict(X)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_layer_sizes", 0),
        ("hidden_layer_sizes", "50"),
        ("window", 0),
        ("remember", "yes"),
        ("n_timesteps", 0),
        ("time_order", "newest"),
        ("loss", "squared"),
        ("anchor", 1.5),
        ("standardize", None),
        ("reset_after", "after"),
        ("gate_init", "orthogonal"),
        ("solver", "rmsprop"),
        ("learning_rate_init", 0.0),
        ("batch_size", 0),
        ("batch_size", "full"),
        ("max_iter", 0),
        ("shuffle", "no"),
        ("alpha", -1.0),
        ("clip_norm", 0.0),
        ("early_stopping", "yes"),
        ("validation_fraction", 1.0),
        ("validation_fraction", 0.0),
        ("n_iter_no_change", 0),
        ("tol", -1e-3),
        ("warm_start", "yes"),
        ("verbose", "loud"),
        ("random_state", "seed"),
    ],
)
def test_parameters_out_of_range_are_refused(name, value):
    with pytest.raises(
        ValueError, match=f"The '{name}' parameter of GRURegressor must"
    ):
        model(**{name: value}).fit(X2, Y)
    # Also where training goes on, of which scikit-learn checks the first call only.
    fitted = model(window=2).fit(X2, Y)
    before = fitted.predict(X2)
    with pytest.raises(
        ValueError, match=f"The '{name}' parameter of GRURegressor must"
    ):
        fitted.set_params(**{name: value}).partial_fit(X2, Y)
    fitted.set_params(**{name: model(window=2).get_params()[name]})
    np.testing.assert_array_equal(fitted.predict(X2), before)


@pytest.mark.parametrize(
    ("solver", "message"),
    [
        (Adam(beta_1=1.0), "The 'beta_1' parameter of Adam must"),
        (Adam(beta_2=-0.1), "The 'beta_2' parameter of Adam must"),
        (Adam(epsilon=0.0), "The 'epsilon' parameter of Adam must"),
        (SGD(momentum=1.1), "The 'momentum' parameter of SGD must"),
        (SGD(nesterov="yes"), "The 'nesterov' parameter of SGD must"),
    ],
)
def test_solvers_coefficients_out_of_range_are_refused(solver, message):
    with pytest.raises(ValueError, match=message):
        model(solver=solver).fit(X2, Y)


def test_columns_of_a_data_frame_read_as_time_warn_with_both_cures():
    X = pd.DataFrame(X2, columns=["sun", "rain", "wind", "snow"])
    with pytest.warns(UserWarning, match=r"4 columns of X \(sun, rain, wind, …\)") as w:
        model().fit(X, Y)
    assert "window=" in str(w[0].message)
    assert "n_timesteps=4" in str(w[0].message)
    assert w[0].filename == __file__
    # Each way to avoid the warning works: a warning would be an error in this test.
    for cure in ({"window": 2}, {"n_timesteps": 4}, {"time_order": "oldest_first"}):
        model(**cure).fit(X, Y)
    model().fit(X[["sun"]], Y)


def test_too_few_rows_to_hold_out_warn_and_train():
    with pytest.warns(UserWarning, match="X has 1 row.*too few to hold out") as w:
        found = model(early_stopping=True).fit(X2[:1], Y[:1])
    assert w[0].filename == __file__
    assert found.validation_loss_curve_ == []
    assert found.n_iter_ == 2


def test_a_loss_that_stops_being_finite_keeps_the_best_weights():
    # One step of 1e300 makes weights that overflow in the next epoch.
    unstable = model(
        learning_rate_init=1e300, max_iter=50, solver="sgd", clip_norm=None
    )
    with pytest.warns(UserWarning, match="stopped being finite in epoch .*lower") as w:
        unstable.fit(X2, Y)
    assert "clip_norm=1.0" in str(w[0].message)
    assert w[0].filename == __file__
    assert unstable.stop_reason_ == "non_finite_loss"
    assert unstable.n_iter_ < 50
    # The model predicts about as well as an untrained one, not with exploded weights.
    assert np.abs(unstable.predict(X2) - Y.mean()).max() < 10 * Y.std()


def test_warm_start_refuses_another_network():
    warm = model(warm_start=True).fit(X2, Y)
    with pytest.raises(ValueError, match="differ from the fitted network's"):
        warm.set_params(hidden_layer_sizes=3).fit(X2, Y)
    with pytest.raises(ValueError, match="bidirectional=True differ from .* and False"):
        warm.set_params(hidden_layer_sizes=2, bidirectional=True).fit(X2, Y)
    warm.set_params(bidirectional=False)
    with pytest.raises(ValueError, match="y has 2 output.*expecting 1"):
        warm.set_params(hidden_layer_sizes=2).fit(X2, Y[:, None] * [1, 1])


def test_training_cannot_go_on_with_another_reading_of_x():
    for parameters in ({"window": 3}, {"anchor": 0}, {"standardize": False}):
        warm = model(window=2, warm_start=True).fit(X2, Y)
        warm.set_params(**parameters)
        with pytest.raises(ValueError, match="cannot change while it goes on. Set"):
            warm.fit(X2, Y)
        with pytest.raises(ValueError, match="cannot change while it goes on"):
            warm.partial_fit(X2, Y)


def test_training_cannot_go_on_with_another_meaning_of_its_predictions():
    warm = model(loss="quantile", quantile=[0.1, 0.9], warm_start=True).fit(X2, Y)
    for parameters in ({"quantile": [0.2, 0.9]}, {"quantile": 0.1}, {"loss": "huber"}):
        with pytest.raises(ValueError, match="loss and quantile are .* cannot change"):
            warm.set_params(**parameters).fit(X2, Y)
    warm.set_params(loss="squared_error", quantile=None)
    assert warm.predict(X2).shape == (6, 2)
    np.testing.assert_array_equal(warm.quantiles_, [0.1, 0.9])


def test_only_training_counts_must_not_all_be_zero():
    counts = model(loss="poisson")
    counts.fit(X2, Y, X_val=X2[:3], y_val=np.zeros(3))
    assert counts.validation_loss_curve_[-1] > 0
    assert np.isfinite(counts.partial_fit(X2, 0 * Y).predict(X2)).all()
    with pytest.raises(ValueError, match="y_val must be 0 or more.*lowest value is -1"):
        counts.fit(X2, Y, X_val=X2[:3], y_val=-np.ones(3))


def test_predict_reads_x_as_fit_did_whatever_was_set_since():
    fitted = model(window=2).fit(X2, Y)
    before = fitted.predict(X2)
    fitted.set_params(window=5, time_order="newest_first", remember=True, anchor=0)
    np.testing.assert_array_equal(fitted.predict(X2), before)


@pytest.mark.parametrize("size", [1e-310, 1e307])
def test_weights_that_cannot_be_computed_with_are_refused(size):
    with pytest.raises(ValueError, match="beyond what float64.*Divide the weights"):
        model().fit(X2, Y, sample_weight=np.full(6, size))


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_very_small_and_large_values_train_like_others(size):
    fitted = model(max_iter=50).fit(X2 * size, Y * size)
    np.testing.assert_allclose(
        fitted.predict(X2 * size) / size, model(max_iter=50).fit(X2, Y).predict(X2)
    )


def test_summary_before_fit_says_so():
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError, match="Call 'fit'"):
        model().summary()
