"""The statistics of the one series that an exported model predicts."""

import numpy as np

from skgru._checks import shortened
from skgru._scaling._by_series import SeriesScaling


def statistics_of_series(fitted, series):
    """The statistics of a series of `fit`, and its name.

    Parameters
    ----------
    fitted : Fitted
    series : object
        The name of a series, or None.

    Returns
    -------
    SeriesScaling or None
        None if series are not scaled by themselves.
    name : object
        None if all series are predicted alike.

    Raises
    ------
    ValueError
        If a name is needed and missing, or there is no such series.
    """
    scaling = fitted.scaler.by_series
    if scaling is None:
        if series is not None:
            raise ValueError(
                f"series={shortened(series)} was passed, but this model predicts all "
                "series alike: it has no statistics of each series. Leave series out."
            )
        return None, None
    names, *parts = scaling
    if series is None:
        raise ValueError(
            f"The model has a mean and a scale of each of its {len(names)} series "
            f"({shortened(names)}), and exports one of them at a time. Pass its name "
            "by series= (to skl2onnx by options={id(model): {'series': …}}), or fit "
            "with standardize='pooled'."
        )
    is_name = not isinstance(series, np.ndarray)
    places = [k for k, name in enumerate(names) if is_name and name == series]
    if not places:
        raise ValueError(
            f"series={shortened(series)} ({type(series).__name__}) was not in fit. "
            f"Pass one of {shortened(names)}."
        )
    place = places[0]
    return SeriesScaling([names[place]], *(part[place] for part in parts)), names[place]
