"""What each parameter of the estimators means, for their docstrings."""

from skgru._estimators._described import Described

PARAMETERS = {
    "hidden_layer_sizes": Described(
        "int or tuple of int",
        """
        Number of units in each layer, beginning with the layer that reads X.
        """,
    ),
    "window": Described(
        "int",
        """
        For a 2-D X of consecutive observations: how many rows a prediction sees,
        its own row and the ``window - 1`` rows before it. X and y keep all their
        rows; predictions for the first rows see fewer. The window may be longer
        than the series.
        """,
    ),
    "remember": Described(
        "bool",
        """
        With `window`: whether the rows passed to `predict` follow directly on the
        rows of `fit`, so that their windows reach back into those rows. The same
        holds from one `partial_fit` to the next. Rows that begin with those of the
        last `fit` are recognised by their values, of which eight must be alike. If
        the index of X shows that rows do not follow, that is an error, or a warning
        if it only seems so. What counts in `predict` is the value that this
        parameter had in `fit`.
        """,
    ),
    "group_column": Described(
        "int or str",
        """
        With `window`: index or name of the column, or name of the level of the index
        of X, that says which series a row belongs to (``"level_0"`` if the level has
        no name). Its values may be of any type. Windows never reach from one
        series into another; rows of different series may be interleaved. The column
        is not used as a feature. All series share one network; see `standardize`.
        """,
    ),
    "n_timesteps": Described(
        "int",
        """
        For a 2-D X with one sequence in each row: number of steps. The columns hold
        all features of the first step, then all features of the second, and so on.
        By default every column is a step of one feature.
        """,
    ),
    "time_order": Described(
        '{"auto", "oldest_first", "newest_first"}',
        """
        Order of the steps in a row of a 2-D X, or along the second axis of a 3-D X.
        ``"auto"`` takes the order from the names of the columns if these name lags
        (``lag_1``, ``y_lag1``, ``x__lag_2``, ``y_lag-3``, ``lag_1__y``, ``y(t-1)``):
        such columns may stand in any order, and columns that are not lags are static
        features. Of an array, whose columns have no names, it takes the order from
        the values, if each column is another one shifted by rows. Otherwise
        ``"auto"`` means oldest first.
        """,
    ),
    "static_features": Described(
        "int, str or list of them",
        """
        Indices or names of columns that are not steps of the sequence, but are
        known for the whole sequence or for the time of the target: a calendar, a
        place, a future price. They are passed to the dense head together with the
        last state. With `window` or a 3-D X, their value at the last step is used.
        """,
    ),
    "categorical_features": Described(
        '"from_dtype", array-like of bool, int or str, or None',
        """
        Which columns hold categories: names, indices, or a mask over the columns (of
        a 3-D X, over its last axis). ``"from_dtype"``: the columns of a DataFrame
        that have a categorical dtype. Named columns may hold anything that can be a
        key of a dict. A category that is missing, or was not there in `fit`, counts
        as one more category, whose weights start at zero. The columns of one feature
        at several steps share their categories. A column may also be named in
        `static_features`.
        """,
    ),
    "embedding_size": Described(
        "int",
        """
        How many trained numbers stand for a category of a step, the same for all
        features: an embedding, for features of many categories. None: every category
        has a row of input weights of its own.
        """,
    ),
    "loss": Described(
        '{"squared_error", "absolute_error", "huber", "quantile", "poisson"}',
        """
        What is minimised, as the mean over rows and outputs. ``"squared_error"`` is
        the squared error (not half of it); predictions are means.
        ``"absolute_error"`` predicts medians. ``"huber"`` is half the squared error
        up to `huber_delta` and linear beyond, and predicts means that outliers
        influence less [4]_. ``"quantile"`` is the pinball loss of `quantile`.
        ``"poisson"`` is the Poisson deviance, for counts and amounts: the network
        predicts the logarithm of their mean, so that predictions are positive.
        """,
    ),
    "quantile": Described(
        "float or list of float",
        """
        With ``loss="quantile"``: which quantile to predict, between 0 and 1. Or
        several quantiles in rising order, whose predictions do not cross.
        """,
    ),
    "huber_delta": Described(
        "float or list of float",
        """
        With ``loss="huber"``: the size, in units of y, beyond which an error counts
        linearly; one number for all outputs or one for each. None is one standard
        deviation of each output. If each series is standardised by itself,
        `huber_delta` is in standard deviations of the series.
        """,
    ),
    "class_weight": Described(
        'dict or "balanced"',
        """
        What the weights of the rows of each class are multiplied by: a dict from
        labels to numbers, where classes that it leaves out count 1; or ``"balanced"``,
        so that all classes have the same sum of weights. Predicted probabilities are
        then those of a world in which classes are as frequent as they weigh.
        """,
    ),
    "anchor": Described(
        '"auto", int, str or None',
        """
        From which value the prediction starts: the network learns what is added to
        the last value of a feature. ``"auto"`` starts from the feature that holds
        the target's own past, if X has one; `anchor_` says which. If its level
        drifts, or the last value alone is worse than the mean, the network sees
        only how its earlier values differ from the last one [3]_. If it drifts, a
        linear path from these differences to the prediction is trained along [7]_.
        The index or name of a feature says that it holds the past of all targets,
        and that the network is to see differences. None: predictions are made from
        levels alone.
        """,
    ),
    "standardize": Described(
        'bool or "pooled"',
        """
        Whether features and targets are shifted and scaled to mean 0 and standard
        deviation 1, by the statistics of the training rows. `predict` returns
        predictions in the units of y. With `group_column` each series is first
        standardised by its own statistics, so that series with large and with small
        values count alike. Losses are then in these standardised units, and series
        that were not in `fit` have the medians of these statistics, and are warned
        of. ``"pooled"`` uses the statistics of all series together.
        """,
    ),
    "reset_after": Described(
        "bool",
        """
        Whether the reset gate is applied after the recurrent matrix product, as in
        Keras and PyTorch, or before it, as in [1]_.
        """,
    ),
    "gate_init": Described(
        '{"spread", "keras"}',
        """
        How the gates start that keep a state: the update gate of a GRU, the forget and
        input gates of an LSTM. ``"keras"``: alike in all units, with a bias of 0 for
        the GRU, and of 1 for the LSTM's forget gate. ``"spread"``: so that half of the
        units keep theirs for longer, up to the length of the sequences in `fit` [8]_;
        then what lies many steps back can be found.
        """,
    ),
    "bidirectional": Described(
        "bool",
        """
        Whether each layer has a second cell that reads the sequence newest step
        first. The layer above sees the states of both cells. The head sees the
        state that each cell has reached after reading the whole sequence. Meant for
        sequences of which all steps are known before the prediction, as those of a
        window are. The memory that training needs then grows with the number of
        steps.
        """,
    ),
    "pooling": Described(
        '{"last", "mean"}',
        """
        What the dense head reads of the last layer: the state after the last step, or
        the mean of the states after all observed steps. The mean is better where what
        tells the classes lies anywhere in a sequence, as in speech.
        """,
    ),
    "solver": Described(
        '{"adam", "sgd", "lbfgs"} or an Adam or SGD instance',
        """
        The optimiser; pass an instance to set its coefficients. ``"lbfgs"`` uses
        all rows at once, and ignores learning rates, `batch_size`, `shuffle` and
        `clip_norm`: it is strong on some hundred rows, and slow on many.
        """,
    ),
    "learning_rate": Described(
        '{"constant", "invscaling", "adaptive", "cosine"}',
        """
        How the step size changes from `learning_rate_init` on. ``"constant"``: not
        at all. ``"invscaling"``: it is divided by the square root of the number of
        the epoch. ``"adaptive"``: it is divided by 5 each time the loss has not
        fallen by `tol` for `n_iter_no_change` epochs; this happens three times, and
        the fourth time training stops. ``"cosine"``: it follows half a wave of the
        cosine [5]_ down to 0 at `max_iter`.
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
        Rows in a mini-batch; ``"auto"`` takes all rows if there are at most 64, and
        32 otherwise. If one mini-batch holds all rows, repeated rows are merged and
        their weights summed.
        """,
    ),
    "max_iter": Described(
        "int",
        """
        Maximum number of epochs; with ``n_iter_no_change=None`` the exact number.
        An epoch is one pass over all training rows.
        """,
    ),
    "shuffle": Described(
        "bool",
        """
        Whether each epoch takes the rows in a new random order.
        """,
    ),
    "clip_norm": Described(
        "float",
        """
        Largest norm of the gradient, taken over all parameters; a longer gradient
        is scaled down to this norm. None: no limit.
        """,
    ),
    "alpha": Described(
        "float",
        """
        Strength of the L2 penalty on the weights, not the biases: each mini-batch
        adds ``alpha * sum(weights**2) / sum(sample_weight)`` to its loss, in
        standardised units. Loss and penalty are balanced as in `MLPRegressor`.
        Reported losses do not include the penalty.
        """,
    ),
    "dropout": Described(
        "float",
        """
        Probability with which each input of a layer is set to zero in training:
        features of X for the first layer (a category as a whole), states of the layer
        below for the others.
        The choice is drawn anew for each row of each mini-batch, and is the same at
        all steps of the row [6]_. Inputs that are kept are divided by
        ``1 - dropout``. `predict` uses all inputs. Training losses are those of the
        network with dropout, validation losses those of `predict`.
        """,
    ),
    "recurrent_dropout": Described(
        "float",
        """
        As `dropout`, but for the states that are multiplied by the recurrent
        weights. What a GRU's update gate keeps of a state, and the memory of an
        LSTM, are not dropped.
        """,
    ),
    "early_stopping": Described(
        'bool or "auto"',
        """
        Whether the loss of held-out rows decides when to stop, and the weights of
        the epoch in which this loss was lowest are kept. If no epoch was better
        than predicting the mean, the model predicts that mean (except with losses
        whose best constant is not the mean). ``"auto"`` is True if there are at
        least 10 sequences of at least two steps: where X is 3-D, its columns are
        known to be lags, or `window` or `n_timesteps` make sequences of it. If all
        targets of the held-out rows lie outside the others, it is False, with a
        warning.
        """,
    ),
    "validation_fraction": Described(
        "float",
        """
        Fraction of the rows that is held out: the last rows, never random ones.
        None holds out 0.1 with `early_stopping`, and nothing otherwise.
        """,
    ),
    "n_iter_no_change": Described(
        "int",
        """
        Training stops when the loss (of the held-out rows, with `early_stopping`)
        has not fallen by `tol` for this many epochs. None: train for exactly
        `max_iter` epochs.
        """,
    ),
    "tol": Described(
        "float",
        """
        By how much the loss has to fall to count as an improvement, measured on
        standardised targets.
        """,
    ),
    "warm_start": Described(
        "bool",
        """
        Whether `fit` goes on from the last `fit`: with its weights, optimiser,
        statistics and random state. Epochs are counted anew for `max_iter`.
        """,
    ),
    "verbose": Described(
        "bool or int",
        """
        Whether to print a line for each epoch: its losses, its learning rate, and
        how much time is left at most. 2 also reports when code is compiled, how
        long that took, and where the compiled code in use comes from.
        """,
    ),
    "random_state": Described(
        "int, RandomState instance or None",
        """
        Draws the initial weights, the order of the rows and what dropout drops.
        Pass an int for repeatable results.
        """,
    ),
    "n_jobs": Described(
        "int",
        """
        Threads that share the rows of each mini-batch, 16 at a time, and the rows
        that `predict` is given. None means 1 unless in a
        :obj:`joblib.parallel_config` context, -1 means all processors. The results
        do not depend on the number of threads.
        """,
    ),
}

# What is otherwise where classes are predicted, and not numbers.
PARAMETERS_OF_CLASSIFIERS = {
    "recurrent_dropout": Described(
        'float or "auto"',
        """
        As `dropout`, but for the states that are multiplied by the recurrent weights.
        What a GRU's update gate keeps of a state, and the memory of an LSTM, are not
        dropped. ``"auto"`` is 0.2, which keeps probabilities from being too sure of
        themselves, and 0 with ``solver="lbfgs"``.
        """,
    ),
    "max_iter": Described(
        "int",
        """
        Maximum number of epochs; with ``n_iter_no_change=None`` the exact number. An
        epoch is one pass over all training rows. None: as many as make 4000 steps of
        the optimiser, but 10 to 100; more than 1280 rows have fewer than 100.
        """,
    ),
    "standardize": Described(
        'bool or "pooled"',
        """
        Whether features are shifted and scaled to mean 0 and standard deviation 1, by
        the statistics of the training rows. With `group_column` each series is first
        standardised by its own statistics, so that series with large and with small
        values count alike; series that were not in `fit` have the medians of these
        statistics, and are warned of. ``"pooled"`` uses the statistics of all series
        together.
        """,
    ),
    "early_stopping": Described(
        'bool or "auto"',
        """
        Whether the log loss of held-out rows decides when to stop, and the weights of
        the epoch in which this loss was lowest are kept. If no epoch was better than
        the frequencies of the classes, the model predicts these. ``"auto"`` is True if
        there are 10 to 10,000 sequences of at least two steps: where X is 3-D, its
        columns are known to be lags, or `window` or `n_timesteps` make sequences of
        it. If the held-out rows are of a single class, or the others lack one of
        theirs, it is False, with a warning.
        """,
    ),
    "validation_fraction": Described(
        "float",
        """
        Fraction of the rows that is held out: the last rows of each class, where rows
        are sequences of their own, and the last rows in time with `window` or lags;
        never random ones. None holds out 0.1 with `early_stopping`, and nothing
        otherwise.
        """,
    ),
    "batch_size": Described(
        'int or "auto"',
        """
        Rows in a mini-batch. ``"auto"`` is 32, and for fewer than 320 sequences a tenth
        of them, 4 at least, so that an epoch has ten steps. Of a table whose columns
        are not known to be steps, it takes all rows if there are at most 64. If one
        mini-batch holds all rows, repeated rows are merged and their weights summed.
        """,
    ),
    "tol": Described(
        "float",
        """
        By how much the loss has to fall to count as an improvement.
        """,
    ),
}


# What the parameters are for, in groups; those that an estimator has are named.
GROUPS = {
    "how X is read": (
        "window",
        "remember",
        "group_column",
        "n_timesteps",
        "time_order",
        "static_features",
        "categorical_features",
    ),
    "what is predicted": (
        "loss",
        "quantile",
        "huber_delta",
        "anchor",
        "class_weight",
        "standardize",
    ),
    "the network": (
        "hidden_layer_sizes",
        "reset_after",
        "gate_init",
        "bidirectional",
        "pooling",
        "embedding_size",
    ),
    "its training": (
        "solver",
        "learning_rate",
        "learning_rate_init",
        "batch_size",
        "max_iter",
        "shuffle",
        "clip_norm",
    ),
    "against overfitting": ("alpha", "dropout", "recurrent_dropout"),
    "when training stops": (
        "early_stopping",
        "validation_fraction",
        "n_iter_no_change",
        "tol",
    ),
    "continuing a fit, output, repeatable results, threads": (
        "warm_start",
        "verbose",
        "random_state",
        "n_jobs",
    ),
}
