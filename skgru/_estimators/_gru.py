"""GRURegressor, the public estimator."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skgru._estimators._base import RecurrentEstimator
from skgru._estimators._solvers import SCHEDULES, SGD, SOLVERS, Adam
from skgru._training._losses import LOSSES


def _is_stochastic(estimator):
    """Whether the solver can be given part of the data; an error if not."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            "partial_fit needs a solver that takes mini-batches, and solver='lbfgs' "
            "takes all rows at once. Set solver='adam' or 'sgd'."
        )
    return True


class GRURegressor(RegressorMixin, RecurrentEstimator):
    """Gated recurrent units with a dense head, for regression on sequences.

    Layers of gated recurrent units read a sequence step by step; a linear head turns
    the last state of the last layer into the prediction. It is trained by
    backpropagation through time on mini-batches.

    X may be 3-D, ``(n_samples, n_timesteps, n_features)``; or 2-D, where `window` reads
    its rows as consecutive observations, and where otherwise each row is one sequence
    of its columns. See the user guide, "How X is read".

    The parameters stand in the order of what they are for:

    - how X is read: `window`, `remember`, `group_column`, `n_timesteps`, `time_order`,
      `static_features`;
    - what is predicted: `loss`, `quantile`, `huber_delta`, `anchor`, `standardize`;
    - the network: `hidden_layer_sizes`, `reset_after`, `bidirectional`;
    - its training: `solver`, `learning_rate`, `learning_rate_init`, `batch_size`,
      `max_iter`, `shuffle`, `clip_norm`;
    - against overfitting: `alpha`, `dropout`, `recurrent_dropout`;
    - when it stops: `early_stopping`, `validation_fraction`, `n_iter_no_change`, `tol`;
    - going on, telling, repeating, sharing: `warm_start`, `verbose`, `random_state`,
      `n_jobs`.

    The first to choose are `window` or `n_timesteps`, `hidden_layer_sizes`, and for a
    series with a trend `anchor`.

    Parameters
    ----------
    hidden_layer_sizes : int or tuple of int, default=(50,)
        Units of each layer, the layer that reads X first.
    window : int, default=None
        For a 2-D X of consecutive observations: how many rows a prediction sees, its
        own and the ``window - 1`` before it. X and y keep their rows; the first ones
        see fewer. Longer than the series is allowed.
    remember : bool, default=False
        With `window`: whether the rows passed to `predict` follow directly on those of
        `fit`, so that their windows begin there. The rows of the last `fit` themselves
        are recognised, by their values: later rows with all the same values would be
        taken for them. Also from one `partial_fit` to the next. A DataFrame's index
        that shows that rows do not follow is an error. It counts as it was in `fit`.
    group_column : int or str, default=None
        With `window`: index or name of the column that says which series a row belongs
        to, of any type. Windows never reach from one series into another; rows of
        different series may be interleaved. The column is no feature. All series share
        one network; see `standardize`.
    n_timesteps : int, default=None
        For a 2-D X of one sequence a row: number of steps. The columns hold all
        features of the first step, then all of the second, and so on. By default every
        column is a step of one feature.
    time_order : {"auto", "oldest_first", "newest_first"}, default="auto"
        Order of the steps in a row of a 2-D X, or along the second axis of a 3-D X.
        ``"auto"`` takes it from the names of the columns, where they tell of lags
        (``lag_1``, ``y_lag1``, ``x__lag_2``, ``y_lag-3``, ``lag_1__y``): they may stand
        in any order, and columns that are no lags are static features. Otherwise it
        means oldest first.
    static_features : int, str or list of them, default=None
        Indices or names of columns that are no steps, but known for the whole sequence
        or at the time of the target: a calendar, a place, a price to come. They join
        the last state before the dense head. With `window`, or a 3-D X, it is their
        value at the last step that counts.
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson"}, \
            default="squared_error"
        What is minimised, as the mean over rows and outputs: the squared error (not
        half of it), which makes predictions means; the absolute error, medians; half
        the squared error up to `huber_delta` and a line beyond, means that heed
        outliers less [4]_; the pinball loss of `quantile`; the Poisson deviance of
        counts and amounts, whose mean is predicted by its logarithm and so is
        positive.
    quantile : float or list of float, default=None
        With ``loss="quantile"``: which quantile to predict, between 0 and 1, or
        several, rising, which then do not cross.
    huber_delta : float or list of float, default=None
        With ``loss="huber"``: the error, in units of y, from which on it counts
        linearly; one for all outputs or one for each. None is one standard deviation
        of each output. Where each series is standardised by itself, it is in standard
        deviations of the series.
    anchor : int or str, default=None
        Index or name of the feature that holds the target's own past. Its value at the
        last step is subtracted from it at every step and from the target, and added
        again in `predict`, so that the network learns changes instead of levels [3]_.
        For series with a trend; with several targets, if all are values of that one
        feature.
    standardize : bool or "pooled", default=True
        Whether features and targets are shifted and scaled to mean 0 and standard
        deviation 1, by the statistics of the training rows. `predict` undoes it. With
        `group_column` each series is by its own statistics first, so that large and
        small ones count alike, and series that were not in `fit` are refused; losses
        are then in these units. ``"pooled"`` takes the statistics of all series
        together.
    reset_after : bool, default=True
        Whether the reset gate applies after the recurrent product, as in Keras and
        PyTorch, or before it, as in [1]_.
    bidirectional : bool, default=False
        Whether each layer has a second cell that reads the sequence newest step first.
        The layer above sees the states of both, and the head what each has come to
        when it has read the whole sequence. For sequences that are known whole: every
        step of a window is. The memory of training grows with the number of steps then.
    solver : {"adam", "sgd", "lbfgs"} or an Adam or SGD instance, default="adam"
        Optimiser; an instance sets its coefficients. ``"lbfgs"`` takes all rows at
        once, and neither learning rates, nor `batch_size`, `shuffle` or `clip_norm`:
        strong on some hundred rows, and slow on many.
    learning_rate : {"constant", "invscaling", "adaptive", "cosine"}, \
            default="cosine"
        How the step size goes on from `learning_rate_init`: as it is; divided by the
        root of the number of the epoch; divided by 5 each time the loss has not fallen
        by `tol` for `n_iter_no_change` epochs, three times, before training stops; or
        along half a wave of the cosine [5]_ to 0 at `max_iter`.
    learning_rate_init : float or "auto", default="auto"
        Step size of the optimiser at the beginning; ``"auto"`` is 0.005 for Adam and
        0.1 for SGD.
    batch_size : int or "auto", default="auto"
        Rows in a mini-batch; ``"auto"`` is all of up to 64 rows, and 32 of more. Where
        one mini-batch holds all rows, repeated rows are merged, their weights summed.
    max_iter : int, default=100
        Epochs, each a pass over all training rows; at most, unless
        ``n_iter_no_change=None``.
    shuffle : bool, default=True
        Whether each epoch takes the rows in another order.
    clip_norm : float, default=1.0
        Longest gradient, as the norm over all parameters; a longer one is scaled down.
        None: no limit.
    alpha : float, default=0.0
        Strength of the L2 penalty on the weights, not the biases: each mini-batch adds
        ``alpha * sum(weights**2) / sum(sample_weight)`` to its loss, in standardised
        units, the balance of `MLPRegressor`. Reported losses are without it.
    dropout : float, default=0.0
        Probability with which each input of a layer, of X and of the layers between, is
        left out of training: drawn anew for each row of each mini-batch, the same at
        all its steps [6]_. Inputs that are kept are divided by ``1 - dropout``.
        `predict` uses all. Training losses are those of the network with dropout,
        validation losses those of `predict`.
    recurrent_dropout : float, default=0.0
        The same for the state of each unit as the recurrent weights see it. The state
        that the update gate keeps is not dropped.
    early_stopping : bool or "auto", default="auto"
        Whether to stop by the loss of held-out rows, and to keep the weights of the
        epoch in which it was lowest; or, if no epoch was better than predicting the
        mean, that mean (not with the losses whose best constant is another).
        ``"auto"`` is True for 10 sequences and more of two steps and
        more: where X is 3-D, or `window` or `n_timesteps` make sequences of it.
    validation_fraction : float, default=None
        Part of the rows that is held out: the last ones, never random ones. None holds
        out 0.1 with `early_stopping`, and nothing otherwise.
    n_iter_no_change : int, default=50
        Training stops when the loss (of the held-out rows, with `early_stopping`) has
        not fallen by `tol` for so many epochs. None: train exactly `max_iter` epochs.
    tol : float, default=1e-6
        By how much the loss has to fall to count as falling, measured on standardised
        targets.
    warm_start : bool, default=False
        Whether `fit` goes on from the last one: with its weights, optimiser,
        statistics and random state. `max_iter` counts anew.
    verbose : bool or int, default=False
        Whether to print a line for each epoch: its losses, learning rate, and the time
        left, at most. 2 also tells of compiling, and how long it took.
    random_state : int, RandomState instance or None, default=None
        Draws the first weights, the order of the rows and what is dropped. An int for
        repeatable results.
    n_jobs : int, default=None
        Threads that share the rows of each mini-batch, 16 at a time, and the rows that
        `predict` is given. None means 1 unless in a :obj:`joblib.parallel_config`
        context, -1 all processors. The results are the same for all numbers.

    Attributes
    ----------
    n_features_in_ : int
        Length of the last axis of X in `fit`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if X had names that are all strings.
    n_outputs_ : int
        Number of targets.
    n_timesteps_ : int
        Steps of the sequences of `fit`.
    n_iter_ : int
        Epochs of the last `fit`, or iterations with ``solver="lbfgs"``.
    best_iter_ : int or None
        Index in the curves of the epoch whose weights were kept; None if no epoch had
        a finite loss, or none was better than the mean.
    loss_ : float
        Training loss in that epoch.
    best_loss_ : float or None
        With `early_stopping` the loss of the held-out rows in that epoch, else the
        lowest training loss of this call.
    loss_curve_ : list of float
        Running mean of the training loss during each epoch, in the (squared) units of
        y, without the penalty.
    validation_loss_curve_ : list of float
        Loss of `predict` on the held-out rows after each epoch; empty without any, and
        NaN in the epochs of calls that had none.
    history_ : dict of list
        The curves, and the learning rate at the beginning of each epoch, NaN with
        ``solver="lbfgs"``.
    stop_reason_ : {"max_iter", "no_improvement", "non_finite_loss", "diverged", \
            "interrupted", "callback"}
        Why training ended. Ctrl-C interrupts it after the epoch at hand; ``"callback"``
        is one of `set_callbacks` that returned True.
    quantiles_ : ndarray of shape (n_quantiles,)
        With ``loss="quantile"``: which quantiles are predicted, in order.
    validation_score_ : float or None
        `score` of the kept weights on the held-out rows; None without any.
    baseline_score_ : dict or None
        The same for what costs nothing: ``"mean"`` repeats the mean of the training
        rows, and ``"last_value"``, where it is known which feature holds the target's
        own past (by `anchor`, or because it is the target of the row before), repeats
        that. A model that is not better is worth a warning.
    feature_mean_ : ndarray of shape (n_features,)
        What is subtracted from the features of a step.
    feature_scale_ : ndarray of shape (n_features,)
        What they are divided by then.
    static_mean_ : ndarray of shape (n_static_features,)
        What is subtracted from the static features.
    static_scale_ : ndarray of shape (n_static_features,)
        What they are divided by then.
    target_mean_ : ndarray of shape (`n_outputs_`,)
        What is subtracted from the targets.
    target_scale_ : ndarray of shape (`n_outputs_`,)
        What they are divided by then.
    series_ : list
        Names of the series in `fit`, in the order in which they appear. This and the
        next only with `group_column`, and a `standardize` of True.
    series_mean_ : ndarray of shape (n_series, n_features)
        What is subtracted from the features of each series, before all are standardised
        together. Features that are constant within every series stay as they are.
    series_scale_ : ndarray of shape (n_series, n_features)
        What they are divided by then.
    series_static_mean_ : ndarray of shape (n_series, n_static_features)
        `series_mean_` of the static features.
    series_static_scale_ : ndarray of shape (n_series, n_static_features)
        `series_scale_` of the static features.
    series_target_mean_ : ndarray of shape (n_series, n_outputs)
        `series_mean_` of the targets: that of the feature that holds a target's own
        past, where that is known.
    series_target_scale_ : ndarray of shape (n_series, n_outputs)
        `series_scale_` of the targets, likewise.
    kernels_ : list of ndarray of shape (n_inputs, 3 * n_hidden)
        Input weights of each layer, gates in the order update, reset, candidate. With
        `bidirectional` two for each layer here and below: of the cell that reads
        forward, and of the other.
    recurrent_kernels_ : list of ndarray of shape (n_hidden, 3 * n_hidden)
        Recurrent weights of each layer.
    biases_ : list of ndarray of shape (2, 3 * n_hidden) or (3 * n_hidden,)
        Biases of each layer: input and recurrent bias, or one with
        ``reset_after=False``.
    coefs_ : list of ndarray of shape (n_hidden, n_outputs)
        Weights of the head, one array; with `bidirectional` (2 * n_hidden, n_outputs),
        the forward cell's first. Those of static features stand behind them.
    intercepts_ : list of ndarray of shape (n_outputs,)
        Intercepts of the head, one array.

    See Also
    --------
    WindowTransformer : Makes the windows of `window` for other regressors.
    sklearn.neural_network.MLPRegressor : A network without memory.

    Notes
    -----
    With ``reset_after=True``, for the input x and the last state h::

        update    = sigmoid(x W_z + h U_z + b_z + b'_z)
        reset     = sigmoid(x W_r + h U_r + b_r + b'_r)
        candidate = tanh(x W_c + b_c + reset * (h U_c + b'_c))
        new h     = update * h + (1 - update) * candidate

    The published weights are views of the parameters: what is written into them in
    place is what `predict` uses and what `partial_fit` trains on.

    A missing step, all of whose features are NaN, is skipped; only the first steps of a
    sequence may be missing. Weights start as in Keras: Glorot uniform, orthogonal for
    the recurrent ones, zero biases; those of static features at zero.

    References
    ----------
    .. [1] Cho, K. et al. (2014). Learning phrase representations using RNN
       encoder-decoder for statistical machine translation. EMNLP.
       https://doi.org/10.3115/v1/D14-1179. Equations 5 to 8.
    .. [2] Chung, J., Gulcehre, C., Cho, K. and Bengio, Y. (2014). Empirical evaluation
       of gated recurrent neural networks on sequence modeling.
       https://arxiv.org/abs/1412.3555
    .. [3] Zeng, A., Chen, M., Zhang, L. and Xu, Q. (2023). Are transformers effective
       for time series forecasting? AAAI. https://arxiv.org/abs/2205.13504. NLinear.
    .. [4] Huber, P. J. (1964). Robust estimation of a location parameter. Annals of
       Mathematical Statistics 35, 73-101. https://doi.org/10.1214/aoms/1177703732
    .. [5] Loshchilov, I. and Hutter, F. (2017). SGDR: stochastic gradient descent with
       warm restarts. ICLR. https://arxiv.org/abs/1608.03983
    .. [6] Gal, Y. and Ghahramani, Z. (2016). A theoretically grounded application of
       dropout in recurrent neural networks. NeurIPS. https://arxiv.org/abs/1512.05287

    Examples
    --------
    Predict the next value of a sine wave from the last ten:

    >>> import numpy as np
    >>> from skgru import GRURegressor
    >>> wave = np.sin(np.arange(300) * 0.2)
    >>> X, y = wave[:-1, np.newaxis], wave[1:]
    >>> model = GRURegressor(16, window=10, random_state=0, n_iter_no_change=None)
    >>> model.fit(X[:250], y[:250]).score(X[250:], y[250:]) > 0.9
    True
    """

    _parameter_constraints = {
        "hidden_layer_sizes": [
            Interval(Integral, 1, None, closed="left"),
            "array-like",
        ],
        "window": [Interval(Integral, 1, None, closed="left"), None],
        "remember": ["boolean"],
        "group_column": [Integral, str, None],
        "n_timesteps": [Interval(Integral, 1, None, closed="left"), None],
        "time_order": [StrOptions({"auto", "oldest_first", "newest_first"})],
        "static_features": ["array-like", Integral, str, None],
        "loss": [StrOptions(set(LOSSES))],
        "quantile": [Interval(Real, 0, 1, closed="neither"), "array-like", None],
        "huber_delta": [Interval(Real, 0, None, closed="neither"), "array-like", None],
        "anchor": [Integral, str, None],
        "standardize": ["boolean", StrOptions({"pooled"})],
        "reset_after": ["boolean"],
        "bidirectional": ["boolean"],
        "solver": [StrOptions(set(SOLVERS)), Adam, SGD],
        "learning_rate": [StrOptions(set(SCHEDULES))],
        "learning_rate_init": [
            StrOptions({"auto"}),
            Interval(Real, 0, None, closed="neither"),
        ],
        "batch_size": [
            StrOptions({"auto"}),
            Interval(Integral, 1, None, closed="left"),
        ],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "shuffle": ["boolean"],
        "alpha": [Interval(Real, 0, None, closed="left")],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "recurrent_dropout": [Interval(Real, 0, 1, closed="left")],
        "clip_norm": [Interval(Real, 0, None, closed="neither"), None],
        "early_stopping": ["boolean", StrOptions({"auto"})],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left"), None],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "verbose": ["verbose"],
        "random_state": ["random_state"],
        "n_jobs": [Integral, None],
    }

    def __init__(
        self,
        hidden_layer_sizes=(50,),
        *,
        window=None,
        remember=False,
        group_column=None,
        n_timesteps=None,
        time_order="auto",
        static_features=None,
        loss="squared_error",
        quantile=None,
        huber_delta=None,
        anchor=None,
        standardize=True,
        reset_after=True,
        bidirectional=False,
        solver="adam",
        learning_rate="cosine",
        learning_rate_init="auto",
        batch_size="auto",
        max_iter=100,
        shuffle=True,
        clip_norm=1.0,
        alpha=0.0,
        dropout=0.0,
        recurrent_dropout=0.0,
        early_stopping="auto",
        validation_fraction=None,
        n_iter_no_change=50,
        tol=1e-6,
        warm_start=False,
        verbose=False,
        random_state=None,
        n_jobs=None,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.window = window
        self.remember = remember
        self.group_column = group_column
        self.n_timesteps = n_timesteps
        self.time_order = time_order
        self.static_features = static_features
        self.loss = loss
        self.quantile = quantile
        self.huber_delta = huber_delta
        self.anchor = anchor
        self.standardize = standardize
        self.reset_after = reset_after
        self.bidirectional = bidirectional
        self.solver = solver
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.clip_norm = clip_norm
        self.alpha = alpha
        self.dropout = dropout
        self.recurrent_dropout = recurrent_dropout
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.verbose = verbose
        self.random_state = random_state
        self.n_jobs = n_jobs

    # The solver is validated by its own constraints, also within ours.
    @_fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X,
        y,
        sample_weight=None,
        *,
        X_val=None,
        y_val=None,
        sample_weight_val=None,
    ):
        """Train on sequences and their targets.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_columns)
            Sequences, or what `window` or `n_timesteps` make sequences of. Computed in
            float32 if it is, else in float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows as targets, not negative. Rows of weight 0 take no part
            but as inputs of later rows' windows.
        X_val, y_val : array-like, default=None
            Rows to watch, and with `early_stopping` to stop by, instead of a fraction
            of X. Under `window` they are a series of their own.
        sample_weight_val : array-like, default=None
            Weights of these rows.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If parameters contradict each other, or X, y or weights cannot be read: the
            message says what was found, what is wanted and how to mend it.

        Warns
        -----
        ConvergenceWarning
            If training was still improving after `max_iter` epochs, or its loss stopped
            being finite.
        UserWarning
            If the columns of a DataFrame are read as time, or there are too few rows to
            hold any out.
        """
        fresh = not (self.warm_start and self.__sklearn_is_fitted__())
        validation = (X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation, fresh=fresh)

    @available_if(_is_stochastic)
    @_fit_context(prefer_skip_nested_validation=False)
    def partial_fit(self, X, y, sample_weight=None):
        """Train for one epoch on some rows, from where the last call ended.

        The statistics of `standardize` are those of the first call. The current
        `learning_rate_init` counts, the same for the whole epoch, or with
        ``learning_rate="invscaling"`` divided by the root of the number of epochs;
        `max_iter`, `early_stopping` and `validation_fraction` do not.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_columns)
            As in `fit`. Under `window` the rows of each call are a series of their own,
            or with ``remember=True`` follow on those of the call before.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        self
        """
        fresh = not self.__sklearn_is_fitted__()
        return self._fit(
            X, y, sample_weight, (None, None, None), fresh=fresh, one_epoch=True
        )

    def predict(self, X):
        """Predict the target of each row.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_timesteps, n_features) or \
                (n_samples, n_columns)
            As in `fit`. A 3-D X may have another number of steps.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            In the units, and of the shape, of the y of `fit`; in float32, to about
            seven digits, if the X of `fit` was. With a list of quantiles one more axis,
            the last, holds them in the order of ``quantiles_``: (n_samples,
            n_quantiles), or (n_samples, n_outputs, n_quantiles) where y has two
            dimensions. They do not cross.
        """
        check_is_fitted(self)
        return self._in_shape_of_y(self._predict(X))

    def score(self, X, y, sample_weight=None):
        """How much better the predictions are than the best constant.

        Parameters
        ----------
        X : array-like
            As in `predict`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        float
            R², or with ``loss="quantile"`` D² of the pinball loss, the mean over the
            quantiles (:func:`sklearn.metrics.d2_pinball_score`). 1 at best, 0 for the
            best constant.
        """
        if not hasattr(self, "quantiles_"):
            return super().score(X, y, sample_weight)
        return self._score(np.asarray(y), self._predict(X), sample_weight)
