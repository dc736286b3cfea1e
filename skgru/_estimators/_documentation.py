"""What the parameters and fitted attributes of the estimators mean, each said once.

Every estimator writes its own signature out, and takes the descriptions from here: its
docstring is put together when its class is made, and is whole for ``help``, for the
documentation and for what scikit-learn shows in a notebook.
"""

import inspect
import textwrap
from typing import NamedTuple

# A line of a docstring ends here, less its indentation in a class.
_WIDTH = 84


class Described(NamedTuple):
    """A parameter or an attribute.

    Attributes
    ----------
    kind : str
        Its type, in the form of numpydoc, without the default.
    text : str
        What it means: a paragraph.
    """

    kind: str
    text: str


PARAMETERS = {
    "hidden_layer_sizes": Described(
        "int or tuple of int",
        """
        Units of each layer, the layer that reads X first.
        """,
    ),
    "window": Described(
        "int",
        """
        For a 2-D X of consecutive observations: how many rows a prediction sees,
        its own and the ``window - 1`` before it. X and y keep their rows; the first
        ones see fewer. Longer than the series is allowed.
        """,
    ),
    "remember": Described(
        "bool",
        """
        With `window`: whether the rows passed to `predict` follow directly on those
        of `fit`, so that their windows begin there. The rows of the last `fit`
        themselves are recognised, by their values: later rows with all the same
        values would be taken for them. Also from one `partial_fit` to the next. A
        DataFrame's index that shows that rows do not follow is an error. It counts
        as it was in `fit`.
        """,
    ),
    "group_column": Described(
        "int or str",
        """
        With `window`: index or name of the column that says which series a row
        belongs to, of any type. Windows never reach from one series into another;
        rows of different series may be interleaved. The column is no feature. All
        series share one network; see `standardize`.
        """,
    ),
    "n_timesteps": Described(
        "int",
        """
        For a 2-D X of one sequence a row: number of steps. The columns hold all
        features of the first step, then all of the second, and so on. By default
        every column is a step of one feature.
        """,
    ),
    "time_order": Described(
        '{"auto", "oldest_first", "newest_first"}',
        """
        Order of the steps in a row of a 2-D X, or along the second axis of a 3-D X.
        ``"auto"`` takes it from the names of the columns, where they tell of lags
        (``lag_1``, ``y_lag1``, ``x__lag_2``, ``y_lag-3``, ``lag_1__y``): they may
        stand in any order, and columns that are no lags are static features.
        Otherwise it means oldest first.
        """,
    ),
    "static_features": Described(
        "int, str or list of them",
        """
        Indices or names of columns that are no steps, but known for the whole
        sequence or at the time of the target: a calendar, a place, a price to come.
        They join the last state before the dense head. With `window`, or a 3-D X,
        it is their value at the last step that counts.
        """,
    ),
    "loss": Described(
        '{"squared_error", "absolute_error", "huber", "quantile", "poisson"}',
        """
        What is minimised, as the mean over rows and outputs: the squared error (not
        half of it), which makes predictions means; the absolute error, medians;
        half the squared error up to `huber_delta` and a line beyond, means that
        heed outliers less [4]_; the pinball loss of `quantile`; the Poisson
        deviance of counts and amounts, whose mean is predicted by its logarithm and
        so is positive.
        """,
    ),
    "quantile": Described(
        "float or list of float",
        """
        With ``loss="quantile"``: which quantile to predict, between 0 and 1, or
        several, rising, which then do not cross.
        """,
    ),
    "huber_delta": Described(
        "float or list of float",
        """
        With ``loss="huber"``: the error, in units of y, from which on it counts
        linearly; one for all outputs or one for each. None is one standard
        deviation of each output. Where each series is standardised by itself, it is
        in standard deviations of the series.
        """,
    ),
    "anchor": Described(
        "int or str",
        """
        Index or name of the feature that holds the target's own past. Its value at
        the last step is subtracted from it at every step and from the target, and
        added again in `predict`, so that the network learns changes instead of
        levels [3]_. For series with a trend; with several targets, if all are
        values of that one feature.
        """,
    ),
    "standardize": Described(
        'bool or "pooled"',
        """
        Whether features and targets are shifted and scaled to mean 0 and standard
        deviation 1, by the statistics of the training rows. `predict` undoes it.
        With `group_column` each series is by its own statistics first, so that
        large and small ones count alike, and series that were not in `fit` are
        refused; losses are then in these units. ``"pooled"`` takes the statistics
        of all series together.
        """,
    ),
    "reset_after": Described(
        "bool",
        """
        Whether the reset gate applies after the recurrent product, as in Keras and
        PyTorch, or before it, as in [1]_.
        """,
    ),
    "bidirectional": Described(
        "bool",
        """
        Whether each layer has a second cell that reads the sequence newest step
        first. The layer above sees the states of both, and the head what each has
        come to when it has read the whole sequence. For sequences that are known
        whole: every step of a window is. The memory of training grows with the
        number of steps then.
        """,
    ),
    "solver": Described(
        '{"adam", "sgd", "lbfgs"} or an Adam or SGD instance',
        """
        Optimiser; an instance sets its coefficients. ``"lbfgs"`` takes all rows at
        once, and neither learning rates, nor `batch_size`, `shuffle` or
        `clip_norm`: strong on some hundred rows, and slow on many.
        """,
    ),
    "learning_rate": Described(
        '{"constant", "invscaling", "adaptive", "cosine"}',
        """
        How the step size goes on from `learning_rate_init`: as it is; divided by
        the root of the number of the epoch; divided by 5 each time the loss has not
        fallen by `tol` for `n_iter_no_change` epochs, three times, before training
        stops; or along half a wave of the cosine [5]_ to 0 at `max_iter`.
        """,
    ),
    "learning_rate_init": Described(
        'float or "auto"',
        """
        Step size of the optimiser at the beginning; ``"auto"`` is 0.005 for Adam
        and 0.1 for SGD.
        """,
    ),
    "batch_size": Described(
        'int or "auto"',
        """
        Rows in a mini-batch; ``"auto"`` is all of up to 64 rows, and 32 of more.
        Where one mini-batch holds all rows, repeated rows are merged, their weights
        summed.
        """,
    ),
    "max_iter": Described(
        "int",
        """
        Epochs, each a pass over all training rows; at most, unless
        ``n_iter_no_change=None``.
        """,
    ),
    "shuffle": Described(
        "bool",
        """
        Whether each epoch takes the rows in another order.
        """,
    ),
    "clip_norm": Described(
        "float",
        """
        Longest gradient, as the norm over all parameters; a longer one is scaled
        down. None: no limit.
        """,
    ),
    "alpha": Described(
        "float",
        """
        Strength of the L2 penalty on the weights, not the biases: each mini-batch
        adds ``alpha * sum(weights**2) / sum(sample_weight)`` to its loss, in
        standardised units, the balance of `MLPRegressor`. Reported losses are
        without it.
        """,
    ),
    "dropout": Described(
        "float",
        """
        Probability with which each input of a layer, of X and of the layers
        between, is left out of training: drawn anew for each row of each
        mini-batch, the same at all its steps [6]_. Inputs that are kept are divided
        by ``1 - dropout``. `predict` uses all. Training losses are those of the
        network with dropout, validation losses those of `predict`.
        """,
    ),
    "recurrent_dropout": Described(
        "float",
        """
        The same for the state of each unit as the recurrent weights see it. The
        state that the update gate keeps is not dropped.
        """,
    ),
    "early_stopping": Described(
        'bool or "auto"',
        """
        Whether to stop by the loss of held-out rows, and to keep the weights of the
        epoch in which it was lowest; or, if no epoch was better than predicting the
        mean, that mean (not with the losses whose best constant is another).
        ``"auto"`` is True for 10 sequences and more of two steps and more: where X
        is 3-D, or `window` or `n_timesteps` make sequences of it.
        """,
    ),
    "validation_fraction": Described(
        "float",
        """
        Part of the rows that is held out: the last ones, never random ones. None
        holds out 0.1 with `early_stopping`, and nothing otherwise.
        """,
    ),
    "n_iter_no_change": Described(
        "int",
        """
        Training stops when the loss (of the held-out rows, with `early_stopping`)
        has not fallen by `tol` for so many epochs. None: train exactly `max_iter`
        epochs.
        """,
    ),
    "tol": Described(
        "float",
        """
        By how much the loss has to fall to count as falling, measured on
        standardised targets.
        """,
    ),
    "warm_start": Described(
        "bool",
        """
        Whether `fit` goes on from the last one: with its weights, optimiser,
        statistics and random state. `max_iter` counts anew.
        """,
    ),
    "verbose": Described(
        "bool or int",
        """
        Whether to print a line for each epoch: its losses, learning rate, and the
        time left, at most. 2 also tells of compiling, and how long it took.
        """,
    ),
    "random_state": Described(
        "int, RandomState instance or None",
        """
        Draws the first weights, the order of the rows and what is dropped. An int
        for repeatable results.
        """,
    ),
    "n_jobs": Described(
        "int",
        """
        Threads that share the rows of each mini-batch, 16 at a time, and the rows
        that `predict` is given. None means 1 unless in a
        :obj:`joblib.parallel_config` context, -1 all processors. The results are
        the same for all numbers.
        """,
    ),
}

ATTRIBUTES = {
    "n_features_in_": Described(
        "int",
        """
        Length of the last axis of X in `fit`.
        """,
    ),
    "feature_names_in_": Described(
        "ndarray of shape (`n_features_in_`,)",
        """
        Names of the columns, if X had names that are all strings.
        """,
    ),
    "n_outputs_": Described(
        "int",
        """
        Number of targets.
        """,
    ),
    "n_timesteps_": Described(
        "int",
        """
        Steps of the sequences of `fit`.
        """,
    ),
    "n_iter_": Described(
        "int",
        """
        Epochs of the last `fit`, or iterations with ``solver="lbfgs"``.
        """,
    ),
    "best_iter_": Described(
        "int or None",
        """
        Index in the curves of the epoch whose weights were kept; None if no epoch
        had a finite loss, or none was better than the mean.
        """,
    ),
    "loss_": Described(
        "float",
        """
        Training loss in that epoch.
        """,
    ),
    "best_loss_": Described(
        "float or None",
        """
        With `early_stopping` the loss of the held-out rows in that epoch, else the
        lowest training loss of this call.
        """,
    ),
    "loss_curve_": Described(
        "list of float",
        """
        Running mean of the training loss during each epoch, in the (squared) units
        of y, without the penalty.
        """,
    ),
    "validation_loss_curve_": Described(
        "list of float",
        """
        Loss of `predict` on the held-out rows after each epoch; empty without any,
        and NaN in the epochs of calls that had none.
        """,
    ),
    "history_": Described(
        "dict of list",
        """
        The curves, and the learning rate at the beginning of each epoch, NaN with
        ``solver="lbfgs"``.
        """,
    ),
    "stop_reason_": Described(
        '{"max_iter", "no_improvement", "non_finite_loss", "diverged", '
        '"interrupted", "callback"}',
        """
        Why training ended. Ctrl-C interrupts it after the epoch at hand;
        ``"callback"`` is one of `set_callbacks` that returned True.
        """,
    ),
    "quantiles_": Described(
        "ndarray of shape (n_quantiles,)",
        """
        With ``loss="quantile"``: which quantiles are predicted, in order.
        """,
    ),
    "validation_score_": Described(
        "float or None",
        """
        `score` of the kept weights on the held-out rows; None without any.
        """,
    ),
    "baseline_score_": Described(
        "dict or None",
        """
        The same for what costs nothing: ``"mean"`` repeats the mean of the training
        rows, and ``"last_value"``, where it is known which feature holds the
        target's own past (by `anchor`, or because it is the target of the row
        before), repeats that. A model that is not better is worth a warning.
        """,
    ),
    "feature_mean_": Described(
        "ndarray of shape (n_features,)",
        """
        What is subtracted from the features of a step.
        """,
    ),
    "feature_scale_": Described(
        "ndarray of shape (n_features,)",
        """
        What they are divided by then.
        """,
    ),
    "static_mean_": Described(
        "ndarray of shape (n_static_features,)",
        """
        What is subtracted from the static features.
        """,
    ),
    "static_scale_": Described(
        "ndarray of shape (n_static_features,)",
        """
        What they are divided by then.
        """,
    ),
    "target_mean_": Described(
        "ndarray of shape (`n_outputs_`,)",
        """
        What is subtracted from the targets.
        """,
    ),
    "target_scale_": Described(
        "ndarray of shape (`n_outputs_`,)",
        """
        What they are divided by then.
        """,
    ),
    "series_": Described(
        "list",
        """
        Names of the series in `fit`, in the order in which they appear. This and
        the next only with `group_column`, and a `standardize` of True.
        """,
    ),
    "series_mean_": Described(
        "ndarray of shape (n_series, n_features)",
        """
        What is subtracted from the features of each series, before all are
        standardised together. Features that are constant within every series stay
        as they are.
        """,
    ),
    "series_scale_": Described(
        "ndarray of shape (n_series, n_features)",
        """
        What they are divided by then.
        """,
    ),
    "series_static_mean_": Described(
        "ndarray of shape (n_series, n_static_features)",
        """
        `series_mean_` of the static features.
        """,
    ),
    "series_static_scale_": Described(
        "ndarray of shape (n_series, n_static_features)",
        """
        `series_scale_` of the static features.
        """,
    ),
    "series_target_mean_": Described(
        "ndarray of shape (n_series, n_outputs)",
        """
        `series_mean_` of the targets: that of the feature that holds a target's own
        past, where that is known.
        """,
    ),
    "series_target_scale_": Described(
        "ndarray of shape (n_series, n_outputs)",
        """
        `series_scale_` of the targets, likewise.
        """,
    ),
    "kernels_": Described(
        "list of ndarray of shape (n_inputs, 3 * n_hidden)",
        """
        Input weights of each layer, gates in the order update, reset, candidate.
        With `bidirectional` two for each layer here and below: of the cell that
        reads forward, and of the other.
        """,
    ),
    "recurrent_kernels_": Described(
        "list of ndarray of shape (n_hidden, 3 * n_hidden)",
        """
        Recurrent weights of each layer.
        """,
    ),
    "biases_": Described(
        "list of ndarray of shape (2, 3 * n_hidden) or (3 * n_hidden,)",
        """
        Biases of each layer: input and recurrent bias, or one with
        ``reset_after=False``.
        """,
    ),
    "coefs_": Described(
        "list of ndarray of shape (n_hidden, n_outputs)",
        """
        Weights of the head, one array; with `bidirectional` (2 * n_hidden,
        n_outputs), the forward cell's first. Those of static features stand behind
        them.
        """,
    ),
    "intercepts_": Described(
        "list of ndarray of shape (n_outputs,)",
        """
        Intercepts of the head, one array.
        """,
    ),
}


def documented(init, text):
    """The docstring of an estimator, with all that its parameters mean.

    Parameters
    ----------
    init : callable
        Its ``__init__``: the parameters are described in the order, and with the
        defaults, of this signature.
    text : str
        The docstring, with ``{parameters}`` and ``{attributes}`` on lines of their own.

    Returns
    -------
    str
    """
    parameters = [
        (name, _with_default(PARAMETERS[name].kind, parameter.default), name)
        for name, parameter in inspect.signature(init).parameters.items()
        if name != "self"
    ]
    described = [
        _item(name, kind, PARAMETERS[key].text) for name, kind, key in parameters
    ]
    attributes = [_item(name, kind, said) for name, (kind, said) in ATTRIBUTES.items()]
    whole = inspect.cleandoc(text).rstrip()
    whole = whole.replace("{parameters}", "\n".join(described))
    whole = whole.replace("{attributes}", "\n".join(attributes))
    return textwrap.indent(whole, "    ").lstrip() + "\n    "


def _with_default(kind, default):
    """The type of a parameter, with its default."""
    if isinstance(default, str):
        shown = f'"{default}"'
    else:
        shown = repr(default).replace("e-0", "e-")
    return f"{kind}, default={shown}"


def _item(name, kind, text):
    """A parameter or an attribute, in the form of numpydoc."""
    body = textwrap.fill(
        inspect.cleandoc(text),
        _WIDTH,
        initial_indent="    ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return f"{name} : {kind}\n{body}"
