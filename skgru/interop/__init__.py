"""Models of other frameworks, and files of models that load without running code."""

from skgru.interop._keras import from_keras, to_keras
from skgru.interop._onnx._export import to_onnx
from skgru.interop._onnx._pipelines import register_onnx_converters
from skgru.interop._rtneural import to_rtneural
from skgru.interop._saving import load_model, save_model
from skgru.interop._torch import from_torch, to_torch

__all__ = [
    "from_keras",
    "from_torch",
    "load_model",
    "register_onnx_converters",
    "save_model",
    "to_keras",
    "to_onnx",
    "to_rtneural",
    "to_torch",
]

# As in `skgru`: pickles name the public module.
for _name in __all__:
    globals()[_name].__module__ = __name__
