"""Where the masks of dropout are, and what is left of inputs and states behind them.

``_dropout.py`` draws them.
"""

from typing import NamedTuple

from skgru._numerics._jit import jit
from skgru._numerics._math import multiply
from skgru._numerics._views import cut, flat


class Masks(NamedTuple):
    """Where masks, and masked arrays, begin in the memory of a workspace.

    Without dropout all of them are empty.

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
def input_mask(layout, space, index, n_rows):
    """Mask of what a cell reads, the same for all cells of a layer."""
    n_cells = layout.direction.n_directions
    first = index // n_cells * n_cells
    start = space.masks.inputs
    if first > 0:
        below = layout.layers[first - n_cells]
        start += n_rows * (layout.layers[0]["n_inputs"] + below["n_hidden_before"])
    return cut(space.memory, start, (n_rows, layout.layers[first]["n_inputs"]))


@jit
def state_mask(layout, space, index, n_rows):
    """Mask of a cell's state."""
    layer = layout.layers[index]
    start = space.masks.states + n_rows * layer["n_hidden_before"]
    return cut(space.memory, start, (n_rows, layer["n_hidden"]))


@jit
def _multiply_steps(mask, source, out):
    """Multiply each step of a step-major array by a mask."""
    for step in range(source.shape[0]):
        multiply(flat(mask), flat(source[step]), flat(out[step]))


@jit
def mask_inputs(layout, space, index, inputs):
    """Return the inputs of a cell (n_steps, n_rows, n_inputs) times their mask."""
    if not space.drops:
        return inputs
    dropped = cut(space.memory, space.masks.dropped, inputs.shape)
    _multiply_steps(input_mask(layout, space, index, inputs.shape[1]), inputs, dropped)
    return dropped


@jit
def mask_d_inputs(layout, space, index, d_inputs):
    """Turn derivatives of masked inputs into those of the inputs, in place."""
    if space.drops:
        mask = input_mask(layout, space, index, d_inputs.shape[1])
        _multiply_steps(mask, d_inputs, d_inputs)


@jit
def masked_states(layout, space, index, hidden):
    """Return what recurrent products see of the states of a cell, and its mask."""
    n_kept, n_rows, n_hidden = hidden.shape
    if not space.drops:
        return hidden, cut(space.memory, 0, (0,))
    start = space.masks.seen + layout.layers[index]["n_hidden_before"] * n_kept * n_rows
    return (
        cut(space.memory, start, (n_kept, n_rows, n_hidden)),
        flat(state_mask(layout, space, index, n_rows)),
    )


@jit
def derivative_of_seen(space, d_state):
    """Memory for the derivative of what recurrent products see of a state."""
    if not space.drops:
        return d_state
    return cut(space.memory, space.masks.d_seen, d_state.shape)
