"""Look into a fitted network: states, gates, gradients and how far it remembers."""

from skgru.inspection._states import GateActivations, gate_activations, hidden_states

__all__ = [
    "GateActivations",
    "gate_activations",
    "hidden_states",
]
