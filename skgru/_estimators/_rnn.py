"""RNNRegressor and RNNClassifier, the public estimators."""

from skgru._estimators._classifier import RecurrentClassifier
from skgru._estimators._documentation import documented
from skgru._estimators._regressor import RecurrentRegressor


# The docstring is assigned at the end of the class, because it is made from the
# signature of __init__.
class RNNRegressor(RecurrentRegressor):
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
        categorical_features="from_dtype",
        embedding_size=None,
        loss="squared_error",
        quantile=None,
        huber_delta=None,
        anchor="auto",
        standardize=True,
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
        self.categorical_features = categorical_features
        self.embedding_size = embedding_size
        self.loss = loss
        self.quantile = quantile
        self.huber_delta = huber_delta
        self.anchor = anchor
        self.standardize = standardize
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
        return "rnn"

    __doc__ = documented(
        __init__,
        """Plain recurrent units with a dense head, for regression on sequences.

    Layers of tanh units read a sequence step by step; a linear head turns the last
    state of the last layer into the prediction. The network is trained by
    backpropagation through time on mini-batches. All but the cells is as in
    :class:`GRURegressor`.

    {reading}

    The parameters are grouped by what they are for:

    {groups}

    The parameters to choose first are `window` or `n_timesteps`, and
    `hidden_layer_sizes`.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    GRURegressor : Gates let its units keep their states over many steps.
    LSTMRegressor : Likewise, with a memory of its own beside the state.
    WindowTransformer : Makes the same windows for other regressors.
    sklearn.neural_network.MLPRegressor : A network without memory.

    Notes
    -----
    For the input x and the last state h [1]_::

        new h = tanh(x W + h U + b)

    What lies many steps back reaches the state through as many products with U, and
    its derivative vanishes or explodes [2]_: for long memories use the other cells.

    {weights}

    References
    ----------
    .. [1] Elman, J. L. (1990). Finding structure in time. Cognitive Science 14,
       179-211. https://doi.org/10.1207/s15516709cog1402_1
    .. [2] Pascanu, R., Mikolov, T. and Bengio, Y. (2013). On the difficulty of training
       recurrent neural networks. ICML. https://arxiv.org/abs/1211.5063
    {references}

    Examples
    --------
    Predict the next value of a sine wave from the last ten:

    >>> import numpy as np
    >>> from skgru import RNNRegressor
    >>> wave = np.sin(np.arange(300) * 0.2)
    >>> X, y = wave[:-1, np.newaxis], wave[1:]
    >>> model = RNNRegressor(16, window=10, random_state=0, n_iter_no_change=None)
    >>> model.fit(X[:250], y[:250]).score(X[250:], y[250:]) > 0.9
    True
        """,
    )


class RNNClassifier(RecurrentClassifier):
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
        categorical_features="from_dtype",
        embedding_size=None,
        class_weight=None,
        standardize=True,
        bidirectional=False,
        pooling="last",
        solver="adam",
        learning_rate="cosine",
        learning_rate_init="auto",
        batch_size="auto",
        max_iter=None,
        shuffle=True,
        clip_norm=1.0,
        alpha=0.0,
        dropout=0.0,
        recurrent_dropout="auto",
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
        self.categorical_features = categorical_features
        self.embedding_size = embedding_size
        self.class_weight = class_weight
        self.standardize = standardize
        self.bidirectional = bidirectional
        self.pooling = pooling
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
        return "rnn"

    __doc__ = documented(
        __init__,
        """Plain recurrent units with a softmax, for classification of sequences.

    Layers of plain recurrent units read a sequence step by step; a dense head turns the
    last state of the last layer into a decision value for each class, and a softmax
    these into probabilities. All but the cells is as in :class:`GRUClassifier`.

    {reading}

    y holds a label for each row, of any type that can be sorted, or a matrix of several
    labels that are 0 or 1.

    The parameters are grouped by what they are for:

    {groups}

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    GRUClassifier : Gated units, with a longer memory.
    LSTMClassifier : Two states and four gates.
    RNNRegressor : The same cells for numbers; its Notes have the equations.

    Notes
    -----
    {weights}

    References
    ----------
    {references}

    Examples
    --------
    Tell rising from falling sequences:

    >>> import numpy as np
    >>> from skgru import RNNClassifier
    >>> steps = np.random.default_rng(0).standard_normal((200, 12, 1))
    >>> X = steps.cumsum(axis=1)
    >>> y = np.where(X[:, -1, 0] > X[:, 0, 0], "rises", "falls")
    >>> model = RNNClassifier(8, random_state=0).fit(X[:150], y[:150])
    >>> model.score(X[150:], y[150:]) > 0.8
    True
    >>> model.predict_proba(X[150:]).shape
    (50, 2)
        """,
    )
