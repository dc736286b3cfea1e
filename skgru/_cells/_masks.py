"""What the recurrent products of a cell see of its state: all of it, or a masked copy.

With recurrent dropout, the products see each unit's state times a number that is the
same at all steps: 0 hides the state. The state that is carried from step to step is
not masked.
"""

from typing import NamedTuple

import numpy as np

from skgru._numerics._jit import dispatched
from skgru._numerics._math import add, fill_zero, multiply


class Unmasked(NamedTuple):
    """Products see the state itself (the default)."""


class StateMask(NamedTuple):
    """Products see the state times a mask.

    Attributes
    ----------
    values : ndarray of shape (n_rows * n_hidden,)
    """

    values: np.ndarray


@dispatched
def see_state(mask, state, seen):
    """Write what the products see of `state` into `seen`, both (n_rows * n_hidden,)."""
    raise TypeError(f"{type(mask).__name__} is not a mask")


@dispatched
def begin_d_seen(mask, d_seen):
    """Prepare `d_seen` so that the derivatives of the products can be added to it."""
    raise TypeError(f"{type(mask).__name__} is not a mask")


@dispatched
def add_d_seen(mask, d_seen, d_state):
    """Add to `d_state` what follows from `d_seen`, by the chain rule."""
    raise TypeError(f"{type(mask).__name__} is not a mask")


@see_state.register(Unmasked)
def _see_state(mask, state, seen):
    # `seen` is the memory of `state`, and `d_seen` is the memory of `d_state`: there is
    # nothing to do here nor in the two functions below.
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
