"""The delay network of the hardware benchmarks."""
