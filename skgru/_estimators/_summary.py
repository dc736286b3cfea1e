"""The table of layers, output shapes and parameter counts of a network."""

from typing import NamedTuple


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
    """Lines of the table; prints as a table.

    Attributes
    ----------
    n_parameters : int
        Sum over all layers.
    """

    @property
    def n_parameters(self):
        """Number of parameters of the whole network."""
        return sum(layer.n_parameters for layer in self)

    def __repr__(self):
        header = ("Layer", "Output shape", "Parameters")
        rows = [
            (layer.name, str(layer.output_shape), f"{layer.n_parameters:,}")
            for layer in self
        ]
        total = ("Total", "", f"{self.n_parameters:,}")
        widths = [
            max(map(len, column)) for column in zip(header, *rows, total, strict=True)
        ]
        rule = "-" * (sum(widths) + 4)

        def line(cells):
            name, shape, count = cells
            return f"{name:<{widths[0]}}  {shape:<{widths[1]}}  {count:>{widths[2]}}"

        lines = [line(header), rule, *map(line, rows), rule, line(total)]
        return "\n".join(lines)

    __str__ = __repr__


def summarize(cell, layout, n_timesteps):
    """Summarise a stack of cells and its dense head."""
    n_cells = layout.direction.n_directions
    kind = "GRU" if n_cells == 1 else "bidirectional GRU"
    layers = []
    for number, layer in enumerate(layout.layers[::n_cells], start=1):
        n_inputs, n_hidden = int(layer["n_inputs"]), int(layer["n_hidden"])
        is_last = number * n_cells == len(layout.layers)
        shape = (None, *(() if is_last else (n_timesteps,)), n_cells * n_hidden)
        count = (
            n_cells * (n_inputs + n_hidden + cell.n_biases) * cell.n_gates * n_hidden
        )
        layers.append(LayerSummary(f"gru_{number} ({kind})", shape, count))
    count = (layout.n_hidden + layout.n_static + 1) * layout.n_outputs
    layers.append(LayerSummary("head (Dense)", (None, layout.n_outputs), count))
    return ModelSummary(layers)
