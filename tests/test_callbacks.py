"""scikit-learn's callbacks: what they are given, and what they may do."""

import pickle
import sys

import joblib
import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from skgru import SGD, GRURegressor
from skgru._estimators import _callbacks
from skgru._estimators._fitted import Fitted

if parse_version(sklearn.__version__) < parse_version("1.9.dev0"):
    pytest.skip("before scikit-learn 1.9 nobody calls back", allow_module_level=True)

from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.callback._callback_context import get_context_path

FITTED = (
    "n_iter_",
    "best_iter_",
    "loss_",
    "best_loss_",
    "history_",
    "loss_curve_",
    "validation_loss_curve_",
)


def model(**parameters):
    settings = {
        "hidden_layer_sizes": 4,
        "learning_rate": "constant",
        "learning_rate_init": 0.05,
        "n_iter_no_change": None,
        "max_iter": 5,
        "random_state": 0,
    }
    return GRURegressor(**(settings | parameters))


class Recorder:
    """A callback that records each call of a hook and the arguments."""

    def __init__(self, stops_after=None):
        self.stops_after = stops_after
        self.calls, self.models, self.predictions = [], [], []
        self.data, self.starts = [], []

    def setup(self, estimator, context):
        self.calls.append("setup")

    def teardown(self, estimator, context):
        self.calls.append("teardown")

    def on_fit_task_begin(
        self, estimator, context, *, X, y, metadata, fitted_estimator
    ):
        self.calls.append(("begin", context.task_name, context.task_id))
        self.data.append((X, y, metadata))
        if fitted_estimator is not None:
            self.starts.append(fitted_estimator.predict(X))

    def on_fit_task_end(self, estimator, context, *, X, y, metadata, fitted_estimator):
        self.calls.append(("end", context.task_name, context.task_id))
        self.data.append((X, y, metadata))
        if fitted_estimator is not None:
            self.models.append(fitted_estimator)
            self.predictions.append(fitted_estimator.predict(X))
        return context.task_id + 1 == self.stops_after and context.task_name == "epoch"


class Propagated(Recorder):
    """A recorder for nested estimators, which does not ask for fitted models."""

    max_propagation_depth = None

    def on_fit_task_begin(self, estimator, context):
        self.calls.append(("begin", *self.described(context)))

    def on_fit_task_end(self, estimator, context):
        self.calls.append(("end", *self.described(context)))

    def described(self, context):
        path = tuple(task.task_id for task in get_context_path(context))
        return context.task_name, context.max_subtasks, path


@pytest.fixture
def data(rng):
    X = rng.randn(40, 6)
    return X, X.sum(axis=1) + rng.randn(40)


KINDS = {
    "table": ({"early_stopping": False}, (40, 6)),
    "early stopping": ({"early_stopping": True}, (40, 6)),
    "sgd": ({"solver": SGD(), "batch_size": 7}, (40, 6)),
    "3-D": ({"batch_size": 16, "dropout": 0.2}, (40, 6, 2)),
    "windows": ({"window": 4, "remember": True}, (40, 2)),
    "worse than the mean": ({"early_stopping": True, "learning_rate_init": 3}, (40, 6)),
    "lbfgs": ({"solver": "lbfgs", "early_stopping": False}, (40, 6)),
    "lbfgs, early stopping": ({"solver": "lbfgs", "early_stopping": True}, (40, 6)),
    "float32": ({"early_stopping": False}, (40, 6)),
}


@pytest.fixture(params=KINDS)
def kind(request, rng):
    """Parameters, X and y."""
    parameters, shape = KINDS[request.param]
    X = rng.randn(*shape).astype("f4" if request.param == "float32" else "f8")
    y = X.reshape(len(X), -1).sum(axis=1) + rng.randn(len(X))
    return parameters, X, y


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_each_epoch_shows_the_model_that_so_many_epochs_give(kind):
    parameters, X, y = kind
    weight = np.linspace(0.1, 1, len(y))
    monitor, recorder = ScoringMonitor(scoring="r2"), Recorder()
    watched = model(**parameters).set_callbacks(monitor, recorder).fit(X, y, weight)
    *log, whole = sorted(
        monitor.get_logs().data, key=lambda row: -len(row["task_id_path"])
    )
    assert [row["task_id"] for row in log] == list(range(5))
    for k, row in enumerate(log, start=1):
        again = model(**parameters, max_iter=k).fit(X, y, weight)
        expected = again.predict(X)
        np.testing.assert_array_equal(recorder.predictions[k - 1], expected)
        assert row["r2"] == r2_score(y, expected, sample_weight=weight)
        # The model that was shown after an epoch is not changed by later epochs.
        shown = recorder.models[k - 1]
        np.testing.assert_array_equal(shown.predict(X), expected)
        for name in FITTED:
            np.testing.assert_equal(getattr(shown, name), getattr(again, name))
        of_shown, of_again = shown._fitted.training, again._fitted.training
        np.testing.assert_array_equal(of_shown.moments, of_again.moments)
        assert of_shown.n_steps == of_again.n_steps
        is_stopped = again.stop_reason_ == "max_iter" and k < 5
        assert shown.stop_reason_ == ("callback" if is_stopped else again.stop_reason_)
        assert shown.history_["loss"] == shown.loss_curve_
    assert whole["r2"] == log[-1]["r2"] == watched.score(X, y, weight)
    # Each epoch begins with the model that the last one left.
    for start, end in zip(recorder.starts[1:], recorder.predictions, strict=False):
        np.testing.assert_array_equal(start, end)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_who_watches_changes_nothing(kind):
    parameters, X, y = kind
    watched = model(**parameters).set_callbacks(Recorder(), ProgressBar()).fit(X, y)
    alone = model(**parameters).fit(X, y)
    weights = [e._fitted.model.parameters for e in (watched, alone)]
    np.testing.assert_array_equal(*weights)
    moments = [e._fitted.training.moments for e in (watched, alone)]
    np.testing.assert_array_equal(*moments)
    for name in (*FITTED, "stop_reason_", "validation_score_"):
        np.testing.assert_equal(getattr(watched, name), getattr(alone, name))
    states = [e._fitted.training.random_state for e in (watched, alone)]
    draws = [state.randint(1000) for state in states]
    assert draws[0] == draws[1]


def test_a_model_that_was_shown_trains_on_by_itself(data):
    recorder = Recorder()
    watched = model(warm_start=True).set_callbacks(recorder).fit(*data)
    before = watched.predict(data[0])
    shown = recorder.models[1].set_callbacks()
    shown.set_params(max_iter=3).fit(*data)
    # Two epochs and three more are five.
    np.testing.assert_array_equal(shown.predict(data[0]), before)
    np.testing.assert_array_equal(watched.predict(data[0]), before)
    assert len(shown.loss_curve_) == len(watched.loss_curve_) == 5
    # Training the estimator further does not change the model shown at the end of fit.
    whole = recorder.models[-1]
    watched.set_callbacks().fit(*data)
    np.testing.assert_array_equal(whole.predict(data[0]), before)
    assert len(whole.loss_curve_) == 5


@pytest.mark.parametrize("weight", [None, np.ones(40)])
def test_hooks_come_in_order_and_are_given_what_the_user_passed(weight, data):
    recorder = Recorder()
    model(max_iter=2).set_callbacks(recorder).fit(*data, sample_weight=weight)
    assert recorder.calls == [
        "setup",
        ("begin", "fit", 0),
        ("begin", "epoch", 0),
        ("end", "epoch", 0),
        ("begin", "epoch", 1),
        ("end", "epoch", 1),
        ("end", "fit", 0),
        "teardown",
    ]
    for X, y, metadata in recorder.data:
        assert X is data[0]
        assert y is data[1]
        assert (
            metadata is None if weight is None else list(metadata) == ["sample_weight"]
        )


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_a_callback_that_returns_true_ends_training(solver, data):
    parameters = {"solver": solver, "max_iter": 20, "n_iter_no_change": 10}
    # There is no warning that the loss was still falling.
    stopped = model(**parameters).set_callbacks(Recorder(stops_after=3)).fit(*data)
    assert (stopped.n_iter_, stopped.stop_reason_) == (3, "callback")
    whole = model(solver=solver, max_iter=3).fit(*data)
    np.testing.assert_array_equal(stopped.predict(data[0]), whole.predict(data[0]))


def test_training_that_ends_before_the_last_epoch_begins_no_further_one(rng):
    X = rng.randn(30, 3)
    ends = {
        "no step helps": model(solver="lbfgs", max_iter=500, alpha=1.0),
        "nothing to learn": model(solver="lbfgs"),
        "patience": model(tol=1e9, n_iter_no_change=2),
    }
    for why, estimator in ends.items():
        y = np.ones(30) if why == "nothing to learn" else X.sum(axis=1)
        recorder = Propagated()
        estimator.set_callbacks(recorder).fit(X, y)
        assert estimator.stop_reason_ == "no_improvement"
        tasks = [call[:2] for call in recorder.calls[2:-2]]
        n_begun = sum(task == ("begin", "epoch") for task in tasks)
        assert len(tasks) == 2 * n_begun
        # A line search of L-BFGS may come to nothing.
        assert n_begun - estimator.n_iter_ in (
            (0, 1) if why == "no step helps" else (0,)
        )


def test_the_tree_of_tasks_in_a_pipeline(data):
    recorder = Propagated()
    pipeline = make_pipeline(StandardScaler(), model(max_iter=2))
    pipeline.set_callbacks(recorder).fit(*data)
    # Calls about the scaler, which is the first subtask of the pipeline, are left out.
    calls = [call for call in recorder.calls[1:-1] if call[-1][:2] != (0, 0)]
    assert calls == [
        ("begin", "fit", 2, (0,)),
        ("begin", "fit", 2, (0, 1)),
        ("begin", "epoch", 0, (0, 1, 0)),
        ("end", "epoch", 0, (0, 1, 0)),
        ("begin", "epoch", 0, (0, 1, 1)),
        ("end", "epoch", 0, (0, 1, 1)),
        ("end", "fit", 2, (0, 1)),
        ("end", "fit", 2, (0,)),
    ]
    assert not hasattr(pipeline[-1], "_skl_callbacks")


def scores_in_search(n_jobs, data):
    """Scores of each epoch of a small search over a pipeline, by the path of tasks."""
    monitor = ScoringMonitor(scoring="r2")
    inner = model(max_iter=3).set_callbacks(monitor)
    search = GridSearchCV(
        make_pipeline(StandardScaler(), inner),
        {"gruregressor__learning_rate_init": [0.01, 0.05]},
        cv=TimeSeriesSplit(2),
        n_jobs=n_jobs,
    )
    search.fit(*data)
    return {
        row["task_id_path"]: row["r2"]
        for row in monitor.get_logs().data
        if row["task_name"] == "epoch"
    }


@pytest.mark.slow
def test_scores_of_epochs_in_a_search(data):
    in_turn = scores_in_search(1, data)
    # Two candidates on two splits, and the better one on all data: three epochs each.
    assert len(in_turn) == 15
    assert {len(path) for path in in_turn} == {4, 5}
    assert scores_in_search(2, data) == in_turn


def test_callbacks_of_a_search_hear_of_epochs(data):
    recorder = Propagated()
    search = GridSearchCV(model(max_iter=3), {"batch_size": [8, 16]}, cv=2)
    search.set_callbacks(recorder).fit(*data)
    begun = [call for call in recorder.calls if call[:2] == ("begin", "epoch")]
    assert len(begun) == len({path for *_, path in begun}) == 15


def test_partial_fit_is_a_task_of_one_epoch(data):
    recorder, names = Recorder(), Propagated()
    stream = model().set_callbacks(recorder, names)
    for _ in range(2):
        stream.partial_fit(*data)
        assert names.calls[1:3] == [
            ("begin", "fit", 1, (0,)),
            ("begin", "epoch", 0, (0, 0)),
        ]
        np.testing.assert_array_equal(recorder.predictions[-1], stream.predict(data[0]))
        names.calls.clear()
    assert [len(shown.loss_curve_) for shown in recorder.models] == [1, 1, 2, 2]


class Failing(Recorder):
    """A callback that raises an error before or after an epoch."""

    def __init__(self, hook, epoch):
        super().__init__()
        self.hook, self.epoch = hook, epoch

    def fail(self, hook, context):
        if (hook, context.task_id) == (self.hook, self.epoch) and context.parent:
            raise RuntimeError("the disk is full")

    def on_fit_task_begin(self, estimator, context):
        self.fail("begin", context)

    def on_fit_task_end(self, estimator, context):
        self.fail("end", context)


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
@pytest.mark.parametrize(("hook", "n_iter"), [("begin", 2), ("end", 3)])
def test_an_error_in_a_callback_leaves_a_model_that_goes_on(hook, n_iter, solver, data):
    failing = Failing(hook, n_iter - (hook == "end"))
    stopped = model(solver=solver, early_stopping=False, warm_start=True)
    with pytest.raises(RuntimeError, match="disk is full"):
        stopped.set_callbacks(failing).fit(*data)
    assert failing.calls == ["setup", "teardown"]
    assert (stopped.n_iter_, stopped.stop_reason_) == (n_iter, "interrupted")
    assert np.isfinite(stopped.predict(data[0])).all()
    stopped.set_callbacks().fit(*data)
    assert len(stopped.loss_curve_) == n_iter + 5


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_an_error_before_the_first_epoch_leaves_the_estimator_as_it_was(solver, data):
    first = model(solver=solver).set_callbacks(Failing("begin", 0))
    with pytest.raises(RuntimeError, match="disk is full"):
        first.fit(*data)
    with pytest.raises(NotFittedError):
        first.predict(data[0])
    fitted = model(solver=solver).fit(*data)
    before = pickle.dumps(fitted)
    with pytest.raises(RuntimeError, match="disk is full"):
        fitted.set_callbacks(Failing("begin", 0)).fit(-data[0], data[1])
    assert pickle.dumps(fitted.set_callbacks()) == before


def test_refused_data_tear_callbacks_down_and_leave_the_model_as_it_was(data):
    recorder = Recorder()
    fitted = model().set_callbacks(recorder).fit(*data)
    before = fitted.predict(data[0])
    recorder.calls.clear()
    with pytest.raises(ValueError, match="NaN"):
        fitted.fit(np.full((40, 6), np.nan), data[1])
    assert recorder.calls == ["setup", ("begin", "fit", 0), "teardown"]
    np.testing.assert_array_equal(fitted.predict(data[0]), before)


def by_pickle(estimator, tmp_path):
    return pickle.loads(pickle.dumps(estimator))


def by_joblib(estimator, tmp_path):
    joblib.dump(estimator, tmp_path / "model.joblib")
    return joblib.load(tmp_path / "model.joblib")


def by_clone(estimator, tmp_path):
    return clone(estimator)


@pytest.mark.parametrize("copied", [by_pickle, by_joblib, by_clone])
def test_copies_keep_their_callbacks(copied, data, tmp_path):
    watched = model().set_callbacks(ScoringMonitor(scoring="r2"), Recorder())
    again = copied(watched.fit(*data), tmp_path).fit(*data)
    np.testing.assert_array_equal(again.predict(data[0]), watched.predict(data[0]))
    assert len(again._skl_callbacks[0].get_logs().data) == 6


def test_without_callbacks_nothing_is_told(data, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("somebody is told")

    monkeypatch.setattr(GRURegressor, "_init_callback_context", fail)
    monkeypatch.setattr(_callbacks.FitTasks, "__call__", fail)
    fitted = model().set_callbacks(Recorder()).set_callbacks().fit(*data)
    fitted.partial_fit(*data)
    assert not [name for name in vars(fitted) if "callback" in name]


def test_a_model_is_made_only_where_it_is_asked_for(data, monkeypatch):
    n_made = 0
    after = Fitted.after

    def counted(*args):
        nonlocal n_made
        n_made += 1
        return after(*args)

    monkeypatch.setattr(Fitted, "after", counted)
    model().set_callbacks(Propagated()).fit(*data)
    assert n_made == 1
    model().set_callbacks(Recorder()).fit(*data)
    assert n_made > 2


def test_the_progress_bar_shows_epochs(data, capsys):
    pipeline = make_pipeline(model(max_iter=7)).set_callbacks(ProgressBar())
    pipeline.fit(*data)
    shown = capsys.readouterr().out
    assert "Pipeline - fit" in shown
    assert "GRURegressor - fit #0" in shown
    assert shown.count("100%") == 2
    assert "rich" in sys.modules


def test_what_is_written_into_a_shown_model_changes_nothing_else(data):
    X, y = data

    class Vandal(Recorder):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            for value in vars(fitted_estimator).values():
                if isinstance(value, np.ndarray) and value.dtype.kind == "f":
                    value[:] = 7

    watched = model().set_callbacks(Vandal()).fit(X, y)
    alone = model().fit(X, y)
    np.testing.assert_array_equal(watched.predict(X), alone.predict(X))
    assert watched.history_ == alone.history_


def test_scores_of_an_earlier_fit_do_not_outlive_an_error(data):
    X, y = data

    class Careless(Recorder):
        def on_fit_task_end(self, estimator, context):
            if context.task_name == "epoch":
                raise RuntimeError("of mine")

    watched = model(early_stopping=True, max_iter=30).fit(X, y)
    assert watched.validation_score_ is not None
    with pytest.raises(RuntimeError, match="of mine"):
        watched.set_callbacks(Careless()).fit(X, y)
    assert watched.validation_score_ is None
    assert watched.baseline_score_ is None
