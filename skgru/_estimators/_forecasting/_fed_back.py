"""What a forecast feeds back: which outputs of a model become which columns, and when.

The outputs of a model that forecasts are whole steps: each predicted column is there
at each of the first steps ahead, once.
"""

from collections import Counter
from typing import NamedTuple

import numpy as np

from skgru._reading._history import columns_of_features

# So many outputs are listed in a message.
_SHOWN = 8


class FedBack(NamedTuple):
    """How the predictions of a model become rows of its input.

    Attributes
    ----------
    features : ndarray of int of shape (n_variables,)
        For each predicted variable, the feature of a step that holds its past.
    columns : ndarray of int of shape (n_variables,)
        The columns of the history that hold it.
    outputs : ndarray of int of shape (n_at_once, n_variables)
        Which output is the variable so many steps ahead, the first step first.
    factor, offset : ndarray of shape (n_at_once, n_variables)
        What turns values of the column into units of the output: ``factor * value +
        offset``.
    """

    features: np.ndarray
    columns: np.ndarray
    outputs: np.ndarray
    factor: np.ndarray
    offset: np.ndarray

    @property
    def n_at_once(self):
        """How many steps are predicted at once."""
        return len(self.outputs)

    def n_after(self, n_steps):
        """Of how many rows after the history predictions are made, for n_steps."""
        return (-(-n_steps // self.n_at_once) - 1) * self.n_at_once

    def inputs(self, values):
        """Values of the columns in the rows to come, from predictions of one number.

        Parameters
        ----------
        values : ndarray of shape (n_rows, n_outputs)

        Returns
        -------
        ndarray of shape (n_rows, n_at_once, n_variables)
        """
        return (values[:, self.outputs] - self.offset) / self.factor


def feed_back(reader, past):
    """What a model feeds back that reads X as the user passes it.

    Parameters
    ----------
    reader : Reader
    past : Past

    Returns
    -------
    FedBack
    """
    features, outputs = steps_of_outputs(past, names_of_features(reader))
    columns = columns_of_features(reader, features)
    return FedBack(
        features, columns, outputs, past.factor[outputs], past.offset[outputs]
    )


def steps_of_outputs(place, names):
    """Order the outputs of a model by step and variable.

    Parameters
    ----------
    place : Past or Pairs
        Which feature each output is, and how many steps ahead.
    names : list of str
        What messages call the features.

    Returns
    -------
    features : ndarray of shape (n_variables,)
        In the order in which the outputs have them.
    outputs : ndarray of shape (n_at_once, n_variables)

    Raises
    ------
    ValueError
        If a feature is missing at a step, or is there twice.
    """
    places = list(zip(place.columns.tolist(), place.n_ahead.tolist(), strict=True))
    features = list(dict.fromkeys(column for column, _ in places))
    n_at_once = max(n_ahead for _, n_ahead in places)
    wanted = [(column, s + 1) for s in range(n_at_once) for column in features]
    counts = Counter(places)
    wrong = next((at for at in wanted if counts[at] != 1), None)
    if wrong is None:
        outputs = np.array([places.index(at) for at in wanted])
        return np.array(features), outputs.reshape(n_at_once, -1)
    shown = "; ".join(
        f"output {k} is {names[column]}, {n_ahead} step(s) ahead"
        for k, (column, n_ahead) in enumerate(places[:_SHOWN])
    )
    more = "; …" if len(places) > _SHOWN else ""
    what = "is missing" if wrong not in counts else "is there more than once"
    raise ValueError(
        "forecast feeds back whole steps: every predicted column at every step ahead, "
        f"from the first step on. Of this model {shown}{more}: {names[wrong[0]]}, "
        f"{wrong[1]} step(s) ahead, {what}. Fit on a y that has each column at each "
        "step, as make_windows(series, window, horizon=) makes it, or fit a model for "
        "each horizon and use predict."
    )


def names_of_features(reader):
    """What messages call the features of a step."""
    names = reader.columns.features
    return [
        f"column {j}" if names is None or not names[j] else f"column {names[j]!r}"
        for j in range(reader.n_features)
    ]
