"""The network after every row of many streams, held against the equations."""

import kernels
import numpy as np
import pytest
import reference

from skgru._network._stepping import INCOMPLETE, INFINITE
from skgru._network._streams import CarriedStreams, WindowStreams, make_feed

N_FEATURES, N_OUTPUTS, WINDOW = 3, 2, 4

every_cell = pytest.mark.parametrize("cell", reference.N_GATES)
every_mode = pytest.mark.parametrize("mode", ["window", "state"])


def make_streams(mode, rng, n_streams, *, cell="gru", dtype=np.float64, **form):
    """Streams of an untrained network, each with a scale of its own.

    Rows have one more column than there are features, and another order.
    """
    network = kernels.make_network(
        N_FEATURES, (5, 4), N_OUTPUTS, cell=cell, dtype=dtype, n_static=1, **form
    )
    parameters = rng.randn(network.layout.n_parameters).astype(dtype) / 2
    mean, scale = rng.randn(n_streams, 3), rng.uniform(0.5, 2, (n_streams, 3))
    feed = make_feed(4, [2, 0, 3], mean, scale, dtype, N_FEATURES)
    static = rng.randn(n_streams, 1).astype(dtype)
    parts = network, parameters, feed, static
    kind = WindowStreams(*parts, WINDOW) if mode == "window" else CarriedStreams(*parts)
    return kind, parameters


def run(streams, tables):
    """Raw predictions after each of some tables."""
    found = []
    for table in tables:
        streams.feed.table[...] = table
        streams.step()
        assert streams.feed.fault[0] == 0
        found.append(streams.raw.copy())
    return np.array(found)


def expected(streams, parameters, tables, i, *, mode, **form):
    """Predictions of one stream by the equations, after each of its rows."""
    feed = streams.feed
    rows = (tables[:, i, feed.columns] - feed.mean[i]) / feed.scale[i]
    rows = rows[~np.isnan(rows).all(axis=1)]
    first = WINDOW if mode == "window" else len(rows)
    seen = [rows[max(0, k - first) : k] for k in range(1, len(rows) + 1)]
    static = np.repeat(streams.sequences.static[[i]].astype(float), len(rows), axis=0)
    return reference.predict(
        parameters.astype(float), seen, (5, 4), N_OUTPUTS, static=static, **form
    )


@every_mode
@every_cell
@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_predictions_are_the_equations(mode, cell, pooling, dtype, rng):
    form = {"cell": cell, "pooling": pooling}
    streams, parameters = make_streams(mode, rng, 70, dtype=dtype, **form)
    tables = rng.randn(13, 70, 4).astype(dtype)
    n_missing = rng.randint(0, 4, 70)
    for i, n in enumerate(n_missing):
        tables[:n, i] = np.nan
    found = run(streams, tables)
    tolerance = 2000 * np.finfo(dtype).eps
    for i in (0, 1, 2, 63, 64, 69):
        wanted = expected(streams, parameters, tables, i, mode=mode, **form)
        assert np.isnan(found[: n_missing[i], i]).all()
        np.testing.assert_allclose(
            found[n_missing[i] :, i], wanted, rtol=tolerance, atol=tolerance
        )


@every_cell
def test_windows_of_layers_that_read_both_ways(cell, rng):
    streams, parameters = make_streams(
        "window", rng, 2, cell=cell, direction=kernels.BOTH_WAYS
    )
    tables = rng.randn(9, 2, 4)
    wanted = expected(
        streams, parameters, tables, 1, mode="window", cell=cell, bidirectional=True
    )
    np.testing.assert_allclose(run(streams, tables)[:, 1], wanted, rtol=1e-11)


@every_mode
@pytest.mark.parametrize(
    ("value", "columns", "fault"),
    [
        (np.nan, [0], [INCOMPLETE, 1, 1]),
        (np.nan, [0, 2, 3], [INCOMPLETE, 1, 0]),
        (np.inf, [3], [INFINITE, 1, 2]),
        (-np.inf, [2], [INFINITE, 1, 0]),
    ],
)
def test_a_fault_of_one_stream_changes_nothing_in_any(mode, value, columns, fault, rng):
    streams, _ = make_streams(mode, rng, 3)
    tables = rng.randn(8, 3, 4)
    run(streams, tables[:5])
    before = streams.state()
    streams.feed.table[...] = tables[5]
    streams.feed.table[1, columns] = value
    streams.step()
    assert streams.feed.fault.tolist() == fault
    for name, array in streams.state().items():
        assert (array == before[name]).all()
    twin, _ = make_streams(mode, np.random.RandomState(0), 3)
    assert (run(streams, tables[5:]) == run(twin, tables)[5:]).all()


@every_mode
def test_a_column_that_is_no_feature_may_hold_anything(mode, rng):
    streams, _ = make_streams(mode, rng, 2)
    tables = rng.randn(6, 2, 4)
    wanted = run(streams, tables)
    streams.restore(streams.nothing())
    tables[:, :, 1] = np.nan
    assert (run(streams, tables) == wanted).all()


@every_mode
def test_the_state_after_rows_is_that_of_streams_that_were_fed_them(mode, rng):
    streams, _ = make_streams(mode, rng, 3, cell="lstm", pooling="mean")
    tables = rng.randn(7, 3, 4)
    tables[:3, 1] = np.nan
    run(streams, tables)
    fed, told = streams.state(), streams.after(list(tables))
    assert fed.keys() == told.keys()
    for name, array in fed.items():
        np.testing.assert_array_equal(array, told[name])


@every_mode
def test_weights_that_do_not_fit_are_refused(mode, rng):
    network = kernels.make_network(N_FEATURES, (5,), N_OUTPUTS, cell="gru")
    feed = make_feed(3, [0, 1, 2], np.zeros((2, 3)), np.ones((2, 3)), float, 3)
    parameters, static = np.zeros(network.layout.n_parameters), np.zeros((2, 0))
    for wrong in (
        (network, parameters[:-1], feed, static),
        (network, parameters, feed, np.zeros((2, 1))),
        (network, parameters.astype(np.float32), feed, static),
    ):
        with pytest.raises(ValueError, match="parts of the fitted model do not fit"):
            WindowStreams(*wrong, 4) if mode == "window" else CarriedStreams(*wrong)
    with pytest.raises(ValueError, match="broadcast"):
        make_feed(3, [0, 1, 2], np.zeros((2, 4)), np.ones((2, 4)), float, 3)
