"""Threads: results are the same for any number, and no thread waits for ever."""

import multiprocessing
import os
import signal
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import joblib
import numpy as np
import pytest
import threadpoolctl
from sklearn.model_selection import GridSearchCV

import skgru
from skgru import SGD, GRURegressor
from skgru._estimators._settings import n_threads_of
from skgru._numerics._structs import Indices
from skgru._numerics._threads import (
    Crew,
    Team,
    disband,
    make_team,
    possible_threads,
    wait_for_all,
)
from skgru._numerics._units import unit


@unit
def count_rounds(team: Team, thread: int, n_rounds: int, log: Indices, wrong: Indices):
    """In each round, write its number, wait, and check the numbers of all threads."""
    wrong[thread] = 0
    for number in range(n_rounds):
        log[thread * 8] = number
        wait_for_all(team)
        for other in range(team.n_threads):
            if log[other * 8] != number:
                wrong[thread] += 1
        wait_for_all(team)


@pytest.mark.slow
# 16 is meant to be more threads than the machine has processors.
@pytest.mark.parametrize("n_threads", [1, 2, 3, 16])
def test_no_thread_passes_before_all_have_come(n_threads):
    team = make_team(n_threads)
    log = np.full(n_threads * 8, -1)
    wrong = np.full(n_threads, -1)

    def run(thread):
        count_rounds(team, thread, 1000, log, wrong)

    with Crew(n_threads) as crew:
        crew.call(run)
    np.testing.assert_array_equal(wrong, 0)
    assert team.arrivals[0] == 2000 * (n_threads if n_threads > 1 else 0)


def test_an_error_in_one_thread_is_raised_by_the_caller():
    def fail(thread):
        if thread == 1:
            raise ZeroDivisionError

    with Crew(2) as crew, pytest.raises(ZeroDivisionError):
        crew.call(fail)


def test_uncompiled_there_is_one_thread(monkeypatch):
    monkeypatch.setattr("skgru._numerics._threads.config.DISABLE_JIT", 1)
    assert possible_threads(4) == 1


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"clip_norm": None},
        {"clip_norm": 1e-3, "alpha": 0.5},
        {"hidden_layer_sizes": (20, 7), "batch_size": 100},
        {"reset_after": False, "solver": SGD()},
        {"hidden_layer_sizes": (20, 7), "bidirectional": True},
        {"hidden_layer_sizes": (20, 7), "dropout": 0.3, "recurrent_dropout": 0.2},
        {"dropout": 0.3, "bidirectional": True, "batch_size": 100},
        {"window": 9, "anchor": 0, "early_stopping": True},
        {"batch_size": 5},
    ],
)
def test_weights_and_predictions_are_the_same_to_the_bit(parameters, dtype, rng):
    X, y = rng.randn(333, 6).astype(dtype), rng.randn(333, 2)
    X[5:60] = X[5]
    weights = rng.uniform(0, 2, size=333)
    # The target can be learned; otherwise early stopping would make the model predict
    # the mean.
    y += X[:, :2]
    settings = {
        "hidden_layer_sizes": 33,
        "n_timesteps": 3,
        "max_iter": 3,
        "early_stopping": False,
    }
    if "window" in parameters:
        settings.pop("n_timesteps")

    def fit(n_jobs):
        model = GRURegressor(
            **(settings | parameters),
            n_iter_no_change=None,
            random_state=0,
            n_jobs=n_jobs,
        )
        model.fit(X, y, sample_weight=weights)
        return [
            *model.kernels_,
            *model.recurrent_kernels_,
            *model.biases_,
            *model.coefs_,
            *model.intercepts_,
            np.array(model.loss_curve_),
            np.array(model.validation_loss_curve_),
            model.predict(X),
        ]

    alone = fit(None)
    for n_jobs in (2, 3, 7):
        for part, together in zip(alone, fit(n_jobs), strict=True):
            np.testing.assert_array_equal(together, part)


def blas_threads():
    return [
        (library["filepath"], library["num_threads"])
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
    ]


def test_concurrent_fits_leave_blas_as_they_found_it(rng):
    X, y = rng.randn(200, 12), rng.randn(200)
    settings = {"max_iter": 3, "early_stopping": False, "random_state": 0}
    expected = GRURegressor(40, **settings).fit(X, y).predict(X)
    results = [None] * 4
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = blas_threads()

        def fit(number):
            model = GRURegressor(40, n_jobs=1 + number % 3, **settings)
            results[number] = model.fit(X, y).predict(X)

        threads = [threading.Thread(target=fit, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert blas_threads() == before
    for result in results:
        np.testing.assert_array_equal(result, expected)


def threads_of_fit(monkeypatch, n_jobs):
    """How many threads `fit` asks for."""
    asked = []
    original = skgru._training._stochastic.possible_threads
    monkeypatch.setattr(
        "skgru._training._stochastic.possible_threads",
        lambda n: asked.append(n) or original(n),
    )
    X = np.arange(200.0).reshape(100, 2)
    model = GRURegressor(2, max_iter=1, early_stopping=False, n_jobs=n_jobs)
    model.fit(X, X[:, 0])
    return asked[0]


def test_n_jobs_means_what_joblib_says(monkeypatch):
    assert threads_of_fit(monkeypatch, None) == 1
    assert threads_of_fit(monkeypatch, 3) == 3
    assert threads_of_fit(monkeypatch, -1) == joblib.cpu_count()
    with joblib.parallel_config("threading", n_jobs=2):
        assert threads_of_fit(monkeypatch, None) == 2


class NotesThreads(GRURegressor):
    """A regressor that records how many threads its fit may use."""

    def fit(self, X, y):
        super().fit(X, y)
        self.note_ = joblib.effective_n_jobs(self.n_jobs)
        return self

    def score(self, X, y):
        return self.note_


def test_a_search_in_several_processes_does_not_start_threads_in_each(rng):
    X, y = rng.randn(60, 4), rng.randn(60)
    search = GridSearchCV(
        NotesThreads(2, max_iter=1, early_stopping=False), {"alpha": [0, 1]}, n_jobs=2
    )
    search.fit(X, y)
    assert set(search.cv_results_["mean_test_score"]) == {1}


def test_an_interrupt_ends_training_and_its_threads(rng, monkeypatch):
    X, y = rng.randn(100, 4), rng.randn(100)
    before = threading.active_count()
    original = Crew.call

    n_calls = 0

    def interrupted(self, function, **options):
        nonlocal n_calls
        original(self, function, **options)
        n_calls += self.n_threads > 1
        if n_calls == 4:  # the first compiles
            raise KeyboardInterrupt

    monkeypatch.setattr(Crew, "call", interrupted)
    model = GRURegressor(3, max_iter=5, early_stopping=False, n_jobs=2)
    with pytest.warns(UserWarning, match="interrupted"):
        model.fit(X, y)
    assert threading.active_count() == before


@pytest.mark.parametrize("when", ["before", "while"])
def test_ctrl_c_takes_effect_when_all_threads_have_ended(when, monkeypatch):
    """A thread that has started waits for the others, so all must be started."""
    team, log = make_team(2), np.zeros(16, dtype=int)
    submit, ended = ThreadPoolExecutor.submit, []

    def submit_and_interrupt(pool, *arguments):
        future = submit(pool, *arguments)
        os.kill(os.getpid(), signal.SIGINT)
        return future

    if when == "before":
        monkeypatch.setattr(ThreadPoolExecutor, "submit", submit_and_interrupt)

    def run(thread):
        count_rounds(team, thread, 10, log, np.zeros(3, np.int64))
        if when == "while" and thread == 1:
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        ended.append(thread)

    handler = signal.getsignal(signal.SIGINT)
    with Crew(2) as crew, pytest.raises(KeyboardInterrupt):
        crew.call(run)
    assert sorted(ended) == [0, 1]
    assert signal.getsignal(signal.SIGINT) is handler


def test_nobody_waits_for_a_member_that_fails():
    """If one thread fails, the others stop waiting, and the exception is raised."""
    log = np.zeros(24, dtype=int)
    for failing in range(3):
        team = make_team(3)

        def fail_in_one(thread, team=team, failing=failing):
            if thread == failing:
                raise MemoryError
            count_rounds(team, thread, 50, log, np.zeros(3, np.int64))

        with Crew(3) as crew, pytest.raises(MemoryError):
            crew.call(fail_in_one, when_one_fails=lambda team=team: disband(team))


@pytest.mark.parametrize("failing", [0, 1])
def test_a_fit_whose_threads_fail_keeps_the_last_whole_epoch(failing, rng, monkeypatch):
    X, y = rng.randn(90, 6, 2), rng.randn(90)
    settings = {"early_stopping": False, "n_jobs": 2, "random_state": 0}
    n_calls = 0
    run_epoch = skgru._training._stochastic.run_epoch

    def fail_in_epoch_3(team, thread, *arguments):
        nonlocal n_calls
        if thread == failing:
            n_calls += 1  # the first call is the one that compiles
            if n_calls == 4:
                raise MemoryError
        run_epoch(team, thread, *arguments)

    schedule = {"learning_rate": "constant", "n_iter_no_change": None}
    two = GRURegressor(3, max_iter=2, **settings, **schedule).fit(X, y)
    monkeypatch.setattr("skgru._training._stochastic.run_epoch", fail_in_epoch_3)
    model = GRURegressor(3, max_iter=9, **settings, **schedule)
    with pytest.raises(MemoryError):
        model.fit(X, y)
    assert (model.n_iter_, model.stop_reason_) == (2, "interrupted")
    np.testing.assert_array_equal(model.predict(X), two.predict(X))


def _fit_in_a_pool(n_jobs):
    """Fit and predict with all warnings as errors; runs in a process of a pool."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((80, 4, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = GRURegressor(4, max_iter=2, early_stopping=False, n_jobs=n_jobs)
        return n_threads_of(model.set_params(random_state=0).fit(X, X[:, -1, 0])), (
            model.predict(X)
        )


@pytest.mark.slow
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_threads_are_used_in_processes_of_a_pool_without_a_word(method):
    with multiprocessing.get_context(method).Pool(1) as pool:
        (n_threads, found), (n_alone, alone) = pool.map(_fit_in_a_pool, [2, None])
    assert (n_threads, n_alone) == (2, 1)
    np.testing.assert_array_equal(found, alone)


def test_n_jobs_counts_as_joblib_counts_it():
    model = GRURegressor()
    for n_jobs in (None, 1, 2, 5, -1, -2):
        wanted = joblib.effective_n_jobs(n_jobs)
        assert n_threads_of(model.set_params(n_jobs=n_jobs)) == wanted
    for backend in ("loky", "threading", "multiprocessing"):
        with joblib.parallel_config(backend, n_jobs=3):
            assert n_threads_of(model.set_params(n_jobs=None)) == 3
            assert n_threads_of(model.set_params(n_jobs=2)) == 2
    with pytest.raises(ValueError, match="n_jobs == 0"):
        n_threads_of(model.set_params(n_jobs=0))
