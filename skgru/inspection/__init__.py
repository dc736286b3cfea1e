"""Inspect a fitted network: states, gates, gradients and how far back it remembers."""

from skgru.inspection._gradients import input_gradients
from skgru.inspection._integrated_gradients import integrated_gradients
from skgru.inspection._memory_horizon import MemoryHorizon, memory_horizon
from skgru.inspection._states import (
    GateActivations,
    LSTMActivations,
    RNNActivations,
    gate_activations,
    hidden_states,
)

__all__ = [
    "GateActivations",
    "LSTMActivations",
    "MemoryHorizon",
    "RNNActivations",
    "gate_activations",
    "hidden_states",
    "input_gradients",
    "integrated_gradients",
    "memory_horizon",
]

# As in `skgru`: pickles name the public module.
for _name in __all__:
    globals()[_name].__module__ = __name__
