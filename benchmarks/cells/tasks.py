"""What there is to do, how it is named in the results, and how much work it is."""

import json
import subprocess
import sys
import time
from typing import NamedTuple

from cells import fits
from cells.counts import count, sizes_in_bytes
from cells.memory_tasks import MEMORY_TASKS, N_SYMBOLS
from cells.models import (
    AS_MANY_PARAMETERS,
    CELLS,
    GRU,
    LSTM,
    OF_KERAS,
    RAW,
    RNN,
    VARIANTS,
    step_products,
)
from evidence.datasets import DATASETS, Missing
from threadpoolctl import threadpool_limits

COUNTS, TIME = "counts", "time"
CONVERGENCE, GRADIENTS = "convergence", "gradients"
ACCURACY, OVERFITTING = "accuracy", "overfitting"
# These are timed: nothing else may run beside them.
ALONE = (COUNTS, TIME, CONVERGENCE)
SECTIONS = (*ALONE, ACCURACY, OVERFITTING, *MEMORY_TASKS, GRADIENTS)
LIBRARIES = {"skgru": "cells.timing", "PyTorch": "cells.timing_torch"}
THREADS = (1, 2)
# Data sets of fewer training rows are small.
FEW_ROWS = 150
WITH_KERAS = (*CELLS, GRU + OF_KERAS, LSTM + OF_KERAS)
RAW_CELLS = tuple(cell + RAW for cell in CELLS)
# The longest sequences take as long as all others together: fewer seeds.
FEWER_SEEDS, LONG = 3, 4_000_000
SECONDS_OF_PROCESS = 20


class Task(NamedTuple):
    """One line of the results. The seed of a timing is the number of its round."""

    section: str
    case: str
    model: str
    seed: int

    @property
    def key(self):
        """The same for the same task."""
        return json.dumps(list(self), ensure_ascii=False)


def datasets():
    """The data sets that are here, by name, those of least work first."""
    found = {}
    for name in DATASETS:
        try:
            found[name] = fits.cached_load(name)
        except Missing as missing:
            print(f"{name} is left out: {missing}")
    return dict(sorted(found.items(), key=lambda item: item[1].work))


def cases(section):
    """Cases and models of a section, as pairs."""
    if section == COUNTS:
        return [("", cell) for cell in CELLS]
    if section == TIME:
        return [(str(n), library) for n in THREADS for library in LIBRARIES]
    if section == CONVERGENCE:
        return [(case, cell) for case in ("sunspots", "adding") for cell in CELLS]
    if section == GRADIENTS:
        return [(str(fits.ADDING_STEPS), model) for model in WITH_KERAS]
    if section == ACCURACY:
        models = (*CELLS, LSTM + AS_MANY_PARAMETERS, RNN + AS_MANY_PARAMETERS)
        return [(name, model) for name in datasets() for model in models]
    if section == OVERFITTING:
        few = [name for name, data in datasets().items() if data.first_test < FEW_ROWS]
        return [(name, cell) for name in few for cell in CELLS]
    task = MEMORY_TASKS[section]
    models = (*WITH_KERAS, *(RAW_CELLS if task.raw_too else ()))
    return [(str(length), model) for length in task.lengths for model in models]


def all_tasks(sections, n_seeds):
    """Every task of the sections, seed by seed in each."""
    return [
        Task(section, case, model, seed)
        for section in sections
        for pairs in [cases(section)]
        for seed in range(1 if section == COUNTS else n_seeds)
        for case, model in pairs
        if seed < FEWER_SEEDS or not is_long(section, case)
    ]


def is_long(section, case):
    """Whether a fit reads so many steps in an epoch that some seeds are left out."""
    if section not in MEMORY_TASKS:
        return False
    task = MEMORY_TASKS[section]
    return task.n_rows * task.n_steps(int(case)) >= LONG


def products(task):
    """Multiply-adds of a fit in matrix products, at most."""
    name = task.model.removesuffix(AS_MANY_PARAMETERS)
    cell = VARIANTS[name].cell if name in VARIANTS else GRU
    units, n_epochs, n_features = fits.N_UNITS, 100, 1
    if (
        task.section in MEMORY_TASKS
        or task.case == "adding"
        or (task.section == GRADIENTS)
    ):
        name = task.section if task.section in MEMORY_TASKS else "adding"
        memory_task = MEMORY_TASKS[name]
        length = int(task.case) if task.case.isdigit() else fits.ADDING_STEPS
        steps = memory_task.n_rows * memory_task.n_steps(length)
        units, n_epochs = fits.N_UNITS_MEMORY, memory_task.n_epochs
        n_features = N_SYMBOLS
    else:
        data = fits.cached_load(task.case)
        steps, n_features = data.work, data.X.shape[-1]
        if task.section == OVERFITTING:
            n_epochs = fits.N_EPOCHS_OVERFITTING
        if task.section == ACCURACY:
            cell, units = fits.units_of(task.model, n_features)
    return 3 * steps * n_epochs * step_products(cell, n_features, units)


def work_of_time(task, plan):
    """Times of a library on some threads, measured in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", LIBRARIES[task.model], task.case]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return {"times": json.loads(done.stdout.splitlines()[-1])}


def work_of_counts(task, plan):
    """What is counted of a cell."""
    return {"counts": count(task.model), "bytes": sizes_in_bytes(task.model)}


RUNNERS = {
    COUNTS: work_of_counts,
    TIME: work_of_time,
    CONVERGENCE: fits.convergence,
    ACCURACY: fits.accuracy,
    OVERFITTING: fits.overfitting,
    GRADIENTS: fits.gradients,
    **dict.fromkeys(MEMORY_TASKS, fits.memory),
}


def do(task, plan):
    """Do it on one thread, and say how it went."""
    begin = time.perf_counter()
    with threadpool_limits(1):
        found = RUNNERS[task.section](task, plan)
    return {**task._asdict(), **found, "seconds": time.perf_counter() - begin}
