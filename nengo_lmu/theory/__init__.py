"""The mathematics of the memory, on NumPy and SciPy."""
