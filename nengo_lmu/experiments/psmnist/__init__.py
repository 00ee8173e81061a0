"""Permuted sequential MNIST: training, and its evaluation in spikes."""
