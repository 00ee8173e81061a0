"""Spoken digits: training, and evaluation in spikes."""
