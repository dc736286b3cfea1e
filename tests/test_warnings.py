"""Warnings point at the user's line, also when scikit-learn calls skgru."""

import inspect
import re
import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skgru import GRURegressor

SETTINGS = {"hidden_layer_sizes": 2, "max_iter": 1, "random_state": 0}
INDEX = np.r_[0:20, 30:50, 20:30]
FALLING = pd.DataFrame({"x": np.sin(np.arange(50.0))}, index=INDEX)
RISING = FALLING.reset_index(drop=True)
Y = np.cos(np.arange(50.0))
SHUFFLED = "does not rise"


def model(**parameters):
    settings = SETTINGS | {"window": 3, "n_iter_no_change": None} | parameters
    return GRURegressor(**settings)


def fit():
    model().fit(FALLING, Y)


def partial_fit():
    model().partial_fit(FALLING, Y)


def predict():
    model().fit(RISING, Y).predict(FALLING)


def score():
    model().fit(RISING, Y).score(FALLING, Y)


def validation_rows():
    model().fit(RISING, Y, X_val=FALLING, y_val=Y)


def describe_input():
    model().describe_input(FALLING)


def in_a_pipeline():
    make_pipeline(FunctionTransformer(), model()).fit(FALLING, Y)


def predict_in_a_pipeline():
    make_pipeline(FunctionTransformer(), model()).fit(RISING, Y).predict(FALLING)


def in_a_search():
    # Only one of the splits holds the falling rows, which give the warning.
    GridSearchCV(model(), {"max_iter": [1]}, cv=TimeSeriesSplit(2)).fit(FALLING, Y)


def in_cross_validation():
    cross_val_score(model(), FALLING, Y, cv=TimeSeriesSplit(2))


def too_few_rows():
    model(validation_fraction=0.1).fit(RISING[:1], Y[:1])


def still_improving():
    model(n_iter_no_change=9, learning_rate="constant").fit(RISING, Y)


def read_as_time():
    table = pd.DataFrame(np.random.default_rng(0).random((30, 3)), columns=list("abc"))
    GRURegressor(**SETTINGS, n_iter_no_change=None).fit(table, Y[:30])


def read_as_time_in_a_pipeline():
    table = pd.DataFrame(np.random.default_rng(0).random((30, 3)), columns=list("abc"))
    inner = GRURegressor(**SETTINGS, n_iter_no_change=None)
    make_pipeline(FunctionTransformer(), inner).fit(table, Y[:30])


def worse_than_the_last_value():
    walk = np.random.default_rng(0).standard_normal(200).cumsum()[:, np.newaxis]
    model().fit(walk[:-1], walk[1:, 0])


def interrupted():
    class Interrupting(np.random.RandomState):
        n_drawn = 0

        def permutation(self, x):
            self.n_drawn += 1
            if self.n_drawn > 1:
                raise KeyboardInterrupt
            return super().permutation(x)

    settings = {"max_iter": 3, "batch_size": 7, "random_state": Interrupting(0)}
    model(**settings).fit(RISING, Y)


def test_where_no_line_is_the_users_a_warning_points_at_the_one_that_fits():
    """As in the processes of a search: what stands behind it would say nothing."""
    inner = {"__name__": "joblib.parallel"}
    exec("def run(call, X, y):\n    call(X, y)", inner)
    search = {"__name__": "sklearn.model_selection._validation", "fit": model().fit}
    exec("\n\ndef run(X, y):\n    fit(X, y)", search)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = threading.Thread(target=inner["run"], args=(search["run"], FALLING, Y))
        thread.start()
        thread.join()
    (warning,) = [w for w in caught if SHUFFLED in str(w.message)]
    assert (warning.filename, warning.lineno) == ("<string>", 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (fit, SHUFFLED),
        (partial_fit, SHUFFLED),
        (predict, SHUFFLED),
        (score, SHUFFLED),
        (validation_rows, SHUFFLED),
        (describe_input, SHUFFLED),
        (in_a_pipeline, SHUFFLED),
        (predict_in_a_pipeline, SHUFFLED),
        (in_a_search, SHUFFLED),
        (in_cross_validation, SHUFFLED),
        (too_few_rows, "too few"),
        (still_improving, "still falling"),
        (read_as_time, "time steps of one feature"),
        (read_as_time_in_a_pipeline, "time steps of one feature"),
        (worse_than_the_last_value, "repeating the last value|no epoch was better"),
        (interrupted, "interrupted after"),
    ],
)
def test_a_warning_points_at_the_line_of_the_caller(call, message):
    lines, first = inspect.getsourcelines(call)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    ours = [w for w in caught if re.search(message, str(w.message))]
    assert ours
    for warning in ours:
        assert warning.filename == __file__
        assert first < warning.lineno < first + len(lines)
