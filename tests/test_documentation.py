"""Docstrings of estimators are complete, and agree with the signatures."""

import ast
import inspect
import re

import pytest

from skgru import (
    GRUClassifier,
    GRURegressor,
    LSTMClassifier,
    LSTMRegressor,
    RNNClassifier,
    RNNRegressor,
)
from skgru._estimators._described_attributes import ATTRIBUTES
from skgru._estimators._described_parameters import PARAMETERS
from skgru._estimators._documentation import documented

REGRESSORS = [GRURegressor, LSTMRegressor, RNNRegressor]
CLASSIFIERS = [GRUClassifier, LSTMClassifier, RNNClassifier]
ESTIMATORS = [*REGRESSORS, *CLASSIFIERS]
# Parameters of some cells only, by what begins the name of the estimator.
OF_CELLS = {
    "GRU": {"reset_after", "gate_init"},
    "LSTM": {"gate_init"},
    "RNN": set(),
}
OF_REGRESSORS = {"loss", "quantile", "huber_delta", "anchor"}
OF_CLASSIFIERS = {"class_weight", "pooling", "max_iter", "recurrent_dropout"}
# What a fit of numbers leaves, and one of classes does not, and the other way round.
LEFT_BY_REGRESSORS = {
    "quantiles_",
    "anchor_",
    "line_coefs_",
    "target_mean_",
    "target_scale_",
    "series_target_mean_",
    "series_target_scale_",
}
LEFT_BY_CLASSIFIERS = {"classes_", "class_weights_"}


def attributes_of(kind):
    """The names of all fitted attributes that an estimator may have."""
    others = LEFT_BY_CLASSIFIERS if kind in REGRESSORS else LEFT_BY_REGRESSORS
    return set(ATTRIBUTES) - others


def items_of(kind, section):
    """Names, types and descriptions in a section of the docstring of a class."""
    text = inspect.getdoc(kind)
    (body,) = re.findall(rf"^{section}\n-+\n(.*?)\n\n", text, flags=re.DOTALL | re.M)
    items = re.findall(r"^(\w+) : (.*)\n((?:    .*\n?)+)", body, flags=re.MULTILINE)
    assert len(items) > 20
    return items


estimators = pytest.mark.parametrize("kind", ESTIMATORS)


@estimators
def test_parameters_are_those_of_the_signature_with_its_defaults(kind):
    items = items_of(kind, "Parameters")
    signature = inspect.signature(kind)
    assert [name for name, _, _ in items] == list(signature.parameters)
    for name, of_type, description in items:
        (shown,) = re.findall(r"default=(.*)$", of_type)
        assert ast.literal_eval(shown) == signature.parameters[name].default
        assert len(description) > 20
    assert set(PARAMETERS) >= set(signature.parameters)


def signature_without(kind, names):
    """Parameters with their defaults in order, but for those of some names."""
    parameters = inspect.signature(kind).parameters
    return [value for name, value in parameters.items() if name not in names]


@estimators
def test_all_have_the_parameters_of_the_gru_but_for_those_of_gates(kind):
    gru = GRURegressor if kind in REGRESSORS else GRUClassifier
    (own,) = (
        names for cell, names in OF_CELLS.items() if kind.__name__.startswith(cell)
    )
    lacking = OF_CELLS["GRU"] - own
    assert signature_without(kind, ()) == signature_without(gru, lacking)
    assert own <= set(inspect.signature(kind).parameters)


def test_classifiers_have_the_parameters_of_regressors_but_for_the_targets():
    for regressor, classifier in zip(REGRESSORS, CLASSIFIERS, strict=True):
        assert set(inspect.signature(regressor).parameters) > OF_REGRESSORS
        assert set(inspect.signature(classifier).parameters) > OF_CLASSIFIERS
        # How many epochs there are by default differs too, and what is dropped.
        assert signature_without(classifier, OF_CLASSIFIERS) == signature_without(
            regressor, OF_REGRESSORS | {"max_iter", "recurrent_dropout"}
        )


@estimators
def test_attributes_that_a_fit_leaves_are_described(kind, rng):
    described = {name for name, _, _ in items_of(kind, "Attributes")}
    X = rng.randn(40, 3)
    y = X[:, 0] if kind in REGRESSORS else X[:, 0] > 0
    model = kind(2, window=4, max_iter=1, early_stopping=False).fit(X, y)
    public = {
        name for name, _ in inspect.getmembers(model) if re.match(r"[a-z]\w*_$", name)
    }
    assert public <= described == attributes_of(kind)
    # These attributes exist in fits with column names, categories, quantiles, several
    # series or where a level drifts.
    assert described - public == {
        "categories_",
        "embeddings_",
        "feature_names_in_",
        *({"line_coefs_", "quantiles_"} if kind in REGRESSORS else ()),
        *(name for name in attributes_of(kind) if name.startswith("series_")),
    }


@estimators
def test_attributes_say_themselves_what_they_are(kind):
    for name in attributes_of(kind):
        said = inspect.getdoc(getattr(kind, name))
        assert len(said) > 10, name
        assert "property" not in said, name


@estimators
def test_help_is_one_well_formed_text(kind):
    text = inspect.getdoc(kind)
    sections = re.findall(r"^(\w[\w ]*)\n-+$", text, flags=re.MULTILINE)
    wanted = ["Parameters", "Attributes", "See Also", "Notes", "References", "Examples"]
    assert sections == wanted
    assert "{" not in re.sub(r"\{\"[^}]*\}", "", text.partition("Notes")[0])
    prose = text.partition("References")[0].splitlines()
    assert max(len(line) for line in prose if " : " not in line) <= 84
    # Indented text after an empty line would not belong to its parameter any more.
    assert not re.search(r"\n\n {5,}\S", text.partition("See Also")[0])


def test_a_description_that_is_missing_is_noticed():
    def init(self, window=None, nonsense=1):
        pass

    with pytest.raises(KeyError, match="nonsense"):
        documented(init, "Text.\n\n{parameters}\n{attributes}")


def test_a_parameter_of_another_class_has_its_own_default():
    def init(self, window=3, loss="poisson"):
        pass

    text = documented(init, "Text.\n\n{parameters}\n")
    assert 'default="poisson"' in text
    assert text.index("window :") < text.index("loss :")
