"""What a memory needs to be accurate on Loihi; nengo-loihi itself is not needed."""
