"""A fit that fails leaves the estimator as it was, to the last bit."""

import collections
import os
import pickle
import signal
import sys
import threading
import time
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import skgru
from skgru import GRURegressor, WindowTransformer

PACKAGE = os.path.dirname(skgru.__file__)
SETTINGS = {
    "hidden_layer_sizes": 3,
    "max_iter": 2,
    "n_iter_no_change": None,
    "early_stopping": False,
    "random_state": 0,
}


def model(**parameters):
    return GRURegressor(**(SETTINGS | parameters))


def data(n_features=2, n_rows=40, seed=0):
    rng = np.random.RandomState(seed)
    X = rng.randn(n_rows, 5, n_features)
    return X, X[:, -1, 0] + 0.1 * rng.randn(n_rows)


def contents(estimator):
    """A digest of all attributes of an estimator except its parameters."""
    state = estimator.__getstate__()
    for name in estimator.get_params():
        state.pop(name)
    return joblib.hash(state)


def with_nan(X):
    X = X.copy()
    X[7, 3] = np.nan
    return X


X, Y = data()
WIDE, _ = data(3)
# By name: parameters to set before, arguments of fit, exception, and its message.
REFUSALS = {
    "X with a gap": ({}, (with_nan(X), Y), {}, "NaN"),
    "X of four dimensions": ({}, (X[np.newaxis], Y), {}, "4 dimensions"),
    "y too short": ({}, (WIDE, Y[:9]), {}, "inconsistent"),
    "y of text": ({}, (WIDE, np.full(40, "a")), {}, "could not convert"),
    "y missing": ({}, (WIDE, None), {}, "y is None"),
    "weights all zero": ({}, (WIDE, Y, np.zeros(40)), {}, "zero for all rows|non-zero"),
    "weights negative": ({}, (WIDE, Y, -np.ones(40)), {}, "[Nn]egative"),
    "X_val of other columns": ({}, (WIDE, Y), {"X_val": X, "y_val": Y}, "3 features"),
    "X_val of another kind": ({}, (WIDE, Y), {"X_val": X[:, 0], "y_val": Y}, "2-D"),
    "X_val with a gap": (
        {},
        (WIDE, Y),
        {"X_val": with_nan(WIDE), "y_val": Y},
        "validation set.*NaN",
    ),
    "y_val of more outputs": (
        {},
        (WIDE, Y),
        {"X_val": WIDE, "y_val": np.column_stack([Y, Y])},
        "2 output",
    ),
    "y_val too short": ({}, (WIDE, Y), {"X_val": WIDE, "y_val": Y[:3]}, "inconsistent"),
    "weights of X_val zero": (
        {},
        (WIDE, Y),
        {"X_val": WIDE, "y_val": Y, "sample_weight_val": np.zeros(40)},
        "validation set.*(is zero|non-zero)",
    ),
    "X_val alone": ({}, (WIDE, Y), {"X_val": WIDE}, "without y_val"),
    "no layers": ({"hidden_layer_sizes": ()}, (WIDE, Y), {}, "hidden_layer_sizes"),
    "an empty layer": ({"hidden_layer_sizes": (5, 0)}, (WIDE, Y), {}, "or more"),
    "endless layers": ({"hidden_layer_sizes": 2**40}, (WIDE, Y), {}, "no memory"),
    "layers beyond 64 bits": ({"hidden_layer_sizes": 10**30}, (WIDE, Y), {}, "memory"),
    "an anchor that is not there": ({"anchor": 99}, (WIDE, Y), {}, "anchor=99"),
    "static features twice": ({"static_features": [1, 1]}, (WIDE, Y), {}, "twice"),
    "thresholds of more outputs": (
        {"loss": "huber", "huber_delta": [1.0, 2.0]},
        (WIDE, Y),
        {},
        "one for each",
    ),
    "thresholds of text": (
        {"loss": "huber", "huber_delta": ["a"]},
        (WIDE, Y),
        {},
        "huber_delta must be",
    ),
    "a quantile of text": (
        {"loss": "quantile", "quantile": ["a"]},
        (WIDE, Y),
        {},
        "quantile must be",
    ),
    "no quantile": ({"loss": "quantile"}, (WIDE, Y), {}, "needs quantile="),
    "negative counts": ({"loss": "poisson"}, (WIDE, Y), {}, "counts"),
    "counts with an anchor": (
        {"loss": "poisson", "anchor": 0},
        (WIDE, np.abs(Y)),
        {},
        "cannot be combined",
    ),
    "lbfgs with dropout": (
        {"solver": "lbfgs", "dropout": 0.5},
        (WIDE, Y),
        {},
        "draws another network",
    ),
    "no threads": ({"n_jobs": 0}, (WIDE, Y), {}, "n_jobs"),
    "alpha beyond floats": ({"alpha": 10**400}, (WIDE, Y), {}, "alpha is larger"),
    "clip_norm beyond floats": ({"clip_norm": 10**400}, (WIDE, Y), {}, "clip_norm"),
    "tol beyond floats": ({"tol": 10**400}, (WIDE, Y), {}, "tol is larger"),
    "a window of samples": ({"window": 3}, (WIDE, Y), {}, "no meaning"),
    "a window and steps": (
        {"window": 3, "n_timesteps": 2},
        (WIDE[:, 0], Y),
        {},
        "exclude each",
    ),
    "steps that do not fit": ({"n_timesteps": 2}, (WIDE[:, 0], Y), {}, "divide"),
    "groups that are missing": (
        {"window": 3, "group_column": "shop"},
        (WIDE[:, 0], Y),
        {},
        "group_column",
    ),
}


@pytest.mark.parametrize("going_on", [False, True])
@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_fit_changes_nothing(name, going_on):
    parameters, arguments, more, message = REFUSALS[name]
    fitted = model().fit(X, Y)
    before, predictions = contents(fitted), fitted.predict(X)
    fitted.set_params(**parameters, warm_start=going_on)
    # If training goes on, another error may come first: that the columns have changed.
    with pytest.raises(ValueError, match=None if going_on else message):
        fitted.fit(*arguments, **more)
    assert contents(fitted) == before
    fitted.set_params(**model().get_params())
    np.testing.assert_array_equal(fitted.predict(X), predictions)
    assert fitted.n_features_in_ == 2


@pytest.mark.parametrize("name", REFUSALS)
def test_a_first_fit_that_is_refused_leaves_no_model(name):
    parameters, arguments, more, message = REFUSALS[name]
    first = model(**parameters)
    with pytest.raises(ValueError, match=message):
        first.fit(*arguments, **more)
    assert set(vars(first)) == set(first.get_params())
    with pytest.raises(NotFittedError):
        first.predict(X)


def test_after_a_refused_fit_the_next_one_is_as_if_it_had_not_been():
    """Training once wrote beyond its memory after more outputs had been refused."""
    fitted = model().fit(X, Y)
    many = np.tile(Y[:, np.newaxis], 3000)
    with pytest.raises(ValueError, match="output"):
        fitted.fit(X, many, X_val=X, y_val=Y[:, np.newaxis])
    with pytest.raises(ValueError, match="expecting 1"):
        fitted.partial_fit(X, many)
    again = model().fit(X, Y).partial_fit(X, Y)
    np.testing.assert_array_equal(fitted.partial_fit(X, Y).predict(X), again.predict(X))


def test_a_refused_fit_of_a_transformer_changes_nothing():
    table = pd.DataFrame({"shop": list("ab") * 5, "sold": np.arange(10.0)})
    fitted = WindowTransformer(3, group_column="shop", remember=True).fit(table)
    before = contents(fitted)
    for wrong, message in [
        (table[["shop"]], "no column beside|none is left|nothing to make"),
        (table.assign(sold=np.inf), "infinity"),
        (table.assign(shop=None), "has no value"),
        (table.rename(columns={"shop": "store"}), "group_column"),
    ]:
        with pytest.raises(ValueError, match=message):
            fitted.fit(wrong)
        assert contents(fitted) == before
    first = WindowTransformer(3)
    with pytest.raises(ValueError, match="infinity"):
        first.fit(np.full((4, 2), np.inf))
    assert set(vars(first)) == set(first.get_params())


# Exceptions at any place


class RaiseAt:
    """A trace function that raises an exception at a given line of the package.

    Parameters
    ----------
    number : int or None
        Raise at this line, counting from 0 the lines that are run; None: at none.
    exception : type

    Attributes
    ----------
    seen : list of (str, int)
        File and number of each line that was run.
    """

    def __init__(self, number, exception):
        self.number, self.exception, self.seen = number, exception, []

    def __call__(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line":
            self.seen.append((frame.f_code.co_filename, frame.f_lineno))
            if len(self.seen) - 1 == self.number:
                raise self.exception
        return self

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self)
        return self

    def __exit__(self, *exception):
        sys.settrace(self.before)


def places_of(seen):
    """Of each line that was run where it was run first, second and last, in order."""
    places = collections.defaultdict(list)
    for number, line in enumerate(seen):
        places[line].append(number)
    return sorted({n for each in places.values() for n in (*each[:2], each[-1])})


def fits_together(fitted, X_before, X_now):
    """Check that all parts are of one of two fits; return whether of the second."""
    n_epochs = len(fitted.loss_curve_)
    assert len(fitted.history_["learning_rate"]) == n_epochs
    assert 0 < fitted.n_iter_ <= n_epochs
    fitted._fitted.check()
    wanted = X_before if fitted.n_features_in_ == X_before.shape[2] else X_now
    assert np.isfinite(fitted.predict(wanted)).all()
    return wanted is X_now


@pytest.mark.slow
@pytest.mark.parametrize(
    ("exception", "n_jobs", "solver"),
    [
        (KeyboardInterrupt, 1, "adam"),
        (KeyboardInterrupt, 2, "adam"),
        (KeyboardInterrupt, 1, "lbfgs"),
        (MemoryError, 1, "adam"),
        (MemoryError, 2, "adam"),
    ],
)
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_exception_at_any_line_leaves_one_model_or_the_other(
    exception, n_jobs, solver
):
    new_X, new_y = data(3, n_rows=70, seed=1)
    settings = {"n_jobs": n_jobs, "solver": solver, "early_stopping": True}
    model(**settings).fit(new_X, new_y).predict(new_X)  # compiles
    old = model().fit(X, Y)
    before, handler = contents(old), signal.getsignal(signal.SIGINT)
    n_threads = threading.active_count()
    n_old = n_new = 0
    estimator = pickle.loads(pickle.dumps(old)).set_params(**settings)
    with RaiseAt(None, exception) as whole:
        estimator.fit(new_X, new_y)
    for number in places_of(whole.seen):
        estimator = pickle.loads(pickle.dumps(old)).set_params(**settings)
        raised = False
        with RaiseAt(number, exception) as trace:
            try:
                estimator.fit(new_X, new_y)
            except exception:
                raised = True
        sys.settrace(None)
        assert len(trace.seen) > number
        if fits_together(estimator, X, new_X):
            n_new += 1
        else:
            assert raised
            assert contents(estimator) == before
            n_old += 1
        assert signal.getsignal(signal.SIGINT) is handler
    assert n_old > 100
    assert n_new > 50
    deadline = time.monotonic() + 10
    while threading.active_count() > n_threads and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= n_threads


@pytest.mark.slow
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_at_any_moment_leaves_one_model_or_the_other(n_jobs):
    new_X, new_y = data(3, n_rows=300, seed=1)
    settings = {"n_jobs": n_jobs, "max_iter": 8, "early_stopping": True}
    old = model().fit(X, Y)
    before = contents(old)
    begin = time.perf_counter()
    model(**settings).fit(new_X, new_y)
    begin = time.perf_counter()
    model(**settings).fit(new_X, new_y)
    seconds = time.perf_counter() - begin
    rng = np.random.RandomState(0)
    kept = []
    for _ in range(100):
        estimator = pickle.loads(pickle.dumps(old)).set_params(**settings)
        timer = threading.Timer(
            seconds * rng.uniform(0, 1.2), os.kill, (os.getpid(), signal.SIGINT)
        )
        try:
            timer.start()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                estimator.fit(new_X, new_y)
            timer.join()
            time.sleep(0.001)
        except KeyboardInterrupt:
            pass
        timer.join()
        kept.append(fits_together(estimator, X, new_X))
        if not kept[-1]:
            assert contents(estimator) == before
    assert any(kept)


@pytest.mark.slow
def test_predict_in_one_thread_while_another_fits():
    """`predict` uses the old model or the new one, and never parts of both."""
    fitted = model(hidden_layer_sizes=8).fit(X, Y)
    known = {fitted.predict(X).tobytes()}
    done, seen, errors = threading.Event(), [], []

    def predict():
        while not done.is_set():
            try:
                seen.append(fitted.predict(X).tobytes())
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=predict) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for seed in range(60):
            fitted.set_params(random_state=seed, hidden_layer_sizes=3 + seed % 4)
            known.add(fitted.fit(X, Y + seed).predict(X).tobytes())
            known.add(fitted.partial_fit(X, Y).predict(X).tobytes())
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert not errors
    assert len(seen) > 100
    assert set(seen) <= known


class Spoiling:
    """A callback that deletes the attributes of the estimator."""

    def __init__(self, hook):
        self.hook = hook

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        self.spoil("begin", estimator)

    def on_fit_task_end(self, estimator, context):
        self.spoil(f"end of an {context.task_name}", estimator)

    def spoil(self, hook, estimator):
        if hook == self.hook:
            for name in [*vars(estimator)]:
                if "callback" not in name:
                    delattr(estimator, name)


@pytest.mark.skipif(
    not hasattr(GRURegressor, "set_callbacks"), reason="before scikit-learn 1.9"
)
@pytest.mark.parametrize("hook", ["begin", "end of an epoch"])
def test_a_callback_that_deletes_attributes_does_not_spoil_what_is_learned(hook):
    new_X, new_y = data(3, seed=1)
    expected = model().fit(new_X, new_y).predict(new_X)
    fitted = model().fit(X, Y)
    parameters = fitted.get_params()
    fitted.set_callbacks(Spoiling(hook)).fit(new_X, new_y)
    vars(fitted).update(parameters)
    np.testing.assert_array_equal(fitted.predict(new_X), expected)
    fitted._fitted.check()
