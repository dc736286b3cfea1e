"""Forecasts of several steps: predictions become inputs, also behind other steps."""
