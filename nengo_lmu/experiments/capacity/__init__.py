"""Capacity of a memory: delays of up to 100,000 steps."""
