"""Helpers of the tests: calls of kernels, small problems, and their exact answers.

The functions ``run_…`` are units around kernels that only other kernels call.
"""

import numpy as np
import reference

from skgru._cells import CELLS
from skgru._cells._base import CellWeights, Packs, Scratch, Tape
from skgru._cells._loops import forward, prepare
from skgru._network._bidirectional import BothWays
from skgru._network._dropout import Dropout, NoDropout, draw_masks
from skgru._network._layers import Network, OneWay, prepare_network
from skgru._network._masks import input_mask, state_mask
from skgru._network._parameters import make_layout
from skgru._network._sequences import FeatureScaling, Sequences, contiguous
from skgru._network._workspace import Workspace, _plan_workspace, make_workspace
from skgru._numerics._jit import in_python
from skgru._numerics._math import sigmoid, tanh
from skgru._numerics._products import (
    pack,
    pack_transposed,
    packed_size,
    product,
    product_of_plain,
    two_products,
)
from skgru._numerics._structs import (
    DoubleVector,
    Indices,
    Matrix,
    StridedMatrix,
    Vector,
)
from skgru._numerics._tiles import LANES
from skgru._numerics._units import unit
from skgru._reading._build import without_static
from skgru._training._epoch import Examples, shard_loss_and_gradient
from skgru._training._losses._base import Loss
from skgru._training._losses._squared_error import SquaredError

NAMES = {type(cell): name for name, cell in CELLS.items()}
ONE_WAY, BOTH_WAYS = OneWay(), BothWays()
NO_DROPOUT = NoDropout()
SQUARED_ERROR = SquaredError()


@unit
def run_sigmoid(x: Vector, out: Vector):
    one = x.dtype.type(1)
    for i in range(x.size):
        out[i] = sigmoid(x[i], one)


@unit
def run_tanh(x: Vector, out: Vector):
    one = x.dtype.type(1)
    for i in range(x.size):
        out[i] = tanh(x[i], one)


@unit
def run_product(
    left: StridedMatrix, packed: Vector, initial: StridedMatrix, out: StridedMatrix
):
    product(left, packed, initial, out)


@unit
def run_two_products(
    left: StridedMatrix,
    packed: Vector,
    more_left: StridedMatrix,
    more_packed: Vector,
    initial: StridedMatrix,
    out: StridedMatrix,
):
    two_products(left, packed, more_left, more_packed, initial, out)


@unit
def run_product_of_plain(
    left: StridedMatrix, right: Matrix, initial: StridedMatrix, out: StridedMatrix
):
    product_of_plain(left, right, initial, out)


@unit
def run_shard(
    network: Network,
    loss: Loss,
    parameters: Vector,
    space: Workspace,
    examples: Examples,
    rows: Indices,
    total_weight: float,
    totals: DoubleVector,
    gradient: Vector,
):
    n_timesteps = examples.sequences.n_timesteps
    prepare_network(network, parameters, space, n_timesteps, True)
    shard_loss_and_gradient(
        network, loss, parameters, space, examples, rows, total_weight, totals, gradient
    )


def cut_every(n_steps, monkeypatch):
    """Cut sequences into segments of `n_steps` steps, without the cache of plans."""
    monkeypatch.setattr("skgru._network._workspace.segment_length", lambda *_: n_steps)
    monkeypatch.setattr(
        "skgru._network._workspace._plan_workspace", _plan_workspace.__wrapped__
    )


def packed(matrix, *, transposed=False):
    """Packed form of a matrix or its transpose; the rest of its memory is NaN."""
    shape = matrix.shape[::-1] if transposed else matrix.shape
    size = in_python(packed_size)(*shape, LANES[matrix.dtype])
    out = nans(size, dtype=matrix.dtype)
    (pack_transposed if transposed else pack)(matrix, out)
    return out


def nans(*shape, dtype=np.float64):
    """An array of NaN, to notice if memory is read before it is written."""
    return np.full(shape, np.nan, dtype=dtype)


def make_packs(cell, n_inputs, n_hidden, dtype=np.float64):
    """Packs of one layer, still to be filled."""
    lanes = LANES[np.dtype(dtype)]

    def room(n_inner, n_columns):
        size = in_python(packed_size)(n_inner, n_columns, lanes)
        return nans(cell.n_gates, size, dtype=dtype)

    return Packs(
        kernel=room(n_inputs, n_hidden),
        recurrent_kernel=room(n_hidden, n_hidden),
        kernel_transposed=room(n_hidden, n_inputs),
        recurrent_transposed=room(n_hidden, n_hidden),
        starts=nans(cell.n_planes, n_hidden, dtype=dtype),
        looked_up=nans(cell.n_gates, 0, n_hidden, dtype=dtype),
        n_multiplied=n_inputs,
    )


def make_tape(cell, n_timesteps, initial, dtype=np.float64, mask=None, memory=0):
    """Tape of sequences whose initial states are given, (n_rows, n_hidden).

    So is their memory, if the cell has one. A mask of the same shape is the factor with
    which recurrent products see the states.
    """
    n_rows, n_hidden = initial.shape
    hidden = nans(n_timesteps + 1, n_rows, n_hidden, dtype=dtype)
    hidden[0] = initial
    memories = nans(cell.n_memories, *hidden.shape, dtype=dtype)
    memories[:, 0] = memory
    return Tape(
        planes=nans(n_timesteps, cell.n_planes, n_rows, n_hidden, dtype=dtype),
        hidden=hidden,
        memories=memories,
        seen=hidden if mask is None else np.full_like(hidden, np.nan),
        mask=np.zeros(0, dtype) if mask is None else mask.astype(dtype).ravel(),
    )


def make_scratch(cell, n_steps, d_state, mask=None):
    """Scratch that sums weight gradients over `n_steps` steps at a time."""
    n_rows, n_hidden = d_state.shape
    size = cell.n_derivatives * n_steps * n_rows * n_hidden
    # Kernels read whole vectors, so there must be memory behind the last row.
    memory = nans(size + LANES[d_state.dtype], dtype=d_state.dtype)
    d_state = d_state.copy()
    return Scratch(
        d_planes=memory[:size].reshape(cell.n_derivatives, n_steps, n_rows, n_hidden),
        d_state=d_state,
        d_memories=np.zeros((cell.n_memories, n_rows, n_hidden), d_state.dtype),
        d_seen=d_state if mask is None else np.full_like(d_state, np.nan),
        one=np.ones(1, dtype=d_state.dtype),
    )


def states(
    weights,
    x,
    first_steps,
    initial,
    *,
    cell,
    from_start,
    dtype=float,
    mask=None,
    memory=0,
):
    """Tape and packs of one layer after its forward pass."""
    cell = CELLS[cell]
    packs = make_packs(cell, x.shape[2], initial.shape[1], dtype)
    tape = make_tape(cell, len(x), initial, dtype, mask, memory)
    weights = CellWeights(*(part.astype(dtype) for part in weights))
    prepare(cell, weights, packs, True, True, True)
    forward(cell, packs, x.astype(dtype), first_steps, from_start, tape)
    return tape, packs


def make_network(
    n_features,
    sizes,
    n_outputs,
    *,
    cell,
    direction=ONE_WAY,
    dtype=np.float64,
    n_static=0,
    line=(),
    level=(),
    n_line=0,
    pooling="last",
    **categories,
):
    """Network that does not scale its inputs; what the line reads is relative."""
    cell = CELLS[cell]
    form = direction, n_static, line, level, n_line
    averages = pooling == "mean"
    layout = make_layout(
        cell, n_features, sizes, n_outputs, *form, averages=averages, **categories
    )
    zeros = contiguous(np.zeros(n_features, dtype=dtype))
    ones = contiguous(np.ones(n_features, dtype=dtype))
    scaling = FeatureScaling(
        zeros,
        ones,
        np.unique([j for j in (*line, *level) if j >= 0]).astype(np.int64),
        zeros,
        ones,
    )
    return Network(cell, layout, scaling)


def make_examples(X, y, weights=None, first_steps=None, static=None):
    """Examples from a 3-D X; `first_steps` is the number of missing steps of each."""
    n_samples, n_timesteps, n_features = X.shape
    missing = np.zeros(n_samples, dtype=int) if first_steps is None else first_steps
    if weights is None:
        weights = np.ones(n_samples, dtype=X.dtype)
    sequences = Sequences(
        contiguous(X.reshape(-1, n_features)),
        np.arange(1, n_samples + 1) * n_timesteps,
        (n_timesteps - missing).astype(np.int32),
        n_timesteps,
        without_static(n_samples, X.dtype) if static is None else contiguous(static),
    )
    return Examples(sequences, y, weights, np.arange(n_samples))


def loss_and_gradient_of(
    network, parameters, examples, dropout=NO_DROPOUT, loss=SQUARED_ERROR
):
    """Mean loss and gradient over all rows, as one shard, with the first masks."""
    rows = examples.rows
    space = make_workspace(
        network.cell,
        network.layout,
        examples.sequences.n_timesteps,
        len(rows),
        parameters.dtype,
        training=True,
        drops=isinstance(dropout, Dropout),
    )
    draw_masks(dropout, network.layout, space, 0, 0, 0, len(rows))
    totals = np.full(examples.targets.shape[1], np.nan)
    gradient = np.zeros_like(parameters)
    total_weight = float(examples.weights[rows].sum())
    run_shard(
        network,
        loss,
        parameters,
        space,
        examples,
        rows,
        total_weight,
        totals,
        gradient,
    )
    return totals.mean() / total_weight, gradient


def observed_steps(sequences):
    """Each sequence without its missing steps, in double precision."""
    return [
        sequences.values[stop - n_observed : stop].astype(float)
        for stop, n_observed in zip(sequences.stops, sequences.n_observed, strict=True)
    ]


def exact_loss_and_gradient_of(network, parameters, examples, masks=None):
    """Loss and complex-step gradient by the equations, with given masks of dropout."""
    n_cells = network.layout.direction.n_directions
    observed = observed_steps(examples.sequences)
    sizes = network.layout.layers["n_hidden"][::n_cells]

    def objective(vector):
        return reference.mean_squared_error(
            vector,
            observed,
            examples.targets,
            examples.weights,
            sizes,
            cell=NAMES[type(network.cell)],
            bidirectional=n_cells == 2,
            masks=masks,
            static=examples.sequences.static,
            pooling="mean" if network.layout.averages else "last",
        )

    gradient = reference.complex_step_gradient(objective, parameters)
    return objective(parameters), gradient


def masks_of(network, dropout, n_rows, *, seed=0, batch=0, first_row=0):
    """Masks (n_rows, …) of the inputs of each layer and of the state of each cell."""
    cell, layout = network.cell, network.layout
    space = make_workspace(
        cell, layout, 1, n_rows, np.float64, training=True, drops=True
    )
    draw_masks(dropout, layout, space, seed, batch, first_row, n_rows)

    def copies(view, every):
        return [
            in_python(view)(layout, space, index, n_rows).copy()
            for index in range(0, len(layout.layers), every)
        ]

    n_cells = layout.direction.n_directions
    return copies(input_mask, n_cells), copies(state_mask, 1)
