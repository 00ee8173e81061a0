"""Measures of a memory: error and energy."""
