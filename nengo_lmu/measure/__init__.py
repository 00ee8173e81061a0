"""Pure functions of arrays and of built memories: error, theory, energy."""
