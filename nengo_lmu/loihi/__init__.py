"""Networks for the Loihi chip, through nengo-loihi."""

from nengo_lmu.loihi.simulator import Simulator

__all__ = ["Simulator"]
