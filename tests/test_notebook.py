"""What a notebook shows of models and tables."""

from xml.etree import ElementTree

import numpy as np
import pandas as pd

from skgru import GRURegressor


def cells(html):
    """Texts of the rows of a table, and which of its columns are right-aligned."""
    # It is XML too: each element is closed, all text escaped.
    table = ElementTree.fromstring(html).find(".//table")
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
        ["Total", "", "11,791"],
    ]
    assert right == {2}
    assert str(summary).splitlines() == [
        "Layer         Output shape   Parameters",
        "---------------------------------------",
        "gru_1 (GRU)   (None, 5, 40)       5,280",
        "gru_2 (GRU)   (None, 30)          6,480",
        "head (Dense)  (None, 1)              31",
        "---------------------------------------",
        "Total                            11,791",
    ]


def test_a_description_is_a_table_and_names_are_no_html():
    X = pd.DataFrame(np.zeros((12, 2)), columns=["<b>load</b>", "price & more"])
    description = GRURegressor(window=4).describe_input(X)
    html = description._repr_html_()
    assert cells(f"<div>{html}</div>") == (
        [
            ["Column", "Read as"],
            ["<b>load</b>", "feature of every step"],
            ["price & more", "feature of every step"],
        ],
        set(),
    )
    assert html.startswith("<p>12 consecutive rows: each is predicted from ")
    assert str(description).splitlines()[1:] == [
        "  <b>load</b>   feature of every step",
        "  price & more  feature of every step",
    ]
    # Notebooks have light and dark themes.
    assert "color" not in html
