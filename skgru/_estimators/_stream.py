"""`Stream`: feed a fitted estimator row by row."""

import numpy as np

from skgru._checks import shortened
from skgru._estimators._stream_checks import (
    RESPONSES,
    check_classes,
    check_mode,
    check_response_method,
    check_series,
    check_state,
    parts_of_model,
    refuse_row,
    remembered,
)
from skgru._network._streams import CarriedStreams, WindowStreams, make_feed
from skgru._reading._row import RowReader
from skgru._scaling._of_streams import StreamScaling
from skgru._training._losses._base import predictions


class Stream:
    """Feed a fitted estimator row by row, and predict after every row.

    The stream keeps what it has seen; the model stays as it is, and may serve many
    streams, each fed by one thread at a time. A later `fit` of the estimator changes no
    stream that was made before.

    Parameters
    ----------
    model : estimator
        A fitted regressor or classifier of skgru. Of a pipeline, pass the last step,
        and feed rows as the steps before it return them.
    mode : {"window", "state"}, default="window"
        What is kept from row to row:

        - "window": the last rows. A prediction is what `predict` says for a table that
          ends with the row, to the last bit: it sees as many rows as `window`, or as
          the sequences of `fit` had steps.
        - "state": the state of the network. A row costs one step, whatever the window,
          and a prediction depends on all rows since the beginning. It is what `predict`
          says for a sequence of all these rows; but the network was trained on shorter
          ones, so this is another model than that of the window. Not for models that
          are bidirectional, or see a feature as changes from its last value (`anchor`).
    series : str or other name, or list of these, default=None
        For a model fitted with `group_column`, the series that the stream is of. With a
        list, there is one stream for each of them, and all are fed at once.
    static : array-like of shape (n_static,) or (n_streams, n_static), or dict, \
            default=None
        The static features, by their order in X or by their names, if rows are to be
        without them. Needed if the model was fitted on tables of lags that have some.
    n_streams : int, default=None
        How many streams are fed at once, for a model whose series need no names. None:
        a single one, whose rows have no axis for streams.
    response_method : {"predict", "predict_proba", "predict_log_proba", \
            "decision_function"}, default="predict"
        Which method's values `step` returns; regressors have the first only.

    Attributes
    ----------
    n_streams : int or None
        How many streams are fed at once; None for a single one.
    series : list or None
        The names of their series.
    mode : str
    response_method : str

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model is no recurrent estimator, as a pipeline or a search.
    ValueError
        If the model has no stream in this mode, or a series has no name or another than
        in `fit`: the message says what to do instead.

    See Also
    --------
    GRURegressor.forecast : Predict several steps ahead, from one prediction to the
        next.

    Notes
    -----
    With ``remember=True``, a stream begins where `fit` ended: the rows that `fit`
    remembers, ``window - 1`` of each series, stand before its first row. With
    ``mode="state"`` they have been fed before, from a state of zeros on. Otherwise a
    stream begins empty, and its first predictions see fewer rows.

    Rows in which all features are missing (NaN) are skipped as long as no other row has
    come, and the prediction is NaN. A class cannot be NaN: with ``response_method=
    "predict"`` a classifier refuses such rows.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru import GRURegressor, Stream
    >>> wave = np.sin(np.arange(300) / 5).reshape(-1, 1)
    >>> model = GRURegressor(window=10, max_iter=20, random_state=0)
    >>> model = model.fit(wave[:-1], wave[1:, 0])
    >>> stream = Stream(model)
    >>> one_by_one = [stream.step(row) for row in wave]
    >>> bool((one_by_one == model.predict(wave)).all())
    True
    """

    def __init__(
        self,
        model,
        mode="window",
        *,
        series=None,
        static=None,
        n_streams=None,
        response_method="predict",
    ):
        # Copied, so that weights that are changed in place change no stream.
        fitted = parts_of_model(model).copy()
        check_mode(mode, fitted)
        self._response = check_response_method(model, response_method)
        self.series, self.n_streams = check_series(
            series, n_streams, fitted.reader, fitted.scaler
        )
        self.mode, self.response_method = mode, response_method
        self._fitted = fitted
        self._loss = fitted.targets.loss_for(fitted.scaler.target_scale)
        n_rows = self.n_streams or 1
        self._scaling = StreamScaling.of(fitted.scaler, self.series)
        self._reader = RowReader.of(fitted.reader, static_apart=static is not None)
        self._static = self._read_static(static, n_rows)
        self._prepare()
        tables = remembered(fitted.reader, self.series, n_rows)
        self._beginning = self._streams.after(self._without_static(tables))
        self.reset()

    def _prepare(self):
        """Make the memory of the streams, which is not shared with any other stream."""
        fitted, reader, n_rows = self._fitted, self._reader, len(self._static)
        network = fitted.model.network(fitted.scaler.features)
        mean, scale = self._scaling.of_features(n_rows)
        n_numbers = fitted.reader.n_numbers
        feed = make_feed(
            reader.n_columns, reader.steps, mean, scale, reader.dtype, n_numbers
        )
        parts = network, fitted.model.parameters, feed, self._static
        self._streams: WindowStreams | CarriedStreams
        if self.mode == "window":
            self._streams = WindowStreams(*parts, fitted.reader.n_timesteps)
        else:
            self._streams = CarriedStreams(*parts)
        # The row where it is written to, in the shape in which it comes.
        self._row = feed.table if self.n_streams is not None else feed.table[0]
        # The rest is what would take a good part of the time of a step.
        self._has_static = len(reader.static) > 0
        self._predicts_labels = self._response is RESPONSES["predict"]
        self._number = self._number_type()

    def _number_type(self):
        """The type of a prediction that is a number made by scaling alone, or None."""
        raw = self._streams.raw
        standardized = predictions(self._loss, raw)
        is_number = (
            self.n_streams is None
            and self._response is None
            and self._scaling.of_number is not None
            and self._fitted.targets.in_shape_of_y(standardized).ndim == 1
            and np.shares_memory(standardized, raw)
        )
        return raw.dtype.type if is_number else None

    def _read_static(self, static, n_rows):
        """The static features that are known from the beginning, standardised."""
        reader = self._fitted.reader
        if static is None:
            if reader.kind == "rows" and len(reader.columns.static):
                raise ValueError(
                    "The model was fitted on tables of lags with static features, "
                    "which are no part of a step. Pass them by static=: "
                    f"{shortened(reader.columns.static_names)}."
                )
            return np.zeros((n_rows, len(reader.columns.static)), reader.dtype)
        if not len(reader.columns.static):
            raise ValueError(
                "static was passed, but the model was fitted without static_features. "
                "Leave static out."
            )
        of_static = RowReader.of_static(reader)
        is_for_each = np.ndim(static) == 2 or hasattr(static, "columns")
        values = of_static.read(static, n_rows if is_for_each else None)
        return self._standardized(np.repeat(values, n_rows // len(values), axis=0))

    def _standardized(self, values):
        """Static features as the network takes them."""
        n_numbers = values.shape[1] - len(self._fitted.reader.columns.static_n_codes)
        unusable = np.argwhere(~np.isfinite(values[:, :n_numbers]))
        if len(unusable):
            i, k = unusable[0]
            names = self._fitted.reader.columns.static_names
            name = k if names is None else repr(names[k])
            raise ValueError(
                f"The static feature {name} is {values[i, k]}{self._where(i)}. "
                "Static features may not be missing: fill the gap."
            )
        return self._scaling.static(values)

    def _where(self, i):
        """Which stream it is, for a message."""
        if self.n_streams is None:
            return ""
        if self.series is None:
            return f" of stream {i} (counted from 0)"
        return f" of series {self.series[i]!r}"

    def _without_static(self, tables):
        """Remembered rows with the columns that rows of this stream have."""
        reader = self._fitted.reader
        if len(self._reader.static) == len(reader.columns.static):
            return tables
        steps = np.sort(reader.columns.steps)
        return [table[:, steps] for table in tables]

    def step(self, row):
        """Feed the next row, and predict.

        Parameters
        ----------
        row : array-like of shape (n_columns,), dict, Series or DataFrame
            The columns of X in one row, in their order or by their names, without the
            `group_column`. For a model fitted on a 3-D X, its last axis; on a table of
            lags, the variables of one step. For several streams at once, a row of each:
            an array of shape (n_streams, n_columns), a DataFrame, or a list of dicts;
            where these have the `group_column`, they may be in any order.

        Returns
        -------
        float or ndarray of shape (n_outputs,)
            What `predict` (or `response_method`) returns for a row. For several streams
            an array with one row for each.

        Raises
        ------
        ValueError
            If the row cannot be used. The stream then stays as it was before the row.
        """
        if (
            type(row) is not np.ndarray
            or row.shape != self._row.shape
            or row.dtype.kind != "f"
            or self._reader.vocabularies  # of which arrays hold no codes
        ):
            row = self._reader.read(row, self.n_streams, self.series)
        return self._step(row)

    def _step(self, row):
        """Predict after a row of numbers, in the shape of an array."""
        streams = self._streams
        self._row[...] = row
        if self._has_static:
            table = streams.feed.table
            self._static[...] = self._standardized(table[:, self._reader.static])
        if self._predicts_labels:
            check_classes(streams.feed, self._where)
        streams.step()
        if streams.feed.fault[0]:
            refuse_row(streams.feed, self._reader, self._where)
        if self._number is not None:
            return float(self._number(self._scaling.number(streams.raw.item())))
        values = self._responses()
        if self.n_streams is not None:
            return values
        value = values[0]
        return float(value) if self._response is None and value.ndim == 0 else value

    def _responses(self):
        """What `step` returns of each stream, (n_streams, …), from raw predictions."""
        streams, targets = self._streams, self._fitted.targets
        standardized = predictions(self._loss, streams.raw)
        values = self._scaling.predictions(standardized, streams.sequences)
        values = targets.in_shape_of_y(values.astype(self._reader.dtype))
        return values if self._response is None else self._response(targets, values)

    def run(self, rows):
        """Feed several rows, and return the predictions after each.

        Parameters
        ----------
        rows : array-like of shape (n_rows, n_columns) or DataFrame, or iterable of rows
            Rows as `step` takes them, oldest first. For several streams at once, an
            array of shape (n_rows, n_streams, n_columns), or an iterable.

        Returns
        -------
        ndarray of shape (n_rows,) or (n_rows, n_outputs)
            What `step` returns for each row; for several streams of shape
            (n_rows, n_streams) or (n_rows, n_streams, n_outputs).

        Raises
        ------
        ValueError
            If a row cannot be used. The stream then stays as it was before all rows.
        """
        before = self._streams.state()
        found = []
        step = self.step
        if hasattr(rows, "columns"):
            # All rows of a table are read at once.
            rows, step = self._read_table(rows), self._step
        for k, row in enumerate(rows):
            try:
                found.append(step(row))
            except ValueError as error:
                self._streams.restore(before)
                raise ValueError(f"In row {k} (counted from 0): {error}") from None
        if not found:
            raise ValueError("run got no rows. Pass one at least.")
        return np.array(found, dtype=self._responses().dtype)

    def _read_table(self, rows):
        """The numbers of a data frame of consecutive rows."""
        if self.n_streams is not None:
            raise ValueError(
                "run got one data frame for several streams, where it cannot be seen "
                "which rows come at the same time. Pass a list of data frames with one "
                "row of each stream, or an array (n_rows, n_streams, n_columns)."
            )
        return self._reader.read(rows, len(rows), self.series)

    def reset(self):
        """Go back to the beginning: see the notes on where that is."""
        self._streams.restore(self._beginning)

    @property
    def state(self):
        """What the stream has seen, as a dict of arrays that can be stored.

        Assigning such a dict puts a stream of the same model, mode and series where it
        was, to the last bit. For several streams, all arrays have a first axis for
        these. NumPy stores a state by ``np.savez(path, **stream.state)``, and
        ``stream.state = dict(np.load(path))`` takes it back.

        ``mode="window"`` has one array:

        - ``rows`` (window - 1, n_features), the last rows, NaN in front where there
          were fewer. Features stand in the order of ``kernels_[0]``, and each series is
          on its own scale (`standardize`).

        ``mode="state"`` has these:

        - ``state_0`` (n_hidden,), the states of the first layer, ``state_1`` those of
          the second, and so on;
        - ``memory_0``, …, the same for the memories of an LSTM;
        - ``sum`` (n_hidden,), with ``pooling="mean"`` the sum of the last layer's
          states;
        - ``n_rows``, how many rows were fed.
        """
        state = self._streams.state()
        if self.n_streams is None:
            return {name: array[0] for name, array in state.items()}
        return state

    @state.setter
    def state(self, state):
        state = check_state(
            state, self._streams.nothing(), self.mode, is_one=self.n_streams is None
        )
        why = self._streams.refused(state)
        if why is not None:
            raise ValueError(f"This is no state of a stream: {why}.")
        self._streams.restore(state)

    def copy(self):
        """A stream of its own that has seen the same rows."""
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made._static = self._static.copy()
        made._prepare()
        made._streams.restore(self._streams.state())
        return made

    def __copy__(self):
        return self.copy()

    def __deepcopy__(self, memo):
        return self.copy()

    def __reduce__(self):
        raise TypeError(
            "A Stream is bound to the memory of its process and cannot be pickled. "
            "Store the model and stream.state, and put the state into a new stream: "
            "stream = Stream(model); stream.state = state."
        )
