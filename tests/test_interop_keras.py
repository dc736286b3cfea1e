"""Weights from Keras and for Keras, against its equations; no Keras is needed."""

import json

import equations_elsewhere as elsewhere
import numpy as np
import pytest

from skgru import GRUClassifier, GRURegressor, LSTMRegressor, RNNRegressor, Stream
from skgru.interop import from_keras, to_keras
from skgru.interop._keras_config import layers_of_config, plan_of
from skgru.plotting import TrainingCurveDisplay

KINDS = {
    "gru": GRURegressor,
    "gru_before": GRURegressor,
    "lstm": LSTMRegressor,
    "rnn": RNNRegressor,
}
# A network of one GRU with a dense head, three features and four units.
SHAPES = [(3, 12), (4, 12), (2, 12), (4, 1), (1,)]


def arrays(rng, shapes=SHAPES, dtype=np.float64):
    return [rng.randn(*shape).astype(dtype) for shape in shapes]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("sizes", [(5,), (3, 3, 4)])
def test_predictions_are_those_of_the_equations(kind, both_ways, sizes, rng):
    # As many features as units, so that a transposed kernel would fit.
    layers, head = elsewhere.keras_arrays(kind, rng, 3, sizes, 2, both_ways=both_ways)
    X = rng.randn(4, 6, 3)
    weights = elsewhere.keras_list(layers, head)
    model = from_keras(weights)
    assert type(model) is KINDS[kind]
    wanted = elsewhere.keras_predictions(kind, X, layers, head)
    np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-12, atol=1e-13)
    for found, part in zip(to_keras(model), weights, strict=True):
        np.testing.assert_array_equal(found, part)


@pytest.mark.parametrize("reset_after", [None, True, False])
def test_cells_without_biases_have_biases_of_zeros(reset_after, rng):
    kernel, recurrent, *_ = weights = arrays(rng, [(3, 12), (4, 12), (4, 2)])
    told = {} if reset_after is None else {"reset_after": reset_after}
    model = from_keras(weights, **told)
    kind = "gru_before" if reset_after is False else "gru"
    zeros = np.zeros(12 if reset_after is False else (2, 12))
    X = rng.randn(4, 6, 3)
    wanted = elsewhere.keras_predictions(
        kind, X, [[[kernel, recurrent, zeros]]], [weights[-1], np.zeros(2)]
    )
    np.testing.assert_allclose(model.predict(X), wanted, rtol=1e-12)


def test_windows_and_rows_are_read_like_sequences(rng):
    weights = arrays(rng)
    X = rng.randn(9, 5, 3)
    wanted = from_keras(weights).predict(X)
    by_rows = from_keras(weights, n_timesteps=5)
    np.testing.assert_array_equal(by_rows.predict(X.reshape(9, -1)), wanted)
    by_windows = from_keras(weights, window=5)
    np.testing.assert_array_equal(by_windows.predict(X[3])[-1:], wanted[3:4])


@pytest.mark.parametrize("further", ["partial_fit", "fit"])
def test_training_goes_on_from_the_weights(further, dtype, rng):
    weights = arrays(rng, dtype=dtype)
    model = from_keras(weights, warm_start=True, learning_rate_init=1e-30, max_iter=2)
    X, y = rng.randn(20, 5, 3).astype(dtype), rng.randn(20).astype(dtype)
    before = model.predict(X)
    assert before.dtype == dtype
    getattr(model, further)(X, y)
    np.testing.assert_allclose(model.predict(X), before, rtol=1e-6)
    model.set_params(learning_rate_init=0.01, max_iter=30)
    for _ in range(5):
        getattr(model, further)(X, y)
    assert model.score(X, y) > 1 - np.mean((before - y) ** 2) / y.var()


def test_classes_stand_in_the_order_of_the_head(rng):
    weights = arrays(rng, [*SHAPES[:3], (4, 3), (3,)])
    labels = ["sad", "glad", "mad"]
    model = from_keras(weights, classes=labels)
    assert isinstance(model, GRUClassifier)
    X = rng.randn(30, 5, 3)
    logits = from_keras(weights).predict(X)
    assert model.predict(X).tolist() == [labels[k] for k in logits.argmax(axis=1)]
    odds = np.exp(logits)
    odds /= odds.sum(axis=1, keepdims=True)
    for label in labels:
        column = model.classes_.tolist().index(label)
        np.testing.assert_allclose(
            model.predict_proba(X)[:, column], odds[:, labels.index(label)], rtol=1e-12
        )


@pytest.mark.parametrize("n_outputs", [1, 2])
@pytest.mark.parametrize("labels", [["no", "yes"], ["yes", "no"]])
def test_of_two_classes_the_second_one_has_the_larger_output(n_outputs, labels, rng):
    weights = arrays(rng, [*SHAPES[:3], (4, n_outputs), (n_outputs,)])
    X = rng.randn(30, 5, 3)
    logits = from_keras(weights).predict(X)
    odds = logits if n_outputs == 1 else logits[:, 1] - logits[:, 0]
    model = from_keras(weights, classes=labels)
    found = model.predict_proba(X)[:, model.classes_.tolist().index(labels[1])]
    np.testing.assert_allclose(found, 1 / (1 + np.exp(-odds)), rtol=1e-12)


@pytest.mark.parametrize(
    ("shapes", "words"),
    [
        ([], "not those of recurrent layers"),
        ([(3, 12), (4, 12), (2, 12)], "not those of recurrent layers"),
        ([(3, 12), (4, 12), (2, 12), (5, 1), (1,)], "not those of recurrent layers"),
        ([(3, 12), (4, 12), (3, 12), (4, 1), (1,)], "not those of recurrent layers"),
        ([(3, 12), (4, 12), (2, 12), (4, 8), (8,), (8, 1), (1,)], "not those of"),
        ([(3, 10), (5, 10), (10,), (5, 1), (1,)], "not those of recurrent layers"),
        # As many units as features: two layers, or the two cells of one.
        ([(0, 12), (4, 12), (2, 12), (4, 1), (1,)], "make a cell|not those of"),
    ],
)
def test_arrays_that_make_no_network_are_refused(shapes, words, rng):
    with pytest.raises(ValueError, match=words):
        from_keras(arrays(rng, shapes))


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"hidden_layer_sizes": 7}, "for hidden_layer_sizes=\\(4,\\). Leave"),
        ({"hidden_layer_sizes": [4, 4]}, "for hidden_layer_sizes=\\(4,\\). Leave"),
        ({"categorical_features": [0, 1]}, "categorical_features=.* cannot be used"),
        ({"standardize": True}, "weights are for standardize=False"),
        ({"anchor": "auto"}, "weights are for anchor=None"),
        ({"reset_after": False}, "weights are for reset_after=True"),
        ({"remember": True, "window": 3}, "remember=True cannot be used"),
        ({"static_features": [0]}, "static_features=.* cannot be used"),
        ({"colour": "red"}, "has no parameter 'colour'"),
        ({"max_iter": 0}, "'max_iter' parameter of GRURegressor must be"),
        ({"loss": "quantile", "quantile": [0.1, 0.9]}, "several quantiles"),
        ({"classes": ["a", "b", "c"]}, "1 output.* so 2 different labels are wanted"),
        ({"classes": ["a", "a"]}, "2 different labels are wanted"),
    ],
)
def test_parameters_that_the_weights_contradict_are_refused(params, words, rng):
    with pytest.raises(ValueError, match=words):
        from_keras(arrays(rng), **params)


def test_parameters_may_say_what_the_weights_say(rng):
    told = {"hidden_layer_sizes": np.array([4]), "remember": False, "anchor": None}
    model = from_keras(arrays(rng), **told, categorical_features=None, reset_after=True)
    assert model.predict(rng.randn(2, 5, 3)).shape == (2,)
    assert from_keras(arrays(rng), hidden_layer_sizes=4).n_outputs_ == 1


@pytest.mark.parametrize(
    ("given", "computed"),
    [("<f4", "f4"), (">f4", "f4"), ("f2", "f4"), (">f8", "f8"), ("i8", "f8")],
)
def test_no_digits_of_weights_are_lost(given, computed, rng):
    weights = [(3 * part).astype(given) for part in arrays(rng)]
    model = from_keras(weights)
    for found, wanted in zip(to_keras(model), weights, strict=True):
        assert found.dtype == np.dtype(computed)
        np.testing.assert_array_equal(found, wanted)
    mixed = [weights[0].astype("f8"), *weights[1:]]
    assert {part.dtype.name for part in to_keras(from_keras(mixed))} == {"float64"}


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value, rng):
    weights = arrays(rng)
    weights[1][2, 3] = value
    with pytest.raises(ValueError, match="contains NaN or infinity.*diverged"):
        from_keras(weights)


@pytest.mark.parametrize("source", [None, 3, {"a": 1}, [["a"]], [b"x"]])
def test_other_sources_are_refused(source):
    with pytest.raises(ValueError, match="is wanted|are wanted"):
        from_keras(source)


# Configurations of Keras: what cannot be expressed is refused by its name.


def layer(kind, name=None, **config):
    return {"class_name": kind, "config": {"name": name or kind.lower(), **config}}


def gru(**config):
    defaults = {"activation": "tanh", "recurrent_activation": "sigmoid"}
    return layer("GRU", **(defaults | {"reset_after": True} | config))


def both_ways(inner, **config):
    return layer("Bidirectional", layer=inner, **config)


def plan(*layers):
    config = {"class_name": "Sequential", "config": {"layers": list(layers)}}
    return plan_of(layers_of_config(json.loads(json.dumps(config))))


DENSE = layer("Dense", activation="linear")


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        (
            [gru(recurrent_activation="hard_sigmoid"), DENSE],
            "'hard_sigmoid'.*'sigmoid'",
        ),
        ([gru(activation="relu"), DENSE], "activation='relu'.*Only 'tanh'"),
        ([layer("LSTM", activation="relu"), DENSE], "'lstm' .LSTM. has activation"),
        ([layer("SimpleRNN", activation="relu"), DENSE], "activation='relu'"),
        ([gru(go_backwards=True), DENSE], "go_backwards=True.*Reverse the steps"),
        ([gru(stateful=True), DENSE], "stateful=True.*stateful=False"),
        ([gru(return_state=True), DENSE], "return_state=True"),
        ([gru(time_major=True), DENSE], "time_major=True"),
        ([gru(return_sequences=True), DENSE], "at each step.*return_sequences=False"),
        ([gru(return_sequences=True)], "returns all states"),
        ([gru(reset_after=None), DENSE], "does not tell reset_after.*Pass reset_after"),
        ([both_ways(gru(), merge_mode="sum"), DENSE], "merge_mode='sum'.*'concat'"),
        ([both_ways(gru(), merge_mode=None), DENSE], "merge_mode=None"),
        (
            [both_ways(gru(), backward_layer=gru(go_backwards=False)), DENSE],
            "go_backwards=False",
        ),
        (
            [
                both_ways(gru(), backward_layer=gru(go_backwards=True, use_bias=False)),
                DENSE,
            ],
            "differs from the forward one",
        ),
        (
            [layer("RNN", cell=layer("StackedRNNCells")), DENSE],
            "StackedRNNCells.*one re",
        ),
        ([layer("RNN", cell=layer("MyCell")), DENSE], "has MyCell inside"),
        ([layer("Masking"), gru(), DENSE], "Masking.*NaN as missing"),
        ([gru(), layer("TimeDistributed"), DENSE], "TimeDistributed.*last state"),
        ([layer("Embedding"), gru(), DENSE], "Embedding"),
        ([layer("Conv1D"), gru(), DENSE], "'conv1d' is a Conv1D"),
        ([layer("ConvLSTM1D"), DENSE], "ConvLSTM1D"),
        ([gru(), layer("BatchNormalization"), DENSE], "BatchNormalization.*Fold"),
        ([gru(), layer("Dense", activation="relu"), DENSE], "activation='relu'"),
        ([gru(), layer("Dense", activation="softmax"), DENSE], "behind the activation"),
        ([DENSE, gru()], "Dense"),
        ([gru(), DENSE, gru()], "GRU"),
        ([gru(), gru(), DENSE], "without return_sequences=True"),
        ([layer("Sequential", layers=[]), DENSE], "Sequential"),
        ([DENSE], "Dense"),
        ([], "no recurrent layer"),
    ],
)
def test_layers_that_cannot_be_expressed_are_refused_by_name(layers, words):
    with pytest.raises(ValueError, match=words):
        plan(*layers)


def test_layers_without_effect_on_predictions_are_skipped():
    found = plan(
        layer("InputLayer"),
        layer("GaussianNoise"),
        gru(return_sequences=True, dropout=0.5),
        layer("Dropout"),
        gru(),
        layer("Dense", activation={"class_name": "function", "config": "linear"}),
        layer("Softmax"),
    )
    assert [recurrent.cell for _, recurrent in found.recurrent] == ["gru", "gru"]
    assert (len(found.dense), found.activation, found.pooling) == (1, "softmax", "last")


# Weights for Keras


@pytest.fixture(scope="module")
def sequences():
    rng = np.random.RandomState(0)
    X = 5 + 3 * rng.randn(40, 6, 3)
    return X, X[:, -1] @ [1.0, -2.0, 0.5] + 100


SETTINGS = {"max_iter": 2, "early_stopping": False, "random_state": 0, "anchor": None}


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("reset_after", [False, True])
def test_scales_can_be_folded_into_the_weights(bidirectional, reset_after, sequences):
    X, y = sequences
    form = {"bidirectional": bidirectional, "reset_after": reset_after}
    model = GRURegressor((4, 3), **SETTINGS, **form).fit(X, y)
    with pytest.raises(ValueError, match="fold_scaling=True.*standardize=False"):
        to_keras(model)
    again = from_keras(to_keras(model, fold_scaling=True))
    np.testing.assert_allclose(again.predict(X), model.predict(X), rtol=1e-12)


def test_the_scale_of_counts_is_folded_as_its_logarithm(sequences):
    X, _ = sequences
    y = np.arange(40.0) % 7
    settings = {name: SETTINGS[name] for name in SETTINGS if name != "anchor"}
    model = GRURegressor(4, loss="poisson", **settings).fit(X, y)
    again = from_keras(to_keras(model, fold_scaling=True), loss="poisson")
    np.testing.assert_allclose(again.predict(X), model.predict(X), rtol=1e-12)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classifiers_come_back_from_their_weights(n_classes, sequences):
    X, _ = sequences
    y = np.array(["a", "b", "c"])[np.arange(40) % n_classes]
    settings = {name: SETTINGS[name] for name in SETTINGS if name != "anchor"}
    model = GRUClassifier(4, **settings).fit(X, y)
    weights = to_keras(model, fold_scaling=True)
    again = from_keras(weights, classes=model.classes_)
    np.testing.assert_allclose(
        again.predict_proba(X), model.predict_proba(X), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"anchor": 0}, "starts? from the last value.*anchor=None.*to_onnx"),
        ({"loss": "quantile", "quantile": [0.1, 0.9]}, "several quantiles.*single"),
    ],
)
def test_what_is_more_than_weights_is_refused_by_name(changes, words, sequences):
    model = GRURegressor(4, **(SETTINGS | changes)).fit(*sequences)
    with pytest.raises(ValueError, match=words):
        to_keras(model, fold_scaling=True)


def test_what_is_no_fitted_estimator_of_skgru_is_refused():
    from sklearn.exceptions import NotFittedError
    from sklearn.linear_model import LinearRegression

    with pytest.raises(NotFittedError):
        to_keras(GRURegressor())
    with pytest.raises(ValueError, match="LinearRegression.*estimator of skgru"):
        to_keras(LinearRegression())


def test_what_needs_training_says_that_there_was_none(rng):
    cells = [rng.randn(1, 12), rng.randn(4, 12), rng.randn(2, 12)]
    head = [rng.randn(4, 1), rng.randn(1)]
    model, X = from_keras([*cells, *head]), rng.randn(20, 6, 1)
    with pytest.raises(ValueError, match="seen no sequences.*mode='state'"):
        Stream(model)
    with pytest.raises(ValueError, match="seen no y.*partial_fit"):
        model.forecast(X[0], 2)
    with pytest.raises(ValueError, match="not been trained here"):
        TrainingCurveDisplay.from_estimator(model)
    stream = Stream(model, mode="state")
    np.testing.assert_allclose(stream.run(X[0])[-1], model.predict(X[:1])[0])
    # With sequences it knows how long they are.
    model.partial_fit(X, X[:, -1, 0])
    np.testing.assert_allclose(Stream(model).run(X[0])[-1], model.predict(X[:1])[0])
