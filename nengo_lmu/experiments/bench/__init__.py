"""Benchmarks: what this package does beside what it replaces."""
