"""Recurrent cells: each is one file, and one line in `CELLS`."""

from typing import Any

from skgru._cells._gru import ResetAfter
from skgru._cells._gru_reset_before import ResetBefore

# By the name that the architecture of a network knows it by.
CELLS: dict[str, Any] = {
    "gru": ResetAfter(),
    "gru_reset_before": ResetBefore(),
}
