"""Parts as plain data and back: alike in every value, and refused by the field."""

import copy
import pickle
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from skgru._estimators._fitted import Scores, architecture_of
from skgru._estimators._regression import LossSettings, RegressionTargets
from skgru._estimators._regressor import FittedToNumbers
from skgru._estimators._state import KeepsParts, as_plain, from_plain
from skgru._network._model import Model
from skgru._reading._past import Past
from skgru._reading._reader import Reader
from skgru._reading._settings import ReadingSettings
from skgru._scaling._scaler import Data, Scaler, ScalingSettings
from skgru._training._run import Training

PLAIN = (dict, list, tuple, str, int, float, bool, type(None), np.ndarray)
# Fields that may be anything.
ANYTHING = {"random_state", "last", "step"}


def table(rng, n_rows=12):
    index = pd.date_range("2020-01-01", periods=n_rows, freq="D")
    frame = pd.DataFrame(rng.randn(n_rows, 3), index, columns=["load", "heat", "area"])
    frame.insert(0, "name", ["A", "B", "B"] * (n_rows // 3))
    return frame


def fitted_on(X, rng, loss, reading=None, anchor=None):
    """Parts as a fit would leave them, without any training."""
    n_rows = len(X)
    settings = ReadingSettings(**(reading or {}))
    reader, read = Reader.of_fit(X, settings, "Oracle")
    targets, y = RegressionTargets.of_fit(rng.randn(n_rows, 2), X, loss, "Oracle")
    targets = targets.with_past(
        Past(np.array([0, 1]), np.array([1, 2]), np.ones(2), np.zeros(2))
    )
    scaler, _ = Scaler.of_fit(
        Data(read, y, np.ones(n_rows)),
        np.arange(n_rows),
        ScalingSettings(anchor=anchor),
        reader,
        targets,
        merges=False,
    )
    architecture = architecture_of(
        reader, targets, scaler, "gru", (3,), bidirectional=False
    )
    model = Model.untrained(
        architecture,
        np.zeros(targets.n_raw),
        np.random.RandomState(5),
        reader.dtype,
        n_timesteps=4,
    )
    training = Training(
        moments=rng.rand(2, len(model.parameters)),
        n_steps=8,
        random_state=np.random.RandomState(7),
        history={
            "loss": [2.0, 1.0],
            "validation_loss": [np.nan, 3.0],
            "learning_rate": [0.1, 0.1],
        },
        n_iter=2,
        best_iter=1,
        loss=1.0,
        best_loss=3.0,
        stop_reason="max_iter",
    )
    scores = Scores(0.5, {"mean": 0.0, "last value": -1.5})
    fitted = FittedToNumbers(reader, targets, scaler, model, training, scores)
    fitted.check()
    return fitted


def of_panel():
    """Everything that can be there: names, memory, own scales, quantiles, scores."""
    rng = np.random.RandomState(0)
    return fitted_on(
        table(rng),
        rng,
        LossSettings("quantile", (0.1, 0.5, 0.9)),
        {
            "window": 3,
            "remember": True,
            "group_column": "name",
            "static_features": ["area"],
        },
        anchor="heat",
    )


def of_samples():
    """As little as can be there."""
    rng = np.random.RandomState(1)
    fitted = fitted_on(
        rng.randn(9, 4, 2), rng, LossSettings("huber", huber_delta=[1.0, 2.5])
    )
    return replace(fitted, targets=fitted.targets.with_past(None), scores=Scores())


FORMS = {"panel": of_panel, "samples": of_samples}
in_both_forms = pytest.mark.parametrize("form", FORMS)


def assert_equal(found, wanted, where=""):
    """Alike in types, fields and values, all the way down."""
    assert type(found) is type(wanted), where
    if hasattr(wanted, "__dataclass_fields__"):
        assert vars(found).keys() == vars(wanted).keys()
        for name, value in vars(wanted).items():
            assert_equal(getattr(found, name), value, f"{where}.{name}")
    elif isinstance(wanted, np.random.RandomState):
        for mine, yours in zip(found.get_state(), wanted.get_state(), strict=True):
            np.testing.assert_array_equal(mine, yours)
    elif isinstance(wanted, np.ndarray):
        assert found.dtype == wanted.dtype, where
        np.testing.assert_array_equal(found, wanted, err_msg=where)
    elif isinstance(wanted, dict):
        assert list(found) == list(wanted), where
        for name, value in wanted.items():
            assert_equal(found[name], value, f"{where}[{name!r}]")
    elif isinstance(wanted, list | tuple):
        assert len(found) == len(wanted), where
        for k, value in enumerate(wanted):
            assert_equal(found[k], value, f"{where}[{k}]")
    else:
        # NaN is not equal to itself.
        assert found == wanted or (found != found and wanted != wanted), where


def leaves_of(data, where=()):
    """All that is inside plain data, with the way to it."""
    yield where, data
    if isinstance(data, dict):
        for name, value in data.items():
            yield from leaves_of(value, (*where, name))
    elif isinstance(data, list | tuple):
        for k, value in enumerate(data):
            yield from leaves_of(value, (*where, k))


def shown(where):
    """A way as messages write it: items of a list have no number."""
    parts = ["[…]" if isinstance(name, int) else f".{name}" for name in where]
    return "_fitted" + "".join(parts)


def changed(form, where, value):
    """Plain data with another value at the end of a way."""
    data = copy.deepcopy(as_plain(FORMS[form]()))
    place = data
    for name in where[:-1]:
        place = place[name]
    place[where[-1]] = value
    return data


# There and back


@in_both_forms
def test_every_part_comes_back_with_equal_values(form):
    fitted = FORMS[form]()
    assert_equal(from_plain(FittedToNumbers, as_plain(fitted), "_fitted"), fitted, form)


@in_both_forms
def test_parts_come_back_from_a_file_and_predict_the_same(form):
    fitted = FORMS[form]()
    stored = pickle.dumps(as_plain(fitted))
    # No class of the package is named in it, which may move.
    assert b"skgru" not in stored
    found = from_plain(FittedToNumbers, pickle.loads(stored), "_fitted")
    found.check()
    rng = np.random.RandomState(2)
    X = table(rng) if form == "panel" else rng.randn(5, 6, 2)
    if form == "panel":
        X.index += pd.Timedelta(12, "D")
    rows = np.arange(len(X))
    predictions = [
        parts.predict(parts.reader.read(X, "Oracle"), rows) for parts in (found, fitted)
    ]
    np.testing.assert_array_equal(*predictions)
    draws = [parts.training.random_state.rand(3) for parts in (found, fitted)]
    np.testing.assert_array_equal(*draws)


@in_both_forms
def test_plain_data_hold_plain_types_alone(form):
    for where, value in leaves_of(as_plain(FORMS[form]())):
        if where[-1:] == ("random_state",):
            assert type(value) is np.random.RandomState
        else:
            assert type(value) in PLAIN, where


@in_both_forms
def test_every_field_of_a_part_is_a_name_in_plain_data(form):
    fitted = FORMS[form]()
    data = as_plain(fitted)
    for name in "reader", "targets", "scaler", "model", "training", "scores":
        assert data[name].keys() == vars(getattr(fitted, name)).keys()
    assert tuple(data["reader"]["columns"]) == fitted.reader.columns._fields
    assert tuple(data["scaler"]["features"]) == fitted.scaler.features._fields


def test_arrays_that_are_read_are_contiguous_writable_and_of_their_own():
    fitted = of_panel()
    data = as_plain(fitted)
    data["training"]["moments"] = np.asfortranarray(data["training"]["moments"])
    data["model"]["parameters"].flags.writeable = False
    found = from_plain(FittedToNumbers, data, "_fitted")
    for mine, yours in zip(leaves_of(as_plain(found)), leaves_of(data), strict=True):
        if isinstance(mine[1], np.ndarray):
            assert mine[1].flags.c_contiguous
            assert mine[1].flags.writeable
            assert not np.shares_memory(mine[1], yours[1])


def test_numbers_become_those_that_are_wanted():
    data = changed("samples", ("training", "loss"), 2)
    data["training"]["is_mean"] = np.True_
    data["training"]["best_loss"] = np.float64(0.5)
    # A file may know no tuples.
    data["model"]["architecture"]["hidden_layer_sizes"] = [3]
    found = from_plain(FittedToNumbers, data, "_fitted")
    assert type(found.training.loss) is float
    assert found.training.is_mean is True
    assert type(found.training.best_loss) is float
    assert found.model.architecture.hidden_layer_sizes == (3,)
    assert found.training.loss == 2


# What is refused


PARTS = [
    where
    for where, value in leaves_of(as_plain(of_panel()))
    if isinstance(value, dict) and where[-1:] not in (("history",), ("baseline",))
]
FIELDS = [
    where
    for where, _ in leaves_of(as_plain(of_panel()))
    # Those of parts, not the items of their lists and dictionaries.
    if where and where[:-1] in PARTS and where[-1] not in ANYTHING
]


@pytest.mark.parametrize("where", FIELDS, ids=shown)
def test_a_field_of_another_type_is_refused_by_its_name(where):
    data = changed("panel", where, object())
    with pytest.raises(ValueError, match=rf"^{re.escape(shown(where))} of the fitted"):
        from_plain(FittedToNumbers, data, "_fitted")


@pytest.mark.parametrize("where", PARTS, ids=shown)
def test_a_part_with_a_field_too_few_or_too_many_is_refused_by_its_name(where):
    data = as_plain(of_panel())
    place = data
    for name in where:
        place = place[name]
    for name in list(place):
        value = place.pop(name)
        words = f"^{re.escape(shown(where))} of the fitted model holds"
        with pytest.raises(ValueError, match=words) as caught:
            from_plain(FittedToNumbers, data, "_fitted")
        found, wanted = str(caught.value).split("but")
        assert repr(name) not in found
        assert repr(name) in wanted
        place[name] = value
    place["colour"] = 1
    with pytest.raises(ValueError, match=rf"{re.escape(shown(where))} .*'colour'.*but"):
        from_plain(FittedToNumbers, data, "_fitted")


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("training", "n_steps"), True),
        (("training", "n_steps"), 8.0),
        (("training", "n_steps"), np.int64(8)),
        (("training", "n_steps"), None),
        (("training", "loss"), True),
        (("training", "loss"), "1.0"),
        (("training", "loss"), None),
        (("training", "is_mean"), 1),
        (("training", "stop_reason"), None),
        (("training", "moments"), [[0.0]]),
        (("training", "history"), [("loss", [])]),
        (("model", "parameters"), None),
        (("model", "architecture"), ["gru", 2, (3,), 6, False, 1]),
        (("model", "architecture", "hidden_layer_sizes"), 3),
        (("reader", "kind"), b"series"),
        (("reader", "memory"), "none"),
        (("reader", "memory", "tails"), ()),
        (("reader", "settings", "window"), "3"),
        (("reader", "settings", "static_features"), ("area",)),
        (("reader", "columns", "features"), ["load", "heat"]),
        (("targets", "settings", "quantile"), "0.5"),
        (("targets", "past"), {}),
        (("scaler", "features", "relative"), 1.0),
        (("scaler", "anchor", "drifts"), None),
        (("scores", "baseline"), [0.0]),
    ],
)
def test_what_is_nearly_of_the_type_is_refused_by_its_name(where, value):
    words = rf"^{re.escape(shown(where))} of the fitted"
    with pytest.raises(ValueError, match=words):
        from_plain(FittedToNumbers, changed("panel", where, value), "_fitted")


@pytest.mark.parametrize(
    ("form", "where", "value", "words"),
    [
        ("panel", ("targets", "settings", "quantile"), (0.1, "b"), "quantile[…]"),
        ("samples", ("targets", "settings", "huber_delta"), [1.0, None], "delta[…]"),
        ("panel", ("reader", "memory", "tails"), [None, None], "tails[…]"),
        ("panel", ("training", "history", "loss"), 1.0, "history['loss']"),
        ("panel", ("training", "history", 3), [], "history"),
        ("panel", ("scores", "baseline", "mean"), "0", "baseline['mean']"),
        (
            "panel",
            ("model", "architecture", "hidden_layer_sizes"),
            (3, 2.0),
            "hidden_layer_sizes[…]",
        ),
    ],
)
def test_an_item_of_another_type_is_refused_by_the_name_of_its_field(
    form, where, value, words
):
    with pytest.raises(ValueError, match=rf"{re.escape(words)} of the fitted model"):
        from_plain(FittedToNumbers, changed(form, where, value), "_fitted")


@pytest.mark.parametrize("data", [None, [], "parts", Scores()])
def test_what_are_no_parts_at_all_is_refused(data):
    with pytest.raises(ValueError, match="^_fitted of the fitted model holds"):
        from_plain(FittedToNumbers, data, "_fitted")


# Parts beside each other


def test_parts_of_different_fits_are_refused():
    panel, samples = of_panel(), of_samples()
    for name, words in [
        ("reader", r"static_mean_ is of shape \(1,\)"),
        ("targets", "n_raw=6.*but what is .* predicted needs .*n_raw=2"),
        ("scaler", r"static_mean_ is of shape \(0,\)"),
        ("model", "n_raw=2.*but what is .* predicted needs .*n_raw=6"),
        ("training", "optimiser's moments"),
    ]:
        with pytest.raises(ValueError, match=words):
            replace(panel, **{name: getattr(samples, name)}).check()


def test_weights_in_another_precision_than_x_are_refused():
    fitted = of_samples()
    model = replace(fitted.model, parameters=fitted.model.parameters.astype("float32"))
    with pytest.raises(ValueError, match="in float32, but X is read in float64"):
        replace(fitted, model=model).check()


# An estimator that keeps parts


class Keeper(KeepsParts):
    _fitted_class = FittedToNumbers

    def __init__(self, colour="red"):
        self.colour = colour


def test_a_copied_estimator_has_equal_parts_of_its_own():
    keeper = Keeper("blue")
    assert not keeper.__sklearn_is_fitted__()
    keeper._fitted = of_panel()
    copied = copy.deepcopy(keeper)
    assert copied.__sklearn_is_fitted__()
    assert copied.colour == "blue"
    assert_equal(copied._fitted, keeper._fitted)
    copied._fitted.model.parameters[...] = 0
    copied._fitted.training.random_state.rand()
    assert_equal(keeper._fitted, of_panel())
    assert not clone(keeper).__sklearn_is_fitted__()


def test_the_state_of_an_estimator_can_be_read_twice():
    keeper = Keeper()
    keeper._fitted = of_panel()
    state = keeper.__getstate__()
    first, second = Keeper(), Keeper()
    first.__setstate__(state)
    first._fitted.training.random_state.rand()
    first._fitted.training.history["loss"].append(0.0)
    second.__setstate__(state)
    assert_equal(second._fitted, of_panel())


def test_a_state_that_cannot_be_leaves_the_estimator_as_it_was():
    keeper = Keeper()
    keeper._fitted = of_samples()
    before = keeper._fitted
    state = keeper.__getstate__()
    state["_fitted"]["training"]["n_steps"] = -1
    with pytest.raises(ValueError, match="says of its training is not possible"):
        keeper.__setstate__(state)
    state["_fitted"]["training"]["n_steps"] = "none"
    with pytest.raises(
        ValueError, match="_fitted.training.n_steps of the fitted model"
    ):
        keeper.__setstate__(state)
    assert keeper._fitted is before
