"""What the recurrent products of a cell see of its state: all of it, or a masked copy.

With recurrent dropout a unit's state is hidden from the products, or multiplied, by the
same number at all steps; the state that is carried from step to step is not.
"""

from typing import NamedTuple

import numpy as np

from skgru._numerics._jit import dispatched
from skgru._numerics._math import add, fill_zero, multiply


class Unmasked(NamedTuple):
    """Products see the state itself (the default): there is nothing to do."""


class StateMask(NamedTuple):
    """Products see the state times a mask.

    Attributes
    ----------
    values : ndarray of shape (n_rows * n_hidden,)
    """

    values: np.ndarray


@dispatched
def see_state(mask, state, seen):
    """Write what the products see of a state, both (n_rows * n_hidden,)."""
    raise TypeError(f"{type(mask).__name__} is not a mask")


@dispatched
def begin_d_seen(mask, d_seen):
    """Prepare the derivative of what products see, for them to be added to."""
    raise TypeError(f"{type(mask).__name__} is not a mask")


@dispatched
def add_d_seen(mask, d_seen, d_state):
    """Add to the derivative of a state that of what products saw of it."""
    raise TypeError(f"{type(mask).__name__} is not a mask")


@see_state.register(Unmasked)
def _see_state(mask, state, seen):
    # Both are the same memory, as are those of the derivatives.
    pass


@begin_d_seen.register(Unmasked)
def _begin_d_seen(mask, d_seen):
    pass


@add_d_seen.register(Unmasked)
def _add_d_seen(mask, d_seen, d_state):
    pass


@see_state.register(StateMask)
def _see_state_masked(mask, state, seen):
    multiply(mask.values, state, seen)


@begin_d_seen.register(StateMask)
def _begin_d_seen_masked(mask, d_seen):
    fill_zero(d_seen)


@add_d_seen.register(StateMask)
def _add_d_seen_masked(mask, d_seen, d_state):
    multiply(mask.values, d_seen, d_seen)
    add(d_seen, d_state)
