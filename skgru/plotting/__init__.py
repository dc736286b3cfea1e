"""Displays of training, forecasts, gates and attributions, as scikit-learn's are.

Each is made from a fitted model (``from_estimator``), or from data; it draws into the
axes that it is given or a figure of its own, and keeps what it drew as attributes.
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
