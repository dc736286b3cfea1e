"""What an optimiser is: the step by which it changes the parameters.

An optimiser is a named tuple of coefficients in a file of its own, whose type selects
the compiled ``step``. The tuple holds no arrays: parameters, gradient, moments and the
learning rate are passed to each step, and when to stop is decided elsewhere.
"""

from skgru._numerics._structs import Matrix, Variant, Vector
from skgru._numerics._units import linked


class Optimizer(Variant):
    """A way to change the parameters.

    Attributes
    ----------
    n_moments : int
        How many vectors are kept from step to step.
    """

    n_moments: int


def states(*, initial_rate):
    """Class decorator that states a fact about an optimiser.

    The fact becomes a class attribute, not a field of the named tuple.

    Parameters
    ----------
    initial_rate : float
        The learning rate that ``learning_rate_init="auto"`` stands for. It trains well
        on most standardised data.
    """

    def state(kind):
        kind.initial_rate = initial_rate
        return kind

    return state


@linked
def step(
    optimizer: Optimizer,
    parameters: Vector,
    gradient: Vector,
    moments: Matrix,
    start: int,
    stop: int,
    n_steps: int,
    learning_rate: float,
):
    """Change a part of the parameters by one step.

    Parameters
    ----------
    optimizer : named tuple
    parameters : ndarray of shape (n_parameters,), in and out
    gradient : ndarray of shape (n_parameters,), in
    moments : ndarray of shape (optimizer.n_moments, n_parameters), in and out
        Zeros before the first step.
    start, stop : int
        Where the part of the parameters begins and ends.
    n_steps : int
        Number of this step, from 1.
    learning_rate : float
    """
    raise TypeError(f"{type(optimizer).__name__} is not an optimiser")
