"""The display of gates and states of a layer's units over one sequence."""

import numpy as np

from skgru.inspection._states import activations
from skgru.plotting._common import (
    as_last_step_sees,
    draw_line,
    fitted_recurrent,
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
    label_steps,
    names_of_features,
    read_sample,
    steps_of,
)

# What is drawn in each panel: its label, its limits, and a colour map that colour-blind
# people can read.
_PARTS = {
    "update": ("update gate", (0, 1), "viridis"),
    "reset": ("reset gate", (0, 1), "viridis"),
    "candidate": ("candidate", (-1, 1), "RdBu_r"),
    "state": ("state", (-1, 1), "RdBu_r"),
}


class GateActivationDisplay:
    """Update gate, reset gate, candidate and state of units over one sequence.

    Make it with :meth:`from_estimator`; the constructor takes the values of one
    sequence, of those that :func:`skgru.inspection.gate_activations` returns.

    Parameters
    ----------
    update : array-like of shape (n_timesteps, n_units)
        How much of its old state each unit keeps, from 0 to 1. In this array and the
        next three, the oldest step is first, and missing steps are NaN.
    reset : array-like of shape (n_timesteps, n_units)
        How much of the old states enters the candidate, from 0 to 1.
    candidate : array-like of shape (n_timesteps, n_units)
        The new content that each unit may take up into its state, from -1 to 1.
    state : array-like of shape (n_timesteps, n_units)
        The state of each unit after the step, from -1 to 1.
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
        The heat maps of update gate, reset gate, candidate and state; empty with
        ``kind="lines"``.
    lines_ : list of list of matplotlib Line2D
        For each of the four panels the line of each unit; empty with
        ``kind="heatmap"``.
    input_lines_ : list of matplotlib Line2D
        The inputs; empty if there are none.
    colorbars_ : list of matplotlib Colorbar
        The colour bar of the gates, and the colour bar of candidate and state; empty
        with ``kind="lines"``.
    axes_ : ndarray of matplotlib Axes
        The panels: inputs if there are any, update gate, reset gate, candidate, state.
    bounding_ax_ : matplotlib Axes or None
        The `ax` that was divided into these panels.
    figure_ : matplotlib Figure
        The figure that holds the panels.

    See Also
    --------
    GateActivationDisplay.from_estimator : Read a sequence, and draw gates and states.

    Examples
    --------
    >>> import numpy as np
    >>> from skgru.plotting import GateActivationDisplay
    >>> gates = np.linspace(0, 1, 20).reshape(10, 2)
    >>> display = GateActivationDisplay(
    ...     update=gates, reset=1 - gates, candidate=gates, state=-gates
    ... )
    >>> display.plot()
    <...>
    """

    def __init__(
        self, *, update, reset, candidate, state, inputs=None, feature_names=None
    ):
        self.update = update
        self.reset = reset
        self.candidate = candidate
        self.state = state
        self.inputs = inputs
        self.feature_names = feature_names

    @classmethod
    def from_estimator(
        cls, estimator, X, *, sample=-1, layer=-1, units=None, kind="heatmap", ax=None
    ):
        """Read a sequence with a fitted model, and draw the gates and states.

        Parameters
        ----------
        estimator : GRURegressor or Pipeline
            A fitted model, or a fitted pipeline whose last step is one; the steps
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
        >>> from skgru import GRURegressor
        >>> from skgru.plotting import GateActivationDisplay
        >>> wave = np.sin(np.arange(200) * 0.2)
        >>> X, y = wave[:-1, np.newaxis], wave[1:]
        >>> model = GRURegressor(8, window=10, random_state=0, n_iter_no_change=None)
        >>> model = model.fit(X, y)
        >>> display = GateActivationDisplay.from_estimator(
        ...     model, X
        ... )
        """
        recurrent = fitted_recurrent(estimator, cls.__name__)
        X = as_last_step_sees(estimator, X)
        seen = read_sample(recurrent, X, sample)
        gates = activations(seen, layer)
        return cls(
            **{name: getattr(gates, name)[0] for name in _PARTS},
            inputs=inputs_of(seen),
            feature_names=names_of_features(seen.fitted),
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
            are then sorted by their mean update gate: the units at the top have the
            highest, and keep their state the longest.
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
            If `ax` is something else.
        ValueError
            If the number of axes is wrong, there is no such unit, there are too many
            for lines, or the arrays do not fit each other.
        """
        values, inputs = self._checked_values()
        self.units_ = _choose_units(units, values["update"], kind)
        has_inputs = inputs is not None
        heights = [1] * (len(_PARTS) + has_inputs)
        bars = [slice(has_inputs, has_inputs + 2), slice(has_inputs + 2, None)]
        panels = make_panels(
            ax,
            heights,
            figsize=(7, 1.6 * len(heights)),
            bars=bars if kind == "heatmap" else (),
        )
        self.figure_, self.axes_, self.bounding_ax_, _ = panels
        self.input_lines_, self.images_, self.colorbars_ = [], [], []
        self.lines_ = []
        if has_inputs:
            names = check_names(self.feature_names, inputs.shape[1])
            self.input_lines_ = draw_inputs(self.axes_[0], inputs, names)
        if kind == "heatmap":
            self._draw_maps(panels, values)
        else:
            self._draw_lines(values)
        is_sorted = units is None and kind == "heatmap"
        note = "\nunits: the highest mean update gate at the top" if is_sorted else ""
        label_steps(self.axes_, len(values["update"]), note)
        if has_inputs:
            legend_above_data(self.axes_[0])
        return self

    def _checked_values(self):
        """What each panel shows, and the inputs, as arrays."""
        shape = check_values(self.update, "update").shape
        values = {
            name: check_values(getattr(self, name), name, shape) for name in _PARTS
        }
        if self.inputs is None:
            return values, None
        return values, check_values(self.inputs, "inputs", (shape[0], None))

    def _draw_maps(self, panels, values):
        """Draw heat maps and their colour bars."""
        axes = self.axes_[-len(_PARTS) :]
        for ax, (name, (label, limits, cmap)) in zip(axes, _PARTS.items(), strict=True):
            shown = values[name][:, self.units_]
            image = draw_map(ax, shown, self.units_, limits=limits, cmap=cmap)
            ax.set_ylabel(f"{label}\nunit")
            self.images_.append(image)
        self.colorbars_ = [
            draw_bar(panels, 0, self.images_[0], "gates"),
            draw_bar(panels, 1, self.images_[2], "candidate, state"),
        ]

    def _draw_lines(self, values):
        """Draw a line for each unit."""
        axes = self.axes_[-len(_PARTS) :]
        for ax, (name, (label, (low, high), _)) in zip(
            axes, _PARTS.items(), strict=True
        ):
            steps = steps_of(values[name])
            self.lines_.append(
                [
                    draw_line(
                        ax, steps, values[name][:, unit], label=f"unit {unit}", **style
                    )
                    for unit, style in zip(self.units_, line_styles(ax), strict=False)
                ]
            )
            margin = 0.05 * (high - low)
            ax.set_ylim(low - margin, high + margin, auto=None)
            ax.set_ylabel(label)
        legend_above_data(axes[0])
        axes[1].set_ylim(axes[0].get_ylim())


def _choose_units(units, update, kind):
    """Which units to draw, the topmost first."""
    n_units = update.shape[1]
    if kind not in ("heatmap", "lines"):
        raise ValueError(f"kind={kind!r}, but 'heatmap' or 'lines' is wanted.")
    if units is None:
        is_there = np.isfinite(update).all(axis=1)
        chosen = np.argsort(-update[is_there].mean(axis=0), kind="stable")
        if kind == "lines":
            chosen = np.sort(chosen)
    else:
        chosen = np.atleast_1d(units)
        are_units = chosen.size and chosen.dtype.kind in "iu" and chosen.ndim == 1
        if not are_units or chosen.min() < 0 or chosen.max() >= n_units:
            raise ValueError(
                f"units={units!r}, but the layer has {n_units} unit(s). Pass a list of "
                f"numbers from 0 to {n_units - 1}, or None for all."
            )
    if kind == "lines" and len(chosen) > MOST_LINES:
        raise ValueError(
            f"kind='lines' tells at most {MOST_LINES} units apart, but {len(chosen)} "
            "are to be drawn. Pass fewer as units=, or kind='heatmap'."
        )
    return chosen
