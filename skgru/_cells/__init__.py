"""Recurrent cells. Each cell has one file, and one line in `CELLS`."""

from typing import Any

from skgru._cells._gru import ResetAfter
from skgru._cells._gru_reset_before import ResetBefore
from skgru._cells._lstm import LSTM
from skgru._cells._rnn import RNN

# Cells by the names that the architecture of a network uses.
CELLS: dict[str, Any] = {
    "gru": ResetAfter(),
    "gru_reset_before": ResetBefore(),
    "lstm": LSTM(),
    "rnn": RNN(),
}
