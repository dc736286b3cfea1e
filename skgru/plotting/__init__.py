"""Displays of training, forecasts, gates and attributions, in scikit-learn's style.

Each display is made from a fitted model (``from_estimator``), or from data. It draws
into the axes that it is given, or into a new figure, and keeps the lines, images and
axes that it drew as attributes.
"""

from skgru.plotting._attribution import AttributionDisplay
from skgru.plotting._forecast import ForecastDisplay
from skgru.plotting._gate_activation import GateActivationDisplay
from skgru.plotting._training_curve import TrainingCurveDisplay

__all__ = [
    "AttributionDisplay",
    "ForecastDisplay",
    "GateActivationDisplay",
    "TrainingCurveDisplay",
]

# As in `skgru`: pickles name the public module.
for _name in __all__:
    globals()[_name].__module__ = __name__
