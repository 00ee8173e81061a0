"""How a memory grows on the chip."""
