"""Compare WindowTransformer with a naive loop, and use it in pipelines."""

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.model_selection import TimeSeriesSplit, cross_validate
from sklearn.pipeline import make_pipeline

from skgru import GRURegressor, WindowTransformer


def naive_windows(X, window, before):
    """Window of each row as a list of rows; `before` gives what precedes row 0."""
    rows = [*before, *X]
    return np.array(
        [
            rows[len(before) + t - window + 1 : len(before) + t + 1]
            for t in range(len(X))
        ]
    )


@pytest.mark.parametrize("initial", ["nan", "edge"])
@pytest.mark.parametrize("window", [1, 3, 12])
def test_windows_are_this_row_and_those_before(window, initial, rng):
    X = rng.randn(8, 2)
    first = np.full(2, np.nan) if initial == "nan" else X[0]
    expected = naive_windows(X, window, [first] * (window - 1))
    found = WindowTransformer(window, initial=initial).fit_transform(X)
    np.testing.assert_array_equal(found, expected)
    flat = WindowTransformer(window, initial=initial, flatten=True).fit_transform(X)
    np.testing.assert_array_equal(flat, expected.reshape(8, -1))


def test_windows_are_a_read_only_view_of_one_copy(rng, dtype):
    X = rng.randn(1000, 2).astype(dtype)
    windows = WindowTransformer(50).fit_transform(X)
    assert windows.dtype == dtype
    assert windows.base is not None
    assert not windows.flags.writeable
    lowest, highest = np.lib.array_utils.byte_bounds(windows)
    assert highest - lowest == (1000 + 49) * 2 * windows.itemsize


def test_remembered_rows_precede_new_ones_but_not_those_of_fit(rng):
    X = rng.randn(20, 2)
    transformer = WindowTransformer(5, remember=True).fit(X[:12])
    missing = [np.full(2, np.nan)] * 4
    np.testing.assert_array_equal(
        transformer.transform(X[:12]), naive_windows(X[:12], 5, missing)
    )
    np.testing.assert_array_equal(
        transformer.transform(X[12:]), naive_windows(X[12:], 5, X[8:12])
    )


def test_fewer_remembered_rows_than_the_window_needs(rng):
    X = rng.randn(6, 1)
    transformer = WindowTransformer(5, remember=True).fit(X[:2])
    expected = naive_windows(X[2:], 5, [[np.nan], [np.nan], *X[:2]])
    np.testing.assert_array_equal(transformer.transform(X[2:]), expected)
    edge = WindowTransformer(5, remember=True, initial="edge").fit(X[:2])
    expected = naive_windows(X[2:], 5, [X[0], X[0], *X[:2]])
    np.testing.assert_array_equal(edge.transform(X[2:]), expected)


def test_flat_columns_are_named_by_their_lag():
    X = pd.DataFrame({"sun": [1.0, 2, 3], "rain": [4.0, 5, 6]})
    transformer = WindowTransformer(3, flatten=True).set_output(transform="pandas")
    found = transformer.fit_transform(X)
    assert list(found) == [
        f"{name}_lag_{lag}" for lag in (2, 1, 0) for name in ("sun", "rain")
    ]
    # Compare each column with a lag that pandas makes.
    for name in X:
        for lag in range(3):
            pd.testing.assert_series_equal(
                found[f"{name}_lag_{lag}"], X[name].shift(lag), check_names=False
            )
    assert found.index.equals(X.index)


def test_data_frame_output_needs_flat_windows():
    X = pd.DataFrame({"sun": [1.0, 2, 3]})
    transformer = WindowTransformer(2).set_output(transform="pandas")
    with pytest.raises(ValueError, match="Pass flatten=True"):
        transformer.fit_transform(X)
    with pytest.raises(ValueError, match="Pass flatten=True"):
        WindowTransformer(2).fit(X).get_feature_names_out()


@pytest.mark.parametrize("window", [0, -1, 2.5, "3"])
def test_bad_window_is_refused(window):
    with pytest.raises(ValueError, match="The 'window' parameter of WindowTransformer"):
        WindowTransformer(window).fit(np.zeros((3, 1)))


def test_windows_serve_other_regressors_and_remember_in_cross_validation(rng):
    # y is the value three rows back, which only a window can see; without memory the
    # first three rows of each test fold cannot see it either.
    x = rng.randn(200, 1)
    y = np.concatenate([np.zeros(3), x[:-3, 0]])
    scores = {}
    for remember in (True, False):
        windows = WindowTransformer(4, flatten=True, remember=remember)
        model = make_pipeline(windows, SimpleImputer(), Ridge(1e-6))
        scores[remember] = cross_validate(
            model, x, y, cv=TimeSeriesSplit(3), return_train_score=True
        )
    assert (scores[True]["test_score"] > 0.999).all()
    assert (scores[False]["test_score"] < 0.99).all()
    np.testing.assert_array_equal(
        scores[True]["train_score"], scores[False]["train_score"]
    )


def test_regressor_predicts_the_same_with_its_own_windows_and_the_transformers(rng):
    X = rng.randn(60, 3)
    y = rng.randn(60)
    own = GRURegressor(7, window=6, standardize=False, max_iter=3, random_state=0)
    own.set_params(n_iter_no_change=None).fit(X, y)
    piped = make_pipeline(
        WindowTransformer(6), GRURegressor(**own.get_params()).set_params(window=None)
    ).fit(X, y)
    np.testing.assert_allclose(piped.predict(X), own.predict(X), rtol=1e-12)
