"""From a window and a number of neurons to the numbers of a spiking memory."""
