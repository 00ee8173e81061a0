"""Measures of a memory: error, spikes, energy, confidence intervals."""
