"""BLAS on one thread while kernels run.

The products of a recurrent network are small: a second BLAS thread costs more than it
brings, and with other work on the machine it waits for a processor at every step. The
limit is global to the process, so overlapping fits share one: the first to come sets
it, the last to go restores what was there before.
"""

import contextlib
import functools
import threading
from typing import Any

import threadpoolctl

_lock = threading.Lock()
_n_inside = 0
_limiter: Any = None


@functools.cache
def _controller():
    """Find the BLAS libraries, once; SciPy's, which kernels call, must be loaded."""
    import scipy.linalg.cython_blas  # noqa: F401

    return threadpoolctl.ThreadpoolController()


def _set_limit(function, **keywords):
    """Call what sets or restores a limit, whichever thread set the last one.

    From version 3.7 on, threadpoolctl obeys only the thread that first set a limit and
    silently ignores the others, until that thread gives up control. Ours take turns
    under a lock: the one that restores need not be the one that set.
    """
    openblas = threadpoolctl.OpenBLASController
    give_up_control = getattr(openblas, "clear_controlling_thread", lambda force: None)
    give_up_control(force=True)
    try:
        return function(**keywords)
    finally:
        give_up_control(force=True)


@contextlib.contextmanager
def one_blas_thread():
    """Limit BLAS to one thread until the last overlapping user has left."""
    global _n_inside, _limiter
    with _lock:
        _n_inside += 1
        if _n_inside == 1:
            _limiter = _set_limit(_controller().limit, limits=1, user_api="blas")
    try:
        yield
    finally:
        with _lock:
            _n_inside -= 1
            if _n_inside == 0:
                _set_limit(_limiter.restore_original_limits)
                _limiter = None
