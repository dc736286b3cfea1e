"""How a panel is cut, standardised in one way or another, fitted and judged."""

import warnings
from typing import NamedTuple

import numpy as np
from evidence.panel_data import PANELS, load_panel
from threadpoolctl import threadpool_limits

from skgru import GRURegressor, WindowTransformer

# Parts of the rows of each series, and of the series.
TEST, VALIDATION, UNSEEN = 0.2, 0.1, 0.2
# So few series are all needed to learn from.
TOO_FEW = 4


class Variant(NamedTuple):
    """How the rows of a panel are standardised.

    Attributes
    ----------
    by_series : {None, "level", "change"}
        What of each series is brought to mean 0 and standard deviation 1 before the
        network sees it, which then standardises over all: nothing; its values; or what
        they are after its window's last value has been subtracted.
    anchored : bool, default=False
        Whether the network subtracts the window's last value.
    told : bool, default=False
        Whether the network is given the mean and the logarithm of the scale of each
        series as features.
    """

    by_series: str | None
    anchored: bool = False
    told: bool = False


VARIANTS = {
    "over all": Variant(None),
    "per series": Variant("level"),
    "over all, anchored": Variant(None, anchored=True),
    "per series, anchored": Variant("level", anchored=True),
    # As if the statistics of the anchored values were taken of each series.
    "anchored, per series": Variant("change"),
    "per series, told": Variant("level", told=True),
}
BASELINES = ("last value", "training mean")
# Where the statistics of a series come from on which no network was trained.
OWN, FIRST, POOLED = "training rows", "first rows", "pooled"


class Series(NamedTuple):
    """Windows of a series, and what follows on them.

    Attributes
    ----------
    windows : ndarray of shape (n, window)
        NaN where a window begins before the series.
    y : ndarray of shape (n,)
    """

    windows: np.ndarray
    y: np.ndarray

    def __getitem__(self, rows):
        return Series(self.windows[rows], self.y[rows])

    @property
    def last(self):
        """The last values that are known."""
        return self.windows[:, -1]


class Parts(NamedTuple):
    """Rows to learn from, to decide when training stops, to be judged by."""

    train: Series
    held_out: Series
    test: Series


def cut(values, window):
    """A series as its parts, in order of time."""
    past = values[:-1, np.newaxis]
    windows = WindowTransformer(window).fit_transform(past)[:, :, 0]
    first_test = len(windows) - round(TEST * len(windows))
    first_held_out = first_test - max(1, round(VALIDATION * first_test))
    series = Series(windows, values[1:])
    return Parts(
        series[:first_held_out],
        series[first_held_out:first_test],
        series[first_test:],
    )


class Statistics(NamedTuple):
    """What is subtracted from the values of a series, and what divides them then."""

    x_mean: float = 0.0
    x_scale: float = 1.0
    y_mean: float = 0.0
    y_scale: float = 1.0
    of_changes: bool = False

    def level(self, series):
        """What is subtracted from each window before: its last value, or nothing."""
        return series.last if self.of_changes else np.zeros(len(series.y))

    def inputs(self, series, *, told):
        """Windows as the network gets them, (n, window, n_features)."""
        changes = series.windows - self.level(series)[:, np.newaxis]
        features = [(changes - self.x_mean) / self.x_scale]
        if told:
            for fact in (self.x_mean, np.log(self.x_scale)):
                # A step is missing if all its features are.
                features.append(np.where(np.isnan(changes), np.nan, fact))
        # Twice as fast; its rounding is far below the errors.
        return np.stack(features, axis=2).astype(np.float32)

    def targets(self, series):
        """Targets as the network gets them."""
        return (series.y - self.level(series) - self.y_mean) / self.y_scale

    def undo(self, series, prediction):
        """Predictions in the units of the series."""
        return prediction * self.y_scale + self.y_mean + self.level(series)


def statistics_of(several, by_series):
    """Statistics of some rows of one series, or of several together."""
    if by_series is None:
        return Statistics()
    windows = np.concatenate([series.windows for series in several])
    y = np.concatenate([series.y for series in several])
    if by_series == "level":
        of_values = mean_and_scale(windows[:, -1])
        return Statistics(*of_values, *of_values)
    of_inputs = mean_and_scale(windows - windows[:, -1:])
    return Statistics(*of_inputs, *mean_and_scale(y - windows[:, -1]), of_changes=True)


def mean_and_scale(values):
    """Of what is there; the scale of a constant is 1."""
    return np.nanmean(values), np.nanstd(values) or 1.0


def fit(several, statistics, variant, seed):
    """One network for all series, each with its own statistics."""

    def examples(parts):
        pairs = list(zip(parts, statistics, strict=True))
        X = [by.inputs(series, told=variant.told) for series, by in pairs]
        y = [by.targets(series) for series, by in pairs]
        return np.concatenate(X), np.concatenate(y)

    anchor = 0 if variant.anchored else None
    # The gates start as when the fits that are kept were made.
    model = GRURegressor(anchor=anchor, gate_init="keras", random_state=seed)
    X_val, y_val = examples([parts.held_out for parts in several])
    X, y = examples([parts.train for parts in several])
    with warnings.catch_warnings():
        # Of training that did not end, and of networks no better than the mean.
        warnings.simplefilter("ignore", UserWarning)
        return model.fit(X, y, X_val=X_val, y_val=y_val)


def error_of(model, test, by, variant):
    """Of the network on the test rows of one series."""
    prediction = model.predict(by.inputs(test, told=variant.told))
    return rmse(by.undo(test, prediction), test)


def rmse(prediction, test):
    """Rounded, as it is kept in a file."""
    return float(f"{np.sqrt(np.mean((prediction - test.y) ** 2)):.6g}")


def error_of_baseline(name, parts):
    """Of what costs nothing on the test rows of one series."""
    if name == "last value":
        return rmse(parts.test.last, parts.test)
    rows = np.concatenate([parts.train.y, parts.held_out.y])
    return rmse(rows.mean(), parts.test)


class Task(NamedTuple):
    """One fit. With `unseen`, some of the series are kept from it, and judge it."""

    panel: str
    variant: str
    unseen: bool
    seed: int


def unseen_series(n_series, seed):
    """Which series are kept from a fit."""
    n_unseen = max(1, round(UNSEEN * n_series))
    chosen = np.random.default_rng(seed).permutation(n_series)[:n_unseen]
    return sorted(chosen.tolist())


def do(task):
    """Fit and predict; the errors by series, and by source of their statistics."""
    window = PANELS[task.panel].window
    several = [cut(values, window) for values in load_panel(task.panel)]
    numbers = list(range(len(several)))
    if task.variant in BASELINES:
        return {**task._asdict(), "series": numbers, **baseline(several, task.variant)}
    with threadpool_limits(1):
        numbers, errors = fit_and_judge(several, VARIANTS[task.variant], task)
    return {**task._asdict(), "series": numbers, "rmse": errors}


def baseline(several, name):
    """Errors of what costs nothing, and how many test rows and which scales there are.

    The scale of a series is the standard deviation of its training rows.
    """
    scales = [statistics_of([parts.train], "level").x_scale for parts in several]
    return {
        "n_test": [len(parts.test.y) for parts in several],
        "scale": [float(f"{scale:.6g}") for scale in scales],
        "rmse": {OWN: [error_of_baseline(name, parts) for parts in several]},
    }


def fit_and_judge(several, variant, task):
    """Numbers of the series that judge, and their errors by source of statistics."""
    numbers = list(range(len(several)))
    judges = unseen_series(len(several), task.seed) if task.unseen else numbers
    known = [n for n in numbers if not (task.unseen and n in judges)]
    by = {n: statistics_of([several[n].train], variant.by_series) for n in numbers}
    model = fit([several[n] for n in known], [by[n] for n in known], variant, task.seed)
    sources = {OWN: by}
    if task.unseen and variant.by_series is not None:
        window = PANELS[task.panel].window
        pooled = statistics_of([several[n].train for n in known], variant.by_series)
        sources[POOLED] = dict.fromkeys(judges, pooled)
        sources[FIRST] = {
            n: statistics_of([several[n].train[:window]], variant.by_series)
            for n in judges
        }
    errors = {
        source: [error_of(model, several[n].test, of[n], variant) for n in judges]
        for source, of in sources.items()
    }
    return judges, errors
