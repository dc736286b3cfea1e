"""The recurrent estimators, for what is done with all of them alike."""

from typing import Any

from skgru._estimators._gru import GRUClassifier, GRURegressor
from skgru._estimators._lstm import LSTMClassifier, LSTMRegressor
from skgru._estimators._rnn import RNNClassifier, RNNRegressor

# For each cell the regressor and the classifier that it makes.
BY_CELL: dict[str, tuple[Any, Any]] = {
    "gru": (GRURegressor, GRUClassifier),
    "gru_reset_before": (GRURegressor, GRUClassifier),
    "lstm": (LSTMRegressor, LSTMClassifier),
    "rnn": (RNNRegressor, RNNClassifier),
}
RECURRENT = tuple(dict.fromkeys(kind for pair in BY_CELL.values() for kind in pair))
