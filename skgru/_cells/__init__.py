"""Recurrent cells: equations, forward kernel and backward kernel side by side."""
