"""The weights of a fitted network as attributes, and its summary."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skgru._cells import CELLS
from skgru._estimators._summary import summarize
from skgru._network._bidirectional import BothWays
from skgru._network._layers import OneWay
from skgru._network._parameters import (
    cell_weights,
    make_layout,
    views_of_head,
)
from skgru._numerics._jit import in_python


class Views(list):
    """List of views of the parameters; what is assigned to an item is written there."""

    def __setitem__(self, index, value):
        self[index][...] = value


class PublishedWeightsMixin:
    """Views of the parameter vector, by the names of its parts.

    Needs ``_parameters``, the vector, and ``_architecture``: reset_after, n_features,
    layer sizes, n_outputs, bidirectional and n_static.
    """

    _parameters: np.ndarray
    _architecture: tuple[bool, int, tuple[int, ...], int, bool, int]
    n_timesteps_: int

    def _cell_and_layout(self):
        """Cell and layout of the fitted network."""
        (
            reset_after,
            n_features,
            sizes,
            n_outputs,
            bidirectional,
            n_static,
        ) = self._architecture
        cell = CELLS["gru" if reset_after else "gru_reset_before"]
        direction = BothWays() if bidirectional else OneWay()
        layout = make_layout(cell, n_features, sizes, n_outputs, direction, n_static)
        return cell, layout

    def _layer_weights(self):
        """Views of each cell's parameters."""
        check_is_fitted(self)
        cell, layout = self._cell_and_layout()
        return [
            in_python(cell_weights)(cell, layer, self._parameters)
            for layer in layout.layers
        ]

    def _head_weights(self):
        """Views of the head's coefficients and intercept."""
        check_is_fitted(self)
        _, layout = self._cell_and_layout()
        return views_of_head(layout, self._parameters)

    @property
    def kernels_(self):
        """Input weights of each cell, (n_inputs, 3 n_hidden)."""
        return Views(weights.kernel for weights in self._layer_weights())

    @property
    def recurrent_kernels_(self):
        """Recurrent weights of each cell, (n_hidden, 3 n_hidden)."""
        return Views(weights.recurrent_kernel for weights in self._layer_weights())

    @property
    def biases_(self):
        """Biases of each cell, (2, 3 n_hidden) or, resetting before, (3 n_hidden,)."""
        return Views(
            weights.bias if len(weights.bias) > 1 else weights.bias[0]
            for weights in self._layer_weights()
        )

    @property
    def coefs_(self):
        """Weights of the dense head, a list of one array (n_hidden, n_outputs)."""
        return Views([self._head_weights()[0]])

    @property
    def intercepts_(self):
        """Intercepts of the dense head, a list of one array (n_outputs,)."""
        return Views([self._head_weights()[1]])

    def summary(self):
        """Table of layers, output shapes and parameter counts.

        Returns
        -------
        ModelSummary
            A tuple of lines (name, output_shape, n_parameters) that prints as a table,
            also in a notebook; its ``n_parameters`` is the total.

        Raises
        ------
        NotFittedError
            Before `fit`, when the number of features is not known.
        """
        check_is_fitted(self)
        cell, layout = self._cell_and_layout()
        return summarize(cell, layout, self.n_timesteps_)
