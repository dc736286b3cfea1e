"""Which rows classifiers hold out, and what these rows decide."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.metrics import log_loss

from skgru import GRUClassifier

SETTINGS = {
    "hidden_layer_sizes": 4,
    "max_iter": 6,
    "n_iter_no_change": None,
    "early_stopping": True,
    "learning_rate_init": 0.02,
    "random_state": 0,
}
NOT_ALL = "ignore:No row of the (classes|labels):UserWarning"
# Few rows and epochs: often no epoch is better than the frequencies.
pytestmark = pytest.mark.filterwarnings("ignore:On the .* held-out rows:UserWarning")


def model(**parameters):
    return GRUClassifier(**(SETTINGS | parameters))


def split_by_hand(X, y, held_out, **parameters):
    """A fit in which the user passes the rows that are to be held out."""
    is_held_out = np.zeros(len(y), dtype=bool)
    is_held_out[held_out] = True
    return model(**parameters).fit(
        X[~is_held_out], y[~is_held_out], X_val=X[is_held_out], y_val=y[is_held_out]
    )


def assert_same(found, expected, X):
    assert found.history_ == expected.history_
    np.testing.assert_array_equal(found.predict_proba(X), expected.predict_proba(X))
    assert found.validation_score_ == expected.validation_score_
    assert found.baseline_score_ == expected.baseline_score_


def sorted_rows(rng, sizes=(23, 10, 1, 11)):
    """Sequences that are sorted by class."""
    y = np.repeat(list("abcd")[: len(sizes)], sizes)
    X = rng.randn(len(y), 5, 2)
    X[:, -1, 0] += np.repeat(np.arange(len(sizes)), sizes)
    return X, y


# Rows that are sequences of their own


@pytest.mark.filterwarnings(NOT_ALL)
@pytest.mark.parametrize("fraction", [None, 0.1, 0.25])
def test_the_last_rows_of_each_class_are_held_out(fraction, rng):
    X, y = sorted_rows(rng)
    found = model(validation_fraction=fraction).fit(X, y)
    # A tenth of 23, 10 and 11 rows, rounded up. The only row of a class is trained on.
    last = {0.25: [*range(17, 23), 30, 31, 32, 42, 43, 44]}.get(
        fraction, [20, 21, 22, 32, 43, 44]
    )
    assert_same(found, split_by_hand(X, y, last), X)


@pytest.mark.filterwarnings(NOT_ALL)
def test_the_order_of_classes_makes_no_difference_to_which_rows(rng):
    """Rows that are mixed are held out by class too: the last of each."""
    X, y = sorted_rows(rng)
    order = rng.permutation(len(y))
    X, y = X[order], y[order]
    last = [np.flatnonzero(y == c)[-n:] for c, n in zip("abd", (3, 1, 2), strict=True)]
    assert_same(model().fit(X, y), split_by_hand(X, y, np.concatenate(last)), X)


@pytest.mark.filterwarnings(NOT_ALL)
def test_rows_of_weight_0_are_not_held_out(rng):
    X, y = sorted_rows(rng)
    weights = np.ones(len(y))
    weights[[20, 22, 32]] = 0
    found = model().fit(X, y, weights)
    is_there = weights > 0
    by_hand = model().fit(X[is_there], y[is_there])
    assert found.validation_score_ == by_hand.validation_score_
    np.testing.assert_allclose(
        found.validation_loss_curve_, by_hand.validation_loss_curve_, rtol=1e-10
    )


def test_a_class_of_one_row_is_trained_on_without_a_word(rng):
    X, y = sorted_rows(rng)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fitted = model().fit(X, y)
    assert not [each for each in caught if "No row of" in str(each.message)]
    assert fitted.classes_.tolist() == list("abcd")


def test_too_few_rows_of_each_class_are_all_trained_on(rng):
    X, y = rng.randn(3, 5, 2), np.array(list("abc"))
    with pytest.warns(
        UserWarning, match=r"3 row\(s\) .* too few in each class to hold"
    ):
        fitted = model().fit(X, y)
    all_rows = model(early_stopping=False).fit(X, y)
    np.testing.assert_array_equal(fitted.predict_proba(X), all_rows.predict_proba(X))
    assert fitted.baseline_score_ is None


def test_several_labels_have_the_last_rows_held_out(rng):
    X = rng.randn(40, 5, 2)
    y = (X[:, -1] > 0).astype(int)
    assert_same(model().fit(X, y), split_by_hand(X, y, slice(36, None)), X)


# Rows in order of time


def states_of_a_machine(rng, n_rows=80):
    X = rng.randn(n_rows, 2)
    return X, np.array(["down", "up"])[(X[:, 0] + np.roll(X[:, 0], 1) > 0).astype(int)]


def test_with_a_window_the_last_rows_are_held_out(rng):
    X, y = states_of_a_machine(rng)
    found = model(window=4).fit(X, y)
    # Held out are the last 8 rows: the training is that of the 72 rows before.
    before = model(window=4, early_stopping=False).fit(X[:72], y[:72])
    assert found.loss_curve_ == before.loss_curve_
    best = model(window=4, early_stopping=False, max_iter=found.best_iter_ + 1)
    best.set_params(learning_rate="constant")
    again = model(window=4, learning_rate="constant").fit(X, y)
    best.set_params(max_iter=again.best_iter_ + 1).fit(X[:72], y[:72])
    # The windows of the held-out rows reach back into the rows before.
    proba = best.predict_proba(X)
    np.testing.assert_array_equal(again.predict_proba(X), proba)
    expected = log_loss(y[72:], proba[72:], labels=["down", "up"])
    assert again.best_loss_ == pytest.approx(expected, rel=1e-12)


def test_each_machine_has_its_last_rows_held_out(rng):
    X, y = states_of_a_machine(rng)
    table = pd.DataFrame(X, columns=["load", "heat"])
    table["machine"] = np.where(np.arange(80) % 4 < 3, "M1", "M2")
    found = model(window=4, group_column="machine", learning_rate="constant")
    found.fit(table, y)
    held_out = np.concatenate(
        [
            np.flatnonzero(table["machine"] == name)[-n:]
            for name, n in (("M1", 6), ("M2", 2))
        ]
    )
    proba = found.predict_proba(table)
    expected = log_loss(y[held_out], proba[held_out], labels=["down", "up"])
    assert found.best_loss_ == pytest.approx(expected, rel=1e-12)
    # A machine is predicted the same without the other one.
    of_second = (table["machine"] == "M2").to_numpy()
    np.testing.assert_array_equal(
        found.predict_proba(table[of_second]), proba[of_second]
    )


def test_lags_are_in_order_of_time(rng):
    series = rng.randn(83)
    lags = np.lib.stride_tricks.sliding_window_view(series, 4)
    y = np.where(lags[:, -1] + lags[:, -2] > 0, "up", "down")
    # Sorted in time: all held-out rows, the last ones, follow on the others.
    named = pd.DataFrame(lags, columns=[f"lag_{k}" for k in (4, 3, 2, 1)])
    found = model().fit(named, y)
    expected = model().fit(named[:72], y[:72], X_val=named[72:], y_val=y[72:])
    assert_same(found, expected, named)


TIMES = {
    # What is held out of 60 rows, what is said, and whether all rows are trained on.
    "a class is missing": (
        ["a", "b", "c"] * 18 + ["a", "b"] * 3,
        r"No row of the classes \['c'\] is among the last 6 rows, which were to tell",
        False,
    ),
    "one class": (
        ["a", "b", "c"] * 18 + ["b"] * 6,
        r"classes \['a', 'c'\] is among the last 6 rows.* So all rows are trained on",
        True,
    ),
    "a new class": (
        ["a", "b"] * 27 + ["a", "b", "z"] * 2,
        r"No row of the classes \['z'\] is among the rows to train on. So all rows",
        True,
    ),
}


@pytest.mark.parametrize("early_stopping", ["auto", True])
@pytest.mark.parametrize("name", TIMES)
def test_in_time_what_held_out_rows_lack_is_said(name, early_stopping, rng):
    labels, message, refuses = TIMES[name]
    X, y = rng.randn(60, 2), np.array(labels)
    if early_stopping is True:
        message = message.replace(" So all rows.*", "").split(".* So")[0]
        message = message.split(" So all")[0]
    with pytest.warns(UserWarning, match=message) as caught:
        fitted = model(window=3, early_stopping=early_stopping).fit(X, y)
    said = [str(each.message) for each in caught if "No row" in str(each.message)]
    assert len(said) == 1
    trains_on_all = refuses and early_stopping == "auto"
    assert ("So all rows" in said[0]) == trains_on_all
    assert (fitted.baseline_score_ is None) == trains_on_all
    if trains_on_all:
        all_rows = model(window=3, early_stopping=False).fit(X, y)
        assert fitted.history_ == all_rows.history_


# What held-out rows tell


def test_scores_are_the_accuracies_of_the_model_and_of_a_dummy(rng):
    X, y = sorted_rows(rng, (30, 20, 10))
    held_out = [27, 28, 29, 48, 49, 59]
    train = np.setdiff1d(np.arange(60), held_out)
    fitted = model(max_iter=20).fit(X, y)
    for strategy in ("prior", "most_frequent"):
        dummy = DummyClassifier(strategy=strategy).fit(X[train], y[train])
        expected = dummy.score(X[held_out], y[held_out])
        assert fitted.baseline_score_ == {"prior": expected}
    assert fitted.validation_score_ == fitted.score(X[held_out], y[held_out])
    balanced = model(class_weight="balanced", max_iter=20).fit(X, y)
    weights = dict(zip("abc", balanced.class_weights_, strict=True))
    of_rows = np.array([weights[label] for label in y])
    assert balanced.validation_score_ == pytest.approx(
        balanced.score(X[held_out], y[held_out], of_rows[held_out])
    )
    dummy = DummyClassifier().fit(X[train], y[train], of_rows[train])
    assert balanced.baseline_score_["prior"] in [
        pytest.approx(np.average(y[held_out] == label, weights=of_rows[held_out]))
        for label in "abc"
    ]


def test_scores_of_several_labels_are_those_of_a_dummy(rng):
    X = rng.randn(60, 5, 2)
    y = (X[:, -1] > [-0.5, 0.7]).astype(int)
    fitted = model().fit(X, y)
    dummy = DummyClassifier().fit(X[:54], y[:54])
    assert fitted.baseline_score_ == {"prior": dummy.score(X[54:], y[54:])}
    assert fitted.validation_score_ == fitted.score(X[54:], y[54:])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_the_frequencies_are_kept_where_nothing_can_be_learned(n_classes):
    # With these draws, no epoch happens to be better by chance.
    rng = np.random.RandomState({2: 2, 3: 5}[n_classes])
    X, y = rng.randn(60, 5, 2), np.array(list("abc"))[rng.randint(n_classes, size=60)]
    settings = {"learning_rate_init": 0.3, "max_iter": 15, "learning_rate": "constant"}
    settings["batch_size"] = 60
    with pytest.warns(UserWarning, match="no epoch .* frequencies of the classes"):
        fitted = model(**settings).fit(X, y)
    last = [
        np.flatnonzero(y == c)[: -int(np.ceil((y == c).sum() / 10))] for c in set(y)
    ]
    train = np.concatenate(last)
    shares = [(y[train] == c).mean() for c in fitted.classes_]
    np.testing.assert_allclose(
        fitted.predict_proba(X), np.tile(shares, (60, 1)), rtol=1e-12
    )
    assert fitted.best_iter_ is None
    assert fitted.validation_score_ == fitted.baseline_score_["prior"]


def test_the_curve_is_the_log_loss_after_each_epoch(rng):
    X, y = sorted_rows(rng, (30, 20, 10))
    held_out = [27, 28, 29, 48, 49, 59]
    train = np.setdiff1d(np.arange(60), held_out)
    settings = {"learning_rate": "constant", "max_iter": 5}
    fitted = model(**settings).fit(X, y)
    curve = []
    for n_epochs in range(1, 6):
        shown = model(**(settings | {"max_iter": n_epochs, "early_stopping": False}))
        shown.fit(X[train], y[train])
        curve.append(log_loss(y[held_out], shown.predict_proba(X[held_out])))
    np.testing.assert_allclose(fitted.validation_loss_curve_, curve, rtol=1e-12)
    assert fitted.best_loss_ == min(fitted.validation_loss_curve_)
    assert fitted.best_iter_ == int(np.argmin(curve))


def test_unknown_labels_of_the_validation_set_are_refused(rng):
    X, y = sorted_rows(rng)
    with pytest.raises(
        ValueError, match=r"validation set.*y_val holds \['q'\].*knows the classes"
    ):
        model().fit(X, y, X_val=X[:3], y_val=["a", "q", "b"])
    # Not all classes need be there.
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", message="On the .* held-out rows")
        fitted = model().fit(X, y, X_val=X[:30], y_val=y[:30])
    assert fitted.validation_score_ == fitted.score(X[:30], y[:30])
