"""Dropout: which inputs and states a mini-batch is trained without.

Each sequence of a mini-batch has its own masks, which are the same at all steps and for
all gates (Gal and Ghahramani 2016): one for the inputs of each layer, and one for the
state of each cell as its recurrent products see it. What is kept is divided by the
probability of being kept. So the means do not change, and predictions, which are made
without masks, can use the weights as they are.

A number in a mask is a hash of the seed of the epoch, the number of the mini-batch, the
row in the mini-batch and the unit, so threads may draw the masks in any order.
"""

from typing import NamedTuple

from skgru._cells._masks import StateMask, Unmasked
from skgru._numerics._intrinsics import cut
from skgru._numerics._jit import dispatched, jit
from skgru._numerics._math import multiply

# Hashes have 32 bits, so that no product below overflows a signed integer of 64 bits:
# the compiler assumes that no product does.
_LOW_BITS = 2**32 - 1


class NoDropout(NamedTuple):
    """Nothing is dropped (the default)."""


class Dropout(NamedTuple):
    """Probabilities to be dropped.

    Attributes
    ----------
    inputs, state : float
        Probability for each input of a layer, and for the state of each unit.
    """

    inputs: float
    state: float


class Masks(NamedTuple):
    """Where masks, and masked arrays, begin in the memory of a workspace.

    Without dropout, the workspace has an `Unmasked` in place of this tuple.

    Attributes
    ----------
    inputs
        Masks of the inputs of all layers, (n_rows, n_inputs) each.
    states
        Masks of the states of all cells, (n_rows, n_hidden) each.
    dropped
        Inputs of a layer times their mask.
    seen, d_seen
        What recurrent products see of the states of all cells, and the derivatives with
        respect to what the products of one cell saw in one step.
    """

    inputs: int
    states: int
    dropped: int
    seen: int
    d_seen: int


@jit
def hashed(key, number):
    """Hash of 32 bits of a key of 32 bits and a number of 31 bits.

    A step of a Weyl sequence that starts from `key`, scrambled by a mixer of small bias
    (Wellons, "Prospecting for hash functions", 16-15-15). From the second factor of the
    mixer 2**32 is subtracted, which changes none of the lowest 32 bits.
    """
    x = (key + 0x9E3779B9 * (number + 1)) & _LOW_BITS
    x = ((x ^ (x >> 16)) * 0x21F0AAAD) & _LOW_BITS
    x = ((x ^ (x >> 15)) * (0xD35A2D97 - 2**32)) & _LOW_BITS
    return x ^ (x >> 15)


@jit(apart=True)
def _draw(rate, key, first_row, first_unit, mask):
    """Fill a mask (n_rows, n_units) with 0 or with 1 / (1 - rate)."""
    kept = mask.dtype.type(1.0 / (1.0 - rate))
    for i in range(mask.shape[0]):
        row_key = hashed(key, first_row + i)
        for j in range(mask.shape[1]):
            uniform = hashed(row_key, first_unit + j) * 2.0**-32
            mask[i, j] = 0 if uniform < rate else kept


@jit
def input_mask(masks, layout, space, index, n_rows):
    """Mask of what a cell reads, the same for all cells of a layer."""
    n_cells = layout.direction.n_directions
    first = index // n_cells * n_cells
    start = masks.inputs
    if first > 0:
        below = layout.layers[first - n_cells]
        start += n_rows * (layout.layers[0]["n_inputs"] + below["n_hidden_before"])
    return cut(space.memory, start, (n_rows, layout.layers[first]["n_inputs"]))


@jit
def state_mask(masks, layout, space, index, n_rows):
    """Mask of a cell's state."""
    layer = layout.layers[index]
    start = masks.states + n_rows * layer["n_hidden_before"]
    return cut(space.memory, start, (n_rows, layer["n_hidden"]))


@dispatched
def draw_masks(dropout, layout, space, seed, batch, first_row, n_rows):
    """Draw the masks of some rows of a mini-batch.

    Parameters
    ----------
    dropout : NoDropout or Dropout
    seed, batch : int
        Seed of the epoch, and number of the mini-batch in the epoch.
    first_row, n_rows : int
        First of the rows in the mini-batch, and how many they are.
    """
    raise TypeError(f"{type(dropout).__name__} is no dropout")


@draw_masks.register(NoDropout)
def _draw_no_masks(dropout, layout, space, seed, batch, first_row, n_rows):
    pass


@draw_masks.register(Dropout)
def _draw_masks(dropout, layout, space, seed, batch, first_row, n_rows):
    key = hashed(seed, batch)
    first_unit = 0
    for index in range(layout.layers.size):
        if index % layout.direction.n_directions == 0:
            mask = input_mask(space.masks, layout, space, index, n_rows)
            _draw(dropout.inputs, key, first_row, first_unit, mask)
            first_unit += mask.shape[1]
        mask = state_mask(space.masks, layout, space, index, n_rows)
        _draw(dropout.state, key, first_row, first_unit, mask)
        first_unit += mask.shape[1]


@dispatched
def mask_inputs(masks, layout, space, index, inputs):
    """Return the inputs of a cell (n_steps, n_rows, n_inputs) times their mask."""
    raise TypeError(f"{type(masks).__name__} are no masks")


@dispatched
def mask_d_inputs(masks, layout, space, index, d_inputs):
    """Turn derivatives of masked inputs into those of the inputs, in place."""
    raise TypeError(f"{type(masks).__name__} are no masks")


@dispatched
def masked_states(masks, layout, space, index, hidden):
    """Return what recurrent products see of the states of a cell, and its mask."""
    raise TypeError(f"{type(masks).__name__} are no masks")


@dispatched
def derivative_of_seen(masks, space, d_state):
    """Memory for the derivative of what recurrent products see of a state."""
    raise TypeError(f"{type(masks).__name__} are no masks")


@mask_inputs.register(Unmasked)
def _mask_no_inputs(masks, layout, space, index, inputs):
    return inputs


@mask_d_inputs.register(Unmasked)
def _mask_no_d_inputs(masks, layout, space, index, d_inputs):
    pass


@masked_states.register(Unmasked)
def _unmasked_states(masks, layout, space, index, hidden):
    return hidden, masks


@derivative_of_seen.register(Unmasked)
def _derivative_of_state(masks, space, d_state):
    return d_state


@jit
def _multiply_steps(mask, source, out):
    """Multiply each step of a step-major array by a mask."""
    factors = cut(mask, 0, (mask.size,))
    for step in range(source.shape[0]):
        start = step * mask.size
        multiply(
            factors, cut(source, start, (mask.size,)), cut(out, start, (mask.size,))
        )


@mask_inputs.register(Masks)
def _mask_inputs(masks, layout, space, index, inputs):
    dropped = cut(space.memory, masks.dropped, inputs.shape)
    mask = input_mask(masks, layout, space, index, inputs.shape[1])
    _multiply_steps(mask, inputs, dropped)
    return dropped


@mask_d_inputs.register(Masks)
def _mask_d_inputs(masks, layout, space, index, d_inputs):
    mask = input_mask(masks, layout, space, index, d_inputs.shape[1])
    _multiply_steps(mask, d_inputs, d_inputs)


@masked_states.register(Masks)
def _masked_states(masks, layout, space, index, hidden):
    n_kept, n_rows, n_hidden = hidden.shape
    start = masks.seen + layout.layers[index]["n_hidden_before"] * n_kept * n_rows
    mask = state_mask(masks, layout, space, index, n_rows)
    return (
        cut(space.memory, start, (n_kept, n_rows, n_hidden)),
        StateMask(cut(mask, 0, (n_rows * n_hidden,))),
    )


@derivative_of_seen.register(Masks)
def _derivative_of_seen(masks, space, d_state):
    return cut(space.memory, masks.d_seen, d_state.shape)
