"""What pytest leaves out when it runs the examples of these pages."""

import importlib.util

import pytest

collect_ignore_glob = [
    "_build/*",
    "auto_examples/*",
    "api/generated/*",
    "conf.py",
    "*_drawing.py",
]
if not all(map(importlib.util.find_spec, ["onnxruntime", "skl2onnx"])):
    collect_ignore_glob.append("user_guide/onnx.rst")


@pytest.fixture
def callbacks():
    """Leave out the rest of a page where scikit-learn has no callbacks."""
    pytest.importorskip("sklearn.callback", reason="before scikit-learn 1.9")
