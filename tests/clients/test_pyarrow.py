"""Columns and an index of pandas that pyarrow holds."""

import numpy as np
import pandas as pd
import pytest

from skgru import GRURegressor

pytest.importorskip("pyarrow", reason="pyarrow is not installed")

SHORT = {"max_iter": 2, "early_stopping": False, "random_state": 0}
X = np.random.default_rng(0).integers(-8, 8, (40, 2)) / 4
Y = X[:, 1] + np.roll(X[:, 0], 1)


@pytest.mark.parametrize(
    ("arrow", "dtype"), [("float[pyarrow]", "float32"), ("double[pyarrow]", "float64")]
)
def test_columns_of_pyarrow_are_read_as_the_array(arrow, dtype):
    table = pd.DataFrame(X, columns=["a", "b"]).astype(arrow)
    found = GRURegressor(3, window=3, **SHORT).fit(table, Y).predict(table)
    plain = X.astype(dtype)
    expected = GRURegressor(3, window=3, **SHORT).fit(plain, Y).predict(plain)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("unit", ["us", "ns"])
def test_times_of_pyarrow_are_times(unit):
    days = pd.date_range("2024-01-01", periods=40)
    table = pd.DataFrame(X, index=pd.Index(days.astype(f"timestamp[{unit}][pyarrow]")))
    model = GRURegressor(3, window=3, remember=True, **SHORT).fit(table[:30], Y[:30])
    later = table.set_index(days)[30:]
    np.testing.assert_array_equal(model.predict(table[30:]), model.predict(later))
    with pytest.raises(ValueError, match="goes back: it begins at 2024-01-29"):
        model.predict(table[28:])
    with pytest.warns(UserWarning, match="does not rise"):
        GRURegressor(3, window=3, **SHORT).fit(table[::-1], Y)
