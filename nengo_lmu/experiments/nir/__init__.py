"""Exported memories in readers of NIR."""
