"""scikit-learn's own checks. All estimators pass all of them, unless stated here."""

import numpy as np
import pytest
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import check_estimator, parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from skgru import (
    SGD,
    GRUClassifier,
    GRURegressor,
    LSTMClassifier,
    LSTMRegressor,
    RNNClassifier,
    RNNRegressor,
    TokenSequencer,
    WindowTransformer,
)

pytestmark = [
    # Some checks fit with few epochs, such as max_iter=5.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
    # Some checks are skipped with a warning if an optional package is not installed.
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning"),
    # One check passes a DataFrame without window or n_timesteps.
    pytest.mark.filterwarnings("ignore:The .* columns of X:UserWarning"),
    pytest.mark.filterwarnings("ignore:X has .* too few to hold out:UserWarning"),
    # Some checks have targets that are noise.
    pytest.mark.filterwarnings("ignore:On the .* held-out rows:UserWarning"),
    # Some checks have classes of one row, or classes that change half way through.
    pytest.mark.filterwarnings("ignore:No row of the (classes|labels):UserWarning"),
]

# Parameters that are checked in addition to the defaults.
VARIANTS = [
    {"bidirectional": True},
    {"dropout": 0.2, "recurrent_dropout": 0.2},
    {"solver": "sgd"},
    {"solver": SGD(nesterov=False)},
    {"solver": "lbfgs"},
    {"window": 1},
    {"standardize": False, "clip_norm": None, "alpha": 0.1},
    {"n_iter_no_change": None, "max_iter": 100, "anchor": 0},
    {"early_stopping": True},
    {"loss": "absolute_error"},
    {"loss": "huber"},
    {"loss": "quantile", "quantile": 0.5},
    {"loss": "poisson"},
]

# Takes a third of the time of the default network. Its scores are well above the 0.5
# that one check wants.
SMALL = {"hidden_layer_sizes": 12, "learning_rate_init": 0.05}

# Of the other cells, what their kernels have a part in.
OF_OTHER_CELLS = [
    variant
    for variant in VARIANTS
    if variant.keys() & {"bidirectional", "dropout", "window", "early_stopping"}
]

OTHER_CELLS = (LSTMRegressor, RNNRegressor)

REGRESSORS = [
    GRURegressor(),
    GRURegressor(**SMALL, window=1),
    GRURegressor(**SMALL, early_stopping=True),
    *(
        kind(hidden_layer_sizes=(8, 5), learning_rate_init=0.05)
        for kind in (GRURegressor, *OTHER_CELLS)
    ),
]

# The rest, which takes minutes together.
MORE_REGRESSORS = [
    GRURegressor(reset_after=False),
    GRURegressor(**SMALL, reset_after=False),
    GRURegressor(**SMALL, gate_init="keras"),
    *(GRURegressor(**variant) for variant in VARIANTS),
    *(kind() for kind in OTHER_CELLS),
    *(
        kind(**{"hidden_layer_sizes": 20, "learning_rate_init": 0.02} | variant)
        for kind in OTHER_CELLS
        for variant in OF_OTHER_CELLS
    ),
]

CLASSIFIERS = [
    GRUClassifier(),
    GRUClassifier(**SMALL, window=1),
]

VARIANTS_OF_CLASSIFIERS = [
    *(
        variant
        for variant in VARIANTS
        if not variant.keys() & {"loss", "anchor", "quantile"}
    ),
    {"n_iter_no_change": None, "max_iter": 100},
    {"class_weight": "balanced"},
]

# The rest, which takes minutes together.
MORE_CLASSIFIERS = [
    GRUClassifier(**SMALL, reset_after=False),
    GRUClassifier(**SMALL, gate_init="keras"),
    *(
        kind(hidden_layer_sizes=(8, 5), learning_rate_init=0.05)
        for kind in (GRUClassifier, LSTMClassifier, RNNClassifier)
    ),
    *(GRUClassifier(**SMALL, **variant) for variant in VARIANTS_OF_CLASSIFIERS),
    GRUClassifier(early_stopping=True),
    GRUClassifier(class_weight="balanced"),
    *(kind() for kind in (LSTMClassifier, RNNClassifier)),
    *(
        kind(**{"hidden_layer_sizes": 20, "learning_rate_init": 0.02} | variant)
        for kind in (LSTMClassifier, RNNClassifier)
        for variant in OF_OTHER_CELLS
    ),
]

TRANSFORMERS = [
    WindowTransformer(window=1),
    WindowTransformer(),
    WindowTransformer(window=3, flatten=True),
    WindowTransformer(window=3, initial="edge", remember=True),
]

WITH_EARLY_STOPPING = {
    "check_sample_weight_equivalence_on_dense_data": "the held-out rows differ: they "
    "are the last ones, and repeating rows moves them",
}

WITH_POSITIVE_TARGETS = {
    "check_regressor_multioutput": "the check passes negative targets, whatever the "
    "tag positive_only says",
}

ACROSS_ROWS = dict.fromkeys(
    ("check_methods_sample_order_invariance", "check_methods_subset_invariance"),
    "a window holds the rows before: other rows before it are another window",
)


def failures_of_regressor(estimator):
    stops_early = estimator.early_stopping is True
    failures = WITH_EARLY_STOPPING if stops_early else {}
    return failures | (WITH_POSITIVE_TARGETS if estimator.loss == "poisson" else {})


def failures_of_classifier(estimator):
    return WITH_EARLY_STOPPING if estimator.early_stopping is True else {}


def failures_of_transformer(estimator):
    return ACROSS_ROWS if estimator.window > 1 else {}


@parametrize_with_checks(REGRESSORS, expected_failed_checks=failures_of_regressor)
def test_regressor(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(MORE_REGRESSORS, expected_failed_checks=failures_of_regressor)
def test_more_regressors(estimator, check):
    check(estimator)


@parametrize_with_checks(CLASSIFIERS, expected_failed_checks=failures_of_classifier)
def test_classifier(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    MORE_CLASSIFIERS, expected_failed_checks=failures_of_classifier
)
def test_more_classifiers(estimator, check):
    check(estimator)


@parametrize_with_checks(TRANSFORMERS, expected_failed_checks=failures_of_transformer)
def test_transformer(estimator, check):
    check(estimator)


class SequencerOfNumbers(TokenSequencer):
    """Writes rows of numbers as strings, and returns codes.

    scikit-learn's checks pass tables of numbers. For a transformer that reads strings
    they do nothing, but to clone it.
    """

    def _texts(self, X, reset):
        X = validate_data(self, X, reset=reset)
        return [" ".join(f"{value:.0f}" for value in row) for row in X]

    def _codes(self, table):
        code_of = {token: float(code) for code, token in enumerate(self.categories_)}
        rows = np.asarray(table, dtype=object)
        return np.array([[code_of.get(token, -1.0) for token in row] for row in rows])

    def fit(self, X, y=None):
        return super().fit(self._texts(X, True))

    def fit_transform(self, X, y=None):
        return self._codes(super().fit_transform(self._texts(X, True)))

    def transform(self, X):
        check_is_fitted(self)
        return self._codes(super().transform(self._texts(X, False)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        return tags


@pytest.mark.filterwarnings("ignore:.* more tokens than the longest:UserWarning")
@parametrize_with_checks(
    [SequencerOfNumbers(), SequencerOfNumbers(token_pattern=r"\S+", max_len=3)]
)
def test_transformer_of_strings(estimator, check):
    check(estimator)


def test_checks_of_a_transformer_of_strings_itself():
    with pytest.warns(SkipTestWarning, match="which requires input"):
        results = check_estimator(TokenSequencer())
    assert {result["status"] for result in results} == {"passed"}
