"""Files that real Keras and PyTorch wrote elsewhere are read here, without them.

Continuous integration runs `test_against_keras_files.py` and
`test_against_torch_files.py` in environments of these frameworks, with SKGRU_FILES
naming a folder, and then this file in one that has neither.
"""

import importlib.util
import os
import pathlib

import numpy as np
import pytest

from skgru.interop import from_keras, from_torch

if "SKGRU_FILES" not in os.environ:
    pytest.skip("there are no files of other environments", allow_module_level=True)

FOLDER = pathlib.Path(os.environ["SKGRU_FILES"])


@pytest.mark.parametrize("framework", ["keras", "torch"])
def test_files_predict_what_the_networks_predicted(framework):
    assert importlib.util.find_spec(framework) is None
    paths = [
        path
        for path in sorted(FOLDER.glob(f"{framework} *"))
        if not path.name.endswith(".wanted.npz")
    ]
    assert len(paths) > 40
    for path in paths:
        told = np.load(f"{path}.wanted.npz")
        X, wanted = told["X"], told["wanted"]
        if framework == "torch":
            found = from_torch(path).predict(X)
        else:
            before = {"reset_after": False} if "gru_before" in path.name else {}
            model = from_keras(path, **before)
            if hasattr(model, "predict_proba"):
                found = model.predict_proba(X)[:, -wanted.shape[1] :]
            else:
                found = model.predict(X).reshape(wanted.shape)
        tolerance = 1e-12 if wanted.dtype == np.float64 else 2e-6
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(
            found, wanted, rtol=0, atol=tolerance * max(1, scale)
        )
