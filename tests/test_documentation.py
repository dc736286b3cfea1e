"""Docstrings of estimators are complete, and agree with the signatures."""

import ast
import inspect
import re

import pytest

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru._estimators._documentation import ATTRIBUTES, PARAMETERS, documented

ESTIMATORS = [GRURegressor, LSTMRegressor, RNNRegressor]


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


@estimators
def test_all_have_the_parameters_of_the_gru_but_for_those_of_gates(kind):
    of_gru = dict(inspect.signature(GRURegressor).parameters)
    own = {"reset_after", "gate_init"} - set(inspect.signature(kind).parameters)
    assert list(inspect.signature(kind).parameters.values()) == [
        parameter for name, parameter in of_gru.items() if name not in own
    ]
    assert (
        own
        == {
            GRURegressor: set(),
            LSTMRegressor: {"reset_after"},
            RNNRegressor: {"reset_after", "gate_init"},
        }[kind]
    )


@estimators
def test_attributes_that_a_fit_leaves_are_described(kind, rng):
    described = {name for name, _, _ in items_of(kind, "Attributes")}
    X = rng.randn(40, 3)
    model = kind(2, window=4, max_iter=1, early_stopping=False).fit(X, X[:, 0])
    public = {
        name for name, _ in inspect.getmembers(model) if re.match(r"[a-z]\w*_$", name)
    }
    assert public <= described == set(ATTRIBUTES)
    # These attributes exist in fits with column names, categories, quantiles, several
    # series or where a level drifts.
    assert described - public == {
        "categories_",
        "embeddings_",
        "feature_names_in_",
        "line_coefs_",
        "quantiles_",
        *(name for name in ATTRIBUTES if name.startswith("series_")),
    }


@estimators
def test_attributes_say_themselves_what_they_are(kind):
    for name in ATTRIBUTES:
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
