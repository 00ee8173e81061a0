"""Time to build a memory beside nengo's EnsembleArray."""
