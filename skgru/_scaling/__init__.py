"""Scaling from the units of X and y to those of the network, and back."""
