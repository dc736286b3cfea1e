"""Files of other libraries: read without running them, and refused if they are bad."""

import io
import json
import os
import pickle
import sys
import tracemalloc
import zipfile

import numpy as np
import pytest
from mutations import check_all_are_refused_or_read

from skgru.interop import from_keras, from_torch
from skgru.interop._files._safetensors import (
    METADATA,
    read_safetensors,
    safetensors_of,
)
from skgru.interop._files._sources import from_json, refusing_damage
from skgru.interop._files._zip import read_zip
from skgru.interop._keras_config import check_is_chain, layers_of_config, plan_of
from skgru.interop._keras_files import network_of_file
from skgru.interop._torch import tensors_of_file

h5py = pytest.importorskip("h5py", reason="h5py is not installed")

# Of a GRU of four units for three features, with a dense head.
SHAPES = [(3, 12), (4, 12), (2, 12), (4, 1), (1,)]
NAMES = ["a.weight_ih_l0", "a.weight_hh_l0", "a.bias_ih_l0", "b.weight", "b.bias"]
CONFIG = {
    "class_name": "Sequential",
    "config": {
        "layers": [
            {
                "class_name": "GRU",
                "config": {
                    "name": "gru",
                    "activation": "tanh",
                    "recurrent_activation": "sigmoid",
                    "reset_after": True,
                },
            },
            {
                "class_name": "Dense",
                "config": {"name": "dense", "activation": "linear"},
            },
        ]
    },
}


def keras_arrays(dtype="f4"):
    rng = np.random.RandomState(0)
    return [rng.randn(*shape).astype(dtype) for shape in SHAPES]


def torch_tensors():
    rng = np.random.RandomState(0)
    shapes = [(12, 3), (12, 4), (12,), (1, 4), (1,)]
    return {
        name: rng.randn(*shape).astype("f4")
        for name, shape in zip(NAMES, shapes, strict=True)
    }


def npz_file():
    file = io.BytesIO()
    np.savez(file, *keras_arrays())
    return file.getvalue()


def weights_file(change=None):
    """A file of weights as Keras 3 writes it."""
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        paths = [f"layers/gru/cell/vars/{k}" for k in range(3)]
        paths += ["layers/dense/vars/0", "layers/dense/vars/1"]
        for path, part in zip(paths, keras_arrays(), strict=True):
            root.create_dataset(path, data=part)
        if change is not None:
            change(root)
    return file.getvalue()


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return file.getvalue()


def keras_file(config=CONFIG, weights=None):
    return zipped(
        config_dot_json=config if isinstance(config, bytes) else json.dumps(config),
        model_dot_weights_dot_h5=weights or weights_file(),
    )


class Storage:
    def __init__(self, key, n_numbers):
        self.parts = ("storage", Named("torch", "FloatStorage"), key, "cpu", n_numbers)


class Named:
    """Stands for something of a module by its name."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Call:
    """Stands for a call whose arguments are written out."""

    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments


def opcodes(value):
    """A pickle of protocol 2, written by hand, of dicts, tuples, calls and names."""
    if value is None:
        return b"N"
    if value is True or value is False:
        return b"\x88" if value else b"\x89"
    if isinstance(value, int):
        return b"J" + value.to_bytes(4, "little", signed=True)
    if isinstance(value, str):
        return b"X" + len(value.encode()).to_bytes(4, "little") + value.encode()
    if isinstance(value, Named):
        return f"c{value.module}\n{value.name}\n".encode()
    if isinstance(value, Storage):
        return opcodes(value.parts) + b"Q"
    if isinstance(value, Call):
        return opcodes(value.function) + opcodes(value.arguments) + b"R"
    if isinstance(value, tuple):
        return b"(" + b"".join(map(opcodes, value)) + b"t"
    assert isinstance(value, dict)
    items = b"".join(opcodes(part) for pair in value.items() for part in pair)
    return b"}(" + items + b"u"


def tensor(key, shape, n_numbers=None, offset=0, stride=None):
    size = int(np.prod(shape))
    if stride is None:
        stride = tuple(int(np.prod(shape[k + 1 :])) for k in range(len(shape)))
    return Call(
        Named("torch._utils", "_rebuild_tensor_v2"),
        Storage(key, size if n_numbers is None else n_numbers),
        offset,
        shape,
        stride,
        False,
        Call(Named("collections", "OrderedDict")),
    )


def torch_file(made=None, *, pickled=None, **more):
    """A file as ``torch.save`` writes it, of a state dict or of something else."""
    parts = torch_tensors()
    if made is None:
        made = {
            name: tensor(str(k), part.shape)
            for k, (name, part) in enumerate(parts.items())
        }
    if pickled is None:
        pickled = b"\x80\x02" + opcodes(made) + b"."
    data = {f"a__data__{k}": part.tobytes() for k, part in enumerate(parts.values())}
    return zipped(a__data_dot_pkl=pickled, a__byteorder=b"little", **data, **more)


def read_torch(data):
    return tensors_of_file(data, "file")


def read_keras(data):
    return network_of_file(data, "file")


# Good files


@pytest.mark.parametrize("make", [npz_file, weights_file, keras_file])
def test_arrays_of_keras_come_from_every_form_of_file(make, tmp_path):
    (tmp_path / "file").write_bytes(make())
    found = from_keras(tmp_path / "file")
    X = np.random.RandomState(1).randn(5, 6, 3).astype("f4")
    wanted = from_keras(keras_arrays()).predict(X)
    np.testing.assert_array_equal(found.predict(X), wanted)
    np.testing.assert_array_equal(from_keras(str(tmp_path / "file")).predict(X), wanted)


def test_files_of_keras_2_are_read():
    """Names end in :0, stand as bytes, and layers name those that they read."""
    layers = [
        {"class_name": "InputLayer", "name": "input", "config": {"name": "input"}},
        {
            "class_name": "GRU",
            "name": "gru",
            "config": {"name": "gru", "reset_after": True, "time_major": False},
            "inbound_nodes": [[["input", 0, 0, {}]]],
        },
        {
            "class_name": "Dense",
            "name": "dense",
            "config": {"name": "dense", "activation": "softmax"},
            "inbound_nodes": [[["gru", 0, 0, {}]]],
        },
    ]
    config = {"class_name": "Functional", "config": {"layers": layers}}
    paths = [f"gru/gru_cell/{part}:0" for part in ("kernel", "recurrent", "bias")]
    parts = keras_arrays()
    file = io.BytesIO()
    with h5py.File(file, "w") as root:
        root.attrs["model_config"] = json.dumps(config).encode()
        weights = root.create_group("model_weights")
        weights.attrs["layer_names"] = [b"input", b"gru", b"dense"]
        for layer, of_layer, arrays in [
            ("input", [], []),
            ("gru", paths, parts[:3]),
            ("dense", ["dense/kernel:0", "dense/bias:0"], parts[3:]),
        ]:
            group = weights.create_group(layer)
            group.attrs["weight_names"] = [path.encode() for path in of_layer]
            for path, array in zip(of_layer, arrays, strict=True):
                group.create_dataset(path, data=array)
    network, activation, _ = read_keras(file.getvalue())
    assert activation == "softmax"
    for found, wanted in zip(network.arrays, parts, strict=True):
        np.testing.assert_array_equal(np.squeeze(found), np.squeeze(wanted))


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("big", [False, True])
def test_arrays_of_any_order_are_read(order, big, tmp_path):
    arrays = [
        np.array(part, order=order, dtype=">f8" if big else "<f4")
        for part in keras_arrays()
    ]
    np.savez_compressed(tmp_path / "a.npz", *arrays)
    found, *_ = read_keras((tmp_path / "a.npz").read_bytes())
    for one, part in zip(found.arrays, keras_arrays(), strict=True):
        np.testing.assert_array_equal(one, part)


def test_tensors_come_from_every_form_of_file(tmp_path):
    parts = torch_tensors()
    np.savez(tmp_path / "w.npz", **parts)
    (tmp_path / "w.pt").write_bytes(torch_file())
    (tmp_path / "w.safetensors").write_bytes(safetensors_of(parts, {}))
    X = np.random.RandomState(1).randn(5, 6, 3).astype("f4")
    wanted = from_torch(parts).predict(X)
    for path in tmp_path.iterdir():
        np.testing.assert_array_equal(from_torch(path).predict(X), wanted)


def test_a_checkpoint_holds_the_tensors_under_the_names_of_its_parts():
    whole = {"epoch": 3, "net": {"w": tensor("0", (12, 3))}, "opt": {"state": {0: 1}}}
    found = read_torch(torch_file(whole))
    assert list(found) == ["net.w"]
    np.testing.assert_array_equal(found["net.w"], torch_tensors()[NAMES[0]])


def test_views_of_a_storage_are_those_that_strides_say():
    made = {"t": tensor("0", (2, 5), n_numbers=36, offset=4, stride=(1, 3))}
    numbers = torch_tensors()[NAMES[0]].ravel()
    wanted = [[numbers[4 + i + 3 * j] for j in range(5)] for i in range(2)]
    np.testing.assert_array_equal(read_torch(torch_file(made))["t"], wanted)


def test_bfloat16_becomes_float32(rng):
    numbers = rng.randn(4, 3).astype("f4")
    halves = (numbers.view("u4") >> 16).astype("u2")
    header = {"w": {"dtype": "BF16", "shape": [4, 3], "data_offsets": [0, 24]}}
    text = json.dumps(header).encode()
    data = len(text).to_bytes(8, "little") + text + halves.tobytes()
    found = read_safetensors(data, "file")[0]["w"]
    np.testing.assert_array_equal(found.view("u4"), numbers.view("u4") & 0xFFFF0000)


def test_files_of_safetensors_are_those_of_its_own_library(tmp_path, rng):
    library = pytest.importorskip(
        "safetensors.numpy", reason="safetensors is not installed"
    )
    arrays = {
        "odd": rng.randn(3, 5).astype("f4"),
        "empty": np.zeros((0, 2)),
        "point": np.array(3, dtype="i8"),
        "bools": rng.rand(7) > 0.5,
        "words": rng.randint(0, 99, 5).astype("u8"),
    }
    mine = library.load(safetensors_of(arrays, {"a": "b"}))
    theirs, metadata = read_safetensors(library.save(arrays, {"a": "ä"}), "file")
    assert metadata == {"a": "ä"}
    for name, array in arrays.items():
        for found in (mine[name], theirs[name]):
            assert found.dtype == array.dtype
            np.testing.assert_array_equal(found, array)


# Bad files


def safetensors_with(header, body=b"\x00" * 8):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def entry(shape=(1,), begin=0, end=8, dtype="F64"):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00" * 4, "neither|no file"),
        (safetensors_with({"a": entry()})[:-1], "not possible"),
        ((2**60).to_bytes(8, "little") + b"{}", "cut short"),
        (safetensors_with({"a": entry((2**62, 4))}), "not possible"),
        (safetensors_with({"a": entry((-1,))}), "axes of the sizes"),
        (safetensors_with({"a": entry((1.0,))}), "axes of the sizes"),
        (safetensors_with({"a": entry((True,))}), "axes of the sizes"),
        (safetensors_with({"a": entry([10**4000] * 5000)}), "5000 axes"),
        (safetensors_with({"a": entry(dtype="F8_E4M3")}), "'a' in file .*F8_E4M3"),
        (safetensors_with({"a": entry(), "b": entry()}), "overlap"),
        (safetensors_with({"a": entry((0,), 4, 4)}), "overlap, or leave"),
        (safetensors_with({}), "leave bytes"),
        (safetensors_with({"a": {"dtype": "F64"}}), "KeyError"),
        (safetensors_with(b'{"a":1,"a":2}'), "twice"),
        (safetensors_with(b"[" * 100_000), "RecursionError|damaged"),
        (safetensors_with(b'{"a":' * 100_000), "RecursionError|damaged"),
        (safetensors_with(b'{"a":' + b"9" * 5000 + b"}"), "damaged"),
        (safetensors_with({METADATA: {"a": 1}, "a": entry()}), "no texts"),
        (
            safetensors_with({"a": entry((8,), dtype="BOOL")}, b"\x02" * 8),
            "neither true",
        ),
        (safetensors_with(b"{\xff}"), "damaged"),
    ],
)
def test_damaged_files_of_safetensors_are_refused(data, words):
    with pytest.raises(ValueError, match=words):
        read_safetensors(data, "file")


class Evil:
    """What a pickle can do when it is loaded."""

    def __reduce__(self):
        return os.system, ("touch /nowhere",)


def global_and_call(module, name, argument):
    return f"c{module}\n{name}\n(S'{argument}'\ntR.".encode()


@pytest.mark.parametrize(
    ("pickled", "words"),
    [
        (pickle.dumps(Evil(), 2), "an object of .*system.*nothing of it was run"),
        (pickle.dumps(Evil(), 5), "FRAME|an object of|asks for"),
        (global_and_call("os", "system", "touch x"), "object of os.system"),
        (global_and_call("builtins", "eval", "1"), "object of builtins.eval"),
        (global_and_call("torch.storage", "_load_from_bytes", ""), "_load_from_bytes"),
        (global_and_call("torch", "FloatStorage", "x"), "asks for STRING|no function"),
        (b"\x80\x02ctorch\nFloatStorage\n)R.", "calls what is no function"),
        (b"\x80\x02}q\x00h\x00h\x00s.", "key of type dict"),
        (b"\x80\x02}q\x00X\x01\x00\x00\x00ah\x00s.", "dicts in each other"),
        (b"\x80\x02r\xff\xff\xff\x7f.", "damaged"),
        (b"\x80\x02.", "damaged"),
        (b"\x80\x02", "damaged|no end"),
        (b"", "damaged"),
        (b"(" * 100_000 + b"t" * 100_000 + b".", "damaged|neither|prefix"),
    ],
)
def test_pickles_of_other_things_are_refused_and_not_run(pickled, words, tmp_path):
    (tmp_path / "a.pt").write_bytes(torch_file(pickled=pickled))
    with pytest.raises(ValueError, match=words):
        from_torch(tmp_path / "a.pt")


def test_a_pickle_that_doubles_itself_takes_no_memory():
    """Tuples of two of the tuple before: written out there would be 2**50 of them."""
    double = b"\x80\x02)q\x00" + b"".join(
        b"0h%ch%c\x86q%c" % (k, k, k + 1) for k in range(50)
    )
    for end in (b".", b"Q.", b"R."):
        with pytest.raises(ValueError, match="POP|damaged|neither"):
            read_torch(torch_file(pickled=double + end))


@pytest.mark.parametrize(
    "made",
    [
        tensor("0", (12, 3), n_numbers=35),
        tensor("0", (12, 3), n_numbers=37),
        tensor("0", (12, 4), n_numbers=36),
        tensor("0", (12, 3), n_numbers=36, offset=1),
        tensor("0", (12, 3), n_numbers=36, offset=-1),
        tensor("0", (2**31 - 1, 3), n_numbers=36, stride=(0, 0)),
        tensor("0", (37,), n_numbers=36, stride=(0,)),
        tensor("0", (2,), n_numbers=36, stride=(-1,)),
        tensor("0", (2, 2), n_numbers=36, stride=(1,)),
        tensor("0", (36,) * 99_999, n_numbers=36, stride=(1,) * 99_999),
        tensor("9", (12, 3)),
        Call(Named("torch._utils", "_rebuild_tensor_v2"), 1, 0, (1,), (1,)),
        Call(Named("torch._utils", "_rebuild_tensor_v2")),
    ],
)
def test_tensors_beyond_their_storage_are_refused(made):
    with pytest.raises(ValueError, match=r"tensor|damaged|axes"):
        read_torch(torch_file({"t": made}))


def soft(root):
    del root["layers/dense/vars/0"]
    root["layers/dense/vars/0"] = h5py.SoftLink("/layers/dense/vars/1")


def external(root):
    del root["layers/dense/vars"]
    root["layers/dense/vars"] = h5py.ExternalLink("other.h5", "/")


def stored_elsewhere(root):
    del root["layers/dense/vars/0"]
    root.create_dataset(
        "layers/dense/vars/0", (4, 1), "f4", external=[("/etc/passwd", 0, 16)]
    )


def virtual(root):
    del root["layers/dense/vars/0"]
    layout = h5py.VirtualLayout((4, 1), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4, 1))
    root.create_virtual_dataset("layers/dense/vars/0", layout)


def huge(root):
    del root["layers/dense/vars/0"]
    root.create_dataset("layers/dense/vars/0", (2**40, 1), "f4", chunks=(1024, 1))


def of_texts(root):
    del root["layers/dense/vars/0"]
    root.create_dataset("layers/dense/vars/0", data=[["a"]] * 4)


def missing(root):
    del root["layers/dense/vars/0"]


def a_group(root):
    del root["layers/dense/vars/0"]
    root.create_group("layers/dense/vars/0")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (soft, "'0' of file is a link"),
        (external, "'vars' of file is a link|not followed"),
        (stored_elsewhere, "lies in another file"),
        (virtual, "lies in another file"),
        (huge, "which no file of weights does"),
        (of_texts, "floating point are wanted"),
        (missing, "wanted|no array"),
        (a_group, "no array"),
    ],
)
@pytest.mark.parametrize("whole", [False, True])
def test_files_of_hdf5_that_refer_elsewhere_are_refused(change, words, whole):
    data = weights_file(change)
    if whole:
        data = keras_file(weights=data)
    with pytest.raises(ValueError, match=words):
        read_keras(data)


@pytest.mark.parametrize("group", ["dropout", "spatial_dropout1d_1", "input_layer"])
def test_layers_without_effect_are_passed_over_in_files_of_weights(group):
    found, *_ = read_keras(
        weights_file(lambda root: root.create_group(f"layers/{group}/vars"))
    )
    for one, part in zip(found.arrays, keras_arrays(), strict=True):
        np.testing.assert_array_equal(one, part)


@pytest.mark.parametrize("group", ["rescaling", "re_lu", "lambda", "softmax_2"])
def test_layers_without_weights_are_refused_in_files_of_weights(group):
    with pytest.raises(ValueError, match=f"{group}.*how they follow"):
        read_keras(weights_file(lambda root: root.create_group(f"layers/{group}/vars")))


@pytest.mark.parametrize("group", ["conv1d", "dense_1", "lstm", "batch_normalization"])
def test_weights_of_other_layers_are_refused_by_name(group):
    def add(root):
        root.create_dataset(f"layers/{group}/vars/0", data=[1.0])

    with pytest.raises(ValueError, match=f"{group}.*how they follow"):
        read_keras(weights_file(add))


def test_h5py_is_asked_for_by_name(monkeypatch):
    data = weights_file()
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ImportError, match=r"pip install h5py.*get_weights"):
        read_keras(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "neither an archive"),
        (b"text", "neither an archive"),
        (zipped(a=b"b"), "not the arrays that numpy.savez writes"),
        (zipped(config_dot_json=b"{}"), "holds no weights"),
        (keras_file(config=b"{}"), "class None"),
        (keras_file(config=b"[]"), "damaged"),
        (keras_file(config=b"[" * 100_000), "damaged"),
        (keras_file(config={"class_name": "Custom"}), "'Custom'"),
        (keras_file()[:-30], "damaged"),
        (keras_file(weights=weights_file()[:-100]), "damaged"),
    ],
)
def test_damaged_files_of_keras_are_refused(data, words):
    with pytest.raises(ValueError, match=words):
        read_keras(data)


def test_pickles_in_archives_of_numpy_are_not_loaded(tmp_path):
    np.savez(tmp_path / "a.npz", np.array([Evil()], dtype=object))
    with pytest.raises(ValueError, match="holds object, but arrays of numbers"):
        from_keras(tmp_path / "a.npz")


def test_archives_that_grow_beyond_their_size_are_refused():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(50_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="no file of weights"):
            read_zip(file.getvalue(), "file")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


def test_no_array_of_an_archive_is_lost():
    """A longer comment of the fourth file in the list at the end swallows the fifth."""
    data = bytearray(npz_file())
    places = [at for at in range(len(data)) if data[at : at + 4] == b"PK\x01\x02"]
    data[places[3] + 32 : places[3] + 34] = (len(data) - places[4] - 22).to_bytes(
        2, "little"
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert len(archive.namelist()) == 4
    with pytest.raises(ValueError, match="5 files, but 4 are found"):
        read_keras(bytes(data))


def test_an_array_says_no_more_than_is_there():
    file = io.BytesIO()
    np.save(file, np.zeros(3))
    data = file.getvalue().replace(b"(3,)", b"(9,)")
    with pytest.raises(ValueError, match="of shape .9,. .*but has 24 bytes"):
        read_keras(zipped(arr_0_dot_npy=data))


# Ten thousand files of each form


def read_config(data):
    """What a model of Keras computes, by the JSON of its configuration alone."""
    with refusing_damage("file", "a file of Keras"):
        config = from_json(data)
        plan = plan_of(layers_of_config(config))
        check_is_chain(config)
        assert plan.recurrent


FORMS = {
    "npz": (read_keras, npz_file, None),
    "hdf5": (read_keras, weights_file, None),
    "keras": (read_keras, keras_file, None),
    "config": (read_config, lambda: json.dumps(CONFIG).encode(), None),
    "pt": (
        read_torch,
        lambda: zipfile.ZipFile(io.BytesIO(torch_file())).read("a/data.pkl"),
        lambda data: torch_file(pickled=data),
    ),
    "safetensors": (read_torch, lambda: safetensors_of(torch_tensors(), {}), None),
}


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_mutated_files_are_read_or_refused(form):
    read, make, repack = FORMS[form]
    check_all_are_refused_or_read(read, make(), 10_000, repack=repack)


@pytest.mark.parametrize("form", FORMS)
def test_a_few_mutated_files_are_read_or_refused(form):
    read, make, repack = FORMS[form]
    check_all_are_refused_or_read(read, make(), 100, repack=repack)
