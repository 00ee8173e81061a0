"""Sweeps: resumable tables of runs, in local processes or on a cluster."""
