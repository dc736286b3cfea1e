"""The same numbers are read the same, in whatever container they come."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from skgru import GRUClassifier, GRURegressor, WindowTransformer, make_windows

RNG = np.random.default_rng(0)
# Numbers that float16 holds exactly, so that every container holds the same ones.
X = RNG.integers(-8, 8, (40, 2)) / 4
Y = X[:, 1] + np.roll(X[:, 0], 1)
SHORT = {"max_iter": 2, "early_stopping": False, "random_state": 0}


def gru(**parameters):
    return GRURegressor(3, **{"window": 3, **SHORT, **parameters})


def frame(dtype):
    return pd.DataFrame(X, columns=["a", "b"]).astype(dtype)


def strided(values):
    wide = np.zeros((2 * len(values), 3 * values.shape[1]), dtype=values.dtype)
    wide[::2, ::3] = values
    return wide[::2, ::3]


def read_only(values):
    values = values.copy()
    values.flags.writeable = False
    return values


def memory_map(values, path):
    values.tofile(path)
    return np.memmap(path, values.dtype, "r", shape=values.shape)


def polars(dtype):
    import polars as pl

    of = {"float32": pl.Float32, "float64": pl.Float64}[dtype]
    return pl.DataFrame({"a": X[:, 0], "b": X[:, 1]}).cast(of)


CONTAINERS = {
    "big-endian": lambda d: X.astype(np.dtype(d).newbyteorder(">")),
    "Fortran order": lambda d: np.asfortranarray(X.astype(d)),
    "strided": lambda d: strided(X.astype(d)),
    "reversed": lambda d: X.astype(d)[::-1].copy()[::-1],
    "read-only": lambda d: read_only(X.astype(d)),
    "masked": lambda d: np.ma.array(X.astype(d), mask=np.zeros(X.shape, bool)),
    "pandas": frame,
    "pandas, nullable": lambda d: frame(d.capitalize()),
    "pandas, one nullable": lambda d: frame({"a": d.capitalize(), "b": d}),
    "polars": polars,
}


@pytest.fixture(scope="module")
def predicted():
    """Predictions of arrays, by their dtype."""
    return {
        dtype: gru().fit(X.astype(dtype), Y).predict(X.astype(dtype))
        for dtype in ("float32", "float64")
    }


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", list(CONTAINERS))
def test_a_container_is_read_as_the_array(kind, dtype, predicted):
    table = CONTAINERS[kind](dtype)
    found = gru().fit(table, Y).predict(table)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, predicted[dtype])


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_memory_map_is_read_as_the_array(dtype, predicted, tmp_path):
    table = memory_map(X.astype(dtype), tmp_path / "numbers")
    np.testing.assert_array_equal(gru().fit(table, Y).predict(table), predicted[dtype])


@pytest.mark.parametrize(
    "table",
    [X.tolist(), X.astype("float16"), X.astype(object), X.astype(">f2")],
    ids=["list", "float16", "object", "big-endian float16"],
)
def test_other_numbers_are_read_in_float64(table, predicted):
    found = gru().fit(table, Y).predict(table)
    np.testing.assert_array_equal(found, predicted["float64"])


@pytest.mark.parametrize(
    ("dtypes", "wanted"),
    [
        (["Float32", "Int8"], "float32"),
        (["Float32", "boolean"], "float32"),
        (["Float32", "Int64"], "float64"),
        (["Float32", "float64"], "float64"),
        (["Int8", "Int8"], "float64"),
    ],
)
def test_columns_of_several_dtypes_are_read_as_numpy_reads_them(dtypes, wanted):
    whole = pd.DataFrame(np.abs(X).round() > 1, columns=["a", "b"]).astype("int8")
    nullable = whole.astype(dict(zip("ab", dtypes, strict=True)))
    of_numpy = {"Float32": "f4", "boolean": "bool", "Int8": "i1", "Int64": "i8"}
    plain = whole.astype(
        {k: of_numpy.get(d, d) for k, d in zip("ab", dtypes, strict=True)}
    )
    found = gru().fit(nullable, Y).predict(nullable)
    assert found.dtype == wanted
    np.testing.assert_array_equal(found, gru().fit(plain, Y).predict(plain))


@pytest.mark.parametrize("to", [np.asarray, lambda x: x.astype(">f4"), np.ma.asarray])
def test_the_precision_of_a_3d_x(to):
    cube = to(X.reshape(10, 4, 2).astype("float32"))
    model = GRURegressor(3, **SHORT).fit(cube, Y[:10])
    plain = GRURegressor(3, **SHORT).fit(np.array(cube, "float32"), Y[:10])
    assert model.predict(cube).dtype == "float32"
    np.testing.assert_array_equal(model.predict(cube), plain.predict(cube))


@pytest.mark.parametrize("dtype", ["int64", ">i4", ">f8", "float16", "object"])
@pytest.mark.parametrize("to_list", [False, True])
def test_names_of_series_are_read_in_every_dtype(dtype, to_list):
    numbers = 4 * X  # whole
    plain = np.column_stack([np.repeat([1, 2], 20), numbers])
    table = plain.astype(dtype)
    table = table.tolist() if to_list else table
    windows = WindowTransformer(3, group_column=0).fit(table).transform(table)
    of_each = [WindowTransformer(3).fit_transform(numbers[i : i + 20]) for i in (0, 20)]
    np.testing.assert_array_equal(windows, np.concatenate(of_each))
    found = gru(group_column=0).fit(table, Y).predict(table)
    wanted = gru(group_column=0).fit(plain, Y).predict(plain)
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("name", [[1], {"a": 1}, {1}])
def test_what_can_be_changed_names_no_series(name):
    table = pd.DataFrame({"id": [name] * 40, "x": X[:, 0]})
    for estimator in (gru(group_column="id"), WindowTransformer(group_column="id")):
        with pytest.raises(ValueError, match=r"row 0 .*cannot name a series.*tuples"):
            estimator.fit(table, Y)


MASKED = np.ma.masked_greater(X, 1)


@pytest.mark.parametrize(
    ("read", "name"),
    [
        (lambda: gru().fit(MASKED, Y), "X"),
        (lambda: gru(group_column=0).fit(MASKED, Y), "X"),
        (lambda: gru(window=None).fit(MASKED.reshape(10, 4, 2), Y[:10]), "X"),
        (lambda: gru().fit(X, Y).predict(MASKED), "X"),
        (lambda: gru().fit(X, Y, X_val=MASKED, y_val=Y), "X"),
        (lambda: gru().fit(X, np.ma.masked_greater(Y, 1)), "y"),
        (lambda: gru().fit(X, Y, np.ma.masked_greater(np.abs(Y), 1)), "sample_weight"),
        (lambda: gru().fit(X[:-1], X[1:, 0]).forecast(MASKED, 2), "history"),
        (lambda: WindowTransformer().fit(MASKED), "X"),
        (lambda: make_windows(MASKED, 3), "series"),
        (
            lambda: GRUClassifier(2).fit(X, np.ma.masked_equal(np.arange(40) % 2, 1)),
            "y",
        ),
    ],
)
def test_masked_values_are_refused(read, name):
    with pytest.raises(ValueError, match=rf"{name} is a masked array.*\.filled"):
        read()


@pytest.mark.parametrize("parameters", [{}, {"group_column": 0}, {"window": None}])
def test_sparse_numbers_are_refused(parameters):
    tables = [
        scipy.sparse.csr_matrix(X),
        scipy.sparse.coo_array(X),
        frame(pd.SparseDtype(float)),
        frame(pd.SparseDtype(float, 0)),
    ]
    for table in tables:
        with pytest.raises(TypeError, match="Sparse data was passed for X.*dense"):
            gru(**parameters).fit(table, Y)


@pytest.mark.parametrize("shape", [(40,), (40, 1)])
def test_structured_arrays_are_refused(shape):
    table = np.zeros(shape, dtype=[("a", float), ("b", float)])
    for estimator in (gru(), WindowTransformer()):
        with pytest.raises(ValueError, match=r"structured array.*pandas.DataFrame\(X"):
            estimator.fit(table, Y)


@pytest.mark.parametrize(
    "dtype", ["datetime64[ns]", "datetime64[ns, UTC]", "period[D]"]
)
def test_a_column_of_times_is_named(dtype):
    days = pd.Series(pd.date_range("2024-01-01", periods=40))
    days = days.dt.to_period("D") if dtype == "period[D]" else days
    days = days.dt.tz_localize("UTC") if "UTC" in dtype else days
    table = frame("float64").assign(day=days)
    with pytest.raises(ValueError, match="Column 'day' of X holds times.*set_index"):
        gru().fit(table, Y)
