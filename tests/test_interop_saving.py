"""Saved models come back in every value, and bad files are refused."""

import datetime
import decimal
import io
import json
import os
import pathlib
import pickle
import struct
import tracemalloc

import numpy as np
import pandas as pd
import pytest
import sklearn
from mutations import check_all_are_refused_or_read
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from test_state import assert_equal

from skgru import (
    SGD,
    Adam,
    GRUClassifier,
    GRURegressor,
    LSTMClassifier,
    LSTMRegressor,
    RNNClassifier,
    RNNRegressor,
    TokenSequencer,
    WindowTransformer,
)
from skgru.interop import _saving, load_model, save_model
from skgru.interop._files._safetensors import (
    METADATA,
    read_safetensors,
    safetensors_of,
)
from skgru.interop._plain import PlainReader, PlainWriter
from skgru.interop._saving import _bytes_of_model, model_of_bytes, sealed

GOLDEN = pathlib.Path(__file__).parent / "golden"
SETTINGS = {
    "max_iter": 2,
    "early_stopping": False,
    "n_iter_no_change": None,
    "random_state": 0,
}


def table(n_rows=48):
    rng = np.random.RandomState(0)
    index = pd.date_range("2020-01-01", periods=n_rows, freq="D", unit="ns")
    frame = pd.DataFrame(rng.rand(n_rows, 2), index, columns=["sold", "price"])
    frame["size"] = np.tile([1.0, 2.0, 3.0], n_rows // 3)
    frame["shop"] = np.tile(["a", "b", "c"], n_rows // 3)
    frame["day"] = pd.Categorical(index.day_name())
    return frame


def of_panel():
    """A model with nearly all that can be there."""
    X = table()
    model = GRURegressor(
        (4, 3),
        window=4,
        remember=True,
        group_column="shop",
        static_features=["size"],
        embedding_size=2,
        loss="quantile",
        quantile=[0.1, 0.9],
        solver=Adam(beta_1=0.8),
        bidirectional=True,
        **SETTINGS,
    )
    return model.fit(X, X["sold"].to_numpy()), X


def of_samples(kind, **params):
    rng = np.random.RandomState(0)
    X, y = rng.randn(20, 5, 2).astype("f4"), rng.randn(20)
    if kind.__name__.endswith("Classifier"):
        y = np.where(y > 0, "up", "down")
    return kind(3, **SETTINGS, **params).fit(X, y), X


def of_strings():
    texts = ["The cat", "a d\xe9j\xe0 \U0001f600 vu", ""]
    return TokenSequencer(token_pattern=r"\w+").fit(texts), texts


def of_windows():
    X = table()[["sold", "price"]].astype("f4")
    return WindowTransformer(5, remember=True).fit(X), X


MODELS = {
    "panel": of_panel,
    "GRURegressor": lambda: of_samples(GRURegressor, reset_after=False),
    "LSTMRegressor": lambda: of_samples(LSTMRegressor, solver=SGD(momentum=0.5)),
    "RNNRegressor": lambda: of_samples(RNNRegressor, loss="huber", huber_delta=[2.0]),
    "GRUClassifier": lambda: of_samples(GRUClassifier, pooling="mean"),
    "LSTMClassifier": lambda: of_samples(
        LSTMClassifier, class_weight={"up": 2.0, "down": 1}
    ),
    "RNNClassifier": lambda: of_samples(RNNClassifier),
    "strings": of_strings,
    "windows": of_windows,
}


def there_and_back(model):
    return model_of_bytes(_bytes_of_model(model), "file")


@pytest.mark.parametrize("name", MODELS)
def test_everything_comes_back_in_value_and_type(name):
    model, X = MODELS[name]()
    loaded = there_and_back(model)
    assert type(loaded) is type(model)
    assert_equal(loaded._fitted, model._fitted)
    found, wanted = loaded.get_params(), model.get_params()
    assert repr(found) == repr(wanted)
    assert [type(v) for v in found.values()] == [type(v) for v in wanted.values()]
    method = "transform" if hasattr(model, "transform") else "predict"
    new = X[:9]
    if isinstance(new, pd.DataFrame) and isinstance(new.index, pd.DatetimeIndex):
        new = new.set_index(new.index + pd.Timedelta(48, "D"))
    tables = (
        pd.DataFrame(np.reshape(np.asarray(getattr(one, method)(new)), (len(new), -1)))
        for one in (loaded, model)
    )
    # To pandas NaN is equal to NaN, also among objects.
    pd.testing.assert_frame_equal(*tables, check_exact=True)


@pytest.mark.parametrize("solver", ["adam", SGD()])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_training_goes_on_to_the_last_bit(solver, dropout, rng):
    X, y = rng.randn(40, 3), rng.randn(40)
    model = GRURegressor(
        5, window=4, solver=solver, dropout=dropout, batch_size=8, random_state=0
    )
    for _ in range(3):
        model.partial_fit(X, y)
    # Half of a pair of normal numbers is kept by the generator too.
    model._fitted.training.random_state.randn()
    loaded = there_and_back(model)
    for one in (model, loaded):
        one.partial_fit(X, y)
        one.set_params(warm_start=True, max_iter=2).fit(X, y)
    assert_equal(loaded._fitted, model._fitted)
    np.testing.assert_array_equal(
        loaded._fitted.training.random_state.randn(3),
        model._fitted.training.random_state.randn(3),
    )


@pytest.mark.parametrize(
    "names",
    [
        ["a", "ä\U0001f600"],
        [1, 2**40],
        [1.5, -0.0],
        [True, False],
        pd.date_range("2020", periods=2, tz="Europe/Paris"),
        pd.date_range("1500-01-01", periods=2, unit="s"),
        pd.period_range("2020", periods=2, freq="M"),
        pd.timedelta_range("1D", periods=2),
        [pd.Interval(0, 1), pd.Interval(1.5, 2, "both")],
        [(1, "a"), (2, "b")],
        [datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)],
        [decimal.Decimal("0.10"), decimal.Decimal("2")],
        [b"a", b"\xff"],
        np.array([1, 2], dtype="i2"),
        np.array(["a", "b"]),
    ],
    ids=lambda names: type(names[0]).__name__,
)
def test_names_of_series_of_any_type_come_back(names):
    column = pd.Series([names[k % 2] for k in range(20)], dtype=object)
    X = pd.DataFrame({"x": np.arange(20.0), "g": column})
    model = WindowTransformer(3, remember=True, group_column="g").fit(X)
    assert_equal(there_and_back(model)._fitted, model._fitted)
    model = GRUClassifier(
        2, window=2, categorical_features=["g"], max_iter=1, early_stopping=False
    )
    if not isinstance(names[0], pd.Interval | tuple):
        model.fit(X, np.arange(20) % 3)
        assert_equal(there_and_back(model)._fitted, model._fitted)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**70),
        1.5,
        float("nan"),
        float("-inf"),
        -0.0,
        "\ud800",
        [],
        (),
        {},
        {1: (2, [3.0, {"a": None}]), "1": 4, (1, 2): 5},
        np.float32(0.1),
        np.int8(-3),
        np.True_,
        np.str_("a"),
        np.bytes_(b"a"),
        np.datetime64("2020-01-01T00:00", "m"),
        np.timedelta64("NaT", "D"),
        np.zeros((0, 3), dtype="f4"),
        np.array(5, dtype="u8"),
        np.array([2**64 - 1], dtype="u8"),
        np.array([True, False]),
        np.array(["2020-01-01", "NaT"], dtype="M8[ns]"),
        np.array([3, 4], dtype="m8[10us]"),
        np.array([["a", "bc"], ["", "d"]]),
        np.array([b"a", b"bc"]),
        np.array(["a", None, 1, (2,)], dtype=object),
        pd.Timestamp("2020-01-01 10:00", tz="UTC"),
        pd.Timedelta("1h"),
        datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC),
        datetime.time(10, 30),
        datetime.timedelta(days=-1, microseconds=3),
        range(2, 9, 3),
    ],
    ids=repr,
)
def test_values_of_every_kind_come_back(value):
    writer = PlainWriter({})
    text = json.dumps(writer.write(value, "value"), allow_nan=False)
    arrays, _ = read_safetensors(safetensors_of(writer.arrays, {}), "file")
    found = PlainReader(arrays, {}).read(json.loads(text))
    assert_equal(found, value)
    if isinstance(value, float):
        assert np.signbit(found) == np.signbit(value)


@pytest.mark.parametrize(
    "labels", [pd.Index(["a", "b"]), pd.Index([3, 1], name="n"), pd.Index(["a", 1])]
)
def test_columns_that_parameters_name_by_an_index_come_back(labels):
    writer = PlainWriter({})
    written = json.loads(json.dumps(writer.write(labels, "value")))
    pd.testing.assert_index_equal(PlainReader({}, {}).read(written), labels)


def test_columns_of_fortran_order_and_big_endian_keep_their_numbers():
    for array in (
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.arange(3.0, dtype=">f8"),
    ):
        writer = PlainWriter({})
        data = writer.write(array, "value")
        found = PlainReader(writer.arrays, {}).read(data)
        np.testing.assert_array_equal(found, array)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"verbose": print}, "'verbose' parameter .*<built-in function print>"),
        ({"random_state": np.random.default_rng(0)}, "'random_state' .*Generator"),
        ({"class_weight": {0: lambda: 1}}, "class_weight of the model holds"),
        ({"quantile": np.array([1j])}, "quantile .*complex128"),
        ({"solver": type("Adam", (Adam,), {})()}, "solver of the model holds"),
    ],
)
def test_what_needs_code_is_refused_by_name(change, words, tmp_path):
    model, _ = of_samples(GRURegressor)
    kind = GRURegressor
    if "class_weight" in change:
        kind = GRUClassifier
        model, _ = of_samples(kind)
    model.set_params(**change)
    with pytest.raises(ValueError, match=words):
        save_model(model, tmp_path / "a")
    assert not list(tmp_path.iterdir())


def test_other_objects_are_refused(tmp_path):
    model, _ = of_samples(GRURegressor)

    class Mine(GRURegressor):
        pass

    for other, words in [
        (make_pipeline(model), "Pipeline.*steps of skgru one by one.*skops"),
        (Mine(), "Mine, but a fitted estimator of skgru"),
        (None, "NoneType"),
        (Adam(), "Adam, but"),
    ]:
        with pytest.raises(ValueError, match=words):
            save_model(other, tmp_path / "a")
    with pytest.raises(NotFittedError):
        save_model(GRURegressor(), tmp_path / "a")
    model.note = "mine"
    with pytest.raises(ValueError, match="attribute 'note'"):
        save_model(model, tmp_path / "a")
    del model.note
    with pytest.raises(ValueError, match="'alpha' parameter of GRURegressor"):
        save_model(model.set_params(alpha=-1), tmp_path / "a")


def test_what_set_output_has_noted_comes_back():
    model, texts = of_strings()
    model.set_output(transform="polars")
    pytest.importorskip("polars", reason="polars is not installed")
    loaded = there_and_back(model)
    assert type(loaded.transform(texts)) is type(model.transform(texts))


# Files


def test_a_file_takes_the_place_of_another_at_once(tmp_path, monkeypatch):
    path = tmp_path / "model.safetensors"
    model, X = of_samples(GRURegressor)
    save_model(model, path)
    save_model(model, str(path))
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    np.testing.assert_array_equal(load_model(path).predict(X), model.predict(X))
    before = path.read_bytes()

    def fail(*_):
        raise OSError("no space left")

    for name in ("fsync", "replace"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, fail)
            with pytest.raises(OSError, match="no space left"):
                save_model(model, path)
        assert [one.name for one in tmp_path.iterdir()] == [path.name]
        assert path.read_bytes() == before
    with pytest.raises(FileNotFoundError):
        load_model(tmp_path / "other")


def test_a_file_that_is_replaced_keeps_its_place_and_its_mode(tmp_path):
    model, _ = of_samples(GRURegressor)
    path, link = tmp_path / "model", tmp_path / "link"
    path.touch(0o600)
    link.symlink_to(path.name)
    save_model(model, link)
    assert link.is_symlink()
    assert path.stat().st_mode & 0o777 == 0o600
    assert_equal(load_model(link)._fitted, model._fitted)


def test_what_is_no_file_is_neither_written_nor_read(tmp_path):
    model, _ = of_samples(GRURegressor)
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", os.devnull):
        with pytest.raises(ValueError, match="no regular file, and is not replaced"):
            save_model(model, path)
        with pytest.raises(ValueError, match="no regular file, and is not read"):
            load_model(path)
    for path in (tmp_path, ""):
        with pytest.raises(IsADirectoryError, match="is a folder. Name a file"):
            save_model(model, path)
    with pytest.raises(FileNotFoundError, match="no folder .*none. Make it first"):
        save_model(model, tmp_path / "none" / "model")
    for function in (lambda path: save_model(model, path), load_model):
        for other in (io.BytesIO(), b"text"):
            with pytest.raises(TypeError, match="path is a .*, but the path of a file"):
                function(other)
    assert [one.name for one in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.parametrize("n_header", [2**33, None])
def test_a_file_is_held_against_its_header_before_it_is_read(n_header, tmp_path):
    """The file is of 16 GB, and has no blocks on the disk."""
    header = {"a": {"dtype": "U8", "shape": [3], "data_offsets": [0, 3]}}
    text = json.dumps(header).encode()
    with open(tmp_path / "a", "wb") as file:
        file.write((n_header or len(text)).to_bytes(8, "little") + text)
        file.truncate(2**34)
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="cut short|leave bytes"):
            load_model(tmp_path / "a")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_metadata_that_methods_ask_for_come_back():
    model, _ = of_samples(GRURegressor)
    with sklearn.config_context(enable_metadata_routing=True):
        model.set_fit_request(sample_weight=True).set_score_request(sample_weight="w")
    found = there_and_back(model).get_metadata_routing()
    assert found.fit.requests["sample_weight"] is True
    assert found.score.requests["sample_weight"] == "w"
    assert str(found) == str(model.get_metadata_routing())


def test_the_library_of_the_format_reads_the_weights(tmp_path):
    library = pytest.importorskip(
        "safetensors.numpy", reason="safetensors is not installed"
    )
    model, _ = of_panel()
    save_model(model, tmp_path / "a")
    found = library.load_file(tmp_path / "a")
    np.testing.assert_array_equal(
        found["fitted.model.parameters"], model._fitted.model.parameters
    )


@pytest.mark.parametrize("name", MODELS)
def test_no_file_names_a_private_module(name):
    model, _ = MODELS[name]()
    assert b"skgru._" not in _bytes_of_model(model)
    assert b"skgru._" not in pickle.dumps(model)


def test_a_file_of_skops_names_no_private_module():
    skops = pytest.importorskip("skops.io", reason="skops is not installed")
    for name in ("panel", "GRUClassifier", "strings"):
        model, _ = MODELS[name]()
        data = skops.dumps(model)
        types = skops.get_untrusted_types(data=data)
        assert not [one for one in types if one.startswith("skgru._")]


# The version of the format


def of_golden():
    """The model in the golden file, as it is fitted today."""
    rng = np.random.RandomState(0)
    X, y = rng.randn(24, 2), rng.randn(24)
    model = GRURegressor(
        (3, 2), window=3, remember=True, solver=Adam(beta_1=0.8), random_state=0
    )
    return model.partial_fit(X, y), X, y


def test_the_first_version_of_the_format_is_read():
    """The file was written by the release that brought the format."""
    model, X, y = of_golden()
    loaded = load_model(GOLDEN / "format_1.safetensors")
    assert loaded.get_params()["solver__beta_1"] == 0.8
    np.testing.assert_allclose(loaded.predict(X), model.predict(X), rtol=1e-6)
    for one in (loaded, model):
        one.partial_fit(X, y)
    np.testing.assert_allclose(loaded.predict(X), model.predict(X), rtol=1e-6)


def changed(data, **texts):
    """A file with other texts in its metadata."""
    arrays, metadata = read_safetensors(data, "file")
    metadata = {
        name: text for name, text in (metadata | texts).items() if text is not None
    }
    return sealed(arrays, metadata)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (
            {"format_version": "2", "skgru_version": "9.1"},
            "version 2 .*written by skgru 9.1; this is .*reads .* up to 1.*newer",
        ),
        ({"format_version": "-1"}, "version -1 of the format, which there is not"),
        ({"format_version": "0"}, "version 0 of the format, which there is not"),
        ({"format_version": "one"}, "damaged"),
        ({"format": None}, "not written by save_model.*from_torch"),
        ({"format": "pt"}, "not written by save_model"),
        ({"class": "os.system"}, "holds 'os.system'.*which there is not"),
        ({"class": "Adam"}, "holds 'Adam'.*which there is not"),
        ({"class": "TokenSequencer"}, "damaged|wanted"),
        ({"fitted": None}, "wanted: the file is of another version|holds"),
        ({"fitted": "{}"}, "wanted: the file is of another version"),
        ({"fitted": "[" * 10_000}, "damaged"),
        ({"params": '{"max_iter":-1}'}, "'max_iter' parameter of"),
        ({"params": '{"colour":1}'}, "damaged"),
        ({"params": '{"solver":{"object":["Popen",{"dict":[]}]}}'}, "damaged"),
        ({"params": '{"solver":{"object":["Adam",{"dict":[["x",1]]}]}}'}, "damaged"),
        ({"params": '{"max_iter":{"array":"none"}}'}, "damaged"),
        ({"params": '{"max_iter":{"float":"1"}}'}, "is no float"),
        ({"params": '{"max_iter":{"scalar":["O",1]}}'}, "is no dtype|damaged"),
        ({"params": '{"max_iter":{"scalar":["U1000000000","a"]}}'}, "damaged|must be"),
        (
            {"params": '{"quantile":{"items":["U1000000",[1],["a"]]}}'},
            "no file of weights",
        ),
        ({"params": '{"quantile":{"items":["U1",[1000000000],["a"]]}}'}, "1 items"),
        ({"output": '{"transform":"csv"}'}, "damaged|must be"),
        ({"output": '{"colour":1}'}, "damaged"),
    ],
)
def test_files_of_other_versions_or_contents_are_refused(texts, words):
    data = _bytes_of_model(of_samples(GRURegressor)[0])
    with pytest.raises(ValueError, match=words):
        model_of_bytes(changed(data, **texts), "file")


def with_arrays(data, **arrays):
    """A file with other arrays."""
    before, metadata = read_safetensors(data, "file")
    return sealed(
        before | {k.replace("__", "."): a for k, a in arrays.items()}, metadata
    )


@pytest.mark.parametrize(
    "arrays",
    [
        {"fitted__model__parameters": np.zeros(3, "f4")},
        {"fitted__model__parameters": np.zeros(3, "u1")},
        {"fitted__training__moments": np.zeros((2, 9), "f4")},
        {"fitted__training__random_state": np.zeros(623, "u4")},
        {"fitted__scaler__features__mean": np.zeros(1, "f4")},
    ],
    ids=lambda arrays: next(iter(arrays)),
)
def test_arrays_of_other_shapes_are_refused(arrays):
    data = _bytes_of_model(of_samples(GRURegressor)[0])
    with pytest.raises(ValueError, match="wanted|random state"):
        model_of_bytes(with_arrays(data, **arrays), "file")


@pytest.mark.parametrize("position", [625, -1, 2**40, 1.5, True, "0"])
def test_a_random_state_reaches_for_no_memory_beyond_its_own(position):
    state = [{"array": "a"}, position, 0, 0.0]
    reader = PlainReader({"a": np.zeros(624, "u4")}, {})
    with pytest.raises(ValueError, match="random state"):
        reader.read({"random_state": ["a", *state[1:]]})


@pytest.fixture
def unsealed(monkeypatch):
    """Files whose checksum nobody looks at: whoever does harm can compute it too."""
    monkeypatch.setattr(_saving, "_check_unchanged", lambda *_: None)


def small_file():
    """A file of few bytes, whose parameters and parts are of many kinds."""
    model = WindowTransformer(3, remember=True, group_column="g")
    X = pd.DataFrame({"x": np.arange(6.0), "g": list("ababab")})
    return _bytes_of_model(model.fit(X))


@pytest.mark.parametrize("name", ["strings", "GRURegressor"])
def test_every_changed_bit_is_noticed(name):
    data = _bytes_of_model(MODELS[name]()[0])
    rng = np.random.RandomState(0)
    for at in rng.randint(len(data), size=300):
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randint(8)
        # A space of the JSON may become what is read as a space too.
        if changed[at] not in b"\t\n\r" or data[at] != ord(" "):
            with pytest.raises(ValueError, match=r"\w"):
                model_of_bytes(bytes(changed), "file")


@pytest.mark.usefixtures("unsealed")
def test_a_few_mutated_files_are_read_or_refused():
    def read(data):
        model_of_bytes(data, "file")

    check_all_are_refused_or_read(read, small_file(), 200)


@pytest.mark.slow
@pytest.mark.usefixtures("unsealed")
@pytest.mark.parametrize("name", ["windows", "GRURegressor"])
def test_mutated_files_are_read_or_refused(name):
    data = small_file() if name == "windows" else _bytes_of_model(MODELS[name]()[0])
    # The numbers of the generator's state are most of the file, and any will do.
    (n_header,) = struct.unpack("<Q", data[:8])
    head, rest = data[: 8 + n_header], data[8 + n_header :]
    assert METADATA.encode() in head

    def read(changed):
        model_of_bytes(changed, "file")

    check_all_are_refused_or_read(
        read, head, 10_000, repack=lambda changed: changed + rest
    )
