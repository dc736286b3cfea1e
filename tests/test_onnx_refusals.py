"""What cannot be exported to ONNX, and what the errors say."""

import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skgru import GRUClassifier, GRURegressor, LSTMRegressor, WindowTransformer
from skgru.interop import register_onnx_converters, to_onnx

pytestmark = pytest.mark.filterwarnings("ignore")

SETTINGS = {"hidden_layer_sizes": 2, "max_iter": 1, "random_state": 0}


def fitted(X, y, estimator=GRURegressor, **parameters):
    return estimator(**SETTINGS, **parameters).fit(X, y)


@pytest.fixture
def rows(rng):
    return rng.randn(30, 2)


@pytest.fixture
def panel(rows):
    return pd.DataFrame(rows, columns=["u", "v"]).assign(name=np.repeat(["a", "b"], 15))


@pytest.mark.parametrize("estimator", [GRURegressor, LSTMRegressor, GRUClassifier])
def test_unfitted(estimator):
    with pytest.raises(NotFittedError):
        to_onnx(estimator())


def test_a_pipeline_is_for_skl2onnx(rows):
    pipeline = make_pipeline(StandardScaler(), GRURegressor(window=3, **SETTINGS))
    pipeline.fit(rows, rows[:, 0])
    for other in (pipeline, WindowTransformer(), None):
        with pytest.raises(TypeError, match=r"register_onnx_converters\(\)"):
            to_onnx(other)


def test_missing_packages_say_how_to_install_them(rows, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match="pip install onnx$"):
        to_onnx(fitted(rows, rows[:, 0], window=3))
    with pytest.raises(ImportError, match="pip install skl2onnx$"):
        register_onnx_converters()


def test_kinds_that_do_not_fit_what_was_read(rows, rng):
    of_rows = fitted(rows, rows[:, 0], window=3)
    of_table = fitted(rows, rows[:, 0])
    of_sequences = fitted(rng.randn(30, 4, 2), rows[:, 0])
    with pytest.raises(ValueError, match="kind must be one of .* Got 'row' instead"):
        to_onnx(of_rows, "row")
    with pytest.raises(ValueError, match=r"3-D X.*kind='sequences'.*window="):
        to_onnx(of_sequences, "rows")
    with pytest.raises(ValueError, match="sequence in each row.*kind='rows'"):
        to_onnx(of_table, "sequences")


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("bidirectional=True", {"bidirectional": True}),
        ("anchor", {"anchor": 0}),
    ],
)
def test_what_carries_no_state_from_step_to_step(rows, name, parameters):
    model = fitted(rows, rows[:, 0], window=3, **parameters)
    with pytest.raises(ValueError, match=f"kind='step'.*{name}.*kind='rows'"):
        to_onnx(model, "step")


def test_series_must_be_named(panel):
    model = fitted(panel, panel["u"], window=3, group_column="name")
    with pytest.raises(ValueError, match=r"2 series .*'a', 'b'.*series="):
        to_onnx(model)
    with pytest.raises(ValueError, match=r"series='c' .str. was not in fit.*'a', 'b'"):
        to_onnx(model, series="c")


def test_messages_are_bounded(rows, panel):
    model = fitted(panel, panel["u"], window=3, group_column="name")
    for arguments in [
        {"series": "x" * 5000},
        {"series": np.zeros(5000)},
        {"series": "a", "kind": "k" * 5000},
        {"series": "a", "kind": np.zeros(5000)},
    ]:
        with pytest.raises(ValueError, match=r"was not in fit|must be one of") as found:
            to_onnx(model, **arguments)
        assert len(str(found.value)) < 500


def test_series_that_are_predicted_alike_have_no_name(panel, rows):
    pooled = fitted(
        panel, panel["u"], window=3, group_column="name", standardize="pooled"
    )
    for model in (pooled, fitted(rows, rows[:, 0], window=3)):
        with pytest.raises(ValueError, match="series='a'.*Leave series out"):
            to_onnx(model, series="a")


def test_labels_of_a_type_that_onnx_lacks(rows):
    days = pd.to_datetime(["2024-01-01", "2024-01-02"]).to_numpy()
    model = fitted(rows, days[np.arange(30) % 2], GRUClassifier, window=3)
    with pytest.raises(ValueError, match="no ONNX tensor holds"):
        to_onnx(model)
    large = np.array([3, 2**63 + 5], dtype=np.uint64)[np.arange(30) % 2]
    model = fitted(rows, large, GRUClassifier, window=3)
    with pytest.raises(ValueError, match=r"9223372036854775813.*y.astype.str."):
        to_onnx(model)
