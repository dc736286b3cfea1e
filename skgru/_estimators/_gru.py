"""GRURegressor, the public estimator."""

from skgru._estimators._documentation import documented
from skgru._estimators._regressor import RecurrentRegressor


# The docstring is assigned at the end of the class, because it is made from the
# signature of __init__.
class GRURegressor(RecurrentRegressor):
    _parameter_constraints = RecurrentRegressor._parameter_constraints | {
        "reset_after": ["boolean"]
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
        anchor="auto",
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

    def _cell(self):
        return "gru" if self.reset_after else "gru_reset_before"

    __doc__ = documented(
        __init__,
        """Gated recurrent units with a dense head, for regression on sequences.

    Layers of gated recurrent units read a sequence step by step; a linear head turns
    the last state of the last layer into the prediction. The network is trained by
    backpropagation through time on mini-batches.

    X may be 3-D, ``(n_samples, n_timesteps, n_features)``, or 2-D. With `window`, the
    rows of a 2-D X are consecutive observations; otherwise each row is one sequence,
    whose steps are in its columns. See the user guide, "How X is read".

    The parameters are grouped by what they are for:

    - how X is read: `window`, `remember`, `group_column`, `n_timesteps`, `time_order`,
      `static_features`;
    - what is predicted: `loss`, `quantile`, `huber_delta`, `anchor`, `standardize`;
    - the network: `hidden_layer_sizes`, `reset_after`, `bidirectional`;
    - its training: `solver`, `learning_rate`, `learning_rate_init`, `batch_size`,
      `max_iter`, `shuffle`, `clip_norm`;
    - against overfitting: `alpha`, `dropout`, `recurrent_dropout`;
    - when training stops: `early_stopping`, `validation_fraction`, `n_iter_no_change`,
      `tol`;
    - continuing a fit, output, repeatable results, threads: `warm_start`, `verbose`,
      `random_state`, `n_jobs`.

    The parameters to choose first are `window` or `n_timesteps`,
    and `hidden_layer_sizes`.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    WindowTransformer : Makes the same windows for other regressors.
    sklearn.neural_network.MLPRegressor : A network without memory.

    Notes
    -----
    With ``reset_after=True``, for the input x and the last state h::

        update    = sigmoid(x W_z + h U_z + b_z + b'_z)
        reset     = sigmoid(x W_r + h U_r + b_r + b'_r)
        candidate = tanh(x W_c + b_c + reset * (h U_c + b'_c))
        new h     = update * h + (1 - update) * candidate

    The attributes that hold weights (`kernels_`, `recurrent_kernels_`, `biases_`,
    `coefs_`, `intercepts_`) are views of the parameters of the network: if you write
    into them in place, `predict` uses the new values, and `partial_fit` trains on from
    them. Each fit makes new parameters, which older views do not show.

    A missing step, all of whose features are NaN, is skipped; only the first steps of a
    sequence may be missing. Weights start as in Keras: Glorot uniform, orthogonal for
    the recurrent weights, and zero for biases. The weights of static features start at
    zero.

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
    .. [7] Lai, G., Chang, W.-C., Yang, Y. and Liu, H. (2018). Modeling long- and
       short-term temporal patterns with deep neural networks. SIGIR.
       https://arxiv.org/abs/1703.07015. Equation 9, the autoregressive component.

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
        """,
    )
