"""The delay network of neuromorphic hardware."""
