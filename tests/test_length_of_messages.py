"""Messages stay short, however many names, numbers or digits they are about."""

import numpy as np
import pandas as pd
import pytest

from skgru import GRUClassifier, GRURegressor
from skgru._checks import listed, shortened
from skgru.inspection import integrated_gradients

MANY = 400
WIDE = pd.DataFrame(
    np.random.default_rng(0).standard_normal((12, MANY)),
    columns=[f"a long name of a column, {i}" for i in range(MANY)],
)
Y = np.arange(12.0)
SHORT = {"max_iter": 1, "early_stopping": False, "random_state": 0}


def refused(**parameters):
    return lambda: GRURegressor(2, **SHORT, **parameters).fit(WIDE, Y)


def no_layer_sizes():
    GRURegressor([-1] * MANY, **SHORT).fit(WIDE, Y)


def a_baseline_with_other_names():
    model = GRURegressor(2, window=2, **SHORT).fit(WIDE, Y)
    other = pd.Series(0.0, index=[f"{name}?" for name in WIDE])
    integrated_gradients(model, WIDE, baseline=other)


def weights_of_many_classes():
    weights = {f"class {i}": -1.0 for i in range(MANY)}
    labels = np.array(list(weights))
    GRUClassifier(2, class_weight=weights, **SHORT).fit(np.eye(MANY), labels)


def a_history_without_its_variables():
    table = pd.DataFrame(
        np.lib.stride_tricks.sliding_window_view(np.arange(30.0), 2),
        columns=["lag_2", "lag_1"],
    )
    many = pd.concat([table.add_prefix(f"variable {i}_") for i in range(50)], axis=1)
    model = GRURegressor(2, **SHORT).fit(many, np.arange(2.0, 31.0))
    model.forecast(WIDE, 1)


@pytest.mark.parametrize(
    ("refuse", "words"),
    [
        (refused(window=2, group_column="x" * 5000), r"400 in all"),
        (refused(window=2, static_features=[*range(300), 0]), "301 in all"),
        (refused(window=2, anchor="nothing"), "400 in all"),
        (refused(loss="quantile", quantile=[0.5] * MANY), "rising order"),
        (refused(window=2, loss="huber", huber_delta=10**400), "huber_delta must be"),
        (no_layer_sizes, "hidden_layer_sizes must"),
        (refused(categorical_features=[{"a": "b" * 500}]), "categorical_features"),
        (a_baseline_with_other_names, "400 in all"),
        (a_history_without_its_variables, "50 in all"),
        (weights_of_many_classes, "class_weight="),
    ],
)
def test_an_error_about_much_is_short(refuse, words):
    with pytest.raises(ValueError, match=words) as caught:
        refuse()
    assert len(str(caught.value)) < 1200


def test_a_warning_about_many_columns_is_short():
    lags = np.lib.stride_tricks.sliding_window_view(np.sin(np.arange(300.0)), 250)
    others = np.random.default_rng(0).standard_normal((len(lags), 150))
    with pytest.warns(UserWarning, match="150 in all") as caught:
        GRURegressor(2, **SHORT).describe_input(np.hstack([lags, others]))
    assert len(str(caught[0].message)) < 600


@pytest.mark.parametrize("name", ["lag_{}", "y_lag_{}", "y(t-{})", "y_{}", "t-{}"])
def test_a_name_of_thousands_of_digits_is_no_lag(name):
    columns = [name.format(2), name.format(1), name.format("9" * 5000)]
    table = pd.DataFrame(np.column_stack([Y, Y + 1, Y**2]), columns=columns)
    *_, last = GRURegressor().describe_input(table)
    assert "static" in last.read_as


def test_lists_show_how_many_there_are():
    assert listed(["a", 1]) == "['a', 1]"
    assert listed(range(11)) == "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, …] (11 in all)"
    assert listed([]) == "[]"
    assert len(listed(["x" * 1000] * 1000)) < 700
    assert eval(listed(range(10))) == list(range(10))
    assert shortened("x" * 100).endswith("…")
