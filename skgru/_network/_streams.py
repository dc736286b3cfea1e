"""Streams of rows, and the network's prediction after every row: in two modes.

Each mode is a class with the arrays that its kernel of ``_stepping.py`` reads and
writes, and with what a stream has seen as plain arrays (`state`), which can be stored
and put back. The arrays of a state have a first axis for the streams.
"""

import numpy as np

from skgru._network._layers import prepare_network
from skgru._network._prediction import check_fit
from skgru._network._sequences import Sequences
from skgru._network._stepping import (
    Carried,
    Feed,
    Windows,
    step_carried,
    step_windows,
)
from skgru._network._workspace import make_workspace, rows_at_once


def make_feed(n_columns, columns, mean, scale, dtype, n_numbers):
    """Room for the next row of each stream.

    Parameters
    ----------
    n_columns : int
        Columns of a row.
    columns : int64 ndarray of shape (n_features,)
        Those of the features of a step.
    mean, scale : float64 ndarray of shape (n_streams, n_features)
        What brings each stream to the scale of the sequences.
    dtype : dtype
    n_numbers : int
        How many of the features are numbers: the first ones.

    Returns
    -------
    Feed
    """
    n_streams = len(mean)
    shape = n_streams, len(columns)
    return Feed(
        np.zeros((n_streams, n_columns), dtype=dtype),
        np.array(columns, dtype=np.int64),
        # Kernels trust that there is a number for each feature.
        np.array(np.broadcast_to(mean, shape), dtype=np.float64),
        np.array(np.broadcast_to(scale, shape), dtype=np.float64),
        np.zeros(n_streams, dtype=np.int64),
        np.zeros(3, dtype=np.int64),
        n_numbers,
    )


def _packed(network, parameters, sequences, n_at_once, has_past):
    """A workspace that holds the packed weights, for so many sequences at a time."""
    check_fit(network, parameters, sequences)
    space = make_workspace(
        network.cell,
        network.layout,
        sequences.n_timesteps,
        n_at_once,
        parameters.dtype,
        training=False,
    )
    prepare_network(network, parameters, space, 2 if has_past else 1, False)
    return space


class WindowStreams:
    """Streams that keep their last rows.

    Parameters
    ----------
    network : Network
    parameters : ndarray of shape (n_parameters,)
    feed : Feed
    static : ndarray of shape (n_streams, n_static)
        The static features, standardised. What it holds may change from row to row.
    window : int
        How many rows a prediction sees.

    Attributes
    ----------
    step : callable
        Predict after the rows in ``feed.table``, unless ``feed.fault`` says that they
        cannot be used.
    sequences : Sequences
        What was predicted last.
    raw : ndarray of shape (n_streams, n_raw)
        The raw predictions, NaN where there is none yet.
    """

    def __init__(self, network, parameters, feed, static, window):
        n_streams, layout = len(static), network.layout
        n_rows, dtype = 2 * window * n_streams, parameters.dtype
        self.feed = feed
        self.sequences = Sequences(
            np.full((n_rows, layout.n_features), np.nan, dtype=dtype),
            np.zeros(n_streams, dtype=np.int64),
            np.zeros(n_streams, dtype=np.int32),
            window,
            static,
        )
        self.raw = np.zeros((n_streams, layout.n_outputs), dtype=dtype)
        n_at_once = rows_at_once(layout, window, n_streams)
        self.step = step_windows.bind(
            Windows(
                network,
                parameters,
                _packed(network, parameters, self.sequences, n_at_once, window > 1),
                feed,
                self.sequences,
                np.arange(n_streams),
                self.raw,
            )
        )
        self._n_kept = window - 1
        self.restore(self.nothing())

    def _by_stream(self):
        """View of the kept rows, (n_streams, 2 * window, n_features)."""
        values = self.sequences.values
        n_features = values.shape[1]
        return values.reshape(len(self.raw), 2 * self.sequences.n_timesteps, n_features)

    def state(self):
        """What the streams have seen: the last rows, but the oldest of a window."""
        ends = self.sequences.stops - self._starts()
        index = ends[:, np.newaxis] + np.arange(-self._n_kept, 0)
        rows = self._by_stream()[np.arange(len(ends))[:, np.newaxis], index]
        is_before = np.arange(self._n_kept, 0, -1) > self.feed.n_before[:, np.newaxis]
        rows[is_before] = np.nan
        return {"rows": rows}

    def nothing(self):
        """The state of streams that have seen nothing."""
        shape = (len(self.raw), self._n_kept, self.sequences.values.shape[1])
        return {"rows": np.full(shape, np.nan, dtype=self.raw.dtype)}

    def after(self, tables):
        """The state after some rows of each stream, and no others.

        Parameters
        ----------
        tables : sequence of ndarray of shape (n_streams, n_columns)
            The next row of each stream, and the next; NaN in front, where a stream has
            fewer rows.
        """
        kept, feed = self.nothing()["rows"], self.feed
        for back in range(1, min(len(tables), self._n_kept) + 1):
            rows = tables[-back][:, feed.columns]
            kept[:, -back] = (rows - feed.mean) / feed.scale
        return {"rows": kept}

    def refused(self, state):
        """Why arrays of the right shapes are no state; None if they are one."""
        rows, n_numbers = state["rows"], self.feed.n_numbers
        is_nan = np.isnan(rows)
        has_begun = ~is_nan.all(axis=2).cumprod(axis=1).astype(bool)
        if np.isinf(rows).any() or is_nan[..., :n_numbers][has_begun].any():
            return "rows must be finite, but for rows in front that are NaN completely"
        return None

    def restore(self, state):
        """Go on from a state."""
        rows = state["rows"]
        window = self.sequences.n_timesteps
        self._by_stream()[:, 1:window] = rows
        self.sequences.stops[:] = self._starts() + window
        # Rows count from the first one on that is there.
        is_missing = np.isnan(rows).all(axis=2)
        self.feed.n_before[:] = self._n_kept - is_missing.cumprod(axis=1).sum(axis=1)

    def _starts(self):
        """Where the rows of each stream begin."""
        return 2 * self.sequences.n_timesteps * np.arange(len(self.raw))


class CarriedStreams:
    """Streams that carry their states on: for what is the same as in `WindowStreams`.

    Parameters
    ----------
    network, parameters, feed, static : as in WindowStreams
    """

    def __init__(self, network, parameters, feed, static):
        n_streams, layout = len(static), network.layout
        dtype = parameters.dtype
        self.feed = feed
        self.sequences = Sequences(
            np.zeros((n_streams, layout.n_features), dtype=dtype),
            np.arange(1, n_streams + 1),
            np.zeros(n_streams, dtype=np.int32),
            1,
            static,
        )
        self.raw = np.zeros((n_streams, layout.n_outputs), dtype=dtype)
        n_sums = layout.n_hidden if layout.averages else 0
        n_states = 1 + network.cell.n_memories
        n_at_once = rows_at_once(layout, 1, n_streams)
        n_units = n_states * int(layout.layers["n_hidden"].sum())
        states = np.zeros(n_streams * n_units, dtype=dtype)
        self._arrays = _named_states(network, states, n_streams)
        sums = np.zeros((n_streams, n_sums), dtype=dtype)
        if n_sums:
            self._arrays["sum"] = sums
        self._arrays["n_rows"] = feed.n_before
        self.step = step_carried.bind(
            Carried(
                network,
                parameters,
                _packed(network, parameters, self.sequences, n_at_once, True),
                feed,
                self.sequences,
                np.arange(n_streams),
                self.raw,
                states,
                sums,
            )
        )

    def state(self):
        """What the streams have seen: the states of all cells, and how many rows."""
        return {name: array.copy() for name, array in self._arrays.items()}

    def nothing(self):
        """The state of streams that have seen nothing."""
        return {name: np.zeros_like(array) for name, array in self._arrays.items()}

    def after(self, tables):
        """The state after some rows of each stream, and no others."""
        self.restore(self.nothing())
        for table in tables:
            self.feed.table[...] = table
            self.step()
        return self.state()

    def refused(self, state):
        """Why arrays of the right shapes are no state; None if they are one."""
        if not all(np.isfinite(array).all() for array in state.values()):
            return "all numbers must be finite"
        return "n_rows must be 0 or more" if (state["n_rows"] < 0).any() else None

    def restore(self, state):
        """Go on from a state."""
        for name, array in self._arrays.items():
            array[...] = state[name]


def _named_states(network, states, n_streams):
    """Views of the states of all cells: {name: (n_streams, n_hidden)}.

    Layers are counted from 0, as in ``coefs_``.
    """
    of_cell = type(network.cell).states
    views, first = {}, 0
    for index, layer in enumerate(network.layout.layers):
        for name in of_cell:
            n_hidden = int(layer["n_hidden"])
            stop = first + n_streams * n_hidden
            views[f"{name}_{index}"] = states[first:stop].reshape(n_streams, n_hidden)
            first = stop
    return views
