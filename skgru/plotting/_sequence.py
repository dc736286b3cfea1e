"""What the displays of a single sequence share: its steps, inputs and heat maps."""

from collections.abc import Iterable, Sequence

import numpy as np

from skgru._checks import shortened
from skgru._reading._form import fill_window, names_from_columns
from skgru.inspection._look import look, only
from skgru.plotting._common import as_floats, draw_line, label_x, line_styles

# At most so many lines are drawn: more cannot be told apart.
MOST_LINES = 6


def check_values(values, name, shape=None):
    """Check the values of each step, and convert them to floats, (n_timesteps, n).

    Parameters
    ----------
    values : array-like
    name : str
        What messages call the values.
    shape : (int or None, int or None), default=None
        The shape that is wanted; None stands for any length.
    """
    values = as_floats(values, name)
    if values.ndim != 2 or 0 in values.shape:
        raise ValueError(
            f"{name} has shape {values.shape}, but one row for each step of one "
            "sequence is wanted, 2-D and not empty. Pass those of one sample."
        )
    for found, wanted in zip(values.shape, shape or (None, None), strict=True):
        if wanted not in (None, found):
            shown = tuple("any" if n is None else n for n in shape)
            raise ValueError(
                f"{name} has shape {values.shape}, but ({shown[0]}, {shown[1]}) is "
                "wanted. Pass all arrays of the same sequence."
            )
    return values


def check_names(names, n_features):
    """Check the names of features; without any, features are numbered."""
    if names is None:
        return [f"feature {i}" for i in range(n_features)]
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(
            f"feature_names={shortened(names)}, but a list is wanted, with a name for "
            f"each of the {n_features} feature(s)."
        )
    names = [str(name) for name in names]
    if len(names) != n_features:
        raise ValueError(
            f"feature_names holds {len(names)} name(s), but there are {n_features} "
            "feature(s). Pass one for each."
        )
    return names


def read_sample(estimator, X, sample, display):
    """Let a fitted estimator read X, and return one sample of X.

    Parameters
    ----------
    estimator : recurrent estimator, or a pipeline or search that ends in one
    X : array-like
    sample : int
    display : str
        Name of the display, for messages.

    Returns
    -------
    skgru.inspection._look.Look

    Raises
    ------
    ValueError
        If there is no such sample.
    """
    seen = look(estimator, X, display)
    n_samples = len(seen.sequences.stops)
    if not isinstance(sample, int | np.integer) or not -n_samples <= sample < n_samples:
        raise ValueError(
            f"sample={shortened(sample)}, but X has {n_samples} sample(s). Pass "
            f"{-n_samples} to {n_samples - 1}."
        )
    return only(seen, sample)


def inputs_of(seen):
    """The values of a single sample that the network reads, in the units of X.

    Returns
    -------
    ndarray of shape (n_timesteps, n_features + n_static_features)
        Oldest step first, with NaN at missing steps. Static features have a value at
        the last step only.
    """
    sequences = seen.reading.sequences
    (stop,), (n_observed,) = sequences.stops, sequences.n_observed
    observed = sequences.values[stop - n_observed : stop]
    missing = np.full((sequences.n_timesteps - n_observed, observed.shape[1]), np.nan)
    steps = np.concatenate([missing, observed])[np.newaxis]
    return beside(
        fill_window(seen.fitted.reader, steps, np.nan)[0], sequences.static[0]
    )


def beside(steps, static):
    """Put the values of static features beside those of the last step.

    Both arrays may have further axes, which must be the same.
    """
    columns = np.full((len(steps), *static.shape), np.nan)
    columns[-1] = static
    return np.concatenate([steps, columns], axis=1)


def names_of_features(seen):
    """Names of the columns of `inputs_of`; numbered if X has no names."""
    reader = seen.fitted.reader
    columns = reader.columns
    features: Sequence[str] | None = columns.features
    static: Sequence[str] | None = columns.static_names
    if reader.feature_names_in is None and seen.names is not None:
        features, static = names_from_columns(reader, seen.names)
    # The lags of a single series may have no name of a variable.
    if features is None or features == ("",):
        features = [f"feature {i}" for i in range(reader.n_features)]
    if static is None:
        static = [f"static feature {i}" for i in range(len(columns.static))]
    return [*features, *static]


def steps_of(values):
    """Numbers of steps: 0 is the newest, -1 the one before it."""
    return np.arange(1 - len(values), 1)


def label_steps(axes, n_timesteps, note=""):
    """Let the x axes show all steps, and label the axes."""
    from matplotlib.ticker import MaxNLocator

    for ax in axes:
        ax.set_xlim(0.5 - n_timesteps, 0.5)
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    label_x(axes, f"time step (0 is the newest, -1 the one before){note}")


def draw_inputs(ax, inputs, names, weights=None):
    """Draw each input of a sequence as a line, without a legend.

    Parameters
    ----------
    ax : matplotlib Axes
    inputs : ndarray of shape (n_timesteps, n_features)
    names : list of str
    weights : ndarray of shape (n_features,), default=None
        If there are more than `MOST_LINES` features, those of the largest weights are
        drawn. None: the first features are drawn.

    Returns
    -------
    list of matplotlib Line2D
    """
    n_features = inputs.shape[1]
    order = np.argsort(-(np.zeros(n_features) if weights is None else weights))
    shown = np.sort(order[:MOST_LINES])
    lines = [
        draw_line(ax, steps_of(inputs), inputs[:, j], label=names[j], **style)
        for j, style in zip(shown, line_styles(ax), strict=False)
    ]
    of_all = "" if len(shown) == n_features else f"{MOST_LINES} of {n_features} "
    ax.set_ylabel(f"{of_all}inputs\n(units of X)")
    return lines


def draw_map(ax, values, *, limits, cmap):
    """Draw values as a heat map, with steps from left to right; NaN is left blank.

    Its rows are not labelled yet: see `label_rows`.

    Parameters
    ----------
    ax : matplotlib Axes
    values : ndarray of shape (n_timesteps, n_rows)
    limits : (float, float)
        The values that have the first and the last colour.
    cmap : str

    Returns
    -------
    matplotlib AxesImage
    """
    n_timesteps, n_rows = values.shape
    image = ax.imshow(
        np.ma.masked_invalid(values.T),
        cmap=cmap,
        vmin=limits[0],
        vmax=limits[1],
        aspect="auto",
        interpolation="nearest",
        origin="upper",
        extent=(0.5 - n_timesteps, 0.5, n_rows - 0.5, -0.5),
    )
    # The lines of a grid would run through the cells.
    ax.grid(False)
    return image


def label_rows(axes, names):
    """Label the rows of heat maps, as many as there is room for.

    Call this when everything else that takes room has been drawn.

    Parameters
    ----------
    axes : sequence of matplotlib Axes
        One heat map each, all of the same rows.
    names : sequence
        Names of the rows, the topmost first.
    """
    # The heights are known only after everything has been laid out.
    axes[0].figure.canvas.figure.draw_without_rendering()
    n_rows = len(names)
    for ax in axes:
        height_of_label = 1.1 * ax.yaxis.label.get_fontsize() * ax.figure.dpi / 72
        n_labels = max(1, int(ax.get_window_extent().height / height_of_label))
        ticks = np.arange(0, n_rows, -(-n_rows // n_labels))
        ax.set_yticks(ticks, [names[i] for i in ticks])


def draw_bar(panels, i, image, label):
    """Draw colour bar number i of the panels."""
    return panels.figure.colorbar(image, label=label, **panels.bar_places[i])
