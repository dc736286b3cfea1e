"""The display of truth and prediction over time."""

from sklearn.base import is_classifier

from skgru._reading._time import index_of
from skgru.plotting._common import (
    draw_line,
    ink,
    label_x,
    legend_above_data,
    line_styles,
    make_panels,
)
from skgru.plotting._forecast_data import (
    align,
    as_table,
    check_one_band,
    check_one_series,
    format_times,
    label_of_times,
    names_of,
    position_of,
    positions,
    quantiles_of,
    split_quantiles,
)

# More rows than this are drawn in thin lines.
_MANY_ROWS = 500


class ForecastDisplay:
    """Truth and prediction over time, with intervals, and where training ends.

    Make it with :meth:`from_estimator` or :meth:`from_predictions`; the constructor
    takes data that are ready to be drawn. Each output has its own panel.

    Parameters
    ----------
    y_true : DataFrame of shape (n_true, n_outputs)
        True values, with a rising index of times or numbers; NaN where they are not
        known. The names of the columns label the panels.
    y_pred : DataFrame of shape (n_pred, n_outputs) or None
        Predictions, with an index of times or numbers, which may differ from those of
        `y_true`. None: only the intervals are drawn.
    lower, upper : DataFrame of shape (n_pred, n_outputs), default=None
        Ends of the intervals. None: there are no intervals.
    train_end : int, float, str or datetime, default=None
        Time or number, as in the index, at which training ends.
    name : str, default="prediction"
        What the legend calls the predictions.
    interval_name : str, default="interval"
        What the legend calls the intervals.

    Attributes
    ----------
    true_lines_ : list of matplotlib Line2D
        The truth of each output.
    pred_lines_ : list of matplotlib Line2D
        The prediction of each output; empty if only intervals are drawn.
    intervals_ : list of matplotlib PolyCollection
        The band of each output; empty if there are no intervals.
    train_end_lines_ : list of matplotlib Line2D
        The mark of the end of training, one in each panel; empty if it is not known.
    axes_ : ndarray of matplotlib Axes
        The panel of each output.
    bounding_ax_ : matplotlib Axes or None
        The `ax` that was divided into these panels.
    figure_ : matplotlib Figure
        The figure that holds the panels.

    See Also
    --------
    ForecastDisplay.from_estimator : Predict, and draw the predictions.
    ForecastDisplay.from_predictions : Draw predictions that were made before.

    Examples
    --------
    >>> import pandas as pd
    >>> from skgru.plotting import ForecastDisplay
    >>> display = ForecastDisplay(
    ...     y_true=pd.DataFrame({"sales": [1.0, 2.0, 3.0]}),
    ...     y_pred=pd.DataFrame({"sales": [3.5, 4.5]}, index=[2, 3]),
    ...     train_end=1,
    ... )
    >>> display.plot()
    <...>
    """

    def __init__(
        self,
        *,
        y_true,
        y_pred,
        lower=None,
        upper=None,
        train_end=None,
        name="prediction",
        interval_name="interval",
    ):
        self.y_true = y_true
        self.y_pred = y_pred
        self.lower = lower
        self.upper = upper
        self.train_end = train_end
        self.name = name
        self.interval_name = interval_name

    @classmethod
    def from_estimator(
        cls, estimator, X, y, *, index=None, train_end=None, name=None, ax=None
    ):
        """Predict, and draw the predictions beside the truth.

        Parameters
        ----------
        estimator : estimator instance
            A fitted regressor, or a pipeline or search of one. If one of skgru's
            predicts a list of quantiles, the outermost ones are drawn as a band, and
            the median, or the quantile nearest to it, as the line. With two quantiles,
            neither of which is the median, only the band is drawn.
        X : array-like
            What `predict` takes. For a model with ``group_column``, the rows of one
            series.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets; NaN where they are not known. The name of a Series, or those
            of the columns of a DataFrame, label the panels.
        index : array-like of shape (n_samples,), default=None
            Times or numbers of the targets. None: the index of y, if y has one and as
            many rows as X; else the index of X; else the numbers of the rows.
        train_end : int, float, str or datetime, default=None
            Time or number, as in the index, at which training ends; it is marked.
        name : str, default=None
            What the legend calls the line. None: "prediction", or the name of the
            quantile if the model predicts a list of quantiles.
        ax : matplotlib Axes or array-like of Axes, default=None
            As in :meth:`plot`.

        Returns
        -------
        ForecastDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `estimator` does not predict numbers, or `ax` is something else.
        ValueError
            If X holds several series, or for the reasons given in
            :meth:`from_predictions`.

        See Also
        --------
        ForecastDisplay.from_predictions : Draw predictions that were made before.

        Examples
        --------
        >>> import numpy as np
        >>> from skgru import GRURegressor
        >>> from skgru.plotting import ForecastDisplay
        >>> wave = np.sin(np.arange(200) * 0.2)
        >>> X, y = wave[:-1, np.newaxis], wave[1:]
        >>> model = GRURegressor(8, window=10, random_state=0, n_iter_no_change=None)
        >>> model = model.fit(X[:150], y[:150])
        >>> display = ForecastDisplay.from_estimator(model, X, y, train_end=149)
        """
        if not hasattr(estimator, "predict"):
            raise TypeError(
                f"ForecastDisplay needs a fitted regressor, but a "
                f"{type(estimator).__name__} does not predict. Pass one that does."
            )
        if hasattr(estimator, "__sklearn_tags__") and is_classifier(estimator):
            raise TypeError(
                "ForecastDisplay needs a fitted regressor, but a "
                f"{type(estimator).__name__} predicts classes. To draw how probable a "
                "class is over time, pass from_predictions(y == label, "
                "estimator.predict_proba(X)[:, k]), where classes_[k] is the label."
            )
        y_pred = estimator.predict(X)
        check_one_series(estimator, X)
        # The index of y comes first: a target may be later than its row of X.
        if index is None and (index_of(y) is None or len(y) != len(y_pred)):
            index = index_of(X)
        return cls.from_predictions(
            y,
            y_pred,
            index=index,
            quantiles=quantiles_of(estimator),
            train_end=train_end,
            name=name,
            ax=ax,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true,
        y_pred,
        *,
        index=None,
        lower=None,
        upper=None,
        quantiles=None,
        train_end=None,
        name=None,
        ax=None,
    ):
        """Draw predictions beside the truth.

        Truth and predictions may cover different times, such as a history and the
        forecast after it. Their indices say which rows belong together.

        Parameters
        ----------
        y_true : array-like of shape (n_true,) or (n_true, n_outputs)
            True values; NaN where they are not known. The name of a Series, or those of
            the columns of a DataFrame, label the panels.
        y_pred : array-like of shape (n_pred,) or (n_pred, n_outputs)
            Predictions. With `quantiles` they have one more axis, the last.
        index : array-like of shape (n_pred,), default=None
            Times or numbers of the predictions, and of the truth if `y_true` has no
            index and is not longer. If `y_true` is longer, its rows are numbered from
            0. None: the index of `y_pred`, or else the index of `y_true` where both
            have the same length. If neither has an index, rows are numbered from 0.
        lower, upper : array-like of the shape of `y_pred`, default=None
            Ends of intervals.
        quantiles : array-like of shape (n_quantiles,), default=None
            Which quantiles the last axis of `y_pred` holds, rising. The outermost ones
            are drawn as a band, and the median, or the quantile nearest to it, as the
            line. With two quantiles, neither of which is the median, only the band is
            drawn.
        train_end : int, float, str or datetime, default=None
            Time or number, as in the index, at which training ends; it is marked.
        name : str, default=None
            What the legend calls the line. None: "prediction", or with `quantiles` the
            name of the quantile.
        ax : matplotlib Axes or array-like of Axes, default=None
            As in :meth:`plot`.

        Returns
        -------
        ForecastDisplay
            The display, drawn.

        Raises
        ------
        TypeError
            If `ax` is something else, or `y_true`, `y_pred` or `index` has no rows.
        ValueError
            If shapes do not fit each other, or it is not known which time a row belongs
            to. The message says how to pass the times.

        See Also
        --------
        ForecastDisplay.from_estimator : Predict, and draw the predictions.

        Examples
        --------
        A forecast of a series that goes on where its history ends:

        >>> import numpy as np
        >>> import pandas as pd
        >>> from skgru.plotting import ForecastDisplay
        >>> days = pd.date_range("2024-01-01", periods=30, name="day")
        >>> history = pd.Series(np.sin(np.arange(25)), days[:25], name="sales")
        >>> forecast = np.sin(np.arange(25, 30))
        >>> display = ForecastDisplay.from_predictions(
        ...     history, forecast, index=days[25:], train_end=days[24]
        ... )
        """
        interval_name = "interval"
        shown, line_name = y_pred, "prediction"
        true_index, pred_index = align(y_true, y_pred, index)
        output_names = names_of(y_true) or names_of(y_pred)
        if quantiles is not None:
            check_one_band(lower, upper)
            shown, lower, upper, line_name, interval_name = split_quantiles(
                y_pred, quantiles
            )
        truth = as_table(y_true, "y_true", true_index, output_names)
        tables = [
            as_table(values, parameter, pred_index, list(truth.columns))
            for values, parameter in (
                (shown, "y_pred"),
                (lower, "lower"),
                (upper, "upper"),
            )
        ]
        return cls(
            y_true=truth,
            y_pred=tables[0],
            lower=tables[1],
            upper=tables[2],
            train_end=train_end,
            name=line_name if name is None else name,
            interval_name=interval_name,
        ).plot(ax)

    def plot(self, ax=None):
        """Draw truth, predictions and intervals.

        Parameters
        ----------
        ax : matplotlib Axes or array-like of Axes, default=None
            Where to draw: one Axes for each output, or one that is divided into panels.
            None: a new figure.

        Returns
        -------
        ForecastDisplay
            The display.

        Raises
        ------
        TypeError
            If `ax` or a table is something else.
        ValueError
            If the number of axes is wrong, only one end of the intervals is given, or
            `train_end` is not of the kind of the index.
        """
        for name in ("y_true", "y_pred", "lower", "upper"):
            self._check_table(name)
        if (self.lower is None) != (self.upper is None):
            missing = "lower" if self.lower is None else "upper"
            raise ValueError(
                f"{missing} is missing: an interval has two ends. Pass lower and upper."
            )
        n_outputs = self.y_true.shape[1]
        panels = make_panels(ax, [1] * n_outputs, figsize=(8, 1.2 + 2.4 * n_outputs))
        self.figure_, self.axes_, self.bounding_ax_, _ = panels
        self.true_lines_, self.pred_lines_ = [], []
        self.intervals_, self.train_end_lines_ = [], []
        for i in range(n_outputs):
            self._draw_output(self.axes_[i], i)
        label_x(self.axes_, label_of_times(self._pred_index()))
        legend_above_data(self.axes_[0])
        return self

    def _check_table(self, name):
        """Refuse what is no DataFrame; all but the truth may be None."""
        table = getattr(self, name)
        if not hasattr(table, "iloc") and (name == "y_true" or table is not None):
            raise TypeError(
                f"{name} is a {type(table).__name__}, but the constructor takes "
                "DataFrames that are ready to be drawn. Use from_predictions for other "
                "data."
            )

    def _pred_index(self):
        """Index of the predictions, or of the intervals if there is no line."""
        return (self.lower if self.y_pred is None else self.y_pred).index

    def _draw_output(self, ax, i):
        """Draw output number i into its panel."""
        true_times = positions(self.y_true.index)
        times = positions(self._pred_index())
        n_rows = max(len(times), len(true_times))
        styles = [
            style | {"linewidth": 0.8 if n_rows > _MANY_ROWS else 1.5}
            for style in line_styles(ax)
        ]
        values = self.y_true.iloc[:, i].to_numpy()
        line = draw_line(ax, true_times, values, label="truth", **styles[0])
        self.true_lines_.append(line)
        if self.y_pred is not None:
            values = self.y_pred.iloc[:, i].to_numpy()
            line = draw_line(ax, times, values, label=self.name, **styles[1])
            self.pred_lines_.append(line)
        if self.lower is not None:
            self._draw_interval(ax, times, i, styles[1]["color"])
        self._mark_train_end(ax)
        ax.set_ylabel(str(self.y_true.columns[i]))
        format_times(ax, self._pred_index())

    def _draw_interval(self, ax, times, i, color):
        """Draw the intervals of output number i."""
        band = ax.fill_between(
            times,
            self.lower.iloc[:, i].to_numpy(),
            self.upper.iloc[:, i].to_numpy(),
            color=color,
            alpha=0.3,
            # With edges, an interval at a single time is visible too.
            linewidth=1,
            label=self.interval_name,
        )
        self.intervals_.append(band)

    def _mark_train_end(self, ax):
        """Mark the end of training, if it is known."""
        if self.train_end is None:
            return
        line = ax.axvline(
            position_of(self.train_end, self._pred_index(), "train_end"),
            color=ink(ax),
            linestyle=":",
            alpha=0.7,
            zorder=1,
            label="end of training",
        )
        self.train_end_lines_.append(line)
