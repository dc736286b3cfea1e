"""Files of real Keras networks are read without it, and its networks take our weights.

With SKGRU_FILES in the environment, the files are kept in that folder, with what the
networks predict, for `test_files_of_peers.py` in an environment without Keras.
"""

import os

import numpy as np
import pytest

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru.interop import from_keras, to_keras

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = pytest.importorskip("keras", reason="Keras is not installed")
pytest.importorskip("h5py", reason="h5py is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")
layers = keras.layers

CELLS = {
    "gru": lambda n, **form: layers.GRU(n, **form),
    "gru_before": lambda n, **form: layers.GRU(n, reset_after=False, **form),
    "lstm": lambda n, **form: layers.LSTM(n, **form),
    "rnn": lambda n, **form: layers.SimpleRNN(n, **form),
}
FORMS = {
    "one layer": {"sizes": (5,)},
    "stacked": {"sizes": (5, 3)},
    "both ways": {"sizes": (5, 3), "both_ways": True},
    "no biases": {"sizes": (5,), "use_bias": False},
}
# Of four outputs, or of one for a sigmoid.
ACTIVATIONS = {"linear": 4, "softmax": 4, "sigmoid": 1, "exponential": 4}
every_cell = pytest.mark.parametrize("cell", CELLS)
every_form = pytest.mark.parametrize("form", FORMS)


def network(cell, sizes, *, both_ways=False, activation="linear", **form):
    """A network with random weights, biases too."""
    stack = [
        CELLS[cell](n, return_sequences=k < len(sizes) - 1, **form)
        for k, n in enumerate(sizes)
    ]
    if both_ways:
        stack = [layers.Bidirectional(one) for one in stack]
    head = layers.Dense(ACTIVATIONS[activation], activation=activation)
    made = keras.Sequential([keras.Input((7, 3)), *stack, layers.Dropout(0.5), head])
    rng = np.random.RandomState(0)
    made.set_weights([rng.randn(*part.shape) * 0.5 for part in made.get_weights()])
    return made


def sequences():
    return np.random.RandomState(1).randn(6, 7, 3).astype(np.float32)


def outputs(model, activation):
    """What the network of Keras would predict."""
    X = sequences()
    if activation in ("softmax", "sigmoid"):
        found = model.predict_proba(X)
        return found[:, 1:] if activation == "sigmoid" else found
    return model.predict(X).reshape(len(X), -1)


def keep(made, folder, name, activation="linear"):
    """Write a network in the forms of files that tell it; dict of paths by form."""
    made.save(folder / f"{name}.keras")
    made.save(folder / f"{name}.h5")
    paths = [f"{name}.keras", f"{name}.h5"]
    if activation == "linear":
        made.save_weights(folder / f"{name}.weights.h5")
        np.savez(folder / f"{name}.npz", *made.get_weights())
        paths += [f"{name}.weights.h5", f"{name}.npz"]
    wanted = np.asarray(made(sequences(), training=False))
    if "SKGRU_FILES" in os.environ:
        for path in paths:
            kept = f"{os.environ['SKGRU_FILES']}/keras {path}"
            with open(kept, "wb") as file:
                file.write((folder / path).read_bytes())
            np.savez(f"{kept}.wanted.npz", X=sequences(), wanted=wanted)
    return [folder / path for path in paths], wanted


@every_cell
@every_form
def test_every_form_of_file_predicts_what_the_network_predicts(cell, form, tmp_path):
    made = network(cell, **FORMS[form])
    paths, wanted = keep(made, tmp_path, f"{cell} {form}")
    told = {"reset_after": False} if cell == "gru_before" else {}
    sources = [*paths, made, made.get_weights()]
    for source in sources:
        model = from_keras(source, **told)
        np.testing.assert_allclose(outputs(model, "linear"), wanted, atol=1e-6)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activations_of_the_head_are_those_of_the_network(activation, tmp_path):
    made = network("gru", (5,), activation=activation)
    paths, wanted = keep(made, tmp_path, f"gru {activation}", activation)
    for source in [*paths, made]:
        found = outputs(from_keras(source), activation)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


@every_cell
@every_form
def test_weights_go_there_and_back_bit_by_bit(cell, form):
    made = network(cell, **FORMS[form])
    again = network(cell, **{**FORMS[form], "use_bias": True})
    told = {"reset_after": False} if cell == "gru_before" else {}
    weights = to_keras(from_keras(made, **told))
    again.set_weights(weights)
    X = sequences()
    np.testing.assert_allclose(again(X), made(X), atol=1e-6)
    if form != "no biases":
        for found, wanted in zip(weights, made.get_weights(), strict=True):
            np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("regressor", [GRURegressor, LSTMRegressor, RNNRegressor])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_networks_take_weights_of_fitted_models(regressor, bidirectional):
    X = 3 + 2 * sequences()
    y = X[:, -1] * np.array([1, 2, 3], np.float32) + 10
    model = regressor(
        (4, 5), max_iter=2, anchor=None, bidirectional=bidirectional, random_state=0
    ).fit(X, y)
    cell = {"GRUR": "gru", "LSTM": "lstm", "RNNR": "rnn"}[regressor.__name__[:4]]
    stack = [CELLS[cell](n, return_sequences=n == 4) for n in (4, 5)]
    if bidirectional:
        stack = [layers.Bidirectional(one) for one in stack]
    made = keras.Sequential([keras.Input((7, 3)), *stack, layers.Dense(3)])
    made.set_weights(to_keras(model, fold_scaling=True))
    # Keras computes in float32 on JAX; float64 is held against its equations.
    np.testing.assert_allclose(made(X), model.predict(X), rtol=2e-6)


@every_cell
def test_layers_around_cells_and_functional_models_are_read(cell, tmp_path):
    kind = {"gru": "GRUCell", "gru_before": "GRUCell", "lstm": "LSTMCell"}
    form = {"reset_after": False} if cell == "gru_before" else {}
    inner = getattr(layers, kind.get(cell, "SimpleRNNCell"))(4, **form)
    inputs = keras.Input((7, 3))
    made = keras.Model(inputs, layers.Dense(4)(layers.RNN(inner)(inputs)))
    paths, wanted = keep(made, tmp_path, f"{cell} functional")
    for source in [*paths, made]:
        np.testing.assert_allclose(
            outputs(from_keras(source), "linear"), wanted, atol=1e-6
        )


def test_branches_are_refused():
    inputs = keras.Input((7, 3))
    first, second = (layers.GRU(4)(inputs) for _ in range(2))
    made = keras.Model(inputs, layers.Dense(1)(layers.Concatenate()([first, second])))
    with pytest.raises(ValueError, match="single chain"):
        from_keras(made)


@pytest.mark.parametrize(
    ("stack", "words"),
    [
        ([layers.GRU(4, recurrent_activation="hard_sigmoid")], "'hard_sigmoid'"),
        ([layers.LSTM(4, activation="relu")], "activation='relu'"),
        ([layers.GRU(4, go_backwards=True)], "go_backwards=True"),
        ([layers.Bidirectional(layers.GRU(4), merge_mode="ave")], "merge_mode='ave'"),
        ([layers.Masking(), layers.GRU(4)], "Masking"),
        ([layers.GRU(4), layers.Dense(3, activation="relu")], "activation='relu'"),
        ([layers.GRU(4), layers.BatchNormalization()], "BatchNormalization"),
        ([layers.Conv1D(4, 2), layers.GRU(4)], "Conv1D"),
        (
            [layers.Bidirectional(layers.GRU(4, return_sequences=True)), layers.GRU(4)],
            "one way, or all both ways",
        ),
        ([layers.LSTM(4, return_sequences=True), layers.GRU(4)], "several kinds"),
        (
            [
                layers.GRU(4, return_sequences=True),
                layers.TimeDistributed(layers.Dense(2)),
            ],
            "TimeDistributed",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_real_layers_that_cannot_be_expressed_are_refused(stack, words, tmp_path):
    if not isinstance(stack[-1], layers.TimeDistributed):
        stack = [*stack, layers.Dense(1)]
    made = keras.Sequential([keras.Input((7, 3)), *stack])
    for path in (tmp_path / "a.keras", tmp_path / "a.h5"):
        made.save(path)
        with pytest.raises(ValueError, match=words):
            from_keras(path)


def test_the_mean_of_all_states_is_read_for_classes():
    pooled = [layers.GRU(4, return_sequences=True), layers.GlobalAveragePooling1D()]
    made = keras.Sequential(
        [keras.Input((7, 3)), *pooled, layers.Dense(4, activation="softmax")]
    )
    wanted = np.asarray(made(sequences()))
    model = from_keras(made)
    np.testing.assert_allclose(outputs(model, "softmax"), wanted, atol=1e-6)
    made.layers[-1].activation = keras.activations.linear
    with pytest.raises(ValueError, match="mean of all states"):
        from_keras(made)


def test_dense_layers_with_nothing_between_them_are_one():
    made = keras.Sequential(
        [keras.Input((7, 3)), layers.GRU(4), layers.Dense(5), layers.Dense(4)]
    )
    found = outputs(from_keras(made), "linear")
    np.testing.assert_allclose(found, np.asarray(made(sequences())), atol=1e-6)
