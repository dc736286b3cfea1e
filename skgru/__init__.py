"""Recurrent neural networks for scikit-learn: GRU, LSTM and plain RNN."""

from importlib.metadata import version as _version

from skgru._estimators._forecasting._forecast import forecast
from skgru._estimators._gru import GRUClassifier, GRURegressor
from skgru._estimators._lstm import LSTMClassifier, LSTMRegressor
from skgru._estimators._rnn import RNNClassifier, RNNRegressor
from skgru._estimators._solvers import SGD, Adam
from skgru._estimators._stream import Stream
from skgru._estimators._token_sequencer import TokenSequencer
from skgru._estimators._warm_up import warm_up
from skgru._estimators._window_transformer import WindowTransformer
from skgru._numerics._kernel_info import kernel_info
from skgru._reading._make_windows import make_windows

__version__ = _version("skgru")

__all__ = [
    "SGD",
    "Adam",
    "GRUClassifier",
    "GRURegressor",
    "LSTMClassifier",
    "LSTMRegressor",
    "RNNClassifier",
    "RNNRegressor",
    "Stream",
    "TokenSequencer",
    "WindowTransformer",
    "forecast",
    "kernel_info",
    "make_windows",
    "warm_up",
]

# A pickle names the module of each class and function. Public ones give this module
# instead of the private file that defines them, so that old pickles can still be loaded
# after that file has moved.
for _name in __all__:
    globals()[_name].__module__ = __name__
