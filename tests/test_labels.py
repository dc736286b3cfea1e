"""Labels of any type: which are taken, in which order, and which are refused."""

import re

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from skgru import GRUClassifier

SETTINGS = {
    "hidden_layer_sizes": 3,
    "max_iter": 2,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}
N_ROWS = 40
CODES = np.random.RandomState(3).randint(3, size=N_ROWS)
LETTERS = np.array(["pear", "fig", "quince"])[CODES]


def model(**parameters):
    return GRUClassifier(**(SETTINGS | parameters))


@pytest.fixture
def X(rng):
    return rng.randn(N_ROWS, 5, 2)


LABELS = {
    "strings": lambda: LETTERS,
    "objects": lambda: LETTERS.astype(object),
    "list": lambda: LETTERS.tolist(),
    "booleans": lambda: CODES > 0,
    "whole numbers": lambda: 3 * CODES + 5,
    "numbers below 0": lambda: CODES - 9,
    "bytes of numbers": lambda: CODES.astype(np.uint8),
    # They differ by less than floats can tell.
    "numbers beyond floats": lambda: CODES.astype(np.int64) + 2**60,
    "whole floats": lambda: CODES + 1.0,
    "days": lambda: np.datetime64("2020-01-31") + CODES,
    "Series": lambda: pd.Series(LETTERS, index=np.arange(N_ROWS) + 7),
    "Index": lambda: pd.Index(LETTERS),
    # The order of the categories is another one.
    "Categorical": lambda: pd.Series(
        pd.Categorical(LETTERS, categories=["quince", "pear", "fig", "plum"])
    ),
    "string Series": lambda: pd.Series(LETTERS, dtype="string"),
    "boolean Series": lambda: pd.Series(CODES > 0, dtype="boolean"),
    "Int64 Series": lambda: pd.Series(CODES, dtype="Int64"),
}


@pytest.mark.parametrize("name", LABELS)
def test_classes_are_those_of_scikit_learn_and_predictions_among_them(name, X):
    y = LABELS[name]()
    fitted = model().fit(X, y)
    expected = LogisticRegression().fit(X[:, -1], y).classes_
    assert fitted.classes_.dtype == expected.dtype
    np.testing.assert_array_equal(fitted.classes_, expected)
    # The same training as with the places of the labels in sorted order.
    codes = np.unique(np.asarray(y, dtype=expected.dtype), return_inverse=True)[1]
    by_codes = model().fit(X, codes)
    np.testing.assert_array_equal(fitted.predict_proba(X), by_codes.predict_proba(X))
    found = fitted.predict(X)
    assert found.dtype == expected.dtype
    np.testing.assert_array_equal(found, expected[by_codes.predict(X)])
    assert fitted.score(X, y) == by_codes.score(X, codes)


@pytest.mark.parametrize(
    "values",
    [LETTERS.tolist(), CODES.tolist(), (CODES > 0).tolist()],
    ids=["strings", "numbers", "booleans"],
)
def test_series_of_polars_are_lists(values, X):
    polars = pytest.importorskip("polars", reason="polars is not installed")
    expected = model().fit(X, values)
    for y in (polars.Series(values), polars.Series("y", values).rechunk()):
        fitted = model().fit(X, y)
        np.testing.assert_array_equal(fitted.classes_, expected.classes_)
        np.testing.assert_array_equal(fitted.predict(X), expected.predict(X))
    if isinstance(values[0], str):
        fitted = model().fit(X, polars.Series(values, dtype=polars.Categorical))
        np.testing.assert_array_equal(fitted.predict(X), expected.predict(X))


def test_strings_of_any_length_of_numpy(X):
    if not hasattr(np.dtypes, "StringDType"):
        pytest.skip("before NumPy 2.0 there are none")
    y = LETTERS.astype(np.dtypes.StringDType())
    expected = model().fit(X, LETTERS)
    np.testing.assert_array_equal(model().fit(X, y).predict(X), expected.predict(X))


def test_labels_that_are_similar_stay_apart(X):
    y = np.array(["a", "A", "a "])[CODES]
    fitted = model().fit(X, y)
    assert fitted.classes_.tolist() == ["A", "a", "a "]
    # An empty string is a label like others.
    y = np.array(["", "b"])[CODES % 2]
    assert model().fit(X, y).classes_.tolist() == ["", "b"]


def test_a_column_of_labels_is_taken_with_the_warning_of_scikit_learn(X):
    with pytest.warns(Warning, match="column-vector y was passed"):
        fitted = model().fit(X, CODES.reshape(-1, 1))
    np.testing.assert_array_equal(fitted.predict(X), model().fit(X, CODES).predict(X))


SEVERAL = (np.random.RandomState(4).rand(N_ROWS, 3) < 0.5).astype(int)


@pytest.mark.parametrize(
    "form",
    [
        lambda y: y.tolist(),
        lambda y: y.astype(bool),
        lambda y: y.astype(float),
        lambda y: pd.DataFrame(y, columns=["red", "green", "blue"]),
        csr_matrix,
    ],
    ids=["list", "booleans", "floats", "DataFrame", "sparse"],
)
def test_several_labels_come_in_many_forms(form, X):
    expected = model().fit(X, SEVERAL)
    assert expected.classes_.tolist() == [0, 1, 2]
    fitted = model().fit(X, form(SEVERAL))
    np.testing.assert_array_equal(fitted.predict_proba(X), expected.predict_proba(X))
    np.testing.assert_array_equal(
        fitted.predict(X), (expected.predict_proba(X) > 0.5).astype(int)
    )


def test_labels_may_lie_column_by_column_in_memory(X):
    settings = {"batch_size": 8}
    expected = model(**settings).fit(X, SEVERAL).predict_proba(X)
    fitted = model(**settings).fit(X, np.asfortranarray(SEVERAL))
    np.testing.assert_array_equal(fitted.predict_proba(X), expected)


# What is refused


def with_first(value, labels, **options):
    """Labels of which the first is another one."""
    return pd.Series([value, *labels[1:]], **options)


REFUSED = {
    "continuous": (lambda: CODES + 0.5, "continuous.*1.5.*GRURegressor"),
    "a NaN": (lambda: np.where(CODES == 0, np.nan, CODES), "y contains NaN"),
    "infinity": (lambda: np.where(CODES == 0, np.inf, CODES), "y contains infinity"),
    "None": (
        lambda: with_first(None, LETTERS.tolist(), dtype=object).to_numpy(),
        r"y contains NaN. 1 label.*y\[0\].*Leave these rows out",
    ),
    "NA of strings": (
        lambda: with_first(pd.NA, LETTERS.tolist(), dtype="string"),
        r"1 label\(s\) are missing",
    ),
    "NA of booleans": (
        lambda: with_first(pd.NA, (CODES > 0).tolist(), dtype="boolean"),
        r"1 label\(s\) are missing",
    ),
    "NA of numbers": (
        lambda: with_first(pd.NA, CODES.tolist(), dtype="Int64"),
        "y contains NaN",
    ),
    "a category that is missing": (
        lambda: pd.Series(pd.Categorical.from_codes(CODES - 1, ["fig", "pear"])),
        r"label\(s\) are missing",
    ),
    "no time": (
        lambda: np.where(CODES == 0, np.datetime64("NaT"), np.datetime64("2020-01-01")),
        r"label\(s\) are missing",
    ),
    "strings and numbers": (
        lambda: np.array(["a", 1] * 20, dtype=object),
        r"types int, str have no order.*y.astype\(str\)",
    ),
    "several columns of classes": (
        lambda: np.column_stack([CODES, CODES]),
        "2 columns of classes.*MultiOutputClassifier",
    ),
    "three dimensions": (lambda: np.zeros((N_ROWS, 2, 2)), r"shape \(40, 2, 2\)"),
    "too few": (lambda: CODES[:9], r"inconsistent.*\[40, 9\]"),
    "nothing": (lambda: None, "y is None"),
    "complex numbers": (lambda: CODES * 1j, "Complex data not supported"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_labels_are_refused_and_the_message_says_why(name, X):
    labels, message = REFUSED[name]
    first = model()
    with pytest.raises(ValueError, match=message):
        first.fit(X, labels())
    assert set(vars(first)) == set(first.get_params())
    fitted = model().fit(X, LETTERS)
    before = fitted.predict_proba(X)
    with pytest.raises(ValueError, match=message):
        fitted.partial_fit(X, labels())
    np.testing.assert_array_equal(fitted.predict_proba(X), before)


@pytest.mark.parametrize("name", REFUSED)
def test_labels_of_the_validation_set_are_refused_as_such(name, X):
    labels, message = REFUSED[name]
    if name in ("nothing", "three dimensions"):
        message = "without y_val" if name == "nothing" else "validation set"
    # These labels go by their own name.
    message = re.sub(r"\by( contains|\\\[|\\?\.astype)", r"y_val\1", message)
    with pytest.raises(ValueError, match=message) as caught:
        model().fit(X, LETTERS, X_val=X, y_val=labels())
    if name != "nothing":
        assert "In the validation set (X_val, y_val)" in str(caught.value)


@pytest.mark.parametrize("kind", ["labels", "another number", "one class"])
def test_several_labels_are_not_one_class(kind, X):
    y, other, message = {
        "labels": (CODES, SEVERAL, "several labels .* expecting one class, as before"),
        "one class": (SEVERAL, CODES, "one class, .* expecting several labels"),
        "another number": (SEVERAL, SEVERAL[:, :2], "2 label.* expecting 3, as before"),
    }[kind]
    fitted = model(warm_start=True).fit(X, y)
    for going_on in (fitted.fit, fitted.partial_fit):
        with pytest.raises(ValueError, match=message):
            going_on(X, other)
    with pytest.raises(ValueError, match=f"validation set.*{message}"):
        model().fit(X, y, X_val=X, y_val=other)
