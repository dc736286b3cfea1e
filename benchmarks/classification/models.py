"""What is fitted: each model maps data and rows to an Outcome.

`run(data, train, test, fit)` fits to the rows `train`, and predicts the rows `test`,
which for a series follow on them.
"""

import importlib.util
import inspect
import time
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from classification import candidates
from classification.tabular import flattened, sequences, summaries
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import skgru


class Fit(NamedTuple):
    """What differs between fits of a model; fewer epochs only show that all runs."""

    dataset: str
    seed: int
    most_epochs: int | None = None

    def epochs(self, wanted):
        """So many, or the most there may be; None: as many as the model chooses."""
        if wanted is None or self.most_epochs is None:
            return self.most_epochs or wanted
        return min(wanted, self.most_epochs)


class Outcome(NamedTuple):
    """Probabilities of the test rows, seconds of the fit, what is known about it."""

    probabilities: np.ndarray
    classes: np.ndarray
    seconds: float
    facts: dict


class Model(NamedTuple):
    """How it is run, and on what.

    Attributes
    ----------
    run : callable
    suits : callable
        Whether it can be fitted to a data set, from its name and the data.
    settings : dict
        What decides on a fit: a result of other settings is out of date.
    draws : bool
        Whether a seed changes it.
    has_probabilities : bool
        Whether it gives more than a prediction with certainty.
    needs : str
        A package without which it is left out.
    is_ours : bool
        Whether it is of skgru, which reads texts by a TokenSequencer.
    """

    run: Callable
    suits: Callable
    settings: dict
    draws: bool = True
    has_probabilities: bool = True
    needs: str = "sklearn"
    is_ours: bool = False


def timed_fit(model, X, y):
    """Fit without warnings, and say how long it took."""
    begin = time.perf_counter()
    with warnings.catch_warnings():
        # What the predictions are worth is seen on the test rows.
        warnings.simplefilter("ignore", UserWarning)
        model.fit(X, y)
    return time.perf_counter() - begin


# Models of scikit-learn


def on_table(columns, make):
    """A model on columns; rows of a series without a whole window are left out."""

    def run(data, train, test, fit):
        table, whole = columns(data)
        train = train[np.isin(train, whole)]
        # Whole rows stand in the table one after the other.
        rows, new = (np.searchsorted(whole, part) for part in (train, test))
        model = make(data.class_weight)
        if fit.most_epochs and "max_iter" in model.get_params():
            model.set_params(max_iter=fit.most_epochs)
        seconds = timed_fit(model, table[rows], data.y[train])
        return Outcome(model.predict_proba(table[new]), model.classes_, seconds, {})

    return run


def columns_of(form):
    """A function from data to a table of whole rows, and which rows these are."""

    def columns(data):
        X, whole = sequences(data)
        return form(X[whole]), whole

    return columns


def right_columns(data):
    """Of made-up data: what a linear model has to know."""
    return data.right_features, np.arange(len(data.y))


def last_step(X):
    """What a model sees that knows nothing of time."""
    return X[:, -1]


def text_columns(data):
    """The texts themselves."""
    return data.X, np.arange(len(data.y))


def row_numbers(data):
    """Nothing of X."""
    return np.zeros((len(data.y), 1)), np.arange(len(data.y))


def logistic(class_weight):
    """Its penalty needs the scaling."""
    return make_pipeline(
        StandardScaler(), LogisticRegression(max_iter=5000, class_weight=class_weight)
    )


def boosting(class_weight):
    """As it comes; so few rows draw nothing."""
    return HistGradientBoostingClassifier(random_state=0, class_weight=class_weight)


def neighbour(class_weight):
    """Which has no probabilities, and no weights of classes."""
    return KNeighborsClassifier(1)


def majority(class_weight):
    """Frequencies of the classes."""
    return DummyClassifier(strategy="prior")


def of_grams(class_weight):
    """Letters, pairs and triples of them, in words with their ends."""
    return make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(1, 3), sublinear_tf=True),
        LogisticRegression(C=10, max_iter=2000, class_weight=class_weight),
    )


def is_anything(name, data):
    """Suits all data."""
    return True


def is_numbers(name, data):
    """Suits sequences and series."""
    return not data.is_text


def is_text(name, data):
    """Suits texts."""
    return data.is_text


def is_made_up(name, data):
    """Suits data of which it is known what a model has to know."""
    return data.right_features is not None


def simple(columns, make, suits=is_numbers, **more):
    """A model that draws nothing."""
    return Model(on_table(columns, make), suits, {}, draws=False, **more)


FLAT, SUMMARIES = columns_of(flattened), columns_of(summaries)
SIMPLE = {
    "majority": simple(row_numbers, majority, is_anything),
    "logistic, last step": simple(columns_of(last_step), logistic),
    "logistic, flattened": simple(FLAT, logistic),
    "logistic, summaries": simple(SUMMARIES, logistic),
    "boosting, summaries": simple(SUMMARIES, boosting),
    "1-NN": simple(FLAT, neighbour, has_probabilities=False),
    "logistic, 1-3 grams": simple(text_columns, of_grams, is_text),
    "logistic, right features": simple(right_columns, logistic, is_made_up),
}

# skgru


def reads_texts():
    """Whether there are tokens, and columns of categories, which they make."""
    parameters = inspect.signature(skgru.GRUClassifier).parameters
    return hasattr(skgru, "TokenSequencer") and "categorical_features" in parameters


def pipeline_for(data, candidate, max_iter, seed):
    """The estimator, behind a TokenSequencer where rows are texts."""
    parameters = {**candidate.parameters, "max_iter": max_iter}
    parameters["class_weight"] = data.class_weight
    if data.window is not None:
        parameters |= {"window": data.window, "remember": True}
    model = candidate.kind(**parameters, random_state=seed)
    if not data.is_text:
        return model
    from skgru import TokenSequencer

    return make_pipeline(TokenSequencer(), model)


def recurrent(candidate):
    """The rows as they are, in float32, which is twice as fast."""

    def run(data, train, test, fit):
        X = data.X if data.is_text else data.X.astype(np.float32)
        max_iter = fit.epochs(candidate.settings["max_iter"])
        if fit.most_epochs is None:
            # Kernels are loaded, or compiled, outside of the time.
            beforehand = pipeline_for(data, candidate, 1, fit.seed)
            timed_fit(beforehand, X[train], data.y[train])
        model = pipeline_for(data, candidate, max_iter, fit.seed)
        seconds = timed_fit(model, X[train], data.y[train])
        fitted = model[-1] if data.is_text else model
        facts = {"n_iter": fitted.n_iter_, "stop_reason": fitted.stop_reason_}
        with warnings.catch_warnings():
            # A text longer than all of training is cut.
            warnings.simplefilter("ignore", UserWarning)
            probabilities = model.predict_proba(X[test])
        return Outcome(probabilities, fitted.classes_, seconds, facts)

    return run


def of_candidate(candidate, suits=is_anything):
    """A model of skgru."""
    return Model(recurrent(candidate), suits, candidate.settings, is_ours=True)


def stated_for(dataset):
    """Suits one data set."""
    return lambda name, data: name == dataset


OURS = {
    **{name: of_candidate(of) for name, of in candidates.DEFAULTS.items()},
    **{
        name: of_candidate(of, stated_for(dataset))
        for dataset, by_name in candidates.STATED.items()
        for name, of in by_name.items()
    },
}
CANDIDATES = {
    name: of_candidate(of) for name, of in candidates.CANDIDATES.items() if of.is_known
}

# PyTorch

# Epochs and clipping: what is usual, and what was found for some data sets.
USUAL = (100, None)
TUNED = {"GunPoint": (1000, 1.0), "BasicMotions": (500, 1.0), "names": (15, 1.0)}


def pytorch(is_tuned):
    """PyTorch's GRU; with what was found for a data set only where something was."""

    def run(data, train, test, fit):
        from classification import with_torch

        n_epochs, clip = TUNED[fit.dataset] if is_tuned else USUAL
        n_epochs = fit.epochs(n_epochs)
        return with_torch.run(data, train, test, fit.seed, n_epochs, clip)

    def suits(name, data):
        # A hundred epochs of names take too long, and overfit.
        return name in TUNED if is_tuned else name != "names"

    settings = {"tuned": {k: list(v) for k, v in TUNED.items()}} if is_tuned else {}
    return Model(run, suits, settings, needs="torch")


PYTORCH, PYTORCH_TUNED = "PyTorch", "PyTorch, tuned epochs"
PEERS = {PYTORCH: pytorch(False), PYTORCH_TUNED: pytorch(True)}
MODELS = {**SIMPLE, **PEERS, **OURS}


def is_here(model):
    """Whether the package that it needs is installed."""
    return importlib.util.find_spec(model.needs) is not None
