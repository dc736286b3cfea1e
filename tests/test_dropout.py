"""Dropout: its masks, and the network with given masks against the equations."""

import kernels
import numpy as np
import pytest
from sklearn.base import clone

from skgru import GRURegressor
from skgru._network._dropout import Dropout

FIRST_STEPS = np.array([0, 3, 1, 0, 2, 0, 0])
RATES = Dropout(0.4, 0.3)


def problem(rng, sizes, cell, direction=kernels.ONE_WAY):
    """Network, random parameters, and weighted examples with missing steps."""
    network = kernels.make_network(3, sizes, 3, cell=cell, direction=direction)
    parameters = rng.randn(network.layout.n_parameters)
    X, y = rng.randn(7, 4, 3), rng.randn(7, 3)
    weights = rng.uniform(0.5, 2, size=7)
    examples = kernels.make_examples(X, y, weights, FIRST_STEPS)
    return network, parameters, examples


@pytest.mark.slow
@pytest.mark.parametrize("cell", kernels.CELLS)
@pytest.mark.parametrize(
    "sizes", [(4,), (3, 2), pytest.param((5, 3, 2), marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("direction", "segments"), [(kernels.ONE_WAY, (4, 3)), (kernels.BOTH_WAYS, (4,))]
)
def test_loss_and_gradient_are_those_of_the_equations(
    sizes, cell, direction, segments, rng, monkeypatch
):
    network, parameters, examples = problem(rng, sizes, cell, direction)
    masks = kernels.masks_of(network, RATES, 7)
    exact_loss, exact = kernels.exact_loss_and_gradient_of(
        network, parameters, examples, masks
    )
    for n_steps in segments:
        kernels.cut_every(n_steps, monkeypatch)
        loss, gradient = kernels.loss_and_gradient_of(
            network, parameters, examples, RATES
        )
        np.testing.assert_allclose(loss, exact_loss, rtol=1e-13)
        np.testing.assert_allclose(
            gradient,
            exact,
            rtol=1e-10,
            atol=1e-13 * np.abs(exact).max(),
            err_msg=f"{n_steps} steps at once",
        )


@pytest.mark.parametrize("cell", kernels.CELLS)
def test_dropping_nothing_is_no_dropout(cell, rng):
    network, parameters, examples = problem(rng, (5, 3), cell)
    plain = kernels.loss_and_gradient_of(network, parameters, examples)
    loss, gradient = kernels.loss_and_gradient_of(
        network, parameters, examples, Dropout(0.0, 0.0)
    )
    assert loss == plain[0]
    # With masks, products are added to the derivative of the state in another order.
    np.testing.assert_allclose(gradient, plain[1], rtol=1e-12, atol=1e-14)


# The bounds below are 5 standard deviations: a good hash fails one of them with a
# probability of 1 in a million.


def agreement(one, other):
    """How far two masks agree unlike independent ones, in standard deviations."""
    kept = 1 - RATES.inputs
    expected = kept**2 + (1 - kept) ** 2
    deviation = np.sqrt(expected * (1 - expected) / one.size)
    return abs(((one > 0) == (other > 0)).mean() - expected) / deviation


def many_masks(**where):
    """Masks of 200 rows for 40 features and two layers of 30 units."""
    network = kernels.make_network(40, (30, 30), 1, cell="gru")
    return kernels.masks_of(network, Dropout(0.4, 0.4), 200, **where)


def test_masks_keep_what_they_should():
    inputs, states = many_masks()
    for mask in (*inputs, *states):
        assert set(np.unique(mask)) == {0, 1 / 0.6}
        deviation = np.sqrt(0.4 * 0.6 / mask.size)
        assert abs((mask > 0).mean() - 0.6) < 5 * deviation
        # No row and no unit is dropped more than others.
        for axis in (0, 1):
            deviation = np.sqrt(0.4 * 0.6 / mask.shape[axis])
            rates = (mask > 0).mean(axis=axis)
            assert np.abs(rates - 0.6).max() < 5 * deviation


def test_masks_are_independent():
    (first, second), (state, above) = many_masks()
    assert agreement(first[:-1], first[1:]) < 5
    assert agreement(first[:, :-1], first[:, 1:]) < 5
    assert agreement(second, state) < 5
    assert agreement(state, above) < 5
    for where in ({"seed": 1}, {"batch": 1}, {"first_row": 200}):
        assert agreement(first, many_masks(**where)[0][0]) < 5


def test_masks_of_a_row_depend_on_its_place_alone():
    whole, _ = many_masks(first_row=16)
    later, _ = many_masks(first_row=48)
    np.testing.assert_array_equal(whole[0][32:], later[0][:-32])


def test_means_of_linear_functions_stay_as_they_are(rng):
    x, weights = rng.randn(40), rng.randn(40)
    masks = np.concatenate([many_masks(batch=batch)[0][0] for batch in range(50)])
    products = (masks * x) @ weights
    deviation = products.std() / np.sqrt(len(products))
    assert abs(products.mean() - x @ weights) < 5 * deviation


def model(**parameters):
    settings = {
        "hidden_layer_sizes": (5, 4),
        "dropout": 0.3,
        "recurrent_dropout": 0.2,
        "batch_size": 8,
        "max_iter": 4,
        "learning_rate": "constant",
        "n_iter_no_change": None,
        "early_stopping": False,
        "random_state": 0,
    }
    return GRURegressor(**settings | parameters)


@pytest.mark.parametrize("n_timesteps", [1, 6])
def test_one_random_state_repeats_and_another_does_not(n_timesteps, rng):
    X, y = rng.randn(30, n_timesteps, 2), rng.randn(30)
    first, again, other = (
        model(random_state=seed, shuffle=False).fit(X, y) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(again.predict(X), first.predict(X))
    assert again.loss_curve_ == first.loss_curve_
    # Training goes on from the same weights, with different masks.
    start, fork = clone(first).fit(X, y), clone(first).fit(X, y)
    other_draws = np.random.RandomState(1).get_state()
    fork._fitted.training.random_state.set_state(other_draws)
    assert start.partial_fit(X, y).loss_curve_ != fork.partial_fit(X, y).loss_curve_
    assert other.loss_curve_ != first.loss_curve_


@pytest.mark.parametrize("bidirectional", [False, True])
def test_predictions_and_validation_losses_are_without_dropout(bidirectional, rng):
    X, y = rng.randn(30, 6, 2), rng.randn(30)
    fitted = model(bidirectional=bidirectional).fit(X, y, X_val=X, y_val=y)
    prediction = fitted.predict(X)
    error = ((prediction - y) ** 2).mean()
    assert fitted.validation_loss_curve_[-1] == pytest.approx(error)
    plain = fitted.set_params(dropout=0, recurrent_dropout=0)
    np.testing.assert_array_equal(plain.predict(X), prediction)


def test_without_dropout_no_seed_is_drawn(rng):
    X, y = rng.randn(30, 6, 2), rng.randn(30)
    fitted = model(dropout=0, recurrent_dropout=0, max_iter=1, shuffle=False).fit(X, y)
    again = model(dropout=0, recurrent_dropout=0, max_iter=3, shuffle=False).fit(X, y)
    assert fitted._fitted.training.random_state.randint(
        2**31
    ) == again._fitted.training.random_state.randint(2**31)


def test_warm_start_goes_on_with_new_masks(rng):
    X, y = rng.randn(30, 6, 2), rng.randn(30)
    eight = model(max_iter=8).fit(X, y)
    twice = model(warm_start=True).fit(X, y).fit(X, y)
    np.testing.assert_array_equal(twice.predict(X), eight.predict(X))


@pytest.mark.parametrize("name", ["dropout", "recurrent_dropout"])
@pytest.mark.parametrize("rate", [1.0, -0.1])
def test_rates_are_below_one(name, rate, rng):
    with pytest.raises(ValueError, match=f"The '{name}' parameter .* in the range"):
        model(**{name: rate}).fit(rng.randn(30, 6, 2), rng.randn(30))
