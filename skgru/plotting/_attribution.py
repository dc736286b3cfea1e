"""The display of what each input of one sequence adds to its prediction."""

from numbers import Integral

import numpy as np

from skgru._checks import shortened
from skgru._estimators._classification import ClassTargets
from skgru._estimators._labels import shown_labels
from skgru._reading._form import split_columns
from skgru.inspection._integrated_gradients import attribute
from skgru.inspection._look import in_shape_of_predictions
from skgru.plotting._common import (
    legend_above_data,
    make_panels,
)
from skgru.plotting._sequence import (
    beside,
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
)


class AttributionDisplay:
    """What each input of a sequence adds to its prediction, over time.

    The attributions are a heat map of steps and features, below a panel of the inputs.
    Make the display with :meth:`from_estimator`; the constructor takes the values of
    one sequence.

    Parameters
    ----------
    attributions : array-like of shape (n_timesteps, n_features)
        What each input adds to the prediction, in units of y, oldest step first; NaN
        where there is no input.
    inputs : array-like of shape (n_timesteps, n_features), default=None
        The inputs, in the units of X. None: there is no panel of inputs.
    feature_names : list of str of length n_features, default=None
        Names of the features. None: they are numbered.
    prediction : float, default=None
        The prediction, in units of y. It is written above the panels, together with
        the prediction for the baseline, which is the prediction less the sum of the
        attributions. None: nothing is written.
    class_name : str, default=None
        Of a classifier, the class whose decision value the attributions add up to; they
        and `prediction` are then in its units. None: they are in units of y.

    Attributes
    ----------
    image_ : matplotlib AxesImage
        The heat map of the attributions.
    colorbar_ : matplotlib Colorbar
        The colour bar of the heat map.
    input_lines_ : list of matplotlib Line2D
        The inputs; if there are more than six features, those with the largest
        attributions.
    axes_ : ndarray of matplotlib Axes
        The panel of the inputs, if there are any, and the panel of the attributions.
    bounding_ax_ : matplotlib Axes or None
        The `ax` that was divided into these panels.
    figure_ : matplotlib Figure
        The figure that holds the panels.

    See Also
    --------
    AttributionDisplay.from_estimator : Attribute a prediction, and draw the result.

    Examples
    --------
    >>> from skgru.plotting import AttributionDisplay
    >>> display = AttributionDisplay(
    ...     attributions=[[0.1, 0.0], [-0.3, 0.2]],
    ...     inputs=[[1.0, 0.0], [2.0, 1.0]],
    ...     feature_names=["level", "rain"],
    ...     prediction=2.5,
    ... )
    >>> display.plot()
    <...>
    """

    def __init__(
        self,
        *,
        attributions,
        inputs=None,
        feature_names=None,
        prediction=None,
        class_name=None,
    ):
        self.attributions = attributions
        self.inputs = inputs
        self.feature_names = feature_names
        self.prediction = prediction
        self.class_name = class_name

    @classmethod
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        sample=-1,
        output=None,
        baseline=None,
        feature_names=None,
        ax=None,
    ):
        """Attribute a prediction to its inputs, and draw the result.

        The attributions are those of :func:`skgru.inspection.integrated_gradients`,
        which add up to the difference of two predictions: the one for X, and the one
        for the baseline.

        Parameters
        ----------
        estimator : GRURegressor, GRUClassifier, or another recurrent one, or Pipeline
            A fitted model, or a fitted pipeline or search that ends in one; the steps
            before it transform X. If the model predicts several quantiles, the median
            is drawn, or the quantile nearest to it. With a TransformedTargetRegressor,
            y is the transformed target.
        X : array-like
            What `predict` takes.
        sample : int, default=-1
            Which row of X, or which sequence of a 3-D X, is drawn, together with the
            steps that are read before it.
        output : int or label, default=None
            Which output, if y has several; of a classifier, the label of the class
            whose decision value is attributed. None: the first output, or the class
            that is predicted.
        baseline : float or array-like, default=None
            What to compare the sample with, as for
            :func:`skgru.inspection.integrated_gradients`; for a pipeline, in the form
            in which its last step reads X.
        feature_names : list of str, default=None
            Names of the features of a step, followed by those of the static features.
            None: the names in X, if it has any, as the steps of a pipeline leave them.
        ax : matplotlib Axes or array-like of Axes, default=None
            As in :meth:`plot`.

        Returns
        -------
        AttributionDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `estimator` or `ax` is something else.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        ValueError
            If there is no such sample or output, or X or the baseline cannot be read.

        See Also
        --------
        AttributionDisplay.plot : Draw a display that was made before.

        Examples
        --------
        >>> import numpy as np
        >>> from skgru import GRURegressor
        >>> from skgru.plotting import AttributionDisplay
        >>> wave = np.sin(np.arange(200) * 0.2)
        >>> X, y = wave[:-1, np.newaxis], wave[1:]
        >>> model = GRURegressor(8, window=10, random_state=0, n_iter_no_change=None)
        >>> model = model.fit(X, y)
        >>> display = AttributionDisplay.from_estimator(model, X)
        """
        seen = read_sample(estimator, X, sample, cls.__name__)
        inputs, fitted = inputs_of(seen), seen.fitted
        attributions = _as_steps(fitted, attribute(seen, baseline))
        prediction = in_shape_of_predictions(
            seen, fitted.predict(seen.reading, np.arange(1), seen.n_threads)
        )[0]
        class_name = None
        if isinstance(fitted.targets, ClassTargets):
            class_name, attributions, prediction = _of_class(
                fitted.targets, attributions, prediction, output
            )
        else:
            output = 0 if output is None else output
            attributions = _of_output(fitted, attributions, output)
            prediction = _of_output(fitted, prediction, output)
        return cls(
            attributions=np.where(np.isnan(inputs), np.nan, attributions),
            inputs=inputs,
            feature_names=(
                names_of_features(seen) if feature_names is None else feature_names
            ),
            prediction=prediction,
            class_name=class_name,
        ).plot(ax)

    def plot(self, ax=None):
        """Draw the attributions, and the inputs if there are any.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Where to draw: one Axes for each panel, or one that is divided into panels.
            None: a new figure.

        Returns
        -------
        AttributionDisplay
            The display.

        Raises
        ------
        TypeError
            If `ax` is something else.
        ValueError
            If the number of axes is wrong, or the arrays do not fit each other.
        """
        values = check_values(self.attributions, "attributions")
        n_timesteps, n_features = values.shape
        names = check_names(self.feature_names, n_features)
        has_inputs = self.inputs is not None
        height_of_map = 1.2 + 0.25 * min(n_features, 16)
        panels = make_panels(
            ax,
            [1.6, height_of_map] if has_inputs else [height_of_map],
            figsize=(7, 1.6 * has_inputs + height_of_map + 0.8),
            bars=[slice(int(has_inputs), int(has_inputs) + 1)],
        )
        self.figure_, self.axes_, self.bounding_ax_, _ = panels
        largest = np.nanmax(np.abs(values), initial=0.0) or 1.0
        self.image_ = draw_map(
            self.axes_[-1], values, limits=(-largest, largest), cmap="RdBu_r"
        )
        units = "units of y" if self.class_name is None else "decision value"
        self.colorbar_ = draw_bar(panels, 0, self.image_, f"attribution\n({units})")
        self.input_lines_ = []
        label_steps(self.axes_, n_timesteps)
        self._write_prediction(np.nansum(values))
        label_rows(self.axes_[-1:], names)
        if has_inputs:
            inputs = check_values(self.inputs, "inputs", values.shape)
            weights = np.nansum(np.abs(values), axis=0)
            self.input_lines_ = draw_inputs(self.axes_[0], inputs, names, weights)
            legend_above_data(self.axes_[0])
        return self

    def _write_prediction(self, total):
        """Write above the panels what the attributions add up to."""
        if self.prediction is not None:
            at_baseline = self.prediction - total
            sign = "+" if total >= 0 else "−"
            what = (
                "prediction"
                if self.class_name is None
                else f"decision for {self.class_name}:"
            )
            self.axes_[0].set_title(
                f"{what} {self.prediction:.4g} = {at_baseline:.4g} at the baseline "
                f"{sign} {abs(total):.4g}",
                loc="left",
                fontsize="medium",
            )


def _as_steps(fitted, values):
    """Attributions of a single sample by step; static features are at the last step.

    Parameters
    ----------
    fitted : Fitted
    values : ndarray
        As `integrated_gradients` returns them.

    Returns
    -------
    ndarray of shape (n_timesteps, n_features + n_static_features, …)
        In the layout of `inputs_of`, followed by the axes of one prediction.
    """
    steps, static = split_columns(fitted.reader, values, values.shape[1])
    return beside(steps[0], static[0])


def _of_class(targets, attributions, decision, label):
    """Name of a class, its attributions and its decision value.

    Parameters
    ----------
    targets : ClassTargets
    attributions : ndarray
        The last axes are those of one decision.
    decision : ndarray or float
        As one row of ``decision_function``.
    label : object
        None stands for the class that is predicted; of several labels, for the first.
    """
    known = targets.classes.tolist()
    if label is None:
        label = known[0]
        if not targets.is_multilabel:
            (label,) = targets.labels(np.asarray(decision)[np.newaxis]).tolist()
    if isinstance(label, np.generic):
        label = label.item()
    if label not in known:
        what = "labels" if targets.is_multilabel else "classes"
        raise ValueError(
            f"output={shortened(label)}, but the {what} are {shown_labels(known)}. "
            "Pass one of them, or None for the class that is predicted."
        )
    place = known.index(label)
    if targets.is_multilabel:
        return f"label {label}", attributions[..., place], decision[place]
    if targets.has_softmax:
        return str(label), attributions[..., place], decision[place]
    # The one decision value of two classes is that of the second.
    sign = 1 if place else -1
    return str(label), sign * attributions, sign * decision


def _of_output(fitted, values, output):
    """Values of one output, and of several quantiles the one nearest to the median.

    Parameters
    ----------
    fitted : Fitted
    values : ndarray
        The last axes are those of one prediction.
    output : int
    """
    targets = fitted.targets
    if targets.has_list_of_quantiles:
        values = values[..., np.argmin(np.abs(targets.quantiles - 0.5))]
    n_outputs = targets.n_outputs
    is_index = isinstance(output, Integral) and not isinstance(output, bool)
    if not is_index or not -n_outputs <= output < n_outputs:
        raise ValueError(
            f"output={shortened(output)}, but there are {n_outputs} output(s). Pass 0 "
            f"to {n_outputs - 1}."
        )
    if targets.ndim == 3:
        values = values.reshape(*values.shape[:-2], n_outputs)
    return values if targets.ndim == 1 else values[..., output]
