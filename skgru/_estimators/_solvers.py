"""Values of the parameters `solver` and `learning_rate`: names and instances."""

from numbers import Real

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval

from skgru._checks import as_float
from skgru._estimators._doc_links import DocLinkMixin
from skgru._training._lbfgs import LBFGS
from skgru._training._optimizers import OPTIMIZERS
from skgru._training._optimizers._adam import AdamCoefficients
from skgru._training._optimizers._sgd import SGDCoefficients
from skgru._training._schedules import Adaptive, Constant, Cosine, InverseScaling


class Adam(DocLinkMixin, BaseEstimator):
    """Adam: gradient descent with a step size for each weight.

    Pass an instance as ``GRURegressor(solver=Adam(...))`` to change its coefficients,
    also in a search: ``{"solver__epsilon": [1e-8, 1e-7]}``. The step size is the
    regressor's `learning_rate_init`.

    Parameters
    ----------
    beta_1 : float, default=0.9
        Decay of the mean of the gradient, in [0, 1).
    beta_2 : float, default=0.999
        Decay of the mean of the squared gradient, in [0, 1).
    epsilon : float, default=1e-8
        Added to the root of the mean of the squared gradient, which is not corrected
        for its start at zero, as in scikit-learn and Keras. Greater than 0. Keras's
        default is 1e-7.

    See Also
    --------
    SGD : Gradient descent with momentum.

    References
    ----------
    Kingma, D. P. and Ba, J. (2015). Adam: a method for stochastic optimization.
    https://arxiv.org/abs/1412.6980. The form at the end of section 2.

    Examples
    --------
    >>> from skgru import Adam, GRURegressor
    >>> GRURegressor(solver=Adam(epsilon=1e-7)).get_params()["solver__epsilon"]
    1e-07
    """

    _parameter_constraints = {
        "beta_1": [Interval(Real, 0, 1, closed="left")],
        "beta_2": [Interval(Real, 0, 1, closed="left")],
        "epsilon": [Interval(Real, 0, None, closed="neither")],
    }

    def __init__(self, *, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def _coefficients(self):
        """Checked coefficients in the form the kernels take."""
        self._validate_params()
        return AdamCoefficients(
            float(self.beta_1), float(self.beta_2), float(self.epsilon)
        )


class SGD(DocLinkMixin, BaseEstimator):
    """Stochastic gradient descent with momentum.

    Pass an instance as ``GRURegressor(solver=SGD(...))`` to change its coefficients,
    also in a search: ``{"solver__momentum": [0.0, 0.9]}``. The step size is the
    regressor's `learning_rate_init`.

    Parameters
    ----------
    momentum : float, default=0.9
        Fraction of the last step that is added to the next one, in [0, 1].
    nesterov : bool, default=True
        Whether to use Nesterov's momentum: the gradient is taken as if the step of the
        momentum had already been made.

    See Also
    --------
    Adam : Gradient descent with a step size for each weight.

    References
    ----------
    Sutskever, I., Martens, J., Dahl, G. and Hinton, G. (2013). On the importance of
    initialization and momentum in deep learning. ICML.

    Examples
    --------
    >>> from skgru import SGD, GRURegressor
    >>> GRURegressor(solver=SGD(momentum=0.5)).get_params()["solver__momentum"]
    0.5
    """

    _parameter_constraints = {
        "momentum": [Interval(Real, 0, 1, closed="both")],
        "nesterov": ["boolean"],
    }

    def __init__(self, *, momentum=0.9, nesterov=True):
        self.momentum = momentum
        self.nesterov = nesterov

    def _coefficients(self):
        """Checked coefficients in the form the kernels take."""
        self._validate_params()
        return SGDCoefficients(float(self.momentum), bool(self.nesterov))


SOLVERS = (*OPTIMIZERS, "lbfgs")


SCHEDULES = ("constant", "invscaling", "adaptive", "cosine")


def initial_rate(learning_rate_init, optimizer):
    """The first learning rate, as a number."""
    if learning_rate_init == "auto":
        return optimizer.initial_rate
    return as_float("learning_rate_init", learning_rate_init)


def make_schedule(learning_rate, initial, *, n_before, n_epochs):
    """Make the schedule that the parameters of an estimator describe.

    Parameters
    ----------
    learning_rate : str
    initial : float
    n_before : int
        Number of epochs of earlier calls.
    n_epochs : int or None
        Maximum number of epochs of this call; None for a single epoch, as in
        `partial_fit`, when the number of later calls is unknown.
    """
    if learning_rate == "invscaling":
        return InverseScaling(initial, n_before)
    if learning_rate == "adaptive":
        return Adaptive(initial)
    if learning_rate == "cosine" and n_epochs is not None:
        return Cosine(initial, n_epochs)
    return Constant(initial)


def solver_coefficients(solver):
    """Coefficients of a solver that is given by name or as an instance."""
    if solver == "lbfgs":
        return LBFGS()
    if isinstance(solver, str):
        return OPTIMIZERS[solver]()
    return solver._coefficients()
