"""Error of a memory whose neurons are not as they were designed."""
