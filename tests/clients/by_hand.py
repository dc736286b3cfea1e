"""What the clients' tests compare with: lags cut by a loop, oldest first.

Nothing here knows of a client, of names of columns or of `time_order`.
"""

import numpy as np
import pandas as pd

from skgru import GRURegressor

N_LAGS = 6
LAGS = range(1, N_LAGS + 1)


def gru(**parameters):
    """A small network that trains exactly five epochs, always the same ones."""
    return GRURegressor(
        **{
            "hidden_layer_sizes": 16,
            "max_iter": 5,
            "n_iter_no_change": None,
            "early_stopping": False,
            "random_state": 0,
            **parameters,
        }
    )


def make_data(n_rows=80, n_future=8):
    """A series by the day, and two variables known for some days more.

    Returns
    -------
    y : Series
        Of the first `n_rows` days.
    exog : DataFrame
        ``temp`` and ``promo`` of all days.
    """
    rng = np.random.RandomState(0)
    index = pd.date_range("2024-01-01", periods=n_rows + n_future, freq="D")
    t = np.arange(len(index))
    exog = pd.DataFrame(
        {
            "temp": np.cos(0.2 * t) + 0.3 * rng.randn(len(t)),
            "promo": (rng.uniform(size=len(t)) < 0.3).astype(float),
        },
        index=index,
    )
    y = np.sin(0.4 * t) + 0.02 * t + exog["promo"] + 0.2 * rng.randn(len(t))
    return y.iloc[:n_rows].rename("y"), exog


def pasts(values, times, n_lags=N_LAGS):
    """For each time the values before it, oldest first."""
    values = np.asarray(values)
    return np.array([values[t - n_lags : t] for t in times])


def cube(variables, times, n_lags=N_LAGS):
    """For each time the values of several variables before it: a 3-D X."""
    return np.stack([pasts(v, times, n_lags) for v in variables], axis=-1)


def recursive_forecast(model, history, n_steps, known=None):
    """Forecasts of step after step, each of them a value for the next.

    Parameters
    ----------
    model : GRURegressor
        Fitted on rows of lags, oldest first, and behind them known values.
    history : array-like
    n_steps : int
    known : callable, default=None
        Takes all values so far; returns what is known of the next time.
    """
    values = list(history)
    for _ in range(n_steps):
        row = values[-N_LAGS:]
        if known is not None:
            row = [*row, *known(values)]
        values.append(model.predict([row])[0])
    return np.array(values[-n_steps:])
