"""The network: layers, head and memory; its raw predictions and their derivatives."""
