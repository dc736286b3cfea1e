"""What the recurrent products of a cell see of its state: all of it, or a masked copy.

With recurrent dropout, the products see each unit's state times a number that is the
same at all steps: 0 hides the state. The state that is carried from step to step is
not masked. Without dropout the mask is empty: then ``seen`` is the memory of the state,
``d_seen`` is the memory of the state's derivative, and nothing is done here.
"""

from skgru._numerics._jit import jit
from skgru._numerics._math import add, fill_zero, multiply


@jit
def see_state(mask, state, seen):
    """Write what the products see of `state` into `seen`, both (n_rows * n_hidden,)."""
    if mask.size > 0:
        multiply(mask, state, seen)


@jit
def begin_d_seen(mask, d_seen):
    """Prepare `d_seen` so that the derivatives of the products can be added to it."""
    if mask.size > 0:
        fill_zero(d_seen)


@jit
def add_d_seen(mask, d_seen, d_state):
    """Add to `d_state` what follows from `d_seen`, by the chain rule."""
    if mask.size > 0:
        multiply(mask, d_seen, d_seen)
        add(d_seen, d_state)
