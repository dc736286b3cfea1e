"""The HTML that a notebook shows for models and tables."""

import html
import inspect
import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_html_repr
from sklearn.utils.fixes import parse_version

from skgru import SGD, Adam, GRURegressor, WindowTransformer

shows_descriptions = pytest.mark.skipif(
    parse_version(sklearn.__version__) < parse_version("1.9.dev0"),
    reason="before scikit-learn 1.9 HTML has no fitted attributes",
)


def cells(markup):
    """Texts of the rows of a table, and which of its columns are right-aligned."""
    # The HTML can be parsed as XML: each element is closed, and all text is escaped.
    table = ElementTree.fromstring(markup).find(".//table")
    rows = [list(row) for row in table.iter("tr")]
    right = {
        k for row in rows for k, cell in enumerate(row) if "right" in cell.get("style")
    }
    return [["".join(cell.itertext()) for cell in row] for row in rows], right


def test_the_summary_is_a_table(rng):
    model = GRURegressor((40, 30), max_iter=1, n_iter_no_change=None)
    summary = model.fit(rng.randn(9, 5, 2), rng.randn(9)).summary()
    rows, right = cells(f"<div>{summary._repr_html_()}</div>")
    assert rows == [
        ["Layer", "Output shape", "Parameters"],
        ["gru_1 (GRU)", "(None, 5, 40)", "5,280"],
        ["gru_2 (GRU)", "(None, 30)", "6,480"],
        ["head (Dense)", "(None, 1)", "31"],
        ["anchor (none)", "(None, 1)", "0"],
        ["Total", "", "11,791"],
    ]
    assert right == {2}
    assert str(summary).splitlines() == [
        "Layer          Output shape   Parameters",
        "----------------------------------------",
        "gru_1 (GRU)    (None, 5, 40)       5,280",
        "gru_2 (GRU)    (None, 30)          6,480",
        "head (Dense)   (None, 1)              31",
        "anchor (none)  (None, 1)               0",
        "----------------------------------------",
        "Total                             11,791",
    ]


def test_a_description_is_a_table_and_names_are_no_html():
    X = pd.DataFrame(np.zeros((12, 2)), columns=["<b>load</b>", "price & more"])
    description = GRURegressor(window=4).describe_input(X)
    shown = description._repr_html_()
    assert cells(f"<div>{shown}</div>") == (
        [
            ["Column", "Read as"],
            ["<b>load</b>", "feature of every step"],
            ["price & more", "feature of every step"],
        ],
        set(),
    )
    assert shown.startswith("<p>12 consecutive rows: each is predicted from ")
    assert str(description).splitlines()[1:] == [
        "  <b>load</b>   feature of every step",
        "  price & more  feature of every step",
    ]
    # No colours are set, because notebooks have light and dark themes.
    assert "color" not in shown


def documented(estimator, section):
    """Descriptions in the docstring of a class, by name."""
    text = inspect.getdoc(type(estimator))
    (section,) = re.findall(rf"{section}\n-+\n(.*?)\n\n\w", text, flags=re.DOTALL)
    items = re.findall(r"^(\w+) : .*\n((?:    .*\n?)+)", section, flags=re.MULTILINE)
    return {name: body.strip().splitlines()[-1].strip() for name, body in items}


def check_descriptions(estimator, shown):
    """Check that each parameter and each existing attribute has its description."""
    of_attributes = documented(estimator, "Attributes")
    here = {name for name in of_attributes if hasattr(estimator, name)}
    public = {name for name in vars(estimator) if re.fullmatch(r"[a-z]\w*_", name)}
    assert public <= here
    names = documented(estimator, "Parameters") | {k: of_attributes[k] for k in here}
    for name, line in names.items():
        assert f">\n            {name}\n" in shown, name
        assert html.escape(line) in shown, name


@pytest.fixture
def panel(rng):
    table = pd.DataFrame({"store": ["a", "b"] * 30, "sales": rng.randn(60)})
    return table.assign(price=rng.randn(60)), rng.randn(60)


@shows_descriptions
def test_html_of_a_model_describes_parameters_and_fitted_attributes(panel):
    model = GRURegressor(
        4,
        window=3,
        group_column="store",
        static_features="price",
        loss="quantile",
        quantile=[0.1, 0.9],
        max_iter=2,
        n_iter_no_change=None,
    ).fit(*panel)
    shown = estimator_html_repr(model)
    check_descriptions(model, shown)
    for text in (
        "For a 2-D X of consecutive observations: how many rows a prediction sees",
        "Epochs of the last `fit`, or iterations",
        "What is subtracted from the features of each series",
    ):
        assert text in shown
    # Links lead only to anchors of this page: the documentation has no address.
    assert set(re.findall(r'href="([^"#]*)#', shown)) == {""}


@shows_descriptions
def test_html_of_a_transformer_and_a_solver_likewise(rng):
    transformer = WindowTransformer(3, remember=True).fit(rng.randn(9, 2))
    check_descriptions(transformer, estimator_html_repr(transformer))
    for solver, name in [(Adam(), "beta_1"), (SGD(), "nesterov")]:
        line = documented(solver, "Parameters")[name]
        assert html.escape(line) in estimator_html_repr(solver)


def test_html_of_any_scikit_learn_names_the_models_and_what_was_set(rng):
    pipeline = make_pipeline(
        WindowTransformer(3),
        GRURegressor(4, max_iter=2, n_iter_no_change=None, early_stopping=False),
    )
    for estimator in (pipeline, pipeline.fit(rng.randn(30, 2), rng.randn(30))):
        shown = estimator_html_repr(estimator)
        assert "WindowTransformer" in shown
        assert 'href="#skgru.GRURegressor' in shown
        assert "max_iter" in shown
