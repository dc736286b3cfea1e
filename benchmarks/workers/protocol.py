"""How a worker talks to the command: one JSON request a line, one JSON answer a line.

{"prepare": name, "task": ..., ...} does once what needs no timing, {"measure": name}
takes one measurement of what was prepared, {"forget": true} lets all of it go. The
answer holds numbers by the name of the quantity, or an error.
"""

import json
import math
import os
import sys
import time
import traceback
import warnings


def serve(tasks):
    """Answer requests until there are no more.

    Parameters
    ----------
    tasks : dict of callable
        By the name of a task, a function that takes the request as keywords, prepares
        everything and returns a function that measures once, without arguments.
    """
    warnings.simplefilter("ignore")
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    prepared = {}
    for line in sys.stdin:
        try:
            answer = _answer(tasks, prepared, json.loads(line))
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
        answers.write(json.dumps(answer) + "\n")


def _answer(tasks, prepared, request):
    if "prepare" in request:
        name, task = request.pop("prepare"), request.pop("task")
        prepared[name] = tasks[task](**request)
        return {}
    if "measure" in request:
        return prepared[request["measure"]]()
    prepared.clear()
    return {}


def seconds_of(function, *arguments):
    """Time of one call."""
    begin = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - begin


def repeated(function, seconds):
    """A measurement of a short function: the mean of as many calls as fill some time.

    The number of calls is settled here, after two calls to warm up.
    """
    function()
    n_trial = 1
    # A call of microseconds cannot be timed by itself.
    while (trial := seconds_of(_call, function, n_trial)) < min(0.02, seconds):
        n_trial *= 2
    n_calls = math.ceil(seconds / (trial / n_trial))
    return lambda: {"seconds": seconds_of(_call, function, n_calls) / n_calls}


def _call(function, n_calls):
    for _ in range(n_calls):
        function()
