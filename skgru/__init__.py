"""Gated recurrent units for scikit-learn."""

from importlib.metadata import version as _version

__version__ = _version("skgru")
