"""The display of gates and states of a layer's units over one sequence."""

from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from skgru._checks import shortened
from skgru.inspection._states import activations as activations_of
from skgru.plotting._common import (
    draw_line,
    legend_above_data,
    line_styles,
    make_panels,
)
from skgru.plotting._sequence import (
    MOST_LINES,
    check_names,
    check_values,
    draw_bar,
    draw_inputs,
    draw_map,
    inputs_of,
    label_rows,
    label_steps,
    names_of_features,
    read_sample,
    steps_of,
)

# Gates are between 0 and 1, candidates and states between -1 and 1. All else that a
# cell computes, such as a memory, may take any value.
_GATES = ("update", "reset", "input", "forget", "output")
_BOUNDED = ("candidate", "state")
# The gates of which 1 means that a unit keeps what it holds.
_KEEPING = ("update", "forget")


class _Part(NamedTuple):
    """What is drawn in one panel.

    Attributes
    ----------
    label : str
    values : ndarray of shape (n_timesteps, n_units)
        Of the units that are drawn, the topmost first.
    limits : (float, float)
        Limits of the colours, or of the y axis.
    cmap : str
        A colour map that colour-blind people can read.
    scale : tuple of str
        Names of all parts that have the same limits, and share a colour bar.
    """

    label: str
    values: np.ndarray
    limits: tuple
    cmap: str
    scale: tuple


class _Bar(NamedTuple):
    """A colour bar.

    Attributes
    ----------
    label : str
    part : int
        Number of a part whose colours it explains.
    rows : slice
        The parts that it stands beside.
    """

    label: str
    part: int
    rows: slice


class GateActivationDisplay:
    """Gates, candidates and states of a layer's units over one sequence.

    There is a panel for each array that the cell computes. Make the display with
    :meth:`from_estimator`; the constructor takes the values of one sequence, of those
    that :func:`skgru.inspection.gate_activations` returns.

    Parameters
    ----------
    activations : GateActivations, LSTMActivations, RNNActivations or dict
        Arrays of shape (n_timesteps, n_units), of one sequence: the oldest step is
        first, and missing steps are NaN. A dict has the same names as these named
        tuples. Other names may be there as well; their values may be any.
    inputs : array-like of shape (n_timesteps, n_features), default=None
        What the network reads, in the units of X, drawn in a panel at the top. None:
        there is no such panel.
    feature_names : list of str of length n_features, default=None
        Names of the inputs. None: they are numbered.

    Attributes
    ----------
    units_ : ndarray of int
        Which units are drawn, the topmost first.
    images_ : list of matplotlib AxesImage
        The heat map of each array, in the order of `activations`; empty with
        ``kind="lines"``.
    lines_ : list of list of matplotlib Line2D
        For each array the line of each unit; empty with ``kind="heatmap"``.
    input_lines_ : list of matplotlib Line2D
        The inputs; empty if there are none.
    colorbars_ : list of matplotlib Colorbar
        From the top: one of all gates, one of candidate and state, and one of the
        memory, as far as these are there; empty with ``kind="lines"``.
    axes_ : ndarray of matplotlib Axes
        The panels: inputs if there are any, and the arrays in the order of
        `activations`.
    bounding_ax_ : matplotlib Axes or None
        The `ax` that was divided into these panels.
    figure_ : matplotlib Figure
        The figure that holds the panels.

    See Also
    --------
    GateActivationDisplay.from_estimator : Read a sequence, and draw gates and states.
    skgru.inspection.gate_activations : The arrays, of all sequences.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru.plotting import GateActivationDisplay
    >>> rising = np.linspace(0, 1, 20).reshape(10, 2)
    >>> display = GateActivationDisplay({"forget": rising, "memory": 5 * rising})
    >>> display.plot()
    <...>
    """

    def __init__(self, activations, *, inputs=None, feature_names=None):
        self.activations = activations
        self.inputs = inputs
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls, estimator, X, *, sample=-1, layer=-1, units=None, kind="heatmap", ax=None
    ):
        """Read a sequence with a fitted model, and draw the gates and states.

        Parameters
        ----------
        estimator : GRURegressor, GRUClassifier, or another recurrent one, or Pipeline
            A fitted model, or a fitted pipeline or search that ends in one; the steps
            before it transform X.
        X : array-like
            What `predict` takes.
        sample : int, default=-1
            Which row of X, or which sequence of a 3-D X, is drawn, together with the
            steps that are read before it.
        layer : int, default=-1
            Which layer, counted from 0; -1 is the last.
        units : list of int, default=None
            As in :meth:`plot`.
        kind : {"heatmap", "lines"}, default="heatmap"
            As in :meth:`plot`.
        ax : matplotlib Axes or array-like of Axes, default=None
            As in :meth:`plot`.

        Returns
        -------
        GateActivationDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `estimator` or `ax` is something else.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        ValueError
            If there is no such sample, layer or unit, or X cannot be read.

        See Also
        --------
        GateActivationDisplay.plot : Draw a display that was made before.

        Examples
        --------
        >>> import numpy as np
        >>> from skgru import LSTMRegressor
        >>> from skgru.plotting import GateActivationDisplay
        >>> wave = np.sin(np.arange(200) * 0.2)
        >>> X, y = wave[:-1, np.newaxis], wave[1:]
        >>> model = LSTMRegressor(8, window=10, random_state=0, n_iter_no_change=None)
        >>> model = model.fit(X, y)
        >>> display = GateActivationDisplay.from_estimator(model, X)
        """
        seen = read_sample(estimator, X, sample, cls.__name__)
        of_samples = activations_of(seen, layer)
        return cls(
            of_samples._make(part[0] for part in of_samples),
            inputs=inputs_of(seen),
            feature_names=names_of_features(seen),
        ).plot(ax, units=units, kind=kind)

    def plot(self, ax=None, *, units=None, kind="heatmap"):
        """Draw gates and states.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Where to draw: one Axes for each panel, or one that is divided into panels.
            None: a new figure.
        units : list of int, default=None
            Which units to draw, the topmost first. None: all units. In heat maps these
            are then sorted by the mean of the gate that keeps what they hold, a GRU's
            update gate or an LSTM's forget gate: the units at the top have the highest,
            and remember the longest. Without such a gate, as in a plain RNN, they stay
            in their order.
        kind : {"heatmap", "lines"}, default="heatmap"
            Whether each unit is drawn as a row of a heat map, or as a line. Lines are
            for six units at most.

        Returns
        -------
        GateActivationDisplay
            The display.

        Raises
        ------
        TypeError
            If `ax` or `activations` is something else.
        ValueError
            If the number of axes is wrong, there is no such unit, there are too many
            for lines, or the arrays do not fit each other.
        """
        values, inputs = self._checked_values()
        self.units_ = _choose_units(units, values, kind)
        is_sorted = units is None and kind == "heatmap"
        keeping = _keeping_gate(values) if is_sorted else None
        if keeping is not None:
            self.units_ = _highest_first(values[keeping])
        parts = [_part(name, array[:, self.units_]) for name, array in values.items()]
        bars = _bars(parts) if kind == "heatmap" else []
        panels = self._make_panels(ax, len(parts), inputs is not None, bars)
        self.input_lines_, self.images_, self.colorbars_ = [], [], []
        self.lines_ = []
        if inputs is not None:
            names = check_names(self.feature_names, inputs.shape[1])
            self.input_lines_ = draw_inputs(self.axes_[0], inputs, names)
        axes = self.axes_[-len(parts) :]
        if kind == "heatmap":
            self.images_ = _draw_maps(axes, parts)
            self.colorbars_ = [
                draw_bar(panels, i, self.images_[bar.part], bar.label)
                for i, bar in enumerate(bars)
            ]
        else:
            self.lines_ = _draw_lines(axes, parts, self.units_)
        note = f"\nunits: the highest mean {keeping} gate at the top" if keeping else ""
        label_steps(self.axes_, len(parts[0].values), note)
        if kind == "heatmap":
            label_rows(axes, self.units_)
        if inputs is not None:
            legend_above_data(self.axes_[0])
        return self

    def _checked_values(self):
        """The arrays by their names, and the inputs, or None."""
        values, shape = {}, None
        for name, array in _by_name(self.activations).items():
            values[name] = check_values(array, name, shape)
            shape = values[name].shape
        if self.inputs is None:
            return values, None
        n_timesteps = len(next(iter(values.values())))
        return values, check_values(self.inputs, "inputs", (n_timesteps, None))

    def _make_panels(self, ax, n_parts, has_inputs, bars):
        """Make the panels, with room for colour bars."""
        n_panels = n_parts + has_inputs
        panels = make_panels(
            ax,
            [1] * n_panels,
            figsize=(7, 0.6 + 1.5 * n_panels),
            bars=[
                slice(bar.rows.start + has_inputs, bar.rows.stop + has_inputs)
                for bar in bars
            ],
        )
        self.figure_, self.axes_, self.bounding_ax_, _ = panels
        return panels


def _by_name(activations):
    """The arrays of a named tuple or a dict, by their names."""
    if hasattr(activations, "_asdict"):
        activations = activations._asdict()
    if not isinstance(activations, Mapping):
        raise TypeError(
            f"activations is a {type(activations).__name__}, but arrays with names are "
            "wanted: pass a dict, or a named tuple as gate_activations returns it, "
            "with the values of one sample."
        )
    if not activations:
        raise ValueError("activations is empty. Pass one array at least.")
    return activations


def _part(name, values):
    """What is drawn of an array in its panel."""
    if name in _GATES:
        return _Part(f"{name} gate", values, (0, 1), "viridis", _GATES)
    if name in _BOUNDED:
        return _Part(name, values, (-1, 1), "RdBu_r", _BOUNDED)
    largest = np.nanmax(np.abs(values), initial=0.0) or 1.0
    return _Part(name, values, (-largest, largest), "RdBu_r", (name,))


def _bars(parts):
    """A colour bar for each scale.

    Each stands beside all parts since the last bar, down to the last of its own.

    Returns
    -------
    list of _Bar
    """
    last = {part.scale: i for i, part in enumerate(parts)}
    scales = sorted(last, key=last.__getitem__)
    rows = pairwise([0, *(last[scale] + 1 for scale in scales)])
    return [
        _Bar(_label_of_bar(scale, parts), last[scale], slice(*ends))
        for scale, ends in zip(scales, rows, strict=True)
    ]


def _label_of_bar(scale, parts):
    """What is written beside the colour bar of a scale."""
    if scale == _GATES:
        return "gates"
    # One line for each name: the bar may be no higher than one panel.
    return ",\n".join(part.label for part in parts if part.scale == scale)


def _draw_maps(axes, parts):
    """Draw a heat map of each part.

    Returns
    -------
    list of AxesImage
    """
    images = []
    for ax, part in zip(axes, parts, strict=True):
        images.append(draw_map(ax, part.values, limits=part.limits, cmap=part.cmap))
        ax.set_ylabel(f"{part.label}\nunit")
    return images


def _draw_lines(axes, parts, units):
    """Draw a line for each unit of each part.

    Returns
    -------
    list of list of Line2D
    """
    lines = []
    for ax, part in zip(axes, parts, strict=True):
        steps = steps_of(part.values)
        columns = zip(part.values.T, units, line_styles(ax), strict=False)
        lines.append(
            [
                draw_line(ax, steps, values, label=f"unit {unit}", **style)
                for values, unit, style in columns
            ]
        )
        low, high = part.limits
        margin = 0.05 * (high - low)
        ax.set_ylim(low - margin, high + margin, auto=None)
        ax.set_ylabel(part.label)
    legend_above_data(axes[0])
    # Values that are compared have the same height, also beside the legend.
    for ax, part in zip(axes, parts, strict=True):
        if part.scale == parts[0].scale:
            ax.set_ylim(axes[0].get_ylim())
    return lines


def _keeping_gate(values):
    """Name of the gate that keeps what a unit holds, or None."""
    return next((name for name in _KEEPING if name in values), None)


def _highest_first(gate):
    """Units by the mean of a gate, over the steps that are not missing."""
    is_there = np.isfinite(gate).all(axis=1)
    return np.argsort(-gate[is_there].mean(axis=0), kind="stable")


def _choose_units(units, values, kind):
    """Which units to draw, in the order asked for."""
    n_units = next(iter(values.values())).shape[1]
    if kind not in ("heatmap", "lines"):
        raise ValueError(f"kind={shortened(kind)}, but 'heatmap' or 'lines' is wanted.")
    if units is None:
        chosen = np.arange(n_units)
    else:
        chosen = np.atleast_1d(units)
        are_units = chosen.size and chosen.dtype.kind in "iu" and chosen.ndim == 1
        if not are_units or chosen.min() < 0 or chosen.max() >= n_units:
            raise ValueError(
                f"units={shortened(units)}, but the layer has {n_units} unit(s). Pass "
                f"a list of numbers from 0 to {n_units - 1}, or None for all."
            )
    if kind == "lines" and len(chosen) > MOST_LINES:
        raise ValueError(
            f"kind='lines' tells at most {MOST_LINES} units apart, but {len(chosen)} "
            "are to be drawn. Pass fewer as units=, or kind='heatmap'."
        )
    return chosen
