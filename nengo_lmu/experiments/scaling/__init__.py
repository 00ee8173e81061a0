"""How error, time and memory go with order and neurons."""
