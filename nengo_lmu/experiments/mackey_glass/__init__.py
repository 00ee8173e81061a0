"""Prediction of the Mackey-Glass series: training, and its evaluation in spikes."""
