"""The record of benchmarks: the same quick figures for each version."""
