"""How one fit of each section is done, and what is kept of it.

Each function takes a task and a plan, and returns what goes into the line of results.
"""

import functools
import time
import warnings
from typing import NamedTuple

import numpy as np
from cells.jacobians import STEPS_BACK, gradient_norms
from cells.memory_tasks import MEMORY_TASKS, SCORES
from cells.models import (
    AS_MANY_PARAMETERS,
    GRU,
    KINDS,
    RNN,
    VARIANTS,
    n_parameters,
    units_for,
)

# They register their data sets.
from evidence import generated, recorded  # noqa: F401
from evidence.datasets import load
from evidence.models import gru
from sklearn.exceptions import ConvergenceWarning

from skgru.inspection import memory_horizon

# Those of the defaults on real data; fewer on made-up ones, of which there are many.
N_UNITS, N_UNITS_MEMORY = 50, 32
N_EPOCHS_OVERFITTING = 300
ADDING_STEPS = 100
N_SEQUENCES = 32
# Factors of the recurrent weights of a plain RNN: gradients vanish, and explode.
FACTORS = (0.5, 1.5)
cached_load = functools.lru_cache(maxsize=4)(load)


class Plan(NamedTuple):
    """How much is done: less of it only shows that everything runs."""

    n_rows_divided_by: int = 1
    most_epochs: int | None = None

    def epochs(self, wanted):
        """So many epochs, or the most there may be."""
        return min(wanted, self.most_epochs or wanted)


def fitted(model, X, y):
    """Fit without warnings: whether it converged is seen in the errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        # The last value may be better, or no row may be held out: also in the errors.
        warnings.simplefilter("ignore", UserWarning)
        return model.fit(X, y)


def rmse(prediction, y):
    """Root of the mean squared error."""
    return float(np.sqrt(np.mean((prediction - y) ** 2)))


def units_of(model, n_features):
    """The cell of a model of the accuracy section, and its units."""
    cell = model.removesuffix(AS_MANY_PARAMETERS)
    if cell == model:
        return cell, N_UNITS
    return cell, units_for(cell, n_features, n_parameters(GRU, n_features, N_UNITS))


def accuracy(task, plan):
    """The defaults, on a data set of the evidence."""
    data = cached_load(task.case)
    cell, units = units_of(task.model, data.X.shape[-1])
    parameters = {"hidden_layer_sizes": units, "max_iter": plan.epochs(100)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        prediction, facts = gru(parameters, "auto", KINDS[cell])(data, task.seed)
    error = rmse(prediction, data.y[data.first_test :])
    return {"rmse": error, "units": units, "n_iter": facts["n_iter"]}


def overfitting(task, plan):
    """Without anything that ends training: errors of both parts of the rows."""
    data = cached_load(task.case)
    X, first_test = data.X.astype(np.float32), data.first_test
    model = VARIANTS[task.model].make(
        N_UNITS,
        window=data.window,
        remember=data.window is not None,
        early_stopping=False,
        n_iter_no_change=None,
        max_iter=plan.epochs(N_EPOCHS_OVERFITTING),
        random_state=task.seed,
    )
    fitted(model, X[:first_test], data.y[:first_test])
    return {
        "n_rows": first_test,
        "training": rmse(model.predict(X[:first_test]), data.y[:first_test]),
        "test": rmse(model.predict(X[first_test:]), data.y[first_test:]),
    }


def memory_model(name, task, plan, **parameters):
    """An estimator for a memory task, not fitted."""
    return VARIANTS[task.model].make(
        N_UNITS_MEMORY,
        anchor=None,
        random_state=task.seed,
        **({"max_iter": plan.epochs(MEMORY_TASKS[name].n_epochs)} | parameters),
    )


def memory_problem(name, length, task, plan):
    """Its data, which each seed draws anew."""
    memory_task = MEMORY_TASKS[name]
    n_rows = memory_task.n_rows // plan.n_rows_divided_by
    return memory_task.make(length, task.seed, n_rows)


def memory(task, plan):
    """The score on each part of the new rows."""
    problem = memory_problem(task.section, int(task.case), task, plan)
    model = memory_model(
        task.section,
        task,
        plan,
        window=problem.window,
        remember=problem.window is not None,
    )
    fitted(model, problem.X, problem.y)
    measure = SCORES[MEMORY_TASKS[task.section].score].measure
    scores = {
        name: measure(model.predict(X), y) for name, (X, y) in problem.tests.items()
    }
    return {"scores": scores, "n_iter": model.n_iter_}


def gradients(task, plan):
    """Norms before training, after it, and of a scaled plain RNN; memory horizons."""
    problem = memory_problem("adding", ADDING_STEPS, task, plan)
    X = problem.tests["new"][0][:N_SEQUENCES]
    found = {}
    # So short a step that no weight moves.
    first = {"max_iter": 1, "learning_rate_init": 1e-30}
    for when, parameters in {"before": first, "after": {}}.items():
        # The weights after the last epoch, whatever the held-out rows say of them.
        model = memory_model("adding", task, plan, early_stopping=False, **parameters)
        fitted(model, problem.X, problem.y)
        found[when] = gradient_norms(model, X)
        found[f"horizon {when}"] = memory_horizon(model, X).n_steps
        if when == "before" and task.model == RNN:
            weights = model.recurrent_kernels_[0].copy()
            for factor in FACTORS:
                model.recurrent_kernels_[0] = factor * weights
                found[f"× {factor:g}"] = gradient_norms(model, X)
    test_X, test_y = problem.tests["new"]
    score = SCORES["adding"].measure(model.predict(test_X), test_y)
    return {**found, "steps": list(STEPS_BACK), "score": score}


def convergence(task, plan):
    """Losses of each epoch, and how long an epoch took in the mean."""
    if task.case == "adding":
        problem = memory_problem(task.case, ADDING_STEPS, task, plan)
        X, y = problem.X, problem.y
        model = memory_model(task.case, task, plan, n_iter_no_change=None)
    else:
        data = cached_load(task.case)
        X, y = data.X[: data.first_test].astype(np.float32), data.y[: data.first_test]
        model = VARIANTS[task.model].make(
            N_UNITS,
            window=data.window,
            n_iter_no_change=None,
            max_iter=plan.epochs(100),
            random_state=task.seed,
        )
    # Loads the kernels: that is not to be timed.
    fitted(
        VARIANTS[task.model].make(2, window=model.window, max_iter=1), X[:64], y[:64]
    )
    begin = time.perf_counter()
    fitted(model, X, y)
    variance = float(np.var(y))
    return {
        # As parts of the variance of y.
        "loss": [loss / variance for loss in model.loss_curve_],
        "validation": [loss / variance for loss in model.validation_loss_curve_],
        "seconds_of_epoch": (time.perf_counter() - begin) / model.n_iter_,
    }
