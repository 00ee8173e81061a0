"""Other linear systems in place of the memory's."""
