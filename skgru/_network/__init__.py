"""From sequences to raw predictions, and back: layers, head, memory, derivatives."""
