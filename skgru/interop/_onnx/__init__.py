"""Fitted estimators as ONNX graphs, alone and in pipelines."""
