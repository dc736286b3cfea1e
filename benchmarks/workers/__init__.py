"""Processes that measure: one file for each library."""
