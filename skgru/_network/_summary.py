"""The table of layers, output shapes and parameter counts of a network."""

from typing import NamedTuple

import numpy as np

from skgru._tables import html_table, text_lines

_HEADER = ("Layer", "Output shape", "Parameters")
_ALIGNMENT = "<<>"


class LayerSummary(NamedTuple):
    """One line of the table.

    Attributes
    ----------
    name : str
    output_shape : tuple
        None stands for any number of samples.
    n_parameters : int
    """

    name: str
    output_shape: tuple
    n_parameters: int


class ModelSummary(tuple):
    """Lines of the table, as a tuple that is shown as a table, also in a notebook.

    Attributes
    ----------
    n_parameters : int
        Sum over all layers.
    """

    @property
    def n_parameters(self):
        """Number of parameters of the whole network."""
        return sum(layer.n_parameters for layer in self)

    def _rows(self):
        """Table cells of all lines and of the total, as text."""
        rows = [
            (layer.name, str(layer.output_shape), f"{layer.n_parameters:,}")
            for layer in self
        ]
        return rows, ("Total", "", f"{self.n_parameters:,}")

    def __repr__(self):
        rows, total = self._rows()
        header, *lines, last = text_lines([_HEADER, *rows, total], _ALIGNMENT)
        rule = "-" * len(header)
        return "\n".join([header, rule, *lines, rule, last])

    def _repr_html_(self):
        """The table in a notebook."""
        rows, total = self._rows()
        return html_table(_HEADER, rows, _ALIGNMENT, footer=total)

    __str__ = __repr__


def summarize(cell, layout, n_timesteps):
    """Summarise a stack of cells and its dense head."""
    n_cells = layout.direction.n_directions
    kind = cell.label if n_cells == 1 else f"bidirectional {cell.label}"
    layers = []
    for number, layer in enumerate(layout.layers[::n_cells], start=1):
        n_inputs, n_hidden = layer["n_multiplied"], int(layer["n_hidden"])
        n_inputs = int(n_inputs + layer["n_looked_up"])
        is_last = number * n_cells == len(layout.layers)
        hands_on = (n_timesteps,) if layout.averages or not is_last else ()
        shape = (None, *hands_on, n_cells * n_hidden)
        count = (
            n_cells * (n_inputs + n_hidden + cell.n_biases) * cell.n_gates * n_hidden
        )
        layers.append(
            LayerSummary(f"{cell.label.lower()}_{number} ({kind})", shape, count)
        )
    if layout.averages:
        shape = (None, layout.n_hidden)
        layers.append(LayerSummary("pooling (mean of all steps)", shape, 0))
    if layout.embedding_size:
        shape = (None, n_timesteps, layout.embedding_size)
        count = int(layout.first_codes[-1]) * layout.embedding_size
        layers.insert(0, LayerSummary("embeddings (Embedding)", shape, count))
    count = (layout.n_hidden + layout.n_static + 1) * layout.n_outputs
    layers.append(LayerSummary("head (Dense)", (None, layout.n_outputs), count))
    if layout.n_line + layout.n_level:
        count = layout.n_line * int(np.count_nonzero(layout.line >= 0))
        count += int(np.count_nonzero(layout.level >= 0))
        steps = max(layout.n_line, layout.n_level)
        name = f"line (Linear, last {steps} step{'s' if steps > 1 else ''})"
        layers.append(LayerSummary(name, (None, layout.n_outputs), count))
    return ModelSummary(layers)
