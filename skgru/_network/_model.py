"""A network together with its weights: all that a prediction needs."""

from dataclasses import dataclass

import numpy as np

from skgru._cells import CELLS
from skgru._checks import check_array_of, shortened
from skgru._network._bidirectional import BothWays
from skgru._network._initializers import initial_parameters
from skgru._network._layers import Network, OneWay
from skgru._network._line import line_weights
from skgru._network._parameters import (
    cell_weights,
    make_layout,
    table_weights,
    views_of_head,
)
from skgru._network._prediction import predict_raw
from skgru._network._summary import summarize
from skgru._numerics._jit import in_python

# More weights than any machine has room for. Far larger numbers would overflow the
# 64-bit integers of the layout.
_MOST_PARAMETERS = 2**40
# The codes of all categories of a step stand as floats among the inputs, and float32
# holds no whole numbers exactly beyond this one.
MOST_CODES = 2**24


@dataclass(frozen=True)
class Architecture:
    """What a network is built of.

    Attributes
    ----------
    cell : str
        Name of the network's kind of cell in `skgru._cells.CELLS`.
    n_features : int
        Features of a step.
    hidden_layer_sizes : tuple of int
        Hidden units of each layer, or of each of its two cells if `bidirectional`.
    n_raw : int
        Number of raw predictions of the dense head.
    bidirectional : bool
        Whether each layer reads both ways.
    n_static : int
        Number of static features, which the head reads beside the state.
    line, level : tuple of int
        The features whose changes, and whose last value, the linear path of each raw
        prediction reads, -1 for none; empty if no prediction reads any.
    n_line : int
        How many changes the linear path reads.
    pooling : {"last", "mean"}
        Whether the head reads the last state, or the mean of all states.
    categories, static_categories : tuple of int
        The numbers of codes of the categories among the features of a step, which are
        the last of these, and of those among the static features.
    embedding_size : int
        How many numbers stand for a category of a step; 0 if rows of the input weights
        of the first layer do.
    """

    cell: str
    n_features: int
    hidden_layer_sizes: tuple[int, ...]
    n_raw: int
    bidirectional: bool
    n_static: int
    line: tuple[int, ...] = ()
    level: tuple[int, ...] = ()
    n_line: int = 0
    pooling: str = "last"
    categories: tuple[int, ...] = ()
    static_categories: tuple[int, ...] = ()
    embedding_size: int = 0

    def check(self):
        """Refuse an architecture that cannot be built.

        Raises
        ------
        ValueError
        """
        sizes = (self.n_features, *self.hidden_layer_sizes, self.n_raw)
        if (
            self.cell not in CELLS
            or self.pooling not in ("last", "mean")
            or len(sizes) < 3
            or min(sizes) < 1
            or min(self.n_static, self.n_line) < 0
            or len(self.line) != (self.n_raw if self.n_line else 0)
            or len(self.level) not in (0, self.n_raw)
            or not all(
                -1 <= feature < self.n_features - len(self.categories)
                for feature in self.line + self.level
            )
            or not self._categories_fit()
        ):
            raise ValueError(f"{self} cannot be built. Fit or load the model anew.")
        n_parameters = self._count_parameters()
        if n_parameters > _MOST_PARAMETERS:
            raise ValueError(
                f"hidden_layer_sizes={shortened(self.hidden_layer_sizes)} make a "
                f"network of {n_parameters:.2g} weights, which no memory can hold. "
                "Pass fewer units."
            )

    def _categories_fit(self):
        """Whether there are as many features, and no more codes than floats tell apart.

        Each feature has a code for what is missing, and one for each category.
        """
        codes = self.categories + self.static_categories
        return (
            len(self.categories) <= self.n_features
            and len(self.static_categories) <= self.n_static
            and min(codes, default=1) >= 1
            and max(sum(self.categories), *self.static_categories, 0) <= MOST_CODES
            and self.embedding_size >= 0
            and (not self.embedding_size or len(self.categories) > 0)
        )

    def _count_parameters(self):
        """Approximate number of weights, in Python's unbounded integers."""
        n_codes, size = sum(self.categories), self.embedding_size
        n_inputs = self.n_features + (n_codes if size == 0 else 0)
        if size:
            n_inputs += len(self.categories) * (size - 1)
        total = n_codes * size
        for n_hidden in self.hidden_layer_sizes:
            total += CELLS[self.cell].n_gates * n_hidden * (n_inputs + n_hidden)
            n_inputs = n_hidden
        return total + (n_inputs + self.n_line) * self.n_raw

    @property
    def layout(self):
        """Layout: where each weight stands in the vector of all weights."""
        return make_layout(
            CELLS[self.cell],
            self.n_features,
            self.hidden_layer_sizes,
            self.n_raw,
            BothWays() if self.bidirectional else OneWay(),
            self.n_static,
            self.line,
            self.level,
            self.n_line,
            self.categories,
            self.static_categories,
            self.embedding_size,
            averages=self.pooling == "mean",
        )


@dataclass(frozen=True)
class Model:
    """An architecture and its weights.

    Attributes
    ----------
    architecture : Architecture
    parameters : ndarray of shape (n_parameters,)
        All weights in one vector. The published arrays are views of it.
    """

    architecture: Architecture
    parameters: np.ndarray

    @classmethod
    def untrained(
        cls,
        architecture,
        intercepts,
        random_state,
        dtype,
        n_timesteps,
        gate_init="spread",
    ):
        """Make a model before its training.

        Parameters
        ----------
        architecture : Architecture
        intercepts : ndarray of shape (n_raw,)
            What the head predicts before it has learned anything.
        random_state : numpy.random.RandomState
            Draws the weights.
        dtype : str
        n_timesteps : int
            Length of the sequences that will be read.
        gate_init : {"spread", "keras"}, default="spread"
            How the gate starts that keeps the state, if the cell has one.
        """
        architecture.check()
        cell, layout = CELLS[architecture.cell], architecture.layout
        return cls(
            architecture,
            initial_parameters(
                cell,
                layout,
                random_state,
                intercepts,
                np.dtype(dtype),
                n_timesteps,
                gate_init,
            ),
        )

    def check(self):
        """Refuse weights that do not fit the architecture.

        Raises
        ------
        ValueError
        """
        self.architecture.check()
        dtype = self.parameters.dtype.name
        dtype = dtype if dtype in ("float32", "float64") else "float64"
        shape = (self.architecture.layout.n_parameters,)
        check_array_of("The vector of weights", self.parameters, shape, dtype)

    def network(self, features):
        """The network as kernels take it, without the weights.

        Parameters
        ----------
        features : FeatureScaling
            How features are standardised as they are read.
        """
        architecture = self.architecture
        return Network(CELLS[architecture.cell], architecture.layout, features)

    def predict(self, sequences, features, rows, n_threads=1):
        """Raw predictions for some sequences, (len(rows), n_raw)."""
        network = self.network(features)
        return predict_raw(network, self.parameters, sequences, rows, n_threads)

    def cell_weights(self):
        """Views of the weights of each cell: a list of `CellWeights`."""
        cell = CELLS[self.architecture.cell]
        return [
            in_python(cell_weights)(cell, layer, self.parameters)
            for layer in self.architecture.layout.layers
        ]

    def head(self):
        """Views of the head's coefficients and intercept."""
        return views_of_head(self.architecture.layout, self.parameters)

    def embeddings(self):
        """Views of the embeddings: a list of an array for each category of a step."""
        layout = self.architecture.layout
        tables = in_python(table_weights)(layout, self.parameters)
        if not layout.embedding_size:
            return []
        return np.split(tables, layout.first_codes[1:-1])

    def line(self):
        """View of the weights of the linear path, (n_line + n_level, n_raw)."""
        return in_python(line_weights)(self.architecture.layout, self.parameters)

    def summary(self, n_timesteps):
        """Table of layers, output shapes and parameter counts."""
        cell = CELLS[self.architecture.cell]
        return summarize(cell, self.architecture.layout, n_timesteps)

    def copy(self):
        """Copy of the model, with weights in an array of their own."""
        return Model(self.architecture, np.array(self.parameters, order="C"))
