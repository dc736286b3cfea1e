"""Threads that run one compiled function together and wait for each other in it.

Every member of a team runs the same long loop over mini-batches. At the points that all
members must reach before any goes on, each calls ``wait_for_all``, which raises a
counter in shared memory by one and waits until all have done so. Waiting by way of
Python would cost as much time as a training step of a small network.
"""

import contextlib
import ctypes
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import lower_builtin, type_callable

from skgru._numerics._jit import jit
from skgru._numerics._structs import Indices
from skgru._numerics._views import View, ViewType

# How often a waiting thread reads the counter before it lets other threads have its
# processor: a team may have more threads than there are free processors.
_PATIENCE = 2000
# The counter of a disbanded team: so low that later arrivals never raise it to 0.
_DISBANDED = -(2**62)


class Team(NamedTuple):
    """Threads that work together.

    Attributes
    ----------
    n_threads : int
    arrivals : int64 ndarray of shape (1,)
        Total number of times that any member has come to wait; far below 0 once the
        team has been disbanded.
    give_way : int
        Address of the operating system's function that lets another thread run; 0 if
        there is none.
    """

    n_threads: int
    arrivals: Indices
    give_way: int


def make_team(n_threads):
    """Make a team that is about to start."""
    return Team(n_threads, np.zeros(1, dtype=np.int64), _address_of_give_way())


def disband(team):
    """End all waiting in a team, because a member has failed and will not arrive.

    What the other members compute from here on must not be used.
    """
    team.arrivals[0] = _DISBANDED


def _address_of_give_way():
    """Address of ``sched_yield`` or ``SwitchToThread``."""
    if os.name == "nt":
        function = ctypes.WinDLL("kernel32").SwitchToThread
    else:
        function = ctypes.CDLL(None).sched_yield
    return ctypes.cast(function, ctypes.c_void_p).value or 0


def possible_threads(n_threads):
    """How many of `n_threads` can form a team: only one where kernels are not compiled.

    Uncompiled, the members of a team cannot wait for each other.
    """
    return 1 if config.DISABLE_JIT else n_threads


class Crew:
    """Calls a function in several threads at once, of which the caller's is one.

    Use a crew as a context manager: its threads end with the context.
    """

    def __init__(self, n_threads):
        self.n_threads = n_threads
        self._pool = self._handler = None

    def __enter__(self):
        if self.n_threads > 1:
            self._pool = ThreadPoolExecutor(self.n_threads - 1, "skgru")
        return self

    def __exit__(self, *exception):
        try:
            # An exception may have come before `_interrupts_later` put it back.
            self._put_handler_back()
        finally:
            if self._pool is not None:
                self._pool.shutdown()

    def call(self, function, when_one_fails=None):
        """Call ``function(thread)`` for every thread from 0 on, and wait for all.

        Parameters
        ----------
        function : callable
        when_one_fails : callable, default=None
            Called if a thread raises an exception or cannot be started. It should make
            sure that the other threads do not wait for that thread for ever.
        """
        if self._pool is None:
            function(0)
            return

        def call_or_tell(thread):
            try:
                function(thread)
            except BaseException:
                if when_one_fails is not None:
                    when_one_fails()
                raise

        with self._interrupts_later():
            try:
                others = [
                    self._pool.submit(call_or_tell, thread)
                    for thread in range(1, self.n_threads)
                ]
                call_or_tell(0)
            except BaseException:
                # This is also reached if a thread could not be started.
                if when_one_fails is not None:
                    when_one_fails()
                raise
            for other in others:
                other.result()

    @contextlib.contextmanager
    def _interrupts_later(self):
        """Delay the effect of Ctrl-C to the end of this context.

        An interrupted thread would leave the others waiting for it, and an exception at
        an arbitrary line may leave the locks of Python's own threads in a wrong state.
        """
        handler = signal.getsignal(signal.SIGINT)
        is_main = threading.current_thread() is threading.main_thread()
        if not is_main or not callable(handler):
            yield
            return
        caught = []
        self._handler = handler
        try:
            signal.signal(signal.SIGINT, lambda *arguments: caught.append(arguments))
            yield
        finally:
            self._put_handler_back()
        if caught:
            handler(*caught[0])

    def _put_handler_back(self):
        """Restore the handler of Ctrl-C that was there before."""
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
            self._handler = None


@jit
def wait_for_all(team):
    """Wait until every member of the team has called this function."""
    if team.n_threads == 1:
        return
    arrived = _raise_by_one(team.arrivals)
    # What the counter will be when all members have arrived in this round.
    expected = (arrived + team.n_threads - 1) // team.n_threads * team.n_threads
    n_looks = 0
    while 0 <= _current(team.arrivals) < expected:
        n_looks += 1
        if n_looks > _PATIENCE:
            _give_way(team.give_way)


def _raise_by_one(counter):
    """Add 1 to a shared counter, and return the sum."""
    counter[0] += 1
    return counter[0]


def _current(counter):
    """Value of a shared counter.

    What other threads wrote before they raised the counter can be read afterwards.
    """
    return counter[0]


def _give_way(address):
    """Let another thread have the processor."""


@type_callable(_raise_by_one)
def _type_raise_by_one(context):
    return lambda counter: types.int64


@type_callable(_current)
def _type_current(context):
    return lambda counter: types.int64


@type_callable(_give_way)
def _type_give_way(context):
    return lambda address: types.void


def _pointer_to(context, builder, signature, arguments):
    return View(context, builder, signature.args[0], arguments[0]).data


@lower_builtin(_raise_by_one, ViewType)
def _lower_raise_by_one(context, builder, signature, arguments):
    pointer = _pointer_to(context, builder, signature, arguments)
    one = ir.Constant(ir.IntType(64), 1)
    return builder.add(builder.atomic_rmw("add", pointer, one, "seq_cst"), one)


@lower_builtin(_current, ViewType)
def _lower_current(context, builder, signature, arguments):
    pointer = _pointer_to(context, builder, signature, arguments)
    return builder.load_atomic(pointer, "seq_cst", 8)


@lower_builtin(_give_way, types.Integer)
def _lower_give_way(context, builder, signature, arguments):
    function = ir.FunctionType(ir.IntType(32), []).as_pointer()
    is_there = builder.icmp_unsigned("!=", arguments[0], arguments[0].type(0))
    with cgutils.if_likely(builder, is_there):
        builder.call(builder.inttoptr(arguments[0], function), [])
    return context.get_dummy_value()
