"""Messages about sequences and categories that users met first."""

import numpy as np
import pandas as pd
import pytest

from skgru import GRUClassifier, GRURegressor, TokenSequencer

SHORT = {"hidden_layer_sizes": 3, "max_iter": 2, "random_state": 0}


def test_a_list_of_sequences_of_different_lengths_says_how_to_fill_up(rng):
    X = [rng.randn(3 + i % 3, 2) for i in range(6)]
    with pytest.raises(ValueError, match=r"different lengths \(3, 4, 5\).*in front"):
        GRUClassifier(**SHORT).fit(X, list("aabbab"))


@pytest.mark.parametrize(
    ("gap", "message"),
    [
        ((3, slice(4, 6)), r"last 2 step\(s\) are missing.*in front"),
        ((3, 2), "Fill the"),
    ],
)
def test_steps_that_are_missing_behind_belong_in_front(gap, message, rng):
    X = rng.randn(20, 6, 2)
    X[gap] = np.nan
    with pytest.raises(ValueError, match=message):
        GRURegressor(**SHORT).fit(X, X[:, 0, 0])


def test_categories_of_another_type_than_in_fit_are_noticed(rng):
    table = pd.DataFrame({"day": np.arange(30) % 7, "value": rng.rand(30)})
    model = GRURegressor(window=3, categorical_features=["day"], **SHORT)
    model.fit(table, table["value"])
    with pytest.warns(UserWarning, match=r"'day' holds .*'0' \(str\).* 0 \(int\)"):
        as_text = model.predict(table.astype({"day": str}))
    # They count as missing: and so says a category that is new, without a warning.
    np.testing.assert_array_equal(as_text, model.predict(table.assign(day=9)))


def test_tokens_beside_other_named_categories_are_to_be_named_too():
    table = TokenSequencer().fit_transform(["anna", "otto"] * 5)
    table["city"] = ["x", "y"] * 5
    model = GRUClassifier(
        categorical_features=["city"], static_features=["city"], **SHORT
    )
    with pytest.raises(ValueError, match="'token0' has a categorical dtype, but"):
        model.fit(table, ["f", "m"] * 5)


def test_of_classes_with_few_rows_nothing_is_held_out(rng):
    y = np.repeat(list("abcd"), [20, 22, 3, 1])
    # Classes that can be told apart, so that an epoch is better than frequencies.
    X = rng.randn(46, 5, 1) + 4 * (y == "b").reshape(-1, 1, 1)
    model = GRUClassifier(early_stopping=True, **SHORT).fit(X, y)
    # The last two of 20 and three of 22 rows.
    others = [*range(18), *range(20, 39), *range(42, 46)]
    told = GRUClassifier(early_stopping=True, **SHORT).fit(
        X[others], y[others], X_val=X[[18, 19, 39, 40, 41]], y_val=list("aabbb")
    )
    np.testing.assert_array_equal(model.predict_proba(X), told.predict_proba(X))


def test_a_column_of_labels_is_warned_of_once(rng):
    from sklearn.exceptions import DataConversionWarning

    y = np.array(["a", "b"] * 10)[:, np.newaxis]
    with pytest.warns(DataConversionWarning) as caught:
        GRUClassifier(early_stopping=False, **SHORT).fit(rng.randn(20, 4, 1), y)
    assert len(caught) == 1
