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

from skgru._network._categories import fit_mask
from skgru._network._masks import input_mask, state_mask
from skgru._network._parameters import Layout
from skgru._network._workspace import Workspace
from skgru._numerics._jit import jit
from skgru._numerics._structs import Variant
from skgru._numerics._units import linked

# Hashes have 32 bits, so that no product below overflows a signed integer of 64 bits:
# the compiler assumes that no product does.
_LOW_BITS = 2**32 - 1


class Dropping(Variant):
    """Whether, and how often, inputs and states are dropped."""


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


@linked
def draw_masks(
    dropout: Dropping,
    layout: Layout,
    space: Workspace,
    seed: int,
    batch: int,
    first_row: int,
    n_rows: int,
):
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
            mask = input_mask(layout, space, index, n_rows)
            _draw(dropout.inputs, key, first_row, first_unit, mask)
            if index == 0 and layout.first_codes.size > 1:
                fit_mask(layout, mask)
            first_unit += mask.shape[1]
        mask = state_mask(layout, space, index, n_rows)
        _draw(dropout.state, key, first_row, first_unit, mask)
        first_unit += mask.shape[1]
