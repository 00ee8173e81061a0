"""Error of a memory beside that of the peers' recipe."""
