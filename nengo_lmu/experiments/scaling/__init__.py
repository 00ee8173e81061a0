"""Scaling of error, time and memory."""
