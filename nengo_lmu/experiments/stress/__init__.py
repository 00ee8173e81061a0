"""Memories with inputs that they were not designed for, and how they come back."""
