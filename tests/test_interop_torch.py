"""Weights from PyTorch and for PyTorch, against its equations; no PyTorch is needed."""

import json

import equations_elsewhere as elsewhere
import numpy as np
import pytest

from skgru import GRURegressor, LSTMRegressor, RNNRegressor
from skgru.interop import from_torch, to_rtneural, to_torch

KINDS = {"gru": GRURegressor, "lstm": LSTMRegressor, "rnn": RNNRegressor}
every_kind = pytest.mark.parametrize("kind", KINDS)
SETTINGS = {"max_iter": 2, "early_stopping": False, "random_state": 0, "anchor": None}


def state_dict(kind="gru", n_layers=1, n_outputs=1, *, both_ways=False, seed=0):
    rng = np.random.RandomState(seed)
    # As many features as units, so that a transposed kernel would fit.
    return elsewhere.torch_dict(
        kind, rng, 3, 3, n_layers, n_outputs, both_ways=both_ways
    )


@every_kind
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("n_layers", [1, 3])
def test_predictions_are_those_of_the_equations(kind, both_ways, n_layers, rng):
    weights = state_dict(kind, n_layers, 2, both_ways=both_ways)
    X = rng.randn(4, 6, 3)
    model = from_torch(weights)
    assert type(model) is KINDS[kind]
    wanted = elsewhere.torch_predictions(
        kind, X, weights, n_layers, both_ways=both_ways
    )
    np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-12, atol=1e-13)
    # There and back: where PyTorch has two biases and skgru one, their sum is kept.
    back = to_torch(model)
    names = {name: name.replace("rnn.", f"{kind}.") for name in weights}
    names |= {"fc.weight": "head.weight", "fc.bias": "head.bias"}
    assert set(names.values()) == set(back)
    for name, part in weights.items():
        found = back[names[name]]
        if kind != "gru" and "bias_ih" in name:
            part = part + weights[name.replace("bias_ih", "bias_hh")]
        if kind != "gru" and "bias_hh" in name:
            part = np.zeros_like(part)
        np.testing.assert_array_equal(found, part)


def test_weights_without_biases_have_biases_of_zeros(rng):
    weights = state_dict(both_ways=True)
    X = rng.randn(4, 6, 3)
    for name in weights:
        if "bias" in name:
            weights[name] = np.zeros_like(weights[name])
    bare = {name: part for name, part in weights.items() if "bias" not in name}
    wanted = from_torch(weights).predict(X)
    np.testing.assert_array_equal(from_torch(bare).predict(X), wanted)


@pytest.mark.parametrize("wrapper", ["module.", "_orig_mod.", "_orig_mod.module."])
def test_what_wrappers_put_before_names_is_taken_off(wrapper, rng):
    weights, X = state_dict(), rng.randn(4, 6, 3)
    wrapped = {f"{wrapper}{name}": part for name, part in weights.items()}
    wanted = from_torch(weights).predict(X)
    np.testing.assert_array_equal(from_torch(wrapped).predict(X), wanted)


def test_prefix_and_head_choose_among_several_modules(rng):
    first, second = state_dict(), state_dict(seed=1)
    X = rng.randn(4, 6, 3)
    both = {f"a.{name}": part for name, part in first.items()}
    both |= {f"b.{name}": part for name, part in second.items()}
    with pytest.raises(ValueError, match="2 recurrent modules.*prefix="):
        from_torch(both)
    wanted = from_torch(second).predict(X)
    np.testing.assert_array_equal(from_torch(both, prefix="b.").predict(X), wanted)
    for head in ("fc", "b.fc"):
        found = from_torch(both, prefix="b.", head=head)
        np.testing.assert_array_equal(found.predict(X), wanted)


def test_half_precision_is_computed_in_float32(rng):
    halves = {name: part.astype("f2") for name, part in state_dict().items()}
    singles = {name: part.astype("f4") for name, part in halves.items()}
    X = rng.randn(4, 6, 3).astype("f4")
    found = from_torch(halves).predict(X)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, from_torch(singles).predict(X))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rnn.weight_hr_l0": (3, 3)}, "projection of the states .proj_size."),
        ({"norm.weight": (3,)}, "'norm.weight' belong neither to.*no place for them"),
        ({"fc2.weight": (1, 1)}, "2 linear layers.*.'fc', 'fc2'.. Name it in head="),
        ({"fc.weight": None, "fc.bias": None}, "0 linear layers"),
        ({"rnn.weight_hh_l0": None}, "rnn.weight_hh_l0 is of shape None"),
        ({"rnn.weight_hh_l0": (10, 3)}, "of shape .10, 3., but"),
        ({"rnn.weight_ih_l2": (9, 3)}, "layer 1 of rnn. are missing"),
        ({"rnn.weight_ih_l1": (9, 3)}, "layer 1 of rnn. are missing"),
        ({"rnn.bias_hh_l0": (8,)}, "biases of shapes"),
        ({"rnn.weight_ih_l0": (9,)}, "do not make a cell"),
        ({"rnn.weight_ih_l0_reverse": (9, 3)}, "layer 0 of rnn. are missing"),
        ({"fc.weight": (1, 4)}, "hands on 3 numbers"),
        ({"fc.bias": (2,)}, "bias of shape .2,."),
        ({"rnn.weight_ih_l0": None}, "0 recurrent modules.*nn.GRUCell"),
    ],
)
def test_what_cannot_be_expressed_is_refused_by_name(change, words, rng):
    weights = state_dict()
    for name, shape in change.items():
        if shape is None:
            del weights[name]
        else:
            weights[name] = rng.randn(*shape)
    with pytest.raises(ValueError, match=words):
        from_torch(weights)


def test_the_dict_of_a_checkpoint_goes_before_the_prefix():
    inner = {f"model.{name}": part for name, part in state_dict().items()}
    inner["other.weight"] = np.zeros((2, 2))
    whole = {f"state_dict.{name}": part for name, part in inner.items()}
    X = np.random.RandomState(1).randn(4, 6, 3)
    wanted = from_torch(state_dict()).predict(X)
    for source in (inner, whole | {"loss": np.zeros(3)}):
        found = from_torch(source, prefix="model.", head="fc")
        np.testing.assert_array_equal(found.predict(X), wanted)


def test_messages_are_bounded_whatever_the_names_are():
    long = "x" * 10_000
    for source, params in [
        (state_dict(), {"head": long}),
        (state_dict() | {long: np.zeros(2)}, {}),
        ({long: np.zeros(2)}, {}),
        ({long: "text"}, {}),
    ]:
        with pytest.raises(ValueError, match="is wanted|are among|no place") as found:
            from_torch(source, **params)
        assert len(str(found.value)) < 700


def test_a_head_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="head='out', but there is no matrix"):
        from_torch(state_dict(), head="out")


@pytest.mark.parametrize("source", [None, [np.zeros(3)], {"a": "b"}, {"a": {}}])
def test_other_sources_are_refused(source):
    with pytest.raises(ValueError, match="is wanted"):
        from_torch(source)


def test_forms_that_pytorch_does_not_have_are_refused(rng):
    X, y = rng.randn(20, 5, 3), rng.randn(20)
    with pytest.raises(ValueError, match="reset_after=False.*use to_keras"):
        to_torch(GRURegressor(4, reset_after=False, **SETTINGS).fit(X, y), **FOLDED)
    with pytest.raises(ValueError, match="hidden_layer_sizes=.4, 3..*use to_keras"):
        to_torch(GRURegressor((4, 3), **SETTINGS).fit(X, y), **FOLDED)


FOLDED = {"fold_scaling": True}


# RTNeural


@pytest.mark.parametrize("kind", ["gru", "lstm"])
def test_json_of_rtneural_holds_what_predicts(kind, rng):
    X, y = 5 + rng.randn(20, 6, 3), 9 + rng.randn(20, 2)
    model = KINDS[kind]((4, 3), **SETTINGS).fit(X, y)
    network = json.loads(json.dumps(to_rtneural(model, fold_scaling=True)))
    *recurrent, dense = network["layers"]
    assert network["in_shape"] == [None, None, 3]
    assert [layer["type"] for layer in recurrent] == [kind, kind]
    assert [layer["shape"][-1] for layer in network["layers"]] == [4, 3, 2]
    # The layout of RTNeural is that of Keras.
    layers = [[[np.array(part) for part in layer["weights"]]] for layer in recurrent]
    head = [np.array(part) for part in dense["weights"]]
    found = elsewhere.keras_predictions(kind, X, layers, head)
    np.testing.assert_allclose(found, model.predict(X), rtol=1e-11)


@pytest.mark.parametrize(
    ("regressor", "form", "words"),
    [
        (GRURegressor, {"reset_after": False}, "reset_after=False.*reset_after=True"),
        (GRURegressor, {"bidirectional": True}, "bidirectional=True"),
        (RNNRegressor, {}, "plain RNN cells.*GRURegressor or LSTMRegressor"),
    ],
)
def test_forms_that_rtneural_does_not_have_are_refused(regressor, form, words, rng):
    X, y = rng.randn(20, 5, 3), rng.randn(20)
    model = regressor(4, **SETTINGS, **form).fit(X, y)
    with pytest.raises(ValueError, match=words):
        to_rtneural(model, fold_scaling=True)
