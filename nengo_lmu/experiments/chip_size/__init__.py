"""Error and cost of a memory on the chip against its size."""
