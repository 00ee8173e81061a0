"""The paper's experiments and others that are trained, by name."""
