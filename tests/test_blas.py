"""The limit on BLAS threads is left as it was found."""

import threading

import threadpoolctl

from skgru._blas import one_blas_thread


def blas_threads():
    return {
        library["filepath"]: library["num_threads"]
        for library in threadpoolctl.threadpool_info()
        if library["user_api"] == "blas"
    }


def test_overlapping_users_restore_what_was_there():
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = blas_threads()
        assert set(before.values()) == {2}
        entered, first_left = threading.Event(), threading.Event()
        seen = []

        def second():
            with one_blas_thread():
                entered.set()
                first_left.wait()
                seen.append(set(blas_threads().values()))

        thread = threading.Thread(target=second)
        with one_blas_thread():
            thread.start()
            entered.wait()
            assert set(blas_threads().values()) == {1}
        # The first has left; the second is still inside.
        first_left.set()
        thread.join()
        assert seen == [{1}]
        assert blas_threads() == before


def test_the_limit_is_restored_after_an_error():
    before = blas_threads()
    try:
        with one_blas_thread():
            raise RuntimeError
    except RuntimeError:
        pass
    assert blas_threads() == before
