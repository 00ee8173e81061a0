"""A user's own signal, held in spiking neurons."""
