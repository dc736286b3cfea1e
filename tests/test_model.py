"""A model against the equations of its network, one number vector at a time."""

from dataclasses import replace

import kernels
import numpy as np
import pytest
import reference

from skgru._network._model import Architecture, Model
from skgru._network._sequences import FeatureScaling, contiguous

# Not the defaults of anything: two layers of different width, two of all else.
SIZES = (4, 3)
FORMS = {
    "reset after": ("gru", False),
    "reset before": ("gru_reset_before", False),
    "both ways": ("gru", True),
    "both ways, reset before": ("gru_reset_before", True),
    "LSTM": ("lstm", False),
    "LSTM, both ways": ("lstm", True),
    "RNN": ("rnn", False),
}
in_all_forms = pytest.mark.parametrize("form", FORMS)


def architecture_of(form="reset after", sizes=SIZES, n_static=2):
    cell, bidirectional = FORMS[form]
    return Architecture(cell, 3, sizes, 2, bidirectional, n_static)


def untrained(architecture, seed=0, dtype="float64"):
    intercepts = np.linspace(-1, 1, architecture.n_raw)
    random_state = np.random.RandomState(seed)
    return Model.untrained(architecture, intercepts, random_state, dtype, 5)


def trained(architecture, rng):
    """A model none of whose weights is zero, as training leaves one."""
    model = untrained(architecture)
    model.parameters[...] += 0.5 * rng.randn(len(model.parameters))
    return model


def examples_of(rng, n_static=2):
    X, static = rng.randn(7, 5, 3), rng.randn(7, n_static)
    missing = np.array([0, 2, 0, 4, 1, 0, 3])
    return kernels.make_examples(X, np.zeros((7, 2)), None, missing, static)


def unscaled(n_features=3):
    return scaled_by(np.zeros(n_features), np.ones(n_features))


def scaled_by(mean, scale, relative=()):
    """Scaling of features, some of which are relative to their last value."""
    return FeatureScaling(mean, scale, np.array(relative, dtype=int), mean, scale)


def standardized(sequences, scaling):
    """Observed steps as the equations of standardising say."""
    mean, scale, relative, *_ = scaling
    steps = []
    for x in kernels.observed_steps(sequences):
        level = np.zeros(x.shape[1])
        level[relative] = x[-1, relative]
        steps.append((x - level - mean) / scale)
    return steps


def naive_predictions(model, steps, static):
    built = model.architecture
    return reference.predict(
        model.parameters,
        steps,
        built.hidden_layer_sizes,
        built.n_raw,
        cell=built.cell,
        bidirectional=built.bidirectional,
        static=static,
    )


# What it predicts


@in_all_forms
@pytest.mark.parametrize("relative", [[], [1], [0, 2]])
def test_predictions_are_those_of_the_equations(form, relative, rng):
    model = trained(architecture_of(form), rng)
    sequences = examples_of(rng).sequences
    scaling = scaled_by(rng.randn(3), 0.5 + rng.rand(3), relative)
    rows = np.array([6, 0, 3, 3, 1])
    found = model.predict(sequences, scaling, rows)
    steps = standardized(sequences, scaling)
    wanted = naive_predictions(model, steps, sequences.static)
    np.testing.assert_allclose(found, wanted[rows], rtol=1e-12, atol=1e-14)


def test_any_number_of_threads_predicts_the_same(rng):
    model = trained(architecture_of(), rng)
    X, static = rng.randn(3000, 2, 3), rng.randn(3000, 2)
    sequences = kernels.make_examples(X, np.zeros((3000, 2)), static=static).sequences
    rows = rng.permutation(3000)
    alone = model.predict(sequences, unscaled(), rows, n_threads=1)
    together = model.predict(sequences, unscaled(), rows, n_threads=3)
    np.testing.assert_array_equal(alone, together)
    some = rows[[5, 1400, 2999]]
    wanted = naive_predictions(model, list(X[some]), static[some])
    np.testing.assert_allclose(alone[[5, 1400, 2999]], wanted, rtol=1e-12, atol=1e-14)


@in_all_forms
def test_an_untrained_model_knows_nothing_of_static_features(form, rng):
    model = untrained(architecture_of(form))
    examples = examples_of(rng)
    static = contiguous(rng.randn(7, 2))
    others = examples.sequences._replace(static=static)
    np.testing.assert_array_equal(
        model.predict(examples.sequences, unscaled(), examples.rows),
        model.predict(others, unscaled(), examples.rows),
    )


def test_without_steps_that_differ_from_the_mean_it_predicts_its_intercepts():
    # A state that begins at zero, with zero inputs and biases, stays there.
    model = untrained(architecture_of())
    X = np.full((2, 5, 3), 4.5)
    sequences = kernels.make_examples(
        X, np.zeros((2, 2)), static=np.zeros((2, 2))
    ).sequences
    scaling = scaled_by(np.full(3, 4.5), np.ones(3))
    found = model.predict(sequences, scaling, np.arange(2))
    np.testing.assert_array_equal(found, [[-1, 1], [-1, 1]])


# The first weights


@in_all_forms
def test_first_weights_are_glorots_and_recurrent_ones_orthonormal(form):
    model = untrained(architecture_of(form, (40, 30)))
    for weights in model.cell_weights():
        limit = np.sqrt(6 / sum(weights.kernel.shape))
        assert 0.9 * limit < np.abs(weights.kernel).max() <= limit
        recurrent = weights.recurrent_kernel
        np.testing.assert_allclose(
            recurrent @ recurrent.T, np.eye(len(recurrent)), atol=1e-14
        )
    coef, intercept = model.head()
    limit = np.sqrt(6 / (len(coef) - 2 + 2))
    assert 0.9 * limit < np.abs(coef[:-2]).max() <= limit
    np.testing.assert_array_equal(coef[-2:], 0)
    assert intercept.tolist() == [-1, 1]


def test_both_precisions_begin_with_the_same_numbers():
    double, single = (
        untrained(architecture_of(), dtype=dtype).parameters
        for dtype in ("float64", "float32")
    )
    assert single.dtype == np.float32
    np.testing.assert_array_equal(double.astype(np.float32), single)


def test_the_random_state_alone_decides_on_the_first_weights():
    first, again, other = (
        untrained(architecture_of(), seed).parameters for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).mean() > 0.5


# Views


@in_all_forms
def test_every_weight_has_its_view_and_is_counted(form, rng):
    model = trained(architecture_of(form), rng)
    views = [part for weights in model.cell_weights() for part in weights]
    views += model.head()
    # Each view to a number of its own: together they fill the vector, once.
    for number, view in enumerate(views, start=1):
        view[...] = number
    counts = np.bincount(model.parameters.astype(int), minlength=len(views) + 1)
    assert counts.tolist() == [0, *(view.size for view in views)]
    table = model.summary(5)
    assert table.n_parameters == model.parameters.size
    assert sum(line.n_parameters for line in table) == model.parameters.size
    n_cells = 2 if FORMS[form][1] else 1
    for k, line in enumerate(table[:-1]):
        cells = model.cell_weights()[k * n_cells : (k + 1) * n_cells]
        assert line.n_parameters == sum(part.size for cell in cells for part in cell)
        assert line.output_shape[-1] == n_cells * SIZES[k]
    assert table[-1].n_parameters == sum(part.size for part in model.head())


@in_all_forms
def test_what_is_written_to_a_view_is_predicted_with(form, rng):
    model = trained(architecture_of(form), rng)
    examples = examples_of(rng)
    for weights in model.cell_weights():
        for part in weights:
            part[...] = 0.3 * rng.randn(*part.shape)
    coef, intercept = model.head()
    coef[...], intercept[...] = rng.randn(*coef.shape), rng.randn(2)
    # What the naive network is given are those arrays, not the vector.
    cells = [tuple(map(np.array, weights)) for weights in model.cell_weights()]
    vector = np.concatenate(
        [
            *(np.concatenate([k.ravel(), u.ravel()]) for k, u, _ in cells),
            coef.ravel(),
            *(bias.ravel() for *_, bias in cells),
            intercept,
        ]
    )
    steps = kernels.observed_steps(examples.sequences)
    wanted = naive_predictions(
        replace(model, parameters=vector), steps, examples.sequences.static
    )
    found = model.predict(examples.sequences, unscaled(), examples.rows)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-14)


def test_a_head_of_zeros_predicts_its_intercepts_exactly(rng):
    model = trained(architecture_of(), rng)
    examples = examples_of(rng)
    coef, intercept = model.head()
    coef[...], intercept[...] = 0, (0.1, -7.3)
    found = model.predict(examples.sequences, unscaled(), examples.rows)
    np.testing.assert_array_equal(found, np.tile([0.1, -7.3], (7, 1)))


def test_a_copy_and_its_model_do_not_know_of_each_other(rng):
    model = trained(architecture_of(), rng)
    examples = examples_of(rng)

    def predict(model):
        return model.predict(examples.sequences, unscaled(), examples.rows)

    before, copied = predict(model), model.copy()
    np.testing.assert_array_equal(predict(copied), before)
    model.head()[1][...] += 1
    np.testing.assert_allclose(predict(model), before + 1, rtol=1e-13)
    np.testing.assert_array_equal(predict(copied), before)
    copied.cell_weights()[0].kernel[...] = 0
    np.testing.assert_allclose(predict(model), before + 1, rtol=1e-13)
    assert not np.shares_memory(copied.parameters, model.parameters)


# What is refused


@pytest.mark.parametrize(
    "changes",
    [
        {"cell": "transformer"},
        {"n_features": 0},
        {"hidden_layer_sizes": ()},
        {"hidden_layer_sizes": (4, 0)},
        {"hidden_layer_sizes": (-4,)},
        {"n_raw": 0},
        {"n_static": -1},
    ],
)
def test_what_cannot_be_built_is_refused(changes):
    architecture = architecture_of()
    architecture.check()
    changed = replace(architecture, **changes)
    with pytest.raises(ValueError, match="cannot be built"):
        changed.check()
    # Also before anything is drawn.
    random_state = np.random.RandomState(0)
    with pytest.raises(ValueError, match="cannot be built"):
        Model.untrained(changed, np.zeros(2), random_state, "float64", 5)
    assert random_state.randint(2**31) == np.random.RandomState(0).randint(2**31)


@pytest.mark.parametrize("sizes", [(2**20,), (2**40,), (10**30, 10**30)])
def test_more_weights_than_any_memory_holds_are_refused(sizes):
    with pytest.raises(ValueError, match="which no memory can hold"):
        architecture_of(sizes=sizes).check()


@pytest.mark.parametrize(
    "change",
    [
        lambda values: values[:-1],
        lambda values: np.append(values, 0),
        lambda values: values[np.newaxis],
        lambda values: values.astype(int),
        lambda values: values.astype(np.float16),
        lambda values: values.astype(complex),
    ],
)
def test_weights_of_another_form_are_refused(change):
    model = untrained(architecture_of())
    model.check()
    with pytest.raises(ValueError, match="The vector of weights is of shape"):
        replace(model, parameters=change(model.parameters)).check()


@in_all_forms
def test_weights_of_one_form_are_refused_by_the_others(form):
    model = untrained(architecture_of(form))
    for other in FORMS:
        changed = replace(model, architecture=architecture_of(other))
        if other == form:
            changed.check()
        else:
            with pytest.raises(ValueError, match="The vector of weights is of shape"):
                changed.check()


def test_sequences_of_other_features_are_refused(rng):
    model = untrained(architecture_of())
    narrow = kernels.make_examples(rng.randn(2, 5, 2), np.zeros((2, 2)))
    with pytest.raises(ValueError, match="sequences of 2 features and 0 static ones"):
        model.predict(narrow.sequences, unscaled(), narrow.rows)
    wide = examples_of(rng)
    with pytest.raises(ValueError, match="scales for 4 features"):
        model.predict(wide.sequences, unscaled(4), wide.rows)
